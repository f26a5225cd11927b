// SPDX-License-Identifier: GPL-2.0-only
/*
 * Actions of a rule: from what flow_action says to steps of the pipeline.
 */
#include <linux/in.h>
#include <linux/string.h>
#include <linux/tc_act/tc_csum.h>

#include "flower.h"

/* Bytes of each header that may be written, one bit each. */
static const u64 writable[] = {
	[SIM_LAYER_ETH] = 0xfff,				/* both MACs */
	[SIM_LAYER_IP4] = BIT_ULL(1) | BIT_ULL(8) | 0xffull << 12, /* TOS, TTL, addresses */
	[SIM_LAYER_IP6] = BIT_ULL(7) | 0xffffffffull << 8,	/* hop limit, addresses */
	[SIM_LAYER_TCP] = 0xf,					/* ports */
	[SIM_LAYER_UDP] = 0xf,
};

/**
 * sim_flower_step() - one more step of a rule
 * @p: the request
 * @op: what
 *
 * Return: the zeroed step, or NULL if there are too many.
 */
struct sim_act *sim_flower_step(struct sim_parse *p, enum sim_op op)
{
	struct sim_flower *f = p->out;

	if (f->n == SIM_ACTS_MAX) {
		p->why = "more actions than the device has room for";
		return NULL;
	}
	f->act[f->n].op = op;
	return &f->act[f->n++];
}

/* The layer of a rewrite, or a negative error if the match does not say that it is there. */
static int layer_of(struct sim_parse *p, const struct flow_action_entry *act)
{
	const struct sim_flower *f = p->out;
	bool ip4 = f->mask.ip.proto && f->key.ip.proto == cpu_to_be16(ETH_P_IP);
	bool ip6 = f->mask.ip.proto && f->key.ip.proto == cpu_to_be16(ETH_P_IPV6);
	u8 l4 = f->mask.ip.l4 == 0xff ? f->key.ip.l4 : 0;

	switch (act->mangle.htype) {
	case FLOW_ACT_MANGLE_HDR_TYPE_ETH:
		return SIM_LAYER_ETH;
	case FLOW_ACT_MANGLE_HDR_TYPE_IP4:
		return ip4 ? SIM_LAYER_IP4 : sim_refuse(p, "rewrite of IPv4, match of something else");
	case FLOW_ACT_MANGLE_HDR_TYPE_IP6:
		return ip6 ? SIM_LAYER_IP6 : sim_refuse(p, "rewrite of IPv6, match of something else");
	case FLOW_ACT_MANGLE_HDR_TYPE_TCP:
		return l4 == IPPROTO_TCP ? SIM_LAYER_TCP :
					   sim_refuse(p, "rewrite of TCP, match of something else");
	case FLOW_ACT_MANGLE_HDR_TYPE_UDP:
		return l4 == IPPROTO_UDP ? SIM_LAYER_UDP :
					   sim_refuse(p, "rewrite of UDP, match of something else");
	default:
		return sim_refuse(p, "rewrite of an unknown header");
	}
}

static int parse_set(struct sim_parse *p, enum sim_layer layer,
		     const struct flow_action_entry *act)
{
	const u8 *keep = (const u8 *)&act->mangle.mask;
	struct sim_act *step;
	u32 i, pos;

	for (i = 0; i < sizeof(act->mangle.mask); i++) {
		pos = act->mangle.offset + i;
		if (keep[i] != 0xff && (pos > 63 || !(writable[layer] & BIT_ULL(pos))))
			return sim_refuse(p, "rewrite of a field that the device cannot write");
	}
	step = sim_flower_step(p, SIM_OP_SET);
	if (!step)
		return -EOPNOTSUPP;
	step->layer = layer;
	step->offset = act->mangle.offset;
	step->keep = act->mangle.mask;
	step->val = act->mangle.val & ~act->mangle.mask;
	return 0;
}

