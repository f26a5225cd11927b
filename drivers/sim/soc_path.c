// SPDX-License-Identifier: GPL-2.0-only
/*
 * The SoC model's datapath: what comes in at a MAC goes to an engine, to the CPU or nowhere, by the
 * MAC's steering register; what an engine does not forward goes up to the CPU as it came, with a
 * reason. Runs with BH disabled, under RCU.
 */
#include "soc.h"

#define NIBBLE		4
#define TO_MASK		0xf

/* A port of the frame engine's switch. There is one answer per kind of destination. */
static unsigned int steer(const struct soc *soc, unsigned int mac, const struct sk_buff *skb)
{
	u32 cfg = soc_steering(soc, mac);

	switch (skb->pkt_type) {
	case PACKET_HOST:
		return (cfg >> 3 * NIBBLE) & TO_MASK;
	case PACKET_BROADCAST:
		return (cfg >> 2 * NIBBLE) & TO_MASK;
	case PACKET_MULTICAST:
		return (cfg >> 1 * NIBBLE) & TO_MASK;
	default:
		return cfg & TO_MASK;
	}
}

/* Version 1 has one engine, where others have their second one. */
static struct soc_engine *engine_at(struct soc *soc, unsigned int pse)
{
	unsigned int n;

	if (soc->kind->version == 1)
		return pse == SOC_PSE_PPE1 ? &soc->engine[0] : NULL;
	switch (pse) {
	case SOC_PSE_PPE0:
		n = 0;
		break;
	case SOC_PSE_PPE1:
		n = 1;
		break;
	case SOC_PSE_PPE2:
		n = 2;
		break;
	default:
		return NULL;
	}
	return n < soc->kind->engines ? &soc->engine[n] : NULL;
}

static enum nfo_sim_punt punt_of(enum soc_reason reason)
{
	switch (reason) {
	case SOC_OPTIONS:
		return NFO_SIM_PUNT_OPTIONS;
	case SOC_FRAGMENT:
		return NFO_SIM_PUNT_FRAGMENT;
	case SOC_TCP_END:
	case SOC_BIND_TCP_END:
		return NFO_SIM_PUNT_FINRST;
	case SOC_TTL_EXCEEDED:
	case SOC_BIND_TTL1:
		return NFO_SIM_PUNT_TTL;
	case SOC_MTU:
		return NFO_SIM_PUNT_MTU;
	case SOC_UNBIND:
	case SOC_UNBIND_RATE:
		return NFO_SIM_PUNT_UNBOUND;
	case SOC_FORCE_CPU:
		return NFO_SIM_PUNT_TRAP;
	case SOC_BYPASS:
		return NFO_SIM_PUNT_BYPASS;
	case SOC_INVALID:
		return NFO_SIM_PUNT_MALFORMED;
	case SOC_NOMEM:
		return NFO_SIM_PUNT_NOMEM;
	case SOC_NO_FLOW:
		return NFO_SIM_PUNT_PROTO;
	default:
		return NFO_SIM_PUNT_MISS;
	}
}

static enum soc_reason process(struct soc_engine *e, const struct sim_port *port,
			       struct sk_buff *skb, unsigned int *index)
{
	enum soc_reason reason;
	struct soc_pkt pkt;
	struct soc_hit hit;

	reason = soc_parse(skb, soc_reg(e, SOC_FLOW_CFG), &pkt);
	if (reason != SOC_FORWARD)
		return reason;
	reason = soc_lookup(e, &pkt, &hit);
	*index = hit.index;
	return reason == SOC_FORWARD ? soc_forward(e, port, skb, &pkt, &hit) : reason;
}

static bool drop(const struct sim_port *port, enum sim_stat stat, struct sk_buff *skb)
{
	sim_count_one(port, stat);
	kfree_skb(skb);
	return true;
}

/* Only what comes from an engine has a reason in its descriptor. */
static bool to_cpu(const struct sim_port *port, const struct sim_port *mac, struct sk_buff *skb,
		   enum soc_reason reason, unsigned int index)
{
	sim_count_one(port, SIM_PUNT + punt_of(reason));
	sim_count(port, SIM_CPU_RX_PACKETS, skb->len);
	if (reason != SOC_BYPASS)
		soc_tell_rx(port->sim->soc, mac->dev, skb,
			    min_t(unsigned int, reason, SOC_INVALID), index);
	return false;
}

/**
 * soc_ingress() - a frame has come in at a MAC
 * @port: the MAC, or the user port of the switch behind it
 * @skb: the frame, from the network header on; the outermost tag is not in the data
 *
 * Return: whether the hardware took it; else it is for the CPU as it came, and so counted.
 */
bool soc_ingress(struct sim_port *port, struct sk_buff *skb)
{
	const struct sim_port *mac = soc_conduit(port);
	struct soc *soc = port->sim->soc;
	unsigned int index = NFO_PPE_NO_ENTRY;
	enum soc_reason reason;
	struct soc_engine *e;
	unsigned int to;

	if (unlikely(READ_ONCE(soc->resetting) || !mac || !netif_running(mac->dev)))
		return drop(port, SIM_RX_DROPPED, skb);
	to = steer(soc, mac->index, skb);
	if (to == SOC_PSE_CPU)
		return to_cpu(port, mac, skb, SOC_BYPASS, index);
	e = engine_at(soc, to);
	if (!e)
		return drop(port, SIM_HW_DROPPED, skb);
	if (!(soc_reg(e, SOC_GLO_CFG) & SOC_GLO_EN))
		return to_cpu(port, mac, skb, SOC_BYPASS, index);
	reason = process(e, port, skb, &index);
	if (reason == SOC_FORWARD)
		return true;
	if (reason == SOC_DROP)
		return drop(port, SIM_HW_DROPPED, skb);
	return to_cpu(port, mac, skb, reason, index);
}
