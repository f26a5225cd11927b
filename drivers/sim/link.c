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
 * sim_link_far() - the device at the other end of a port
 * @port: the port, whose own netdev may be down
 *
 * Return: the device, or NULL if there is none or it is down.
 */
struct net_device *sim_link_far(const struct sim_port *port)
{
	struct net_device *link = rcu_dereference(port->link);

	return link && netif_running(link) && netif_carrier_ok(link) ? link : NULL;
}

/**
 * sim_link() - where to send what leaves by a port
 * @port: the port
 *
 * Return: the device at the other end, or NULL if the port cannot send.
 */
struct net_device *sim_link(const struct sim_port *port)
{
	return netif_running(port->dev) ? sim_link_far(port) : NULL;
}

/* Layer 3 bytes of a frame of which what follows @off bytes is @proto. */
static unsigned int l3_len(const struct sk_buff *skb, __be16 proto, unsigned int off)
{
	while (eth_type_vlan(proto) && off + VLAN_HLEN <= skb_headlen(skb)) {
		proto = ((const struct vlan_hdr *)(skb->data + off))->h_vlan_encapsulated_proto;
		off += VLAN_HLEN;
	}
	return skb->len - off;
}

/**
 * sim_frame_fits() - is a frame small enough?
 * @skb: the frame, from the Ethernet header on
 * @mtu: layer 3 bytes there is room for
 *
 * A GSO frame is as many as it will be cut into.
 *
 * Return: whether it fits.
 */
bool sim_frame_fits(const struct sk_buff *skb, unsigned int mtu)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;

	return l3_len(skb, eth->h_proto, ETH_HLEN) <= mtu ||
	       (skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu));
}

/**
 * sim_frame_turn() - what was sent becomes what is received
 * @skb: the frame, from the Ethernet header on; then from the network header on
 * @dev: who receives it
 *
 * Return: whether there was memory for it.
 */
bool sim_frame_turn(struct sk_buff *skb, struct net_device *dev)
{
	if (skb_orphan_frags_rx(skb, GFP_ATOMIC))
		return false;
	skb_scrub_packet(skb, true);
	skb_set_queue_mapping(skb, 0);
	skb->priority = 0;
	skb->protocol = eth_type_trans(skb, dev);
	skb_postpull_rcsum(skb, eth_hdr(skb), ETH_HLEN);
	skb_reset_network_header(skb);
	return true;
}

static bool send_to_wire(const struct sim_port *port, struct net_device *wire, struct sk_buff *skb)
{
	if (!sim_frame_fits(skb, READ_ONCE(port->dev->mtu))) {
		kfree_skb(skb);
		return false;
	}
	skb_scrub_packet(skb, true);
	skb_set_queue_mapping(skb, 0);
	skb->priority = 0;
	skb->dev = wire;
	return dev_queue_xmit(skb) == NET_XMIT_SUCCESS;
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
	bool sent = sim_is_rep(port) ? sim_vf_receive(link, skb) : send_to_wire(port, link, skb);

	if (!sent)
		sim_count_one(port, SIM_TX_DROPPED);
	return sent;
}

/* A card takes in no more than its MTU, so nothing that its other ports had to cut. */
static bool received_fits(const struct sim_port *port, const struct sk_buff *skb)
{
	unsigned int mtu = READ_ONCE(port->dev->mtu);

	if (l3_len(skb, skb->protocol, 0) <= mtu ||
	    (skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu)))
		return true;
	sim_count_one(port, SIM_RX_DROPPED);
	return false;
}

/**
 * sim_link_receive() - a function of the card sends a frame, which comes in at a port
 * @port: representor of the VF, or who is to have the frame in legacy mode
 * @skb: the frame, from the Ethernet header on; taken
 *
 * Return: whether it was received; else it was counted as dropped.
 */
bool sim_link_receive(struct sim_port *port, struct sk_buff *skb)
{
	if (!netif_running(port->dev) || !sim_frame_turn(skb, port->dev)) {
		sim_count_one(port, SIM_RX_DROPPED);
		kfree_skb(skb);
		return false;
	}
	/* as if it came from a wire */
	if (eth_type_vlan(skb->protocol)) {
		skb = skb_vlan_untag(skb);
		if (!skb) {
			sim_count_one(port, SIM_RX_DROPPED);
			return false;
		}
	}
	if (!received_fits(port, skb)) {
		kfree_skb(skb);
		return false;
	}
	if (!sim_ingress(port, skb))
		netif_rx(skb);
	return true;
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
 * In legacy mode the port is a NIC and has a filter for its address; in switchdev mode it gets
 * whatever the table has no better use for.
 *
 * Context: softirq, RCU; receive handler of the wire.
 *
 * Return: consumed, or the CPU's, with the port as its device.
 */
rx_handler_result_t sim_rx(struct sk_buff **pskb)
{
	struct sk_buff *skb = *pskb;
	struct sim_port *port;
	bool legacy;

	if (skb->pkt_type == PACKET_LOOPBACK)
		return RX_HANDLER_PASS;
	port = rcu_dereference(skb->dev->rx_handler_data);
	legacy = !READ_ONCE(port->sim->switchdev);
	skb = skb_share_check(skb, GFP_ATOMIC);
	*pskb = skb;
	if (!skb)
		return RX_HANDLER_CONSUMED;
	if (legacy && sim_legacy_rx(port, skb))
		return RX_HANDLER_CONSUMED;
	if (!netif_running(port->dev)) {
		sim_count_one(port, SIM_RX_DROPPED);
		goto drop;
	}
	set_pkt_type(skb, port->dev);
	if (legacy && skb->pkt_type == PACKET_OTHERHOST && !(port->dev->flags & IFF_PROMISC)) {
		sim_count_one(port, SIM_RX_FILTERED);
		goto drop;
	}
	if (!received_fits(port, skb))
		goto drop;
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
	if (!READ_ONCE(port->sim->switchdev) && sim_legacy_xmit(port, skb)) {
		sim_count(port, SIM_CPU_TX_PACKETS, len);
		goto unlock;
	}
	link = sim_link(port);
	if (!link) {
		sim_count_one(port, SIM_TX_DROPPED);
		kfree_skb(skb);
	} else if (sim_link_send(port, link, skb)) {
		sim_count(port, SIM_CPU_TX_PACKETS, len);
	}
unlock:
	rcu_read_unlock();
	return NETDEV_TX_OK;
}
