// SPDX-License-Identifier: GPL-2.0-only
/* Unit test of nfoctl: the verbs that go on, stats, monitor and top. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/genetlink.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "top.h"
#include "unit_kernel.h"

/* ---- a kernel whose counters go on */

static uint64_t ticks;

static void put_refresh(uint8_t id, uint64_t n)
{
	struct nlattr *nest = mnl_attr_nest_start(msg, NFO_STATUS_REFRESH);

	mnl_attr_put_u8(msg, NFO_REASON_A_ID, id);
	mnl_attr_put_u64(msg, NFO_REASON_A_COUNT, n);
	mnl_attr_nest_end(msg, nest);
}

static void answer_full_status(void)
{
	begin(FAMILY, 0, GENL_HDRLEN);
	mnl_attr_put_strz(msg, NFO_STATUS_VERSION, "9.9");
	mnl_attr_put_u64(msg, NFO_STATUS_FLOWS, 5);
	mnl_attr_put_u64(msg, NFO_STATUS_FLOWS_HW, 3);
	mnl_attr_put_u64(msg, NFO_STATUS_EVICTED, 1000 * ticks);
	mnl_attr_put_u64(msg, NFO_STATUS_EXPIRED, 7);
	mnl_attr_put_u32(msg, NFO_STATUS_HOPS, 2);
	put_refresh(NFO_REFRESH_ROUTE, 4);
	put_refresh(NFO_REFRESH_NEIGH, 6);
	end();
	next_datagram();
	answer_ok();
}

static void answer_live(void)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(&kernel.request.hdr);

	switch (genl->cmd) {
	case NFO_CMD_STATUS_GET:
		return answer_full_status();
	case NFO_CMD_PORT_GET:
		return answer_ports();
	default:
		ticks++;
		put_natted(7, 0, 0, 1000 * ticks);
		put_natted(7, 1, NFO_REASON_NAT, 0);
		put_natted(9, 0, 0, 5000);
		done(0, 0, NULL);
	}
}

/* ---- stats */

static void test_stats(void **state)
{
	(void)state;
	ticks = 3;
	assert_int_equal(run(answer_live, "stats"), 0);
	has(out, "NAME               COUNT  WHAT\n");
	has(out, "evicted             3000  directions that made room for busier ones\n");
	has(out, "refresh.neigh          6  the neighbour has another MAC address or is gone\n");
	has(out, "bytes               246K  ");
	has(out, "reason.table-full     24  the hardware table is full\n");
	lacks(out, "reason.nat");
	opt.stats = true;
	assert_int_equal(run(answer_live, "stats show"), 0);
	has(out, "reason.nat ");
	opt.json = true;
	assert_int_equal(run(answer_live, "stats"), 0);
	has(out, "[{\"flows\":5,\"flows_hw\":3,\"hops\":2,\"unbuilt\":0,");
	has(out, "\"refresh.route\":4,");
	has(out, "\"reason.table-full\":24,");
	has(out, "\"reason.lost\":0,\"reason.ttl\":0,");
	has(out, "\"reason.inner-csum\":0}]\n");
}

static void answer_faster(void)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(&kernel.request.hdr);

	ticks += genl->cmd == NFO_CMD_STATUS_GET;
	answer_live();
}

static void test_stats_rates(void **state)
{
	char *line;

	(void)state;
	ticks = 0;
	opt.stats = true;
	assert_int_equal(run(answer_faster, "stats -i 0.01 count 2"), 0);
	has(out, "\n  NAME ");
	has(out, " PER SECOND  ");
	has(out, "\n  flows                           -                     5\n");
	has(out, "\n  expired                         0                     7\n");
	opt.json = true;
	assert_int_equal(run(answer_faster, "stats count 2 -i 0.02"), 0);
	line = strchr(out, '\n');
	assert_non_null(line);
	assert_true(*++line == '{');
	has(line, "\"flows\":5,");
	has(line, "\"expired\":0,");
	lacks(line, "\"evicted\":0,");
	assert_string_equal(strchr(line, '\n'), "\n");
}

