// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a port is plugged into, as the datapath sees it: frames come in from there and are sent out
 * there, by the hardware or by the CPU. Runs with BH disabled, under RCU.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <net/gso.h>

#include "sim.h"

/**
 * sim_link() - where to send what leaves by a port
 * @port: the port
 *
 * Return: the device at the other end, or NULL if the port cannot send.
 */
struct net_device *sim_link(const struct sim_port *port)
{
	struct net_device *link = rcu_dereference(port->link);

	if (!netif_running(port->dev) || !link || !netif_running(link) || !netif_carrier_ok(link))
		return NULL;
	return link;
}

/* Layer 3 bytes of a frame that begins with its Ethernet header. */
static unsigned int l3_len(const struct sk_buff *skb)
{
	__be16 proto = ((const struct ethhdr *)skb->data)->h_proto;
	unsigned int off = ETH_HLEN;

	while (eth_type_vlan(proto) && off + VLAN_HLEN <= skb_headlen(skb)) {
		proto = ((const struct vlan_hdr *)(skb->data + off))->h_vlan_encapsulated_proto;
		off += VLAN_HLEN;
	}
	return skb->len - off;
}

/* A GSO frame is as many as it will be cut into. */
static bool fits(const struct sk_buff *skb, unsigned int mtu)
{
	return l3_len(skb) <= mtu || (skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu));
}

/**
 * sim_link_send() - send a frame out of a port
 * @port: the port
 * @link: from sim_link()
 * @skb: the frame, from the Ethernet header on, with its headers in the linear part; taken
 *
 * What the link has no room for is dropped.
 *
 * Return: whether it was sent; else it was counted as dropped.
 */
bool sim_link_send(const struct sim_port *port, struct net_device *link, struct sk_buff *skb)
{
	if (!fits(skb, READ_ONCE(port->dev->mtu))) {
		kfree_skb(skb);
		goto dropped;
	}
	skb_scrub_packet(skb, true);
	skb_set_queue_mapping(skb, 0);
	skb->priority = 0;
	skb->dev = link;
	if (dev_queue_xmit(skb) == NET_XMIT_SUCCESS)
		return true;
dropped:
	sim_count_one(port, SIM_TX_DROPPED);
	return false;
}

static void set_pkt_type(struct sk_buff *skb, const struct net_device *dev)
{
	const struct ethhdr *eth = eth_hdr(skb);

	if (is_multicast_ether_addr(eth->h_dest))
		skb->pkt_type = is_broadcast_ether_addr(eth->h_dest) ? PACKET_BROADCAST :
								       PACKET_MULTICAST;
	else if (ether_addr_equal(eth->h_dest, dev->dev_addr))
		skb->pkt_type = PACKET_HOST;
	else
		skb->pkt_type = PACKET_OTHERHOST;
}

/**
 * sim_rx() - a frame comes in on a wire
 * @pskb: the frame
 *
 * Context: softirq, RCU; receive handler of the wire.
 *
 * Return: consumed, or the CPU's, with the port as its device.
 */
rx_handler_result_t sim_rx(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct sim_port *port;

	if (skb->pkt_type == PACKET_LOOPBACK)
		return RX_HANDLER_PASS;
	port = rcu_dereference(skb->dev->rx_handler_data);
	skb = skb_share_check(skb, GFP_ATOMIC);
	*pskb = skb;
	if (!skb)
		return RX_HANDLER_CONSUMED;
	if (!netif_running(port->dev)) {
		sim_count_one(port, SIM_RX_DROPPED);
		goto drop;
	}
	set_pkt_type(skb, port->dev);
	if (skb->pkt_type == PACKET_OTHERHOST && !(port->dev->flags & IFF_PROMISC)) {
		sim_count_one(port, SIM_RX_FILTERED);
		goto drop;
	}
	if (sim_ingress(port, skb))
		return RX_HANDLER_CONSUMED;
	skb->dev = port->dev;
	return RX_HANDLER_ANOTHER;

drop:
	kfree_skb(skb);
	return RX_HANDLER_CONSUMED;
}

/**
 * sim_xmit() - the CPU sends a frame
 * @skb: the frame
 * @dev: the port
 *
 * Return: NETDEV_TX_OK; what cannot be sent is dropped and counted.
 */
netdev_tx_t sim_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct sim_port *port = netdev_priv(dev);
	unsigned int len = skb->len - ETH_HLEN;
	struct net_device *link;

	rcu_read_lock();
	link = sim_link(port);
	if (!link) {
		sim_count_one(port, SIM_TX_DROPPED);
		kfree_skb(skb);
	} else if (sim_link_send(port, link, skb)) {
		sim_count(port, SIM_CPU_TX_PACKETS, len);
	}
	rcu_read_unlock();
	return NETDEV_TX_OK;
}
