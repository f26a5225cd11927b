// SPDX-License-Identifier: GPL-2.0-only
/*
 * cxgb4, T6 (drivers/net/ethernet/chelsio/cxgb4: cxgb4_tc_flower.c unless another file is named).
 *
 * Filters in the LE-TCAM of a card in its default filter mode, 0x32b: there is no EtherType and no
 * TOS in it, so a rule that matches n_proto or TOS is refused (cxgb4_filter.c:validate_filter).
 * VLAN has a valid bit that only a rule with a VLAN key looks at, so others take tagged frames as
 * well (cxgb4_process_flow_match). TCP flags, TTL and checksums have no place; TTL stays as it is.
 *
 * Translation needs firmware with the FILTER2 work request. Without it the old request is sent,
 * which has no fields for it: the rule is accepted and translates nothing
 * (cxgb4_filter.c:set_filter_wr).
 *
 * Slots of the TCAM are in order of priority, and no rule is ever moved (cxgb4_get_free_ftid).
 */
#include <linux/in.h>
#include <linux/string.h>

#include "flower.h"

/* sim_scratch.given: CXGB4_ACTION_NATMODE_*, then the two parts of a MAC that make it be written */
#define NAT_DIP		0x01
#define NAT_SIP		0x02
#define NAT_DPORT	0x04
#define NAT_SPORT	0x08
#define NAT_ANY		0x0f
#define DMAC		0x10
#define SMAC		0x20
#define PEDIT		0x40

/* sim_scratch.vlan: cxgb4.h:VLAN_* */
#define VLAN_REMOVE	1
#define VLAN_INSERT	2
#define VLAN_REWRITE	3

#define SRC	0
#define DST	1

/*
 * cxgb4_natmode_config_array: which fields may be given, and which the card then writes. What is
 * written and was not given has the value of the match; of a port that value is sent with its bytes
 * swapped (cxgb4_filter.c:set_filter_wr takes nat_lport and nat_fport as memory).
 */
static const struct {
	u8 given;
	u8 written;
} natmodes[] = {
	{ 0, 0 },
	{ NAT_DIP, NAT_DIP },
	{ NAT_DIP | NAT_DPORT, NAT_DIP | NAT_DPORT },
	{ NAT_DIP | NAT_DPORT | NAT_SIP, NAT_DIP | NAT_DPORT | NAT_SIP },
	{ NAT_DIP | NAT_DPORT | NAT_SPORT, NAT_DIP | NAT_DPORT | NAT_SPORT },
	{ NAT_SIP | NAT_SPORT, NAT_SIP | NAT_SPORT },
	{ NAT_DIP | NAT_SIP | NAT_SPORT, NAT_DIP | NAT_SIP | NAT_SPORT },
	{ NAT_ANY, NAT_ANY },
	/* T6 */
	{ NAT_SIP, NAT_SIP | NAT_SPORT },
	{ NAT_DIP | NAT_SPORT, NAT_DIP | NAT_DPORT | NAT_SPORT },
	{ NAT_DIP | NAT_SIP, NAT_ANY },
};

static bool is_ip6(const struct sim_flower *f)
{
	return f->key.ip.proto == cpu_to_be16(ETH_P_IPV6);
}

static __be16 swapped(__be16 port)
{
	u8 *b = (u8 *)&port, low = b[0];

	b[0] = b[1];
	b[1] = low;
	return port;
}

/* cxgb4_process_flow_match: without n_proto the addresses say which kind of filter it is */
static int match_proto(struct sim_parse *p)
{
	const struct flow_dissector_key_basic *key, *mask;
	struct sim_flower *f = p->out;

	if (!sim_rule_has(p->rule, FLOW_DISSECTOR_KEY_BASIC))
		return 0;
	key = sim_rule_key(p->rule, FLOW_DISSECTOR_KEY_BASIC);
	mask = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_BASIC);
	if (key->n_proto == cpu_to_be16(ETH_P_ALL))
		return 0;
	if (key->n_proto == cpu_to_be16(ETH_P_8021Q) && f->mask.tag[0].tpid) {
		f->key.ip.proto = 0;
		f->mask.ip.proto = 0;
		return 0;
	}
	return mask->n_proto ? sim_refuse(p, "match on the EtherType, which the filter mode lacks") : 0;
}

