// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parser and composer, against each other and against what nf_flow_table is known to send.
 *
 * The composer makes the rule that nf would, so composing a rule at random and parsing it again
 * has to give the same rule; then one thing at a time is spoilt and has to be refused by name.
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

#include <nfo/compose.h>

#include "../../drivers/core/rule.h"

#define KEY(name)	BIT_ULL(FLOW_DISSECTOR_KEY_##name)
#define EGRESS		7

/* A rule with room for its actions and everything it points into. */
struct box {
	struct nfo_rule rule;
	struct nfo_facts facts;
	struct nfo_said match;
	struct flow_rule *fr;
};

static void random_bytes(void *mem, size_t len)
{
	u8 *p = mem;

	while (len--)
		*p++ = rand() >> 7;
}

static void random_addr(union nfo_addr *addr, bool ip4)
{
	memset(addr, 0, sizeof(*addr));
	random_bytes(addr, ip4 ? 4 : 16);
}

static u8 random_encap(struct nfo_encap *encap)
{
	u8 n = rand() % 3, i;

	for (i = 0; i < n; i++) {
		encap[i].proto = cpu_to_be16(ETH_P_8021Q);
		encap[i].id = rand() % 4095;
	}
	return n;
}

static void random_rule(struct nfo_rule *r, bool ip4, bool tcp)
{
	memset(r, 0, sizeof(*r));
	r->match.ifindex = 1 + rand() % 100;
	r->match.l3proto = cpu_to_be16(ip4 ? ETH_P_IP : ETH_P_IPV6);
	r->match.l4proto = tcp ? IPPROTO_TCP : IPPROTO_UDP;
	random_addr(&r->match.src, ip4);
	random_addr(&r->match.dst, ip4);
	random_bytes(&r->match.sport, 2);
	random_bytes(&r->match.dport, 2);
	r->match.n_encap = random_encap(r->match.encap);

	r->edit.ifindex = EGRESS;
	r->edit.n_encap = random_encap(r->edit.encap);
	random_bytes(r->edit.dmac, 12);
	r->edit.flags = rand() % 4;
	if (r->edit.flags & NFO_EDIT_SRC) {
		random_addr(&r->edit.src, ip4);
		random_bytes(&r->edit.sport, 2);
	}
	if (r->edit.flags & NFO_EDIT_DST) {
		random_addr(&r->edit.dst, ip4);
		random_bytes(&r->edit.dport, 2);
	}
	r->edit.mtu = 1280 + rand() % 300;
}

/* What nf_flow_table itself says, and its parser expects. */
static const struct nfo_dialect nf_dialect = {
	.say = NFO_SAY_META | NFO_SAY_ETHERTYPE | NFO_SAY_TCP_FLAGS | NFO_SAY_CSUM,
};

static void compose(struct box *b)
{
	size_t size = sizeof(*b->fr) + NFO_SAID_ACTIONS * sizeof(b->fr->action.entries[0]);

	b->fr = calloc(1, size);
	assert_non_null(b->fr);
	nfo_compose(&b->rule, NULL, &nf_dialect, NULL, &b->match, b->fr);
	assert_true(b->fr->action.num_entries <= NFO_SAID_ACTIONS);

	memset(&b->facts, 0, sizeof(b->facts));
	b->facts.mtu = b->rule.edit.mtu;
	b->facts.egress = EGRESS;
	b->facts.n_in = b->rule.match.n_encap;
	b->facts.n_out = b->rule.edit.n_encap;
	memcpy(b->facts.in, b->rule.match.encap, sizeof(b->facts.in));
	memcpy(b->facts.out, b->rule.edit.encap, sizeof(b->facts.out));
}

static enum nfo_reason parse(struct box *b, struct nfo_rule *out)
{
	return nfo_rule_parse(b->fr, &b->facts, out);
}

/* An IPv4 TCP rule with source NAT and without tags: the plainest masquerade. */
static void masquerade(struct box *b)
{
	memset(b, 0, sizeof(*b));
	random_rule(&b->rule, true, true);
	b->rule.match.n_encap = 0;
	b->rule.edit.n_encap = 0;
	memset(b->rule.match.encap, 0, sizeof(b->rule.match.encap));
	memset(b->rule.edit.encap, 0, sizeof(b->rule.edit.encap));
	b->rule.edit.flags = NFO_EDIT_SRC;
	random_addr(&b->rule.edit.src, true);
	random_addr(&b->rule.edit.dst, true);
	memset(&b->rule.edit.dst, 0, sizeof(b->rule.edit.dst));
	b->rule.edit.dport = 0;
	compose(b);
}

static struct flow_action_entry *find(struct box *b, enum flow_action_id id)
{
	unsigned int i;

	for (i = 0; i < b->fr->action.num_entries; i++)
		if (b->fr->action.entries[i].id == id)
			return &b->fr->action.entries[i];
	fail_msg("no action %d", id);
	return NULL;
}

static struct flow_action_entry *append(struct box *b, enum flow_action_id id)
{
	struct flow_action_entry *act = &b->fr->action.entries[b->fr->action.num_entries++];

