// SPDX-License-Identifier: GPL-2.0-only
/* Capability checker: what a table does not say is refused, by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <linux/in.h>
#include <linux/string.h>

#include "../../drivers/core/rule.h"

/* Can do everything, but for what is taken away. */
static const struct nfo_caps able = {
	.flags = NFO_CAP_IP4 | NFO_CAP_IP6 | NFO_CAP_TCP | NFO_CAP_UDP | NFO_CAP_NAT4 |
		 NFO_CAP_NAT6 | NFO_CAP_NAT_BOTH | NFO_CAP_8021AD | NFO_CAP_MTU,
	.encap_match = NFO_ENCAP_MAX,
	.encap_push = NFO_ENCAP_MAX,
};

static struct nfo_rule plain_rule(bool ip4, bool tcp)
{
	struct nfo_rule r = {
		.match.l3proto = cpu_to_be16(ip4 ? ETH_P_IP : ETH_P_IPV6),
		.match.l4proto = tcp ? IPPROTO_TCP : IPPROTO_UDP,
		.edit.mtu = 1500,
	};

	return r;
}

static enum nfo_reason check(const struct nfo_rule *r, const struct nfo_caps *caps)
{
	const struct nfo_site site = { .caps = caps, .in_mtu = 1500, .out_mtu = 1500 };

	return nfo_rule_check(r, &site);
}

static enum nfo_reason check_without(const struct nfo_rule *r, u32 flags)
{
	struct nfo_caps caps = able;

	caps.flags &= ~flags;
	return check(r, &caps);
}

static void test_check_protocols(void **state)
{
	struct nfo_rule r4 = plain_rule(true, true), r6 = plain_rule(false, false);
	struct nfo_caps caps = able;

	assert_int_equal(check(&r4, &able), NFO_REASON_NONE);
	assert_int_equal(check(&r6, &able), NFO_REASON_NONE);
	assert_int_equal(check_without(&r4, NFO_CAP_IP6 | NFO_CAP_UDP), NFO_REASON_NONE);
	assert_int_equal(check_without(&r6, NFO_CAP_IP4 | NFO_CAP_TCP), NFO_REASON_NONE);
	assert_int_equal(check_without(&r4, NFO_CAP_IP4), NFO_REASON_FAMILY);
	assert_int_equal(check_without(&r6, NFO_CAP_IP6), NFO_REASON_FAMILY);
	assert_int_equal(check_without(&r4, NFO_CAP_TCP), NFO_REASON_L4PROTO);
	assert_int_equal(check_without(&r6, NFO_CAP_UDP), NFO_REASON_L4PROTO);
	r4.match.l4proto = IPPROTO_GRE;
	assert_int_equal(check(&r4, &able), NFO_REASON_L4PROTO);
	caps.flags |= NFO_CAP_GRE;
	assert_int_equal(check(&r4, &caps), NFO_REASON_NONE);
}

static void test_check_nat(void **state)
{
	static const u8 one[] = { NFO_EDIT_SRC, NFO_EDIT_DST };
	struct nfo_rule r4 = plain_rule(true, true), r6 = plain_rule(false, true);
	size_t i;

	assert_int_equal(check_without(&r4, NFO_CAP_NAT4 | NFO_CAP_NAT_BOTH), NFO_REASON_NONE);
	for (i = 0; i < sizeof(one); i++) {
		r4.edit.flags = one[i];
		r6.edit.flags = one[i];
		assert_int_equal(check_without(&r4, NFO_CAP_NAT_BOTH), NFO_REASON_NONE);
		assert_int_equal(check_without(&r6, NFO_CAP_NAT_BOTH), NFO_REASON_NONE);
		assert_int_equal(check_without(&r4, NFO_CAP_NAT4), NFO_REASON_NAT);
		assert_int_equal(check_without(&r4, NFO_CAP_NAT6), NFO_REASON_NONE);
		assert_int_equal(check_without(&r6, NFO_CAP_NAT6), NFO_REASON_NAT);
	}
	r4.edit.flags = NFO_EDIT_SRC | NFO_EDIT_DST;
	assert_int_equal(check(&r4, &able), NFO_REASON_NONE);
	assert_int_equal(check_without(&r4, NFO_CAP_NAT_BOTH), NFO_REASON_NAT);
	assert_int_equal(check_without(&r4, NFO_CAP_NAT4), NFO_REASON_NAT);
}

