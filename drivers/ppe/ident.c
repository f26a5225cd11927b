// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who shares an engine. It compares addresses, ports and protocol, not where a packet came in, and
 * those are unique only within a network namespace (conntrack zones aside, which the core keeps
 * away). So nothing is bound while packets of several namespaces come in through one engine: when
 * its MACs, or devices on top of them, such as a VLAN that was given to a container, are in
 * different ones.
 *
 * Within a namespace a packet of the same addresses and ports is the same connection to the kernel,
 * wherever it came in. That it is forwarded whatever its tags are has to be allowed (any-tag).
 */
#include <linux/netdevice.h>

#include "ppe.h"

static int other_net(struct net_device *upper, struct netdev_nested_priv *priv)
{
	return !net_eq(dev_net(upper), priv->data);
}

/* Under RCU. */
static bool is_mixed(const struct ppe_engine *e)
{
	struct nfo_ppe_host *host = e->soc->host;
	struct netdev_nested_priv priv = {};
	struct net_device *dev;
	unsigned int mac;

	for (mac = 0; mac < host->macs; mac++) {
		if (!(READ_ONCE(e->macs) & BIT(mac)))
			continue;
		dev = host->ops->netdev(host, mac);
		if (!dev)
			continue;
		if (!priv.data)
			priv.data = dev_net(dev);
		if (!net_eq(dev_net(dev), priv.data) ||
		    netdev_walk_all_upper_dev_rcu(dev, other_net, &priv))
			return true;
	}
	return false;
}

static void tell(struct ppe_engine *e, struct ppe_flow *f)
{
	if (!f->bound)
		f->where = e->mixed ? NFO_REASON_AMBIGUOUS : NFO_REASON_WAITING;
	nfo_backend_moved(f->port->dev);
}

/**
 * ppe_ident_look() - are the packets of an engine all of one namespace?
 * @e: the engine
 *
 * Context: ppe_lock
 */
void ppe_ident_look(struct ppe_engine *e)
{
	unsigned int i, n = FOE_ENTRIES / foe_ways(e->layout);
	struct ppe_flow *f;
	bool mixed;

	lockdep_assert_held(&ppe_lock);
	/* there is nobody to ask any more, and nothing is bound */
	if (e->soc->gone)
		return;
	rcu_read_lock();
	mixed = is_mixed(e);
	spin_lock_bh(&e->lock);
	if (mixed != e->mixed) {
		e->mixed = mixed;
		if (mixed)
			ppe_table_unbind_all(e, NFO_REASON_AMBIGUOUS);
		for (i = 0; i < n; i++)
			hlist_for_each_entry(f, &e->buckets[i], node)
				tell(e, f);
		schedule_work(&e->reap);
	}
	spin_unlock_bh(&e->lock);
	rcu_read_unlock();
}

static int ident_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct ppe_soc *soc;
	unsigned int i;

	switch (event) {
	case NETDEV_REGISTER:	/* in another namespace perhaps */
	case NETDEV_UNREGISTER:
	case NETDEV_CHANGEUPPER:
		break;
	default:
		return NOTIFY_DONE;
	}
	mutex_lock(&ppe_lock);
	list_for_each_entry(soc, &ppe_socs, list)
		for (i = 0; i < soc->n_engines; i++)
			ppe_ident_look(&soc->engine[i]);
	mutex_unlock(&ppe_lock);
	return NOTIFY_DONE;
}

static struct notifier_block ident_notifier = {
	.notifier_call = ident_event,
};

int ppe_ident_init(void)
{
	return register_netdevice_notifier(&ident_notifier);
}

void ppe_ident_exit(void)
{
	unregister_netdevice_notifier(&ident_notifier);
}
