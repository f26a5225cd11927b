// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports: devices that run the program, in their driver where it can.
 *
 * The list of ports changes under RTNL, as a notifier looks through it; the worker, which alone
 * changes it, reads it without.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/rtnetlink.h>

#include "xdp.h"

#define CAPS	(NFO_CAP_IP4 | NFO_CAP_IP6 | NFO_CAP_TCP | NFO_CAP_UDP | NFO_CAP_GRE |	\
		 NFO_CAP_NAT4 | NFO_CAP_NAT6 | NFO_CAP_NAT_BOTH | NFO_CAP_MTU |		\
		 NFO_CAP_8021AD | NFO_CAP_ENCAP_ANY | NFO_CAP_PPPOE)

#define FOREIGN	"another XDP program is attached; after \"ip link set DEV xdp off\": "		\
		"\"nfoctl port set DEV backend auto\""
#define FIXED	"VLAN tags or checksums stay outside of frames: \"ethtool -k\" of the device "	\
		"(veth: of its peer) shows which feature is fixed"

#define QUEUES	"the other end of the veth has more transmit queues than it has receive queues: "	\
		"\"ethtool -L\" makes them equal"

LIST_HEAD(nfo_xdp_ports);
static DECLARE_BITMAP(numbers, U16_MAX + 1);

int nfo_xdp_port_match(struct net_device *dev, struct netlink_ext_ack *extack)
{
	if (dev->type != ARPHRD_ETHER || dev->flags & IFF_LOOPBACK)
		return -EOPNOTSUPP;
	return 0;
}

static int is_tap(struct net_device *dev, struct netdev_nested_priv *priv)
{
	return nfo_xdp_is(dev, "tun");
}

/* Frames come from a driver's rings, or from a veth, whose peer is told to finish them; or not. */
static bool is_loose(struct net_device *dev, enum nfo_xdp_mode mode)
{
	bool loose;

	if (nfo_xdp_is(dev, "veth"))
		return false;
	if (mode == NFO_XDP_GENERIC || is_tap(dev, NULL))
		return true;
	rcu_read_lock();
	loose = netdev_walk_all_lower_dev_rcu(dev, is_tap, NULL);
	rcu_read_unlock();
	return loose;
}

static void set_caps(struct nfo_xdp_port *port)
{
	port->caps.flags = CAPS;
	port->caps.encap_match = NFO_ENCAP_MAX;
	port->caps.encap_push = NFO_ENCAP_MAX;
	/* an skb may leave by any device, XDP's frames by a bond's own transmit */
	if (port->mode == NFO_XDP_GENERIC)
		port->caps.flags |= NFO_CAP_UPPER;
	else
		port->caps.flags |= NFO_CAP_BOND_ANY;
	port->caps.needs_udp = port->loose ? NFO_OPTIN(INNER_CSUM) : 0;
}

static int attach_as(struct nfo_xdp_port *port, enum nfo_xdp_mode mode)
{
	u32 flags = mode == NFO_XDP_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	int fd, err;

	port->mode = mode;
	port->loose = is_loose(port->dev, mode);
	fd = nfo_xdp_table_load(nfo_xdp_table, port);
	if (fd < 0)
		return fd;
	err = nfo_xdp_link_new(port->dev, fd, flags, &port->link);
	nfo_xdp_fd_close(fd);
	return err;
}

/* netdevsim takes a program and never runs it. */
static bool is_native(const struct net_device *dev)
{
	return dev->netdev_ops->ndo_bpf && !nfo_xdp_is(dev, "netdevsim");
}

static int attach_generic(struct nfo_xdp_port *port, struct netlink_ext_ack *extack)
{
	bool fit;

	rtnl_lock();
	fit = nfo_xdp_queues_fit(port->dev);
	rtnl_unlock();
	if (fit)
		return attach_as(port, NFO_XDP_GENERIC);
	NL_SET_ERR_MSG(extack, QUEUES);
	return -EOPNOTSUPP;
}

static int attach(struct nfo_xdp_port *port, struct netlink_ext_ack *extack)
{
	int err = -EOPNOTSUPP;

	if (is_native(port->dev))
		err = attach_as(port, NFO_XDP_NATIVE);
	if (err && err != -EBUSY && err != -EEXIST)
		err = attach_generic(port, extack);
	if (err == -EBUSY || err == -EEXIST) {
		NL_SET_ERR_MSG(extack, FOREIGN);
		return -EBUSY;
	}
	return err;
}

/* From here on the port is in the list: what happens to a bond's members is seen there. */
static int hold_features(struct nfo_xdp_port *port, struct netlink_ext_ack *extack)
{
	struct net_device *dev = port->dev;
	int err;

	rtnl_lock();
	err = dev->reg_state == NETREG_REGISTERED ? nfo_xdp_feature_hold(dev, NFO_XDP_RX) : -ENODEV;
	if (!err)
		list_add_tail(&port->list, &nfo_xdp_ports);
	rtnl_unlock();
	if (err == -EOPNOTSUPP)
		NL_SET_ERR_MSG(extack, FIXED);
	return err;
}

