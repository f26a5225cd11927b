// SPDX-License-Identifier: GPL-2.0-only
/* FOE tables: the layouts, where flows are, and what wraps. SEED in the environment: other keys. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "rng.h"
#include "../../drivers/ppe/foe_layout.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static struct rng rng;

/* ---- the layouts */

static void test_layouts(void **state)
{
	static const unsigned int words[] = { 20, 24, 32 }, ways[] = { 2, 4, 4 };
	unsigned int gen;

	(void)state;
	for (gen = 0; gen < FOE_GENS; gen++) {
		assert_int_equal(foe_layout_check(foe_layout(gen)), 0);
		assert_int_equal(foe_words(foe_layout(gen)), words[gen]);
		assert_int_equal(foe_ways(foe_layout(gen)), ways[gen]);
	}
	assert_null(foe_layout(FOE_GENS));
}

/* Each in turn is put where something else is, or nothing can be. */
static void test_broken(void **state)
{
	static const struct {
		enum foe_type type;
		enum foe_field_id id;
		struct foe_field field;
	} broken[] = {
		{ FOE_IP4_HNAPT, FOE_F_NEW_SRC, { 4, 0, 32 } },		/* on IB2 */
		{ FOE_IP4_HNAPT, FOE_F_SPORT, { 3, 15, 16 } },		/* one bit of DPORT */
		{ FOE_IP4_ROUTE, FOE_F_FILL, { 3, 7, 24 } },
		{ FOE_IP6_5T, FOE_F_DST, { 4, 0, 32 } },		/* last word of SRC */
		{ FOE_IP6_3T, FOE_F_SID, { 20, 0, 16 } },		/* v1 has 20 words */
		{ FOE_DSLITE, FOE_F_TUN_LABEL, { 12, 0, 25 } },
		{ FOE_6RD, FOE_F_VLAN0, { 15, 17, 16 } },		/* across the word */
		{ FOE_6RD, FOE_F_STATE, { 0, 27, 2 } },			/* not as in other types */
		{ FOE_IP4_HNAPT, FOE_F_TTL, { 0, 22, 1 } },		/* on CACHE */
		{ FOE_IP4_HNAPT, FOE_F_SRC, { 0, 0, 0 } },		/* no such type */
		{ FOE_IP4_HNAPT, FOE_F_QUEUE, { 255, 0, 4 } },
	};
	struct foe_layout layout;
	unsigned int i;

	(void)state;
	for (i = 0; i < N(broken); i++) {
		layout = *foe_layout(FOE_V1);
		layout.form[broken[i].type].field[broken[i].id] = broken[i].field;
		if (foe_layout_check(&layout) != -EINVAL)
			fail_msg("broken layout %u is accepted", i);
	}
	layout = *foe_layout(FOE_V1);
	layout.words = 19;
	assert_int_equal(foe_layout_check(&layout), -EINVAL);
	layout.words = FOE_WORDS_MAX + 1;
	assert_int_equal(foe_layout_check(&layout), -EINVAL);
}

/* IB1 of all types at once, so that it is the same: the views share bits, fields of one do not. */
static void test_broken_ib1(void **state)
{
	static const struct {
		enum foe_field_id id;
		struct foe_field field;
		int err;
	} broken[] = {
		{ FOE_F_TTL, { 0, 22, 1 }, -EINVAL },		/* on CACHE */
		{ FOE_F_PACKETS, { 0, 8, 17 }, -EINVAL },	/* on PREBIND */
		{ FOE_F_PREBIND, { 0, 25, 1 }, -EINVAL },	/* on TYPE */
		{ FOE_F_TTL, { 0, 21, 1 }, 0 },			/* wrong, but free */
		{ FOE_F_PREBIND, { 0, 2, 1 }, -EINVAL },	/* on SEEN */
		{ FOE_F_SEEN, { 0, 0, 4 }, 0 },
	};
	struct foe_layout layout;
	unsigned int i, type;

	(void)state;
	for (i = 0; i < N(broken); i++) {
		layout = *foe_layout(FOE_V1);
		for (type = 0; type < FOE_TYPES; type++)
			if (layout.form[type].field[FOE_F_SRC].width)
				layout.form[type].field[broken[i].id] = broken[i].field;
		assert_int_equal(foe_layout_check(&layout), broken[i].err);
	}
}

/* ---- word 0 */

static void test_ib1(void **state)
{
	const struct foe_layout *v1 = foe_layout(FOE_V1), *v2 = foe_layout(FOE_V2);

	(void)state;
	assert_int_equal(foe_ib1_state(v1, 0xefffffff), FOE_BIND);
	assert_int_equal(foe_ib1_state(v2, 0x10000000), FOE_UNBIND);
	assert_int_equal(foe_ib1_set_state(v1, 0xffffffff, FOE_INVALID), 0xcfffffff);
	assert_int_equal(foe_ib1_set_state(v2, 0x10000045, FOE_BIND), 0x20000045);
	assert_int_equal(foe_ib1_time(v1, 0xffffffff), 0x7fff);
	assert_int_equal(foe_ib1_time(v2, 0xffffff45), 0x45);
	assert_int_equal(foe_ib1_set_time(v1, 0xffffffff, 0xabcd1234), 0xffff9234);
	assert_int_equal(foe_ib1_set_time(v2, 0x20500045, 0x1ff), 0x205000ff);
	assert_int_equal(foe_ib1_set_static(v1, 0x10000045), 0x90000045);
	assert_int_equal(foe_ib1_set_static(v2, 0x90000045), 0x90000045);
}

