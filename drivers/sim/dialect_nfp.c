// SPDX-License-Identifier: GPL-2.0-only
/*
 * nfp with flower firmware (drivers/net/ethernet/netronome/nfp/flower).
 *
 * Every command needs a real EtherType in common.protocol (offload.c:nfp_flower_repr_offload). META
 * is taken and not looked at: the port is the netdev's. A rule without VLAN keys leaves the tag out
 * of its mask (match.c:nfp_flower_compile_tci), so it takes tagged frames as well.
 *
 * Hardware brings checksums up to date whenever it sets something; a rule is taken only if a CSUM
 * action asks for exactly that (action.c:nfp_fl_commit_mangle, nfp_flower_output_action).
 *
 * In one run of rewrites with both IPv6 addresses and a port, what writes the port is put where
 * what writes the destination address was (nfp_fl_commit_mangle): the address stays as it is.
 *
 * Firmware with QinQ and VLAN priorities is assumed.
 */
#include <linux/in.h>
#include <linux/tc_act/tc_csum.h>

#include "flower.h"

#define TCP_FIN	0x01
#define TCP_SYN	0x02
#define TCP_RST	0x04
#define TCP_PSH	0x08
#define TCP_URG	0x20
#define TCP_KNOWN	(TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_URG)

/* sim_scratch.given: what the present run of rewrites has */
#define RUN		0x1
#define IP6_SRC		0x2
#define IP6_DST		0x4
#define TPORT		0x8
#define CLASH		(IP6_SRC | IP6_DST | TPORT)

static bool uses(const struct sim_parse *p, unsigned int id)
{
	return sim_rule_has(p->rule, id);
}

static bool has_layer4(u8 l4)
{
	return l4 == IPPROTO_TCP || l4 == IPPROTO_UDP || l4 == IPPROTO_SCTP ||
	       l4 == IPPROTO_ICMP || l4 == IPPROTO_ICMPV6;
}

/* offload.c:nfp_flower_calculate_key_layers */
static int match_tcp(struct sim_parse *p)
{
	struct sim_flower *f = p->out;
	u16 flags = be16_to_cpu(f->key.tcp_flags);

	if (flags & ~TCP_KNOWN)
		return sim_refuse(p, "match on TCP flags that the device does not know");
	if (flags & (TCP_PSH | TCP_URG) && !(flags & (TCP_FIN | TCP_SYN | TCP_RST)))
		return sim_refuse(p, "match on PSH or URG without FIN, SYN or RST");
	if (!f->mask.ip.proto)
		return sim_refuse(p, "match on TCP flags without IPv4 or IPv6");
	/* match.c:nfp_flower_compile_ip_ext: other bits of the mask are not looked at */
	f->mask.tcp_flags &= cpu_to_be16(TCP_KNOWN);
	return 0;
}

static bool proto_ok(__be16 proto)
{
	return proto == cpu_to_be16(ETH_P_IP) || proto == cpu_to_be16(ETH_P_IPV6) ||
	       proto == cpu_to_be16(ETH_P_8021Q);
}

/* offload.c:nfp_flower_calculate_key_layers */
static int match(struct sim_parse *p)
{
	const struct flow_dissector_key_basic *mask = NULL;
	const struct sim_flower *f = p->out;

	if (uses(p, FLOW_DISSECTOR_KEY_BASIC))
		mask = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_BASIC);
	if (mask && mask->n_proto) {
		if (!proto_ok(f->key.ip.proto))
			return sim_refuse(p, "match on an EtherType that the device does not know");
	} else if (uses(p, FLOW_DISSECTOR_KEY_IPV4_ADDRS) || uses(p, FLOW_DISSECTOR_KEY_PORTS) ||
		   uses(p, FLOW_DISSECTOR_KEY_IPV6_ADDRS)) {
		return sim_refuse(p, "match above layer 2 without an EtherType");
	}
	if (uses(p, FLOW_DISSECTOR_KEY_PORTS) && !(f->mask.ip.l4 && has_layer4(f->key.ip.l4)))
		return sim_refuse(p, "match on ports without a protocol above IP");
	return uses(p, FLOW_DISSECTOR_KEY_TCP) ? match_tcp(p) : 0;
}

/* action.c:nfp_fl_csum_l4_to_flag: the key as it is, masked or not */
static u32 l4_csum(const struct sim_parse *p)
{
	switch (p->out->key.ip.l4) {
	case 0:
		return TCA_CSUM_UPDATE_FLAG_TCP | TCA_CSUM_UPDATE_FLAG_UDP;
	case IPPROTO_TCP:
		return TCA_CSUM_UPDATE_FLAG_TCP;
	case IPPROTO_UDP:
		return TCA_CSUM_UPDATE_FLAG_UDP;
	default:
		return 0;
	}
}

