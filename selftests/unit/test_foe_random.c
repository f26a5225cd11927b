// SPDX-License-Identifier: GPL-2.0-only
/*
 * FOE entries, random ones: what is encoded is decoded, garbage does no harm, every bit of a key
 * counts. SEED in the environment: other ones.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "rng.h"
#include "../../drivers/ppe/foe.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static const unsigned int sizes[FOE_GENS] = { 20, 24, 32 };
static struct rng rng;

/* ---- round trips */

static void noise(void *mem, size_t len)
{
	u8 *p = mem;

	while (len--)
		*p++ = rng_u32(&rng);
}

static void random_mac(struct foe_mac *mac, enum foe_gen gen)
{
	noise(mac->dmac, sizeof(mac->dmac));
	noise(mac->smac, sizeof(mac->smac));
	mac->pppoe = rng_below(&rng, 2);
	mac->n_vlan = rng_below(&rng, 3 - mac->pppoe);
	noise(mac->vlan, mac->n_vlan * sizeof(mac->vlan[0]));
	if (mac->pppoe)
		mac->sid = rng_u32(&rng);
	if (mac->n_vlan < 2 && rng_one_in(&rng, 2))
		mac->dsa_port = rng_below(&rng, 8);
	mac->port = rng_below(&rng, gen == FOE_V1 ? 8 : 16);
	mac->use_queue = rng_below(&rng, 2);
	if (mac->use_queue)
		mac->queue = rng_below(&rng, gen == FOE_V1 ? 16 : 128);
}

static void random_key(struct foe_key *key, enum foe_type type)
{
	size_t len = type <= FOE_IP4_ROUTE ? 4 : 16;

	key->type = type;
	key->udp = rng_below(&rng, 2);
	noise(key->src, len);
	noise(key->dst, len);
	if (type == FOE_IP4_HNAPT || type == FOE_IP6_5T) {
		noise(&key->sport, 2);
		noise(&key->dport, 2);
	} else {
		key->proto = rng_u32(&rng);
	}
}

static void random_entry(struct foe_entry *e, enum foe_gen gen, enum foe_type type)
{
	memset(e, 0, sizeof(*e));
	e->mac.dsa_port = FOE_NO_DSA;
	random_key(&e->key, type);
	e->state = rng_below(&rng, 4);
	e->is_static = rng_below(&rng, 2);
	if (e->state == FOE_UNBIND) {
		e->timestamp = rng_below(&rng, 0x100);
		e->packets = rng_below(&rng, gen == FOE_V1 ? 0x10000 : 0x100);
		e->prebind = rng_below(&rng, 2);
		return;
	}
	if (type == FOE_IP4_HNAPT) {
		noise(&e->new_src, 4);
		noise(&e->new_dst, 4);
		noise(&e->new_sport, 2);
		noise(&e->new_dport, 2);
	}
	random_mac(&e->mac, gen);
	e->ttl = rng_below(&rng, 2);
	e->cache = rng_below(&rng, 2);
	e->counted = rng_below(&rng, 2);
	e->keepalive = rng_below(&rng, 2);
	e->meter = rng_below(&rng, gen == FOE_V1 ? 64 : 2);
	e->timestamp = rng_below(&rng, gen == FOE_V1 ? 0x8000 : 0x100);
}

static const enum foe_type encoded[] = {
	FOE_IP4_HNAPT, FOE_IP4_ROUTE, FOE_IP6_3T, FOE_IP6_5T,
};

static void round_trip(enum foe_gen gen, enum foe_type type)
{
	u32 words[FOE_WORDS_MAX + 1], again[FOE_WORDS_MAX + 1];
	const struct foe_layout *layout = foe_layout(gen);
	struct foe_entry e, back;
	const char *what = "";

	random_entry(&e, gen, type);
	memset(words, 0, sizeof(words));
	memset(again, 0xff, sizeof(again));
	if (foe_encode(layout, &e, words, &what) || foe_encode(layout, &e, again, NULL))
		fail_msg("v%u, type %u: %s", gen + 1, type, what);
	/* all words are written, and no others */
	assert_memory_equal(words, again, sizes[gen] * 4);
	assert_int_equal(words[sizes[gen]], 0);
	assert_int_equal(again[sizes[gen]], 0xffffffff);
	noise(&back, sizeof(back));
	assert_int_equal(foe_decode(layout, words, &back), 0);
	assert_memory_equal(&e, &back, sizeof(e));
}

