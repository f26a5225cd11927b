/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flow blocks of drivers: what block.c and guard.c share.
 */
#ifndef _NFO_CORE_BLOCK_H
#define _NFO_CORE_BLOCK_H

#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <nfo/block.h>

/* Guards come first; where there are none, rules do: some drivers have one priority only. */
#define PRIO_FIRST	1
#define PRIO_SECOND	2

/* Guards are for packets without a tag, or with one of two kinds outermost; of either IP. */
#define NFO_GUARDS	6

/**
 * struct nfo_block - a device's callbacks
 * @dev: the device
 * @type: how it is bound
 * @dialect: what the driver wants to hear
 * @rtnl: commands need RTNL
 * @block: the driver's callbacks
 * @lock: guards what follows, and commands
 * @bound: the driver is there to be spoken to
 * @guards: cookies of the guards that are in place, else 0
 * @n_rules: rules in place; without any, and without stale ones, no guard stays, as some drivers
 *	refuse a change of their mode while they have rules
 * @stale: rules that may still be there and should not
 * @retry: removes them
 * @delay: jiffies before the next try
 * @silent: the last command timed out
 * @silent_until: jiffies before which none is given
 */
struct nfo_block {
	struct net_device *dev;
	enum tc_setup_type type;
	const struct nfo_dialect *dialect;
	bool rtnl;
	struct flow_block block;
	struct mutex lock;
	bool bound;
	unsigned long guards[NFO_GUARDS];
	unsigned long n_rules;
	struct list_head stale;
	struct delayed_work retry;
	unsigned long delay;
	bool silent;
	unsigned long silent_until;
};

/* block.c: with the block locked, and RTNL if commands need it */
unsigned long nfo_block_cookie(__be16 protocol, u8 tags);
int nfo_block_insert(struct nfo_block *b, struct flow_rule *fr, u32 prio, unsigned long cookie,
		     struct netlink_ext_ack *extack);
int nfo_block_ask(struct nfo_block *b, unsigned long cookie, enum flow_cls_command cmd,
		  struct nfo_counters *c);
void nfo_block_destroy(struct nfo_block *b, unsigned long cookie, struct nfo_counters *c);
bool nfo_block_unknown(int err);

/* guard.c: the same */
u32 nfo_guard_rule_prio(const struct nfo_block *b);
int nfo_guard_need(struct nfo_block *b, const struct nfo_rule *rule, struct nfo_said *said,
		   struct flow_rule *fr, struct netlink_ext_ack *extack);
void nfo_guard_check(struct nfo_block *b);
void nfo_guard_drop(struct nfo_block *b);
void nfo_guard_remove(struct nfo_block *b);

#endif /* _NFO_CORE_BLOCK_H */
