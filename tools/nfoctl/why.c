// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl why: where the packets of one connection go, and why not through hardware. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "port.h"
#include "status.h"
#include "why.h"

static const char usage[] =
	"Usage: nfoctl [-j] why PROTO SRC SPORT DST DPORT\n"
	"       nfoctl [-j] why PROTO SRC:SPORT DST:DPORT\n"
	"       nfoctl [-j] why PROTO src SRC sport SPORT dst DST dport DPORT\n"
	"PROTO := { tcp | udp }\n"
	"An IPv6 address before a colon stands in brackets: [2001:db8::1]:443\n";

/* ---- what nft_offload knows */

static bool same(const struct endpoint *a, const struct endpoint *b)
{
	return addr_equal(&a->addr, &b->addr) && a->port == b->port;
}

bool tuple_is(const struct tuple *t, const struct flow *f)
{
	return t->l4proto == f->l4proto && same(&t->src, &f->src) && same(&t->dst, &f->dst);
}

static void copy_dev(char to[IFNAMSIZ], uint32_t ifindex)
{
	snprintf(to, IFNAMSIZ, "%s", ifindex ? dev_name(ifindex) : "");
}

static void take_flow(struct why_facts *facts, const struct flow *f)
{
	struct why_dir *d = &facts->dir[f->dir & 1];

	d->known = true;
	d->state = f->state;
	d->reason = f->reason;
	d->packets = f->packets;
	d->bytes = f->bytes;
	copy_dev(d->dev, f->in);
	copy_dev(d->out, f->out);
}

/* The flows of the same id as one that has the connection's addresses. */
static void take_flows(struct why_facts *facts, const struct flows *flows)
{
	size_t i, k;

	for (i = 0; i < flows->n; i++) {
		const struct flow *f = &flows->flow[i];

		if (!tuple_is(&facts->ct.tuple[f->dir & 1], f))
			continue;
		for (k = 0; k < flows->n; k++) {
			if (flows->flow[k].id == f->id)
				take_flow(facts, &flows->flow[k]);
		}
		return;
	}
}

/* The filters let through either direction, and little else. */
static int ask_flows(struct genl *g, struct why_facts *facts)
{
	const struct tuple *t = &facts->ct.tuple[0];
	struct flows flows = { 0 };
	int rc;

	genl_request(g, NFO_CMD_FLOW_GET);
	genl_put_u8(g, NFO_FLOW_L4PROTO, t->l4proto);
	genl_put(g, NFO_FLOW_ANY_ADDR, t->src.addr.len, t->src.addr.byte);
	genl_put_u16(g, NFO_FLOW_ANY_PORT, htons(t->src.port));
	rc = flows_get(g, &flows);
	if (!rc)
		take_flows(facts, &flows);
	free(flows.flow);
	return rc;
}

static void take_ports(struct why_facts *facts, const struct ports *ports)
{
	struct why_dir *d;
	size_t i;

	facts->ports = ports->n;
	for (d = facts->dir; d < facts->dir + 2; d++) {
		if (!*d->dev || d->in_flowtable != WHY_YES)
			continue;
		d->is_port = WHY_NO;
		for (i = 0; i < ports->n; i++) {
			if (!strcmp(ports->port[i].name, d->dev))
				d->is_port = WHY_YES;
		}
	}
}

static int ask_ports(struct genl *g, struct why_facts *facts)
{
	struct ports ports = { 0 };
	int rc = ports_get(g, &ports);

	if (!rc)
		take_ports(facts, &ports);
	ports_free(&ports);
	return rc;
}

static int ask_status(struct genl *g, struct why_facts *facts)
{
	struct status s;
	int rc = status_get(g, &s);

	facts->flowtables = s.flowtables;
	facts->stock = provider_find() == PROVIDER_STOCK;
	status_free(&s);
	return rc;
}

/* ---- devices by the routes, for directions nft_offload does not know */

static void judge_route(const struct why_facts *facts, const struct why_route *r,
			struct why_dir *d)
{
	char lower[IFNAMSIZ];

	d->local = r->local;
	if (!r->known || r->local)
		return;
	copy_dev(d->dev, r->ifindex);
	d->in_flowtable = why_nft_has(&facts->nft, d->dev) ? WHY_YES : WHY_NO;
	if (d->in_flowtable == WHY_YES || !r->stacked)
		return;
	/* what it is made of may be in the flowtable instead, and which of many nobody tells */
	d->in_flowtable = WHY_UNKNOWN;
	if (!r->lower)
		return;
	copy_dev(lower, r->lower);
	if (why_nft_has(&facts->nft, lower)) {
		snprintf(d->dev, sizeof(d->dev), "%s", lower);
		d->in_flowtable = WHY_YES;
	}
}

/* Packets of a direction come from where packets to its source would go. */
static int ask_routes(struct why_facts *facts)
{
	struct why_route route;
	int i, rc;

	for (i = 0; i < 2; i++) {
		rc = why_ask_route(&facts->ct.tuple[i].src.addr, &route);
		if (rc)
			return rc;
		if (!facts->dir[i].known)
			judge_route(facts, &route, &facts->dir[i]);
	}
	return EXIT_OK;
}

/* ---- all of it */

static int ask_nfo(struct genl *g, struct why_facts *facts)
{
	int rc = ask_status(g, facts);

	if (!rc)
		rc = ask_flows(g, facts);
	if (!rc)
		rc = ask_routes(facts);
	return rc ? rc : ask_ports(g, facts);
}

static int gather(const struct tuple *t, struct why_facts *facts)
{
	struct genl g;
	int error, rc;

	rc = why_ask_ct(t, &facts->ct);
	if (!rc && !facts->ct.found)	/* nobody else knows it either */
		return EXIT_OK;
	if (!rc)
		rc = why_ask_nft(t->src.addr.len == 16 ? AF_INET6 : AF_INET, &facts->nft);
	if (rc)
		return rc;
	rc = genl_find(&g, NFO_GENL_NAME, &error);
	facts->loaded = !error;
	if (!rc)
		rc = facts->loaded ? ask_nfo(&g, facts) : ask_routes(facts);
	genl_close(&g);
	return rc;
}

int cmd_why(struct args *a)
{
	struct why_facts facts = { 0 };
	struct why_verdict verdict;
	struct tuple t = { 0 };
	int rc;

	if (a->left && is_prefix(*a->word, "help"))
		return fputs(usage, opt.out), EXIT_OK;
	rc = tuple_read(a, usage, &t);
	if (rc)
		return rc;
	rc = gather(&t, &facts);
	if (!rc) {
		why_judge(&facts, &verdict);
		(opt.json ? why_json : why_text)(facts.ct.found ? &facts.ct.tuple[0] : &t,
						 &verdict, &facts);
	}
	why_nft_free(&facts.nft);
	return rc ? rc : facts.ct.found ? EXIT_OK : EXIT_REFUSED;
}
