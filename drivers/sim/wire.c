// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wires: what an uplink is plugged into. Any Ethernet netdev that has no other upper device with a
 * receive handler; its frames are the model's as long as the port is there.
 *
 * A wire may go at any time. The port then stays, without carrier, as a NIC whose cable was cut.
 */
#include <linux/rtnetlink.h>

#include "sim.h"

int sim_wire_attach(struct sim_port *port, struct net_device *wire,
		    struct netlink_ext_ack *extack)
{
	int err;

	ASSERT_RTNL();
	err = netdev_rx_handler_register(wire, sim_rx, port);
	if (err) {
		NL_SET_ERR_MSG_FMT(extack, "wire \"%s\" is busy: a bridge, bond or model has it",
				   wire->name);
		return err;
	}
	err = netdev_upper_dev_link(wire, port->dev, extack);
	if (err)
		goto err_handler;
	err = dev_set_promiscuity(wire, 1);
	if (err)
		goto err_link;
	netdev_hold(wire, &port->wire_tracker, GFP_KERNEL);
	rcu_assign_pointer(port->link, wire);
	sim_wire_carrier(port);
	return 0;

err_link:
	netdev_upper_dev_unlink(wire, port->dev);
err_handler:
	netdev_rx_handler_unregister(wire);
	return err;
}

void sim_wire_detach(struct sim_port *port)
{
	struct net_device *wire = rtnl_dereference(port->link);

	ASSERT_RTNL();
	if (!wire)
		return;
	/* waits for receivers; the transmit side sees NULL from here on */
	RCU_INIT_POINTER(port->link, NULL);
	netdev_rx_handler_unregister(wire);
	sim_wire_carrier(port);
	dev_set_promiscuity(wire, -1);
	netdev_upper_dev_unlink(wire, port->dev);
	synchronize_net();
	netdev_put(wire, &port->wire_tracker);
}

/* In legacy mode the VFs see the link of the first uplink. */
void sim_wire_carrier(struct sim_port *port)
{
	struct net_device *wire = rtnl_dereference(port->link);
	struct net_device *vf;
	unsigned int i;

	if (wire && netif_running(wire) && netif_carrier_ok(wire))
		netif_carrier_on(port->dev);
	else
		netif_carrier_off(port->dev);
	for (i = 0; i < NFO_SIM_VFS_MAX; i++) {
		vf = rtnl_dereference(port->sim->vf[i]);
		if (vf)
			sim_vf_carrier(vf);
	}
}

static struct sim_port *port_on(const struct net_device *wire)
{
	if (rtnl_dereference(wire->rx_handler) != sim_rx)
		return NULL;
	return rtnl_dereference(wire->rx_handler_data);
}

static int wire_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *wire = netdev_notifier_info_to_dev(ptr);
	struct sim_port *port = port_on(wire);

	if (!port)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		sim_wire_carrier(port);
		break;
	case NETDEV_CHANGEMTU:
		if (port->dev->mtu > wire->mtu)
			dev_set_mtu(port->dev, wire->mtu);
		break;
	case NETDEV_UNREGISTER:
		sim_wire_detach(port);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block wire_notifier = {
	.notifier_call = wire_event,
};

int sim_wire_init(void)
{
	return register_netdevice_notifier(&wire_notifier);
}

void sim_wire_exit(void)
{
	unregister_netdevice_notifier(&wire_notifier);
}
