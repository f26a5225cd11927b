// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model's datapath: frames that come in at a port are matched against the rules and either
 * leave by another port, rewritten, or go to the CPU as they came. Masked rules come before exact
 * ones. Runs with BH disabled, under RCU.
 */
#include "frame.h"
#include "soc.h"

#define NO_RULE	UINT_MAX

/* By the masked rules of the port; @miss if there is none for it. */
static unsigned int forward_masked(struct sk_buff *skb, const struct sim_port *port,
				   const struct sim_frame *fr, enum sim_kind first,
				   unsigned int miss)
{
	struct sim_masked *m;
	unsigned int verdict;

	m = sim_masked_lookup(&port->sim->table, port, &fr->key, first);
	if (!m)
		return miss;
	verdict = sim_forward_masked(skb, port, fr, m);
	if (m->end != SIM_END_FT || verdict != NFO_SIM_PUNT_ACCEPT)
		return verdict;
	return forward_masked(skb, port, fr, SIM_KIND_FT, NFO_SIM_PUNT_ACCEPT);
}

/* Forward the frame, or say why not: then it is as it was. */
static unsigned int forward(struct sk_buff *skb, const struct sim_port *port)
{
	struct sim_table *table = &port->sim->table;
	unsigned int verdict;
	struct sim_frame fr;
	struct sim_exact *e;

	if (unlikely(READ_ONCE(port->sim->faults.wedge)))
		return NFO_SIM_PUNT_WEDGED;
	sim_frame_parse(skb, port, &fr);
	if (!list_empty(&port->masks) && fr.cause != NFO_SIM_PUNT_MALFORMED) {
		verdict = forward_masked(skb, port, &fr, SIM_KIND_TC, NO_RULE);
		if (verdict != NO_RULE)
			return verdict;
	}
	if (fr.cause != SIM_DONE)
		return fr.cause;
	e = sim_exact_lookup(table, &fr.key.ip);
	return e ? sim_forward_exact(skb, port, &fr, e) : NFO_SIM_PUNT_MISS;
}

/**
 * sim_ingress() - a frame has come in at a port
 * @port: the port
 * @skb: the frame, from the network header on; the outermost tag is not in the data
 *
 * Context: BH disabled, RCU.
 *
 * Return: whether the hardware took it; else it is for the CPU as it came, and so counted.
 */
bool sim_ingress(struct sim_port *port, struct sk_buff *skb)
{
	unsigned int verdict;

	if (port->sim->soc)
		return soc_ingress(port, skb);
	verdict = forward(skb, port);
	if (verdict == SIM_DONE)
		return true;
	sim_count_one(port, SIM_PUNT + verdict);
	sim_count(port, SIM_CPU_RX_PACKETS, skb->len);
	return false;
}
