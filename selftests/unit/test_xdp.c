// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program of nfo_xdp and the entries it goes by, in user space: what it forwards is right, by
 * checksums that are computed from nothing, and what it does not forward is as it was. Frames end
 * where memory ends: to look beyond is to fault.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "../../drivers/xdp/prog.bpf.c"
#include "../../drivers/xdp/entry.h"

#define PAGE	4096
#define ROOM	64	/* in front of a frame */

static struct xdp_entry entries[2];
static __u32 bucket;
static struct xdp_count counted;
static bool egress_gone;
static u8 *area;	/* one page, and then nothing */

__u64 prog_const[__XDP_CONST_MAX] = {
	[XDP_CONST_BUCKETS] = 0, 1, 2, 3,
	[XDP_CONST_PORT] = 7,
	[XDP_CONST_HASH] = 3, 5, 7, 11, 13, 17,
};

void *bpf_map_lookup_elem(void *map, const void *key)
{
	__u32 index = *(const __u32 *)key;

	switch ((long)map) {
	case XDP_CONST_BUCKETS:
		assert_int_equal(index, 0);
		return &bucket;
	case XDP_CONST_ENTRIES:
		assert_int_equal(index, 1);
		return &entries[1];
	default:
		assert_int_equal(index, 1);
		return &counted;
	}
}

long bpf_redirect_map(void *map, __u64 key, __u64 flags)
{
	assert_int_equal((long)map, XDP_CONST_TX);
	assert_int_equal(key, 99);
	return egress_gone ? (long)flags : XDP_REDIRECT;
}

long bpf_xdp_adjust_head(struct xdp_md *ctx, int delta)
{
	ctx->data += delta;
	return 0;
}

__u64 bpf_xdp_get_buff_len(struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data;
}

__u64 bpf_jiffies64(void)
{
	return 4711;
}

/* ---- rules and frames */

struct packet_spec {
	struct nfo_rule rule;
	u16 payload;
	u8 ttl;
};

static bool ip4_of(const struct nfo_rule *r)
{
	return r->match.l3proto == cpu_to_be16(ETH_P_IP);
}

static void noise(void *mem, size_t len)
{
	u8 *p = mem;

	while (len--)
		*p++ = rand() >> 7;
}

static u8 random_layers(struct nfo_encap *encap)
{
	u8 i, n = rand() % 3;

	for (i = 0; i < n; i++) {
		encap[i].proto = cpu_to_be16(rand() & 1 ? ETH_P_8021Q : ETH_P_8021AD);
		encap[i].id = rand() & 0xfff;
	}
	if (n && rand() & 1)
		encap[n - 1].proto = cpu_to_be16(ETH_P_PPP_SES);
	return n;
}

static void random_spec(struct packet_spec *s)
{
	static const u8 protos[] = { PROTO_TCP, PROTO_UDP, PROTO_GRE };
	struct nfo_match *m = &s->rule.match;
	struct nfo_edit *e = &s->rule.edit;
	size_t len = rand() & 1 ? 4 : 16;

	memset(s, 0, sizeof(*s));
	m->l3proto = cpu_to_be16(len == 4 ? ETH_P_IP : ETH_P_IPV6);
	m->l4proto = protos[rand() % 3];
	m->n_encap = random_layers(m->encap);
	e->n_encap = random_layers(e->encap);
	noise(&m->src, len);
	noise(&m->dst, len);
	noise(e->dmac, 12);
	e->mtu = 1500;
	if (m->l4proto != PROTO_GRE) {
		noise(&m->sport, 4);
		e->flags = rand() & 3;
	}
	if (e->flags & NFO_EDIT_SRC) {
		noise(&e->src, len);
		noise(&e->sport, 2);
	}
	if (e->flags & NFO_EDIT_DST) {
		noise(&e->dst, len);
		noise(&e->dport, 2);
	}
	s->payload = rand() % 200;
	s->ttl = 2 + rand() % 254;
}

static u32 sum_of(const void *mem, size_t len)
{
	const u8 *p = mem;
	u32 sum = 0;
	size_t i;

	for (i = 0; i < len; i++)
		sum += i & 1 ? p[i] : p[i] << 8;
	return sum;
}

