// SPDX-License-Identifier: GPL-2.0-only
/*
 * bnxt_en (drivers/net/ethernet/broadcom/bnxt/bnxt_tc.c).
 *
 * Takes what it does not know and does not look at it: META, TCP flags, TTL, TOS, CVLAN among keys;
 * ADD, CSUM, TRAP, MIRRED among actions (bnxt_tc_parse_flow, bnxt_tc_parse_actions). TTL stays as
 * it is. What it gets wrong:
 *
 *	- whoever announces both families has an IPv4 rule, as tc does with an IPv6 source address
 *	- one side of a translation: of two the latter, with the port that came after it
 *	- the port is what is in the low half of the word, where a destination port never is; zero
 *	  leaves the port as it is (bnxt_tc_parse_pedit, bnxt_hwrm_cfa_flow_alloc)
 *	- a tag put on or taken off: MACs become those of the match, which are zero if it has none;
 *	  of both, only the latter is done (bnxt_hwrm_cfa_flow_alloc)
 *	- a redirect from one uplink to another is taken and names the other's function, not its wire:
 *	  frames are lost (bnxt_flow_get_dst_fid)
 *	- a tag of any protocol is matched as 802.1Q, and its priority is lost when put on
 */
#include <linux/in.h>
#include <linux/string.h>

#include "flower.h"

/* sim_scratch.given */
#define L2	0x01	/* BNXT_TC_ACTION_FLAG_L2_REWRITE */
#define NAT	0x02	/* BNXT_TC_ACTION_FLAG_NAT_XLATE */
#define NAT_DST	0x04	/* not nat.src_xlate */
#define NAT_IP6	0x08	/* not nat.l3_is_ipv4 */

/* sim_scratch.vlan */
#define PUSH	1
#define POP	2

#define SRC	0
#define DST	1

static int invalid(struct sim_parse *p, const char *why)
{
	p->why = why;
	return -EINVAL;
}

static bool all(const u8 *mem, u8 val, size_t len)
{
	while (len && *mem == val) {
		mem++;
		len--;
	}
	return !len;
}

/* bnxt_tc_parse_flow, bnxt_hwrm_cfa_flow_alloc: IPv4 has precedence, by the announcement */
static void match_addrs(struct sim_parse *p)
{
	const struct flow_dissector_key_ipv4_addrs *key4, *mask4;
	const struct flow_dissector_key_ipv6_addrs *key6, *mask6;
	struct sim_flower *f = p->out;

	if (sim_rule_has(p->rule, FLOW_DISSECTOR_KEY_IPV4_ADDRS)) {
		key4 = sim_rule_key(p->rule, FLOW_DISSECTOR_KEY_IPV4_ADDRS);
		mask4 = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_IPV4_ADDRS);
		f->key.ip.src[0] = key4->src;
		f->key.ip.dst[0] = key4->dst;
		f->mask.ip.src[0] = mask4->src;
		f->mask.ip.dst[0] = mask4->dst;
	} else if (sim_rule_has(p->rule, FLOW_DISSECTOR_KEY_IPV6_ADDRS)) {
		key6 = sim_rule_key(p->rule, FLOW_DISSECTOR_KEY_IPV6_ADDRS);
		mask6 = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_IPV6_ADDRS);
		memcpy(f->key.ip.src, &key6->src, sizeof(f->key.ip.src));
		memcpy(f->key.ip.dst, &key6->dst, sizeof(f->key.ip.dst));
		memcpy(f->mask.ip.src, &mask6->src, sizeof(f->mask.ip.src));
		memcpy(f->mask.ip.dst, &mask6->dst, sizeof(f->mask.ip.dst));
	}
}

/* bnxt_tc_can_offload */
static int match_l2(struct sim_parse *p)
{
	const struct sim_flower *f = p->out;
	u16 tci = be16_to_cpu(f->key.tag[0].tci), mask = be16_to_cpu(f->mask.tag[0].tci);
	unsigned int i;

	for (i = 0; i < 2 * ETH_ALEN; i += ETH_ALEN)
		if (!all(f->key.mac + i, 0, ETH_ALEN) && !all(f->mask.mac + i, 0xff, ETH_ALEN))
			return sim_refuse(p, "match on part of a MAC address");
	if (tci && ((mask & 0xfff) != 0xfff ||
		    (mask & 0xe000 && ((mask & 0xe000) != 0xe000 || tci & 0xe000))))
		return sim_refuse(p, "match on part of a VLAN tag");
	if (f->mask.ip.proto != cpu_to_be16(0xffff))
		return sim_refuse(p, "match without an EtherType");
	return 0;
}

