// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel's tables say of a flow's way, now.
 *
 * nf looks at routes, neighbours and bridges once, when a flow is made, and keeps the outcome for
 * good. The outcome does not name the route's device or next hop, so they are looked up again here:
 * the next hop of the route to the flow's destination whose neighbour has the rule's destination
 * MAC is the flow's hop. None such: the tables have changed since, or the route depends on what we
 * cannot know (a packet mark that is not conntrack's, a rule on the type of service). Such a flow
 * would never be refreshed, so it is not put into hardware.
 *
 * Several next hops: which of them nf took does not matter, the MAC says it.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>
#include <net/ipv6_stubs.h>
#include <net/ndisc.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/nexthop.h>

#include "hop.h"

/**
 * struct search - for the next hop of a flow
 * @dst: destination as it is routed
 * @src: source as it is routed
 * @family: AF_INET or AF_INET6
 * @iif: ingress device
 * @mark: of the packets
 * @dmac: MAC that the neighbour has to have
 * @key: filled in
 * @neigh: set, with a reference
 */
struct search {
	union nfo_addr dst;
	union nfo_addr src;
	u8 family;
	int iif;
	u32 mark;
	const u8 *dmac;
	struct nfo_hop_key *key;
	struct neighbour *neigh;
};

static bool has_neighbours(const struct net_device *dev)
{
	return dev->type == ARPHRD_ETHER && !(dev->flags & (IFF_NOARP | IFF_LOOPBACK));
}

static struct neighbour *neigh_find(struct net_device *dev, u8 family, const union nfo_addr *addr)
{
	if (family == AF_INET)
		return __ipv4_neigh_lookup_noref(dev, (__force u32)addr->ip4);
	return __ipv6_neigh_lookup_noref(dev, addr->ip6);
}

/* Is this next hop the one? Under RCU. */
static bool take(struct search *s, const struct fib_nh_common *nhc)
{
	struct net_device *dev = nhc->nhc_dev;
	union nfo_addr addr = s->dst;
	u8 family = s->family;
	struct neighbour *n;

	if (!dev || nhc->nhc_lwtstate)
		return false;
	s->key->l3 = dev->ifindex;
	if (!has_neighbours(dev)) {
		s->key->family = 0;
		return true;
	}
	if (nhc->nhc_gw_family) {
		family = nhc->nhc_gw_family;
		memset(&addr, 0, sizeof(addr));
		memcpy(&addr, &nhc->nhc_gw, family == AF_INET6 ? 16 : 4);
	}
	n = neigh_find(dev, family, &addr);
	if (!n || !(READ_ONCE(n->nud_state) & NUD_VALID) || !ether_addr_equal(n->ha, s->dmac) ||
	    !refcount_inc_not_zero(&n->refcnt))
		return false;
	s->neigh = n;
	s->key->family = family;
	s->key->addr = addr;
	return true;
}

static bool search_ip4(struct search *s)
{
	struct flowi4 fl = {
		.flowi4_iif = s->iif,
		.flowi4_mark = s->mark,
		.daddr = s->dst.ip4,
		.saddr = s->src.ip4,
	};
	struct fib_result res = {};
	int i;

	if (fib_lookup(s->key->net, &fl, &res, FIB_LOOKUP_NOREF) ||
	    res.type != RTN_UNICAST || !res.fi)
		return false;
	for (i = 0; i < fib_info_num_path(res.fi); i++)
		if (take(s, fib_info_nhc(res.fi, i)))
			return true;
	return false;
}

static int take_ip6(struct fib6_nh *nh, void *arg)
{
	return take(arg, &nh->nh_common);
}

static bool take_route6(struct search *s, struct fib6_info *route)
{
	if (route->nh)
		return nexthop_for_each_fib6_nh(route->nh, take_ip6, s) > 0;
	return take(s, &route->fib6_nh->nh_common);
}

static bool search_ip6(struct search *s)
{
	struct flowi6 fl = {
		.flowi6_iif = s->iif,
		.flowi6_mark = s->mark,
	};
	struct fib6_result res = {};
	struct fib6_info *route;

	memcpy(&fl.daddr, &s->dst, sizeof(fl.daddr));
	memcpy(&fl.saddr, &s->src, sizeof(fl.saddr));
	if (ipv6_stub->fib6_lookup(s->key->net, s->iif, &fl, &res, 0) ||
	    IS_ERR_OR_NULL(res.f6i) || res.f6i == s->key->net->ipv6.fib6_null_entry ||
	    res.fib6_type != RTN_UNICAST || res.fib6_flags & RTF_REJECT)
		return false;
	if (take_route6(s, res.f6i))
		return true;
	list_for_each_entry_rcu(route, &res.f6i->fib6_siblings, fib6_siblings)
		if (take_route6(s, route))
			return true;
	return false;
}

static bool search(struct search *s)
{
	return s->family == AF_INET ? search_ip4(s) : search_ip6(s);
}

static void search_init(struct search *s, const struct nfo_port *port,
			const struct flow_offload *nf, u8 dir)
{
	/* routed after the destination and before the source is translated */
	const struct nf_conntrack_tuple *from = &nf->ct->tuplehash[dir].tuple;
	const struct nf_conntrack_tuple *to = &nf->ct->tuplehash[!dir].tuple;

	memset(s, 0, sizeof(*s));
	s->family = nf->tuplehash[dir].tuple.l3proto == NFPROTO_IPV4 ? AF_INET : AF_INET6;
	memcpy(&s->dst, &to->src.u3, s->family == AF_INET ? 4 : 16);
	memcpy(&s->src, &from->src.u3, s->family == AF_INET ? 4 : 16);
	s->iif = port->ifindex;
}

/**
 * nfo_path_find() - the hop of a flow
 * @port: ingress port
 * @f: the flow; its rule says egress device and MAC
 * @nf: nf's flow
 * @key: filled in
 * @neigh: set to the neighbour, with a reference, or NULL
 *
 * Context: may sleep or not.
 *
 * Return: NFO_REASON_NONE, or NFO_REASON_PATH if routes and neighbours lead elsewhere.
 */
enum nfo_reason nfo_path_find(const struct nfo_port *port, const struct nfo_flow *f,
			      const struct flow_offload *nf, struct nfo_hop_key *key,
			      struct neighbour **neigh)
{
	struct search s;
	bool found;

	memset(key, 0, sizeof(*key));
	key->net = port->net;
	key->egress = f->rule.out;
	memcpy(key->dmac, f->rule.dmac, ETH_ALEN);
	search_init(&s, port, nf, f->dir);
	s.key = key;
	s.dmac = key->dmac;
	s.mark = READ_ONCE(nf->ct->mark);

	rcu_read_lock();
	found = search(&s);
	if (!found && s.mark) {
		s.mark = 0;
		found = search(&s);
	}
	rcu_read_unlock();
	*neigh = s.neigh;
	return found ? NFO_REASON_NONE : NFO_REASON_PATH;
}

/**
 * nfo_path_unresolved() - the hop of a flow for which nf could not build a rule
 * @port: ingress port
 * @nf: nf's flow
 * @dir: direction
 * @key: filled in
 * @neigh: set to the neighbour, with a reference, if that is what is missing
 *
 * The neighbour is asked for.
 *
 * Context: nf's worker; may sleep.
 *
 * Return: NFO_REASON_NEIGH, or NFO_REASON_NO_ROUTE if it is something else.
 */
enum nfo_reason nfo_path_unresolved(const struct nfo_port *port, const struct flow_offload *nf,
				    u8 dir, struct nfo_hop_key *key, struct neighbour **neigh)
{
	const struct flow_offload_tuple *tuple = &nf->tuplehash[dir].tuple;
	const struct dst_entry *dst;
	struct neighbour *n;

	memset(key, 0, sizeof(*key));
	*neigh = NULL;
	if (tuple->xmit_type != FLOW_OFFLOAD_XMIT_NEIGH)
		return NFO_REASON_NO_ROUTE;
	dst = tuple->dst_cache;
	n = dst_neigh_lookup(dst, &nf->tuplehash[!dir].tuple.src_v4);
	if (IS_ERR_OR_NULL(n))
		return NFO_REASON_NO_ROUTE;
	neigh_event_send(n, NULL);
	key->net = port->net;
	key->l3 = dst->dev->ifindex;
	key->egress = dst->dev->ifindex;
	key->family = n->tbl->family;
	memcpy(&key->addr, n->primary_key, min_t(u32, n->tbl->key_len, sizeof(key->addr)));
	*neigh = n;
	return NFO_REASON_NEIGH;
}

/* To nf a user port of a DSA switch is where a way ends, not the conduit below it. */
static int way_end(const struct net_device_path_stack *stack)
{
	int i;

	for (i = 0; i < stack->num_paths - 1; i++)
		if (stack->path[i].type == DEV_PATH_DSA)
			break;
	return stack->path[i].dev->ifindex;
}

/* The device frames leave by, as VLAN devices and bridges on the way say; 0 if they do not know. */
static int egress_now(const struct nfo_hop_key *key)
{
	struct net_device_path_stack stack;
	struct net_device *dev;
	int egress = 0;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(key->net, key->l3);
	if (dev && dev_fill_forward_path(dev, key->dmac, &stack) >= 0 && stack.num_paths > 0)
		egress = way_end(&stack);
	rcu_read_unlock();
	return egress;
}

/**
 * nfo_path_egress_ok() - do frames for this hop still leave through its device?
 * @key: the hop
 *
 * Context: any.
 */
bool nfo_path_egress_ok(const struct nfo_hop_key *key)
{
	return key->l3 == key->egress || egress_now(key) == key->egress;
}

/**
 * nfo_path_better() - nf sends through a bridge, but would it find the port behind it now?
 * @key: the hop
 *
 * A port that is in no flowtable is of no use to it.
 *
 * Context: any.
 */
bool nfo_path_better(const struct nfo_hop_key *key)
{
	struct nfo_port *port;
	int egress;

	if (key->l3 != key->egress)
		return false;
	egress = egress_now(key);
	if (!egress || egress == key->l3)
		return false;
	port = nfo_port_find(key->net, egress);
	if (!port)
		return false;
	nfo_port_put(port);
	return true;
}
