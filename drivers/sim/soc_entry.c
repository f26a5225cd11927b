// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries of the SoC model's tables: what is where, in the three versions of the frame engine.
 *
 * In an entry that is not bound the first word has the time of 8 bits, a count of packets above
 * it, the type and the state. Versions 2 and 3 have their type where version 1 has the count's
 * last bit, so they count to 32767 only.
 */
#include <linux/bitfield.h>

#include "soc.h"

#define STATE		GENMASK(29, 28)
#define UDP		BIT(30)
#define UNBIND_TIME	GENMASK(7, 0)
#define UNBIND_COUNT	8	/* from this bit on */

/* Fields, as masks. */
struct soc_bits {
	u32 time;
	u32 count;
	u32 tags;
	u32 pppoe;
	u32 vlan;
	u32 ttl;
	u32 type;
	u32 out;
	u32 mib;
};

static const struct soc_bits v1 = {
	.time = GENMASK(14, 0),
	.count = GENMASK(23, 8),
	.tags = GENMASK(18, 16),
	.pppoe = BIT(19),
	.vlan = BIT(20),
	.ttl = BIT(24),
	.type = GENMASK(27, 25),
	.out = GENMASK(7, 5),
	.mib = BIT(10),
};

static const struct soc_bits v2 = {
	.time = GENMASK(7, 0),
	.count = GENMASK(22, 8),
	.tags = GENMASK(16, 14),
	.pppoe = BIT(17),
	.vlan = BIT(18),
	.ttl = BIT(22),
	.type = GENMASK(27, 23),
	.out = GENMASK(12, 9),
	.mib = BIT(15),
};

static const struct soc_bits *bits(const struct soc_engine *e)
{
	return e->soc->kind->version == 1 ? &v1 : &v2;
}

static u32 get(u32 word, u32 mask)
{
	return (word & mask) >> __ffs(mask);
}

static u32 put(u32 word, u32 mask, u32 val)
{
	return (word & ~mask) | ((val << __ffs(mask)) & mask);
}

/**
 * soc_hash() - where a packet's bucket begins
 * @e: the engine
 * @pkt: the packet
 *
 * The seed register has no influence. Return: number of the first entry.
 */
u32 soc_hash(const struct soc_engine *e, const struct soc_pkt *pkt)
{
	const u32 *src = pkt->key, *dst = pkt->key + 4, ports = pkt->key[pkt->keys - 1];
	u32 a, b, c, h;

	if (pkt->ip6) {
		a = src[3] ^ dst[3] ^ ports;
		b = src[2] ^ dst[2] ^ dst[0];
		c = src[1] ^ dst[1] ^ src[0];
	} else {
		a = ports;
		b = pkt->key[1];
		c = pkt->key[0];
	}
	h = (a & b) | (~a & c);
	h = (h << 8 | h >> 24) ^ a ^ b ^ c;
	h ^= h >> 16;
	return (h * (e->soc->kind->ways == 4 ? 4 : 2)) & (e->entries - 1);
}

/**
 * soc_unbind() - first word of an entry for a packet that was the first
 * @e: the engine
 * @pkt: the packet
 * @now: time
 *
 * Return: the word.
 */
u32 soc_unbind(const struct soc_engine *e, const struct soc_pkt *pkt, u32 now)
{
	u32 ib1 = FIELD_PREP(STATE, SOC_UNB) | FIELD_PREP(UNBIND_TIME, now & 0xff);

	if (pkt->udp)
		ib1 |= UDP;
	ib1 = put(ib1, bits(e)->count, 1);
	return put(ib1, bits(e)->type, pkt->type);
}

/**
 * soc_unbind_count() - count a packet in an entry that is not bound
 * @e: the engine
 * @ib1: its first word
 * @count: how many there were with this one
 *
 * Return: the new word. The count stays where it ends.
 */
u32 soc_unbind_count(const struct soc_engine *e, u32 ib1, u32 *count)
{
	u32 mask = bits(e)->count;

	*count = min_t(u32, get(ib1, mask) + 1, mask >> UNBIND_COUNT);
	return put(ib1, mask, *count);
}

unsigned int soc_ib1_type(const struct soc_engine *e, u32 ib1)
{
	return get(ib1, bits(e)->type);
}

static u32 time_mask(const struct soc_engine *e, u32 ib1)
{
	return FIELD_GET(STATE, ib1) == SOC_UNB ? UNBIND_TIME : bits(e)->time;
}

/**
 * soc_stamp() - the first word of an entry, with a new time
 * @e: the engine
 * @ib1: the word
 * @now: time
 *
 * Return: the new word.
 */
u32 soc_stamp(const struct soc_engine *e, u32 ib1, u32 now)
{
	return put(ib1, time_mask(e, ib1), now);
}

/**
 * soc_idle() - how old the time in an entry is
 * @e: the engine
 * @ib1: its first word
 * @now: time
 *
 * Return: seconds, as far as the bits go.
 */
u32 soc_idle(const struct soc_engine *e, u32 ib1, u32 now)
{
	u32 mask = time_mask(e, ib1);

	return (now - get(ib1, mask)) & mask;
}

static void put_mac(u8 *mac, u32 high, u16 low)
{
	__be32 first = cpu_to_be32(high);
	__be16 last = cpu_to_be16(low);

	memcpy(mac, &first, sizeof(first));
	memcpy(mac + sizeof(first), &last, sizeof(last));
}

/* @word: the first one of what replaces the Ethernet header. */
static void decode_l2(const u32 *word, struct soc_entry *ent)
{
	ent->vid[0] = word[0];
	ent->etype = word[0] >> 16;
	ent->vid[1] = word[2];
	ent->sid = word[4];
	put_mac(ent->mac, word[1], word[2] >> 16);
	put_mac(ent->mac + ETH_ALEN, word[3], word[4] >> 16);
}

/**
 * soc_decode() - what a bound entry says
 * @e: the engine
 * @word: the entry
 * @ent: result
 */
void soc_decode(const struct soc_engine *e, const u32 *word, struct soc_entry *ent)
{
	const struct soc_bits *b = bits(e);
	bool ip6 = soc_ib1_type(e, word[0]) >= SOC_IP6_3T;
	u32 ib2 = word[(ip6 ? 0x38 : 0x10) / 4];

	memset(ent, 0, sizeof(*ent));
	ent->tags = get(word[0], b->tags);
	ent->vlan = word[0] & b->vlan;
	ent->pppoe = word[0] & b->pppoe;
	ent->ttl = word[0] & b->ttl;
	ent->out = get(ib2, b->out);
	ent->count = ib2 & b->mib;
	decode_l2(&word[(ip6 ? 0x3c : 0x2c) / 4], ent);
	ent->src = word[0x14 / 4];
	ent->dst = word[0x18 / 4];
	ent->dport = word[0x1c / 4];
	ent->sport = word[0x1c / 4] >> 16;
}
