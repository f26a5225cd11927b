// SPDX-License-Identifier: GPL-2.0-only
/* Random cases. The same seed and index give the same case, whatever came before. */
#include <string.h>
#include <netinet/in.h>

#include "twin.h"
#include "util.h"

#define TWIN_CAT_NAME(sym, key, weight)	[CAT_##sym] = key,
const char *const twin_cat_name[CATS] = { TWIN_CATS(TWIN_CAT_NAME) };

#define TWIN_CAT_WEIGHT(sym, key, weight)	[CAT_##sym] = weight,
const unsigned int twin_cat_weight[CATS] = { TWIN_CATS(TWIN_CAT_WEIGHT) };

unsigned int twin_egress_mtu(const struct twin *tw, int dir)
{
	return tw->mtu[SIDE_LEAVE(dir)];
}

unsigned int twin_ingress_mtu(const struct twin *tw, int dir)
{
	return tw->mtu[SIDE_ENTER(dir)];
}

size_t twin_max_payload(const struct frame_spec *s, unsigned int mtu)
{
	size_t head = frame_l3_overhead(s);

	return mtu > head ? mtu - head : 0;
}

static void put_tags(const struct twin_tags *tags, struct frame_spec *s)
{
	s->vlans = tags->n;
	memcpy(s->vlan, tags->tag, tags->n * sizeof(tags->tag[0]));
}

/* An unremarkable packet of the connection. */
void twin_base(const struct twin *tw, int dir, struct frame_spec *s)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->smac, dir == DIR_ORIG ? tw->client_mac : tw->server_mac, 6);
	memcpy(s->dmac, tw->router_mac[SIDE_ENTER(dir)], 6);
	put_tags(&tw->tags[SIDE_ENTER(dir)], s);
	s->t = tw->enter[dir];
	s->ttl = 64;
	s->seq = tw->seq[dir];
	s->ack = tw->seq[!dir];
	s->flags = FRAME_ACK;
	s->window = 0xffff;
}

/* Odd lengths are where checksums go wrong, the ends are where everything does. */
static uint16_t random_len(struct rng *r, size_t max)
{
	size_t len;

	switch (rng_below(r, 8)) {
	case 0:
		return rng_below(r, 4) <= max ? rng_below(r, max < 4 ? max + 1 : 4) : 0;
	case 1:
		return max;
	case 2:
		return max - rng_below(r, max < 4 ? max + 1 : 4);
	case 3:
	case 4:
		len = rng_below(r, max + 1);
		break;
	default:
		len = rng_below(r, max < 128 ? max + 1 : 128);
		break;
	}
	return len + 1 <= max ? len | 1 : len;
}

static uint8_t random_ttl(struct rng *r)
{
	static const uint8_t common[] = { 2, 2, 3, 64, 64, 128, 255 };

	if (rng_one_in(r, 3))
		return rng_range(r, 2, 255);
	return common[rng_below(r, sizeof(common))];
}

static void random_tcp_options(struct rng *r, struct frame_spec *s)
{
	unsigned int i;

	switch (rng_below(r, 4)) {
	case 0:		/* timestamps as every Linux sends them */
		s->tcp_opt_len = 12;
		memcpy(s->tcp_opt, "\x01\x01\x08\x0a", 4);
		frame_put32(s->tcp_opt + 4, rng_u32(r));
		frame_put32(s->tcp_opt + 8, rng_u32(r));
		break;
	case 1:		/* selective acknowledgment */
		s->tcp_opt_len = 12;
		memcpy(s->tcp_opt, "\x01\x01\x05\x0a", 4);
		frame_put32(s->tcp_opt + 4, s->ack + 1000);
		frame_put32(s->tcp_opt + 8, s->ack + 2000);
		break;
	case 2:		/* whatever, as long as it goes */
		s->tcp_opt_len = 4 * rng_range(r, 1, 10);
		for (i = 0; i < s->tcp_opt_len; i++)
			s->tcp_opt[i] = rng_u32(r);
		break;
	}
}

