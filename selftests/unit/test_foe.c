// SPDX-License-Identifier: GPL-2.0-only
/* FOE entries: words that are right by hand, and what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "../../drivers/ppe/foe.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static const unsigned int sizes[FOE_GENS] = { 20, 24, 32 };

/* ---- words by hand. What has no word in the tables below is zero. */

#define T1	0x1234		/* timestamps of v1 and of the others */
#define T2	0x45

struct patch {
	unsigned int word;
	u32 v1;
	u32 v2;			/* and v3 */
};

static void addr6(__be32 *addr, u32 a, u32 b, u32 c, u32 d)
{
	addr[0] = htonl(a);
	addr[1] = htonl(b);
	addr[2] = htonl(c);
	addr[3] = htonl(d);
}

static void base(struct foe_entry *e, enum foe_gen gen)
{
	memset(e, 0, sizeof(*e));
	e->state = FOE_BIND;
	e->ttl = 1;
	e->cache = 1;
	e->counted = 1;
	e->timestamp = gen == FOE_V1 ? T1 : T2;
	e->mac = (struct foe_mac) {
		.dmac = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 },
		.smac = { 0x06, 0xaa, 0xbb, 0xcc, 0xdd, 0xee },
		.dsa_port = FOE_NO_DSA,
		.port = 1,
	};
}

static void nat4(struct foe_entry *e)
{
	e->key.type = FOE_IP4_HNAPT;
	e->key.src[0] = inet_addr("192.168.1.2");
	e->key.dst[0] = inet_addr("203.0.113.9");
	e->key.sport = htons(40000);
	e->key.dport = htons(443);
	e->new_src = inet_addr("198.51.100.7");
	e->new_dst = e->key.dst[0];
	e->new_sport = htons(50001);
	e->new_dport = e->key.dport;
}

static const struct patch nat4_words[] = {
	{ 0, 0x21401234, 0x20500045 },
	{ 1, 0xc0a80102, 0xc0a80102 },
	{ 2, 0xcb007109, 0xcb007109 },
	{ 3, 0x9c4001bb, 0x9c4001bb },
	{ 4, 0x007c0420, 0x00f08200 },
	{ 5, 0xc6336407, 0xc6336407 },
	{ 6, 0xcb007109, 0xcb007109 },
	{ 7, 0xc35101bb, 0xc35101bb },
	{ 11, 0x08000000, 0x08000000 },
	{ 12, 0x02112233, 0x02112233 },
	{ 13, 0x44550000, 0x44550000 },
	{ 14, 0x06aabbcc, 0x06aabbcc },
	{ 15, 0xddee0000, 0xddee0000 },
};

static void route4(struct foe_entry *e)
{
	e->key.type = FOE_IP4_ROUTE;
	e->key.src[0] = inet_addr("192.168.1.2");
	e->key.dst[0] = inet_addr("203.0.113.9");
	e->key.proto = 47;
}

static const struct patch route4_words[] = {
	{ 0, 0x23401234, 0x20d00045 },
	{ 1, 0xc0a80102, 0xc0a80102 },
	{ 2, 0xcb007109, 0xcb007109 },
	{ 3, 0xa5a5a52f, 0xa5a5a52f },
	{ 4, 0x007c0420, 0x00f08200 },
	{ 11, 0x08000000, 0x08000000 },
	{ 12, 0x02112233, 0x02112233 },
	{ 13, 0x44550000, 0x44550000 },
	{ 14, 0x06aabbcc, 0x06aabbcc },
	{ 15, 0xddee0000, 0xddee0000 },
};

static void route6(struct foe_entry *e)
{
	e->key.type = FOE_IP6_5T;
	e->key.udp = 1;
	addr6(e->key.src, 0x20010db8, 0x00010000, 0, 2);
	addr6(e->key.dst, 0x20010db8, 0x00020000, 0xfedc, 3);
	e->key.sport = htons(5000);
	e->key.dport = htons(53);
}