/* Tags around the packet as it comes in and as it leaves, of which the backend can do @max. */
static enum nfo_reason check_tags(__be16 outer, __be16 inner, u8 max, u32 without)
{
	struct nfo_encap tags[NFO_ENCAP_MAX] = { { .proto = outer }, { .proto = inner } };
	struct nfo_rule in = plain_rule(true, false), out = in;
	struct nfo_caps caps = able;
	enum nfo_reason reason;

	caps.flags &= ~without;
	memcpy(in.match.encap, tags, sizeof(tags));
	in.match.n_encap = inner ? 2 : 1;
	memcpy(out.edit.encap, tags, sizeof(tags));
	out.edit.n_encap = inner ? 2 : 1;
	caps.encap_match = max;
	caps.encap_push = 0;
	reason = check(&in, &caps);
	caps.encap_match = 0;
	caps.encap_push = max;
	assert_int_equal(check(&out, &caps), reason);
	return reason;
}

static void test_check_encap(void **state)
{
	const __be16 q = cpu_to_be16(ETH_P_8021Q), ad = cpu_to_be16(ETH_P_8021AD),
		     ppp = cpu_to_be16(ETH_P_PPP_SES);

	assert_int_equal(check_tags(q, 0, 0, 0), NFO_REASON_ENCAP);
	assert_int_equal(check_tags(q, 0, 1, NFO_CAP_8021AD), NFO_REASON_NONE);
	assert_int_equal(check_tags(q, q, 1, 0), NFO_REASON_ENCAP);
	assert_int_equal(check_tags(q, q, 2, NFO_CAP_8021AD), NFO_REASON_NONE);
	assert_int_equal(check_tags(ad, 0, 1, 0), NFO_REASON_NONE);
	assert_int_equal(check_tags(ad, 0, 1, NFO_CAP_8021AD), NFO_REASON_ENCAP);
	assert_int_equal(check_tags(ad, q, 2, 0), NFO_REASON_NONE);
	assert_int_equal(check_tags(ad, q, 2, NFO_CAP_8021AD), NFO_REASON_ENCAP);
	assert_int_equal(check_tags(q, ad, 2, NFO_CAP_8021AD), NFO_REASON_ENCAP);
	assert_int_equal(check_tags(ppp, 0, 1, 0), NFO_REASON_ENCAP);
	assert_int_equal(check_tags(q, ppp, 2, 0), NFO_REASON_ENCAP);
}

/* Without ENCAP_ANY: only off, only on, or an 802.1Q tag for another. */
static void test_check_exchange(void **state)
{
	static const struct {
		u8 off, on;
		bool fits;
	} cases[] = {
		{ 0, 1, true }, { 0, 2, true }, { 1, 0, true }, { 2, 0, true }, { 1, 1, true },
		{ 1, 2, false }, { 2, 1, false }, { 2, 2, false },
	};
	struct nfo_rule r = plain_rule(true, true);
	struct nfo_caps any = able, not = able;
	unsigned int i;

	any.flags |= NFO_CAP_ENCAP_ANY;
	not.flags &= ~NFO_CAP_ENCAP_ANY;
	for (i = 0; i < NFO_ENCAP_MAX; i++)
		r.match.encap[i].proto = r.edit.encap[i].proto = cpu_to_be16(ETH_P_8021Q);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		r.match.n_encap = cases[i].off;
		r.edit.n_encap = cases[i].on;
		assert_int_equal(check(&r, &any), NFO_REASON_NONE);
		assert_int_equal(check(&r, &not), cases[i].fits ? NFO_REASON_NONE :
								  NFO_REASON_ENCAP);
	}
	r.match.n_encap = r.edit.n_encap = 1;
	r.edit.encap[0].proto = cpu_to_be16(ETH_P_8021AD);
	assert_int_equal(check(&r, &not), NFO_REASON_ENCAP);
	assert_int_equal(check(&r, &any), NFO_REASON_NONE);
}

