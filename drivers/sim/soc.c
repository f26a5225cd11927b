// SPDX-License-Identifier: GPL-2.0-only
/*
 * SoCs and their life: what kinds there are, what a model has when it is one, and resets. The
 * engines' device comes last and goes first: while its driver is there, so are registers and
 * netdevs.
 */
#include <linux/bitmap.h>
#include <linux/dma-mapping.h>
#include <linux/regmap.h>
#include <linux/slab.h>

#include "soc.h"

const struct soc_kind soc_mt7621 = {
	.version = 1, .macs = 2, .engines = 1, .ways = 2, .rows = true, .base = 0xc00, .entry = 80,
};

const struct soc_kind soc_mt7622 = {
	.version = 1, .macs = 2, .engines = 1, .ways = 2, .accounting = true, .base = 0xc00,
	.entry = 80,
};

const struct soc_kind soc_mt7986 = {
	.version = 2, .macs = 2, .engines = 2, .ways = 4, .accounting = true, .base = 0x2000,
	.entry = 96,
};

const struct soc_kind soc_mt7988 = {
	.version = 3, .macs = 3, .engines = 3, .ways = 4, .accounting = true, .base = 0x2000,
	.entry = 128,
};

/**
 * soc_check() - does a request make sense?
 * @req: what to make: a SoC
 * @extack: says what is wrong
 *
 * Return: 0 or a negative error.
 */
int soc_check(const struct sim_new *req, struct netlink_ext_ack *extack)
{
	if (req->size) {
		NL_SET_ERR_MSG_FMT(extack, "\"%s\" has tables of its driver: leave out the size",
				   req->profile->name);
		return -EOPNOTSUPP;
	}
	if (req->dsa >= req->wires) {
		NL_SET_ERR_MSG_FMT(extack, "%u user ports and a MAC need %u wires, got %u", req->dsa,
				   req->dsa + 1, req->wires);
		return -EINVAL;
	}
	if (req->vfs) {
		NL_SET_ERR_MSG_FMT(extack, "\"%s\" is a SoC, which has no VFs", req->profile->name);
		return -EOPNOTSUPP;
	}
	return 0;
}

static int init_engine(struct soc *soc, struct soc_engine *e)
{
	e->soc = soc;
	spin_lock_init(&e->lock);
	e->cached = bitmap_zalloc(SOC_ENTRIES, GFP_KERNEL);
	e->cache = kvcalloc(SOC_ENTRIES * SOC_WORDS, sizeof(*e->cache), GFP_KERNEL);
	return e->cached && e->cache ? 0 : -ENOMEM;
}

/**
 * soc_init() - make a model a SoC
 * @sim: the model, whose device is initialized
 * @req: what to make
 *
 * After an error soc_free() is for the caller, too.
 *
 * Return: 0 or a negative error.
 */
int soc_init(struct sim *sim, const struct sim_new *req)
{
	struct soc *soc = kvzalloc(sizeof(*soc), GFP_KERNEL);
	unsigned int i;
	int err;

	if (!soc)
		return -ENOMEM;
	soc->sim = sim;
	soc->kind = sim->profile->soc;
	soc->users = req->dsa;
	soc->macs = sim->uplinks - req->dsa;
	mutex_init(&soc->client_lock);
	INIT_DELAYED_WORK(&soc->tick, soc_tick);
	err = init_srcu_struct(&soc->srcu);
	if (err) {
		kvfree(soc);
		return err;
	}
	sim->soc = soc;
	for (i = 0; !err && i < soc->kind->engines; i++)
		err = init_engine(soc, &soc->engine[i]);
	if (err)
		return err;
	soc_reg_reset(soc);
	soc->dma_mask = DMA_BIT_MASK(32);
	sim->dev.dma_mask = &soc->dma_mask;
	sim->dev.coherent_dma_mask = DMA_BIT_MASK(32);
	return 0;
}

void soc_free(struct sim *sim)
{
	struct soc *soc = sim->soc;
	unsigned int i;

	if (!soc)
		return;
	for (i = 0; i < soc->kind->engines; i++) {
		bitmap_free(soc->engine[i].cached);
		kvfree(soc->engine[i].cache);
	}
	cleanup_srcu_struct(&soc->srcu);
	kvfree(soc);
}

/**
 * soc_add() - show the engines of a SoC to their driver
 * @sim: the model, with its ports
 * @extack: says what is wrong
 *
 * Return: 0 or a negative error.
 */
int soc_add(struct sim *sim, struct netlink_ext_ack *extack)
{
	struct soc *soc = sim->soc;
	int err;

	err = soc_regmap_init(soc);
	if (err)
		return err;
	soc_host_init(soc);
	schedule_delayed_work(&soc->tick, HZ);
	err = soc_child_add(soc);
	if (!err)
		return 0;
	NL_SET_ERR_MSG(extack, "the device of the engines cannot be made");
	cancel_delayed_work_sync(&soc->tick);
	regmap_exit(soc->regmap);
	return err;
}

void soc_del(struct sim *sim)
{
	struct soc *soc = sim->soc;

	soc_child_del(soc);
	cancel_delayed_work_sync(&soc->tick);
	regmap_exit(soc->regmap);
}

/**
 * soc_reset() - reset the frame engine
 * @soc: the SoC
 *
 * With its driver's knowledge, or with no more than an interrupt afterwards.
 *
 * Context: sim_lock, may sleep.
 */
void soc_reset(struct soc *soc)
{
	bool silent = READ_ONCE(soc->silent);

	mutex_lock(&soc->client_lock);
	if (!silent)
		soc_tell_reset(soc, false);
	WRITE_ONCE(soc->resetting, true);
	cancel_delayed_work_sync(&soc->tick);
	synchronize_net();	/* nothing is in an engine any more */
	soc_reg_reset(soc);
	WRITE_ONCE(soc->resetting, false);
	schedule_delayed_work(&soc->tick, HZ);
	if (!silent)
		soc_tell_reset(soc, true);
	mutex_unlock(&soc->client_lock);
	if (silent)
		soc_tell_irq(soc);
}

/**
 * soc_entries() - how many entries are in the tables
 * @soc: the SoC
 *
 * Return: their number, those that are not bound included.
 */
u32 soc_entries(struct soc *soc)
{
	struct soc_engine *e;
	unsigned int i;
	u32 n = 0;

	for (i = 0; i < soc->kind->engines; i++) {
		e = &soc->engine[i];
		spin_lock_bh(&e->lock);
		n += soc_used(e);
		spin_unlock_bh(&e->lock);
	}
	return n;
}
