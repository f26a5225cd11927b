// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model's dialects, fed with what the flower backend says: rules at random within what a profile
 * promises are composed, parsed as the driver would, and done to a packet. The packet has to be what
 * the rule wants, but for what the profile leaves to an administrator. Then words that the backend
 * would not say: each driver's refusals, what it overlooks and what it gets wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <linux/in.h>
#include <linux/string.h>
#include <linux/tc_act/tc_csum.h>

#include "../../drivers/flower/profile.h"
#include "../../drivers/sim/flower.h"

#define ROUNDS	400
#define EGRESS	((struct net_device *)8)

/* What of a packet a rule can see and change; tags outermost first. */
struct packet {
	struct sim_fkey head;
	struct sim_tag tag[4];
	unsigned int tags;
};

struct box {
	const struct sim_dialect *dialect;
	const struct flower_profile *profile;
	bool filter2;
	struct nfo_rule rule;
	struct nfo_said said;
	struct flow_rule *fr;
	struct sim_flower out;
	const char *why;
};

/* Every pair of a profile of the backend and the driver it is made for. */
static const struct {
	const char *driver;
	struct flower_traits traits;
	const struct sim_dialect *dialect;
} pairs[] = {
	{ "mlx5_core", { .eswitch = true }, &sim_dialect_mlx5 },
	{ "mlx5_core", { .eswitch = true, .uplink = true, .old = true }, &sim_dialect_mlx5 },
	{ "mlx5_core", { .uplink = true }, &sim_dialect_mlx5_nic },
	{ "nfp", { .eswitch = true }, &sim_dialect_nfp },
	{ "sfc_ef100", { .eswitch = true }, &sim_dialect_sfc },
	{ "cxgb4", {}, &sim_dialect_cxgb4 },
	{ "bnxt_en", { .eswitch = true }, &sim_dialect_bnxt },
	{ "nfo_sim_tc", { .eswitch = true }, &sim_dialect_tc },
	{ "nfo_sim", { .eswitch = true }, &sim_dialect_generic },
};

#define PAIRS	(sizeof(pairs) / sizeof(pairs[0]))

static void box_new(struct box *b, unsigned int pair)
{
	const char *why = NULL;

	memset(b, 0, sizeof(*b));
	b->dialect = pairs[pair].dialect;
	b->profile = flower_profile_find(pairs[pair].driver, &pairs[pair].traits, &why);
	assert_non_null(b->profile);
	b->filter2 = true;
	b->fr = calloc(1, sizeof(*b->fr) + NFO_SAID_ACTIONS * sizeof(b->fr->action.entries[0]));
	assert_non_null(b->fr);
}

static void box_free(struct box *b)
{
	free(b->fr);
}

/* ---- rules at random */

static void random_bytes(void *mem, size_t len)
{
	u8 *p = mem;

	while (len--)
		*p++ = 1 + rand() % 255;
}

static void random_addr(union nfo_addr *addr, bool ip4)
{
	memset(addr, 0, sizeof(*addr));
	random_bytes(addr, ip4 ? 4 : 16);
}

static void random_encap(const struct box *b, struct nfo_encap *encap, u8 *n, u8 max)
{
	bool ad = b->profile->caps.flags & NFO_CAP_8021AD && rand() % 2;
	u8 i;

	*n = rand() % (max + 1);
	for (i = 0; i < *n; i++) {
		encap[i].proto = cpu_to_be16(ad && i == 0 ? ETH_P_8021AD : ETH_P_8021Q);
		encap[i].id = 1 + rand() % 4000;
	}
}

/* As the core's checker has it: without NFO_CAP_ENCAP_ANY tags are matched, put on, or exchanged. */
static bool encap_fits(const struct box *b)
{
	const struct nfo_match *m = &b->rule.match;
	const struct nfo_edit *e = &b->rule.edit;

	if (b->profile->caps.flags & NFO_CAP_ENCAP_ANY || !m->n_encap || !e->n_encap)
		return true;
	return m->n_encap == 1 && e->n_encap == 1 &&
	       m->encap[0].proto == cpu_to_be16(ETH_P_8021Q) &&
	       e->encap[0].proto == cpu_to_be16(ETH_P_8021Q);
}

