// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports: devices bound to at least one flowtable.
 *
 * The set of ports changes under nfo_lock and is read under RCU. A port is alive while it has
 * bindings; who looks at one outside of nfo_lock takes port->lock and finds it without bindings
 * if it is on its way out, whatever references there still are.
 *
 * `ethtool -K DEV hw-tc-offload` and the like arrive as a notifier under RTNL, where nothing slow
 * may happen: the work in port->sync does it. Work on nfo_wq takes port->lock and never RTNL, so it
 * may be waited for with RTNL held.
 */
#include <linux/hashtable.h>
#include <linux/slab.h>

#include <nfo/block.h>
#include "core.h"

#define PORT_HASH_BITS	8
#define LOOK_DELAY	(HZ / 50)

struct workqueue_struct *nfo_wq;

static DEFINE_HASHTABLE(ports, PORT_HASH_BITS);
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
	return !(dev->hw_features & NETIF_F_HW_TC) || nfo_block_switched_on(dev);
}

/**
 * nfo_port_update() - read the device's switch and the policy again
 * @port: locked, has bindings
 */
void nfo_port_update(struct nfo_port *port)
{
	bool enabled = offload_enabled(port->dev);
	char wanted[NFO_BACKEND_LEN];
	const struct nfo_policy *p;

	lockdep_assert_held(&port->lock);
	rcu_read_lock();
	p = nfo_policy_of(port->net);
	port->quota = nfo_policy_quota(p, port->dev->name);
	port->allow = nfo_policy_allow(p, port->dev->name);
	strscpy(wanted, nfo_policy_backend(p, port->dev->name), sizeof(wanted));
	rcu_read_unlock();
	nfo_attach_want(port, wanted);
	if (port->enabled == enabled)
		return;
	port->enabled = enabled;
	nfo_notify_port(port, NFO_PORT_EV_STATE);
}

static void port_sync(struct work_struct *work)
{
	struct nfo_port *port = container_of(work, struct nfo_port, sync);

	mutex_lock(&port->lock);
	/* the device is ours to look at only while there are bindings */
	if (!list_empty(&port->bindings)) {
		nfo_port_update(port);
		nfo_program_sync(port);
	}
	mutex_unlock(&port->lock);
	nfo_port_put(port);
}

/* The reference goes with the work. */
static void queue_sync(struct nfo_port *port)
{
	if (!queue_work(nfo_wq, &port->sync))
		nfo_port_put(port);
}

/**
 * nfo_port_sync_net() - the policy of a namespace has changed
 * @net: the namespace, NULL for all
 * @name: only for ports of this name, NULL for all
 */
void nfo_port_sync_net(const struct net *net, const char *name)
{
	struct nfo_port *port;
	int bucket;

	rcu_read_lock();
	hash_for_each_rcu(ports, bucket, port, node)
		if ((!net || port->net == net) && (!name || !strcmp(port->dev->name, name)) &&
		    refcount_inc_not_zero(&port->refs))
			queue_sync(port);
	rcu_read_unlock();
}

static void port_look(struct work_struct *work)
{
	struct nfo_port *port = container_of(to_delayed_work(work), struct nfo_port, look);
	struct nfo_flow *f;

	mutex_lock(&port->lock);
	if (!list_empty(&port->bindings) && port->be && port->be->flow_where)
		list_for_each_entry(f, &port->hw, list)
			nfo_program_look(f);
	mutex_unlock(&port->lock);
	nfo_port_put(port);
}

void nfo_backend_moved(struct net_device *dev)
{
	struct nfo_port *port = nfo_port_find(dev_net(dev), dev->ifindex);

	if (port && !queue_delayed_work(nfo_wq, &port->look, LOOK_DELAY))
		nfo_port_put(port);
}
EXPORT_SYMBOL_GPL(nfo_backend_moved);

static int port_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct nfo_port *port;

	switch (event) {
	case NETDEV_FEAT_CHANGE:
	/* the policy goes by name */
	case NETDEV_CHANGENAME:
	/* hardware that checks no MTU depends on what can come in (rule_check.c) */
	case NETDEV_CHANGEMTU:
		break;
	default:
		return NOTIFY_DONE;
	}
	port = nfo_port_find(dev_net(dev), dev->ifindex);
	if (port)
		queue_sync(port);
	return NOTIFY_DONE;
}

static struct notifier_block port_notifier = {
	.notifier_call = port_event,
};

