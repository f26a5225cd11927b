// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rule parser: flow_rule as built by nf_flow_table to struct nfo_rule.
 *
 * What nf_flow_table sends is not quite what it means (Linux 6.1 to 6.12, seen in VMs):
 *  - VLAN and CVLAN keys are filled in, but their bits in used_keys are not set;
 *  - an 802.1ad push arrives as an all-zero action, id 0, which is FLOW_ACTION_ACCEPT;
 *  - a PPPoE session on ingress is neither matched nor removed;
 *  - for an IPv6 tunnel the key is announced but has no offset.
 * So layers of encapsulation are taken from the flow's tuples, and the rule's tag actions have to
 * agree with them; tunnels are refused.
 */
#include <linux/bits.h>
#include <linux/in.h>
#include <linux/string.h>
#include <linux/types.h>
#include <net/flow_offload.h>

#include "rule.h"

#define KEY_BIT(name)	BIT_ULL(FLOW_DISSECTOR_KEY_##name)

#define KEYS_KNOWN	(KEY_BIT(META) | KEY_BIT(CONTROL) | KEY_BIT(BASIC) | KEY_BIT(PORTS) |	\
			 KEY_BIT(TCP) | KEY_BIT(IPV4_ADDRS) | KEY_BIT(IPV6_ADDRS) |		\
			 KEY_BIT(VLAN) | KEY_BIT(CVLAN))
#define KEYS_TUNNEL	(KEY_BIT(ENC_CONTROL) | KEY_BIT(ENC_KEYID) | KEY_BIT(ENC_PORTS) |	\
			 KEY_BIT(ENC_IPV4_ADDRS) | KEY_BIT(ENC_IPV6_ADDRS) | KEY_BIT(ENC_IP) |	\
			 KEY_BIT(ENC_OPTS))

/* TCP flags as in the 13th and 14th byte of the header. */
#define TCP_FIN_RST	cpu_to_be16(0x0005)

/*
 * Bytes of a header that mangle actions write, with one bit per byte written. Values and masks of
 * mangle actions are in memory order, so headers are patched as bytes.
 */
struct patch {
	u8 byte[32];
	u32 written;
};

struct edits {
	struct patch eth;	/* destination MAC, source MAC */
	struct patch ip;	/* source address, destination address */
	struct patch ports;	/* source port, destination port */
	u8 pops;
	u8 pushes;
};

static bool uses(const struct flow_rule *fr, unsigned int key)
{
	return fr->match.dissector->used_keys & BIT_ULL(key);
}

static const void *key_of(const struct flow_rule *fr, unsigned int key)
{
	return (const char *)fr->match.key + fr->match.dissector->offset[key];
}

static const void *mask_of(const struct flow_rule *fr, unsigned int key)
{
	return (const char *)fr->match.mask + fr->match.dissector->offset[key];
}

static bool all_ones(const void *mem, size_t len)
{
	const u8 *p = mem;
	u32 word;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		if (~word)
			return false;
	}
	for (; len; len--)
		if (*p++ != 0xff)
			return false;
	return true;
}

static enum nfo_reason match_keys(const struct flow_rule *fr)
{
	u64 used = fr->match.dissector->used_keys;
	u64 need = KEY_BIT(META) | KEY_BIT(CONTROL) | KEY_BIT(BASIC);

	if (used & KEYS_TUNNEL)
		return NFO_REASON_TUNNEL;
	if (used & ~KEYS_KNOWN || (used & need) != need)
		return NFO_REASON_UNKNOWN_KEY;
	return NFO_REASON_NONE;
}

static enum nfo_reason match_basic(const struct flow_rule *fr, struct nfo_match *m)
{
	const struct flow_dissector_key_meta *meta = key_of(fr, FLOW_DISSECTOR_KEY_META);
	const struct flow_dissector_key_meta *meta_mask = mask_of(fr, FLOW_DISSECTOR_KEY_META);
	const struct flow_dissector_key_control *control_mask =
		mask_of(fr, FLOW_DISSECTOR_KEY_CONTROL);
	const struct flow_dissector_key_basic *basic = key_of(fr, FLOW_DISSECTOR_KEY_BASIC);
	const struct flow_dissector_key_basic *basic_mask = mask_of(fr, FLOW_DISSECTOR_KEY_BASIC);

