// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl stats: what was counted so far, or how much of it comes per second. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "port.h"
#include "status.h"

/* One number. A keyword of the reasons or refresh causes has its list's name before it. */
struct stat {
	char key[48];
	const char *text;
	bool gauge;		/* how many there are, not how many there were */
	uint64_t n;
};

struct stats {
	struct stat *stat;
	size_t n;
	size_t cap;
	uint64_t when;		/* now_ms() */
};

static void add(struct stats *s, const char *list, const char *key, const char *text, bool gauge,
		uint64_t n)
{
	struct stat *stat;

	s->stat = grow(s->stat, &s->cap, s->n, sizeof(*s->stat));
	stat = &s->stat[s->n++];
	*stat = (struct stat) { .text = text, .gauge = gauge, .n = n };
	snprintf(stat->key, sizeof(stat->key), "%s%s%s", list, *list ? "." : "", key);
}

static uint64_t count_of(const struct counts *c, unsigned int id)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (c->count[i].id == id)
			return c->count[i].n;
	}
	return 0;
}

/* All causes of a list, those that never were too: a reader knows what to expect. */
static void add_refresh(struct stats *s, const struct status *status)
{
	unsigned int i;

	for (i = 0; i < refreshes.n; i++)
		add(s, "refresh", refreshes.word[i].key, refreshes.word[i].text, false,
		    count_of(&status->refresh, i));
}

static void add_reasons(struct stats *s, const struct ports *ports)
{
	unsigned int i;
	uint64_t n;
	size_t k;

	for (i = NFO_REASON_NONE + 1; i < reasons.n; i++) {
		for (n = k = 0; k < ports->n; k++)
			n += count_of(&ports->port[k].reasons, i);
		add(s, "reason", reasons.word[i].key, reasons.word[i].text, false, n);
	}
}

static void add_ports(struct stats *s, const struct ports *ports)
{
	uint64_t packets = 0, bytes = 0, added = 0, removed = 0;
	size_t i;

	for (i = 0; i < ports->n; i++) {
		packets += ports->port[i].packets;
		bytes += ports->port[i].bytes;
		added += ports->port[i].added;
		removed += ports->port[i].removed;
	}
	add(s, "", "packets", "packets hardware forwarded", false, packets);
	add(s, "", "bytes", "bytes hardware forwarded, from the IP header on", false, bytes);
	add(s, "", "added", "directions put into hardware", false, added);
	add(s, "", "removed", "directions taken out of hardware", false, removed);
}

static void add_status(struct stats *s, const struct status *status)
{
	add(s, "", "flows", "directions known", true, status->flows);
	add(s, "", "flows_hw", "directions in hardware", true, status->flows_hw);
	add(s, "", "hops", "next hops in use by hardware", true, status->hops);
	add(s, "", "unbuilt", "rules the kernel could not build", false, status->unbuilt);
	add(s, "", "no_port", "offers for a device that is no port", false, status->no_port);
	add(s, "", "evicted", "directions that made room for busier ones", false,
	    status->evicted);
	add(s, "", "expired", "connections that were idle for too long", false, status->expired);
	add_refresh(s, status);
}

static int take_stats(struct genl *g, struct stats *s)
{
	struct ports ports = { 0 };
	struct status status;
	int rc = status_get(g, &status);

	s->n = 0;
	s->when = now_ms();
	if (!rc)
		rc = ports_get(g, &ports);
	if (!rc) {
		add_status(s, &status);
		add_ports(s, &ports);
		add_reasons(s, &ports);
	}
	status_free(&status);
	ports_free(&ports);
	return rc;
}

/* ---- totals */

static void totals_json(const struct stats *s)
{
	size_t i;

	json_array(NULL);
	json_object(NULL);
	for (i = 0; i < s->n; i++)
		json_u64(s->stat[i].key, s->stat[i].n);
	json_end();
	json_end();
}

/* Causes that never were are left out, but for -s. */
static bool shown(const struct stat *stat)
{
	return opt.stats || stat->n || !strchr(stat->key, '.');
}

