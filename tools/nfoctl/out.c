// SPDX-License-Identifier: GPL-2.0-only
/* Messages, colour, tables and numbers for people. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nfoctl.h"

struct options opt;

static const char *const escapes[] = {
	[COLOR_NONE] = "",
	[COLOR_HEAD] = "\033[1m",
	[COLOR_DEV] = "\033[36m",
	[COLOR_ADDR4] = "\033[35m",
	[COLOR_ADDR6] = "\033[34m",
	[COLOR_GOOD] = "\033[32m",
	[COLOR_WARN] = "\033[33m",
	[COLOR_BAD] = "\033[31m",
};

static void __attribute__((format(printf, 2, 0)))
message(const char *prefix, const char *fmt, va_list ap)
{
	fflush(opt.out);
	fputs(prefix, stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

/* Says why nothing came of it; returns the exit code that goes with it. */
int refuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message("nfoctl: ", fmt, ap);
	va_end(ap);
	return EXIT_REFUSED;
}

/* The same without our name before it: FILE:LINE: is what the reader looks for. */
void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message("", fmt, ap);
	va_end(ap);
}

void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	message("nfoctl: note: ", fmt, ap);
	va_end(ap);
}

static void *checked(void *p)
{
	if (!p)
		exit(refuse("out of memory"));
	return p;
}

void *xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size));
}

/* Room for one more element of @size in an array with @used of *@cap elements. */
void *grow(void *p, size_t *cap, size_t used, size_t size)
{
	if (used < *cap)
		return p;
	*cap = *cap ? 2 * *cap : 16;
	return checked(reallocarray(p, *cap, size));
}

bool color_wanted(enum color_when when, bool tty)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	return tty && !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
}

/* A name may hold any byte: none of them shall move the cursor of the terminal. */
static void clean(char *s)
{
	unsigned char *c = (unsigned char *)s;

	for (; *c; c++) {
		if (*c < 0x20 || *c == 0x7f)
			*c = '?';
		else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
			c[0] = c[1] = '?';
	}
}

static char * __attribute__((format(printf, 1, 0)))
format(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	clean(checked(text));
	return text;
}

static void put(enum color color, const char *text)
{
	if (opt.color && color != COLOR_NONE)
		fprintf(opt.out, "%s%s\033[0m", escapes[color], text);
	else
		fputs(text, opt.out);
}

/* Part of a line. Line ends are not for @fmt: they would be cleaned away. */
void print(enum color color, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = format(fmt, ap);
	va_end(ap);
	put(color, text);
	free(text);
}

void table_init(struct table *t, const char *indent, const char *const *heads,
		unsigned int ncols, unsigned int right)
{
	*t = (struct table) {
		.indent = indent,
		.heads = heads,
		.ncols = ncols,
		.right = right,
	};
}

static void add_cell(struct table *t, enum color color, bool is_note, char *text)
{
	t->cells = grow(t->cells, &t->cap, t->ncells, sizeof(*t->cells));
	t->cells[t->ncells++] = (struct cell) { .text = text, .color = color, .note = is_note };
}

/* The next cell, row by row. */
void table_cell(struct table *t, enum color color, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_cell(t, color, false, format(fmt, ap));
	va_end(ap);
}

/* A line below the row just filled. */
void table_note(struct table *t, enum color color, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_cell(t, color, true, format(fmt, ap));
	va_end(ap);
}

