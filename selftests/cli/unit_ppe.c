// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit test of nfoctl ppe: entries as tables hold them, their words written out by hand; engines;
 * why a flow is not bound.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/genetlink.h>

#include "nfoctl.h"
#include "ppe.h"
#include "unit_kernel.h"

/* ---- entries */

#define WORDS(...)	(const uint32_t[NFO_PPE_WORDS_MAX]) { __VA_ARGS__ }
#define MACS		0x02112233, 0x44550000, 0x06aabbcc, 0xddee0000

static void put_entry(uint8_t gen, uint32_t index, bool ours, const uint32_t *words)
{
	static const unsigned int size[] = { 4, 80, 96, 128, 128 };

	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_strz(msg, NFO_PPE_DEVICE, "15100000.ethernet");
	mnl_attr_put_u32(msg, NFO_PPE_ENGINE, 1);
	mnl_attr_put_u8(msg, NFO_PPE_GEN, gen);
	mnl_attr_put_u32(msg, NFO_PPE_INDEX, index);
	mnl_attr_put_u32(msg, NFO_PPE_NOW, 0x1a04);
	mnl_attr_put_u8(msg, NFO_PPE_OURS, ours);
	mnl_attr_put(msg, NFO_PPE_WORDS, size[gen], words);
	if (ours) {
		mnl_attr_put_u64(msg, NFO_PPE_PACKETS, 123456);
		mnl_attr_put_u64(msg, NFO_PPE_BYTES, 7);
	}
	end();
}

/* NAT, PPPoE in a VLAN, queue 9; 255 s past the wrap it looks 1 s old */
static void put_nat(void)
{
	put_entry(2, 1234, true, WORDS(0x20564003, 0xc0a80102, 0xcb007109, 0x9c4001bb, 0x00f08309,
				       0xc6336407, 0xcb007109, 0xc35101bb, 0, 0, 0, 0x88640064,
				       0x02112233, 0x44550000, 0x06aabbcc, 0xddee1f2e));
}

/* DSA port 4 with VLAN 200 of priority 3, not translated */
static void put_dsa(void)
{
	put_entry(1, 8, false, WORDS(0x61411a01, 0xc0a80102, 0xcb007109, 0x9c4001bb, 0x007c0020,
				     0xc0a80102, 0xcb007109, 0x9c4001bb, 0, 0, 0, 0x011060c8,
				     MACS));
}

static void put_route6(void)
{
	put_entry(3, 16380, false, WORDS(0x22548004, 0x20010db8, 0, 0, 1, 0x20010db8, 0, 0, 2,
					 0xa5a5a52f, 0, 0, 0, 0, 0x00f01e00, 0x86dd0064,
					 0x02112233, 0x445500c8, 0x06aabbcc, 0xddee0000));
}

static void put_unbound(void)
{
	put_entry(3, 40, false, WORDS(0x52c1e0ff, 0x20010db8, 0, 0, 1, 0x20010db8, 0, 0, 2,
				      0x13880035));
}

static void put_dslite(void)
{
	put_entry(1, 50, false, WORDS(0x26401a04, 0xc0a80102, 0xcb007109, 0x9c4001bb,
				      0x20010db8, 0, 0, 3, 0x20010db8, 0, 0, 4, 0x2e0bcdef, 0,
				      0x007c0020, 0x86dd0000, MACS));
}

static void put_6rd(void)
{
	put_entry(2, 60, false, WORDS(0x63d00004, 0x20010db8, 0, 0, 1, 0x20010db8, 0, 0, 2,
				      0x9c4001bb, 0xc0000201, 0xc0000202, 0x402eabcd, 0,
				      0x00f00400, 0x08000000, MACS));
}

static void answer_entries(void)
{
	put_nat();
	put_dsa();
	put_route6();
	put_unbound();
	put_dslite();
	put_6rd();
	done(0, 0, NULL);
}

