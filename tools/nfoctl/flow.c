// SPDX-License-Identifier: GPL-2.0-only
/*
 * nfoctl flow: connections, which of their two directions are in hardware, and why the others are
 * not. The kernel knows directions; those of one NFO_FLOW_ID are a connection.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "flow.h"

struct filter {
	const char *dev;	/* dev and state: by the kernel */
	const char *state;
	const char *proto;	/* the rest: by us, for connections as a whole */
	const char *addr;
	const char *port;
	uint32_t ifindex;
	uint32_t portnum;
	struct addr ip;
};

static bool read_addr(const struct nlattr *attr, struct addr *addr)
{
	uint16_t len;

	if (!attr)
		return true;
	len = mnl_attr_get_payload_len(attr);
	if (len != 4 && len != 16)
		return false;
	addr->len = len;
	memcpy(addr->byte, mnl_attr_get_payload(attr), len);
	return true;
}

static void read_l4port(const struct nlattr *attr, struct endpoint *ep)
{
	if (!attr)
		return;
	ep->has_port = true;
	ep->port = attr_be16(attr);
}

/* The endpoints as the packet comes in, and as it goes out: the same but for what is rewritten. */
static int read_endpoints(struct flow *f, const struct nlattr **tb)
{
	bool ok = read_addr(tb[NFO_FLOW_SRC], &f->src.addr) &&
		  read_addr(tb[NFO_FLOW_DST], &f->dst.addr);

	read_l4port(tb[NFO_FLOW_SPORT], &f->src);
	read_l4port(tb[NFO_FLOW_DPORT], &f->dst);
	f->new_src = f->src;
	f->new_dst = f->dst;
	ok = ok && read_addr(tb[NFO_FLOW_NAT_SRC], &f->new_src.addr) &&
	     read_addr(tb[NFO_FLOW_NAT_DST], &f->new_dst.addr);
	read_l4port(tb[NFO_FLOW_NAT_SPORT], &f->new_src);
	read_l4port(tb[NFO_FLOW_NAT_DPORT], &f->new_dst);
	f->nat_src = tb[NFO_FLOW_NAT_SRC] || tb[NFO_FLOW_NAT_SPORT];
	f->nat_dst = tb[NFO_FLOW_NAT_DST] || tb[NFO_FLOW_NAT_DPORT];
	if (!ok)
		refuse("cannot read the kernel's answer: an address neither IPv4 nor IPv6");
	return ok ? 0 : -1;
}

static void read_macs(struct flow *f, const struct nlattr **tb)
{
	f->has_mac = tb[NFO_FLOW_SMAC] && tb[NFO_FLOW_DMAC];
	if (!f->has_mac)
		return;
	memcpy(f->smac, mnl_attr_get_payload(tb[NFO_FLOW_SMAC]), sizeof(f->smac));
	memcpy(f->dmac, mnl_attr_get_payload(tb[NFO_FLOW_DMAC]), sizeof(f->dmac));
}

static const struct attr_policy flow_policy[NFO_FLOW_MAX + 1] = {
	[NFO_FLOW_ID] = { .type = MNL_TYPE_U64 },
	[NFO_FLOW_DIR] = { .type = MNL_TYPE_U8 },
	[NFO_FLOW_STATE] = { .type = MNL_TYPE_U8 },
	[NFO_FLOW_REASON] = { .type = MNL_TYPE_U8 },
	[NFO_FLOW_IFINDEX] = { .type = MNL_TYPE_U32 },
	[NFO_FLOW_OUT_IFINDEX] = { .type = MNL_TYPE_U32 },
	[NFO_FLOW_L4PROTO] = { .type = MNL_TYPE_U8 },
	[NFO_FLOW_SPORT] = { .type = MNL_TYPE_U16 },
	[NFO_FLOW_DPORT] = { .type = MNL_TYPE_U16 },
	[NFO_FLOW_NAT_SPORT] = { .type = MNL_TYPE_U16 },
	[NFO_FLOW_NAT_DPORT] = { .type = MNL_TYPE_U16 },
	[NFO_FLOW_SMAC] = { .type = MNL_TYPE_BINARY, .len = 6 },
	[NFO_FLOW_DMAC] = { .type = MNL_TYPE_BINARY, .len = 6 },
	[NFO_FLOW_MTU] = { .type = MNL_TYPE_U16 },
	[NFO_FLOW_PACKETS] = { .type = MNL_TYPE_U64 },
	[NFO_FLOW_BYTES] = { .type = MNL_TYPE_U64 },
	[NFO_FLOW_IDLE_MS] = { .type = MNL_TYPE_U32 },
};

