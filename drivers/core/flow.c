// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows: one direction of a connection each, what is known of it and whether it is in hardware.
 *
 * A flow is created, moved and removed under its port's lock. It is in the hash from the first
 * offer until DESTROY or UNBIND, and nf keeps its own flow_offload at least as long: that is why
 * the cookie, which is the address of nf's tuple, can be followed for every flow in the hash. (nf
 * may offer a flow once more after its DESTROY; NF_FLOW_HW_DYING tells.)
 *
 * Tag. `[HW_OFFLOAD]` in conntrack belongs to both directions, which may be on two ports. The tag
 * lock, one of a few by the address of the connection, makes the state of a direction and the tag
 * change together. nf would set the tag by itself after an offer that we accept, and could so do
 * it after we had taken the flow out again; so offers are never accepted in nf's sense, and the
 * tag is ours alone. nf draws no other conclusion from a refusal.
 *
 * Counters. What hardware counted goes to nf in its STATS round, to conntrack directly when a
 * flow leaves the hardware.
 */
#include <linux/hash.h>
#include <linux/if_macvlan.h>
#include <linux/if_vlan.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_acct.h>

#include "core.h"

#define TAG_LOCK_BITS	6
#define BACKOFF_MAX	6	/* a refused flow is tried again after 1, 2, 4 ... 64 s */

static const struct rhashtable_params flow_params = {
	.head_offset = offsetof(struct nfo_flow, node),
	.key_offset = offsetof(struct nfo_flow, cookie),
	.key_len = sizeof_field(struct nfo_flow, cookie),
	.automatic_shrinking = true,
};

static struct rhashtable flows;
static struct kmem_cache *flow_cache;
static spinlock_t tag_locks[1 << TAG_LOCK_BITS];

static struct nfo_flow *flow_find(unsigned long cookie)
{
	return rhashtable_lookup_fast(&flows, &cookie, flow_params);
}

static struct flow_offload *nf_flow_of(unsigned long cookie, u8 *dir)
{
	struct flow_offload_tuple_rhash *th =
		container_of((struct flow_offload_tuple *)cookie, struct flow_offload_tuple_rhash,
			     tuple);

	*dir = th->tuple.dir;
	return container_of(th, struct flow_offload, tuplehash[th->tuple.dir]);
}

static bool other_in_hw(const struct flow_offload *nf, u8 dir)
{
	struct nfo_flow *other;
	bool hw;

	rcu_read_lock();
	other = flow_find((unsigned long)&nf->tuplehash[!dir].tuple);
	hw = other && READ_ONCE(other->state) == NFO_FLOW_HW;
	rcu_read_unlock();
	return hw;
}

static void set_state(struct nfo_flow *f, enum nfo_flow_state state, enum nfo_reason reason)
{
	struct nfo_port *port = f->port;
	struct flow_offload *nf;
	spinlock_t *lock;
	u8 dir;

	lockdep_assert_held(&port->lock);
	if (reason != NFO_REASON_NONE && reason != f->reason)
		port->reasons[reason]++;
	WRITE_ONCE(f->reason, reason);
	if (f->state == state)
		return;

	nf = nf_flow_of(f->cookie, &dir);
	lock = &tag_locks[hash_ptr(nf, TAG_LOCK_BITS)];
	spin_lock(lock);
	WRITE_ONCE(f->state, state);
	if (state == NFO_FLOW_HW || other_in_hw(nf, dir))
		set_bit(IPS_HW_OFFLOAD_BIT, &nf->ct->status);
	else
		clear_bit(IPS_HW_OFFLOAD_BIT, &nf->ct->status);
	spin_unlock(lock);

	if (state == NFO_FLOW_HW) {
		port->n_hw++;
		port->added++;
		atomic64_inc(&nfo_totals.flows_hw);
	} else {
		port->n_hw--;
		port->removed++;
		atomic64_dec(&nfo_totals.flows_hw);
	}
}

