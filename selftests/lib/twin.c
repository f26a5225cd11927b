// SPDX-License-Identifier: GPL-2.0-only
/*
 * twin - the same frames into two routers; what comes out must be equal byte for byte
 *
 *	           in-a  +----------+  out-a
 *	        +--------| router A |--------+      A: flags offload, over the model NIC
 *	 twin --+        +----------+        +-- twin
 *	 (C)    +--------| router B |--------+  (S) B: the same without
 *	           in-b  +----------+  out-b
 *
 * twin runs in the namespace that owns the four far ends and speaks for the client C behind "in"
 * and the server S behind "out". Exit status 0: equal, 1: a mismatch or too little forwarded,
 * 2: it could not be tried.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <netinet/in.h>

#include "twin.h"
#include "util.h"

static const char usage[] =
"usage: twin --in-a IF --out-a IF --in-b IF --out-b IF --proto tcp|udp\n"
"	--client ADDR --server ADDR		as the client addresses it\n"
"	--router-in ADDR --router-out ADDR	the router's own addresses\n"
"	--client-mac MAC --server-mac MAC --router-in-mac MAC --router-out-mac MAC\n"
"	[--sport N] [--dport N] [--mtu-in N] [--mtu-out N]	of the router's ports\n"
"	[--ready CMD] [--ready-timeout SECONDS]	exits 0 once both directions are in hardware\n"
"	[--hw-counter CMD]	prints how many frames the hardware of A has forwarded\n"
"	[--count N] [--seed N] [--index N]	N cases; only the case with this index\n"
"	[--finrst N]				cases of the last phase (TCP), default count/10\n"
"	[--only CATEGORY,…] [--skip CATEGORY,…]\n"
"	[--min-forwarded N] [--max-mismatches N] [--mutate[=byte|drop|dup|side|order]]\n"
"	[--verbose] [--help]\n";

enum {
	OPT_IN_A = 256, OPT_OUT_A, OPT_IN_B, OPT_OUT_B, OPT_PROTO, OPT_FAMILY, OPT_CLIENT,
	OPT_SERVER, OPT_ROUTER_IN, OPT_ROUTER_OUT, OPT_CLIENT_MAC, OPT_SERVER_MAC,
	OPT_ROUTER_IN_MAC, OPT_ROUTER_OUT_MAC, OPT_SPORT, OPT_DPORT, OPT_MTU_IN, OPT_MTU_OUT,
	OPT_READY, OPT_READY_TIMEOUT, OPT_HW_COUNTER, OPT_COUNT, OPT_SEED, OPT_INDEX, OPT_FINRST, OPT_ONLY,
	OPT_SKIP, OPT_MIN_FORWARDED, OPT_MAX_MISMATCHES, OPT_MUTATE, OPT_VERBOSE, OPT_HELP,
};

static const struct option options[] = {
	{ "in-a", 1, NULL, OPT_IN_A },
	{ "out-a", 1, NULL, OPT_OUT_A },
	{ "in-b", 1, NULL, OPT_IN_B },
	{ "out-b", 1, NULL, OPT_OUT_B },
	{ "proto", 1, NULL, OPT_PROTO },
	{ "family", 1, NULL, OPT_FAMILY },
	{ "client", 1, NULL, OPT_CLIENT },
	{ "server", 1, NULL, OPT_SERVER },
	{ "router-in", 1, NULL, OPT_ROUTER_IN },
	{ "router-out", 1, NULL, OPT_ROUTER_OUT },
	{ "client-mac", 1, NULL, OPT_CLIENT_MAC },
	{ "server-mac", 1, NULL, OPT_SERVER_MAC },
	{ "router-in-mac", 1, NULL, OPT_ROUTER_IN_MAC },
	{ "router-out-mac", 1, NULL, OPT_ROUTER_OUT_MAC },
	{ "sport", 1, NULL, OPT_SPORT },
	{ "dport", 1, NULL, OPT_DPORT },
	{ "mtu-in", 1, NULL, OPT_MTU_IN },
	{ "mtu-out", 1, NULL, OPT_MTU_OUT },
	{ "ready", 1, NULL, OPT_READY },
	{ "ready-timeout", 1, NULL, OPT_READY_TIMEOUT },
	{ "hw-counter", 1, NULL, OPT_HW_COUNTER },
	{ "count", 1, NULL, OPT_COUNT },
	{ "seed", 1, NULL, OPT_SEED },
	{ "index", 1, NULL, OPT_INDEX },
	{ "finrst", 1, NULL, OPT_FINRST },
	{ "only", 1, NULL, OPT_ONLY },
	{ "skip", 1, NULL, OPT_SKIP },
	{ "min-forwarded", 1, NULL, OPT_MIN_FORWARDED },
	{ "max-mismatches", 1, NULL, OPT_MAX_MISMATCHES },
	{ "mutate", 2, NULL, OPT_MUTATE },
	{ "verbose", 0, NULL, OPT_VERBOSE },
	{ "help", 0, NULL, OPT_HELP },
	{}
};

/* The index of the first case of the last phase: seeds stay valid whatever --count is. */
#define FINRST_INDEX	1000000

