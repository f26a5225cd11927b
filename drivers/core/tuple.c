// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules from nf's tuples.
 *
 * A tuple has what nf's own software path goes by: addresses, ports, layers of encapsulation, MTU
 * and, for a flow that is sent directly, MACs and devices. For such a flow the rule that nf would
 * build says nothing more, and some of it wrongly (rule_parse.c): it is not asked for, see
 * provider.c. The indirect door and flows that go by neighbour have a rule, which is read together
 * with what the tuples say.
 */
#include <linux/etherdevice.h>

#include "core.h"

static void facts_of(const struct flow_offload *nf, u8 dir, struct nfo_facts *facts)
{
	const struct flow_offload_tuple *in = &nf->tuplehash[dir].tuple;
	const struct flow_offload_tuple *out = &nf->tuplehash[!dir].tuple;
	unsigned int i;

	memset(facts, 0, sizeof(*facts));
	facts->mtu = in->mtu;
	facts->egress = in->xmit_type == FLOW_OFFLOAD_XMIT_DIRECT ? in->out.hw_ifidx : out->iifidx;
	facts->bridge_vlan = in->in_vlan_ingress || out->in_vlan_ingress;
	facts->n_in = in->encap_num;
	facts->n_out = out->encap_num;
	for (i = 0; i < NFO_ENCAP_MAX; i++) {
		facts->in[i].proto = in->encap[i].proto;
		facts->in[i].id = in->encap[i].id;
		facts->out[i].proto = out->encap[i].proto;
		facts->out[i].id = out->encap[i].id;
	}
}

/* Addresses and ports after translation: as packets of the other direction have them. */
static void rule_nat(const struct flow_offload_tuple *in, const struct flow_offload_tuple *out,
		     struct nfo_rule *rule)
{
	unsigned int len = in->l3proto == NFPROTO_IPV4 ? 4 : 16;

	if (memcmp(&out->dst_v4, &in->src_v4, len) || out->dst_port != in->src_port) {
		rule->edit.flags |= NFO_EDIT_SRC;
		rule->edit.sport = out->dst_port;
		memcpy(&rule->edit.src, &out->dst_v4, len);
	}
	if (memcmp(&out->src_v4, &in->dst_v4, len) || out->src_port != in->dst_port) {
		rule->edit.flags |= NFO_EDIT_DST;
		rule->edit.dport = out->src_port;
		memcpy(&rule->edit.dst, &out->src_v4, len);
	}
}

/**
 * nfo_tuple_rule() - as much of a rule as nf's tuples tell
 * @nf: the connection
 * @dir: the direction
 * @rule: filled in; complete if the flow is sent directly
 */
void nfo_tuple_rule(const struct flow_offload *nf, u8 dir, struct nfo_rule *rule)
{
	const struct flow_offload_tuple *in = &nf->tuplehash[dir].tuple;
	const struct flow_offload_tuple *out = &nf->tuplehash[!dir].tuple;
	bool ip4 = in->l3proto == NFPROTO_IPV4;
	struct nfo_match *m = &rule->match;
	struct nfo_edit *e = &rule->edit;
	unsigned int i;

	memset(rule, 0, sizeof(*rule));
	m->ifindex = in->iifidx;
	m->l3proto = ip4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	m->l4proto = in->l4proto;
	m->sport = in->src_port;
	m->dport = in->dst_port;
	e->ifindex = out->iifidx;
	e->mtu = in->mtu;
	if (ip4) {
		m->src.ip4 = in->src_v4.s_addr;
		m->dst.ip4 = in->dst_v4.s_addr;
	} else {
		memcpy(&m->src, &in->src_v6, sizeof(m->src));
		memcpy(&m->dst, &in->dst_v6, sizeof(m->dst));
	}
	if (nf->flags & (BIT(NF_FLOW_SNAT) | BIT(NF_FLOW_DNAT)))
		rule_nat(in, out, rule);
	m->n_encap = in->encap_num;
	e->n_encap = out->encap_num;
	for (i = 0; i < in->encap_num; i++)
		m->encap[i] = (struct nfo_encap) { in->encap[i].proto, in->encap[i].id };
	for (i = 0; i < out->encap_num; i++)
		e->encap[i] = (struct nfo_encap) { out->encap[i].proto, out->encap[i].id };
	if (in->xmit_type == FLOW_OFFLOAD_XMIT_DIRECT) {
		e->ifindex = in->out.hw_ifidx;
		ether_addr_copy(e->dmac, in->out.h_dest);
		ether_addr_copy(e->smac, in->out.h_source);
	}
}

/*
 * A flow that is sent directly: nf's tuples say all of it, as they do to nf's own software path,
 * and nf was not asked to say it once more as a rule (provider.c).
 */
static enum nfo_reason direct_rule(const struct flow_offload *nf, u8 dir, struct nfo_rule *rule)
{
	const struct flow_offload_tuple *in = &nf->tuplehash[dir].tuple;
	const struct flow_offload_tuple *out = &nf->tuplehash[!dir].tuple;

	if (in->encap_num > NFO_ENCAP_MAX || out->encap_num > NFO_ENCAP_MAX) {
		memset(rule, 0, sizeof(*rule));
		return NFO_REASON_ENCAP;
	}
	nfo_tuple_rule(nf, dir, rule);
	if (in->in_vlan_ingress || out->in_vlan_ingress)
		return NFO_REASON_ENCAP;
	if (in->l4proto != IPPROTO_TCP && in->l4proto != IPPROTO_UDP && in->l4proto != IPPROTO_GRE)
		return NFO_REASON_L4PROTO;
	return NFO_REASON_NONE;
}

/**
 * nfo_tuple_offered() - the rule of an offer
 * @nf: the connection
 * @dir: the direction
 * @fr: what nf built; without actions if it was not asked to
 * @rule: filled in; all of it is written
 *
 * Return: NFO_REASON_NONE, or why this rule cannot be offloaded by anybody.
 */
enum nfo_reason nfo_tuple_offered(const struct flow_offload *nf, u8 dir, const struct flow_rule *fr,
				  struct nfo_rule *rule)
{
	struct nfo_facts facts;

	if (!fr->action.num_entries)
		return direct_rule(nf, dir, rule);
	facts_of(nf, dir, &facts);
	return nfo_rule_parse(fr, &facts, rule);
}