/* conntrack takes 32 bits at a time. */
static void account(const struct nfo_flow *f, u64 packets, u64 bytes)
{
	struct flow_offload *nf;
	u32 part;
	u8 dir;

	if (!(f->table->nf->flags & NF_FLOWTABLE_COUNTER))
		return;
	nf = nf_flow_of(f->cookie, &dir);
	while (packets || bytes) {
		part = min_t(u64, bytes, U32_MAX);
		nf_ct_acct_add(nf->ct, dir, packets, part);
		packets = 0;
		bytes -= part;
	}
}

static void count(struct nfo_flow *f, const struct nfo_counters *c)
{
	struct nfo_port *port = f->port;

	WRITE_ONCE(f->packets, f->packets + c->packets);
	WRITE_ONCE(f->bytes, f->bytes + c->bytes);
	WRITE_ONCE(port->packets, port->packets + c->packets);
	WRITE_ONCE(port->bytes, port->bytes + c->bytes);
	if (c->lastused)
		WRITE_ONCE(f->lastused, c->lastused);
}

/* Out of the hardware; the last counters go to conntrack, as nf will not ask for them again. */
static void take_out(struct nfo_flow *f, enum nfo_reason reason)
{
	struct nfo_port *port = f->port;
	struct nfo_counters last = {};

	port->be->flow_del(port->be_priv, f->be_priv, &last);
	f->be_priv = NULL;
	count(f, &last);
	account(f, last.packets, last.bytes);
	set_state(f, NFO_FLOW_SW, reason);
}

static bool is_upper(struct net_device *dev)
{
	return is_vlan_dev(dev) || netif_is_macvlan(dev) || netif_is_bridge_master(dev) ||
	       netif_is_lag_master(dev);
}

static enum nfo_reason check_egress(struct nfo_port *port, const struct nfo_rule *rule)
{
	enum nfo_reason reason = NFO_REASON_EGRESS_PORT;
	struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(port->net, rule->edit.ifindex);
	if (dev && is_upper(dev))
		reason = NFO_REASON_VIRTUAL_DEV;
	else if (dev)
		reason = nfo_rule_check(rule, port->caps, READ_ONCE(dev->mtu));
	rcu_read_unlock();
	return reason;
}

static enum nfo_reason program(struct nfo_port *port, struct nfo_flow *f)
{
	struct netlink_ext_ack extack = {};
	int err;

	err = port->be->flow_add(port->be_priv, &f->rule, &f->be_priv, &extack);
	if (!err)
		return NFO_REASON_NONE;
	if (extack._msg)
		netdev_dbg(port->dev, "rule refused, error %d: %s\n", err, extack._msg);
	switch (err) {
	case -ENOSPC:
		return NFO_REASON_TABLE_FULL;
	case -ENOMEM:
		return NFO_REASON_NO_MEMORY;
	case -ENODEV:
		return NFO_REASON_EGRESS_PORT;
	default:
		return NFO_REASON_DRIVER;
	}
}

/* Into the hardware if it may and can be. A refusal by the driver is remembered for a while. */
static void put_in(struct nfo_flow *f)
{
	struct nfo_port *port = f->port;
	enum nfo_reason reason;

	if (f->state == NFO_FLOW_HW || !f->parsed)
		return;
	if (!port->enabled) {
		set_state(f, NFO_FLOW_SW, NFO_REASON_PORT_OFF);
		return;
	}
	if (f->backoff && time_before(jiffies, f->retry))
		return;

	reason = check_egress(port, &f->rule);
	if (!reason)
		reason = program(port, f);
	if (!reason) {
		f->backoff = 0;
		set_state(f, NFO_FLOW_HW, NFO_REASON_NONE);
		return;
	}
	f->retry = jiffies + (HZ << f->backoff);
	if (f->backoff < BACKOFF_MAX)
		f->backoff++;
	set_state(f, NFO_FLOW_SW, reason);
}

static void flow_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(flow_cache, container_of(rcu, struct nfo_flow, rcu));
}

static struct nfo_flow *flow_create(struct nfo_table *table, struct nfo_port *port,
				    unsigned long cookie, const struct nfo_rule *rule,
				    enum nfo_reason reason)
{
	struct nfo_flow *f = kmem_cache_zalloc(flow_cache, GFP_KERNEL);

