// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is where in an engine's table. The lock is engine->lock; see ppe.h.
 *
 * The engine reads and writes the table at any time: it builds entries, counts packets in those
 * that are not bound, writes time stamps, and drops what is old. So whatever was true of a slot may
 * have changed; the key that stands there is compared before anything is believed or written. What
 * we write into a slot that is not bound the engine does not look at but for its state, which is
 * written last.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>

#include "ppe.h"

#define LOOK_AGAIN	(HZ / 10)
#define STATE_TRIES	8

static __le32 *entry_at(const struct ppe_engine *e, unsigned int slot)
{
	return e->table + slot * e->words;
}

static u32 ib1_at(const struct ppe_engine *e, unsigned int slot)
{
	return le32_to_cpu(READ_ONCE(*entry_at(e, slot)));
}

/**
 * ppe_table_read() - what stands in a slot
 * @e: the engine
 * @slot: the slot
 * @words: room for an entry
 *
 * Context: any; without the lock it may be half of one entry and half of another
 */
void ppe_table_read(const struct ppe_engine *e, unsigned int slot, u32 *words)
{
	const __le32 *entry = entry_at(e, slot);
	unsigned int i;

	for (i = 0; i < e->words; i++)
		words[i] = le32_to_cpu(READ_ONCE(entry[i]));
}

/**
 * ppe_table_clear() - an empty table, and counters of nothing
 * @e: engine that does not run
 */
void ppe_table_clear(struct ppe_engine *e)
{
	unsigned int slot;

	memset(e->table, 0, FOE_ENTRIES * e->words * sizeof(*e->table));
	for (slot = 0; slot < FOE_ENTRIES; slot++)
		if (foe_slot_is_static(e->layout, slot))
			*entry_at(e, slot) = cpu_to_le32(foe_ib1_set_static(e->layout, 0));
	/* what was not read before a reset is nobody's */
	if (e->mib)
		memset(e->mib, 0, PPE_MIB_SIZE);
	/* before the engine is told where they are */
	dma_wmb();
}

/*
 * The engine writes a time stamp back into the word that has the state, and may have read that before we
 * wrote: then the old state is there again.
 */
static void set_state(struct ppe_engine *e, unsigned int slot, enum foe_state state)
{
	unsigned int tries;
	u32 ib1;

	for (tries = 0; tries < STATE_TRIES; tries++) {
		ib1 = foe_ib1_set_state(e->layout, ib1_at(e, slot), state);
		WRITE_ONCE(*entry_at(e, slot), cpu_to_le32(ib1));
		dma_wmb();
		ppe_cache_clear(e);
		if (foe_ib1_state(e->layout, ib1_at(e, slot)) == state)
			return;
	}
}

/* Is it the flow's entry that stands in its slot, in this state? */
static bool is_there(const struct ppe_engine *e, const struct ppe_flow *f, enum foe_state state)
{
	u32 words[FOE_WORDS_MAX];

	ppe_table_read(e, f->slot, words);
	return foe_ib1_state(e->layout, words[0]) == state &&
	       foe_same_key(e->layout, words, f->words);
}

/**
 * ppe_table_alive() - does hardware forward by a flow's entry?
 * @e: the engine
 * @f: flow that is bound
 * @stamp: set to the entry's time stamp
 *
 * Return: no, if hardware has dropped it.
 */
bool ppe_table_alive(struct ppe_engine *e, struct ppe_flow *f, u32 *stamp)
{
	lockdep_assert_held(&e->lock);
	*stamp = foe_ib1_time(e->layout, ib1_at(e, f->slot));
	return is_there(e, f, FOE_BIND);
}

/* ---- flows come and go */

void ppe_table_add(struct ppe_engine *e, struct ppe_flow *f)
{
	struct foe_entry entry;

	lockdep_assert_held(&e->lock);
	foe_decode(e->layout, f->words, &entry);
	hlist_add_head(&f->node, &e->buckets[ppe_bucket(e, &entry.key)]);
	INIT_LIST_HEAD(&f->list);
	f->slot = PPE_NO_SLOT;
	f->where = e->mixed ? NFO_REASON_AMBIGUOUS : NFO_REASON_WAITING;
	e->n_flows++;
}

static void unlist(struct ppe_flow *f)
{
	list_del_init(&f->list);
	f->losing = false;
}

/**
 * ppe_table_disown() - the flow's slot is anybody's
 * @e: the engine
 * @f: flow that is not bound any more, whose counters were read
 */
void ppe_table_disown(struct ppe_engine *e, struct ppe_flow *f)
{
	lockdep_assert_held(&e->lock);
	if (f->slot == PPE_NO_SLOT)
		return;
	if (e->owner[f->slot] == f)
		e->owner[f->slot] = NULL;
	f->slot = PPE_NO_SLOT;
	unlist(f);
}

/* The entry is not the flow's any more: its counters are to be read, then the slot is free. */
static void leave(struct ppe_engine *e, struct ppe_flow *f, enum nfo_reason where)
{
	f->bound = false;
	f->where = where;
	f->marked = false;
	e->n_bound--;
	unlist(f);
	list_add_tail(&f->list, &e->left);
	nfo_backend_moved(f->port->dev);
}

/**
 * ppe_table_lost() - hardware has dropped a flow's entry
 * @e: the engine
 * @f: flow that was bound
 */
void ppe_table_lost(struct ppe_engine *e, struct ppe_flow *f)
{
	lockdep_assert_held(&e->lock);
	e->stats.aged++;
	leave(e, f, NFO_REASON_WAITING);
}

/**
 * ppe_table_unbind() - hardware shall forward nothing by a flow's entry any more
 * @e: the engine
 * @f: the flow, whatever its state
 * @where: why
 *
 * Counters are to be collected afterwards.
 */
