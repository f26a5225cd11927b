// SPDX-License-Identifier: GPL-2.0-only
/*
 * What backends ask of devices: whose they are, and of bonds, which way their traffic takes. No
 * lock here.
 */
#include <linux/ethtool.h>
#include <net/bonding.h>
#include <net/rtnetlink.h>
#include <nfo/block.h>

void nfo_driver_name(struct net_device *dev, char *name, size_t size)
{
	struct ethtool_drvinfo info = {};

	if (dev->dev.parent && dev->dev.parent->driver)
		strscpy(info.driver, dev->dev.parent->driver->name, sizeof(info.driver));
	else if (dev->rtnl_link_ops)
		strscpy(info.driver, dev->rtnl_link_ops->kind, sizeof(info.driver));
	else if (dev->ethtool_ops && dev->ethtool_ops->get_drvinfo)
		dev->ethtool_ops->get_drvinfo(dev, &info);
	strscpy(name, info.driver, size);
}
EXPORT_SYMBOL_GPL(nfo_driver_name);

bool nfo_driver_is(struct net_device *dev, const char *name)
{
	char driver[32];

	nfo_driver_name(dev, driver, sizeof(driver));
	return !strcmp(driver, name);
}
EXPORT_SYMBOL_GPL(nfo_driver_is);

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
