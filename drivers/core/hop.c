// SPDX-License-Identifier: GPL-2.0-only
/*
 * The set of hops, the destinations behind them, and which flows go where.
 *
 * The hop lock guards the hashes, the list of all, the list of those due, each hop's tree of
 * destinations, their flows and flow->dest. Notifiers take it in atomic context. Most events
 * concern no hop at all: they find that out under RCU alone.
 *
 * A hop lives as long as there is a destination behind it, a destination as long as a flow goes
 * there; who looks at one longer than the lock is held takes a reference. It holds its neighbour,
 * which would else be collected while only the hardware uses it; flows leave a hop at once when its
 * neighbour dies, so that no device has to wait for us.
 */
#include <linux/etherdevice.h>
#include <linux/hashtable.h>
#include <linux/jhash.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "hop.h"

#define HOP_BITS	12
#define KEEPALIVE	HZ

static DEFINE_HASHTABLE(by_addr, HOP_BITS);
static DEFINE_HASHTABLE(by_mac, HOP_BITS);
static struct rhltable dests;	/* written under the hop lock */
static LIST_HEAD(all_hops);
static LIST_HEAD(due_hops);
static DEFINE_SPINLOCK(hop_lock);
static struct delayed_work keepalive;

static u32 dest_hash(const void *data, u32 len, u32 seed)
{
	const struct nfo_dest_key *key = data;
	const u32 *a = (const u32 *)&key->addr;

	return jhash_3words(a[0] ^ a[1], a[2] ^ a[3], key->out, seed);
}

static u32 dest_hash_obj(const void *data, u32 len, u32 seed)
{
	return dest_hash(&((const struct nfo_dest *)data)->key, len, seed);
}

/* Keys are whole words, and equal in most cases. */
static int dest_compare(struct rhashtable_compare_arg *arg, const void *obj)
{
	const u64 *a = arg->key, *b = (const u64 *)&((const struct nfo_dest *)obj)->key;
	unsigned int i;

	BUILD_BUG_ON(sizeof(struct nfo_dest_key) % sizeof(u64));
	for (i = 0; i < sizeof(struct nfo_dest_key) / sizeof(u64); i++)
		if (a[i] != b[i])
			return 1;
	return 0;
}

static const struct rhashtable_params dest_params = {
	.head_offset = offsetof(struct nfo_dest, node),
	.key_len = sizeof_field(struct nfo_dest, key),
	.hashfn = dest_hash,
	.obj_hashfn = dest_hash_obj,
	.obj_cmpfn = dest_compare,
	.automatic_shrinking = true,
};

static u32 hash_addr(int l3, u8 family, const void *addr)
{
	return jhash(addr, family == AF_INET6 ? 16 : 4, l3);
}

static u32 hash_mac(const u8 *mac)
{
	return jhash(mac, ETH_ALEN, 0);
}

static bool key_equal(const struct nfo_hop_key *a, const struct nfo_hop_key *b)
{
	return a->net == b->net && a->l3 == b->l3 && a->egress == b->egress &&
	       a->family == b->family && !memcmp(&a->addr, &b->addr, sizeof(a->addr)) &&
	       !memcmp(a->dmac, b->dmac, ETH_ALEN);
}

static struct nfo_hop *hop_find(const struct nfo_hop_key *key)
{
	struct nfo_hop *hop;

	hash_for_each_possible(by_addr, hop, by_addr, hash_addr(key->l3, key->family, &key->addr))
		if (key_equal(&hop->key, key))
			return hop;
	return NULL;
}

static void dest_key_of(const struct nfo_flow *f, struct nfo_dest_key *key)
{
	const struct nfo_packed *p = &f->rule;
	unsigned int len;
	const __be32 *dst = nfo_packed_dst(p, &len);

	memset(key, 0, sizeof(*key));
	key->net = f->port->net;
	key->out = p->out;
	memcpy(key->push, p->push, sizeof(key->push));
	memcpy(&key->addr, dst, len);
	memcpy(key->dmac, p->dmac, ETH_ALEN);
	memcpy(key->smac, p->smac, ETH_ALEN);
	key->mtu = p->mtu;
	key->l3proto = p->l3proto;
	key->n_push = p->n_push;
}

/* Order in a hop's tree: by address, so that a prefix is a range of it. */
static int dest_cmp(const struct nfo_dest *dest, bool ip4, const union nfo_addr *addr)
{
	bool dest_ip4 = dest->key.l3proto == htons(ETH_P_IP);

	if (ip4 != dest_ip4)
		return ip4 ? -1 : 1;
	return memcmp(addr, &dest->key.addr, ip4 ? 4 : 16);
}