	if (!f) {
		port->reasons[NFO_REASON_NO_MEMORY]++;
		return NULL;
	}
	f->cookie = cookie;
	f->port = port;
	f->table = table;
	f->rule = *rule;
	nf_flow_of(cookie, &f->dir);
	f->state = NFO_FLOW_SW;
	f->parsed = reason == NFO_REASON_NONE;
	set_state(f, NFO_FLOW_SW, reason);
	if (rhashtable_insert_fast(&flows, &f->node, flow_params)) {
		port->reasons[NFO_REASON_NO_MEMORY]++;
		kmem_cache_free(flow_cache, f);
		return NULL;
	}
	list_add_tail(&f->list, &port->flows);
	port->n_flows++;
	atomic64_inc(&nfo_totals.flows);
	return f;
}

static void flow_remove(struct nfo_flow *f)
{
	struct nfo_port *port = f->port;

	if (f->state == NFO_FLOW_HW)
		take_out(f, NFO_REASON_NONE);
	rhashtable_remove_fast(&flows, &f->node, flow_params);
	list_del(&f->list);
	port->n_flows--;
	atomic64_dec(&nfo_totals.flows);
	call_rcu(&f->rcu, flow_free_rcu);
}

static void facts_of(const struct flow_offload *nf, u8 dir, struct nfo_facts *facts)
{
	const struct flow_offload_tuple *in = &nf->tuplehash[dir].tuple;
	const struct flow_offload_tuple *out = &nf->tuplehash[!dir].tuple;
	unsigned int i;

	memset(facts, 0, sizeof(*facts));
	facts->mtu = in->mtu;
	facts->egress = in->xmit_type == FLOW_OFFLOAD_XMIT_DIRECT ? in->out.hw_ifidx : out->iifidx;
	facts->bridge_vlan = in->in_vlan_ingress || out->in_vlan_ingress;
	facts->n_in = in->encap_num;
	facts->n_out = out->encap_num;
	for (i = 0; i < NFO_ENCAP_MAX; i++) {
		facts->in[i].proto = in->encap[i].proto;
		facts->in[i].id = in->encap[i].id;
		facts->out[i].proto = out->encap[i].proto;
		facts->out[i].id = out->encap[i].id;
	}
}

/* nf offers a flow again every second that it sees a packet of it: this has to be cheap. */
static void offer(struct nfo_table *table, struct nfo_port *port,
		  const struct flow_cls_offload *cls)
{
	struct flow_offload *nf;
	struct nfo_facts facts;
	enum nfo_reason reason;
	struct nfo_rule rule;
	struct nfo_flow *f;
	u8 dir;

	nf = nf_flow_of(cls->cookie, &dir);
	/*
	 * A packet that was looked up before the teardown may still refresh the flow after its
	 * DESTROY, and no second one follows: what is on its way out is not taken in again.
	 */
	if (test_bit(NF_FLOW_HW_DYING, &nf->flags))
		return;
	facts_of(nf, dir, &facts);
	reason = nfo_rule_parse(cls->rule, &facts, &rule);

	f = flow_find(cls->cookie);
	if (f && (memcmp(&f->rule, &rule, sizeof(rule)) || f->parsed != !reason)) {
		flow_remove(f);
		f = NULL;
	}
	if (!f)
		f = flow_create(table, port, cls->cookie, &rule, reason);
	if (f)
		put_in(f);
}

static bool port_in_table(const struct nfo_port *port, const struct nfo_table *table)
{
	const struct nfo_binding *b;

	list_for_each_entry(b, &port->bindings, port_list)
		if (b->table == table)
			return true;
	return false;
}

static void flow_offer(struct nfo_table *table, struct nfo_port *only,
		       const struct flow_cls_offload *cls)
{
	const struct flow_offload_tuple *tuple = (void *)cls->cookie;
	struct nfo_port *port;

	if (only && only->ifindex != tuple->iifidx)
		return;
	port = nfo_port_find(table->net, tuple->iifidx);
	if (!port) {
		atomic64_inc(&nfo_totals.no_port);
		return;
	}
	mutex_lock(&port->lock);
	if (port_in_table(port, table))
		offer(table, port, cls);
	else
		atomic64_inc(&nfo_totals.no_port);
	mutex_unlock(&port->lock);
	nfo_port_put(port);
}

