// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dialects that are no real driver's.
 */
#include "flower.h"

#define KEYS	(SIM_KEY(META) | SIM_KEY(CONTROL) | SIM_KEY(BASIC) | SIM_KEY(ETH_ADDRS) | \
		 SIM_KEY(VLAN) | SIM_KEY(CVLAN) | SIM_KEY(IPV4_ADDRS) | SIM_KEY(IPV6_ADDRS) | \
		 SIM_KEY(PORTS) | SIM_KEY(TCP) | SIM_KEY(IP))
#define ACTS	(SIM_ACT(MANGLE) | SIM_ACT(ADD) | SIM_ACT(CSUM) | SIM_ACT(VLAN_PUSH) | \
		 SIM_ACT(VLAN_POP) | SIM_ACT(VLAN_MANGLE) | SIM_ACT(REDIRECT) | SIM_ACT(DROP) | \
		 SIM_ACT(TRAP) | SIM_ACT(ACCEPT))

/* Tags of a frame that got as far as the steps parsed so far. */
static int tags(const struct sim_flower *f)
{
	int n = 0;
	u32 i;

	for (i = 0; i < SIM_KEY_TAGS; i++)
		n += f->key.tag[i].tpid != 0;
	for (i = 0; i < f->n; i++)
		n += (f->act[i].op == SIM_OP_PUSH) - (f->act[i].op == SIM_OP_POP);
	return n;
}

/* No more than two tags on a frame, and none taken off that the match does not promise. */
static int exact_act(struct sim_parse *p, const struct flow_action_entry *act)
{
	int n = tags(p->out);

	if (act->id == FLOW_ACTION_VLAN_PUSH && n == SIM_KEY_TAGS)
		return sim_refuse(p, "more than two VLAN tags");
	if ((act->id == FLOW_ACTION_VLAN_POP || act->id == FLOW_ACTION_VLAN_MANGLE) && !n)
		return sim_refuse(p, "no VLAN tag to take off or rewrite");
	return sim_flower_act(p, act);
}

/* Exact: does what the rule says, as tc's software would, or refuses it and says why. */
const struct sim_dialect sim_dialect_generic = {
	.flags = SIM_D_FT_EXACT | SIM_D_EXPLICIT_CSUM | SIM_D_STATS_DELAYED,
	.keys = KEYS,
	.control = FLOW_DIS_IS_FRAGMENT | FLOW_DIS_FIRST_FRAG,
	.acts = ACTS,
	.no_destroy = -ENOENT,
	.no_stats = -ENOENT,
	.act = exact_act,
};

const struct sim_dialect sim_dialect_tc = {
	.flags = SIM_D_EXPLICIT_CSUM | SIM_D_STATS_DELAYED,
	.keys = KEYS,
	.control = FLOW_DIS_IS_FRAGMENT | FLOW_DIS_FIRST_FRAG,
	.acts = ACTS,
	.no_destroy = -ENOENT,
	.no_stats = -ENOENT,
	.act = exact_act,
};

/* Rewrites of what it has no field for are gone without a word. */
static int sloppy_act(struct sim_parse *p, const struct flow_action_entry *act)
{
	if (act->id == FLOW_ACTION_MANGLE &&
	    ((act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP4 && act->mangle.offset < 12) ||
	     (act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP6 && act->mangle.offset < 8)))
		return 0;
	return sim_flower_act(p, act);
}

/* A driver that screens nothing: what it does not know it takes and does not do. */
const struct sim_dialect sim_dialect_sloppy = {
	.flags = SIM_D_IGNORE_KEYS | SIM_D_IGNORE_ACTS | SIM_D_OPEN_END,
	.keys = SIM_KEY(BASIC) | SIM_KEY(ETH_ADDRS) | SIM_KEY(VLAN) | SIM_KEY(IPV4_ADDRS) |
		SIM_KEY(IPV6_ADDRS) | SIM_KEY(PORTS),
	.acts = SIM_ACT(MANGLE) | SIM_ACT(VLAN_PUSH) | SIM_ACT(VLAN_POP) | SIM_ACT(REDIRECT) |
		SIM_ACT(DROP),
	.no_destroy = -ENOENT,
	.no_stats = -ENOENT,
	.act = sloppy_act,
};
