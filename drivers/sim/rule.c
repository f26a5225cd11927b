// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parser for rules of the exact-match table: from flow_rule to an entry.
 *
 * Flowtable rules do not mention the TTL. As for the rules of any hardware made for flowtables the
 * decrement is implied; an explicit one is refused.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "sim.h"

#define KEY(name)	BIT_ULL(FLOW_DISSECTOR_KEY_##name)

#define KEYS	(KEY(META) | KEY(CONTROL) | KEY(BASIC) | KEY(IPV4_ADDRS) | KEY(IPV6_ADDRS) | \
		 KEY(PORTS) | KEY(TCP))

#define refuse(extack, text) ({			\
	NL_SET_ERR_MSG_MOD(extack, text);	\
	-EOPNOTSUPP;				\
})

/* nf_flow_table fills in VLAN keys without announcing them: look at the offset. */
static bool hidden_vlan(const struct flow_dissector *d)
{
	return d->offset[FLOW_DISSECTOR_KEY_VLAN] || d->offset[FLOW_DISSECTOR_KEY_CVLAN];
}

static int parse_keys(const struct flow_rule *rule, struct netlink_ext_ack *extack)
{
	const struct flow_dissector *d = rule->match.dissector;
	u64 need = KEY(META) | KEY(CONTROL) | KEY(BASIC) | KEY(PORTS);

	if (d->used_keys & ~KEYS)
		return refuse(extack, "match on an unknown key");
	if ((d->used_keys & need) != need)
		return refuse(extack, "match lacks device, protocol or ports");
	if (hidden_vlan(d))
		return refuse(extack, "match on a VLAN tag");
	return 0;
}

static int parse_head(const struct flow_rule *rule, const struct sim_port *port,
		      struct sim_key *key, struct netlink_ext_ack *extack)
{
	struct flow_match_control control;
	struct flow_match_basic basic;
	struct flow_match_meta meta;

	flow_rule_match_meta(rule, &meta);
	if (meta.mask->ingress_ifindex != -1)
		return refuse(extack, "match on part of the ingress device");
	/* with several ports in a flowtable each is asked for all of its rules */
	if (meta.key->ingress_ifindex != port->dev->ifindex)
		return -EOPNOTSUPP;
	flow_rule_match_control(rule, &control);
	if (control.mask->flags)
		return refuse(extack, "match on control flags");
	flow_rule_match_basic(rule, &basic);
	if (basic.mask->n_proto != htons(0xffff) || basic.mask->ip_proto != 0xff)
		return refuse(extack, "match on part of the protocol");
	key->port = port->index;
	key->proto = basic.key->n_proto;
	key->l4 = basic.key->ip_proto;
	return 0;
}

static int parse_addrs(const struct flow_rule *rule, struct sim_key *key,
		       struct netlink_ext_ack *extack)
{
	struct flow_match_ipv4_addrs ip4;
	struct flow_match_ipv6_addrs ip6;

	if (key->proto == htons(ETH_P_IP) &&
	    flow_rule_match_key(rule, FLOW_DISSECTOR_KEY_IPV4_ADDRS)) {
		flow_rule_match_ipv4_addrs(rule, &ip4);
		key->src[0] = ip4.key->src;
		key->dst[0] = ip4.key->dst;
		if (memchr_inv(ip4.mask, 0xff, sizeof(*ip4.mask)))
			return refuse(extack, "match on part of an address");
		return 0;
	}
	if (key->proto == htons(ETH_P_IPV6) &&
	    flow_rule_match_key(rule, FLOW_DISSECTOR_KEY_IPV6_ADDRS)) {
		flow_rule_match_ipv6_addrs(rule, &ip6);
		memcpy(key->src, &ip6.key->src, sizeof(key->src));
		memcpy(key->dst, &ip6.key->dst, sizeof(key->dst));
		if (memchr_inv(ip6.mask, 0xff, sizeof(*ip6.mask)))
			return refuse(extack, "match on part of an address");
		return 0;
	}
	return refuse(extack, "neither IPv4 nor IPv6");
}

static int parse_l4(const struct flow_rule *rule, struct sim_key *key,
		    struct netlink_ext_ack *extack)
{
	struct flow_match_ports ports;
	struct flow_match_tcp tcp;
	bool flags = flow_rule_match_key(rule, FLOW_DISSECTOR_KEY_TCP);

	flow_rule_match_ports(rule, &ports);
	if (ports.mask->src != htons(0xffff) || ports.mask->dst != htons(0xffff))
		return refuse(extack, "match on part of a port");
	key->sport = ports.key->src;
	key->dport = ports.key->dst;
	if (key->l4 == IPPROTO_UDP && !flags)
		return 0;
	if (key->l4 != IPPROTO_TCP || !flags)
		return refuse(extack, "neither TCP with its flags nor UDP");
	flow_rule_match_tcp(rule, &tcp);
	/* the one match of flags that the pipeline has wired: neither FIN nor RST */
	if (tcp.key->flags || tcp.mask->flags != htons(0x0005))
		return refuse(extack, "match on TCP flags other than FIN and RST");
	return 0;
}

