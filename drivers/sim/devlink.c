// SPDX-License-Identifier: GPL-2.0-only
/*
 * devlink: the instance of a model, its ports and what can be asked of them.
 *
 * A port is registered before its netdev and unregistered after it. Between, some kernels are told
 * of the netdev: that is sim_devlink_port_show() and sim_devlink_port_hide().
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "sim.h"

static struct sim *to_sim(struct devlink *devlink)
{
	return *(struct sim **)devlink_priv(devlink);
}

static int mode_get(struct devlink *devlink, u16 *mode)
{
	*mode = to_sim(devlink)->switchdev ? DEVLINK_ESWITCH_MODE_SWITCHDEV :
					     DEVLINK_ESWITCH_MODE_LEGACY;
	return 0;
}

static int mode_set(struct devlink *devlink, u16 mode, struct netlink_ext_ack *extack)
{
	if (mode != DEVLINK_ESWITCH_MODE_SWITCHDEV && mode != DEVLINK_ESWITCH_MODE_LEGACY)
		return -EOPNOTSUPP;
	return sim_mode_set(to_sim(devlink), mode == DEVLINK_ESWITCH_MODE_SWITCHDEV, extack);
}

/* devlink asks with and without RTNL, and not always under its own lock. */
static int hw_addr_get(struct devlink_port *port, u8 *hw_addr, int *hw_addr_len,
		       struct netlink_ext_ack *extack)
{
	struct sim *sim = to_sim(port->devlink);
	struct net_device *dev = NULL;
	struct sim_vf *vf;

	rcu_read_lock();
	if (port->index >= sim->uplinks)
		dev = rcu_dereference(sim->vf[port->index - sim->uplinks]);
	if (dev) {
		vf = netdev_priv(dev);
		u64_to_ether_addr(READ_ONCE(vf->mac), hw_addr);
		*hw_addr_len = ETH_ALEN;
	}
	rcu_read_unlock();
	return dev ? 0 : -EOPNOTSUPP;
}

/* The function has its new address at once. */
static int hw_addr_set(struct devlink_port *port, const u8 *hw_addr, int hw_addr_len,
		       struct netlink_ext_ack *extack)
{
	struct sim *sim = to_sim(port->devlink);
	struct net_device *dev;
	struct sockaddr addr;
	struct sim_vf *vf;
	int err;

	if (port->index < sim->uplinks) {
		NL_SET_ERR_MSG(extack, "only the function of a VF has an address to set");
		return -EOPNOTSUPP;
	}
	rtnl_lock();
	dev = rtnl_dereference(sim->vf[port->index - sim->uplinks]);
	addr.sa_family = dev->type;
	ether_addr_copy(addr.sa_data, hw_addr);
	err = dev_set_mac_address(dev, &addr, extack);
	if (!err) {
		vf = netdev_priv(dev);
		WRITE_ONCE(vf->mac, ether_addr_to_u64(hw_addr));
	}
	rtnl_unlock();
	return err;
}

static const struct devlink_ops ops = {
	.eswitch_mode_get = mode_get,
	.eswitch_mode_set = mode_set,
	NFO_DEVLINK_PORT_FN_HW_ADDR(hw_addr_get, hw_addr_set)
};

static const struct devlink_ops ops_without_eswitch = {};

static const struct devlink_port_ops vf_ops = {
	.port_fn_hw_addr_get = hw_addr_get,
	.port_fn_hw_addr_set = hw_addr_set,
};

static const struct devlink_port_ops uplink_ops = {};

/**
 * sim_devlink_new() - allocate the instance of a model
 * @sim: the model
 * @net: its namespace
 *
 * Return: the instance, for devlink_free(), or NULL.
 */
struct devlink *sim_devlink_new(struct sim *sim, struct net *net)
{
	const struct devlink_ops *o = sim->profile->eswitch ? &ops : &ops_without_eswitch;
	struct devlink *devlink = devlink_alloc_ns(o, sizeof(sim), net, &sim->dev);

	if (devlink)
		*(struct sim **)devlink_priv(devlink) = sim;
	return devlink;
}

static void set_attrs(const struct sim *sim, struct devlink_port *port, unsigned int index)
{
	struct devlink_port_attrs attrs = { .flavour = DEVLINK_PORT_FLAVOUR_PHYSICAL };
	bool rep = index >= sim->uplinks;

	attrs.phys.port_number = index;
	if (rep || sim->profile->id_in_legacy) {
		attrs.switch_id.id_len = sizeof(sim->id);
		memcpy(attrs.switch_id.id, &sim->id, sizeof(sim->id));
	}
	devlink_port_attrs_set(port, &attrs);
	if (rep)
		devlink_port_attrs_pci_vf_set(port, 0, 0, index - sim->uplinks, false);
}

/**
 * sim_devlink_port_add() - register the devlink port for a port
 * @sim: the model
 * @index: number of the port
 *
 * Return: 0 or a negative error.
 */
int sim_devlink_port_add(struct sim *sim, unsigned int index)
{
	struct devlink_port *port = kzalloc(sizeof(*port), GFP_KERNEL);
	int err;

	if (!port)
		return -ENOMEM;
	set_attrs(sim, port, index);
	err = devl_port_register_with_ops(sim->devlink, port, index,
					  index < sim->uplinks ? &uplink_ops : &vf_ops);
	if (err)
		kfree(port);
	else
		sim->dl[index] = port;
	return err;
}

/**
 * sim_devlink_port_show() - the netdev of a port is registered
 * @sim: the model
 * @index: number of the port
 */
void sim_devlink_port_show(struct sim *sim, unsigned int index)
{
	/* ports come and go only under devl_lock, which we have */
	nfo_devlink_port_set_netdev(sim->dl[index],
				    rcu_dereference_protected(sim->port[index], true));
}

/**
 * sim_devlink_port_hide() - the netdev of a port is going to be unregistered
 * @sim: the model
 * @index: number of the port
 */
void sim_devlink_port_hide(struct sim *sim, unsigned int index)
{
	nfo_devlink_port_clear_netdev(sim->dl[index]);
}

/**
 * sim_devlink_port_del() - unregister a devlink port
 * @sim: the model
 * @index: number of the port
 */
void sim_devlink_port_del(struct sim *sim, unsigned int index)
{
	devl_port_unregister(sim->dl[index]);
	kfree(sim->dl[index]);
	sim->dl[index] = NULL;
}

/**
 * sim_devlink_parent_id() - uplinks have a parent id, or none any more
 * @sim: the model
 * @on: whether they have
 *
 * devlink wants to be told before a port is registered. A port without an id that gets one with the
 * mode, and keeps its netdev, is beyond that, so it is set where it is read. Context: devl_lock,
 * RTNL.
 */
void sim_devlink_parent_id(struct sim *sim, bool on)
{
	unsigned int i;

	for (i = 0; i < sim->uplinks; i++) {
		struct devlink_port *port = sim->dl[i];

		port->attrs.switch_id.id_len = on ? sizeof(sim->id) : 0;
		memcpy(port->attrs.switch_id.id, &sim->id, sizeof(sim->id));
		port->switch_port = on;
	}
}
