// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rule composer for drivers that are told rules as TC and nf_flow_table tell them. Keys, actions
 * and their order are nf_flow_table's own as far as a dialect does not say otherwise.
 */
#include <linux/bits.h>
#include <linux/in.h>
#include <linux/string.h>
#include <linux/tc_act/tc_csum.h>
#include <nfo/compose.h>

const struct nfo_ttl nfo_ttl_cover[NFO_TTL_COVERS] = {
	{ .value = 0x80, .mask = 0x80 },	/* 128 to 255 */
	{ .value = 0x40, .mask = 0xc0 },	/* 64 to 127 */
	{ .value = 0x20, .mask = 0xe0 },	/* 32 to 63 */
};

#define USE(match, name, field) do {						\
	(match)->dissector.used_keys |= BIT_ULL(FLOW_DISSECTOR_KEY_##name);	\
	(match)->dissector.offset[FLOW_DISSECTOR_KEY_##name] =			\
		offsetof(struct nfo_said_key, field);				\
} while (0)

static bool is_ip4(__be16 l3proto)
{
	return l3proto == cpu_to_be16(ETH_P_IP);
}

static void put_meta(u32 ifindex, struct nfo_said *out)
{
	USE(out, META, meta);
	out->key.meta.ingress_ifindex = ifindex;
	out->mask.meta.ingress_ifindex = -1;
}

static void put_control(const struct nfo_match *m, u32 say, struct nfo_said *out)
{
	USE(out, CONTROL, control);
	out->key.control.addr_type = is_ip4(m->l3proto) ? FLOW_DISSECTOR_KEY_IPV4_ADDRS :
							  FLOW_DISSECTOR_KEY_IPV6_ADDRS;
	out->mask.control.addr_type = 0xffff;
	if (say & NFO_SAY_NO_FRAGMENT)
		out->mask.control.flags = FLOW_DIS_IS_FRAGMENT;
}

static void put_basic(const struct nfo_match *m, u32 say, struct nfo_said *out)
{
	USE(out, BASIC, basic);
	out->key.basic.ip_proto = m->l4proto;
	out->mask.basic.ip_proto = 0xff;
	if (say & NFO_SAY_ETHERTYPE) {
		out->key.basic.n_proto = m->l3proto;
		out->mask.basic.n_proto = cpu_to_be16(0xffff);
	}
}

static void put_addrs(const struct nfo_match *m, struct nfo_said *out)
{
	struct nfo_said_key *key = &out->key, *mask = &out->mask;

	if (is_ip4(m->l3proto)) {
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
}

static void put_l4(const struct nfo_match *m, u32 say, struct nfo_said *out)
{
	USE(out, PORTS, ports);
	out->key.ports.src = m->sport;
	out->key.ports.dst = m->dport;
	memset(&out->mask.ports, 0xff, sizeof(out->mask.ports));
	if (m->l4proto == IPPROTO_TCP && say & NFO_SAY_TCP_FLAGS) {
		USE(out, TCP, tcp);
		out->mask.tcp.flags = cpu_to_be16(0x0005);	/* FIN, RST */
	}
}

static void put_vlan(struct flow_dissector_key_vlan *key, struct flow_dissector_key_vlan *mask,
		     const struct nfo_encap *encap, __be16 next, u32 say)
{
	key->vlan_id = encap->id;
	key->vlan_tpid = encap->proto;
	mask->vlan_id = 0xfff;
	mask->vlan_tpid = cpu_to_be16(0xffff);
	if (say & NFO_SAY_NO_PCP)
		mask->vlan_priority = 7;
	if (say & NFO_SAY_VLAN_NEXT) {
		key->vlan_eth_type = next;
		mask->vlan_eth_type = cpu_to_be16(0xffff);
	}
}

static void put_tags(const struct nfo_match *m, u32 say, struct nfo_said *out)
{
	if (m->n_encap > 0) {
		USE(out, VLAN, vlan);
		put_vlan(&out->key.vlan, &out->mask.vlan, &m->encap[0],
			 m->n_encap > 1 ? m->encap[1].proto : m->l3proto, say);
	}
	if (m->n_encap > 1) {
		USE(out, CVLAN, cvlan);
		put_vlan(&out->key.cvlan, &out->mask.cvlan, &m->encap[1], m->l3proto, say);
	}
}

static void put_ttl_match(const struct nfo_ttl *ttl, struct nfo_said *out)
{
	USE(out, IP, ip);
	out->key.ip.ttl = ttl->value;
	out->mask.ip.ttl = ttl->mask;
}

static void put_match(const struct nfo_match *m, u32 say, const struct nfo_ttl *ttl,
		      struct nfo_said *out)
{
	if (say & NFO_SAY_META)
		put_meta(m->ifindex, out);
	put_control(m, say, out);
	put_basic(m, say, out);
	put_addrs(m, out);
	put_l4(m, say, out);
	put_tags(m, say, out);
	if (ttl && ttl->mask)
		put_ttl_match(ttl, out);
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

static void put_encap(const struct nfo_rule *rule, u32 say, struct flow_rule *fr)
{
	const struct nfo_edit *edit = &rule->edit;
	const struct nfo_encap *encap;
	struct flow_action_entry *act;
	u8 i;

	for (i = 0; i < rule->match.n_encap; i++)
		next(fr, FLOW_ACTION_VLAN_POP);
	for (i = 0; i < edit->n_encap; i++) {
		encap = &edit->encap[say & NFO_SAY_INNER_FIRST ? edit->n_encap - 1 - i : i];
		act = next(fr, FLOW_ACTION_VLAN_PUSH);
		act->vlan.vid = encap->id;
		act->vlan.proto = encap->proto;
	}
}

static void put_side(const struct nfo_match *m, struct flow_rule *fr, bool dst, bool low,
		     const union nfo_addr *addr, __be16 port)
{
	enum flow_action_mangle_base l4 = m->l4proto == IPPROTO_TCP ?
					  FLOW_ACT_MANGLE_HDR_TYPE_TCP :
					  FLOW_ACT_MANGLE_HDR_TYPE_UDP;
	u32 i;

	if (is_ip4(m->l3proto))
		mangle(fr, FLOW_ACT_MANGLE_HDR_TYPE_IP4, dst ? 16 : 12, 0, &addr->ip4, 4);
	else
		for (i = 0; i < 4; i++)
			mangle(fr, FLOW_ACT_MANGLE_HDR_TYPE_IP6, (dst ? 24 : 8) + 4 * i, 0,
			       &addr->ip6[i], 4);
	mangle(fr, l4, 0, dst && !low ? 2 : 0, &port, 2);
}

static void put_csum(const struct nfo_rule *rule, u32 say, struct flow_rule *fr)
{
	u32 flags = 0;

	if (is_ip4(rule->match.l3proto) && (rule->edit.flags || say & NFO_SAY_TTL))
		flags |= TCA_CSUM_UPDATE_FLAG_IPV4HDR;
	if (rule->edit.flags)
		flags |= rule->match.l4proto == IPPROTO_TCP ? TCA_CSUM_UPDATE_FLAG_TCP :
							      TCA_CSUM_UPDATE_FLAG_UDP;
	if (flags)
		next(fr, FLOW_ACTION_CSUM)->csum_flags = flags;
}

static void put_nat(const struct nfo_rule *rule, u32 say, struct flow_rule *fr)
{
	const struct nfo_edit *edit = &rule->edit;

	if (edit->flags & NFO_EDIT_SRC)
		put_side(&rule->match, fr, false, false, &edit->src, edit->sport);
	if (say & NFO_SAY_CSUM_EACH && edit->flags == (NFO_EDIT_SRC | NFO_EDIT_DST))
		put_csum(rule, say, fr);
	if (edit->flags & NFO_EDIT_DST)
		put_side(&rule->match, fr, true, say & NFO_SAY_DPORT_LOW, &edit->dst,
			 edit->dport);
}

/* TTL or hop limit: add 0xff to one byte, which is the exact form drivers accept. */
static void put_ttl(const struct nfo_match *m, struct flow_rule *fr)
{
	struct flow_action_entry *act = next(fr, FLOW_ACTION_ADD);
	bool ip4 = is_ip4(m->l3proto);
	u8 pos = ip4 ? 0 : 3;
	u8 val[4] = {}, keep[4];

	memset(keep, 0xff, sizeof(keep));
	keep[pos] = 0;
	val[pos] = 0xff;
	act->mangle.htype = ip4 ? FLOW_ACT_MANGLE_HDR_TYPE_IP4 : FLOW_ACT_MANGLE_HDR_TYPE_IP6;
	act->mangle.offset = ip4 ? 8 : 4;
	memcpy(&act->mangle.val, val, sizeof(val));
	memcpy(&act->mangle.mask, keep, sizeof(keep));
}

static void begin(struct nfo_said *said, struct flow_rule *fr)
{
	memset(said, 0, sizeof(*said));
	fr->match.dissector = &said->dissector;
	fr->match.key = &said->key;
	fr->match.mask = &said->mask;
	fr->action.num_entries = 0;
}

void nfo_compose(const struct nfo_rule *rule, struct net_device *egress,
		 const struct nfo_dialect *dialect, const struct nfo_ttl *ttl,
		 struct nfo_said *said, struct flow_rule *fr)
{
	u32 say = dialect->say;

	begin(said, fr);
	put_match(&rule->match, say, ttl, said);
	put_macs(&rule->edit, fr);
	put_encap(rule, say, fr);
	put_nat(rule, say, fr);
	if (say & NFO_SAY_TTL)
		put_ttl(&rule->match, fr);
	if (say & NFO_SAY_CSUM)
		put_csum(rule, say, fr);
	next(fr, FLOW_ACTION_REDIRECT)->dev = egress;
}

void nfo_compose_guard(__be16 l3proto, __be16 tag, u32 ifindex, const struct nfo_dialect *dialect,
		       struct nfo_said *said, struct flow_rule *fr)
{
	static const struct nfo_ttl end = { .value = 0, .mask = 0xfe };

	begin(said, fr);
	if (dialect->say & NFO_SAY_META)
		put_meta(ifindex, said);
	USE(said, BASIC, basic);
	said->key.basic.n_proto = l3proto;
	said->mask.basic.n_proto = cpu_to_be16(0xffff);
	if (tag) {
		USE(said, VLAN, vlan);
		said->key.vlan.vlan_tpid = tag;
		said->mask.vlan.vlan_tpid = cpu_to_be16(0xffff);
	}
	put_ttl_match(&end, said);
	next(fr, FLOW_ACTION_TRAP);
}

__be16 nfo_said_protocol(const struct nfo_rule *rule)
{
	return rule->match.n_encap ? rule->match.encap[0].proto : rule->match.l3proto;
}
