// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules in little memory: a million connections are two million rules, most of them IPv4 or without
 * a translation, and then most of the room for addresses in struct nfo_rule is empty.
 */
#include <linux/string.h>
#include <linux/types.h>

#include "pack.h"

static bool is_ip4(__be16 l3proto)
{
	return l3proto == cpu_to_be16(ETH_P_IP);
}

/* Addresses, in the order of nfo_packed.addr; the last two only with a translation or IPv4. */
static unsigned int n_words(__be16 l3proto, u8 flags)
{
	if (is_ip4(l3proto))
		return NFO_PACK_WORDS_IP4;
	return flags ? NFO_PACK_WORDS : NFO_PACK_WORDS_SMALL;
}

unsigned int nfo_packed_size(const struct nfo_packed *p)
{
	return sizeof(*p) + n_words(p->l3proto, p->flags) * sizeof(p->addr[0]);
}

unsigned int nfo_pack(const struct nfo_rule *rule, union nfo_packed_max *max)
{
	const struct nfo_match *m = &rule->match;
	const struct nfo_edit *e = &rule->edit;
	struct nfo_packed *p = &max->p;

	p->in = m->ifindex;
	p->out = e->ifindex;
	p->sport = m->sport;
	p->dport = m->dport;
	p->new_sport = e->sport;
	p->new_dport = e->dport;
	memcpy(p->match, m->encap, sizeof(p->match));
	memcpy(p->push, e->encap, sizeof(p->push));
	memcpy(p->dmac, e->dmac, sizeof(p->dmac));
	memcpy(p->smac, e->smac, sizeof(p->smac));
	p->mtu = e->mtu;
	p->l3proto = m->l3proto;
	p->l4proto = m->l4proto;
	p->n_match = m->n_encap;
	p->n_push = e->n_encap;
	p->flags = e->flags;

	if (is_ip4(m->l3proto)) {
		p->addr[0] = m->src.ip4;
		p->addr[1] = m->dst.ip4;
		p->addr[2] = e->src.ip4;
		p->addr[3] = e->dst.ip4;
	} else {
		memcpy(&p->addr[0], &m->src, sizeof(m->src));
		memcpy(&p->addr[4], &m->dst, sizeof(m->dst));
		memcpy(&p->addr[8], &e->src, sizeof(e->src));
		memcpy(&p->addr[12], &e->dst, sizeof(e->dst));
	}
	return nfo_packed_size(p);
}

void nfo_unpack(const struct nfo_packed *p, struct nfo_rule *rule)
{
	struct nfo_match *m = &rule->match;
	struct nfo_edit *e = &rule->edit;
	union nfo_addr *addrs[] = { &m->src, &m->dst, &e->src, &e->dst };
	unsigned int i, words, each;

	memset(rule, 0, sizeof(*rule));
	m->ifindex = p->in;
	e->ifindex = p->out;
	m->sport = p->sport;
	m->dport = p->dport;
	e->sport = p->new_sport;
	e->dport = p->new_dport;
	memcpy(m->encap, p->match, sizeof(p->match));
	memcpy(e->encap, p->push, sizeof(p->push));
	memcpy(e->dmac, p->dmac, sizeof(p->dmac));
	memcpy(e->smac, p->smac, sizeof(p->smac));
	e->mtu = p->mtu;
	m->l3proto = p->l3proto;
	m->l4proto = p->l4proto;
	m->n_encap = p->n_match;
	e->n_encap = p->n_push;
	e->flags = p->flags;

	words = n_words(p->l3proto, p->flags);
	each = is_ip4(p->l3proto) ? 1 : 4;
	for (i = 0; i < words / each; i++)
		memcpy(addrs[i], &p->addr[i * each], each * sizeof(p->addr[0]));
}

const __be32 *nfo_packed_dst(const struct nfo_packed *p, unsigned int *len)
{
	unsigned int each = is_ip4(p->l3proto) ? 1 : 4;

	*len = each * sizeof(p->addr[0]);
	return &p->addr[(p->flags & NFO_EDIT_DST ? 3 : 1) * each];
}