	memset(act, 0, sizeof(*act));
	act->id = id;
	return act;
}

static void expect(struct box *b, enum nfo_reason want)
{
	struct nfo_rule out;

	assert_int_equal(parse(b, &out), want);
	free(b->fr);
}

static void test_round_trip(void **state)
{
	struct nfo_rule out;
	struct box b;
	int i;

	for (i = 0; i < 20000; i++) {
		random_rule(&b.rule, i & 1, i & 2);
		compose(&b);
		assert_int_equal(parse(&b, &out), NFO_REASON_NONE);
		assert_memory_equal(&out, &b.rule, sizeof(out));
		free(b.fr);
	}
}

/* A port that is rewritten without its address keeps the matched address, and the other way. */
static void test_half_nat(void **state)
{
	struct flow_action_entry *act;
	struct nfo_rule out;
	unsigned int i;
	struct box b;

	masquerade(&b);
	for (i = 0; i < b.fr->action.num_entries; i++) {
		act = &b.fr->action.entries[i];
		if (act->id == FLOW_ACTION_MANGLE &&
		    act->mangle.htype == FLOW_ACT_MANGLE_HDR_TYPE_IP4)
			act->id = FLOW_ACTION_CSUM;
	}
	assert_int_equal(parse(&b, &out), NFO_REASON_NONE);
	assert_int_equal(out.edit.flags, NFO_EDIT_SRC);
	assert_int_equal(out.edit.src.ip4, b.rule.match.src.ip4);
	assert_int_equal(out.edit.sport, b.rule.edit.sport);
	free(b.fr);
}

static void test_keys(void **state)
{
	static const struct { u64 key; enum nfo_reason want; } more[] = {
		{ KEY(ETH_ADDRS), NFO_REASON_UNKNOWN_KEY },
		{ KEY(IP), NFO_REASON_UNKNOWN_KEY },
		{ KEY(ENC_KEYID), NFO_REASON_TUNNEL },
		/* announced without an offset by nf, for IPv6 tunnels */
		{ KEY(ENC_IPV6_ADDRS), NFO_REASON_TUNNEL },
	}, less[] = {
		{ KEY(META), NFO_REASON_UNKNOWN_KEY },
		{ KEY(CONTROL), NFO_REASON_UNKNOWN_KEY },
		{ KEY(BASIC), NFO_REASON_UNKNOWN_KEY },
		{ KEY(IPV4_ADDRS), NFO_REASON_FAMILY },
		{ KEY(PORTS), NFO_REASON_MASK },
		{ KEY(TCP), NFO_REASON_UNKNOWN_KEY },
	};
	struct box b;
	size_t i;

	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		masquerade(&b);
		b.match.dissector.used_keys |= more[i].key;
		expect(&b, more[i].want);
	}
	for (i = 0; i < sizeof(less) / sizeof(less[0]); i++) {
		masquerade(&b);
		b.match.dissector.used_keys &= ~less[i].key;
		expect(&b, less[i].want);
	}
}

static void test_masks(void **state)
{
	struct box b;

	masquerade(&b);
	b.match.mask.meta.ingress_ifindex = 0;
	expect(&b, NFO_REASON_MASK);
	masquerade(&b);
	b.match.mask.basic.ip_proto = 0;
	expect(&b, NFO_REASON_MASK);
	masquerade(&b);
	b.match.mask.ip4.dst ^= 1;
	expect(&b, NFO_REASON_MASK);
	masquerade(&b);
	b.match.mask.ports.src = 0;
	expect(&b, NFO_REASON_MASK);
	masquerade(&b);
	b.match.mask.tcp.flags = cpu_to_be16(0x0001);
	expect(&b, NFO_REASON_MASK);
	masquerade(&b);
	b.match.key.tcp.flags = cpu_to_be16(0x0001);
	expect(&b, NFO_REASON_MASK);
	masquerade(&b);
	b.match.mask.control.flags = 1;
	expect(&b, NFO_REASON_UNKNOWN_KEY);
}

static void test_protocols(void **state)
{
	struct box b;

	masquerade(&b);
	b.match.key.basic.ip_proto = IPPROTO_SCTP;
	expect(&b, NFO_REASON_L4PROTO);
	masquerade(&b);
	b.match.key.basic.ip_proto = IPPROTO_GRE;
	expect(&b, NFO_REASON_UNKNOWN_KEY);
	masquerade(&b);
	b.match.key.basic.n_proto = cpu_to_be16(ETH_P_ARP);
	expect(&b, NFO_REASON_FAMILY);
	masquerade(&b);
	b.match.key.basic.n_proto = cpu_to_be16(ETH_P_IPV6);
	expect(&b, NFO_REASON_FAMILY);
}