static void test_seconds(void **state)
{
	uint32_t ms = 0;

	(void)state;
	assert_true(parse_seconds("1", &ms) && ms == 1000);
	assert_true(parse_seconds("0.25", &ms) && ms == 250);
	assert_true(parse_seconds("86400", &ms) && ms == 86400000);
	assert_true(parse_seconds("1.001", &ms) && ms == 1001);
	assert_true(parse_seconds("0.01", &ms) && ms == 10);
	assert_false(parse_seconds("0.009", &ms));
	assert_false(parse_seconds("86400.001", &ms));
	assert_false(parse_seconds("86401", &ms));
	assert_false(parse_seconds("1.", &ms));
	assert_false(parse_seconds(".5", &ms));
	assert_false(parse_seconds("1.0001", &ms));
	assert_false(parse_seconds("1.2.3", &ms));
	assert_false(parse_seconds("-1", &ms));
	assert_false(parse_seconds("999999999", &ms));
	assert_false(parse_seconds("", &ms));
	assert_int_equal(per_second(UINT64_MAX, 1000), UINT64_MAX);
	assert_int_equal(per_second(10, 0), 0);
}

/* ---- monitor */

static void event_flow(uint8_t event, uint8_t dir)
{
	begin(FAMILY, 0, GENL_HDRLEN);
	((struct genlmsghdr *)mnl_nlmsg_get_payload(msg))->cmd = NFO_CMD_FLOW_NTF;
	mnl_attr_put_u64(msg, NFO_FLOW_ID, 7);
	mnl_attr_put_u8(msg, NFO_FLOW_DIR, dir);
	mnl_attr_put_u8(msg, NFO_FLOW_EVENT, event);
	mnl_attr_put_u8(msg, NFO_FLOW_L4PROTO, IPPROTO_TCP);
	put_ip4(NFO_FLOW_SRC, "10.0.1.2");
	put_ip4(NFO_FLOW_DST, "10.0.2.2");
	mnl_attr_put_u16(msg, NFO_FLOW_SPORT, htons(5000));
	mnl_attr_put_u16(msg, NFO_FLOW_DPORT, htons(80));
	mnl_attr_put_u32(msg, NFO_FLOW_IFINDEX, 1);
}

static void event_port(uint8_t event, uint8_t port_state)
{
	begin(FAMILY, 0, GENL_HDRLEN);
	((struct genlmsghdr *)mnl_nlmsg_get_payload(msg))->cmd = NFO_CMD_PORT_NTF;
	mnl_attr_put_u32(msg, NFO_PORT_IFINDEX, 1);
	mnl_attr_put_strz(msg, NFO_PORT_NAME, "lo");
	mnl_attr_put_strz(msg, NFO_PORT_BACKEND, "native");
	mnl_attr_put_u8(msg, NFO_PORT_STATE, port_state);
	mnl_attr_put_u8(msg, NFO_PORT_EVENT, event);
}

static void events(void)
{
	event_flow(NFO_FLOW_EV_HW, 0);
	end();
	event_flow(NFO_FLOW_EV_SW, 0);
	mnl_attr_put_u8(msg, NFO_FLOW_REASON, NFO_REASON_EVICTED);
	end();
	next_datagram();
	event_flow(NFO_FLOW_EV_REFRESH, 0);
	mnl_attr_put_u8(msg, NFO_FLOW_REFRESH, NFO_REFRESH_ROUTE);
	end();
	next_datagram();
	begin(FAMILY, 0, GENL_HDRLEN);	/* all that is known of a flow may be its id */
	((struct genlmsghdr *)mnl_nlmsg_get_payload(msg))->cmd = NFO_CMD_FLOW_NTF;
	mnl_attr_put_u64(msg, NFO_FLOW_ID, 8);
	mnl_attr_put_u8(msg, NFO_FLOW_DIR, 1);
	mnl_attr_put_u8(msg, NFO_FLOW_EVENT, NFO_FLOW_EV_DEL);
	end();
	event_port(NFO_PORT_EV_STATE, NFO_PORT_FAILED);
	mnl_attr_put_u32(msg, NFO_PORT_ERROR, (uint32_t)-EBUSY);
	end();
	next_datagram();
}

/* The time at the beginning of each line is not the same twice. */
static void without_times(void)
{
	char *from = out, *to = out;

	while (*from) {
		from += strcspn(from, " ");
		while (*from && *from != '\n')
			*to++ = *from++;
		if (*from)
			*to++ = *from++;
	}
	*to = '\0';
}

