/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The members of the kernel's flow_rule that our pure code reads and writes, by the kernel's
 * names. Layout and values are not the kernel's and need not be.
 */
#ifndef _UNIT_NET_FLOW_OFFLOAD_H
#define _UNIT_NET_FLOW_OFFLOAD_H

#include <linux/in6.h>
#include <linux/types.h>

struct net_device;

enum {
	FLOW_DISSECTOR_KEY_CONTROL,
	FLOW_DISSECTOR_KEY_BASIC,
	FLOW_DISSECTOR_KEY_IPV4_ADDRS,
	FLOW_DISSECTOR_KEY_IPV6_ADDRS,
	FLOW_DISSECTOR_KEY_PORTS,
	FLOW_DISSECTOR_KEY_ETH_ADDRS,
	FLOW_DISSECTOR_KEY_VLAN,
	FLOW_DISSECTOR_KEY_CVLAN,
	FLOW_DISSECTOR_KEY_IP,
	FLOW_DISSECTOR_KEY_TCP,
	FLOW_DISSECTOR_KEY_META,
	FLOW_DISSECTOR_KEY_ENC_CONTROL,
	FLOW_DISSECTOR_KEY_ENC_KEYID,
	FLOW_DISSECTOR_KEY_ENC_PORTS,
	FLOW_DISSECTOR_KEY_ENC_IPV4_ADDRS,
	FLOW_DISSECTOR_KEY_ENC_IPV6_ADDRS,
	FLOW_DISSECTOR_KEY_ENC_IP,
	FLOW_DISSECTOR_KEY_ENC_OPTS,
	FLOW_DISSECTOR_KEY_MAX,
};

struct flow_dissector_key_meta { int ingress_ifindex; };
struct flow_dissector_key_control { u16 addr_type; u32 flags; };
struct flow_dissector_key_basic { __be16 n_proto; u8 ip_proto; };
struct flow_dissector_key_ipv4_addrs { __be32 src, dst; };
struct flow_dissector_key_ipv6_addrs { struct in6_addr src, dst; };
struct flow_dissector_key_tcp { __be16 flags; };
struct flow_dissector_key_eth_addrs { unsigned char dst[6], src[6]; };

struct flow_dissector_key_ports {
	union {
		__be32 ports;
		struct { __be16 src, dst; };
	};
};

struct flow_dissector_key_ip { u8 tos, ttl; };

struct flow_dissector_key_vlan {
	u16 vlan_id:12, vlan_dei:1, vlan_priority:3;
	__be16 vlan_tpid;
	__be16 vlan_eth_type;
};

struct flow_dissector {
	u64 used_keys;
	u16 offset[FLOW_DISSECTOR_KEY_MAX];
};

struct flow_match {
	struct flow_dissector *dissector;
	void *mask;
	void *key;
};

enum flow_action_id {
	FLOW_ACTION_ACCEPT,
	FLOW_ACTION_DROP,
	FLOW_ACTION_REDIRECT,
	FLOW_ACTION_VLAN_PUSH,
	FLOW_ACTION_VLAN_POP,
	FLOW_ACTION_VLAN_MANGLE,
	FLOW_ACTION_TRAP,
	FLOW_ACTION_TUNNEL_ENCAP,
	FLOW_ACTION_TUNNEL_DECAP,
	FLOW_ACTION_MANGLE,
	FLOW_ACTION_ADD,
	FLOW_ACTION_CSUM,
	FLOW_ACTION_MARK,
	FLOW_ACTION_PPPOE_PUSH,
};

enum flow_action_mangle_base {
	FLOW_ACT_MANGLE_UNSPEC,
	FLOW_ACT_MANGLE_HDR_TYPE_ETH,
	FLOW_ACT_MANGLE_HDR_TYPE_IP4,
	FLOW_ACT_MANGLE_HDR_TYPE_IP6,
	FLOW_ACT_MANGLE_HDR_TYPE_TCP,
	FLOW_ACT_MANGLE_HDR_TYPE_UDP,
};

#define FLOW_ACTION_HW_STATS_DELAYED	2
#define FLOW_ACTION_HW_STATS_ANY	3
#define FLOW_ACTION_HW_STATS_DONT_CARE	7
#define FLOW_DIS_IS_FRAGMENT		1
#define FLOW_DIS_FIRST_FRAG		2

struct flow_action_entry {
	enum flow_action_id id;
	int hw_stats;
	struct net_device *dev;
	struct { u16 vid; __be16 proto; u8 prio; } vlan;
	struct { enum flow_action_mangle_base htype; u32 offset, mask, val; } mangle;
	u32 csum_flags;
	struct { u16 sid; } pppoe;
};

struct flow_action {
	unsigned int num_entries;
	struct flow_action_entry entries[];
};

struct flow_rule {
	struct flow_match match;
	struct flow_action action;
};

#endif /* _UNIT_NET_FLOW_OFFLOAD_H */
