// SPDX-License-Identifier: GPL-2.0-only
/* Unit test of nfoctl: refusals, wrong words, lists that change, and what no kernel should say. */
#include <errno.h>
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
#include "unit_kernel.h"

static void answer_warning(void)
{
	ack(0, NLM_F_CAPPED, "the wire is slow");
}

static void answer_busy_capped(void)
{
	ack(EBUSY, NLM_F_CAPPED, "wire \"b\" is taken");
}

static void answer_exists(void)
{
	ack(EEXIST, NLM_F_CAPPED, NULL);
}

static void answer_eperm(void)
{
	ack(EPERM, NLM_F_CAPPED, NULL);
}

/* A false echo length must not lead the parser out of the message. */
static void answer_lying_echo(void)
{
	struct nlmsgerr *e;

	begin(NLMSG_ERROR, NLM_F_ACK_TLVS, sizeof(*e));
	e = mnl_nlmsg_get_payload(msg);
	e->error = -EINVAL;
	e->msg.nlmsg_len = UINT32_MAX;
	end();
	next_datagram();
}

static void answer_short_error(void)
{
	begin(NLMSG_ERROR, 0, 2);
	end();
	next_datagram();
}

static void answer_done_error(void)
{
	done(EOPNOTSUPP, 0, "no flows here");
}

/* Neither a stranger's message nor an old one of ours counts. */
static void answer_strangers(void)
{
	begin(NLMSG_ERROR, 0, sizeof(struct nlmsgerr));
	((struct nlmsgerr *)mnl_nlmsg_get_payload(msg))->error = -EIO;
	msg->nlmsg_seq--;
	end();
	begin(NLMSG_ERROR, 0, sizeof(struct nlmsgerr));
	((struct nlmsgerr *)mnl_nlmsg_get_payload(msg))->error = -EIO;
	msg->nlmsg_pid++;
	end();
	begin(FAMILY + 1, 0, 64);
	end();
	begin(FAMILY, 0, 2);
	end();
	next_datagram();
	answer_ok();
}

static void test_refusals(void **state)
{
	(void)state;
	assert_int_equal(run(answer_ok, ADD), 0);
	assert_string_equal(err, "");
	assert_int_equal(run(answer_warning, ADD), 0);
	assert_string_equal(err, "nfoctl: note: the wire is slow\n");
	assert_int_equal(run(answer_busy_capped, ADD), 1);
	assert_string_equal(err, "nfoctl: wire \"b\" is taken (Device or resource busy)\n");
	assert_int_equal(run(answer_busy_echo, ADD), 1);
	assert_string_equal(err, "nfoctl: wire \"b\" is taken (Device or resource busy)\n");
	assert_int_equal(run(answer_exists, ADD), 1);
	assert_string_equal(err, "nfoctl: the kernel refused: File exists\n");
	assert_int_equal(run(answer_eperm, ADD), 1);
	has(err, "Operation not permitted: this needs CAP_NET_ADMIN");
	assert_int_equal(run(answer_lying_echo, ADD), 1);
	has(err, "Invalid argument");
	assert_int_equal(run(answer_short_error, ADD), 1);
	assert_int_equal(run(answer_strangers, ADD), 0);
	assert_int_equal(run(answer_done_error, "flow"), 1);
	assert_string_equal(err, "nfoctl: no flows here (Operation not supported)\n");
	kernel.family_errno = ENOENT;
	assert_int_equal(run(answer_ok, "sim del x"), 1);
	has(err, "the kernel has no \"nfo_sim\" family: load it with \"modprobe nfo_sim\"");
	assert_int_equal(run(answer_ok, "port"), 1);
	has(err, "the kernel has no \"nfo\" family: load it with \"modprobe nft_offload\"");
}

