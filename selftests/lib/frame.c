// SPDX-License-Identifier: GPL-2.0-only
/* Builds frames. Taking them apart is in frame_decode.c. */
#include <string.h>
#include <netinet/in.h>
#include <linux/if_ether.h>
#include <linux/virtio_net.h>

#include "frame.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4	5
#endif

/* Writes into a fixed buffer; once it is full, nothing more is written and ok is false. */
struct out {
	uint8_t *buf;
	size_t size;
	size_t len;
	bool ok;
};

static void put(struct out *o, const void *data, size_t len)
{
	if (!o->ok || len > o->size - o->len) {
		o->ok = false;
		return;
	}
	if (len)
		memcpy(o->buf + o->len, data, len);
	o->len += len;
}

static void put8(struct out *o, uint8_t v)
{
	put(o, &v, 1);
}

static void put16(struct out *o, uint16_t v)
{
	uint8_t b[2];

	frame_put16(b, v);
	put(o, b, sizeof(b));
}

static void put32(struct out *o, uint32_t v)
{
	uint8_t b[4];

	frame_put32(b, v);
	put(o, b, sizeof(b));
}

static void put_fill(struct out *o, uint32_t seed, size_t len)
{
	uint32_t x = seed * 2654435761u + 1;

	while (len--) {
		x = x * 1664525u + 1013904223u;
		put8(o, x >> 24);
	}
}

uint32_t frame_csum_add(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += frame_get16(p + i);
	if (len & 1)
		sum += (uint32_t)p[len - 1] << 8;
	return (sum & 0xffff) + (sum >> 16);
}

uint16_t frame_csum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static uint32_t pseudo_add(const struct frame_tuple *t, size_t len)
{
	size_t alen = frame_addr_len(t->family);
	uint32_t sum;

	if (t->proto == IPPROTO_ICMP)
		return 0;
	sum = frame_csum_add(0, t->src, alen);
	return frame_csum_add(sum, t->dst, alen) + t->proto + len;
}

uint16_t frame_l4_csum(const struct frame_tuple *t, const uint8_t *l4, size_t len)
{
	return frame_csum_fold(frame_csum_add(pseudo_add(t, len), l4, len));
}

int frame_l4_csum_at(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return 16;
	case IPPROTO_UDP:
		return 6;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 2;
	default:
		return -1;
	}
}

static uint16_t make_csum(uint8_t how, uint16_t good, uint16_t val)
{
	if (how == FRAME_CSUM_SET)
		return val;
	return how == FRAME_CSUM_XOR ? good ^ val : good;
}

static size_t l4_header_len(const struct frame_spec *s)
{
	switch (s->t.proto) {
	case IPPROTO_TCP:
		return 20 + s->tcp_opt_len;
	case IPPROTO_UDP:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 8;
	default:
		return 0;
	}
}

static size_t l3_header_len(const struct frame_spec *s)
{
	return s->t.family == 6 ? 40 + 8 * (s->exts + s->frag) : 20 + s->opt_len;
}

size_t frame_l3_overhead(const struct frame_spec *s)
{
	return l3_header_len(s) + l4_header_len(s);
}

void frame_offload(const struct frame_spec *s, struct frame_offload *o)
{
	memset(o, 0, sizeof(*o));
	o->partial = s->partial;
	if (!s->partial)
		return;
	o->csum_start = FRAME_ETH_LEN + 4 * s->vlans + 8 * !!s->pppoe + l3_header_len(s);
	o->csum_offset = frame_l4_csum_at(s->t.proto);
	o->hdr_len = o->csum_start + l4_header_len(s);
	if (!s->gso_size || s->len <= s->gso_size)
		return;
	o->gso_size = s->gso_size;
	if (s->t.proto == IPPROTO_UDP)
		o->gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
	else
		o->gso_type = s->t.family == 6 ? VIRTIO_NET_HDR_GSO_TCPV6 :
						 VIRTIO_NET_HDR_GSO_TCPV4;
}

static void put_l4_header(struct out *o, const struct frame_spec *s)
{
	switch (s->t.proto) {
	case IPPROTO_TCP:
		put16(o, s->t.sport);
		put16(o, s->t.dport);
		put32(o, s->seq);
		put32(o, s->ack);
		put16(o, (s->doff ? s->doff & 0xf : 5 + s->tcp_opt_len / 4) << 12 |
			 (s->flags & 0xfff));
		put16(o, s->window);
		put16(o, 0);
		put16(o, s->urg);
		put(o, s->tcp_opt, s->tcp_opt_len);
		break;
	case IPPROTO_UDP:
		put16(o, s->t.sport);
		put16(o, s->t.dport);
		put16(o, 8 + s->len + s->udp_len_delta);
		put16(o, 0);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		put8(o, s->icmp_type);
		put8(o, s->icmp_code);
		put16(o, 0);
		put32(o, s->seq);
		break;
	}
}

/* The sum of the pseudo header, not complemented, as drivers expect it. */
static uint16_t pseudo_sum(const struct frame_tuple *t, size_t len)
{
	return ~frame_csum_fold(pseudo_add(t, len));
}