static void totals_text(const struct stats *s)
{
	static const char *const heads[] = { "NAME", "COUNT", "WHAT" };
	char num[NUM_LEN];
	struct table t;
	size_t i;

	table_init(&t, "", heads, ARRAY_SIZE(heads), 2);
	for (i = 0; i < s->n; i++) {
		if (!shown(&s->stat[i]))
			continue;
		table_cell(&t, COLOR_HEAD, "%s", s->stat[i].key);
		table_cell(&t, COLOR_NONE, "%s", human_count(num, s->stat[i].n));
		table_cell(&t, COLOR_NONE, "%s", s->stat[i].text);
	}
	table_flush(&t);
}

/* ---- rates */

/* Both lists are made the same way; what went back was reset, and counts from 0. */
static uint64_t rate(const struct stats *before, const struct stats *now, size_t i)
{
	uint64_t from = before->stat[i].n, to = now->stat[i].n;
	uint64_t ms = now->when - before->when;

	return per_second(to >= from ? to - from : to, ms);
}

static void rates_json(const struct stats *before, const struct stats *now)
{
	size_t i;

	json_object(NULL);
	json_u64("time_ms", wall_ms());
	json_u64("interval_ms", now->when - before->when);
	for (i = 0; i < now->n; i++)
		json_u64(now->stat[i].key, now->stat[i].gauge ? now->stat[i].n :
			 rate(before, now, i));
	json_end();
}

static void rates_text(const struct stats *before, const struct stats *now)
{
	static const char *const heads[] = { "NAME", "PER SECOND", "COUNT" };
	char num[NUM_LEN], when[WHEN_LEN];
	struct table t;
	size_t i;

	print(COLOR_NONE, "%s", wall_text(when));
	fputc('\n', opt.out);
	table_init(&t, "  ", heads, ARRAY_SIZE(heads), 6);
	for (i = 0; i < now->n; i++) {
		if (!shown(&now->stat[i]))
			continue;
		table_cell(&t, COLOR_HEAD, "%s", now->stat[i].key);
		table_cell(&t, COLOR_NONE, "%s", now->stat[i].gauge ? "-" :
			   human_count(num, rate(before, now, i)));
		table_cell(&t, COLOR_NONE, "%s", human_count(num, now->stat[i].n));
	}
	table_flush(&t);
}

static void swap(struct stats *a, struct stats *b)
{
	struct stats c = *a;

	*a = *b;
	*b = c;
}

/* Prints rates every @ms, @count times (0: for ever). */
static int go_on(struct genl *g, struct stats *before, uint32_t ms, uint32_t count)
{
	struct stats now = { 0 };
	enum waited waited = WAITED_TIME;
	struct waiter w;
	uint32_t i;
	int rc = wait_begin(&w);

	for (i = 0; !rc && (!count || i < count); i++) {
		waited = wait_for(&w, -1, before->when + ms);
		if (waited != WAITED_TIME)
			break;
		rc = take_stats(g, &now);
		if (!rc)
			(opt.json ? rates_json : rates_text)(before, &now);
		fflush(opt.out);
		swap(before, &now);
	}
	wait_end(&w);
	free(now.stat);
	return waited == WAITED_GONE ? EXIT_REFUSED : rc;
}

static const char usage[] =
	"Usage: nfoctl [-s] [-j] stats [ show ]\n"
	"       nfoctl [-s] [-j] stats -i SECONDS [ count N ]\n";

int cmd_stats(struct args *a)
{
	struct stats s = { 0 };
	uint32_t ms = 0, count = 0;
	struct genl g;
	int rc = EXIT_OK;

	if (a->left && is_prefix(*a->word, "help"))
		return fputs(usage, opt.out), EXIT_OK;
	if (a->left && is_prefix(*a->word, "show"))
		arg_next(a);
	while (!rc && a->left)
		rc = interval_word(a, usage, &ms, &count);
	if (!rc && count && !ms)
		rc = usage_error(usage, "\"count\" needs \"-i\"");
	if (rc)
		return rc;
	rc = genl_open(&g, NFO_GENL_NAME, "nft_offload");
	if (!rc)
		rc = take_stats(&g, &s);
	if (!rc && ms)
		rc = go_on(&g, &s, ms, count);
	else if (!rc)
		(opt.json ? totals_json : totals_text)(&s);
	genl_close(&g);
	free(s.stat);
	return rc;
}
