// SPDX-License-Identifier: GPL-2.0-only
/* The words of the command line. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "nfoctl.h"

/* The next word, or NULL when there is none. */
const char *arg_next(struct args *a)
{
	if (a->left <= 0)
		return NULL;
	a->left--;
	return *a->word++;
}

bool is_prefix(const char *word, const char *name)
{
	return *word && !strncmp(word, name, strlen(word));
}

/*
 * A whole word wins. Else the first verb in the table that starts with the word does, as in ip(8):
 * new verbs go to the end of a table, so a short form never changes its meaning.
 */
const struct verb *verb_find(const struct verb *verbs, size_t n, const char *word)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!strcmp(word, verbs[i].name))
			return &verbs[i];
	}
	for (i = 0; i < n; i++) {
		if (is_prefix(word, verbs[i].name))
			return &verbs[i];
	}
	return NULL;
}

/* A decimal number and nothing else: no sign, no blanks, no octal. */
bool parse_u32(const char *word, uint32_t min, uint32_t max, uint32_t *val)
{
	unsigned long long n;
	char *end;

	if (!isdigit((unsigned char)*word))
		return false;
	errno = 0;
	n = strtoull(word, &end, 10);
	if (errno || *end || n < min || n > max)
		return false;
	*val = n;
	return true;
}

/* Seconds with up to three digits behind the point, from 0.01 to a day, in milliseconds. */
bool parse_seconds(const char *word, uint32_t *ms)
{
	uint32_t unit = 1000, n = 0;
	bool point = false;

	if (!isdigit((unsigned char)*word) || strlen(word) > 9)
		return false;
	for (; *word; word++) {
		if (*word == '.' && !point && word[1]) {
			point = true;
		} else if (!isdigit((unsigned char)*word) || unit == 1) {
			return false;
		} else {
			n = n * 10 + (*word - '0');
			unit /= point ? 10 : 1;
		}
	}
	if (n > 86400000 || n * (uint64_t)unit < 10 || n * (uint64_t)unit > 86400000)
		return false;
	*ms = n * unit;
	return true;
}

/* The next word of "-i SECONDS" or "count N", each at most once; else it is not expected. */
int interval_word(struct args *a, const char *usage, uint32_t *ms, uint32_t *count)
{
	const char *key = arg_next(a), *val;
	bool interval = !strcmp(key, "-i") || !strcmp(key, "--interval");

	if (!interval && strcmp(key, "count"))
		return usage_error(usage, "\"%s\" is not expected here", key);
	if (interval ? *ms : *count)
		return usage_error(usage, "\"%s\" is given twice", key);
	val = arg_next(a);
	if (!val)
		return usage_error(usage, "\"%s\" needs a number", key);
	if (interval && !parse_seconds(val, ms))
		return usage_error(usage, "\"%s\" is no number of seconds from 0.01 to 86400", val);
	if (!interval && !parse_u32(val, 1, UINT32_MAX, count))
		return usage_error(usage, "\"%s\" is no count: a number from 1 on", val);
	return EXIT_OK;
}

/* Says what is wrong with the command line and how it is right. */
int usage_error(const char *usage, const char *fmt, ...)
{
	va_list ap;

	fputs("nfoctl: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	fputs(usage, stderr);
	return EXIT_USAGE;
}