	m->ifindex = meta->ingress_ifindex;
	m->l3proto = basic->n_proto;
	m->l4proto = basic->ip_proto;

	if (!all_ones(&meta_mask->ingress_ifindex, sizeof(meta_mask->ingress_ifindex)) ||
	    !all_ones(&basic_mask->n_proto, sizeof(basic_mask->n_proto)) ||
	    basic_mask->ip_proto != 0xff)
		return NFO_REASON_MASK;
	/* Fragments are never forwarded, whatever the rule says; any other flag is news to us. */
	if (control_mask->flags)
		return NFO_REASON_UNKNOWN_KEY;
	return NFO_REASON_NONE;
}

static enum nfo_reason match_addrs(const struct flow_rule *fr, struct nfo_match *m)
{
	const struct flow_dissector_key_ipv4_addrs *ip4 = key_of(fr, FLOW_DISSECTOR_KEY_IPV4_ADDRS);
	const struct flow_dissector_key_ipv6_addrs *ip6 = key_of(fr, FLOW_DISSECTOR_KEY_IPV6_ADDRS);

	if (m->l3proto == cpu_to_be16(ETH_P_IP) && uses(fr, FLOW_DISSECTOR_KEY_IPV4_ADDRS)) {
		m->src.ip4 = ip4->src;
		m->dst.ip4 = ip4->dst;
		if (!all_ones(mask_of(fr, FLOW_DISSECTOR_KEY_IPV4_ADDRS), sizeof(*ip4)))
			return NFO_REASON_MASK;
		return NFO_REASON_NONE;
	}
	if (m->l3proto == cpu_to_be16(ETH_P_IPV6) && uses(fr, FLOW_DISSECTOR_KEY_IPV6_ADDRS)) {
		memcpy(&m->src, &ip6->src, sizeof(m->src));
		memcpy(&m->dst, &ip6->dst, sizeof(m->dst));
		if (!all_ones(mask_of(fr, FLOW_DISSECTOR_KEY_IPV6_ADDRS), sizeof(*ip6)))
			return NFO_REASON_MASK;
		return NFO_REASON_NONE;
	}
	return NFO_REASON_FAMILY;
}

static enum nfo_reason match_l4(const struct flow_rule *fr, struct nfo_match *m)
{
	const struct flow_dissector_key_ports *ports = key_of(fr, FLOW_DISSECTOR_KEY_PORTS);
	const struct flow_dissector_key_tcp *tcp = key_of(fr, FLOW_DISSECTOR_KEY_TCP);
	const struct flow_dissector_key_tcp *tcp_mask = mask_of(fr, FLOW_DISSECTOR_KEY_TCP);
	bool is_tcp = m->l4proto == IPPROTO_TCP;

	/* it has no ports, and nothing else to match */
	if (m->l4proto == IPPROTO_GRE)
		return uses(fr, FLOW_DISSECTOR_KEY_TCP) ? NFO_REASON_UNKNOWN_KEY : NFO_REASON_NONE;
	if (!is_tcp && m->l4proto != IPPROTO_UDP)
		return NFO_REASON_L4PROTO;
	if (!uses(fr, FLOW_DISSECTOR_KEY_PORTS))
		return NFO_REASON_MASK;
	m->sport = ports->src;
	m->dport = ports->dst;
	if (!all_ones(mask_of(fr, FLOW_DISSECTOR_KEY_PORTS), sizeof(ports->ports)))
		return NFO_REASON_MASK;

	if (is_tcp != uses(fr, FLOW_DISSECTOR_KEY_TCP))
		return NFO_REASON_UNKNOWN_KEY;
	if (is_tcp && (tcp->flags || tcp_mask->flags != TCP_FIN_RST))
		return NFO_REASON_MASK;
	return NFO_REASON_NONE;
}

static enum nfo_reason parse_match(const struct flow_rule *fr, const struct nfo_facts *facts,
				   struct nfo_match *m)
{
	enum nfo_reason err;

