// SPDX-License-Identifier: GPL-2.0-only
/*
 * The set of hops, and which flows use which.
 *
 * The hop lock guards the hashes, the list of all, the list of those due, each hop's tree of flows
 * and flow->hop. Notifiers take it in atomic context. Most events concern no hop at all: they find
 * that out under RCU alone.
 *
 * A hop lives as long as a flow uses it; who looks at one longer than the lock is held takes a
 * reference. It holds its neighbour, which would else be collected while only the hardware uses it;
 * flows leave a hop at once when its neighbour dies, so that no device has to wait for us.
 */
#include <linux/etherdevice.h>
#include <linux/hashtable.h>
#include <linux/jhash.h>
#include <linux/slab.h>

#include "hop.h"

#define HOP_BITS	12
#define KEEPALIVE	HZ

static DEFINE_HASHTABLE(by_addr, HOP_BITS);
static DEFINE_HASHTABLE(by_mac, HOP_BITS);
static LIST_HEAD(all_hops);
static LIST_HEAD(due_hops);
static DEFINE_SPINLOCK(hop_lock);
static struct delayed_work keepalive;

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

/* Order in a hop's tree: destination first, so that a prefix is a range of it. */
static int pos_cmp(const __be32 *dst, unsigned int len, unsigned long cookie,
		   const struct nfo_flow *f)
{
	unsigned int flen;
	const __be32 *fdst = nfo_packed_dst(&f->rule, &flen);
	int cmp;

	if (len != flen)
		return len < flen ? -1 : 1;
	cmp = memcmp(dst, fdst, len);
	if (cmp)
		return cmp;
	if (cookie == f->cookie)
		return 0;
	return cookie < f->cookie ? -1 : 1;
}

static void tree_insert(struct nfo_hop *hop, struct nfo_flow *f)
{
	struct rb_node **link = &hop->flows.rb_node, *parent = NULL;
	unsigned int len;
	const __be32 *dst = nfo_packed_dst(&f->rule, &len);

	while (*link) {
		parent = *link;
		if (pos_cmp(dst, len, f->cookie, rb_entry(parent, struct nfo_flow, by_dst)) < 0)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&f->by_dst, parent, link);
	rb_insert_color(&f->by_dst, &hop->flows);
}

static void hop_link(struct nfo_hop *hop)
{
	const struct nfo_hop_key *key = &hop->key;

	hash_add_rcu(by_addr, &hop->by_addr, hash_addr(key->l3, key->family, &key->addr));
	hash_add_rcu(by_mac, &hop->by_mac, hash_mac(key->dmac));
	list_add_tail_rcu(&hop->all, &all_hops);
	atomic_inc(&nfo_totals.hops);
	atomic_inc(&nfo_net_of(key->net)->n_hops);
}

static void hop_unlink(struct nfo_hop *hop)
{
	hash_del_rcu(&hop->by_addr);
	hash_del_rcu(&hop->by_mac);
	list_del_rcu(&hop->all);
	atomic_dec(&nfo_totals.hops);
	atomic_dec(&nfo_net_of(hop->key.net)->n_hops);
}

void nfo_hop_put(struct nfo_hop *hop)
{
	local_bh_disable();
	if (!refcount_dec_and_lock(&hop->refs, &hop_lock)) {
		local_bh_enable();
		return;
	}
	hop_unlink(hop);
	spin_unlock(&hop_lock);
	local_bh_enable();
	if (hop->neigh)
		neigh_release(hop->neigh);
	kfree_rcu(hop, rcu);
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
	struct nfo_hop *hop, *fresh;

	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	spin_lock_bh(&hop_lock);
	hop = hop_find(key);
	if (hop) {
		/* the last reference goes with this lock held */
		refcount_inc(&hop->refs);
	} else if (fresh) {
		hop = fresh;
		fresh = NULL;
		hop->key = *key;
		hop->neigh = neigh;
		neigh = NULL;
		hop->flows = RB_ROOT;
		INIT_LIST_HEAD(&hop->due);
		refcount_set(&hop->refs, 1);
		hop_link(hop);
	}
	if (hop) {
		f->hop = hop;
		tree_insert(hop, f);
	}
	spin_unlock_bh(&hop_lock);
	kfree(fresh);
	if (neigh)
		neigh_release(neigh);
	return hop ? 0 : -ENOMEM;
}