/* cxgb4_validate_flow_match, cxgb4_process_flow_match */
static int match(struct sim_parse *p)
{
	struct sim_flower *f = p->out;
	int err;

	if (f->mask.ttl)
		return sim_refuse(p, "match on TTL");
	if (sim_rule_has(p->rule, FLOW_DISSECTOR_KEY_IP))
		return sim_refuse(p, "match on TOS, which the filter mode lacks");
	err = match_proto(p);
	if (err)
		return err;
	/* a filter is of one family: IPv4, if nothing says otherwise */
	if (!f->mask.ip.proto && (f->mask.ip.l4 || f->mask.ip.sport || f->mask.ip.dport)) {
		f->key.ip.proto = cpu_to_be16(ETH_P_IP);
		f->mask.ip.proto = cpu_to_be16(0xffff);
	}
	memcpy(p->scratch.addr[SRC], f->key.ip.src, sizeof(f->key.ip.src));
	memcpy(p->scratch.addr[DST], f->key.ip.dst, sizeof(f->key.ip.dst));
	p->scratch.port[SRC] = swapped(f->key.ip.sport);
	p->scratch.port[DST] = swapped(f->key.ip.dport);
	return 0;
}

/* process_pedit_field: what is not written of a word becomes zero */
static void word(void *field, const struct flow_action_entry *act)
{
	u32 val = act->mangle.val & ~act->mangle.mask;

	memcpy(field, &val, sizeof(val));
}

static int mac(struct sim_parse *p, const struct flow_action_entry *act)
{
	const u8 *keep = (const u8 *)&act->mangle.mask, *val = (const u8 *)&act->mangle.val;
	struct sim_scratch *s = &p->scratch;

	switch (act->mangle.offset) {
	case 0:
		s->given |= DMAC;
		word(s->mac, act);
		return 0;
	case 4:
		/* one half: whoever gives both loses that of the source */
		if (keep[0] != 0xff || keep[1] != 0xff) {
			s->mac[4] = val[0] & ~keep[0];
			s->mac[5] = val[1] & ~keep[1];
		} else {
			s->mac[6] = val[2] & ~keep[2];
			s->mac[7] = val[3] & ~keep[3];
		}
		return 0;
	case 8:
		s->given |= SMAC;
		word(s->mac + 8, act);
		return 0;
	default:
		return sim_refuse(p, "rewrite of a field that the device cannot write");
	}
}

static int addr(struct sim_parse *p, const struct flow_action_entry *act, u32 src, u32 len)
{
	u32 off = act->mangle.offset;
	unsigned int side = off >= src + len ? DST : SRC;

	if (off < src || off >= src + 2 * len || off % 4)
		return sim_refuse(p, "rewrite of a field that the device cannot write");
	word(&p->scratch.addr[side][(off - src - side * len) / 4], act);
	p->scratch.given |= side == DST ? NAT_DIP : NAT_SIP;
	return 0;
}

static int port(struct sim_parse *p, const struct flow_action_entry *act)
{
	const u8 *keep = (const u8 *)&act->mangle.mask, *val = (const u8 *)&act->mangle.val;
	bool src = keep[0] != 0xff || keep[1] != 0xff, dst = keep[2] != 0xff || keep[3] != 0xff;

	if (act->mangle.offset || (src && dst))
		return sim_refuse(p, "rewrite of both ports at once");
	memcpy(&p->scratch.port[src ? SRC : DST], val + (src ? 0 : 2), sizeof(__be16));
	p->scratch.given |= src ? NAT_SPORT : NAT_DPORT;
	return 0;
}

/* valid_pedit_action, process_pedit_field */
static int mangle(struct sim_parse *p, const struct flow_action_entry *act)
{
	p->scratch.given |= PEDIT;
	switch (act->mangle.htype) {
	case FLOW_ACT_MANGLE_HDR_TYPE_ETH:
		return mac(p, act);
	case FLOW_ACT_MANGLE_HDR_TYPE_IP4:
		return addr(p, act, 12, 4);
	case FLOW_ACT_MANGLE_HDR_TYPE_IP6:
		return addr(p, act, 8, 16);
	case FLOW_ACT_MANGLE_HDR_TYPE_TCP:
	case FLOW_ACT_MANGLE_HDR_TYPE_UDP:
		return port(p, act);
	default:
		return sim_refuse(p, "rewrite of an unknown header");
	}
}

