// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters in bulk, and which connections stay alive.
 *
 * nf asks for the counters of each flow with a work item per flow and second as soon as a tenth of
 * the flow's timeout has passed without it being extended. That costs more than forwarding, so each
 * port extends the timeouts itself, more often than every tenth of a timeout: then nf never asks.
 * Every other time it reads the counters as well, many at once.
 *
 * The exact rule. Let T be the connection's timeout (nf_flowtable_tcp_timeout or ..._udp_timeout).
 * While both directions are in hardware, flow->timeout is set to now + T at each tick, never
 * beyond: nf's age test is unsigned, a timeout ahead of now + T would make it offer the flow anew
 * with every software packet. When neither hardware nor software has seen a packet for T, it is set
 * to now, and nf's garbage collector ends the flow within a second. Software's use shows in a
 * timeout that is not the one we wrote.
 *
 * The decision is made at the visit of the original direction. The counters of the other one may be
 * read at another time, even by another port: a connection that seems idle is doubted, and ends
 * once both directions were read after that and it still is.
 *
 * With timeouts below 11 s ticks are shorter than a second, which is how often nf writes a timeout:
 * then software's use is not seen while both directions are in hardware, and a connection whose
 * packets all are left to software nevertheless is set up anew after each timeout.
 *
 * While only one direction is in hardware, nf's own rule holds: a use extends the timeout to that
 * use + T, nothing else does, and nf asks when it wants to.
 */
#include <net/netfilter/nf_conntrack_l4proto.h>

#include "core.h"
#include "hop.h"

#define BATCH		64
#define TICK_MAX	(11 * HZ / 4)
#define TICK_MIN	(HZ / 4)
#define TICKS		11	/* per timeout: nf asks after a tenth of it, and looks once a second */

/*
 * Timeout of a connection in the flowtable, in jiffies, as flow_offload_get_timeout() of
 * nf_flow_table, which is not exported, has it.
 */
static u32 timeout_of(const struct flow_offload *nf)
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

/* When software used the connection last, if it did after our last visit. */
static u32 software_use(const struct nfo_flow *f, const struct flow_offload *nf, u32 timeout, u32 now)
{
	u32 used = READ_ONCE(nf->timeout) - timeout;

	return (s32)(used - f->used) > 0 && (s32)(used - now) <= 0 ? used : f->used;
}

/*
 * Both directions are in hardware: we alone say when the connection has been idle for too long.
 * f->retry, of no use to a flow in hardware, is since when that is doubted.
 */
static void decide(struct nfo_flow *f, struct flow_offload *nf, const struct nfo_flow *peer, u32 now)
{
	u32 timeout = timeout_of(nf), other = READ_ONCE(peer->used);

	if (f->mark != READ_ONCE(nf->timeout))
		f->used = software_use(f, nf, timeout, now);
	if ((s32)(now - f->used - timeout) < 0 || (s32)(now - other - timeout) < 0) {
		f->retry = 0;
	} else if (!f->retry) {
		f->retry = now | 1;
	} else if ((s32)(READ_ONCE(f->port->read_from) - f->retry) > 0 &&
		   (s32)(READ_ONCE(peer->port->read_from) - f->retry) > 0) {
		/* stays so until nf acts: its garbage collector looks once a second only */
		if ((s32)(f->mark - now) > 0)
			atomic64_inc(&nfo_totals.expired);
		f->mark = now;
		WRITE_ONCE(nf->timeout, now);
		return;
	}
	f->mark = now + timeout;
	WRITE_ONCE(nf->timeout, f->mark);
}

/* One direction is in hardware: a use extends the timeout, and nf does the rest. */
static void extend(struct nfo_flow *f, struct flow_offload *nf)
{
	u32 until = f->used + timeout_of(nf);

	if ((s32)(until - READ_ONCE(nf->timeout)) > 0)
		WRITE_ONCE(nf->timeout, until);
}