/**
 * nfo_hop_leave() - a flow does not go this way any more
 * @f: the flow; its port is locked
 */
void nfo_hop_leave(struct nfo_flow *f)
{
	struct nfo_hop *hop = f->hop;

	if (!hop)
		return;
	spin_lock_bh(&hop_lock);
	rb_erase(&f->by_dst, &hop->flows);
	f->hop = NULL;
	spin_unlock_bh(&hop_lock);
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
 * Return: the hop, with a reference, or NULL.
 */
struct nfo_hop *nfo_hop_next_due(unsigned long *causes)
{
	struct nfo_hop *hop;

	spin_lock_bh(&hop_lock);
	hop = list_first_entry_or_null(&due_hops, struct nfo_hop, due);
	if (hop) {
		list_del_init(&hop->due);
		*causes = hop->causes;
	}
	spin_unlock_bh(&hop_lock);
	return hop;
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

static bool in_prefix(const struct nfo_prefix *prefix, const __be32 *dst, unsigned int len)
{
	const u8 *a = (const u8 *)&prefix->addr, *d = (const u8 *)dst;
	unsigned int bytes = prefix->len / 8, bits = prefix->len % 8;

	if (len != (prefix->family == AF_INET ? 4 : 16) || bytes > len || memcmp(a, d, bytes))
		return false;
	return !bits || !((a[bytes] ^ d[bytes]) >> (8 - bits));
}

/* The first flow at or after a position of the tree. */
static struct nfo_flow *first_at(struct nfo_hop *hop, const __be32 *dst, unsigned int len,
				 unsigned long cookie)
{
	struct rb_node *node = hop->flows.rb_node;
	struct nfo_flow *f, *found = NULL;

	while (node) {
		f = rb_entry(node, struct nfo_flow, by_dst);
		if (pos_cmp(dst, len, cookie, f) <= 0) {
			found = f;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

/**
 * nfo_hop_flows() - some flows of a hop
 * @hop: the hop; held
 * @prefix: destinations, NULL for all
 * @pos: where to go on, zero to begin with; moved
 * @cookies: filled in
 * @max: size of @cookies
 *
 * Return: how many were found; less than @max: there are no more.
 */
unsigned int nfo_hop_flows(struct nfo_hop *hop, const struct nfo_prefix *prefix,
			   struct nfo_hop_pos *pos, unsigned long *cookies, unsigned int max)
{
	unsigned int plen = prefix && prefix->family == AF_INET6 ? 16 : 4, len, n = 0;
	const __be32 *dst;
	struct nfo_flow *f;

	spin_lock_bh(&hop_lock);
	if (pos->started)
		f = first_at(hop, pos->dst.ip6, pos->len, pos->cookie + 1);
	else if (prefix)
		f = first_at(hop, prefix->addr.ip6, plen, 0);
	else
		f = rb_entry_safe(rb_first(&hop->flows), struct nfo_flow, by_dst);

	for (; f && n < max; f = rb_entry_safe(rb_next(&f->by_dst), struct nfo_flow, by_dst)) {
		dst = nfo_packed_dst(&f->rule, &len);
		if (prefix && !in_prefix(prefix, dst, len))
			break;
		cookies[n++] = f->cookie;
		pos->started = true;
		pos->cookie = f->cookie;
		pos->len = len;
		memcpy(&pos->dst, dst, len);
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
	struct nfo_hop *hop;

	rcu_read_lock();
	list_for_each_entry_rcu(hop, &all_hops, all) {
		if (!hop->neigh || !READ_ONCE(hop->used))
			continue;
		WRITE_ONCE(hop->used, false);
		neigh_event_send(hop->neigh, NULL);
	}
	rcu_read_unlock();
	queue_delayed_work(nfo_wq, &keepalive, KEEPALIVE);
}

int nfo_hop_init(void)
{
	INIT_DELAYED_WORK(&keepalive, keep_alive);
	queue_delayed_work(nfo_wq, &keepalive, KEEPALIVE);
	return 0;
}

void nfo_hop_exit(void)
{
	cancel_delayed_work_sync(&keepalive);
}
