/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hops: where flows go. A hop is a neighbour on the device of the route, and the device through
 * which frames leave in the end. Flows that go the same way share it, so that a change of that way
 * finds them, and only them.
 */
#ifndef _NFO_CORE_HOP_H
#define _NFO_CORE_HOP_H

#include <linux/rhashtable-types.h>
#include <linux/rwsem.h>
#include <net/neighbour.h>

#include "core.h"

/**
 * struct nfo_hop_key - what makes two hops the same
 * @net: namespace
 * @l3: ifindex of the route's device
 * @egress: ifindex of the device through which frames leave
 * @addr: of the neighbour
 * @family: AF_INET or AF_INET6 of @addr; 0: the device has no neighbours
 * @dmac: its MAC as the rule has it; zero while it is not resolved
 */
struct nfo_hop_key {
	struct net *net;
	int l3;
	int egress;
	union nfo_addr addr;
	u8 family;
	u8 dmac[ETH_ALEN];
};

/**
 * struct nfo_hop - a hop
 * @by_addr: in a hash by @l3 and address; read under RCU
 * @by_mac: in a hash by MAC; read under RCU
 * @all: in the list of all
 * @due: in the list of those to be refreshed; holds a reference
 * @dests: destinations behind it, by address; under the hop lock
 * @causes: bits of enum nfo_refresh, under the hop lock
 * @refs: one per destination, one while it is due, one for who looks at it
 * @suspect: how many look whether it still holds: who wants to go there has to look himself
 * @used: hardware sent something there since the last keepalive
 * @neigh: held, so that it is not collected while the hardware alone uses it; may be NULL
 * @key: never changes
 * @rcu: for freeing
 */
struct nfo_hop {
	struct hlist_node by_addr;
	struct hlist_node by_mac;
	struct list_head all;
	struct list_head due;
	struct rb_root dests;
	unsigned long causes;
	refcount_t refs;
	unsigned int suspect;
	bool used;
	struct neighbour *neigh;
	struct nfo_hop_key key;
	struct rcu_head rcu;
};

/**
 * struct nfo_dest_key - what flows to one destination have in common
 * @net: namespace
 * @out: egress device
 * @push: layers around the packet as it leaves
 * @addr: destination as it is routed
 * @dmac: destination MAC
 * @smac: source MAC
 * @mtu: bytes of layer 3
 * @l3proto: ETH_P_IP or ETH_P_IPV6
 * @n_push: layers in @push
 * @zero: keys compare as memory
 */
struct nfo_dest_key {
	struct net *net;
	u32 out;
	struct nfo_encap push[NFO_ENCAP_MAX];
	union nfo_addr addr;
	u8 dmac[ETH_ALEN];
	u8 smac[ETH_ALEN];
	u16 mtu;
	__be16 l3proto;
	u32 n_push;
	u32 zero;
};

/**
 * struct nfo_dest - a destination behind a hop
 * @node: in a hash by key; two have the same key if routes differ by source and MACs do not
 * @by_addr: in hop->dests
 * @flows: nfo_flow.by_dest
 * @n_flows: how many
 * @refs: one per flow, one for who looks at it
 * @hop: the hop
 * @key: never changes
 * @rcu: for freeing: who looks in the hash may meet it
 *
 * Everything is guarded by the hop lock. Most flows go where others went a moment ago: they find
 * their hop here and no route has to be looked up.
 */
struct nfo_dest {
	struct rhlist_head node;
	struct rb_node by_addr;
	struct list_head flows;
	u32 n_flows;
	u32 refs;
	struct nfo_hop *hop;
	struct nfo_dest_key key;
	struct rcu_head rcu;
};

/**
 * struct nfo_prefix - destinations a route is for
 * @addr: first address
 * @len: bits
 * @family: AF_INET or AF_INET6
 */
struct nfo_prefix {
	union nfo_addr addr;
	u8 len;
	u8 family;
};

/* path.c: what the kernel's tables say now */
enum nfo_reason nfo_path_find(const struct nfo_port *port, const struct nfo_flow *f,
			      const struct flow_offload *nf, struct nfo_hop_key *key,
			      struct neighbour **neigh);
enum nfo_reason nfo_path_unresolved(const struct nfo_port *port, const struct flow_offload *nf,
				    u8 dir, struct nfo_hop_key *key, struct neighbour **neigh);
bool nfo_path_egress_ok(const struct nfo_hop_key *key);
bool nfo_path_better(const struct nfo_hop_key *key);

/* hop.c */
int nfo_hop_init(void);
void nfo_hop_exit(void);
bool nfo_hop_join_known(struct nfo_flow *f);
int nfo_hop_join(struct nfo_flow *f, const struct nfo_hop_key *key, struct neighbour *neigh);
void nfo_hop_leave(struct nfo_flow *f);
void nfo_hop_put(struct nfo_hop *hop);
void nfo_hop_mark_neigh(const struct neighbour *n);
void nfo_hop_mark_mac(struct net_device *port, const u8 *mac);
void nfo_hop_mark_dev(struct net_device *dev, enum nfo_refresh cause);
struct nfo_hop *nfo_hop_next_due(unsigned long *causes);
struct nfo_hop *nfo_hop_next(struct nfo_hop *hop, const struct net *net);
void nfo_hop_suspect(struct nfo_hop *hop, bool on);
struct nfo_dest *nfo_hop_next_dest(struct nfo_hop *hop, struct nfo_dest *dest,
				   const struct nfo_prefix *prefix);
unsigned int nfo_hop_flows(struct nfo_dest *dest, unsigned long *cookies, unsigned int max);

/* refresh.c */
extern struct rw_semaphore nfo_route_sem;
bool nfo_refresh_routes_due(void);
int nfo_refresh_init(void);
void nfo_refresh_exit(void);
void nfo_refresh_kick(void);
void nfo_refresh_note(struct net *net, const struct nfo_prefix *prefix, int dev);
void nfo_refresh_flush(void);
bool nfo_refresh_missed(const struct nfo_flow *f);
unsigned long nfo_refresh_stale(struct nfo_flow *f);
void nfo_refresh_take_out(unsigned long cookie);

/* watch.c */
int nfo_watch_init(void);
void nfo_watch_exit(void);
int nfo_watch_net(struct nfo_net *nn);
void nfo_watch_net_exit(struct nfo_net *nn);

#endif /* _NFO_CORE_HOP_H */