/* TTL or hop limit: one byte, and nothing else of the word. */
static int parse_add(struct sim_parse *p, enum sim_layer layer,
		     const struct flow_action_entry *act)
{
	const u8 *keep = (const u8 *)&act->mangle.mask;
	const u8 *val = (const u8 *)&act->mangle.val;
	u32 ttl = layer == SIM_LAYER_IP4 ? 8 : 7, pos = ttl - act->mangle.offset, i;
	struct sim_act *step;

	if ((layer != SIM_LAYER_IP4 && layer != SIM_LAYER_IP6) || pos > 3)
		return sim_refuse(p, "addition to something else than TTL or hop limit");
	for (i = 0; i < sizeof(act->mangle.mask); i++)
		if (keep[i] != (i == pos ? 0 : 0xff))
			return sim_refuse(p, "addition to something else than TTL or hop limit");
	step = sim_flower_step(p, SIM_OP_ADD);
	if (!step)
		return -EOPNOTSUPP;
	step->layer = layer;
	step->val = val[pos];
	return 0;
}

static int parse_mangle(struct sim_parse *p, const struct flow_action_entry *act)
{
	int layer = layer_of(p, act);

	if (layer < 0)
		return layer;
	return act->id == FLOW_ACTION_ADD ? parse_add(p, layer, act) : parse_set(p, layer, act);
}

static int parse_csum(struct sim_parse *p, const struct flow_action_entry *act)
{
	struct sim_act *step;

	if (act->csum_flags & ~(TCA_CSUM_UPDATE_FLAG_IPV4HDR | TCA_CSUM_UPDATE_FLAG_TCP |
				TCA_CSUM_UPDATE_FLAG_UDP))
		return sim_refuse(p, "checksum of an unknown protocol");
	step = sim_flower_step(p, SIM_OP_CSUM);
	if (!step)
		return -EOPNOTSUPP;
	step->csum = act->csum_flags;
	return 0;
}

static int parse_vlan(struct sim_parse *p, const struct flow_action_entry *act, enum sim_op op)
{
	struct sim_act *step;

	if (op != SIM_OP_POP && act->vlan.proto != cpu_to_be16(ETH_P_8021Q) &&
	    act->vlan.proto != cpu_to_be16(ETH_P_8021AD))
		return sim_refuse(p, "VLAN tag of an unknown protocol");
	step = sim_flower_step(p, op);
	if (!step)
		return -EOPNOTSUPP;
	if (op == SIM_OP_POP)
		return 0;
	step->tag.tpid = act->vlan.proto;
	step->tag.tci = cpu_to_be16(act->vlan.vid | act->vlan.prio << 13);
	/* no priority and priority 0 look the same */
	step->keep_tci = cpu_to_be16(act->vlan.prio ? 0x1000 : 0xf000);
	return 0;
}

/**
 * sim_flower_end() - the action that says what becomes of the frame
 * @p: the request
 * @act: the action
 * @end: what it means
 *
 * Return: 0 or a negative error, with the reason in @p->why.
 */
int sim_flower_end(struct sim_parse *p, const struct flow_action_entry *act, enum sim_end end)
{
	struct sim_flower *f = p->out;

	if (f->n && end != SIM_END_REDIRECT && end != SIM_END_DROP)
		return sim_refuse(p, "a changed frame for the CPU");
	f->end = end;
	if (end == SIM_END_REDIRECT)
		f->out = act->dev;
	return 0;
}

/**
 * sim_flower_act() - what an action says, and nothing else
 * @p: the request
 * @act: the action
 *
 * Return: 0 or a negative error, with the reason in @p->why.
 */
int sim_flower_act(struct sim_parse *p, const struct flow_action_entry *act)
{
	switch (act->id) {
	case FLOW_ACTION_MANGLE:
	case FLOW_ACTION_ADD:
		return parse_mangle(p, act);
	case FLOW_ACTION_CSUM:
		return parse_csum(p, act);
	case FLOW_ACTION_VLAN_PUSH:
		return parse_vlan(p, act, SIM_OP_PUSH);
	case FLOW_ACTION_VLAN_POP:
		return parse_vlan(p, act, SIM_OP_POP);
	case FLOW_ACTION_VLAN_MANGLE:
		return parse_vlan(p, act, SIM_OP_RETAG);
	case FLOW_ACTION_REDIRECT:
		return sim_flower_end(p, act, SIM_END_REDIRECT);
	case FLOW_ACTION_DROP:
		return sim_flower_end(p, act, SIM_END_DROP);
	case FLOW_ACTION_TRAP:
		return sim_flower_end(p, act, SIM_END_TRAP);
	case FLOW_ACTION_ACCEPT:
		return sim_flower_end(p, act, SIM_END_ACCEPT);
	default:
		return sim_refuse(p, "an action that the device does not know");
	}
}

