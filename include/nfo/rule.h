/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one form of a rule that everything below the parser sees.
 *
 * A flowtable rule matches every field it names exactly and rewrites a fixed set of fields, so a
 * rule is an exact match and an edit: no masks, no order of actions. Plain data, no device and no
 * lock: this header also compiles in user space.
 */
#ifndef _NFO_RULE_H
#define _NFO_RULE_H

#include <linux/if_ether.h>
#include <linux/types.h>

/* Layers of encapsulation nf_flow_table follows (NF_FLOW_TABLE_ENCAP_MAX). */
#define NFO_ENCAP_MAX	2

/**
 * union nfo_addr - IPv4 or IPv6 address
 * @ip4: IPv4 address, the other words are zero so that addresses compare as memory
 * @ip6: IPv6 address
 */
union nfo_addr {
	__be32 ip4;
	__be32 ip6[4];
};

/**
 * struct nfo_encap - one layer of encapsulation
 * @proto: ETH_P_8021Q, ETH_P_8021AD or ETH_P_PPP_SES
 * @id: VLAN or PPPoE session id, host order
 */
struct nfo_encap {
	__be16 proto;
	__u16 id;
};

/**
 * struct nfo_match - which packets a rule takes, every field exact
 * @ifindex: ingress device
 * @src: source address
 * @dst: destination address
 * @sport: source port
 * @dport: destination port
 * @encap: layers around the IP header, outermost first
 * @n_encap: how many of them
 * @l3proto: ETH_P_IP or ETH_P_IPV6
 * @l4proto: IPPROTO_TCP, IPPROTO_UDP or IPPROTO_GRE, which has no ports: they are zero. For TCP,
 *	packets with FIN or RST never match
 */
struct nfo_match {
	__u32 ifindex;
	union nfo_addr src;
	union nfo_addr dst;
	__be16 sport;
	__be16 dport;
	struct nfo_encap encap[NFO_ENCAP_MAX];
	__be16 l3proto;
	__u8 l4proto;
	__u8 n_encap;
};

/* struct nfo_edit flags */
#define NFO_EDIT_SRC	0x01	/* source address and port are rewritten */
#define NFO_EDIT_DST	0x02	/* destination address and port are rewritten */

/**
 * struct nfo_edit - what happens to a packet that matched
 * @ifindex: egress device
 * @src: new source address, with NFO_EDIT_SRC
 * @dst: new destination address, with NFO_EDIT_DST
 * @sport: new source port, with NFO_EDIT_SRC
 * @dport: new destination port, with NFO_EDIT_DST
 * @encap: layers to put around the IP header, outermost first
 * @n_encap: how many of them
 * @flags: NFO_EDIT_*
 * @dmac: destination MAC
 * @smac: source MAC
 * @mtu: largest layer 3 packet that may be forwarded, in bytes
 *
 * The layers of the match are removed first. TTL or hop limit always goes down by one, a packet
 * that has one or none left goes to the CPU; checksums follow every rewrite.
 */
struct nfo_edit {
	__u32 ifindex;
	union nfo_addr src;
	union nfo_addr dst;
	__be16 sport;
	__be16 dport;
	struct nfo_encap encap[NFO_ENCAP_MAX];
	__u8 n_encap;
	__u8 flags;
	__u8 dmac[ETH_ALEN];
	__u8 smac[ETH_ALEN];
	__u16 mtu;
};

/**
 * struct nfo_rule - one direction of a connection
 * @match: which packets
 * @edit: what happens to them
 *
 * Two rules are the same if their memory is: whoever makes one clears it first.
 */
struct nfo_rule {
	struct nfo_match match;
	struct nfo_edit edit;
};

#endif /* _NFO_RULE_H */
