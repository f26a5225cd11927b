// SPDX-License-Identifier: GPL-2.0-only
/* Unit test of nfoctl port: what is allowed, in words and bits; what is shown; what is asked for. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <linux/genetlink.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "optin.h"
#include "unit_kernel.h"

#define TTL	(1u << NFO_OPTIN_TTL_UNCHANGED)
#define FIN	(1u << NFO_OPTIN_NO_FIN_RST)
#define FRAG	(1u << NFO_OPTIN_FRAGMENTS)

static void test_optins(void **state)
{
	static const struct {
		const char *text;
		uint32_t bits, mask;
	} right[] = {
		{ "none", 0, UINT32_MAX },
		{ "ttl-unchanged", TTL, UINT32_MAX },
		{ "no-fin-rst,ttl-unchanged", TTL | FIN, UINT32_MAX },
		{ "fragments,fragments", FRAG, UINT32_MAX },
		{ "+ttl-unchanged", TTL, TTL },
		{ "-ttl-unchanged", 0, TTL },
		{ "+ttl-unchanged,-no-fin-rst", TTL, TTL | FIN },
		{ "+ttl-unchanged,-ttl-unchanged", 0, TTL },
	};
	static const char *const wrong[][2] = {
		{ "", "" }, { "ttl", "ttl" }, { "ttl-unchanged,", "" }, { ",ttl-unchanged", "" },
		{ "ttl-unchanged,none", "none" }, { "+none", "+none" }, { "+", "+" },
		{ "ttl-unchanged,+fragments", "+fragments" },
		{ "+ttl-unchanged,fragments", "fragments" }, { "++fragments", "++fragments" },
		{ "fragmentss", "fragmentss" }, { "fragment", "fragment" },
	};
	char text[OPTINS_TEXT];
	struct optins o;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(right); i++) {
		assert_true(optins_read(&o, right[i].text, true, text));
		assert_int_equal(o.bits, right[i].bits);
		assert_int_equal(o.mask, right[i].mask);
	}
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (optins_read(&o, wrong[i][0], true, text))
			fail_msg("\"%s\" is accepted", wrong[i][0]);
		assert_string_equal(text, wrong[i][1]);
	}
	assert_false(optins_read(&o, "+fragments", false, text));
}

/* All words there are fit, and what is shown can be read. */
static void test_optins_text(void **state)
{
	char text[OPTINS_TEXT], bad[OPTINS_TEXT];
	struct optins o;
	unsigned int i;

	(void)state;
	assert_string_equal(optins_text(text, 0, ","), "none");
	assert_string_equal(optins_text(text, TTL | FRAG, ","), "ttl-unchanged,fragments");
	assert_string_equal(optins_text(text, TTL | 1u << 31, " "), "ttl-unchanged unknown-31");
	for (i = 0; i < 1u << (NFO_OPTIN_MAX + 1); i++) {
		assert_true(optins_read(&o, optins_text(text, i, ","), false, bad));
		assert_int_equal(o.bits, i);
	}
	/* of a kernel that has more of them than fit */
	assert_int_equal(strlen(optins_text(text, UINT32_MAX, ",")), OPTINS_TEXT - 1);
	has(optin_names(), "ttl-unchanged, no-fin-rst, ");
}

static void answer_backends(void)
{
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_u32(msg, NFO_PORT_IFINDEX, 1);
	mnl_attr_put_strz(msg, NFO_PORT_NAME, "lo");
	mnl_attr_put_strz(msg, NFO_PORT_BACKEND, "none");
	mnl_attr_put_u8(msg, NFO_PORT_STATE, NFO_PORT_FAILED);
	mnl_attr_put_u32(msg, NFO_PORT_ERROR, -EBUSY);
	mnl_attr_put_strz(msg, NFO_PORT_WANTED, "flower");
	mnl_attr_put_u32(msg, NFO_PORT_ALLOW, 0);
	mnl_attr_put_u32(msg, NFO_PORT_NEEDS, TTL | FIN);
	mnl_attr_put_strz(msg, NFO_PORT_NOTE, "flower: the device has a clsact qdisc");
	end();
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_u32(msg, NFO_PORT_IFINDEX, 2);
	mnl_attr_put_strz(msg, NFO_PORT_NAME, "b");
	mnl_attr_put_u32(msg, NFO_PORT_ALLOW, FRAG | 1u << 30);
	end();
	done(0, 0, NULL);
}