/* cxgb4_process_flow_actions: one field for a tag, whatever the number of actions */
static int vlan(struct sim_parse *p, const struct flow_action_entry *act)
{
	if (act->id == FLOW_ACTION_VLAN_POP) {
		p->scratch.vlan |= VLAN_REMOVE;
		return 0;
	}
	if (act->vlan.proto != cpu_to_be16(ETH_P_8021Q))
		return sim_refuse(p, "VLAN tag of another protocol than 802.1Q");
	p->scratch.vlan |= act->id == FLOW_ACTION_VLAN_PUSH ? VLAN_INSERT : VLAN_REWRITE;
	p->scratch.tag.tpid = cpu_to_be16(ETH_P_8021Q);
	p->scratch.tag.tci = cpu_to_be16(act->vlan.vid | act->vlan.prio << 13);
	return 0;
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

static int emit_macs(struct sim_parse *p)
{
	const struct sim_scratch *s = &p->scratch;
	int err = 0;

	if (s->given & DMAC)
		err = sim_flower_set(p, SIM_LAYER_ETH, 0, s->mac, ETH_ALEN);
	if (!err && s->given & SMAC)
		err = sim_flower_set(p, SIM_LAYER_ETH, ETH_ALEN, s->mac + ETH_ALEN, ETH_ALEN);
	return err;
}

static int emit_vlan(struct sim_parse *p)
{
	static const enum sim_op ops[] = {
		[VLAN_REMOVE] = SIM_OP_POP,
		[VLAN_INSERT] = SIM_OP_PUSH,
		[VLAN_REWRITE] = SIM_OP_RETAG,
	};
	struct sim_act *step;

	if (!p->scratch.vlan)
		return 0;
	step = sim_flower_step(p, ops[p->scratch.vlan]);
	if (!step)
		return -EOPNOTSUPP;
	step->tag = p->scratch.tag;
	return 0;
}

static int emit_side(struct sim_parse *p, unsigned int side, u8 written)
{
	bool ip6 = is_ip6(p->out);
	enum sim_layer l4 = p->out->key.ip.l4 == IPPROTO_TCP ? SIM_LAYER_TCP : SIM_LAYER_UDP;
	unsigned int len = ip6 ? 16 : 4, off = (ip6 ? 8 : 12) + side * len;
	int err = 0;

	if (written & (side == DST ? NAT_DIP : NAT_SIP))
		err = sim_flower_set(p, ip6 ? SIM_LAYER_IP6 : SIM_LAYER_IP4, off,
				     p->scratch.addr[side], len);
	if (!err && written & (side == DST ? NAT_DPORT : NAT_SPORT))
		err = sim_flower_set(p, l4, 2 * side, &p->scratch.port[side], sizeof(__be16));
	return err;
}

/* cxgb4_action_natmode_validate, cxgb4_action_natmode_tweak */
static int emit_nat(struct sim_parse *p)
{
	u8 given = p->scratch.given & NAT_ANY;
	unsigned int i;
	int err;

	for (i = 0; i < sizeof(natmodes) / sizeof(natmodes[0]); i++) {
		if (natmodes[i].given != given)
			continue;
		if (!p->filter2)
			return 0;
		err = emit_side(p, SRC, natmodes[i].written);
		return err ?: emit_side(p, DST, natmodes[i].written);
	}
	return sim_refuse(p, "a combination of addresses and ports that the device cannot translate");
}

/* cxgb4_validate_flow_actions */
static int finish(struct sim_parse *p)
{
	int err;

	if ((p->scratch.given || p->scratch.vlan) && p->out->end != SIM_END_REDIRECT)
		return sim_refuse(p, "rewrite without a redirect");
	err = emit_macs(p);
	if (!err)
		err = emit_vlan(p);
	if (!err)
		err = emit_nat(p);
	return err;
}

const struct sim_dialect sim_dialect_cxgb4 = {
	.flags = SIM_D_STATS_ANY | SIM_D_PRIO_RISES | SIM_D_OFF_IS_DEAF | SIM_D_ANY_TAG |
		 SIM_D_EEXIST,
	.reach = SIM_REACH_CARD,	/* cxgb4_validate_flow_actions */
	/* cxgb4_validate_flow_match; VXLAN ids are not modelled */
	.keys = SIM_KEY(CONTROL) | SIM_KEY(BASIC) | SIM_KEY(IPV4_ADDRS) | SIM_KEY(IPV6_ADDRS) |
		SIM_KEY(PORTS) | SIM_KEY(VLAN) | SIM_KEY(IP),
	.acts = SIM_ACT(ACCEPT) | SIM_ACT(DROP) | SIM_ACT(REDIRECT) | SIM_ACT(VLAN_POP) |
		SIM_ACT(VLAN_PUSH) | SIM_ACT(VLAN_MANGLE) | SIM_ACT(MANGLE),
	.no_destroy = -ENOENT,		/* cxgb4_tc_flower_destroy */
	.no_stats = -ENOENT,		/* cxgb4_tc_flower_stats */
	.full = -ENOMEM,		/* cxgb4_flow_rule_replace */
	.match = match,
	.act = parse_act,
	.finish = finish,
};