static void test_monitor(void **state)
{
	(void)state;
	kernel.events = events;
	assert_int_equal(run(answer_ok, "monitor flow count 4"), 0);
	assert_int_equal(kernel.joined, 1);
	assert_string_equal(err, "");
	without_times();
	assert_string_equal(out,
		"  flow  hw       tcp 10.0.1.2:5000 -> 10.0.2.2:80  original  lo\n"
		"  flow  sw       tcp 10.0.1.2:5000 -> 10.0.2.2:80  original  lo"
		"  evicted: it made room for a busier connection\n"
		"  flow  refresh  tcp 10.0.1.2:5000 -> 10.0.2.2:80  original  lo"
		"  route: the route changed\n"
		"  flow  del      id 8  reply\n");
	opt.json = true;
	kernel.signal = SIGTERM;
	kernel.events = events;
	assert_int_equal(run(answer_ok, "monitor port"), 0);
	assert_int_equal(kernel.joined, 2);
	has(out, "\"object\":\"flow\",\"event\":\"hw\",\"id\":7,\"dir\":\"original\",");
	has(out, "\"event\":\"sw\",");
	has(out, "\"reason\":\"evicted\",\"text\":\"it made room for a busier connection\",");
	has(out, "\"refresh\":\"route\",\"text\":\"the route changed\",");
	has(out, "\"object\":\"port\",\"event\":\"state\",\"ifindex\":1,\"port\":\"lo\","
		 "\"backend\":\"native\",\"state\":\"failed\","
		 "\"error\":\"Device or resource busy\"}\n");
}

static void test_monitor_ends(void **state)
{
	(void)state;
	/* a shell starts what it does not wait for with this ignored */
	signal(SIGINT, SIG_DFL);
	kernel.events = events;
	kernel.recv_errno = ENOBUFS;
	kernel.signal = SIGINT;
	assert_int_equal(run(answer_ok, "monitor"), 0);
	assert_int_equal(kernel.joined, 3);
	has(out, "lost     events were lost: ");
	has(out, "port  state    lo  failed  backend native  Device or resource busy\n");
	opt.json = true;
	kernel.recv_errno = ENOBUFS;
	assert_int_equal(run(answer_ok, "monitor all count 1"), 0);
	has(out, "\"event\":\"lost\"}\n{\"time_ms\":");
	opt.json = false;
	kernel.recv_errno = EIO;
	assert_int_equal(run(answer_ok, "monitor"), 1);
	has(err, "cannot read events: Input/output error\n");
	kernel.join_errno = EPERM;
	assert_int_equal(run(answer_ok, "monitor flow"), 1);
	has(err, "cannot get events of a flow: Operation not permitted: this needs CAP_NET_ADMIN");
	kernel.no_groups = true;
	assert_int_equal(run(answer_ok, "monitor flow"), 1);
	has(err, "no events of a flow");
}

static void spoiled_events(void)
{
	unsigned int i, n, k;

	events();
	for (k = 0; k < kernel.in; k++) {
		for (i = 0, n = rand() % 4; i < n; i++)
			kernel.buf[k][rand() % kernel.len[k]] = rand() % 3 ? rand() : rand() % 8;
	}
}

static void test_monitor_spoiled(void **state)
{
	unsigned int i;
	int rc;

	(void)state;
	srand(5);
	kernel.events = spoiled_events;
	kernel.signal = SIGINT;
	for (i = 0; i < 5000; i++) {
		opt.json = i & 1;
		rc = run(answer_ok, "monitor");
		if (rc != 0 && rc != 1)
			fail_msg("exit code %d", rc);
		if (rc && !*err)
			fail_msg("no word about the failure");
	}
}

/* ---- top */

static struct flow flow_at(uint64_t id, uint8_t dir, uint64_t packets, uint64_t bytes)
{
	return (struct flow) { .id = id, .dir = dir, .packets = packets, .bytes = bytes };
}