	err = match_keys(fr);
	if (err)
		return err;
	err = match_basic(fr, m);
	if (err)
		return err;
	err = match_addrs(fr, m);
	if (err)
		return err;
	err = match_l4(fr, m);
	if (err)
		return err;

	if (facts->bridge_vlan || facts->n_in > NFO_ENCAP_MAX || facts->n_out > NFO_ENCAP_MAX)
		return NFO_REASON_ENCAP;
	m->n_encap = facts->n_in;
	memcpy(m->encap, facts->in, facts->n_in * sizeof(facts->in[0]));
	return NFO_REASON_NONE;
}

/* Write @n bytes at @off of the header into @p, which has @len bytes from @base of the header. */
static bool patch_bytes(struct patch *p, u32 base, u32 len, u64 off, const u8 *val, u32 n)
{
	u32 pos;

	/* outside of what we know */
	if (off < base || off + n > base + len)
		return false;
	pos = off - base;
	memcpy(&p->byte[pos], val, n);
	p->written |= ((1U << n) - 1) << pos;
	return true;
}

/* One 32 bit word of a mangle action: whole in most cases, else by halves, of which one stays. */
static bool patch_word(struct patch *p, u32 base, u32 len, const struct flow_action_entry *act)
{
	u64 off = act->mangle.offset;
	const u8 *val = (const u8 *)&act->mangle.val;
	u16 keep[2];
	u32 i;

	if (!act->mangle.mask)
		return patch_bytes(p, base, len, off, val, 4);
	memcpy(keep, &act->mangle.mask, sizeof(keep));
	for (i = 0; i < 2; i++) {
		if (keep[i] == 0xffff)
			continue;
		/* part of a half: nobody sends that */
		if (keep[i] || !patch_bytes(p, base, len, off + 2 * i, val + 2 * i, 2))
			return false;
	}
	return true;
}

static bool mangle(const struct nfo_match *m, const struct flow_action_entry *act, struct edits *e)
{
	switch (act->mangle.htype) {
	case FLOW_ACT_MANGLE_HDR_TYPE_ETH:
		return patch_word(&e->eth, 0, 2 * ETH_ALEN, act);
	case FLOW_ACT_MANGLE_HDR_TYPE_IP4:
		return m->l3proto == cpu_to_be16(ETH_P_IP) && patch_word(&e->ip, 12, 8, act);
	case FLOW_ACT_MANGLE_HDR_TYPE_IP6:
		return m->l3proto == cpu_to_be16(ETH_P_IPV6) && patch_word(&e->ip, 8, 32, act);
	case FLOW_ACT_MANGLE_HDR_TYPE_TCP:
		return m->l4proto == IPPROTO_TCP && patch_word(&e->ports, 0, 4, act);
	case FLOW_ACT_MANGLE_HDR_TYPE_UDP:
		return m->l4proto == IPPROTO_UDP && patch_word(&e->ports, 0, 4, act);
	default:
		return false;
	}
}

/* The next layer to put on must be the one the tuples name. */
static bool push(const struct flow_action_entry *act, const struct nfo_facts *facts,
		 struct edits *e)
{
	const struct nfo_encap *out;

	if (e->pushes >= facts->n_out)
		return false;
	out = &facts->out[e->pushes++];
	switch (act->id) {
	case FLOW_ACTION_VLAN_PUSH:
		return out->proto == act->vlan.proto && out->id == act->vlan.vid;
	case FLOW_ACTION_PPPOE_PUSH:
		return out->proto == cpu_to_be16(ETH_P_PPP_SES) && out->id == act->pppoe.sid;
	default:
		return out->proto == cpu_to_be16(ETH_P_8021AD);
	}
}

