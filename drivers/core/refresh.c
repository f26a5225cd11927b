// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the world around a flow changes: neighbours, routes, bridges, links, addresses, bonds.
 *
 * nf reacts to none of these. We do what is exact for hardware and software alike: both directions
 * leave the hardware at once and nf's flow is torn down, so that the next packet takes the slow
 * path, which knows the truth, and the ruleset's `flow add` sets the flow up anew. Nothing is lost.
 *
 * Notifiers come in atomic context or with RTNL held: they mark hops, or note prefixes of routes,
 * and one work item does the rest. It finds the flows concerned through their hops, so it costs as
 * much as these, not as the table. For a route each flow with a destination under its prefix is
 * looked up again: one that goes the same way as before is left alone.
 *
 * Routes are announced before they are in the table: by the holder of RTNL, or, for IPv6, inside of
 * a section with soft interrupts off. The work waits for both before it looks.
 *
 * Locks: notes_lock (spinlock, BH) guards the noted prefixes; it is taken alone. nfo_route_sem is
 * held for reading, with a port locked, from the look at the routes until the flow has its hop.
 */
#include <linux/etherdevice.h>
#include <linux/hash.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/route.h>

#include "hop.h"
#include "trace.h"

#define BATCH		64
#define NOTES_MAX	4096	/* noted prefixes; beyond, everything of the namespace is looked up */
#define TORN_BITS	10
#define TORN_AGAIN	(60 * HZ)

/**
 * struct note - a route changed
 * @list: in notes
 * @net: namespace; it waits for the work before it goes
 * @prefix: destinations of the route
 * @any: any route may have changed
 * @dev: if not 0, an address of this device is gone: not destinations, translations may be stale
 */
struct note {
	struct list_head list;
	struct net *net;
	struct nfo_prefix prefix;
	bool any;
	int dev;
};

static LIST_HEAD(notes);
static unsigned int n_notes;
static bool lost;	/* notes for which there was no room: look everything up */
static bool routes_due;	/* there are notes, or they are being dealt with */
static DEFINE_SPINLOCK(notes_lock);
static struct workqueue_struct *refresh_wq;
DECLARE_RWSEM(nfo_route_sem);
static struct work_struct refresh;

/* Connections that were torn down because their offered path was out of date already. */
static struct torn {
	const struct nf_conn *ct;
	unsigned long when;
} torn[1 << TORN_BITS];
static DEFINE_SPINLOCK(torn_lock);

void nfo_refresh_kick(void)
{
	queue_work(refresh_wq, &refresh);
}

/**
 * nfo_refresh_take_out() - the other direction of a connection that was torn down
 * @cookie: of that direction
 *
 * Context: may sleep; no port is locked.
 */
void nfo_refresh_take_out(unsigned long cookie)
{
	struct nfo_port *port = nfo_flow_lock(cookie);
	struct nfo_flow *f;
	u8 dir;

	if (!port)
		return;
	f = nfo_flow_find(cookie);
	/* the cookie may be another connection's by now */
	if (f && test_bit(NF_FLOW_TEARDOWN, &nfo_nf_flow(cookie, &dir)->flags)) {
		f->torn = true;
		nfo_program_out(f, NFO_REASON_REFRESH);
		nfo_hop_leave(f);
	}
	mutex_unlock(&port->lock);
	nfo_port_put(port);
}

/*
 * Out of the hardware, and out of nf's flowtable. With the port locked; the other direction is the
 * caller's to take out once it is not. nf's own flow stays until nf says DESTROY.
 */
static unsigned long tear_down(struct nfo_flow *f, enum nfo_refresh cause)
{
	struct flow_offload *nf;
	u8 dir;

	nf = nfo_nf_flow(f->cookie, &dir);
	trace_nfo_flow_refresh(f, cause);
	nfo_notify_flow(f, NFO_FLOW_EV_REFRESH, cause);
	atomic64_inc(&nfo_totals.refreshed[cause]);
	f->torn = true;
	nfo_program_out(f, NFO_REASON_REFRESH);
	nfo_hop_leave(f);
	if (!test_bit(NF_FLOW_TEARDOWN, &nf->flags))
		flow_offload_teardown(nf);
	return (unsigned long)&nf->tuplehash[!dir].tuple;
}

/**
 * nfo_refresh_stale() - the path that nf offers is not what the kernel's tables say
 * @f: the flow, just made; its port is locked
 *
 * The connection is torn down so that it is set up anew: once. If that leads to the same again,
 * the reason is one that we cannot see, and the flow stays in software.
 *
 * Return: the cookie of the other direction if that is to be taken out too, else 0.
 */
