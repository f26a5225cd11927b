// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy file: one setting per line, "#" begins a comment. Nothing here prints, allocates or
 * asks the kernel; every mistake goes to the caller's function, with what would be right.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>

#include "policy.h"

#define ERROR_LEN	256

struct parser {
	struct policy *p;
	policy_error error;
	void *data;
	bool change;		/* one setting is replaced, not a whole file read */
	unsigned int line;
	unsigned int errors;
	const char *field;
	const char *const *word;	/* of the setting; word[0] is the field */
	size_t nwords;
	size_t next;
};

/* Numbers are decimal; a mark may be hexadecimal, a number of bytes may have a unit. */
enum number {
	NUMBER_PLAIN,
	NUMBER_UNIT,
	NUMBER_HEX,
};

static const char *const shapers[] = {
	[NFO_SHAPER_WARN] = "warn",
	[NFO_SHAPER_REFUSE] = "refuse",
	[NFO_SHAPER_IGNORE] = "ignore",
};

#define SHAPERS	"it is warn, refuse or ignore"

static void __attribute__((format(printf, 2, 3)))
wrong(struct parser *ps, const char *fmt, ...)
{
	char text[ERROR_LEN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ps->errors++;
	ps->error(ps->data, ps->line, ps->field, text);
}

static const char *next_word(struct parser *ps)
{
	return ps->next < ps->nwords ? ps->word[ps->next++] : NULL;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool add_digit(uint64_t *n, unsigned int base, int digit)
{
	return !__builtin_mul_overflow(*n, (uint64_t)base, n) &&
	       !__builtin_add_overflow(*n, (uint64_t)digit, n);
}

/* k, M and G are powers of 1024, as tc(8) has them for sizes. */
static bool apply_unit(uint64_t *n, const char *unit)
{
	uint64_t factor = 1;

	if (!strcmp(unit, "k") || !strcmp(unit, "K"))
		factor = 1ull << 10;
	else if (!strcmp(unit, "M"))
		factor = 1ull << 20;
	else if (!strcmp(unit, "G"))
		factor = 1ull << 30;
	else if (*unit)
		return false;
	return !__builtin_mul_overflow(*n, factor, n);
}

/* A number that ends where the word does: no sign, no blanks, no octal. */
static bool read_number(const char *s, enum number form, uint64_t max, uint64_t *val)
{
	unsigned int base = 10;
	uint64_t n = 0;
	int digit;

	if (form == NUMBER_HEX && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	}
	digit = digit_of(*s);
	if (digit < 0 || (unsigned int)digit >= base)
		return false;
	for (; digit >= 0 && (unsigned int)digit < base; digit = digit_of(*++s)) {
		if (!add_digit(&n, base, digit))
			return false;
	}
	if (form == NUMBER_UNIT ? !apply_unit(&n, s) : *s)
		return false;
	if (n > max)
		return false;
	*val = n;
	return true;
}

/* ---- scalar fields: each reads one word and says what it may be */

struct scalar {
	const char *name;
	bool (*read)(const char *word, uint64_t *val);
	const char *allowed;
};

static bool read_count(const char *word, uint64_t *val)
{
	return read_number(word, NUMBER_PLAIN, UINT64_MAX, val);
}

static bool read_bytes(const char *word, uint64_t *val)
{
	return read_number(word, NUMBER_UNIT, UINT64_MAX, val);
}

static bool read_quota(const char *word, uint64_t *val)
{
	if (!strcmp(word, "none")) {
		*val = 0;
		return true;
	}
	return read_number(word, NUMBER_PLAIN, UINT32_MAX, val);
}

static bool read_switch(const char *word, uint64_t *val)
{
	*val = !strcmp(word, "on");
	return *val || !strcmp(word, "off");
}

static bool read_shaper(const char *word, uint64_t *val)
{
	for (*val = 0; *val < sizeof(shapers) / sizeof(shapers[0]); ++*val) {
		if (!strcmp(word, shapers[*val]))
			return true;
	}
	return false;
}

#define QUOTA	"it is a number from 0 to 4294967295, or none; 0 and none are no limit"

static const struct scalar scalars[FIELD_SCALARS] = {
	[FIELD_MIN_PACKETS] = { "min-packets", read_count, "it is a number of packets, 0 or more" },
	[FIELD_MIN_BYTES] = { "min-bytes", read_bytes,
			      "it is a number of bytes, 0 or more, may end in k, M or G and is "
			      "below 2^64" },
	[FIELD_PORT_QUOTA] = { "port-quota", read_quota, QUOTA },
	[FIELD_NETNS_QUOTA] = { "netns-quota", read_quota, QUOTA },
	[FIELD_EVICT] = { "evict", read_switch, "it is on or off" },
	[FIELD_SHAPER] = { "shaper", read_shaper, SHAPERS },
	[FIELD_USERNS] = { "userns", read_switch, "it is on or off" },
};

const char *policy_field_name(enum policy_field field)
{
	if (field < FIELD_SCALARS)
		return scalars[field].name;
	return field == FIELD_EXCLUDE ? "exclude" : "port";
}

const char *policy_shaper_name(uint8_t shaper)
{
	return shaper < sizeof(shapers) / sizeof(shapers[0]) ? shapers[shaper] : "unknown";
}

static void parse_scalar(struct parser *ps, enum policy_field field)
{
	const char *word = next_word(ps);
	uint64_t val;

	if (!word)
		return wrong(ps, "the value is missing: %s", scalars[field].allowed);
	if (ps->nwords > 2)
		return wrong(ps, "\"%.60s\" is one word too many: %s", ps->word[2],
			     scalars[field].allowed);
	if (!scalars[field].read(word, &val))
		return wrong(ps, "\"%.60s\" is no value: %s", word, scalars[field].allowed);
	if (!ps->change && ps->p->named & 1u << field)
		return wrong(ps, "stands here for the second time: once is allowed");
	ps->p->named |= 1u << field;
	ps->p->scalar[field] = val;
}

/* ---- exclude [proto P] [port N[-M]] [mark V[/MASK]] */

static bool exclude_proto(struct parser *ps, struct policy_exclude *e, const char *word)
{
	uint64_t n;

	if (!strcmp(word, "tcp"))
		n = IPPROTO_TCP;
	else if (!strcmp(word, "udp"))
		n = IPPROTO_UDP;
	else if (!read_number(word, NUMBER_PLAIN, UINT8_MAX, &n) || !n)
		return wrong(ps, "\"%.60s\" is no proto: it is tcp, udp or a number from 1 to 255",
			     word), false;
	e->l4proto = n;
	return true;
}

/* Splits "A" or "A<sep>B" into two words of a buffer; false: too long or an empty half. */
static bool split(const char *word, char sep, char buf[32], const char **second)
{
	char *at;

	if (strlen(word) >= 32)
		return false;
	strcpy(buf, word);
	at = strchr(buf, sep);
	*second = NULL;
	if (!at)
		return true;
	*at = '\0';
	*second = at + 1;
	return *buf && **second;
}

static bool exclude_port(struct parser *ps, struct policy_exclude *e, const char *word)
{
	uint64_t min, max;
	const char *second;
	char buf[32];

	if (!split(word, '-', buf, &second) ||
	    !read_number(buf, NUMBER_PLAIN, UINT16_MAX, &min) ||
	    !read_number(second ? second : buf, NUMBER_PLAIN, UINT16_MAX, &max))
		return wrong(ps, "\"%.60s\" is no port: it is N or N-M, from 0 to 65535", word),
		       false;
	if (min > max)
		return wrong(ps, "port \"%.60s\" is the wrong way round: the lower one is first",
			     word), false;
	e->has_port = true;
	e->port_min = min;
	e->port_max = max;
	return true;
}

static bool exclude_mark(struct parser *ps, struct policy_exclude *e, const char *word)
{
	uint64_t mark, mask = UINT32_MAX;
	const char *second;
	char buf[32];

	if (!split(word, '/', buf, &second) || !read_number(buf, NUMBER_HEX, UINT32_MAX, &mark) ||
	    (second && !read_number(second, NUMBER_HEX, UINT32_MAX, &mask)))
		return wrong(ps, "\"%.60s\" is no mark: it is V or V/MASK, both from 0 to "
			     "0xffffffff", word), false;
	if (mark & ~mask)
		return wrong(ps, "mark \"%.60s\" never fits: the value has bits that the mask has "
			     "not", word), false;
	if (!mask)
		return wrong(ps, "mark \"%.60s\" fits always: the mask needs a bit", word), false;
	e->has_mark = true;
	e->mark = mark;
	e->mask = mask;
	return true;
}

#define EXCLUDE	"it is one or more of proto P, port N[-M], mark V[/MASK]"

static bool exclude_part(struct parser *ps, struct policy_exclude *e, const char *key)
{
	bool proto = !strcmp(key, "proto"), port = !strcmp(key, "port");
	const char *word;

	if (!proto && !port && strcmp(key, "mark"))
		return wrong(ps, "\"%.60s\" is not known here: " EXCLUDE, key), false;
	if (proto ? e->l4proto != 0 : port ? e->has_port : e->has_mark)
		return wrong(ps, "%s is given twice", key), false;
	word = next_word(ps);
	if (!word)
		return wrong(ps, "the value of %s is missing: " EXCLUDE, key), false;
	if (proto)
		return exclude_proto(ps, e, word);
	return (port ? exclude_port : exclude_mark)(ps, e, word);
}

static bool is_none(const struct parser *ps, size_t at)
{
	return ps->change && ps->nwords == at + 1 && !strcmp(ps->word[at], "none");
}

static void parse_exclude(struct parser *ps)
{
	struct policy_exclude e = { .mask = UINT32_MAX };
	struct policy *p = ps->p;
	const char *key;

	if (is_none(ps, 1)) {
		p->nexcludes = 0;
		return;
	}
	if (ps->nwords == 1)
		return wrong(ps, "says nothing: " EXCLUDE);
	while ((key = next_word(ps))) {
		if (!exclude_part(ps, &e, key))
			return;
	}
	if (p->nexcludes == NFO_POLICY_EXCLUDES)
		return wrong(ps, "is one too many: %d are allowed", NFO_POLICY_EXCLUDES);
	p->exclude[p->nexcludes++] = e;
}

/* ---- port NAME [quota N] [shaper S] [backend B] [allow A] */

bool policy_name_ok(const char *name)
{
	return *name && strlen(name) < IFNAMSIZ && strcmp(name, ".") && strcmp(name, "..") &&
	       !strpbrk(name, "/: \t\n\v\f\r");
}

/* Which backends there are the kernel knows. */
bool policy_backend_ok(const char *name)
{
	return *name && strlen(name) < NFO_BACKEND_LEN;
}

static struct policy_port *find_port(struct policy *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->nports; i++) {
		if (!strcmp(p->port[i].name, name))
			return &p->port[i];
	}
	return NULL;
}

bool policy_port_named(const struct policy *p, const char *name)
{
	return find_port((struct policy *)p, name);
}

#define PORT	"it is NAME and one or more of quota N, shaper warn|refuse|ignore, backend NAME, " \
		"allow WORD,..."

static bool port_quota(struct parser *ps, struct policy_port *port, const char *word)
{
	uint64_t val;

	if (!read_quota(word, &val))
		return wrong(ps, "\"%.60s\" is no quota: " QUOTA, word), false;
	port->quota = val;
	return true;
}

static bool port_shaper(struct parser *ps, struct policy_port *port, const char *word)
{
	uint64_t val;

	if (!read_shaper(word, &val))
		return wrong(ps, "\"%.60s\" is no shaper: " SHAPERS, word), false;
	port->shaper = val;
	return true;
}

static bool port_backend(struct parser *ps, struct policy_port *port, const char *word)
{
	if (!policy_backend_ok(word))
		return wrong(ps, "\"%.60s\" is no backend: it is a name of 1 to %d characters, "
			     "auto or none", word, NFO_BACKEND_LEN - 1), false;
	strcpy(port->backend, word);
	return true;
}

static bool port_allow(struct parser *ps, struct policy_port *port, const char *word)
{
	char bad[OPTINS_TEXT];
	struct optins o;

	if (!optins_read(&o, word, false, bad))
		return wrong(ps, "\"%s\" cannot be allowed: it is none, or of %s, with commas "
			     "between", bad, optin_names()), false;
	port->allow = o.bits;
	return true;
}

static bool port_part(struct parser *ps, struct policy_port *port, const char *key)
{
	const struct {
		const char *key;
		bool *has;
		bool (*read)(struct parser *ps, struct policy_port *port, const char *word);
	} parts[] = {
		{ "quota", &port->has_quota, port_quota },
		{ "shaper", &port->has_shaper, port_shaper },
		{ "backend", &port->has_backend, port_backend },
		{ "allow", &port->has_allow, port_allow },
	};
	const char *word;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && strcmp(key, parts[i].key); i++)
		;
	if (i == sizeof(parts) / sizeof(parts[0]))
		return wrong(ps, "\"%.60s\" is not known here: " PORT, key), false;
	if (*parts[i].has)
		return wrong(ps, "%s is given twice", key), false;
	word = next_word(ps);
	if (!word)
		return wrong(ps, "the value of %s is missing: " PORT, key), false;
	*parts[i].has = true;
	return parts[i].read(ps, port, word);
}

