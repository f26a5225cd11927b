// SPDX-License-Identifier: GPL-2.0-only
/* pkt sniff: one line per frame that comes in and fits the filter. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "pkt.h"
#include "rawsock.h"
#include "util.h"

#define SNIFF_MAX	(1 << 17)	/* GSO frames are large */

static const struct option options[] = {
	{ "proto", 1, NULL, 'p' },
	{ "src", 1, NULL, 's' },
	{ "dst", 1, NULL, 'd' },
	{ "sport", 1, NULL, 'S' },
	{ "dport", 1, NULL, 'D' },
	{ "smac", 1, NULL, 'm' },
	{ "dmac", 1, NULL, 'M' },
	{ "any", 0, NULL, 'a' },
	{ "count", 1, NULL, 'c' },
	{ "timeout", 1, NULL, 't' },
	{ "hex", 0, NULL, 'x' },
	{ "outgoing", 0, NULL, 'o' },
	{ "time", 0, NULL, 'T' },
	{}
};

struct filter {
	bool proto, src, dst, sport, dport, smac, dmac;
	struct frame_tuple t;
	uint8_t smac_val[6], dmac_val[6];
};

struct sniff {
	struct filter f;
	unsigned int count, timeout_ms;
	bool any, hex, outgoing, time;
};

static bool fits(const struct sniff *o, const uint8_t *buf, size_t len)
{
	const struct filter *f = &o->f;
	struct frame_info fi;
	size_t alen = frame_addr_len(f->t.family);

	frame_parse(buf, len, &fi);
	if (!fi.t.family && !o->any)
		return false;
	if ((f->src || f->dst) && fi.t.family != f->t.family)
		return false;
	if (f->proto && fi.t.proto != f->t.proto &&
	    !(f->t.proto == IPPROTO_ICMP && fi.t.proto == IPPROTO_ICMPV6))
		return false;
	if (f->smac && (len < 12 || memcmp(buf + 6, f->smac_val, 6)))
		return false;
	if (f->dmac && (len < 12 || memcmp(buf, f->dmac_val, 6)))
		return false;
	return (!f->src || !memcmp(fi.t.src, f->t.src, alen)) &&
	       (!f->dst || !memcmp(fi.t.dst, f->t.dst, alen)) &&
	       (!f->sport || (fi.has_ports && fi.t.sport == f->t.sport)) &&
	       (!f->dport || (fi.has_ports && fi.t.dport == f->t.dport));
}

static uint8_t proto_arg(const char *text)
{
	if (!strcmp(text, "tcp"))
		return IPPROTO_TCP;
	if (!strcmp(text, "udp"))
		return IPPROTO_UDP;
	if (!strcmp(text, "icmp"))
		return IPPROTO_ICMP;
	return arg_u64("--proto", text, 255);
}

static void parse_filter(struct filter *f, int opt, const char *arg)
{
	switch (opt) {
	case 'p':
		f->proto = true;
		f->t.proto = proto_arg(arg);
		break;
	case 's':
		f->src = true;
		f->t.family = arg_addr("--src", arg, f->t.src);
		break;
	case 'd':
		f->dst = true;
		f->t.family = arg_addr("--dst", arg, f->t.dst);
		break;
	case 'S':
		f->sport = true;
		f->t.sport = arg_u64("--sport", arg, 0xffff);
		break;
	case 'D':
		f->dport = true;
		f->t.dport = arg_u64("--dport", arg, 0xffff);
		break;
	case 'm':
		f->smac = true;
		arg_mac("--smac", arg, f->smac_val);
		break;
	case 'M':
		f->dmac = true;
		arg_mac("--dmac", arg, f->dmac_val);
		break;
	}
}

static void parse(struct sniff *o, int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'a':
			o->any = true;
			break;
		case 'c':
			o->count = arg_u64("--count", optarg, UINT32_MAX);
			break;
		case 't':
			o->timeout_ms = arg_u64("--timeout", optarg, 3600000);
			break;
		case 'x':
			o->hex = true;
			break;
		case 'o':
			o->outgoing = true;
			break;
		case 'T':
			o->time = true;
			break;
		case '?':
			exit(EXIT_USAGE);
		default:
			parse_filter(&o->f, opt, optarg);
		}
	}
	if (optind + 1 != argc)
		die("sniff: needs one device, and everything else as options");
}

static void show(const struct sniff *o, const uint8_t *buf, size_t len,
		 const struct frame_offload *off, uint64_t stamp_us)
{
	char text[512];

	if (o->time)
		printf("%llu ", (unsigned long long)stamp_us);
	printf("%s%s", frame_decode(buf, len, text, sizeof(text)), off->partial ? " partial" : "");
	if (off->gso_size)
		printf(" gso %u", off->gso_size);
	printf("\n");
	if (o->hex)
		frame_hex(stdout, "  ", buf, len);
	fflush(stdout);
}

int pkt_sniff(int argc, char **argv)
{
	static uint8_t buf[SNIFF_MAX];
	struct sniff o = {};
	struct rawsock rs;
	struct pollfd pfd;
	uint64_t deadline, now;
	unsigned int got = 0, drops;
	struct frame_offload off;
	size_t len;
	int zero = 0;

	parse(&o, argc, argv);
	rawsock_open(&rs, argv[optind]);
	if (o.outgoing && setsockopt(rs.fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &zero, sizeof(zero)))
		die("%s: outgoing frames: %s", rs.name, strerror(errno));
	if (o.time)
		rawsock_stamp(&rs);
	fprintf(stderr, "listening on %s\n", rs.name);
	deadline = now_us() + o.timeout_ms * 1000ull;
	pfd = (struct pollfd){ .fd = rs.fd, .events = POLLIN };
	while (!o.count || got < o.count) {
		now = now_us();
		if (o.timeout_ms && now >= deadline)
			break;
		len = rawsock_recv(&rs, buf, sizeof(buf), &off);
		if (len && fits(&o, buf, len)) {
			show(&o, buf, len, &off, rs.stamp_us);
			got++;
		}
		if (len)
			continue;
		poll(&pfd, 1, o.timeout_ms ? (int)((deadline - now) / 1000) + 1 : -1);
	}
	drops = rawsock_drops(&rs);
	if (drops)
		die("%s: missed %u frames", rs.name, drops);
	return got < o.count ? EXIT_BAD : 0;
}
