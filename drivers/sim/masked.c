// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules with masks: what came as TC flower. A port has a list of the masks that its rules use; a
 * frame is looked up once for each, and of the rules that fit the first in order has it.
 *
 * Masks and rules change under table->lock and are read under RCU. A rule is in the hash before or
 * after its mask is in the list: what is found by neither is a miss, as a moment earlier or later.
 */
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "sim.h"

const struct rhashtable_params sim_masked_params = {
	.head_offset = offsetof(struct sim_masked, by_key),
	.key_offset = offsetof(struct sim_masked, key),
	.key_len = sizeof_field(struct sim_masked, key),
	.automatic_shrinking = true,
};

/* Words of a key. */
#define WORDS	(sizeof(struct sim_fkey) / sizeof(u32))

static void apply(const struct sim_fkey *key, const struct sim_fkey *mask, struct sim_fkey *out)
{
	const u32 *k = (const u32 *)key, *m = (const u32 *)mask;
	u32 *o = (u32 *)out;
	unsigned int i;

	BUILD_BUG_ON(sizeof(struct sim_fkey) % sizeof(u32));
	for (i = 0; i < WORDS; i++)
		o[i] = k[i] & m[i];
}

#define ORDER_FT	BIT_ULL(63)	/* all of TC is before this, all of flowtables behind */

/* Of those with the same key; a dead one is on its way out. */
static struct sim_masked *first_of(struct rhlist_head *list, struct sim_masked *best, u64 from)
{
	struct rhlist_head *pos;
	struct sim_masked *m;

	rhl_for_each_entry_rcu(m, pos, list, by_key)
		if (m->order >= from && (!best || m->order < best->order) &&
		    !READ_ONCE(m->rule.dead))
			best = m;
	return best;
}

/**
 * sim_masked_lookup() - the rule for a frame
 * @table: of the model
 * @in: the port where it came in
 * @key: what the frame has
 * @first: SIM_KIND_FT: flowtable rules only
 *
 * Context: RCU.
 *
 * Return: the rule that fits and comes first, or NULL.
 */
struct sim_masked *sim_masked_lookup(struct sim_table *table, const struct sim_port *in,
				     const struct sim_fkey *key, enum sim_kind first)
{
	u64 from = first == SIM_KIND_FT ? ORDER_FT : 0;
	struct sim_masked *best = NULL;
	const struct sim_mask *mask;
	struct rhlist_head *list;
	struct sim_mkey mkey;

	mkey.pad = 0;
	list_for_each_entry_rcu(mask, &in->masks, list) {
		apply(key, &mask->bits, &mkey.key);
		mkey.mask = mask;
		list = rhltable_lookup(&table->masked, &mkey, sim_masked_params);
		best = first_of(list, best, from);
	}
	return best;
}

static u64 order(enum sim_kind kind, u32 prio)
{
	return (kind == SIM_KIND_FT ? ORDER_FT : 0) | (u64)min_t(u32, prio, S32_MAX) << 32;
}

/**
 * sim_masked_new() - a rule from its parsed form
 * @in: ingress port
 * @kind: SIM_KIND_TC or SIM_KIND_FT
 * @cls: the command it came with
 * @f: its parsed form
 *
 * Return: the rule, to be freed with kfree() as long as nobody else has seen it; or NULL.
 */
struct sim_masked *sim_masked_new(struct sim_port *in, enum sim_kind kind,
				  const struct flow_cls_offload *cls, const struct sim_flower *f)
{
	struct sim_masked *m = kzalloc(struct_size(m, act, f->n), GFP_KERNEL);

	if (!m)
		return NULL;
	sim_rule_init(&m->rule, in, kind, cls->cookie);
	m->key.key = f->key;
	m->bits = f->mask;
	m->order = order(kind, cls->common.prio);
	m->end = f->end;
	m->explicit_csum = f->explicit_csum;
	m->n = f->n;
	memcpy(m->act, f->act, flex_array_size(m, act, f->n));
	return m;
}

u32 sim_masked_prio(const struct sim_masked *m)
{
	return m->order >> 32 & S32_MAX;
}

static struct sim_mask *mask_get(struct sim_port *in, const struct sim_fkey *bits)
{
	struct sim_mask *mask;

	list_for_each_entry(mask, &in->masks, list) {
		if (memcmp(&mask->bits, bits, sizeof(*bits)))
			continue;
		mask->rules++;
		return mask;
	}
	mask = kzalloc(sizeof(*mask), GFP_KERNEL);
	if (!mask)
		return NULL;
	mask->bits = *bits;
	mask->rules = 1;
	list_add_tail_rcu(&mask->list, &in->masks);
	return mask;
}

static void mask_put(struct sim_mask *mask)
{
	if (--mask->rules)
		return;
	list_del_rcu(&mask->list);
	kfree_rcu(mask, rcu);
}

int sim_masked_add(struct sim_table *table, struct sim_masked *m)
{
	int err;

	lockdep_assert_held(&table->lock);
	m->mask = mask_get(m->rule.id.in, &m->bits);
	if (!m->mask)
		return -ENOMEM;
	m->key.mask = m->mask;
	m->order |= table->serial++;
	err = rhltable_insert(&table->masked, &m->by_key, sim_masked_params);
	if (err)
		mask_put(m->mask);
	return err;
}

void sim_masked_del(struct sim_table *table, struct sim_masked *m)
{
	lockdep_assert_held(&table->lock);
	rhltable_remove(&table->masked, &m->by_key, sim_masked_params);
	mask_put(m->mask);
}

bool sim_masked_same(const struct sim_masked *a, const struct sim_masked *b)
{
	return a->n == b->n && a->end == b->end && a->order >> 32 == b->order >> 32 &&
	       !memcmp(&a->key.key, &b->key.key, sizeof(a->key.key)) &&
	       !memcmp(&a->bits, &b->bits, sizeof(a->bits)) &&
	       !memcmp(a->act, b->act, flex_array_size(a, act, a->n));
}
