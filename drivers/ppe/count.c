// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters of entries. Hardware forgets what it has told, and has one window for all: engine->hw.
 * As long as a flow owns its slot, what is counted there is its.
 */
#include <linux/ktime.h>

#include "ppe.h"

/* Packets go on while counters are read: what was not alive before has nothing more to come. */
static bool look(struct ppe_engine *e, struct ppe_flow *f, unsigned int *slot, bool *done)
{
	u32 stamp;

	lockdep_assert_held(&e->lock);
	if (f->slot == PPE_NO_SLOT || e->down)
		return false;
	*slot = f->slot;
	if (f->bound && ppe_table_alive(e, f, &stamp))
		foe_clock_see(e->layout, &f->clock, stamp, ppe_now(e),
			      ktime_get_boottime_seconds());
	else if (f->bound)
		ppe_table_lost(e, f);
	*done = !f->bound;
	return true;
}

/**
 * ppe_collect() - read a flow's counters
 * @e: the engine
 * @f: the flow, which cannot go away meanwhile
 *
 * A flow that is not bound any more gives its slot back.
 *
 * Context: may sleep
 */
void ppe_collect(struct ppe_engine *e, struct ppe_flow *f)
{
	u64 packets, bytes;
	unsigned int slot;
	bool done, owns;

	lockdep_assert_held(&e->hw);
	spin_lock_bh(&e->lock);
	owns = look(e, f, &slot, &done);
	spin_unlock_bh(&e->lock);
	if (!owns)
		return;
	ppe_hw_mib(e, slot, &packets, &bytes);
	spin_lock_bh(&e->lock);
	f->packets += packets;
	f->bytes += bytes;
	/* a packet may have bound it again meanwhile, to the same slot */
	if (done && !f->bound)
		ppe_table_disown(e, f);
	spin_unlock_bh(&e->lock);
}

/* Before a reset: what is not read now is lost. Flows cannot go, as that takes engine->hw. */
void ppe_collect_all(struct ppe_engine *e)
{
	struct ppe_flow *f;
	unsigned int slot;

	lockdep_assert_held(&e->hw);
	for (slot = 0; slot < FOE_ENTRIES; slot++) {
		f = READ_ONCE(e->owner[slot]);
		if (f)
			ppe_collect(e, f);
		cond_resched();
	}
}

static void reap(struct ppe_engine *e)
{
	struct ppe_flow *f;

	lockdep_assert_held(&e->hw);
	for (;;) {
		spin_lock_bh(&e->lock);
		f = e->down ? NULL : list_first_entry_or_null(&e->left, struct ppe_flow, list);
		spin_unlock_bh(&e->lock);
		if (!f)
			return;
		ppe_collect(e, f);
		cond_resched();
	}
}

/**
 * ppe_reap_work() - give back the slots of flows that are not bound any more
 * @work: engine->reap
 */
void ppe_reap_work(struct work_struct *work)
{
	struct ppe_engine *e = container_of(work, struct ppe_engine, reap);

	mutex_lock(&e->hw);
	reap(e);
	mutex_unlock(&e->hw);
}
