// SPDX-License-Identifier: GPL-2.0-only
/* The command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <netinet/in.h>
#include <linux/if_ether.h>

#include "twin.h"
#include "util.h"

static const char usage[] =
"usage: twin --in-a IF --out-a IF --in-b IF --out-b IF --proto tcp|udp\n"
"	--client ADDR --server ADDR		as the client addresses it\n"
"	--router-in ADDR --router-out ADDR	the router's own addresses\n"
"	--client-mac MAC --server-mac MAC --router-in-mac MAC --router-out-mac MAC\n"
"	[--sport N] [--dport N] [--mtu-in N] [--mtu-out N]	of the router's ports\n"
"	[--vlan-in PROTO:ID[,PROTO:ID]] [--vlan-out …]	8021q or 8021ad, outermost first\n"
"	[--ready CMD] [--ready-timeout SECONDS]	exits 0 once all is in hardware that is to be\n"
	"	[--ready-also CMD]	exits 0 once the cases can begin as well\n"
"	[--hw both|orig|reply|none]	directions that are to be\n"
"	[--hw-min-ttl N]	frames with less are left to the CPU\n"
"	[--hw-no-pcp]		frames in a VLAN with a priority are\n"
"	[--hw-no-syn]		TCP SYN is\n"
	"	[--hw-overtakes]	what it forwards may overtake what it does not\n"
"	[--hw-any-mac]		frames for other MAC addresses are taken\n"
"	[--allow ttl-unchanged,no-fin-rst,fragments,any-tag,keep-dei,no-tags]\n"
"				what the hardware of A may do otherwise\n"
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
	OPT_VLAN_IN, OPT_VLAN_OUT, OPT_HW, OPT_HW_MIN_TTL, OPT_HW_NO_PCP,
	OPT_HW_NO_SYN, OPT_HW_OVERTAKES, OPT_HW_ANY_MAC, OPT_ALLOW,
	OPT_READY, OPT_READY_ALSO, OPT_READY_TIMEOUT, OPT_HW_COUNTER, OPT_COUNT, OPT_SEED, OPT_INDEX, OPT_FINRST,
	OPT_ONLY, OPT_SKIP, OPT_MIN_FORWARDED, OPT_MAX_MISMATCHES, OPT_MUTATE, OPT_VERBOSE, OPT_HELP,
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
	{ "vlan-in", 1, NULL, OPT_VLAN_IN },
	{ "vlan-out", 1, NULL, OPT_VLAN_OUT },
	{ "hw", 1, NULL, OPT_HW },
	{ "hw-min-ttl", 1, NULL, OPT_HW_MIN_TTL },
	{ "hw-no-pcp", 0, NULL, OPT_HW_NO_PCP },
	{ "hw-no-syn", 0, NULL, OPT_HW_NO_SYN },
	{ "hw-overtakes", 0, NULL, OPT_HW_OVERTAKES },
	{ "hw-any-mac", 0, NULL, OPT_HW_ANY_MAC },
	{ "allow", 1, NULL, OPT_ALLOW },
	{ "ready", 1, NULL, OPT_READY },
	{ "ready-also", 1, NULL, OPT_READY_ALSO },
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
	case OPT_HW_MIN_TTL:
		tw->hw_min_ttl = arg_u64("--hw-min-ttl", arg, 255);
		break;
	case OPT_READY_TIMEOUT:
		tw->ready_timeout = arg_u64("--ready-timeout", arg, 3600);
		break;
	case OPT_COUNT:
		tw->count = arg_u64("--count", arg, TWIN_FINRST_INDEX);
		break;
	case OPT_SEED:
		tw->seed = arg_u64("--seed", arg, UINT64_MAX);
		break;
	case OPT_INDEX:
		tw->only_index = arg_u64("--index", arg, 2 * TWIN_FINRST_INDEX);
		break;
	case OPT_FINRST:
		tw->finrst = arg_u64("--finrst", arg, TWIN_FINRST_INDEX);
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

static void parse_tags(struct twin_tags *tags, const char *what, char *list)
{
	char *word, *id;

	tags->n = 0;
	for (word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		struct frame_tag *tag = &tags->tag[tags->n++];

		if (tags->n > TWIN_TAGS)
			die("%s: no more than %u layers", what, TWIN_TAGS);
		id = strchr(word, ':');
		if (!id)
			die("%s: \"%s\" is not PROTO:ID", what, word);
		*id++ = '\0';
		if (!strcmp(word, "8021q"))
			tag->tpid = ETH_P_8021Q;
		else if (!strcmp(word, "8021ad"))
			tag->tpid = ETH_P_8021AD;
		else
			die("%s: \"%s\" is neither 8021q nor 8021ad", what, word);
		tag->tci = arg_u64(what, id, 4094);
	}
}

static void parse_hw(struct twin *tw, const char *arg)
{
	static const char *const word[] = { "none", "orig", "reply", "both" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(word) && strcmp(arg, word[i]); i++)
		;
	if (i == ARRAY_SIZE(word))
		die("--hw: \"%s\" is none of both, orig, reply, none", arg);
	tw->hw[DIR_ORIG] = i & 1;
	tw->hw[DIR_REPLY] = i & 2;
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
	case OPT_VLAN_IN:
		parse_tags(&tw->tags[SIDE_IN], "--vlan-in", arg);
		break;
	case OPT_VLAN_OUT:
		parse_tags(&tw->tags[SIDE_OUT], "--vlan-out", arg);
		break;
	case OPT_HW:
		parse_hw(tw, arg);
		break;
	case OPT_HW_NO_PCP:
		tw->hw_no_pcp = true;
		break;
	case OPT_HW_NO_SYN:
		tw->hw_no_syn = true;
		break;
	case OPT_HW_OVERTAKES:
		tw->hw_overtakes = true;
		break;
	case OPT_HW_ANY_MAC:
		tw->hw_any_mac = true;
		break;
	case OPT_ALLOW:
		tw->allow = twin_allow_arg(arg);
		break;
	case OPT_READY:
		tw->ready = arg;
		break;
	case OPT_READY_ALSO:
		tw->ready_also = arg;
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

void twin_parse(struct twin *tw, int argc, char **argv)
{
	unsigned int i, random = 0;
	int opt;

	tw->seed = (uint64_t)time(NULL) * 1000003 % 1000000007;
	tw->first.sport = 40001;
	tw->first.dport = 8080;
	tw->mtu[SIDE_IN] = tw->mtu[SIDE_OUT] = 1500;
	tw->hw[DIR_ORIG] = tw->hw[DIR_REPLY] = true;
	tw->hw_min_ttl = 2;
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
	/* kernel devices do not agree on whether to cut frames in two layers of VLAN for the next one */
	if (tw->tags[SIDE_IN].n > 1 || tw->tags[SIDE_OUT].n > 1)
		tw->cats[CAT_GSO] = false;
	for (i = 0; i < CATS; i++)
		random += tw->cats[i] ? twin_cat_weight[i] : 0;
	if (!random)
		tw->count = 0;
	if (tw->finrst == UINT32_MAX)
		tw->finrst = tw->count / 10 + 1;
	if (tw->first.proto != IPPROTO_TCP || !tw->cats[CAT_FINRST])
		tw->finrst = 0;
}

