// SPDX-License-Identifier: GPL-2.0-only
/*
 * The exact-match table. Changes are made under table->lock, the data path looks entries up under
 * RCU and takes a packet only under the entry's own lock: so once an entry is marked dead its
 * counters are final, without waiting for a grace period, and nothing is forwarded by it.
 */
#include <linux/module.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "sim.h"

static bool keep_while_off;
module_param(keep_while_off, bool, 0644);
MODULE_PARM_DESC(keep_while_off, "keep rules while hw-tc-offload is off, as mtk_eth_soc does");

static const struct rhashtable_params key_params = {
	.head_offset = offsetof(struct sim_entry, by_key),
	.key_offset = offsetof(struct sim_entry, key),
	.key_len = sizeof_field(struct sim_entry, key),
	.automatic_shrinking = true,
};

static const struct rhashtable_params cookie_params = {
	.head_offset = offsetof(struct sim_entry, by_cookie),
	.key_offset = offsetof(struct sim_entry, cookie),
	.key_len = sizeof_field(struct sim_entry, cookie),
	.automatic_shrinking = true,
};

struct sim_entry *sim_table_lookup(struct sim_table *table, const struct sim_key *key)
{
	return rhashtable_lookup(&table->by_key, key, key_params);
}

static struct sim_entry *find_cookie(struct sim_table *table, unsigned long cookie)
{
	lockdep_assert_held(&table->lock);
	return rhashtable_lookup_fast(&table->by_cookie, &cookie, cookie_params);
}

/* Hand over what was counted since the last time. */
static void report(struct sim_entry *e, struct flow_stats *stats)
{
	u64 packets, bytes;

	spin_lock_bh(&e->lock);
	packets = e->packets;
	bytes = e->bytes;
	e->packets = 0;
	e->bytes = 0;
	spin_unlock_bh(&e->lock);
	flow_stats_update(stats, bytes, packets, 0, e->lastused, FLOW_ACTION_HW_STATS_DELAYED);
}

static void entry_stop(struct sim_table *table, struct sim_entry *e)
{
	spin_lock_bh(&e->lock);
	e->dead = true;
	spin_unlock_bh(&e->lock);
	rhashtable_remove_fast(&table->by_key, &e->by_key, key_params);
	table->used--;
}

static void entry_remove(struct sim_table *table, struct sim_entry *e)
{
	if (!e->lost)
		entry_stop(table, e);
	rhashtable_remove_fast(&table->by_cookie, &e->by_cookie, cookie_params);
	list_del(&e->list);
}

static int entry_insert(struct sim_table *table, struct sim_entry *e)
{
	int err;

	err = rhashtable_lookup_insert_fast(&table->by_key, &e->by_key, key_params);
	if (err)
		return err;
	err = rhashtable_lookup_insert_fast(&table->by_cookie, &e->by_cookie, cookie_params);
	if (err) {
		/* it may have forwarded already, as it was meant to */
		spin_lock_bh(&e->lock);
		e->dead = true;
		spin_unlock_bh(&e->lock);
		rhashtable_remove_fast(&table->by_key, &e->by_key, key_params);
		return err;
	}
	list_add_tail(&e->list, &table->entries);
	table->used++;
	return 0;
}

static bool same(const struct sim_entry *a, const struct sim_entry *b)
{
	return a->in == b->in && a->out == b->out && !memcmp(&a->key, &b->key, sizeof(a->key)) &&
	       !memcmp(&a->edit, &b->edit, sizeof(a->edit));
}

/*
 * Insert @e, in place of what has its cookie. Takes @e in any case. One that was lost takes up no
 * room, and all that is left of it are its counts.
 */
static int replace(struct sim_table *table, struct sim_entry *e, struct netlink_ext_ack *extack)
{
	struct sim_entry *old = find_cookie(table, e->cookie);
	bool fresh = !old || old->lost;
	int err;

	if (e->out->gone || e->in->gone) {
		NL_SET_ERR_MSG_MOD(extack, "the port is going away");
		err = -ENODEV;
		goto free;
	}
	if (table->closed) {
		NL_SET_ERR_MSG_MOD(extack, "the eswitch is being changed");
		err = -EBUSY;
		goto free;
	}
	if (!fresh && same(old, e)) {
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
		entry_remove(table, old);
		e->packets = old->packets;
		e->bytes = old->bytes;
		e->lastused = old->lastused;
		kfree_rcu(old, rcu);
	}
	err = entry_insert(table, e);
	if (!err)
		return 0;
	if (err == -EEXIST)
		NL_SET_ERR_MSG_MOD(extack, "another rule matches the same packets");
	/* the data path may have seen it for a moment */
	kfree_rcu(e, rcu);
	return err;
free:
	kfree(e);
	return err;
}