/* Columns @s takes on the terminal: UTF-8 continuation bytes take none. */
static int width(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void put_cell(const struct table *t, unsigned int col, const int *widths,
		     enum color color, const char *text)
{
	int pad = widths[col] - width(text);

	fprintf(opt.out, "%s%*s", col ? "  " : t->indent, t->right & 1u << col ? pad : 0, "");
	put(color, text);
	if (col == t->ncols - 1)
		fputc('\n', opt.out);
	else if (!(t->right & 1u << col))
		fprintf(opt.out, "%*s", pad, "");
}

static void measure(const struct table *t, int *widths)
{
	unsigned int col;
	size_t i;
	int w;

	for (col = 0; col < t->ncols; col++)
		widths[col] = t->heads[0] ? width(t->heads[col]) : 0;
	for (i = 0, col = 0; i < t->ncells; i++) {
		if (t->cells[i].note)
			continue;
		w = width(t->cells[i].text);
		if (w > widths[col])
			widths[col] = w;
		col = (col + 1) % t->ncols;
	}
}

/* Prints and empties the table. */
void table_flush(struct table *t)
{
	int widths[TABLE_COLS];
	unsigned int col;
	size_t i;

	measure(t, widths);
	for (col = 0; t->heads[0] && col < t->ncols; col++)
		put_cell(t, col, widths, COLOR_HEAD, t->heads[col]);
	for (i = 0, col = 0; i < t->ncells; i++) {
		struct cell *c = &t->cells[i];

		if (c->note) {
			fprintf(opt.out, "%s    ", t->indent);
			put(c->color, c->text);
			fputc('\n', opt.out);
		} else {
			put_cell(t, col, widths, c->color, c->text);
			col = (col + 1) % t->ncols;
		}
		free(c->text);
	}
	free(t->cells);
	t->cells = NULL;
	t->ncells = 0;
	t->cap = 0;
}

/* With -s every digit; else at most four, as in 9999, 12.3K, 456M. */
const char *human_count(char buf[NUM_LEN], uint64_t n)
{
	static const char units[] = "KMGTPE";
	uint64_t unit = 1000;
	unsigned int i = 0;

	if (opt.stats || n < 10000) {
		snprintf(buf, NUM_LEN, "%" PRIu64, n);
		return buf;
	}
	while (n / unit >= 1000 && units[i + 1]) {
		unit *= 1000;
		i++;
	}
	/* cut, not rounded: 999999 is not yet 1M */
	if (n / unit < 100)
		snprintf(buf, NUM_LEN, "%" PRIu64 ".%" PRIu64 "%c", n / unit,
			 n % unit / (unit / 10), units[i]);
	else
		snprintf(buf, NUM_LEN, "%" PRIu64 "%c", n / unit, units[i]);
	return buf;
}

const char *human_ms(char buf[NUM_LEN], uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (s < 10)
		snprintf(buf, NUM_LEN, "%" PRIu64 ".%" PRIu64 "s", s, ms % 1000 / 100);
	else if (s < 60)
		snprintf(buf, NUM_LEN, "%" PRIu64 "s", s);
	else if (s < 3600)
		snprintf(buf, NUM_LEN, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
	else
		snprintf(buf, NUM_LEN, "%" PRIu64 "h%02" PRIu64 "m", s / 3600, s / 60 % 60);
	return buf;
}

/* Rounded down; counters that stand for terabits do not overflow. */
uint64_t per_second(uint64_t n, uint64_t ms)
{
	return ms ? (unsigned __int128)n * 1000 / ms : 0;
}

uint64_t wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The time of day: 23:59:59.123 */
const char *wall_text(char buf[WHEN_LEN])
{
	uint64_t ms = wall_ms();
	time_t s = ms / 1000;
	struct tm tm;
	size_t n;

	n = strftime(buf, WHEN_LEN, "%H:%M:%S", localtime_r(&s, &tm));
	snprintf(buf + n, WHEN_LEN - n, ".%03u", (unsigned int)(ms % 1000));
	return buf;
}

/*
 * Nothing is lost in silence: a full disk or a closed output turns @rc into a failure. A reader
 * who closed the pipe early, like head(1), knows: SIGPIPE has ended us before we come here.
 */
int out_close(int rc)
{
	bool failed = ferror(opt.out);

	errno = 0;
	if (!fclose(opt.out) && !failed)
		return rc;
	fprintf(stderr, "nfoctl: cannot write the output%s%s\n", errno ? ": " : "",
		errno ? strerror(errno) : "");
	return EXIT_REFUSED;
}
