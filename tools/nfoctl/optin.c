// SPDX-License-Identifier: GPL-2.0-only
/* Words of what an administrator allows, from the kernel's own list. */
#include <stdio.h>
#include <string.h>

#include "optin.h"

#define NAME(sym, key, text)	[NFO_OPTIN_##sym] = key,
#define MORE(sym, key, text)	", " key

static const char *const names[] = { NFO_OPTINS(NAME) };

#define N_NAMES	(sizeof(names) / sizeof(names[0]))

/* NULL: there is no such bit, or one of a newer kernel. */
const char *optin_name(unsigned int i)
{
	return i < N_NAMES ? names[i] : NULL;
}

/* For messages: all the words there are. */
const char *optin_names(void)
{
	static const char all[] = NFO_OPTINS(MORE);

	return all + strlen(", ");
}

static bool bit_of(const char *word, size_t len, uint32_t *bit)
{
	unsigned int i;

	for (i = 0; i < N_NAMES; i++) {
		if (strlen(names[i]) == len && !memcmp(names[i], word, len)) {
			*bit = 1u << i;
			return true;
		}
	}
	return false;
}

/*
 * One word into @o; a sign says that only this bit is meant. All words have one, or none: then the
 * bits of other words are taken away.
 */
static bool read_word(struct optins *o, const char *word, size_t len, bool with_sign)
{
	bool sign = len && (*word == '+' || *word == '-');
	uint32_t bit;

	if (sign != with_sign || !bit_of(word + sign, len - sign, &bit))
		return false;
	if (!sign || *word == '+')
		o->bits |= bit;
	else
		o->bits &= ~bit;
	o->mask |= bit;
	return true;
}

/*
 * "none", or words with commas between; with @signs also +WORD and -WORD. false: one is wrong, and is
 * in @bad.
 */
bool optins_read(struct optins *o, const char *text, bool signs, char bad[OPTINS_TEXT])
{
	bool with_sign = signs && (*text == '+' || *text == '-');
	size_t len;

	*o = (struct optins) { 0 };
	if (strcmp(text, "none")) {
		for (;; text += len + 1) {
			len = strcspn(text, ",");
			if (!read_word(o, text, len, with_sign)) {
				snprintf(bad, OPTINS_TEXT, "%.*s", (int)(len < 60 ? len : 60), text);
				return false;
			}
			if (!text[len])
				break;
		}
	}
	if (!with_sign)
		o->mask = UINT32_MAX;
	return true;
}

/* The words of @bits with @sep between, those of a newer kernel as numbers; "none". */
const char *optins_text(char buf[OPTINS_TEXT], uint32_t bits, const char *sep)
{
	size_t n = 0;
	unsigned int i;

	snprintf(buf, OPTINS_TEXT, "none");
	for (i = 0; i < 32 && n < OPTINS_TEXT; i++) {
		if (!(bits & 1u << i))
			continue;
		n += optin_name(i) ?
		     snprintf(buf + n, OPTINS_TEXT - n, "%s%s", n ? sep : "", names[i]) :
		     snprintf(buf + n, OPTINS_TEXT - n, "%sunknown-%u", n ? sep : "", i);
	}
	return buf;
}
