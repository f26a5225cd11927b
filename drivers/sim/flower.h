/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flower rules as the model's pipeline has them: bits of a frame's headers under a mask, and a list
 * of things to do. Pure: no device, no lock; the parser compiles in user space, too.
 *
 * A dialect is what one real driver makes of a rule: what it takes, what it refuses, what it takes
 * and does not look at, and what it gets wrong. The common parser goes by the dialect's table; what
 * a table cannot say is in the dialect's own functions. The result is what that driver's hardware
 * would be told, not what the rule meant.
 */
#ifndef _NFO_SIM_FLOWER_H
#define _NFO_SIM_FLOWER_H

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/if_ether.h>
#include <linux/types.h>
#include <net/flow_offload.h>

/**
 * struct sim_key - what the exact-match table matches, as memory
 * @src: source address; IPv4 in the first four bytes, the rest zero
 * @dst: destination address
 * @sport: source port
 * @dport: destination port
 * @proto: EtherType after the tags
 * @port: index of the ingress port
 * @l4: protocol above IP
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
 * struct sim_tag - a VLAN tag
 * @tpid: ETH_P_8021Q or ETH_P_8021AD; 0: no tag
 * @tci: priority, DEI and VLAN id
 */
struct sim_tag {
	__be16 tpid;
	__be16 tci;
};

#define SIM_KEY_TAGS	2

/* struct sim_fkey bits */
#define SIM_FRAG	0x01	/* a fragment */
#define SIM_FIRST	0x02	/* the first of its fragments */
#define SIM_L4		0x04	/* ports and TCP flags were found */

/**
 * struct sim_fkey - what a masked rule can match
 * @ip: addresses, ports, protocols; its port is not used
 * @mac: destination and source MAC, as in the frame
 * @tag: VLAN tags, outermost first
 * @tcp_flags: the twelve bits
 * @ttl: TTL or hop limit
 * @tos: type of service or traffic class
 * @bits: SIM_*
 * @pad: zero, so that keys compare as memory
 *
 * A multiple of four bytes without holes.
 */
struct sim_fkey {
	struct sim_key ip;
	u8 mac[2 * ETH_ALEN];
	struct sim_tag tag[SIM_KEY_TAGS];
	__be16 tcp_flags;
	u8 ttl;
	u8 tos;
	u8 bits;
	u8 pad[3];
};

enum sim_layer {
	SIM_LAYER_ETH,
	SIM_LAYER_IP4,
	SIM_LAYER_IP6,
	SIM_LAYER_TCP,
	SIM_LAYER_UDP,
};

enum sim_op {
	SIM_OP_SET,	/* four bytes of a header, under a mask */
	SIM_OP_ADD,	/* to TTL or hop limit */
	SIM_OP_CSUM,	/* bring checksums up to date */
	SIM_OP_PUSH,	/* a tag outside of the others */
	SIM_OP_POP,	/* the outermost tag */
	SIM_OP_RETAG,	/* rewrite the outermost tag */
};

/**
 * struct sim_act - one step of a rule
 * @op: enum sim_op
 * @layer: of SET and ADD: enum sim_layer
 * @offset: of SET: in the header
 * @csum: of CSUM: TCA_CSUM_UPDATE_FLAG_*
 * @val: of SET: four bytes as in memory; of ADD: what to add
 * @keep: of SET: bits to leave alone
 * @tag: of PUSH and RETAG
 * @keep_tci: of RETAG: bits to leave alone
 */
struct sim_act {
	u8 op;
	u8 layer;
	u8 offset;
	u8 csum;
	u32 val;
	u32 keep;
	struct sim_tag tag;
	__be16 keep_tci;
};

enum sim_end {
	SIM_END_NONE,
	SIM_END_REDIRECT,
	SIM_END_DROP,
	SIM_END_TRAP,	/* to the CPU */
	SIM_END_ACCEPT,	/* to the CPU, as if there was no rule */
	SIM_END_FT,	/* on to flowtable rules, then to the CPU */
};

