// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit test of nfoctl, without a kernel: here its pure parts, and what it makes of good answers.
 * Built and run by "make -C tools/nfoctl check [SAN=1]".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/genetlink.h>
#include <linux/nfo.h>
#include <linux/nfo_sim.h>

#include "nfoctl.h"
#include "status.h"
#include "unit_kernel.h"

static const char *json_of(const char *str)
{
	static char buf[256];

	memset(buf, 0, sizeof(buf));
	opt.out = fmemopen(buf, sizeof(buf), "w");
	json_array(NULL);
	json_str(NULL, str);
	json_end();
	fclose(opt.out);
	return buf;
}

static void test_json_strings(void **state)
{
	(void)state;
	assert_string_equal(json_of("eth0"), "[\"eth0\"]\n");
	assert_string_equal(json_of(""), "[\"\"]\n");
	assert_string_equal(json_of("a\"b\\c/"), "[\"a\\\"b\\\\c/\"]\n");
	assert_string_equal(json_of("\n\x01\x1b\x7f"), "[\"\\u000a\\u0001\\u001b\\u007f\"]\n");
	assert_string_equal(json_of("\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82"),
			    "[\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82\"]\n");
	/* cut off, a lone continuation byte, over long, a surrogate, beyond Unicode */
	assert_string_equal(json_of("\xc3"), "[\"\\ufffd\"]\n");
	assert_string_equal(json_of("\x80z"), "[\"\\ufffdz\"]\n");
	assert_string_equal(json_of("\xc0\xaf"), "[\"\\ufffd\\ufffd\"]\n");
	assert_string_equal(json_of("\xed\xa0\x80"), "[\"\\ufffd\\ufffd\\ufffd\"]\n");
	assert_string_equal(json_of("\xf4\x90\x80\x80"), "[\"\\ufffd\\ufffd\\ufffd\\ufffd\"]\n");
}

static void test_json_layout(void **state)
{
	char buf[256] = "";

	(void)state;
	opt.out = fmemopen(buf, sizeof(buf), "w");
	opt.pretty = true;
	json_array(NULL);
	json_object(NULL);
	json_u64("n", UINT64_MAX);
	json_array("a");
	json_end();
	json_null("z");
	json_end();
	json_end();
	fclose(opt.out);
	assert_string_equal(buf, "[\n    {\n        \"n\": 18446744073709551615,\n"
			    "        \"a\": [],\n        \"z\": null\n    }\n]\n");
}

static void test_words(void **state)
{
	static const struct verb verbs[] = {
		{ "status", NULL }, { "sim", NULL }, { "stat", NULL },
	};
	uint32_t n = 7;

	(void)state;
	assert_ptr_equal(verb_find(verbs, 3, "s"), &verbs[0]);
	assert_ptr_equal(verb_find(verbs, 3, "si"), &verbs[1]);
	assert_ptr_equal(verb_find(verbs, 3, "stat"), &verbs[2]);
	assert_null(verb_find(verbs, 3, ""));
	assert_null(verb_find(verbs, 3, "simx"));
	assert_true(parse_u32("4294967295", 0, UINT32_MAX, &n) && n == UINT32_MAX);
	assert_true(parse_u32("010", 0, 99, &n) && n == 10);
	n = 7;
	assert_false(parse_u32("4294967296", 0, UINT32_MAX, &n));
	assert_false(parse_u32("99999999999999999999", 0, UINT32_MAX, &n));
	assert_false(parse_u32("-1", 0, UINT32_MAX, &n));
	assert_false(parse_u32("+1", 0, UINT32_MAX, &n));
	assert_false(parse_u32(" 1", 0, UINT32_MAX, &n));
	assert_false(parse_u32("1k", 0, UINT32_MAX, &n));
	assert_false(parse_u32("", 0, UINT32_MAX, &n));
	assert_false(parse_u32("0", 1, 2, &n));
	assert_int_equal(n, 7);
}

