// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual functions: netdevs that may be moved to any network namespace, as that of a container.
 * In switchdev mode a VF is plugged into its representor; else it is on a switch with the others.
 *
 * Such a netdev goes with its model only. When its namespace dies it comes back to the initial one,
 * as the netdev of any card does.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>

#include "sim.h"

/**
 * sim_vf_carrier() - find out whether a VF has a link
 * @dev: its netdev
 *
 * In switchdev mode it has when its representor is up, else when the first uplink has. And a
 * representor has one when its VF is up.
 */
void sim_vf_carrier(struct net_device *dev)
{
	struct sim_vf *vf = netdev_priv(dev);
	struct sim_port *rep = rtnl_dereference(vf->rep);
	struct net_device *other;

	other = vf->sim->switchdev ? NULL : rtnl_dereference(vf->sim->port[0]);
	if (rep ? netif_running(rep->dev) : other && netif_carrier_ok(other))
		netif_carrier_on(dev);
	else
		netif_carrier_off(dev);
	if (!rep)
		return;
	if (netif_running(dev))
		netif_carrier_on(rep->dev);
	else
		netif_carrier_off(rep->dev);
}

/**
 * sim_vf_plug() - a representor has come
 * @dev: netdev of its VF
 * @rep: its port
 */
void sim_vf_plug(struct net_device *dev, struct sim_port *rep)
{
	struct sim_vf *vf = netdev_priv(dev);

	rcu_assign_pointer(rep->link, dev);
	rcu_assign_pointer(vf->rep, rep);
	sim_vf_carrier(dev);
}

/**
 * sim_vf_unplug() - a representor or its VF goes
 * @rep: port of the representor, which may have lost its VF already
 */
void sim_vf_unplug(struct sim_port *rep)
{
	struct net_device *dev = rtnl_dereference(rep->link);
	struct sim_vf *vf;

	if (!dev)
		return;
	vf = netdev_priv(dev);
	RCU_INIT_POINTER(rep->link, NULL);
	RCU_INIT_POINTER(vf->rep, NULL);
	netif_carrier_off(rep->dev);
	netif_carrier_off(dev);
}

static int vf_open(struct net_device *dev)
{
	netif_start_queue(dev);
	sim_vf_carrier(dev);
	return 0;
}

static int vf_stop(struct net_device *dev)
{
	netif_stop_queue(dev);
	sim_vf_carrier(dev);
	return 0;
}

static int vf_init(struct net_device *dev)
{
	struct sim_vf *vf = netdev_priv(dev);

	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	if (!dev->tstats)
		return -ENOMEM;
	sim_get(vf->sim);
	return 0;
}

static void vf_uninit(struct net_device *dev)
{
	struct sim_vf *vf = netdev_priv(dev);
	struct sim_port *rep = rtnl_dereference(vf->rep);

	if (rep)
		sim_vf_unplug(rep);
	RCU_INIT_POINTER(vf->sim->vf[vf->index], NULL);
}

static void vf_free(struct net_device *dev)
{
	struct sim_vf *vf = netdev_priv(dev);

	free_percpu(dev->tstats);
	sim_put(vf->sim);
}

static bool send(struct sim_vf *vf, struct sk_buff *skb)
{
	struct sim_port *rep = rcu_dereference(vf->rep);

	if (rep)
		return sim_link_receive(rep, skb);
	if (!READ_ONCE(vf->sim->switchdev))
		return sim_legacy_vf_xmit(vf, skb);
	kfree_skb(skb);
	return false;
}

static netdev_tx_t vf_xmit(struct sk_buff *skb, struct net_device *dev)
{
	unsigned int len = skb->len;

	rcu_read_lock();
	if (send(netdev_priv(dev), skb))
		dev_sw_netstats_tx_add(dev, 1, len);
	else
		dev_core_stats_tx_dropped_inc(dev);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

/**
 * sim_vf_receive() - the card delivers a frame to a VF
 * @dev: its netdev
 * @skb: the frame, from the Ethernet header on; taken
 *
 * Context: RCU, BH disabled.
 *
 * Return: whether it was delivered; else the VF has counted it as dropped.
 */
bool sim_vf_receive(struct net_device *dev, struct sk_buff *skb)
{
	unsigned int len = skb->len;

	if (!netif_running(dev) || !netif_carrier_ok(dev) ||
	    !sim_frame_fits(skb, READ_ONCE(dev->mtu)) || !sim_frame_turn(skb, dev)) {
		dev_core_stats_rx_dropped_inc(dev);
		kfree_skb(skb);
		return false;
	}
	dev_sw_netstats_rx_add(dev, len);
	return netif_rx(skb) == NET_RX_SUCCESS;
}

static const struct net_device_ops vf_ops = {
	.ndo_init = vf_init,
	.ndo_uninit = vf_uninit,
	.ndo_open = vf_open,
	.ndo_stop = vf_stop,
	.ndo_start_xmit = vf_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_get_stats64 = dev_get_tstats64,
};

static void vf_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "nfo_sim_vf", sizeof(info->driver));
}

static const struct ethtool_ops vf_ethtool_ops = {
	.get_drvinfo = vf_drvinfo,
	.get_link = ethtool_op_get_link,
};

static void vf_setup(struct net_device *dev)
{
	sim_ether_setup(dev);
	dev->netdev_ops = &vf_ops;
	dev->ethtool_ops = &vf_ethtool_ops;
	dev->priv_destructor = vf_free;
}

/**
 * sim_vf_create() - make and register the netdev of a VF
 * @sim: the model
 * @index: number of the VF
 * @extack: says what is wrong
 *
 * Context: RTNL.
 *
 * Return: the netdev, in the namespace of the model, or an error.
 */
struct net_device *sim_vf_create(struct sim *sim, unsigned int index,
				 struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	char name[IFNAMSIZ];
	struct sim_vf *vf;
	int err;

	snprintf(name, sizeof(name), "%sv%u", sim->name, index);
	dev = alloc_netdev(sizeof(*vf), name, NET_NAME_USER, vf_setup);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	dev_net_set(dev, devlink_net(sim->devlink));
	eth_hw_addr_random(dev);
	vf = netdev_priv(dev);
	vf->sim = sim;
	vf->dev = dev;
	vf->index = index;
	vf->mac = ether_addr_to_u64(dev->dev_addr);
	err = sim_register(dev, extack);
	if (err)
		return ERR_PTR(err);
	rcu_assign_pointer(sim->vf[index], dev);
	sim_vf_carrier(dev);
	return dev;
}
