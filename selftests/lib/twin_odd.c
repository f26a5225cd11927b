// SPDX-License-Identifier: GPL-2.0-only
/* Cases that hardware must leave to the kernel, or might get wrong. */
#include <string.h>
#include <netinet/in.h>
#include <linux/if_ether.h>

#include "twin.h"
#include "util.h"

#define GSO_MAX	8000	/* payload, well below FRAME_MAX */

static void odd_ttl(struct rng *r, struct frame_spec *s)
{
	static const uint8_t edge[] = { 0, 1, 2, 64, 255 };

	s->ttl = edge[rng_below(r, sizeof(edge))];
}

/* One's complement sum of what address translation changes in a packet. */
static uint32_t tuple_sum(const struct frame_tuple *t)
{
	uint32_t sum = t->sport + t->dport;

	sum = frame_csum_add(sum, t->src, frame_addr_len(t->family));
	return frame_csum_add(sum, t->dst, frame_addr_len(t->family));
}

/* The checksum that becomes @target when the router has translated and updated it. */
static uint16_t csum_before(const struct twin *tw, int dir, uint16_t target)
{
	uint32_t before = tuple_sum(&tw->enter[dir]), after = tuple_sum(&tw->leave[dir]);
	uint16_t not_after = frame_csum_fold(after), not_before = frame_csum_fold(before);
	uint32_t not_delta = (uint32_t)not_after + (uint16_t)~not_before;

	/* RFC 1624: ~target = ~c + delta, hence c = ~(~target + ~delta) */
	return frame_csum_fold((uint16_t)~target + not_delta);
}

static void odd_csum(const struct twin *tw, struct rng *r, int dir, struct frame_spec *s)
{
	static const uint16_t edge[] = { 0, 0xffff, 1, 0xfffe };

	s->l4_csum = FRAME_CSUM_SET;
	switch (rng_below(r, 4)) {
	case 0:
		s->l4_csum = FRAME_CSUM_XOR;
		s->l4_csum_val = 1 << rng_below(r, 16);
		break;
	case 1:
		s->l4_csum_val = rng_u32(r);
		break;
	case 2:
		s->l4_csum_val = edge[rng_below(r, ARRAY_SIZE(edge))];
		break;
	default:
		s->l4_csum_val = csum_before(tw, dir, edge[rng_below(r, ARRAY_SIZE(edge))]);
		break;
	}
}

/*
 * The checksum is left to the device, as nearly all local senders do it. Then the field holds the
 * sum of the pseudo header, which may be zero or may become so.
 */
static void odd_partial(const struct twin *tw, struct rng *r, int dir, struct frame_spec *s)
{
	s->partial = true;
	if (rng_one_in(r, 3))
		odd_csum(tw, r, dir, s);
	else
		s->l4_csum = FRAME_CSUM_GOOD;
}

/* And the cutting into segments, too. */
static void odd_gso(const struct twin *tw, struct rng *r, int dir, struct frame_spec *s)
{
	size_t fit = twin_max_payload(s, twin_egress_mtu(tw, dir));
	size_t sent = twin_max_payload(s, twin_ingress_mtu(tw, dir));
	unsigned int segments = rng_range(r, 1, 5);

	s->partial = true;
	s->l4_csum = FRAME_CSUM_GOOD;
	switch (rng_below(r, 4)) {
	case 0:
		s->gso_size = fit;
		break;
	case 1:
		s->gso_size = fit + rng_range(r, 1, 100);	/* too long after all */
		if (s->gso_size > sent)		/* no sender would do that */
			s->gso_size = sent;
		break;
	default:
		s->gso_size = rng_range(r, 300, fit);
		break;
	}
	s->len = s->gso_size * segments + rng_range(r, 1, s->gso_size);
	if (s->len > GSO_MAX)
		s->len = GSO_MAX;
}

static void odd_ipcsum(struct rng *r, struct frame_spec *s)
{
	static const uint16_t edge[] = { 0, 0xffff, 0xfeff, 0x0100, 0x00ff };

	if (rng_one_in(r, 2)) {
		s->ip_csum = FRAME_CSUM_XOR;
		s->ip_csum_val = 1 << rng_below(r, 16);
	} else {
		s->ip_csum = FRAME_CSUM_SET;
		s->ip_csum_val = edge[rng_below(r, ARRAY_SIZE(edge))];
	}
}