#define WORDS6(ib1_v1, ib1_v2, l4)		\
	{ 0, ib1_v1, ib1_v2 },			\
	{ 1, 0x20010db8, 0x20010db8 },		\
	{ 2, 0x00010000, 0x00010000 },		\
	{ 4, 2, 2 },				\
	{ 5, 0x20010db8, 0x20010db8 },		\
	{ 6, 0x00020000, 0x00020000 },		\
	{ 7, 0xfedc, 0xfedc },			\
	{ 8, 3, 3 },				\
	{ 9, l4, l4 },				\
	{ 14, 0x007c0420, 0x00f08200 },		\
	{ 15, 0x86dd0000, 0x86dd0000 },		\
	{ 16, 0x02112233, 0x02112233 },		\
	{ 17, 0x44550000, 0x44550000 },		\
	{ 18, 0x06aabbcc, 0x06aabbcc },		\
	{ 19, 0xddee0000, 0xddee0000 }

static const struct patch route6_words[] = { WORDS6(0x6b401234, 0x62d00045, 0x13880035) };

static void tuple6(struct foe_entry *e)
{
	route6(e);
	e->key.type = FOE_IP6_3T;
	e->key.udp = 0;
	e->key.sport = 0;
	e->key.dport = 0;
	e->key.proto = 47;
}

static const struct patch tuple6_words[] = { WORDS6(0x29401234, 0x22500045, 0xa5a5a52f) };

static void vlan1(struct foe_entry *e)
{
	nat4(e);
	e->mac.n_vlan = 1;
	e->mac.vlan[0] = 100;
}

static void vlan2(struct foe_entry *e)
{
	vlan1(e);
	e->mac.n_vlan = 2;
	e->mac.vlan[1] = 0x60c8;
}

static void pppoe(struct foe_entry *e)
{
	nat4(e);
	e->mac.pppoe = 1;
	e->mac.sid = 0x1f2e;
}

static void pppoe_vlan(struct foe_entry *e)
{
	pppoe(e);
	e->mac.n_vlan = 1;
	e->mac.vlan[0] = 100;
}

static void dsa(struct foe_entry *e)
{
	nat4(e);
	e->mac.dsa_port = 4;
}

static void dsa_vlan(struct foe_entry *e)
{
	vlan1(e);
	e->mac.dsa_port = 4;
}

static void dsa_pppoe_vlan(struct foe_entry *e)
{
	pppoe_vlan(e);
	e->mac.dsa_port = 4;
}

static void dsa_pppoe(struct foe_entry *e)
{
	pppoe(e);
	e->mac.dsa_port = 0;
}

static void queue(struct foe_entry *e)
{
	nat4(e);
	e->mac.queue = 9;
	e->mac.use_queue = 1;
}

static void multicast(struct foe_entry *e)
{
	nat4(e);
	e->mac.dmac[0] = 0x01;
}

static void uncounted(struct foe_entry *e)
{
	nat4(e);
	e->counted = 0;
	e->ttl = 0;
	e->is_static = 1;
}

static void route6_vlan_queue(struct foe_entry *e)
{
	route6(e);
	e->mac.n_vlan = 2;
	e->mac.vlan[0] = 100;
	e->mac.vlan[1] = 200;
	e->mac.queue = 3;
	e->mac.use_queue = 1;
	e->mac.port = 2;
}

static void route6_pppoe(struct foe_entry *e)
{
	route6(e);
	e->mac.pppoe = 1;
	e->mac.sid = 7;
}

#define NAT4	nat4_words, N(nat4_words)
#define ROUTE4	route4_words, N(route4_words)
#define ROUTE6	route6_words, N(route6_words)
#define TUPLE6	tuple6_words, N(tuple6_words)

