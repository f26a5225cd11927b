// SPDX-License-Identifier: GPL-2.0-only
/* Unit test of nfoctl why: the judge by a table of facts, and the verb against several buses. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/nfo.h>
#include <linux/rtnetlink.h>

#include "nfoctl.h"
#include "why.h"
#include "unit_kernel.h"

/* ---- the judge */

#define CT_GOOD	(IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED)

/* All is well, but the connection is in no flowtable. */
static struct why_facts good(void)
{
	return (struct why_facts) {
		.loaded = true,
		.flowtables = 1,
		.ports = 2,
		.ct = { .found = true, .status = CT_GOOD, .has_tcp_state = true,
			.tcp_state = TCP_CONNTRACK_ESTABLISHED },
		.nft = { .flowtables = 1, .offload = 1, .rules = 1, .rules_offload = 1 },
		.dir = {
			{ .dev = "a", .in_flowtable = WHY_YES, .is_port = WHY_YES },
			{ .dev = "b", .in_flowtable = WHY_YES, .is_port = WHY_YES },
		},
	};
}

static void known(struct why_facts *f, int i, uint8_t state, uint8_t reason)
{
	f->dir[i].known = true;
	f->dir[i].state = state;
	f->dir[i].reason = reason;
	f->ct.status |= IPS_OFFLOAD;
}

static void no_ct(struct why_facts *f) { f->ct = (struct why_ct) { 0 }; }
static void nothing(struct why_facts *f) { (void)f; }
static void dying(struct why_facts *f) { f->ct.status |= IPS_DYING; }
static void foreign(struct why_facts *f) { f->ct.status |= IPS_OFFLOAD | IPS_HW_OFFLOAD; }
static void local(struct why_facts *f) { f->dir[1].local = true; }
static void no_flowtable(struct why_facts *f) { f->nft = (struct why_nft) { 0 }; f->ports = 0; }
static void no_rule(struct why_facts *f) { f->nft.rules = f->nft.rules_offload = 0; }
static void no_flag(struct why_facts *f) { f->nft.offload = f->nft.rules_offload = 0; }
static void other_table(struct why_facts *f) { f->nft.rules_offload = 0; }
static void not_loaded(struct why_facts *f) { f->loaded = false; f->ports = 0; }
static void stock(struct why_facts *f) { f->stock = true; f->ports = 0; f->flowtables = 0; }
static void no_device(struct why_facts *f) { f->dir[1].in_flowtable = WHY_NO; }
static void bridge(struct why_facts *f) { f->dir[1].in_flowtable = WHY_UNKNOWN; }
static void no_port(struct why_facts *f) { f->dir[0].is_port = WHY_NO; }
static void one_way(struct why_facts *f) { f->ct.status &= ~IPS_SEEN_REPLY; }
static void unconfirmed(struct why_facts *f) { f->ct.status &= ~IPS_CONFIRMED; }
static void helper(struct why_facts *f) { strcpy(f->ct.helper, "ftp"); }
static void seq_adjust(struct why_facts *f) { f->ct.status |= IPS_SEQ_ADJUST; }
static void opening(struct why_facts *f) { f->ct.tcp_state = TCP_CONNTRACK_SYN_RECV; }
static void closing(struct why_facts *f) { f->ct.tcp_state = TCP_CONNTRACK_FIN_WAIT; }
static void offered_not(struct why_facts *f) { f->ct.status |= IPS_OFFLOAD; }

static void in_hw(struct why_facts *f)
{
	known(f, 0, NFO_FLOW_HW, NFO_REASON_NONE);
	known(f, 1, NFO_FLOW_HW, NFO_REASON_NONE);
}

static void half_hw(struct why_facts *f)
{
	known(f, 0, NFO_FLOW_HW, NFO_REASON_NONE);
	known(f, 1, NFO_FLOW_SW, NFO_REASON_TABLE_FULL);
}

static void pending(struct why_facts *f)
{
	known(f, 0, NFO_FLOW_PENDING, NFO_REASON_PENDING);
	known(f, 1, NFO_FLOW_HW, NFO_REASON_NONE);
}

static void two_reasons(struct why_facts *f)
{
	known(f, 0, NFO_FLOW_SW, NFO_REASON_PORT_OFF);
	known(f, 1, NFO_FLOW_SW, NFO_REASON_NAT);
}

