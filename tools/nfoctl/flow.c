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
	const char *dev;	/* as the user gave them, NULL: any */
	const char *state;
	const char *reason;
	const char *proto;
	const char *addr;
	const char *port;
	uint32_t ifindex;
	uint32_t portnum;
	uint8_t statenum;
	uint8_t reasonnum;
	uint8_t protonum;
	struct addr ip;
};

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

/* Makes connections of the directions and sorts them. */
static void group(struct flows *flows)
{
	struct flow *f = flows->flow, *end;
	struct conn c;

	flows->conn = xcalloc(flows->n, sizeof(*flows->conn));
	if (!flows->n)
		return;
	end = flows->flow + flows->n;
	while (f < end) {
		c = (struct conn) { .flow = f };
		for (; f < end && f->id == c.flow->id; f++) {
			c.n++;
			c.packets += f->packets;
			c.bytes += f->bytes;
		}
		flows->conn[flows->nconns++] = c;
	}
	qsort(flows->conn, flows->nconns, sizeof(*flows->conn), by_bytes);
}

static const char usage[] =
	"Usage: nfoctl [-s] [-j] flow [ show ] [ dev DEV ] [ state { hw | sw | pending } ]\n"
	"                             [ reason WORD ] [ proto { tcp | udp | N } ]\n"
	"                             [ addr ADDR ] [ port N ]\n";

static int bad_value(const char *word, const char *key, const char *what)
{
	return usage_error(usage, "\"%s\" is no value for \"%s\", which is %s", word, key, what);
}

static int check_filter(struct filter *want)
{
	unsigned int id;

	if (want->state && !flow_state_id(want->state, &want->statenum))
		return bad_value(want->state, "state", "hw, sw or pending");
	if (want->reason && !word_id(&reasons, want->reason, &id))
		return bad_value(want->reason, "reason", "a keyword of nfoctl-reasons(7)");
	want->reasonnum = want->reason ? id : 0;
	want->protonum = want->proto ? proto_parse(want->proto) : 0;
	if (want->proto && !want->protonum)
		return bad_value(want->proto, "proto", "tcp, udp or a number from 1 to 255");
	if (want->addr && !addr_parse(want->addr, &want->ip))
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
		{ "reason", &want->reason },
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
		genl_put_u8(g, NFO_FLOW_STATE, want->statenum);
	if (want->reason)
		genl_put_u8(g, NFO_FLOW_REASON, want->reasonnum);
	if (want->proto)
		genl_put_u8(g, NFO_FLOW_L4PROTO, want->protonum);
	if (want->addr)
		genl_put(g, NFO_FLOW_ANY_ADDR, want->ip.len, want->ip.byte);
	if (want->port)
		genl_put_u16(g, NFO_FLOW_ANY_PORT, htons(want->portnum));
	return flows_get(g, flows);
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
		group(&flows);
		(opt.json ? conns_json : conns_text)(&flows);
	}
	free(flows.conn);
	free(flows.flow);
	return rc;
}
