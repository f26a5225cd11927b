// SPDX-License-Identifier: GPL-2.0-only
/* Decisions of the policy: who may, who makes room, what shapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../drivers/core/policy.h"

static const struct nfo_conn tcp = {
	.l4proto = 6, .sport = 40000, .dport = 443, .mark = 0x1234, .counted = true,
	.packets = 50, .bytes = 7000,
};

static struct nfo_policy excluding(struct nfo_exclude x)
{
	struct nfo_policy p = { .n_excludes = 1 };

	p.excludes[0] = x;
	return p;
}

static void expect(const struct nfo_policy *p, enum nfo_reason reason)
{
	assert_int_equal(nfo_policy_conn(p, &tcp), reason);
}

static void test_exclude(void **state)
{
	static const struct {
		struct nfo_exclude x;
		enum nfo_reason reason;
	} cases[] = {
		{ { .l4proto = 6 }, NFO_REASON_EXCLUDED },
		{ { .l4proto = 17 }, NFO_REASON_NONE },
		{ { .has_ports = true, .port_min = 443, .port_max = 443 }, NFO_REASON_EXCLUDED },
		{ { .has_ports = true, .port_min = 40000, .port_max = 40001 }, NFO_REASON_EXCLUDED },
		{ { .has_ports = true, .port_min = 444, .port_max = 39999 }, NFO_REASON_NONE },
		{ { .has_ports = true, .port_min = 0, .port_max = 0 }, NFO_REASON_NONE },
		{ { .mark = 0x34, .mask = 0xff }, NFO_REASON_EXCLUDED },
		{ { .mark = 0x34, .mask = 0xffffffff }, NFO_REASON_NONE },
		{ { .mark = 0, .mask = 0xf0000000 }, NFO_REASON_EXCLUDED },
		{ { .l4proto = 6, .mark = 1, .mask = 1 }, NFO_REASON_NONE },
		{ { .l4proto = 17, .has_ports = true, .port_min = 443, .port_max = 443 },
		  NFO_REASON_NONE },
	};
	struct nfo_policy p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		p = excluding(cases[i].x);
		expect(&p, cases[i].reason);
	}
}

static void test_threshold(void **state)
{
	struct nfo_policy p = { .min_packets = 51 };
	struct nfo_conn c = tcp;

	(void)state;
	expect(&p, NFO_REASON_THRESHOLD);
	p.min_packets = 50;
	expect(&p, NFO_REASON_NONE);
	p = (struct nfo_policy) { .min_bytes = 7001 };
	expect(&p, NFO_REASON_THRESHOLD);
	p.min_packets = 10;	/* whichever comes first */
	expect(&p, NFO_REASON_NONE);
	p = (struct nfo_policy) { .min_packets = 1000 };
	c.counted = false;	/* older than the policy */
	assert_int_equal(nfo_policy_conn(&p, &c), NFO_REASON_NONE);
}

static void test_ports(void **state)
{
	struct nfo_policy p = {
		.port_quota = 10,
		.shaper = NFO_SHAPER_REFUSE,
		.n_ports = 2,
		.ports = {
			{ .name = "eth0", .has_quota = true, .quota = 0 },
			{ .name = "eth1", .has_shaper = true, .shaper = NFO_SHAPER_IGNORE },
		},
	};

	(void)state;
	assert_int_equal(nfo_policy_quota(&p, "eth0"), UINT32_MAX);
	assert_int_equal(nfo_policy_quota(&p, "eth1"), 10);
	assert_int_equal(nfo_policy_quota(&p, "eth"), 10);
	p.port_quota = 0;
	assert_int_equal(nfo_policy_quota(&p, "eth2"), UINT32_MAX);
	assert_int_equal(nfo_policy_shaper(&p, "eth0"), NFO_SHAPER_REFUSE);
	assert_int_equal(nfo_policy_shaper(&p, "eth1"), NFO_SHAPER_IGNORE);
}

static void test_shapers(void **state)
{
	(void)state;
	assert_true(nfo_qdisc_shapes("cake"));
	assert_true(nfo_qdisc_shapes("htb"));
	assert_true(nfo_qdisc_shapes("tbf"));
	assert_false(nfo_qdisc_shapes("fq_codel"));
	assert_false(nfo_qdisc_shapes("mq"));
	assert_false(nfo_qdisc_shapes("noqueue"));
	assert_false(nfo_qdisc_shapes(""));
}

static void test_evict(void **state)
{
	struct nfo_cand c[] = { { 10, 100 }, { 3, 100 }, { 0, 4 }, { 3, 100 } };

	(void)state;
	assert_int_equal(nfo_evict_pick(c, 4, 7, 5), 1);	/* the coldest that was there long enough */
	assert_int_equal(nfo_evict_pick(c, 4, 6, 5), -1);	/* not twice as busy */
	assert_int_equal(nfo_evict_pick(c, 4, 6, 0), 2);
	assert_int_equal(nfo_evict_pick(c, 4, 1, 0), 2);	/* anything is more than nothing */
	assert_int_equal(nfo_evict_pick(c, 0, 100, 0), -1);
	c[0].heat = UINT32_MAX;
	assert_int_equal(nfo_evict_pick(c, 1, UINT32_MAX, 0), -1);
}

