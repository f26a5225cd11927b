// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events to who listens. Nothing is built when nobody does. Called under port->lock or nfo_lock;
 * events of a flow come in the order in which they happened.
 */
#include <net/genetlink.h>

#include "core.h"

static struct sk_buff *start(u8 cmd, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put(skb, 0, 0, &nfo_family, 0, cmd);
	if (*hdr)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static void finish(struct sk_buff *skb, void *hdr, struct net *net, enum nfo_group group)
{
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&nfo_family, net, skb, 0, group, GFP_KERNEL);
}

/**
 * nfo_notify_flow() - something happened to a flow
 * @f: the flow
 * @event: what
 * @refresh: enum nfo_refresh with NFO_FLOW_EV_REFRESH, else -1
 *
 * Context: may sleep.
 */
void nfo_notify_flow(const struct nfo_flow *f, enum nfo_flow_event event, int refresh)
{
	struct net *net = f->port->net;
	struct sk_buff *skb;
	void *hdr;

	if (!genl_has_listeners(&nfo_family, net, NFO_GROUP_FLOW))
		return;
	skb = start(NFO_CMD_FLOW_NTF, &hdr);
	if (!skb)
		return;
	if (nla_put_u8(skb, NFO_FLOW_EVENT, event) ||
	    (refresh >= 0 && nla_put_u8(skb, NFO_FLOW_REFRESH, refresh)) ||
	    nfo_netlink_put_flow(skb, f))
		nlmsg_free(skb);
	else
		finish(skb, hdr, net, NFO_GROUP_FLOW);
}

/**
 * nfo_notify_port() - something happened to a port
 * @port: the port
 * @event: what
 *
 * Context: may sleep.
 */
void nfo_notify_port(struct nfo_port *port, enum nfo_port_event event)
{
	struct sk_buff *skb;
	void *hdr;

	if (!genl_has_listeners(&nfo_family, port->net, NFO_GROUP_PORT))
		return;
	skb = start(NFO_CMD_PORT_NTF, &hdr);
	if (!skb)
		return;
	if (nla_put_u8(skb, NFO_PORT_EVENT, event) || nfo_netlink_put_port(skb, port))
		nlmsg_free(skb);
	else
		finish(skb, hdr, port->net, NFO_GROUP_PORT);
}