static void odd_ipv4_options(struct rng *r, struct frame_spec *s)
{
	/* no timestamp option: routers put the time into it */
	static const struct {
		uint8_t len;
		const char *bytes;
	} opts[] = {
		{ 4, "\x01\x01\x01\x01" },				/* no operation */
		{ 4, "\x00\x00\x00\x00" },				/* end of list */
		{ 4, "\x94\x04\x00\x00" },				/* router alert */
		{ 8, "\x07\x07\x04\x00\x00\x00\x00\x00" },		/* record route */
		{ 12, "\x07\x0b\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00" },
		{ 8, "\x07\x07\x08\x0a\x00\x00\x01\x00" },		/* full */
		{ 8, "\x83\x07\x04\x0a\x07\x02\x02\x00" },		/* source route */
		{ 4, "\x07\x03\x04\x00" },				/* too short */
		{ 4, "\x99\x04\xab\xcd" },				/* unknown */
		{ 4, "\x99\x09\xab\xcd" },				/* longer than the header */
		{ 4, "\x00\xde\xad\x01" },				/* garbage after the end */
	};
	unsigned int i = rng_below(r, ARRAY_SIZE(opts));

	s->opt_len = opts[i].len;
	memcpy(s->opt, opts[i].bytes, opts[i].len);
}

static void odd_ipv6_exts(struct rng *r, struct frame_spec *s)
{
	static const uint8_t types[] = { IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING };
	unsigned int i;

	s->exts = rng_range(r, 1, 3);
	for (i = 0; i < s->exts; i++)
		s->ext[i] = types[rng_below(r, ARRAY_SIZE(types))];
}

static void odd_options(const struct twin *tw, struct rng *r, int dir, struct frame_spec *s)
{
	size_t max;

	if (s->t.family == 4)
		odd_ipv4_options(r, s);
	else
		odd_ipv6_exts(r, s);
	max = twin_max_payload(s, twin_ingress_mtu(tw, dir));
	if (s->len > max)
		s->len = max;
}

/* Cuts the first frame of the case into two to four fragments, perhaps shuffled or incomplete. */
static void odd_frag(struct rng *r, struct twin_case *c)
{
	struct frame_spec whole = c->f[0];
	unsigned int pieces = rng_range(r, 2, 4), i, j, total, size;
	struct frame_spec tmp;

	whole.frag = true;
	whole.df = whole.evil = false;
	whole.len = rng_range(r, 40, rng_one_in(r, 2) ? 400 : 3000);
	if (whole.len > 1800)
		pieces = 4;
	total = frame_l3_overhead(&whole) - (whole.t.family == 6 ? 48 : 20) + whole.len;
	size = (total / pieces + 7) & ~7;
	for (i = 0; i < pieces && i * size < total; i++) {
		c->f[i] = whole;
		c->f[i].frag_off = i * size;
		c->f[i].frag_len = size;
		c->f[i].more = (i + 1) * size < total;
	}
	c->n = i;
	if (rng_one_in(r, 2)) {
		for (i = c->n - 1; i > 0; i--) {
			j = rng_below(r, i + 1);
			tmp = c->f[i];
			c->f[i] = c->f[j];
			c->f[j] = tmp;
		}
	}
	if (rng_one_in(r, 4)) {		/* one is lost */
		c->f[rng_below(r, c->n)] = c->f[c->n - 1];
		c->n--;
	} else if (rng_one_in(r, 6)) {	/* one comes twice */
		c->f[c->n] = c->f[rng_below(r, c->n)];
		c->n++;
	}
}

static void odd_length(struct rng *r, struct frame_spec *s)
{
	uint8_t buf[FRAME_MAX];
	size_t len;

	switch (rng_below(r, s->t.proto == IPPROTO_TCP ? 6 : 5)) {
	case 0:
		s->len_delta = rng_one_in(r, 2) ? (int)rng_range(r, 1, 60) :
						  -(int)rng_range(r, 1, 60);
		break;
	case 1:
		s->len_delta = -(int)(frame_l3_overhead(s) + s->len);
		break;
	case 2:
		s->cut = rng_range(r, FRAME_ETH_LEN, FRAME_ETH_LEN + 4 * s->vlans +
				   frame_l3_overhead(s) + 8);
		len = frame_build(s, buf, sizeof(buf));
		if (s->cut > len)
			s->cut = 0;
		break;
	case 3:
		if (s->t.family == 4 && rng_one_in(r, 2))
			s->ihl = rng_range(r, 1, 15);
		else
			s->version = rng_range(r, 1, 15);
		break;
	case 4:
		if (s->t.proto == IPPROTO_UDP)
			s->udp_len_delta = (int)rng_range(r, 0, 100) - 50;
		else
			s->len_delta = -(int)rng_range(r, 1, 20 + s->len);
		break;
	case 5:
		s->doff = rng_range(r, 1, 15);
		break;
	}
}