static void random_rule(struct box *b)
{
	const struct nfo_caps *caps = &b->profile->caps;
	struct nfo_match *m = &b->rule.match;
	struct nfo_edit *e = &b->rule.edit;
	bool ip4 = rand() % 2;

	memset(&b->rule, 0, sizeof(b->rule));
	m->ifindex = 3;
	m->l3proto = cpu_to_be16(ip4 ? ETH_P_IP : ETH_P_IPV6);
	m->l4proto = rand() % 2 ? IPPROTO_TCP : IPPROTO_UDP;
	random_addr(&m->src, ip4);
	random_addr(&m->dst, ip4);
	random_bytes(&m->sport, 2);
	random_bytes(&m->dport, 2);
	do {
		random_encap(b, m->encap, &m->n_encap, caps->encap_match);
		random_encap(b, e->encap, &e->n_encap, caps->encap_push);
	} while (!encap_fits(b));
	random_bytes(e->dmac, 2 * ETH_ALEN);
	if (caps->flags & (ip4 ? NFO_CAP_NAT4 : NFO_CAP_NAT6))
		e->flags = rand() % (caps->flags & NFO_CAP_NAT_BOTH ? 4 : 3);
	if (e->flags & NFO_EDIT_SRC) {
		random_addr(&e->src, ip4);
		random_bytes(&e->sport, 2);
	}
	if (e->flags & NFO_EDIT_DST) {
		random_addr(&e->dst, ip4);
		random_bytes(&e->dport, 2);
	}
}

/* ---- a packet that the rule is for, and what it is to become */

static void set_tags(struct packet *p, const struct nfo_encap *encap, u8 n, u16 pcp)
{
	u8 i;

	memset(p->tag, 0, sizeof(p->tag));
	for (i = 0; i < n; i++) {
		p->tag[i].tpid = encap[i].proto;
		p->tag[i].tci = cpu_to_be16(encap[i].id | (i == 0 ? pcp << 13 : 0));
	}
	p->tags = n;
	memcpy(p->head.tag, p->tag, sizeof(p->head.tag));
}

static void packet_in(const struct box *b, struct packet *p)
{
	const struct nfo_match *m = &b->rule.match;

	memset(p, 0, sizeof(*p));
	memcpy(p->head.ip.src, &m->src, sizeof(p->head.ip.src));
	memcpy(p->head.ip.dst, &m->dst, sizeof(p->head.ip.dst));
	p->head.ip.sport = m->sport;
	p->head.ip.dport = m->dport;
	p->head.ip.proto = m->l3proto;
	p->head.ip.l4 = m->l4proto;
	random_bytes(p->head.mac, sizeof(p->head.mac));
	p->head.tcp_flags = m->l4proto == IPPROTO_TCP ? cpu_to_be16(0x0018) : 0;
	p->head.ttl = 64;
	p->head.bits = SIM_L4;
	set_tags(p, m->encap, m->n_encap, 0);
}

static void packet_want(const struct box *b, const struct packet *in, struct packet *want)
{
	const struct nfo_edit *e = &b->rule.edit;

	*want = *in;
	memcpy(want->head.mac, e->dmac, sizeof(want->head.mac));
	if (e->flags & NFO_EDIT_SRC) {
		memcpy(want->head.ip.src, &e->src, sizeof(e->src));
		want->head.ip.sport = e->sport;
	}
	if (e->flags & NFO_EDIT_DST) {
		memcpy(want->head.ip.dst, &e->dst, sizeof(e->dst));
		want->head.ip.dport = e->dport;
	}
	if (!(b->profile->caps.needs & NFO_OPTIN(TTL_UNCHANGED)))
		want->head.ttl--;
	set_tags(want, e->encap, e->n_encap, 0);
}

/* ---- what the hardware does */

static bool matches(const struct sim_flower *f, const struct packet *p)
{
	const u8 *head = (const u8 *)&p->head, *mask = (const u8 *)&f->mask;
	const u8 *key = (const u8 *)&f->key;
	size_t i;

	for (i = 0; i < sizeof(f->key); i++)
		if ((head[i] & mask[i]) != key[i])
			return false;
	return true;
}

