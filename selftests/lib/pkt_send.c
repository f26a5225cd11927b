// SPDX-License-Identifier: GPL-2.0-only
/* pkt send: frames made to order. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>

#include "pkt.h"
#include "rawsock.h"
#include "util.h"

enum {
	OPT_DMAC = 256, OPT_SMAC, OPT_PROTO, OPT_SRC, OPT_DST, OPT_SPORT, OPT_DPORT, OPT_TTL,
	OPT_TOS, OPT_ID, OPT_DF, OPT_FLOW_LABEL, OPT_VLAN, OPT_ETHERTYPE, OPT_FLAGS, OPT_SEQ,
	OPT_ACK, OPT_WINDOW, OPT_URG, OPT_ICMP_TYPE, OPT_ICMP_CODE, OPT_LEN, OPT_DATA,
	OPT_FRAG_OFF, OPT_FRAG_LEN, OPT_MORE, OPT_IP_OPTS, OPT_TCP_OPTS, OPT_EXT, OPT_BAD_CSUM,
	OPT_ZERO_CSUM, OPT_BAD_IP_CSUM, OPT_CSUM, OPT_LEN_DELTA, OPT_UDP_LEN_DELTA, OPT_TRAIL,
	OPT_CUT, OPT_COUNT, OPT_GAP, OPT_STEP_SPORT, OPT_HEX, OPT_PARTIAL,
	OPT_GSO,
};

static const struct option options[] = {
	{ "dmac", 1, NULL, OPT_DMAC },
	{ "smac", 1, NULL, OPT_SMAC },
	{ "proto", 1, NULL, OPT_PROTO },
	{ "src", 1, NULL, OPT_SRC },
	{ "dst", 1, NULL, OPT_DST },
	{ "sport", 1, NULL, OPT_SPORT },
	{ "dport", 1, NULL, OPT_DPORT },
	{ "ttl", 1, NULL, OPT_TTL },
	{ "tos", 1, NULL, OPT_TOS },
	{ "id", 1, NULL, OPT_ID },
	{ "df", 0, NULL, OPT_DF },
	{ "flow-label", 1, NULL, OPT_FLOW_LABEL },
	{ "vlan", 1, NULL, OPT_VLAN },
	{ "ethertype", 1, NULL, OPT_ETHERTYPE },
	{ "flags", 1, NULL, OPT_FLAGS },
	{ "seq", 1, NULL, OPT_SEQ },
	{ "ack", 1, NULL, OPT_ACK },
	{ "window", 1, NULL, OPT_WINDOW },
	{ "urg", 1, NULL, OPT_URG },
	{ "icmp-type", 1, NULL, OPT_ICMP_TYPE },
	{ "icmp-code", 1, NULL, OPT_ICMP_CODE },
	{ "len", 1, NULL, OPT_LEN },
	{ "data", 1, NULL, OPT_DATA },
	{ "frag-off", 1, NULL, OPT_FRAG_OFF },
	{ "frag-len", 1, NULL, OPT_FRAG_LEN },
	{ "more", 0, NULL, OPT_MORE },
	{ "ip-opts", 1, NULL, OPT_IP_OPTS },
	{ "tcp-opts", 1, NULL, OPT_TCP_OPTS },
	{ "ext", 1, NULL, OPT_EXT },
	{ "bad-csum", 0, NULL, OPT_BAD_CSUM },
	{ "zero-csum", 0, NULL, OPT_ZERO_CSUM },
	{ "bad-ip-csum", 0, NULL, OPT_BAD_IP_CSUM },
	{ "csum", 1, NULL, OPT_CSUM },
	{ "len-delta", 1, NULL, OPT_LEN_DELTA },
	{ "udp-len-delta", 1, NULL, OPT_UDP_LEN_DELTA },
	{ "trail", 1, NULL, OPT_TRAIL },
	{ "cut", 1, NULL, OPT_CUT },
	{ "count", 1, NULL, OPT_COUNT },
	{ "gap", 1, NULL, OPT_GAP },
	{ "step-sport", 0, NULL, OPT_STEP_SPORT },
	{ "hex", 0, NULL, OPT_HEX },
	{ "partial", 0, NULL, OPT_PARTIAL },
	{ "gso", 1, NULL, OPT_GSO },
	{}
};

struct send {
	struct frame_spec s;
	bool dmac, smac;
	unsigned int count, gap_ms;
	bool step_sport, hex;
};

static void set_family(struct send *o, const char *what, const char *text, uint8_t addr[16])
{
	uint8_t family = arg_addr(what, text, addr);

	if (o->s.t.family && o->s.t.family != family)
		die("%s: IPv%u, but IPv%u before", what, family, o->s.t.family);
	o->s.t.family = family;
}

static uint8_t proto_arg(const char *text)
{
	if (!strcmp(text, "tcp"))
		return IPPROTO_TCP;
	if (!strcmp(text, "udp"))
		return IPPROTO_UDP;
	if (!strcmp(text, "icmp"))	/* of the family, see finish() */
		return IPPROTO_ICMP;
	return arg_u64("--proto", text, 255);
}

