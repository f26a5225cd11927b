// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports: devices bound to at least one flowtable.
 *
 * The set of ports changes under nfo_lock and is read under RCU. A port is alive while it has
 * bindings; who looks at one outside of nfo_lock takes port->lock and finds it without bindings
 * if it is on its way out, whatever references there still are.
 *
 * `ethtool -K DEV hw-tc-offload` arrives as a notifier under RTNL, where nothing slow may happen:
 * the work in port->sync does it. The work takes port->lock and never RTNL, so it may be waited
 * for with RTNL held.
 */
#include <linux/hashtable.h>
#include <linux/slab.h>

#include "../native/native.h"
#include "core.h"

#define PORT_HASH_BITS	8

static DEFINE_HASHTABLE(ports, PORT_HASH_BITS);
static struct workqueue_struct *port_wq;
static unsigned int generation = 1;	/* of the set of ports, nfo_lock; 0 is none to netlink */

struct nfo_port *nfo_port_find(const struct net *net, int ifindex)
{
	struct nfo_port *port, *found = NULL;

	rcu_read_lock();
	hash_for_each_possible_rcu(ports, port, node, ifindex) {
		if (port->ifindex != ifindex || port->net != net)
			continue;
		if (refcount_inc_not_zero(&port->refs))
			found = port;
		break;
	}
	rcu_read_unlock();
	return found;
}

void nfo_port_put(struct nfo_port *port)
{
	if (refcount_dec_and_test(&port->refs))
		kfree_rcu(port, rcu);
}

/* A driver that has no such switch is always on. */
static bool offload_enabled(const struct net_device *dev)
{
	return !(dev->hw_features & NETIF_F_HW_TC) || dev->features & NETIF_F_HW_TC;
}

/**
 * nfo_port_update() - read the device's switch again
 * @port: locked, has bindings
 */
void nfo_port_update(struct nfo_port *port)
{
	lockdep_assert_held(&port->lock);
	port->enabled = offload_enabled(port->dev);
}

static void port_sync(struct work_struct *work)
{
	struct nfo_port *port = container_of(work, struct nfo_port, sync);

	mutex_lock(&port->lock);
	/* the device is ours to look at only while there are bindings */
	if (!list_empty(&port->bindings)) {
		nfo_port_update(port);
		nfo_flow_sync(port);
	}
	mutex_unlock(&port->lock);
	nfo_port_put(port);
}

static int port_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct nfo_port *port;

	if (event != NETDEV_FEAT_CHANGE)
		return NOTIFY_DONE;
	port = nfo_port_find(dev_net(dev), dev->ifindex);
	/* the reference goes with the work */
	if (port && !queue_work(port_wq, &port->sync))
		nfo_port_put(port);
	return NOTIFY_DONE;
}

static struct notifier_block port_notifier = {
	.notifier_call = port_event,
};

/**
 * nfo_port_create() - make a port of a device
 * @dev: the device; it stays registered until nfo_port_destroy()
 * @door: how it came to us
 *
 * Context: nfo_lock; may sleep.
 *
 * Return: the port, -EOPNOTSUPP if no backend can serve the device, or another error.
 */
struct nfo_port *nfo_port_create(struct net_device *dev, enum nfo_door door)
{
	struct nfo_port *port;

	lockdep_assert_held(&nfo_lock);
	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return ERR_PTR(-ENOMEM);
	port->be = nfo_backend_for(dev, &port->be_priv);
	if (IS_ERR(port->be)) {
		struct nfo_port *err = ERR_CAST(port->be);

		kfree(port);
		return err;
	}
	port->caps = port->be->port_caps(port->be_priv);
	refcount_set(&port->refs, 1);
	port->dev = dev;
	port->door = door;
	netdev_hold(dev, &port->dev_tracker, GFP_KERNEL);
	port->net = dev_net(dev);
	port->ifindex = dev->ifindex;
	strscpy(port->driver, nfo_driver_name(dev), sizeof(port->driver));
	mutex_init(&port->lock);
	INIT_LIST_HEAD(&port->bindings);
	INIT_LIST_HEAD(&port->flows);
	INIT_WORK(&port->sync, port_sync);
	hash_add_rcu(ports, &port->node, port->ifindex);
	WRITE_ONCE(generation, generation + 1);
	atomic_inc(&nfo_totals.ports);
	return port;
}

/**
 * nfo_port_destroy() - give a device back
 * @port: has no bindings and no flows
 *
 * Context: nfo_lock; may sleep; RTNL may be held.
 */
void nfo_port_destroy(struct nfo_port *port)
{
	lockdep_assert_held(&nfo_lock);
	hash_del_rcu(&port->node);
	WRITE_ONCE(generation, generation + 1);
	atomic_dec(&nfo_totals.ports);
	if (cancel_work_sync(&port->sync))
		nfo_port_put(port);
	port->be->port_del(port->dev, port->be_priv);
	nfo_backend_put(port->be);
	netdev_put(port->dev, &port->dev_tracker);
	nfo_port_put(port);
}

/**
 * nfo_port_walk() - call a function for each port of a namespace
 * @net: the namespace
 * @pos: position: 0 to begin with, left at the port for which @fn asked to stop
 * @fn: called under RCU; stops the walk by a non-zero return value
 * @data: for @fn
 *
 * Return: what @fn returned last.
 */
int nfo_port_walk(const struct net *net, int *pos, nfo_port_fn fn, void *data)
{
	struct nfo_port *port;
	int n = 0, bucket, err = 0;

	rcu_read_lock();
	hash_for_each_rcu(ports, bucket, port, node) {
		if (port->net != net || n++ < *pos)
			continue;
		err = fn(port, data);
		if (err)
			break;
		++*pos;
	}
	rcu_read_unlock();
	return err;
}

unsigned int nfo_port_generation(void)
{
	return READ_ONCE(generation);
}

int nfo_port_init(void)
{
	int err;

	port_wq = alloc_ordered_workqueue("nfo_port", 0);
	if (!port_wq)
		return -ENOMEM;
	err = register_netdevice_notifier(&port_notifier);
	if (err)
		destroy_workqueue(port_wq);
	return err;
}

void nfo_port_exit(void)
{
	unregister_netdevice_notifier(&port_notifier);
	destroy_workqueue(port_wq);
}