/* ---- the hash, bit by bit, from the words of the entry */

static u32 choose(u32 a, u32 b, u32 c)
{
	u32 r = 0, bit;

	for (bit = 1; bit; bit <<= 1)
		r |= (a & bit ? b : c) & bit;
	return r;
}

static u32 slow_hash(u32 h1, u32 h2, u32 h3, u32 ways)
{
	u64 h = choose(h1, h2, h3);

	h = (h * 256 + h / 0x1000000) & 0xffffffff;
	h = h ^ h1 ^ h2 ^ h3;
	h = h ^ h / 0x10000;
	return h * ways % 16384;
}

static u32 words_hash(const u32 *w, bool ip4, u32 ways)
{
	if (ip4)
		return slow_hash(w[3], w[2], w[1], ways);
	return slow_hash(w[4] ^ w[8] ^ w[9], w[3] ^ w[7] ^ w[5], w[2] ^ w[6] ^ w[1], ways);
}

static void random_key(struct foe_key *key, enum foe_type type)
{
	unsigned int i;

	memset(key, 0, sizeof(*key));
	key->type = type;
	for (i = 0; i < (type <= FOE_IP4_ROUTE ? 1 : 4); i++) {
		key->src[i] = rng_u32(&rng);
		key->dst[i] = rng_u32(&rng);
	}
	key->sport = rng_u32(&rng);
	key->dport = rng_u32(&rng);
	key->proto = rng_u32(&rng);
}

static void test_hash(void **state)
{
	static const unsigned int types[] = { 0, 1, 4, 5 }, ways[] = { 2, 4, 4 };
	u32 words[FOE_WORDS_MAX], hash;
	unsigned int i, gen, type;
	struct foe_entry e;

	(void)state;
	for (i = 0; i < 60000; i++) {
		gen = i % FOE_GENS;
		type = types[i / FOE_GENS % N(types)];
		memset(&e, 0, sizeof(e));
		e.mac.dsa_port = FOE_NO_DSA;
		random_key(&e.key, type);
		hash = foe_hash(foe_layout(gen), &e.key);
		assert_int_equal(foe_encode(foe_layout(gen), &e, words, NULL), 0);
		assert_int_equal(hash, words_hash(words, type <= 1, ways[gen]));
		assert_in_range(hash, 0, FOE_ENTRIES - ways[gen]);
		assert_int_equal(hash % ways[gen], 0);
	}
}

static void test_hash_golden(void **state)
{
	struct foe_key key4 = {
		.src = { htonl(0xc0a80102) }, .dst = { htonl(0xcb007109) },
		.sport = htons(40000), .dport = htons(443), .proto = 47,
	};
	struct foe_key key6 = {
		.src = { htonl(0x20010db8), htonl(0x10000), 0, htonl(2) },
		.dst = { htonl(0x20010db8), htonl(0x20000), htonl(0xfedc), htonl(3) },
		.sport = htons(5000), .dport = htons(53), .proto = 47,
	};
	const struct foe_layout *v1 = foe_layout(FOE_V1), *v3 = foe_layout(FOE_V3);

	(void)state;
	key4.type = FOE_IP4_HNAPT;
	assert_int_equal(foe_hash(v1, &key4), 0xf22);
	assert_int_equal(foe_hash(v3, &key4), 0x1e44);
	key4.type = FOE_IP4_ROUTE;
	assert_int_equal(foe_hash(v1, &key4), 0x3592);
	key6.type = FOE_IP6_5T;
	assert_int_equal(foe_hash(v1, &key6), 0x69c);
	assert_int_equal(foe_hash(v3, &key6), 0xd38);
	key6.type = FOE_IP6_3T;
	assert_int_equal(foe_hash(v3, &key6), 0x2774);
	key6.type = FOE_DSLITE;
	assert_int_equal(foe_hash(v1, &key6), FOE_ENTRIES);
	key6.type = FOE_6RD;
	assert_int_equal(foe_hash(v3, &key6), FOE_ENTRIES);
}

/* Seven that Linux knows, and 115. */
static void test_static(void **state)
{
	static const unsigned int known[] = { 12, 25, 38, 51, 76, 89, 102, 115 };
	unsigned int i, k, n = 0;
	bool want;

	(void)state;
	for (i = 0; i < FOE_ENTRIES; i++) {
		want = false;
		for (k = 0; k < N(known); k++)
			want |= i % 128 == known[k];
		assert_int_equal(foe_slot_is_static(foe_layout(FOE_V1), i), want);
		assert_int_equal(want, i * 80 / 1024 != (i * 80 + 79) / 1024);
		assert_false(foe_slot_is_static(foe_layout(FOE_V2), i));
		assert_false(foe_slot_is_static(foe_layout(FOE_V3), i));
		n += want;
	}
	assert_int_equal(n, FOE_ENTRIES / 16);
}

