// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports of a model, uplinks and representors: netdevs as a NIC driver with TC offload has them.
 *
 * The netdev's own statistics count what the CPU received and sent; what the hardware forwarded
 * past it is in `ethtool -S`, for a representor also what its VF received and sent. A port cannot
 * leave its namespace: that is the model's.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <net/rtnetlink.h>

#include "soc.h"

static const char *const stat_names[SIM_STATS] = {
	[SIM_HW_RX_PACKETS] = "hw_rx_packets",
	[SIM_HW_RX_BYTES] = "hw_rx_bytes",
	[SIM_HW_TX_PACKETS] = "hw_tx_packets",
	[SIM_HW_TX_BYTES] = "hw_tx_bytes",
	[SIM_CPU_RX_PACKETS] = "cpu_rx_packets",
	[SIM_CPU_RX_BYTES] = "cpu_rx_bytes",
	[SIM_CPU_TX_PACKETS] = "cpu_tx_packets",
	[SIM_CPU_TX_BYTES] = "cpu_tx_bytes",
	[SIM_RX_FILTERED] = "rx_filtered",
	[SIM_RX_DROPPED] = "rx_dropped",
	[SIM_TX_DROPPED] = "tx_dropped",
	[SIM_HW_DROPPED] = "hw_dropped",
#define STAT_NAME(sym, key, text)	[SIM_PUNT + NFO_SIM_PUNT_##sym] = "punt_" key,
	NFO_SIM_PUNTS(STAT_NAME)
#undef STAT_NAME
};

/* Of the VF, behind the counters of its representor. */
enum { VF_RX_PACKETS, VF_RX_BYTES, VF_TX_PACKETS, VF_TX_BYTES, VF_STATS };

static const char *const vf_stat_names[VF_STATS] = {
	[VF_RX_PACKETS] = "vf_rx_packets",
	[VF_RX_BYTES] = "vf_rx_bytes",
	[VF_TX_PACKETS] = "vf_tx_packets",
	[VF_TX_BYTES] = "vf_tx_bytes",
};

struct rtnl_link_ops sim_link_ops = {
	.kind = "nfo_sim",
};

void sim_count(const struct sim_port *port, enum sim_stat packets, unsigned int len)
{
	struct sim_stats *s = this_cpu_ptr(port->stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->n[packets]);
	u64_stats_add(&s->n[packets + 1], len);
	u64_stats_update_end(&s->syncp);
}

void sim_count_one(const struct sim_port *port, enum sim_stat stat)
{
	struct sim_stats *s = this_cpu_ptr(port->stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->n[stat]);
	u64_stats_update_end(&s->syncp);
}

void sim_stats_read(const struct sim_port *port, u64 *n)
{
	unsigned int cpu, start, i;
	u64 snap[SIM_STATS];

	memset(n, 0, SIM_STATS * sizeof(*n));
	for_each_possible_cpu(cpu) {
		const struct sim_stats *s = per_cpu_ptr(port->stats, cpu);

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			for (i = 0; i < SIM_STATS; i++)
				snap[i] = u64_stats_read(&s->n[i]);
		} while (u64_stats_fetch_retry(&s->syncp, start));
		for (i = 0; i < SIM_STATS; i++)
			n[i] += snap[i];
	}
}

/* A VF has a link when its representor is up. */
static void link_changed(struct sim_port *port)
{
	struct net_device *link = rtnl_dereference(port->link);

	if (link && sim_is_rep(port))
		sim_vf_carrier(link);
}

int sim_port_open(struct net_device *dev)
{
	netif_start_queue(dev);
	link_changed(netdev_priv(dev));
	return 0;
}

int sim_port_stop(struct net_device *dev)
{
	netif_stop_queue(dev);
	link_changed(netdev_priv(dev));
	return 0;
}

int sim_port_init(struct net_device *dev)
{
	struct sim_port *port = netdev_priv(dev);

	port->stats = netdev_alloc_pcpu_stats(struct sim_stats);
	if (!port->stats)
		return -ENOMEM;
	sim_get(port->sim);
	return 0;
}

void sim_port_uninit(struct net_device *dev)
{
	struct sim_port *port = netdev_priv(dev);

	if (sim_is_rep(port))
		sim_vf_unplug(port);
	else
		sim_wire_detach(port);
	if (port->sim->soc)
		soc_switch_leave(port);
	sim_bindings_free(port);
	sim_table_leave(port);
	RCU_INIT_POINTER(port->sim->port[port->index], NULL);
}