/* The whole layer 4 data with its checksum, as if there were no fragments. */
static size_t build_l4(const struct frame_spec *s, uint8_t *buf, size_t size)
{
	struct out o = { .buf = buf, .size = size, .ok = true };
	size_t head = s->head_len < s->len ? s->head_len : s->len;
	int at = frame_l4_csum_at(s->t.proto);
	uint16_t csum;

	put_l4_header(&o, s);
	put(&o, s->head, head);
	put_fill(&o, s->fill, s->len - head);
	if (!o.ok)
		return 0;
	if (at >= 0 && s->partial) {
		csum = pseudo_sum(&s->t, o.len);
		frame_put16(buf + at, make_csum(s->l4_csum, csum, s->l4_csum_val));
	} else if (at >= 0) {
		csum = frame_l4_csum(&s->t, buf, o.len);
		if (!csum && s->t.proto == IPPROTO_UDP)
			csum = 0xffff;
		frame_put16(buf + at, make_csum(s->l4_csum, csum, s->l4_csum_val));
	}
	return o.len;
}

static void put_ipv4(struct out *o, const struct frame_spec *s, size_t len)
{
	size_t hdr = 20 + s->opt_len, at = o->len;
	uint16_t frag = (s->evil ? 0x8000 : 0) | (s->df ? 0x4000 : 0);
	uint16_t csum;

	if (s->frag)
		frag |= (s->more ? 0x2000 : 0) | s->frag_off / 8;
	put8(o, (s->version ? s->version : 4) << 4 | ((s->ihl ? s->ihl : hdr / 4) & 0xf));
	put8(o, s->tos);
	put16(o, hdr + len + s->len_delta);
	put16(o, s->id);
	put16(o, frag);
	put8(o, s->ttl);
	put8(o, s->t.proto);
	put16(o, 0);
	put(o, s->t.src, 4);
	put(o, s->t.dst, 4);
	put(o, s->opt, s->opt_len);
	if (!o->ok)
		return;
	csum = frame_csum_fold(frame_csum_add(0, o->buf + at, hdr));
	frame_put16(o->buf + at + 10, make_csum(s->ip_csum, csum, s->ip_csum_val));
}

static void put_ipv6(struct out *o, const struct frame_spec *s, size_t len)
{
	size_t ext_len = 8 * (s->exts + s->frag);
	unsigned int i;

	put32(o, (uint32_t)(s->version ? s->version : 6) << 28 | (uint32_t)s->tos << 20 |
		 (s->flow_label & 0xfffff));
	put16(o, ext_len + len + s->len_delta);
	put8(o, s->exts ? s->ext[0] : s->frag ? IPPROTO_FRAGMENT : s->t.proto);
	put8(o, s->ttl);
	put(o, s->t.src, 16);
	put(o, s->t.dst, 16);
	for (i = 0; i < s->exts; i++) {
		put8(o, i + 1 < s->exts ? s->ext[i + 1] : s->frag ? IPPROTO_FRAGMENT : s->t.proto);
		put8(o, 0);
		if (s->ext[i] == IPPROTO_ROUTING) {
			put16(o, 0);	/* type 0, no segments left */
			put32(o, 0);
		} else {
			put16(o, 0x0104);	/* PadN of six bytes */
			put32(o, 0);
		}
	}
	if (s->frag) {
		put8(o, s->t.proto);
		put8(o, 0);
		put16(o, (s->frag_off & ~7) | s->more);
		put32(o, s->id);
	}
}

static void put_eth(struct out *o, const struct frame_spec *s)
{
	uint16_t type = s->t.family == 6 ? ETH_P_IPV6 : ETH_P_IP;
	unsigned int i;

	put(o, s->dmac, 6);
	put(o, s->smac, 6);
	for (i = 0; i < s->vlans; i++) {
		put16(o, s->vlan[i].tpid ? s->vlan[i].tpid : ETH_P_8021Q);
		put16(o, s->vlan[i].tci);
	}
	if (s->pppoe)
		type = ETH_P_PPP_SES;
	put16(o, s->ethertype ? s->ethertype : type);
}

static void put_pppoe(struct out *o, const struct frame_spec *s, size_t l3_len)
{
	put16(o, 0x1100);
	put16(o, s->pppoe);
	put16(o, l3_len + 2);
	put16(o, s->t.family == 6 ? 0x0057 : 0x0021);
}

size_t frame_build(const struct frame_spec *s, uint8_t *buf, size_t size)
{
	struct out o = { .buf = buf, .size = size, .ok = true };
	size_t off = 0, len, l3_head = l3_header_len(s);
	uint8_t l4[FRAME_MAX];

	len = build_l4(s, l4, sizeof(l4));
	if (!len && (s->len || l4_header_len(s)))
		return 0;
	if (s->frag) {
		off = s->frag_off < len ? s->frag_off : len;
		len -= off;
	}
	if (s->frag_len && s->frag_len < len)
		len = s->frag_len;
	put_eth(&o, s);
	if (s->pppoe)
		put_pppoe(&o, s, l3_head + len);
	if (s->t.family == 6)
		put_ipv6(&o, s, len);
	else
		put_ipv4(&o, s, len);
	put(&o, l4 + off, len);
	put_fill(&o, s->fill + 1, s->trail);
	if (!o.ok)
		return 0;
	if (s->cut && s->cut < o.len)
		o.len = s->cut;
	return o.len;
}
