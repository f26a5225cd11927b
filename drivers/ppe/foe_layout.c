// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the fields of FOE entries are, in each generation and type. A field is { word, lowest bit,
 * number of bits }.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "foe_layout.h"

/* IB1. The views of bound and unbound entries share their bits. */
#define IB1_V1							\
	[FOE_F_SEEN] = { 0, 0, 8 },				\
	[FOE_F_PACKETS] = { 0, 8, 16 },				\
	[FOE_F_PREBIND] = { 0, 24, 1 },				\
	[FOE_F_TIME] = { 0, 0, 15 },				\
	[FOE_F_KEEPALIVE] = { 0, 15, 1 },			\
	[FOE_F_LAYERS] = { 0, 16, 3 },				\
	[FOE_F_PPPOE] = { 0, 19, 1 },				\
	[FOE_F_VLAN_TAG] = { 0, 20, 1 },			\
	[FOE_F_CACHE] = { 0, 22, 1 },				\
	[FOE_F_TTL] = { 0, 24, 1 },				\
	[FOE_F_TYPE] = { 0, 25, 3 },				\
	[FOE_F_STATE] = { 0, 28, 2 },				\
	[FOE_F_UDP] = { 0, 30, 1 },				\
	[FOE_F_STATIC] = { 0, 31, 1 }

/*
 * The type has grown down to bit 23, so the number of packets cannot be where it was: this is how
 * the vendor's own driver reads unbound entries.
 */
#define IB1_V2							\
	[FOE_F_SEEN] = { 0, 0, 8 },				\
	[FOE_F_PACKETS] = { 0, 12, 8 },				\
	[FOE_F_PREBIND] = { 0, 22, 1 },				\
	[FOE_F_TIME] = { 0, 0, 8 },				\
	[FOE_F_KEEPALIVE] = { 0, 13, 1 },			\
	[FOE_F_LAYERS] = { 0, 14, 3 },				\
	[FOE_F_PPPOE] = { 0, 17, 1 },				\
	[FOE_F_VLAN_TAG] = { 0, 18, 1 },			\
	[FOE_F_CACHE] = { 0, 20, 1 },				\
	[FOE_F_TTL] = { 0, 22, 1 },				\
	[FOE_F_TYPE] = { 0, 23, 5 },				\
	[FOE_F_STATE] = { 0, 28, 2 },				\
	[FOE_F_UDP] = { 0, 30, 1 },				\
	[FOE_F_STATIC] = { 0, 31, 1 }

/* IB2, in word @w */
#define IB2_V1(w)						\
	[FOE_F_QUEUE] = { w, 0, 4 },				\
	[FOE_F_USE_QUEUE] = { w, 4, 1 },			\
	[FOE_F_PORT] = { w, 5, 3 },				\
	[FOE_F_MULTICAST] = { w, 8, 1 },			\
	[FOE_F_COUNTED] = { w, 10, 1 },				\
	[FOE_F_METER] = { w, 12, 6 },				\
	[FOE_F_ACCOUNT] = { w, 18, 6 }

#define IB2_V2(w)						\
	[FOE_F_QUEUE] = { w, 0, 7 },				\
	[FOE_F_METER] = { w, 7, 1 },				\
	[FOE_F_USE_QUEUE] = { w, 8, 1 },			\
	[FOE_F_PORT] = { w, 9, 4 },				\
	[FOE_F_MULTICAST] = { w, 13, 1 },			\
	[FOE_F_COUNTED] = { w, 15, 1 },				\
	[FOE_F_ACCOUNT] = { w, 20, 4 }

/* MAC block, from word @w on */
#define MAC(w)							\
	[FOE_F_VLAN0] = { w, 0, 16 },				\
	[FOE_F_ETYPE] = { w, 16, 16 },				\
	[FOE_F_DMAC_HIGH] = { (w) + 1, 0, 32 },			\
	[FOE_F_VLAN1] = { (w) + 2, 0, 16 },			\
	[FOE_F_DMAC_LOW] = { (w) + 2, 16, 16 },			\
	[FOE_F_SMAC_HIGH] = { (w) + 3, 0, 32 },			\
	[FOE_F_SID] = { (w) + 4, 0, 16 },			\
	[FOE_F_SMAC_LOW] = { (w) + 4, 16, 16 }

/* Keys */
#define ADDRS4							\
	[FOE_F_SRC] = { 1, 0, 32 },				\
	[FOE_F_DST] = { 2, 0, 32 }

#define ADDR6(id, w)						\
	[id] = { w, 0, 32 },					\
	[(id) + 1] = { (w) + 1, 0, 32 },			\
	[(id) + 2] = { (w) + 2, 0, 32 },			\
	[(id) + 3] = { (w) + 3, 0, 32 }

#define ADDRS6	ADDR6(FOE_F_SRC, 1), ADDR6(FOE_F_DST, 5)

#define PORTS(w)						\
	[FOE_F_DPORT] = { w, 0, 16 },				\
	[FOE_F_SPORT] = { w, 16, 16 }

#define PROTO(w)						\
	[FOE_F_PROTO] = { w, 0, 8 },				\
	[FOE_F_FILL] = { w, 8, 24 }

#define NAT							\
	[FOE_F_NEW_SRC] = { 5, 0, 32 },				\
	[FOE_F_NEW_DST] = { 6, 0, 32 },				\
	[FOE_F_NEW_DPORT] = { 7, 0, 16 },			\
	[FOE_F_NEW_SPORT] = { 7, 16, 16 }

