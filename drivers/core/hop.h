/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hops: where flows go. A hop is a neighbour on the device of the route, and the device through
 * which frames leave in the end. Flows that go the same way share it, so that a change of that way
 * finds them, and only them.
 */
#ifndef _NFO_CORE_HOP_H
#define _NFO_CORE_HOP_H

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
 * @flows: those that use it, by destination; under the hop lock
 * @causes: bits of enum nfo_refresh, under the hop lock
 * @refs: one per flow, one while it is due, one for who looks at it
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
	struct rb_root flows;
	unsigned long causes;
	refcount_t refs;
	bool used;
	struct neighbour *neigh;
	struct nfo_hop_key key;
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

/**
 * struct nfo_hop_pos - how far a walk over a hop's flows has come
 * @started: it has begun
 * @dst: destination of the last flow
 * @len: its length in bytes
 * @cookie: of the last flow
 */
struct nfo_hop_pos {
	bool started;
	unsigned int len;
	union nfo_addr dst;
	unsigned long cookie;
};

/* path.c: what the kernel's tables say now */
enum nfo_reason nfo_path_find(const struct nfo_port *port, const struct nfo_flow *f,
			      const struct flow_offload *nf, struct nfo_hop_key *key,
			      struct neighbour **neigh);
enum nfo_reason nfo_path_unresolved(const struct nfo_port *port, const struct flow_offload *nf,
				    u8 dir, struct nfo_hop_key *key, struct neighbour **neigh);
bool nfo_path_egress_ok(const struct nfo_hop_key *key);

/* hop.c */
int nfo_hop_init(void);
void nfo_hop_exit(void);
int nfo_hop_join(struct nfo_flow *f, const struct nfo_hop_key *key, struct neighbour *neigh);
void nfo_hop_leave(struct nfo_flow *f);
void nfo_hop_put(struct nfo_hop *hop);
void nfo_hop_mark_neigh(const struct neighbour *n);
void nfo_hop_mark_mac(struct net_device *port, const u8 *mac);
void nfo_hop_mark_dev(struct net_device *dev, enum nfo_refresh cause);
struct nfo_hop *nfo_hop_next_due(unsigned long *causes);
struct nfo_hop *nfo_hop_next(struct nfo_hop *hop, const struct net *net);
unsigned int nfo_hop_flows(struct nfo_hop *hop, const struct nfo_prefix *prefix,
			   struct nfo_hop_pos *pos, unsigned long *cookies, unsigned int max);

/* refresh.c */
extern struct rw_semaphore nfo_route_sem;
int nfo_refresh_init(void);
void nfo_refresh_exit(void);
void nfo_refresh_kick(void);
int nfo_refresh_net(struct nfo_net *nn);
void nfo_refresh_net_exit(struct nfo_net *nn);
bool nfo_refresh_missed(const struct nfo_flow *f);
unsigned long nfo_refresh_stale(struct nfo_flow *f);
void nfo_refresh_take_out(unsigned long cookie);

#endif /* _NFO_CORE_HOP_H */
