// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netdevs of the SoC model's MACs: ports like those of a NIC, but without TC offload of their own:
 * the engines have a driver of theirs.
 */
#include <linux/rtnetlink.h>

#include "soc.h"

static int mac_change_mtu(struct net_device *dev, int mtu)
{
	struct sim_port *port = netdev_priv(dev);
	int err = sim_port_change_mtu(dev, mtu);

	if (!err)
		soc_tell_mtu(port->sim->soc);
	return err;
}

static const struct net_device_ops mac_ops = {
	.ndo_init = sim_port_init,
	.ndo_uninit = sim_port_uninit,
	.ndo_open = sim_port_open,
	.ndo_stop = sim_port_stop,
	.ndo_start_xmit = sim_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_change_mtu = mac_change_mtu,
	.ndo_get_stats64 = sim_port_get_stats64,
	.ndo_get_iflink = sim_port_get_iflink,
	NFO_NDO_GET_DEVLINK_PORT(sim_port_devlink)
};

/**
 * soc_mac_setup() - make a port a MAC of a SoC
 * @dev: the port's netdev, not registered yet
 */
void soc_mac_setup(struct net_device *dev)
{
	dev->netdev_ops = &mac_ops;
}

bool soc_is_mac(const struct net_device *dev)
{
	return dev->netdev_ops == &mac_ops;
}