int sim_table_replace(struct sim_port *port, struct flow_cls_offload *cls)
{
	struct sim_table *table = &port->sim->table;
	struct sim_entry *e;
	int err;

	if (!(port->dev->features & NETIF_F_HW_TC)) {
		NL_SET_ERR_MSG_MOD(cls->common.extack, "hw-tc-offload is off");
		return -EOPNOTSUPP;
	}
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	spin_lock_init(&e->lock);
	e->cookie = cls->cookie;
	err = sim_rule_parse(port, cls, e);
	if (!err)
		err = sim_fault_insert(port->sim, cls->common.extack);
	if (err) {
		kfree(e);
		return err;
	}
	mutex_lock(&table->lock);
	err = replace(table, e, cls->common.extack);
	mutex_unlock(&table->lock);
	return err;
}

/*
 * Counters, and with @destroy the end of the entry. The counts of a lost one are for who asks
 * first; after that nothing is left of it.
 */
static int hand_over(struct sim_port *port, struct flow_cls_offload *cls, bool destroy)
{
	struct sim_table *table = &port->sim->table;
	struct sim_entry *e;
	int err = -ENOENT;

	mutex_lock(&table->lock);
	e = find_cookie(table, cls->cookie);
	if (e && e->in == port) {
		if (!e->lost)
			err = 0;
		destroy = destroy || e->lost;
		if (destroy)
			entry_remove(table, e);
		report(e, &cls->stats);
		if (destroy)
			kfree_rcu(e, rcu);
	}
	mutex_unlock(&table->lock);
	return err;
}

/* The last counters go out with DESTROY: who asks with STATS first still loses some. */
int sim_table_destroy_rule(struct sim_port *port, struct flow_cls_offload *cls)
{
	int err;

	if (READ_ONCE(keep_while_off) && !(port->dev->features & NETIF_F_HW_TC))
		return -EOPNOTSUPP;
	err = sim_fault_answer(port->sim);
	return err ?: hand_over(port, cls, true);
}

int sim_table_stats(struct sim_port *port, struct flow_cls_offload *cls)
{
	int err = sim_fault_answer(port->sim);

	return err ?: hand_over(port, cls, false);
}

/**
 * sim_table_purge() - remove entries of a port
 * @port: the port
 * @gone: for good, and also those that send out of it; else those that came in by its block
 */
void sim_table_purge(struct sim_port *port, bool gone)
{
	struct sim_table *table = &port->sim->table;
	struct sim_entry *e, *next;

	mutex_lock(&table->lock);
	if (gone)
		port->gone = true;
	list_for_each_entry_safe(e, next, &table->entries, list) {
		if (e->in != port && !(gone && e->out == port))
			continue;
		entry_remove(table, e);
		kfree_rcu(e, rcu);
	}
	mutex_unlock(&table->lock);
}

/* Are there rules for frames that come in at the port? */
bool sim_table_port_busy(struct sim_port *port)
{
	struct sim_table *table = &port->sim->table;
	struct sim_entry *e;
	bool busy = false;

	mutex_lock(&table->lock);
	list_for_each_entry(e, &table->entries, list)
		busy = busy || (e->in == port && !e->lost);
	mutex_unlock(&table->lock);
	return busy;
}

/**
 * sim_table_close() - take no entry until sim_table_open()
 * @table: the table
 *
 * Return: 0, or -EBUSY if there are entries.
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
 * sim_table_reset() - lose all entries
 * @table: the table
 *
 * Nothing is forwarded by them once this returns. What they counted is kept by their cookies.
 */
void sim_table_reset(struct sim_table *table)
{
	struct sim_entry *e;

	mutex_lock(&table->lock);
	list_for_each_entry(e, &table->entries, list) {
		if (e->lost)
			continue;
		entry_stop(table, e);
		e->lost = true;
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
	INIT_LIST_HEAD(&table->entries);
	table->size = size;
	err = rhashtable_init(&table->by_key, &key_params);
	if (err)
		return err;
	err = rhashtable_init(&table->by_cookie, &cookie_params);
	if (err)
		rhashtable_destroy(&table->by_key);
	return err;
}

void sim_table_destroy(struct sim_table *table)
{
	WARN_ON_ONCE(table->used);
	rhashtable_destroy(&table->by_cookie);
	rhashtable_destroy(&table->by_key);
	mutex_destroy(&table->lock);
}