static void remove_port(struct policy *p, struct policy_port *port)
{
	p->nports--;
	memmove(port, port + 1, (char *)&p->port[p->nports] - (char *)port);
}

/* A port that is named already: wrong in a file, replaced by a change. */
static struct policy_port *port_slot(struct parser *ps, const char *name)
{
	struct policy_port *port = find_port(ps->p, name);

	if (port && !ps->change)
		return wrong(ps, "\"%s\" stands here for the second time: once is allowed", name),
		       NULL;
	if (port)
		return port;
	if (ps->p->nports == NFO_POLICY_PORTS)
		return wrong(ps, "is one too many: %d are allowed", NFO_POLICY_PORTS), NULL;
	return &ps->p->port[ps->p->nports++];
}

static void parse_port(struct parser *ps)
{
	const char *name = next_word(ps), *key;
	struct policy_port port = { .name = "" }, *slot;

	if (!name)
		return wrong(ps, "the name is missing: " PORT);
	if (!policy_name_ok(name))
		return wrong(ps, "\"%.60s\" is no name of a device: it has 1 to %d characters, "
			     "none of them \"/\" or \":\"", name, IFNAMSIZ - 1);
	strcpy(port.name, name);
	if (is_none(ps, 2)) {
		slot = find_port(ps->p, name);
		if (slot)
			return remove_port(ps->p, slot);
		return wrong(ps, "there is none of this name: \"%s\"", name);
	}
	if (ps->next == ps->nwords)
		return wrong(ps, "\"%s\" says nothing: " PORT, name);
	while ((key = next_word(ps))) {
		if (!port_part(ps, &port, key))
			return;
	}
	slot = port_slot(ps, name);
	if (slot)
		*slot = port;
}

