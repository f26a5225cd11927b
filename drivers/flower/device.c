// SPDX-License-Identifier: GPL-2.0-only
/*
 * What devices are like: which profile fits, and who reaches whom. No lock here.
 */
#include <linux/ctype.h>
#include <linux/pci.h>
#include <net/bonding.h>
#include <net/devlink.h>

#include "flower.h"

/* PCI device ids of mlx5 */
#define CONNECTX_6DX	0x101d
#define BLUEFIELD_1	0xa2d2
#define BLUEFIELD_1_VF	0xa2d3

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
	unsigned short id;

	if (!parent || !dev_is_pci(parent))
		return false;
	id = to_pci_dev(parent)->device;
	return id < CONNECTX_6DX || id == BLUEFIELD_1 || id == BLUEFIELD_1_VF;
}

/* A driver that has this feature never has it fixed off; Debian's 6.12 has mlx5 without. */
static bool has_switch(struct net_device *dev, const char *driver, struct netlink_ext_ack *extack)
{
	if ((dev->hw_features | dev->features) & NETIF_F_HW_TC)
		return true;
	if (!strcmp(driver, "mlx5_core"))
		NL_SET_ERR_MSG(extack, "this kernel's mlx5_core was built without TC offload (CONFIG_MLX5_CLS_ACT)");
	/* it goes by that of the PF (sfc/tc.c:efx_tc_flower_replace) */
	return !strcmp(driver, "efx_ef100_rep");
}

const struct flower_profile *flower_profile_of(struct net_device *dev, bool eswitch,
					       struct netlink_ext_ack *extack)
{
	const struct flower_traits traits = {
		.eswitch = eswitch,
		.uplink = is_uplink(dev),
		.old = is_old(dev),
	};
	const struct flower_profile *profile;
	const char *why = NULL;
	char driver[32];

	if (!dev->netdev_ops->ndo_setup_tc)
		return NULL;
	nfo_driver_name(dev, driver, sizeof(driver));
	if (!has_switch(dev, driver, extack))
		return NULL;
	profile = flower_profile_find(driver, &traits, &why);
	if (!profile && extack)
		extack->_msg = why;
	return profile;
}

/*
 * Under RCU no driver may be asked for its name, but by way of its parent; and a bond is one of
 * ports, which have one.
 */
static const struct flower_profile *members_profile(struct bonding *bond, bool eswitch,
						    struct netlink_ext_ack *extack)
{
	const struct flower_profile *profile = NULL, *other;
	struct list_head *iter;
	struct slave *slave;
	bool first = true;

	bond_for_each_slave_rcu(bond, slave, iter) {
		other = slave->dev->dev.parent ?
			flower_profile_of(slave->dev, eswitch, extack) : NULL;
		if (!first && other != profile)
			return NULL;
		first = false;
		profile = other;
	}
	return profile;
}

/*
 * A bond whose traffic takes one way at a time: of that way the hardware can be told. All members
 * have to be alike.
 */
const struct flower_profile *flower_bond_profile(struct net_device *dev, bool eswitch,
						 struct netlink_ext_ack *extack)
{
	struct bonding *bond = netdev_priv(dev);
	const struct flower_profile *profile;

	if (BOND_MODE(bond) != BOND_MODE_ACTIVEBACKUP) {
		NL_SET_ERR_MSG(extack, "of bonds only those of mode active-backup can be offloaded");
		return NULL;
	}
	rcu_read_lock();
	profile = members_profile(bond, eswitch, extack);
	rcu_read_unlock();
	if (!profile && extack && !extack->_msg)
		NL_SET_ERR_MSG(extack, "the bond has no members, or not all of them can offload, or they differ");
	return profile;
}

/*
 * Of the devices themselves: what lies below one is not the way rules send (a redirect to ipvlan,
 * say), and the list of it is for holders of RTNL.
 */
static bool on_same_switch(struct net_device *a, struct net_device *b)
{
	struct netdev_phys_item_id a_id = {}, b_id = {};

	return !dev_get_port_parent_id(a, &a_id, false) &&
	       !dev_get_port_parent_id(b, &b_id, false) && netdev_phys_item_id_same(&a_id, &b_id);
}

static bool on_same_card(const struct net_device *a, const struct net_device *b)
{
	return a->dev.parent && a->dev.parent == b->dev.parent;
}

static bool reaches(const struct flower_port *fp, struct net_device *from, struct net_device *to)
{
	switch (fp->profile->reach) {
	case FLOWER_REACH_SWITCH:
		return on_same_switch(from, to);
	case FLOWER_REACH_CARD:
		return on_same_card(from, to);
	case FLOWER_REACH_DRIVER:
		return flower_profile_of(to, fp->eswitch, NULL) == fp->profile;
	default:
		return false;
	}
}

bool flower_reaches(const struct flower_port *fp, struct net_device *from, struct net_device *to,
		    struct netlink_ext_ack *extack)
{
	u32 flags = fp->profile->flags;

	if (from == to && !(flags & FLOWER_TO_ITSELF)) {
		NL_SET_ERR_MSG(extack, "it does not send out of the port where a packet came in");
		return false;
	}
	if (!reaches(fp, from, to)) {
		NL_SET_ERR_MSG(extack, "the egress device is not on the same switch");
		return false;
	}
	if (flags & FLOWER_NO_TRANSIT && from != to && is_uplink(from) && is_uplink(to)) {
		NL_SET_ERR_MSG(extack, "the switch does not send from one uplink to another");
		return false;
	}
	return true;
}
