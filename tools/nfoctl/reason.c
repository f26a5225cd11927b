// SPDX-License-Identifier: GPL-2.0-only
/* What is counted by cause: keywords and sentences, from the kernel's own lists, and the counts. */
#include <string.h>
#include <linux/nfo.h>
#include <linux/nfo_sim.h>

#include "nfoctl.h"

#define WORD(sym, key, text)	{ key, text },

static const struct word reason_words[] = { NFO_REASONS(WORD) };
static const struct word refresh_words[] = { NFO_REFRESHES(WORD) };
static const struct word punt_words[] = { NFO_SIM_PUNTS(WORD) };

const struct words reasons = { ARRAY_SIZE(reason_words), reason_words };
const struct words refreshes = { ARRAY_SIZE(refresh_words), refresh_words };
const struct words punts = { ARRAY_SIZE(punt_words), punt_words };

/* Good until the next call: a newer kernel may count by causes we have no word for. */
struct word word_of(const struct words *words, unsigned int id)
{
	static char number[NUM_LEN];

	if (id < words->n)
		return words->word[id];
	snprintf(number, sizeof(number), "unknown-%u", id);
	return (struct word) { number, "not known to this version of nfoctl" };
}

/* The other way round; false: there is no such keyword. */
bool word_id(const struct words *words, const char *key, unsigned int *id)
{
	for (*id = 0; *id < words->n; ++*id) {
		if (!strcmp(key, words->word[*id].key))
			return true;
	}
	return false;
}

/* Adds a nest of an id and a count: NFO_PORT_REASON and NFO_SIM_PORT_PUNT look the same. */
int counts_read(struct counts *c, const struct nlattr *nest)
{
	static const struct attr_policy policy[NFO_REASON_A_MAX + 1] = {
		[NFO_REASON_A_ID] = { .type = MNL_TYPE_U8 },
		[NFO_REASON_A_COUNT] = { .type = MNL_TYPE_U64 },
	};
	const struct nlattr *tb[NFO_REASON_A_MAX + 1];

	_Static_assert((int)NFO_REASON_A_ID == (int)NFO_SIM_PUNT_A_ID, "id");
	_Static_assert((int)NFO_REASON_A_COUNT == (int)NFO_SIM_PUNT_A_COUNT, "count");

	if (nest_attrs(nest, policy, tb, NFO_REASON_A_MAX))
		return -1;
	if (!tb[NFO_REASON_A_ID] || !tb[NFO_REASON_A_COUNT])
		return attrs_missing("count");
	c->count = grow(c->count, &c->cap, c->n, sizeof(*c->count));
	c->count[c->n++] = (struct count) {
		.id = attr_u8(tb[NFO_REASON_A_ID]),
		.n = attr_u64(tb[NFO_REASON_A_COUNT]),
	};
	return 0;
}

uint64_t counts_sum(const struct counts *c)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < c->n; i++)
		sum += c->count[i].n;
	return sum;
}

void counts_json(const char *key, const struct counts *c, const struct words *words)
{
	struct word word;
	size_t i;

	json_array(key);
	for (i = 0; i < c->n; i++) {
		word = word_of(words, c->count[i].id);
		json_object(NULL);
		json_str("reason", word.key);
		json_u64("count", c->count[i].n);
		json_str("text", word.text);
		json_end();
	}
	json_end();
}