static void test_entries(void **state)
{
	(void)state;
	assert_int_equal(run(answer_entries, "ppe entries"), 0);
	has(out, "DEVICE             ENGINE  INDEX  STATE    TYPE        AGE  PACKETS  BYTES  OURS"
		 "  FLOW\n");
	has(out, "15100000.ethernet       1   1234  bound    ipv4-hnapt   1s     123K      7  yes "
		 "  tcp 192.168.1.2:40000 -> 203.0.113.9:443"
		 " => 198.51.100.7:50001 -> 203.0.113.9:443\n"
		 "    out gdm1 vlan 100 pppoe 7982 queue 9"
		 "  mac 06:aa:bb:cc:dd:ee -> 02:11:22:33:44:55\n");
	has(out, "      8  bound    ipv4-hnapt   3s        -      -  no  "
		 "  udp 192.168.1.2:40000 -> 203.0.113.9:443\n"
		 "    out gdm1 dsa 4 vlan 200 pcp 3  mac");
	has(out, "  16380  bound    ipv6-3t      0s        -      -  no  "
		 "  proto-47 2001:db8::1 -> 2001:db8::2\n"
		 "    out gdm3 vlan 100 vlan 200  mac");
	has(out, "     40  unbound  ipv6-5t      5s       30      -  no  "
		 "  udp [2001:db8::1]:5000 -> [2001:db8::2]:53\n");
	has(out, "  ds-lite      0s        -      -  no  "
		 "  tcp 192.168.1.2:40000 -> 203.0.113.9:443\n"
		 "    out gdm1  mac 06:aa:bb:cc:dd:ee -> 02:11:22:33:44:55\n"
		 "    tunnel 2001:db8::3 -> 2001:db8::4  class 46 label 0xbcdef\n");
	has(out, "  6rd          0s        -      -  no  "
		 "  udp [2001:db8::1]:40000 -> [2001:db8::2]:443\n"
		 "    out gdm2  mac 06:aa:bb:cc:dd:ee -> 02:11:22:33:44:55\n"
		 "    tunnel 192.0.2.1 -> 192.0.2.2  dscp 46 ttl 64\n");
	lacks(out, "words");
	opt.stats = true;
	assert_int_equal(run(answer_entries, "ppe entries"), 0);
	has(out, "    flags ttl cache counted\n    words 20564003 c0a80102 cb007109 ");
	has(out, "    flags prebind\n    words 52c1e0ff ");
}

static void test_entries_json(void **state)
{
	(void)state;
	opt.json = true;
	assert_int_equal(run(answer_entries, "ppe entries"), 0);
	has(out, "[{\"device\":\"15100000.ethernet\",\"engine\":1,\"index\":1234,\"generation\":2,"
		 "\"state\":\"bound\",\"type\":\"ipv4-hnapt\",\"ours\":true,\"static\":false,"
		 "\"age_s\":1,\"packets\":123456,\"bytes\":7,\"proto\":\"tcp\","
		 "\"src\":\"192.168.1.2\",\"sport\":40000,\"dst\":\"203.0.113.9\",\"dport\":443,"
		 "\"new_src\":\"198.51.100.7\",\"new_sport\":50001,"
		 "\"new_dst\":\"203.0.113.9\",\"new_dport\":443,"
		 "\"out\":{\"port\":1,\"name\":\"gdm1\",\"vlans\":[{\"id\":100,\"pcp\":0}],"
		 "\"pppoe_sid\":7982,\"queue\":9,\"smac\":\"06:aa:bb:cc:dd:ee\","
		 "\"dmac\":\"02:11:22:33:44:55\"},"
		 "\"ttl\":true,\"cache\":true,\"counted\":true,\"keepalive\":false,"
		 "\"words\":[\"20564003\",\"c0a80102\",");
	has(out, "\"dsa_port\":4,\"vlans\":[{\"id\":200,\"pcp\":3}]");
	has(out, "\"proto\":\"proto-47\",\"src\":\"2001:db8::1\",\"dst\":\"2001:db8::2\",\"out\":");
	has(out, "\"state\":\"unbound\",\"type\":\"ipv6-5t\",\"ours\":false,\"static\":false,"
		 "\"age_s\":5,\"packets\":30,\"proto\":\"udp\",\"src\":\"2001:db8::1\",\"sport\":5000,"
		 "\"dst\":\"2001:db8::2\",\"dport\":53,\"words\":");
	has(out, "\"tunnel\":{\"src\":\"2001:db8::3\",\"dst\":\"2001:db8::4\",\"class\":46,"
		 "\"flow_label\":773615}");
	has(out, "\"tunnel\":{\"src\":\"192.0.2.1\",\"dst\":\"192.0.2.2\",\"dscp\":46,\"ttl\":64}");
}

/* Of hardware or a kernel that we do not know; kept from use; a bare one. */
static void answer_strange(void)
{
	put_entry(4, 1, false, WORDS(0xffffffff));
	put_entry(2, 2, false, WORDS(0x2f800000));
	put_entry(1, 12, false, WORDS(0x80000000));
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_strz(msg, NFO_PPE_DEVICE, "x");
	mnl_attr_put_u32(msg, NFO_PPE_ENGINE, 0);
	mnl_attr_put_u8(msg, NFO_PPE_GEN, 1);
	mnl_attr_put_u32(msg, NFO_PPE_INDEX, 3);
	mnl_attr_put(msg, NFO_PPE_WORDS, 80, WORDS(0x20000000));
	end();
	done(0, 0, NULL);
}