static void tree_insert(struct nfo_hop *hop, struct nfo_dest *dest)
{
	struct rb_node **link = &hop->dests.rb_node, *parent = NULL;
	bool ip4 = dest->key.l3proto == htons(ETH_P_IP);

	while (*link) {
		parent = *link;
		if (dest_cmp(rb_entry(parent, struct nfo_dest, by_addr), ip4, &dest->key.addr) < 0)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&dest->by_addr, parent, link);
	rb_insert_color(&dest->by_addr, &hop->dests);
}

static void hop_link(struct nfo_hop *hop)
{
	const struct nfo_hop_key *key = &hop->key;

	hash_add_rcu(by_addr, &hop->by_addr, hash_addr(key->l3, key->family, &key->addr));
	hash_add_rcu(by_mac, &hop->by_mac, hash_mac(key->dmac));
	list_add_tail_rcu(&hop->all, &all_hops);
	atomic_inc(&nfo_totals.hops);
}

static void hop_unlink(struct nfo_hop *hop)
{
	hash_del_rcu(&hop->by_addr);
	hash_del_rcu(&hop->by_mac);
	list_del_rcu(&hop->all);
	atomic_dec(&nfo_totals.hops);
}

void nfo_hop_put(struct nfo_hop *hop)
{
	bool last;

	spin_lock_bh(&hop_lock);
	last = refcount_dec_and_test(&hop->refs);
	if (last)
		hop_unlink(hop);
	spin_unlock_bh(&hop_lock);
	if (!last)
		return;
	if (hop->neigh)
		neigh_release(hop->neigh);
	kfree_rcu(hop, rcu);
}

static void dest_add(struct nfo_dest *dest, struct nfo_flow *f)
{
	dest->refs++;
	dest->n_flows++;
	list_add_tail(&f->by_dest, &dest->flows);
	f->dest = dest;
}

/* Behind any hop, or behind this one. With the hop lock held, under RCU. */
static struct nfo_dest *dest_find(const struct nfo_dest_key *key, const struct nfo_hop *hop)
{
	struct rhlist_head *list, *pos;
	struct nfo_dest *dest;

	list = rhltable_lookup(&dests, key, dest_params);
	rhl_for_each_entry_rcu(dest, pos, list, node)
		if (!hop || dest->hop == hop)
			return dest;
	return NULL;
}

/* With the hop lock held; returns the hop whose reference the caller has to give back, or NULL. */
static struct nfo_hop *dest_put(struct nfo_dest *dest)
{
	struct nfo_hop *hop = dest->hop;

	if (--dest->refs)
		return NULL;
	rhltable_remove(&dests, &dest->node, dest_params);
	rb_erase(&dest->by_addr, &hop->dests);
	kfree_rcu(dest, rcu);
	return hop;
}

/**
 * nfo_hop_join_known() - a flow goes where others go
 * @f: the flow, which has no hop; its port is locked, nfo_route_sem is held for reading
 *
 * Return: true if that is so, and nobody is looking whether it still holds.
 */
bool nfo_hop_join_known(struct nfo_flow *f)
{
	struct nfo_dest_key key;
	struct nfo_dest *dest;
	bool known;

	dest_key_of(f, &key);
	rcu_read_lock();
	spin_lock_bh(&hop_lock);
	dest = dest_find(&key, NULL);
	/* causes come and go with the lock held */
	known = dest && dest->n_flows && !dest->hop->suspect && list_empty(&dest->hop->due) &&
		!nfo_refresh_routes_due();
	if (known)
		dest_add(dest, f);
	spin_unlock_bh(&hop_lock);
	rcu_read_unlock();
	return known;
}

/* The hop of a key, made of @fresh if there is none. With the hop lock held. */
static struct nfo_hop *hop_get(const struct nfo_hop_key *key, struct nfo_hop **fresh,
			       struct neighbour **neigh)
{
	struct nfo_hop *hop = hop_find(key);
	struct neighbour *old;

