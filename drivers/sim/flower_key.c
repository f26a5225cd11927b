// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of a rule: from the dissector's words to bits of headers.
 */
#include <linux/string.h>

#include "flower.h"

#define ALL	cpu_to_be16(0xffff)

/* The key is there and the dialect looks at it. */
static bool heeds(const struct sim_parse *p, unsigned int id)
{
	return sim_rule_has(p->rule, id) && p->dialect->keys & BIT_ULL(id);
}

static int screen(struct sim_parse *p)
{
	const struct sim_dialect *d = p->dialect;
	u64 used = p->rule->match.dissector->used_keys;

	if (d->flags & SIM_D_IGNORE_KEYS)
		return 0;
	if (used & ~(d->keys | d->deaf))
		return sim_refuse(p, "match on a key that the device does not know");
	return 0;
}

static int parse_meta(struct sim_parse *p)
{
	const struct flow_dissector_key_meta *key, *mask;

	if (!heeds(p, FLOW_DISSECTOR_KEY_META))
		return 0;
	key = sim_rule_key(p->rule, FLOW_DISSECTOR_KEY_META);
	mask = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_META);
	if (!mask->ingress_ifindex)
		return 0;
	if (mask->ingress_ifindex != -1)
		return sim_refuse(p, "match on part of the ingress device");
	if (key->ingress_ifindex != p->ifindex)
		return sim_refuse(p, "match on another ingress device than the block's");
	return 0;
}

static int parse_control(struct sim_parse *p)
{
	const struct flow_dissector_key_control *key, *mask;
	struct sim_flower *f = p->out;

	if (!heeds(p, FLOW_DISSECTOR_KEY_CONTROL))
		return 0;
	key = sim_rule_key(p->rule, FLOW_DISSECTOR_KEY_CONTROL);
	mask = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_CONTROL);
	if (mask->flags & ~p->dialect->control)
		return sim_refuse(p, "match on a control flag that the device does not know");
	if (mask->flags & FLOW_DIS_IS_FRAGMENT) {
		f->mask.bits |= SIM_FRAG;
		f->key.bits |= key->flags & FLOW_DIS_IS_FRAGMENT ? SIM_FRAG : 0;
	}
	if (mask->flags & FLOW_DIS_FIRST_FRAG) {
		f->mask.bits |= SIM_FIRST;
		f->key.bits |= key->flags & FLOW_DIS_FIRST_FRAG ? SIM_FIRST : 0;
	}
	return 0;
}

static void parse_basic(struct sim_parse *p)
{
	const struct flow_dissector_key_basic *key, *mask;

	if (!heeds(p, FLOW_DISSECTOR_KEY_BASIC))
		return;
	key = sim_rule_key(p->rule, FLOW_DISSECTOR_KEY_BASIC);
	mask = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_BASIC);
	p->out->key.ip.proto = key->n_proto;
	p->out->mask.ip.proto = mask->n_proto;
	p->out->key.ip.l4 = key->ip_proto;
	p->out->mask.ip.l4 = mask->ip_proto;
}

static void parse_macs(struct sim_parse *p)
{
	const struct flow_dissector_key_eth_addrs *key, *mask;
	struct sim_flower *f = p->out;

	if (!heeds(p, FLOW_DISSECTOR_KEY_ETH_ADDRS))
		return;
	key = sim_rule_key(p->rule, FLOW_DISSECTOR_KEY_ETH_ADDRS);
	mask = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_ETH_ADDRS);
	memcpy(f->key.mac, key->dst, ETH_ALEN);
	memcpy(f->key.mac + ETH_ALEN, key->src, ETH_ALEN);
	memcpy(f->mask.mac, mask->dst, ETH_ALEN);
	memcpy(f->mask.mac + ETH_ALEN, mask->src, ETH_ALEN);
}

static __be16 tci(const struct flow_dissector_key_vlan *vlan)
{
	return cpu_to_be16(vlan->vlan_id | vlan->vlan_dei << 12 | vlan->vlan_priority << 13);
}

static int parse_tag(struct sim_parse *p, unsigned int id, unsigned int i)
{
	const struct flow_dissector_key_vlan *key, *mask;
	struct sim_flower *f = p->out;

	if (!heeds(p, id))
		return 0;
	key = sim_rule_key(p->rule, id);
	mask = sim_rule_mask(p->rule, id);
	if (mask->vlan_tpid != ALL)
		return sim_refuse(p, "match on a VLAN tag of any protocol");
	f->key.tag[i].tpid = key->vlan_tpid;
	f->mask.tag[i].tpid = ALL;
	f->key.tag[i].tci = tci(key);
	f->mask.tag[i].tci = tci(mask);
	return 0;
}

static int parse_tags(struct sim_parse *p)
{
	int err;

	err = parse_tag(p, FLOW_DISSECTOR_KEY_VLAN, 0);
	if (!err)
		err = parse_tag(p, FLOW_DISSECTOR_KEY_CVLAN, 1);
	if (!err && p->out->mask.tag[1].tpid && !p->out->mask.tag[0].tpid)
		err = sim_refuse(p, "match on an inner VLAN tag without the outer one");
	return err;
}