static void random_tcp(struct rng *r, struct frame_spec *s)
{
	if (rng_one_in(r, 2)) {
		s->seq = rng_u32(r);
		s->ack = rng_u32(r);
	}
	if (rng_one_in(r, 2))
		s->flags = rng_u32(r) & 0xfff & ~(FRAME_FIN | FRAME_RST);
	else
		s->flags |= rng_one_in(r, 2) ? FRAME_PSH : 0;
	s->window = rng_u32(r);
	if (s->flags & FRAME_URG || rng_one_in(r, 8))
		s->urg = rng_u32(r);
	if (rng_one_in(r, 2))
		random_tcp_options(r, s);
}

/* Everything that a packet of the connection may vary in and still be forwarded. */
void twin_vary(const struct twin *tw, struct rng *r, int dir, struct frame_spec *s)
{
	unsigned int mtu = twin_egress_mtu(tw, dir);

	if (mtu > twin_ingress_mtu(tw, dir))
		mtu = twin_ingress_mtu(tw, dir);
	s->tos = rng_one_in(r, 3) ? rng_u32(r) : 0;
	s->ttl = random_ttl(r);
	s->id = rng_u32(r);
	s->df = rng_one_in(r, 2);
	s->evil = s->t.family == 4 && rng_one_in(r, 32);
	s->flow_label = rng_one_in(r, 2) ? rng_u32(r) & 0xfffff : 0;
	s->fill = rng_u32(r);
	if (s->t.proto == IPPROTO_TCP)
		random_tcp(r, s);
	else if (s->t.family == 4 && rng_one_in(r, 6))
		s->l4_csum = FRAME_CSUM_SET;	/* UDP without a checksum */
	s->len = random_len(r, twin_max_payload(s, mtu));
}

/* Tags are more often odd where there are some. */
static unsigned int weight(const struct twin *tw, unsigned int cat)
{
	bool tagged = tw->tags[SIDE_IN].n || tw->tags[SIDE_OUT].n;

	if (!tw->cats[cat])
		return 0;
	return twin_cat_weight[cat] * (cat == CAT_VLAN && tagged ? 4 : 1);
}

static enum twin_cat random_cat(const struct twin *tw, struct rng *r)
{
	unsigned int i, total = 0, pick;

	for (i = 0; i < CATS; i++)
		total += weight(tw, i);
	pick = rng_below(r, total);
	for (i = 0; i < CATS; i++) {
		if (pick < weight(tw, i))
			return i;
		pick -= weight(tw, i);
	}
	return CAT_PLAIN;
}

void twin_generate(const struct twin *tw, unsigned int index, struct twin_case *c)
{
	struct rng r;
	unsigned int i;

	rng_init(&r, tw->seed, index);
	memset(c, 0, sizeof(*c));
	c->index = index;
	c->cat = random_cat(tw, &r);
	c->dir = rng_below(&r, 2);
	c->n = c->cat == CAT_BURST ? rng_range(&r, 2, TWIN_FRAMES) : 1;
	for (i = 0; i < c->n; i++) {
		twin_base(tw, c->dir, &c->f[i]);
		twin_vary(tw, &r, c->dir, &c->f[i]);
	}
	if (c->cat != CAT_PLAIN && c->cat != CAT_BURST)
		twin_odd(tw, &r, c);
}

/*
 * The last phase: FIN and RST in any company. They end the connection, unless the hardware keeps
 * them from the CPU, so nothing else follows.
 */
void twin_generate_finrst(const struct twin *tw, unsigned int index, struct twin_case *c)
{
	static const uint16_t end[] = { FRAME_FIN, FRAME_FIN | FRAME_ACK, FRAME_RST,
					FRAME_RST | FRAME_ACK, FRAME_FIN | FRAME_RST };
	struct rng r;

	rng_init(&r, tw->seed, index);
	memset(c, 0, sizeof(*c));
	c->index = index;
	c->cat = CAT_FINRST;
	c->dir = rng_below(&r, 2);
	c->n = 1;
	twin_base(tw, c->dir, &c->f[0]);
	twin_vary(tw, &r, c->dir, &c->f[0]);
	if (rng_one_in(&r, 2))
		c->f[0].flags |= end[rng_below(&r, ARRAY_SIZE(end))];
	else
		c->f[0].flags = end[rng_below(&r, ARRAY_SIZE(end))];
}
