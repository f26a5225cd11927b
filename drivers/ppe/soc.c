// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frame engines: memory, start and stop, what the Ethernet driver tells, steering of MACs.
 *
 * ppe_lock guards the set of frame engines and who uses which MAC.
 */
#include <linux/dma-mapping.h>
#include <linux/regmap.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "ppe.h"
#include "regs.h"

#define TICK		HZ

DEFINE_MUTEX(ppe_lock);
LIST_HEAD(ppe_socs);

/* ---- memory */

static size_t table_size(const struct ppe_engine *e)
{
	return FOE_ENTRIES * e->words * sizeof(*e->table);
}

static void engine_free(struct ppe_engine *e)
{
	struct device *dma = e->soc->host->dma;

	if (e->table)
		dma_free_coherent(dma, table_size(e), e->table, e->table_dma);
	if (e->mib)
		dma_free_coherent(dma, PPE_MIB_SIZE, e->mib, e->mib_dma);
	e->table = NULL;
	e->mib = NULL;
}

static void engine_free_state(struct ppe_engine *e)
{
	vfree(e->buckets);
	vfree(e->owner);
	vfree(e->looked);
}

static int engine_alloc(struct ppe_engine *e)
{
	struct nfo_ppe_host *host = e->soc->host;

	e->table = dma_alloc_coherent(host->dma, table_size(e), &e->table_dma, GFP_KERNEL);
	if (host->accounting)
		e->mib = dma_alloc_coherent(host->dma, PPE_MIB_SIZE, &e->mib_dma,
					    GFP_KERNEL);
	e->buckets = vzalloc(array_size(FOE_ENTRIES / foe_ways(e->layout), sizeof(*e->buckets)));
	e->owner = vzalloc(array_size(FOE_ENTRIES, sizeof(*e->owner)));
	e->looked = vzalloc(array_size(FOE_ENTRIES, sizeof(*e->looked)));
	return e->table && (e->mib || !host->accounting) && e->buckets && e->owner && e->looked ?
	       0 : -ENOMEM;
}

static void tick_work(struct work_struct *work);

static void engine_setup(struct ppe_engine *e, struct ppe_soc *soc, unsigned int index)
{
	e->soc = soc;
	e->index = index;
	e->base = soc->gen->base + (index == 2 ? 0xc00 : index * 0x400);
	e->layout = foe_layout(soc->gen->foe);
	e->words = foe_words(e->layout);
	e->down = true;
	mutex_init(&e->hw);
	spin_lock_init(&e->lock);
	INIT_LIST_HEAD(&e->losers);
	INIT_LIST_HEAD(&e->left);
	INIT_WORK(&e->reap, ppe_reap_work);
	INIT_DELAYED_WORK(&e->tick, tick_work);
}

/* ---- start, stop, reset */

/* @e->hw. The registers have their reset values, or anything. */
static void engine_up(struct ppe_engine *e)
{
	ppe_table_clear(e);
	ppe_hw_start(e);
	spin_lock_bh(&e->lock);
	e->down = false;
	spin_unlock_bh(&e->lock);
}

/* From now on nobody touches registers or table but who holds @e->hw. */
static void engine_down(struct ppe_engine *e)
{
	lockdep_assert_held(&e->hw);
	spin_lock_bh(&e->lock);
	ppe_table_unbind_all(e, NFO_REASON_WAITING);
	spin_unlock_bh(&e->lock);
	ppe_collect_all(e);
	spin_lock_bh(&e->lock);
	e->down = true;
	ppe_table_forget(e, NFO_REASON_WAITING);
	spin_unlock_bh(&e->lock);
}

/* To its engine, if a port wants that; else to the CPU. */
static void steer(struct ppe_soc *soc, unsigned int mac, bool on)
{
	u16 to = on && soc->users[mac] ? soc->gen->fwd[ppe_soc_engine(soc, mac)->index] : 0;

	regmap_update_bits(soc->regmap, FE_GDM_FWD(mac), FE_GDM_FWD_MASK, to);
}

static void steer_all(struct ppe_soc *soc, bool on)
{
	unsigned int mac;

	for (mac = 0; mac < soc->host->macs; mac++)
		steer(soc, mac, on);
}

