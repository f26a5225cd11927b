// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of a flow, and what follows from it: the tag in conntrack, counters, events.
 *
 * Tag. `[HW_OFFLOAD]` in conntrack belongs to both directions, which may be on two ports. The tag
 * lock, one of a few by the address of the connection, makes the state of a direction and the tag
 * change together, and links the two directions. nf would set the tag by itself after an offer that
 * we accept, and could so do it after we had taken the flow out again; so offers are never accepted
 * in nf's sense, and the tag is ours alone. nf draws no other conclusion from a refusal.
 *
 * A flow in the hash keeps nf's own flow_offload at least as long: that is why the cookie, which is
 * the address of nf's tuple, can be followed.
 */
#include <linux/hash.h>
#include <net/netfilter/nf_conntrack_acct.h>

#include "core.h"
#include "trace.h"

#define TAG_LOCK_BITS	8

static spinlock_t tag_locks[1 << TAG_LOCK_BITS];

void nfo_state_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tag_locks); i++)
		spin_lock_init(&tag_locks[i]);
}

struct flow_offload *nfo_nf_flow(unsigned long cookie, u8 *dir)
{
	struct flow_offload_tuple_rhash *th =
		container_of((struct flow_offload_tuple *)cookie, struct flow_offload_tuple_rhash,
			     tuple);

	*dir = th->tuple.dir;
	return container_of(th, struct flow_offload, tuplehash[th->tuple.dir]);
}

static spinlock_t *tag_lock_of(const struct flow_offload *nf)
{
	return &tag_locks[hash_ptr(nf, TAG_LOCK_BITS)];
}

/* The other direction, with the tag lock held: neither of the two can be unlinked meanwhile. */
static struct nfo_flow *peer_of(const struct nfo_flow *f, spinlock_t *lock)
{
	return rcu_dereference_protected(f->peer, lockdep_is_held(lock));
}

/**
 * nfo_state_link() - a flow is in the hash: find its other direction
 * @f: the flow
 */
void nfo_state_link(struct nfo_flow *f)
{
	struct nfo_flow *peer;
	struct flow_offload *nf;
	spinlock_t *lock;
	u8 dir;

	nf = nfo_nf_flow(f->cookie, &dir);
	lock = tag_lock_of(nf);
	rcu_read_lock();
	spin_lock(lock);
	peer = nfo_flow_find((unsigned long)&nf->tuplehash[!dir].tuple);
	if (peer) {
		rcu_assign_pointer(f->peer, peer);
		rcu_assign_pointer(peer->peer, f);
	}
	spin_unlock(lock);
	rcu_read_unlock();
}

/**
 * nfo_state_unlink() - a flow is out of the hash: its other direction is alone now
 * @f: the flow
 */
void nfo_state_unlink(struct nfo_flow *f)
{
	struct nfo_flow *peer;
	spinlock_t *lock;

	/* nf may free its flow from now on: the address is all we need */
	lock = tag_lock_of((void *)(f->cookie - offsetof(struct flow_offload, tuplehash[0].tuple) -
				    f->dir * sizeof(struct flow_offload_tuple_rhash)));
	spin_lock(lock);
	peer = peer_of(f, lock);
	if (peer && peer_of(peer, lock) == f)
		RCU_INIT_POINTER(peer->peer, NULL);
	RCU_INIT_POINTER(f->peer, NULL);
	spin_unlock(lock);
}

static void set_tag(struct nfo_flow *f, enum nfo_flow_state state, enum nfo_reason reason)
{
	const struct nfo_flow *peer;
	struct flow_offload *nf;
	spinlock_t *lock;
	u8 dir;

	nf = nfo_nf_flow(f->cookie, &dir);
	lock = tag_lock_of(nf);
	spin_lock(lock);
	WRITE_ONCE(f->state, state);
	WRITE_ONCE(f->reason, reason);
	peer = peer_of(f, lock);
	if (nfo_flow_in_hw(f) || (peer && nfo_flow_in_hw(peer)))
		set_bit(IPS_HW_OFFLOAD_BIT, &nf->ct->status);
	else
		clear_bit(IPS_HW_OFFLOAD_BIT, &nf->ct->status);
	spin_unlock(lock);
}