/* Patch @size bytes at @field, which begins @base bytes into its header, with one action. */
static bool patch(void *field, u32 base, u32 size, const struct flow_action_entry *act, u32 *done)
{
	const u8 *val = (const u8 *)&act->mangle.val;
	const u8 *keep = (const u8 *)&act->mangle.mask;
	u32 i, pos;

	for (i = 0; i < sizeof(act->mangle.val); i++) {
		if (keep[i] == 0xff)
			continue;
		pos = act->mangle.offset + i - base;
		if (keep[i] || act->mangle.offset < base || pos >= size)
			return false;
		((u8 *)field)[pos] = val[i];
		*done |= BIT(pos);
	}
	return true;
}

static bool mangle(struct sim_exact *e, const struct flow_action_entry *act, u32 *macs)
{
	bool ip4 = e->key.proto == htons(ETH_P_IP);
	__be32 *addr;
	__be16 *ports = &e->edit.sport;
	u32 ignored = 0;

	BUILD_BUG_ON(offsetof(struct sim_edit, dport) != offsetof(struct sim_edit, sport) + 2);
	switch (act->mangle.htype) {
	case FLOW_ACT_MANGLE_HDR_TYPE_ETH:
		return patch(e->edit.mac, 0, sizeof(e->edit.mac), act, macs);
	case FLOW_ACT_MANGLE_HDR_TYPE_IP4:
		addr = act->mangle.offset == offsetof(struct iphdr, saddr) ? e->edit.src :
									     e->edit.dst;
		return ip4 && patch(addr, addr == e->edit.src ? 12 : 16, 4, act, &ignored);
	case FLOW_ACT_MANGLE_HDR_TYPE_IP6:
		addr = act->mangle.offset < offsetof(struct ipv6hdr, daddr) ? e->edit.src :
									      e->edit.dst;
		return !ip4 && patch(addr, addr == e->edit.src ? 8 : 24, 16, act, &ignored);
	case FLOW_ACT_MANGLE_HDR_TYPE_TCP:
		return e->key.l4 == IPPROTO_TCP && patch(ports, 0, 4, act, &ignored);
	case FLOW_ACT_MANGLE_HDR_TYPE_UDP:
		return e->key.l4 == IPPROTO_UDP && patch(ports, 0, 4, act, &ignored);
	default:
		return false;
	}
}

static int parse_redirect(struct sim_port *port, const struct flow_action_entry *act,
			  struct sim_exact *e, struct netlink_ext_ack *extack)
{
	struct sim_port *out;

	if (e->rule.out)
		return refuse(extack, "more than one redirect");
	out = sim_is_port(act->dev) ? netdev_priv(act->dev) : NULL;
	if (!out || out->sim != port->sim) {
		NL_SET_ERR_MSG_MOD(extack, "redirect to a device that is no port of this card");
		return -ENODEV;
	}
	e->rule.out = out;
	return 0;
}

static int parse_actions(struct sim_port *port, const struct flow_rule *rule,
			 struct sim_exact *e, struct netlink_ext_ack *extack)
{
	const struct flow_action_entry *act;
	u32 macs = 0;
	int i, err;

	memcpy(e->edit.src, e->key.src, sizeof(e->edit.src));
	memcpy(e->edit.dst, e->key.dst, sizeof(e->edit.dst));
	e->edit.sport = e->key.sport;
	e->edit.dport = e->key.dport;

	flow_action_for_each(i, act, &rule->action) {
		switch (act->id) {
		case FLOW_ACTION_MANGLE:
			if (!mangle(e, act, &macs))
				return refuse(extack, "rewrite of an unknown field");
			if (act->mangle.htype != FLOW_ACT_MANGLE_HDR_TYPE_ETH)
				e->edit.nat = 1;
			break;
		case FLOW_ACTION_CSUM:
			break;
		case FLOW_ACTION_REDIRECT:
			err = parse_redirect(port, act, e, extack);
			if (err)
				return err;
			break;
		default:
			return refuse(extack, "unknown action");
		}
	}
	if (macs != BIT(2 * ETH_ALEN) - 1)
		return refuse(extack, "rewrite of a part of the MAC addresses");
	if (!e->rule.out)
		return refuse(extack, "no redirect");
	return 0;
}

/**
 * sim_rule_parse() - from a rule to an entry
 * @port: where the rule is for
 * @cls: the command with the rule
 * @e: zeroed; key, edit and egress port are filled in
 *
 * Return: 0, -ENODEV for an egress device that is not ours, or -EOPNOTSUPP; with the field in
 * extack unless the rule is another port's.
 */
int sim_rule_parse(struct sim_port *port, const struct flow_cls_offload *cls,
		   struct sim_exact *e)
{
	struct netlink_ext_ack *extack = cls->common.extack;
	int err;

	err = parse_keys(cls->rule, extack);
	if (err)
		return err;
	err = parse_head(cls->rule, port, &e->key, extack);
	if (err)
		return err;
	err = parse_addrs(cls->rule, &e->key, extack);
	if (err)
		return err;
	err = parse_l4(cls->rule, &e->key, extack);
	if (err)
		return err;
	return parse_actions(port, cls->rule, e, extack);
}