/* A byte of a header, or NULL if packets here have none there. */
static u8 *byte_of(struct packet *p, const struct sim_act *act, u32 pos)
{
	switch (act->layer) {
	case SIM_LAYER_ETH:
		return &p->head.mac[pos];
	case SIM_LAYER_IP4:
		if (pos == 8)
			return &p->head.ttl;
		return pos < 16 ? (u8 *)p->head.ip.src + pos - 12 :
				  (u8 *)p->head.ip.dst + pos - 16;
	case SIM_LAYER_IP6:
		if (pos == 7)
			return &p->head.ttl;
		return pos < 24 ? (u8 *)p->head.ip.src + pos - 8 :
				  (u8 *)p->head.ip.dst + pos - 24;
	default:
		return (u8 *)&p->head.ip.sport + pos;
	}
}

static void set(struct packet *p, const struct sim_act *act)
{
	const u8 *keep = (const u8 *)&act->keep, *val = (const u8 *)&act->val;
	u32 i;
	u8 *at;

	for (i = 0; i < 4; i++) {
		if (keep[i] == 0xff)
			continue;
		at = byte_of(p, act, act->offset + i);
		*at = (*at & keep[i]) | val[i];
	}
}

static void retag(struct packet *p, const struct sim_act *act)
{
	assert_true(p->tags > 0);
	p->tag[0].tpid = act->tag.tpid;
	p->tag[0].tci = (p->tag[0].tci & act->keep_tci) | act->tag.tci;
}

static void run(struct packet *p, const struct sim_flower *f)
{
	u32 i;

	for (i = 0; i < f->n; i++) {
		const struct sim_act *act = &f->act[i];

		switch (act->op) {
		case SIM_OP_SET:
			set(p, act);
			break;
		case SIM_OP_ADD:
			p->head.ttl += act->val;
			break;
		case SIM_OP_PUSH:
			memmove(&p->tag[1], &p->tag[0], p->tags++ * sizeof(p->tag[0]));
			p->tag[0] = act->tag;
			break;
		case SIM_OP_POP:
			assert_true(p->tags > 0);
			memmove(&p->tag[0], &p->tag[1], --p->tags * sizeof(p->tag[0]));
			break;
		case SIM_OP_RETAG:
			retag(p, act);
			break;
		}
	}
	memset(&p->tag[p->tags], 0, (4 - p->tags) * sizeof(p->tag[0]));
	memcpy(p->head.tag, p->tag, sizeof(p->head.tag));
}

static int parse(struct box *b)
{
	struct sim_parse p = {
		.dialect = b->dialect,
		.rule = b->fr,
		.ifindex = b->rule.match.ifindex,
		.prio = 1,
		.filter2 = b->filter2,
		.out = &b->out,
	};
	int err = sim_flower_parse(&p);

	b->why = p.why;
	assert_true(!err == !p.why);
	return err;
}

static void compose(struct box *b)
{
	memset(b->fr, 0, sizeof(*b->fr) + NFO_SAID_ACTIONS * sizeof(b->fr->action.entries[0]));
	/* a range that has 64 in it, if the profile has ranges */
	nfo_compose(&b->rule, EGRESS, &b->profile->dialect,
		    b->profile->dialect.guard == NFO_GUARD_COVER ? &nfo_ttl_cover[1] : NULL,
		    &b->said, b->fr);
}

static void accepted(struct box *b)
{
	if (parse(b))
		fail_msg("%s: %s", b->profile->name, b->why);
}

static void refused(struct box *b, const char *why)
{
	if (!parse(b))
		fail_msg("%s: taken, not \"%s\"", b->profile->name, why);
	if (!strstr(b->why, why))
		fail_msg("%s: \"%s\" is not about \"%s\"", b->profile->name, b->why, why);
}

/* ---- what the backend says is what the driver does */

static void one_round(struct box *b)
{
	struct packet in, out, want;

	random_rule(b);
	compose(b);
	accepted(b);
	assert_int_equal(b->out.end, SIM_END_REDIRECT);
	assert_ptr_equal(b->out.out, EGRESS);
	packet_in(b, &in);
	assert_true(matches(&b->out, &in));
	packet_want(b, &in, &want);
	out = in;
	run(&out, &b->out);
	assert_memory_equal(&out, &want, sizeof(out));
}

static void test_backend(void **state)
{
	unsigned int pair, i;
	struct box b;

	(void)state;
	for (pair = 0; pair < PAIRS; pair++) {
		box_new(&b, pair);
		for (i = 0; i < ROUNDS; i++)
			one_round(&b);
		box_free(&b);
	}
}

