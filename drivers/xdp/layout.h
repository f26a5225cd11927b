/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the program and the module agree on: keys, entries, counters, constants of the program.
 *
 * The table of flows is an array of entries, chained from an array of buckets; both are BPF array
 * maps which the module writes and the program reads. A hash map of the kernel's would not do: it
 * gives the memory of an entry that was deleted to the next one while programs still read it, so a
 * packet might leave with the rewrite of another flow. Here an entry is reused after a grace
 * period.
 *
 * Compiles as BPF, as kernel code and in user space.
 */
#ifndef _NFO_XDP_LAYOUT_H
#define _NFO_XDP_LAYOUT_H

#include <linux/types.h>

#define XDP_KEY_WORDS	6
#define XDP_KEY_WORDS4	3	/* of them, those that are not zero for IPv4 */
#define XDP_CHAIN_MAX	8	/* entries in a bucket: bounds the program's search */
#define XDP_L2_MAX	26	/* MACs, two layers of which one is PPPoE, EtherType */
#define XDP_LAYERS	2

/**
 * struct xdp_key - which packets an entry is for
 * @w: w[0] ports and protocols, see xdp_key_head(); w[1] layers around the IP header, outermost in
 *	the low half, see xdp_key_layer(); then the addresses as they are in the packet: both of IPv4
 *	in w[2], source first; of IPv6 the source in w[2] and w[3], the destination in w[4] and w[5]
 */
struct xdp_key {
	__u64 w[XDP_KEY_WORDS];
};

/* struct xdp_entry @flags */
#define XDP_ENTRY_PPPOE	0x01	/* the innermost layer of @l2 is PPPoE: its length is to be set */
#define XDP_ENTRY_SG	0x02	/* the egress device takes frames in several pieces */

/**
 * struct xdp_entry - a rule; two cache lines
 * @key: packets that it is for
 * @next: entry that comes next in its bucket, 0: none
 * @tx: index into the map of egress devices
 * @mtu: largest layer 3 packet in bytes
 * @flags: XDP_ENTRY_*
 * @l2_len: bytes of @l2: 14, 18, 22 or 26
 * @l3_delta: what to add to the complement of the IPv4 header's checksum: as in memory
 * @l4_delta: the same for TCP and UDP, 0: nothing changes there
 * @ports: new ports, source first, as in memory
 * @l2: new header: MACs, layers, EtherType
 * @addr: new addresses, source first: two words of IPv4, eight of IPv6, as in memory
 */
struct xdp_entry {
	struct xdp_key key;
	__u32 next;
	__u32 tx;
	__u16 mtu;
	__u8 flags;
	__u8 l2_len;
	__u16 l3_delta;
	__u16 l4_delta;
	__u32 ports;
	__u8 l2[28];
	__u32 addr[8];
};

/**
 * struct xdp_count - what one CPU counted for an entry
 * @packets: packets
 * @bytes: layer 3 bytes
 * @last: jiffies, 64 bit, of the last packet; 0: none
 */
struct xdp_count {
	__u64 packets;
	__u64 bytes;
	__u64 last;
};

/*
 * Constants that the module puts into the program when it loads it: the program has 64 bit loads of
 * XDP_MAGIC + n in their place. The verifier knows the values and drops what they make unreachable.
 */
#define XDP_MAGIC	0x4e464f5800000000ULL
enum {
	XDP_CONST_BUCKETS,	/* maps */
	XDP_CONST_ENTRIES,
	XDP_CONST_COUNTS,
	XDP_CONST_TX,
	XDP_CONST_MAPS,
	XDP_CONST_MASK = XDP_CONST_MAPS,	/* buckets - 1 */
	XDP_CONST_PORT,		/* number of the port, in w[0] of its keys */
	XDP_CONST_LOOSE,	/* 1: frames may have checksums that are not finished */
	XDP_CONST_HASH,		/* secret multipliers, one per word of a key */
	__XDP_CONST_MAX = XDP_CONST_HASH + XDP_KEY_WORDS,
};

/* Ports as in memory. */
static inline __u64 xdp_key_head(__u32 ports, __u16 port, __u8 l4proto, __u8 version)
{
	return ports | (__u64)port << 32 | (__u64)l4proto << 48 | (__u64)version << 56;
}

/* EtherType and id as in memory: for VLAN all of the TCI, as nf compares all of it. */
static inline __u64 xdp_key_layer(__u16 proto, __u16 id, unsigned int layer)
{
	return (__u64)((__u32)proto << 16 | id) << (32 * layer);
}

/*
 * The sum of words times secret multipliers is universal: nobody who does not know these can make
 * many keys meet in one bucket.
 */
static inline __u32 xdp_hash4(const __u64 *w, const __u64 *k)
{
	return (w[0] * k[0] + w[1] * k[1] + w[2] * k[2]) >> 32;
}

static inline __u32 xdp_hash6(const __u64 *w, const __u64 *k)
{
	return (w[0] * k[0] + w[1] * k[1] + w[2] * k[2] +
		w[3] * k[3] + w[4] * k[4] + w[5] * k[5]) >> 32;
}

/* Checksums, as in memory: carries go round, so the order of bytes does not matter. */
static inline __u16 xdp_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static inline __u16 xdp_csum_update(__u16 check, __u16 delta)
{
	__u32 sum = (__u16)~check + delta;

	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

#endif /* _NFO_XDP_LAYOUT_H */
