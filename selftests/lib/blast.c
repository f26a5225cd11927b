// SPDX-License-Identifier: GPL-2.0-only
/*
 * blast - a bounded stream over ordinary sockets that tells exactly what arrived
 *
 * All numbers come as key=value on stdout when a side ends, also when SIGTERM or SIGINT ends it.
 * Nothing but the data itself is sent, so that counters on the way can be compared exactly.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "blast.h"
#include "util.h"

static const char usage[] =
"usage: blast send ADDR PORT [--pps N] [--seconds S | --count N] [--len BYTES] [--sport N]\n"
"       blast recv PORT [--bind ADDR] [--idle MS] [--timeout SECONDS]\n"
"       blast ping ADDR PORT	as send, but the data comes back from \"blast echo\"; [--idle MS]\n"
"       blast echo PORT		as recv\n"
"\n"
"--tcp makes it a stream. Defaults: --pps 1000 --seconds 1 --len 200 --idle 2000 --timeout 30.\n"
"Receivers say \"listening\" on stderr. They end when they have all, or --idle after the last\n"
"data, or after --timeout without any.\n"
"\n"
"UDP prints  send: sent= bytes= errors=          recv: received= bytes= total= lost= dup=\n"
"  reordered= bad= alien= overflow=              echo: received= echoed= bytes= errors=\n"
"  ping: sent= bytes= errors= and those of recv, rtt_max_us= gap_max_us=; missing= of those sent,\n"
"  gaps=FROM-TO,... when the first and the last of each run of them were sent (us since 1970)\n"
"TCP prints bytes_sent= bytes_received= bad=. bytes= counts the UDP payload.\n"
"Status: 0 all arrived once and intact, 1 not so, 2 it could not be tried.\n";

volatile sig_atomic_t blast_stop;

static void on_signal(int sig)
{
	(void)sig;
	blast_stop = 1;
}

int blast_socket(const struct blast *b, int type, bool listening)
{
	struct sockaddr_in6 local = { .sin6_family = AF_INET6,
				      .sin6_port = htons(b->local_port) };
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0), zero = 0, one = 1, size = 32 << 20;

	if (fd < 0)
		die("socket: %s", strerror(errno));
	if (listening)
		local = b->addr;
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero)) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		die("socket options: %s", strerror(errno));
	/* only root may; a smaller buffer shows as overflow= if it matters */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if ((listening || b->local_port) &&
	    bind(fd, (struct sockaddr *)&local, sizeof(local)))
		die("bind to port %u: %s", ntohs(local.sin6_port), strerror(errno));
	if (listening && type == SOCK_STREAM && listen(fd, 1))
		die("listen: %s", strerror(errno));
	if (listening)
		fprintf(stderr, "listening on port %u\n", ntohs(local.sin6_port));
	else if (connect(fd, (const struct sockaddr *)&b->addr, sizeof(b->addr)))
		die("connect: %s", strerror(errno));
	return fd;
}

bool blast_pace(const struct blast *b, uint64_t start, uint64_t n)
{
	if (n < b->total && !blast_stop)
		sleep_until_us(start + n * 1000000 / b->pps);
	return n < b->total && !blast_stop;
}

/* IPv4 as ::ffff:a.b.c.d: one kind of socket for both. */
static void set_addr(struct sockaddr_in6 *sa, const char *text)
{
	uint8_t addr[16];

	sa->sin6_family = AF_INET6;
	if (arg_addr("address", text, addr) == 6) {
		memcpy(&sa->sin6_addr, addr, 16);
		return;
	}
	memset(&sa->sin6_addr, 0, 10);
	memset(&sa->sin6_addr.s6_addr[10], 0xff, 2);
	memcpy(&sa->sin6_addr.s6_addr[12], addr, 4);
}

static const struct option options[] = {
	{ "pps", 1, NULL, 'p' },
	{ "seconds", 1, NULL, 's' },
	{ "count", 1, NULL, 'c' },
	{ "len", 1, NULL, 'l' },
	{ "sport", 1, NULL, 'S' },
	{ "bind", 1, NULL, 'b' },
	{ "idle", 1, NULL, 'i' },
	{ "timeout", 1, NULL, 't' },
	{ "tcp", 0, NULL, 'T' },
	{ "help", 0, NULL, 'h' },
	{}
};

static void parse(struct blast *b, int argc, char **argv, bool sender)
{
	unsigned int seconds = 1;
	uint64_t count = 0;
	int opt;

	b->addr.sin6_family = AF_INET6;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'p':
			b->pps = arg_u64("--pps", optarg, 10000000);
			break;
		case 's':
			seconds = arg_u64("--seconds", optarg, 86400);
			break;
		case 'c':
			count = arg_u64("--count", optarg, 1000000000);
			break;
		case 'l':
			b->len = arg_u64("--len", optarg, 65000);
			break;
		case 'S':
			b->local_port = arg_u64("--sport", optarg, 0xffff);
			break;
		case 'b':
			set_addr(&b->addr, optarg);
			break;
		case 'i':
			b->idle_ms = arg_u64("--idle", optarg, 3600000);
			break;
		case 't':
			b->timeout_s = arg_u64("--timeout", optarg, 86400);
			break;
		case 'T':
			b->tcp = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			exit(EXIT_USAGE);
		}
	}
	if (argc - optind != (sender ? 2 : 1))
		die("%s: needs %s", argv[0], sender ? "an address and a port" : "a port");
	if (sender)
		set_addr(&b->addr, argv[optind++]);
	b->addr.sin6_port = htons(arg_u64("port", argv[optind], 0xffff));
	if (!b->pps)
		die("--pps: 0 would take for ever");
	b->total = count ? count : (uint64_t)b->pps * seconds;
}

static const struct {
	const char *name;
	bool sender;
	int (*udp)(const struct blast *b);
	int (*tcp)(const struct blast *b);
} verbs[] = {
	{ "send", true, udp_send, tcp_send },
	{ "recv", false, udp_recv, tcp_recv },
	{ "ping", true, udp_ping, tcp_ping },
	{ "echo", false, udp_echo, tcp_echo },
};

int main(int argc, char **argv)
{
	struct blast b = { .pps = 1000, .len = 200, .idle_ms = 2000, .timeout_s = 30 };
	struct sigaction sa = { .sa_handler = on_signal };
	unsigned int i;

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; argc > 1 && i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(argv[1], verbs[i].name))
			continue;
		parse(&b, argc - 1, argv + 1, verbs[i].sender);
		return b.tcp ? verbs[i].tcp(&b) : verbs[i].udp(&b);
	}
	if (argc > 1 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	fputs(usage, stderr);
	return EXIT_USAGE;
}