	if (hop) {
		/* the last reference goes with this lock held */
		refcount_inc(&hop->refs);
		/* the neighbour may have died and come again since; the caller releases the other */
		if (*neigh && hop->neigh != *neigh) {
			old = hop->neigh;
			WRITE_ONCE(hop->neigh, *neigh);
			*neigh = old;
		}
		return hop;
	}
	hop = *fresh;
	*fresh = NULL;
	hop->key = *key;
	hop->neigh = *neigh;
	*neigh = NULL;
	hop->dests = RB_ROOT;
	INIT_LIST_HEAD(&hop->due);
	refcount_set(&hop->refs, 1);
	hop_link(hop);
	return hop;
}

/*
 * The destination of a flow behind a hop, made of @fresh if there is none. The hop's reference goes
 * to a new one.
 */
static struct nfo_dest *dest_get(struct nfo_hop *hop, struct nfo_dest **fresh)
{
	struct nfo_dest *dest = dest_find(&(*fresh)->key, hop);

	if (dest)
		return dest;
	dest = *fresh;
	if (rhltable_insert_key(&dests, &dest->key, &dest->node, dest_params))
		return NULL;
	*fresh = NULL;
	dest->hop = hop;
	refcount_inc(&hop->refs);
	tree_insert(hop, dest);
	return dest;
}

/**
 * nfo_hop_join() - a flow goes this way
 * @f: the flow, which has no hop; its port is locked
 * @key: the way
 * @neigh: its neighbour, the caller's reference is taken over; may be NULL
 *
 * Return: 0 or -ENOMEM.
 */
int nfo_hop_join(struct nfo_flow *f, const struct nfo_hop_key *key, struct neighbour *neigh)
{
	struct nfo_hop *hop, *fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	struct nfo_dest *dest = NULL, *fresh_dest = kzalloc(sizeof(*fresh_dest), GFP_KERNEL);

	if (fresh && fresh_dest) {
		INIT_LIST_HEAD(&fresh_dest->flows);
		dest_key_of(f, &fresh_dest->key);
		rcu_read_lock();
		spin_lock_bh(&hop_lock);
		hop = hop_get(key, &fresh, &neigh);
		dest = dest_get(hop, &fresh_dest);
		if (dest)
			dest_add(dest, f);
		spin_unlock_bh(&hop_lock);
		rcu_read_unlock();
		nfo_hop_put(hop);
	}
	kfree(fresh);
	kfree(fresh_dest);
	if (neigh)
		neigh_release(neigh);
	return dest ? 0 : -ENOMEM;
}

/**
 * nfo_hop_leave() - a flow does not go this way any more
 * @f: the flow; its port is locked
 */
void nfo_hop_leave(struct nfo_flow *f)
{
	struct nfo_dest *dest = f->dest;
	struct nfo_hop *hop;

	if (!dest)
		return;
	spin_lock_bh(&hop_lock);
	list_del(&f->by_dest);
	f->dest = NULL;
	dest->n_flows--;
	hop = dest_put(dest);
	spin_unlock_bh(&hop_lock);
	if (hop)
		nfo_hop_put(hop);
}

/* With the hop lock held: a hop that is found then has a reference. */
static bool mark(struct nfo_hop *hop, enum nfo_refresh cause)
{
	if (!list_empty(&hop->due)) {
		hop->causes |= BIT(cause);
		return false;
	}
	refcount_inc(&hop->refs);
	hop->causes = BIT(cause);
	list_add_tail(&hop->due, &due_hops);
	return true;
}

static bool neigh_differs(const struct nfo_hop *hop, const struct neighbour *n)
{
	if (n->dead || !(READ_ONCE(n->nud_state) & NUD_VALID))
		return !is_zero_ether_addr(hop->key.dmac);
	return memcmp(n->ha, hop->key.dmac, ETH_ALEN);
}

/**
 * nfo_hop_mark_neigh() - a neighbour changed
 * @n: the neighbour
 *
 * Context: any.
 */
void nfo_hop_mark_neigh(const struct neighbour *n)
{
	u8 family = n->tbl->family;
	struct nfo_hop *hop;
	bool any = false;
	u32 hash;

	if (family != AF_INET && family != AF_INET6)
		return;
	hash = hash_addr(n->dev->ifindex, family, n->primary_key);
	rcu_read_lock();
	hash_for_each_possible_rcu(by_addr, hop, by_addr, hash)
		any = true;
	rcu_read_unlock();
	if (!any)
		return;

	any = false;
	spin_lock_bh(&hop_lock);
	hash_for_each_possible(by_addr, hop, by_addr, hash) {
		if (hop->key.l3 != n->dev->ifindex || hop->key.family != family ||
		    hop->key.net != dev_net(n->dev) ||
		    memcmp(&hop->key.addr, n->primary_key, n->tbl->key_len))
			continue;
		if (neigh_differs(hop, n))
			any |= mark(hop, is_zero_ether_addr(hop->key.dmac) ? NFO_REFRESH_RESOLVED :
									 NFO_REFRESH_NEIGH);
	}
	spin_unlock_bh(&hop_lock);
	if (any)
		nfo_refresh_kick();
}

