// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of an engine: start, stop, reset, counters. No lock of its own; see ppe.h.
 */
#include <linux/delay.h>
#include <linux/regmap.h>

#include "ppe.h"
#include "regs.h"

#define BUSY_US		1000000	/* until an engine that was stopped has to be idle */
#define MIB_US		10000	/* until a counter has to be there */
#define SETTLE_MS	10	/* between the steps before a reset */

/*
 * Packets within a second that make an entry one to be bound. nf has decided already that the
 * connection is worth it, so there is nothing to wait for.
 */
#define BIND_RATE	1

/* Seconds; an entry that was idle for so long is dropped. */
#define AGE_UDP		12
#define AGE_TCP		7
#define AGE_OTHER	1
#define UNBIND_PACKETS	1000
#define UNBIND_DELTA	3

u32 ppe_read(const struct ppe_engine *e, u32 reg)
{
	u32 value = 0;

	regmap_read(e->soc->regmap, e->base + reg, &value);
	return value;
}

static void write(const struct ppe_engine *e, u32 reg, u32 value)
{
	regmap_write(e->soc->regmap, e->base + reg, value);
}

static void change(const struct ppe_engine *e, u32 reg, u32 mask, u32 value)
{
	regmap_update_bits(e->soc->regmap, e->base + reg, mask, value);
}

/**
 * ppe_now() - the frame engine's time
 * @e: an engine
 *
 * Return: seconds, of as many bits as a timestamp of an entry has.
 */
u32 ppe_now(const struct ppe_engine *e)
{
	u32 value = 0;

	regmap_read(e->soc->regmap, FE_TIME, &value);
	return value & foe_time_mask(e->layout);
}

/* What an engine has read of the table it does not read again, until it is told. */
void ppe_cache_clear(const struct ppe_engine *e)
{
	change(e, PPE_CACHE_CTL, PPE_CACHE_CLEAR, PPE_CACHE_CLEAR);
	change(e, PPE_CACHE_CTL, PPE_CACHE_CLEAR, 0);
}

/**
 * ppe_hw_mtu() - packets above the largest MTU of all MACs go to the CPU
 * @e: engine that is up
 *
 * There is one limit for all; that of the way out is checked before a rule comes here.
 */
void ppe_hw_mtu(const struct ppe_engine *e)
{
	struct nfo_ppe_host *host = e->soc->host;
	unsigned int mac, most = ETH_DATA_LEN;
	struct net_device *dev;
	u32 reg[2];

	lockdep_assert_held(&e->hw);
	rcu_read_lock();
	for (mac = 0; mac < host->macs; mac++) {
		dev = host->ops->netdev(host, mac);
		if (dev)
			most = max(most, READ_ONCE(dev->mtu));
	}
	rcu_read_unlock();
	if (foe_mtu(most, reg))
		return;
	write(e, PPE_VLAN_MTU0, reg[0]);
	write(e, PPE_VLAN_MTU1, reg[1]);
}

static void start_limits(const struct ppe_engine *e)
{
	write(e, PPE_UNBIND_AGE, UNBIND_PACKETS << 16 | UNBIND_DELTA);
	write(e, PPE_BIND_AGE0, AGE_OTHER << 16 | AGE_UDP);
	write(e, PPE_BIND_AGE1, AGE_OTHER << 16 | AGE_TCP);
	write(e, PPE_BIND_LIMIT0, 0x3fff << 16 | 0x3fff);
	write(e, PPE_BIND_LIMIT1, 1 << 16 | 0x3fff);
	write(e, PPE_BIND_RATE, 1 << 16 | BIND_RATE);
	ppe_hw_mtu(e);
}

/**
 * ppe_hw_start() - start an engine, after power on or a reset
 * @e: the engine; its table is clear
 */
void ppe_hw_start(struct ppe_engine *e)
{
	const struct ppe_gen *gen = e->soc->gen;

	lockdep_assert_held(&e->hw);
	write(e, PPE_TB_BASE, lower_32_bits(e->table_dma));
	write(e, PPE_TB_CFG, gen->tb_cfg);
	write(e, PPE_IP_PROTO_CHK, U32_MAX);
	ppe_cache_clear(e);
	change(e, PPE_CACHE_CTL, PPE_CACHE_EN, PPE_CACHE_EN);
	write(e, PPE_FLOW_CFG, gen->flow_cfg);
	start_limits(e);
	if (e->mib) {
		write(e, PPE_MIB_BASE, lower_32_bits(e->mib_dma));
		write(e, PPE_MIB_CFG, PPE_MIB_EN | PPE_MIB_READ_CLEAR);
	}
	e->mib_broken = false;
	write(e, PPE_CPU_PORT, 0);
	if (gen->cpu_port1)
		write(e, PPE_CPU_PORT1, gen->cpu_port1);
	if (gen->sbw)
		write(e, PPE_SBW_CTRL, gen->sbw);
	/* it is not for a router to drop what has a bad checksum: software does not either */
	write(e, PPE_GLO_CFG, PPE_GLO_EN | PPE_GLO_FLOW_DROP_UPDATE);
}