static enum nfo_reason parse_action(const struct flow_action_entry *act,
				    const struct nfo_facts *facts, struct nfo_rule *rule,
				    struct edits *e)
{
	switch (act->id) {
	case FLOW_ACTION_MANGLE:
		return mangle(&rule->match, act, e) ? NFO_REASON_NONE : NFO_REASON_REWRITE;
	case FLOW_ACTION_CSUM:
		/* checksums follow every rewrite, asked or not */
		return NFO_REASON_NONE;
	case FLOW_ACTION_VLAN_POP:
		e->pops++;
		return NFO_REASON_NONE;
	case FLOW_ACTION_ACCEPT:
	case FLOW_ACTION_VLAN_PUSH:
	case FLOW_ACTION_PPPOE_PUSH:
		return push(act, facts, e) ? NFO_REASON_NONE : NFO_REASON_ENCAP;
	case FLOW_ACTION_REDIRECT:
		if (rule->edit.ifindex)
			return NFO_REASON_UNKNOWN_ACTION;
		rule->edit.ifindex = facts->egress;
		return NFO_REASON_NONE;
	case FLOW_ACTION_TUNNEL_ENCAP:
	case FLOW_ACTION_TUNNEL_DECAP:
		return NFO_REASON_TUNNEL;
	default:
		return NFO_REASON_UNKNOWN_ACTION;
	}
}

/* Is a field of @len bytes at @pos written as a whole (1), not at all (0), or in part (-1)? */
static int written(const struct patch *p, u32 pos, u32 len)
{
	u32 want = (BIT_ULL(len) - 1) << pos;
	u32 got = p->written & want;

	if (!got)
		return 0;
	return got == want ? 1 : -1;
}

/* One side of the translation: address and port; what is not written stays as matched. */
static bool take_side(const struct edits *e, u32 addr_len, u32 side, union nfo_addr *addr,
		      __be16 *port, const union nfo_addr *old_addr, __be16 old_port, bool *touched)
{
	int a = written(&e->ip, side * addr_len, addr_len);
	int p = written(&e->ports, side * sizeof(*port), sizeof(*port));

	if (a < 0 || p < 0)
		return false;
	*touched = a || p;
	if (!*touched)
		return true;
	*addr = *old_addr;
	*port = old_port;
	if (a)
		memcpy(addr, &e->ip.byte[side * addr_len], addr_len);
	if (p)
		memcpy(port, &e->ports.byte[side * sizeof(*port)], sizeof(*port));
	return true;
}

static enum nfo_reason take_edits(const struct edits *e, const struct nfo_facts *facts,
				  struct nfo_rule *rule)
{
	u32 addr_len = rule->match.l3proto == cpu_to_be16(ETH_P_IP) ? 4 : 16;
	struct nfo_match *m = &rule->match;
	struct nfo_edit *edit = &rule->edit;
	u8 i, vlans = 0;
	bool src, dst;

	if (!edit->ifindex)
		return NFO_REASON_NO_EGRESS;
	if (written(&e->eth, 0, 2 * ETH_ALEN) != 1)
		return NFO_REASON_REWRITE;
	memcpy(edit->dmac, &e->eth.byte[0], ETH_ALEN);
	memcpy(edit->smac, &e->eth.byte[ETH_ALEN], ETH_ALEN);

	if (!take_side(e, addr_len, 0, &edit->src, &edit->sport, &m->src, m->sport, &src) ||
	    !take_side(e, addr_len, 1, &edit->dst, &edit->dport, &m->dst, m->dport, &dst))
		return NFO_REASON_REWRITE;
	edit->flags = (src ? NFO_EDIT_SRC : 0) | (dst ? NFO_EDIT_DST : 0);

	for (i = 0; i < facts->n_in; i++)
		vlans += facts->in[i].proto == cpu_to_be16(ETH_P_8021Q);
	if (e->pops != vlans || e->pushes != facts->n_out)
		return NFO_REASON_ENCAP;
	edit->n_encap = facts->n_out;
	memcpy(edit->encap, facts->out, facts->n_out * sizeof(facts->out[0]));
	edit->mtu = facts->mtu;
	return NFO_REASON_NONE;
}

enum nfo_reason nfo_rule_parse(const struct flow_rule *fr, const struct nfo_facts *facts,
			       struct nfo_rule *rule)
{
	struct edits e = {};
	enum nfo_reason err;
	unsigned int i;

	memset(rule, 0, sizeof(*rule));
	err = parse_match(fr, facts, &rule->match);
	if (err)
		return err;
	for (i = 0; i < fr->action.num_entries; i++) {
		err = parse_action(&fr->action.entries[i], facts, rule, &e);
		if (err)
			return err;
	}
	return take_edits(&e, facts, rule);
}