static void test_round_trip(void **state)
{
	unsigned int i, gen, type;

	(void)state;
	for (gen = 0; gen < FOE_GENS; gen++)
		for (type = 0; type < N(encoded); type++)
			for (i = 0; i < 5000; i++)
				round_trip(gen, encoded[type]);
}

/* Exactly as many words as there are, so that the sanitizer sees one too many. */
static void test_garbage(void **state)
{
	struct foe_entry e, back;
	unsigned int i, gen;
	u32 *words;

	(void)state;
	for (gen = 0; gen < FOE_GENS; gen++) {
		words = malloc(sizes[gen] * 4);
		for (i = 0; i < 50000; i++) {
			noise(words, sizes[gen] * 4);
			if (foe_decode(foe_layout(gen), words, &e))
				continue;
			foe_same_key(foe_layout(gen), words, words);
			/* what is made of it has a meaning, so it is the same the next time */
			if (foe_encode(foe_layout(gen), &e, words, NULL))
				continue;
			assert_int_equal(foe_decode(foe_layout(gen), words, &back), 0);
			assert_memory_equal(&e, &back, sizeof(e));
		}
		free(words);
	}
}

static void test_no_type(void **state)
{
	u32 words[FOE_WORDS_MAX] = {};
	struct foe_entry e;
	unsigned int type;

	(void)state;
	for (type = 0; type < 32; type++) {
		bool good = type < 8 && type != 2 && type != 6;

		words[0] = 0xa0000000 | type << 23;
		assert_int_equal(foe_decode(foe_layout(FOE_V2), words, &e), good ? 0 : -EINVAL);
		assert_int_equal(e.key.type, type);
		assert_int_equal(e.state, FOE_BIND);
		assert_int_equal(e.is_static, 1);
		assert_int_equal(foe_same_key(foe_layout(FOE_V2), words, words), good);
	}
}

/* ---- comparison: turn over every bit there is */

static void check_same_key(enum foe_gen gen, unsigned int type, unsigned int key_words)
{
	u32 ib1_key = gen == FOE_V1 ? 0x4e000000 : 0x4f800000;
	const struct foe_layout *layout = foe_layout(gen);
	u32 a[FOE_WORDS_MAX], b[FOE_WORDS_MAX];
	unsigned int word, bit;
	bool key;

	noise(a, sizeof(a));
	a[0] &= ~(gen == FOE_V1 ? 0x0e000000 : 0x0f800000);
	a[0] |= type << (gen == FOE_V1 ? 25 : 23);
	for (word = 0; word < sizes[gen]; word++) {
		for (bit = 0; bit < 32; bit++) {
			memcpy(b, a, sizeof(b));
			b[word] ^= 1U << bit;
			key = word ? word <= key_words : ib1_key >> bit & 1;
			if (foe_same_key(layout, a, b) == key || foe_same_key(layout, b, a) == key)
				fail_msg("v%u, type %u, word %u, bit %u", gen + 1, type, word, bit);
		}
	}
}

static void test_same_key(void **state)
{
	unsigned int gen;

	(void)state;
	for (gen = 0; gen < FOE_GENS; gen++) {
		check_same_key(gen, FOE_IP4_HNAPT, 3);
		check_same_key(gen, FOE_IP4_ROUTE, 3);
		check_same_key(gen, FOE_DSLITE, 3);
		check_same_key(gen, FOE_IP6_3T, 9);
		check_same_key(gen, FOE_IP6_5T, 9);
		check_same_key(gen, FOE_6RD, 9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_no_type),
		cmocka_unit_test(test_same_key),
	};
	const char *seed = getenv("SEED");
	uint64_t n = seed ? strtoull(seed, NULL, 0) : 1;

	printf("# seed %llu\n", (unsigned long long)n);
	rng_init(&rng, n, 0);
	return cmocka_run_group_tests_name("foe_random", tests, NULL, NULL);
}