/* What is to go to the CPU does not match, unless an administrator has to allow it. */
static void near_misses(struct box *b)
{
	const struct nfo_caps *caps = &b->profile->caps;
	bool tcp = b->rule.match.l4proto == IPPROTO_TCP;
	struct packet p;

	packet_in(b, &p);
	p.head.ip.dport ^= cpu_to_be16(1);
	assert_false(matches(&b->out, &p));
	packet_in(b, &p);
	p.head.tcp_flags |= cpu_to_be16(0x0001);
	if (tcp)
		assert_int_equal(matches(&b->out, &p),
				 !!(caps->needs_tcp & NFO_OPTIN(NO_FIN_RST)));
	packet_in(b, &p);
	p.head.bits |= SIM_FRAG | SIM_FIRST;
	assert_int_equal(matches(&b->out, &p), !!(caps->needs & NFO_OPTIN(FRAGMENTS)));
	packet_in(b, &p);
	p.head.ttl = 1;
	if (b->profile->dialect.guard == NFO_GUARD_COVER)
		assert_false(matches(&b->out, &p));
	if (b->rule.match.n_encap == SIM_KEY_TAGS)
		return;
	packet_in(b, &p);
	p.head.tag[b->rule.match.n_encap].tpid = cpu_to_be16(ETH_P_8021Q);
	assert_int_equal(matches(&b->out, &p), !!(caps->needs & NFO_OPTIN(ANY_TAG)));
}

static void test_near_misses(void **state)
{
	unsigned int pair, i;
	struct box b;

	(void)state;
	for (pair = 0; pair < PAIRS; pair++) {
		box_new(&b, pair);
		for (i = 0; i < ROUNDS; i++) {
			random_rule(&b);
			compose(&b);
			accepted(&b);
			near_misses(&b);
		}
		box_free(&b);
	}
}

/* ---- one word too many, or one too few */

enum { MLX5, MLX5_OLD, MLX5_NIC, NFP, SFC, CXGB4, BNXT, TC, GENERIC };

