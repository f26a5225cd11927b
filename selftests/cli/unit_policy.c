// SPDX-License-Identifier: GPL-2.0-only
/* Unit test of nfoctl policy: the parser by itself, and the verb against the kernel we play. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <linux/genetlink.h>

#include "nfoctl.h"
#include "policy.h"
#include "unit_kernel.h"

/* ---- the parser */

struct seen {
	unsigned int n;
	unsigned int line;	/* of the first mistake */
	char field[64];
	char text[256];
};

static void see(void *data, unsigned int line, const char *field, const char *text)
{
	struct seen *s = data;

	if (s->n++)
		return;
	s->line = line;
	snprintf(s->field, sizeof(s->field), "%s", field);
	snprintf(s->text, sizeof(s->text), "%s", text);
}

static struct policy parsed;

static struct seen parse_len(const char *text, size_t len)
{
	struct seen s = { 0 };
	/* a copy of exactly that length, so that the sanitizer sees reading beyond it */
	char *copy = malloc(len);
	unsigned int n;

	n = policy_parse(&parsed, memcpy(copy, text, len), len, see, &s);
	free(copy);
	assert_int_equal(n, s.n);
	return s;
}

static struct seen parse(const char *text)
{
	return parse_len(text, strlen(text));
}

static const char whole[] =
	"# elephants only\n"
	"min-packets 64\n"
	"\tmin-bytes  2M   # or so many bytes\n"
	"port-quota 1000\n"
	"netns-quota none\n"
	"evict on\n"
	"shaper refuse\n"
	"userns off\n"
	"\n"
	"exclude proto tcp port 22\n"
	"exclude port 5000-5100 mark 0x10/0xF0\n"
	"exclude proto 17 mark 7\n"
	"port eth0 quota 10 shaper ignore\n"
	"port eth#1 quota none\n"
	"port eth2 allow ttl-unchanged,filter2 backend flower\n"
	"port eth3 backend auto allow none\n";

