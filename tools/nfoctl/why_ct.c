// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl why: what conntrack knows of a connection. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "nfoctl.h"
#include "why.h"

static int read_addr(const struct nlattr *attr, struct addr *addr)
{
	if (!attr)
		return attrs_missing("connection");
	addr->len = mnl_attr_get_payload_len(attr);
	memcpy(addr->byte, mnl_attr_get_payload(attr), addr->len);
	return 0;
}

static int read_ip(const struct nlattr *nest, struct tuple *t)
{
	static const struct attr_policy policy[CTA_IP_MAX + 1] = {
		[CTA_IP_V4_SRC] = { .type = MNL_TYPE_BINARY, .len = 4 },
		[CTA_IP_V4_DST] = { .type = MNL_TYPE_BINARY, .len = 4 },
		[CTA_IP_V6_SRC] = { .type = MNL_TYPE_BINARY, .len = 16 },
		[CTA_IP_V6_DST] = { .type = MNL_TYPE_BINARY, .len = 16 },
	};
	const struct nlattr *tb[CTA_IP_MAX + 1];

	if (nest_attrs(nest, policy, tb, CTA_IP_MAX))
		return -1;
	if (tb[CTA_IP_V4_SRC])
		return read_addr(tb[CTA_IP_V4_SRC], &t->src.addr) ||
		       read_addr(tb[CTA_IP_V4_DST], &t->dst.addr) ? -1 : 0;
	return read_addr(tb[CTA_IP_V6_SRC], &t->src.addr) ||
	       read_addr(tb[CTA_IP_V6_DST], &t->dst.addr) ? -1 : 0;
}

static int read_proto(const struct nlattr *nest, struct tuple *t)
{
	static const struct attr_policy policy[CTA_PROTO_MAX + 1] = {
		[CTA_PROTO_NUM] = { .type = MNL_TYPE_U8 },
		[CTA_PROTO_SRC_PORT] = { .type = MNL_TYPE_U16 },
		[CTA_PROTO_DST_PORT] = { .type = MNL_TYPE_U16 },
	};
	const struct nlattr *tb[CTA_PROTO_MAX + 1];

	if (nest_attrs(nest, policy, tb, CTA_PROTO_MAX))
		return -1;
	t->l4proto = attr_u8(tb[CTA_PROTO_NUM]);
	t->src.has_port = tb[CTA_PROTO_SRC_PORT];
	t->dst.has_port = tb[CTA_PROTO_DST_PORT];
	t->src.port = attr_be16(tb[CTA_PROTO_SRC_PORT]);
	t->dst.port = attr_be16(tb[CTA_PROTO_DST_PORT]);
	return 0;
}

static int read_tuple(const struct nlattr *nest, struct tuple *t)
{
	static const struct attr_policy policy[CTA_TUPLE_MAX + 1] = {
		[CTA_TUPLE_IP] = { .type = MNL_TYPE_NESTED },
		[CTA_TUPLE_PROTO] = { .type = MNL_TYPE_NESTED },
	};
	const struct nlattr *tb[CTA_TUPLE_MAX + 1];

	if (nest_attrs(nest, policy, tb, CTA_TUPLE_MAX))
		return -1;
	if (!tb[CTA_TUPLE_IP] || !tb[CTA_TUPLE_PROTO])
		return attrs_missing("connection");
	return read_ip(tb[CTA_TUPLE_IP], t) || read_proto(tb[CTA_TUPLE_PROTO], t) ? -1 : 0;
}

static int read_helper(const struct nlattr *nest, struct why_ct *ct)
{
	static const struct attr_policy policy[CTA_HELP_MAX + 1] = {
		[CTA_HELP_NAME] = { .type = MNL_TYPE_NUL_STRING },
	};
	const struct nlattr *tb[CTA_HELP_MAX + 1];

	if (nest_attrs(nest, policy, tb, CTA_HELP_MAX))
		return -1;
	attr_str(tb[CTA_HELP_NAME], ct->helper, sizeof(ct->helper));
	return 0;
}

