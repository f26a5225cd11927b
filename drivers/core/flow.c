// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which flows there are: one direction of a connection each.
 *
 * A flow is created, moved and removed under its port's lock. It is in the hash from the first
 * offer until DESTROY or UNBIND, and nf keeps its own flow_offload at least as long. (nf may offer
 * a flow once more after its DESTROY; NF_FLOW_HW_DYING tells.)
 *
 * nf offers nothing of a flow for which it cannot build the rules of both directions. Those are
 * known from our `action`, and kept as flows too, so that they have a reason and, if a neighbour is
 * what is missing, a hop: when the neighbour is resolved they are refreshed as any other.
 */
#include <linux/etherdevice.h>
#include <linux/hash.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack.h>

#include "core.h"
#include "hop.h"

/* Addresses of objects: their low bits say nothing, a multiplication spreads the others. */
static u32 flow_hash(const void *key, u32 len, u32 seed)
{
	return hash_long(*(const unsigned long *)key ^ seed, 32);
}

static const struct rhashtable_params flow_params = {
	.head_offset = offsetof(struct nfo_flow, node),
	.key_offset = offsetof(struct nfo_flow, cookie),
	.key_len = sizeof_field(struct nfo_flow, cookie),
	.hashfn = flow_hash,
	.automatic_shrinking = true,
};

static struct rhashtable flows;
/* by the room that addresses take */
static struct kmem_cache *caches[3];

static struct kmem_cache *cache_for(const struct nfo_packed *p)
{
	switch ((nfo_packed_size(p) - sizeof(*p)) / sizeof(p->addr[0])) {
	case NFO_PACK_WORDS_IP4:
		return caches[0];
	case NFO_PACK_WORDS_SMALL:
		return caches[1];
	default:
		return caches[2];
	}
}

/**
 * nfo_flow_find() - the flow of a cookie
 * @cookie: address of nf's tuple
 *
 * Context: RCU, or its port's lock is held.
 */
struct nfo_flow *nfo_flow_find(unsigned long cookie)
{
	return rhashtable_lookup_fast(&flows, &cookie, flow_params);
}

static void flow_free(struct nfo_flow *f)
{
	kmem_cache_free(cache_for(&f->rule), f);
}

static void flow_free_rcu(struct rcu_head *rcu)
{
	flow_free(container_of(rcu, struct nfo_flow, rcu));
}

static struct nfo_flow *flow_alloc(const union nfo_packed_max *packed)
{
	struct nfo_flow *f = kmem_cache_alloc(cache_for(&packed->p), GFP_KERNEL);

	if (!f)
		return NULL;
	memset(f, 0, offsetof(struct nfo_flow, rule));
	/* the rule ends in a flexible array: not a copy of the member alone */
	memcpy((void *)f + offsetof(struct nfo_flow, rule), packed, nfo_packed_size(&packed->p));
	return f;
}

static struct nfo_flow *flow_create(struct nfo_table *table, struct nfo_port *port,
				    unsigned long cookie, const union nfo_packed_max *packed,
				    enum nfo_reason reason)
{
	struct nfo_flow *f = flow_alloc(packed);

	if (!f) {
		port->reasons[NFO_REASON_NO_MEMORY]++;
		return NULL;
	}
	f->cookie = cookie;
	f->port = port;
	f->table = table;
	nfo_nf_flow(cookie, &f->dir);
	f->state = NFO_FLOW_SW;
	f->parsed = reason == NFO_REASON_NONE;
	if (rhashtable_insert_fast(&flows, &f->node, flow_params)) {
		port->reasons[NFO_REASON_NO_MEMORY]++;
		flow_free(f);
		return NULL;
	}
	nfo_state_link(f);
	list_add_tail(&f->list, &port->sw);
	port->n_flows++;
	atomic64_inc(&nfo_totals.flows);
	nfo_state_set(f, NFO_FLOW_SW, reason);
	return f;
}

static void flow_remove(struct nfo_flow *f)
{
	struct nfo_port *port = f->port;

	nfo_program_out(f, NFO_REASON_NONE);
	nfo_hop_leave(f);
	nfo_notify_flow(f, NFO_FLOW_EV_DEL, -1);
	rhashtable_remove_fast(&flows, &f->node, flow_params);
	nfo_state_unlink(f);
	list_del(&f->list);
	port->n_flows--;
	atomic64_dec(&nfo_totals.flows);
	call_rcu(&f->rcu, flow_free_rcu);
}

static bool same_rule(const struct nfo_flow *f, const union nfo_packed_max *packed)
{
	unsigned int size = nfo_packed_size(&packed->p);

	return size == nfo_packed_size(&f->rule) && !memcmp(&f->rule, packed, size);
}

