/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FOE entries: what the engines' tables are made of, in three generations. Pure: no device, no
 * lock; also compiled in user space, by the unit tests and by nfoctl.
 *
 * An entry is an array of 32-bit words as the CPU writes them (the table is little-endian; callers
 * convert). Where a field is in which generation is data, not code: see foe_layout.c.
 */
#ifndef _NFO_FOE_H
#define _NFO_FOE_H

#include <linux/if_ether.h>
#include <linux/types.h>

#define FOE_ENTRIES	16384	/* of a table, in all generations */
#define FOE_WORDS_MAX	32	/* of an entry */
#define FOE_VLANS_MAX	2
#define FOE_NO_DSA	(-1)
#define FOE_NO_METER	0x3f	/* v1 */
#define FOE_3T_FILL	0xa5a5a5U	/* 3-tuples: upper bits of the word with the protocol */

enum foe_gen {
	FOE_V1,			/* MT7621, MT7622, MT7623: 80 bytes, 15 bits of time */
	FOE_V2,			/* MT7981, MT7986: 96 bytes, 8 bits of time */
	FOE_V3,			/* MT7988: 128 bytes, 8 bits of time */
	FOE_GENS,
};

enum foe_type {
	FOE_IP4_HNAPT = 0,	/* 5-tuple, addresses and ports can be translated */
	FOE_IP4_ROUTE = 1,	/* addresses and protocol */
	FOE_BRIDGE = 2,		/* not built by hardware as we set it up */
	FOE_DSLITE = 3,
	FOE_IP6_3T = 4,		/* addresses and protocol */
	FOE_IP6_5T = 5,
	FOE_6RD = 7,
};

enum foe_state {
	FOE_INVALID,
	FOE_UNBIND,		/* seen, not bound: packets go to the CPU */
	FOE_BIND,
	FOE_FIN,
};

/**
 * struct foe_key - what hardware compares; addresses and ports in network order
 * @src: source address; IPv4: the first word, the others zero
 * @dst: destination address
 * @sport: source port; 5-tuples
 * @dport: destination port; 5-tuples
 * @type: enum foe_type
 * @proto: protocol, 3-tuples: 0 to 255
 * @udp: the packet is UDP
 * @pad: zero
 *
 * No ingress port, no VLAN: hardware does not compare them. Whoever makes a key clears it first.
 */
struct foe_key {
	__be32 src[4];
	__be32 dst[4];
	__be16 sport;
	__be16 dport;
	__u8 type;
	__u8 proto;
	__u8 udp;
	__u8 pad;
};

/**
 * struct foe_mac - what is put before the network header
 * @dmac: destination address
 * @smac: source address
 * @vlan: 802.1Q tags, outermost first: PCP and DEI in the upper bits, as on the wire
 * @n_vlan: how many
 * @pppoe: there is a PPPoE header
 * @sid: its session id
 * @dsa_port: port in the special tag of a switch, FOE_NO_DSA without one
 * @port: PSE port that the packet leaves by
 * @queue: transmit queue
 * @use_queue: @queue is used
 */
struct foe_mac {
	__u8 dmac[ETH_ALEN];
	__u8 smac[ETH_ALEN];
	__u16 vlan[FOE_VLANS_MAX];
	__u8 n_vlan;
	__u8 pppoe;
	__u16 sid;
	__s8 dsa_port;
	__u8 port;
	__u8 queue;
	__u8 use_queue;
};

/**
 * struct foe_tunnel - outer header of DS-Lite (IPv6) and 6RD (IPv4); decoded only
 * @src: outer source, 6RD: the first word
 * @dst: outer destination
 * @flow_label: DS-Lite
 * @priority: DS-Lite: traffic class; 6RD: DSCP field
 * @ttl: 6RD
 */
struct foe_tunnel {
	__be32 src[4];
	__be32 dst[4];
	__u32 flow_label;
	__u8 priority;
	__u8 ttl;
};

/**
 * struct foe_entry - an entry, of whatever generation
 * @key: what it is for
 * @new_src: translated source address, FOE_IP4_HNAPT only: as @key if it is not translated
 * @new_dst: translated destination address
 * @new_sport: translated source port
 * @new_dport: translated destination port
 * @mac: bound entries: what is put before the network header
 * @tunnel: FOE_DSLITE and FOE_6RD
 * @state: enum foe_state
 * @is_static: not used by hardware
 * @ttl: TTL is decremented
 * @cache: may be cached
 * @keepalive: keepalive packet was seen
 * @counted: hardware counts packets and bytes of it
 * @meter: group of meters. FOE_NO_METER on MT7621 and MT7623, which do not count either; 0 on all
 *	others: bits of it say on MT7622 that the packet is for Wi-Fi
 * @timestamp: bound: frame engine's time of the last packet, s, of as many bits as the generation
 *	has; not bound: 8 bits
 * @packets: not bound: how many were seen
 * @prebind: not bound
 */