static void test_request(void **state)
{
	const struct nlattr *attr;
	unsigned int wires = 0, attrs = 0;

	(void)state;
	assert_int_equal(run(answer_ok, ADD " size 4194304 vfs 64 profile mlx5"), 0);
	assert_int_equal(kernel.request.hdr.nlmsg_type, FAMILY);
	mnl_attr_for_each(attr, &kernel.request.hdr, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == NFO_SIM_NAME)
			assert_string_equal(mnl_attr_get_str(attr), "nic0");
		else if (mnl_attr_get_type(attr) == NFO_SIM_WIRE)
			assert_string_equal(mnl_attr_get_str(attr), wires++ ? "b" : "a");
		else if (mnl_attr_get_type(attr) == NFO_SIM_SIZE)
			assert_int_equal(mnl_attr_get_u32(attr), 4194304);
		else if (mnl_attr_get_type(attr) == NFO_SIM_VFS)
			assert_int_equal(mnl_attr_get_u32(attr), 64);
		else if (mnl_attr_get_type(attr) == NFO_SIM_PROFILE)
			assert_string_equal(mnl_attr_get_str(attr), "mlx5");
		else
			fail();
		attrs++;
	}
	assert_int_equal(wires, 2);
	assert_int_equal(attrs, 6);
}

/* The attributes of the last request but its name, as "TYPE=VALUE ". */
static void request_values(char *buf, size_t size)
{
	const struct nlattr *attr;
	FILE *f = fmemopen(buf, size, "w");

	*buf = '\0';	/* what has no attributes writes nothing */
	mnl_attr_for_each(attr, &kernel.request.hdr, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == NFO_SIM_NAME)
			assert_string_equal(mnl_attr_get_str(attr), "nic0");
		else if (mnl_attr_get_payload_len(attr) == 1)
			fprintf(f, "%u=%u ", mnl_attr_get_type(attr), mnl_attr_get_u8(attr));
		else
			fprintf(f, "%u=%u ", mnl_attr_get_type(attr), mnl_attr_get_u32(attr));
	}
	fclose(f);
}

static uint8_t request_cmd(void)
{
	return ((struct genlmsghdr *)mnl_nlmsg_get_payload(&kernel.request.hdr))->cmd;
}

static void test_sim_set(void **state)
{
	char got[256], want[256];

	(void)state;
	assert_int_equal(run(answer_ok, "sim set nic0 wedge on latency 10000 refuse off size 1 "
			     "fail-nth 4294967295"), 0);
	assert_int_equal(request_cmd(), NFO_SIM_CMD_SET);
	snprintf(want, sizeof(want), "%u=1 %u=10000 %u=%u %u=0 %u=1 ", NFO_SIM_SIZE,
		 NFO_SIM_LATENCY, NFO_SIM_FAIL_NTH, UINT32_MAX, NFO_SIM_REFUSE, NFO_SIM_WEDGE);
	request_values(got, sizeof(got));
	assert_string_equal(got, want);
	assert_int_equal(run(answer_ok, "sim set nic0 latency 0"), 0);
	snprintf(want, sizeof(want), "%u=0 ", NFO_SIM_LATENCY);
	request_values(got, sizeof(got));
	assert_string_equal(got, want);
	assert_int_equal(run(answer_ok, "sim set nic0 fragments off filter2 on"), 0);
	snprintf(want, sizeof(want), "%u=1 %u=0 ", NFO_SIM_FILTER2, NFO_SIM_FRAGMENTS);
	request_values(got, sizeof(got));
	assert_string_equal(got, want);
	assert_int_equal(run(answer_ok, "sim reset nic0"), 0);
	assert_int_equal(request_cmd(), NFO_SIM_CMD_RESET);
	request_values(got, sizeof(got));
	assert_string_equal(got, "");
	assert_int_equal(run(answer_busy_echo, "sim set nic0 size 2"), 1);
	assert_int_equal(run(answer_busy_echo, "sim reset nic0"), 1);
}