static int read_flow(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFO_FLOW_MAX + 1];
	struct flows *flows = data;
	struct flow *f;

	if (msg_attrs(nlh, flow_policy, tb, NFO_FLOW_MAX))
		return -1;
	if (!tb[NFO_FLOW_ID] || !tb[NFO_FLOW_DIR] || !tb[NFO_FLOW_STATE] || !tb[NFO_FLOW_IFINDEX])
		return attrs_missing("flow");
	flows->flow = grow(flows->flow, &flows->cap, flows->n, sizeof(*f));
	f = &flows->flow[flows->n++];
	*f = (struct flow) {
		.id = attr_u64(tb[NFO_FLOW_ID]),
		.dir = attr_u8(tb[NFO_FLOW_DIR]),
		.state = attr_u8(tb[NFO_FLOW_STATE]),
		.reason = attr_u8(tb[NFO_FLOW_REASON]),
		.in = attr_u32(tb[NFO_FLOW_IFINDEX]),
		.out = attr_u32(tb[NFO_FLOW_OUT_IFINDEX]),
		.l4proto = attr_u8(tb[NFO_FLOW_L4PROTO]),
		.mtu = tb[NFO_FLOW_MTU] ? mnl_attr_get_u16(tb[NFO_FLOW_MTU]) : 0,
		.packets = attr_u64(tb[NFO_FLOW_PACKETS]),
		.bytes = attr_u64(tb[NFO_FLOW_BYTES]),
		.idle_ms = tb[NFO_FLOW_IDLE_MS] ? attr_u32(tb[NFO_FLOW_IDLE_MS]) : FLOW_IDLE_NEVER,
	};
	read_macs(f, tb);
	return read_endpoints(f, tb);
}

static void drop_flows(void *data)
{
	struct flows *flows = data;

	flows->n = 0;
}

static int by_id(const void *a, const void *b)
{
	const struct flow *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->dir != y->dir)
		return x->dir < y->dir ? -1 : 1;
	return (x->in > y->in) - (x->in < y->in);
}

/* A hash table that grows under the dump shows some of its entries twice. Sorted by id before. */
static void drop_doubles(struct flows *flows)
{
	struct flow *from, *to = flows->flow, *end = flows->flow + flows->n;

	for (from = flows->flow + 1; from < end; from++) {
		if (from->id != to->id || from->dir != to->dir || from->in != to->in)
			*++to = *from;
	}
	flows->n = to + 1 - flows->flow;
}

/* The busiest first; id last, so that two listings of the same come out the same. */
static int by_bytes(const void *a, const void *b)
{
	const struct conn *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	if (x->packets != y->packets)
		return x->packets > y->packets ? -1 : 1;
	return (x->flow->id > y->flow->id) - (x->flow->id < y->flow->id);
}

static bool is_addr(const struct endpoint *ep, const struct addr *ip)
{
	return ep->addr.len == ip->len && !memcmp(ep->addr.byte, ip->byte, ip->len);
}

static bool is_port(const struct endpoint *ep, uint32_t port)
{
	return ep->has_port && ep->port == port;
}

static bool flow_wanted(const struct flow *f, const struct filter *want)
{
	const struct endpoint *eps[] = { &f->src, &f->dst, &f->new_src, &f->new_dst };
	bool addr = !want->addr, port = !want->port;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(eps); i++) {
		addr = addr || is_addr(eps[i], &want->ip);
		port = port || is_port(eps[i], want->portnum);
	}
	if (want->proto && f->l4proto != (*want->proto == 't' ? IPPROTO_TCP : IPPROTO_UDP))
		return false;
	return addr && port;
}