int sim_port_change_mtu(struct net_device *dev, int mtu)
{
	struct sim_port *port = netdev_priv(dev);
	struct net_device *link = rtnl_dereference(port->link);

	/* what does not fit the wire would be lost on it; a VF has an MTU of its own */
	if (link && !sim_is_rep(port) && mtu > link->mtu)
		return -ERANGE;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static int port_set_features(struct net_device *dev, netdev_features_t features)
{
	struct sim_port *port = netdev_priv(dev);
	int busy = port->sim->profile->tc_busy;

	if (!busy || features & NETIF_F_HW_TC || !(dev->features & NETIF_F_HW_TC) ||
	    !sim_table_port_busy(port))
		return 0;
	if (net_ratelimit())
		netdev_err(dev, "there are offloaded rules, hw-tc-offload stays on\n");
	return busy;
}

void sim_port_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	u64 n[SIM_STATS];

	sim_stats_read(netdev_priv(dev), n);
	stats->rx_packets = n[SIM_CPU_RX_PACKETS];
	stats->rx_bytes = n[SIM_CPU_RX_BYTES];
	stats->tx_packets = n[SIM_CPU_TX_PACKETS];
	stats->tx_bytes = n[SIM_CPU_TX_BYTES];
	stats->rx_dropped = n[SIM_RX_DROPPED];
	stats->tx_dropped = n[SIM_TX_DROPPED];
}

int sim_port_get_iflink(const struct net_device *dev)
{
	const struct sim_port *port = netdev_priv(dev);
	int ifindex = dev->ifindex;
	struct net_device *link;

	rcu_read_lock();
	link = rcu_dereference(port->link);
	if (link && !sim_is_rep(port))
		ifindex = link->ifindex;
	rcu_read_unlock();
	return ifindex;
}

struct devlink_port *sim_port_devlink(struct net_device *dev)
{
	struct sim_port *port = netdev_priv(dev);

	return port->sim->dl[port->index];
}

static int port_setup_tc(struct net_device *dev, enum tc_setup_type type, void *type_data)
{
	struct sim_port *port = netdev_priv(dev);
	const struct sim_profile *profile = port->sim->profile;

	if (type == TC_SETUP_FT && (sim_is_rep(port) ? profile->ft_rep : profile->ft_uplink))
		return sim_setup_ft(dev, type_data);
	return type == TC_SETUP_BLOCK ? sim_setup_block(dev, type_data) : -EOPNOTSUPP;
}

static const struct net_device_ops port_ops = {
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
	.ndo_set_features = port_set_features,
	.ndo_setup_tc = port_setup_tc,
	NFO_NDO_GET_DEVLINK_PORT(sim_port_devlink)
};

bool sim_is_port(const struct net_device *dev)
{
	return dev->netdev_ops == &port_ops;
}

static int port_sset_count(struct net_device *dev, int sset)
{
	if (sset != ETH_SS_STATS)
		return -EOPNOTSUPP;
	return SIM_STATS + (sim_is_rep(netdev_priv(dev)) ? VF_STATS : 0);
}

static void port_strings(struct net_device *dev, u32 sset, u8 *data)
{
	unsigned int i;

	if (sset != ETH_SS_STATS)
		return;
	for (i = 0; i < SIM_STATS; i++)
		ethtool_sprintf(&data, "%s", stat_names[i]);
	for (i = 0; sim_is_rep(netdev_priv(dev)) && i < VF_STATS; i++)
		ethtool_sprintf(&data, "%s", vf_stat_names[i]);
}

static void vf_stats(const struct sim_port *port, u64 *n)
{
	struct net_device *vf = rtnl_dereference(port->link);
	struct rtnl_link_stats64 stats = {};

	if (vf)
		dev_get_stats(vf, &stats);
	n[VF_RX_PACKETS] = stats.rx_packets;
	n[VF_RX_BYTES] = stats.rx_bytes;
	n[VF_TX_PACKETS] = stats.tx_packets;
	n[VF_TX_BYTES] = stats.tx_bytes;
}

static void port_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	const struct sim_port *port = netdev_priv(dev);

	sim_stats_read(port, data);
	if (sim_is_rep(port))
		vf_stats(port, data + SIM_STATS);
}

static const struct ethtool_ops port_ethtool_ops = {
	.get_link = ethtool_op_get_link,
	.get_sset_count = port_sset_count,
	.get_strings = port_strings,
	.get_ethtool_stats = port_ethtool_stats,
};

