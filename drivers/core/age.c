// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters in bulk, and which connections stay alive.
 *
 * nf asks for the counters of each flow with a work item per flow and second as soon as a tenth of
 * the flow's timeout has passed without it being extended. That costs more than forwarding, so each
 * port reads its counters itself, many at once, and extends the timeouts itself, more often than
 * every tenth of a timeout: then nf never asks.
 *
 * The exact rule. Let T be the connection's timeout (nf_flowtable_tcp_timeout or ..._udp_timeout).
 * While both directions are in hardware, flow->timeout is set to now + T at each tick, never
 * beyond: nf's age test is unsigned, a timeout ahead of now + T would make it offer the flow anew
 * with every software packet. When neither hardware nor software has seen a packet for T, it is set
 * to now, and nf's garbage collector ends the flow within a second. Software's use shows in a
 * timeout that is not the one we wrote.
 *
 * While only one direction is in hardware, nf's own rule holds: a use extends the timeout to that
 * use + T, nothing else does, and nf asks when it wants to.
 *
 * The decision is made at the visit of the original direction; that of the reply direction only
 * notes its use.
 */
#include <net/netfilter/nf_conntrack_l4proto.h>

#include "core.h"
#include "hop.h"

#define BATCH		64
#define TICK_MAX	(5 * HZ / 2)
#define TICK_MIN	(HZ / 4)
#define TICKS		12	/* per timeout: nf asks after a tenth of it */

/**
 * nfo_age_timeout() - timeout of a connection in the flowtable
 * @nf: the connection
 *
 * Return: jiffies, as flow_offload_get_timeout() of nf_flow_table, which is not exported, has it.
 */
u32 nfo_age_timeout(const struct flow_offload *nf)
{
	struct net *net = nf_ct_net(nf->ct);

	switch (nf->tuplehash[0].tuple.l4proto) {
	case IPPROTO_TCP:
		return nf_tcp_pernet(net)->offload_timeout;
	case IPPROTO_UDP:
		return nf_udp_pernet(net)->offload_timeout;
	default:
		return NF_FLOW_TIMEOUT;
	}
}

/**
 * nfo_age_tick() - time between two visits
 * @net: namespace, whose timeouts say it
 *
 * Return: jiffies.
 */
unsigned long nfo_age_tick(struct net *net)
{
	unsigned long least = min(nf_tcp_pernet(net)->offload_timeout,
				  nf_udp_pernet(net)->offload_timeout);

	return clamp_t(unsigned long, least / TICKS, TICK_MIN, TICK_MAX);
}

void nfo_age_start(struct nfo_port *port)
{
	lockdep_assert_held(&port->lock);
	if (port->dying || delayed_work_pending(&port->tick))
		return;
	refcount_inc(&port->refs);
	if (!queue_delayed_work(nfo_wq, &port->tick, nfo_age_tick(port->net)))
		nfo_port_put(port);
}

/* Both directions are in hardware: we alone say when the connection has been idle for too long. */
static void decide(struct nfo_flow *f, struct flow_offload *nf, const struct nfo_flow *peer)
{
	u32 timeout = nfo_age_timeout(nf), now = jiffies, used = f->used, other;

	other = READ_ONCE(peer->used);
	if ((s32)(other - used) > 0)
		used = other;
	if (f->mark != READ_ONCE(nf->timeout)) {
		/* software wrote it, at its use */
		other = READ_ONCE(nf->timeout) - timeout;
		if ((s32)(other - used) > 0 && (s32)(other - now) <= 0)
			used = other;
		f->used = used;
	}
	if (now - used >= timeout && (s32)(now - used) > 0) {
		WRITE_ONCE(nf->timeout, now);
		atomic64_inc(&nfo_totals.expired);
		return;
	}
	f->mark = now + timeout;
	WRITE_ONCE(nf->timeout, f->mark);
}

static void extend(struct nfo_flow *f, struct flow_offload *nf)
{
	u32 until = f->used + nfo_age_timeout(nf);

	if ((s32)(until - READ_ONCE(nf->timeout)) > 0)
		WRITE_ONCE(nf->timeout, until);
}

/**
 * nfo_age_visit() - what hardware counted for a flow since the last visit
 * @f: the flow, in hardware; its port is locked
 * @c: counters
 * @ms: since the last visit
 */
void nfo_age_visit(struct nfo_flow *f, const struct nfo_counters *c, u32 ms)
{
	const struct nfo_flow *peer;
	struct flow_offload *nf;
	u8 dir;

	f->heat = nfo_heat(f->heat, c->packets, ms);
	if (c->packets) {
		nfo_state_count(f, c);
		nfo_state_account(f, c->packets, c->bytes);
		if (f->hop)
			WRITE_ONCE(f->hop->used, true);
	}
	if (c->lost) {
		nfo_program_out(f, NFO_REASON_LOST);
		return;
	}
	nf = nfo_nf_flow(f->cookie, &dir);
	rcu_read_lock();
	peer = rcu_dereference(f->peer);
	if (peer && READ_ONCE(peer->state) != NFO_FLOW_HW)
		peer = NULL;
	if (peer && !dir)
		decide(f, nf, peer);
	else if (!peer && c->packets)
		extend(f, nf);
	rcu_read_unlock();
}

static void read_batch(struct nfo_port *port, void **privs, struct nfo_counters *c, u32 n)
{
	u32 i;

	memset(c, 0, n * sizeof(*c));
	if (port->be->flow_stats_many) {
		port->be->flow_stats_many(port->be_priv, privs, c, n);
		return;
	}
	for (i = 0; i < n; i++)
		port->be->flow_stats(port->be_priv, privs[i], &c[i]);
}

struct batch {
	struct nfo_flow *flows[BATCH];
	void *privs[BATCH];
	struct nfo_counters counters[BATCH];
};

/* The first flows of the list go to its end: it is in order of the last visit. */
static u32 visit_some(struct nfo_port *port, struct batch *b, u32 left, u32 ms)
{
	u32 i, n = 0;

	while (n < min_t(u32, left, BATCH) && !list_empty(&port->hw)) {
		b->flows[n] = list_first_entry(&port->hw, struct nfo_flow, list);
		b->privs[n] = b->flows[n]->be_priv;
		list_move_tail(&b->flows[n]->list, &port->hw);
		n++;
	}
	if (!n)
		return 0;
	read_batch(port, b->privs, b->counters, n);
	for (i = 0; i < n; i++)
		nfo_age_visit(b->flows[i], &b->counters[i], ms);
	return left - n;
}

static void visit_all(struct nfo_port *port, u32 ms)
{
	struct batch *b = kmalloc(sizeof(*b), GFP_KERNEL);
	u32 left = port->n_hw;

	/* without memory nf itself asks for a while */
	if (!b)
		return;
	while (left) {
		left = visit_some(port, b, left, ms);
		mutex_unlock(&port->lock);
		cond_resched();
		mutex_lock(&port->lock);
	}
	kfree(b);
}

/**
 * nfo_age_work() - visit the flows of a port that are in hardware
 * @work: port->tick; holds a reference to the port
 */
void nfo_age_work(struct work_struct *work)
{
	struct nfo_port *port = container_of(to_delayed_work(work), struct nfo_port, tick);

	mutex_lock(&port->lock);
	if (port->n_hw && !port->dying) {
		if (port->be->deferred) {
			port->read_due = true;
			nfo_job_kick(port);
		} else {
			visit_all(port, jiffies_to_msecs(nfo_age_tick(port->net)));
		}
		nfo_age_start(port);
	}
	mutex_unlock(&port->lock);
	nfo_port_put(port);
}
