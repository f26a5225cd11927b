/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule as the core keeps it for each flow: without the addresses that the rule does not have.
 * Pure: compiles in user space as well.
 */
#ifndef _NFO_CORE_PACK_H
#define _NFO_CORE_PACK_H

#include <linux/types.h>
#include <nfo/rule.h>

/* Words of address that a packed rule has: IPv6 with a translation, without one, and IPv4. */
#define NFO_PACK_WORDS		16
#define NFO_PACK_WORDS_SMALL	8
#define NFO_PACK_WORDS_IP4	4

/**
 * struct nfo_packed - struct nfo_rule in less memory
 * @in: ingress device
 * @out: egress device
 * @sport: source port
 * @dport: destination port
 * @new_sport: with NFO_EDIT_SRC
 * @new_dport: with NFO_EDIT_DST
 * @match: layers around the packet as it comes in
 * @push: layers around the packet as it leaves
 * @dmac: destination MAC
 * @smac: source MAC
 * @mtu: bytes of layer 3
 * @l3proto: ETH_P_IP or ETH_P_IPV6
 * @l4proto: IPPROTO_*
 * @n_match: layers in @match
 * @n_push: layers in @push
 * @flags: NFO_EDIT_*
 * @addr: source, destination and, if there is a translation, both once more as rewritten. One word
 *	each for IPv4, which always has four; four words each for IPv6
 */
struct nfo_packed {
	__u32 in;
	__u32 out;
	__be16 sport;
	__be16 dport;
	__be16 new_sport;
	__be16 new_dport;
	struct nfo_encap match[NFO_ENCAP_MAX];
	struct nfo_encap push[NFO_ENCAP_MAX];
	__u8 dmac[ETH_ALEN];
	__u8 smac[ETH_ALEN];
	__u16 mtu;
	__be16 l3proto;
	__u8 l4proto;
	__u8 n_match;
	__u8 n_push;
	__u8 flags;
	__be32 addr[];
};

/* Room for the largest, on the stack. */
union nfo_packed_max {
	struct nfo_packed p;
	__u8 room[sizeof(struct nfo_packed) + NFO_PACK_WORDS * sizeof(__be32)];
};

/**
 * nfo_pack() - make a rule small
 * @rule: the rule
 * @p: room for the largest
 *
 * Two rules are the same if their packed memory is.
 *
 * Return: bytes used.
 */
unsigned int nfo_pack(const struct nfo_rule *rule, union nfo_packed_max *p);

/**
 * nfo_packed_size() - bytes that a packed rule takes
 * @p: the packed rule
 */
unsigned int nfo_packed_size(const struct nfo_packed *p);

/**
 * nfo_unpack() - the rule again
 * @p: packed rule
 * @rule: filled in; all of it is written
 */
void nfo_unpack(const struct nfo_packed *p, struct nfo_rule *rule);

/**
 * nfo_packed_dst() - the address to which the packet is routed
 * @p: packed rule
 * @len: set to its length in bytes
 *
 * Return: the destination after translation.
 */
const __be32 *nfo_packed_dst(const struct nfo_packed *p, unsigned int *len);

#endif /* _NFO_CORE_PACK_H */