static void answer_no_entries(void)
{
	done(0, 0, NULL);
}

static void test_strange(void **state)
{
	(void)state;
	assert_int_equal(run(answer_strange, "ppe entries"), 0);
	has(out, "  unknown  unknown       -        -      -  no    -\n    words ffffffff ");
	has(out, "  bound    type-31       -        -      -  no    -\n    words 2f800000 ");
	has(out, "  invalid  ipv4-hnapt    -        -      -  no    tcp 0.0.0.0:0 -> 0.0.0.0:0\n");
	has(out, "      3  bound    ipv4-hnapt    -        -      -  no  ");
	opt.json = true;
	assert_int_equal(run(answer_strange, "ppe entries"), 0);
	has(out, "\"state\":\"unknown\",\"type\":\"unknown\",\"ours\":false,\"static\":false,"
		 "\"words\":[\"ffffffff\",");
	has(out, "\"index\":12,\"generation\":1,\"state\":\"invalid\",\"type\":\"ipv4-hnapt\","
		 "\"ours\":false,\"static\":true,");
	assert_int_equal(run(answer_no_entries, "ppe entries"), 0);
	assert_string_equal(out, "[]\n");
}

/* Any words make some line. */
static void answer_noise(void)
{
	uint32_t words[NFO_PPE_WORDS_MAX];
	unsigned int i, k;

	for (i = 0; i < 12; i++) {
		for (k = 0; k < NFO_PPE_WORDS_MAX; k++)
			words[k] = (uint32_t)rand() << 16 ^ rand();
		put_entry(1 + i % 4, rand(), rand() & 1, words);
	}
	done(0, 0, NULL);
}

static void test_noise(void **state)
{
	unsigned int i;

	(void)state;
	srand(1);
	for (i = 0; i < 2000; i++) {
		opt.json = i & 1;
		opt.stats = i & 2;
		assert_int_equal(run(answer_noise, "ppe entries"), 0);
	}
}

/* ---- engines */

static void answer_engines(void)
{
	unsigned int i, k;

	for (i = 0; i < 2; i++) {
		begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
		mnl_attr_put_strz(msg, NFO_PPE_DEVICE, "eth");
		mnl_attr_put_u32(msg, NFO_PPE_ENGINE, i);
		mnl_attr_put_u8(msg, NFO_PPE_GEN, i ? 1 : 3);
		mnl_attr_put_u8(msg, NFO_PPE_ACCOUNTING, !i);
		mnl_attr_put_u32(msg, NFO_PPE_ENTRIES, 16384);
		mnl_attr_put_u32(msg, NFO_PPE_BOUND, 5);
		mnl_attr_put_u32(msg, NFO_PPE_WAITING, 6);
		for (k = 0; k < PPE_STATS; k++)
			mnl_attr_put_u64(msg, NFO_PPE_STAT_BINDS + k, 100 + k);
		if (!i) {
			mnl_attr_put_u32(msg, NFO_PPE_USED, 9);
			mnl_attr_put_strz(msg, NFO_PPE_MAC, "lan0");
			mnl_attr_put_strz(msg, NFO_PPE_MAC, "wan");
		}
		end();
	}
	done(0, 0, NULL);
}

static void test_engines(void **state)
{
	(void)state;
	assert_int_equal(run(answer_engines, "ppe"), 0);
	assert_string_equal(out, "eth engine 0: v3, 9 of 16384 entries used, 5 flows bound, 6 waiting\n"
		"    lan0 wan\n"
		"    binds 100 rebinds 101 aged 102 evicted 103 full 104 resets 105"
		" mib-errors 106 stuck 107\n"
		"eth engine 1: v1, 16384 entries, 5 flows bound, 6 waiting, counts nothing\n"
		"    binds 100 rebinds 101 aged 102 evicted 103 full 104 resets 105"
		" mib-errors 106 stuck 107\n");
	opt.json = true;
	assert_int_equal(run(answer_engines, "ppe stats"), 0);
	has(out, "[{\"device\":\"eth\",\"engine\":0,\"generation\":3,\"accounting\":true,"
		 "\"macs\":[\"lan0\",\"wan\"],\"entries\":16384,\"used\":9,\"bound\":5,\"waiting\":6,"
		 "\"binds\":100,\"rebinds\":101,\"aged\":102,\"evicted\":103,"
		 "\"full\":104,\"resets\":105,\"mib_errors\":106,\"stuck\":107},");
	has(out, "\"macs\":[],\"entries\":16384,\"used\":null,");
}

