/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SoC model: two or three MACs, each on a wire, and packet processing engines (PPEs) between them
 * and the CPU, which are driven by registers and by tables in memory. It is the Ethernet driver of
 * include/nfo/ppe.h, too. Written from facts about the hardware; shares nothing with drivers/ppe.
 *
 * Locks, outermost first, below those of sim.h:
 *	sim_lock		SoCs come, go and are reset
 *	soc->client_lock	mutex: the client comes or goes, a reset runs. RTNL inside of it only
 *				in what a client does about a reset
 *	soc->srcu		a client is told of an MTU; inside RTNL
 *	regmap's lock		spinlock, interrupts off: one access to a register at a time
 *	engine->lock		spinlock, BH: memory, cache and counting of an engine. A client is
 *				never called with it
 * Registers are written under regmap's lock and by a reset, and read anywhere. What is in the
 * tables the CPU may write at any time: words are read once, and changed by cmpxchg().
 */
#ifndef _NFO_SIM_SOC_H
#define _NFO_SIM_SOC_H

#include <linux/bits.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/workqueue.h>
#include <nfo/ppe.h>

#include "sim.h"
#include "soc_regs.h"

struct platform_device;
struct regmap;

#define SOC_ENTRIES	16384	/* of a table, at most */
#define SOC_WORDS	32	/* of an entry, at most */
#define SOC_KEY_WORDS	9	/* of an entry, from the second one on */

/* Why a packet is the CPU's; as in the receive descriptor. */
enum soc_reason {
	SOC_FORWARD = 0x00,	/* it is not */
	SOC_TTL_EXCEEDED = 0x02,
	SOC_OPTIONS = 0x03,
	SOC_NO_FLOW = 0x07,
	SOC_FRAGMENT = 0x08,
	SOC_TCP_END = 0x0c,	/* FIN, SYN or RST */
	SOC_UNHIT = 0x0d,
	SOC_UNBIND = 0x0e,
	SOC_UNBIND_RATE = 0x0f,
	SOC_BIND_TCP_END = 0x10,
	SOC_BIND_TTL1 = 0x11,
	SOC_FORCE_CPU = 0x16,
	SOC_MTU = 0x1c,
	SOC_BYPASS = 0x1e,
	SOC_INVALID = 0x1f,
	/* not in descriptors, which have five bits */
	SOC_NOMEM = 0x20,
	SOC_DROP,
};

enum soc_type {
	SOC_IP4_5T = 0,		/* NAPT */
	SOC_IP4_3T = 1,		/* route */
	SOC_IP6_3T = 4,
	SOC_IP6_5T = 5,
};

enum soc_state { SOC_INV, SOC_UNB, SOC_BND, SOC_FIN };

/**
 * struct soc_kind - what is peculiar to a SoC
 * @version: of the frame engine, 1 to 3
 * @macs: MACs it has; at least two have wires
 * @engines: engines it has
 * @ways: slots of a bucket
 * @accounting: engines count what they forward
 * @rows: an entry that crosses a row of 1024 bytes is garbage to the engine
 * @base: of the first engine's registers
 * @entry: bytes of an entry
 */
struct soc_kind {
	u8 version;
	u8 macs;
	u8 engines;
	u8 ways;
	bool accounting;
	bool rows;
	u16 base;
	u16 entry;
};

/**
 * struct soc_engine - a PPE
 * @soc: of which it is a part
 * @lock: guards what follows
 * @table: entries, in memory of the driver's; NULL: the register does not lead to memory
 * @mib: its counters, likewise
 * @entries: of the table
 * @words: of an entry
 * @cached: numbers of the entries that are in the cache
 * @cache: copies of them: what the CPU writes later is not seen before it has cleared the cache
 * @busy: so many more times it is busy when asked
 * @mib_busy: the same for reading counters
 */
struct soc_engine {
	struct soc *soc;
	spinlock_t lock;
	__le32 *table;
	__le32 *mib;
	unsigned int entries;
	unsigned int words;
	unsigned long *cached;
	u32 *cache;
	u8 busy;
	u8 mib_busy;
};