static void test_rates(void **state)
{
	struct flow old[] = { flow_at(1, 0, 5, 500), flow_at(2, 0, 9, 9), flow_at(2, 1, 9, 9),
			      flow_at(4, 0, 1000, 99999) };
	struct flow new[] = { flow_at(1, 0, 10, 1500), flow_at(2, 1, 9, 10), flow_at(3, 0, 2, 100),
			      flow_at(4, 0, 1, 100) };
	struct dump before = { .when = 1000, .flows = { .flow = old, .n = 4 } };
	struct dump now = { .when = 3000, .flows = { .flow = new, .n = 4 } };
	struct top_row *rows;

	(void)state;
	rows = top_flow_rows(&before, &now, TOP_RATE);
	assert_int_equal(rows[0].at, 0);
	assert_int_equal(rows[0].pps, 2);
	assert_int_equal(rows[0].bps, 4000);
	/* both had 100 bytes in 2 s: one is new, one began again */
	assert_int_equal(rows[1].at, 2);
	assert_int_equal(rows[1].bps, 400);
	assert_int_equal(rows[2].at, 3);
	assert_int_equal(rows[2].bps, 400);
	assert_int_equal(rows[3].bps, 0);
	free(rows);
	rows = top_flow_rows(&before, &now, TOP_PACKETS);
	assert_int_equal(rows[1].at, 1);
	free(rows);
	rows = top_flow_rows(&before, &now, TOP_BYTES);
	assert_int_equal(rows[3].at, 1);
	free(rows);
	before.when = 0;	/* nothing to compare with */
	rows = top_flow_rows(&before, &now, TOP_RATE);
	assert_int_equal(rows[0].bps, 0);
	free(rows);
	now.flows.n = 0;
	free(top_flow_rows(&before, &now, TOP_RATE));
}

static void test_top(void **state)
{
	(void)state;
	ticks = 100;
	assert_int_equal(run(answer_live, "top -b -i 0.05 count 1"), 0);
	has(out, "  2 ports, 3 directions\nPORT    BACKEND  STATE  HW  FLOWS  PACKETS/S  BITS/S");
	has(out, "\nPROTO  SOURCE         DESTINATION     IN  OUT           STATE  PACKETS/S");
	has(out, "\ntcp    10.0.1.2:5000  10.0.2.2:80     lo  if4000000000  hw  ");
	has(out, "\ntcp    10.0.2.2:80    192.0.2.1:6000  lo  if4000000000  sw  ");
	assert_int_equal(run(answer_live, "top ports count 2 -i 0.01"), 0);
	has(out, "PORT ");
	lacks(out, "PROTO ");
	opt.json = true;
	assert_int_equal(run(answer_live, "top flows sort bytes -i 0.01 count 1"), 0);
	has(out, "{\"time_ms\":");
	has(out, "\"flows\":[{\"id\":7,\"dir\":\"original\",\"proto\":\"tcp\",\"src\":\"10.0.1.2\","
		 "\"sport\":5000,\"dst\":\"10.0.2.2\",\"dport\":80,\"dev\":\"lo\",");
	lacks(out, "\"ports\":");
}

static void test_live_usage(void **state)
{
	static const char *const wrong[][2] = {
		{ "stats x", "\"x\"" }, { "stats -i", "\"-i\"" }, { "stats -i 0", "\"0\"" },
		{ "stats count 3", "\"-i\"" }, { "stats -i 1 count 0", "\"0\"" },
		{ "stats -i 1 -i 2", "twice" }, { "stats -i 1 count 1 count 2", "twice" },
		{ "monitor x", "\"x\"" }, { "monitor flow port", "\"port\"" },
		{ "monitor count", "\"count\"" }, { "monitor -i 1", "\"-i\"" },
		{ "top x", "\"x\"" }, { "top sort", "order" }, { "top sort speed", "\"speed\"" },
		{ "top -i x", "\"x\"" }, { "top count -1", "\"-1\"" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (run(answer_live, wrong[i][0]) != EXIT_USAGE)
			fail_msg("\"%s\" is accepted", wrong[i][0]);
		has(err, wrong[i][1]);
		has(err, "Usage: nfoctl");
		assert_int_equal(kernel.requests, 0);
	}
	assert_int_equal(run(answer_live, "stats help"), 0);
	assert_int_equal(run(answer_live, "monitor help"), 0);
	assert_int_equal(run(answer_live, "top help"), 0);
	has(out, "Usage: nfoctl");
}

int run_live_tests(void)
{
	static const struct CMUnitTest cases[] = {
		cmocka_unit_test_setup(test_stats, fresh_start),
		cmocka_unit_test_setup(test_stats_rates, fresh_start),
		cmocka_unit_test_setup(test_seconds, fresh_start),
		cmocka_unit_test_setup(test_monitor, fresh_start),
		cmocka_unit_test_setup(test_monitor_ends, fresh_start),
		cmocka_unit_test_setup(test_monitor_spoiled, fresh_start),
		cmocka_unit_test_setup(test_rates, fresh_start),
		cmocka_unit_test_setup(test_top, fresh_start),
		cmocka_unit_test_setup(test_live_usage, fresh_start),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
