// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the SoC model's engines: tables of entries and of counters, which a driver has
 * allocated for DMA and of which the engine knows the bus address, and the cache in between.
 *
 * The bus address is the physical one: there is no IOMMU, and the CPU's caches are coherent. What
 * is not memory that somebody may have allocated is not touched, so a wrong address is an engine
 * that cannot read its table. The kernel's other memory is not told from the driver's, as in
 * hardware.
 *
 * A bound entry gets into the cache when it is hit. The engine's own changes go through to the
 * table, the CPU's are not seen before it has cleared the cache. Its bit in the entry that says
 * whether to cache is ignored, so that nobody gets away with a cache that was not cleared.
 */
#include <linux/bitfield.h>
#include <linux/bitmap.h>
#include <linux/io.h>
#include <linux/mm.h>

#include "soc.h"

#define MIB_WORDS	4

static bool is_allocated(unsigned long pfn)
{
	struct page *page;

	if (!pfn_valid(pfn))
		return false;
	page = pfn_to_page(pfn);
	return !PageReserved(page) && !PageBuddy(page) && !PageSlab(page) && !PageHighMem(page);
}

/* The first page of what was allocated is in use, the others count with it. */
static void *memory(u32 base, unsigned long len)
{
	unsigned long pfn = PHYS_PFN(base), end = PHYS_PFN((u64)base + len - 1);

	if (!base || offset_in_page(base) || !is_allocated(pfn) || !page_count(pfn_to_page(pfn)))
		return NULL;
	while (pfn <= end)
		if (!is_allocated(pfn++))
			return NULL;
	return phys_to_virt(base);
}

/**
 * soc_attach() - a register was written that says where the tables are, or of what kind
 * @e: the engine
 *
 * Version 1 has entries of 64 or 80 bytes. Context: @e->lock
 */
void soc_attach(struct soc_engine *e)
{
	u32 cfg = soc_reg(e, SOC_TB_CFG);
	const struct soc_kind *kind = e->soc->kind;
	unsigned int size = kind->entry;

	if (kind->version < 3 && !(cfg & SOC_TB_80B))
		size = 64;
	e->words = size / sizeof(u32);
	e->entries = 1024 << min_t(u32, FIELD_GET(SOC_TB_ENTRIES, cfg), 4);
	e->table = memory(soc_reg(e, SOC_TB_BASE), (unsigned long)e->entries * size);
	e->mib = NULL;
	if (kind->accounting)
		e->mib = memory(soc_reg(e, SOC_MIB_TB_BASE),
				(unsigned long)e->entries * MIB_WORDS * sizeof(u32));
	if (!e->table)
		soc_cache_clear(e);
}

static __le32 *at(const struct soc_engine *e, unsigned int index, unsigned int word)
{
	return &e->table[index * e->words + word];
}

static u32 *cache_at(const struct soc_engine *e, unsigned int index)
{
	return &e->cache[index * SOC_WORDS];
}

/**
 * soc_word() - a word of an entry, as the engine sees it
 * @e: the engine, with a table
 * @index: number of the entry
 * @word: number of the word
 *
 * Context: @e->lock. Return: the word.
 */
u32 soc_word(const struct soc_engine *e, unsigned int index, unsigned int word)
{
	if (test_bit(index, e->cached))
		return cache_at(e, index)[word];
	return le32_to_cpu(READ_ONCE(*at(e, index, word)));
}

/**
 * soc_word_swap() - change the first word of an entry, in the table and in the cache
 * @e: the engine, with a table
 * @index: number of the entry
 * @old: what the engine has seen
 * @new: what it is to be
 *
 * What the CPU has written in the meantime stays.
 *
 * Context: @e->lock. Return: whether the table was changed.
 */
bool soc_word_swap(struct soc_engine *e, unsigned int index, u32 old, u32 new)
{
	u32 *word = (__force u32 *)at(e, index, 0);
	u32 was = (__force u32)cpu_to_le32(old);

	if (test_bit(index, e->cached))
		cache_at(e, index)[0] = new;
	return cmpxchg(word, was, (__force u32)cpu_to_le32(new)) == was;
}

/**
 * soc_read() - a whole entry, as the engine sees it
 * @e: the engine, with a table
 * @index: number of the entry
 * @word: for the words
 *
 * Context: @e->lock
 */
void soc_read(const struct soc_engine *e, unsigned int index, u32 *word)
{
	unsigned int i;

	memset(word, 0, SOC_WORDS * sizeof(*word));
	for (i = 0; i < e->words; i++)
		word[i] = soc_word(e, index, i);
}

/**
 * soc_build() - write an entry that is not bound
 * @e: the engine, with a table
 * @index: number of the entry, which is not in the cache
 * @word: its first words; the others are zero
 *
 * Context: @e->lock
 */
