// SPDX-License-Identifier: GPL-2.0-only
/*
 * The eswitch in legacy mode: a switch that knows the addresses of its VFs. They share the first
 * uplink, whose netdev is the physical function (PF) and may be down. Unicast goes to whom it is
 * for, and to the wire if it is for none of them; the rest goes to all. Runs under RCU with BH
 * disabled.
 */
#include <linux/etherdevice.h>

#include "sim.h"

static bool is_pf(const struct sim_port *port)
{
	return port->index == 0;
}

static struct net_device *vf_with(const struct sim *sim, const u8 *mac)
{
	struct net_device *dev;
	unsigned int i;

	for (i = 0; i < READ_ONCE(sim->vfs); i++) {
		dev = rcu_dereference(sim->vf[i]);
		if (dev && ether_addr_equal(dev->dev_addr, mac))
			return dev;
	}
	return NULL;
}

/* Copies for all VFs but @except. */
static void flood_vfs(const struct sim *sim, const struct sk_buff *skb,
		      const struct net_device *except)
{
	struct net_device *dev;
	struct sk_buff *copy;
	unsigned int i;

	for (i = 0; i < READ_ONCE(sim->vfs); i++) {
		dev = rcu_dereference(sim->vf[i]);
		if (!dev || dev == except)
			continue;
		copy = skb_clone((struct sk_buff *)skb, GFP_ATOMIC);
		if (copy)
			sim_vf_receive(dev, copy);
	}
}

/* @skb begins with its Ethernet header. Whether it was for a VF alone, and is taken. */
static bool to_vfs(const struct sim *sim, struct sk_buff *skb)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;
	struct net_device *dev;

	if (is_multicast_ether_addr(eth->h_dest)) {
		flood_vfs(sim, skb, NULL);
		return false;
	}
	dev = vf_with(sim, eth->h_dest);
	if (!dev)
		return false;
	sim_vf_receive(dev, skb);
	return true;
}

/**
 * sim_legacy_rx() - a frame comes in on a wire
 * @pf: the port
 * @skb: the frame, from the network header on
 *
 * Return: whether it was for a VF alone, and is taken.
 */
bool sim_legacy_rx(struct sim_port *pf, struct sk_buff *skb)
{
	unsigned int len = skb->len;

	if (!is_pf(pf) || !READ_ONCE(pf->sim->vfs))
		return false;
	skb_push_rcsum(skb, ETH_HLEN);
	if (to_vfs(pf->sim, skb)) {
		sim_count(pf, SIM_HW_RX_PACKETS, len);
		return true;
	}
	skb_pull_rcsum(skb, ETH_HLEN);
	return false;
}

/**
 * sim_legacy_xmit() - the CPU sends a frame
 * @pf: by this port
 * @skb: the frame, from the Ethernet header on
 *
 * Return: whether it was for a VF alone, and is taken.
 */
bool sim_legacy_xmit(struct sim_port *pf, struct sk_buff *skb)
{
	return is_pf(pf) && to_vfs(pf->sim, skb);
}

static bool to_wire(struct sim_port *pf, struct sk_buff *skb)
{
	struct net_device *wire = sim_link_far(pf);
	unsigned int len = skb->len - ETH_HLEN;

	if (!wire) {
		kfree_skb(skb);
		return false;
	}
	if (!sim_link_send(pf, wire, skb))
		return false;
	sim_count(pf, SIM_HW_TX_PACKETS, len);
	return true;
}

/* All others, the PF and the wire included. */
static void flood(const struct sim_vf *vf, struct sim_port *pf, struct sk_buff *skb)
{
	struct sk_buff *copy;

	flood_vfs(vf->sim, skb, vf->dev);
	copy = skb_clone(skb, GFP_ATOMIC);
	if (copy)
		to_wire(pf, copy);
	sim_link_receive(pf, skb);
}

/**
 * sim_legacy_vf_xmit() - a VF sends a frame
 * @vf: the VF
 * @skb: the frame, from the Ethernet header on; taken
 *
 * Return: whether there was somebody to have it.
 */
bool sim_legacy_vf_xmit(struct sim_vf *vf, struct sk_buff *skb)
{
	const struct ethhdr *eth = (const struct ethhdr *)skb->data;
	struct net_device *dev = rcu_dereference(vf->sim->port[0]);
	struct net_device *other;
	struct sim_port *pf;

	if (!dev) {
		kfree_skb(skb);
		return false;
	}
	pf = netdev_priv(dev);
	if (is_multicast_ether_addr(eth->h_dest)) {
		flood(vf, pf, skb);
		return true;
	}
	other = vf_with(vf->sim, eth->h_dest);
	if (other)
		return sim_vf_receive(other, skb);
	if (ether_addr_equal(dev->dev_addr, eth->h_dest))
		return sim_link_receive(pf, skb);
	return to_wire(pf, skb);
}
