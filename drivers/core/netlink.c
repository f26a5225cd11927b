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

static struct genl_family family;
static siphash_key_t id_key;	/* no kernel address leaves the kernel */

static int status_fill(struct sk_buff *skb)
{
	struct nfo_backend *be;
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
			      NFO_STATUS_UNSPEC))
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
	hdr = genlmsg_put_reply(msg, info, &family, 0, NFO_CMD_STATUS_GET);
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
	return genlmsg_put(d->skb, NETLINK_CB(d->cb->skb).portid, d->cb->nlh->nlmsg_seq, &family,
			   NLM_F_MULTI, cmd);
}

static int put_reasons(struct sk_buff *skb, const struct nfo_port *port)
{
	struct nlattr *nest;
	unsigned int i;
	u64 n;

	for (i = 1; i < ARRAY_SIZE(port->reasons); i++) {
		n = READ_ONCE(port->reasons[i]);
		if (!n)
			continue;
		nest = nla_nest_start(skb, NFO_PORT_REASON);
		if (!nest || nla_put_u8(skb, NFO_REASON_A_ID, i) ||
		    nla_put_u64_64bit(skb, NFO_REASON_A_COUNT, n, NFO_REASON_A_PAD))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int put_port(struct sk_buff *skb, const struct nfo_port *port)
{
	if (nla_put_u32(skb, NFO_PORT_IFINDEX, port->ifindex) ||
	    nla_put_string(skb, NFO_PORT_NAME, port->dev->name) ||
	    nla_put_string(skb, NFO_PORT_BACKEND, port->be->name) ||
	    nla_put_string(skb, NFO_PORT_DRIVER, port->driver) ||
	    nla_put_u8(skb, NFO_PORT_STATE, port->enabled ? NFO_PORT_READY : NFO_PORT_OFF) ||
	    nla_put_u8(skb, NFO_PORT_DOOR, port->door) ||
	    nla_put_u32(skb, NFO_PORT_FLOWS, READ_ONCE(port->n_flows)) ||
	    nla_put_u32(skb, NFO_PORT_FLOWS_HW, READ_ONCE(port->n_hw)) ||
	    nla_put_u64_64bit(skb, NFO_PORT_PACKETS, READ_ONCE(port->packets), NFO_PORT_PAD) ||
	    nla_put_u64_64bit(skb, NFO_PORT_BYTES, READ_ONCE(port->bytes), NFO_PORT_PAD) ||
	    nla_put_u64_64bit(skb, NFO_PORT_ADDED, READ_ONCE(port->added), NFO_PORT_PAD) ||
	    nla_put_u64_64bit(skb, NFO_PORT_REMOVED, READ_ONCE(port->removed), NFO_PORT_PAD))
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
	if (put_port(d->skb, port)) {
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

struct flow_dump {
	struct rhashtable_iter iter;
	int ifindex;	/* 0: any */
	int state;	/* -1: any */
};

static const struct nla_policy flow_policy[NFO_FLOW_MAX + 1] = {
	[NFO_FLOW_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[NFO_FLOW_STATE] = NLA_POLICY_MAX(NLA_U8, NFO_FLOW_HW),
};

static int flow_dump_start(struct netlink_callback *cb)
{
	struct nlattr *tb[NFO_FLOW_MAX + 1];
	struct flow_dump *fd;
	int err;

	err = genlmsg_parse(cb->nlh, &family, tb, NFO_FLOW_MAX, flow_policy, cb->extack);
	if (err)
		return err;
	fd = kzalloc(sizeof(*fd), GFP_KERNEL);
	if (!fd)
		return -ENOMEM;
	fd->ifindex = tb[NFO_FLOW_IFINDEX] ? nla_get_u32(tb[NFO_FLOW_IFINDEX]) : 0;
	fd->state = tb[NFO_FLOW_STATE] ? nla_get_u8(tb[NFO_FLOW_STATE]) : -1;
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

static int put_flow(struct sk_buff *skb, const struct nfo_flow *f)
{
	/* the cookies of a connection's directions are one tuple apart */
	unsigned long conn = f->cookie - f->dir * sizeof(struct flow_offload_tuple_rhash);
	unsigned long lastused = READ_ONCE(f->lastused);

	if (nla_put_u64_64bit(skb, NFO_FLOW_ID, siphash_1u64(conn, &id_key), NFO_FLOW_PAD) ||
	    nla_put_u8(skb, NFO_FLOW_DIR, f->dir) ||
	    nla_put_u8(skb, NFO_FLOW_STATE, READ_ONCE(f->state)) ||
	    nla_put_u8(skb, NFO_FLOW_REASON, READ_ONCE(f->reason)) ||
	    nla_put_u64_64bit(skb, NFO_FLOW_PACKETS, READ_ONCE(f->packets), NFO_FLOW_PAD) ||
	    nla_put_u64_64bit(skb, NFO_FLOW_BYTES, READ_ONCE(f->bytes), NFO_FLOW_PAD))
		return -EMSGSIZE;
	if (lastused &&
	    nla_put_u32(skb, NFO_FLOW_IDLE_MS, jiffies_to_msecs(jiffies - lastused)))
		return -EMSGSIZE;
	return put_rule(skb, &f->rule);
}

static int flow_fill(const struct dump *d, const struct nfo_flow *f)
{
	void *hdr = dump_put(d, NFO_CMD_FLOW_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (put_flow(d->skb, f)) {
		genlmsg_cancel(d->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(d->skb, hdr);
	return 0;
}

static bool flow_wanted(const struct flow_dump *fd, const struct nfo_flow *f,
			const struct net *net)
{
	return f->port->net == net && (!fd->ifindex || f->port->ifindex == fd->ifindex) &&
	       (fd->state < 0 || READ_ONCE(f->state) == fd->state);
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
	},
};

static struct genl_family family = {
	.name = NFO_GENL_NAME,
	.version = NFO_GENL_VERSION,
	.netnsok = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = __NFO_CMD_MAX,
};

int nfo_netlink_init(void)
{
	get_random_bytes(&id_key, sizeof(id_key));
	return genl_register_family(&family);
}

void nfo_netlink_exit(void)
{
	genl_unregister_family(&family);
}
