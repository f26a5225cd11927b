// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl ppe stats and why: engines and flows as text and as JSON. */
#include <inttypes.h>

#include "nfoctl.h"
#include "ppe.h"

/* Keys of the counters; JSON has them with an underscore. */
static const struct {
	const char *key;
	const char *json;
} stats[PPE_STATS] = {
	{ "binds", "binds" },
	{ "rebinds", "rebinds" },
	{ "aged", "aged" },
	{ "evicted", "evicted" },
	{ "full", "full" },
	{ "resets", "resets" },
	{ "mib-errors", "mib_errors" },
	{ "stuck", "stuck" },
};

#define WORD(sym, key, text)	{ key, text },

static const struct word why_words[] = { NFO_PPE_WHYS(WORD) };
static const struct words whys = { ARRAY_SIZE(why_words), why_words };

static void newline(void)
{
	fputc('\n', opt.out);
}

static void print_where(const struct ppe_where *where)
{
	print(COLOR_DEV, "%s", where->device);
	print(COLOR_NONE, " engine %" PRIu32, where->engine);
}

void ppe_where_json(const struct ppe_where *where)
{
	json_str("device", where->device);
	json_u64("engine", where->engine);
}

static void print_engine(const struct ppe_engine *e)
{
	char num[NUM_LEN];
	size_t i;

	print_where(&e->where);
	print(COLOR_NONE, ": v%u, ", e->gen);
	if (e->has_used)
		print(COLOR_NONE, "%" PRIu32 " of %" PRIu32 " entries used, ", e->used, e->entries);
	else
		print(COLOR_NONE, "%" PRIu32 " entries, ", e->entries);
	print(COLOR_NONE, "%" PRIu32 " flows bound, %" PRIu32 " waiting", e->bound, e->waiting);
	if (!e->accounting)
		print(COLOR_NONE, ", counts nothing");
	newline();
	if (e->n_mac)
		print(COLOR_NONE, "   ");
	for (i = 0; i < e->n_mac; i++) {
		print(COLOR_NONE, " ");
		print(COLOR_DEV, "%s", e->mac[i]);
	}
	if (e->n_mac)
		newline();
	print(COLOR_NONE, "   ");
	for (i = 0; i < PPE_STATS; i++)
		print(COLOR_NONE, " %s %s", stats[i].key, human_count(num, e->stat[i]));
	newline();
}

void ppe_engines_text(const struct ppe_engines *engines)
{
	size_t i;

	for (i = 0; i < engines->n; i++)
		print_engine(&engines->engine[i]);
}

static void engine_json(const struct ppe_engine *e)
{
	size_t i;

	json_object(NULL);
	ppe_where_json(&e->where);
	json_u64("generation", e->gen);
	json_bool("accounting", e->accounting);
	json_array("macs");
	for (i = 0; i < e->n_mac; i++)
		json_str(NULL, e->mac[i]);
	json_end();
	json_u64("entries", e->entries);
	if (e->has_used)
		json_u64("used", e->used);
	else
		json_null("used");
	json_u64("bound", e->bound);
	json_u64("waiting", e->waiting);
	for (i = 0; i < PPE_STATS; i++)
		json_u64(stats[i].json, e->stat[i]);
	json_end();
}

void ppe_engines_json(const struct ppe_engines *engines)
{
	size_t i;

	json_array(NULL);
	for (i = 0; i < engines->n; i++)
		engine_json(&engines->engine[i]);
	json_end();
}

static void print_flow(const struct ppe_flow *f)
{
	struct word why = word_of(&whys, f->why);
	char num[NUM_LEN];

	print(COLOR_NONE, "%s ", proto_name(f->tuple.l4proto));
	print_endpoint(&f->tuple.src);
	print(COLOR_NONE, " -> ");
	print_endpoint(&f->tuple.dst);
	newline();
	print(COLOR_NONE, "    ");
	print_where(&f->where);
	if (f->has_index)
		print(COLOR_NONE, "  index %" PRIu32, f->index);
	if (f->has_bucket)
		print(COLOR_NONE, "  bucket %" PRIu32, f->bucket);
	if (f->counted) {
		print(COLOR_NONE, "  packets %s", human_count(num, f->packets));
		print(COLOR_NONE, "  bytes %s", human_count(num, f->bytes));
	}
	newline();
	print(COLOR_NONE, "    ");
	print(f->why == NFO_PPE_WHY_BOUND ? COLOR_GOOD : COLOR_WARN, "%s", why.key);
	print(COLOR_NONE, ": %s", why.text);
	newline();
}

void ppe_flows_text(const struct ppe_flows *flows)
{
	size_t i;

	for (i = 0; i < flows->n; i++)
		print_flow(&flows->flow[i]);
}

static void flow_json(const struct ppe_flow *f)
{
	struct word why = word_of(&whys, f->why);

	json_object(NULL);
	ppe_where_json(&f->where);
	json_str("proto", proto_name(f->tuple.l4proto));
	json_endpoint(&f->tuple.src, "src", "sport");
	json_endpoint(&f->tuple.dst, "dst", "dport");
	json_str("why", why.key);
	json_str("text", why.text);
	if (f->has_index)
		json_u64("index", f->index);
	if (f->has_bucket)
		json_u64("bucket", f->bucket);
	if (f->counted) {
		json_u64("packets", f->packets);
		json_u64("bytes", f->bytes);
	}
	json_end();
}

void ppe_flows_json(const struct ppe_flows *flows)
{
	size_t i;

	json_array(NULL);
	for (i = 0; i < flows->n; i++)
		flow_json(&flows->flow[i]);
	json_end();
}
