// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl top: the verb, and its tables. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "top.h"

#define INTERVAL_MS	3000
#define BATCH_LINES	20	/* flows in batch mode; with -s and -j all */

static int take_dump(struct genl *g, struct dump *d)
{
	int rc;

	d->when = now_ms();
	dev_names_forget();
	rc = ports_get(g, &d->ports);
	if (rc)
		return rc;
	genl_request(g, NFO_CMD_FLOW_GET);
	return flows_get(g, &d->flows);
}

/* The dump that was new is the older one now. */
int top_next(struct genl *g, struct top *top)
{
	struct dump d = top->before;

	top->before = top->now;
	top->now = d;
	return take_dump(g, &top->now);
}

static void free_dump(struct dump *d)
{
	ports_free(&d->ports);
	free(d->flows.flow);
}

/* ---- text */

static void rate_cells(struct table *t, const struct top_row *row)
{
	char num[NUM_LEN];

	table_cell(t, COLOR_NONE, "%s", human_count(num, row->pps));
	table_cell(t, COLOR_NONE, "%s", human_count(num, row->bps));
	table_cell(t, COLOR_NONE, "%s", human_count(num, row->packets));
	table_cell(t, COLOR_NONE, "%s", human_count(num, row->bytes));
}

static void ports_text(const struct top *top)
{
	static const char *const heads[] = {
		"PORT", "BACKEND", "STATE", "HW", "FLOWS", "PACKETS/S", "BITS/S", "PACKETS",
		"BYTES",
	};
	struct top_row *rows = top_port_rows(&top->before, &top->now, top->sort);
	struct table t;
	size_t i;

	table_init(&t, "", heads, ARRAY_SIZE(heads), 0x1f8);
	for (i = 0; i < top->now.ports.n; i++) {
		const struct port *p = &top->now.ports.port[rows[i].at];

		table_cell(&t, COLOR_DEV, "%s", p->name);
		table_cell(&t, COLOR_NONE, "%s", p->backend);
		table_cell(&t, p->state == NFO_PORT_READY ? COLOR_GOOD : COLOR_WARN, "%s",
			   port_state_name(p->state));
		table_cell(&t, COLOR_NONE, "%" PRIu32, p->flows_hw);
		table_cell(&t, COLOR_NONE, "%" PRIu32, p->flows);
		rate_cells(&t, &rows[i]);
	}
	table_flush(&t);
	free(rows);
}

static void flow_row(struct table *t, const struct flow *f, const struct top_row *row)
{
	char src[ENDPOINT_LEN], dst[ENDPOINT_LEN];

	endpoint_text(&f->src, src);
	endpoint_text(&f->dst, dst);
	table_cell(t, COLOR_NONE, "%s", proto_name(f->l4proto));
	table_cell(t, f->src.addr.len == 16 ? COLOR_ADDR6 : COLOR_ADDR4, "%s", src);
	table_cell(t, f->dst.addr.len == 16 ? COLOR_ADDR6 : COLOR_ADDR4, "%s", dst);
	table_cell(t, COLOR_DEV, "%s", dev_name(f->in));
	table_cell(t, COLOR_DEV, "%s", dev_name(f->out));
	table_cell(t, f->state == NFO_FLOW_HW ? COLOR_GOOD : COLOR_WARN, "%s",
		   flow_state_name(f->state));
	rate_cells(t, row);
}

static void flows_text(const struct top *top, size_t lines)
{
	static const char *const heads[] = {
		"PROTO", "SOURCE", "DESTINATION", "IN", "OUT", "STATE", "PACKETS/S", "BITS/S",
		"PACKETS", "BYTES",
	};
	struct top_row *rows = top_flow_rows(&top->before, &top->now, top->sort);
	struct table t;
	size_t i;

	table_init(&t, "", heads, ARRAY_SIZE(heads), 0x3c0);
	for (i = 0; i < top->now.flows.n && i < lines; i++)
		flow_row(&t, &top->now.flows.flow[rows[i].at], &rows[i]);
	table_flush(&t);
	free(rows);
}

/* What there is, with at most @lines flows. */
void top_text(const struct top *top, size_t lines)
{
	char when[WHEN_LEN];

	print(COLOR_HEAD, "%s  %zu ports, %zu directions", wall_text(when), top->now.ports.n,
	      top->now.flows.n);
	fputc('\n', opt.out);
	if (top->what != TOP_FLOWS)
		ports_text(top);
	if (top->what != TOP_PORTS)
		flows_text(top, lines);
}

/* ---- JSON */

static void json_rates(const struct top_row *row)
{
	json_u64("pps", row->pps);
	json_u64("bps", row->bps);
	json_u64("packets", row->packets);
	json_u64("bytes", row->bytes);
	json_end();
}

static void ports_json(const struct top *top)
{
	struct top_row *rows = top_port_rows(&top->before, &top->now, top->sort);
	size_t i;

	json_array("ports");
	for (i = 0; i < top->now.ports.n; i++) {
		const struct port *p = &top->now.ports.port[rows[i].at];

		json_object(NULL);
		json_str("port", p->name);
		json_str("backend", p->backend);
		json_str("state", port_state_name(p->state));
		json_u64("flows_hw", p->flows_hw);
		json_u64("flows", p->flows);
		json_rates(&rows[i]);
	}
	json_end();
	free(rows);
}

