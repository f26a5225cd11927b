// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules of a model, whatever they match. Changes are made under table->lock, the data path
 * looks rules up under RCU and takes a packet only under the rule's own lock: so once a rule is
 * marked dead its counters are final, without waiting for a grace period, and nothing is forwarded
 * by it.
 */
#include <linux/module.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "sim.h"

static bool keep_while_off;
module_param(keep_while_off, bool, 0644);
MODULE_PARM_DESC(keep_while_off, "keep rules while hw-tc-offload is off, as mtk_eth_soc does");

static const struct rhashtable_params cookie_params = {
	.head_offset = offsetof(struct sim_rule, by_cookie),
	.key_offset = offsetof(struct sim_rule, id),
	.key_len = sizeof_field(struct sim_rule, id),
	.automatic_shrinking = true,
};

static struct sim_exact *to_exact(struct sim_rule *rule)
{
	return container_of(rule, struct sim_exact, rule);
}

static struct sim_masked *to_masked(struct sim_rule *rule)
{
	return container_of(rule, struct sim_masked, rule);
}

/* The module parameter has it that this port's rules cannot be removed now. */
bool sim_table_kept(const struct sim_port *port)
{
	return READ_ONCE(keep_while_off) && !(port->dev->features & NETIF_F_HW_TC);
}

/**
 * sim_rule_take() - a packet is about to go by a rule
 * @rule: the rule
 * @bytes: of it
 *
 * Context: softirq.
 *
 * Return: whether the rule takes it: not if it is dead by now.
 */
bool sim_rule_take(struct sim_rule *rule, unsigned int bytes)
{
	bool dead;

	spin_lock(&rule->lock);
	dead = rule->dead;
	if (!dead) {
		rule->packets++;
		rule->bytes += bytes;
		WRITE_ONCE(rule->lastused, jiffies);
	}
	spin_unlock(&rule->lock);
	return !dead;
}

void sim_rule_init(struct sim_rule *rule, struct sim_port *in, enum sim_kind kind,
		   unsigned long cookie)
{
	BUILD_BUG_ON(offsetof(struct sim_exact, rule) || offsetof(struct sim_masked, rule));
	spin_lock_init(&rule->lock);
	rule->id.cookie = cookie;
	rule->id.in = in;
	rule->id.kind = kind;
}

static struct sim_rule *find(struct sim_table *table, const struct sim_cookie *id)
{
	lockdep_assert_held(&table->lock);
	return rhashtable_lookup_fast(&table->by_cookie, id, cookie_params);
}

/* Hand over what was counted since the last time. */
static void report(struct sim_rule *rule, struct flow_stats *stats)
{
	u64 packets, bytes;

	spin_lock_bh(&rule->lock);
	packets = rule->packets;
	bytes = rule->bytes;
	rule->packets = 0;
	rule->bytes = 0;
	spin_unlock_bh(&rule->lock);
	flow_stats_update(stats, bytes, packets, 0, rule->lastused, FLOW_ACTION_HW_STATS_DELAYED);
}

static void kill(struct sim_rule *rule)
{
	spin_lock_bh(&rule->lock);
	rule->dead = true;
	spin_unlock_bh(&rule->lock);
}

static int link(struct sim_table *table, struct sim_rule *rule, struct netlink_ext_ack *extack)
{
	if (rule->id.kind == SIM_KIND_EXACT)
		return sim_exact_add(table, to_exact(rule), extack);
	return sim_masked_add(table, to_masked(rule));
}

static void unlink(struct sim_table *table, struct sim_rule *rule)
{
	kill(rule);
	if (rule->id.kind == SIM_KIND_EXACT)
		sim_exact_del(table, to_exact(rule));
	else
		sim_masked_del(table, to_masked(rule));
}

static void stop(struct sim_table *table, struct sim_rule *rule)
{
	unlink(table, rule);
	table->used--;
}

static void remove(struct sim_table *table, struct sim_rule *rule)
{
	if (!rule->lost)
		stop(table, rule);
	rhashtable_remove_fast(&table->by_cookie, &rule->by_cookie, cookie_params);
	list_del(&rule->list);
}