/* A bridge port may be a VLAN device upon the device through which the frames leave. */
static bool moved_from(const struct nfo_hop *hop, struct net_device *port)
{
	struct net_device *egress = dev_get_by_index_rcu(hop->key.net, hop->key.egress);

	return egress && egress != port && !netdev_has_upper_dev_all_rcu(egress, port);
}

/**
 * nfo_hop_mark_mac() - a bridge has learned where a MAC address is
 * @port: the bridge's port
 * @mac: the address
 *
 * Context: any, under RCU.
 */
void nfo_hop_mark_mac(struct net_device *port, const u8 *mac)
{
	u32 hash = hash_mac(mac);
	struct nfo_hop *hop;
	bool any = false;

	hash_for_each_possible_rcu(by_mac, hop, by_mac, hash)
		any = true;
	if (!any)
		return;
	any = false;
	spin_lock_bh(&hop_lock);
	hash_for_each_possible(by_mac, hop, by_mac, hash)
		if (hop->key.net == dev_net(port) && ether_addr_equal(hop->key.dmac, mac) &&
		    moved_from(hop, port))
			any |= mark(hop, NFO_REFRESH_FDB);
	spin_unlock_bh(&hop_lock);
	if (any)
		nfo_refresh_kick();
}

static bool goes_through(const struct nfo_hop *hop, struct net_device *dev)
{
	struct net_device *egress;

	if (hop->key.net != dev_net(dev))
		return false;
	if (hop->key.l3 == dev->ifindex || hop->key.egress == dev->ifindex)
		return true;
	egress = dev_get_by_index_rcu(hop->key.net, hop->key.egress);
	return egress && netdev_has_upper_dev_all_rcu(egress, dev);
}

/**
 * nfo_hop_mark_dev() - something happened to a device
 * @dev: the device: that of the route, the one frames leave through, or one between
 * @cause: what
 *
 * Context: any.
 */
void nfo_hop_mark_dev(struct net_device *dev, enum nfo_refresh cause)
{
	struct nfo_hop *hop;
	bool any = false;

	rcu_read_lock();
	spin_lock_bh(&hop_lock);
	list_for_each_entry(hop, &all_hops, all)
		if (goes_through(hop, dev))
			any |= mark(hop, cause);
	spin_unlock_bh(&hop_lock);
	rcu_read_unlock();
	if (any)
		nfo_refresh_kick();
}

/**
 * nfo_hop_next_due() - the next hop that is to be refreshed
 * @causes: set to bits of enum nfo_refresh
 *
 * Return: the hop, with a reference and suspect, or NULL.
 */
struct nfo_hop *nfo_hop_next_due(unsigned long *causes)
{
	struct nfo_hop *hop;

	spin_lock_bh(&hop_lock);
	hop = list_first_entry_or_null(&due_hops, struct nfo_hop, due);
	if (hop) {
		list_del_init(&hop->due);
		*causes = hop->causes;
		hop->suspect++;
	}
	spin_unlock_bh(&hop_lock);
	return hop;
}

/**
 * nfo_hop_suspect() - it is looked whether a hop still holds, or that is over
 * @hop: the hop; held
 * @on: which
 */
void nfo_hop_suspect(struct nfo_hop *hop, bool on)
{
	spin_lock_bh(&hop_lock);
	hop->suspect += on ? 1 : -1;
	spin_unlock_bh(&hop_lock);
}

/**
 * nfo_hop_next() - walk over the hops of a namespace
 * @hop: NULL to begin with; the reference to it is given back
 * @net: the namespace, NULL for all
 *
 * Return: the next one, with a reference, or NULL.
 */
struct nfo_hop *nfo_hop_next(struct nfo_hop *hop, const struct net *net)
{
	struct nfo_hop *next, *found = NULL;