/* action.c:nfp_fl_set_eth, _ip4, _ip6, _tport: places where a rewrite may begin */
static bool offset_ok(const struct flow_action_entry *act)
{
	u32 off = act->mangle.offset;

	switch (act->mangle.htype) {
	case FLOW_ACT_MANGLE_HDR_TYPE_ETH:
		return off + 4 <= 2 * ETH_ALEN;
	case FLOW_ACT_MANGLE_HDR_TYPE_IP4:
		return off == 0 || off == 8 || off == 12 || off == 16;
	case FLOW_ACT_MANGLE_HDR_TYPE_IP6:
		return off == 4 || (off >= 8 && off <= 36);
	default:
		return off == 0;
	}
}

static u32 part_of_run(const struct flow_action_entry *act)
{
	switch (act->mangle.htype) {
	case FLOW_ACT_MANGLE_HDR_TYPE_IP6:
		if (act->mangle.offset < 8)
			return 0;
		return act->mangle.offset < 24 ? IP6_SRC : IP6_DST;
	case FLOW_ACT_MANGLE_HDR_TYPE_TCP:
	case FLOW_ACT_MANGLE_HDR_TYPE_UDP:
		return TPORT;
	default:
		return 0;
	}
}

/* action.c:nfp_fl_commit_mangle: the run is over */
static void end_run(struct sim_parse *p)
{
	struct sim_flower *f = p->out;
	u32 i, n = p->scratch.run;

	for (i = n; (p->scratch.given & CLASH) == CLASH && i < f->n; i++)
		if (f->act[i].layer != SIM_LAYER_IP6 || f->act[i].offset < 24)
			f->act[n++] = f->act[i];
	if ((p->scratch.given & CLASH) == CLASH)
		f->n = n;
	p->scratch.given = 0;
}

static int mangle(struct sim_parse *p, const struct flow_action_entry *act)
{
	int err;

	if (!p->scratch.given)
		p->scratch.run = p->out->n;
	p->scratch.given |= RUN | part_of_run(act);

	if (act->mangle.val & act->mangle.mask || !offset_ok(act))
		return sim_refuse(p, "rewrite of a field that the device cannot write");
	err = sim_flower_act(p, act);
	if (err)
		return err;
	if (act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP4)
		p->scratch.csum |= TCA_CSUM_UPDATE_FLAG_IPV4HDR;
	if (act->mangle.htype != FLOW_ACT_MANGLE_HDR_TYPE_ETH)
		p->scratch.csum |= l4_csum(p);
	return 0;
}

/* action.c:nfp_flower_loop_action */
static int parse_act(struct sim_parse *p, const struct flow_action_entry *act)
{
	if (act->id == FLOW_ACTION_MANGLE)
		return mangle(p, act);
	end_run(p);
	switch (act->id) {
	case FLOW_ACTION_CSUM:
		if (act->csum_flags & ~p->scratch.csum)
			return sim_refuse(p, "checksum of something that is not rewritten");
		p->scratch.csum &= ~act->csum_flags;
		return 0;
	case FLOW_ACTION_REDIRECT:
		if (p->scratch.csum)
			return sim_refuse(p, "rewrite without the checksums that it changes");
		return sim_flower_act(p, act);
	default:
		return sim_flower_act(p, act);
	}
}

const struct sim_dialect sim_dialect_nfp = {
	.flags = SIM_D_UNLOCKED | SIM_D_STATS_DELAYED | SIM_D_EEXIST | SIM_D_OFF_IS_DEAF |
		 SIM_D_REAL_PROTO | SIM_D_ANY_TAG,
	.reach = SIM_REACH_CARD,	/* action.c:nfp_fl_output */
	/* offload.c:NFP_FLOWER_WHITELIST_DISSECTOR; tunnels, MPLS and CT are not modelled */
	.keys = SIM_KEY(CONTROL) | SIM_KEY(BASIC) | SIM_KEY(IPV4_ADDRS) | SIM_KEY(IPV6_ADDRS) |
		SIM_KEY(TCP) | SIM_KEY(PORTS) | SIM_KEY(ETH_ADDRS) | SIM_KEY(VLAN) |
		SIM_KEY(CVLAN) | SIM_KEY(IP),
	.deaf = SIM_KEY(META),
	.control = FLOW_DIS_IS_FRAGMENT | FLOW_DIS_FIRST_FRAG,
	.acts = SIM_ACT(DROP) | SIM_ACT(REDIRECT) | SIM_ACT(VLAN_POP) | SIM_ACT(VLAN_PUSH) |
		SIM_ACT(MANGLE) | SIM_ACT(CSUM),
	.no_destroy = -ENOENT,	/* offload.c:nfp_flower_del_offload */
	.no_stats = -EINVAL,	/* offload.c:nfp_flower_get_stats */
	.full = -ENOENT,	/* metadata.c:nfp_get_stats_entry, nfp_compile_flow_metadata */
	.match = match,
	.act = parse_act,
};
