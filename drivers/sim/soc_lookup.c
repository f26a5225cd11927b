// SPDX-License-Identifier: GPL-2.0-only
/*
 * How an engine of the SoC model finds the entry for a packet, and builds one if there is none.
 *
 * Where the facts leave it open: an entry counts packets since it was built, the first one
 * included, and one that reaches BIND_RATE.BIND, or comes later, has the reason for it. So a flow
 * that is slower than that within UNBIND_AGE is never reported: its entry goes and another one
 * comes. FIN and RST in a bound connection put the entry into state FIN, in which packets are the
 * CPU's. Limits of how full the table is have no influence.
 */
#include <linux/bitfield.h>

#include "soc.h"

#define STATE	GENMASK(29, 28)
#define UDP	BIT(30)
#define STATIC	BIT(31)
#define NONE	NFO_PPE_NO_ENTRY

static unsigned int state_of(u32 ib1)
{
	return FIELD_GET(STATE, ib1);
}

static enum soc_reason unreadable(struct soc_engine *e)
{
	atomic64_inc(&e->soc->sim->faults.failed);
	return SOC_UNHIT;
}

/* Some chips cannot use an entry that crosses a row of memory: the driver must not let them. */
static bool is_garbage(const struct soc_engine *e, unsigned int index)
{
	unsigned int size = e->words * sizeof(u32);

	if (!e->soc->kind->rows || index * size / 1024 == ((index + 1) * size - 1) / 1024)
		return false;
	atomic64_inc(&e->soc->sim->faults.failed);
	return true;
}

static bool matches(const struct soc_engine *e, const struct soc_pkt *pkt, unsigned int index,
		    u32 ib1)
{
	unsigned int i;

	if (soc_ib1_type(e, ib1) != pkt->type || !(ib1 & UDP) != !pkt->udp)
		return false;
	for (i = 0; i < pkt->keys; i++)
		if (soc_word(e, index, i + 1) != pkt->key[i])
			return false;
	return true;
}

static bool is_old(const struct soc_engine *e, u32 ib1)
{
	u32 age = FIELD_GET(SOC_UNBIND_DELTA, soc_reg(e, SOC_UNBIND_AGE));

	return state_of(ib1) == SOC_UNB && age && soc_reg(e, SOC_TB_CFG) & SOC_TB_AGE_UNBIND &&
	       soc_idle(e, ib1, soc_now(e->soc)) > age;
}

static enum soc_reason by_rate(const struct soc_engine *e, u32 count)
{
	u32 rate = FIELD_GET(SOC_BIND_RATE_BIND, soc_reg(e, SOC_BIND_RATE));

	return count >= rate ? SOC_UNBIND_RATE : SOC_UNBIND;
}

static enum soc_reason hit_unbound(struct soc_engine *e, const struct soc_pkt *pkt,
				   unsigned int index, u32 ib1)
{
	u32 count, new;

	if (pkt->end)
		return SOC_TCP_END;
	if (state_of(ib1) != SOC_UNB)
		return SOC_UNBIND;
	new = soc_unbind_count(e, ib1, &count);
	soc_word_swap(e, index, ib1, new);
	return by_rate(e, count);
}

static enum soc_reason hit_bound(struct soc_engine *e, const struct soc_pkt *pkt, u32 ib1,
				 struct soc_hit *hit)
{
	if (pkt->end) {
		if (pkt->fin) {
			soc_word_swap(e, hit->index, ib1, ib1 | STATE);
			soc_cache_drop(e, hit->index);
		}
		return SOC_BIND_TCP_END;
	}
	soc_read(e, hit->index, hit->word);
	/* the CPU may have written since */
	if (state_of(hit->word[0]) != SOC_BND)
		return SOC_UNBIND;
	soc_cache_fill(e, hit->index, hit->word);
	return SOC_FORWARD;
}

static enum soc_reason hit_entry(struct soc_engine *e, const struct soc_pkt *pkt, u32 ib1,
				 struct soc_hit *hit)
{
	if (state_of(ib1) == SOC_BND)
		return hit_bound(e, pkt, ib1, hit);
	return hit_unbound(e, pkt, hit->index, ib1);
}

static enum soc_reason miss(struct soc_engine *e, const struct soc_pkt *pkt, unsigned int room,
			    struct soc_hit *hit)
{
	u32 action = FIELD_GET(SOC_TB_MISS, soc_reg(e, SOC_TB_CFG));
	u32 word[SOC_KEY_WORDS + 1] = {};

	if (pkt->end)
		return SOC_TCP_END;
	if (action == SOC_MISS_DROP)
		return SOC_DROP;
	if (action != SOC_MISS_BUILD)
		return SOC_NO_FLOW;
	if (room == NONE)
		return SOC_UNHIT;
	word[0] = soc_unbind(e, pkt, soc_now(e->soc));
	memcpy(word + 1, pkt->key, sizeof(pkt->key));
	soc_build(e, room, word);
	hit->index = room;
	return by_rate(e, 1);
}

static enum soc_reason lookup(struct soc_engine *e, const struct soc_pkt *pkt,
			      struct soc_hit *hit)
{
	unsigned int i, index, room = NONE;
	u32 ib1;

	/* entries of 64 bytes have no room for IPv6 */
	if (!e->table || READ_ONCE(e->soc->table_error) || (pkt->ip6 && e->words <= 16))
		return unreadable(e);
	for (i = 0; i < e->soc->kind->ways; i++) {
		index = soc_hash(e, pkt) + i;
		ib1 = soc_word(e, index, 0);
		if (ib1 & STATIC || is_garbage(e, index))
			continue;
		if (state_of(ib1) != SOC_INV && matches(e, pkt, index, ib1)) {
			hit->index = index;
			return hit_entry(e, pkt, ib1, hit);
		}
		if (room == NONE && (state_of(ib1) == SOC_INV || is_old(e, ib1)))
			room = index;
	}
	return miss(e, pkt, room, hit);
}

/**
 * soc_lookup() - find the entry for a packet
 * @e: the engine
 * @pkt: the packet
 * @hit: the entry, if it is bound; else only its number, if there is one
 *
 * Return: SOC_FORWARD if it is bound, else why the packet is the CPU's.
 */
enum soc_reason soc_lookup(struct soc_engine *e, const struct soc_pkt *pkt, struct soc_hit *hit)
{
	enum soc_reason reason;

	hit->index = NONE;
	spin_lock(&e->lock);
	reason = lookup(e, pkt, hit);
	spin_unlock(&e->lock);
	return reason;
}

/**
 * soc_hit() - a packet is forwarded by an entry
 * @e: the engine
 * @hit: the entry
 * @count: it wants to be counted
 * @len: layer 3 bytes of the packet as it came
 *
 * The new time goes through to the table, unless the entry there is another one by now.
 */
void soc_hit(struct soc_engine *e, const struct soc_hit *hit, bool count, unsigned int len)
{
	u32 ib1;

	spin_lock(&e->lock);
	if (e->table) {
		ib1 = soc_word(e, hit->index, 0);
		if (state_of(ib1) == SOC_BND)
			soc_word_swap(e, hit->index, ib1, soc_stamp(e, ib1, soc_now(e->soc)));
		if (count)
			soc_mib_count(e, hit->index, len);
	}
	spin_unlock(&e->lock);
}