	spin_lock_bh(&hop_lock);
	/* the reference keeps @hop in the list */
	next = hop ? list_next_entry(hop, all) : list_first_entry(&all_hops, struct nfo_hop, all);
	list_for_each_entry_from(next, &all_hops, all) {
		if (!net || next->key.net == net) {
			refcount_inc(&next->refs);
			found = next;
			break;
		}
	}
	spin_unlock_bh(&hop_lock);
	if (hop)
		nfo_hop_put(hop);
	return found;
}

static bool in_prefix(const struct nfo_prefix *prefix, const struct nfo_dest *dest)
{
	const u8 *a = (const u8 *)&prefix->addr, *d = (const u8 *)&dest->key.addr;
	unsigned int bytes = prefix->len / 8, bits = prefix->len % 8;

	if ((prefix->family == AF_INET) != (dest->key.l3proto == htons(ETH_P_IP)) ||
	    memcmp(a, d, bytes))
		return false;
	return !bits || !((a[bytes] ^ d[bytes]) >> (8 - bits));
}

/* The first destination at or after the beginning of a prefix. */
static struct nfo_dest *first_dest(struct nfo_hop *hop, const struct nfo_prefix *prefix)
{
	struct rb_node *node = hop->dests.rb_node;
	struct nfo_dest *dest, *found = NULL;

	if (!prefix)
		return rb_entry_safe(rb_first(&hop->dests), struct nfo_dest, by_addr);
	while (node) {
		dest = rb_entry(node, struct nfo_dest, by_addr);
		if (dest_cmp(dest, prefix->family == AF_INET, &prefix->addr) <= 0) {
			found = dest;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

/**
 * nfo_hop_next_dest() - walk over the destinations behind a hop
 * @hop: the hop; held
 * @dest: NULL to begin with; the reference to it is given back
 * @prefix: which destinations, NULL for all
 *
 * Return: the next one, with a reference, or NULL.
 */
struct nfo_dest *nfo_hop_next_dest(struct nfo_hop *hop, struct nfo_dest *dest,
				   const struct nfo_prefix *prefix)
{
	struct nfo_hop *put = NULL;
	struct nfo_dest *next;

	spin_lock_bh(&hop_lock);
	/* the reference keeps @dest in the tree */
	if (dest)
		next = rb_entry_safe(rb_next(&dest->by_addr), struct nfo_dest, by_addr);
	else
		next = first_dest(hop, prefix);
	if (next && prefix && !in_prefix(prefix, next))
		next = NULL;
	if (next)
		next->refs++;
	if (dest)
		put = dest_put(dest);
	spin_unlock_bh(&hop_lock);
	if (put)
		nfo_hop_put(put);
	return next;
}

/**
 * nfo_hop_flows() - some flows of a destination
 * @dest: the destination; held
 * @cookies: filled in
 * @max: size of @cookies
 *
 * Those that are found go to the end of the list.
 *
 * Return: how many were found.
 */
unsigned int nfo_hop_flows(struct nfo_dest *dest, unsigned long *cookies, unsigned int max)
{
	struct nfo_flow *f;
	unsigned int n = 0;

	spin_lock_bh(&hop_lock);
	while (n < max && n < dest->n_flows) {
		f = list_first_entry(&dest->flows, struct nfo_flow, by_dest);
		list_move_tail(&f->by_dest, &dest->flows);
		cookies[n++] = f->cookie;
	}
	spin_unlock_bh(&hop_lock);
	return n;
}

/*
 * Packets in hardware confirm no neighbour, so we have it asked like software would: while it is
 * used and was not heard of for a while.
 */
static void keep_alive(struct work_struct *work)
{
	struct neighbour *neigh;
	struct nfo_hop *hop;

	rcu_read_lock();
	list_for_each_entry_rcu(hop, &all_hops, all) {
		/* one that was released meanwhile is dead, and freed by RCU */
		neigh = READ_ONCE(hop->neigh);
		if (!neigh || !READ_ONCE(hop->used))
			continue;
		WRITE_ONCE(hop->used, false);
		neigh_event_send(neigh, NULL);
	}
	rcu_read_unlock();
	queue_delayed_work(nfo_wq, &keepalive, KEEPALIVE);
}

int nfo_hop_init(void)
{
	int err = rhltable_init(&dests, &dest_params);

	if (err)
		return err;
	INIT_DELAYED_WORK(&keepalive, keep_alive);
	queue_delayed_work(nfo_wq, &keepalive, KEEPALIVE);
	return 0;
}

void nfo_hop_exit(void)
{
	cancel_delayed_work_sync(&keepalive);
	rhltable_destroy(&dests);
}