unsigned long nfo_refresh_stale(struct nfo_flow *f)
{
	struct flow_offload *nf;
	struct torn *t;
	bool again;
	u8 dir;

	nf = nfo_nf_flow(f->cookie, &dir);
	t = &torn[hash_ptr(nf->ct, TORN_BITS)];
	spin_lock(&torn_lock);
	/* a place that is taken, by whomever, stays so: rather too few teardowns than a loop */
	again = t->ct && time_before(jiffies, t->when + TORN_AGAIN);
	if (!again || t->ct == nf->ct) {
		t->ct = nf->ct;
		t->when = jiffies;
	}
	spin_unlock(&torn_lock);
	return again ? 0 : tear_down(f, NFO_REFRESH_STALE);
}

static bool dev_is_up(const struct net *net, int ifindex)
{
	struct net_device *dev;
	bool up;

	rcu_read_lock();
	dev = dev_get_by_index_rcu((struct net *)net, ifindex);
	up = dev && netif_running(dev) && netif_carrier_ok(dev);
	rcu_read_unlock();
	return up;
}

/* Packets may be larger than the devices allow, or might be larger than the flow allows. */
static bool mtu_differs(const struct nfo_flow *f, const struct nfo_hop_key *key, bool larger_too)
{
	struct net_device *l3, *egress;
	bool differs = true;

	rcu_read_lock();
	l3 = dev_get_by_index_rcu(key->net, key->l3);
	egress = dev_get_by_index_rcu(key->net, key->egress);
	if (l3 && egress)
		differs = f->rule.mtu > l3->mtu || f->rule.mtu > egress->mtu ||
			  (larger_too && f->rule.mtu < l3->mtu);
	rcu_read_unlock();
	return differs;
}

/* Frames bear the address of the route's device, or, if that has none, of the one they leave by. */
static bool address_differs(const struct nfo_flow *f, const struct nfo_hop_key *key)
{
	struct net_device *dev;
	bool differs;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(key->net, key->family ? key->l3 : key->egress);
	differs = !dev || !ether_addr_equal(f->rule.smac, dev->dev_addr);
	rcu_read_unlock();
	return differs;
}

/**
 * nfo_refresh_missed() - did something change before the flow had its hop?
 * @f: the flow, with a hop; its port is locked
 *
 * Neighbours are looked at by nfo_hop_mark_neigh().
 */
bool nfo_refresh_missed(const struct nfo_flow *f)
{
	const struct nfo_hop_key *key = &f->dest->hop->key;

	return !nfo_path_egress_ok(key) || address_differs(f, key) || mtu_differs(f, key, false);
}

static bool route_differs(const struct nfo_flow *f)
{
	const struct nfo_hop_key *now = &f->dest->hop->key;
	struct neighbour *neigh;
	struct nfo_hop_key key;
	bool differs;
	u8 dir;

	if (is_zero_ether_addr(now->dmac))
		return true;
	differs = nfo_path_find(f->port, f, nfo_nf_flow(f->cookie, &dir), &key, &neigh);
	if (neigh)
		neigh_release(neigh);
	return differs || key.l3 != now->l3 || key.family != now->family ||
	       memcmp(&key.addr, &now->addr, sizeof(key.addr));
}

/* Is the source a translation to an address that this host does not have any more? */
static bool source_gone(const struct nfo_flow *f)
{
	struct net *net = f->port->net;
	struct nfo_rule rule;

	if (!(f->rule.flags & NFO_EDIT_SRC))
		return false;
	nfo_unpack(&f->rule, &rule);
	if (rule.match.l3proto == htons(ETH_P_IP))
		return inet_addr_type(net, rule.edit.src.ip4) != RTN_LOCAL;
	return !ipv6_chk_addr(net, (const struct in6_addr *)&rule.edit.src, NULL, 0);
}

static bool is_stale(const struct nfo_flow *f, enum nfo_refresh cause)
{
	const struct nfo_hop_key *key = &f->dest->hop->key;

	switch (cause) {
	case NFO_REFRESH_ROUTE:
		return route_differs(f);
	case NFO_REFRESH_LINK:
		return !dev_is_up(key->net, key->l3) || !dev_is_up(key->net, key->egress) ||
		       !nfo_path_egress_ok(key);
	case NFO_REFRESH_FDB:
		return !nfo_path_egress_ok(key) || nfo_path_better(key);
	case NFO_REFRESH_SOURCE:
		return source_gone(f);
	case NFO_REFRESH_MTU:
		return mtu_differs(f, key, true);
	case NFO_REFRESH_ADDRESS:
		return address_differs(f, key);
	default:
		return true;
	}
}

static void refresh_flow(unsigned long cookie, const struct nfo_dest *dest, enum nfo_refresh cause)
{
	struct nfo_port *port = nfo_flow_lock(cookie);
	unsigned long other = 0;
	struct nfo_flow *f;

	if (!port)
		return;
	f = nfo_flow_find(cookie);
	if (f && f->dest == dest && !f->torn && is_stale(f, cause))
		other = tear_down(f, cause);
	mutex_unlock(&port->lock);
	nfo_port_put(port);
	if (other)
		nfo_refresh_take_out(other);
}