/* ---- why */

static void answer_why(void)
{
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_strz(msg, NFO_PPE_DEVICE, "eth");
	mnl_attr_put_u32(msg, NFO_PPE_ENGINE, 0);
	mnl_attr_put_u8(msg, NFO_PPE_WHY, NFO_PPE_WHY_BOUND);
	mnl_attr_put_u32(msg, NFO_PPE_INDEX, 1235);
	mnl_attr_put_u32(msg, NFO_PPE_BUCKET, 1232);
	mnl_attr_put_u64(msg, NFO_PPE_PACKETS, 12);
	mnl_attr_put_u64(msg, NFO_PPE_BYTES, 3400);
	mnl_attr_put_u8(msg, NFO_PPE_L4PROTO, IPPROTO_TCP);
	put_ip4(NFO_PPE_SRC, "10.0.1.2");
	put_ip4(NFO_PPE_DST, "10.0.2.2");
	mnl_attr_put_u16(msg, NFO_PPE_SPORT, htons(5000));
	mnl_attr_put_u16(msg, NFO_PPE_DPORT, htons(80));
	end();
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_strz(msg, NFO_PPE_DEVICE, "eth");
	mnl_attr_put_u32(msg, NFO_PPE_ENGINE, 1);
	mnl_attr_put_u8(msg, NFO_PPE_WHY, NFO_PPE_WHY_BUCKET_FULL);
	mnl_attr_put_u8(msg, NFO_PPE_L4PROTO, IPPROTO_TCP);
	put_ip4(NFO_PPE_SRC, "10.0.2.2");
	put_ip4(NFO_PPE_DST, "192.0.2.1");
	mnl_attr_put_u16(msg, NFO_PPE_SPORT, htons(80));
	mnl_attr_put_u16(msg, NFO_PPE_DPORT, htons(6000));
	end();
	done(0, 0, NULL);
}

#define ASK	"ppe why tcp 10.0.1.2:5000 10.0.2.2:80"

static void test_why(void **state)
{
	(void)state;
	assert_int_equal(run(answer_why, ASK), 0);
	assert_string_equal(out,
		"tcp 10.0.1.2:5000 -> 10.0.2.2:80\n"
		"    eth engine 0  index 1235  bucket 1232  packets 12  bytes 3400\n"
		"    bound: it has an entry\n"
		"tcp 10.0.2.2:80 -> 192.0.2.1:6000\n"
		"    eth engine 1\n"
		"    bucket-full: all ways of its bucket are taken by busier flows\n");
	opt.json = true;
	assert_int_equal(run(answer_why, ASK), 0);
	has(out, "[{\"device\":\"eth\",\"engine\":0,\"proto\":\"tcp\",\"src\":\"10.0.1.2\","
		 "\"sport\":5000,\"dst\":\"10.0.2.2\",\"dport\":80,\"why\":\"bound\","
		 "\"text\":\"it has an entry\",\"index\":1235,\"bucket\":1232,"
		 "\"packets\":12,\"bytes\":3400},");
	has(out, "\"why\":\"bucket-full\","
		 "\"text\":\"all ways of its bucket are taken by busier flows\"}]");
	assert_int_equal(run(answer_no_entries, ASK), 1);
	assert_string_equal(out, "[]\n");
	has(err, "no engine was given a flow of this connection");
}

/* ---- what is asked for, and what cannot be */

static void asked(uint8_t cmd, const struct nlattr **tb)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(&kernel.request.hdr);
	const struct nlattr *attr;

	assert_int_equal(genl->cmd, cmd);
	memset(tb, 0, (NFO_PPE_MAX + 1) * sizeof(*tb));
	msg_for_each(attr, &kernel.request.hdr)
		tb[mnl_attr_get_type(attr)] = attr;
}