static void half_offered(struct why_facts *f)
{
	known(f, 0, NFO_FLOW_HW, NFO_REASON_NONE);
}

static void half_device(struct why_facts *f)
{
	known(f, 0, NFO_FLOW_SW, NFO_REASON_EGRESS_PORT);
	no_device(f);
}

static void soft_only(struct why_facts *f)
{
	f->ct.status |= IPS_OFFLOAD;
	no_flag(f);
}

static void newer(struct why_facts *f)
{
	known(f, 0, NFO_FLOW_SW, 250);
	known(f, 1, NFO_FLOW_HW, NFO_REASON_NONE);
}

static void test_judge(void **state)
{
	static const struct {
		void (*spoil)(struct why_facts *f);
		const char *keys;	/* all causes */
		enum why_where where[2];
	} table[] = {
		{ no_ct, "no-connection", { WHERE_NONE, WHERE_NONE } },
		{ nothing, "not-added", { WHERE_SLOW, WHERE_SLOW } },
		{ dying, "dying", { WHERE_SLOW, WHERE_SLOW } },
		{ foreign, "foreign-hardware", { WHERE_HW, WHERE_HW } },
		{ local, "local", { WHERE_SLOW, WHERE_SLOW } },
		{ no_flowtable, "no-flowtable", { WHERE_SLOW, WHERE_SLOW } },
		{ no_rule, "no-flow-rule", { WHERE_SLOW, WHERE_SLOW } },
		{ no_flag, "no-offload-flag", { WHERE_SLOW, WHERE_SLOW } },
		{ other_table, "no-offload-flag", { WHERE_SLOW, WHERE_SLOW } },
		{ not_loaded, "not-loaded", { WHERE_SLOW, WHERE_SLOW } },
		{ stock, "stock-provider", { WHERE_SLOW, WHERE_SLOW } },
		{ no_device, "no-device", { WHERE_SLOW, WHERE_SLOW } },
		{ bridge, "not-added", { WHERE_SLOW, WHERE_SLOW } },
		{ no_port, "no-port", { WHERE_SLOW, WHERE_SLOW } },
		{ one_way, "one-way", { WHERE_SLOW, WHERE_SLOW } },
		{ unconfirmed, "unconfirmed", { WHERE_SLOW, WHERE_SLOW } },
		{ helper, "helper", { WHERE_SLOW, WHERE_SLOW } },
		{ seq_adjust, "seq-adjust", { WHERE_SLOW, WHERE_SLOW } },
		{ opening, "tcp-opening", { WHERE_SLOW, WHERE_SLOW } },
		{ closing, "tcp-closing", { WHERE_SLOW, WHERE_SLOW } },
		{ offered_not, "not-offered", { WHERE_FAST, WHERE_FAST } },
		{ in_hw, "hardware", { WHERE_HW, WHERE_HW } },
		{ half_hw, "table-full", { WHERE_HW, WHERE_FAST } },
		{ pending, "pending", { WHERE_PENDING, WHERE_HW } },
		{ two_reasons, "port-off nat", { WHERE_FAST, WHERE_FAST } },
		{ half_offered, "not-offered", { WHERE_HW, WHERE_FAST } },
		{ half_device, "egress-port no-device", { WHERE_FAST, WHERE_FAST } },
		{ soft_only, "no-offload-flag", { WHERE_FAST, WHERE_FAST } },
		{ newer, "unknown", { WHERE_FAST, WHERE_HW } },
	};
	struct why_verdict v;
	struct why_facts f;
	char keys[256];
	size_t i, k, n;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		f = good();
		table[i].spoil(&f);
		why_judge(&f, &v);
		for (k = n = 0; k < v.n; k++) {
			n += snprintf(keys + n, sizeof(keys) - n, "%s%s", k ? " " : "",
				      v.cause[k].key);
			assert_true(*v.cause[k].text);
		}
		if (strcmp(keys, table[i].keys))
			fail_msg("%zu: causes \"%s\", not \"%s\"", i, keys, table[i].keys);
		if (v.dir[0].where != table[i].where[0] || v.dir[1].where != table[i].where[1])
			fail_msg("%s: %d %d", keys, v.dir[0].where, v.dir[1].where);
	}
	f = good();
	no_rule(&f);
	no_device(&f);
	opening(&f);
	one_way(&f);
	f.dir[0].in_flowtable = WHY_NO;
	why_judge(&f, &v);
	assert_int_equal(v.n, 5);
	has(v.cause[1].text, "a, by which the original direction enters");
	has(v.cause[2].text, "b, by which the reply direction enters");
	assert_string_equal(v.dir[1].cause.key, "no-flow-rule");
}