static int match(struct sim_parse *p)
{
	struct sim_flower *f = p->out;

	if (!sim_rule_has(p->rule, FLOW_DISSECTOR_KEY_CONTROL) ||
	    !sim_rule_has(p->rule, FLOW_DISSECTOR_KEY_BASIC))
		return sim_refuse(p, "match without control and protocol");
	if (sim_rule_has(p->rule, FLOW_DISSECTOR_KEY_VLAN))
		f->key.tag[0].tpid = cpu_to_be16(ETH_P_8021Q);
	match_addrs(p);
	if (sim_rule_has(p->rule, FLOW_DISSECTOR_KEY_PORTS) && f->key.ip.l4 != IPPROTO_TCP &&
	    f->key.ip.l4 != IPPROTO_UDP)
		return sim_refuse(p, "match on ports of something else than TCP and UDP");
	return match_l2(p);
}

/* bnxt_tc_parse_pedit: masks of addresses are not looked at */
static int addr(struct sim_parse *p, const struct flow_action_entry *act, bool ip6)
{
	u32 first = ip6 ? 8 : 12, len = ip6 ? 16 : 4, off = act->mangle.offset;
	struct sim_scratch *s = &p->scratch;
	unsigned int side = off >= first + len ? DST : SRC;

	if (off < first || off >= first + 2 * len || (!ip6 && off % 4))
		return invalid(p, "rewrite of a field that the device cannot write");
	s->given = (s->given & L2) | NAT | (side == DST ? NAT_DST : 0) | (ip6 ? NAT_IP6 : 0);
	memcpy(&s->addr[side][(off - first - side * len) / 4], &act->mangle.val,
	       sizeof(act->mangle.val));
	return 0;
}

static int port(struct sim_parse *p, const struct flow_action_entry *act)
{
	struct sim_scratch *s = &p->scratch;

	if (!(s->given & NAT))
		return invalid(p, "rewrite of a port without an address before it");
	/* the two bytes that come first in memory, whatever offset and mask say */
	memcpy(&s->port[s->given & NAT_DST ? DST : SRC], &act->mangle.val, sizeof(__be16));
	return 0;
}

static int mangle(struct sim_parse *p, const struct flow_action_entry *act)
{
	switch (act->mangle.htype) {
	case FLOW_ACT_MANGLE_HDR_TYPE_ETH:
		if (act->mangle.offset > 8)
			return invalid(p, "rewrite of a field that the device cannot write");
		p->scratch.given |= L2;
		sim_flower_note_mac(p, act);
		return 0;
	case FLOW_ACT_MANGLE_HDR_TYPE_IP4:
		return addr(p, act, false);
	case FLOW_ACT_MANGLE_HDR_TYPE_IP6:
		return addr(p, act, true);
	case FLOW_ACT_MANGLE_HDR_TYPE_TCP:
	case FLOW_ACT_MANGLE_HDR_TYPE_UDP:
		return port(p, act);
	default:
		return invalid(p, "rewrite of an unknown header");
	}
}

/* bnxt_tc_parse_vlan */
static int vlan(struct sim_parse *p, const struct flow_action_entry *act)
{
	switch (act->id) {
	case FLOW_ACTION_VLAN_POP:
		p->scratch.vlan |= POP;
		return 0;
	case FLOW_ACTION_VLAN_PUSH:
		p->scratch.vlan |= PUSH;
		p->scratch.tag.tpid = act->vlan.proto;
		p->scratch.tag.tci = cpu_to_be16(act->vlan.vid);
		return 0;
	default:
		return sim_refuse(p, "rewrite of a VLAN tag");
	}
}

static int parse_act(struct sim_parse *p, const struct flow_action_entry *act)
{
	switch (act->id) {
	case FLOW_ACTION_MANGLE:
		return mangle(p, act);
	case FLOW_ACTION_VLAN_POP:
	case FLOW_ACTION_VLAN_PUSH:
	case FLOW_ACTION_VLAN_MANGLE:
		return vlan(p, act);
	default:
		return sim_flower_act(p, act);
	}
}