/* Who names an EtherType and no tag means frames without one. */
static void forbid_tags(struct sim_flower *f)
{
	unsigned int i;

	if (!f->mask.ip.proto)
		return;
	for (i = 0; i < SIM_KEY_TAGS; i++)
		if (!f->mask.tag[i].tpid)
			f->mask.tag[i].tpid = ALL;
}

static bool family(struct sim_flower *f, u16 proto)
{
	if (!f->mask.ip.proto) {
		f->key.ip.proto = cpu_to_be16(proto);
		f->mask.ip.proto = ALL;
	}
	return f->key.ip.proto == cpu_to_be16(proto);
}

/*
 * tc has the addresses of both families in one place and announces both: CONTROL says which it
 * means.
 */
static bool means(const struct sim_parse *p, unsigned int id)
{
	const struct flow_dissector_key_control *key;

	if (!heeds(p, id))
		return false;
	if (!sim_rule_has(p->rule, FLOW_DISSECTOR_KEY_CONTROL))
		return true;
	key = sim_rule_key(p->rule, FLOW_DISSECTOR_KEY_CONTROL);
	return key->addr_type == id;
}

static int parse_addrs(struct sim_parse *p)
{
	const struct flow_dissector_key_ipv4_addrs *key4, *mask4;
	const struct flow_dissector_key_ipv6_addrs *key6, *mask6;
	struct sim_flower *f = p->out;

	if (means(p, FLOW_DISSECTOR_KEY_IPV4_ADDRS)) {
		key4 = sim_rule_key(p->rule, FLOW_DISSECTOR_KEY_IPV4_ADDRS);
		mask4 = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_IPV4_ADDRS);
		if (!family(f, ETH_P_IP))
			return sim_refuse(p, "match on IPv4 addresses of another protocol");
		f->key.ip.src[0] = key4->src;
		f->key.ip.dst[0] = key4->dst;
		f->mask.ip.src[0] = mask4->src;
		f->mask.ip.dst[0] = mask4->dst;
	}
	if (means(p, FLOW_DISSECTOR_KEY_IPV6_ADDRS)) {
		key6 = sim_rule_key(p->rule, FLOW_DISSECTOR_KEY_IPV6_ADDRS);
		mask6 = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_IPV6_ADDRS);
		if (!family(f, ETH_P_IPV6))
			return sim_refuse(p, "match on IPv6 addresses of another protocol");
		memcpy(f->key.ip.src, &key6->src, sizeof(f->key.ip.src));
		memcpy(f->key.ip.dst, &key6->dst, sizeof(f->key.ip.dst));
		memcpy(f->mask.ip.src, &mask6->src, sizeof(f->mask.ip.src));
		memcpy(f->mask.ip.dst, &mask6->dst, sizeof(f->mask.ip.dst));
	}
	return 0;
}

static void parse_l4(struct sim_parse *p)
{
	const struct flow_dissector_key_ports *key, *mask;
	const struct flow_dissector_key_tcp *tcp, *tcp_mask;
	const struct flow_dissector_key_ip *ip, *ip_mask;
	struct sim_flower *f = p->out;

	if (heeds(p, FLOW_DISSECTOR_KEY_PORTS)) {
		key = sim_rule_key(p->rule, FLOW_DISSECTOR_KEY_PORTS);
		mask = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_PORTS);
		f->key.ip.sport = key->src;
		f->key.ip.dport = key->dst;
		f->mask.ip.sport = mask->src;
		f->mask.ip.dport = mask->dst;
	}
	if (heeds(p, FLOW_DISSECTOR_KEY_TCP)) {
		tcp = sim_rule_key(p->rule, FLOW_DISSECTOR_KEY_TCP);
		tcp_mask = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_TCP);
		f->key.tcp_flags = tcp->flags;
		f->mask.tcp_flags = tcp_mask->flags;
	}
	if (heeds(p, FLOW_DISSECTOR_KEY_IP)) {
		ip = sim_rule_key(p->rule, FLOW_DISSECTOR_KEY_IP);
		ip_mask = sim_rule_mask(p->rule, FLOW_DISSECTOR_KEY_IP);
		f->key.ttl = ip->ttl;
		f->key.tos = ip->tos;
		f->mask.ttl = ip_mask->ttl;
		f->mask.tos = ip_mask->tos;
	}
	/* zero is a port like any other: where there are none, none matches */
	if (f->mask.ip.sport || f->mask.ip.dport || f->mask.tcp_flags) {
		f->key.bits |= SIM_L4;
		f->mask.bits |= SIM_L4;
	}
}

/**
 * sim_flower_keys() - parse the match
 * @p: the request
 *
 * Return: 0 or a negative error, with the reason in @p->why.
 */
int sim_flower_keys(struct sim_parse *p)
{
	int err;

	err = screen(p);
	if (!err)
		err = parse_meta(p);
	if (!err)
		err = parse_control(p);
	if (err)
		return err;
	parse_basic(p);
	parse_macs(p);
	err = parse_tags(p);
	if (!err)
		err = parse_addrs(p);
	if (err)
		return err;
	parse_l4(p);
	if (!(p->dialect->flags & SIM_D_ANY_TAG))
		forbid_tags(p->out);
	return 0;
}