#define SIM_ACTS_MAX	32

/**
 * struct sim_flower - a parsed rule
 * @key: under @mask
 * @mask: the bits of @key that matter; what is not set in @mask is zero in @key
 * @end: what becomes of the frame at last
 * @out: of REDIRECT: where to
 * @explicit_csum: checksums are updated by SIM_OP_CSUM only, else whenever needed
 * @n: number of steps
 * @act: steps, in order
 */
struct sim_flower {
	struct sim_fkey key;
	struct sim_fkey mask;
	enum sim_end end;
	struct net_device *out;
	bool explicit_csum;
	u32 n;
	struct sim_act act[SIM_ACTS_MAX];
};

/**
 * struct sim_scratch - what a dialect notes from one action to the next
 * @mac: new destination and source MAC
 * @mac_mask: bits of @mac that were given
 * @addr: new source and destination address
 * @port: new source and destination port
 * @given: of @addr and @port: the dialect's own bits
 * @tag: tag to put on or to write
 * @vlan: what happens to tags: the dialect's own bits
 * @csum: checksums that are not settled: TCA_CSUM_UPDATE_FLAG_*
 * @run: the step with which the present run of rewrites began
 */
struct sim_scratch {
	u8 mac[2 * ETH_ALEN];
	u8 mac_mask[2 * ETH_ALEN];
	__be32 addr[2][4];
	__be16 port[2];
	u32 given;
	struct sim_tag tag;
	u8 vlan;
	u32 csum;
	u32 run;
};

/**
 * struct sim_parse - a rule being parsed
 * @dialect: by which
 * @rule: as it came
 * @ifindex: of the netdev whose block it came by
 * @prio: common.prio of the command
 * @ft: it came by TC_SETUP_FT
 * @filter2: the firmware has the FILTER2 work request (cxgb4)
 * @out: result
 * @scratch: the dialect's
 * @why: first thing that was wrong: a sentence
 */
struct sim_parse {
	const struct sim_dialect *dialect;
	const struct flow_rule *rule;
	int ifindex;
	u32 prio;
	bool ft;
	bool filter2;
	struct sim_flower *out;
	struct sim_scratch scratch;
	const char *why;
};

/* struct sim_dialect flags */
#define SIM_D_FT_EXACT		0x0001	/* flowtable rules go to the exact table, TTL is implied */
#define SIM_D_UNLOCKED		0x0002	/* TC rules may come without RTNL */
#define SIM_D_EXPLICIT_CSUM	0x0004	/* checksums follow only where a CSUM action says so */
#define SIM_D_ANY_TAG		0x0008	/* a rule without VLAN keys takes tagged frames, too */
#define SIM_D_IGNORE_KEYS	0x0010	/* keys that are not known are taken and not looked at */
#define SIM_D_IGNORE_ACTS	0x0020	/* the same for actions */
#define SIM_D_STATS_ANY		0x0040	/* hw_stats must be "any" */
#define SIM_D_STATS_DELAYED	0x0080	/* hw_stats must include "delayed" */
#define SIM_D_OPEN_END		0x0100	/* a rule that says nothing else sends frames to the CPU */
#define SIM_D_PRIO_RISES	0x0200	/* no rule after one whose priority number is higher */
#define SIM_D_EEXIST		0x0400	/* a cookie that is there is an error, not replaced */
#define SIM_D_OFF_IS_DEAF	0x0800	/* with hw-tc-offload off every command is refused */
#define SIM_D_REAL_PROTO	0x1000	/* every command names an EtherType */
#define SIM_D_LAX_BIND		0x2000	/* binds twice, unbinds by netdev */
#define SIM_D_PF_SWITCH		0x4000	/* of representors the first uplink's hw-tc-offload counts */