/* bnxt_fill_l2_rewrite_fields: whole addresses, and not both of them zero */
static int check_macs(struct sim_parse *p)
{
	const struct sim_scratch *s = &p->scratch;
	unsigned int i;

	if (all(s->mac, 0, sizeof(s->mac)) || all(s->mac_mask, 0, sizeof(s->mac_mask)))
		return invalid(p, "rewrite to zero MAC addresses");
	for (i = 0; i < 2 * ETH_ALEN; i += ETH_ALEN)
		if (!all(s->mac_mask + i, 0, ETH_ALEN) && !all(s->mac_mask + i, 0xff, ETH_ALEN))
			return invalid(p, "rewrite of a part of a MAC address");
	return 0;
}

static int emit_l2(struct sim_parse *p)
{
	struct sim_scratch *s = &p->scratch;
	struct sim_act *step;
	int err;

	if (s->vlan) {
		step = sim_flower_step(p, s->vlan & POP ? SIM_OP_POP : SIM_OP_PUSH);
		if (!step)
			return -EOPNOTSUPP;
		step->tag = s->tag;
		/* the match's, not the rewrite's */
		return sim_flower_set(p, SIM_LAYER_ETH, 0, p->out->key.mac, sizeof(s->mac));
	}
	if (!(s->given & L2))
		return 0;
	err = check_macs(p);
	/* one alone: the request has zero for the other, and one flag for both */
	return err ?: sim_flower_set(p, SIM_LAYER_ETH, 0, s->mac, sizeof(s->mac));
}

static int emit_nat(struct sim_parse *p)
{
	struct sim_scratch *s = &p->scratch;
	unsigned int side = s->given & NAT_DST ? DST : SRC;
	bool ip6 = s->given & NAT_IP6;
	unsigned int len = ip6 ? 16 : 4;
	int err;

	if (!(s->given & NAT))
		return 0;
	err = sim_flower_set(p, ip6 ? SIM_LAYER_IP6 : SIM_LAYER_IP4, (ip6 ? 8 : 12) + side * len,
			     s->addr[side], len);
	if (err || !s->port[side])
		return err;
	return sim_flower_set(p, p->out->key.ip.l4 == IPPROTO_TCP ? SIM_LAYER_TCP : SIM_LAYER_UDP,
			      2 * side, &s->port[side], sizeof(s->port[side]));
}

static int finish(struct sim_parse *p)
{
	int err;

	if (!p->rule->action.num_entries)
		return invalid(p, "no action");
	if (p->out->end == SIM_END_DROP)
		return 0;
	if (p->scratch.vlan && p->scratch.given & L2) {
		err = check_macs(p);
		if (err)
			return err;
	}
	err = emit_l2(p);
	return err ?: emit_nat(p);
}

const struct sim_dialect sim_dialect_bnxt = {
	.flags = SIM_D_IGNORE_KEYS | SIM_D_IGNORE_ACTS | SIM_D_OPEN_END | SIM_D_STATS_ANY |
		 SIM_D_OFF_IS_DEAF | SIM_D_PF_SWITCH,	/* bnxt_vfr.c */
	.reach = SIM_REACH_BNXT,	/* bnxt_flow_get_dst_fid, bnxt.c:bnxt_get_port_parent_id */
	/* bnxt_tc_parse_flow; addresses: see match_addrs(); tunnels and ICMP are not modelled */
	.keys = SIM_KEY(CONTROL) | SIM_KEY(BASIC) | SIM_KEY(ETH_ADDRS) | SIM_KEY(VLAN) |
		SIM_KEY(PORTS),
	.acts = SIM_ACT(DROP) | SIM_ACT(REDIRECT) | SIM_ACT(VLAN_POP) | SIM_ACT(VLAN_PUSH) |
		SIM_ACT(VLAN_MANGLE) | SIM_ACT(MANGLE),
	.no_destroy = -EINVAL,		/* bnxt_tc_del_flow */
	.no_stats = -EPERM,		/* bnxt_tc_get_flow_stats: -1 */
	.match = match,
	.act = parse_act,
	.finish = finish,
};