static void flows_json(const struct top *top)
{
	struct top_row *rows = top_flow_rows(&top->before, &top->now, top->sort);
	size_t i;

	json_array("flows");
	for (i = 0; i < top->now.flows.n; i++) {
		const struct flow *f = &top->now.flows.flow[rows[i].at];

		json_object(NULL);
		json_u64("id", f->id);
		json_str("dir", flow_dir_name(f->dir));
		json_str("proto", proto_name(f->l4proto));
		json_endpoint(&f->src, "src", "sport");
		json_endpoint(&f->dst, "dst", "dport");
		json_str("dev", dev_name(f->in));
		json_str("out_dev", dev_name(f->out));
		json_str("state", flow_state_name(f->state));
		json_rates(&rows[i]);
	}
	json_end();
	free(rows);
}

static void top_json(const struct top *top)
{
	json_object(NULL);
	json_u64("time_ms", wall_ms());
	json_u64("interval_ms", top->now.when - top->before.when);
	if (top->what != TOP_FLOWS)
		ports_json(top);
	if (top->what != TOP_PORTS)
		flows_json(top);
	json_end();
}

/* ---- the verb */

static int batch(struct genl *g, struct top *top)
{
	enum waited waited = WAITED_TIME;
	struct waiter w;
	uint32_t i;
	int rc = wait_begin(&w);

	for (i = 0; !rc && (!top->count || i < top->count); i++) {
		waited = wait_for(&w, -1, top->now.when + top->ms);
		if (waited != WAITED_TIME)
			break;
		rc = top_next(g, top);
		if (!rc && opt.json)
			top_json(top);
		else if (!rc)
			top_text(top, opt.stats ? SIZE_MAX : BATCH_LINES);
		fflush(opt.out);
	}
	wait_end(&w);
	return waited == WAITED_GONE ? EXIT_REFUSED : rc;
}

static const char usage[] =
	"Usage: nfoctl [-s] [-j] top [ -b[atch] ] [ -i SECONDS ] [ count N ]\n"
	"                            [ all | ports | flows ] [ sort { rate | packets | bytes } ]\n"
	"On a terminal: q ends, r p b sort by rate, packets or bytes,\n"
	"a o f show all, ports, flows\n";

static int sort_word(struct args *a, struct top *top)
{
	static const char *const names[] = {
		[TOP_RATE] = "rate",
		[TOP_PACKETS] = "packets",
		[TOP_BYTES] = "bytes",
	};
	const char *word = arg_next(a);
	size_t i;

	for (i = 0; word && i < ARRAY_SIZE(names); i++) {
		if (!strcmp(word, names[i])) {
			top->sort = i;
			return EXIT_OK;
		}
	}
	return usage_error(usage, "\"%s\" is no order: rate, packets or bytes", word ? word : "");
}

static bool is_batch_word(const char *word)
{
	return !strcmp(word, "-b") || !strcmp(word, "-batch") || !strcmp(word, "--batch");
}

static bool what_word(const char *word, enum top_what *what)
{
	static const char *const names[] = {
		[TOP_ALL] = "all",
		[TOP_PORTS] = "ports",
		[TOP_FLOWS] = "flows",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names) && strcmp(word, names[i]); i++)
		;
	if (i < ARRAY_SIZE(names))
		*what = i;
	return i < ARRAY_SIZE(names);
}

static int parse(struct args *a, struct top *top, bool *is_batch)
{
	const char *word;
	int rc = EXIT_OK;

	while (!rc && a->left) {
		word = *a->word;
		if (is_batch_word(word)) {
			*is_batch = true;
			arg_next(a);
		} else if (what_word(word, &top->what)) {
			arg_next(a);
		} else if (!strcmp(word, "sort")) {
			arg_next(a);
			rc = sort_word(a, top);
		} else {
			rc = interval_word(a, usage, &top->ms, &top->count);
		}
	}
	if (!top->ms)
		top->ms = INTERVAL_MS;
	return rc;
}

int cmd_top(struct args *a)
{
	bool is_batch = opt.json || fileno(opt.out) < 0 || !isatty(fileno(opt.out)) ||
			!isatty(STDIN_FILENO);
	struct top top = { 0 };
	struct genl g;
	int rc;

	if (a->left && is_prefix(*a->word, "help"))
		return fputs(usage, opt.out), EXIT_OK;
	rc = parse(a, &top, &is_batch);
	if (rc)
		return rc;
	rc = genl_open(&g, NFO_GENL_NAME, "nft_offload");
	if (!rc)
		rc = take_dump(&g, &top.now);
	if (!rc)
		rc = (is_batch ? batch : top_screen)(&g, &top);
	genl_close(&g);
	free_dump(&top.before);
	free_dump(&top.now);
	return rc;
}