static void set_cats(struct twin *tw, const char *what, char *list, bool on)
{
	unsigned int i;
	char *word;

	for (word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		for (i = 0; i < CATS && strcmp(word, twin_cat_name[i]); i++)
			;
		if (i == CATS)
			die("%s: no category \"%s\"", what, word);
		tw->cats[i] = on;
	}
}

static void set_family(struct twin *tw, const char *what, uint8_t family)
{
	if (tw->first.family && tw->first.family != family)
		die("%s: IPv%u, but IPv%u before", what, family, tw->first.family);
	tw->first.family = family;
}

static void parse_address(struct twin *tw, int opt, const char *arg)
{
	switch (opt) {
	case OPT_CLIENT:
		set_family(tw, "--client", arg_addr("--client", arg, tw->first.src));
		break;
	case OPT_SERVER:
		set_family(tw, "--server", arg_addr("--server", arg, tw->first.dst));
		break;
	case OPT_ROUTER_IN:
		set_family(tw, "--router-in", arg_addr("--router-in", arg, tw->router_addr[0]));
		break;
	case OPT_ROUTER_OUT:
		set_family(tw, "--router-out", arg_addr("--router-out", arg, tw->router_addr[1]));
		break;
	case OPT_CLIENT_MAC:
		arg_mac("--client-mac", arg, tw->client_mac);
		break;
	case OPT_SERVER_MAC:
		arg_mac("--server-mac", arg, tw->server_mac);
		break;
	case OPT_ROUTER_IN_MAC:
		arg_mac("--router-in-mac", arg, tw->router_mac[SIDE_IN]);
		break;
	case OPT_ROUTER_OUT_MAC:
		arg_mac("--router-out-mac", arg, tw->router_mac[SIDE_OUT]);
		break;
	}
}

static void parse_number(struct twin *tw, int opt, const char *arg)
{
	switch (opt) {
	case OPT_SPORT:
		tw->first.sport = arg_u64("--sport", arg, 0xffff);
		break;
	case OPT_DPORT:
		tw->first.dport = arg_u64("--dport", arg, 0xffff);
		break;
	case OPT_MTU_IN:
		tw->mtu[SIDE_IN] = arg_u64("--mtu-in", arg, 2000);
		break;
	case OPT_MTU_OUT:
		tw->mtu[SIDE_OUT] = arg_u64("--mtu-out", arg, 2000);
		break;
	case OPT_READY_TIMEOUT:
		tw->ready_timeout = arg_u64("--ready-timeout", arg, 3600);
		break;
	case OPT_COUNT:
		tw->count = arg_u64("--count", arg, FINRST_INDEX);
		break;
	case OPT_SEED:
		tw->seed = arg_u64("--seed", arg, UINT64_MAX);
		break;
	case OPT_INDEX:
		tw->only_index = arg_u64("--index", arg, 2 * FINRST_INDEX);
		break;
	case OPT_FINRST:
		tw->finrst = arg_u64("--finrst", arg, FINRST_INDEX);
		break;
	case OPT_MIN_FORWARDED:
		tw->min_forwarded = arg_u64("--min-forwarded", arg, UINT32_MAX);
		break;
	case OPT_MAX_MISMATCHES:
		tw->max_mismatches = arg_u64("--max-mismatches", arg, UINT32_MAX);
		break;
	}
}