/* Makes connections of the directions, keeps those wanted and sorts them. */
static void group(struct flows *flows, const struct filter *want)
{
	struct flow *f = flows->flow, *end;
	struct conn c;
	bool wanted;

	flows->conn = xcalloc(flows->n, sizeof(*flows->conn));
	if (!flows->n)
		return;
	qsort(flows->flow, flows->n, sizeof(*flows->flow), by_id);
	drop_doubles(flows);
	end = flows->flow + flows->n;
	while (f < end) {
		c = (struct conn) { .flow = f };
		for (wanted = false; f < end && f->id == c.flow->id; f++) {
			c.n++;
			c.packets += f->packets;
			c.bytes += f->bytes;
			wanted = wanted || flow_wanted(f, want);
		}
		if (wanted)
			flows->conn[flows->nconns++] = c;
	}
	qsort(flows->conn, flows->nconns, sizeof(*flows->conn), by_bytes);
}

static const char usage[] =
	"Usage: nfoctl [-s] [-j] flow [ show ] [ dev DEV ] [ state { hw | sw } ]\n"
	"                             [ proto { tcp | udp } ] [ addr ADDR ] [ port N ]\n";

static bool parse_addr(const char *word, struct addr *addr)
{
	addr->len = strchr(word, ':') ? 16 : 4;
	return inet_pton(addr->len == 4 ? AF_INET : AF_INET6, word, addr->byte) == 1;
}

static int bad_value(const char *word, const char *key, const char *what)
{
	return usage_error(usage, "\"%s\" is no value for \"%s\", which is %s", word, key, what);
}

static int check_filter(struct filter *want)
{
	if (want->state && strcmp(want->state, "hw") && strcmp(want->state, "sw"))
		return bad_value(want->state, "state", "hw or sw");
	if (want->proto && strcmp(want->proto, "tcp") && strcmp(want->proto, "udp"))
		return bad_value(want->proto, "proto", "tcp or udp");
	if (want->addr && !parse_addr(want->addr, &want->ip))
		return bad_value(want->addr, "addr", "an IPv4 or IPv6 address");
	if (want->port && !parse_u32(want->port, 1, 65535, &want->portnum))
		return bad_value(want->port, "port", "a number from 1 to 65535");
	return EXIT_OK;
}

static int parse_filter(struct args *a, struct filter *want)
{
	const struct {
		const char *key;
		const char **val;
	} keys[] = {
		{ "dev", &want->dev },
		{ "state", &want->state },
		{ "proto", &want->proto },
		{ "addr", &want->addr },
		{ "port", &want->port },
	};
	const char *word;
	size_t i;

	while ((word = arg_next(a))) {
		for (i = 0; i < ARRAY_SIZE(keys) && strcmp(word, keys[i].key); i++)
			;
		if (i == ARRAY_SIZE(keys))
			return usage_error(usage, "\"%s\" is no filter", word);
		if (*keys[i].val)
			return usage_error(usage, "\"%s\" is given twice", word);
		*keys[i].val = arg_next(a);
		if (!*keys[i].val)
			return usage_error(usage, "\"%s\" needs a value", word);
	}
	return check_filter(want);
}

static int get_flows(struct genl *g, struct flows *flows, struct filter *want)
{
	if (want->dev) {
		want->ifindex = if_nametoindex(want->dev);
		if (!want->ifindex)
			return refuse("device \"%s\": %s", want->dev, strerror(errno));
	}
	genl_request(g, NFO_CMD_FLOW_GET);
	if (want->dev)
		genl_put_u32(g, NFO_FLOW_IFINDEX, want->ifindex);
	if (want->state)
		genl_put_u8(g, NFO_FLOW_STATE, *want->state == 'h' ? NFO_FLOW_HW : NFO_FLOW_SW);
	return genl_dump(g, read_flow, drop_flows, flows);
}

int cmd_flow(struct args *a)
{
	struct filter want = { 0 };
	struct flows flows = { 0 };
	struct genl g;
	int rc;

	if (a->left && is_prefix(*a->word, "help"))
		return fputs(usage, opt.out), EXIT_OK;
	if (a->left && is_prefix(*a->word, "show"))
		arg_next(a);
	rc = parse_filter(a, &want);
	if (rc)
		return rc;
	rc = genl_open(&g, NFO_GENL_NAME, "nft_offload");
	if (!rc)
		rc = get_flows(&g, &flows, &want);
	genl_close(&g);
	if (!rc) {
		group(&flows, &want);
		(opt.json ? conns_json : conns_text)(&flows);
	}
	free(flows.conn);
	free(flows.flow);
	return rc;
}
