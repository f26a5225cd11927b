// SPDX-License-Identifier: GPL-2.0-only
/* Which entries of the table hardware uses for a flow, and which for none. */
#include <asm/byteorder.h>

#include "foe_layout.h"

/* The word of the entry that holds ports or protocol. */
static u32 l4_word(const struct foe_key *key)
{
	if (key->type == FOE_IP4_ROUTE || key->type == FOE_IP6_3T)
		return FOE_3T_FILL << 8 | key->proto;
	return (u32)be16_to_cpu(key->sport) << 16 | be16_to_cpu(key->dport);
}

static u32 mix(u32 a, u32 b, u32 c)
{
	u32 h = (a & b) | (~a & c);

	h = h << 8 | h >> 24;
	h ^= a ^ b ^ c;
	return h ^ h >> 16;
}

/**
 * foe_hash() - where in the table a flow is
 * @layout: generation
 * @key: its key
 *
 * As hardware computes it with HASH_MODE 1 and the seed that it has after reset. Hardware chooses
 * the way; any of foe_ways() from here on can be it.
 *
 * Return: index of the first way of its bucket; FOE_ENTRIES: nobody knows for this type.
 */
__u32 foe_hash(const struct foe_layout *layout, const struct foe_key *key)
{
	u32 l4 = l4_word(key), h, s[4], d[4];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		s[i] = be32_to_cpu(key->src[i]);
		d[i] = be32_to_cpu(key->dst[i]);
	}
	switch (key->type) {
	case FOE_IP4_HNAPT:
	case FOE_IP4_ROUTE:
		h = mix(l4, d[0], s[0]);
		break;
	case FOE_IP6_3T:
	case FOE_IP6_5T:
		h = mix(s[3] ^ d[3] ^ l4, s[2] ^ d[2] ^ d[0], s[1] ^ d[1] ^ s[0]);
		break;
	default:
		return FOE_ENTRIES;
	}
	return (h << layout->ways_log) & (FOE_ENTRIES - 1);
}

/**
 * foe_slot_is_static() - must hardware be kept from using an entry?
 * @layout: generation
 * @index: index of the entry
 *
 * MT7621 must not use entries that cross a multiple of 1024 bytes: eight of 128. (Linux keeps seven
 * of them from use, all but 115.) Whether MT7622 and MT7623 mind, nobody says.
 *
 * Return: true if it has to be marked as static.
 */
bool foe_slot_is_static(const struct foe_layout *layout, __u32 index)
{
	u32 size = layout->words * sizeof(u32);

	return layout->boundary && index * size % layout->boundary + size > layout->boundary;
}
