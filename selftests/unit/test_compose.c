// SPDX-License-Identifier: GPL-2.0-only
/*
 * The composer: each word of a dialect changes what it is to change, and nothing else. What all
 * dialects have in common is tested against the parser, in test_rule.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <linux/bits.h>
#include <linux/in.h>
#include <linux/string.h>
#include <linux/tc_act/tc_csum.h>
#include <nfo/compose.h>

#define USED(box, name)	(!!((box)->said.dissector.used_keys & BIT_ULL(FLOW_DISSECTOR_KEY_##name)))

struct box {
	struct nfo_rule rule;
	struct nfo_dialect dialect;
	struct nfo_said said;
	struct flow_rule *fr;
};

static void setup(struct box *b, bool ip4, bool tcp)
{
	memset(b, 0, sizeof(*b));
	b->fr = calloc(1, sizeof(*b->fr) + NFO_SAID_ACTIONS * sizeof(b->fr->action.entries[0]));
	assert_non_null(b->fr);
	b->rule.match.ifindex = 3;
	b->rule.match.l3proto = cpu_to_be16(ip4 ? ETH_P_IP : ETH_P_IPV6);
	b->rule.match.l4proto = tcp ? IPPROTO_TCP : IPPROTO_UDP;
	b->rule.match.sport = cpu_to_be16(1000);
	b->rule.match.dport = cpu_to_be16(2000);
}

static void say(struct box *b, u32 what, const struct nfo_ttl *ttl)
{
	memset(b->fr, 0, sizeof(*b->fr) + NFO_SAID_ACTIONS * sizeof(b->fr->action.entries[0]));
	b->dialect.say = what;
	nfo_compose(&b->rule, NULL, &b->dialect, ttl, &b->said, b->fr);
	assert_true(b->fr->action.num_entries <= NFO_SAID_ACTIONS);
	/* whatever comes after it would be done to a copy */
	assert_int_equal(b->fr->action.entries[b->fr->action.num_entries - 1].id,
			 FLOW_ACTION_REDIRECT);
}

static void tags(struct nfo_encap *encap, u8 *n, u16 outer, u16 inner)
{
	encap[0] = (struct nfo_encap) { cpu_to_be16(ETH_P_8021AD), outer };
	encap[1] = (struct nfo_encap) { cpu_to_be16(ETH_P_8021Q), inner };
	*n = 2;
}

static unsigned int count(const struct box *b, enum flow_action_id id)
{
	unsigned int i, n = 0;

	for (i = 0; i < b->fr->action.num_entries; i++)
		n += b->fr->action.entries[i].id == id;
	return n;
}

static const struct flow_action_entry *nth(const struct box *b, enum flow_action_id id,
					   unsigned int n)
{
	unsigned int i;

	for (i = 0; i < b->fr->action.num_entries; i++)
		if (b->fr->action.entries[i].id == id && !n--)
			return &b->fr->action.entries[i];
	fail_msg("no action %d", id);
	return NULL;
}

static void test_keys(void **state)
{
	struct box b;

	(void)state;
	setup(&b, true, true);
	say(&b, 0, NULL);
	assert_false(USED(&b, META) || USED(&b, TCP) || USED(&b, IP) || USED(&b, VLAN));
	/* without, some drivers do not look at the addresses (mlx5) */
	assert_true(USED(&b, CONTROL));
	assert_int_equal(b.said.key.control.addr_type, FLOW_DISSECTOR_KEY_IPV4_ADDRS);
	assert_int_equal(b.said.mask.control.flags, 0);
	assert_int_equal(b.said.mask.basic.n_proto, 0);
	/* one family: some drivers take a rule that marks both for IPv4 (bnxt) */
	assert_false(USED(&b, IPV6_ADDRS));

	say(&b, NFO_SAY_META | NFO_SAY_TCP_FLAGS | NFO_SAY_NO_FRAGMENT | NFO_SAY_ETHERTYPE, NULL);
	assert_int_equal(b.said.key.meta.ingress_ifindex, 3);
	assert_int_equal(b.said.mask.tcp.flags, cpu_to_be16(0x0005));
	assert_int_equal(b.said.key.tcp.flags, 0);
	assert_int_equal(b.said.mask.control.flags, FLOW_DIS_IS_FRAGMENT);
	assert_int_equal(b.said.key.control.flags, 0);
	assert_int_equal(b.said.key.basic.n_proto, cpu_to_be16(ETH_P_IP));
	free(b.fr);

	setup(&b, false, false);
	say(&b, NFO_SAY_TCP_FLAGS, NULL);
	assert_false(USED(&b, TCP) || USED(&b, IPV4_ADDRS));
	free(b.fr);
}

