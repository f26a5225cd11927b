/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From struct nfo_rule to the flow_rule that a driver of TC_SETUP_CLSFLOWER is told. Drivers agree
 * on the words, not on which of them they want to hear: what one demands the next refuses, or
 * worse, does not notice. That is a dialect. Pure: no lock, no device; compiles in user space.
 */
#ifndef _NFO_COMPOSE_H
#define _NFO_COMPOSE_H

#include <linux/types.h>
#include <net/flow_offload.h>
#include <nfo/rule.h>

/* struct nfo_dialect @say */
#define NFO_SAY_META		0x0001	/* match the ingress device */
#define NFO_SAY_ETHERTYPE	0x0002	/* match the EtherType of the IP header */
#define NFO_SAY_TCP_FLAGS	0x0004	/* match TCP without FIN and RST */
#define NFO_SAY_NO_FRAGMENT	0x0008	/* match what is no fragment */
#define NFO_SAY_VLAN_NEXT	0x0010	/* match the EtherType after a tag: no further tag */
#define NFO_SAY_TTL		0x0020	/* decrement TTL or hop limit; else it is done unasked, or not */
#define NFO_SAY_CSUM		0x0040	/* name the checksums that a rewrite spoils */
#define NFO_SAY_CSUM_EACH	0x1000	/* and again, once each side of a translation is rewritten */
#define NFO_SAY_INNER_FIRST	0x0080	/* each push makes the outermost tag, as in TC; nf: the next one */
#define NFO_SAY_DPORT_LOW	0x0100	/* a new destination port sits where a source port would */
#define NFO_SAY_PROTOCOL	0x0200	/* every command names the EtherType, see nfo_said_protocol() */
#define NFO_SAY_NO_PCP		0x0400	/* match tags without priority, as nf does: others are the CPU's */
#define NFO_SAY_L2_BYTES	0x0800	/* it counts bytes from the Ethernet header on */

/**
 * enum nfo_guard - how packets with a TTL or hop limit of 0 or 1 get to the CPU
 * @NFO_GUARD_NONE: by themselves, or not at all
 * @NFO_GUARD_TRAP: by a rule of higher precedence that traps them
 * @NFO_GUARD_COVER: each rule matches a range of TTL, several make up one: nfo_ttl_cover
 */
enum nfo_guard {
	NFO_GUARD_NONE,
	NFO_GUARD_TRAP,
	NFO_GUARD_COVER,
};

/**
 * struct nfo_dialect - what a driver is told
 * @say: NFO_SAY_*
 * @guard: what keeps packets at the end of their TTL out of the hardware
 */
struct nfo_dialect {
	u32 say;
	enum nfo_guard guard;
};

/**
 * struct nfo_ttl - a range of TTL or hop limit
 * @value: bits that are to be found
 * @mask: where; a prefix, for hardware that has no other masks. 0: any TTL
 */
struct nfo_ttl {
	u8 value;
	u8 mask;
};

/* From 32 up. What has less is rare, and goes to the CPU, which is always right. */
#define NFO_TTL_COVERS	3
extern const struct nfo_ttl nfo_ttl_cover[NFO_TTL_COVERS];

/**
 * struct nfo_said_key - what the keys and masks of a composed rule point into
 * @meta: ingress device
 * @control: kind of addresses, fragments
 * @basic: protocols
 * @ip4: IPv4 addresses
 * @ip6: IPv6 addresses
 * @ports: ports
 * @tcp: flags
 * @ip: TTL
 * @vlan: outermost tag
 * @cvlan: the tag inside of it
 */
struct nfo_said_key {
	struct flow_dissector_key_meta meta;
	struct flow_dissector_key_control control;
	struct flow_dissector_key_basic basic;
	union {
		struct flow_dissector_key_ipv4_addrs ip4;
		struct flow_dissector_key_ipv6_addrs ip6;
	};
	struct flow_dissector_key_ports ports;
	struct flow_dissector_key_tcp tcp;
	struct flow_dissector_key_ip ip;
	struct flow_dissector_key_vlan vlan;
	struct flow_dissector_key_vlan cvlan;
};

/**
 * struct nfo_said - the match of a composed rule
 * @dissector: which keys, and where
 * @key: values
 * @mask: masks
 */
struct nfo_said {
	struct flow_dissector dissector;
	struct nfo_said_key key;
	struct nfo_said_key mask;
};

/* four MAC words, 2 pops, 2 pushes, 2 x (4 address words + port + CSUM), TTL, REDIRECT */
#define NFO_SAID_ACTIONS	22

/**
 * nfo_compose() - tell a driver a rule
 * @rule: the rule
 * @egress: where to send
 * @dialect: how
 * @ttl: only packets in this range, NULL: all
 * @said: cleared and filled in; @fr points into it
 * @fr: has room for NFO_SAID_ACTIONS actions, all zero
 *
 * Context: any.
 */
void nfo_compose(const struct nfo_rule *rule, struct net_device *egress,
		 const struct nfo_dialect *dialect, const struct nfo_ttl *ttl,
		 struct nfo_said *said, struct flow_rule *fr);

/**
 * nfo_compose_guard() - tell a driver to leave the end of the TTL to the CPU
 * @l3proto: ETH_P_IP or ETH_P_IPV6
 * @tag: protocol of the outermost tag of the packets, 0: they have none. A rule that says nothing
 *	of tags is for packets without
 * @ifindex: ingress device
 * @dialect: how; its @guard is NFO_GUARD_TRAP
 * @said: cleared and filled in; @fr points into it
 * @fr: has room for one action, all zero
 *
 * Context: any.
 */
void nfo_compose_guard(__be16 l3proto, __be16 tag, u32 ifindex, const struct nfo_dialect *dialect,
		       struct nfo_said *said, struct flow_rule *fr);

/**
 * nfo_said_protocol() - the EtherType that commands for a rule bear, as TC has it
 * @rule: the rule
 *
 * Return: that of the outermost tag, without tags that of the IP header.
 */
__be16 nfo_said_protocol(const struct nfo_rule *rule);

#endif /* _NFO_COMPOSE_H */