/*
 * The port of a cookie, with a reference and locked, or NULL if there is nothing to do for it:
 * nf sends DESTROY and STATS also for what was refused or never offered.
 */
static struct nfo_port *lock_port_of(unsigned long cookie)
{
	struct nfo_port *port = NULL;
	struct nfo_flow *f;

	rcu_read_lock();
	f = flow_find(cookie);
	if (f && refcount_inc_not_zero(&f->port->refs))
		port = f->port;
	rcu_read_unlock();
	if (port)
		mutex_lock(&port->lock);
	return port;
}

static void flow_destroy(unsigned long cookie)
{
	struct nfo_port *port = lock_port_of(cookie);
	struct nfo_flow *f;

	if (!port)
		return;
	f = flow_find(cookie);
	if (f)
		flow_remove(f);
	mutex_unlock(&port->lock);
	nfo_port_put(port);
}

static void flow_stats(struct flow_cls_offload *cls)
{
	struct nfo_port *port = lock_port_of(cls->cookie);
	struct nfo_counters c = {};
	struct nfo_flow *f;

	if (!port)
		return;
	f = flow_find(cls->cookie);
	if (f && f->state == NFO_FLOW_HW) {
		port->be->flow_stats(port->be_priv, f->be_priv, &c);
		count(f, &c);
		/* nf adds 32 bits of bytes to conntrack, and takes any lastused for the newest */
		if (c.bytes > U32_MAX) {
			account(f, 0, c.bytes - U32_MAX);
			c.bytes = U32_MAX;
		}
		flow_stats_update(&cls->stats, c.bytes, c.packets, 0, c.packets ? c.lastused : 0,
				  FLOW_ACTION_HW_STATS_DELAYED);
	}
	mutex_unlock(&port->lock);
	nfo_port_put(port);
}

/**
 * nfo_flow_command() - what nf asks of a flowtable's callback
 * @table: the flowtable
 * @only: with the indirect door, the one port the callback is for; else NULL
 * @cls: the command
 *
 * Context: nf's workers, flow_block_lock held for reading; may sleep, but not for RTNL.
 *
 * Return: 0, or a negative error that tells nf to keep its hands off the conntrack tag.
 */
int nfo_flow_command(struct nfo_table *table, struct nfo_port *only,
		     struct flow_cls_offload *cls)
{
	switch (cls->command) {
	case FLOW_CLS_REPLACE:
		flow_offer(table, only, cls);
		return -EINPROGRESS;
	case FLOW_CLS_DESTROY:
		flow_destroy(cls->cookie);
		return 0;
	case FLOW_CLS_STATS:
		flow_stats(cls);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/**
 * nfo_flow_sync() - bring the flows of a port to what port->enabled asks for
 * @port: locked
 */
void nfo_flow_sync(struct nfo_port *port)
{
	struct nfo_flow *f;

	lockdep_assert_held(&port->lock);
	list_for_each_entry(f, &port->flows, list) {
		if (f->state == NFO_FLOW_HW && !port->enabled)
			take_out(f, NFO_REASON_PORT_OFF);
		f->backoff = 0;
		put_in(f);
		cond_resched();
	}
}

/**
 * nfo_flow_purge() - forget the flows of a binding
 * @port: locked
 * @table: the flowtable
 */
void nfo_flow_purge(struct nfo_port *port, struct nfo_table *table)
{
	struct nfo_flow *f, *next;

	lockdep_assert_held(&port->lock);
	list_for_each_entry_safe(f, next, &port->flows, list) {
		if (f->table == table)
			flow_remove(f);
		cond_resched();
	}
}

struct rhashtable *nfo_flow_table(void)
{
	return &flows;
}

int nfo_flow_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(tag_locks); i++)
		spin_lock_init(&tag_locks[i]);
	flow_cache = KMEM_CACHE(nfo_flow, SLAB_ACCOUNT);
	if (!flow_cache)
		return -ENOMEM;
	err = rhashtable_init(&flows, &flow_params);
	if (err)
		kmem_cache_destroy(flow_cache);
	return err;
}

void nfo_flow_exit(void)
{
	rcu_barrier();
	rhashtable_destroy(&flows);
	kmem_cache_destroy(flow_cache);
}