static int wait_idle(struct ppe_engine *e)
{
	u32 value;
	int err;

	err = regmap_read_poll_timeout(e->soc->regmap, e->base + PPE_GLO_CFG, value,
				       !(value & PPE_GLO_BUSY), 1000, BUSY_US);
	if (err) {
		e->stats.stuck++;
		dev_err_ratelimited(e->soc->dev, "engine %u stays busy\n", e->index);
	}
	return err;
}

/**
 * ppe_hw_quiesce() - bring an engine to rest before the frame engine is reset
 * @e: the engine; nothing in its table is bound any more
 *
 * The engine writes into its table by itself, when it ages entries or sends keepalives; a reset in
 * the middle of that may hang.
 *
 * Return: 0, or an error when it stays busy.
 */
int ppe_hw_quiesce(struct ppe_engine *e)
{
	lockdep_assert_held(&e->hw);
	change(e, PPE_TB_CFG, PPE_TB_KEEPALIVE, 0);
	change(e, PPE_BIND_LIMIT1, PPE_BIND_LIMIT1_KEEPALIVE, 0);
	write(e, PPE_KEEPALIVE, 0);
	msleep(SETTLE_MS);
	change(e, PPE_BIND_LIMIT1, PPE_BIND_LIMIT1_KEEPALIVE, PPE_BIND_LIMIT1_KEEPALIVE);
	write(e, PPE_KEEPALIVE, U32_MAX);
	change(e, PPE_TB_CFG, PPE_TB_TICK_SEL | PPE_TB_KEEPALIVE,
	       PPE_TB_TICK_SEL | PPE_TB_KEEPALIVE);
	msleep(SETTLE_MS);
	change(e, PPE_TB_CFG, PPE_TB_SCAN, 0);
	msleep(SETTLE_MS);
	return wait_idle(e);
}

/**
 * ppe_hw_stop() - stop an engine
 * @e: the engine; nothing in its table is bound any more
 *
 * Return: 0, or an error when it stays busy: it may write to its tables still.
 */
int ppe_hw_stop(struct ppe_engine *e)
{
	int err;

	lockdep_assert_held(&e->hw);
	ppe_cache_clear(e);
	change(e, PPE_CACHE_CTL, PPE_CACHE_EN, 0);
	change(e, PPE_TB_CFG, PPE_TB_AGE | PPE_TB_SCAN, 0);
	err = wait_idle(e);
	change(e, PPE_GLO_CFG, PPE_GLO_EN, 0);
	write(e, PPE_FLOW_CFG, 0);
	change(e, PPE_MIB_CFG, PPE_MIB_EN, 0);
	return err;
}

/**
 * ppe_hw_is_up() - does an engine still run as it was started?
 * @e: the engine
 *
 * A frame engine may be reset without a word, by a watchdog of its own.
 */
bool ppe_hw_is_up(const struct ppe_engine *e)
{
	return ppe_read(e, PPE_GLO_CFG) & PPE_GLO_EN &&
	       ppe_read(e, PPE_TB_BASE) == lower_32_bits(e->table_dma);
}

static void decode(const struct ppe_engine *e, const u32 *r, u64 *packets, u64 *bytes)
{
	if (e->soc->gen->foe == FOE_V3) {
		*bytes = (u64)r[1] << 32 | r[0];
		*packets = (u64)r[3] << 32 | r[2];
		return;
	}
	*bytes = (u64)(r[1] & 0xffff) << 32 | r[0];
	*packets = (u64)(r[2] & 0xffffff) << 16 | r[1] >> 16;
}

/**
 * ppe_hw_mib() - what was counted at a slot since this was asked last
 * @e: the engine
 * @slot: the slot
 * @packets: set to the number of packets
 * @bytes: set to their layer 3 bytes
 *
 * Return: 0; -ENODATA: the engine does not count; -ETIMEDOUT: it does not answer, and will not be
 * asked again for a while. Counts are zero then.
 */
int ppe_hw_mib(struct ppe_engine *e, unsigned int slot, u64 *packets, u64 *bytes)
{
	u32 value, r[4];
	unsigned int i;

	lockdep_assert_held(&e->hw);
	*packets = 0;
	*bytes = 0;
	if (!e->mib)
		return -ENODATA;
	if (e->mib_broken)
		return -ETIMEDOUT;
	write(e, PPE_MIB_SER, PPE_MIB_SER_START | slot);
	if (regmap_read_poll_timeout(e->soc->regmap, e->base + PPE_MIB_SER, value,
				     !(value & PPE_MIB_SER_START), 20, MIB_US)) {
		e->stats.mib_errors++;
		e->mib_broken = true;
		dev_err_ratelimited(e->soc->dev, "engine %u does not tell its counters\n",
				    e->index);
		return -ETIMEDOUT;
	}
	for (i = 0; i < ARRAY_SIZE(r); i++)
		r[i] = ppe_read(e, PPE_MIB_SER_R(i));
	decode(e, r, packets, bytes);
	return 0;
}