/* @from with @patch */
static const struct golden {
	const char *name;
	void (*make)(struct foe_entry *e);
	const struct patch *from;
	unsigned int n;
	struct patch patch[4];
} goldens[] = {
	{ "NAT", nat4, NAT4, {} },
	{ "IPv4 route", route4, ROUTE4, {} },
	{ "IPv6 5T", route6, ROUTE6, {} },
	{ "IPv6 3T", tuple6, TUPLE6, {} },
	{ "one VLAN", vlan1, NAT4, {
		{ 0, 0x21511234, 0x20544045 }, { 11, 0x08000064, 0x08000064 } } },
	{ "two VLANs", vlan2, NAT4, {
		{ 0, 0x21521234, 0x20548045 }, { 11, 0x08000064, 0x08000064 },
		{ 13, 0x445560c8, 0x445560c8 } } },
	{ "PPPoE", pppoe, NAT4, {
		{ 0, 0x21481234, 0x20520045 }, { 11, 0x88640000, 0x88640000 },
		{ 15, 0xddee1f2e, 0xddee1f2e } } },
	{ "PPPoE in a VLAN", pppoe_vlan, NAT4, {
		{ 0, 0x21591234, 0x20564045 }, { 11, 0x88640064, 0x88640064 },
		{ 15, 0xddee1f2e, 0xddee1f2e } } },
	{ "DSA", dsa, NAT4, {
		{ 0, 0x21411234, 0x20504045 }, { 11, 0x00100000, 0x00100000 } } },
	{ "DSA and VLAN", dsa_vlan, NAT4, {
		{ 0, 0x21411234, 0x20504045 }, { 11, 0x01100064, 0x01100064 } } },
	{ "DSA and PPPoE", dsa_pppoe, NAT4, {
		{ 0, 0x21491234, 0x20524045 }, { 11, 0x00010000, 0x00010000 },
		{ 15, 0xddee1f2e, 0xddee1f2e } } },
	{ "DSA, VLAN and PPPoE", dsa_pppoe_vlan, NAT4, {
		{ 0, 0x21491234, 0x20524045 }, { 11, 0x01100064, 0x01100064 },
		{ 15, 0xddee1f2e, 0xddee1f2e } } },
	{ "queue", queue, NAT4, { { 4, 0x007c0439, 0x00f08309 } } },
	{ "multicast", multicast, NAT4, {
		{ 4, 0x007c0520, 0x00f0a200 }, { 12, 0x01112233, 0x01112233 } } },
	{ "not counted, TTL stays, static", uncounted, NAT4, {
		{ 0, 0xa0401234, 0xa0100045 }, { 4, 0x007c0020, 0x00f00200 } } },
	{ "IPv6, two VLANs, queue, port 2", route6_vlan_queue, ROUTE6, {
		{ 0, 0x6b521234, 0x62d48045 }, { 14, 0x007c0453, 0x00f08503 },
		{ 15, 0x86dd0064, 0x86dd0064 }, { 17, 0x445500c8, 0x445500c8 } } },
	{ "IPv6, PPPoE", route6_pppoe, ROUTE6, {
		{ 0, 0x6b481234, 0x62d20045 }, { 15, 0x88640000, 0x88640000 },
		{ 19, 0xddee0007, 0xddee0007 } } },
};

static void apply(u32 *words, const struct patch *patch, unsigned int n, enum foe_gen gen)
{
	for (; n; n--, patch++)
		if (patch->v1)
			words[patch->word] = gen == FOE_V1 ? patch->v1 : patch->v2;
}

static void compare(const char *name, enum foe_gen gen, const u32 *words, const u32 *want)
{
	unsigned int i;

	for (i = 0; i < sizes[gen]; i++)
		if (words[i] != want[i])
			fail_msg("%s, v%u: word %u is %08x, not %08x", name, gen + 1, i, words[i],
				 want[i]);
}

static void check_golden(const struct golden *g, enum foe_gen gen)
{
	u32 words[FOE_WORDS_MAX], want[FOE_WORDS_MAX] = {};
	struct foe_entry e, back;

	base(&e, gen);
	g->make(&e);
	memset(words, 0xee, sizeof(words));
	assert_int_equal(foe_encode(foe_layout(gen), &e, words, NULL), 0);
	apply(want, g->from, g->n, gen);
	apply(want, g->patch, N(g->patch), gen);
	compare(g->name, gen, words, want);
	assert_int_equal(foe_decode(foe_layout(gen), words, &back), 0);
	assert_memory_equal(&e, &back, sizeof(e));
}

static void test_golden(void **state)
{
	unsigned int i, gen;

	(void)state;
	for (i = 0; i < N(goldens); i++)
		for (gen = 0; gen < FOE_GENS; gen++)
			check_golden(&goldens[i], gen);
}

/* MT7621's own meter group, and the bits that only v1 or only v2 has */
static void test_golden_odd(void **state)
{
	u32 words[FOE_WORDS_MAX];
	struct foe_entry e;

	(void)state;
	base(&e, FOE_V1);
	nat4(&e);
	e.meter = FOE_NO_METER;
	e.keepalive = 1;
	e.timestamp = 0x7fff;
	assert_int_equal(foe_encode(foe_layout(FOE_V1), &e, words, NULL), 0);
	assert_int_equal(words[4], 0x007ff420);
	assert_int_equal(words[0], 0x2140ffff);
	base(&e, FOE_V2);
	nat4(&e);
	e.keepalive = 1;
	e.mac.port = 15;
	e.mac.queue = 127;
	e.mac.use_queue = 1;
	assert_int_equal(foe_encode(foe_layout(FOE_V2), &e, words, NULL), 0);
	assert_int_equal(words[0], 0x20502045);
	assert_int_equal(words[4], 0x00f09f7f);
}