/* ---- settings and lines */

static void parse_setting(struct parser *ps)
{
	unsigned int i;

	for (i = 0; i < FIELD_MAX && strcmp(ps->word[0], policy_field_name(i)); i++)
		;
	ps->field = i < FIELD_MAX ? ps->word[0] : "";
	ps->next = 1;
	if (i < FIELD_SCALARS)
		parse_scalar(ps, i);
	else if (i == FIELD_EXCLUDE)
		parse_exclude(ps);
	else if (i == FIELD_PORT)
		parse_port(ps);
	else
		wrong(ps, "\"%.60s\" is no field: they are min-packets, min-bytes, port-quota, "
		      "netns-quota, evict, shaper, userns, exclude, port", ps->word[0]);
}

/* Cuts a line into words, up to a word that begins with "#". false: too many. */
static bool cut_words(char *line, const char **word, size_t *n)
{
	char *save = NULL, *w;

	*n = 0;
	for (w = strtok_r(line, " \t", &save); w && *w != '#'; w = strtok_r(NULL, " \t", &save)) {
		if (*n == POLICY_WORDS)
			return false;
		word[(*n)++] = w;
	}
	return true;
}

/* A byte that no policy file has; they would not be seen in an error message either. */
static bool check_bytes(struct parser *ps, const char *line, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = line[i];

		if (c == '\r' && i == len - 1)
			return wrong(ps, "the line ends in CR LF: it has to end in LF alone"),
			       false;
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return wrong(ps, "byte %zu of the line is 0x%02x: a policy is text", i + 1,
				     c), false;
	}
	return true;
}