/* Nobody told us: packets may have been forwarded by nothing at all, for a second at most. */
static void recover(struct ppe_engine *e)
{
	dev_warn_ratelimited(e->soc->dev, "engine %u was reset, it is started again\n", e->index);
	spin_lock_bh(&e->lock);
	e->down = true;
	ppe_table_forget(e, NFO_REASON_WAITING);
	spin_unlock_bh(&e->lock);
	e->stats.resets++;
	engine_up(e);
}

static void tick(struct ppe_engine *e)
{
	mutex_lock(&e->hw);
	e->mib_broken = false;
	if (!e->down && !ppe_hw_is_up(e))
		recover(e);
	if (!e->down)
		ppe_room_tick(e);
	mutex_unlock(&e->hw);
}

static void tick_work(struct work_struct *work)
{
	struct ppe_engine *e = container_of(to_delayed_work(work), struct ppe_engine, tick);

	tick(e);
	/* steering is in registers, too; whoever stops us holds ppe_lock */
	if (mutex_trylock(&ppe_lock)) {
		if (!e->down && !e->soc->gone)
			steer_all(e->soc, true);
		mutex_unlock(&ppe_lock);
	}
	schedule_work(&e->reap);
	schedule_delayed_work(&e->tick, TICK);
}

/* ---- what the Ethernet driver tells */

struct ppe_engine *ppe_soc_engine(struct ppe_soc *soc, unsigned int mac)
{
	return &soc->engine[mac < soc->n_engines ? mac : 0];
}

static void client_rx(void *priv, struct net_device *dev, const struct sk_buff *skb,
		      unsigned int reason, unsigned int index)
{
	struct ppe_soc *soc = priv;
	struct nfo_ppe_place place;
	struct ppe_engine *e;

	if (soc->host->ops->place(soc->host, dev, &place))
		return;
	e = ppe_soc_engine(soc, place.mac);
	switch (reason) {
	case NFO_PPE_REASON_UNBIND_RATE:
		ppe_table_hit(e, index);
		break;
	case NFO_PPE_REASON_NO_FLOW:
	case NFO_PPE_REASON_UNHIT:
		ppe_room_missed(e, skb);
		break;
	}
}

static void client_irq(void *priv)
{
	struct ppe_soc *soc = priv;
	unsigned int i;

	for (i = 0; i < soc->n_engines; i++)
		mod_delayed_work(system_wq, &soc->engine[i].tick, 0);
}

static void reset_begin(struct ppe_engine *e)
{
	mutex_lock(&e->hw);
	engine_down(e);
	ppe_hw_quiesce(e);
	e->stats.resets++;
	mutex_unlock(&e->hw);
}

static void reset_end(struct ppe_engine *e)
{
	mutex_lock(&e->hw);
	engine_up(e);
	mutex_unlock(&e->hw);
}

static void client_reset(void *priv, bool done)
{
	struct ppe_soc *soc = priv;
	unsigned int i;

	mutex_lock(&ppe_lock);
	/* an engine at rest would swallow packets */
	if (!done)
		steer_all(soc, false);
	for (i = 0; i < soc->n_engines; i++) {
		if (done)
			reset_end(&soc->engine[i]);
		else
			reset_begin(&soc->engine[i]);
	}
	if (done)
		steer_all(soc, true);
	mutex_unlock(&ppe_lock);
}

static void client_mtu(void *priv)
{
	struct ppe_soc *soc = priv;
	struct ppe_engine *e;

	for (e = soc->engine; e < soc->engine + soc->n_engines; e++) {
		mutex_lock(&e->hw);
		if (!e->down)
			ppe_hw_mtu(e);
		mutex_unlock(&e->hw);
	}
}

const struct nfo_ppe_client_ops ppe_client_ops = {
	.rx = client_rx,
	.irq = client_irq,
	.reset = client_reset,
	.mtu = client_mtu,
};

/* ---- the set of frame engines */

/**
 * ppe_soc_find() - the frame engine that a device belongs to
 * @dev: the device
 * @place: filled in
 *
 * Context: ppe_lock
 *
 * Return: with a reference, or NULL.
 */
struct ppe_soc *ppe_soc_find(const struct net_device *dev, struct nfo_ppe_place *place)
{
	struct ppe_soc *soc;

	lockdep_assert_held(&ppe_lock);
	list_for_each_entry(soc, &ppe_socs, list) {
		if (soc->host->ops->place(soc->host, dev, place))
			continue;
		refcount_inc(&soc->refs);
		return soc;
	}
	return NULL;
}