void soc_build(struct soc_engine *e, unsigned int index, const u32 *word)
{
	unsigned int i;

	for (i = 1; i < e->words; i++)
		WRITE_ONCE(*at(e, index, i), cpu_to_le32(i <= SOC_KEY_WORDS ? word[i] : 0));
	smp_wmb();	/* who sees the new state sees the key */
	WRITE_ONCE(*at(e, index, 0), cpu_to_le32(word[0]));
}

/**
 * soc_cache_fill() - a bound entry was hit
 * @e: the engine
 * @index: number of the entry
 * @word: all of it
 *
 * Context: @e->lock
 */
void soc_cache_fill(struct soc_engine *e, unsigned int index, const u32 *word)
{
	if (!(soc_reg(e, SOC_CACHE_CTL) & SOC_CACHE_EN) || test_bit(index, e->cached))
		return;
	memcpy(cache_at(e, index), word, SOC_WORDS * sizeof(*word));
	__set_bit(index, e->cached);
}

void soc_cache_drop(struct soc_engine *e, unsigned int index)
{
	__clear_bit(index, e->cached);
}

void soc_cache_clear(struct soc_engine *e)
{
	bitmap_zero(e->cached, SOC_ENTRIES);
}

/* Two words of bytes, two of packets; before version 3, 48 and 40 bits of them. */
static void put_counts(const struct soc_engine *e, __le32 *mib, u64 bytes, u64 packets)
{
	u32 word[MIB_WORDS] = { lower_32_bits(bytes), upper_32_bits(bytes),
				lower_32_bits(packets), upper_32_bits(packets) };
	unsigned int i;

	if (e->soc->kind->version < 3) {
		word[1] = (word[1] & 0xffff) | word[2] << 16;
		word[2] = (packets >> 16) & 0xffffff;
		word[3] = 0;
	}
	for (i = 0; i < MIB_WORDS; i++)
		WRITE_ONCE(mib[i], cpu_to_le32(word[i]));
}

static void get_counts(const struct soc_engine *e, const __le32 *mib, u64 *bytes, u64 *packets)
{
	u32 word[MIB_WORDS];
	unsigned int i;

	for (i = 0; i < MIB_WORDS; i++)
		word[i] = le32_to_cpu(READ_ONCE(mib[i]));
	*bytes = word[0] | (u64)word[1] << 32;
	*packets = word[2] | (u64)word[3] << 32;
	if (e->soc->kind->version < 3) {
		*bytes &= GENMASK_ULL(47, 0);
		*packets = word[1] >> 16 | (u64)(word[2] & 0xffffff) << 16;
	}
}

/**
 * soc_mib_count() - a packet was forwarded
 * @e: the engine
 * @index: number of the entry
 * @len: layer 3 bytes of the packet as it came
 *
 * Context: @e->lock
 */
void soc_mib_count(struct soc_engine *e, unsigned int index, unsigned int len)
{
	u64 bytes, packets;
	__le32 *mib;

	if (!e->mib || !(soc_reg(e, SOC_MIB_CFG) & SOC_MIB_EN))
		return;
	mib = &e->mib[index * MIB_WORDS];
	get_counts(e, mib, &bytes, &packets);
	put_counts(e, mib, bytes + len, packets + 1);
}

/**
 * soc_mib_read() - read counters, which are words of the table
 * @e: the engine
 * @index: number of the entry
 * @clear: they are zero then
 * @word: for the words, zero where there are no counters
 *
 * Context: @e->lock
 */
void soc_mib_read(struct soc_engine *e, unsigned int index, bool clear, u32 *word)
{
	unsigned int i;
	__le32 *mib;

	memset(word, 0, MIB_WORDS * sizeof(*word));
	if (!e->mib || index >= e->entries || !(soc_reg(e, SOC_MIB_CFG) & SOC_MIB_EN))
		return;
	mib = &e->mib[index * MIB_WORDS];
	for (i = 0; i < MIB_WORDS; i++)
		word[i] = le32_to_cpu(READ_ONCE(mib[i]));
	if (clear)
		put_counts(e, mib, 0, 0);
}

/**
 * soc_used() - how many entries there are
 * @e: the engine
 *
 * An engine that is off does not look: the table may be somebody else's memory by now.
 *
 * Context: @e->lock. Return: those in the table that are not invalid.
 */
u32 soc_used(struct soc_engine *e)
{
	unsigned int i;
	u32 n = 0;

	if (!(soc_reg(e, SOC_GLO_CFG) & SOC_GLO_EN))
		return 0;
	for (i = 0; e->table && i < e->entries; i++)
		n += FIELD_GET(GENMASK(29, 28), le32_to_cpu(READ_ONCE(*at(e, i, 0)))) != SOC_INV;
	return n;
}