static void leave_state(struct nfo_flow *f)
{
	struct nfo_port *port = f->port;

	if (f->state == NFO_FLOW_SW)
		return;
	atomic_dec(&port->nn->n_hw);
	if (f->state == NFO_FLOW_PENDING) {
		port->n_pending--;
		return;
	}
	list_move_tail(&f->list, &port->sw);
	port->n_hw--;
	port->removed++;
}

static void enter_state(struct nfo_flow *f, enum nfo_flow_state state)
{
	struct nfo_port *port = f->port;

	if (state == NFO_FLOW_SW)
		return;
	atomic_inc(&port->nn->n_hw);
	if (state == NFO_FLOW_PENDING) {
		port->n_pending++;
		return;
	}
	list_move_tail(&f->list, &port->hw);
	port->n_hw++;
	port->added++;
}

/* Counts what comes into hardware, or is waited for there, and what leaves; by +1 and -1. */
static void count_state(const struct nfo_flow *f, int by)
{
	if (nfo_flow_in_hw(f))
		atomic64_add(by, &nfo_totals.flows_hw);
	else if (f->state == NFO_FLOW_HW)
		f->port->n_waiting += by;
}

static void enter_hw(struct nfo_flow *f)
{
	trace_nfo_flow_add(f, 0);
	nfo_notify_flow(f, NFO_FLOW_EV_HW, -1);
}

/**
 * nfo_state_set() - a flow is in another state, or in the same one for another reason
 * @f: the flow; its port is locked
 * @state: the state
 * @reason: why it is not in hardware; NFO_REASON_NONE when there is nothing to tell
 */
void nfo_state_set(struct nfo_flow *f, enum nfo_flow_state state, enum nfo_reason reason)
{
	bool was = nfo_flow_in_hw(f), news = reason != f->reason;

	lockdep_assert_held(&f->port->lock);
	if (reason != NFO_REASON_NONE && news)
		f->port->reasons[reason]++;
	if (!news && f->state == state)
		return;
	count_state(f, -1);
	if (f->state != state) {
		leave_state(f);
		enter_state(f, state);
	}
	/* nf's flow is not for us to look at when nothing changes for it */
	if (f->state == state && state == NFO_FLOW_SW)
		WRITE_ONCE(f->reason, reason);
	else
		set_tag(f, state, reason);
	count_state(f, 1);
	if (!was && nfo_flow_in_hw(f)) {
		enter_hw(f);
	} else if (reason != NFO_REASON_NONE && state != NFO_FLOW_PENDING) {
		trace_nfo_flow_refused(f, reason);
		nfo_notify_flow(f, NFO_FLOW_EV_SW, -1);
	}
}

/**
 * nfo_state_acct() - tell conntrack what was forwarded without it
 * @ct: the connection
 * @dir: the direction
 * @packets: packets
 * @bytes: layer 3 bytes
 */
void nfo_state_acct(struct nf_conn *ct, u8 dir, u64 packets, u64 bytes)
{
	u32 part;

	while (packets || bytes) {
		/* conntrack takes 32 bits at a time */
		part = min_t(u64, bytes, U32_MAX);
		nf_ct_acct_add(ct, dir, packets, part);
		packets = 0;
		bytes -= part;
	}
}

/**
 * nfo_state_account() - the same for a flow, if its flowtable counts
 * @f: the flow
 * @packets: packets
 * @bytes: layer 3 bytes
 */
void nfo_state_account(const struct nfo_flow *f, u64 packets, u64 bytes)
{
	u8 dir;

	if (f->table && f->table->nf->flags & NF_FLOWTABLE_COUNTER)
		nfo_state_acct(nfo_nf_flow(f->cookie, &dir)->ct, f->dir, packets, bytes);
}

/**
 * nfo_state_count() - hardware has counted
 * @f: the flow; its port is locked
 * @c: since the last time
 */
void nfo_state_count(struct nfo_flow *f, const struct nfo_counters *c)
{
	struct nfo_port *port = f->port;

	if (c->used)
		WRITE_ONCE(f->used, c->lastused);
	if (!c->packets && !c->bytes)
		return;
	WRITE_ONCE(f->packets, f->packets + c->packets);
	WRITE_ONCE(f->bytes, f->bytes + c->bytes);
	WRITE_ONCE(port->packets, port->packets + c->packets);
	WRITE_ONCE(port->bytes, port->bytes + c->bytes);
	WRITE_ONCE(f->used, c->lastused ? c->lastused : jiffies);
	f->counted = true;
}
