// SPDX-License-Identifier: GPL-2.0-only
/*
 * mlx5_core (drivers/net/ethernet/mellanox/mlx5/core): with an eswitch (FDB) and as a plain NIC,
 * where a rule can hairpin to another port of the card.
 *
 * The device decrements TTL only when told to, and then without a look: 1 leaves as 0. Checksums
 * follow every rewrite by themselves; a CSUM action is taken only if there is one
 * (en/tc/act/csum.c:csum_offload_supported). Firmware without ignore_flow_level is assumed: sixteen
 * priorities, or one (lib/fs_chains.c:mlx5_chains_get_prio_range), and no termination tables: no
 * way from an uplink to an uplink (en/tc/act/mirred.c:verify_uplink_forwarding).
 *
 * Flowtable rules of representors are TC rules in a chain behind those of TC (en/rep/tc.c:
 * mlx5e_rep_setup_ft_cb), with the same counters: bytes are layer 2 in both.
 */
#include <linux/in.h>
#include <linux/tc_act/tc_csum.h>

#include "flower.h"

/* en_tc.c:__parse_cls_flower; tunnels, ICMP, MPLS and CT are not modelled */
#define KEYS	(SIM_KEY(META) | SIM_KEY(CONTROL) | SIM_KEY(BASIC) | SIM_KEY(ETH_ADDRS) | \
		 SIM_KEY(VLAN) | SIM_KEY(CVLAN) | SIM_KEY(IPV4_ADDRS) | SIM_KEY(IPV6_ADDRS) | \
		 SIM_KEY(PORTS) | SIM_KEY(TCP) | SIM_KEY(IP))

/* en/tc/act/act.c:tc_acts_nic, and what tc_acts_fdb has beyond it */
#define ACTS_NIC (SIM_ACT(ACCEPT) | SIM_ACT(DROP) | SIM_ACT(REDIRECT) | SIM_ACT(MANGLE) | \
		  SIM_ACT(ADD) | SIM_ACT(CSUM))
#define ACTS_FDB (ACTS_NIC | SIM_ACT(TRAP) | SIM_ACT(VLAN_PUSH) | SIM_ACT(VLAN_POP) | \
		  SIM_ACT(VLAN_MANGLE))

#define VLAN_DEPTH	2	/* fs.h:MLX5_FS_VLAN_DEPTH */

/* sim_scratch.given */
#define MOD_HDR		0x1
#define MOD_IP		0x2	/* other than TTL */
#define POPPED		0x4
#define PUSHED		0x8

/*
 * en_tc.c:__parse_cls_flower: ports of TCP and UDP only; another tag inside of the one that is
 * matched is excluded only by a match on what comes after it.
 */
static int match(struct sim_parse *p)
{
	const struct flow_dissector_key_vlan *vlan;
	struct sim_flower *f = p->out;

	if (sim_rule_has(p->rule, FLOW_DISSECTOR_KEY_VLAN) &&
	    !sim_rule_has(p->rule, FLOW_DISSECTOR_KEY_CVLAN)) {
		vlan = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_VLAN);
		if (!vlan->vlan_eth_type)
			f->mask.tag[1].tpid = 0;
	}

	if (sim_rule_has(p->rule, FLOW_DISSECTOR_KEY_PORTS) && f->key.ip.l4 != IPPROTO_TCP &&
	    f->key.ip.l4 != IPPROTO_UDP) {
		p->why = "match on ports of something else than TCP and UDP";
		return -EINVAL;
	}
	return 0;
}

static bool ttl_only(const struct flow_action_entry *act)
{
	return (act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP4 && act->mangle.offset == 8) ||
	       (act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP6 && act->mangle.offset == 4);
}

/* Is a byte that @act writes written by an earlier step, too? */
static bool twice(const struct sim_parse *p, u8 op, u8 layer, u8 offset, u32 keep)
{
	const struct sim_flower *f = p->out;
	u32 i;

	for (i = 0; i + 1 < f->n; i++)
		if (f->act[i].op == op && f->act[i].layer == layer &&
		    f->act[i].offset == offset && ~f->act[i].keep & ~keep)
			return true;
	return false;
}

/* en/tc/act/pedit.c:set_pedit_val; en_tc.c:offload_pedit_fields (TOS: DSCP only) */
static int pedit(struct sim_parse *p, const struct flow_action_entry *act)
{
	const u8 *keep = (const u8 *)&act->mangle.mask;
	const struct sim_act *step;
	int err;

	if (act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP4 && act->mangle.offset == 0 &&
	    ~keep[1] & 0x03)
		return sim_refuse(p, "rewrite of a field that the device cannot write");
	err = sim_flower_act(p, act);
	if (err)
		return err;
	step = &p->out->act[p->out->n - 1];
	if (step->op == SIM_OP_SET && twice(p, step->op, step->layer, step->offset, step->keep))
		return sim_refuse(p, "two rewrites of the same field");
	p->scratch.given |= MOD_HDR;
	if ((act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP4 ||
	     act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP6) && !ttl_only(act))
		p->scratch.given |= MOD_IP;
	return 0;
}

/*
 * en/tc/act/vlan_mangle.c:mlx5e_tc_act_vlan_add_rewrite_action: the VLAN id and no more, whatever
 * protocol the action names.
 */
