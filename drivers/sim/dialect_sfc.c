// SPDX-License-Identifier: GPL-2.0-only
/*
 * sfc, EF100 with a match-action engine (drivers/net/ethernet/sfc/tc.c, of Linux 6.12: that of 6.1
 * matches nothing but the port).
 *
 * Nothing above the Ethernet header can be rewritten but TTL, by one. A rule without VLAN keys
 * leaves tags out of its mask (efx_tc_flower_parse_match), so it takes tagged frames as well.
 * Counters exist for REDIRECT and DROP only. Of two pushes the first makes the outer tag (mae.c:
 * efx_mae_alloc_action_set), which in TC is the inner one. A rule that says nothing at its end
 * delivers to the CPU; TRAP and ACCEPT it does not know.
 */
#include <linux/in.h>
#include <linux/string.h>

#include "flower.h"

/* sim_scratch.given */
#define TTL_DEC	0x1
#define DST_32	0x2
#define DST_16	0x4
#define SRC_16	0x8
#define SRC_32	0x10

#define PUSHES_MAX	2
#define POPS_MAX	2

static int invalid(struct sim_parse *p, const char *why)
{
	p->why = why;
	return -EINVAL;
}

/* efx_tc_flower_parse_match */
static int match(struct sim_parse *p)
{
	const struct sim_flower *f = p->out;
	const struct flow_dissector_key_basic *basic = NULL;
	u64 used = p->rule->match.dissector->used_keys;
	u64 l4 = SIM_KEY(PORTS) | SIM_KEY(TCP);
	u64 l3 = l4 | SIM_KEY(IPV4_ADDRS) | SIM_KEY(IPV6_ADDRS) | SIM_KEY(IP);
	bool ip = false;

	if (used & SIM_KEY(BASIC)) {
		basic = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_BASIC);
		ip = basic->n_proto == cpu_to_be16(0xffff) &&
		     (f->key.ip.proto == cpu_to_be16(ETH_P_IP) ||
		      f->key.ip.proto == cpu_to_be16(ETH_P_IPV6));
	}
	if (!ip && used & l3)
		return invalid(p, "match above layer 2 without IPv4 or IPv6");
	if (used & l4 && (f->mask.ip.l4 != 0xff ||
			  (f->key.ip.l4 != IPPROTO_TCP && f->key.ip.l4 != IPPROTO_UDP)))
		return invalid(p, "match above layer 3 without TCP or UDP");
	return 0;
}

static int mac(struct sim_parse *p, const struct flow_action_entry *act)
{
	struct sim_scratch *s = &p->scratch;
	u8 low[4] = { 0, 0, 0xff, 0xff }, high[4] = { 0xff, 0xff, 0, 0 };

	/* efx_tc_mangle: whole words at 0 and 8, one half at 4 */
	if (act->mangle.offset == 0 && !act->mangle.mask)
		s->given |= DST_32;
	else if (act->mangle.offset == 8 && !act->mangle.mask)
		s->given |= SRC_32;
	else if (act->mangle.offset == 4 && !memcmp(&act->mangle.mask, low, sizeof(low)))
		s->given |= DST_16;
	else if (act->mangle.offset == 4 && !memcmp(&act->mangle.mask, high, sizeof(high)))
		s->given |= SRC_16;
	else
		return sim_refuse(p, "rewrite of an odd piece of a MAC address");
	sim_flower_note_mac(p, act);
	/* efx_tc_complete_mac_mangle */
	if ((s->given & (DST_32 | DST_16)) == (DST_32 | DST_16)) {
		s->given &= ~(DST_32 | DST_16);
		return sim_flower_set(p, SIM_LAYER_ETH, 0, s->mac, ETH_ALEN);
	}
	if ((s->given & (SRC_32 | SRC_16)) == (SRC_32 | SRC_16)) {
		s->given &= ~(SRC_32 | SRC_16);
		return sim_flower_set(p, SIM_LAYER_ETH, ETH_ALEN, s->mac + ETH_ALEN, ETH_ALEN);
	}
	return 0;
}

/* The byte of TTL or hop limit that an action concerns and nothing else; -1 if there is more. */
static int ttl_byte(const struct flow_action_entry *act)
{
	bool ip4 = act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP4;
	u8 keep[4] = { 0xff, 0xff, 0xff, 0xff };

	if (act->mangle.offset != (ip4 ? 8 : 4))
		return -1;
	keep[ip4 ? 0 : 3] = 0;
	if (memcmp(&act->mangle.mask, keep, sizeof(keep)))
		return -1;
	return ((const u8 *)&act->mangle.val)[ip4 ? 0 : 3];
}

