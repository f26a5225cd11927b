// SPDX-License-Identifier: GPL-2.0-only
/* Decisions of the policy: see policy.h. Pure. */
#include <linux/math64.h>
#include <linux/string.h>

#include "policy.h"

static bool has_port(const struct nfo_exclude *x, u16 port)
{
	return port >= x->port_min && port <= x->port_max;
}

static bool excluded(const struct nfo_exclude *x, const struct nfo_conn *c)
{
	if (x->l4proto && x->l4proto != c->l4proto)
		return false;
	if (x->has_ports && !has_port(x, c->sport) && !has_port(x, c->dport))
		return false;
	return (c->mark & x->mask) == (x->mark & x->mask);
}

enum nfo_reason nfo_policy_conn(const struct nfo_policy *p, const struct nfo_conn *c)
{
	unsigned int i;

	for (i = 0; i < p->n_excludes; i++)
		if (excluded(&p->excludes[i], c))
			return NFO_REASON_EXCLUDED;
	if (!c->counted || (!p->min_packets && !p->min_bytes))
		return NFO_REASON_NONE;
	if (p->min_packets && c->packets >= p->min_packets)
		return NFO_REASON_NONE;
	if (p->min_bytes && c->bytes >= p->min_bytes)
		return NFO_REASON_NONE;
	return NFO_REASON_THRESHOLD;
}

static const struct nfo_port_policy *port_policy(const struct nfo_policy *p, const char *name)
{
	unsigned int i;

	for (i = 0; i < p->n_ports; i++)
		if (!strcmp(p->ports[i].name, name))
			return &p->ports[i];
	return NULL;
}

u32 nfo_policy_quota(const struct nfo_policy *p, const char *name)
{
	const struct nfo_port_policy *port = port_policy(p, name);
	u32 quota = port && port->has_quota ? port->quota : p->port_quota;

	return quota ? quota : (u32)~0;
}

enum nfo_shaper nfo_policy_shaper(const struct nfo_policy *p, const char *name)
{
	const struct nfo_port_policy *port = port_policy(p, name);

	return port && port->has_shaper ? port->shaper : p->shaper;
}

const char *nfo_policy_backend(const struct nfo_policy *p, const char *name)
{
	const struct nfo_port_policy *port = port_policy(p, name);

	return port ? port->backend : "";
}

u32 nfo_policy_allow(const struct nfo_policy *p, const char *name)
{
	const struct nfo_port_policy *port = port_policy(p, name);

	return port ? port->allow : 0;
}

static void remove_port(struct nfo_policy *p, struct nfo_port_policy *port)
{
	p->n_ports--;
	memmove(port, port + 1, (char *)&p->ports[p->n_ports] - (char *)port);
}

bool nfo_policy_change_port(struct nfo_policy *p, const struct nfo_port_change *change)
{
	struct nfo_port_policy *port = (void *)port_policy(p, change->name);

	if (!port) {
		if (p->n_ports == NFO_POLICY_PORTS)
			return false;
		port = &p->ports[p->n_ports++];
		memset(port, 0, sizeof(*port));
		memcpy(port->name, change->name, sizeof(port->name));
	}
	if (change->has_backend)
		memcpy(port->backend, change->backend, sizeof(port->backend));
	port->allow = (port->allow & ~change->allow_mask) | (change->allow & change->allow_mask);
	if (!port->has_quota && !port->has_shaper && !*port->backend && !port->allow)
		remove_port(p, port);
	return true;
}

bool nfo_qdisc_shapes(const char *kind)
{
	static const char *const shapers[] = {
		"cake", "cake_mq", "cbq", "cbs", "etf", "hfsc", "htb", "netem", "taprio", "tbf",
	};
	unsigned int i;

	/* asked for each flow: the commonest first */
	if (!strcmp(kind, "noqueue") || !strcmp(kind, "mq") || !strcmp(kind, "fq_codel"))
		return false;
	for (i = 0; i < sizeof(shapers) / sizeof(shapers[0]); i++)
		if (!strcmp(kind, shapers[i]))
			return true;
	return false;
}

int nfo_evict_pick(const struct nfo_cand *cands, unsigned int n, u32 worth, u32 min_resident)
{
	unsigned int i;
	int pick = -1;

	for (i = 0; i < n; i++) {
		if (cands[i].resident < min_resident || (u64)cands[i].heat * 2 >= worth)
			continue;
		if (pick < 0 || cands[i].heat < cands[pick].heat)
			pick = i;
	}
	return pick;
}

u32 nfo_heat(u32 heat, u64 packets, u32 ms)
{
	u64 rate = packets > (u64)~0 / 1000 ? (u64)~0 : packets * 1000;

	rate = div_u64(rate, ms ? ms : 1);
	rate = rate / 2 + heat / 2;
	return rate > (u32)~0 ? (u32)~0 : (u32)rate;
}