static void test_parse(void **state)
{
	(void)state;
	assert_int_equal(parse(whole).n, 0);
	assert_int_equal(parsed.named, (1u << FIELD_SCALARS) - 1);
	assert_int_equal(parsed.scalar[FIELD_MIN_PACKETS], 64);
	assert_int_equal(parsed.scalar[FIELD_MIN_BYTES], 2 << 20);
	assert_int_equal(parsed.scalar[FIELD_NETNS_QUOTA], 0);
	assert_int_equal(parsed.scalar[FIELD_EVICT], 1);
	assert_int_equal(parsed.scalar[FIELD_SHAPER], NFO_SHAPER_REFUSE);
	assert_int_equal(parsed.scalar[FIELD_USERNS], 0);
	assert_int_equal(parsed.nexcludes, 3);
	assert_int_equal(parsed.exclude[0].l4proto, 6);
	assert_int_equal(parsed.exclude[0].port_max, 22);
	assert_false(parsed.exclude[0].has_mark);
	assert_int_equal(parsed.exclude[1].port_max, 5100);
	assert_int_equal(parsed.exclude[1].mask, 0xf0);
	assert_int_equal(parsed.exclude[2].mask, UINT32_MAX);
	assert_int_equal(parsed.nports, 4);
	assert_true(parsed.port[0].has_shaper && parsed.port[0].quota == 10);
	assert_false(parsed.port[0].has_backend || parsed.port[0].has_allow);
	assert_string_equal(parsed.port[1].name, "eth#1");
	assert_true(parsed.port[1].has_quota && !parsed.port[1].quota);
	assert_string_equal(parsed.port[2].backend, "flower");
	assert_int_equal(parsed.port[2].allow,
			 1 << NFO_OPTIN_TTL_UNCHANGED | 1 << NFO_OPTIN_FILTER2);
	assert_true(parsed.port[3].has_backend && parsed.port[3].has_allow);
	assert_string_equal(parsed.port[3].backend, "auto");
	assert_int_equal(parsed.port[3].allow, 0);
	assert_int_equal(parse("").n, 0);
	assert_int_equal(parsed.named, 0);
	assert_int_equal(parse("min-packets 18446744073709551615\n").n, 0);
	assert_int_equal(parse("min-bytes 17179869183G\n").n, 0);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *field;
		const char *says;
	} wrong[] = {
		{ "evict on\nevict off\n", 2, "evict", "second time" },
		{ "min-packet 1\n", 1, "", "\"min-packet\" is no field" },
		{ "min-packets\n", 1, "min-packets", "missing" },
		{ "min-packets -1\n", 1, "min-packets", "\"-1\"" },
		{ "min-packets 1k\n", 1, "min-packets", "\"1k\"" },
		{ "min-packets 0x10\n", 1, "min-packets", "\"0x10\"" },
		{ "min-packets 18446744073709551616\n", 1, "min-packets", "is no value" },
		{ "min-bytes 17179869184G\n", 1, "min-bytes", "below 2^64" },
		{ "min-bytes 1m\n", 1, "min-bytes", "k, M or G" },
		{ "min-bytes 1 M\n", 1, "min-bytes", "\"M\" is one word too many" },
		{ "port-quota 4294967296\n", 1, "port-quota", "4294967295" },
		{ "evict yes\n", 1, "evict", "on or off" },
		{ "shaper war\n", 1, "shaper", "warn, refuse or ignore" },
		{ "userns on off\n", 1, "userns", "\"off\" is one word too many" },
		{ "exclude\n", 1, "exclude", "says nothing" },
		{ "exclude none\n", 1, "exclude", "\"none\" is not known" },
		{ "exclude proto\n", 1, "exclude", "value of proto is missing" },
		{ "exclude proto 0\n", 1, "exclude", "from 1 to 255" },
		{ "exclude proto 256\n", 1, "exclude", "from 1 to 255" },
		{ "exclude proto icmp\n", 1, "exclude", "tcp, udp or" },
		{ "exclude proto tcp proto udp\n", 1, "exclude", "twice" },
		{ "exclude port 1 port 2\n", 1, "exclude", "twice" },
		{ "exclude mark 1 mark 2\n", 1, "exclude", "twice" },
		{ "exclude port 65536\n", 1, "exclude", "0 to 65535" },
		{ "exclude port 5-\n", 1, "exclude", "N or N-M" },
		{ "exclude port -5\n", 1, "exclude", "N or N-M" },
		{ "exclude port 1-2-3\n", 1, "exclude", "N or N-M" },
		{ "exclude port 6-5\n", 1, "exclude", "wrong way round" },
		{ "exclude mark 0x100000000\n", 1, "exclude", "is no mark" },
		{ "exclude mark 0x\n", 1, "exclude", "is no mark" },
		{ "exclude mark 1/\n", 1, "exclude", "is no mark" },
		{ "exclude mark 0x1f/0xf\n", 1, "exclude", "never fits" },
		{ "exclude mark 0/0\n", 1, "exclude", "fits always" },
		{ "port\n", 1, "port", "name is missing" },
		{ "port eth0\n", 1, "port", "says nothing" },
		{ "port sixteencharacter quota 1\n", 1, "port", "1 to 15 characters" },
		{ "port a/b quota 1\n", 1, "port", "is no name" },
		{ "port .. quota 1\n", 1, "port", "is no name" },
		{ "port a quota 1 quota 2\n", 1, "port", "twice" },
		{ "port a quota\n", 1, "port", "missing" },
		{ "port a quota x\n", 1, "port", "\"x\" is no quota" },
		{ "port a shaper x\n", 1, "port", "\"x\" is no shaper" },
		{ "port a speed 1\n", 1, "port", "\"speed\" is not known" },
		{ "port a backend\n", 1, "port", "value of backend is missing" },
		{ "port a backend sixteencharacter\n", 1, "port", "1 to 15 characters" },
		{ "port a backend x backend y\n", 1, "port", "twice" },
		{ "port a allow\n", 1, "port", "value of allow is missing" },
		{ "port a allow ttl\n", 1, "port", "\"ttl\" cannot be allowed: it is none, or of "
						   "ttl-unchanged, no-fin-rst, " },
		{ "port a allow ttl-unchanged,\n", 1, "port", "\"\" cannot be allowed" },
		{ "port a allow fragments,none\n", 1, "port", "\"none\" cannot" },
		{ "port a allow +fragments\n", 1, "port", "\"+fragments\" cannot" },
		{ "port a allow none allow none\n", 1, "port", "twice" },
		{ "port a none\n", 1, "port", "\"none\" is not known" },
		{ "port a quota 1\nport a shaper warn\n", 2, "port", "second time" },
		{ "# fine\n\nevict on", 3, "", "does not end in a newline" },
		{ "evict on\r\n", 1, "", "CR LF" },
		{ "evict \033[2Jon\n", 1, "", "byte 7 of the line is 0x1b" },
		{ "a b c d e f g h i j k l m n o p q\n", 1, "", "more than 16 words" },
	};
	struct seen s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		s = parse(wrong[i].text);
		if (s.n != 1)
			fail_msg("%u mistakes in: %s", s.n, wrong[i].text);
		has(s.text, wrong[i].says);
		assert_string_equal(s.field, wrong[i].field);
		assert_int_equal(s.line, wrong[i].line);
	}
	s = parse_len("evict\0on\n", 9);
	has(s.text, "byte 6 of the line is 0x00");
}