static uint16_t flags_arg(const char *text)
{
	static const char letters[] = "FSRPAUECN";
	uint16_t flags = 0;
	const char *at;

	for (; *text; text++) {
		at = strchr(letters, *text);
		if (!at)
			die("--flags: '%c' is none of %s", *text, letters);
		flags |= 1 << (at - letters);
	}
	return flags;
}

static uint8_t hex_arg(const char *what, const char *text, uint8_t *buf)
{
	unsigned int n = 0;

	for (; *text; text += 2, n++)
		if (n == FRAME_OPT_MAX || sscanf(text, "%2hhx", &buf[n]) != 1 || !text[1])
			die("%s: needs up to %u bytes in hex", what, FRAME_OPT_MAX);
	if (n % 4)
		die("%s: %u bytes are not a multiple of 4", what, n);
	return n;
}

static int delta_arg(const char *what, const char *text)
{
	return *text == '-' ? -(int)arg_u64(what, text + 1, 4096) : (int)arg_u64(what, text, 4096);
}

static void add_vlan(struct frame_spec *s, char *text)
{
	char *pcp = strchr(text, ':');

	if (s->vlans == 2)
		die("--vlan: no more than two tags");
	if (pcp)
		*pcp++ = '\0';
	s->vlan[s->vlans].tci = arg_u64("--vlan", text, 4095);
	if (pcp)
		s->vlan[s->vlans].tci |= arg_u64("--vlan", pcp, 7) << 13;
	s->vlans++;
}

static void add_ext(struct frame_spec *s, const char *text)
{
	if (s->exts == FRAME_EXT_MAX)
		die("--ext: no more than %u", FRAME_EXT_MAX);
	if (!strcmp(text, "hbh"))
		s->ext[s->exts++] = IPPROTO_HOPOPTS;
	else if (!strcmp(text, "dst"))
		s->ext[s->exts++] = IPPROTO_DSTOPTS;
	else if (!strcmp(text, "rt"))
		s->ext[s->exts++] = IPPROTO_ROUTING;
	else
		die("--ext: \"%s\" is none of hbh, dst, rt", text);
}

static void set_data(struct frame_spec *s, const char *text)
{
	size_t len = strlen(text);

	if (len > FRAME_HEAD_MAX)
		die("--data: no more than %u bytes", FRAME_HEAD_MAX);
	memcpy(s->head, text, len);
	s->head_len = len;
	if (s->len < len)
		s->len = len;
}

static void parse_l4(struct send *o, int opt, char *arg)
{
	struct frame_spec *s = &o->s;

	switch (opt) {
	case OPT_FLAGS:
		s->flags = flags_arg(arg);
		break;
	case OPT_SEQ:
		s->seq = arg_u64("--seq", arg, UINT32_MAX);
		break;
	case OPT_ACK:
		s->ack = arg_u64("--ack", arg, UINT32_MAX);
		break;
	case OPT_WINDOW:
		s->window = arg_u64("--window", arg, 0xffff);
		break;
	case OPT_URG:
		s->urg = arg_u64("--urg", arg, 0xffff);
		break;
	case OPT_ICMP_TYPE:
		s->icmp_type = arg_u64("--icmp-type", arg, 255);
		break;
	case OPT_ICMP_CODE:
		s->icmp_code = arg_u64("--icmp-code", arg, 255);
		break;
	case OPT_TCP_OPTS:
		s->tcp_opt_len = hex_arg("--tcp-opts", arg, s->tcp_opt);
		break;
	case OPT_BAD_CSUM:
		s->l4_csum = FRAME_CSUM_XOR;
		s->l4_csum_val = 0x1234;
		break;
	case OPT_ZERO_CSUM:
		s->l4_csum = FRAME_CSUM_SET;
		s->l4_csum_val = 0;
		break;
	case OPT_CSUM:
		s->l4_csum = FRAME_CSUM_SET;
		s->l4_csum_val = arg_u64("--csum", arg, 0xffff);
		break;
	case OPT_PARTIAL:
		s->partial = true;
		break;
	case OPT_GSO:
		s->partial = true;
		s->gso_size = arg_u64("--gso", arg, FRAME_MAX);
		break;
	case OPT_UDP_LEN_DELTA:
		s->udp_len_delta = delta_arg("--udp-len-delta", arg);
		break;
	case OPT_LEN:
		s->len = arg_u64("--len", arg, FRAME_MAX - 128);
		break;
	case OPT_DATA:
		set_data(s, arg);
		break;
	case OPT_SPORT:
		s->t.sport = arg_u64("--sport", arg, 0xffff);
		break;
	case OPT_DPORT:
		s->t.dport = arg_u64("--dport", arg, 0xffff);
		break;
	}
}

