/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NIC model: two uplink ports, each on a wire, and a table of rules that forwards between them.
 *
 * Locks, outermost first:
 *	RTNL		models, their ports, wires being attached and detached
 *	table->lock	mutex: rules come and go; port->gone, port->masks. Never with RTNL inside:
 *			rules come from nf's workers, which a holder of RTNL may be waiting for
 *	rule->lock	spinlock, BH: counters of a rule and whether it is dead
 * The data path runs under RCU and takes only rule->lock.
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

#include "flower.h"

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
	SIM_TX_DROPPED,		/* no wire, or wire down, or too large for it */
	SIM_HW_DROPPED,		/* a rule said so */
	SIM_PUNT,
	SIM_STATS = SIM_PUNT + __NFO_SIM_PUNT_MAX,
};

struct sim_stats {
	u64_stats_t n[SIM_STATS];
	struct u64_stats_sync syncp;
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

enum sim_kind {
	SIM_KIND_EXACT,		/* TC_SETUP_FT, exact-match table */
	SIM_KIND_TC,		/* TC_SETUP_BLOCK, masked */
	SIM_KIND_FT,		/* TC_SETUP_FT, masked: comes after all of TC */
};

/**
 * struct sim_cookie - what a rule is called by
 * @cookie: its name
 * @in: for the port whose block it came by
 * @kind: and by which kind of block
 */
struct sim_cookie {
	unsigned long cookie;
	struct sim_port *in;
	unsigned long kind;	/* enum sim_kind; no hole */
};

/**
 * struct sim_rule - what all rules have
 * @by_cookie: for commands
 * @list: all rules of the table
 * @id: cookie and ingress port
 * @out: egress port, or NULL; rules go before their ports do
 * @lock: guards what follows
 * @dead: takes no packet any more
 * @lost: by a reset: only there by its cookie, for the counters; under table->lock
 * @packets: forwarded and not reported yet
 * @bytes: of them; layer 3 or layer 2, as the kind of rule has it
 * @lastused: jiffies of the last packet
 * @rcu: for freeing; this is the first member of what is freed
 */
struct sim_rule {
	struct rhash_head by_cookie;
	struct list_head list;
	struct sim_cookie id;
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
 * struct sim_exact - an entry of the exact-match table
 * @rule: what all have
 * @by_key: for the data path
 * @key: match
 * @edit: rewrite
 */
struct sim_exact {
	struct sim_rule rule;
	struct rhash_head by_key;
	struct sim_key key;
	struct sim_edit edit;
};

/**
 * struct sim_mask - a mask that rules of a port have in common
 * @list: masks of the port, read under RCU
 * @bits: the mask
 * @rules: how many rules have it, under table->lock
 * @rcu: for freeing
 */
struct sim_mask {
	struct list_head list;
	struct sim_fkey bits;
	unsigned int rules;
	struct rcu_head rcu;
};

/**
 * struct sim_mkey - what masked rules are found by, as memory
 * @key: under the mask
 * @mask: which is one port's
 */
struct sim_mkey {
	struct sim_fkey key;
	u32 pad;
	const struct sim_mask *mask;
};

/**
 * struct sim_masked - a rule with a mask
 * @rule: what all have
 * @by_key: for the data path; rules with the same mask and key are in one list
 * @key: match
 * @bits: mask
 * @mask: the port's object for @bits, while the rule is in the table
 * @order: whichever has least wins: kind, priority, age
 * @end: what becomes of the frame at last
 * @explicit_csum: see struct sim_flower
 * @n: number of steps
 * @act: steps
 */
struct sim_masked {
	struct sim_rule rule;
	struct rhlist_head by_key;
	struct sim_mkey key;
	struct sim_fkey bits;
	struct sim_mask *mask;
	u64 order;
	enum sim_end end;
	bool explicit_csum;
	u32 n;
	struct sim_act act[];
};

/**
 * struct sim_table - rules of a model
 * @lock: guards changes
 * @by_cookie: all rules by cookie
 * @exact: exact rules by key, read under RCU
 * @masked: masked rules by mask and key, read under RCU
 * @rules: all of them, the lost ones too
 * @serial: age of the next masked rule
 * @size: limit
 * @used: rules that are not lost
 * @full: inserts refused for @size
 */
struct sim_table {
	struct mutex lock;
	struct rhashtable by_cookie;
	struct rhashtable exact;
	struct rhltable masked;
	struct list_head rules;
	u32 serial;
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
 * @profile: which driver's ways it has
 * @faults: see there
 * @table: rules
 */
struct sim {
	struct list_head list;
	struct kref ref;
	char name[NFO_SIM_NAME_MAX + 1];
	u64 id;
	struct net_device *port[NFO_SIM_PORTS];
	const struct sim_profile *profile;
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
 * @blocks: flow blocks that were bound here: at most one of each kind
 * @masks: of rules that came in by this port; under table->lock, read under RCU
 * @index: number of the port
 * @gone: no rule may name the port any more, under table->lock
 */
struct sim_port {
	struct sim *sim;
	struct net_device *dev;
	struct net_device __rcu *link;
	netdevice_tracker wire_tracker;
	struct sim_stats __percpu *stats;
	struct list_head blocks;
	struct list_head masks;
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

/* block.c: how rules come in */
int sim_setup_ft(struct net_device *dev, void *type_data);
int sim_setup_block(struct net_device *dev, void *type_data);

/* table.c: rules of any kind */
int sim_table_init(struct sim_table *table, u32 size);
void sim_table_destroy(struct sim_table *table);
void sim_table_purge(struct sim_port *port, enum sim_kind kind);
void sim_table_leave(struct sim_port *port);
void sim_table_reset(struct sim_table *table);
void sim_table_resize(struct sim_table *table, u32 size);
void sim_rule_init(struct sim_rule *rule, struct sim_port *in, enum sim_kind kind,
		   unsigned long cookie);
int sim_table_insert(struct sim_table *table, struct sim_rule *rule,
		     struct netlink_ext_ack *extack);
int sim_table_report(struct sim_port *port, enum sim_kind kind, struct flow_cls_offload *cls,
		     bool destroy);
bool sim_rule_take(struct sim_rule *rule, unsigned int bytes);
bool sim_table_kept(const struct sim_port *port);

/* exact.c */
extern const struct rhashtable_params sim_exact_params;
struct sim_exact *sim_exact_lookup(struct sim_table *table, const struct sim_key *key);
int sim_exact_add(struct sim_table *table, struct sim_exact *e, struct netlink_ext_ack *extack);
void sim_exact_del(struct sim_table *table, struct sim_exact *e);
bool sim_exact_same(const struct sim_exact *a, const struct sim_exact *b);

/* masked.c */
extern const struct rhashtable_params sim_masked_params;
struct sim_masked *sim_masked_new(struct sim_port *in, enum sim_kind kind,
				  const struct flow_cls_offload *cls, const struct sim_flower *f);
struct sim_masked *sim_masked_lookup(struct sim_table *table, const struct sim_port *in,
				     const struct sim_fkey *key);
int sim_masked_add(struct sim_table *table, struct sim_masked *m);
void sim_masked_del(struct sim_table *table, struct sim_masked *m);
bool sim_masked_same(const struct sim_masked *a, const struct sim_masked *b);

/* rule.c: parser for exact rules */
int sim_rule_parse(struct sim_port *port, const struct flow_cls_offload *cls,
		   struct sim_exact *e);

/* netlink.c */
int sim_netlink_init(void);
void sim_netlink_exit(void);

#endif /* _NFO_SIM_H */