static void parse_line(struct parser *ps, const char *line, size_t len)
{
	const char *word[POLICY_WORDS];
	char buf[POLICY_LINE_MAX + 1];

	ps->field = "";
	if (len > POLICY_LINE_MAX)
		return wrong(ps, "the line has %zu bytes: %d are allowed", len, POLICY_LINE_MAX);
	if (!check_bytes(ps, line, len))
		return;
	memcpy(buf, line, len);
	buf[len] = '\0';
	ps->word = word;
	if (!cut_words(buf, word, &ps->nwords))
		return wrong(ps, "the line has more than %d words: no setting needs that many",
			     POLICY_WORDS);
	if (ps->nwords)
		parse_setting(ps);
}

/* Reads a whole file into @p. Returns how many mistakes it has; @p is of use when there is none. */
unsigned int policy_parse(struct policy *p, const char *text, size_t len, policy_error error,
			  void *data)
{
	struct parser ps = { .p = p, .error = error, .data = data };
	const char *end;

	memset(p, 0, sizeof(*p));
	while (len) {
		ps.line++;
		end = memchr(text, '\n', len);
		parse_line(&ps, text, end ? (size_t)(end - text) : len);
		if (!end) {
			ps.field = "";
			wrong(&ps, "the last line does not end in a newline: "
			      "the file may have been cut off");
			break;
		}
		len -= end + 1 - text;
		text = end + 1;
	}
	return ps.errors;
}

/*
 * One setting, as words, replaces what @p has of it: a scalar, or a port of that name; an exclude
 * is added. "exclude none" and "port NAME none" remove.
 */
unsigned int policy_change(struct policy *p, const char *const *word, size_t n,
			   policy_error error, void *data)
{
	struct parser ps = {
		.p = p,
		.error = error,
		.data = data,
		.change = true,
		.field = "",
		.word = word,
		.nwords = n,
	};

	if (!n || n > POLICY_WORDS)
		wrong(&ps, "a setting has 1 to %d words", POLICY_WORDS);
	else
		parse_setting(&ps);
	return ps.errors;
}
