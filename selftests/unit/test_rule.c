// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parser, capability checker and composer, against each other and against what nf_flow_table is
 * known to send.
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
		cmocka_unit_test(test_check_protocols),
		cmocka_unit_test(test_check_nat),
		cmocka_unit_test(test_check_encap),
		cmocka_unit_test(test_check_exchange),
		cmocka_unit_test(test_check_mtu),
		cmocka_unit_test(test_check_pppoe),
		cmocka_unit_test(test_check_zone),
		cmocka_unit_test(test_check_needs),
		cmocka_unit_test(test_check_needs_some),
		cmocka_unit_test(test_noise),
	};
	const char *seed = getenv("SEED");

	srand(seed ? atoi(seed) : 1);
	printf("# seed %s\n", seed ? seed : "1");
	return cmocka_run_group_tests_name("rule", tests, NULL, NULL);
}