/* Do routes depend on the destination alone? */
static bool simple_routes(const struct net *net)
{
	bool simple = true;

#ifdef CONFIG_IP_MULTIPLE_TABLES
	simple = simple && !net->ipv4.fib_has_custom_rules;
#endif
#ifdef CONFIG_IPV6_MULTIPLE_TABLES
	simple = simple && !net->ipv6.fib6_has_custom_rules;
#endif
#ifdef CONFIG_IPV6_SUBTREES
	simple = simple && !net->ipv6.fib6_routes_require_src;
#endif
	return simple;
}

/* The hop of a flow, or why there is none. @looked: at the tables, not only at other flows. */
static enum nfo_reason find_hop(struct nfo_flow *f, const struct flow_offload *nf, bool *looked)
{
	enum nfo_reason reason;
	struct neighbour *neigh;
	struct nfo_hop_key key;

	down_read(&nfo_route_sem);
	if (simple_routes(f->port->net) && nfo_hop_join_known(f)) {
		up_read(&nfo_route_sem);
		*looked = false;
		return NFO_REASON_NONE;
	}
	*looked = true;
	reason = nfo_path_find(f->port, f, nf, &key, &neigh);
	if (!reason) {
		if (neigh)
			neigh_hold(neigh);
		if (nfo_hop_join(f, &key, neigh))
			reason = NFO_REASON_NO_MEMORY;
	}
	up_read(&nfo_route_sem);
	if (neigh) {
		/* it may have changed while we looked */
		nfo_hop_mark_neigh(neigh);
		neigh_release(neigh);
	}
	return reason;
}

/*
 * Which way a flow goes, so that changes of that way find it. What changed between nf's look at the
 * tables and now was missed: such a flow is given back to nf.
 *
 * Returns the cookie of the other direction if that has to leave the hardware too.
 */
static unsigned long flow_route(struct nfo_flow *f, const struct flow_offload *nf)
{
	enum nfo_reason reason;
	bool looked;

	reason = find_hop(f, nf, &looked);
	/* what MACs, MTU and egress device are to others they are to this one */
	if (!reason && looked && nfo_refresh_missed(f)) {
		nfo_hop_leave(f);
		reason = NFO_REASON_PATH;
	}
	if (!reason)
		return 0;
	nfo_state_set(f, NFO_FLOW_SW, reason);
	return reason == NFO_REASON_PATH ? nfo_refresh_stale(f) : 0;
}

/*
 * What is on its way out is not taken in again: a packet that was looked up before the teardown may
 * still refresh the flow after its DESTROY, and no second one follows.
 */
static bool is_leaving(const struct flow_offload *nf)
{
	return test_bit(NF_FLOW_HW_DYING, &nf->flags) || test_bit(NF_FLOW_TEARDOWN, &nf->flags);
}

/* nf offers a flow again every second that it sees a packet of it: this has to be cheap. */
static unsigned long offer(struct nfo_table *table, struct nfo_port *port,
			   const struct flow_cls_offload *cls)
{
	unsigned long other = 0;
	struct flow_offload *nf;
	union nfo_packed_max packed;
	enum nfo_reason reason;
	struct nfo_rule rule;
	struct nfo_flow *f;
	u8 dir;

	nf = nfo_nf_flow(cls->cookie, &dir);
	if (is_leaving(nf))
		return 0;
	reason = nfo_tuple_offered(nf, dir, cls->rule, &rule);
	nfo_pack(&rule, &packed);

	f = nfo_flow_find(cls->cookie);
	if (f && (f->parsed != !reason || !same_rule(f, &packed))) {
		flow_remove(f);
		f = NULL;
	}
	if (!f) {
		f = flow_create(table, port, cls->cookie, &packed, reason);
		if (!f)
			return 0;
	}
	if (f->parsed && !f->dest && !f->torn)
		other = flow_route(f, nf);
	nfo_program_in(f, &rule);
	return other;
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
	unsigned long other = 0;
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
		other = offer(table, port, cls);
	else
		atomic64_inc(&nfo_totals.no_port);
	mutex_unlock(&port->lock);
	nfo_port_put(port);
	if (other)
		nfo_refresh_take_out(other);
}

static void unbuilt(struct nfo_port *port, struct flow_offload *nf, u8 dir)
{
	unsigned long cookie = (unsigned long)&nf->tuplehash[dir].tuple;
	struct nfo_flow *f = nfo_flow_find(cookie);
	struct neighbour *neigh;
	struct nfo_hop_key key;
	union nfo_packed_max packed;
	enum nfo_reason reason;
	struct nfo_rule rule;

	reason = nfo_path_unresolved(port, nf, dir, &key, &neigh);
	/* one that has a rule is refreshed through its hop */
	if (f && f->parsed)
		goto out;
	if (!f) {
		nfo_tuple_rule(nf, dir, &rule);
		nfo_pack(&rule, &packed);
		f = flow_create(NULL, port, cookie, &packed, reason);
	} else {
		nfo_state_set(f, NFO_FLOW_SW, reason);
	}
	if (f && neigh && !f->dest) {
		/* not held: it may be one of many that never answer, and has to be collectable */
		nfo_hop_join(f, &key, NULL);
		/* an answer that came before the hop was there */
		nfo_hop_mark_neigh(neigh);
	}
out:
	if (neigh)
		neigh_release(neigh);
}