static void test_check_mtu(void **state)
{
	static const struct {
		u32 flags;
		u16 route;
		u32 in, out;
		enum nfo_reason want;
	} cases[] = {
		/* checks each rule's own MTU */
		{ NFO_CAP_MTU, 1400, 9000, 1500, NFO_REASON_NONE },
		{ NFO_CAP_MTU | NFO_CAP_MTU_DEV, 1400, 9000, 1500, NFO_REASON_NONE },
		/* checks that of the egress device */
		{ NFO_CAP_MTU_DEV, 1500, 9000, 1500, NFO_REASON_NONE },
		{ NFO_CAP_MTU_DEV, 1499, 1500, 1500, NFO_REASON_MTU },
		{ NFO_CAP_MTU_DEV, 1500, 1500, 1501, NFO_REASON_MTU },
		/* checks none: nothing too large may come in */
		{ 0, 1500, 1500, 1500, NFO_REASON_NONE },
		{ 0, 1499, 1500, 1500, NFO_REASON_MTU },
		{ 0, 1500, 1501, 1501, NFO_REASON_MTU },
		{ 0, 1500, 1400, 9000, NFO_REASON_NONE },
		{ 0, 1400, 1400, 9000, NFO_REASON_NONE },
		{ 0, 1399, 1400, 9000, NFO_REASON_MTU },
		/* the route is younger than the device's MTU */
		{ 0, 1500, 1500, 1499, NFO_REASON_MTU },
	};
	struct nfo_rule r = plain_rule(true, true);
	struct nfo_caps caps = able;
	struct nfo_site site = { .caps = &caps };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		caps.flags = (able.flags & ~NFO_CAP_MTU) | cases[i].flags;
		r.edit.mtu = cases[i].route;
		site.in_mtu = cases[i].in;
		site.out_mtu = cases[i].out;
		if (nfo_rule_check(&r, &site) != cases[i].want)
			fail_msg("case %zu", i);
	}
}

/* PPPoE: only the innermost layer, only where it is known; there is less room behind it. */
static void test_check_pppoe(void **state)
{
	struct nfo_rule r = plain_rule(true, true);
	struct nfo_caps caps = able;
	struct nfo_site site = { .caps = &caps, .in_mtu = 1500, .out_mtu = 1500 };

	caps.encap_match = NFO_ENCAP_MAX;
	r.match.n_encap = 1;
	r.match.encap[0].proto = cpu_to_be16(ETH_P_PPP_SES);
	assert_int_equal(nfo_rule_check(&r, &site), NFO_REASON_ENCAP);
	caps.flags |= NFO_CAP_PPPOE;
	assert_int_equal(nfo_rule_check(&r, &site), NFO_REASON_NONE);
	caps.flags &= ~(NFO_CAP_MTU | NFO_CAP_MTU_DEV);
	site.out_mtu = r.edit.mtu = 1492;
	assert_int_equal(nfo_rule_check(&r, &site), NFO_REASON_NONE);
	site.out_mtu = r.edit.mtu = 1491;
	assert_int_equal(nfo_rule_check(&r, &site), NFO_REASON_MTU);
	caps.flags |= NFO_CAP_MTU;
	r.match.n_encap = 2;
	r.match.encap[1].proto = cpu_to_be16(ETH_P_8021Q);
	assert_int_equal(nfo_rule_check(&r, &site), NFO_REASON_ENCAP);
}

/* What compares no more than the 5-tuple cannot tell zones apart. */
static void test_check_zone(void **state)
{
	struct nfo_rule r = plain_rule(true, true);
	struct nfo_caps caps = able;
	struct nfo_site site = { .caps = &caps, .in_mtu = 1500, .out_mtu = 1500, .zone = true };

	assert_int_equal(nfo_rule_check(&r, &site), NFO_REASON_NONE);
	caps.flags |= NFO_CAP_TUPLE_ONLY;
	assert_int_equal(nfo_rule_check(&r, &site), NFO_REASON_AMBIGUOUS);
	site.zone = false;
	assert_int_equal(nfo_rule_check(&r, &site), NFO_REASON_NONE);
}

static enum nfo_reason check_needs(const struct nfo_rule *r, const struct nfo_caps *caps, u32 allow)
{
	const struct nfo_site site = {
		.caps = caps, .in_mtu = 1500, .out_mtu = 1500, .allow = allow,
	};

	return nfo_rule_check(r, &site);
}