static int rewrite(struct sim_parse *p, const struct flow_action_entry *act)
{
	const struct sim_flower *f = p->out;
	struct sim_act *step;
	u16 prio;

	if (f->key.tag[0].tpid != cpu_to_be16(ETH_P_8021Q))
		return sim_refuse(p, "VLAN rewrite without a match on 802.1Q");
	prio = (be16_to_cpu(f->key.tag[0].tci) & be16_to_cpu(f->mask.tag[0].tci)) >> 13;
	if (act->vlan.prio != prio)
		return sim_refuse(p, "rewrite of a VLAN priority");
	step = sim_flower_step(p, SIM_OP_RETAG);
	if (!step)
		return -EOPNOTSUPP;
	step->tag.tpid = cpu_to_be16(ETH_P_8021Q);
	step->tag.tci = cpu_to_be16(act->vlan.vid);
	step->keep_tci = cpu_to_be16(0xf000);
	p->scratch.given |= MOD_HDR;
	return 0;
}

/*
 * en/tc/act/vlan.c:tc_act_parse_vlan: a push after the one pop is a rewrite instead; pops and
 * pushes together are no more than two. What would leave a second pop without the first one (pop,
 * pop, push; push, pop) is refused here: no one can tell what firmware makes of it.
 */
static int vlan(struct sim_parse *p, const struct flow_action_entry *act)
{
	struct sim_scratch *s = &p->scratch;
	struct sim_flower *f = p->out;
	bool push = act->id == FLOW_ACTION_VLAN_PUSH;

	if (push && s->given & POPPED) {
		if (s->vlan > 1 || !f->n || f->act[f->n - 1].op != SIM_OP_POP)
			return sim_refuse(p, "VLAN actions in an order that the device cannot do");
		f->n--;
		s->given &= ~POPPED;
		return rewrite(p, act);
	}
	if (s->vlan == VLAN_DEPTH)
		return sim_refuse(p, "more than two VLAN actions");
	if (!push && s->given & PUSHED)
		return sim_refuse(p, "VLAN actions in an order that the device cannot do");
	s->vlan++;
	s->given |= push ? PUSHED : POPPED;
	return sim_flower_act(p, act);
}

static int parse_act(struct sim_parse *p, const struct flow_action_entry *act)
{
	switch (act->id) {
	case FLOW_ACTION_MANGLE:
	case FLOW_ACTION_ADD:
		return pedit(p, act);
	case FLOW_ACTION_CSUM:
		if (!(p->scratch.given & MOD_HDR))
			return sim_refuse(p, "checksum without a rewrite before it");
		return sim_flower_act(p, act);
	case FLOW_ACTION_VLAN_MANGLE:
		return rewrite(p, act);
	case FLOW_ACTION_VLAN_POP:
	case FLOW_ACTION_VLAN_PUSH:
		return vlan(p, act);
	case FLOW_ACTION_ACCEPT:
		/* eswitch_offloads.c:esw_setup_accept_dest; en_tc.c: a NIC's go to its own tables */
		return sim_flower_end(p, act, SIM_END_FT);
	default:
		return sim_flower_act(p, act);
	}
}

/* en_tc.c:modify_header_match_supported, verify_attr_actions */
static int finish(struct sim_parse *p)
{
	const struct sim_flower *f = p->out;

	if (p->scratch.given & MOD_IP && f->key.ip.l4 != IPPROTO_TCP &&
	    f->key.ip.l4 != IPPROTO_UDP && f->key.ip.l4 != IPPROTO_ICMP)
		return sim_refuse(p, "rewrite of IP above which is neither TCP nor UDP");
	if (p->scratch.given & MOD_HDR && f->end == SIM_END_DROP)
		return sim_refuse(p, "drop with a rewrite");
	/* en/rep/tc.c:mlx5e_rep_setup_ft_cb makes 0 a 1 */
	if (p->ft && p->prio >= p->dialect->prio_max)
		return sim_refuse(p, "priority number out of the range that the device has");
	return 0;
}

const struct sim_dialect sim_dialect_mlx5 = {
	.flags = SIM_D_UNLOCKED | SIM_D_STATS_DELAYED | SIM_D_EEXIST,
	.reach = SIM_REACH_FDB,
	.keys = KEYS,
	.control = FLOW_DIS_IS_FRAGMENT,	/* en_tc.c:__parse_cls_flower */
	.acts = ACTS_FDB,
	.prio_max = 16,			/* fs_core.h:FDB_TC_MAX_PRIO */
	.no_destroy = -EINVAL,		/* en_tc.c:mlx5e_delete_flower */
	.no_stats = -EINVAL,		/* en_tc.c:mlx5e_stats_flower */
	.match = match,
	.act = parse_act,
	.finish = finish,
};

const struct sim_dialect sim_dialect_mlx5_nic = {
	.flags = SIM_D_UNLOCKED | SIM_D_STATS_DELAYED | SIM_D_EEXIST,
	.reach = SIM_REACH_CARD,	/* en/tc/act/mirred_nic.c:tc_act_can_offload_mirred_nic */
	.keys = KEYS,
	.control = FLOW_DIS_IS_FRAGMENT,
	.acts = ACTS_NIC,
	.prio_max = 1,			/* lib/fs_chains.c:mlx5_chains_get_prio_range */
	.no_destroy = -EINVAL,
	.no_stats = -EINVAL,
	.match = match,
	.act = parse_act,
	.finish = finish,
};