/**
 * nfo_flow_unbuilt() - nf could not build the rule of a direction
 * @net: namespace
 * @nf: the connection
 * @dir: the direction
 *
 * Context: nf's workers.
 */
void nfo_flow_unbuilt(struct net *net, struct flow_offload *nf, u8 dir)
{
	struct nfo_port *port;

	atomic64_inc(&nfo_totals.unbuilt);
	if (is_leaving(nf))
		return;
	port = nfo_port_find(net, nf->tuplehash[dir].tuple.iifidx);
	if (!port)
		return;
	mutex_lock(&port->lock);
	/* without a binding nobody would ever purge it */
	if (!list_empty(&port->bindings))
		unbuilt(port, nf, dir);
	mutex_unlock(&port->lock);
	nfo_port_put(port);
}

/**
 * nfo_flow_lock() - the port of a flow, locked
 * @cookie: of the flow
 *
 * nf sends DESTROY and STATS also for what was refused or never offered.
 *
 * Return: the port with a reference, or NULL if there is no such flow. Once it is locked the flow
 * may be gone.
 */
struct nfo_port *nfo_flow_lock(unsigned long cookie)
{
	struct nfo_port *port = NULL;
	struct nfo_flow *f;

	rcu_read_lock();
	f = nfo_flow_find(cookie);
	if (f && refcount_inc_not_zero(&f->port->refs))
		port = f->port;
	rcu_read_unlock();
	if (port)
		mutex_lock(&port->lock);
	return port;
}

static void flow_destroy(unsigned long cookie)
{
	struct nfo_port *port = nfo_flow_lock(cookie);
	struct nfo_flow *f;

	if (!port)
		return;
	f = nfo_flow_find(cookie);
	if (f)
		flow_remove(f);
	mutex_unlock(&port->lock);
	nfo_port_put(port);
}

static void flow_read(struct nfo_flow *f, struct flow_cls_offload *cls)
{
	struct nfo_port *port = f->port;
	struct nfo_counters c = {};

	port->be->flow_stats(port->be_priv, f->be_priv, &c);
	nfo_state_count(f, &c);
	/* nf adds 32 bits of bytes to conntrack, and takes any lastused for the newest */
	if (c.bytes > U32_MAX) {
		nfo_state_account(f, 0, c.bytes - U32_MAX);
		c.bytes = U32_MAX;
	}
	if (c.lost)
		nfo_program_out(f, NFO_REASON_LOST);
	flow_stats_update(&cls->stats, c.bytes, c.packets, 0, c.packets || c.used ? c.lastused : 0,
			  FLOW_ACTION_HW_STATS_DELAYED);
}

static void flow_stats(struct flow_cls_offload *cls)
{
	struct nfo_port *port = nfo_flow_lock(cls->cookie);
	struct nfo_flow *f;

	if (!port)
		return;
	f = nfo_flow_find(cls->cookie);
	/* counters of deferred backends are read by the worker alone */
	if (f && f->state == NFO_FLOW_HW && !port->be->deferred)
		flow_read(f, cls);
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

static void purge_list(struct list_head *list, struct nfo_table *table)
{
	struct nfo_flow *f, *next;

	list_for_each_entry_safe(f, next, list, list) {
		/* which flowtable an unbuilt one came from is not known: it will come again */
		if (!f->table || f->table == table)
			flow_remove(f);
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
	lockdep_assert_held(&port->lock);
	purge_list(&port->hw, table);
	purge_list(&port->sw, table);
}

struct rhashtable *nfo_flow_table(void)
{
	return &flows;
}

static int make_caches(void)
{
	static const struct {
		const char *name;
		unsigned int words;
	} kinds[] = {
		{ "nfo_flow_ip4", NFO_PACK_WORDS_IP4 },
		{ "nfo_flow_ip6", NFO_PACK_WORDS_SMALL },
		{ "nfo_flow_nat6", NFO_PACK_WORDS },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		caches[i] = kmem_cache_create(kinds[i].name, sizeof(struct nfo_flow) +
					      kinds[i].words * sizeof(__be32), 0, 0, NULL);
		if (!caches[i])
			return -ENOMEM;
	}
	return 0;
}

static void destroy_caches(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(caches); i++)
		kmem_cache_destroy(caches[i]);
}

int nfo_flow_init(void)
{
	struct rhashtable_params params = flow_params;
	int err;

	/* growing costs: begin with a quarter of what conntrack has for its connections */
	params.min_size = clamp_t(u32, roundup_pow_of_two(nf_conntrack_htable_size) / 4, 1024, 65536);
	nfo_state_init();
	err = make_caches();
	if (!err)
		err = rhashtable_init(&flows, &params);
	if (err)
		destroy_caches();
	return err;
}

void nfo_flow_exit(void)
{
	rcu_barrier();
	rhashtable_destroy(&flows);
	destroy_caches();
}