static u16 finish(u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Checksum of layer 4 as it is in the packet: 0 if it is right. */
static u16 l4_sum(const u8 *ip, bool ip4, u8 proto, u16 len)
{
	const u8 *l4 = ip + (ip4 ? 20 : 40);

	return finish(sum_of(ip4 ? ip + 12 : ip + 8, ip4 ? 8 : 32) + proto + len + sum_of(l4, len));
}

static void put16(u8 *p, u16 value)
{
	p[0] = value >> 8;
	p[1] = value;
}

static u8 *put_layers(u8 *p, const struct nfo_encap *encap, u8 n, __be16 l3proto, u16 len)
{
	u8 i;

	for (i = 0; i < n; i++) {
		memcpy(p, &encap[i].proto, 2);
		p += 2;
		if (encap[i].proto == cpu_to_be16(ETH_P_PPP_SES)) {
			put16(p, 0x1100);
			put16(p + 2, encap[i].id);
			put16(p + 4, len + 2);
			put16(p + 6, l3proto == cpu_to_be16(ETH_P_IP) ? 0x21 : 0x57);
			return p + 8;
		}
		put16(p, encap[i].id);
		p += 2;
	}
	memcpy(p, &l3proto, 2);
	return p + 2;
}

struct sides {
	const union nfo_addr *src, *dst;
	__be16 sport, dport;
};

/* Writes what is behind the MACs; returns its end. */
static u8 *put_packet(u8 *p, const struct packet_spec *s, const struct sides *side,
		      const struct nfo_encap *encap, u8 n, u8 ttl)
{
	const struct nfo_match *m = &s->rule.match;
	bool ip4 = ip4_of(&s->rule);
	u16 l4_len = (m->l4proto == PROTO_TCP ? 20 : 8) + s->payload, i;
	u8 *ip, *l4;

	ip = put_layers(p, encap, n, m->l3proto, l4_len + (ip4 ? 20 : 40));
	l4 = ip + (ip4 ? 20 : 40);
	memset(ip, 0, l4 - ip + l4_len);
	ip[0] = ip4 ? 0x45 : 0x60;
	put16(ip4 ? ip + 2 : ip + 4, ip4 ? l4_len + 20 : l4_len);
	ip[ip4 ? 8 : 7] = ttl;
	ip[ip4 ? 9 : 6] = m->l4proto;
	memcpy(ip4 ? ip + 12 : ip + 8, side->src, ip4 ? 4 : 16);
	memcpy(ip4 ? ip + 16 : ip + 24, side->dst, ip4 ? 4 : 16);
	if (ip4)
		put16(ip + 10, finish(sum_of(ip, 20)));
	for (i = 8; i < l4_len; i++)
		l4[i] = i * 7;
	if (m->l4proto == PROTO_GRE)
		return l4 + l4_len;
	memcpy(l4, &side->sport, 2);
	memcpy(l4 + 2, &side->dport, 2);
	if (m->l4proto == PROTO_TCP) {
		l4[13] = 0x10;
		put16(l4 + 16, 0);
		put16(l4 + 16, l4_sum(ip, ip4, m->l4proto, l4_len));
	} else {
		put16(l4 + 4, l4_len);
		put16(l4 + 6, l4_sum(ip, ip4, m->l4proto, l4_len) ?: 0xffff);
	}
	return l4 + l4_len;
}

static size_t make_frame(u8 *frame, const struct packet_spec *s)
{
	const struct nfo_match *m = &s->rule.match;
	struct sides side = { &m->src, &m->dst, m->sport, m->dport };

	memset(frame, 0xee, 12);
	return put_packet(frame + 12, s, &side, m->encap, m->n_encap, s->ttl) - frame;
}

static size_t want_frame(u8 *frame, const struct packet_spec *s)
{
	const struct nfo_match *m = &s->rule.match;
	const struct nfo_edit *e = &s->rule.edit;
	bool src = e->flags & NFO_EDIT_SRC, dst = e->flags & NFO_EDIT_DST;
	struct sides side = {
		src ? &e->src : &m->src, dst ? &e->dst : &m->dst,
		src ? e->sport : m->sport, dst ? e->dport : m->dport,
	};

	memcpy(frame, e->dmac, 6);
	memcpy(frame + 6, e->smac, 6);
	return put_packet(frame + 12, s, &side, e->encap, e->n_encap, s->ttl - 1) - frame;
}

/* Runs the program on a frame at the very end of the page; *@out is where it starts afterwards. */
static int run(const u8 *frame, size_t len, u8 **out)
{
	u8 *at = area + PAGE - len;
	struct xdp_md ctx = {
		.data = (__u32)(uintptr_t)at,
		.data_end = (__u32)(uintptr_t)(area + PAGE),
	};
	int verdict;

	memcpy(at, frame, len);
	verdict = nfo_forward(&ctx);
	*out = (u8 *)(uintptr_t)ctx.data;
	return verdict;
}

static void learn(const struct packet_spec *s)
{
	nfo_xdp_entry_make(&entries[1], &s->rule, 7, 99, 1500, false);
	bucket = 1;
}

static void test_forward(void **state)
{
	u8 frame[1024], want[1024], *out;
	struct packet_spec s;
	size_t len, n;
	int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		random_spec(&s);
		learn(&s);
		memset(&counted, 0, sizeof(counted));
		len = make_frame(frame, &s);
		n = want_frame(want, &s);
		assert_int_equal(run(frame, len, &out), XDP_REDIRECT);
		assert_int_equal(area + PAGE - out, n);
		assert_memory_equal(out, want, n);
		assert_int_equal(counted.packets, 1);
		assert_int_equal(counted.last, 4711);
	}
}