/* Keep the connection of a flow in hardware alive, or not. */
static void keep(struct nfo_flow *f, bool used, u32 now)
{
	const struct nfo_flow *peer;
	struct flow_offload *nf;
	u8 dir;

	/* the other direction's visit does all there is to do */
	if (!used && f->dir != IP_CT_DIR_ORIGINAL)
		return;
	rcu_read_lock();
	peer = rcu_dereference(f->peer);
	if (!peer || READ_ONCE(peer->state) != NFO_FLOW_HW) {
		if (used)
			extend(f, nfo_nf_flow(f->cookie, &dir));
	} else if (f->dir == IP_CT_DIR_ORIGINAL) {
		nf = nfo_nf_flow(f->cookie, &dir);
		decide(f, nf, peer, now);
	}
	rcu_read_unlock();
}

/**
 * nfo_age_visit() - what hardware counted for a flow since the last visit
 * @f: the flow, in hardware; its port is locked
 * @c: counters
 * @ms: since the last visit
 */
void nfo_age_visit(struct nfo_flow *f, const struct nfo_counters *c, u32 ms)
{
	bool used = c->packets || c->used;

	if (c->packets || f->heat)
		f->heat = nfo_heat(f->heat, c->packets, ms);
	nfo_state_count(f, c);
	if (c->packets)
		nfo_state_account(f, c->packets, c->bytes);
	if (used && f->dest)
		WRITE_ONCE(f->dest->hop->used, true);
	if (c->lost)
		nfo_program_out(f, NFO_REASON_LOST);
	else
		keep(f, used, jiffies);
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

/*
 * The first flows of the list, which is in order of the last visit: they go to its end, all at
 * once. Returns how many.
 */
static u32 next_flows(struct nfo_port *port, struct nfo_flow **flows, u32 max)
{
	struct nfo_flow *f;
	u32 n = 0;

	list_for_each_entry(f, &port->hw, list) {
		if (n == max)
			break;
		flows[n++] = f;
	}
	if (n)
		list_bulk_move_tail(&port->hw, &flows[0]->list, &flows[n - 1]->list);
	return n;
}

static u32 visit_some(struct nfo_port *port, struct batch *b, u32 left, u32 ms)
{
	u32 i, n;

	/* the port may have another backend by now, whose worker does this */
	if (!port->n_hw || port->be->deferred)
		return 0;
	n = next_flows(port, b->flows, min_t(u32, left, BATCH));
	for (i = 0; i < n; i++)
		b->privs[i] = b->flows[i]->be_priv;
	read_batch(port, b->privs, b->counters, n);
	for (i = 0; i < n; i++)
		nfo_age_visit(b->flows[i], &b->counters[i], ms);
	return left - n;
}

/* Read the counters of all flows in hardware. The lock is given back now and then. */
static void read_all(struct nfo_port *port, u32 ms)
{
	struct batch *b = kmalloc(sizeof(*b), GFP_KERNEL);
	u32 left = port->n_hw, from = jiffies;

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
	WRITE_ONCE(port->read_from, from);
}

/* Only keep the connections alive, whatever was counted. */
static void keep_all(struct nfo_port *port)
{
	struct nfo_flow *flows[BATCH];
	u32 i, n, left = port->n_hw;

	while (left) {
		n = next_flows(port, flows, min_t(u32, left, BATCH));
		if (!n)
			return;
		for (i = 0; i < n; i++)
			if (flows[i]->dir == IP_CT_DIR_ORIGINAL)
				keep(flows[i], false, jiffies);
		left -= n;
		mutex_unlock(&port->lock);
		cond_resched();
		mutex_lock(&port->lock);
	}
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
		if (port->ticks++ % NFO_AGE_READ_EVERY)
			keep_all(port);
		else if (!port->be->deferred)
			read_all(port, jiffies_to_msecs(NFO_AGE_READ_EVERY * nfo_age_tick(port->net)));
		else
			port->read_due = true;
		if (port->read_due)
			nfo_job_kick(port);
		nfo_age_start(port);
	}
	mutex_unlock(&port->lock);
	nfo_port_put(port);
}
