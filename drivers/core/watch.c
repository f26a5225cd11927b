// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel announces of the world around flows: neighbours, routes and rules, nexthop
 * objects, bridge tables, links, MTUs, addresses, bonds. Nothing is done here but to mark hops
 * (hop.c) or to note prefixes (refresh.c): notifiers come in atomic context or with RTNL held. No
 * lock here.
 */
#include <linux/delay.h>
#include <net/fib_notifier.h>
#include <net/fib_rules.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>
#include <net/netevent.h>
#include <net/nexthop.h>
#include <net/switchdev.h>

#include "hop.h"

#define REGISTER_TRIES	20

static void note_ip4(struct net *net, const struct fib_entry_notifier_info *e, bool gone)
{
	struct nfo_prefix prefix = {
		.addr.ip4 = htonl(e->dst), .len = e->dst_len, .family = AF_INET,
	};
	const struct net_device *dev;

	nfo_refresh_note(net, &prefix, 0);
	dev = fib_info_nhc(e->fi, 0)->nhc_dev;
	if (gone && e->type == RTN_LOCAL && dev)
		nfo_refresh_note(net, &prefix, dev->ifindex);
}

static void note_ip6(struct net *net, struct fib6_info *route, bool gone)
{
	struct nfo_prefix prefix = { .len = route->fib6_dst.plen, .family = AF_INET6 };
	const struct net_device *dev;

	memcpy(&prefix.addr, &route->fib6_dst.addr, sizeof(prefix.addr));
	nfo_refresh_note(net, &prefix, 0);
	dev = fib6_info_nh_dev(route);
	if (gone && route->fib6_type == RTN_LOCAL && dev)
		nfo_refresh_note(net, &prefix, dev->ifindex);
}

static int fib_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct nfo_net *nn = container_of(nb, struct nfo_net, fib);
	struct fib_notifier_info *info = ptr;
	struct net *net = nn->net;

	if (!atomic_read(&nn->n_ports))
		return NOTIFY_DONE;
	switch (event) {
	case FIB_EVENT_ENTRY_REPLACE:
	case FIB_EVENT_ENTRY_APPEND:
	case FIB_EVENT_ENTRY_ADD:
	case FIB_EVENT_ENTRY_DEL:
		if (info->family == AF_INET)
			note_ip4(net, container_of(info, struct fib_entry_notifier_info, info),
				 event == FIB_EVENT_ENTRY_DEL);
		else if (info->family == AF_INET6)
			note_ip6(net, container_of(info, struct fib6_entry_notifier_info,
						   info)->rt, event == FIB_EVENT_ENTRY_DEL);
		break;
	case FIB_EVENT_RULE_ADD:
	case FIB_EVENT_RULE_DEL:
		if (info->family == AF_INET || info->family == AF_INET6)
			nfo_refresh_note(net, NULL, 0);
		break;
	case FIB_EVENT_NH_DEL:
		nfo_hop_mark_dev(container_of(info, struct fib_nh_notifier_info,
					      info)->fib_nh->fib_nh_dev, NFO_REFRESH_ROUTE);
		break;
	default:
		break;
	}
	return NOTIFY_DONE;
}

/* A nexthop object has other next hops: its routes are the same, nobody announces them. */
static int nh_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct nfo_net *nn = container_of(nb, struct nfo_net, nh);

	if (atomic_read(&nn->n_ports))
		nfo_refresh_note(nn->net, NULL, 0);
	return NOTIFY_DONE;
}

static int neigh_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	if (event == NETEVENT_NEIGH_UPDATE)
		nfo_hop_mark_neigh(ptr);
	return NOTIFY_DONE;
}

static int dev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	switch (event) {
	case NETDEV_CHANGE:
	case NETDEV_DOWN:
	case NETDEV_CHANGEUPPER:
		nfo_hop_mark_dev(dev, NFO_REFRESH_LINK);
		break;
	case NETDEV_CHANGEMTU:
		nfo_hop_mark_dev(dev, NFO_REFRESH_MTU);
		break;
	case NETDEV_CHANGEADDR:
		nfo_hop_mark_dev(dev, NFO_REFRESH_ADDRESS);
		break;
	case NETDEV_BONDING_FAILOVER:
		nfo_hop_mark_dev(dev, NFO_REFRESH_BOND);
		break;
	default:
		break;
	}
	return NOTIFY_DONE;
}

static int fdb_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct switchdev_notifier_fdb_info *fdb;

	if (event == SWITCHDEV_FDB_ADD_TO_DEVICE) {
		fdb = container_of(ptr, struct switchdev_notifier_fdb_info, info);
		nfo_hop_mark_mac(switchdev_notifier_info_to_dev(ptr), fdb->addr);
	}
	return NOTIFY_DONE;
}

static struct notifier_block neigh_nb = { .notifier_call = neigh_event };
static struct notifier_block dev_nb = { .notifier_call = dev_event };
static struct notifier_block fdb_nb = { .notifier_call = fdb_event };

/**
 * nfo_watch_net() - hear of a namespace's routes
 * @nn: the namespace
 *
 * Context: may sleep; takes RTNL.
 *
 * Return: 0 or a negative error.
 */
int nfo_watch_net(struct nfo_net *nn)
{
	int err, tries = 0;

	nn->fib.notifier_call = fib_event;
	nn->nh.notifier_call = nh_event;
	/* the kernel shows us all routes first, and gives up if they change meanwhile */
	do {
		err = register_fib_notifier(nn->net, &nn->fib, NULL, NULL);
	} while (err == -EBUSY && ++tries < REGISTER_TRIES && (msleep(10), true));
	if (err)
		return err;
	err = register_nexthop_notifier(nn->net, &nn->nh, NULL);
	if (err)
		unregister_fib_notifier(nn->net, &nn->fib);
	return err;
}

/**
 * nfo_watch_net_exit() - a namespace goes away
 * @nn: the namespace; no flow is left in it
 */
void nfo_watch_net_exit(struct nfo_net *nn)
{
	unregister_nexthop_notifier(nn->net, &nn->nh);
	unregister_fib_notifier(nn->net, &nn->fib);
	nfo_refresh_flush();
}

int nfo_watch_init(void)
{
	int err;

	err = register_netevent_notifier(&neigh_nb);
	if (err)
		return err;
	err = register_netdevice_notifier(&dev_nb);
	if (err)
		goto err_neigh;
	err = register_switchdev_notifier(&fdb_nb);
	if (err)
		goto err_dev;
	return 0;

err_dev:
	unregister_netdevice_notifier(&dev_nb);
err_neigh:
	unregister_netevent_notifier(&neigh_nb);
	return err;
}

void nfo_watch_exit(void)
{
	unregister_switchdev_notifier(&fdb_nb);
	unregister_netdevice_notifier(&dev_nb);
	unregister_netevent_notifier(&neigh_nb);
}