static void test_request(void **state)
{
	const struct nlattr *tb[NFO_PPE_MAX + 1];

	(void)state;
	assert_int_equal(run(answer_no_entries, "ppe entries"), 0);
	asked(NFO_PPE_CMD_GET_ENTRIES, tb);
	assert_null(tb[NFO_PPE_DEVICE]);
	assert_null(tb[NFO_PPE_ENGINE]);
	assert_null(tb[NFO_PPE_STATE]);
	assert_int_equal(run(answer_no_entries, "ppe e state bound dev eth engine 2"), 0);
	asked(NFO_PPE_CMD_GET_ENTRIES, tb);
	assert_string_equal(mnl_attr_get_str(tb[NFO_PPE_DEVICE]), "eth");
	assert_int_equal(attr_u32(tb[NFO_PPE_ENGINE]), 2);
	assert_int_equal(attr_u8(tb[NFO_PPE_STATE]), NFO_PPE_BIND);
	assert_int_equal(run(answer_no_entries, "ppe stats"), 0);
	asked(NFO_PPE_CMD_GET_ENGINES, tb);
	assert_int_equal(run(answer_no_entries, "ppe why udp src ::1 sport 1 dst ::2 dport 2"), 1);
	asked(NFO_PPE_CMD_WHY, tb);
	assert_int_equal(mnl_attr_get_payload_len(tb[NFO_PPE_SRC]), 16);
	assert_int_equal(((uint8_t *)mnl_attr_get_payload(tb[NFO_PPE_DST]))[15], 2);
	assert_int_equal(attr_be16(tb[NFO_PPE_SPORT]), 1);
	assert_int_equal(attr_be16(tb[NFO_PPE_DPORT]), 2);
	assert_int_equal(attr_u8(tb[NFO_PPE_L4PROTO]), IPPROTO_UDP);
}

static void test_usage(void **state)
{
	static const char *const wrong[][2] = {
		{ "ppe x", "\"x\" is not a command" }, { "ppe stats x", "\"x\" is not expected" },
		{ "ppe entries x", "\"x\" is no filter" }, { "ppe entries dev", "needs a value" },
		{ "ppe entries engine -1", "\"-1\" is no number" },
		{ "ppe entries state up", "\"up\" is no state" },
		{ "ppe entries state bound state fin", "twice" },
		{ "ppe entries dev 0123456789012345678901234567890123456789012345678901234567890123",
		  "up to 63" },
		{ "ppe why", "which connection?" }, { "ppe why gre 1.1.1.1 1 2.2.2.2 2", "\"gre\"" },
		{ "ppe why tcp 1.1.1.1:1", "two addresses" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (run(answer_no_entries, wrong[i][0]) != EXIT_USAGE)
			fail_msg("\"%s\" is accepted", wrong[i][0]);
		has(err, wrong[i][1]);
		has(err, "Usage: nfoctl [-j] ppe");
		assert_int_equal(kernel.requests, 0);
	}
	assert_int_equal(run(answer_no_entries, "ppe help"), 0);
	has(out, "ppe why PROTO");
	kernel.family_errno = ENOENT;
	assert_int_equal(run(answer_no_entries, "ppe"), 1);
	has(err, "modprobe nfo_ppe");
}

/* ---- answers with a few bytes changed; SAN=1 watches */

static void (*spoil_what)(void);

static void answer_spoiled(void)
{
	unsigned int i, n;

	spoil_what();
	for (i = 0, n = rand() % 4 + 1; i < n; i++)
		kernel.buf[0][rand() % kernel.len[0]] = rand() % 3 ? rand() : rand() % 8;
	done(0, 0, NULL);
	done(0, 0, NULL);
}

static void test_spoiled(void **state)
{
	static const struct {
		void (*answer)(void);
		const char *line;
	} good[] = {
		{ answer_entries, "ppe entries" }, { answer_engines, "ppe" }, { answer_why, ASK },
	};
	unsigned int i;
	int rc;

	(void)state;
	srand(1);
	for (i = 0; i < 6000; i++) {
		spoil_what = good[i % ARRAY_SIZE(good)].answer;
		opt.json = i & 1;
		opt.stats = i & 2;
		rc = run(answer_spoiled, good[i % ARRAY_SIZE(good)].line);
		if (rc != 0 && rc != 1)
			fail_msg("exit code %d", rc);
		if (rc && !*err)
			fail_msg("no word about the failure");
	}
}

int run_ppe_tests(void)
{
	static const struct CMUnitTest cases[] = {
		cmocka_unit_test_setup(test_entries, fresh_start),
		cmocka_unit_test_setup(test_entries_json, fresh_start),
		cmocka_unit_test_setup(test_strange, fresh_start),
		cmocka_unit_test_setup(test_noise, fresh_start),
		cmocka_unit_test_setup(test_engines, fresh_start),
		cmocka_unit_test_setup(test_why, fresh_start),
		cmocka_unit_test_setup(test_request, fresh_start),
		cmocka_unit_test_setup(test_usage, fresh_start),
		cmocka_unit_test_setup(test_spoiled, fresh_start),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