/* A UDP rule with source translation where there is any, and without tags. */
static void plain(struct box *b, unsigned int pair, bool ip4)
{
	box_new(b, pair);
	do
		random_rule(b);
	while (b->rule.match.l4proto != IPPROTO_UDP || b->rule.match.n_encap ||
	       b->rule.edit.n_encap || (b->rule.match.l3proto == cpu_to_be16(ETH_P_IP)) != ip4 ||
	       (pair != SFC && b->rule.edit.flags != NFO_EDIT_SRC));
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

/* Take an action out, or put one in before it. */
static void drop(struct box *b, enum flow_action_id id)
{
	struct flow_action *a = &b->fr->action;
	struct flow_action_entry *act = find(b, id);

	a->num_entries--;
	memmove(act, act + 1, (size_t)(&a->entries[a->num_entries] - act) * sizeof(*act));
}

static struct flow_action_entry *insert(struct box *b, enum flow_action_id before,
					enum flow_action_id id)
{
	struct flow_action *a = &b->fr->action;
	struct flow_action_entry *act = find(b, before);

	assert_true(a->num_entries < NFO_SAID_ACTIONS);
	memmove(act + 1, act, (size_t)(&a->entries[a->num_entries] - act) * sizeof(*act));
	a->num_entries++;
	memset(act, 0, sizeof(*act));
	act->id = id;
	act->hw_stats = FLOW_ACTION_HW_STATS_DONT_CARE;
	act->vlan.proto = cpu_to_be16(ETH_P_8021Q);
	return act;
}

static void use(struct box *b, unsigned int key)
{
	b->said.dissector.used_keys |= BIT_ULL(key);
}

static void test_unknown_keys(void **state)
{
	unsigned int pair;
	struct box b;

	(void)state;
	for (pair = 0; pair < PAIRS; pair++) {
		plain(&b, pair, true);
		use(&b, FLOW_DISSECTOR_KEY_ENC_OPTS);
		if (pair == BNXT)
			accepted(&b);
		else
			refused(&b, "match on a key");
		box_free(&b);
	}
}

static void test_unknown_actions(void **state)
{
	unsigned int pair;
	struct box b;

	(void)state;
	for (pair = 0; pair < PAIRS; pair++) {
		plain(&b, pair, true);
		insert(&b, FLOW_ACTION_REDIRECT, FLOW_ACTION_PPPOE_PUSH);
		if (pair == BNXT)
			accepted(&b);
		else
			refused(&b, "an action that the device does not know");
		box_free(&b);
	}
}

static void test_mlx5(void **state)
{
	struct box b;

	(void)state;
	plain(&b, MLX5, true);
	insert(&b, FLOW_ACTION_REDIRECT, FLOW_ACTION_VLAN_PUSH);
	insert(&b, FLOW_ACTION_REDIRECT, FLOW_ACTION_VLAN_POP);
	refused(&b, "order");
	box_free(&b);

	plain(&b, MLX5_NIC, true);
	insert(&b, FLOW_ACTION_REDIRECT, FLOW_ACTION_VLAN_PUSH);
	refused(&b, "does not know");
	box_free(&b);

	plain(&b, MLX5, true);
	use(&b, FLOW_DISSECTOR_KEY_META);
	b.said.dissector.offset[FLOW_DISSECTOR_KEY_META] = offsetof(struct nfo_said_key, meta);
	b.said.mask.meta.ingress_ifindex = -1;
	b.said.key.meta.ingress_ifindex = 4;
	refused(&b, "another ingress device");
	box_free(&b);

	/* what comes after the tag was not said: a second one may be there */
	box_new(&b, MLX5);
	do
		random_rule(&b);
	while (b.rule.match.n_encap != 1);
	compose(&b);
	accepted(&b);
	assert_int_equal(b.out.mask.tag[1].tpid, 0xffff);
	b.said.mask.vlan.vlan_eth_type = 0;
	accepted(&b);
	assert_int_equal(b.out.mask.tag[1].tpid, 0);
	box_free(&b);
}

static void test_nfp(void **state)
{
	struct packet p;
	struct box b;

	(void)state;
	plain(&b, NFP, true);
	drop(&b, FLOW_ACTION_CSUM);
	refused(&b, "without the checksums");
	box_free(&b);

	plain(&b, NFP, true);
	find(&b, FLOW_ACTION_CSUM)->csum_flags |= TCA_CSUM_UPDATE_FLAG_TCP;
	refused(&b, "not rewritten");
	box_free(&b);

	/* both sides in one run: the destination address stays */
	box_new(&b, NFP);
	do
		random_rule(&b);
	while (b.rule.match.l3proto == cpu_to_be16(ETH_P_IP) || b.rule.edit.flags != 3);
	compose(&b);
	drop(&b, FLOW_ACTION_CSUM);
	accepted(&b);
	packet_in(&b, &p);
	run(&p, &b.out);
	assert_memory_equal(p.head.ip.src, &b.rule.edit.src, 16);
	assert_memory_equal(p.head.ip.dst, &b.rule.match.dst, 16);
	assert_int_equal(p.head.ip.dport, b.rule.edit.dport);
	box_free(&b);
}

static void test_sfc(void **state)
{
	struct flow_action_entry *act;
	struct box b;

	(void)state;
	plain(&b, SFC, true);
	insert(&b, FLOW_ACTION_REDIRECT, FLOW_ACTION_CSUM);
	refused(&b, "does not know");
	box_free(&b);

	/* half of a MAC */
	plain(&b, SFC, true);
	drop(&b, FLOW_ACTION_MANGLE);
	refused(&b, "a part of a MAC");
	box_free(&b);

	plain(&b, SFC, true);
	find(&b, FLOW_ACTION_REDIRECT)->hw_stats = 1;
	refused(&b, "delayed");
	box_free(&b);

	plain(&b, SFC, true);
	find(&b, FLOW_ACTION_ADD)->mangle.val = 0xfe;
	refused(&b, "-1");
	box_free(&b);

	/* of two pushes the first is the outer tag */
	plain(&b, SFC, true);
	act = insert(&b, FLOW_ACTION_REDIRECT, FLOW_ACTION_VLAN_PUSH);
	act->vlan.vid = 1;
	act = insert(&b, FLOW_ACTION_REDIRECT, FLOW_ACTION_VLAN_PUSH);
	act->vlan.vid = 2;
	accepted(&b);
	assert_int_equal(b.out.act[b.out.n - 2].tag.tci, cpu_to_be16(2));
	assert_int_equal(b.out.act[b.out.n - 1].tag.tci, cpu_to_be16(1));
	box_free(&b);
}

static void test_cxgb4(void **state)
{
	struct flow_action_entry *last;
	struct packet p;
	struct box b;

	(void)state;
	plain(&b, CXGB4, true);
	b.said.mask.basic.n_proto = cpu_to_be16(0xffff);
	b.said.key.basic.n_proto = cpu_to_be16(ETH_P_IP);
	refused(&b, "EtherType");
	box_free(&b);

	/* old firmware: taken, not translated */
	plain(&b, CXGB4, true);
	b.filter2 = false;
	accepted(&b);
	packet_in(&b, &p);
	run(&p, &b.out);
	assert_memory_equal(p.head.ip.src, &b.rule.match.src, 16);
	assert_memory_equal(p.head.mac, b.rule.edit.dmac, 12);
	box_free(&b);

	/* an address alone: its port is that of the match, with its bytes swapped */
	plain(&b, CXGB4, true);
	last = &b.fr->action.entries[--b.fr->action.num_entries];
	assert_int_equal(last[-1].mangle.htype, FLOW_ACT_MANGLE_HDR_TYPE_UDP);
	last[-1] = last[0];
	accepted(&b);
	packet_in(&b, &p);
	run(&p, &b.out);
	assert_memory_equal(p.head.ip.src, &b.rule.edit.src, 4);
	assert_int_equal(p.head.ip.sport, __builtin_bswap16(b.rule.match.sport));
	box_free(&b);
}

static void test_bnxt(void **state)
{
	struct packet p;
	struct box b;

	(void)state;
	/* a destination port where destination ports are */
	box_new(&b, BNXT);
	do
		random_rule(&b);
	while (b.rule.edit.flags != NFO_EDIT_DST);
	nfo_compose(&b.rule, EGRESS, &(struct nfo_dialect){ .say = NFO_SAY_ETHERTYPE }, NULL,
		    &b.said, b.fr);
	accepted(&b);
	packet_in(&b, &p);
	run(&p, &b.out);
	assert_memory_equal(p.head.ip.dst, &b.rule.edit.dst, 16);
	assert_int_equal(p.head.ip.dport, b.rule.match.dport);
	box_free(&b);

	/* a tag costs the MACs */
	plain(&b, BNXT, true);
	insert(&b, FLOW_ACTION_REDIRECT, FLOW_ACTION_VLAN_PUSH)->vlan.vid = 5;
	accepted(&b);
	packet_in(&b, &p);
	run(&p, &b.out);
	assert_int_equal(p.tags, 1);
	assert_true(p.head.mac[0] == 0 && p.head.mac[11] == 0);
	box_free(&b);

	/* a MAC in part */
	plain(&b, BNXT, true);
	drop(&b, FLOW_ACTION_MANGLE);
	refused(&b, "a part of a MAC");
	box_free(&b);

	plain(&b, BNXT, true);
	find(&b, FLOW_ACTION_REDIRECT)->hw_stats = FLOW_ACTION_HW_STATS_DELAYED;
	refused(&b, "any");
	box_free(&b);
}

/* Masked keys compare as memory: no bit of the key is outside of the mask. */
static void test_cover(void **state)
{
	unsigned int pair, i;
	struct box b;
	size_t at;

	(void)state;
	for (pair = 0; pair < PAIRS; pair++) {
		box_new(&b, pair);
		for (i = 0; i < ROUNDS; i++) {
			random_rule(&b);
			compose(&b);
			random_bytes(&b.said.mask.ports, sizeof(b.said.mask.ports));
			if (parse(&b))
				continue;
			for (at = 0; at < sizeof(b.out.key); at++)
				assert_int_equal(((u8 *)&b.out.key)[at] &
						 ~((u8 *)&b.out.mask)[at], 0);
		}
		box_free(&b);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backend),
		cmocka_unit_test(test_near_misses),
		cmocka_unit_test(test_unknown_keys),
		cmocka_unit_test(test_unknown_actions),
		cmocka_unit_test(test_mlx5),
		cmocka_unit_test(test_nfp),
		cmocka_unit_test(test_sfc),
		cmocka_unit_test(test_cxgb4),
		cmocka_unit_test(test_bnxt),
		cmocka_unit_test(test_cover),
	};

	srand(4);
	return cmocka_run_group_tests_name("dialect", tests, NULL, NULL);
}
