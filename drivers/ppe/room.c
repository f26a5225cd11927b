// SPDX-License-Identifier: GPL-2.0-only
/*
 * Full buckets. Where an entry may be follows from its key: 2 or 4 places. A flow that finds them
 * taken stays in software, and the engine says so with each of its packets. Once a second its
 * packets are compared with those of the flows in its bucket. When it is clearly busier than the
 * least busy one, that one makes room, and is not bound again for a second: the place is for who
 * comes first, which is most likely the busier one.
 *
 * An engine that does not count tells only when an entry was used last: then only one that was idle
 * makes room.
 */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ppp_defs.h>
#include <linux/ktime.h>
#include <net/ip.h>

#include "ppe.h"

#define CLEARLY		2	/* times as busy */
#define COOL		HZ
#define IDLE_S		2
#define LAYERS_MAX	3

/* PPPoE session header and the protocol of PPP. */
struct pppoe {
	u8 version_type;
	u8 code;
	__be16 sid;
	__be16 length;
	__be16 proto;
};

/* Past tags and a PPPoE header that are still in the data. Returns the network protocol, or 0. */
static __be16 find_network(const struct sk_buff *skb, unsigned int *off)
{
	__be16 proto = skb->protocol;
	struct pppoe ppp, *p;
	struct vlan_hdr tag, *t;
	unsigned int i;

	*off = 0;
	for (i = 0; i < LAYERS_MAX; i++) {
		if (eth_type_vlan(proto)) {
			t = skb_header_pointer(skb, *off, sizeof(tag), &tag);
			if (!t)
				return 0;
			proto = t->h_vlan_encapsulated_proto;
			*off += sizeof(tag);
		} else if (proto == htons(ETH_P_PPP_SES)) {
			p = skb_header_pointer(skb, *off, sizeof(ppp), &ppp);
			if (!p)
				return 0;
			*off += sizeof(ppp);
			return p->proto == htons(PPP_IP) ? htons(ETH_P_IP) :
			       p->proto == htons(PPP_IPV6) ? htons(ETH_P_IPV6) : 0;
		} else {
			break;
		}
	}
	return proto;
}

static bool key_ports(const struct sk_buff *skb, unsigned int off, u8 proto, struct foe_key *key)
{
	__be16 ports[2], *p;

	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return false;
	p = skb_header_pointer(skb, off, sizeof(ports), ports);
	if (!p)
		return false;
	key->sport = p[0];
	key->dport = p[1];
	key->udp = proto == IPPROTO_UDP;
	return true;
}

static bool key_ip4(const struct sk_buff *skb, unsigned int off, struct foe_key *key)
{
	struct iphdr iph, *h = skb_header_pointer(skb, off, sizeof(iph), &iph);

	if (!h || h->ihl != 5 || ip_is_fragment(h))
		return false;
	key->type = FOE_IP4_HNAPT;
	key->src[0] = h->saddr;
	key->dst[0] = h->daddr;
	return key_ports(skb, off + sizeof(iph), h->protocol, key);
}

static bool key_ip6(const struct sk_buff *skb, unsigned int off, struct foe_key *key)
{
	struct ipv6hdr ip6h, *h = skb_header_pointer(skb, off, sizeof(ip6h), &ip6h);

	if (!h)
		return false;
	key->type = FOE_IP6_5T;
	memcpy(key->src, &h->saddr, sizeof(key->src));
	memcpy(key->dst, &h->daddr, sizeof(key->dst));
	return key_ports(skb, off + sizeof(ip6h), h->nexthdr, key);
}

static bool key_of(const struct sk_buff *skb, struct foe_key *key)
{
	unsigned int off;
	__be16 proto;

	memset(key, 0, sizeof(*key));
	proto = find_network(skb, &off);
	if (proto == htons(ETH_P_IP))
		return key_ip4(skb, off, key);
	return proto == htons(ETH_P_IPV6) && key_ip6(skb, off, key);
}

static bool is_key(const struct ppe_flow *f, const struct ppe_engine *e, const struct foe_key *key)
{
	struct foe_entry entry;

	foe_decode(e->layout, f->words, &entry);
	return !memcmp(&entry.key, key, sizeof(*key));
}