/**
 * sim_flower_set() - steps that write some bytes
 * @p: the request
 * @layer: of which header
 * @offset: where in the header
 * @bytes: what
 * @len: how many
 *
 * Return: 0 or -EOPNOTSUPP, with the reason in @p->why.
 */
int sim_flower_set(struct sim_parse *p, enum sim_layer layer, unsigned int offset,
		   const void *bytes, unsigned int len)
{
	struct sim_act *step;
	unsigned int n;

	for (; len; bytes += n, offset += n, len -= n) {
		n = len < sizeof(step->val) ? len : sizeof(step->val);
		step = sim_flower_step(p, SIM_OP_SET);
		if (!step)
			return -EOPNOTSUPP;
		step->layer = layer;
		step->offset = offset;
		step->keep = ~0u;
		memset(&step->keep, 0, n);
		memcpy(&step->val, bytes, n);
	}
	return 0;
}

/**
 * sim_flower_note_mac() - note a rewrite of MAC addresses, which comes in pieces
 * @p: the request
 * @act: MANGLE of the Ethernet header within the first twelve bytes
 */
void sim_flower_note_mac(struct sim_parse *p, const struct flow_action_entry *act)
{
	const u8 *keep = (const u8 *)&act->mangle.mask, *val = (const u8 *)&act->mangle.val;
	struct sim_scratch *s = &p->scratch;
	unsigned int i, pos;

	for (i = 0; i < sizeof(act->mangle.val); i++) {
		pos = act->mangle.offset + i;
		s->mac[pos] = (s->mac[pos] & keep[i]) | (val[i] & ~keep[i]);
		s->mac_mask[pos] |= ~keep[i];
	}
}

/* hw_stats has to be as the driver can do it. */
static int check_stats(struct sim_parse *p, const struct flow_action_entry *act)
{
	u32 flags = p->dialect->flags;

	if (flags & SIM_D_STATS_ANY && ~act->hw_stats & FLOW_ACTION_HW_STATS_ANY)
		return sim_refuse(p, "hw_stats of another type than \"any\"");
	if (flags & SIM_D_STATS_DELAYED && !(act->hw_stats & FLOW_ACTION_HW_STATS_DELAYED))
		return sim_refuse(p, "hw_stats of another type than \"delayed\"");
	return 0;
}

static int one_act(struct sim_parse *p, const struct flow_action_entry *act)
{
	const struct sim_dialect *d = p->dialect;
	int err;

	err = check_stats(p, act);
	if (err)
		return err;
	if (!(d->acts & BIT_ULL(act->id))) {
		if (d->flags & SIM_D_IGNORE_ACTS)
			return 0;
		return sim_refuse(p, "an action that the device does not know");
	}
	if (p->out->end)
		return sim_refuse(p, "an action after the last one");
	return d->act ? d->act(p, act) : sim_flower_act(p, act);
}

/**
 * sim_flower_acts() - parse the actions
 * @p: the request; the match is parsed
 *
 * Return: 0 or a negative error, with the reason in @p->why.
 */
int sim_flower_acts(struct sim_parse *p)
{
	const struct flow_action *action = &p->rule->action;
	unsigned int i;
	int err;

	for (i = 0; i < action->num_entries; i++) {
		err = one_act(p, &action->entries[i]);
		if (err)
			return err;
	}
	if (p->out->end)
		return 0;
	if (p->dialect->flags & SIM_D_OPEN_END)
		return sim_flower_end(p, NULL, SIM_END_ACCEPT);
	return sim_refuse(p, "no action that says what becomes of the frame");
}
