// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of the SoC model: a regmap over a register file. Most only remember what was written;
 * here are those that do something. Who touches a register that is not there, or any during a reset
 * that was announced, gets an error.
 */
#include <linux/bitfield.h>
#include <linux/regmap.h>
#include <linux/timekeeping.h>

#include "soc.h"

#define BUSY_READS	2	/* so often it is busy when asked after the scan went off */

/**
 * soc_now() - the time of the frame engine
 * @soc: the SoC
 *
 * Return: seconds since the last reset.
 */
u32 soc_now(const struct soc *soc)
{
	return ktime_get_seconds() - READ_ONCE(soc->epoch);
}

static unsigned int block(const struct soc_engine *e)
{
	unsigned int n = e - e->soc->engine;

	return e->soc->kind->base + (n == 2 ? 0xc00 : n * SOC_BLOCK_LEN);
}

/**
 * soc_reg() - what a register of an engine says
 * @e: the engine
 * @off: the register
 *
 * Return: what was written to it.
 */
u32 soc_reg(const struct soc_engine *e, unsigned int off)
{
	return READ_ONCE(e->soc->reg[(block(e) + off) / sizeof(u32)]);
}

static void set_reg(struct soc_engine *e, unsigned int off, u32 val)
{
	WRITE_ONCE(e->soc->reg[(block(e) + off) / sizeof(u32)], val);
}

/**
 * soc_steering() - where the frames of a MAC go
 * @soc: the SoC
 * @mac: number of the MAC
 *
 * Return: PSE ports, of unicast frames for us, broadcast, multicast and other frames.
 */
u32 soc_steering(const struct soc *soc, unsigned int mac)
{
	return READ_ONCE(soc->reg[SOC_FWD_CFG(mac) / sizeof(u32)]);
}

static struct soc_engine *engine_of(struct soc *soc, unsigned int reg, unsigned int *off)
{
	struct soc_engine *e;
	unsigned int i;

	for (i = 0; i < soc->kind->engines; i++) {
		e = &soc->engine[i];
		*off = reg - block(e);
		if (*off >= SOC_FIRST && *off <= SOC_LAST)
			return e;
	}
	return NULL;
}

static bool is_fwd_cfg(const struct soc *soc, unsigned int reg)
{
	unsigned int i;

	for (i = 0; i < soc->macs; i++)
		if (reg == SOC_FWD_CFG(i))
			return true;
	return false;
}

static void write_tb_cfg(struct soc_engine *e, u32 val)
{
	if (soc_reg(e, SOC_TB_CFG) & SOC_TB_SCAN && !(val & SOC_TB_SCAN))
		e->busy = BUSY_READS;
	set_reg(e, SOC_TB_CFG, val);
	soc_attach(e);
}

static void write_engine(struct soc_engine *e, unsigned int off, u32 val)
{
	switch (off) {
	case SOC_TB_USED:
	case SOC_MIB_SER_R0 ... SOC_MIB_SER_R3:
		return;
	case SOC_TB_CFG:
		write_tb_cfg(e, val);
		return;
	case SOC_GLO_CFG:
		set_reg(e, off, val & ~SOC_GLO_BUSY);
		soc_attach(e);
		return;
	case SOC_TB_BASE:
	case SOC_MIB_TB_BASE:
		set_reg(e, off, val);
		soc_attach(e);
		return;
	case SOC_CACHE_CTL:
		/* a pulse: set, then clear */
		if (soc_reg(e, off) & SOC_CACHE_CLEAR && !(val & SOC_CACHE_CLEAR))
			soc_cache_clear(e);
		break;
	case SOC_MIB_SER_CR:
		e->mib_busy = 1;
		break;
	}
	set_reg(e, off, val);
}

static void serial_done(struct soc_engine *e, u32 cr)
{
	bool clear = soc_reg(e, SOC_MIB_CFG) & SOC_MIB_RD_CLR;
	u32 word[4];
	unsigned int i;

	soc_mib_read(e, FIELD_GET(SOC_MIB_SER_ADDR, cr), clear, word);
	for (i = 0; i < ARRAY_SIZE(word); i++)
		set_reg(e, SOC_MIB_SER_R0 + i * sizeof(u32), word[i]);
	set_reg(e, SOC_MIB_SER_CR, cr & ~SOC_MIB_SER_ST);
}

