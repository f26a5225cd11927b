/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NIC model: two uplink ports, each on a wire, and an exact-match table that forwards between
 * them.
 *
 * Locks, outermost first:
 *	RTNL		models, their ports, wires being attached and detached
 *	table->lock	mutex: entries come and go; port->gone. Never with RTNL inside: rules come
 *			from nf's workers, which a holder of RTNL may be waiting for
 *	entry->lock	spinlock, BH: counters of an entry and whether it is dead
 * The data path runs under RCU and takes only entry->lock.
 */
#ifndef _NFO_SIM_H
#define _NFO_SIM_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rhashtable-types.h>
#include <linux/u64_stats_sync.h>
#include <net/flow_offload.h>
#include <uapi/linux/nfo_sim.h>

#define NFO_SIM_VERSION	"0.1.0"

/* Counters of a port; the punts of enum nfo_sim_punt follow the last one. */
enum sim_stat {
	SIM_HW_RX_PACKETS,
	SIM_HW_RX_BYTES,
	SIM_HW_TX_PACKETS,
	SIM_HW_TX_BYTES,
	SIM_CPU_RX_PACKETS,
	SIM_CPU_RX_BYTES,
	SIM_CPU_TX_PACKETS,
	SIM_CPU_TX_BYTES,
	SIM_RX_FILTERED,	/* not for this port's address */
	SIM_RX_DROPPED,		/* port down */
	SIM_TX_DROPPED,		/* no wire, or wire down */
	SIM_PUNT,
	SIM_STATS = SIM_PUNT + __NFO_SIM_PUNT_MAX,
};

struct sim_stats {
	u64_stats_t n[SIM_STATS];
	struct u64_stats_sync syncp;
};

/**
 * struct sim_key - what the table matches, as memory
 * @src: source address; IPv4 in the first four bytes, the rest zero
 * @dst: destination address
 * @sport: source port
 * @dport: destination port
 * @proto: ETH_P_IP or ETH_P_IPV6
 * @port: index of the ingress port
 * @l4: IPPROTO_TCP or IPPROTO_UDP
 */
struct sim_key {
	__be32 src[4];
	__be32 dst[4];
	__be16 sport;
	__be16 dport;
	__be16 proto;
	u8 port;
	u8 l4;
};

/**
 * struct sim_edit - what an entry does to a packet
 * @src: new source address
 * @dst: new destination address
 * @sport: new source port
 * @dport: new destination port
 * @mac: destination and source MAC, as in the frame
 * @nat: the rule rewrites addresses or ports
 *
 * What is not rewritten has the value of the key. Compared as memory.
 */
struct sim_edit {
	__be32 src[4];
	__be32 dst[4];
	__be16 sport;
	__be16 dport;
	u8 mac[2 * ETH_ALEN];
	u8 nat;
};

struct sim_port;

/**
 * struct sim_entry - an entry of the table
 * @by_key: for the data path
 * @by_cookie: for commands
 * @list: all entries of the table
 * @key: match
 * @edit: rewrite
 * @cookie: name of the rule
 * @in: ingress port
 * @out: egress port; entries go before their ports do
 * @lock: guards what follows
 * @dead: takes no packet any more
 * @lost: by a reset: only there by its cookie, for the counters; under table->lock
 * @packets: forwarded and not reported yet
 * @bytes: layer 3 bytes of them
 * @lastused: jiffies of the last packet
 * @rcu: for freeing
 */
struct sim_entry {
	struct rhash_head by_key;
	struct rhash_head by_cookie;
	struct list_head list;
	struct sim_key key;
	struct sim_edit edit;
	unsigned long cookie;
	struct sim_port *in;
	struct sim_port *out;
	spinlock_t lock;
	bool dead;
	bool lost;
	u64 packets;
	u64 bytes;
	unsigned long lastused;
	struct rcu_head rcu;
};

/**
 * struct sim_table - exact-match table of a model
 * @lock: guards changes
 * @by_key: entries by key, read under RCU
 * @by_cookie: entries by cookie
 * @entries: all of them, the lost ones too
 * @size: limit
 * @used: entries that are not lost
 * @full: inserts refused for @size
 */
struct sim_table {
	struct mutex lock;
	struct rhashtable by_key;
	struct rhashtable by_cookie;
	struct list_head entries;
	u32 size;
	u32 used;
	u64 full;
};

/**
 * struct sim_faults - what a model is told to do badly
 * @latency: ms that an insert takes
 * @fail_nth: every so many-th insert fails; 0: none
 * @refuse: no insert is taken
 * @wedge: does not answer, forwards nothing
 * @inserts: since @fail_nth was set
 * @failed: inserts that failed by these
 *
 * Written under RTNL, read anywhere.
 */