static void test_actions(void **state)
{
	struct flow_action_entry *act;
	struct box b;

	masquerade(&b);
	append(&b, FLOW_ACTION_MARK);
	expect(&b, NFO_REASON_UNKNOWN_ACTION);
	masquerade(&b);
	append(&b, FLOW_ACTION_REDIRECT);
	expect(&b, NFO_REASON_UNKNOWN_ACTION);
	masquerade(&b);
	append(&b, FLOW_ACTION_TUNNEL_DECAP);
	expect(&b, NFO_REASON_TUNNEL);
	masquerade(&b);
	find(&b, FLOW_ACTION_REDIRECT)->id = FLOW_ACTION_CSUM;
	expect(&b, NFO_REASON_NO_EGRESS);
	/* an all-zero action is an ACCEPT that nobody meant */
	masquerade(&b);
	append(&b, FLOW_ACTION_ACCEPT);
	expect(&b, NFO_REASON_ENCAP);
	masquerade(&b);
	append(&b, FLOW_ACTION_VLAN_POP);
	expect(&b, NFO_REASON_ENCAP);
	masquerade(&b);
	act = append(&b, FLOW_ACTION_VLAN_PUSH);
	act->vlan.vid = 5;
	act->vlan.proto = cpu_to_be16(ETH_P_8021Q);
	expect(&b, NFO_REASON_ENCAP);
}

/* The first mangle is the upper half of the source MAC. */
static void test_mangles(void **state)
{
	static const u32 offsets[] = { 12, 9, 0x7fffffff, 0xffffffff, 0xfffffffe };
	struct flow_action_entry *act;
	struct box b;
	size_t i;

	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		masquerade(&b);
		act = append(&b, FLOW_ACTION_MANGLE);
		act->mangle.htype = FLOW_ACT_MANGLE_HDR_TYPE_ETH;
		act->mangle.offset = offsets[i];
		expect(&b, NFO_REASON_REWRITE);
	}
	masquerade(&b);
	find(&b, FLOW_ACTION_MANGLE)->mangle.mask = 0xf0f0f0f0;
	expect(&b, NFO_REASON_REWRITE);
	masquerade(&b);
	find(&b, FLOW_ACTION_MANGLE)->mangle.mask = ~0U;
	expect(&b, NFO_REASON_REWRITE);
	masquerade(&b);
	find(&b, FLOW_ACTION_MANGLE)->mangle.htype = FLOW_ACT_MANGLE_HDR_TYPE_UDP;
	expect(&b, NFO_REASON_REWRITE);
	masquerade(&b);
	append(&b, FLOW_ACTION_MANGLE)->mangle.htype = FLOW_ACT_MANGLE_UNSPEC;
	expect(&b, NFO_REASON_REWRITE);
	/* TOS, which nobody rewrites here */
	masquerade(&b);
	append(&b, FLOW_ACTION_MANGLE)->mangle.htype = FLOW_ACT_MANGLE_HDR_TYPE_IP4;
	expect(&b, NFO_REASON_REWRITE);
}

/* nf loses the tag type of an 802.1ad push; the tuples have it. */
static void test_stag_push(void **state)
{
	struct nfo_rule out;
	struct box b;

	masquerade(&b);
	append(&b, FLOW_ACTION_ACCEPT);
	b.facts.n_out = 1;
	b.facts.out[0].proto = cpu_to_be16(ETH_P_8021AD);
	b.facts.out[0].id = 40;
	assert_int_equal(parse(&b, &out), NFO_REASON_NONE);
	assert_int_equal(out.edit.n_encap, 1);
	assert_int_equal(out.edit.encap[0].id, 40);
	free(b.fr);
}

/* nf neither matches nor removes a PPPoE session on ingress; the tuples tell. */
static void test_pppoe_ingress(void **state)
{
	struct nfo_rule out;
	struct box b;

	masquerade(&b);
	b.facts.n_in = 1;
	b.facts.in[0].proto = cpu_to_be16(ETH_P_PPP_SES);
	b.facts.in[0].id = 7;
	assert_int_equal(parse(&b, &out), NFO_REASON_NONE);
	assert_int_equal(out.match.n_encap, 1);
	free(b.fr);
}

/* Whatever the bytes, the parser answers and stays within its bounds (run with sanitizers). */
static void test_noise(void **state)
{
	struct flow_action_entry *act;
	struct nfo_rule out;
	unsigned int i;
	struct box b;
	int n;

	for (n = 0; n < 20000; n++) {
		random_rule(&b.rule, n & 1, n & 2);
		compose(&b);
		for (i = 0; i < 3; i++) {
			act = &b.fr->action.entries[rand() % b.fr->action.num_entries];
			random_bytes(&act->mangle.offset, rand() % 5);
			random_bytes(&act->mangle.mask, rand() % 5);
			act->id = rand() % (FLOW_ACTION_PPPOE_PUSH + 2);
		}
		b.facts.n_in = rand() % 4;
		b.facts.n_out = rand() % 4;
		if (rand() % 2)
			b.match.dissector.used_keys ^= BIT_ULL(rand() % FLOW_DISSECTOR_KEY_MAX);
		assert_true(parse(&b, &out) <= NFO_REASON_MAX);
		free(b.fr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_half_nat),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_mangles),
		cmocka_unit_test(test_stag_push),
		cmocka_unit_test(test_pppoe_ingress),
		cmocka_unit_test(test_noise),
	};
	const char *seed = getenv("SEED");

	srand(seed ? atoi(seed) : 1);
	printf("# seed %s\n", seed ? seed : "1");
	return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
