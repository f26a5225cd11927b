/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Backend for the packet processing engines of SoCs.
 *
 *	struct ppe_soc		a frame engine: registers, MACs, up to three engines
 *	struct ppe_engine	an engine: a table of entries, flows that are in it or wait to be
 *	struct ppe_port		a device of a flowtable: a MAC, or a port of a switch behind one
 *	struct ppe_flow		a rule of the core
 *
 * A rule is not written into the table. The engine builds an entry by itself when it sees a packet
 * that it does not know, and says where; that entry is completed then (ppe_table_hit()). The engine
 * drops entries that were idle; the flow waits for packets again. So a flow is, at any time,
 *
 *	waiting		no slot
 *	bound		it owns a slot: the entry there forwards, as far as we know
 *	left		it still owns a slot, as its counters were not read yet, but the entry is
 *			not its any more
 *
 * and nobody gets a slot that has an owner, so that counters belong to one flow.
 *
 * Locks, outermost first; none of them with RTNL wanted inside:
 *	ppe_lock	mutex: the set of frame engines and their ports, steering of MACs
 *	engine->hw	mutex: starting, stopping and resetting an engine; reading counters, which
 *			come through a window one at a time
 *	engine->lock	spinlock, BH: flows of the engine, the table, who owns slots
 * Packets and the netdevice notifier (with RTNL) take the last one only.
 */
#ifndef _NFO_PPE_PPE_H
#define _NFO_PPE_PPE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <nfo/backend.h>
#include <nfo/ppe.h>

#include "foe.h"

#define PPE_NO_SLOT	FOE_ENTRIES
#define PPE_MIB_SIZE	(FOE_ENTRIES * 16)	/* bytes */

struct regmap;

/**
 * struct ppe_gen - what differs between generations, besides entries
 * @foe: layout of entries
 * @base: first engine's registers
 * @flow_cfg: PPE_FLOW_CFG
 * @tb_cfg: PPE_TB_CFG
 * @cpu_port1: PPE_CPU_PORT1, 0: there is no such register
 * @sbw: PPE_SBW_CTRL, 0: there is no such register
 * @fwd: per engine, what steers a MAC to it
 */
struct ppe_gen {
	enum foe_gen foe;
	u32 base;
	u32 flow_cfg;
	u32 tb_cfg;
	u32 cpu_port1;
	u32 sbw;
	u16 fwd[NFO_PPE_ENGINES];
};

/* Counters of an engine, for who looks; engine->lock or engine->hw. */
struct ppe_stats {
	u64 binds;
	u64 rebinds;	/* of a flow that was bound before */
	u64 aged;	/* entries that hardware dropped */
	u64 evicted;	/* entries that made room for a busier flow */
	u64 full;	/* packets of flows that found no room */
	u64 resets;
	u64 mib_errors;
	u64 stuck;	/* the engine stayed busy */
};

/**
 * struct ppe_engine - an engine
 * @soc: its frame engine
 * @index: its number
 * @base: of its registers
 * @layout: of its entries
 * @words: 32-bit words per entry
 * @macs: bits of the MACs whose packets it gets; ppe_lock, read under RCU by the notifier
 * @table: entries, little endian
 * @table_dma: address of @table
 * @mib: counters, which only hardware uses; NULL without
 * @mib_dma: address of @mib
 * @hw: see above
 * @mib_broken: the window for counters does not answer, until the next tick; @hw
 * @lock: guards what follows
 * @buckets: flows by the bucket they belong to
 * @owner: flow that owns a slot
 * @looked: jiffies, 16 bits, of the last look at a slot for which there was no flow
 * @losers: flows that find no room
 * @left: flows whose counters are to be read
 * @n_flows: flows
 * @n_bound: those that are bound
 * @down: stopped, or being reset: registers must not be touched. Set with @hw and @lock
 * @mixed: packets of several network namespaces come in: nothing is bound
 * @stats: see there
 * @reap: reads what @left is waiting for
 * @tick: every second: is the engine alive, who may have a slot
 */
struct ppe_engine {
	struct ppe_soc *soc;
	unsigned int index;
	u32 base;
	const struct foe_layout *layout;
	unsigned int words;
	unsigned long macs;
	__le32 *table;
	dma_addr_t table_dma;
	void *mib;
	dma_addr_t mib_dma;

	struct mutex hw;
	bool mib_broken;

	spinlock_t lock;
	struct hlist_head *buckets;
	struct ppe_flow **owner;
	u16 *looked;
	struct list_head losers;
	struct list_head left;
	u32 n_flows;
	u32 n_bound;
	bool down;
	bool mixed;
	struct ppe_stats stats;

	struct work_struct reap;
	struct delayed_work tick;
};

/**
 * struct ppe_soc - a frame engine
 * @list: in the set of frame engines, ppe_lock
 * @dev: its platform device
 * @host: the Ethernet driver
 * @gen: generation
 * @regmap: registers
 * @refs: one of the platform device, one of each port
 * @users: ports per MAC, ppe_lock
 * @gone: the platform device is gone, ppe_lock
 * @n_engines: how many engines
 * @engine: the engines
 */
struct ppe_soc {
	struct list_head list;
	struct device *dev;
	struct nfo_ppe_host *host;
	const struct ppe_gen *gen;
	struct regmap *regmap;
	refcount_t refs;
	unsigned int users[NFO_PPE_MACS];
	bool gone;
	unsigned int n_engines;
	struct ppe_engine engine[];
};

/**
 * struct ppe_port - a device of a flowtable
 * @soc: its frame engine
 * @engine: engine that gets its packets
 * @dev: the device, held by the core
 * @mac: its MAC
 */