static void test_golden_unbound(void **state)
{
	u32 words[FOE_WORDS_MAX];
	struct foe_entry e, back;

	(void)state;
	memset(&e, 0, sizeof(e));
	e.mac.dsa_port = FOE_NO_DSA;
	e.state = FOE_UNBIND;
	e.timestamp = 0x45;
	e.packets = 300;
	e.prebind = 1;
	e.key.type = FOE_IP6_5T;
	assert_int_equal(foe_encode(foe_layout(FOE_V1), &e, words, NULL), 0);
	assert_int_equal(words[0], 0x1b012c45);
	assert_int_equal(foe_decode(foe_layout(FOE_V1), words, &back), 0);
	assert_memory_equal(&e, &back, sizeof(e));
	e.packets = 30;
	assert_int_equal(foe_encode(foe_layout(FOE_V2), &e, words, NULL), 0);
	assert_int_equal(words[0], 0x12c1e045);
	assert_int_equal(foe_decode(foe_layout(FOE_V2), words, &back), 0);
	assert_memory_equal(&e, &back, sizeof(e));
}

/* Tunnels are read only. */
static void test_dslite(void **state)
{
	u32 words[FOE_WORDS_MAX] = {
		0x27401234, 0xc0a80102, 0xcb007109, 0x9c4001bb,
		0x20010db8, 1, 2, 3, 0x20010db8, 4, 5, 6, 0xaeabcdef, 0, 0x007c0420,
		0x86dd0000, 0x02112233, 0x44550000, 0x06aabbcc, 0xddee0000,
	};
	struct foe_entry e;

	(void)state;
	assert_int_equal(foe_decode(foe_layout(FOE_V1), words, &e), 0);
	assert_int_equal(e.key.type, FOE_DSLITE);
	assert_int_equal(e.key.src[0], inet_addr("192.168.1.2"));
	assert_int_equal(ntohs(e.key.dport), 443);
	assert_int_equal(ntohl(e.tunnel.src[3]), 3);
	assert_int_equal(ntohl(e.tunnel.dst[0]), 0x20010db8);
	assert_int_equal(ntohl(e.tunnel.dst[3]), 6);
	assert_int_equal(e.tunnel.flow_label, 0xabcdef);
	assert_int_equal(e.tunnel.priority, 0xae);
	assert_int_equal(e.mac.port, 1);
	assert_int_equal(e.mac.dmac[5], 0x55);
	assert_int_equal(foe_encode(foe_layout(FOE_V1), &e, words, NULL), -EOPNOTSUPP);
}

static void test_6rd(void **state)
{
	u32 words[FOE_WORDS_MAX] = {
		0x23d00045, 0x20010db8, 1, 2, 3, 0x20010db8, 4, 5, 6, 0x9c4001bb,
		0xc0000201, 0xc0000202, 0xc0aeabcd, 0x00010000, 0x00f08200,
		0x08000000, 0x02112233, 0x44550000, 0x06aabbcc, 0xddee0000,
	};
	struct foe_entry e;

	(void)state;
	assert_int_equal(foe_decode(foe_layout(FOE_V3), words, &e), 0);
	assert_int_equal(e.key.type, FOE_6RD);
	assert_int_equal(ntohl(e.key.dst[3]), 6);
	assert_int_equal(ntohs(e.key.sport), 40000);
	assert_int_equal(e.tunnel.src[0], inet_addr("192.0.2.1"));
	assert_int_equal(e.tunnel.dst[0], inet_addr("192.0.2.2"));
	assert_int_equal(e.tunnel.src[1], 0);
	assert_int_equal(e.tunnel.priority, 0xae);
	assert_int_equal(e.tunnel.ttl, 192);
	assert_int_equal(foe_encode(foe_layout(FOE_V3), &e, words, NULL), -EOPNOTSUPP);
}