struct sim_faults {
	u32 latency;
	u32 fail_nth;
	bool refuse;
	bool wedge;
	atomic_t inserts;
	atomic64_t failed;
};

/**
 * struct sim - a model
 * @list: models of the namespace, RTNL
 * @ref: one for the list, one per port
 * @name: unique in the namespace
 * @id: random, the ports' parent id
 * @port: NULL before and after their time, RTNL
 * @faults: see there
 * @table: flows
 */
struct sim {
	struct list_head list;
	struct kref ref;
	char name[NFO_SIM_NAME_MAX + 1];
	u64 id;
	struct net_device *port[NFO_SIM_PORTS];
	struct sim_faults faults;
	struct sim_table table;
};

/**
 * struct sim_port - private part of a port's netdev
 * @sim: the model, with a reference
 * @dev: the netdev this belongs to
 * @link: what the port is plugged into, a wire; NULL once that is gone. RTNL, read under RCU
 * @wire_tracker: of the reference to the wire
 * @stats: counters
 * @blocks: flow blocks that were bound here: at most one
 * @index: number of the port, as in keys
 * @gone: no entry may name the port any more, under table->lock
 */
struct sim_port {
	struct sim *sim;
	struct net_device *dev;
	struct net_device __rcu *link;
	netdevice_tracker wire_tracker;
	struct sim_stats __percpu *stats;
	struct list_head blocks;
	u8 index;
	bool gone;
};

/* nic.c: models. All but sim_get() and sim_put() need RTNL. */
struct sim_new {
	const char *name;
	const char *wire[NFO_SIM_PORTS];
	u32 size;
};

int sim_create(struct net *net, const struct sim_new *req, struct netlink_ext_ack *extack);
int sim_delete(struct net *net, const char *name, struct netlink_ext_ack *extack);
struct sim *sim_find(struct net *net, const char *name, struct netlink_ext_ack *extack);
struct list_head *sim_list(struct net *net);
extern unsigned int sim_generation;	/* changes with every list of models, RTNL */
struct sim *sim_get(struct sim *sim);
void sim_put(struct sim *sim);
int sim_nic_init(void);
void sim_nic_exit(void);

/* port.c: port netdevs. RTNL. */
extern struct rtnl_link_ops sim_link_ops;
bool sim_is_port(const struct net_device *dev);
struct net_device *sim_port_create(struct sim *sim, struct net *net, unsigned int index,
				   struct net_device *wire, struct netlink_ext_ack *extack);
void sim_count(const struct sim_port *port, enum sim_stat packets, unsigned int len);
void sim_count_one(const struct sim_port *port, enum sim_stat stat);
void sim_stats_read(const struct sim_port *port, u64 *n);

/* wire.c: what ports are plugged into. RTNL. */
int sim_wire_attach(struct sim_port *port, struct net_device *wire,
		    struct netlink_ext_ack *extack);
void sim_wire_detach(struct sim_port *port);
void sim_wire_carrier(struct sim_port *port);
int sim_wire_init(void);
void sim_wire_exit(void);

/* link.c: what ports are plugged into, for the data path. RCU, BH disabled. */
struct net_device *sim_link(const struct sim_port *port);
bool sim_link_send(const struct sim_port *port, struct net_device *link, struct sk_buff *skb);
rx_handler_result_t sim_rx(struct sk_buff **pskb);
netdev_tx_t sim_xmit(struct sk_buff *skb, struct net_device *dev);

/* datapath.c */
bool sim_ingress(struct sim_port *port, struct sk_buff *skb);

/* fault.c: without locks */
int sim_fault_insert(struct sim *sim, struct netlink_ext_ack *extack);
int sim_fault_answer(struct sim *sim);

/* rule.c, table.c: rules */
int sim_setup_ft(struct net_device *dev, void *type_data);
int sim_rule_parse(struct sim_port *port, const struct flow_cls_offload *cls,
		   struct sim_entry *e);
int sim_table_init(struct sim_table *table, u32 size);
void sim_table_destroy(struct sim_table *table);
void sim_table_purge(struct sim_port *port, bool gone);
void sim_table_reset(struct sim_table *table);
void sim_table_resize(struct sim_table *table, u32 size);
int sim_table_replace(struct sim_port *port, struct flow_cls_offload *cls);
int sim_table_destroy_rule(struct sim_port *port, struct flow_cls_offload *cls);
int sim_table_stats(struct sim_port *port, struct flow_cls_offload *cls);
struct sim_entry *sim_table_lookup(struct sim_table *table, const struct sim_key *key);

/* netlink.c */
int sim_netlink_init(void);
void sim_netlink_exit(void);

#endif /* _NFO_SIM_H */