/* @n lines of one kind. */
static struct seen parse_many(const char *fmt, unsigned int n)
{
	char *text = NULL;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);
	struct seen s;

	for (i = 0; i < n; i++)
		fprintf(f, "%s%zu%s\n", fmt, i, *fmt == 'p' ? " quota 1" : "");
	fclose(f);
	s = parse_len(text, len);
	free(text);
	return s;
}

static void test_limits(void **state)
{
	char line[POLICY_LINE_MAX + 3];
	struct seen s;

	(void)state;
	assert_int_equal(parse_many("exclude port ", NFO_POLICY_EXCLUDES).n, 0);
	s = parse_many("exclude port ", NFO_POLICY_EXCLUDES + 2);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.line, NFO_POLICY_EXCLUDES + 1);
	has(s.text, "64 are allowed");
	assert_int_equal(parse_many("port eth", NFO_POLICY_PORTS).n, 0);
	s = parse_many("port eth", NFO_POLICY_PORTS + 1);
	assert_int_equal(s.n, 1);
	has(s.text, "64 are allowed");

	memset(line, '#', sizeof(line));
	line[POLICY_LINE_MAX] = '\n';
	assert_int_equal(parse_len(line, POLICY_LINE_MAX + 1).n, 0);
	line[POLICY_LINE_MAX] = '#';
	line[POLICY_LINE_MAX + 1] = '\n';
	s = parse_len(line, POLICY_LINE_MAX + 2);
	has(s.text, "the line has 256 bytes: 255 are allowed");
}

static unsigned int change(const char *line)
{
	const char *words[POLICY_WORDS + 1];
	char *copy = strdup(line), *save = NULL, *w;
	struct seen s = { 0 };
	size_t n = 0;

	for (w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	policy_change(&parsed, words, n, see, &s);
	free(copy);
	return s.n;
}

static void test_change(void **state)
{
	(void)state;
	parse(whole);
	assert_int_equal(change("min-packets 1"), 0);
	assert_int_equal(parsed.scalar[FIELD_MIN_PACKETS], 1);
	assert_int_equal(change("exclude port 1"), 0);
	assert_int_equal(parsed.nexcludes, 4);
	assert_int_equal(change("exclude none"), 0);
	assert_int_equal(parsed.nexcludes, 0);
	assert_int_equal(change("port eth0 quota 5"), 0);
	assert_int_equal(parsed.nports, 4);
	assert_true(parsed.port[0].quota == 5 && !parsed.port[0].has_shaper);
	assert_int_equal(change("port eth0 none"), 0);
	assert_int_equal(parsed.nports, 3);
	assert_string_equal(parsed.port[0].name, "eth#1");
	assert_int_equal(change("port eth0 none"), 1);
	assert_int_equal(change(""), 1);
	assert_int_equal(change("port a quota 1 shaper warn x"), 1);
}

static const char *shown(void)
{
	static char *text;
	size_t len;

	free(text);
	opt.out = open_memstream(&text, &len);
	policy_text(&parsed);
	fclose(opt.out);
	return text;
}

/* What is shown is a file that means the same. */
static void test_round(void **state)
{
	struct policy before;

	(void)state;
	parse(whole);
	before = parsed;
	assert_int_equal(parse(shown()).n, 0);
	assert_memory_equal(&before, &parsed, sizeof(parsed));
	has(shown(), "min-bytes 2M\n");
	has(shown(), "port-quota 1000\nnetns-quota none\n");
	has(shown(), "exclude port 5000-5100 mark 0x10/0xf0\n");
	has(shown(), "port eth2 backend flower allow ttl-unchanged,filter2\n");
	has(shown(), "port eth3 backend auto allow none\n");
	parsed.inherited = true;
	assert_int_equal(parse(shown()).n, 0);
}

/* Files with a few bytes changed: no crash, and what is accepted can be shown and read again. */
static void test_noise(void **state)
{
	static const char bytes[] = "\0\n \t#-/x0159kMG.none\r\xff";
	char text[sizeof(whole)];
	unsigned int i, k;

	(void)state;
	srand(2);
	for (i = 0; i < 20000; i++) {
		memcpy(text, whole, sizeof(whole));
		for (k = rand() % 4 + 1; k; k--)
			text[rand() % (sizeof(whole) - 1)] = bytes[rand() % sizeof(bytes)];
		if (parse_len(text, sizeof(whole) - 1).n)
			continue;
		if (parse(shown()).n)
			fail_msg("accepted, but not as it is shown:\n%s", text);
	}
}

/* ---- the verb: the kernel keeps the policy it was given */

static char kept[GENL_REQUEST_SIZE];
static size_t kept_len;
static unsigned int sets;
static bool own;
static unsigned int changes;	/* others make after each reading of the policy */
static uint32_t seq;

static bool is_late(void)
{
	const struct nlattr *attr;

	msg_for_each(attr, &kernel.request.hdr) {
		if (mnl_attr_get_type(attr) == NFO_POLICY_SEQ)
			return mnl_attr_get_u32(attr) != seq;
	}
	return false;
}

static void answer_policy_get(void)
{
	begin(FAMILY, 0, GENL_HDRLEN);
	memcpy(mnl_nlmsg_get_payload_tail(msg), kept, kept_len);
	msg->nlmsg_len += kept_len;
	if (!own)
		mnl_attr_put(msg, NFO_POLICY_INHERITED, 0, NULL);
	mnl_attr_put_u32(msg, NFO_POLICY_SEQ, seq);
	end();
	next_datagram();
	if (changes) {
		changes--;
		seq++;
	}
}

static void answer_policy(void)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(&kernel.request.hdr);
	int error = 0;

	if (genl->cmd == NFO_CMD_POLICY_SET && is_late()) {
		error = EAGAIN;
	} else if (genl->cmd == NFO_CMD_POLICY_SET) {
		own = true;
		sets++;
		seq++;
		kept_len = mnl_nlmsg_get_payload_len(&kernel.request.hdr) - GENL_HDRLEN;
		memcpy(kept, (const char *)genl + GENL_HDRLEN, kept_len);
	} else if (genl->cmd == NFO_CMD_POLICY_DEL) {
		own = false;
	} else {
		answer_policy_get();
	}
	ack(error, NLM_F_CAPPED, error ? "the policy was changed meanwhile" : NULL);
}

