// SPDX-License-Identifier: GPL-2.0-only
/*
 * What devices are like: which profile fits, and who reaches whom. No lock here.
 */
#include <linux/ctype.h>
#include <linux/pci.h>
#include <net/bonding.h>
#include <net/devlink.h>

#include "flower.h"

#define MLX5_FIRST_NEW	0x101b	/* ConnectX-6 */

/* As devlink says; without, by the name: "p0" is a physical port, "pf0vf1" a VF's. */
static bool is_uplink(struct net_device *dev)
{
	const struct devlink_port *port = nfo_devlink_port(dev);
	char name[IFNAMSIZ];

	if (port)
		return port->attrs.flavour == DEVLINK_PORT_FLAVOUR_PHYSICAL;
	return dev->netdev_ops->ndo_get_phys_port_name &&
	       !dev->netdev_ops->ndo_get_phys_port_name(dev, name, sizeof(name)) &&
	       name[0] == 'p' && isdigit(name[1]) && !strchr(name, 'f');
}

static bool is_old(const struct net_device *dev)
{
	const struct device *parent = dev->dev.parent;

	return parent && dev_is_pci(parent) && to_pci_dev(parent)->device < MLX5_FIRST_NEW;
}

void flower_traits(struct net_device *dev, struct flower_traits *traits)
{
	struct netdev_phys_item_id id;

	*traits = (struct flower_traits) {
		.switchdev = !dev_get_port_parent_id(dev, &id, false),
		.uplink = is_uplink(dev),
		.old = is_old(dev),
	};
}

const struct flower_profile *flower_profile_of(struct net_device *dev,
					       struct netlink_ext_ack *extack)
{
	const struct flower_profile *profile;
	struct flower_traits traits;
	const char *why = NULL;

	/* a driver that has this feature never has it fixed off */
	if (!dev->netdev_ops->ndo_setup_tc || !((dev->hw_features | dev->features) & NETIF_F_HW_TC))
		return NULL;
	flower_traits(dev, &traits);
	profile = flower_profile_find(nfo_driver_name(dev), &traits, &why);
	if (!profile && extack)
		extack->_msg = why;
	return profile;
}

/* A bond whose traffic takes one way at a time: of that way the hardware can be told. */
bool flower_bond_ok(struct net_device *dev, struct netlink_ext_ack *extack)
{
	if (!netif_is_bond_master(dev))
		return false;
	if (BOND_MODE((struct bonding *)netdev_priv(dev)) == BOND_MODE_ACTIVEBACKUP)
		return true;
	NL_SET_ERR_MSG(extack, "of bonds only those of mode active-backup can be offloaded");
	return false;
}

/* Under RCU or RTNL. NULL: none is active. */
struct net_device *flower_bond_active(const struct net_device *dev)
{
	return bond_option_active_slave_get_rcu(netdev_priv(dev));
}

static bool on_same_card(const struct net_device *a, const struct net_device *b)
{
	return a->dev.parent && a->dev.parent == b->dev.parent;
}

static bool same_driver(const struct net_device *a, const struct net_device *b)
{
	return a->netdev_ops == b->netdev_ops && !strcmp(nfo_driver_name(a), nfo_driver_name(b));
}

static bool reaches(enum flower_reach reach, struct net_device *from, struct net_device *to)
{
	switch (reach) {
	case FLOWER_REACH_SWITCH:
		return netdev_port_same_parent_id(from, to);
	case FLOWER_REACH_CARD:
		return on_same_card(from, to);
	case FLOWER_REACH_DRIVER:
		return same_driver(from, to);
	default:
		return false;
	}
}

bool flower_reaches(const struct flower_profile *profile, struct net_device *from,
		    struct net_device *to, struct netlink_ext_ack *extack)
{
	if (from == to && !(profile->flags & FLOWER_TO_ITSELF)) {
		NL_SET_ERR_MSG(extack, "it does not send out of the port where a packet came in");
		return false;
	}
	if (!reaches(profile->reach, from, to)) {
		NL_SET_ERR_MSG(extack, "the egress device is not on the same switch");
		return false;
	}
	if (profile->flags & FLOWER_NO_TRANSIT && from != to && is_uplink(from) && is_uplink(to)) {
		NL_SET_ERR_MSG(extack, "the switch does not send from one uplink to another");
		return false;
	}
	return true;
}
