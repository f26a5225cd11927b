// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl why: the verdict as text and as JSON. */
#include <string.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "why.h"

static const struct {
	const char *key;
	const char *text;
	enum color color;
} wheres[] = {
	[WHERE_NONE] = { "none", "nowhere", COLOR_BAD },
	[WHERE_SLOW] = { "slow", "slow path", COLOR_BAD },
	[WHERE_FAST] = { "fast", "software fast path", COLOR_WARN },
	[WHERE_PENDING] = { "pending", "on its way into hardware", COLOR_WARN },
	[WHERE_HW] = { "hardware", "hardware", COLOR_GOOD },
};

static void newline(void)
{
	fputc('\n', opt.out);
}

static void print_cause(const char *indent, const struct why_cause *c, enum color color)
{
	fputs(indent, opt.out);
	print(color, "%s", c->key);
	print(COLOR_NONE, ": %s", c->text);
	newline();
	if (*c->remedy) {
		print(COLOR_NONE, "%s    remedy: %s", indent, c->remedy);
		newline();
	}
}

static void print_dir(const struct why_verdict *v, const struct why_facts *f, int i)
{
	const struct why_dir *d = &f->dir[i];
	char num[NUM_LEN];

	print(COLOR_NONE, "    %-8s  ", flow_dir_name(i));
	print(wheres[v->dir[i].where].color, "%s", wheres[v->dir[i].where].text);
	if (*d->dev) {
		print(COLOR_NONE, "  ");
		print(COLOR_DEV, "%s", d->dev);
	}
	if (*d->out) {
		print(COLOR_NONE, " -> ");
		print(COLOR_DEV, "%s", d->out);
	}
	if (d->known) {
		print(COLOR_NONE, "  packets %s", human_count(num, d->packets));
		print(COLOR_NONE, "  bytes %s", human_count(num, d->bytes));
	}
	if (v->dir[i].cause.key)
		print(COLOR_WARN, "  %s", v->dir[i].cause.key);
	newline();
}

/* The connection, where each direction goes, and what has to be put right. */
void why_text(const struct tuple *t, const struct why_verdict *v, const struct why_facts *f)
{
	bool good = !strcmp(v->cause[0].key, "hardware");
	size_t i;

	print(COLOR_NONE, "%s ", proto_name(t->l4proto));
	print_endpoint(&t->src);
	print(COLOR_NONE, " -> ");
	print_endpoint(&t->dst);
	newline();
	if (f->ct.found) {
		print_dir(v, f, 0);
		print_dir(v, f, 1);
	}
	for (i = 0; i < v->n; i++)
		print_cause("", &v->cause[i], good ? COLOR_GOOD : COLOR_BAD);
}

static void json_cause(const struct why_cause *c)
{
	json_str("reason", c->key);
	json_str("text", c->text);
	if (*c->remedy)
		json_str("remedy", c->remedy);
}

static void json_dir(const struct why_verdict *v, const struct why_facts *f, int i)
{
	const struct why_dir *d = &f->dir[i];

	json_object(NULL);
	json_str("dir", flow_dir_name(i));
	json_str("where", wheres[v->dir[i].where].key);
	json_bool("offered", d->known);
	if (*d->dev)
		json_str("dev", d->dev);
	if (*d->out)
		json_str("out_dev", d->out);
	if (d->known) {
		json_u64("packets", d->packets);
		json_u64("bytes", d->bytes);
	}
	if (v->dir[i].cause.key)
		json_cause(&v->dir[i].cause);
	json_end();
}

static void json_facts(const struct why_facts *f)
{
	json_object("facts");
	json_bool("loaded", f->loaded);
	json_u64("ct_status", f->ct.status);
	if (*f->ct.helper)
		json_str("helper", f->ct.helper);
	json_u64("flowtables", f->nft.flowtables);
	json_u64("flowtables_offload", f->nft.offload);
	json_u64("flow_rules", f->nft.rules);
	json_u64("flow_rules_offload", f->nft.rules_offload);
	json_u64("ports", f->ports);
	json_end();
}

void why_json(const struct tuple *t, const struct why_verdict *v, const struct why_facts *f)
{
	size_t i;

	json_array(NULL);
	json_object(NULL);
	json_str("proto", proto_name(t->l4proto));
	json_endpoint(&t->src, "src", "sport");
	json_endpoint(&t->dst, "dst", "dport");
	json_str("verdict", v->cause[0].key);
	json_str("text", v->cause[0].text);
	if (*v->cause[0].remedy)
		json_str("remedy", v->cause[0].remedy);
	json_array("directions");
	for (i = 0; f->ct.found && i < 2; i++)
		json_dir(v, f, i);
	json_end();
	json_array("causes");
	for (i = 0; i < v->n; i++) {
		json_object(NULL);
		json_cause(&v->cause[i]);
		json_end();
	}
	json_end();
	if (f->ct.found)
		json_facts(f);
	json_end();
	json_end();
}