static void port_setup(struct nfo_port *port, struct net_device *dev, enum nfo_door door)
{
	refcount_set(&port->refs, 1);
	port->dev = dev;
	port->door = door;
	netdev_hold(dev, &port->dev_tracker, GFP_KERNEL);
	port->net = dev_net(dev);
	port->nn = nfo_net_of(port->net);
	port->ifindex = dev->ifindex;
	port->quota = U32_MAX;
	port->read_from = jiffies;
	port->enabled = offload_enabled(dev);
	nfo_driver_name(dev, port->driver, sizeof(port->driver));
	rcu_read_lock();
	strscpy(port->text.wanted, nfo_policy_backend(nfo_policy_of(port->net), dev->name),
		sizeof(port->text.wanted));
	rcu_read_unlock();
	spin_lock_init(&port->text_lock);
	mutex_init(&port->lock);
	INIT_LIST_HEAD(&port->bindings);
	INIT_LIST_HEAD(&port->hw);
	INIT_LIST_HEAD(&port->sw);
	INIT_LIST_HEAD(&port->jobs);
	INIT_WORK(&port->sync, port_sync);
	INIT_DELAYED_WORK(&port->look, port_look);
	INIT_DELAYED_WORK(&port->tick, nfo_age_work);
	INIT_WORK(&port->prog, nfo_job_work);
}

/**
 * nfo_port_create() - make a port of a device
 * @dev: the device; it stays registered until nfo_port_destroy()
 * @door: how it came to us
 * @note: NFO_NOTE_LEN bytes: with an error, the words of backends that would not have it
 *
 * Context: nfo_lock; may sleep.
 *
 * Return: the port, -EOPNOTSUPP if no backend can serve the device, or another error.
 */
struct nfo_port *nfo_port_create(struct net_device *dev, enum nfo_door door, char *note)
{
	struct nfo_port *port;
	int err;

	lockdep_assert_held(&nfo_lock);
	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return ERR_PTR(-ENOMEM);
	port_setup(port, dev, door);
	err = nfo_attach_bind(port, note);
	if (err) {
		netdev_put(dev, &port->dev_tracker);
		kfree(port);
		return ERR_PTR(err);
	}
	atomic_inc(&port->nn->n_ports);
	hash_add_rcu(ports, &port->node, port->ifindex);
	WRITE_ONCE(generation, generation + 1);
	atomic_inc(&nfo_totals.ports);
	nfo_notify_port(port, NFO_PORT_EV_NEW);
	if (port->due)
		nfo_job_kick(port);
	return port;
}

/* Whoever queued these holds a reference for them. */
static void cancel_works(struct nfo_port *port)
{
	if (cancel_work_sync(&port->sync))
		nfo_port_put(port);
	if (cancel_delayed_work_sync(&port->look))
		nfo_port_put(port);
	if (cancel_delayed_work_sync(&port->tick))
		nfo_port_put(port);
}

static void port_release_rcu(struct rcu_head *rcu)
{
	struct nfo_port *port = container_of(rcu, struct nfo_port, rcu);

	netdev_put(port->dev, &port->dev_tracker);
	/* that of the set of ports */
	nfo_port_put(port);
}

/**
 * nfo_port_release() - nothing of a port is left in hardware: the device may go
 * @port: no backend has it
 *
 * Who found the port in the hash may still look at the device.
 *
 * Context: any.
 */
void nfo_port_release(struct nfo_port *port)
{
	call_rcu(&port->rcu, port_release_rcu);
}

/**
 * nfo_port_destroy() - give a device back
 * @port: has no bindings and no flows
 *
 * Context: nfo_lock; may sleep; RTNL may be held.
 */
void nfo_port_destroy(struct nfo_port *port)
{
	bool mine;

	lockdep_assert_held(&nfo_lock);
	nfo_notify_port(port, NFO_PORT_EV_DEL);
	hash_del_rcu(&port->node);
	atomic_dec(&port->nn->n_ports);
	WRITE_ONCE(generation, generation + 1);
	atomic_dec(&nfo_totals.ports);
	/* the worker may be done with it before we are */
	refcount_inc(&port->refs);
	mine = nfo_attach_leave(port);
	cancel_works(port);
	if (mine)
		nfo_port_release(port);
	else
		nfo_job_kick(port);
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

	nfo_wq = alloc_workqueue("nfo", WQ_UNBOUND, 0);
	if (!nfo_wq)
		return -ENOMEM;
	err = register_netdevice_notifier(&port_notifier);
	if (err)
		destroy_workqueue(nfo_wq);
	return err;
}

void nfo_port_exit(void)
{
	unregister_netdevice_notifier(&port_notifier);
	destroy_workqueue(nfo_wq);
}
