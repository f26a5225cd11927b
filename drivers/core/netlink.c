// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family "nfo": read what the core does. The contract is in uapi/linux/nfo.h.
 *
 * A dump sees the ports and flows of the caller's namespace only. Dumps run under RCU and take
 * none of the core's locks: a flow's rule never changes, its state and counters are read once.
 */
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "core.h"

static siphash_key_t id_key;	/* no kernel address leaves the kernel */

/* A nest of an id and how often; nothing if never. */
static int put_count(struct sk_buff *skb, int attr, u8 id, u64 n)
{
	struct nlattr *nest;

	if (!n)
		return 0;
	nest = nla_nest_start(skb, attr);
	if (!nest || nla_put_u8(skb, NFO_REASON_A_ID, id) ||
	    nla_put_u64_64bit(skb, NFO_REASON_A_COUNT, n, NFO_REASON_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int status_fill(struct sk_buff *skb)
{
	struct nfo_backend *be;
	unsigned int i;
	int err = 0;

	if (nla_put_string(skb, NFO_STATUS_VERSION, NFO_VERSION) ||
	    nla_put_u32(skb, NFO_STATUS_FLOWTABLES, atomic_read(&nfo_totals.tables)) ||
	    nla_put_u32(skb, NFO_STATUS_PORTS, atomic_read(&nfo_totals.ports)) ||
	    nla_put_u64_64bit(skb, NFO_STATUS_FLOWS, atomic64_read(&nfo_totals.flows),
			      NFO_STATUS_UNSPEC) ||
	    nla_put_u64_64bit(skb, NFO_STATUS_FLOWS_HW, atomic64_read(&nfo_totals.flows_hw),
			      NFO_STATUS_UNSPEC) ||
	    nla_put_u64_64bit(skb, NFO_STATUS_UNBUILT, atomic64_read(&nfo_totals.unbuilt),
			      NFO_STATUS_UNSPEC) ||
	    nla_put_u64_64bit(skb, NFO_STATUS_NO_PORT, atomic64_read(&nfo_totals.no_port),
			      NFO_STATUS_UNSPEC) ||
	    nla_put_u64_64bit(skb, NFO_STATUS_EVICTED, atomic64_read(&nfo_totals.evicted),
			      NFO_STATUS_UNSPEC) ||
	    nla_put_u64_64bit(skb, NFO_STATUS_EXPIRED, atomic64_read(&nfo_totals.expired),
			      NFO_STATUS_UNSPEC) ||
	    nla_put_u32(skb, NFO_STATUS_HOPS, atomic_read(&nfo_totals.hops)))
		return -EMSGSIZE;
	for (i = 0; i < __NFO_REFRESH_MAX; i++)
		if (put_count(skb, NFO_STATUS_REFRESH, i,
			      atomic64_read(&nfo_totals.refreshed[i])))
			return -EMSGSIZE;

	mutex_lock(&nfo_lock);
	list_for_each_entry(be, nfo_backend_list(), list)
		if (nla_put_string(skb, NFO_STATUS_BACKEND, be->name))
			err = -EMSGSIZE;
	mutex_unlock(&nfo_lock);
	return err;
}

static int status_get(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *hdr;

	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &nfo_family, 0, NFO_CMD_STATUS_GET);
	if (!hdr || status_fill(msg)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

struct dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

static void *dump_put(const struct dump *d, u8 cmd)
{
	return genlmsg_put(d->skb, NETLINK_CB(d->cb->skb).portid, d->cb->nlh->nlmsg_seq, &nfo_family,
			   NLM_F_MULTI, cmd);
}

static int put_reasons(struct sk_buff *skb, const struct nfo_port *port)
{
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(port->reasons); i++)
		if (put_count(skb, NFO_PORT_REASON, i, READ_ONCE(port->reasons[i])))
			return -EMSGSIZE;
	return 0;
}

static u8 port_state(const struct nfo_port *port)
{
	u8 state = READ_ONCE(port->state);

	return state == NFO_PORT_READY && !READ_ONCE(port->enabled) ? NFO_PORT_OFF : state;
}

/* What the policy and the backend say. */
static int put_port_backend(struct sk_buff *skb, struct nfo_port *port)
{
	struct nfo_port_text text;
	u32 needs = READ_ONCE(port->needs);

	spin_lock(&port->text_lock);
	text = port->text;
	spin_unlock(&port->text_lock);
	if (nla_put_string(skb, NFO_PORT_BACKEND, text.backend) ||
	    nla_put_u32(skb, NFO_PORT_ALLOW, READ_ONCE(port->allow)) ||
	    nla_put_u32(skb, NFO_PORT_NEEDS, needs))
		return -EMSGSIZE;
	if (*text.wanted && nla_put_string(skb, NFO_PORT_WANTED, text.wanted))
		return -EMSGSIZE;
	if (*text.how && nla_put_string(skb, NFO_PORT_HOW, text.how))
		return -EMSGSIZE;
	if (*text.note && nla_put_string(skb, NFO_PORT_NOTE, text.note))
		return -EMSGSIZE;
	return 0;
}

/**
 * nfo_netlink_put_port() - what there is to say of a port
 * @skb: message
 * @port: the port
 *
 * Return: 0 or -EMSGSIZE.
 */
int nfo_netlink_put_port(struct sk_buff *skb, struct nfo_port *port)
{
	u8 state = port_state(port);

	if (nla_put_u32(skb, NFO_PORT_IFINDEX, port->ifindex) ||
	    nla_put_string(skb, NFO_PORT_NAME, port->dev->name) ||
	    nla_put_string(skb, NFO_PORT_DRIVER, port->driver) ||
	    nla_put_u8(skb, NFO_PORT_STATE, state) ||
	    nla_put_u8(skb, NFO_PORT_DOOR, port->door) ||
	    nla_put_u32(skb, NFO_PORT_FLOWS, READ_ONCE(port->n_flows)) ||
	    nla_put_u32(skb, NFO_PORT_FLOWS_HW,
			READ_ONCE(port->n_hw) - READ_ONCE(port->n_waiting)) ||
	    nla_put_u64_64bit(skb, NFO_PORT_PACKETS, READ_ONCE(port->packets), NFO_PORT_PAD) ||
	    nla_put_u64_64bit(skb, NFO_PORT_BYTES, READ_ONCE(port->bytes), NFO_PORT_PAD) ||
	    nla_put_u64_64bit(skb, NFO_PORT_ADDED, READ_ONCE(port->added), NFO_PORT_PAD) ||
	    nla_put_u64_64bit(skb, NFO_PORT_REMOVED, READ_ONCE(port->removed), NFO_PORT_PAD))
		return -EMSGSIZE;
	if (port->quota != U32_MAX && nla_put_u32(skb, NFO_PORT_QUOTA, port->quota))
		return -EMSGSIZE;
	if (state == NFO_PORT_FAILED && nla_put_s32(skb, NFO_PORT_ERROR, port->error))
		return -EMSGSIZE;
	if (port->shaper[0] && nla_put_string(skb, NFO_PORT_SHAPER, port->shaper))
		return -EMSGSIZE;
	if (put_port_backend(skb, port))
		return -EMSGSIZE;
	return put_reasons(skb, port);
}

static int port_fill(struct nfo_port *port, void *data)
{
	struct dump *d = data;
	void *hdr = dump_put(d, NFO_CMD_PORT_GET);

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(d->cb, hdr);
	if (nfo_netlink_put_port(d->skb, port)) {
		genlmsg_cancel(d->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(d->skb, hdr);
	return 0;
}

static int port_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump d = { .skb = skb, .cb = cb };
	int pos = cb->args[0];
	int err;

	cb->seq = nfo_port_generation();
	err = nfo_port_walk(sock_net(skb->sk), &pos, port_fill, &d);
	cb->args[0] = pos;
	return skb->len ?: err;
}

/* -1: any; for @ifindex and @addr_len: 0 */
struct flow_dump {
	struct rhashtable_iter iter;
	int ifindex;
	int state;
	int reason;
	int l4proto;
	int port;
	int addr_len;
	__be32 addr[4];
};

static const struct nla_policy flow_policy[NFO_FLOW_MAX + 1] = {
	[NFO_FLOW_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[NFO_FLOW_STATE] = NLA_POLICY_MAX(NLA_U8, NFO_FLOW_PENDING),
	[NFO_FLOW_REASON] = NLA_POLICY_MAX(NLA_U8, NFO_REASON_MAX),
	[NFO_FLOW_L4PROTO] = { .type = NLA_U8 },
	[NFO_FLOW_ANY_ADDR] = NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NFO_FLOW_ANY_PORT] = { .type = NLA_U16 },
};

static int flow_filter(struct flow_dump *fd, struct nlattr **tb, struct netlink_ext_ack *extack)
{
	const struct nlattr *addr = tb[NFO_FLOW_ANY_ADDR];

	fd->ifindex = tb[NFO_FLOW_IFINDEX] ? nla_get_u32(tb[NFO_FLOW_IFINDEX]) : 0;
	fd->state = tb[NFO_FLOW_STATE] ? nla_get_u8(tb[NFO_FLOW_STATE]) : -1;
	fd->reason = tb[NFO_FLOW_REASON] ? nla_get_u8(tb[NFO_FLOW_REASON]) : -1;
	fd->l4proto = tb[NFO_FLOW_L4PROTO] ? nla_get_u8(tb[NFO_FLOW_L4PROTO]) : -1;
	fd->port = tb[NFO_FLOW_ANY_PORT] ? ntohs(nla_get_be16(tb[NFO_FLOW_ANY_PORT])) : -1;
	if (!addr)
		return 0;
	if (nla_len(addr) != 4 && nla_len(addr) != 16) {
		NL_SET_ERR_MSG_ATTR(extack, addr, "an address has 4 or 16 bytes");
		return -EINVAL;
	}
	fd->addr_len = nla_len(addr);
	memcpy(fd->addr, nla_data(addr), fd->addr_len);
	return 0;
}

static int flow_dump_start(struct netlink_callback *cb)
{
	struct nlattr *tb[NFO_FLOW_MAX + 1];
	struct flow_dump *fd;
	int err;

	err = genlmsg_parse(cb->nlh, &nfo_family, tb, NFO_FLOW_MAX, flow_policy, cb->extack);
	if (err)
		return err;
	fd = kzalloc(sizeof(*fd), GFP_KERNEL);
	if (!fd)
		return -ENOMEM;
	err = flow_filter(fd, tb, cb->extack);
	if (err) {
		kfree(fd);
		return err;
	}
	rhashtable_walk_enter(nfo_flow_table(), &fd->iter);
	cb->args[0] = (long)fd;
	return 0;
}

static int flow_dump_done(struct netlink_callback *cb)
{
	struct flow_dump *fd = (void *)cb->args[0];

	if (fd) {
		rhashtable_walk_exit(&fd->iter);
		kfree(fd);
	}
	return 0;
}

static int put_addr(struct sk_buff *skb, int attr, const struct nfo_match *m,
		    const union nfo_addr *addr)
{
	return nla_put(skb, attr, m->l3proto == htons(ETH_P_IP) ? 4 : 16, addr);
}

static int put_rule(struct sk_buff *skb, const struct nfo_rule *rule)
{
	const struct nfo_match *m = &rule->match;
	const struct nfo_edit *e = &rule->edit;

	if (nla_put_u32(skb, NFO_FLOW_IFINDEX, m->ifindex) ||
	    nla_put_u32(skb, NFO_FLOW_OUT_IFINDEX, e->ifindex) ||
	    nla_put_u8(skb, NFO_FLOW_L4PROTO, m->l4proto) ||
	    put_addr(skb, NFO_FLOW_SRC, m, &m->src) || put_addr(skb, NFO_FLOW_DST, m, &m->dst) ||
	    nla_put_be16(skb, NFO_FLOW_SPORT, m->sport) ||
	    nla_put_be16(skb, NFO_FLOW_DPORT, m->dport) ||
	    nla_put(skb, NFO_FLOW_SMAC, ETH_ALEN, e->smac) ||
	    nla_put(skb, NFO_FLOW_DMAC, ETH_ALEN, e->dmac) ||
	    nla_put_u16(skb, NFO_FLOW_MTU, e->mtu))
		return -EMSGSIZE;
	if (e->flags & NFO_EDIT_SRC && (put_addr(skb, NFO_FLOW_NAT_SRC, m, &e->src) ||
					nla_put_be16(skb, NFO_FLOW_NAT_SPORT, e->sport)))
		return -EMSGSIZE;
	if (e->flags & NFO_EDIT_DST && (put_addr(skb, NFO_FLOW_NAT_DST, m, &e->dst) ||
					nla_put_be16(skb, NFO_FLOW_NAT_DPORT, e->dport)))
		return -EMSGSIZE;
	return 0;
}

/* What a backend has and the hardware has not is on its way. */
static u8 shown_state(const struct nfo_flow *f)
{
	u8 state = READ_ONCE(f->state);

	return state == NFO_FLOW_HW && !nfo_flow_in_hw(f) ? NFO_FLOW_PENDING : state;
}

/**
 * nfo_netlink_put_flow() - what there is to say of a flow
 * @skb: message
 * @f: the flow
 *
 * Return: 0 or -EMSGSIZE.
 */
int nfo_netlink_put_flow(struct sk_buff *skb, const struct nfo_flow *f)
{
	/* the cookies of a connection's directions are one tuple apart */
	unsigned long conn = f->cookie - f->dir * sizeof(struct flow_offload_tuple_rhash);
	struct nfo_rule rule;

	if (nla_put_u64_64bit(skb, NFO_FLOW_ID, siphash_1u64(conn, &id_key), NFO_FLOW_PAD) ||
	    nla_put_u8(skb, NFO_FLOW_DIR, f->dir) ||
	    nla_put_u8(skb, NFO_FLOW_STATE, shown_state(f)) ||
	    nla_put_u8(skb, NFO_FLOW_REASON, READ_ONCE(f->reason)) ||
	    nla_put_u64_64bit(skb, NFO_FLOW_PACKETS, READ_ONCE(f->packets), NFO_FLOW_PAD) ||
	    nla_put_u64_64bit(skb, NFO_FLOW_BYTES, READ_ONCE(f->bytes), NFO_FLOW_PAD))
		return -EMSGSIZE;
	if (f->counted && nla_put_u32(skb, NFO_FLOW_IDLE_MS,
				      jiffies_to_msecs((u32)jiffies - READ_ONCE(f->used))))
		return -EMSGSIZE;
	nfo_unpack(&f->rule, &rule);
	return put_rule(skb, &rule);
}

static int flow_fill(const struct dump *d, const struct nfo_flow *f)
{
	void *hdr = dump_put(d, NFO_CMD_FLOW_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (nfo_netlink_put_flow(d->skb, f)) {
		genlmsg_cancel(d->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(d->skb, hdr);
	return 0;
}

static bool has_addr(const struct nfo_packed *p, const struct flow_dump *fd)
{
	unsigned int size = nfo_packed_size(p) - sizeof(*p), i;

	if ((p->l3proto == htons(ETH_P_IP)) != (fd->addr_len == 4))
		return false;
	for (i = 0; i < size; i += fd->addr_len)
		if (!memcmp((const u8 *)p->addr + i, fd->addr, fd->addr_len))
			return true;
	return false;
}

static bool has_port(const struct nfo_packed *p, __be16 port)
{
	return p->sport == port || p->dport == port ||
	       (p->flags & NFO_EDIT_SRC && p->new_sport == port) ||
	       (p->flags & NFO_EDIT_DST && p->new_dport == port);
}

static bool flow_wanted(const struct flow_dump *fd, const struct nfo_flow *f,
			const struct net *net)
{
	return f->port->net == net && (!fd->ifindex || f->port->ifindex == fd->ifindex) &&
	       (fd->state < 0 || shown_state(f) == fd->state) &&
	       (fd->reason < 0 || READ_ONCE(f->reason) == fd->reason) &&
	       (fd->l4proto < 0 || f->rule.l4proto == fd->l4proto) &&
	       (fd->port < 0 || has_port(&f->rule, htons(fd->port))) &&
	       (!fd->addr_len || has_addr(&f->rule, fd));
}

static int flow_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct flow_dump *fd = (void *)cb->args[0];
	struct dump d = { .skb = skb, .cb = cb };
	struct net *net = sock_net(skb->sk);
	const struct nfo_flow *f;
	int err = 0;

	rhashtable_walk_start(&fd->iter);
	/* peek: the flow that did not fit the last message comes first in this one */
	for (f = rhashtable_walk_peek(&fd->iter); f; f = rhashtable_walk_next(&fd->iter)) {
		/* the table is being resized: the walk goes on, users drop what comes twice */
		if (IS_ERR(f))
			continue;
		if (!flow_wanted(fd, f, net))
			continue;
		err = flow_fill(&d, f);
		if (err)
			break;
	}
	rhashtable_walk_stop(&fd->iter);
	return skb->len ?: err;
}

static const struct genl_ops ops[] = {
	{
		.cmd = NFO_CMD_STATUS_GET,
		.doit = status_get,
	}, {
		.cmd = NFO_CMD_PORT_GET,
		.dumpit = port_dump,
	}, {
		.cmd = NFO_CMD_FLOW_GET,
		.flags = GENL_UNS_ADMIN_PERM,
		.start = flow_dump_start,
		.dumpit = flow_dump,
		.done = flow_dump_done,
		.policy = flow_policy,
		.maxattr = NFO_FLOW_MAX,
	}, {
		.cmd = NFO_CMD_POLICY_GET,
		.doit = nfo_policy_nl_get,
	}, {
		.cmd = NFO_CMD_POLICY_SET,
		.flags = GENL_ADMIN_PERM,
		.doit = nfo_policy_nl_set,
		.policy = nfo_policy_nla,
		.maxattr = NFO_POLICY_MAX,
	}, {
		.cmd = NFO_CMD_POLICY_DEL,
		.flags = GENL_ADMIN_PERM,
		.doit = nfo_policy_nl_del,
	}, {
		.cmd = NFO_CMD_PORT_SET,
		.flags = GENL_ADMIN_PERM,
		.doit = nfo_port_nl_set,
		.policy = nfo_port_nla,
		.maxattr = NFO_PORT_MAX,
	},
};

static const struct genl_multicast_group groups[] = {
	[NFO_GROUP_FLOW] = { .name = NFO_MCGRP_FLOW, .flags = GENL_MCAST_CAP_NET_ADMIN },
	[NFO_GROUP_PORT] = { .name = NFO_MCGRP_PORT },
};

struct genl_family nfo_family = {
	.name = NFO_GENL_NAME,
	.version = NFO_GENL_VERSION,
	.netnsok = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.resv_start_op = __NFO_CMD_MAX,
};

int nfo_netlink_init(void)
{
	get_random_bytes(&id_key, sizeof(id_key));
	return genl_register_family(&nfo_family);
}

void nfo_netlink_exit(void)
{
	genl_unregister_family(&nfo_family);
}
