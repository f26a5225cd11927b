/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the fields of FOE entries are. Only for the codec and its test: whoever else looks at an
 * entry decodes it.
 */
#ifndef _NFO_FOE_LAYOUT_H
#define _NFO_FOE_LAYOUT_H

#include "foe.h"

#define FOE_TYPES	8	/* enum foe_type, with gaps */
#define FOE_ADDR_WORDS	4

enum foe_field_id {
	/* word 0 (IB1), whatever the state */
	FOE_F_STATE,
	FOE_F_TYPE,
	FOE_F_UDP,
	FOE_F_STATIC,

	/* what hardware compares; an IPv4 address is in the first of the words */
	FOE_F_SRC,
	FOE_F_SRC_END = FOE_F_SRC + FOE_ADDR_WORDS - 1,
	FOE_F_DST,
	FOE_F_DST_END = FOE_F_DST + FOE_ADDR_WORDS - 1,
	FOE_F_SPORT,
	FOE_F_DPORT,
	FOE_F_PROTO,
	FOE_F_FILL,		/* a constant, next to FOE_F_PROTO */

	/* word 0 as long as it is not bound */
	FOE_F_SEEN,
	FOE_F_PACKETS,
	FOE_F_PREBIND,

	/* word 0 when it is bound, or was */
	FOE_F_TIME,
	FOE_F_KEEPALIVE,
	FOE_F_LAYERS,
	FOE_F_PPPOE,
	FOE_F_VLAN_TAG,
	FOE_F_CACHE,
	FOE_F_TTL,

	/* what becomes of addresses and ports */
	FOE_F_NEW_SRC,
	FOE_F_NEW_DST,
	FOE_F_NEW_SPORT,
	FOE_F_NEW_DPORT,

	/* outer header */
	FOE_F_TUN_SRC,
	FOE_F_TUN_SRC_END = FOE_F_TUN_SRC + FOE_ADDR_WORDS - 1,
	FOE_F_TUN_DST,
	FOE_F_TUN_DST_END = FOE_F_TUN_DST + FOE_ADDR_WORDS - 1,
	FOE_F_TUN_LABEL,
	FOE_F_TUN_PRIORITY,
	FOE_F_TUN_TTL,

	/* IB2 */
	FOE_F_QUEUE,
	FOE_F_USE_QUEUE,
	FOE_F_PORT,
	FOE_F_MULTICAST,
	FOE_F_COUNTED,
	FOE_F_METER,
	FOE_F_ACCOUNT,

	/* what is put before the network header */
	FOE_F_VLAN0,
	FOE_F_VLAN1,
	FOE_F_ETYPE,
	FOE_F_DMAC_HIGH,	/* the first four bytes */
	FOE_F_DMAC_LOW,
	FOE_F_SMAC_HIGH,
	FOE_F_SMAC_LOW,
	FOE_F_SID,

	FOE_FIELDS,
};

#define FOE_F_KEY	FOE_F_SRC	/* the first of them, and the first that is not */
#define FOE_F_KEY_END	FOE_F_SEEN
#define FOE_F_BOUND	FOE_F_TIME	/* from here on they are of bound entries */

/**
 * struct foe_field - where a field is
 * @word: index of its word
 * @shift: its lowest bit
 * @width: how many bits; 0: there is no such field
 */
struct foe_field {
	u8 word;
	u8 shift;
	u8 width;
};

/**
 * struct foe_form - an entry of one type
 * @field: by enum foe_field_id
 */
struct foe_form {
	struct foe_field field[FOE_FIELDS];
};

/**
 * struct foe_layout - entries of one generation
 * @form: by enum foe_type; FOE_F_SRC is in all that exist
 * @words: of an entry
 * @ways_log: logarithm of the number of ways of a bucket
 * @boundary: no entry that hardware uses may cross a multiple of so many bytes; 0: any may
 * @account: accounting group "none"
 */
struct foe_layout {
	struct foe_form form[FOE_TYPES];
	u8 words;
	u8 ways_log;
	u16 boundary;
	u8 account;
};

/* NULL: there is no such type. */
static inline const struct foe_form *foe_form(const struct foe_layout *layout, u32 type)
{
	if (type >= FOE_TYPES || !layout->form[type].field[FOE_F_SRC].width)
		return NULL;
	return &layout->form[type];
}

/* IB1 is the same in all types. */
static inline const struct foe_field *foe_ib1(const struct foe_layout *layout,
					      enum foe_field_id id)
{
	return &layout->form[FOE_IP4_HNAPT].field[id];
}

static inline u32 foe_mask(const struct foe_field *field)
{
	return field->width == 32 ? ~0U : (1U << field->width) - 1;
}

/* A field that does not exist is 0. */
static inline u32 foe_get(const struct foe_field *field, const u32 *words)
{
	return words[field->word] >> field->shift & foe_mask(field);
}

#endif /* _NFO_FOE_LAYOUT_H */