static void test_shown(void **state)
{
	(void)state;
	assert_int_equal(run(answer_backends, "port"), 0);
	has(out, "    no backend could attach: Device or resource busy\n"
		 "    flower: the device has a clsact qdisc\n"
		 "    wanted flower\n"
		 "    needs ttl-unchanged no-fin-rst, allowed none\n");
	has(out, "    needs none, allowed fragments unknown-30\n");
	opt.json = true;
	assert_int_equal(run(answer_backends, "port"), 0);
	has(out, "\"wanted\":\"flower\",\"allow\":[],\"needs\":[\"ttl-unchanged\",\"no-fin-rst\"],"
		 "\"note\":\"flower: the device has a clsact qdisc\",");
	has(out, "\"allow\":[\"fragments\",\"unknown-30\"],\"needs\":[],\"reasons\"");
}

static int64_t number(const struct nlattr *attr)
{
	return attr ? (int64_t)attr_u32(attr) : -1;
}

/* What the request has: -1, or "" for what it has not. */
static void asked(const char *name, const char *wanted, int64_t allow, int64_t mask)
{
	const struct nlattr *attr, *tb[NFO_PORT_MAX + 1] = { 0 };

	msg_for_each(attr, &kernel.request.hdr)
		tb[mnl_attr_get_type(attr)] = attr;
	assert_string_equal(mnl_attr_get_str(tb[NFO_PORT_NAME]), name);
	assert_string_equal(tb[NFO_PORT_WANTED] ? mnl_attr_get_str(tb[NFO_PORT_WANTED]) : "",
			    wanted);
	assert_int_equal(number(tb[NFO_PORT_ALLOW]), allow);
	assert_int_equal(number(tb[NFO_PORT_ALLOW_MASK]), mask);
}

static void answer_unknown(void)
{
	ack(ENOENT, NLM_F_CAPPED, "no backend \"flour\", there are native, flower");
}

static void test_set(void **state)
{
	(void)state;
	assert_int_equal(run(answer_ok, "port set eth0 backend flower"), 0);
	assert_string_equal(out, "");
	assert_int_equal(((struct genlmsghdr *)mnl_nlmsg_get_payload(&kernel.request.hdr))->cmd,
			 NFO_CMD_PORT_SET);
	asked("eth0", "flower", -1, -1);
	assert_int_equal(run(answer_ok, "port set dev eth0 allow none backend auto"), 0);
	asked("eth0", "auto", 0, -1);
	assert_int_equal(run(answer_ok, "port set dev dev allow ttl-unchanged,fragments"), 0);
	asked("dev", "", TTL | FRAG, -1);
	assert_int_equal(run(answer_ok, "port se eth0 allow +fragments,-no-fin-rst"), 0);
	asked("eth0", "", FRAG, FRAG | FIN);
	assert_int_equal(run(answer_unknown, "port set eth0 backend flour"), 1);
	has(err, "no backend \"flour\", there are native, flower");
}

static void test_set_usage(void **state)
{
	static const char *const wrong[][2] = {
		{ "port set", "needs a DEV" }, { "port set a/b backend auto", "\"a/b\"" },
		{ "port set eth0", "nothing is said of \"eth0\"" },
		{ "port set eth0 backend", "\"backend\" needs a value" },
		{ "port set eth0 allow", "\"allow\" needs a value" },
		{ "port set eth0 backend sixteencharacter", "1 to 15 characters" },
		{ "port set eth0 backend a backend b", "twice" },
		{ "port set eth0 allow none allow none", "twice" },
		{ "port set eth0 quota 5", "\"quota\" is not expected" },
		{ "port set eth0 allow ttl", "\"ttl\" cannot be allowed" },
		{ "port set eth0 allow ttl-unchanged,+fragments", "\"+fragments\" cannot" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (run(answer_ok, wrong[i][0]) != EXIT_USAGE)
			fail_msg("\"%s\" is accepted", wrong[i][0]);
		has(err, wrong[i][1]);
		has(err, "Usage: nfoctl");
		assert_int_equal(kernel.requests, 0);
	}
	assert_int_equal(run(answer_ok, "port help"), 0);
	has(out, "port set [dev] DEV");
	for (i = 0; optin_name(i); i++)
		has(out, optin_name(i));
}

int run_port_tests(void)
{
	static const struct CMUnitTest cases[] = {
		cmocka_unit_test_setup(test_optins, fresh_start),
		cmocka_unit_test_setup(test_optins_text, fresh_start),
		cmocka_unit_test_setup(test_shown, fresh_start),
		cmocka_unit_test_setup(test_set, fresh_start),
		cmocka_unit_test_setup(test_set_usage, fresh_start),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