static int read_tcp(const struct nlattr *nest, struct why_ct *ct)
{
	static const struct attr_policy outer[CTA_PROTOINFO_MAX + 1] = {
		[CTA_PROTOINFO_TCP] = { .type = MNL_TYPE_NESTED },
	};
	static const struct attr_policy inner[CTA_PROTOINFO_TCP_MAX + 1] = {
		[CTA_PROTOINFO_TCP_STATE] = { .type = MNL_TYPE_U8 },
	};
	const struct nlattr *info[CTA_PROTOINFO_MAX + 1], *tb[CTA_PROTOINFO_TCP_MAX + 1];

	if (nest_attrs(nest, outer, info, CTA_PROTOINFO_MAX))
		return -1;
	if (!info[CTA_PROTOINFO_TCP])
		return 0;
	if (nest_attrs(info[CTA_PROTOINFO_TCP], inner, tb, CTA_PROTOINFO_TCP_MAX))
		return -1;
	ct->has_tcp_state = tb[CTA_PROTOINFO_TCP_STATE];
	ct->tcp_state = attr_u8(tb[CTA_PROTOINFO_TCP_STATE]);
	return 0;
}

static int read_ct(const struct nlmsghdr *nlh, void *data)
{
	static const struct attr_policy policy[CTA_MAX + 1] = {
		[CTA_TUPLE_ORIG] = { .type = MNL_TYPE_NESTED },
		[CTA_TUPLE_REPLY] = { .type = MNL_TYPE_NESTED },
		[CTA_STATUS] = { .type = MNL_TYPE_U32 },
		[CTA_PROTOINFO] = { .type = MNL_TYPE_NESTED },
		[CTA_HELP] = { .type = MNL_TYPE_NESTED },
	};
	const struct nlattr *tb[CTA_MAX + 1];
	struct why_ct *ct = data;

	if (hdr_attrs(nlh, sizeof(struct nfgenmsg), policy, tb, CTA_MAX))
		return -1;
	if (!tb[CTA_TUPLE_ORIG] || !tb[CTA_TUPLE_REPLY])
		return attrs_missing("connection");
	if (read_tuple(tb[CTA_TUPLE_ORIG], &ct->tuple[0]) ||
	    read_tuple(tb[CTA_TUPLE_REPLY], &ct->tuple[1]) ||
	    (tb[CTA_HELP] && read_helper(tb[CTA_HELP], ct)) ||
	    (tb[CTA_PROTOINFO] && read_tcp(tb[CTA_PROTOINFO], ct)))
		return -1;
	ct->status = ntohl(attr_u32(tb[CTA_STATUS]));
	ct->found = true;
	return 0;
}

static void put_tuple(struct genl *g, const struct endpoint *src, const struct endpoint *dst,
		      uint8_t l4proto)
{
	bool ip6 = src->addr.len == 16;
	struct nlattr *tuple = genl_nest(g, CTA_TUPLE_ORIG);
	struct nlattr *nest = genl_nest(g, CTA_TUPLE_IP);

	genl_put(g, ip6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, src->addr.len, src->addr.byte);
	genl_put(g, ip6 ? CTA_IP_V6_DST : CTA_IP_V4_DST, dst->addr.len, dst->addr.byte);
	genl_nest_end(g, nest);
	nest = genl_nest(g, CTA_TUPLE_PROTO);
	genl_put_u8(g, CTA_PROTO_NUM, l4proto);
	genl_put_u16(g, CTA_PROTO_SRC_PORT, htons(src->port));
	genl_put_u16(g, CTA_PROTO_DST_PORT, htons(dst->port));
	genl_nest_end(g, nest);
	genl_nest_end(g, tuple);
}

/* A tuple of either direction finds the connection. */
static int ask(struct genl *g, const struct endpoint *src, const struct endpoint *dst,
	       uint8_t l4proto, struct why_ct *ct)
{
	const struct nfgenmsg hdr = { .nfgen_family = src->addr.len == 16 ? AF_INET6 : AF_INET };
	int rc, error;

	nl_request(g, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET,
		   NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW, &hdr, sizeof(hdr));
	put_tuple(g, src, dst, l4proto);
	rc = genl_try(g, read_ct, ct, &error);
	/* EINVAL: there is no conntrack in this kernel, so there is no connection */
	if (rc || !error || error == ENOENT || error == EINVAL)
		return rc;
	return refuse("cannot ask conntrack: %s%s", strerror(error),
		      error == EPERM ? ": this needs CAP_NET_ADMIN, try as root" : "");
}

/*
 * The connection as the user has it; else the other way round, which is how the server sees one
 * whose addresses are translated.
 */
int why_ask_ct(const struct tuple *t, struct why_ct *ct)
{
	struct genl g;
	int rc = nl_open(&g, NETLINK_NETFILTER);

	*ct = (struct why_ct) { 0 };
	if (!rc)
		rc = ask(&g, &t->src, &t->dst, t->l4proto, ct);
	if (!rc && !ct->found)
		rc = ask(&g, &t->dst, &t->src, t->l4proto, ct);
	genl_close(&g);
	return rc;
}
