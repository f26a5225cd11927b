// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ports and functions a card has: uplinks for all its life; VFs as many as it was told; a
 * representor for each VF while the eswitch is in switchdev mode. Everything here runs under
 * devl_lock; devlink is spoken to without RTNL, netdevs are made and removed with it.
 */
#include <linux/rtnetlink.h>

#include "soc.h"

static void carriers(struct sim *sim)
{
	struct net_device *dev;
	unsigned int i;

	for (i = 0; i < NFO_SIM_VFS_MAX; i++) {
		dev = rtnl_dereference(sim->vf[i]);
		if (dev)
			sim_vf_carrier(dev);
	}
}

/* Remove the ports from number @first to @last, and the VFs if @vfs. */
static void remove(struct sim *sim, unsigned int first, unsigned int last, bool vfs)
{
	struct net_device *dev;
	LIST_HEAD(kill);
	unsigned int i;

	for (i = first; i <= last; i++)
		if (sim->dl[i] && rcu_access_pointer(sim->port[i]))
			sim_devlink_port_hide(sim, i);
	rtnl_lock();
	for (i = first; i <= last; i++) {
		dev = rtnl_dereference(sim->port[i]);
		if (dev)
			unregister_netdevice_queue(dev, &kill);
	}
	for (i = 0; vfs && i < NFO_SIM_VFS_MAX; i++) {
		dev = rtnl_dereference(sim->vf[i]);
		if (dev)
			unregister_netdevice_queue(dev, &kill);
	}
	unregister_netdevice_many(&kill);
	rtnl_unlock();
	for (i = first; i <= last; i++)
		if (sim->dl[i])
			sim_devlink_port_del(sim, i);
}

static void remove_reps(struct sim *sim)
{
	remove(sim, sim->uplinks, SIM_PORTS_MAX - 1, false);
}

static void remove_vfs(struct sim *sim)
{
	remove(sim, sim->uplinks, SIM_PORTS_MAX - 1, true);
	WRITE_ONCE(sim->vfs, 0);
}

static struct net_device *find_wire(struct net *net, const struct sim_new *req, unsigned int i,
				    struct netlink_ext_ack *extack)
{
	struct net_device *wire = __dev_get_by_name(net, req->wire[i]);
	unsigned int j;

	if (!wire) {
		NL_SET_ERR_MSG_FMT(extack, "no netdev \"%s\" in this network namespace",
				   req->wire[i]);
		return ERR_PTR(-ENODEV);
	}
	for (j = 0; j < i; j++) {
		if (strcmp(req->wire[i], req->wire[j]))
			continue;
		NL_SET_ERR_MSG_FMT(extack, "wire \"%s\" is named twice", req->wire[i]);
		return ERR_PTR(-EINVAL);
	}
	return wire;
}

/* Of a SoC with a switch: the first MAC has no wire, user ports have the first ones. */
static int wire_of(const struct sim *sim, const struct sim_new *req, unsigned int i)
{
	if (!req->dsa)
		return i;
	if (i >= sim->soc->macs)
		return i - sim->soc->macs;
	return i ? req->dsa + i - 1 : -1;
}

static int make_uplink(struct sim *sim, const struct sim_new *req, unsigned int i,
		       struct netlink_ext_ack *extack)
{
	struct net_device *wire = NULL, *dev;
	int n = wire_of(sim, req, i), err;

	if (n >= 0)
		wire = find_wire(devlink_net(sim->devlink), req, n, extack);
	if (IS_ERR(wire))
		return PTR_ERR(wire);
	dev = sim_port_create(sim, i, wire, extack);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	err = wire ? sim_wire_attach(netdev_priv(dev), wire, extack) : 0;
	if (!err && sim->soc)
		err = soc_switch_join(netdev_priv(dev), extack);
	if (err)
		unregister_netdevice(dev);
	return err;
}

/**
 * sim_uplinks_add() - make a model's uplinks
 * @sim: the model, without ports
 * @req: which wires they are on
 * @extack: says what is wrong
 *
 * After an error sim_ports_remove() is for the caller.
 *
 * Return: 0 or a negative error.
 */
int sim_uplinks_add(struct sim *sim, const struct sim_new *req, struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err;

	for (i = 0; i < sim->uplinks; i++) {
		err = sim_devlink_port_add(sim, i);
		if (err)
			return err;
		rtnl_lock();
		err = make_uplink(sim, req, i, extack);
		rtnl_unlock();
		if (err)
			return err;
		sim_devlink_port_show(sim, i);
	}
	return 0;
}

