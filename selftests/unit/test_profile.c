// SPDX-License-Identifier: GPL-2.0-only
/*
 * The profiles of the flower backend keep to the law: what a driver is not told, an administrator has
 * to allow. And the devices of the table in Documentation/nics.rst get what it says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <linux/string.h>

#include "../../drivers/flower/profile.h"

static const char *const drivers[] = {
	"mlx5_core", "nfp", "sfc_ef100", "cxgb4", "bnxt_en", "some_driver", "",
};

static const struct flower_profile *find(const char *driver, bool switchdev, bool uplink, bool old)
{
	const struct flower_traits traits = {
		.eswitch = switchdev, .uplink = uplink, .old = old,
	};
	const struct flower_profile *p;
	const char *why = NULL;

	p = flower_profile_find(driver, &traits, &why);
	assert_true(!p == !!why);
	return p;
}

static void check_law(const struct flower_profile *p)
{
	u32 say = p->dialect.say, needs = p->caps.needs;

	/* one way or the other, but not both */
	assert_true(!(say & NFO_SAY_TTL) == !!(needs & NFO_OPTIN(TTL_UNCHANGED)));
	assert_true(!(say & NFO_SAY_TTL) == (p->dialect.guard == NFO_GUARD_NONE));
	if (p->caps.flags & NFO_CAP_TCP)
		assert_true(!(say & NFO_SAY_TCP_FLAGS) == !!(p->caps.needs_tcp &
							      NFO_OPTIN(NO_FIN_RST)));
	assert_true(!(say & NFO_SAY_NO_FRAGMENT) == !!(needs & NFO_OPTIN(FRAGMENTS)));
	/* nobody checks an MTU */
	assert_false(p->caps.flags & (NFO_CAP_MTU | NFO_CAP_MTU_DEV));
	/* TC's order, where there can be two */
	if (p->caps.encap_push > 1)
		assert_true(say & NFO_SAY_INNER_FIRST);
	/* as nf itself matches tags */
	assert_true(!p->caps.encap_match || say & NFO_SAY_NO_PCP);
	assert_true(p->caps.encap_match <= NFO_ENCAP_MAX && p->caps.encap_push <= NFO_ENCAP_MAX);
	assert_non_null(p->name);
}

static void test_law(void **state)
{
	const struct flower_profile *p;
	unsigned int i, traits;

	(void)state;
	for (i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		for (traits = 0; traits < 8; traits++) {
			p = find(drivers[i], traits & 1, traits & 2, traits & 4);
			assert_non_null(p);
			check_law(p);
		}
	}
}

static void test_unfit(void **state)
{
	static const char *const unfit[] = {
		"ice", "rvu_nicpf", "rvu_nicvf", "qede", "i40e", "hns3", "Prestera DX",
		"sparx5-switch", "mlxsw_spectrum", "mlxsw_spectrum4",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++)
		assert_null(find(unfit[i], true, true, false));
}

static void test_mlx5(void **state)
{
	const struct flower_profile *p = find("mlx5_core", true, true, false);

	(void)state;
	assert_int_equal(p->caps.needs, 0);
	assert_int_equal(p->caps.needs_swap, NFO_OPTIN(ANY_TAG));
	assert_true(p->flags & FLOWER_NO_TRANSIT);
	assert_true(p->dialect.guard == NFO_GUARD_TRAP);
	/* ConnectX-5: what comes in from the wire keeps its TTL, what comes from a VF does not */
	assert_int_equal(find("mlx5_core", true, true, true)->caps.needs,
			 NFO_OPTIN(TTL_UNCHANGED));
	assert_int_equal(find("mlx5_core", true, false, true)->caps.needs, 0);
	/* hairpin: no tags */
	p = find("mlx5_core", false, true, false);
	assert_int_equal(p->caps.encap_match + p->caps.encap_push, 0);
	assert_true(p->dialect.guard == NFO_GUARD_COVER);
}

static void test_others(void **state)
{
	const struct flower_profile *p;

	(void)state;
	p = find("bnxt_en", true, true, false);
	/* what it does not know it does not notice */
	assert_int_equal(p->dialect.say & ~(NFO_SAY_ETHERTYPE | NFO_SAY_DPORT_LOW |
					    NFO_SAY_L2_BYTES), 0);
	assert_false(p->caps.flags & NFO_CAP_NAT_BOTH);
	assert_int_equal(p->caps.encap_match + p->caps.encap_push, 0);

	p = find("cxgb4", false, true, false);
	assert_int_equal(p->dialect.say & ~(NFO_SAY_NO_PCP | NFO_SAY_L2_BYTES), 0);
	assert_int_equal(p->caps.needs_nat, NFO_OPTIN(FILTER2));

	p = find("sfc_ef100", true, true, false);
	assert_false(p->caps.flags & (NFO_CAP_NAT4 | NFO_CAP_NAT6));
	assert_false(p->dialect.say & NFO_SAY_CSUM);

	p = find("nfp", true, true, false);
	assert_true(p->dialect.say & NFO_SAY_PROTOCOL && p->dialect.say & NFO_SAY_CSUM);

	p = find("whatever", true, true, false);
	assert_true(p->flags & FLOWER_TRY && p->flags & FLOWER_TRY_NONSENSE);
	assert_int_equal(p->caps.needs | p->caps.needs_tcp | p->caps.needs_nat, 0);
	/* nobody but mlx5 cares for the generation */
	assert_ptr_equal(p, find("whatever", false, false, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_law),
		cmocka_unit_test(test_unfit),
		cmocka_unit_test(test_mlx5),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