/* Of two flows, never does each replace the other. */
static void test_hysteresis(void **state)
{
	struct nfo_cand a, b;
	u32 ra, rb;

	(void)state;
	for (ra = 0; ra < 50; ra++) {
		for (rb = 0; rb < 50; rb++) {
			a = (struct nfo_cand) { ra, 100 };
			b = (struct nfo_cand) { rb, 100 };
			assert_false(nfo_evict_pick(&a, 1, rb, 0) == 0 &&
				     nfo_evict_pick(&b, 1, ra, 0) == 0);
		}
	}
}

static bool say(struct nfo_policy *p, const char *name, const char *backend, u32 allow, u32 mask)
{
	struct nfo_port_change change = {
		.has_backend = backend, .allow = allow, .allow_mask = mask,
	};

	strcpy(change.name, name);
	strcpy(change.backend, backend ? backend : "");
	return nfo_policy_change_port(p, &change);
}

/* What is not named stays; a port of which nothing is said goes, and no other. */
static void test_change_port(void **state)
{
	struct nfo_policy p = {
		.n_ports = 2,
		.ports = {
			{ .name = "a", .quota = 5, .has_quota = true },
			{ .name = "b", .backend = "x", .allow = 1 },
		},
	};

	(void)state;
	assert_string_equal(nfo_policy_backend(&p, "a"), "");
	assert_string_equal(nfo_policy_backend(&p, "b"), "x");
	assert_string_equal(nfo_policy_backend(&p, "c"), "");
	assert_int_equal(nfo_policy_allow(&p, "b"), 1);
	assert_int_equal(nfo_policy_allow(&p, "c"), 0);

	assert_true(say(&p, "c", NULL, 6, 6));
	assert_int_equal(p.n_ports, 3);
	assert_true(say(&p, "c", "none", 0, 0));
	assert_int_equal(nfo_policy_allow(&p, "c"), 6);
	assert_string_equal(nfo_policy_backend(&p, "c"), "none");
	assert_true(say(&p, "c", NULL, 1, 3));
	assert_int_equal(nfo_policy_allow(&p, "c"), 5);

	assert_true(say(&p, "a", "y", 0, 0));
	assert_true(say(&p, "a", "", 0, 0));
	assert_int_equal(p.n_ports, 3);
	assert_int_equal(nfo_policy_quota(&p, "a"), 5);
	assert_true(say(&p, "b", "", 0, 0));
	assert_int_equal(p.n_ports, 3);
	assert_true(say(&p, "b", NULL, 0, ~0u));
	assert_int_equal(p.n_ports, 2);
	assert_string_equal(p.ports[0].name, "a");
	assert_string_equal(p.ports[1].name, "c");
	assert_string_equal(nfo_policy_backend(&p, "c"), "none");
	/* nothing of a port that is not there */
	assert_true(say(&p, "d", "", 0, ~0u));
	assert_int_equal(p.n_ports, 2);
}

static void test_change_port_full(void **state)
{
	struct nfo_policy p = { 0 };
	char name[IFNAMSIZ];
	unsigned int i;

	(void)state;
	for (i = 0; i < NFO_POLICY_PORTS; i++) {
		snprintf(name, sizeof(name), "p%u", i);
		assert_true(say(&p, name, "x", 0, 0));
	}
	assert_false(say(&p, "one-more", "x", 0, 0));
	assert_int_equal(p.n_ports, NFO_POLICY_PORTS);
	assert_true(say(&p, "p63", "y", 0, 0));
	assert_true(say(&p, "p0", "", 0, 0));
	assert_true(say(&p, "one-more", "x", 0, 0));
	assert_string_equal(nfo_policy_backend(&p, "p63"), "y");
}

static void test_heat(void **state)
{
	u32 heat = 0, i;

	(void)state;
	for (i = 0; i < 40; i++)
		heat = nfo_heat(heat, 250, 2500);
	assert_in_range(heat, 98, 100);
	for (i = 0; i < 40; i++)
		heat = nfo_heat(heat, 0, 2500);
	assert_int_equal(heat, 0);
	assert_int_equal(nfo_heat(0, UINT64_MAX, 0), UINT32_MAX);
	assert_in_range(nfo_heat(UINT32_MAX, 0, 1000), UINT32_MAX / 2 - 1, UINT32_MAX / 2 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exclude),
		cmocka_unit_test(test_threshold),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_shapers),
		cmocka_unit_test(test_evict),
		cmocka_unit_test(test_hysteresis),
		cmocka_unit_test(test_change_port),
		cmocka_unit_test(test_change_port_full),
		cmocka_unit_test(test_heat),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