static void parse_proto(struct twin *tw, const char *arg)
{
	if (!strcmp(arg, "tcp"))
		tw->first.proto = IPPROTO_TCP;
	else if (!strcmp(arg, "udp"))
		tw->first.proto = IPPROTO_UDP;
	else
		die("--proto: \"%s\" is neither tcp nor udp", arg);
}

static void parse_one(struct twin *tw, int opt, char *arg)
{
	switch (opt) {
	case OPT_IN_A:
	case OPT_OUT_A:
	case OPT_IN_B:
	case OPT_OUT_B:
		tw->ifname[(opt - OPT_IN_A) / 2][(opt - OPT_IN_A) % 2] = arg;
		break;
	case OPT_PROTO:
		parse_proto(tw, arg);
		break;
	case OPT_FAMILY:
		set_family(tw, "--family", arg_u64("--family", arg, 6));
		break;
	case OPT_READY:
		tw->ready = arg;
		break;
	case OPT_HW_COUNTER:
		tw->hw_counter = arg;
		break;
	case OPT_ONLY:
		memset(tw->cats, 0, sizeof(tw->cats));
		set_cats(tw, "--only", arg, true);
		break;
	case OPT_SKIP:
		set_cats(tw, "--skip", arg, false);
		break;
	case OPT_MUTATE:
		tw->mutation = twin_mutation_arg(arg);
		break;
	case OPT_VERBOSE:
		tw->verbose = true;
		break;
	case OPT_HELP:
		fputs(usage, stdout);
		exit(0);
	case '?':
		fputs(usage, stderr);
		exit(EXIT_USAGE);
	default:
		parse_address(tw, opt, arg);
		parse_number(tw, opt, arg);
	}
}

static void parse(struct twin *tw, int argc, char **argv)
{
	unsigned int i, random = 0;
	int opt;

	tw->seed = (uint64_t)time(NULL) * 1000003 % 1000000007;
	tw->first.sport = 40001;
	tw->first.dport = 8080;
	tw->mtu[SIDE_IN] = tw->mtu[SIDE_OUT] = 1500;
	tw->ready_timeout = 15;
	tw->count = 300;
	tw->finrst = UINT32_MAX;
	tw->min_forwarded = 1;
	tw->max_mismatches = 1;
	tw->only_index = -1;
	tw->mutated = -1;
	for (i = 0; i < CATS; i++)
		tw->cats[i] = true;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		parse_one(tw, opt, optarg);
	if (optind < argc)
		die("\"%s\" is no option", argv[optind]);
	for (i = 0; i < 4; i++)
		if (!tw->ifname[i / 2][i % 2])
			die("--in-a, --out-a, --in-b and --out-b are needed");
	if (!tw->first.proto || !tw->first.family)
		die("--proto, --client and --server are needed");
	for (i = 0; i < CATS; i++)
		random += tw->cats[i] ? twin_cat_weight[i] : 0;
	if (!random)
		tw->count = 0;
	if (tw->finrst == UINT32_MAX)
		tw->finrst = tw->count / 10 + 1;
	if (tw->first.proto != IPPROTO_TCP || !tw->cats[CAT_FINRST])
		tw->finrst = 0;
}

/* Counts what became of a case, by router B, which does it the way it always was done. */
static void count_case(struct twin *tw, const struct twin_case *c)
{
	struct twin_count *n = &tw->counts[c->cat];
	bool far = false, near = false;
	unsigned int i;

	for (i = 0; i < tw->cap[1].n; i++) {
		if (tw->cap[1].f[i].fence)
			continue;
		if (tw->cap[1].f[i].side == SIDE_LEAVE(c->dir))
			far = true;
		else
			near = true;
	}
	n->cases++;
	n->frames += c->n;
	if (far)
		n->forwarded++;
	else if (near)
		n->punted++;
	else
		n->dropped++;
}

static void say_case(const struct twin *tw, const struct twin_case *c)
{
	uint8_t buf[FRAME_MAX];
	char text[512];
	size_t len = frame_build(&c->f[0], buf, sizeof(buf));

	twin_say("%u %s: %s; out of A %u frames, out of B %u", c->index, twin_cat_name[c->cat],
		 frame_decode(buf, len, text, sizeof(text)), tw->cap[0].n, tw->cap[1].n);
}