/* ---- time */

static void test_idle(void **state)
{
	const struct foe_layout *v1 = foe_layout(FOE_V1), *v2 = foe_layout(FOE_V2);

	(void)state;
	assert_int_equal(foe_time_mask(v1), 0x7fff);
	assert_int_equal(foe_time_mask(v2), 0xff);
	assert_int_equal(foe_time_mask(foe_layout(FOE_V3)), 0xff);
	assert_int_equal(foe_idle(v1, 100, 100), 0);
	assert_int_equal(foe_idle(v1, 5, 0x7ffe), 7);
	assert_int_equal(foe_idle(v1, 0x8005, 0x7ffe), 7);
	assert_int_equal(foe_idle(v2, 5, 0xfe), 7);
	assert_int_equal(foe_idle(v2, 0x12345605, 0xfe), 7);
	assert_int_equal(foe_idle(v2, 99, 100), 255);
	assert_int_equal(foe_idle(v1, 99, 100), 32767);
}

/* An hour without a packet: the timestamp of v2 wraps fourteen times and looks young each time. */
static void test_long_idle(void **state)
{
	const struct foe_layout *layouts[] = { foe_layout(FOE_V1), foe_layout(FOE_V2) };
	struct foe_clock clock;
	unsigned int i;
	u64 now;
	u32 fe;

	(void)state;
	for (i = 0; i < 2; i++) {
		u32 mask = foe_time_mask(layouts[i]);

		foe_clock_start(&clock, 77 & mask, 1000);
		for (now = 1000, fe = 77; now < 1000 + 3 * (u64)mask + 3600; now += 13, fe += 13)
			assert_int_equal(foe_clock_see(layouts[i], &clock, 77 & mask, fe & mask,
						       now), 1000);
		/* a packet 3 s ago */
		assert_int_equal(foe_clock_see(layouts[i], &clock, (fe - 3) & mask, fe & mask,
					       now), now - 3);
	}
}

/* Random traffic, seen at random times less than a wrap apart: the answer is exact. */
static void test_clock_exact(void **state)
{
	const struct foe_layout *layout = foe_layout(FOE_V2);
	u64 now = 5000, used = 5000, offset = rng_u32(&rng);
	struct foe_clock clock;
	unsigned int i, step;

	(void)state;
	foe_clock_start(&clock, (used + offset) & 0xff, now);
	for (i = 0; i < 20000; i++) {
		step = rng_below(&rng, 256);
		now += step;
		/* after the last look, or not at all */
		if (step && rng_one_in(&rng, 3) && now - step + 1 - used < 200)
			used = now - rng_below(&rng, step < 50 ? step : 50);
		if ((((used + offset) ^ clock.stamp) & 0xff) == 0)
			used = clock.used;	/* just a wrap after the last: nobody can tell */
		assert_int_equal(foe_clock_see(layout, &clock, (used + offset) & 0xff,
					       (now + offset) & 0xff, now), used);
	}
}

/* A clock does not go back, nor before the beginning of time. */
static void test_clock_sane(void **state)
{
	const struct foe_layout *layout = foe_layout(FOE_V2);
	struct foe_clock clock;

	(void)state;
	foe_clock_start(&clock, 10, 3);
	assert_int_equal(foe_clock_see(layout, &clock, 200, 10, 4), 3);
	assert_int_equal(foe_clock_see(layout, &clock, 11, 12, 5), 4);
}

static void test_mtu(void **state)
{
	u32 reg[2];

	(void)state;
	assert_int_equal(foe_mtu(1500, reg), 0);
	assert_int_equal(reg[0], 1518 << 16 | 1514);
	assert_int_equal(reg[1], 1526 << 16 | 1522);
	assert_int_equal(foe_mtu(16383 - 14 - 12, reg), 0);
	assert_int_equal(reg[1] >> 16, 0x3fff);
	assert_int_equal(reg[1] & 0xffff, 0x3ffb);
	assert_int_equal(foe_mtu(16383 - 14 - 11, reg), -ERANGE);
	assert_int_equal(foe_mtu(-1, reg), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_broken_ib1),
		cmocka_unit_test(test_ib1),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_hash_golden),
		cmocka_unit_test(test_static),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_long_idle),
		cmocka_unit_test(test_clock_exact),
		cmocka_unit_test(test_clock_sane),
		cmocka_unit_test(test_mtu),
	};
	const char *seed = getenv("SEED");
	uint64_t n = seed ? strtoull(seed, NULL, 0) : 1;

	printf("# seed %llu\n", (unsigned long long)n);
	rng_init(&rng, n, 0);
	return cmocka_run_group_tests_name("foe_table", tests, NULL, NULL);
}