/* Every reason there is says what to do; no text is cut off. */
static void test_remedies(void **state)
{
	struct why_verdict v;
	struct why_facts f;
	unsigned int i;

	(void)state;
	for (i = 1; i < reasons.n; i++) {
		if (!*why_remedy(i))
			fail_msg("no remedy for %s", reasons.word[i].key);
		f = good();
		known(&f, 0, NFO_FLOW_SW, i);
		known(&f, 1, NFO_FLOW_SW, i);
		why_judge(&f, &v);
		assert_int_equal(v.n, 1);
		assert_string_equal(v.cause[0].key, reasons.word[i].key);
		assert_string_equal(v.cause[0].text, reasons.word[i].text);
		assert_null(strstr(v.cause[0].remedy, "DEV"));
		if (!strstr(why_remedy(i), "DEV"))
			assert_string_equal(v.cause[0].remedy, why_remedy(i));
		assert_true(strlen(why_remedy(i)) + IFNAMSIZ < sizeof(v.cause[0].remedy));
	}
	f = good();
	known(&f, 0, NFO_FLOW_SW, NFO_REASON_TTL);
	known(&f, 1, NFO_FLOW_SW, NFO_REASON_PORT_OFF);
	why_judge(&f, &v);
	has(v.cause[0].remedy, "\"nfoctl port set a allow +ttl-unchanged\" if ");
	assert_string_equal(v.cause[1].remedy, "\"ethtool -K b hw-tc-offload on\"");
	assert_string_equal(why_remedy(255), "");
}

/* Any facts at all: a verdict, and no sanitizer speaks up. */
static void test_any_facts(void **state)
{
	struct why_verdict v;
	struct why_facts f;
	unsigned int i;

	(void)state;
	srand(3);
	for (i = 0; i < 20000; i++) {
		f = good();
		f.loaded = rand() & 1;
		f.stock = rand() & 1;
		f.ports = rand() % 3;
		f.ct.found = rand() % 8;
		f.ct.status = rand();
		f.ct.tcp_state = rand();
		f.nft.flowtables = rand() % 2;
		f.nft.offload = rand() % 2;
		f.nft.rules = rand() % 2;
		f.nft.rules_offload = rand() % 2;
		f.dir[0].known = rand() & 1;
		f.dir[0].state = rand() % 4;
		f.dir[0].reason = rand();
		f.dir[1].known = rand() & 1;
		f.dir[1].in_flowtable = rand() % 3;
		f.dir[1].is_port = rand() % 3;
		why_judge(&f, &v);
		assert_in_range(v.n, 1, WHY_CAUSES - 1);
		assert_non_null(v.cause[0].key);
	}
}

/* ---- the verb: 10.0.1.2:5000 -> 10.0.2.2:80, masqueraded as 192.0.2.1:6000 */

static struct {
	uint32_t status;
	bool found_reversed_only;
	int ct_errno;
	unsigned int ct_asked;
	bool offload;
	bool no_rule;
	bool flows;
	const char *dev;
	uint8_t route_type;
} world;