/* Returns false when it is time to stop. */
static bool run_case(struct twin *tw, const struct twin_case *c)
{
	char why[160];
	bool bad = twin_fails(tw, c, why, sizeof(why));

	count_case(tw, c);
	if (tw->verbose)
		say_case(tw, c);
	if (!bad)
		return true;
	tw->mismatches++;
	twin_report(tw, c, why);
	return tw->mismatches < tw->max_mismatches;
}

/* Bytes alone do not tell who forwarded them. */
static void check_hardware(struct twin *tw)
{
	if (!twin_is_ready(tw, false)) {
		twin_say("MISMATCH: the flow is no longer where it was: %s", tw->ready);
		twin_is_ready(tw, true);
		tw->mismatches++;
	}
	if (!tw->hw_counter)
		return;
	tw->by_hw = twin_hw_counter(tw) - tw->by_hw;
	if (tw->by_hw == tw->for_hw)
		return;
	twin_say("MISMATCH: %llu frames were for the hardware, it forwarded %llu",
		 (unsigned long long)tw->for_hw, (unsigned long long)tw->by_hw);
	tw->mismatches++;
}

static void run(struct twin *tw)
{
	struct twin_case c;
	unsigned int i;
	bool go = true;

	tw->mutating = true;
	tw->for_hw = 0;
	tw->by_hw = tw->hw_counter ? twin_hw_counter(tw) : 0;
	for (i = 0; i < tw->count && go; i++) {
		if (tw->only_index >= 0 && (unsigned int)tw->only_index != i)
			continue;
		twin_generate(tw, i, &c);
		go = run_case(tw, &c);
	}
	if (go && !tw->mismatches)
		check_hardware(tw);
	tw->open = false;
	for (i = 0; i < tw->finrst && go; i++) {
		if (tw->only_index >= 0 && (unsigned int)tw->only_index != FINRST_INDEX + i)
			continue;
		twin_generate_finrst(tw, FINRST_INDEX + i, &c);
		go = run_case(tw, &c);
	}
}

static int verdict(struct twin *tw)
{
	struct twin_count sum = {};
	unsigned int i, drops = twin_drops(tw);
	const char *word = "ok";

	for (i = 0; i < CATS; i++) {
		const struct twin_count *n = &tw->counts[i];

		if (!n->cases)
			continue;
		twin_say("%-10s cases %5u  frames %5u  forwarded %5u  answered %5u  dropped %5u",
			 twin_cat_name[i], n->cases, n->frames, n->forwarded, n->punted,
			 n->dropped);
		sum.cases += n->cases;
		sum.frames += n->frames;
		sum.forwarded += n->forwarded;
		sum.punted += n->punted;
		sum.dropped += n->dropped;
	}
	if (drops)
		word = "FAIL (our own sockets dropped frames)";
	else if (tw->mismatches)
		word = "FAIL (mismatch)";
	else if (tw->r[0].late || tw->r[1].late)
		word = "FAIL (frames came out long after their cause)";
	else if (sum.forwarded < tw->min_forwarded)
		word = "FAIL (too little forwarded)";
	printf("twin: %s seed=%llu cases=%u frames=%u forwarded=%u answered=%u dropped=%u "
	       "mismatches=%u for_hw=%llu ignored_a=%llu ignored_b=%llu late_a=%llu late_b=%llu "
	       "socket_drops=%u refused=%llu\n", word, (unsigned long long)tw->seed, sum.cases, sum.frames,
	       sum.forwarded, sum.punted, sum.dropped, tw->mismatches,
	       (unsigned long long)tw->for_hw, (unsigned long long)tw->r[0].ignored,
	       (unsigned long long)tw->r[1].ignored, (unsigned long long)tw->r[0].late,
	       (unsigned long long)tw->r[1].late, drops,
	       (unsigned long long)tw->r[0].refused);
	return strcmp(word, "ok") ? EXIT_BAD : 0;
}

/* One sender on one CPU, so that the routers, too, work in order. */
static void stay_on_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("staying on one CPU: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	static struct twin tw;

	parse(&tw, argc, argv);
	twin_say("seed %llu", (unsigned long long)tw.seed);
	stay_on_one_cpu();
	twin_open_ports(&tw);
	twin_connect(&tw);
	twin_wait_ready(&tw);
	run(&tw);
	return verdict(&tw);
}