/* Outer headers */
#define TUNNEL6							\
	ADDR6(FOE_F_TUN_SRC, 4), ADDR6(FOE_F_TUN_DST, 8),	\
	[FOE_F_TUN_LABEL] = { 12, 0, 24 },			\
	[FOE_F_TUN_PRIORITY] = { 12, 24, 8 }

#define TUNNEL4							\
	[FOE_F_TUN_SRC] = { 10, 0, 32 },			\
	[FOE_F_TUN_DST] = { 11, 0, 32 },			\
	[FOE_F_TUN_PRIORITY] = { 12, 16, 8 },			\
	[FOE_F_TUN_TTL] = { 12, 24, 8 }

/* All types of a generation; they differ between generations in IB1 and IB2 only. */
#define FORMS(ib1, ib2) {								\
	[FOE_IP4_HNAPT] = { { ib1, ADDRS4, PORTS(3), NAT, ib2(4), MAC(11) } },		\
	[FOE_IP4_ROUTE] = { { ib1, ADDRS4, PROTO(3), ib2(4), MAC(11) } },		\
	[FOE_DSLITE] = { { ib1, ADDRS4, PORTS(3), TUNNEL6, ib2(14), MAC(15) } },	\
	[FOE_IP6_3T] = { { ib1, ADDRS6, PROTO(9), ib2(14), MAC(15) } },			\
	[FOE_IP6_5T] = { { ib1, ADDRS6, PORTS(9), ib2(14), MAC(15) } },			\
	[FOE_6RD] = { { ib1, ADDRS6, PORTS(9), TUNNEL4, ib2(14), MAC(15) } },		\
}

static const struct foe_layout layouts[FOE_GENS] = {
	[FOE_V1] = {
		.form = FORMS(IB1_V1, IB2_V1),
		.words = 20,
		.ways_log = 1,
		.boundary = 1024,
		.account = 0x1f,
	},
	[FOE_V2] = {
		.form = FORMS(IB1_V2, IB2_V2),
		.words = 24,
		.ways_log = 2,
		.account = 0xf,
	},
	[FOE_V3] = {
		.form = FORMS(IB1_V2, IB2_V2),
		.words = 32,
		.ways_log = 2,
		.account = 0xf,
	},
};

/**
 * foe_layout() - how entries of a generation are laid out
 * @gen: the generation
 *
 * Return: the layout, NULL if there is no such generation.
 */
const struct foe_layout *foe_layout(enum foe_gen gen)
{
	return (unsigned int)gen < FOE_GENS ? &layouts[gen] : NULL;
}

/* Marks the bits of a field as @used. False: they were, or it does not fit. */
static bool claim(const struct foe_field *field, unsigned int words, u32 *used)
{
	u32 bits;

	if (!field->width)
		return true;
	if (field->word >= words || field->shift + field->width > 32)
		return false;
	bits = foe_mask(field) << field->shift;
	if (used[field->word] & bits)
		return false;
	used[field->word] |= bits;
	return true;
}

/* A view is all fields but those from @skip to @skip_end - 1. */
static bool view_fits(const struct foe_form *form, unsigned int words, unsigned int skip,
		      unsigned int skip_end)
{
	u32 used[FOE_WORDS_MAX] = {};
	unsigned int id;

	for (id = 0; id < FOE_FIELDS; id++)
		if ((id < skip || id >= skip_end) && !claim(&form->field[id], words, used))
			return false;
	return true;
}

static bool same_ib1(const struct foe_layout *layout, const struct foe_form *form)
{
	const struct foe_field *first = layout->form[FOE_IP4_HNAPT].field;
	unsigned int id;

	for (id = 0; id < FOE_FIELDS; id++)
		if ((id < FOE_F_KEY || (id >= FOE_F_KEY_END && id < FOE_F_NEW_SRC)) &&
		    memcmp(&form->field[id], &first[id], sizeof(*first)))
			return false;
	return true;
}

/**
 * foe_layout_check() - is a layout sound?
 * @layout: the layout
 *
 * Return: 0, -EINVAL if fields of one type overlap, do not fit an entry, or IB1 is not the same in
 * all types.
 */
int foe_layout_check(const struct foe_layout *layout)
{
	const struct foe_form *form;
	unsigned int type;

	if (layout->words > FOE_WORDS_MAX || !foe_form(layout, FOE_IP4_HNAPT))
		return -EINVAL;
	for (type = 0; type < FOE_TYPES; type++) {
		form = foe_form(layout, type);
		if (!form)
			continue;
		if (!same_ib1(layout, form) ||
		    !view_fits(form, layout->words, FOE_F_BOUND, FOE_FIELDS) ||
		    !view_fits(form, layout->words, FOE_F_KEY_END, FOE_F_BOUND))
			return -EINVAL;
	}
	return 0;
}

/**
 * foe_words() - length of an entry
 * @layout: generation
 *
 * Return: 32-bit words.
 */
unsigned int foe_words(const struct foe_layout *layout)
{
	return layout->words;
}

/**
 * foe_ways() - how many entries there are with the same hash
 * @layout: generation
 *
 * Return: ways of a bucket.
 */
unsigned int foe_ways(const struct foe_layout *layout)
{
	return 1U << layout->ways_log;
}