/* Those that come meanwhile have looked for themselves: the hop is suspect. */
static void refresh_dest(struct nfo_dest *dest, enum nfo_refresh cause)
{
	u32 i, n, left = READ_ONCE(dest->n_flows);
	unsigned long cookies[BATCH];

	while (left) {
		n = nfo_hop_flows(dest, cookies, min_t(u32, left, BATCH));
		if (!n)
			break;
		for (i = 0; i < n; i++)
			refresh_flow(cookies[i], dest, cause);
		left -= n;
		cond_resched();
	}
}

static void refresh_hop(struct nfo_hop *hop, const struct nfo_prefix *prefix,
			enum nfo_refresh cause)
{
	struct nfo_dest *dest;

	for (dest = nfo_hop_next_dest(hop, NULL, prefix); dest;
	     dest = nfo_hop_next_dest(hop, dest, prefix))
		refresh_dest(dest, cause);
}

static void refresh_due(void)
{
	unsigned long causes;
	struct nfo_hop *hop;
	unsigned int cause;

	for (hop = nfo_hop_next_due(&causes); hop; hop = nfo_hop_next_due(&causes)) {
		for_each_set_bit(cause, &causes, __NFO_REFRESH_MAX)
			refresh_hop(hop, NULL, cause);
		nfo_hop_suspect(hop, false);
		nfo_hop_put(hop);
	}
}

/* Routes of a namespace, or of all: NULL. */
static void refresh_routes(const struct net *net, const struct nfo_prefix *prefix)
{
	struct nfo_hop *hop;

	for (hop = nfo_hop_next(NULL, net); hop; hop = nfo_hop_next(hop, net)) {
		nfo_hop_suspect(hop, true);
		refresh_hop(hop, prefix, NFO_REFRESH_ROUTE);
		nfo_hop_suspect(hop, false);
	}
}

/* Flows that leave by a device with an address which that does not have any more. */
static void refresh_translations(const struct note *note)
{
	struct nfo_hop *hop;

	for (hop = nfo_hop_next(NULL, note->net); hop; hop = nfo_hop_next(hop, note->net))
		if (hop->key.l3 == note->dev)
			refresh_hop(hop, NULL, NFO_REFRESH_SOURCE);
}

static void refresh_work(struct work_struct *work)
{
	struct note *note, *next;
	LIST_HEAD(mine);
	bool all;

	refresh_due();

	spin_lock_bh(&notes_lock);
	list_splice_init(&notes, &mine);
	n_notes = 0;
	all = lost;
	lost = false;
	spin_unlock_bh(&notes_lock);
	if (list_empty(&mine) && !all)
		return;

	/* until what was announced is done, and who has looked before that has the hop */
	rtnl_lock();
	rtnl_unlock();
	synchronize_rcu_expedited();
	down_write(&nfo_route_sem);
	up_write(&nfo_route_sem);
	if (all)
		refresh_routes(NULL, NULL);
	list_for_each_entry_safe(note, next, &mine, list) {
		if (note->dev)
			refresh_translations(note);
		else if (!all)
			refresh_routes(note->net, note->any ? NULL : &note->prefix);
		kfree(note);
	}

	spin_lock_bh(&notes_lock);
	if (list_empty(&notes) && !lost)
		WRITE_ONCE(routes_due, false);
	spin_unlock_bh(&notes_lock);
}

/**
 * nfo_refresh_routes_due() - has a route changed of which not all is known yet?
 *
 * Until then whoever wants to go somewhere has to look at the routes himself.
 */
bool nfo_refresh_routes_due(void)
{
	return READ_ONCE(routes_due);
}

/**
 * nfo_refresh_note() - a route has changed, or will in a moment
 * @net: namespace
 * @prefix: destinations of the route, NULL: any
 * @dev: if not 0, an address of this device is gone: not destinations, translations may be stale
 *
 * Context: any.
 */
void nfo_refresh_note(struct net *net, const struct nfo_prefix *prefix, int dev)
{
	struct note *note;

	spin_lock_bh(&notes_lock);
	WRITE_ONCE(routes_due, true);
	note = n_notes < NOTES_MAX ? kzalloc(sizeof(*note), GFP_ATOMIC) : NULL;
	if (note) {
		note->net = net;
		note->any = !prefix;
		note->dev = dev;
		if (prefix)
			note->prefix = *prefix;
		list_add_tail(&note->list, &notes);
		n_notes++;
	} else {
		lost = true;
	}
	spin_unlock_bh(&notes_lock);
	nfo_refresh_kick();
}

/* Until everything that was marked or noted is dealt with. */
void nfo_refresh_flush(void)
{
	flush_work(&refresh);
}

int nfo_refresh_init(void)
{
	INIT_WORK(&refresh, refresh_work);
	/* what is out of date is to be gone in 100 ms */
	refresh_wq = alloc_workqueue("nfo_refresh", WQ_UNBOUND | WQ_HIGHPRI, 1);
	return refresh_wq ? 0 : -ENOMEM;
}

void nfo_refresh_exit(void)
{
	destroy_workqueue(refresh_wq);
}