static char path[] = "/tmp/unit_policy.XXXXXX";

static const char *file_of(const char *text)
{
	int fd;

	strcpy(path + strlen(path) - 6, "XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	return path;
}

static int run_file(const char *verb, const char *text)
{
	char line[128];
	int rc;

	snprintf(line, sizeof(line), "policy %s %s", verb, file_of(text));
	rc = run(answer_policy, line);
	unlink(path);
	return rc;
}

static void test_verb(void **state)
{
	(void)state;
	sets = 0;
	assert_int_equal(run_file("load", whole), 0);
	assert_int_equal(sets, 1);
	assert_int_equal(run(answer_policy, "policy"), 0);
	assert_string_equal(out,
		"min-packets 64\nmin-bytes 2M\nport-quota 1000\nnetns-quota none\nevict on\n"
		"shaper refuse\nuserns off\nexclude proto tcp port 22\n"
		"exclude port 5000-5100 mark 0x10/0xf0\nexclude proto udp mark 0x7\n"
		"port eth0 quota 10 shaper ignore\nport eth#1 quota none\n"
		"port eth2 backend flower allow ttl-unchanged,filter2\n"
		"port eth3 backend auto allow none\n");
	assert_int_equal(run(answer_policy, "policy set port eth0 quota 11"), 0);
	assert_int_equal(run(answer_policy, "policy set exclude none"), 0);
	assert_int_equal(run(answer_policy, "policy set evict off"), 0);
	assert_int_equal(sets, 4);
	assert_int_equal(run(answer_policy, "policy reset"), 0);
	assert_int_equal(run(answer_policy, "policy show"), 0);
	has(out, "# inherited: ");
	has(out, "evict off\nshaper refuse\nuserns off\nport eth0 quota 11\nport eth#1");
	opt.json = true;
	assert_int_equal(run(answer_policy, "policy show"), 0);
	has(out, "[{\"inherited\":true,\"min_packets\":64,\"min_bytes\":2097152,");
	has(out, "\"evict\":false,\"shaper\":\"refuse\",\"userns\":false,\"excludes\":[],"
		 "\"ports\":[{\"port\":\"eth0\",\"quota\":11},{\"port\":\"eth#1\",\"quota\":0},"
		 "{\"port\":\"eth2\",\"backend\":\"flower\","
		 "\"allow\":[\"ttl-unchanged\",\"filter2\"]},"
		 "{\"port\":\"eth3\",\"backend\":\"auto\",\"allow\":[]}]}]");
}

/* Somebody else changes it while we are at it: what he said holds, and what we say. */
static void test_overtaken(void **state)
{
	(void)state;
	run_file("load", whole);
	sets = 0;
	changes = 3;
	assert_int_equal(run(answer_policy, "policy set evict off"), 0);
	assert_string_equal(err, "");
	assert_int_equal(sets, 1);
	assert_int_equal(changes, 0);
	changes = 1000;
	assert_int_equal(run(answer_policy, "policy set evict on"), 1);
	has(err, "changes all the time");
	assert_int_equal(sets, 1);
	changes = 0;
	/* a file is all there is to say: it does not ask what was */
	seq++;
	assert_int_equal(run_file("load", whole), 0);
	assert_int_equal(sets, 2);
}

/* The longest policy there is fits into a request. */
static void test_longest(void **state)
{
	char *text = NULL;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	fputs("min-packets 1\nmin-bytes 1\nport-quota 1\nnetns-quota 1\nevict on\n"
	      "shaper warn\nuserns on\n", f);
	for (i = 0; i < NFO_POLICY_EXCLUDES; i++)
		fprintf(f, "exclude proto 6 port 1-%zu mark 1/3\n", i + 1);
	for (i = 0; i < NFO_POLICY_PORTS; i++)
		fprintf(f, "port thirteenchar%02zu quota 1 shaper warn backend fifteencharacte "
			"allow fragments\n", i);
	fclose(f);
	assert_int_equal(run_file("load", text), 0);
	assert_string_equal(err, "");
	free(text);
}

static void test_verb_wrong(void **state)
{
	char want[256];

	(void)state;
	sets = 0;
	assert_int_equal(run_file("load", "evict on\nevict 3\nfoo\n"), 1);
	snprintf(want, sizeof(want),
		 "%s:2: evict: \"3\" is no value: it is on or off\n%s:3: \"foo\"", path, path);
	has(err, want);
	assert_int_equal(run_file("check", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n"), 1);
	has(err, ":10: \"j\"");
	lacks(err, ":11:");
	has(err, ": and 2 more\n");
	assert_int_equal(run_file("check", "evict on\n"), 0);
	assert_string_equal(err, "");
	assert_int_equal(kernel.requests, 0);
	assert_int_equal(run(answer_policy, "policy load /nonexistent"), 1);
	has(err, "/nonexistent: No such file");
	assert_int_equal(run(answer_policy, "policy load /"), 1);
	has(err, "/: Is a directory");
	assert_int_equal(run(answer_policy, "policy load /dev/zero"), 1);
	has(err, "longer than");
	assert_int_equal(run(answer_policy, "policy set port nodev none"), 1);
	has(err, "there is none of this name");
	assert_int_equal(sets, 0);
	assert_int_equal(run(answer_ok, "policy"), 1);
	has(err, "did not answer");
}

static void test_verb_usage(void **state)
{
	static const char *const wrong[][2] = {
		{ "policy x", "\"x\"" }, { "policy show x", "\"x\"" }, { "policy load", "FILE" },
		{ "policy load a b", "\"b\"" }, { "policy check", "FILE" },
		{ "policy set", "setting" }, { "policy set foo 1", "\"foo\"" },
		{ "policy set evict", "evict: " }, { "policy set port a", "says nothing" },
		{ "policy set shaper x", "shaper: \"x\"" }, { "policy reset x", "\"x\"" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		if (run(answer_policy, wrong[i][0]) != EXIT_USAGE)
			fail_msg("\"%s\" is accepted", wrong[i][0]);
		has(err, wrong[i][1]);
		has(err, "Usage: nfoctl");
		assert_int_equal(kernel.requests, 0);
	}
	assert_int_equal(run(answer_policy, "policy help"), 0);
	has(out, "SETTING := ");
}

int run_policy_tests(void)
{
	static const struct CMUnitTest cases[] = {
		cmocka_unit_test_setup(test_parse, fresh_start),
		cmocka_unit_test_setup(test_mistakes, fresh_start),
		cmocka_unit_test_setup(test_limits, fresh_start),
		cmocka_unit_test_setup(test_change, fresh_start),
		cmocka_unit_test_setup(test_round, fresh_start),
		cmocka_unit_test_setup(test_noise, fresh_start),
		cmocka_unit_test_setup(test_verb, fresh_start),
		cmocka_unit_test_setup(test_overtaken, fresh_start),
		cmocka_unit_test_setup(test_longest, fresh_start),
		cmocka_unit_test_setup(test_verb_wrong, fresh_start),
		cmocka_unit_test_setup(test_verb_usage, fresh_start),
	};

	return cmocka_run_group_tests(cases, NULL, NULL);
}
