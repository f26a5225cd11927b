/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of a model: exact ones, as flowtables have them, and masked ones, as TC flower has.
 */
#ifndef _NFO_SIM_TABLE_H
#define _NFO_SIM_TABLE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <net/flow_offload.h>

#include "flower.h"

struct sim_port;

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
 * @prio_top: no masked rule has a higher priority number, SIM_D_PRIO_RISES
 * @size: limit
 * @used: rules that are not lost
 * @closed: takes no rule, as the eswitch is being changed
 * @full: inserts refused for @size
 */
struct sim_table {
	struct mutex lock;
	struct rhashtable by_cookie;
	struct rhashtable exact;
	struct rhltable masked;
	struct list_head rules;
	u32 serial;
	u32 prio_top;
	u32 size;
	u32 used;
	bool closed;
	u64 full;
};

/* table.c: rules of any kind */
int sim_table_init(struct sim_table *table, u32 size);
void sim_table_destroy(struct sim_table *table);
void sim_table_purge(struct sim_port *port, enum sim_kind kind);
void sim_table_leave(struct sim_port *port);
bool sim_table_port_busy(struct sim_port *port);
int sim_table_close(struct sim_table *table);
void sim_table_open(struct sim_table *table);
void sim_table_reset(struct sim_table *table);
void sim_table_resize(struct sim_table *table, u32 size);
void sim_rule_init(struct sim_rule *rule, struct sim_port *in, enum sim_kind kind,
		   unsigned long cookie);
int sim_table_insert(struct sim_table *table, struct sim_rule *rule, u32 flags,
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
				     const struct sim_fkey *key, enum sim_kind first);
int sim_masked_add(struct sim_table *table, struct sim_masked *m);
void sim_masked_del(struct sim_table *table, struct sim_masked *m);
u32 sim_masked_prio(const struct sim_masked *m);
bool sim_masked_same(const struct sim_masked *a, const struct sim_masked *b);

/* rule.c: parser for exact rules */
int sim_rule_parse(struct sim_port *port, const struct flow_cls_offload *cls,
		   struct sim_exact *e);

#endif /* _NFO_SIM_TABLE_H */