static void parse_l3(struct send *o, int opt, char *arg)
{
	struct frame_spec *s = &o->s;

	switch (opt) {
	case OPT_SRC:
		set_family(o, "--src", arg, s->t.src);
		break;
	case OPT_DST:
		set_family(o, "--dst", arg, s->t.dst);
		break;
	case OPT_PROTO:
		s->t.proto = proto_arg(arg);
		break;
	case OPT_TTL:
		s->ttl = arg_u64("--ttl", arg, 255);
		break;
	case OPT_TOS:
		s->tos = arg_u64("--tos", arg, 255);
		break;
	case OPT_ID:
		s->id = arg_u64("--id", arg, 0xffff);
		break;
	case OPT_DF:
		s->df = true;
		break;
	case OPT_FLOW_LABEL:
		s->flow_label = arg_u64("--flow-label", arg, 0xfffff);
		break;
	case OPT_FRAG_OFF:
		s->frag = true;
		s->frag_off = arg_u64("--frag-off", arg, FRAME_MAX) & ~7;
		break;
	case OPT_FRAG_LEN:
		s->frag = true;
		s->frag_len = arg_u64("--frag-len", arg, FRAME_MAX);
		break;
	case OPT_MORE:
		s->frag = s->more = true;
		break;
	case OPT_IP_OPTS:
		s->opt_len = hex_arg("--ip-opts", arg, s->opt);
		break;
	case OPT_EXT:
		add_ext(s, arg);
		break;
	case OPT_BAD_IP_CSUM:
		s->ip_csum = FRAME_CSUM_XOR;
		s->ip_csum_val = 0x1234;
		break;
	case OPT_LEN_DELTA:
		s->len_delta = delta_arg("--len-delta", arg);
		break;
	default:
		parse_l4(o, opt, arg);
	}
}

static void parse_one(struct send *o, int opt, char *arg)
{
	switch (opt) {
	case OPT_DMAC:
		arg_mac("--dmac", arg, o->s.dmac);
		o->dmac = true;
		break;
	case OPT_SMAC:
		arg_mac("--smac", arg, o->s.smac);
		o->smac = true;
		break;
	case OPT_VLAN:
		add_vlan(&o->s, arg);
		break;
	case OPT_ETHERTYPE:
		o->s.ethertype = arg_u64("--ethertype", arg, 0xffff);
		break;
	case OPT_TRAIL:
		o->s.trail = arg_u64("--trail", arg, 1500);
		break;
	case OPT_CUT:
		o->s.cut = arg_u64("--cut", arg, FRAME_MAX);
		break;
	case OPT_COUNT:
		o->count = arg_u64("--count", arg, UINT32_MAX);
		break;
	case OPT_GAP:
		o->gap_ms = arg_u64("--gap", arg, 60000);
		break;
	case OPT_STEP_SPORT:
		o->step_sport = true;
		break;
	case OPT_HEX:
		o->hex = true;
		break;
	case '?':
		exit(EXIT_USAGE);
	default:
		parse_l3(o, opt, arg);
	}
}

int pkt_send(int argc, char **argv)
{
	struct send o = { .count = 1 };
	struct frame_offload off;
	uint64_t next, bytes = 0;
	uint8_t buf[FRAME_MAX];
	struct rawsock rs;
	unsigned int i;
	size_t len;
	int opt, err;

	o.s.t.proto = IPPROTO_UDP;
	o.s.ttl = 64;
	o.s.flags = FRAME_ACK;
	o.s.window = 0xffff;
	o.s.len = 32;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
		parse_one(&o, opt, optarg);
	if (optind + 1 != argc)
		die("send: needs one device, and everything else as options");
	if (!o.dmac || !o.s.t.family)
		die("send: --dmac, --src and --dst are needed");
	if (o.s.t.family == 6 && o.s.t.proto == IPPROTO_ICMP)
		o.s.t.proto = IPPROTO_ICMPV6;
	rawsock_open(&rs, argv[optind]);
	if (!o.smac)
		memcpy(o.s.smac, rs.mac, 6);
	next = now_us();
	for (i = 0; i < o.count; i++) {
		len = frame_build(&o.s, buf, sizeof(buf));
		if (!len)
			die("send: the frame is too long");
		frame_offload(&o.s, &off);
		if (o.hex)
			frame_hex(stdout, "", buf, len);
		err = rawsock_send(&rs, buf, len, &off);
		if (err)
			die("%s: sending %zu bytes: %s", rs.name, len, strerror(-err));
		bytes += len - FRAME_ETH_LEN;
		if (o.step_sport)
			o.s.t.sport++;
		next += o.gap_ms * 1000ull;
		if (o.gap_ms && i + 1 < o.count)
			sleep_until_us(next);
	}
	printf("sent=%llu bytes=%llu\n", (unsigned long long)rs.sent, (unsigned long long)bytes);
	return 0;
}