/* One thing is otherwise, at random: forwarded or not, nothing else happens to it. */
static void test_damaged(void **state)
{
	u8 frame[1024], *out;
	struct packet_spec s;
	size_t len;
	int i, passed = 0;

	(void)state;
	for (i = 0; i < 50000; i++) {
		random_spec(&s);
		learn(&s);
		len = make_frame(frame, &s);
		if (rand() & 1)
			frame[12 + rand() % (len - 12)] ^= 1 << rand() % 8;
		else
			len = rand() % len + 1;
		prog_const[XDP_CONST_LOOSE] = rand() & 1;
		egress_gone = !(rand() % 8);
		if (run(frame, len, &out) == XDP_REDIRECT)
			continue;
		passed++;
		assert_ptr_equal(out, area + PAGE - len);
		assert_memory_equal(out, frame, len);
	}
	prog_const[XDP_CONST_LOOSE] = 0;
	egress_gone = false;
	assert_in_range(passed, 20000, 49999);
}

/* Nothing but noise: no fault. */
static void test_noise(void **state)
{
	struct packet_spec s;
	u8 frame[256], *out;
	size_t len;
	int i;

	(void)state;
	random_spec(&s);
	learn(&s);
	for (i = 0; i < 50000; i++) {
		len = rand() % sizeof(frame) + 1;
		noise(frame, len);
		if (len > 14) {
			frame[12] = rand() & 1 ? 0x08 : 0x86;
			frame[13] = frame[12] == 0x08 ? 0x00 : 0xdd;
		}
		assert_int_equal(run(frame, len, &out), XDP_PASS);
		assert_memory_equal(out, frame, len);
	}
}

static void refused(const struct packet_spec *s, size_t at, u8 value)
{
	u8 frame[1024], *out;
	size_t len = make_frame(frame, s);

	frame[at] = value;
	assert_int_equal(run(frame, len, &out), XDP_PASS);
	assert_memory_equal(out, frame, len);
}

/* Law L2, by name. */
static void test_punt(void **state)
{
	struct packet_spec s;
	u8 frame[2048], *out;
	size_t len;

	(void)state;
	do
		random_spec(&s);
	while (!ip4_of(&s.rule) || s.rule.match.l4proto != PROTO_TCP || s.rule.match.n_encap);
	learn(&s);
	refused(&s, 22, 1);	/* TTL */
	refused(&s, 22, 0);
	refused(&s, 14, 0x46);	/* options */
	refused(&s, 20, 0x20);	/* a fragment with others to come */
	refused(&s, 21, 0x01);	/* one that has others before it */
	refused(&s, 47, 0x11);	/* FIN */
	refused(&s, 47, 0x12);	/* SYN */
	refused(&s, 47, 0x14);	/* RST */
	/* padding counts */
	len = make_frame(frame, &s);
	memset(frame + len, 0, 1515 - len);
	assert_int_equal(run(frame, 1514, &out), XDP_REDIRECT);
	assert_int_equal(run(frame, 1515, &out), XDP_PASS);
}

/* A checksum that is left to hardware is the sum of the pseudo header. */
static void test_unfinished(void **state)
{
	struct packet_spec s;
	u8 frame[1024], *out, *ip, *check;
	bool ip4;
	size_t len;
	u16 l4_len, sum;
	int i;

	(void)state;
	prog_const[XDP_CONST_LOOSE] = 1;
	for (i = 0; i < 2000; i++) {
		random_spec(&s);
		if (s.rule.match.l4proto == PROTO_GRE)
			continue;
		learn(&s);
		len = make_frame(frame, &s);
		ip4 = ip4_of(&s.rule);
		l4_len = (s.rule.match.l4proto == PROTO_TCP ? 20 : 8) + s.payload;
		ip = frame + len - l4_len - (ip4 ? 20 : 40);
		check = frame + len - l4_len + (s.rule.match.l4proto == PROTO_TCP ? 16 : 6);
		sum = ~finish(sum_of(ip4 ? ip + 12 : ip + 8, ip4 ? 8 : 32) +
			      s.rule.match.l4proto + l4_len);
		put16(check, sum);
		assert_int_equal(run(frame, len, &out), XDP_PASS);
		prog_const[XDP_CONST_LOOSE] = 0;
		assert_int_equal(run(frame, len, &out), XDP_REDIRECT);
		prog_const[XDP_CONST_LOOSE] = 1;
	}
	prog_const[XDP_CONST_LOOSE] = 0;
}

static int set_up(void **state)
{
	(void)state;
	/* pointers of the program have 32 bits */
	area = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	return area == MAP_FAILED || mprotect(area + PAGE, PAGE, PROT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forward),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_punt),
		cmocka_unit_test(test_unfinished),
	};

	return cmocka_run_group_tests_name("xdp", tests, set_up, NULL);
}