static int insert(struct sim_table *table, struct sim_rule *rule, struct netlink_ext_ack *extack)
{
	int err;

	err = link(table, rule, extack);
	if (err)
		return err;
	err = rhashtable_lookup_insert_fast(&table->by_cookie, &rule->by_cookie, cookie_params);
	if (err) {
		/* it may have forwarded already, as it was meant to */
		unlink(table, rule);
		return err;
	}
	list_add_tail(&rule->list, &table->rules);
	table->used++;
	return 0;
}

static bool same(struct sim_rule *a, struct sim_rule *b)
{
	if (a->out != b->out)
		return false;
	if (a->id.kind == SIM_KIND_EXACT)
		return sim_exact_same(to_exact(a), to_exact(b));
	return sim_masked_same(to_masked(a), to_masked(b));
}

static int may_insert(struct sim_table *table, const struct sim_rule *rule,
		      struct netlink_ext_ack *extack)
{
	if ((rule->out && rule->out->gone) || rule->id.in->gone) {
		NL_SET_ERR_MSG_MOD(extack, "the port is going away");
		return -ENODEV;
	}
	if (table->closed) {
		NL_SET_ERR_MSG_MOD(extack, "the eswitch is being changed");
		return -EBUSY;
	}
	return 0;
}

/* Rules stay where they are, in order: is there room behind the last one? */
static int check_prio(struct sim_table *table, const struct sim_masked *m,
		      struct netlink_ext_ack *extack)
{
	u32 prio = sim_masked_prio(m);
	struct sim_rule *rule;

	if (prio < table->prio_top)
		list_for_each_entry(rule, &table->rules, list) {
			if (rule->lost || sim_masked_prio(to_masked(rule)) <= prio)
				continue;
			NL_SET_ERR_MSG_MOD(extack, "no room before a rule of a higher number");
			return -ENOMEM;
		}
	table->prio_top = prio;
	return 0;
}

/*
 * Insert @rule, in place of what has its cookie. Takes @rule in any case. One that was lost takes
 * up no room, and all that is left of it are its counts.
 */
static int replace(struct sim_table *table, struct sim_rule *rule, u32 flags,
		   struct netlink_ext_ack *extack)
{
	struct sim_rule *old = find(table, &rule->id);
	bool fresh = !old || old->lost;
	int err;

	err = may_insert(table, rule, extack);
	if (!err && !fresh && flags & SIM_D_EEXIST) {
		NL_SET_ERR_MSG_MOD(extack, "there is a rule with that cookie");
		err = -EEXIST;
	}
	if (!err && flags & SIM_D_PRIO_RISES)
		err = check_prio(table, to_masked(rule), extack);
	if (err)
		goto free;
	if (!fresh && same(old, rule)) {
		err = 0;
		goto free;
	}
	if (fresh && table->used >= table->size) {
		table->full++;
		NL_SET_ERR_MSG_MOD(extack, "the flow table is full");
		err = -ENOSPC;
		goto free;
	}
	if (old) {
		remove(table, old);
		rule->packets = old->packets;
		rule->bytes = old->bytes;
		rule->lastused = old->lastused;
		kfree_rcu(old, rcu);
	}
	err = insert(table, rule, extack);
	if (!err)
		return 0;
	/* the data path may have seen it for a moment */
	kfree_rcu(rule, rcu);
	return err;
free:
	kfree(rule);
	return err;
}

/**
 * sim_table_insert() - insert a rule, or replace the one that has its cookie
 * @table: the table
 * @rule: the rule; not the caller's any more, whatever is returned
 * @flags: SIM_D_EEXIST and SIM_D_PRIO_RISES count; for the latter all rules are masked
 * @extack: says what is wrong
 *
 * Return: 0 or a negative error.
 */
int sim_table_insert(struct sim_table *table, struct sim_rule *rule, u32 flags,
		     struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&table->lock);
	err = replace(table, rule, flags, extack);
	mutex_unlock(&table->lock);
	return err;
}

/**
 * sim_table_report() - counters of a rule, and its end
 * @port: whose block was asked
 * @kind: of the block
 * @cls: the command
 * @destroy: remove it
 *
 * The counts of a lost rule are for who asks first; after that nothing is left of it. Else the last
 * counts go out with DESTROY for exact rules only: drivers that take masked ones do not do that.
 *
 * Return: 0 or -ENOENT.
 */