static void missed(struct ppe_engine *e, const struct foe_key *key)
{
	struct ppe_flow *f;

	hlist_for_each_entry(f, &e->buckets[ppe_bucket(e, key)], node) {
		if (f->slot != PPE_NO_SLOT || !is_key(f, e, key))
			continue;
		e->stats.full++;
		f->missed++;
		if (f->losing)
			return;
		list_move_tail(&f->list, &e->losers);
		f->losing = true;
		f->where = NFO_REASON_BUCKET;
		nfo_backend_moved(f->port->dev);
		return;
	}
}

/**
 * ppe_room_missed() - a packet came up for which the engine had no room
 * @e: the engine
 * @skb: the packet, from the network header on
 *
 * Context: BH disabled
 */
void ppe_room_missed(struct ppe_engine *e, const struct sk_buff *skb)
{
	struct foe_key key;

	if (!READ_ONCE(e->n_flows) || !key_of(skb, &key))
		return;
	spin_lock(&e->lock);
	if (!e->down && !e->mixed)
		missed(e, &key);
	spin_unlock(&e->lock);
}

/* ---- once a second */

/* Packets since the last time, or U64_MAX while that is not known. Collected before. */
static u64 business(struct ppe_engine *e, struct ppe_flow *f)
{
	u64 packets = f->packets - f->mark;
	bool known = f->marked;

	if (!e->mib)
		return f->clock.used + IDLE_S <= ktime_get_boottime_seconds() ? 0 : U64_MAX;
	f->mark = f->packets;
	f->marked = true;
	return known ? packets : U64_MAX;
}

static void collect_bucket(struct ppe_engine *e, unsigned int first)
{
	unsigned int i;

	for (i = 0; i < foe_ways(e->layout); i++)
		if (READ_ONCE(e->owner[first + i]))
			ppe_collect(e, e->owner[first + i]);
}

static struct ppe_flow *least_busy(struct ppe_engine *e, unsigned int first, u64 *least)
{
	struct ppe_flow *f, *found = NULL;
	unsigned int i;
	u64 n;

	*least = U64_MAX;
	for (i = 0; i < foe_ways(e->layout); i++) {
		f = e->owner[first + i];
		if (!f || !f->bound)
			continue;
		n = business(e, f);
		if (n < *least) {
			*least = n;
			found = f;
		}
	}
	return found;
}

static void make_room(struct ppe_engine *e, struct ppe_flow *loser, unsigned int first)
{
	struct ppe_flow *f;
	u64 least;

	lockdep_assert_held(&e->lock);
	f = least_busy(e, first, &least);
	if (!f || loser->missed <= CLEARLY * least)
		return;
	e->stats.evicted++;
	f->cool = jiffies + COOL;
	f->cooling = true;
	ppe_table_unbind(e, f, NFO_REASON_BUCKET);
	schedule_work(&e->reap);
}

static unsigned int first_of(const struct ppe_engine *e, const struct ppe_flow *f)
{
	struct foe_entry entry;

	foe_decode(e->layout, f->words, &entry);
	return foe_hash(e->layout, &entry.key);
}

/* It has had no packet for a second: it only waits. */
static void retire(struct ppe_flow *f)
{
	list_del_init(&f->list);
	f->losing = false;
	f->where = NFO_REASON_WAITING;
	nfo_backend_moved(f->port->dev);
}

/**
 * ppe_room_tick() - compare the flows that found no room with those that did
 * @e: the engine
 *
 * Context: engine->hw; may sleep
 */
void ppe_room_tick(struct ppe_engine *e)
{
	struct ppe_flow *f;
	unsigned int first;
	LIST_HEAD(turn);

	lockdep_assert_held(&e->hw);
	spin_lock_bh(&e->lock);
	list_splice_init(&e->losers, &turn);
	while (!list_empty(&turn)) {
		f = list_first_entry(&turn, struct ppe_flow, list);
		if (!f->missed) {
			retire(f);
			continue;
		}
		list_move_tail(&f->list, &e->losers);
		first = first_of(e, f);
		/* flows go with engine->hw only, but may leave the list */
		spin_unlock_bh(&e->lock);
		collect_bucket(e, first);
		cond_resched();
		spin_lock_bh(&e->lock);
		if (f->losing)
			make_room(e, f, first);
		f->missed = 0;
	}
	spin_unlock_bh(&e->lock);
}