/**
 * ppe_soc_steer() - a port wants the packets of its MAC to go through an engine, or no more
 * @soc: the frame engine
 * @mac: the MAC
 * @on: wants
 *
 * Context: ppe_lock
 */
void ppe_soc_steer(struct ppe_soc *soc, unsigned int mac, bool on)
{
	struct ppe_engine *e = ppe_soc_engine(soc, mac);

	lockdep_assert_held(&ppe_lock);
	soc->users[mac] += on ? 1 : -1;
	if (soc->users[mac])
		WRITE_ONCE(e->macs, e->macs | BIT(mac));
	else
		WRITE_ONCE(e->macs, e->macs & ~BIT(mac));
	if (!soc->gone && !READ_ONCE(e->down))
		steer(soc, mac, true);
}

void ppe_soc_put(struct ppe_soc *soc)
{
	unsigned int i;

	if (!refcount_dec_and_test(&soc->refs))
		return;
	for (i = 0; i < soc->n_engines; i++)
		engine_free_state(&soc->engine[i]);
	kfree(soc);
}

/**
 * ppe_soc_new() - memory for a frame engine
 * @dev: its platform device
 * @host: the Ethernet driver
 * @gen: generation
 * @regmap: registers
 *
 * Return: the frame engine, with a reference, or -ENOMEM.
 */
struct ppe_soc *ppe_soc_new(struct device *dev, struct nfo_ppe_host *host,
			    const struct ppe_gen *gen, struct regmap *regmap)
{
	struct ppe_soc *soc = kzalloc(struct_size(soc, engine, host->engines), GFP_KERNEL);
	unsigned int i;
	int err = 0;

	if (!soc)
		return ERR_PTR(-ENOMEM);
	refcount_set(&soc->refs, 1);
	soc->dev = dev;
	soc->host = host;
	soc->gen = gen;
	soc->regmap = regmap;
	soc->n_engines = host->engines;
	for (i = 0; i < soc->n_engines; i++) {
		engine_setup(&soc->engine[i], soc, i);
		err = err ?: engine_alloc(&soc->engine[i]);
	}
	if (!err)
		return soc;
	for (i = 0; i < soc->n_engines; i++)
		engine_free(&soc->engine[i]);
	ppe_soc_put(soc);
	return ERR_PTR(err);
}

static void engine_stop(struct ppe_engine *e)
{
	int err;

	mutex_lock(&e->hw);
	engine_down(e);
	err = ppe_hw_stop(e);
	mutex_unlock(&e->hw);
	if (!err) {
		engine_free(e);
		return;
	}
	/* better a leak than somebody else's memory overwritten */
	dev_err(e->soc->dev, "engine %u stays busy, its memory is not given back\n", e->index);
	e->table = NULL;
	e->mib = NULL;
}

/**
 * ppe_soc_start() - start the engines and listen to the Ethernet driver
 * @soc: the frame engine
 *
 * Return: 0, or the Ethernet driver's error.
 */
int ppe_soc_start(struct ppe_soc *soc)
{
	unsigned int i;
	int err;

	for (i = 0; i < soc->n_engines; i++)
		reset_end(&soc->engine[i]);
	err = soc->host->ops->listen(soc->host, &ppe_client_ops, soc);
	if (err) {
		/* who listens is somebody else, and goes on to */
		for (i = 0; i < soc->n_engines; i++)
			engine_stop(&soc->engine[i]);
		return err;
	}
	mutex_lock(&ppe_lock);
	list_add_tail(&soc->list, &ppe_socs);
	mutex_unlock(&ppe_lock);
	for (i = 0; i < soc->n_engines; i++)
		schedule_delayed_work(&soc->engine[i].tick, TICK);
	return 0;
}

/**
 * ppe_soc_stop() - the frame engine goes
 * @soc: the frame engine
 *
 * Ports that are left forward nothing any more.
 */
void ppe_soc_stop(struct ppe_soc *soc)
{
	unsigned int i;

	soc->host->ops->listen(soc->host, NULL, NULL);
	mutex_lock(&ppe_lock);
	list_del_init(&soc->list);
	steer_all(soc, false);
	WRITE_ONCE(soc->gone, true);
	mutex_unlock(&ppe_lock);
	for (i = 0; i < soc->n_engines; i++) {
		cancel_delayed_work_sync(&soc->engine[i].tick);
		engine_stop(&soc->engine[i]);
		cancel_work_sync(&soc->engine[i].reap);
	}
}