/* What nobody writes: more layers than there are tags in an entry, a tag of no port */
static void test_odd_tags(void **state)
{
	u32 words[FOE_WORDS_MAX] = { 0x20150000 };
	struct foe_entry e;

	(void)state;
	assert_int_equal(foe_decode(foe_layout(FOE_V1), words, &e), 0);
	assert_int_equal(e.mac.n_vlan, 2);
	words[0] = 0x20054000;
	assert_int_equal(foe_decode(foe_layout(FOE_V2), words, &e), 0);
	assert_int_equal(e.mac.n_vlan, 2);
	words[0] = 0x20010000;
	words[11] = 0x01000064;
	assert_int_equal(foe_decode(foe_layout(FOE_V2), words, &e), 0);
	assert_int_equal(e.mac.n_vlan, 0);
	assert_int_equal(e.mac.dsa_port, FOE_NO_DSA);
}

/* ---- refusals */

static int encode(enum foe_gen gen, const struct foe_entry *e, const char **what)
{
	u32 words[FOE_WORDS_MAX];

	*what = "";
	return foe_encode(foe_layout(gen), e, words, what);
}

static void test_tags(void **state)
{
	unsigned int gen, vlans, ppp, tagged, tags;
	struct foe_entry e;
	const char *what;
	bool fits;

	(void)state;
	for (tags = 0; tags < FOE_GENS * 16; tags++) {
		gen = tags / 16;
		vlans = tags & 3;
		ppp = tags >> 2 & 1;
		tagged = tags >> 3 & 1;
		base(&e, gen);
		nat4(&e);
		e.mac.n_vlan = vlans;
		e.mac.pppoe = ppp;
		e.mac.dsa_port = tagged ? 6 : FOE_NO_DSA;
		fits = tagged ? vlans <= 1 : vlans + ppp <= 2;
		assert_int_equal(encode(gen, &e, &what), fits ? 0 : -ENOSPC);
	}
}

static void out_of_range(enum foe_gen gen, const struct foe_entry *e, const char *name)
{
	const char *what;

	assert_int_equal(encode(gen, e, &what), -ERANGE);
	assert_string_equal(what, name);
}

static void test_range(void **state)
{
	static const struct {
		unsigned int v1, v2;
	} time = { 0x8000, 0x100 }, queues = { 16, 128 }, ports = { 8, 16 }, meters = { 64, 2 };
	unsigned int gen;
	struct foe_entry e;

	(void)state;
#define MAX(of)	(gen == FOE_V1 ? (of).v1 : (of).v2)
#define TRY(field, value, name) do {		\
	base(&e, gen);				\
	nat4(&e);				\
	e.mac.use_queue = 1;			\
	e.field = (value);			\
	out_of_range(gen, &e, name);		\
} while (0)
	for (gen = 0; gen < FOE_GENS; gen++) {
		TRY(timestamp, MAX(time), "timestamp");
		TRY(mac.queue, MAX(queues), "queue");
		TRY(mac.port, MAX(ports), "port");
		TRY(mac.dsa_port, 8, "dsa_port");
		TRY(mac.dsa_port, -2, "dsa_port");
		TRY(meter, MAX(meters), "meter");
		TRY(state, 4, "state");
	}
	base(&e, FOE_V2);
	e.state = FOE_UNBIND;
	e.packets = 256;
	out_of_range(FOE_V2, &e, "packets");
	e.timestamp = 0x100;
	out_of_range(FOE_V1, &e, "timestamp");
}

static void test_not_encoded(void **state)
{
	struct foe_entry e;
	const char *what;
	unsigned int type, gen;

	(void)state;
	for (gen = 0; gen < FOE_GENS; gen++) {
		for (type = 0; type < 256; type++) {
			base(&e, gen);
			e.key.type = type;
			assert_int_equal(encode(gen, &e, &what),
					 type <= 1 || type == 4 || type == 5 ? 0 : -EOPNOTSUPP);
		}
		base(&e, gen);
		route6(&e);
		e.new_sport = e.key.sport;
		assert_int_equal(encode(gen, &e, &what), 0);
		e.new_sport = htons(1);
		assert_int_equal(encode(gen, &e, &what), -EOPNOTSUPP);
		base(&e, gen);
		route4(&e);
		e.new_src = inet_addr("192.0.2.1");
		assert_int_equal(encode(gen, &e, &what), -EOPNOTSUPP);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_golden_odd),
		cmocka_unit_test(test_golden_unbound),
		cmocka_unit_test(test_dslite),
		cmocka_unit_test(test_6rd),
		cmocka_unit_test(test_odd_tags),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_not_encoded),
	};

	return cmocka_run_group_tests_name("foe", tests, NULL, NULL);
}