static void test_numbers(void **state)
{
	char buf[NUM_LEN];

	(void)state;
	assert_string_equal(human_count(buf, 0), "0");
	assert_string_equal(human_count(buf, 9999), "9999");
	assert_string_equal(human_count(buf, 10000), "10.0K");
	assert_string_equal(human_count(buf, 99999), "99.9K");
	assert_string_equal(human_count(buf, 123456), "123K");
	assert_string_equal(human_count(buf, 999999), "999K");
	assert_string_equal(human_count(buf, 1000000), "1.0M");
	assert_string_equal(human_count(buf, UINT64_MAX), "18.4E");
	opt.stats = true;
	assert_string_equal(human_count(buf, UINT64_MAX), "18446744073709551615");
	assert_string_equal(human_ms(buf, 0), "0.0s");
	assert_string_equal(human_ms(buf, 9999), "9.9s");
	assert_string_equal(human_ms(buf, 59999), "59s");
	assert_string_equal(human_ms(buf, 61000), "1m01s");
	assert_string_equal(human_ms(buf, UINT32_MAX), "1193h02m");
}

static void test_color(void **state)
{
	(void)state;
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	assert_true(color_wanted(COLOR_AUTO, true));
	assert_false(color_wanted(COLOR_AUTO, false));
	assert_true(color_wanted(COLOR_ALWAYS, false));
	assert_false(color_wanted(COLOR_NEVER, true));
	setenv("NO_COLOR", "", 1);
	assert_true(color_wanted(COLOR_AUTO, true));
	setenv("NO_COLOR", "1", 1);
	assert_false(color_wanted(COLOR_AUTO, true));
	assert_true(color_wanted(COLOR_ALWAYS, false));
	unsetenv("NO_COLOR");
}

static enum provider provider_of(const char *modules)
{
	FILE *f = tmpfile();
	enum provider provider;

	fputs(modules, f);
	rewind(f);
	provider = provider_read(f);
	fclose(f);
	return provider;
}

static void test_provider(void **state)
{
	(void)state;
	assert_int_equal(provider_of(""), PROVIDER_STOCK);
	assert_int_equal(provider_of("nf_tables 1 2 - Live 0x0\n"), PROVIDER_STOCK);
	assert_int_equal(provider_of("nf_flow_table_inet 16384 0 - Live 0x0\n"), PROVIDER_STOCK);
	assert_int_equal(provider_of("nft_offload 1 0 - Live 0x0\nnf_flow_table 1 2 - Live 0x0\n"),
			 PROVIDER_OURS);
	assert_int_equal(provider_of("nft_offload 1 0 - L 0x0\nnf_flow_table_inet 1 2 - L 0x0\n"),
			 PROVIDER_STOCK);
	assert_int_equal(provider_of("nf_flow_table_inet 1 2 - L 0x0\nnft_offload 1 0 - L 0x0\n"),
			 PROVIDER_OURS);
	assert_int_equal(provider_of("nft_offload_x 1 0 - Live 0x0\n"), PROVIDER_STOCK);
}

/* ---- what the kernel shows */

static void test_status(void **state)
{
	(void)state;
	assert_int_equal(run(answer_status, "status"), 0);
	has(out, "modules     9.9\n");
	has(out, "software    2 ");
	has(out, "backends    native flower\n");
	opt.json = true;
	assert_int_equal(run(answer_status, "status"), 0);
	has(out, "\"version\":\"9.9\",");
	has(out, "\"flows\":5,\"flows_hw\":3,\"flows_sw\":2,\"backends\":[\"native\",\"flower\"],");
	assert_int_equal(run(answer_ok, "status"), 1);
	has(err, "did not answer");
}

static void answer_no_ports(void)
{
	done(0, 0, NULL);
}

static void test_port(void **state)
{
	(void)state;
	assert_int_equal(run(answer_ports, "port"), 0);
	has(out, "PORT    BACKEND  DRIVER  STATE  DOOR      HW  FLOWS  PACKETS  BYTES\n");
	has(out, "lo      native   -       off    provider   0      0        0   123K\n");
	has(out, "a?[2Jb  native ");
	lacks(out, "table-full");
	opt.stats = true;
	assert_int_equal(run(answer_ports, "port show dev lo"), 0);
	has(out, " 123456\n    added 18446744073709551615 removed 0\n"
		 "    table-full 12: the hardware table is full\n    unknown-200 3: ");
	lacks(out, "a?");
	assert_int_equal(run(answer_ports, "port show nodev0"), 1);
	has(err, "\"nodev0\"");
	opt.json = true;
	assert_int_equal(run(answer_ports, "port"), 0);
	has(out, "[{\"ifindex\":1,\"port\":\"lo\",");
	has(out, "\"port\":\"a\\u001b[2Jb\"");
	has(out, "{\"reason\":\"table-full\",\"count\":12,"
		 "\"text\":\"the hardware table is full\"}");
}