static void odd_trail(const struct twin *tw, struct rng *r, int dir, struct frame_spec *s)
{
	unsigned int room = twin_ingress_mtu(tw, dir);

	s->trail = rng_range(r, 1, 64);
	if (rng_one_in(r, 4))	/* a minimal frame, padded as Ethernet does it */
		s->len = rng_below(r, 2);
	room -= s->trail;
	if (s->len > twin_max_payload(s, room))
		s->len = twin_max_payload(s, room);
}

static void odd_mtu(const struct twin *tw, struct rng *r, int dir, struct frame_spec *s)
{
	unsigned int in = twin_ingress_mtu(tw, dir), out = twin_egress_mtu(tw, dir), size;

	switch (rng_below(r, 4)) {
	case 0:
		size = out;
		break;
	case 1:
		size = out + 1;
		break;
	case 2:
		size = in;
		break;
	default:
		size = rng_range(r, out, in);
		break;
	}
	s->len = twin_max_payload(s, size < in ? size : in);
}

static void add_tag(struct frame_spec *s, unsigned int at, uint16_t tpid, uint16_t tci)
{
	memmove(&s->vlan[at + 1], &s->vlan[at], (s->vlans - at) * sizeof(s->vlan[0]));
	s->vlan[at] = (struct frame_tag){ tpid, tci };
	s->vlans++;
}

static void remove_tag(struct frame_spec *s, unsigned int at)
{
	s->vlans--;
	memmove(&s->vlan[at], &s->vlan[at + 1], (s->vlans - at) * sizeof(s->vlan[0]));
}

/*
 * Something is wrong with the tags of a connection that comes in VLANs. Only with them: nf matches
 * a tag with its priority, so these frames take its slow path, which has more to say of TCP flags
 * and options than its flow table, and so than hardware.
 */
static void odd_tags(struct rng *r, struct frame_spec *s)
{
	unsigned int at = rng_below(r, s->vlans), i;

	s->flags = FRAME_ACK;
	s->urg = 0;
	s->tcp_opt_len = 0;
	switch (rng_below(r, 7)) {
	case 0:		/* right, but for priorities and drop eligibility, which are not looked at */
	case 1:
		for (i = 0; i < s->vlans; i++)
			s->vlan[i].tci |= rng_below(r, 16) << 12;
		break;
	case 2:		/* another VLAN, often one whose id differs in one bit */
		if (rng_one_in(r, 2))
			s->vlan[at].tci ^= 1 << rng_below(r, 12);
		else
			s->vlan[at].tci = rng_range(r, 1, 4094);
		break;
	case 3:		/* priority only */
		s->vlan[at].tci = rng_below(r, 16) << 12;
		break;
	case 4:
		s->vlan[at].tpid = s->vlan[at].tpid == ETH_P_8021AD ? ETH_P_8021Q : ETH_P_8021AD;
		break;
	case 5:
		remove_tag(s, at);
		break;
	case 6:		/* one too many */
		add_tag(s, rng_below(r, s->vlans + 1),
			rng_one_in(r, 3) ? ETH_P_8021AD : ETH_P_8021Q,
			rng_one_in(r, 3) ? rng_below(r, 8) << 13 : rng_range(r, 1, 4094));
		break;
	}
}

static void odd_vlan(struct rng *r, struct frame_spec *s)
{
	unsigned int i;

	if (s->len > 1000)
		s->len = 1000;
	if (rng_one_in(r, 5)) {
		s->pppoe = rng_range(r, 1, 0xffff);
		return;
	}
	if (s->vlans) {
		odd_tags(r, s);
		return;
	}
	s->vlans = rng_one_in(r, 3) ? 2 : 1;
	for (i = 0; i < s->vlans; i++) {
		s->vlan[i].tpid = rng_one_in(r, 4) ? ETH_P_8021AD : ETH_P_8021Q;
		s->vlan[i].tci = rng_one_in(r, 3) ? 0 : rng_range(r, 1, 4094);
		s->vlan[i].tci |= rng_below(r, 8) << 13;
	}
}