/* The ranges are apart, each a prefix, and together they are all from 32 up. */
static void test_covers(void **state)
{
	unsigned int ttl, i, hits;
	struct box b;

	(void)state;
	for (ttl = 0; ttl < 256; ttl++) {
		for (i = 0, hits = 0; i < NFO_TTL_COVERS; i++)
			hits += (ttl & nfo_ttl_cover[i].mask) == nfo_ttl_cover[i].value;
		assert_int_equal(hits, ttl >= 32);
	}
	for (i = 0; i < NFO_TTL_COVERS; i++)
		assert_int_equal(-nfo_ttl_cover[i].mask & ~nfo_ttl_cover[i].mask & 0xff, 0);
	setup(&b, true, true);
	say(&b, 0, &nfo_ttl_cover[1]);
	assert_true(USED(&b, IP));
	assert_int_equal(b.said.key.ip.ttl, 0x40);
	assert_int_equal(b.said.mask.ip.ttl, 0xc0);
	assert_int_equal(b.said.mask.ip.tos, 0);
	free(b.fr);
}

static void test_guard(void **state)
{
	struct box b;

	(void)state;
	setup(&b, true, true);
	b.dialect.guard = NFO_GUARD_TRAP;
	nfo_compose_guard(cpu_to_be16(ETH_P_IPV6), 0, 3, &b.dialect, &b.said, b.fr);
	assert_int_equal(b.fr->action.num_entries, 1);
	assert_int_equal(b.fr->action.entries[0].id, FLOW_ACTION_TRAP);
	assert_int_equal(b.said.key.basic.n_proto, cpu_to_be16(ETH_P_IPV6));
	assert_int_equal(b.said.key.ip.ttl, 0);
	assert_int_equal(b.said.mask.ip.ttl, 0xfe);
	assert_false(USED(&b, VLAN) || USED(&b, META));

	/* any tag of that kind */
	nfo_compose_guard(cpu_to_be16(ETH_P_IP), cpu_to_be16(ETH_P_8021AD), 3, &b.dialect, &b.said,
			  b.fr);
	assert_int_equal(b.said.key.vlan.vlan_tpid, cpu_to_be16(ETH_P_8021AD));
	assert_int_equal(b.said.mask.vlan.vlan_tpid, cpu_to_be16(0xffff));
	assert_int_equal(b.said.mask.vlan.vlan_id, 0);
	free(b.fr);
}

/* The exact form drivers know: add 255 to one byte, keep the other three. */
static void test_ttl(void **state)
{
	static const u8 val4[4] = { 0xff, 0, 0, 0 }, keep4[4] = { 0, 0xff, 0xff, 0xff };
	static const u8 val6[4] = { 0, 0, 0, 0xff }, keep6[4] = { 0xff, 0xff, 0xff, 0 };
	const struct flow_action_entry *act;
	struct box b;
	int ip4;

	(void)state;
	for (ip4 = 0; ip4 < 2; ip4++) {
		setup(&b, ip4, true);
		say(&b, NFO_SAY_TTL, NULL);
		act = nth(&b, FLOW_ACTION_ADD, 0);
		assert_int_equal(act->mangle.htype, ip4 ? FLOW_ACT_MANGLE_HDR_TYPE_IP4 :
							  FLOW_ACT_MANGLE_HDR_TYPE_IP6);
		assert_int_equal(act->mangle.offset, ip4 ? 8 : 4);
		assert_memory_equal(&act->mangle.val, ip4 ? val4 : val6, 4);
		assert_memory_equal(&act->mangle.mask, ip4 ? keep4 : keep6, 4);
		free(b.fr);
	}
}

static u32 csum(struct box *b, u32 what, u8 nat)
{
	b->rule.edit.flags = nat;
	say(b, what | NFO_SAY_CSUM, NULL);
	return count(b, FLOW_ACTION_CSUM) ? nth(b, FLOW_ACTION_CSUM, 0)->csum_flags : 0;
}

static void test_csum(void **state)
{
	struct box b;

	(void)state;
	setup(&b, true, true);
	assert_int_equal(csum(&b, 0, 0), 0);
	assert_int_equal(csum(&b, NFO_SAY_TTL, 0), TCA_CSUM_UPDATE_FLAG_IPV4HDR);
	assert_int_equal(csum(&b, 0, NFO_EDIT_SRC),
			 TCA_CSUM_UPDATE_FLAG_IPV4HDR | TCA_CSUM_UPDATE_FLAG_TCP);
	free(b.fr);
	setup(&b, false, false);
	assert_int_equal(csum(&b, NFO_SAY_TTL, 0), 0);
	assert_int_equal(csum(&b, NFO_SAY_TTL, NFO_EDIT_DST), TCA_CSUM_UPDATE_FLAG_UDP);
	say(&b, NFO_SAY_TTL, NULL);
	assert_int_equal(count(&b, FLOW_ACTION_CSUM), 0);
	/* one after each side, if there are two */
	csum(&b, NFO_SAY_CSUM_EACH, NFO_EDIT_SRC);
	assert_int_equal(count(&b, FLOW_ACTION_CSUM), 1);
	csum(&b, NFO_SAY_CSUM_EACH, NFO_EDIT_SRC | NFO_EDIT_DST);
	assert_int_equal(count(&b, FLOW_ACTION_CSUM), 2);
	assert_int_equal(nth(&b, FLOW_ACTION_CSUM, 0)->csum_flags, TCA_CSUM_UPDATE_FLAG_UDP);
	free(b.fr);
}