static void test_port_none(void **state)
{
	(void)state;
	assert_int_equal(run(answer_no_ports, "port show lo"), 1);
	has(err, "\"lo\" is no port");
	opt.json = true;
	assert_int_equal(run(answer_no_ports, "port"), 0);
	assert_string_equal(out, "[]\n");
}

static void test_flow(void **state)
{
	(void)state;
	assert_int_equal(run(answer_flows, "flow"), 0);
	assert_string_equal(out,
		"tcp 10.0.1.2:5000 -> 10.0.2.2:80\n"
		"    original  hw  lo -> if4000000000  snat 192.0.2.1:6000"
		"  packets 0  bytes 2000\n"
		"    reply     sw  lo -> if4000000000  dnat 10.0.1.2:5000"
		"  packets 0  bytes 3000  nat: the backend cannot do this address translation\n"
		"tcp [2001:db8::1]:65535 -> [2001:db8::1]:1\n"
		"    original  hw  lo -> if4000000000  packets 0  bytes 1  idle 1.3s\n"
		"2 connections, 2 directions in hardware, 1 in software\n");
	assert_int_equal(run(answer_reply_only, "flow show"), 0);
	has(out, "tcp 10.0.1.2:5000 -> 10.0.2.2:80\n    reply     sw");
	opt.stats = true;
	assert_int_equal(run(answer_flows, "flow"), 0);
	has(out, "  mac 00:01:02:03:04:ff -> 02:00:00:00:00:01  mtu 1500\n");
	opt.json = true;
	assert_int_equal(run(answer_flows, "flow"), 0);
	has(out, "[{\"id\":18446744073709551615,\"proto\":\"tcp\",\"src\":\"10.0.1.2\","
		 "\"sport\":5000,\"dst\":\"10.0.2.2\",\"dport\":80,\"packets\":0,\"bytes\":5000,"
		 "\"directions\":[{\"dir\":\"original\",\"state\":\"hw\",\"ifindex\":1,");
	has(out, "\"state\":\"sw\",\"reason\":\"nat\",\"text\":\"the backend cannot do");
}

static void test_flow_filter(void **state)
{
	const struct nlattr *attr;
	unsigned int seen = 0;

	(void)state;
	assert_int_equal(run(answer_flows, "flow dev lo state pending reason driver proto udp "
			     "addr 2001:db8::1 port 258"), 0);
	mnl_attr_for_each(attr, &kernel.request.hdr, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == NFO_FLOW_IFINDEX)
			seen += mnl_attr_get_u32(attr) == 1;
		if (mnl_attr_get_type(attr) == NFO_FLOW_STATE)
			seen += mnl_attr_get_u8(attr) == NFO_FLOW_PENDING;
		if (mnl_attr_get_type(attr) == NFO_FLOW_REASON)
			seen += mnl_attr_get_u8(attr) == NFO_REASON_DRIVER;
		if (mnl_attr_get_type(attr) == NFO_FLOW_L4PROTO)
			seen += mnl_attr_get_u8(attr) == 17;
		if (mnl_attr_get_type(attr) == NFO_FLOW_ANY_ADDR)
			seen += !memcmp(mnl_attr_get_payload(attr), "\x20\x01\x0d\xb8", 4);
		if (mnl_attr_get_type(attr) == NFO_FLOW_ANY_PORT)
			seen += !memcmp(mnl_attr_get_payload(attr), "\1\2", 2);
	}
	assert_int_equal(seen, 6);
	assert_int_equal(run(answer_flows, "flow dev nodev0"), 1);
}

static void test_sim(void **state)
{
	(void)state;
	assert_int_equal(run(answer_sims, "sim"), 0);
	assert_string_equal(out,
		"nic0: 3 of 65536 entries used, 0 refused because the table was full\n"
		"  PORT    KIND    WIRE   PATH  RX-PACKETS  RX-BYTES  TX-PACKETS  TX-BYTES\n"
		"  nic0p0  uplink  veth0  hw         20.0K         0           0         0\n"
		"  nic0p0  uplink  veth0  cpu            0         0           0        84\n"
		"  nic0p1  uplink  gone   hw             0         0           0         0\n"
		"  nic0p1  uplink  gone   cpu            0         0           0         0\n");
	opt.stats = true;
	assert_int_equal(run(answer_sims, "sim show nic0"), 0);
	has(out, "      miss 7: no entry in the table\n");
	lacks(out, "ttl");
	assert_int_equal(run(answer_sims, "sim show nic1"), 1);
	has(err, "\"nic1\"");
	opt.json = true;
	assert_int_equal(run(answer_sims, "sim"), 0);
	has(out, "\"hw\":{\"rx\":{\"packets\":20000,\"bytes\":0},");
	has(out, "{\"reason\":\"ttl\",\"count\":0,");
	has(out, "\"port\":\"nic0p1\",\"ifindex\":0,\"kind\":\"uplink\",\"wire\":null,\"vf\":null,");
	has(out, "\"failed\":0,\"latency_ms\":0,\"fail_nth\":0,\"refuse\":false,\"wedge\":false,"
	    "\"filter2\":false,\"fragments\":false,");
}

