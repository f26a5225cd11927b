// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl status: one look at everything. */
#include <inttypes.h>
#include <string.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "status.h"

#define REMEDY	"devices whose driver has its own TC_SETUP_FT bypass nft_offload: remove the " \
		"flowtables, \"rmmod nf_flow_table_inet\", reload the ruleset"

static void status_json(const struct status *s, enum provider provider)
{
	size_t i;

	json_array(NULL);
	json_object(NULL);
	json_str("nfoctl", NFOCTL_VERSION);
	json_str("version", s->version);
	json_str("provider", provider_name(provider));
	if (provider == PROVIDER_STOCK)
		json_str("remedy", REMEDY);
	json_u64("flowtables", s->flowtables);
	json_u64("ports", s->ports);
	json_u64("flows", s->flows);
	json_u64("flows_hw", s->flows_hw);
	json_u64("flows_sw", status_flows_sw(s));
	json_array("backends");
	for (i = 0; i < s->nbackends; i++)
		json_str(NULL, s->backends[i]);
	json_end();
	json_u64("unbuilt", s->unbuilt);
	json_u64("no_port", s->no_port);
	json_u64("hops", s->hops);
	json_u64("evicted", s->evicted);
	json_u64("expired", s->expired);
	counts_json("refresh", &s->refresh, &refreshes);
	json_end();
	json_end();
}

static void row_u64(struct table *t, const char *key, uint64_t n, const char *what)
{
	table_cell(t, COLOR_HEAD, "%s", key);
	table_cell(t, COLOR_NONE, "%" PRIu64 "%s", n, what);
}

static void row_backends(struct table *t, const struct status *s)
{
	char list[256] = "";
	size_t i, n = 0;

	for (i = 0; i < s->nbackends && n < sizeof(list); i++)
		n += snprintf(list + n, sizeof(list) - n, "%s%s", i ? " " : "", s->backends[i]);
	table_cell(t, COLOR_HEAD, "backends");
	table_cell(t, COLOR_NONE, "%s", s->nbackends ? list : "none");
}

/* Why paths changed, for -s. */
static void refresh_rows(struct table *t, const struct status *s)
{
	struct word word;
	size_t i;

	for (i = 0; opt.stats && i < s->refresh.n; i++) {
		word = word_of(&refreshes, s->refresh.count[i].id);
		table_note(t, COLOR_NONE, "%s %" PRIu64 ": %s", word.key, s->refresh.count[i].n,
			   word.text);
	}
}

static void status_table(const struct status *s, enum provider provider)
{
	static const char *const none[] = { NULL, NULL };
	struct table t;

	table_init(&t, "", none, 2, 0);
	table_cell(&t, COLOR_HEAD, "nfoctl");
	table_cell(&t, COLOR_NONE, "%s", NFOCTL_VERSION);
	table_cell(&t, COLOR_HEAD, "modules");
	table_cell(&t, strcmp(s->version, NFOCTL_VERSION) ? COLOR_WARN : COLOR_NONE, "%s",
		   s->version);
	table_cell(&t, COLOR_HEAD, "provider");
	table_cell(&t, provider == PROVIDER_OURS ? COLOR_GOOD : COLOR_WARN, "%s",
		   provider_name(provider));
	if (provider == PROVIDER_STOCK) {
		table_cell(&t, COLOR_HEAD, "remedy");
		table_cell(&t, COLOR_WARN, "%s", REMEDY);
	}
	row_u64(&t, "flowtables", s->flowtables, "");
	row_u64(&t, "ports", s->ports, "");
	row_u64(&t, "hardware", s->flows_hw, " directions of connections");
	row_u64(&t, "software", status_flows_sw(s), " directions of connections");
	row_backends(&t, s);
	row_u64(&t, "unbuilt", s->unbuilt, " rules the kernel could not build");
	row_u64(&t, "no-port", s->no_port, " offers for a device that is no port");
	row_u64(&t, "hops", s->hops, " next hops in use by hardware");
	row_u64(&t, "evicted", s->evicted, " directions that made room for busier ones");
	row_u64(&t, "expired", s->expired, " connections that were idle for too long");
	row_u64(&t, "refreshed", counts_sum(&s->refresh), " directions whose path changed");
	refresh_rows(&t, s);
	table_flush(&t);
}

static const char usage[] = "Usage: nfoctl [-s] [-j] status\n";

int cmd_status(struct args *a)
{
	const char *word = arg_next(a);
	struct status s = { 0 };
	enum provider provider;
	struct genl g;
	int rc;

	if (word && is_prefix(word, "help"))
		return fputs(usage, opt.out), EXIT_OK;
	if (word && !is_prefix(word, "show"))
		return usage_error(usage, "\"%s\" is not expected after \"status\"", word);
	word = word ? arg_next(a) : NULL;
	if (word)
		return usage_error(usage, "\"%s\" is not expected here", word);

	rc = genl_open(&g, NFO_GENL_NAME, OURS);
	if (!rc)
		rc = status_get(&g, &s);
	genl_close(&g);
	if (!rc) {
		provider = provider_find();
		(opt.json ? status_json : status_table)(&s, provider);
	}
	status_free(&s);
	return rc;
}
