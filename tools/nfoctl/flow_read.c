// SPDX-License-Identifier: GPL-2.0-only
/* Flows as the kernel tells them: one message per direction of a connection. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "flow.h"

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
	[NFO_FLOW_EVENT] = { .type = MNL_TYPE_U8 },
	[NFO_FLOW_REFRESH] = { .type = MNL_TYPE_U8 },
};

/* Without NFO_FLOW_STATE and NFO_FLOW_IFINDEX a notification may be; a dump has all. */
static int read_flow(const struct nlattr **tb, struct flow *f)
{
	if (!tb[NFO_FLOW_ID] || !tb[NFO_FLOW_DIR])
		return attrs_missing("flow");
	*f = (struct flow) {
		.event = tb[NFO_FLOW_EVENT] ? attr_u8(tb[NFO_FLOW_EVENT]) : FLOW_NO_EVENT,
		.refresh = tb[NFO_FLOW_REFRESH] ? attr_u8(tb[NFO_FLOW_REFRESH]) : FLOW_NO_EVENT,
		.has_state = tb[NFO_FLOW_STATE],
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

/* A flow of a notification. */
int flow_read(const struct nlmsghdr *nlh, struct flow *f)
{
	const struct nlattr *tb[NFO_FLOW_MAX + 1];

	return msg_attrs(nlh, flow_policy, tb, NFO_FLOW_MAX) ? -1 : read_flow(tb, f);
}

static int add_flow(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFO_FLOW_MAX + 1];
	struct flows *flows = data;

	if (msg_attrs(nlh, flow_policy, tb, NFO_FLOW_MAX))
		return -1;
	if (!tb[NFO_FLOW_STATE] || !tb[NFO_FLOW_IFINDEX])
		return attrs_missing("flow");
	flows->flow = grow(flows->flow, &flows->cap, flows->n, sizeof(*flows->flow));
	return read_flow(tb, &flows->flow[flows->n++]);
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

/* Sends the request, which says which; the directions come sorted by connection. */
int flows_get(struct genl *g, struct flows *flows)
{
	int rc = genl_dump(g, add_flow, drop_flows, flows);

	if (rc || !flows->n)
		return rc;
	qsort(flows->flow, flows->n, sizeof(*flows->flow), by_id);
	drop_doubles(flows);
	return EXIT_OK;
}

/* ---- what the command line has */

bool addr_parse(const char *word, struct addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->len = strchr(word, ':') ? 16 : 4;
	return inet_pton(addr->len == 4 ? AF_INET : AF_INET6, word, addr->byte) == 1;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->len == b->len && !memcmp(a->byte, b->byte, a->len);
}

/* "tcp", "udp" or a number from 1 to 255; 0: none of them */
uint8_t proto_parse(const char *word)
{
	uint32_t n;

	if (!strcmp(word, "tcp"))
		return IPPROTO_TCP;
	if (!strcmp(word, "udp"))
		return IPPROTO_UDP;
	return parse_u32(word, 1, UINT8_MAX, &n) ? n : 0;
}