/* Who listens to the Ethernet driver. */
struct soc_client {
	const struct nfo_ppe_client_ops *ops;
	void *priv;
};

/**
 * struct soc - the part of a model that makes it a SoC
 * @sim: the model
 * @kind: see there
 * @macs: MACs that are there
 * @users: user ports of the switch behind the first MAC, see soc_switch.c; their numbers as ports
 *	come after those of the MACs
 * @host: platform data of @child
 * @child: device of the engines, for their driver
 * @regmap: of @host
 * @dma_mask: of the model's device
 * @client_lock: see above
 * @srcu: see above
 * @client: who listens; RCU, @client_lock
 * @tick: once a second
 * @epoch: when time was 0, in seconds
 * @resetting: no register answers, no packet gets in
 * @stuck: whatever is busy stays it
 * @lost_irq: no interrupt arrives
 * @table_error: no engine can read its table
 * @silent: the next resets happen without telling
 * @engine: see there
 * @reg: register file
 *
 * The last four knobs are written under sim_lock and read anywhere.
 */
struct soc {
	struct sim *sim;
	const struct soc_kind *kind;
	u8 macs;
	u8 users;
	struct nfo_ppe_host host;
	struct platform_device *child;
	struct regmap *regmap;
	u64 dma_mask;
	struct mutex client_lock;
	struct srcu_struct srcu;
	struct soc_client __rcu *client;
	struct delayed_work tick;
	time64_t epoch;
	bool resetting;
	bool stuck;
	bool lost_irq;
	bool table_error;
	bool silent;
	struct soc_engine engine[NFO_PPE_ENGINES];
	u32 reg[SOC_REGS_LEN / sizeof(u32)];
};

/**
 * struct soc_pkt - what the parser found
 * @key: as in an entry: addresses, ports or protocol
 * @keys: how many words that is
 * @type: enum soc_type
 * @ip6: IPv6
 * @udp: UDP
 * @tcp: TCP
 * @end: TCP with FIN, SYN or RST
 * @fin: TCP with FIN or RST
 * @ttl: TTL or hop limit
 * @l3off: of the network header: bytes of tags and PPPoE
 * @l4off: of the transport header
 * @hdrlen: bytes that a rewrite may touch
 */
struct soc_pkt {
	u32 key[SOC_KEY_WORDS];
	u8 keys;
	u8 type;
	bool ip6;
	bool udp;
	bool tcp;
	bool end;
	bool fin;
	u8 ttl;
	unsigned int l3off;
	unsigned int l4off;
	unsigned int hdrlen;
};

/**
 * struct soc_entry - what a bound entry says
 * @out: PSE port
 * @count: packets are counted
 * @ttl: TTL is decremented
 * @tags: layers of VLAN, the special tag included
 * @vlan: the outermost layer is a VLAN, else the special tag
 * @pppoe: there is a PPPoE header
 * @etype: see soc_edit.c
 * @vid: of the layers, outermost first
 * @sid: of PPPoE
 * @mac: destination, source
 * @src: new source address, IPv4
 * @dst: new destination address
 * @sport: new source port
 * @dport: new destination port
 */
struct soc_entry {
	u8 out;
	bool count;
	bool ttl;
	u8 tags;
	bool vlan;
	bool pppoe;
	u16 etype;
	u16 vid[2];
	u16 sid;
	u8 mac[2 * ETH_ALEN];
	u32 src;
	u32 dst;
	u16 sport;
	u16 dport;
};

/* An entry that a packet has hit, or what is known of it. */
struct soc_hit {
	unsigned int index;	/* or NFO_PPE_NO_ENTRY */
	u32 word[SOC_WORDS];	/* when it is bound */
};

/* soc.c: the SoC and its life. sim_lock */
extern const struct soc_kind soc_mt7621, soc_mt7622, soc_mt7986, soc_mt7988;
int soc_check(const struct sim_new *req, struct netlink_ext_ack *extack);
int soc_init(struct sim *sim, const struct sim_new *req);
void soc_free(struct sim *sim);
int soc_add(struct sim *sim, struct netlink_ext_ack *extack);
void soc_del(struct sim *sim);
void soc_reset(struct soc *soc);
u32 soc_entries(struct soc *soc);