static int make_rep(struct sim *sim, unsigned int vf, struct netlink_ext_ack *extack)
{
	unsigned int index = sim->uplinks + vf;
	struct net_device *dev;
	int err;

	err = sim_devlink_port_add(sim, index);
	if (err)
		return err;
	rtnl_lock();
	dev = sim_port_create(sim, index, NULL, extack);
	if (!IS_ERR(dev))
		sim_vf_plug(rtnl_dereference(sim->vf[vf]), netdev_priv(dev));
	rtnl_unlock();
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	sim_devlink_port_show(sim, index);
	return 0;
}

static int make_vf(struct sim *sim, unsigned int vf, struct netlink_ext_ack *extack)
{
	struct net_device *dev;

	rtnl_lock();
	dev = sim_vf_create(sim, vf, extack);
	rtnl_unlock();
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	return sim->switchdev ? make_rep(sim, vf, extack) : 0;
}

static int make_vfs(struct sim *sim, unsigned int vfs, struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err;

	for (i = 0; i < vfs; i++) {
		err = make_vf(sim, i, extack);
		if (err) {
			remove_vfs(sim);
			return err;
		}
		WRITE_ONCE(sim->vfs, i + 1);
	}
	return 0;
}

static int may_change(struct sim *sim, struct netlink_ext_ack *extack)
{
	int err;

	if (!sim->ready) {
		NL_SET_ERR_MSG(extack, "the model is going away");
		return -ENODEV;
	}
	err = sim_fault_answer(sim);
	if (err)
		NL_SET_ERR_MSG(extack, "the device does not answer");
	return err;
}

/**
 * sim_vfs_set() - have so many VFs
 * @sim: the model
 * @vfs: how many
 * @extack: says what is wrong
 *
 * As for any card: the number goes up from 0 and down to 0, not from one to another. All or
 * nothing.
 *
 * Return: 0 or a negative error.
 */
int sim_vfs_set(struct sim *sim, unsigned int vfs, struct netlink_ext_ack *extack)
{
	int err;

	if (vfs > NFO_SIM_VFS_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "a model has up to %u VFs, not %u", NFO_SIM_VFS_MAX, vfs);
		return -ERANGE;
	}
	if (vfs && sim->soc) {
		NL_SET_ERR_MSG(extack, "a SoC has no VFs");
		return -EOPNOTSUPP;
	}
	err = may_change(sim, extack);
	if (err || vfs == sim->vfs)
		return err;
	if (vfs && sim->vfs) {
		NL_SET_ERR_MSG(extack, "there are VFs, which have to go first");
		return -EBUSY;
	}
	if (vfs)
		return make_vfs(sim, vfs, extack);
	remove_vfs(sim);
	return 0;
}

static void set_mode(struct sim *sim, bool switchdev)
{
	rtnl_lock();
	WRITE_ONCE(sim->switchdev, switchdev);
	if (!sim->profile->id_in_legacy)
		sim_devlink_parent_id(sim, switchdev);
	carriers(sim);
	rtnl_unlock();
}

static int to_switchdev(struct sim *sim, struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err = 0;

	/* what VFs send from here on is for their representors, or nobody */
	set_mode(sim, true);
	for (i = 0; !err && i < sim->vfs; i++)
		err = make_rep(sim, i, extack);
	if (err) {
		remove_reps(sim);
		set_mode(sim, false);
	}
	return err;
}

/**
 * sim_mode_set() - change the eswitch mode
 * @sim: the model
 * @switchdev: to this one, or to legacy
 * @extack: says what is wrong
 *
 * VFs stay, without link for a moment. Representors come or go, and with them the rules that name
 * them; a profile may want to have no rules at all.
 *
 * Return: 0 or a negative error.
 */
int sim_mode_set(struct sim *sim, bool switchdev, struct netlink_ext_ack *extack)
{
	int err;

	err = may_change(sim, extack);
	if (err || switchdev == sim->switchdev)
		return err;
	if (sim->profile->mode_busy && sim_table_close(&sim->table)) {
		NL_SET_ERR_MSG(extack, "the eswitch is busy: it has rules");
		return -EBUSY;
	}
	if (switchdev) {
		err = to_switchdev(sim, extack);
	} else {
		remove_reps(sim);
		set_mode(sim, false);
	}
	sim_table_open(&sim->table);
	return err;
}

/**
 * sim_ports_remove() - remove all ports and VFs, for good
 * @sim: the model
 */
void sim_ports_remove(struct sim *sim)
{
	sim->ready = false;
	remove(sim, 0, SIM_PORTS_MAX - 1, true);
	WRITE_ONCE(sim->vfs, 0);
}
