/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ethernet frames: built from a description, taken apart again, told in one line. Pure: no
 * sockets, no allocation, no global state.
 */
#ifndef SELFTESTS_FRAME_H
#define SELFTESTS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX	9216	/* no frame is longer */
#define FRAME_ETH_LEN	14
#define FRAME_OPT_MAX	40
#define FRAME_EXT_MAX	4
#define FRAME_HEAD_MAX	16
#define FRAME_TAG_MAX	3

/* TCP flags, the twelve bits after the data offset */
#define FRAME_FIN	0x001
#define FRAME_SYN	0x002
#define FRAME_RST	0x004
#define FRAME_PSH	0x008
#define FRAME_ACK	0x010
#define FRAME_URG	0x020
#define FRAME_ECE	0x040
#define FRAME_CWR	0x080
#define FRAME_AE	0x100	/* once NS */

/**
 * struct frame_tuple - who talks to whom
 * @family: 4 or 6
 * @proto: IP protocol
 * @src: source address, four or sixteen bytes
 * @dst: destination address
 * @sport: source port in host order (TCP and UDP)
 * @dport: destination port
 */
struct frame_tuple {
	uint8_t family;
	uint8_t proto;
	uint8_t src[16];
	uint8_t dst[16];
	uint16_t sport;
	uint16_t dport;
};

/**
 * struct frame_tag - a VLAN tag
 * @tpid: its EtherType, 0 is 802.1Q
 * @tci: priority, drop eligible indicator and VLAN id
 */
struct frame_tag {
	uint16_t tpid;
	uint16_t tci;
};

#define FRAME_TAG_ID(tci)	((tci) & 0xfff)
#define FRAME_TAG_PCP(tci)	((tci) >> 13)
#define FRAME_TAG_DEI	0x1000

enum frame_csum {
	FRAME_CSUM_GOOD,	/* computed */
	FRAME_CSUM_XOR,		/* computed, then xor-ed with the value given */
	FRAME_CSUM_SET,		/* the value given */
};

/**
 * struct frame_spec - all that a frame is built from; zero means "as it should be"
 * @dmac: destination MAC address
 * @smac: source MAC address
 * @vlans: number of tags in @vlan, outermost first
 * @vlan: tags
 * @pppoe: PPPoE session header with this session id, 0 for none
 * @ethertype: 0 for that of the family
 * @t: addresses and ports; t.proto selects the layer 4 header: TCP, UDP, ICMP, ICMPv6, else none
 * @tos: TOS or traffic class
 * @ttl: TTL or hop limit, taken as it is
 * @id: IPv4 identification, and the lower half of the IPv6 fragment identification
 * @df: IPv4 "don't fragment"
 * @evil: IPv4 reserved flag
 * @flow_label: IPv6
 * @frag: send a fragment: @frag_len bytes (0: all the rest) from offset @frag_off of the layer 4
 *	data, with "more fragments" if @more. Without @frag, the packet ends after @frag_len bytes of
 *	layer 4, if that is not 0, and its checksum is that of the whole
 * @frag_off: bytes, a multiple of 8
 * @frag_len: bytes
 * @more: more fragments follow
 * @len_delta: added to the total length (IPv4) or payload length (IPv6)
 * @version: instead of 4 or 6
 * @ihl: instead of the right header length, in words (IPv4)
 * @ip_csum: how the IPv4 header checksum is made
 * @ip_csum_val: for FRAME_CSUM_XOR and FRAME_CSUM_SET
 * @opt_len: bytes of IPv4 options, a multiple of 4
 * @opt: IPv4 options
 * @exts: number of IPv6 extension headers in @ext
 * @ext: their types; each is eight bytes with padding options
 * @seq: TCP sequence number; ICMP identifier and sequence number
 * @ack: TCP acknowledgment number
 * @flags: TCP flags, FRAME_*
 * @window: TCP window
 * @urg: TCP urgent pointer
 * @doff: instead of the right TCP data offset, in words
 * @tcp_opt_len: bytes of TCP options, a multiple of 4
 * @tcp_opt: TCP options
 * @udp_len_delta: added to the UDP length
 * @icmp_type: ICMP or ICMPv6 type
 * @icmp_code: and code
 * @l4_csum: how the layer 4 checksum is made
 * @l4_csum_val: for FRAME_CSUM_XOR and FRAME_CSUM_SET
 * @partial: leave the layer 4 checksum to the device (CHECKSUM_PARTIAL), see frame_offload()
 * @gso_size: leave cutting the payload into segments of this size to the device, too
 * @len: payload bytes
 * @fill: seed of the payload pattern
 * @head_len: how many bytes of @head replace the start of the payload
 * @head: first bytes of the payload
 * @trail: bytes after the end of the IP packet
 * @cut: cut the frame to this many bytes, 0 for not at all
 */
struct frame_spec {
	uint8_t dmac[6];
	uint8_t smac[6];
	uint8_t vlans;
	struct frame_tag vlan[FRAME_TAG_MAX];
	uint16_t pppoe;
	uint16_t ethertype;
	struct frame_tuple t;

	uint8_t tos;
	uint8_t ttl;
	uint16_t id;
	bool df;
	bool evil;
	uint32_t flow_label;
	bool frag;
	uint16_t frag_off;
	uint16_t frag_len;
	bool more;
	int16_t len_delta;
	uint8_t version;
	uint8_t ihl;
	uint8_t ip_csum;
	uint16_t ip_csum_val;
	uint8_t opt_len;
	uint8_t opt[FRAME_OPT_MAX];
	uint8_t exts;
	uint8_t ext[FRAME_EXT_MAX];