void ppe_table_unbind(struct ppe_engine *e, struct ppe_flow *f, enum nfo_reason where)
{
	lockdep_assert_held(&e->lock);
	f->where = where;
	if (!f->bound)
		return;
	if (is_there(e, f, FOE_BIND))
		set_state(e, f->slot, FOE_INVALID);
	leave(e, f, where);
}

static void for_all(struct ppe_engine *e, enum nfo_reason where,
		    void (*fn)(struct ppe_engine *e, struct ppe_flow *f, enum nfo_reason where))
{
	unsigned int i, n = FOE_ENTRIES / foe_ways(e->layout);
	struct ppe_flow *f;

	lockdep_assert_held(&e->lock);
	for (i = 0; i < n; i++)
		hlist_for_each_entry(f, &e->buckets[i], node)
			fn(e, f, where);
}

void ppe_table_unbind_all(struct ppe_engine *e, enum nfo_reason where)
{
	for_all(e, where, ppe_table_unbind);
}

static void forget(struct ppe_engine *e, struct ppe_flow *f, enum nfo_reason where)
{
	if (f->bound)
		leave(e, f, where);
	ppe_table_disown(e, f);
	unlist(f);
	f->where = where;
}

/**
 * ppe_table_forget() - the table is gone, and so are counters that were not read
 * @e: the engine
 * @where: why no flow is bound
 */
void ppe_table_forget(struct ppe_engine *e, enum nfo_reason where)
{
	for_all(e, where, forget);
}

/**
 * ppe_table_del() - a flow goes: it cannot be found any more, so no packet binds it again
 * @e: the engine
 * @f: the flow; its counters are to be collected, then it is to be disowned
 */
void ppe_table_del(struct ppe_engine *e, struct ppe_flow *f)
{
	lockdep_assert_held(&e->lock);
	hlist_del(&f->node);
	unlist(f);
	ppe_table_unbind(e, f, NFO_REASON_WAITING);
	e->n_flows--;
}

/* ---- a packet was seen */

/*
 * Body, state, cache, in this order: the engine must not forward by half an entry, nor by what it
 * remembers. Whether it counts stands in the body, so not one packet is missed.
 */
static void commit(struct ppe_engine *e, const struct ppe_flow *f, unsigned int slot, u32 now)
{
	u32 ib1 = foe_ib1_set_time(e->layout, f->words[0], now);
	__le32 *entry = entry_at(e, slot);
	unsigned int i;

	for (i = 1; i < e->words; i++)
		WRITE_ONCE(entry[i], cpu_to_le32(f->words[i]));
	wmb();
	WRITE_ONCE(entry[0], cpu_to_le32(foe_ib1_set_state(e->layout, ib1, FOE_BIND)));
	dma_wmb();
	ppe_cache_clear(e);
}

static void bind(struct ppe_engine *e, struct ppe_flow *f, unsigned int slot)
{
	u32 now = ppe_now(e);

	if (!f->bound)
		e->n_bound++;
	if (f->was_bound)
		e->stats.rebinds++;
	else
		e->stats.binds++;
	f->was_bound = true;
	unlist(f);
	commit(e, f, slot, now);
	e->owner[slot] = f;
	f->slot = slot;
	f->bound = true;
	f->where = NFO_REASON_NONE;
	foe_clock_start(&f->clock, now, ktime_get_boottime_seconds());
	nfo_backend_moved(f->port->dev);
}

/* A flow that had to make room: its packets built an entry in a place that was for another. */
static bool is_cooling(struct ppe_engine *e, struct ppe_flow *f, unsigned int slot)
{
	if (f->cooling && time_before32(jiffies, f->cool)) {
		set_state(e, slot, FOE_INVALID);
		return true;
	}
	f->cooling = false;
	return false;
}

/* The one that owns the slot, or the one that had another, is to be reaped first. */
static bool may_have(struct ppe_engine *e, struct ppe_flow *f, unsigned int slot)
{
	struct ppe_flow *owner = e->owner[slot];

	if ((!owner || owner == f) && (f->slot == PPE_NO_SLOT || f->slot == slot))
		return !is_cooling(e, f, slot);
	if (owner && owner != f && owner->bound)
		ppe_table_lost(e, owner);
	if (f->bound && f->slot != slot)
		ppe_table_lost(e, f);
	schedule_work(&e->reap);
	return false;
}

static void hit(struct ppe_engine *e, unsigned int slot)
{
	u32 words[FOE_WORDS_MAX];
	struct ppe_flow *f;

	ppe_table_read(e, slot, words);
	if (foe_ib1_state(e->layout, words[0]) != FOE_UNBIND)
		return;
	hlist_for_each_entry(f, &e->buckets[slot / foe_ways(e->layout)], node) {
		if (!foe_same_key(e->layout, words, f->words))
			continue;
		if (may_have(e, f, slot))
			bind(e, f, slot);
		return;
	}
	e->looked[slot] = jiffies;
}

/**
 * ppe_table_hit() - a packet came up for which the engine has an entry that may be bound
 * @e: the engine
 * @slot: where
 *
 * Context: BH disabled
 */
void ppe_table_hit(struct ppe_engine *e, unsigned int slot)
{
	if (slot >= FOE_ENTRIES)
		return;
	spin_lock(&e->lock);
	/* a connection of no interest costs little, however many packets it has */
	if (!e->down && !e->mixed && e->n_flows &&
	    (u16)((u16)jiffies - e->looked[slot]) >= LOOK_AGAIN)
		hit(e, slot);
	spin_unlock(&e->lock);
}
