// SPDX-License-Identifier: GPL-2.0-only
/* Packed rules: the same rule comes out, equal memory means equal rules, the destination is right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../drivers/core/pack.h"

static void noise(void *mem, size_t len)
{
	u8 *p = mem;

	while (len--)
		*p++ = rand() >> 7;
}

/* What the parser makes: addresses of IPv4 have three empty words, those not rewritten are empty. */
static void random_rule(struct nfo_rule *rule, bool ip4, u8 flags)
{
	size_t len = ip4 ? 4 : 16;

	memset(rule, 0, sizeof(*rule));
	rule->match.ifindex = rand();
	rule->match.l3proto = cpu_to_be16(ip4 ? ETH_P_IP : ETH_P_IPV6);
	rule->match.l4proto = rand();
	rule->match.n_encap = rand() % (NFO_ENCAP_MAX + 1);
	noise(&rule->match.sport, 4);
	noise(&rule->match.src, len);
	noise(&rule->match.dst, len);
	noise(rule->match.encap, rule->match.n_encap * sizeof(rule->match.encap[0]));
	rule->edit.ifindex = rand();
	rule->edit.flags = flags;
	rule->edit.mtu = rand();
	rule->edit.n_encap = rand() % (NFO_ENCAP_MAX + 1);
	noise(rule->edit.encap, rule->edit.n_encap * sizeof(rule->edit.encap[0]));
	noise(rule->edit.dmac, sizeof(rule->edit.dmac));
	noise(rule->edit.smac, sizeof(rule->edit.smac));
	if (flags & NFO_EDIT_SRC) {
		noise(&rule->edit.src, len);
		noise(&rule->edit.sport, 2);
	}
	if (flags & NFO_EDIT_DST) {
		noise(&rule->edit.dst, len);
		noise(&rule->edit.dport, 2);
	}
}

static void test_round_trip(void **state)
{
	union nfo_packed_max packed;
	struct nfo_rule rule, back;
	unsigned int i, size;

	(void)state;
	for (i = 0; i < 20000; i++) {
		random_rule(&rule, i & 1, (i >> 1) & 3);
		size = nfo_pack(&rule, &packed);
		assert_int_equal(size, nfo_packed_size(&packed.p));
		noise(&back, sizeof(back));
		nfo_unpack(&packed.p, &back);
		assert_memory_equal(&rule, &back, sizeof(rule));
	}
}

/* A rule that differs in any byte that means something packs to other memory. */
static void test_differs(void **state)
{
	union nfo_packed_max one, other;
	struct nfo_rule rule, changed, back;
	unsigned int i, n;
	u8 *bytes = (u8 *)&changed;

	(void)state;
	for (i = 0; i < 8; i++) {
		random_rule(&rule, i & 1, (i >> 1) & 3);
		nfo_pack(&rule, &one);
		for (n = 0; n < sizeof(rule); n++) {
			changed = rule;
			bytes[n] ^= 0x55;
			nfo_pack(&changed, &other);
			nfo_unpack(&other.p, &back);
			if (!memcmp(&back, &changed, sizeof(back)))
				assert_memory_not_equal(&one, &other, sizeof(one));
		}
	}
}

static void test_dst(void **state)
{
	union nfo_packed_max packed;
	const __be32 *dst;
	struct nfo_rule rule;
	unsigned int i, len;

	(void)state;
	for (i = 0; i < 8; i++) {
		random_rule(&rule, i & 1, (i >> 1) & 3);
		nfo_pack(&rule, &packed);
		dst = nfo_packed_dst(&packed.p, &len);
		assert_int_equal(len, i & 1 ? 4 : 16);
		assert_memory_equal(dst, rule.edit.flags & NFO_EDIT_DST ? &rule.edit.dst :
				    &rule.match.dst, len);
	}
}

static void test_size(void **state)
{
	union nfo_packed_max packed;
	struct nfo_rule rule;

	(void)state;
	random_rule(&rule, true, NFO_EDIT_SRC | NFO_EDIT_DST);
	assert_int_equal(nfo_pack(&rule, &packed), sizeof(struct nfo_packed) + 16);
	random_rule(&rule, false, 0);
	assert_int_equal(nfo_pack(&rule, &packed), sizeof(struct nfo_packed) + 32);
	random_rule(&rule, false, NFO_EDIT_SRC);
	assert_int_equal(nfo_pack(&rule, &packed), sizeof(struct nfo_packed) + 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_differs),
		cmocka_unit_test(test_dst),
		cmocka_unit_test(test_size),
	};

	srand(1);
	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