static void port_free(struct net_device *dev)
{
	struct sim_port *port = netdev_priv(dev);

	free_percpu(port->stats);
	sim_put(port->sim);
}

/* What the netdevs of ports and of VFs have in common. */
void sim_ether_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->needs_free_netdev = true;
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_LIVE_ADDR_CHANGE;
	dev->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA |
			   NETIF_F_GSO_SOFTWARE;
	dev->features |= dev->hw_features;
	dev->vlan_features = dev->hw_features;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_MAX_MTU;
	nfo_netdev_set_lltx(dev);
}

static void port_setup(struct net_device *dev)
{
	sim_ether_setup(dev);
	dev->netdev_ops = &port_ops;
	dev->ethtool_ops = &port_ethtool_ops;
	dev->rtnl_link_ops = &sim_link_ops;
	dev->priv_destructor = port_free;
	dev->features |= NETIF_F_HW_TC;
	nfo_netdev_set_netns_local(dev);
}

static void like_wire(struct net_device *dev, const struct net_device *wire)
{
	eth_hw_addr_set(dev, wire->dev_addr);
	dev->mtu = wire->mtu;
	dev->needed_headroom = wire->needed_headroom;
	dev->needed_tailroom = wire->needed_tailroom;
}

static struct net_device *port_alloc(struct sim *sim, unsigned int index,
				     const struct net_device *wire)
{
	struct net_device *dev;
	struct sim_port *port;
	char name[IFNAMSIZ];

	if (sim->soc && index >= sim->soc->macs)
		snprintf(name, sizeof(name), "%sl%u", sim->name, index - sim->soc->macs);
	else if (index < sim->uplinks)
		snprintf(name, sizeof(name), "%sp%u", sim->name, index);
	else
		snprintf(name, sizeof(name), "%sr%u", sim->name, index - sim->uplinks);
	dev = alloc_netdev(sizeof(*port), name, NET_NAME_USER, port_setup);
	if (!dev)
		return NULL;
	port = netdev_priv(dev);
	dev_net_set(dev, devlink_net(sim->devlink));
	SET_NETDEV_DEV(dev, &sim->dev);
	nfo_netdev_set_devlink_port(dev, sim->dl[index]);
	port->dev = dev;
	port->index = index;
	port->sim = sim;
	INIT_LIST_HEAD(&port->ft_blocks);
	INIT_LIST_HEAD(&port->blocks);
	INIT_LIST_HEAD(&port->bindings);
	INIT_LIST_HEAD(&port->masks);
	if (!sim->profile->tc_fixed)
		dev->hw_features |= NETIF_F_HW_TC;
	if (sim->soc && index >= sim->soc->macs)
		soc_user_setup(dev);
	else if (sim->soc)
		soc_mac_setup(dev);
	if (wire)
		like_wire(dev, wire);
	else
		eth_hw_addr_random(dev);
	return dev;
}

/**
 * sim_register() - register a netdev of a model
 * @dev: the netdev, freed after an error
 * @extack: says what is wrong
 *
 * Return: 0 or a negative error.
 */
int sim_register(struct net_device *dev, struct netlink_ext_ack *extack)
{
	int err = -EEXIST;

	netif_carrier_off(dev);
	if (netdev_name_in_use(dev_net(dev), dev->name))
		NL_SET_ERR_MSG_FMT(extack, "\"%s\" is taken by another netdev", dev->name);
	else
		err = register_netdevice(dev);
	/* what ndo_init took, register_netdevice() has given back */
	if (err)
		free_netdev(dev);
	return err;
}

/**
 * sim_port_create() - make and register a port
 * @sim: the model
 * @index: number of the port; its devlink port is there
 * @wire: what an uplink will be plugged into; NULL for a representor, and for a MAC with a switch
 * @extack: says what is wrong
 *
 * Context: RTNL.
 *
 * Return: the netdev, without a link, or an error.
 */
struct net_device *sim_port_create(struct sim *sim, unsigned int index,
				   const struct net_device *wire, struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	int err;

	if (wire && (wire->type != ARPHRD_ETHER || wire->flags & IFF_LOOPBACK)) {
		NL_SET_ERR_MSG_FMT(extack, "wire \"%s\" is not an Ethernet device", wire->name);
		return ERR_PTR(-EINVAL);
	}
	dev = port_alloc(sim, index, wire);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	err = sim_register(dev, extack);
	if (err)
		return ERR_PTR(err);
	rcu_assign_pointer(sim->port[index], dev);
	return dev;
}
