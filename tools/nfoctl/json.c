// SPDX-License-Identifier: GPL-2.0-only
/*
 * A JSON writer. Output is always valid JSON in UTF-8, whatever bytes a string holds: a device may
 * be named with any of them. Printed to opt.out, with -p indented.
 */
#include <assert.h>
#include <inttypes.h>

#include "nfoctl.h"
#include "optin.h"

#define JSON_DEPTH	16

static char closing[JSON_DEPTH];
static unsigned int depth;
static bool empty = true;	/* nothing printed yet in the innermost array or object */

static void newline(void)
{
	if (opt.pretty)
		fprintf(opt.out, "\n%*s", (int)(4 * depth), "");
}

/*
 * The length of the UTF-8 sequence at @s, 0 if it is none: cut off, over long, a surrogate or
 * beyond U+10FFFF.
 */
static unsigned int utf8_len(const unsigned char *s)
{
	unsigned int n, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static void string(const char *str)
{
	const unsigned char *s = (const unsigned char *)str;
	unsigned int n;

	fputc('"', opt.out);
	while (*s) {
		n = utf8_len(s);
		if (!n)
			fputs("\\ufffd", opt.out);
		else if (*s == '"' || *s == '\\')
			fprintf(opt.out, "\\%c", *s);
		else if (*s < 0x20 || *s == 0x7f)
			fprintf(opt.out, "\\u%04x", *s);
		else
			fwrite(s, 1, n, opt.out);
		s += n ? n : 1;
	}
	fputc('"', opt.out);
}

static void begin(const char *key)
{
	if (!empty)
		fputc(',', opt.out);
	if (depth)
		newline();
	empty = false;
	if (key) {
		string(key);
		fputs(opt.pretty ? ": " : ":", opt.out);
	}
}

static void push(const char *key, char opening, char close)
{
	assert(depth < JSON_DEPTH);
	begin(key);
	fputc(opening, opt.out);
	closing[depth++] = close;
	empty = true;
}

void json_array(const char *key)
{
	push(key, '[', ']');
}

void json_object(const char *key)
{
	push(key, '{', '}');
}

/* Ends the innermost array or object; the outermost one ends the line as well. */
void json_end(void)
{
	assert(depth);
	depth--;
	if (!empty)
		newline();
	fputc(closing[depth], opt.out);
	empty = !depth;
	if (!depth)
		fputc('\n', opt.out);
}

void json_u64(const char *key, uint64_t val)
{
	begin(key);
	fprintf(opt.out, "%" PRIu64, val);
}

void json_str(const char *key, const char *val)
{
	begin(key);
	string(val);
}

void json_bool(const char *key, bool val)
{
	begin(key);
	fputs(val ? "true" : "false", opt.out);
}

void json_null(const char *key)
{
	begin(key);
	fputs("null", opt.out);
}

/* An array of words: 1 << enum nfo_optin. */
void json_optins(const char *key, uint32_t bits)
{
	char text[OPTINS_TEXT];
	unsigned int i;

	json_array(key);
	for (i = 0; i < 32; i++) {
		if (bits & 1u << i)
			json_str(NULL, optins_text(text, 1u << i, ""));
	}
	json_end();
}