	uint32_t seq;
	uint32_t ack;
	uint16_t flags;
	uint16_t window;
	uint16_t urg;
	uint8_t doff;
	uint8_t tcp_opt_len;
	uint8_t tcp_opt[FRAME_OPT_MAX];
	int16_t udp_len_delta;
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint8_t l4_csum;
	uint16_t l4_csum_val;
	bool partial;
	uint16_t gso_size;

	uint16_t len;
	uint32_t fill;
	uint8_t head_len;
	uint8_t head[FRAME_HEAD_MAX];
	uint16_t trail;
	uint16_t cut;
};

/**
 * struct frame_info - what a frame says of itself; offsets are 0 when there is no such part
 * @vlans: VLAN tags found
 * @vlan: the outermost FRAME_TAG_MAX of them
 * @ethertype: after the tags
 * @l3: offset of the IP header
 * @l4: offset of the layer 4 header, 0 for fragments other than the first
 * @payload: offset of the layer 4 payload
 * @end: where the IP packet ends by its own account, never beyond the frame
 * @t: t.family is 0 when this is no IP packet; ports are 0 when there are none
 * @has_ports: TCP or UDP, not a later fragment, ports inside the frame
 * @ttl: TTL or hop limit
 * @tos: TOS or traffic class
 * @frag: is a fragment
 * @more: more fragments follow
 * @frag_off: bytes
 * @frag_id: identification
 * @df: IPv4 "don't fragment"
 * @options: has IPv4 options or IPv6 extension headers other than a fragment header
 * @short_packet: the frame ends before the packet does
 * @ip_csum_ok: IPv4 header checksum is right (always true for IPv6)
 * @l4_csum_ok: layer 4 checksum is right, also true when it cannot be checked
 * @l4_csum: as in the frame
 * @flags: TCP flags
 * @seq: TCP sequence number; ICMP identifier and sequence number
 * @ack: TCP acknowledgment number
 * @icmp_type: ICMP type
 * @icmp_code: ICMP code
 */
struct frame_info {
	unsigned int vlans;
	struct frame_tag vlan[FRAME_TAG_MAX];
	uint16_t ethertype;
	size_t l3;
	size_t l4;
	size_t payload;
	size_t end;
	struct frame_tuple t;
	bool has_ports;
	uint8_t ttl;
	uint8_t tos;
	bool frag;
	bool more;
	uint16_t frag_off;
	uint32_t frag_id;
	bool df;
	bool options;
	bool short_packet;
	bool ip_csum_ok;
	bool l4_csum_ok;
	uint16_t l4_csum;
	uint16_t flags;
	uint32_t seq;
	uint32_t ack;
	uint8_t icmp_type;
	uint8_t icmp_code;
};

/* Returns the length of the frame, 0 if it does not fit. */
size_t frame_build(const struct frame_spec *s, uint8_t *buf, size_t size);

/**
 * struct frame_offload - what a frame leaves to the device
 * @partial: the layer 4 checksum: the field holds only the sum of the pseudo header
 * @csum_start: where summing starts
 * @csum_offset: where the sum goes, from @csum_start
 * @gso_type: VIRTIO_NET_HDR_GSO_*, 0 if the frame is no larger than it says
 * @gso_size: payload of each segment
 * @hdr_len: bytes in front of the payload
 */
struct frame_offload {
	bool partial;
	uint16_t csum_start;
	uint16_t csum_offset;
	uint8_t gso_type;
	uint16_t gso_size;
	uint16_t hdr_len;
};

/* What is to be told to the device with the frame that frame_build() makes of @s. */
void frame_offload(const struct frame_spec *s, struct frame_offload *o);

/* Bytes before the payload of the IP packet, from the IP header on. */
size_t frame_l3_overhead(const struct frame_spec *s);

/* Always fills @fi, as far as the frame goes. */
void frame_parse(const uint8_t *buf, size_t len, struct frame_info *fi);

/* Offset of the checksum in the layer 4 header, -1 if the protocol has none. */
int frame_l4_csum_at(uint8_t proto);

/* Whether a frame has these tags and no other ones; priorities do not matter. */
bool frame_has_tags(const struct frame_info *fi, const struct frame_tag *tag, unsigned int n);

/* One line for people. Returns @out. */
char *frame_decode(const uint8_t *buf, size_t len, char *out, size_t size);

/* "0123 4567 …", 16 bytes a line, each line starting with @prefix; to a stdio stream. */
void frame_hex(void *stream, const char *prefix, const uint8_t *buf, size_t len);

/* The one's complement sum of @len bytes added to @sum, folded by frame_csum_fold(). */
uint32_t frame_csum_add(uint32_t sum, const void *data, size_t len);
uint16_t frame_csum_fold(uint32_t sum);

/* Layer 4 checksum of @len bytes at @l4, with the pseudo header of @t; 0 comes back as 0. */
uint16_t frame_l4_csum(const struct frame_tuple *t, const uint8_t *l4, size_t len);

bool frame_tuple_eq(const struct frame_tuple *a, const struct frame_tuple *b);
struct frame_tuple frame_tuple_reverse(const struct frame_tuple *t);
char *frame_tuple_str(const struct frame_tuple *t, char *out, size_t size);

static inline size_t frame_addr_len(uint8_t family)
{
	return family == 6 ? 16 : 4;
}

static inline uint16_t frame_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t frame_get32(const uint8_t *p)
{
	return (uint32_t)frame_get16(p) << 16 | frame_get16(p + 2);
}

static inline void frame_put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v & 0xff;
}

static inline void frame_put32(uint8_t *p, uint32_t v)
{
	frame_put16(p, v >> 16);
	frame_put16(p + 2, v & 0xffff);
}

#endif /* SELFTESTS_FRAME_H */
