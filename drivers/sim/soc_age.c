// SPDX-License-Identifier: GPL-2.0-only
/*
 * Once a second every engine of the SoC model looks through its table for entries that have not
 * been used for as long as the registers say for their class. An entry that is not bound goes when
 * it is old and has not seen enough packets. The register that changes the unit of time does
 * nothing.
 */
#include <linux/bitfield.h>
#include <linux/timer.h>

#include "soc.h"

#define STATE	GENMASK(29, 28)
#define UDP	BIT(30)
#define STATIC	BIT(31)
#define CHUNK	256	/* entries under one lock */

static bool unbind_old(const struct soc_engine *e, u32 ib1, u32 now)
{
	u32 reg = soc_reg(e, SOC_UNBIND_AGE), count;

	if (!(soc_reg(e, SOC_TB_CFG) & SOC_TB_AGE_UNBIND) ||
	    soc_idle(e, ib1, now) < FIELD_GET(SOC_UNBIND_DELTA, reg))
		return false;
	soc_unbind_count(e, ib1, &count);
	return count <= FIELD_GET(SOC_UNBIND_MIN, reg);
}

/* The class of an entry: is it aged at all, and at what age? */
static bool class_of(const struct soc_engine *e, u32 ib1, u32 *age)
{
	u32 cfg = soc_reg(e, SOC_TB_CFG);
	u32 age0 = soc_reg(e, SOC_BIND_AGE0), age1 = soc_reg(e, SOC_BIND_AGE1);
	unsigned int type = soc_ib1_type(e, ib1);

	if (FIELD_GET(STATE, ib1) == SOC_FIN) {
		*age = FIELD_GET(SOC_AGE_HIGH, age1);
		return cfg & SOC_TB_AGE_FIN;
	}
	if (type == SOC_IP4_3T || type == SOC_IP6_3T) {
		*age = FIELD_GET(SOC_AGE_HIGH, age0);
		return cfg & SOC_TB_AGE_NON_L4;
	}
	if (ib1 & UDP) {
		*age = FIELD_GET(SOC_AGE_LOW, age0);
		return cfg & SOC_TB_AGE_UDP;
	}
	*age = FIELD_GET(SOC_AGE_LOW, age1);
	return cfg & SOC_TB_AGE_TCP;
}

static bool is_old(const struct soc_engine *e, u32 ib1, u32 now)
{
	u32 age;

	switch (FIELD_GET(STATE, ib1)) {
	case SOC_INV:
		return false;
	case SOC_UNB:
		return unbind_old(e, ib1, now);
	default:
		return class_of(e, ib1, &age) && soc_idle(e, ib1, now) >= age;
	}
}

static void age_entry(struct soc_engine *e, unsigned int index, u32 now)
{
	u32 ib1 = soc_word(e, index, 0);

	if (ib1 & STATIC || !is_old(e, ib1, now))
		return;
	soc_word_swap(e, index, ib1, ib1 & ~STATE);
	soc_cache_drop(e, index);
}

static bool scans(const struct soc_engine *e)
{
	return e->table && soc_reg(e, SOC_GLO_CFG) & SOC_GLO_EN &&
	       soc_reg(e, SOC_TB_CFG) & SOC_TB_SCAN && !READ_ONCE(e->soc->table_error);
}

static void age_engine(struct soc_engine *e)
{
	unsigned int first, i;

	for (first = 0; first < SOC_ENTRIES; first += CHUNK) {
		spin_lock_bh(&e->lock);
		for (i = first; scans(e) && i < first + CHUNK && i < e->entries; i++)
			age_entry(e, i, soc_now(e->soc));
		spin_unlock_bh(&e->lock);
	}
}

/**
 * soc_tick() - a second has passed
 * @work: of the SoC
 */
void soc_tick(struct work_struct *work)
{
	struct soc *soc = container_of(to_delayed_work(work), struct soc, tick);
	unsigned int i;

	for (i = 0; i < soc->kind->engines; i++)
		age_engine(&soc->engine[i]);
	schedule_delayed_work(&soc->tick, HZ);
}
