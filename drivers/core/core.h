/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The core's own objects.
 *
 *	struct nfo_table	one flowtable with `flags offload`
 *	struct nfo_binding	a device in a flowtable
 *	struct nfo_port		a device, whatever the number of its flowtables
 *	struct nfo_flow		one direction of a connection on a port
 *
 * Locks, outermost first. nf calls us with its commit mutex, RTNL (only when a device goes away)
 * or flow_block_lock held, so nothing here may take those three with one of ours held, or wait
 * for somebody who does.
 *
 *	nfo_lock	mutex: tables, bindings, the set of ports, backends
 *	port->lock	mutex: the flows of a port, their state, programming
 *	tag lock	spinlock: state of a direction against the tag in conntrack (flow.c)
 *
 * Readers of the sets of ports and flows need RCU only; both are freed after a grace period.
 */
#ifndef _NFO_CORE_H
#define _NFO_CORE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/workqueue.h>
#include <net/flow_offload.h>
#include <net/netfilter/nf_flow_table.h>
#include <nfo/backend.h>

#include "rule.h"

#define NFO_VERSION	"0.1.0"

/**
 * struct nfo_table - a flowtable
 * @list: in nfo_tables, under nfo_lock
 * @nf: nf's object; valid while the table has bindings
 * @net: its network namespace; nft unbinds before it goes away
 * @bindings: under nfo_lock
 * @cb: the one callback through which all offers come when nft asks us as its provider
 */
struct nfo_table {
	struct list_head list;
	struct nf_flowtable *nf;
	struct net *net;
	struct list_head bindings;
	struct flow_block_cb *cb;
};

/**
 * struct nfo_binding - a device in a flowtable
 * @table_list: in table->bindings, under nfo_lock
 * @port_list: in port->bindings, under port->lock; not once the binding was stopped
 * @table: the flowtable
 * @port: the device
 */
struct nfo_binding {
	struct list_head table_list;
	struct list_head port_list;
	struct nfo_table *table;
	struct nfo_port *port;
};

/**
 * struct nfo_port - a device that can offload
 * @node: in the hash of ports; written under nfo_lock, read under RCU
 * @refs: one for the hash, one per reader that leaves RCU
 * @rcu: for freeing
 * @dev: held while the port is in the hash
 * @dev_tracker: of that reference
 * @net: of @dev, which cannot move while bound
 * @ifindex: of @dev
 * @door: how the device came to us; the same for all its flowtables, as nft has one provider
 * @driver: name of the driver, for users
 * @be: backend
 * @be_priv: the backend's state
 * @caps: what the backend can do here
 * @n_bindings: bindings that exist, under nfo_lock
 * @lock: guards what follows
 * @bindings: bindings that take offers
 * @flows: struct nfo_flow
 * @n_flows: how many
 * @n_hw: how many of them are in hardware
 * @enabled: hw-tc-offload is on
 * @packets: counted by hardware
 * @bytes: counted by hardware
 * @added: directions put into hardware
 * @removed: directions taken out of hardware
 * @reasons: how often a direction came to be in software, by reason
 * @sync: brings all flows to what @enabled asks for
 */
struct nfo_port {
	struct hlist_node node;
	refcount_t refs;
	struct rcu_head rcu;
	struct net_device *dev;
	netdevice_tracker dev_tracker;
	struct net *net;
	int ifindex;
	enum nfo_door door;
	char driver[32];
	struct nfo_backend *be;
	void *be_priv;
	const struct nfo_caps *caps;
	unsigned int n_bindings;

	struct mutex lock;
	struct list_head bindings;
	struct list_head flows;
	u32 n_flows;
	u32 n_hw;
	bool enabled;
	u64 packets;
	u64 bytes;
	u64 added;
	u64 removed;
	u64 reasons[__NFO_REASON_MAX];
	struct work_struct sync;
};

/**
 * struct nfo_flow - one direction of a connection
 * @node: in the hash of flows, read under RCU
 * @cookie: address of nf's tuple: names the direction; nf keeps it until our DESTROY is done
 * @list: in port->flows
 * @port: ingress port
 * @table: the flowtable it came from
 * @rule: never changes: a flow whose rule changes is replaced
 * @be_priv: the backend's state, while in hardware
 * @packets: counted by hardware
 * @bytes: counted by hardware
 * @lastused: jiffies of the last packet in hardware, 0 if none
 * @retry: jiffies before which a refusal is not tried again
 * @dir: IP_CT_DIR_ORIGINAL or IP_CT_DIR_REPLY
 * @state: enum nfo_flow_state, also under the tag lock
 * @reason: enum nfo_reason
 * @parsed: @rule is complete; else @reason is for good
 * @backoff: refusals in a row, up to a limit
 * @rcu: for freeing
 */
struct nfo_flow {
	struct rhash_head node;
	unsigned long cookie;
	struct list_head list;
	struct nfo_port *port;
	struct nfo_table *table;
	struct nfo_rule rule;
	void *be_priv;
	u64 packets;
	u64 bytes;
	unsigned long lastused;
	unsigned long retry;
	u8 dir;
	u8 state;
	u8 reason;
	bool parsed;
	u8 backoff;
	struct rcu_head rcu;
};

/* Global counters that belong to no port. */
struct nfo_totals {
	atomic_t tables;
	atomic_t ports;
	atomic64_t flows;
	atomic64_t flows_hw;
	atomic64_t unbuilt;
	atomic64_t no_port;
};

extern struct mutex nfo_lock;
extern struct nfo_totals nfo_totals;

/* backend.c: all under nfo_lock but for the contract in nfo/backend.h */
struct nfo_backend *nfo_backend_for(struct net_device *dev, void **priv);
void nfo_backend_put(struct nfo_backend *be);
struct list_head *nfo_backend_list(void);

/* provider.c, indirect.c: the two front doors */
int nfo_provider_init(void);
void nfo_provider_exit(void);
int nfo_indirect_init(void);
void nfo_indirect_exit(void);

/* table.c */
int nfo_table_bind(struct nf_flowtable *nf, struct net_device *dev);
void nfo_table_unbind(struct nf_flowtable *nf, struct net_device *dev);
struct nfo_binding *nfo_binding_add(struct nf_flowtable *nf, struct net_device *dev,
				    enum nfo_door door);
void nfo_binding_stop(struct nfo_binding *b);
void nfo_binding_del(struct nfo_binding *b);

/* port.c */
int nfo_port_init(void);
void nfo_port_exit(void);
struct nfo_port *nfo_port_find(const struct net *net, int ifindex);
struct nfo_port *nfo_port_create(struct net_device *dev, enum nfo_door door);
void nfo_port_destroy(struct nfo_port *port);
void nfo_port_update(struct nfo_port *port);
void nfo_port_put(struct nfo_port *port);
unsigned int nfo_port_generation(void);
typedef int (*nfo_port_fn)(struct nfo_port *port, void *data);
int nfo_port_walk(const struct net *net, int *pos, nfo_port_fn fn, void *data);

/* flow.c */
int nfo_flow_init(void);
void nfo_flow_exit(void);
int nfo_flow_command(struct nfo_table *table, struct nfo_port *only,
		     struct flow_cls_offload *cls);
void nfo_flow_sync(struct nfo_port *port);
void nfo_flow_purge(struct nfo_port *port, struct nfo_table *table);
struct rhashtable;
struct rhashtable *nfo_flow_table(void);

/* netlink.c */
int nfo_netlink_init(void);
void nfo_netlink_exit(void);

#endif /* _NFO_CORE_H */
