// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bonds as the hardware below them sees them: of one whose traffic takes one way at a time it can be told
 * that way. No lock here.
 */
#include <net/bonding.h>
#include <nfo/block.h>

/* Under RCU or RTNL. */
struct net_device *nfo_bond_active(const struct net_device *dev)
{
	return bond_option_active_slave_get_rcu(netdev_priv(dev));
}
EXPORT_SYMBOL_GPL(nfo_bond_active);

struct net_device *nfo_egress_get(struct net *net, int ifindex)
{
	struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	if (dev && netif_is_bond_master(dev))
		dev = nfo_bond_active(dev);
	dev_hold(dev);
	rcu_read_unlock();
	return dev;
}
EXPORT_SYMBOL_GPL(nfo_egress_get);