static void test_ports(void **state)
{
	static const u8 high[4] = { 0, 0, 0x12, 0x34 }, low[4] = { 0x12, 0x34, 0, 0 };
	static const u8 keep_high[4] = { 0xff, 0xff, 0, 0 }, keep_low[4] = { 0, 0, 0xff, 0xff };
	const struct flow_action_entry *act;
	struct box b;

	(void)state;
	setup(&b, true, false);
	b.rule.edit.flags = NFO_EDIT_DST;
	b.rule.edit.dport = cpu_to_be16(0x1234);
	say(&b, 0, NULL);
	/* four words of MAC addresses and the address come before */
	act = nth(&b, FLOW_ACTION_MANGLE, 5);
	assert_int_equal(act->mangle.htype, FLOW_ACT_MANGLE_HDR_TYPE_UDP);
	assert_memory_equal(&act->mangle.val, high, 4);
	assert_memory_equal(&act->mangle.mask, keep_high, 4);
	say(&b, NFO_SAY_DPORT_LOW, NULL);
	act = nth(&b, FLOW_ACTION_MANGLE, 5);
	assert_memory_equal(&act->mangle.val, low, 4);
	assert_memory_equal(&act->mangle.mask, keep_low, 4);
	free(b.fr);
}

static void test_vlan_match(void **state)
{
	struct box b;

	(void)state;
	setup(&b, true, true);
	tags(b.rule.match.encap, &b.rule.match.n_encap, 10, 20);
	say(&b, NFO_SAY_VLAN_NEXT, NULL);
	assert_int_equal(b.said.key.vlan.vlan_id, 10);
	assert_int_equal(b.said.key.vlan.vlan_tpid, cpu_to_be16(ETH_P_8021AD));
	assert_int_equal(b.said.key.vlan.vlan_eth_type, cpu_to_be16(ETH_P_8021Q));
	assert_int_equal(b.said.key.cvlan.vlan_id, 20);
	assert_int_equal(b.said.key.cvlan.vlan_eth_type, cpu_to_be16(ETH_P_IP));
	assert_int_equal(nfo_said_protocol(&b.rule), cpu_to_be16(ETH_P_8021AD));
	assert_int_equal(count(&b, FLOW_ACTION_VLAN_POP), 2);
	b.rule.match.n_encap = 1;
	say(&b, NFO_SAY_VLAN_NEXT | NFO_SAY_NO_PCP, NULL);
	assert_int_equal(b.said.key.vlan.vlan_eth_type, cpu_to_be16(ETH_P_IP));
	assert_false(USED(&b, CVLAN));
	assert_int_equal(b.said.mask.vlan.vlan_priority, 7);
	say(&b, NFO_SAY_VLAN_NEXT, NULL);
	assert_int_equal(b.said.mask.vlan.vlan_priority, 0);
	say(&b, NFO_SAY_NO_PCP, NULL);
	assert_int_equal(b.said.mask.vlan.vlan_priority, 7);
	assert_int_equal(b.said.key.vlan.vlan_priority, 0);
	assert_int_equal(b.said.mask.vlan.vlan_eth_type, 0);
	free(b.fr);
}

static void test_vlan_push(void **state)
{
	struct box b;

	(void)state;
	setup(&b, false, true);
	tags(b.rule.edit.encap, &b.rule.edit.n_encap, 10, 20);
	say(&b, 0, NULL);
	assert_int_equal(nth(&b, FLOW_ACTION_VLAN_PUSH, 0)->vlan.vid, 10);
	assert_int_equal(nth(&b, FLOW_ACTION_VLAN_PUSH, 1)->vlan.vid, 20);
	say(&b, NFO_SAY_INNER_FIRST, NULL);
	assert_int_equal(nth(&b, FLOW_ACTION_VLAN_PUSH, 0)->vlan.vid, 20);
	assert_int_equal(nth(&b, FLOW_ACTION_VLAN_PUSH, 0)->vlan.proto, cpu_to_be16(ETH_P_8021Q));
	assert_int_equal(nth(&b, FLOW_ACTION_VLAN_PUSH, 1)->vlan.vid, 10);
	free(b.fr);
}

/* The longest there can be fits. */
static void test_room(void **state)
{
	struct box b;

	(void)state;
	setup(&b, false, true);
	tags(b.rule.match.encap, &b.rule.match.n_encap, 1, 2);
	tags(b.rule.edit.encap, &b.rule.edit.n_encap, 3, 4);
	b.rule.edit.flags = NFO_EDIT_SRC | NFO_EDIT_DST;
	say(&b, NFO_SAY_TTL | NFO_SAY_CSUM | NFO_SAY_CSUM_EACH, NULL);
	assert_int_equal(b.fr->action.num_entries, NFO_SAID_ACTIONS);
	free(b.fr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_guard),
		cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_csum),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_vlan_match),
		cmocka_unit_test(test_vlan_push),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests_name("compose", tests, NULL, NULL);
}