/* soc_mac.c: netdevs of MACs. RTNL */
void soc_mac_setup(struct net_device *dev);
bool soc_is_mac(const struct net_device *dev);

/* soc_switch.c: a switch behind the first MAC. RTNL, or RCU in the datapath */
bool soc_is_user(const struct sim_port *port);
bool soc_is_user_dev(const struct net_device *dev);
void soc_user_setup(struct net_device *dev);
int soc_switch_join(struct sim_port *port, struct netlink_ext_ack *extack);
void soc_switch_leave(struct sim_port *port);
struct sim_port *soc_conduit(struct sim_port *port);
const struct sim_port *soc_switch_out(const struct sim_port *mac, const struct soc_entry *ent);
void soc_switch_untag(struct sk_buff *skb);

/* soc_host.c: the Ethernet driver's side of include/nfo/ppe.h */
void soc_host_init(struct soc *soc);
int soc_child_add(struct soc *soc);
void soc_child_del(struct soc *soc);
void soc_tell_rx(struct soc *soc, struct net_device *dev, struct sk_buff *skb,
		 unsigned int reason, unsigned int index);
void soc_tell_irq(struct soc *soc);
void soc_tell_mtu(struct soc *soc);
void soc_tell_reset(struct soc *soc, bool done);

/* soc_reg.c: registers */
int soc_regmap_init(struct soc *soc);
void soc_reg_reset(struct soc *soc);
u32 soc_now(const struct soc *soc);
u32 soc_reg(const struct soc_engine *e, unsigned int off);
u32 soc_steering(const struct soc *soc, unsigned int mac);

/* soc_memory.c: tables and the cache. engine->lock */
void soc_attach(struct soc_engine *e);
u32 soc_word(const struct soc_engine *e, unsigned int index, unsigned int word);
bool soc_word_swap(struct soc_engine *e, unsigned int index, u32 old, u32 new);
void soc_read(const struct soc_engine *e, unsigned int index, u32 *word);
void soc_build(struct soc_engine *e, unsigned int index, const u32 *word);
void soc_cache_fill(struct soc_engine *e, unsigned int index, const u32 *word);
void soc_cache_drop(struct soc_engine *e, unsigned int index);
void soc_cache_clear(struct soc_engine *e);
void soc_mib_count(struct soc_engine *e, unsigned int index, unsigned int len);
void soc_mib_read(struct soc_engine *e, unsigned int index, bool clear, u32 *word);
u32 soc_used(struct soc_engine *e);

/* soc_entry.c: what is where in an entry */
u32 soc_hash(const struct soc_engine *e, const struct soc_pkt *pkt);
u32 soc_unbind(const struct soc_engine *e, const struct soc_pkt *pkt, u32 now);
u32 soc_unbind_count(const struct soc_engine *e, u32 ib1, u32 *count);
u32 soc_stamp(const struct soc_engine *e, u32 ib1, u32 now);
u32 soc_idle(const struct soc_engine *e, u32 ib1, u32 now);
unsigned int soc_ib1_type(const struct soc_engine *e, u32 ib1);
void soc_decode(const struct soc_engine *e, const u32 *word, struct soc_entry *ent);

/* soc_parse.c */
enum soc_reason soc_parse(struct sk_buff *skb, u32 flow_cfg, struct soc_pkt *pkt);

/* soc_lookup.c: an engine looks for a packet. BH */
enum soc_reason soc_lookup(struct soc_engine *e, const struct soc_pkt *pkt, struct soc_hit *hit);
void soc_hit(struct soc_engine *e, const struct soc_hit *hit, bool count, unsigned int len);

/* soc_edit.c: what a bound entry does to a packet. BH, RCU */
enum soc_reason soc_forward(struct soc_engine *e, const struct sim_port *port,
			    struct sk_buff *skb, const struct soc_pkt *pkt,
			    const struct soc_hit *hit);

/* soc_path.c: from the wire to an engine or the CPU. BH, RCU */
bool soc_ingress(struct sim_port *port, struct sk_buff *skb);

/* soc_age.c */
void soc_tick(struct work_struct *work);

#endif /* _NFO_SIM_SOC_H */