static u32 read_serial(struct soc_engine *e)
{
	u32 cr = soc_reg(e, SOC_MIB_SER_CR);

	if (cr & SOC_MIB_SER_ST && !READ_ONCE(e->soc->stuck)) {
		if (e->mib_busy)
			e->mib_busy--;
		else
			serial_done(e, cr);
	}
	return soc_reg(e, SOC_MIB_SER_CR);
}

static u32 read_engine(struct soc_engine *e, unsigned int off)
{
	u32 val = soc_reg(e, off);

	switch (off) {
	case SOC_TB_USED:
		return min_t(u32, soc_used(e), SOC_ENTRIES - 1);
	case SOC_GLO_CFG:
		if (READ_ONCE(e->soc->stuck))
			return val | SOC_GLO_BUSY;
		if (!e->busy)
			return val;
		e->busy--;
		return val | SOC_GLO_BUSY;
	case SOC_MIB_SER_CR:
		return read_serial(e);
	}
	return val;
}

/* Returns whether the registers answer. */
static bool answers(struct soc *soc, unsigned int reg)
{
	if (!READ_ONCE(soc->resetting))
		return true;
	if (!READ_ONCE(soc->silent))
		dev_err_ratelimited(&soc->sim->dev, "register 0x%04x is touched during a reset\n",
				    reg);
	return false;
}

/* Interrupts are off: regmap's lock. */
static int reg_read(void *context, unsigned int reg, unsigned int *val)
{
	struct soc *soc = context;
	struct soc_engine *e;
	unsigned int off;

	*val = 0;
	if (!answers(soc, reg))
		return READ_ONCE(soc->silent) ? 0 : -EIO;
	e = engine_of(soc, reg, &off);
	if (e) {
		spin_lock(&e->lock);
		*val = read_engine(e, off);
		spin_unlock(&e->lock);
		return 0;
	}
	if (reg == SOC_TIMESTAMP)
		*val = soc_now(soc);
	else if (is_fwd_cfg(soc, reg))
		*val = READ_ONCE(soc->reg[reg / sizeof(u32)]);
	else
		return -EIO;
	return 0;
}

static int reg_write(void *context, unsigned int reg, unsigned int val)
{
	struct soc *soc = context;
	struct soc_engine *e;
	unsigned int off;

	if (!answers(soc, reg))
		return READ_ONCE(soc->silent) ? 0 : -EIO;
	e = engine_of(soc, reg, &off);
	if (e) {
		spin_lock(&e->lock);
		write_engine(e, off, val);
		spin_unlock(&e->lock);
		return 0;
	}
	if (!is_fwd_cfg(soc, reg))
		return reg == SOC_TIMESTAMP ? 0 : -EIO;
	WRITE_ONCE(soc->reg[reg / sizeof(u32)], val);
	return 0;
}

static void reset_engine(struct soc_engine *e)
{
	spin_lock_bh(&e->lock);
	/* Ethernet frames of the usual size, with up to three tags */
	set_reg(e, SOC_VLAN_MTU0, 1514 | 1518 << 16);
	set_reg(e, SOC_VLAN_MTU1, 1522 | 1526 << 16);
	soc_cache_clear(e);
	soc_attach(e);
	e->busy = 0;
	e->mib_busy = 0;
	spin_unlock_bh(&e->lock);
}

/**
 * soc_reg_reset() - all registers have their reset values
 * @soc: the SoC, with nothing going on in it
 *
 * Frames then go to the CPU. The tables are memory and stay as they are, but nobody knows where.
 */
void soc_reg_reset(struct soc *soc)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(soc->reg); i++)
		WRITE_ONCE(soc->reg[i], 0);
	WRITE_ONCE(soc->epoch, ktime_get_seconds());
	for (i = 0; i < soc->kind->engines; i++)
		reset_engine(&soc->engine[i]);
}

static const struct regmap_bus bus = {
	.fast_io = true,
	.reg_read = reg_read,
	.reg_write = reg_write,
};

static const struct regmap_config config = {
	.reg_bits = 32,
	.val_bits = 32,
	.reg_stride = 4,
	.max_register = SOC_REGS_LEN - 4,
};

/**
 * soc_regmap_init() - make the regmap
 * @soc: the SoC, whose device is there
 *
 * Return: 0 or a negative error.
 */
int soc_regmap_init(struct soc *soc)
{
	soc->regmap = regmap_init(&soc->sim->dev, &bus, soc, &config);
	return PTR_ERR_OR_ZERO(soc->regmap);
}