static void test_sim_switchdev(void **state)
{
	(void)state;
	assert_int_equal(run(answer_switchdev_sim, "sim show nic0"), 0);
	assert_string_equal(out,
		"nic0: 0 of 65536 entries used, 0 refused because the table was full\n"
		"  profile mlx5, mode switchdev, 2 VFs, device nfo_sim/nic0.1\n"
		"  PORT    KIND  WIRE  PATH  RX-PACKETS  RX-BYTES  TX-PACKETS  TX-BYTES\n"
		"  nic0r0  rep   vf0   hw             0         0           0         0\n"
		"  nic0r0  rep   vf0   cpu            0         0           0         0\n"
		"  nic0r1  rep   vf1   hw             0         0           0         0\n"
		"  nic0r1  rep   vf1   cpu            0         0           0         0\n");
	assert_int_equal(run(answer_switchdev_sim, "sim"), 0);
	has(out, "  profile cxgb4, 0 VFs, device nfo_sim/nic1\n");
	opt.json = true;
	assert_int_equal(run(answer_switchdev_sim, "sim"), 0);
	has(out, "\"profile\":\"mlx5\",\"mode\":\"switchdev\",\"vfs\":2,"
	    "\"device\":\"nfo_sim/nic0.1\",");
	has(out, "\"port\":\"nic0r1\",\"ifindex\":0,\"kind\":\"rep\",\"wire\":null,\"vf\":1,");
	has(out, "\"profile\":\"cxgb4\",\"mode\":null,\"vfs\":0,");
}

static void answer_failed_once(void)
{
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_strz(msg, NFO_SIM_NAME, "nic0");
	mnl_attr_put_u64(msg, NFO_SIM_FAILED, 1);
	end();
	done(0, 0, NULL);
}

static void test_sim_faults(void **state)
{
	(void)state;
	assert_int_equal(run(answer_faulty_sim, "sim"), 0);
	has(out, "\n  set: latency 10000 fail-nth 4294967295 refuse on wedge on"
	    " filter2 on fragments on;"
	    " inserts failed by that: 18446744073709551615\n");
	assert_int_equal(run(answer_failed_once, "sim"), 0);
	has(out, "\n  set: nothing; inserts failed by that: 1\n");
	assert_int_equal(run(answer_sims, "sim"), 0);
	lacks(out, "set:");
	opt.json = true;
	assert_int_equal(run(answer_faulty_sim, "sim"), 0);
	has(out, "\"failed\":18446744073709551615,\"latency_ms\":10000,\"fail_nth\":4294967295,"
	    "\"refuse\":true,\"wedge\":true,");
}

int main(void)
{
	static const struct CMUnitTest cases[] = {
		cmocka_unit_test_setup(test_json_strings, fresh_start),
		cmocka_unit_test_setup(test_json_layout, fresh_start),
		cmocka_unit_test_setup(test_words, fresh_start),
		cmocka_unit_test_setup(test_numbers, fresh_start),
		cmocka_unit_test_setup(test_color, fresh_start),
		cmocka_unit_test_setup(test_provider, fresh_start),
		cmocka_unit_test_setup(test_status, fresh_start),
		cmocka_unit_test_setup(test_port, fresh_start),
		cmocka_unit_test_setup(test_port_none, fresh_start),
		cmocka_unit_test_setup(test_flow, fresh_start),
		cmocka_unit_test_setup(test_flow_filter, fresh_start),
		cmocka_unit_test_setup(test_sim, fresh_start),
		cmocka_unit_test_setup(test_sim_switchdev, fresh_start),
		cmocka_unit_test_setup(test_sim_faults, fresh_start),
	};

	return cmocka_run_group_tests(cases, NULL, NULL) + run_refuse_tests() +
	       run_policy_tests() + run_port_tests() + run_why_tests() + run_live_tests() +
	       run_ppe_tests();
}