/* One at a time, in order, and last of all. */
static void test_check_needs(void **state)
{
	const u32 ttl = NFO_OPTIN(TTL_UNCHANGED), fin = NFO_OPTIN(NO_FIN_RST),
		  frag = NFO_OPTIN(FRAGMENTS), tag = NFO_OPTIN(ANY_TAG), fw = NFO_OPTIN(FILTER2),
		  all = ttl | fin | frag | tag | fw;
	struct nfo_rule r = plain_rule(true, true);
	struct nfo_caps caps = able;

	caps.needs = all;
	assert_int_equal(check_needs(&r, &caps, 0), NFO_REASON_TTL);
	assert_int_equal(check_needs(&r, &caps, ttl), NFO_REASON_FIN_RST);
	assert_int_equal(check_needs(&r, &caps, ttl | fin), NFO_REASON_FRAGMENTS);
	assert_int_equal(check_needs(&r, &caps, ttl | fin | frag), NFO_REASON_TAGS);
	assert_int_equal(check_needs(&r, &caps, all & ~fw), NFO_REASON_FIRMWARE);
	assert_int_equal(check_needs(&r, &caps, all), NFO_REASON_NONE);
	assert_int_equal(check_needs(&r, &caps, all & ~ttl), NFO_REASON_TTL);
	assert_int_equal(check_needs(&r, &able, 0), NFO_REASON_NONE);
	r.edit.mtu = 1000;
	caps.flags &= ~NFO_CAP_MTU;
	assert_int_equal(check_needs(&r, &caps, 0), NFO_REASON_MTU);
}

static void test_check_needs_some(void **state)
{
	struct nfo_rule tcp = plain_rule(true, true), udp = plain_rule(true, false);
	const u32 fin = NFO_OPTIN(NO_FIN_RST), fw = NFO_OPTIN(FILTER2);
	struct nfo_caps caps = able;

	caps.needs_tcp = fin;
	caps.needs_nat = fw;
	assert_int_equal(check_needs(&udp, &caps, 0), NFO_REASON_NONE);
	assert_int_equal(check_needs(&tcp, &caps, 0), NFO_REASON_FIN_RST);
	assert_int_equal(check_needs(&tcp, &caps, fin), NFO_REASON_NONE);
	caps.needs_udp = NFO_OPTIN(INNER_CSUM);
	assert_int_equal(check_needs(&tcp, &caps, fin), NFO_REASON_NONE);
	assert_int_equal(check_needs(&udp, &caps, fin), NFO_REASON_INNER_CSUM);
	assert_int_equal(check_needs(&udp, &caps, NFO_OPTIN(INNER_CSUM)), NFO_REASON_NONE);
	caps.needs_udp = 0;
	udp.edit.flags = NFO_EDIT_DST;
	tcp.edit.flags = NFO_EDIT_SRC;
	caps.needs_swap = NFO_OPTIN(ANY_TAG);
	caps.flags |= NFO_CAP_ENCAP_ANY;
	assert_int_equal(check_needs(&udp, &caps, fin), NFO_REASON_FIRMWARE);
	assert_int_equal(check_needs(&udp, &caps, fw), NFO_REASON_NONE);
	assert_int_equal(check_needs(&tcp, &caps, fw), NFO_REASON_FIN_RST);
	assert_int_equal(check_needs(&tcp, &caps, fin | fw), NFO_REASON_NONE);
	tcp.match.n_encap = 1;
	tcp.match.encap[0].proto = cpu_to_be16(ETH_P_8021Q);
	assert_int_equal(check_needs(&tcp, &caps, fin | fw), NFO_REASON_NONE);
	tcp.edit.n_encap = 1;
	tcp.edit.encap[0].proto = cpu_to_be16(ETH_P_8021Q);
	assert_int_equal(check_needs(&tcp, &caps, fin | fw), NFO_REASON_TAGS);
	assert_int_equal(check_needs(&tcp, &caps, fin | fw | NFO_OPTIN(ANY_TAG)), NFO_REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_protocols),
		cmocka_unit_test(test_check_nat),
		cmocka_unit_test(test_check_encap),
		cmocka_unit_test(test_check_exchange),
		cmocka_unit_test(test_check_mtu),
		cmocka_unit_test(test_check_pppoe),
		cmocka_unit_test(test_check_zone),
		cmocka_unit_test(test_check_needs),
		cmocka_unit_test(test_check_needs_some),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