static void test_usage(void **state)
{
	static const char *const wrong[][2] = {
		{ "status x", "\"x\"" }, { "port x", "\"x\"" }, { "port show lo x", "\"x\"" },
		{ "flow x", "\"x\"" }, { "flow dev", "\"dev\"" }, { "flow state up", "\"up\"" },
		{ "flow state", "\"state\"" }, { "flow proto sctp", "\"sctp\"" },
		{ "flow proto 0", "\"0\"" }, { "flow reason because", "\"because\"" },
		{ "flow addr 1.2.3", "\"1.2.3\"" }, { "flow addr ::1::", "\"::1::\"" },
		{ "flow port 65536", "\"65536\"" }, { "flow port 1 port 2", "twice" },
		{ "sim x", "\"x\"" }, { "sim add", "NAME" }, { "sim del", "NAME" },
		{ "sim del a b", "\"b\"" }, { "sim show a b", "\"b\"" },
		{ "sim add a", "2 ports" }, { "sim add a wire b", "2 ports" },
		{ "sim add a wire b wire", "\"wire\"" }, { "sim add a b", "\"b\"" },
		{ "sim add a wire b wire c wire d", "\"d\"" },
		{ "sim add thirteenchars wire b wire c", "\"thirteenchars\"" },
		{ "sim add a wire sixteencharacter wire c", "\"sixteencharacter\"" },
		{ "sim add a wire b wire c size", "\"size\"" },
		{ "sim add a wire b wire c size 0", "\"0\"" },
		{ "sim add a wire b wire c size 4194305", "\"4194305\"" },
		{ "sim add a wire b wire c size 1 size 1", "twice" },
		{ "sim add a wire b wire c profile", "\"profile\" needs" },
		{ "sim add a wire b wire c profile sixteencharacter", "\"sixteencharacter\"" },
		{ "sim add a wire b wire c profile x profile x", "twice" },
		{ "sim add a wire b wire c vfs", "\"vfs\" needs" },
		{ "sim add a wire b wire c vfs 65", "\"65\" is no number of VFs" },
		{ "sim add a wire b wire c vfs 0 vfs 0", "twice" },
		{ "sim reset", "NAME" }, { "sim reset a b", "\"b\"" },
		{ "sim reset thirteenchars", "\"thirteenchars\"" },
		{ "sim set", "NAME" }, { "sim set a", "KNOB" },
		{ "sim set a b", "\"b\" is no KNOB" },
		{ "sim set a size", "\"size\" needs a value: a number" },
		{ "sim set a wedge", "\"wedge\" needs a value: \"on\" or \"off\"" },
		{ "sim set a size 0", "\"size\": it is a number from 1 to 4194304" },
		{ "sim set a size 4194305", "\"4194305\"" },
		{ "sim set a latency 10001", "\"latency\": it is a number from 0 to 10000" },
		{ "sim set a latency 1s", "\"1s\"" }, { "sim set a fail-nth -1", "\"-1\"" },
		{ "sim set a fail-nth 4294967296", "\"4294967296\" is no value of \"fail-nth\"" },
		{ "sim set a refuse yes", "\"yes\" is no value of \"refuse\"" },
		{ "sim set a wedge 1", "\"1\" is no value of \"wedge\"" },
		{ "sim set a wedge on wedge off", "\"wedge\" is given twice" },
		{ "sim set a latency 1 wed on", "\"wed\" is no KNOB" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (run(answer_ok, wrong[i][0]) != EXIT_USAGE)
			fail_msg("\"%s\" is accepted", wrong[i][0]);
		has(err, wrong[i][1]);
		has(err, "Usage: nfoctl");
		assert_string_equal(out, "");
		assert_int_equal(kernel.requests, 0);
	}
	assert_int_equal(run(answer_ok, "sim help"), 0);
	has(out, "Usage: nfoctl");
}

static unsigned int changes;

static void answer_changing(void)
{
	uint16_t intr = changes ? NLM_F_DUMP_INTR : 0;

	if (changes)
		changes--;
	put_natted(1, 0, 0, 0);
	done(0, intr, NULL);
}

static void test_interrupted(void **state)
{
	(void)state;
	changes = 2;
	assert_int_equal(run(answer_changing, "flow"), 0);
	assert_int_equal(kernel.requests, 1 + 3);
	has(out, "1 connection, 1 direction in hardware, 0 in software\n");
	assert_string_equal(err, "");
	changes = 1000;
	assert_int_equal(run(answer_changing, "flow"), 0);
	assert_int_equal(kernel.requests, 1 + 4);
	has(out, "1 connection, 1 direction in hardware, 0 in software\n");
	has(err, "nfoctl: note: the list changed while it was read");
}

static void answer_odd_number(void)
{
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_strz(msg, NFO_PORT_NAME, "lo");
	mnl_attr_put_u16(msg, NFO_PORT_IFINDEX, 1);
	end();
	done(0, 0, NULL);
}

static void answer_open_string(void)
{
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_u32(msg, NFO_PORT_IFINDEX, 1);
	mnl_attr_put(msg, NFO_PORT_NAME, 4, "abcd");
	end();
	done(0, 0, NULL);
}

static void answer_cut_off(void)
{
	put_port("lo", 1);
	msg->nlmsg_len -= 8;
	done(0, 0, NULL);
}

static void answer_odd_addr(void)
{
	put_flow(1, 0, 0, 0);
	mnl_attr_put(msg, NFO_FLOW_SRC, 5, "12345");
	end();
	done(0, 0, NULL);
}

static void answer_empty(void)
{
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	end();
	done(0, 0, NULL);
}

static void test_odd(void **state)
{
	(void)state;
	assert_int_equal(run(answer_odd_number, "port"), 1);
	has(err, "cannot read the kernel's answer (attribute 2)");
	assert_int_equal(run(answer_open_string, "port"), 1);
	has(err, "cannot read the kernel's answer (attribute 3)");
	assert_int_equal(run(answer_cut_off, "port"), 1);
	has(err, "cannot read the kernel's answer");
	assert_int_equal(run(answer_odd_addr, "flow"), 1);
	has(err, "neither IPv4 nor IPv6");
	assert_int_equal(run(answer_empty, "flow"), 1);
	has(err, "lacks attributes of a flow");
	assert_int_equal(run(answer_empty, "sim"), 1);
	has(err, "lacks attributes of a model");
	assert_string_equal(out, "");
}

/* Good answers with a few bytes changed, the end of the dump left alone. SAN=1 watches. */
static void (*spoil_what)(void);

static void answer_spoiled(void)
{
	unsigned int i, n;
	size_t at;

	spoil_what();
	for (i = 0, n = rand() % 4 + 1; i < n; i++) {
		at = rand() % kernel.len[0];
		kernel.buf[0][at] = rand() % 3 ? rand() : rand() % 8;
	}
	done(0, 0, NULL);
	done(0, 0, NULL);
	ack(0, NLM_F_CAPPED, NULL);
}

static void test_spoiled(void **state)
{
	static const struct {
		void (*answer)(void);
		const char *line;
	} good[] = {
		{ answer_status, "status" }, { answer_ports, "port" }, { answer_flows, "flow" },
		{ answer_sims, "sim" }, { answer_faulty_sim, "sim" },
		{ answer_busy_echo, ADD },
	};
	unsigned int i;
	int rc;

	(void)state;
	srand(1);
	for (i = 0; i < 10000; i++) {
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

int run_refuse_tests(void)
{
	static const struct CMUnitTest cases[] = {
		cmocka_unit_test_setup(test_refusals, fresh_start),
		cmocka_unit_test_setup(test_request, fresh_start),
		cmocka_unit_test_setup(test_sim_set, fresh_start),
		cmocka_unit_test_setup(test_usage, fresh_start),
		cmocka_unit_test_setup(test_interrupted, fresh_start),
		cmocka_unit_test_setup(test_odd, fresh_start),
		cmocka_unit_test_setup(test_spoiled, fresh_start),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