struct foe_entry {
	struct foe_key key;
	__be32 new_src;
	__be32 new_dst;
	__be16 new_sport;
	__be16 new_dport;
	struct foe_mac mac;
	struct foe_tunnel tunnel;
	__u8 state;
	__u8 is_static;
	__u8 ttl;
	__u8 cache;
	__u8 keepalive;
	__u8 counted;
	__u8 meter;
	__u8 prebind;
	__u16 timestamp;
	__u16 packets;
};

struct foe_layout;

/* foe_layout.c: tables of field positions */
const struct foe_layout *foe_layout(enum foe_gen gen);
/* 0, or -EINVAL if fields overlap or do not fit */
int foe_layout_check(const struct foe_layout *layout);
unsigned int foe_words(const struct foe_layout *layout);	/* of an entry: 20, 24, 32 */
unsigned int foe_ways(const struct foe_layout *layout);	/* of a bucket: 2, 4, 4 */

/*
 * foe.c: encode and decode.
 *
 * foe_encode() writes foe_words() words, all of them. 0; -ENOSPC: more tags than hardware puts on
 * (VLANs + PPPoE + DSA); -ERANGE: a value does not fit its field (name of it in *@what, if not
 * NULL);
 * -EOPNOTSUPP: an entry of this type is not encoded by us, or IPv6 that is to be translated.
 * foe_decode() never fails on garbage: what has no meaning is left out; returns -EINVAL for a type
 * that does not exist.
 */
int foe_encode(const struct foe_layout *layout, const struct foe_entry *entry, __u32 *words,
	       const char **what);
int foe_decode(const struct foe_layout *layout, const __u32 *words, struct foe_entry *entry);

/* Single fields of word 0 (IB1), for who has an entry in the table before him. */
__u32 foe_ib1_state(const struct foe_layout *layout, __u32 ib1);
__u32 foe_ib1_set_state(const struct foe_layout *layout, __u32 ib1, enum foe_state state);
__u32 foe_ib1_time(const struct foe_layout *layout, __u32 ib1);	/* of a bound entry */
__u32 foe_ib1_set_time(const struct foe_layout *layout, __u32 ib1, __u32 now);
__u32 foe_ib1_set_static(const struct foe_layout *layout, __u32 ib1);

/*
 * Do two entries have the same key: type, UDP and every word of addresses and ports? State and time do
 * not matter.
 */
bool foe_same_key(const struct foe_layout *layout, const __u32 *a, const __u32 *b);

/*
 * foe_hash.c: index of the first way of the bucket, 0 to FOE_ENTRIES - 1; a key of another type than
 * the 5-tuples, 3-tuples has none: FOE_ENTRIES.
 */
__u32 foe_hash(const struct foe_layout *layout, const struct foe_key *key);
/* v1: entries across 1024 bytes */
bool foe_slot_is_static(const struct foe_layout *layout, __u32 index);

/* foe_time.c: frame engine's time, which wraps */
__u32 foe_time_mask(const struct foe_layout *layout);
__u32 foe_idle(const struct foe_layout *layout, __u32 now, __u32 then);	/* s, modulo the wrap */

/**
 * struct foe_clock - when an entry was last used, for who looks at it now and then
 * @stamp: timestamp as it was last seen
 * @used: when it was used last, in the caller's time, s
 *
 * A timestamp alone is modulo the wrap: one that has not changed since it was looked at is older
 * than that, however young it seems.
 */
struct foe_clock {
	__u32 stamp;
	__u64 used;
};

void foe_clock_start(struct foe_clock *clock, __u32 stamp, __u64 now);
/*
 * Returns when the entry was last used. @fe_now: frame engine's time, @now: caller's, both of this
 * moment.
 */
__u64 foe_clock_see(const struct foe_layout *layout, struct foe_clock *clock, __u32 stamp,
		    __u32 fe_now, __u64 now);

/*
 * VLAN_MTU registers for the largest MTU, bytes: first with no and one tag, then with two and three.
 * -ERANGE if it does not fit.
 */
int foe_mtu(unsigned int mtu, __u32 reg[2]);

#endif /* _NFO_FOE_H */