/* efx_tc_pedit_add, efx_tc_mangle */
static int ttl(struct sim_parse *p, const struct flow_action_entry *act)
{
	const struct sim_flower *f = p->out;
	struct sim_act *step;
	int val = ttl_byte(act);

	if (val < 0)
		return sim_refuse(p, "rewrite of more of IP than TTL or hop limit");
	if (act->id == FLOW_ACTION_ADD && val != 0xff)
		return sim_refuse(p, "addition of something else than -1 to TTL");
	if (act->id == FLOW_ACTION_MANGLE &&
	    (f->mask.ttl != 0xff || !f->key.ttl || val != f->key.ttl - 1))
		return sim_refuse(p, "TTL set to something else than the matched one less 1");
	if (p->scratch.given & TTL_DEC)
		return sim_refuse(p, "more than one decrement of TTL");
	p->scratch.given |= TTL_DEC;
	step = sim_flower_step(p, SIM_OP_ADD);
	if (!step)
		return -EOPNOTSUPP;
	step->layer = act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP4 ? SIM_LAYER_IP4 :
									  SIM_LAYER_IP6;
	step->val = 0xff;
	return 0;
}

/* efx_tc_flower_action_order_ok; a pop of what was pushed undoes the push */
static int vlan(struct sim_parse *p, const struct flow_action_entry *act)
{
	struct sim_flower *f = p->out;
	u32 i, last = 0, pushes = 0, pops = 0;

	for (i = 0; i < f->n; i++) {
		pops += f->act[i].op == SIM_OP_POP;
		if (f->act[i].op == SIM_OP_PUSH) {
			pushes++;
			last = i;
		}
	}
	if (act->id == FLOW_ACTION_VLAN_PUSH && pushes == PUSHES_MAX)
		return invalid(p, "more than two VLAN tags");
	if (act->id == FLOW_ACTION_VLAN_PUSH)
		return sim_flower_act(p, act);
	if (pushes) {
		f->n--;
		memmove(&f->act[last], &f->act[last + 1], (f->n - last) * sizeof(f->act[0]));
		return 0;
	}
	if (pops == POPS_MAX)
		return invalid(p, "more than two VLAN tags to take off");
	return sim_flower_act(p, act);
}

static int parse_act(struct sim_parse *p, const struct flow_action_entry *act)
{
	switch (act->id) {
	case FLOW_ACTION_MANGLE:
		if (act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_ETH)
			return mac(p, act);
		fallthrough;
	case FLOW_ACTION_ADD:
		if (act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP4 ||
		    act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP6)
			return ttl(p, act);
		return sim_refuse(p, "rewrite of something above IP");
	case FLOW_ACTION_VLAN_PUSH:
	case FLOW_ACTION_VLAN_POP:
		return vlan(p, act);
	default:
		/* efx_tc_flower_replace: REDIRECT and DROP count */
		if (act->hw_stats && !(act->hw_stats & FLOW_ACTION_HW_STATS_DELAYED))
			return sim_refuse(p, "hw_stats of another type than \"delayed\"");
		return sim_flower_act(p, act);
	}
}

/* mae.c:efx_mae_alloc_action_set: VLAN0, the outer tag, is that of the first push */
static void swap_pushes(struct sim_flower *f)
{
	struct sim_act *first = NULL;
	struct sim_tag tag;
	u32 i;

	for (i = 0; i < f->n; i++) {
		if (f->act[i].op != SIM_OP_PUSH)
			continue;
		if (!first) {
			first = &f->act[i];
			continue;
		}
		tag = first->tag;
		first->tag = f->act[i].tag;
		f->act[i].tag = tag;
	}
}

/* efx_tc_incomplete_mangle */
static int finish(struct sim_parse *p)
{
	swap_pushes(p->out);
	if (p->scratch.given & (DST_32 | DST_16 | SRC_16 | SRC_32))
		return sim_refuse(p, "rewrite of a part of a MAC address");
	return 0;
}

const struct sim_dialect sim_dialect_sfc = {
	.flags = SIM_D_OPEN_END | SIM_D_EEXIST | SIM_D_LAX_BIND | SIM_D_ANY_TAG,
	.reach = SIM_REACH_PF,		/* efx_tc_flower_lookup_efv */
	/* efx_tc_flower_parse_match; tunnels and CT are not modelled */
	.keys = SIM_KEY(CONTROL) | SIM_KEY(BASIC) | SIM_KEY(ETH_ADDRS) | SIM_KEY(VLAN) |
		SIM_KEY(CVLAN) | SIM_KEY(IPV4_ADDRS) | SIM_KEY(IPV6_ADDRS) | SIM_KEY(PORTS) |
		SIM_KEY(TCP) | SIM_KEY(IP),
	.control = FLOW_DIS_IS_FRAGMENT | FLOW_DIS_FIRST_FRAG,
	.acts = SIM_ACT(DROP) | SIM_ACT(REDIRECT) | SIM_ACT(VLAN_POP) | SIM_ACT(VLAN_PUSH) |
		SIM_ACT(ADD) | SIM_ACT(MANGLE),
	.no_destroy = -ENOENT,		/* efx_tc_flower_destroy */
	.no_stats = -ENOENT,		/* efx_tc_flower_stats */
	.match = match,
	.act = parse_act,
	.finish = finish,
};