static void odd_ethertype(struct rng *r, struct frame_spec *s)
{
	static const uint16_t types[] = { ETH_P_ARP, 0x88cc, 0x8847, 0x9000, 0x0006, 0x05dc,
					  ETH_P_PPP_SES, 0x88e5, 0x0842 };

	if (rng_one_in(r, 3))
		s->ethertype = s->t.family == 4 ? ETH_P_IPV6 : ETH_P_IP;
	else
		s->ethertype = types[rng_below(r, ARRAY_SIZE(types))];
}

static void odd_mac(const struct twin *tw, struct rng *r, int dir, struct frame_spec *s)
{
	switch (rng_below(r, 6)) {
	case 0:
		memset(s->dmac, 0xff, 6);
		break;
	case 1:
		memcpy(s->dmac, s->t.family == 4 ? "\x01\x00\x5e\x00\x00\x01" :
						   "\x33\x33\x00\x00\x00\x01", 6);
		break;
	case 2:
		memcpy(s->dmac, tw->router_mac[SIDE_LEAVE(dir)], 6);
		break;
	case 3:
		s->dmac[rng_below(r, 6)] ^= 1 << rng_range(r, 1, 7);
		break;
	case 4:
		memset(s->dmac, 0, 6);
		break;
	case 5:		/* the source is nobody's business: it is forwarded */
		s->smac[5] ^= 1 << rng_below(r, 8);
		break;
	}
}

/*
 * One field of the tuple is another one. Only the last bit of an address changes: the scripts see
 * to it that both are known neighbours, so that no router has to ask for them.
 *
 * In one run it is always the near end, or always the far end, and the protocol in one direction
 * only: a neighbour that was seen in both directions would be a connection of its own, would be
 * offloaded, and nobody could say any more what the hardware should have forwarded.
 */
static void odd_neighbour(const struct twin *tw, struct rng *r, int dir, struct frame_spec *s)
{
	bool far = (tw->seed + s->t.family / 2 + s->t.proto) & 1;
	size_t last = frame_addr_len(s->t.family) - 1;
	uint16_t x = rng_one_in(r, 2) ? 1u << rng_below(r, 16) : rng_range(r, 1, 0xffff);

	switch (rng_below(r, dir == DIR_ORIG ? 3 : 2)) {
	case 0:
		(far ? s->t.dst : s->t.src)[last] ^= 1;
		break;
	case 1:
		*(far ? &s->t.dport : &s->t.sport) ^= x;
		break;
	case 2:
		s->t.proto = s->t.proto == IPPROTO_TCP ? IPPROTO_UDP : IPPROTO_TCP;
		s->l4_csum = FRAME_CSUM_GOOD;
		s->len /= 2;
		break;
	}
}

void twin_odd(const struct twin *tw, struct rng *r, struct twin_case *c)
{
	struct frame_spec *s = &c->f[0];

	switch (c->cat) {
	case CAT_TTL:
		odd_ttl(r, s);
		break;
	case CAT_CSUM:
		odd_csum(tw, r, c->dir, s);
		break;
	case CAT_PARTIAL:
		odd_partial(tw, r, c->dir, s);
		break;
	case CAT_GSO:
		odd_gso(tw, r, c->dir, s);
		break;
	case CAT_IPCSUM:
		odd_ipcsum(r, s);
		break;
	case CAT_OPTIONS:
		odd_options(tw, r, c->dir, s);
		break;
	case CAT_FRAG:
		odd_frag(r, c);
		break;
	case CAT_LENGTH:
		odd_length(r, s);
		break;
	case CAT_TRAIL:
		odd_trail(tw, r, c->dir, s);
		break;
	case CAT_MTU:
		odd_mtu(tw, r, c->dir, s);
		break;
	case CAT_VLAN:
		odd_vlan(r, s);
		break;
	case CAT_ETHERTYPE:
		odd_ethertype(r, s);
		break;
	case CAT_MAC:
		odd_mac(tw, r, c->dir, s);
		break;
	case CAT_NEIGHBOUR:
		odd_neighbour(tw, r, c->dir, s);
		break;
	default:
		break;
	}
}