static void put_tuple(uint16_t type, const char *src, uint16_t sport, const char *dst,
		      uint16_t dport)
{
	struct nlattr *tuple = mnl_attr_nest_start(msg, type);
	struct nlattr *nest = mnl_attr_nest_start(msg, CTA_TUPLE_IP);

	put_ip4(CTA_IP_V4_SRC, src);
	put_ip4(CTA_IP_V4_DST, dst);
	mnl_attr_nest_end(msg, nest);
	nest = mnl_attr_nest_start(msg, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(msg, CTA_PROTO_NUM, IPPROTO_TCP);
	mnl_attr_put_u16(msg, CTA_PROTO_SRC_PORT, htons(sport));
	mnl_attr_put_u16(msg, CTA_PROTO_DST_PORT, htons(dport));
	mnl_attr_nest_end(msg, nest);
	mnl_attr_nest_end(msg, tuple);
}

static void answer_ct(void)
{
	struct nlattr *nest, *inner;

	world.ct_asked++;
	if (world.ct_errno || (world.found_reversed_only && world.ct_asked == 1)) {
		ack(world.ct_errno ? world.ct_errno : ENOENT, NLM_F_CAPPED, NULL);
		return;
	}
	begin(NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, 0, sizeof(struct nfgenmsg));
	put_tuple(CTA_TUPLE_ORIG, "10.0.1.2", 5000, "10.0.2.2", 80);
	put_tuple(CTA_TUPLE_REPLY, "10.0.2.2", 80, "192.0.2.1", 6000);
	mnl_attr_put_u32(msg, CTA_STATUS, htonl(world.status));
	nest = mnl_attr_nest_start(msg, CTA_PROTOINFO);
	inner = mnl_attr_nest_start(msg, CTA_PROTOINFO_TCP);
	mnl_attr_put_u8(msg, CTA_PROTOINFO_TCP_STATE, TCP_CONNTRACK_ESTABLISHED);
	mnl_attr_nest_end(msg, inner);
	mnl_attr_nest_end(msg, nest);
	end();
	next_datagram();
	ack(0, NLM_F_CAPPED, NULL);
}

static void put_flowtable(uint8_t family)
{
	struct nlattr *hook, *devs;

	begin(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWFLOWTABLE, NLM_F_MULTI,
	      sizeof(struct nfgenmsg));
	((struct nfgenmsg *)mnl_nlmsg_get_payload(msg))->nfgen_family = family;
	mnl_attr_put_strz(msg, NFTA_FLOWTABLE_TABLE, "t");
	mnl_attr_put_strz(msg, NFTA_FLOWTABLE_NAME, "f");
	mnl_attr_put_u32(msg, NFTA_FLOWTABLE_FLAGS,
			 htonl(world.offload ? NFT_FLOWTABLE_HW_OFFLOAD : 0));
	hook = mnl_attr_nest_start(msg, NFTA_FLOWTABLE_HOOK);
	devs = mnl_attr_nest_start(msg, NFTA_FLOWTABLE_HOOK_DEVS);
	mnl_attr_put_strz(msg, NFTA_DEVICE_NAME, world.dev);
	mnl_attr_nest_end(msg, devs);
	mnl_attr_nest_end(msg, hook);
	end();
	next_datagram();
}

static void put_rule(uint8_t family)
{
	struct nlattr *list, *elem, *data;
	static const char *const names[] = { "meta", "flow_offload" };
	size_t i;

	begin(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE, NLM_F_MULTI, sizeof(struct nfgenmsg));
	((struct nfgenmsg *)mnl_nlmsg_get_payload(msg))->nfgen_family = family;
	mnl_attr_put_strz(msg, NFTA_RULE_TABLE, "t");
	list = mnl_attr_nest_start(msg, NFTA_RULE_EXPRESSIONS);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		elem = mnl_attr_nest_start(msg, NFTA_LIST_ELEM);
		mnl_attr_put_strz(msg, NFTA_EXPR_NAME, names[i]);
		data = mnl_attr_nest_start(msg, NFTA_EXPR_DATA);
		if (i)
			mnl_attr_put_strz(msg, NFTA_FLOW_TABLE_NAME, "f");
		else
			mnl_attr_put_u32(msg, NFTA_META_KEY, 1);
		mnl_attr_nest_end(msg, data);
		mnl_attr_nest_end(msg, elem);
	}
	mnl_attr_nest_end(msg, list);
	end();
	next_datagram();
}

static void answer_netfilter(void)
{
	switch (kernel.request.hdr.nlmsg_type) {
	case NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET:
		return answer_ct();
	case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETFLOWTABLE:
		put_flowtable(NFPROTO_INET);
		put_flowtable(NFPROTO_IPV6);	/* not this connection's */
		break;
	case NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE:
		if (!world.no_rule)
			put_rule(NFPROTO_INET);
		put_rule(NFPROTO_IPV6);
		break;
	default:
		fail();
	}
	done(0, 0, NULL);
}

