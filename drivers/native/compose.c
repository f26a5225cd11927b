// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rule composer for drivers with TC_SETUP_FT. Keys, actions and their order are those that
 * nf_flow_table itself sends, as that is what these drivers were written against.
 */
#include <linux/bits.h>
#include <linux/in.h>
#include <linux/string.h>
#include <linux/tc_act/tc_csum.h>

#include "compose.h"

#define USE(match, name, field) do {						\
	(match)->dissector.used_keys |= BIT_ULL(FLOW_DISSECTOR_KEY_##name);	\
	(match)->dissector.offset[FLOW_DISSECTOR_KEY_##name] =			\
		offsetof(struct nfo_ft_key, field);				\
} while (0)

static bool is_ip4(const struct nfo_match *m)
{
	return m->l3proto == cpu_to_be16(ETH_P_IP);
}

static void put_vlan(struct flow_dissector_key_vlan *key, struct flow_dissector_key_vlan *mask,
		     const struct nfo_encap *encap)
{
	key->vlan_id = encap->id;
	key->vlan_tpid = encap->proto;
	mask->vlan_id = 0xfff;
	mask->vlan_tpid = cpu_to_be16(0xffff);
}

static void put_match(const struct nfo_match *m, struct nfo_ft_match *out)
{
	struct nfo_ft_key *key = &out->key, *mask = &out->mask;

	USE(out, META, meta);
	key->meta.ingress_ifindex = m->ifindex;
	mask->meta.ingress_ifindex = -1;

	USE(out, CONTROL, control);
	key->control.addr_type = is_ip4(m) ? FLOW_DISSECTOR_KEY_IPV4_ADDRS :
					     FLOW_DISSECTOR_KEY_IPV6_ADDRS;
	mask->control.addr_type = 0xffff;

	USE(out, BASIC, basic);
	key->basic.n_proto = m->l3proto;
	key->basic.ip_proto = m->l4proto;
	mask->basic.n_proto = cpu_to_be16(0xffff);
	mask->basic.ip_proto = 0xff;

	if (is_ip4(m)) {
		USE(out, IPV4_ADDRS, ip4);
		key->ip4.src = m->src.ip4;
		key->ip4.dst = m->dst.ip4;
		memset(&mask->ip4, 0xff, sizeof(mask->ip4));
	} else {
		USE(out, IPV6_ADDRS, ip6);
		memcpy(&key->ip6.src, &m->src, sizeof(key->ip6.src));
		memcpy(&key->ip6.dst, &m->dst, sizeof(key->ip6.dst));
		memset(&mask->ip6, 0xff, sizeof(mask->ip6));
	}

	USE(out, PORTS, ports);
	key->ports.src = m->sport;
	key->ports.dst = m->dport;
	memset(&mask->ports, 0xff, sizeof(mask->ports));

	if (m->l4proto == IPPROTO_TCP) {
		USE(out, TCP, tcp);
		mask->tcp.flags = cpu_to_be16(0x0005);	/* FIN, RST */
	}
	if (m->n_encap > 0) {
		USE(out, VLAN, vlan);
		put_vlan(&key->vlan, &mask->vlan, &m->encap[0]);
	}
	if (m->n_encap > 1) {
		USE(out, CVLAN, cvlan);
		put_vlan(&key->cvlan, &mask->cvlan, &m->encap[1]);
	}
}

static struct flow_action_entry *next(struct flow_rule *fr, enum flow_action_id id)
{
	struct flow_action_entry *act = &fr->action.entries[fr->action.num_entries++];

	act->id = id;
	act->hw_stats = FLOW_ACTION_HW_STATS_DONT_CARE;
	return act;
}

/* Write @len bytes at @offset + @skip of a header with one 32 bit mangle. */
static void mangle(struct flow_rule *fr, enum flow_action_mangle_base htype, u32 offset,
		   u32 skip, const void *bytes, u32 len)
{
	struct flow_action_entry *act = next(fr, FLOW_ACTION_MANGLE);
	u8 val[4] = {}, keep[4];

	memset(keep, 0xff, sizeof(keep));
	memset(keep + skip, 0, len);
	memcpy(val + skip, bytes, len);
	act->mangle.htype = htype;
	act->mangle.offset = offset;
	memcpy(&act->mangle.val, val, sizeof(val));
	memcpy(&act->mangle.mask, keep, sizeof(keep));
}

static void put_macs(const struct nfo_edit *edit, struct flow_rule *fr)
{
	mangle(fr, FLOW_ACT_MANGLE_HDR_TYPE_ETH, 4, 2, &edit->smac[0], 2);
	mangle(fr, FLOW_ACT_MANGLE_HDR_TYPE_ETH, 8, 0, &edit->smac[2], 4);
	mangle(fr, FLOW_ACT_MANGLE_HDR_TYPE_ETH, 0, 0, &edit->dmac[0], 4);
	mangle(fr, FLOW_ACT_MANGLE_HDR_TYPE_ETH, 4, 0, &edit->dmac[4], 2);
}

static void put_encap(const struct nfo_rule *rule, struct flow_rule *fr)
{
	const struct nfo_edit *edit = &rule->edit;
	struct flow_action_entry *act;
	u8 i;

	for (i = 0; i < rule->match.n_encap; i++)
		next(fr, FLOW_ACTION_VLAN_POP);
	for (i = 0; i < edit->n_encap; i++) {
		act = next(fr, FLOW_ACTION_VLAN_PUSH);
		act->vlan.vid = edit->encap[i].id;
		act->vlan.proto = edit->encap[i].proto;
	}
}

static void put_side(const struct nfo_match *m, struct flow_rule *fr, bool dst,
		     const union nfo_addr *addr, __be16 port)
{
	enum flow_action_mangle_base l4 = m->l4proto == IPPROTO_TCP ?
					  FLOW_ACT_MANGLE_HDR_TYPE_TCP :
					  FLOW_ACT_MANGLE_HDR_TYPE_UDP;
	u32 i;

	if (is_ip4(m))
		mangle(fr, FLOW_ACT_MANGLE_HDR_TYPE_IP4, dst ? 16 : 12, 0, &addr->ip4, 4);
	else
		for (i = 0; i < 4; i++)
			mangle(fr, FLOW_ACT_MANGLE_HDR_TYPE_IP6, (dst ? 24 : 8) + 4 * i, 0,
			       &addr->ip6[i], 4);
	mangle(fr, l4, 0, dst ? 2 : 0, &port, 2);
}

static void put_nat(const struct nfo_rule *rule, struct flow_rule *fr)
{
	const struct nfo_edit *edit = &rule->edit;
	struct flow_action_entry *act;

	if (edit->flags & NFO_EDIT_SRC)
		put_side(&rule->match, fr, false, &edit->src, edit->sport);
	if (edit->flags & NFO_EDIT_DST)
		put_side(&rule->match, fr, true, &edit->dst, edit->dport);
	if (!edit->flags || !is_ip4(&rule->match))
		return;
	act = next(fr, FLOW_ACTION_CSUM);
	act->csum_flags = TCA_CSUM_UPDATE_FLAG_IPV4HDR |
			  (rule->match.l4proto == IPPROTO_TCP ? TCA_CSUM_UPDATE_FLAG_TCP :
								TCA_CSUM_UPDATE_FLAG_UDP);
}

/* TTL or hop limit: add 0xff to one byte, which is the exact form drivers accept. */
static void put_ttl(const struct nfo_match *m, struct flow_rule *fr)
{
	struct flow_action_entry *act = next(fr, FLOW_ACTION_ADD);
	u8 pos = is_ip4(m) ? 0 : 3;
	u8 val[4] = {}, keep[4];

	memset(keep, 0xff, sizeof(keep));
	keep[pos] = 0;
	val[pos] = 0xff;
	act->mangle.htype = is_ip4(m) ? FLOW_ACT_MANGLE_HDR_TYPE_IP4 :
					FLOW_ACT_MANGLE_HDR_TYPE_IP6;
	act->mangle.offset = is_ip4(m) ? 8 : 4;
	memcpy(&act->mangle.val, val, sizeof(val));
	memcpy(&act->mangle.mask, keep, sizeof(keep));
}

void nfo_ft_compose(const struct nfo_rule *rule, struct net_device *egress, bool explicit_ttl,
		    struct nfo_ft_match *match, struct flow_rule *fr)
{
	memset(match, 0, sizeof(*match));
	fr->match.dissector = &match->dissector;
	fr->match.key = &match->key;
	fr->match.mask = &match->mask;
	fr->action.num_entries = 0;

	put_match(&rule->match, match);
	put_macs(&rule->edit, fr);
	put_encap(rule, fr);
	put_nat(rule, fr);
	if (explicit_ttl)
		put_ttl(&rule->match, fr);
	next(fr, FLOW_ACTION_REDIRECT)->dev = egress;
}