static void drop_features(struct nfo_xdp_port *port)
{
	rtnl_lock();
	list_del(&port->list);
	if (port->dev->reg_state == NETREG_REGISTERED)
		nfo_xdp_feature_drop(port->dev, NFO_XDP_RX);
	rtnl_unlock();
}

/* 0 is none. */
static int take_number(struct nfo_xdp_port *port)
{
	unsigned long n = find_next_zero_bit(numbers, U16_MAX + 1, 1);

	if (n > U16_MAX)
		return -ENOSPC;
	set_bit(n, numbers);
	port->number = n;
	return 0;
}

static int get_maps(void)
{
	int err = nfo_xdp_tx_start();

	if (err)
		return err;
	err = nfo_xdp_table_get();
	if (err)
		nfo_xdp_tx_stop();
	return err;
}

static void put_maps(void)
{
	nfo_xdp_table_put();
	nfo_xdp_tx_stop();
}

static int start(struct nfo_xdp_port *port, struct netlink_ext_ack *extack)
{
	int err;

	err = get_maps();
	if (err)
		return err;
	err = take_number(port);
	if (err)
		goto err_maps;
	err = hold_features(port, extack);
	if (err)
		goto err_number;
	err = attach(port, extack);
	if (err)
		goto err_features;
	set_caps(port);
	return 0;

err_features:
	drop_features(port);
err_number:
	clear_bit(port->number, numbers);
err_maps:
	put_maps();
	return err;
}

int nfo_xdp_port_add(struct net_device *dev, void **priv, struct netlink_ext_ack *extack)
{
	struct nfo_xdp_port *port = kzalloc(sizeof(*port), GFP_KERNEL);
	int err;

	if (!port)
		return -ENOMEM;
	port->dev = dev;
	err = start(port, extack);
	if (err) {
		kfree(port);
		return err;
	}
	*priv = port;
	return 0;
}

void nfo_xdp_port_del(struct net_device *dev, void *priv)
{
	struct nfo_xdp_port *port = priv;

	nfo_xdp_port_detach(port);
	drop_features(port);
	clear_bit(port->number, numbers);
	put_maps();
	kfree(port);
}

/**
 * nfo_xdp_port_detach() - take the program off
 * @port: the port, which may have none
 */
void nfo_xdp_port_detach(struct nfo_xdp_port *port)
{
	if (port->link)
		nfo_xdp_link_del(port->link);
	port->link = NULL;
}

const struct nfo_caps *nfo_xdp_port_caps(void *priv)
{
	const struct nfo_xdp_port *port = priv;

	return &port->caps;
}

/* What `nfoctl port` says of it. */
void nfo_xdp_port_show(void *priv, char *buf, size_t size)
{
	const struct nfo_xdp_port *port = priv;

	snprintf(buf, size, "%s XDP", port->mode == NFO_XDP_NATIVE ? "native" : "generic");
}

/* ---- what happens to devices, under RTNL */

static bool is_port(const struct net_device *dev)
{
	const struct nfo_xdp_port *port;

	list_for_each_entry(port, &nfo_xdp_ports, list)
		if (port->dev == dev)
			return true;
	return false;
}

static void member_event(struct net_device *bond, struct net_device *member, enum nfo_xdp_way way,
			 bool joins)
{
	if (!joins)
		nfo_xdp_feature_drop(member, way);
	else if (nfo_xdp_feature_hold(member, way))
		netdev_warn(bond, "nfo_xdp: %s %s\n", member->name,
			    way == NFO_XDP_RX ? "may hide VLAN tags" : "takes no XDP frames");
}

/* A bond that is a port, or that flows leave by, gets another member, or loses one. */
static void bond_event(struct net_device *member,
		       const struct netdev_notifier_changeupper_info *info)
{
	struct net_device *bond = info->upper_dev;

	if (!netif_is_bond_master(bond))
		return;
	if (is_port(bond))
		member_event(bond, member, NFO_XDP_RX, info->linking);
	if (nfo_xdp_tx_uses(bond))
		member_event(bond, member, NFO_XDP_TX, info->linking);
}

static int device_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	switch (event) {
	case NETDEV_UNREGISTER:
		nfo_xdp_tx_gone(dev);
		/* one that moves is still there */
		if (dev->reg_state != NETREG_REGISTERED)
			nfo_xdp_feature_gone(dev);
		break;
	case NETDEV_CHANGEUPPER:
		bond_event(dev, ptr);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block device_notifier = {
	.notifier_call = device_event,
};

int nfo_xdp_port_init(void)
{
	return register_netdevice_notifier(&device_notifier);
}

void nfo_xdp_port_exit(void)
{
	unregister_netdevice_notifier(&device_notifier);
}