int sim_table_report(struct sim_port *port, enum sim_kind kind, struct flow_cls_offload *cls,
		     bool destroy)
{
	struct sim_table *table = &port->sim->table;
	struct sim_cookie id = { .cookie = cls->cookie, .in = port, .kind = kind };
	struct sim_rule *rule;
	int err = -ENOENT;

	mutex_lock(&table->lock);
	rule = find(table, &id);
	if (rule) {
		if (!rule->lost)
			err = 0;
		if (destroy || rule->lost)
			remove(table, rule);
		if (!destroy || rule->lost || kind == SIM_KIND_EXACT)
			report(rule, &cls->stats);
		if (destroy || rule->lost)
			kfree_rcu(rule, rcu);
	}
	mutex_unlock(&table->lock);
	return err;
}

/**
 * sim_table_purge() - a block is unbound: remove what came by it
 * @port: the port
 * @kind: of the block
 */
void sim_table_purge(struct sim_port *port, enum sim_kind kind)
{
	struct sim_table *table = &port->sim->table;
	struct sim_rule *rule, *next;

	mutex_lock(&table->lock);
	list_for_each_entry_safe(rule, next, &table->rules, list) {
		if (rule->id.in != port || rule->id.kind != kind)
			continue;
		remove(table, rule);
		kfree_rcu(rule, rcu);
	}
	mutex_unlock(&table->lock);
}

/**
 * sim_table_leave() - a port goes: remove all that names it, and take no more
 * @port: the port
 */
void sim_table_leave(struct sim_port *port)
{
	struct sim_table *table = &port->sim->table;
	struct sim_rule *rule, *next;

	mutex_lock(&table->lock);
	port->gone = true;
	list_for_each_entry_safe(rule, next, &table->rules, list) {
		if (rule->id.in != port && rule->out != port)
			continue;
		remove(table, rule);
		kfree_rcu(rule, rcu);
	}
	mutex_unlock(&table->lock);
}

/* Are there rules for frames that come in at the port? */
bool sim_table_port_busy(struct sim_port *port)
{
	struct sim_table *table = &port->sim->table;
	struct sim_rule *rule;
	bool busy = false;

	mutex_lock(&table->lock);
	list_for_each_entry(rule, &table->rules, list)
		busy = busy || (rule->id.in == port && !rule->lost);
	mutex_unlock(&table->lock);
	return busy;
}

/**
 * sim_table_close() - take no rule until sim_table_open()
 * @table: the table
 *
 * Return: 0, or -EBUSY if there are rules.
 */
int sim_table_close(struct sim_table *table)
{
	mutex_lock(&table->lock);
	table->closed = !table->used;
	mutex_unlock(&table->lock);
	return table->closed ? 0 : -EBUSY;
}

void sim_table_open(struct sim_table *table)
{
	mutex_lock(&table->lock);
	table->closed = false;
	mutex_unlock(&table->lock);
}

/**
 * sim_table_reset() - lose all rules
 * @table: the table
 *
 * Nothing is forwarded by them once this returns. What they counted is kept by their cookies.
 */
void sim_table_reset(struct sim_table *table)
{
	struct sim_rule *rule;

	mutex_lock(&table->lock);
	list_for_each_entry(rule, &table->rules, list) {
		if (rule->lost)
			continue;
		stop(table, rule);
		rule->lost = true;
	}
	mutex_unlock(&table->lock);
}

/* What does not fit any more stays; nothing is taken until there is room. */
void sim_table_resize(struct sim_table *table, u32 size)
{
	mutex_lock(&table->lock);
	table->size = size;
	mutex_unlock(&table->lock);
}

int sim_table_init(struct sim_table *table, u32 size)
{
	int err;

	mutex_init(&table->lock);
	INIT_LIST_HEAD(&table->rules);
	table->size = size;
	err = rhashtable_init(&table->by_cookie, &cookie_params);
	if (err)
		return err;
	err = rhashtable_init(&table->exact, &sim_exact_params);
	if (err)
		goto err_cookie;
	err = rhltable_init(&table->masked, &sim_masked_params);
	if (err)
		goto err_exact;
	return 0;

err_exact:
	rhashtable_destroy(&table->exact);
err_cookie:
	rhashtable_destroy(&table->by_cookie);
	return err;
}

void sim_table_destroy(struct sim_table *table)
{
	WARN_ON_ONCE(table->used);
	rhltable_destroy(&table->masked);
	rhashtable_destroy(&table->exact);
	rhashtable_destroy(&table->by_cookie);
	mutex_destroy(&table->lock);
}