/* All routes lead to lo, the one device there always is. */
static void answer_route(void)
{
	struct rtmsg *rtm;

	if (kernel.request.hdr.nlmsg_type == RTM_GETROUTE) {
		begin(RTM_NEWROUTE, 0, sizeof(*rtm));
		rtm = mnl_nlmsg_get_payload(msg);
		rtm->rtm_type = world.route_type;
		mnl_attr_put_u32(msg, RTA_OIF, 1);
	} else {
		begin(RTM_NEWLINK, 0, sizeof(struct ifinfomsg));
	}
	end();
	next_datagram();
	ack(0, NLM_F_CAPPED, NULL);
}

static void answer_nfo(void)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(&kernel.request.hdr);

	if (genl->cmd == NFO_CMD_STATUS_GET)
		return answer_status();
	if (genl->cmd == NFO_CMD_PORT_GET)
		return answer_ports();
	if (world.flows)
		return answer_flows();
	done(0, 0, NULL);
}

static void answer_world(void)
{
	if (kernel.bus == NETLINK_NETFILTER)
		answer_netfilter();
	else if (kernel.bus == NETLINK_ROUTE)
		answer_route();
	else
		answer_nfo();
}

static int fresh_world(void **state)
{
	memset(&world, 0, sizeof(world));
	world.status = CT_GOOD;
	world.offload = true;
	world.dev = "lo";
	world.route_type = RTN_UNICAST;
	return fresh_start(state);
}

#define WHY	"why tcp 10.0.1.2 5000 10.0.2.2 80"

static void test_verb(void **state)
{
	(void)state;
	world.flows = true;
	assert_int_equal(run(answer_world, WHY), 0);
	assert_string_equal(out,
		"tcp 10.0.1.2:5000 -> 10.0.2.2:80\n"
		"    original  hardware  lo -> if4000000000  packets 0  bytes 2000\n"
		"    reply     software fast path  lo -> if4000000000  packets 0  bytes 3000  nat\n"
		"nat: the backend cannot do this address translation\n"
		"    remedy: none with this backend: let it through without address translation\n");
	world.flows = false;
	assert_int_equal(run(answer_world, WHY), 0);
	has(out, "    original  slow path  lo  not-added\n"
		 "    reply     slow path  lo  not-added\n");
	world.no_rule = true;
	opt.json = true;
	assert_int_equal(run(answer_world, "why tcp 10.0.1.2:5000 10.0.2.2:80"), 0);
	has(out, "[{\"proto\":\"tcp\",\"src\":\"10.0.1.2\",\"sport\":5000,\"dst\":\"10.0.2.2\","
		 "\"dport\":80,\"verdict\":\"no-flow-rule\",");
	has(out, "\"facts\":{\"loaded\":true,");
	has(out, "\"flowtables\":1,\"flowtables_offload\":1,\"flow_rules\":0,");
}

static void test_verb_causes(void **state)
{
	(void)state;
	world.dev = "eth9";
	assert_int_equal(run(answer_world, WHY), 0);
	has(out, "no-device: lo, by which the original direction enters, is in no flowtable\n");
	world.dev = "lo";
	world.offload = false;
	assert_int_equal(run(answer_world, WHY), 0);
	has(out, "no-offload-flag: ");
	world.offload = true;
	world.route_type = RTN_LOCAL;
	assert_int_equal(run(answer_world, WHY), 0);
	has(out, "local: one end of it is this machine\n");
	kernel.family_errno = ENOENT;
	world.route_type = RTN_UNICAST;
	assert_int_equal(run(answer_world, WHY), 0);
	has(out, "not-loaded: ");
	world.status |= IPS_OFFLOAD | IPS_HW_OFFLOAD;
	assert_int_equal(run(answer_world, WHY), 0);
	has(out, "foreign-hardware: ");
}