/* Where REDIRECT can go. */
enum sim_reach {
	SIM_REACH_CARD,		/* any port of the card */
	SIM_REACH_BNXT,		/* any port, in switchdev mode; but nothing gets from uplink to uplink */
	SIM_REACH_FDB,		/* any, but not uplink to uplink, nor VF to itself */
	SIM_REACH_PF,		/* own PF and its representors: VFs are the first PF's */
	SIM_REACH_REP,		/* from or to a representor, in switchdev mode */
};

/**
 * struct sim_dialect - what a driver makes of rules
 * @flags: SIM_D_*
 * @reach: where REDIRECT can go
 * @keys: bits of enum flow_dissector_key_id that are matched
 * @deaf: those that are taken and not looked at
 * @control: FLOW_DIS_* that can be matched
 * @acts: bits of enum flow_action_id that are known
 * @prio_max: highest priority number, 0: any
 * @no_destroy: answer to DESTROY of an unknown cookie
 * @no_stats: answer to STATS of an unknown cookie
 * @stats: answer to any STATS, 0: counters
 * @full: answer when there is no room, 0: -ENOSPC
 * @match: what else it has to say about the match, once the keys are parsed; may be NULL
 * @act: what it makes of one action that is known; NULL: sim_flower_act()
 * @finish: what it makes of the whole; may be NULL
 *
 * The functions return 0 or a negative error, with the reason in sim_parse.why.
 */
struct sim_dialect {
	u32 flags;
	enum sim_reach reach;
	u64 keys;
	u64 deaf;
	u32 control;
	u64 acts;
	u32 prio_max;
	int no_destroy;
	int no_stats;
	int stats;
	int full;
	int (*match)(struct sim_parse *p);
	int (*act)(struct sim_parse *p, const struct flow_action_entry *act);
	int (*finish)(struct sim_parse *p);
};

#define SIM_KEY(name)	BIT_ULL(FLOW_DISSECTOR_KEY_##name)
#define SIM_ACT(name)	BIT_ULL(FLOW_ACTION_##name)

/* Refuse a rule, in words. */
static inline int sim_refuse(struct sim_parse *p, const char *why)
{
	p->why = why;
	return -EOPNOTSUPP;
}

/* A key of a rule, and its mask, that is there. */
static inline const void *sim_rule_key(const struct flow_rule *rule, unsigned int id)
{
	return (const char *)rule->match.key + rule->match.dissector->offset[id];
}

static inline const void *sim_rule_mask(const struct flow_rule *rule, unsigned int id)
{
	return (const char *)rule->match.mask + rule->match.dissector->offset[id];
}

static inline bool sim_rule_has(const struct flow_rule *rule, unsigned int id)
{
	return rule->match.dissector->used_keys & BIT_ULL(id);
}

/* flower.c */
int sim_flower_parse(struct sim_parse *p);

/* flower_key.c */
int sim_flower_keys(struct sim_parse *p);

/* flower_act.c */
int sim_flower_acts(struct sim_parse *p);
int sim_flower_act(struct sim_parse *p, const struct flow_action_entry *act);
int sim_flower_end(struct sim_parse *p, const struct flow_action_entry *act, enum sim_end end);
struct sim_act *sim_flower_step(struct sim_parse *p, enum sim_op op);
int sim_flower_set(struct sim_parse *p, enum sim_layer layer, unsigned int offset,
		   const void *bytes, unsigned int len);
void sim_flower_note_mac(struct sim_parse *p, const struct flow_action_entry *act);

/* One file each. mlx5 has two: with an eswitch and as a plain NIC. */
extern const struct sim_dialect sim_dialect_generic, sim_dialect_tc, sim_dialect_sloppy,
	sim_dialect_mlx5, sim_dialect_mlx5_nic, sim_dialect_nfp, sim_dialect_sfc,
	sim_dialect_cxgb4, sim_dialect_bnxt, sim_dialect_ice;

#endif /* _NFO_SIM_FLOWER_H */
