// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model's datapath: frames from a wire are matched against the rules and either leave by the
 * other port's wire, rewritten, or go to the CPU as they came. Masked rules come before exact ones.
 * Runs in softirq, under RCU.
 */
#include <linux/etherdevice.h>
#include <net/dst.h>
#include <net/gso.h>

#include "frame.h"

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

bool sim_too_long(const struct sk_buff *skb, unsigned int mtu)
{
	if (skb->len <= mtu)
		return false;
	return !skb_is_gso(skb) || !skb_gso_validate_network_len(skb, mtu);
}

/* The wire to send on, or NULL if the egress port cannot send. */
struct net_device *sim_egress(const struct sim_port *out)
{
	struct net_device *wire = rcu_dereference(out->wire);

	if (!netif_running(out->dev) || !wire || !netif_running(wire) || !netif_carrier_ok(wire))
		return NULL;
	return wire;
}

/**
 * sim_send() - send what was forwarded
 * @skb: the frame, from the header behind the EtherType; @skb->protocol is the EtherType
 * @mac: destination and source
 * @wire: where to
 */
void sim_send(struct sk_buff *skb, const u8 *mac, struct net_device *wire)
{
	struct ethhdr *eth;

	skb_forward_csum(skb);
	eth = skb_push(skb, ETH_HLEN);
	skb_reset_mac_header(skb);
	memcpy(eth, mac, 2 * ETH_ALEN);
	eth->h_proto = skb->protocol;
	skb_reset_mac_len(skb);
	skb_scrub_packet(skb, true);
	skb_set_queue_mapping(skb, 0);
	skb->priority = 0;
	skb->dev = wire;
	dev_queue_xmit(skb);
}

/* Forward the frame, or say why not: then it is as it was. */
static unsigned int forward(struct sk_buff *skb, const struct sim_port *port)
{
	struct sim_table *table = &port->sim->table;
	struct sim_masked *m;
	struct sim_frame fr;
	struct sim_exact *e;

	if (unlikely(READ_ONCE(port->sim->faults.wedge)))
		return NFO_SIM_PUNT_WEDGED;
	sim_frame_parse(skb, port, &fr);
	if (!list_empty(&port->masks) && fr.cause != NFO_SIM_PUNT_MALFORMED) {
		m = sim_masked_lookup(table, port, &fr.key);
		if (m)
			return sim_forward_masked(skb, port, &fr, m);
	}
	if (fr.cause != SIM_DONE)
		return fr.cause;
	e = sim_exact_lookup(table, &fr.key.ip);
	return e ? sim_forward_exact(skb, port, &fr, e) : NFO_SIM_PUNT_MISS;
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
	unsigned int verdict;

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

	verdict = forward(skb, port);
	if (verdict == SIM_DONE)
		return RX_HANDLER_CONSUMED;
	sim_count_one(port, SIM_PUNT + verdict);
	sim_count(port, SIM_CPU_RX_PACKETS, skb->len);
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
 * Return: NETDEV_TX_OK; without a wire the frame is dropped and counted.
 */
netdev_tx_t sim_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct sim_port *port = netdev_priv(dev);
	unsigned int len = skb->len - ETH_HLEN;
	struct net_device *wire;

	rcu_read_lock();
	wire = rcu_dereference(port->wire);
	if (wire && netif_running(wire)) {
		skb->dev = wire;
		if (dev_queue_xmit(skb) == NET_XMIT_SUCCESS)
			sim_count(port, SIM_CPU_TX_PACKETS, len);
		else
			sim_count_one(port, SIM_TX_DROPPED);
	} else {
		kfree_skb(skb);
		sim_count_one(port, SIM_TX_DROPPED);
	}
	rcu_read_unlock();
	return NETDEV_TX_OK;
}
