// SPDX-License-Identifier: GPL-2.0-only
/*
 * A switch behind the first MAC of the SoC model, as on most boards: its user ports are netdevs on
 * top of the MAC's, the conduit, and each is on a wire; the MAC has none of its own. A packet that
 * an engine sends to the MAC has to carry the switch's special tag, which says what user port it is
 * for; the switch takes the tag off. What comes in at a user port comes without: the frame engine
 * tells the port beside the packet. So does the CPU, in both ways; there is no DSA driver here, only
 * what nf_flow_table and nfo_ppe see of one.
 *
 * The special tag is four bytes behind the addresses: how the frame was tagged (0: not at all, 1: with
 * 802.1Q), one bit for each port that it is for, and the TCI of the tag.
 */
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>
#include <net/dsa.h>

#include "soc.h"

#define TAG_LEN		4
#define TAG_PORTS	GENMASK(7, 0)
#define TAG_VLAN	BIT(8)

bool soc_is_user(const struct sim_port *port)
{
	return port->index >= port->sim->soc->macs;
}

/**
 * soc_conduit() - the MAC that a packet of a port goes through
 * @port: a user port or a MAC
 *
 * Context: RCU.
 *
 * Return: the port of the MAC, or NULL while the model is being made or removed.
 */
struct sim_port *soc_conduit(struct sim_port *port)
{
	struct net_device *dev;

	if (!soc_is_user(port))
		return port;
	dev = rcu_dereference(port->sim->port[0]);
	return dev ? netdev_priv(dev) : NULL;
}

/**
 * soc_switch_out() - where the switch sends what a bound entry sends to a MAC
 * @mac: port of the MAC
 * @ent: the entry
 *
 * Context: RCU.
 *
 * Return: @mac itself if there is no switch; NULL if the tag is not for exactly one user port.
 */
const struct sim_port *soc_switch_out(const struct sim_port *mac, const struct soc_entry *ent)
{
	const struct soc *soc = mac->sim->soc;
	unsigned long ports = ent->etype & TAG_PORTS;
	struct net_device *dev;

	if (!soc->users || mac->index)
		return mac;
	if (!ent->tags || ent->vlan || !is_power_of_2(ports) || __ffs(ports) >= soc->users)
		return NULL;
	dev = rcu_dereference(soc->sim->port[soc->macs + __ffs(ports)]);
	return dev ? netdev_priv(dev) : NULL;
}

/**
 * soc_switch_untag() - take the special tag off
 * @skb: the frame, from the Ethernet header on, with the tag in the linear part
 */
void soc_switch_untag(struct sk_buff *skb)
{
	struct vlan_ethhdr *veth = (struct vlan_ethhdr *)skb->data;

	if (ntohs(veth->h_vlan_proto) & TAG_VLAN) {
		veth->h_vlan_proto = htons(ETH_P_8021Q);
		skb->protocol = htons(ETH_P_8021Q);
		return;
	}
	skb->protocol = veth->h_vlan_encapsulated_proto;
	memmove(skb->data + TAG_LEN, skb->data, 2 * ETH_ALEN);
	__skb_pull(skb, TAG_LEN);
	skb_reset_mac_header(skb);
}

static int fill_forward_path(struct net_device_path_ctx *ctx, struct net_device_path *path)
{
	struct sim_port *port = netdev_priv(ctx->dev), *conduit = soc_conduit(port);

	if (!conduit)
		return -1;
	path->dev = ctx->dev;
	path->type = DEV_PATH_DSA;
	path->dsa.proto = DSA_TAG_PROTO_MTK;
	path->dsa.port = port->index - port->sim->soc->macs;
	ctx->dev = conduit->dev;
	return 0;
}

static const struct net_device_ops user_ops = {
	.ndo_init = sim_port_init,
	.ndo_uninit = sim_port_uninit,
	.ndo_open = sim_port_open,
	.ndo_stop = sim_port_stop,
	.ndo_start_xmit = sim_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_change_mtu = sim_port_change_mtu,
	.ndo_get_stats64 = sim_port_get_stats64,
	.ndo_get_iflink = sim_port_get_iflink,
	.ndo_fill_forward_path = fill_forward_path,
	NFO_NDO_GET_DEVLINK_PORT(sim_port_devlink)
};

/**
 * soc_user_setup() - make a port a user port of the switch
 * @dev: the port's netdev, not registered yet
 */
void soc_user_setup(struct net_device *dev)
{
	dev->netdev_ops = &user_ops;
}

bool soc_is_user_dev(const struct net_device *dev)
{
	return dev->netdev_ops == &user_ops;
}

/**
 * soc_switch_join() - a port of the SoC is registered
 * @port: a MAC or a user port
 * @extack: says what is wrong
 *
 * The link of a MAC to its switch is always there. Context: RTNL.
 *
 * Return: 0 or a negative error.
 */
int soc_switch_join(struct sim_port *port, struct netlink_ext_ack *extack)
{
	struct net_device *conduit = rtnl_dereference(port->sim->port[0]);

	if (soc_is_user(port))
		return netdev_upper_dev_link(conduit, port->dev, extack);
	if (port->sim->soc->users && !port->index)
		netif_carrier_on(port->dev);
	return 0;
}

/**
 * soc_switch_leave() - a port of the SoC is being unregistered
 * @port: a MAC or a user port
 *
 * Context: RTNL.
 */
void soc_switch_leave(struct sim_port *port)
{
	struct net_device *conduit = rtnl_dereference(port->sim->port[0]), *user;
	struct soc *soc = port->sim->soc;
	unsigned int i;

	for (i = soc->macs; conduit && i < soc->macs + soc->users; i++) {
		user = rtnl_dereference(port->sim->port[i]);
		if (user && (user == port->dev || conduit == port->dev) &&
		    netdev_has_upper_dev(conduit, user))
			netdev_upper_dev_unlink(conduit, user);
	}
}
