// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports of a model: netdevs as a NIC driver with TC_SETUP_FT would have them.
 *
 * The netdev's own statistics count what the CPU received and sent; what the hardware forwarded
 * past it is in `ethtool -S`. A port cannot leave its namespace: it is plugged into a wire there.
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <net/rtnetlink.h>

#include "sim.h"

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
#define STAT_NAME(sym, key, text)	[SIM_PUNT + NFO_SIM_PUNT_##sym] = "punt_" key,
	NFO_SIM_PUNTS(STAT_NAME)
#undef STAT_NAME
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

static int port_open(struct net_device *dev)
{
	netif_start_queue(dev);
	return 0;
}

static int port_stop(struct net_device *dev)
{
	netif_stop_queue(dev);
	return 0;
}

static int port_init(struct net_device *dev)
{
	struct sim_port *port = netdev_priv(dev);

	port->stats = netdev_alloc_pcpu_stats(struct sim_stats);
	if (!port->stats)
		return -ENOMEM;
	sim_get(port->sim);
	return 0;
}

static void port_uninit(struct net_device *dev)
{
	struct sim_port *port = netdev_priv(dev);

	sim_wire_detach(port);
	sim_table_purge(port, true);
	port->sim->port[port->index] = NULL;
}

static int port_change_mtu(struct net_device *dev, int mtu)
{
	struct sim_port *port = netdev_priv(dev);
	struct net_device *wire = rtnl_dereference(port->link);

	/* what does not fit the wire would be lost on it */
	if (wire && mtu > wire->mtu)
		return -ERANGE;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static void port_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
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

static int port_get_iflink(const struct net_device *dev)
{
	const struct sim_port *port = netdev_priv(dev);
	struct net_device *wire;
	int ifindex;

	rcu_read_lock();
	wire = rcu_dereference(port->link);
	ifindex = wire ? wire->ifindex : dev->ifindex;
	rcu_read_unlock();
	return ifindex;
}

static int port_phys_name(struct net_device *dev, char *name, size_t len)
{
	struct sim_port *port = netdev_priv(dev);

	return snprintf(name, len, "p%u", port->index) >= len ? -EINVAL : 0;
}

static int port_parent_id(struct net_device *dev, struct netdev_phys_item_id *ppid)
{
	struct sim_port *port = netdev_priv(dev);

	ppid->id_len = sizeof(port->sim->id);
	memcpy(ppid->id, &port->sim->id, ppid->id_len);
	return 0;
}

static int port_setup_tc(struct net_device *dev, enum tc_setup_type type, void *type_data)
{
	return type == TC_SETUP_FT ? sim_setup_ft(dev, type_data) : -EOPNOTSUPP;
}

static const struct net_device_ops port_ops = {
	.ndo_init = port_init,
	.ndo_uninit = port_uninit,
	.ndo_open = port_open,
	.ndo_stop = port_stop,
	.ndo_start_xmit = sim_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_change_mtu = port_change_mtu,
	.ndo_get_stats64 = port_get_stats64,
	.ndo_get_iflink = port_get_iflink,
	.ndo_get_phys_port_name = port_phys_name,
	.ndo_get_port_parent_id = port_parent_id,
	.ndo_setup_tc = port_setup_tc,
};

bool sim_is_port(const struct net_device *dev)
{
	return dev->netdev_ops == &port_ops;
}

static void port_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "nfo_sim", sizeof(info->driver));
	strscpy(info->version, NFO_SIM_VERSION, sizeof(info->version));
}

static int port_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? SIM_STATS : -EOPNOTSUPP;
}

static void port_strings(struct net_device *dev, u32 sset, u8 *data)
{
	unsigned int i;

	if (sset != ETH_SS_STATS)
		return;
	for (i = 0; i < SIM_STATS; i++)
		ethtool_sprintf(&data, "%s", stat_names[i]);
}

static void port_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	sim_stats_read(netdev_priv(dev), data);
}

static const struct ethtool_ops port_ethtool_ops = {
	.get_drvinfo = port_drvinfo,
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

static void port_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &port_ops;
	dev->ethtool_ops = &port_ethtool_ops;
	dev->rtnl_link_ops = &sim_link_ops;
	dev->needs_free_netdev = true;
	dev->priv_destructor = port_free;
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_LIVE_ADDR_CHANGE;
	dev->hw_features = NETIF_F_SG | NETIF_F_HW_CSUM | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA |
			   NETIF_F_GSO_SOFTWARE | NETIF_F_HW_TC;
	dev->features |= dev->hw_features;
	dev->vlan_features = dev->hw_features & ~NETIF_F_HW_TC;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_MAX_MTU;
	nfo_netdev_set_lltx(dev);
	nfo_netdev_set_netns_local(dev);
}

static struct net_device *port_alloc(struct sim *sim, struct net *net, unsigned int index,
				     struct net_device *wire)
{
	struct net_device *dev;
	struct sim_port *port;
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "%sp%u", sim->name, index);
	dev = alloc_netdev(sizeof(*port), name, NET_NAME_USER, port_setup);
	if (!dev)
		return NULL;
	port = netdev_priv(dev);
	dev_net_set(dev, net);
	port->dev = dev;
	port->index = index;
	port->sim = sim;
	INIT_LIST_HEAD(&port->blocks);
	eth_hw_addr_set(dev, wire->dev_addr);
	dev->mtu = wire->mtu;
	dev->needed_headroom = wire->needed_headroom;
	dev->needed_tailroom = wire->needed_tailroom;
	return dev;
}

/**
 * sim_port_create() - make and register a port
 * @sim: the model
 * @net: namespace
 * @index: number of the port
 * @wire: what to plug it into
 * @extack: says what is wrong
 *
 * Context: RTNL.
 *
 * Return: the netdev or an error.
 */
struct net_device *sim_port_create(struct sim *sim, struct net *net, unsigned int index,
				   struct net_device *wire, struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	int err;

	if (wire->type != ARPHRD_ETHER || wire->flags & IFF_LOOPBACK) {
		NL_SET_ERR_MSG_FMT(extack, "wire \"%s\" is not an Ethernet device", wire->name);
		return ERR_PTR(-EINVAL);
	}
	dev = port_alloc(sim, net, index, wire);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	if (netdev_name_in_use(net, dev->name)) {
		NL_SET_ERR_MSG_FMT(extack, "\"%s\" is taken by another netdev", dev->name);
		err = -EEXIST;
		goto err_free;
	}
	netif_carrier_off(dev);
	err = register_netdevice(dev);
	if (err)
		goto err_free;
	err = sim_wire_attach(netdev_priv(dev), wire, extack);
	if (err) {
		unregister_netdevice(dev);
		return ERR_PTR(err);
	}
	return dev;

err_free:
	/* what ndo_init took, register_netdevice() has given back */
	free_netdev(dev);
	return ERR_PTR(err);
}