struct ppe_port {
	struct ppe_soc *soc;
	struct ppe_engine *engine;
	struct net_device *dev;
	u8 mac;
};

/**
 * struct ppe_flow - a rule
 * @node: in its bucket
 * @list: in engine->losers or engine->left, or in none
 * @port: where its packets come in
 * @packets: counted by hardware, all of them
 * @bytes: the same
 * @told_packets: of them, those that the core knows of
 * @told_bytes: the same
 * @mark: @packets at the last tick that looked; @marked: whether there was one
 * @missed: packets that found no room since the last tick
 * @clock: when hardware used the entry last; time in s since boot
 * @told_used: what the core knows of that
 * @cool: jiffies until which it is not bound, after it had to make room
 * @slot: slot that it owns, or PPE_NO_SLOT
 * @bound: the entry there is its own
 * @marked: @mark was set
 * @was_bound: it was bound once
 * @losing: in engine->losers
 * @cooling: @cool counts
 * @where: enum nfo_reason: why it is not bound
 * @words: the entry
 *
 * All of it is guarded by engine->lock, but for @port and @words, which do not change.
 */
struct ppe_flow {
	struct hlist_node node;
	struct list_head list;
	struct ppe_port *port;
	u64 packets;
	u64 bytes;
	u64 told_packets;
	u64 told_bytes;
	u64 mark;
	u32 missed;
	struct foe_clock clock;
	u64 told_used;
	u32 cool;
	u16 slot;
	u8 bound:1;
	u8 marked:1;
	u8 was_bound:1;
	u8 losing:1;
	u8 cooling:1;
	u8 where;
	u32 words[];
};

extern struct mutex ppe_lock;
extern struct list_head ppe_socs;

/* soc.c: frame engines. */
extern const struct nfo_ppe_client_ops ppe_client_ops;
struct ppe_soc *ppe_soc_new(struct device *dev, struct nfo_ppe_host *host,
			    const struct ppe_gen *gen, struct regmap *regmap);
int ppe_soc_start(struct ppe_soc *soc);
void ppe_soc_stop(struct ppe_soc *soc);
void ppe_soc_put(struct ppe_soc *soc);
struct ppe_soc *ppe_soc_find(const struct net_device *dev, struct nfo_ppe_place *place);
void ppe_soc_steer(struct ppe_soc *soc, unsigned int mac, bool on);
struct ppe_engine *ppe_soc_engine(struct ppe_soc *soc, unsigned int mac);

/* gen.c */
extern const struct ppe_gen ppe_gens[FOE_GENS];

/* hw.c: registers. engine->hw, unless said otherwise. */
u32 ppe_read(const struct ppe_engine *e, u32 reg);
u32 ppe_now(const struct ppe_engine *e);		/* any context */
void ppe_cache_clear(const struct ppe_engine *e);	/* engine->lock */
void ppe_hw_start(struct ppe_engine *e);
int ppe_hw_quiesce(struct ppe_engine *e);
int ppe_hw_stop(struct ppe_engine *e);
bool ppe_hw_is_up(const struct ppe_engine *e);
void ppe_hw_mtu(const struct ppe_engine *e);
int ppe_hw_mib(struct ppe_engine *e, unsigned int slot, u64 *packets, u64 *bytes);

/* table.c: who is where in the table. engine->lock, unless said otherwise. */
void ppe_table_clear(struct ppe_engine *e);
void ppe_table_read(const struct ppe_engine *e, unsigned int slot, u32 *words);
void ppe_table_add(struct ppe_engine *e, struct ppe_flow *f);
void ppe_table_del(struct ppe_engine *e, struct ppe_flow *f);
void ppe_table_unbind(struct ppe_engine *e, struct ppe_flow *f, enum nfo_reason where);
void ppe_table_unbind_all(struct ppe_engine *e, enum nfo_reason where);
void ppe_table_forget(struct ppe_engine *e, enum nfo_reason where);
void ppe_table_hit(struct ppe_engine *e, unsigned int slot);	/* no lock */
bool ppe_table_alive(struct ppe_engine *e, struct ppe_flow *f, u32 *stamp);
void ppe_table_disown(struct ppe_engine *e, struct ppe_flow *f);
void ppe_table_lost(struct ppe_engine *e, struct ppe_flow *f);
static inline unsigned int ppe_bucket(const struct ppe_engine *e, const struct foe_key *key)
{
	return foe_hash(e->layout, key) / foe_ways(e->layout);
}

/* count.c: counters. engine->hw. */
void ppe_collect(struct ppe_engine *e, struct ppe_flow *f);
void ppe_collect_all(struct ppe_engine *e);
void ppe_reap_work(struct work_struct *work);

/* room.c: full buckets */
void ppe_room_missed(struct ppe_engine *e, const struct sk_buff *skb);	/* no lock */
void ppe_room_tick(struct ppe_engine *e);		/* engine->hw */

/* ident.c: who shares an engine */
int ppe_ident_init(void);
void ppe_ident_exit(void);
void ppe_ident_look(struct ppe_engine *e);		/* ppe_lock */

/* entry.c: rules as entries */
void ppe_entry_key(const struct nfo_match *match, struct foe_key *key);
int ppe_entry_of(const struct nfo_rule *rule, const struct nfo_ppe_place *out, bool counted,
		 struct foe_entry *entry, const char **what);
u8 ppe_pse_port(unsigned int mac);

/* backend.c */
extern struct nfo_backend ppe_backend;

/* netlink.c */
int ppe_netlink_init(void);
void ppe_netlink_exit(void);

#endif /* _NFO_PPE_PPE_H */