static void test_verb_ct(void **state)
{
	(void)state;
	world.found_reversed_only = true;
	assert_int_equal(run(answer_world, "why tcp src 10.0.1.2 dst 10.0.2.2 dport 80 "
			     "sport 6000"), 0);
	assert_int_equal(world.ct_asked, 2);
	has(out, "tcp 10.0.1.2:5000 -> 10.0.2.2:80\n");
	world.ct_errno = ENOENT;
	assert_int_equal(run(answer_world, "why udp [2001:db8::1]:1 [2001:db8::2]:2"), 1);
	has(out, "udp [2001:db8::1]:1 -> [2001:db8::2]:2\nno-connection: ");
	world.ct_errno = EPERM;
	assert_int_equal(run(answer_world, WHY), 1);
	has(err, "CAP_NET_ADMIN");
	assert_string_equal(out, "");
	world.ct_errno = EIO;
	assert_int_equal(run(answer_world, WHY), 1);
	has(err, "cannot ask conntrack: Input/output error\n");
}

static void test_verb_usage(void **state)
{
	static const char *const wrong[][2] = {
		{ "why", "which" }, { "why icmp a b", "\"icmp\"" }, { "why tcp", "two addresses" },
		{ "why tcp 1.2.3.4 5 1.2.3.4", "two ports" }, { "why tcp a 1 b 2", "\"a\"" },
		{ "why tcp 1.2.3.4 x 1.2.3.4 2", "\"x\"" },
		{ "why tcp 1.2.3.4 1 ::1 2", "one address is IPv4" },
		{ "why tcp 1.2.3.4 1.2.3.4", "ADDRESS:PORT" },
		{ "why tcp 1.2.3.4: 1.2.3.4:5", "\"\" is no port" },
		{ "why tcp :5 1.2.3.4:5", "\"\" is no IPv4" },
		{ "why tcp 2001:db8::1:5 2001:db8::1:6", "which is the port" },
		{ "why tcp [2001:db8::1]:5 [::2:6", "which is the port" },
		{ "why tcp []:5 [::2]:6", "\"\" is no IPv4" },
		{ "why tcp ]:5 [::2]:6", "\"]\" is no IPv4" },
		{ "why tcp src 1.2.3.4 sport 5", "all needed" },
		{ "why tcp src 1.2.3.4 src 5", "twice" }, { "why tcp src", "needs a value" },
		{ "why tcp src 1.2.3.4 via 5", "\"via\"" }, { "why tcp sport 65536", "\"65536\"" },
		{ "why tcp 1.2.3.4 5 1.2.3.4 6 7", "two ports" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (run(answer_world, wrong[i][0]) != EXIT_USAGE)
			fail_msg("\"%s\" is accepted", wrong[i][0]);
		has(err, wrong[i][1]);
		has(err, "Usage: nfoctl");
		assert_int_equal(kernel.requests, 0);
	}
	assert_int_equal(run(answer_world, "why help"), 0);
	has(out, "PROTO");
}

/* Answers of every bus with bytes changed. */
static void answer_spoiled(void)
{
	unsigned int i, n, k;

	answer_world();
	for (k = 0; k < kernel.in; k++) {
		for (i = 0, n = rand() % 3; i < n; i++)
			kernel.buf[k][rand() % kernel.len[k]] = rand() % 3 ? rand() : rand() % 8;
	}
	done(0, 0, NULL);
	ack(0, NLM_F_CAPPED, NULL);
}

static void test_spoiled(void **state)
{
	unsigned int i;
	int rc;

	(void)state;
	srand(4);
	for (i = 0; i < 5000; i++) {
		world.flows = i & 1;
		opt.json = i & 2;
		rc = run(answer_spoiled, WHY);
		if (rc != 0 && rc != 1)
			fail_msg("exit code %d", rc);
		if (rc && !*err && !strstr(out, "no-connection"))
			fail_msg("no word about the failure");
	}
}

int run_why_tests(void)
{
	static const struct CMUnitTest cases[] = {
		cmocka_unit_test_setup(test_judge, fresh_world),
		cmocka_unit_test_setup(test_remedies, fresh_world),
		cmocka_unit_test_setup(test_any_facts, fresh_world),
		cmocka_unit_test_setup(test_verb, fresh_world),
		cmocka_unit_test_setup(test_verb_causes, fresh_world),
		cmocka_unit_test_setup(test_verb_ct, fresh_world),
		cmocka_unit_test_setup(test_verb_usage, fresh_world),
		cmocka_unit_test_setup(test_spoiled, fresh_world),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
