// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl policy: shows, loads, changes and removes the policy of the network namespace. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/genetlink.h>

#include "nfoctl.h"
#include "policy.h"

#define FILE_MAX	(1 << 20)	/* more than any policy has */
#define SET_TRIES	100		/* while others change the policy, too */

static const char usage[] =
	"Usage: nfoctl [-j] policy [ show ]\n"
	"       nfoctl policy { load | check } { FILE | - }\n"
	"       nfoctl policy set SETTING\n"
	"       nfoctl policy reset\n"
	"SETTING := { min-packets N | min-bytes N[k|M|G] |\n"
	"             port-quota { N | none } | netns-quota { N | none } |\n"
	"             evict { on | off } | shaper SHAPER | userns { on | off } |\n"
	"             exclude [ proto { tcp | udp | N } ] [ port N[-M] ] [ mark V[/MASK] ] |\n"
	"             port NAME [ quota { N | none } ] [ shaper SHAPER ]\n"
	"                       [ backend { NAME | auto | none } ] [ allow { WORD,... | none } ] |\n"
	"             exclude none | port NAME none }\n"
	"SHAPER  := { warn | refuse | ignore }\n";

/* ---- from the kernel */

/* What the kernel has of a scalar and how wide it is. */
static const struct {
	uint16_t attr;
	enum mnl_attr_data_type type;
} fields[FIELD_SCALARS] = {
	[FIELD_MIN_PACKETS] = { NFO_POLICY_MIN_PACKETS, MNL_TYPE_U64 },
	[FIELD_MIN_BYTES] = { NFO_POLICY_MIN_BYTES, MNL_TYPE_U64 },
	[FIELD_PORT_QUOTA] = { NFO_POLICY_PORT_QUOTA, MNL_TYPE_U32 },
	[FIELD_NETNS_QUOTA] = { NFO_POLICY_NETNS_QUOTA, MNL_TYPE_U32 },
	[FIELD_EVICT] = { NFO_POLICY_EVICT, MNL_TYPE_U8 },
	[FIELD_SHAPER] = { NFO_POLICY_SHAPER, MNL_TYPE_U8 },
	[FIELD_USERNS] = { NFO_POLICY_USERNS, MNL_TYPE_U8 },
};

static uint64_t attr_num(const struct nlattr *attr, enum mnl_attr_data_type type)
{
	if (type == MNL_TYPE_U64)
		return attr_u64(attr);
	return type == MNL_TYPE_U32 ? attr_u32(attr) : attr_u8(attr);
}

static int read_exclude(struct policy *p, const struct nlattr *nest)
{
	static const struct attr_policy policy[NFO_EXCLUDE_MAX + 1] = {
		[NFO_EXCLUDE_L4PROTO] = { .type = MNL_TYPE_U8 },
		[NFO_EXCLUDE_PORT_MIN] = { .type = MNL_TYPE_U16 },
		[NFO_EXCLUDE_PORT_MAX] = { .type = MNL_TYPE_U16 },
		[NFO_EXCLUDE_MARK] = { .type = MNL_TYPE_U32 },
		[NFO_EXCLUDE_MARK_MASK] = { .type = MNL_TYPE_U32 },
	};
	const struct nlattr *tb[NFO_EXCLUDE_MAX + 1], *min, *max;
	struct policy_exclude *e;

	if (nest_attrs(nest, policy, tb, NFO_EXCLUDE_MAX))
		return -1;
	if (p->nexcludes == NFO_POLICY_EXCLUDES)
		return refuse("the kernel has more excludes than this version of nfoctl knows"), -1;
	min = tb[NFO_EXCLUDE_PORT_MIN];
	max = tb[NFO_EXCLUDE_PORT_MAX] ? tb[NFO_EXCLUDE_PORT_MAX] : min;
	e = &p->exclude[p->nexcludes++];
	*e = (struct policy_exclude) {
		.l4proto = attr_u8(tb[NFO_EXCLUDE_L4PROTO]),
		.has_port = min,
		.has_mark = tb[NFO_EXCLUDE_MARK],
		.port_min = min ? mnl_attr_get_u16(min) : 0,
		.port_max = max ? mnl_attr_get_u16(max) : 0,
		.mark = attr_u32(tb[NFO_EXCLUDE_MARK]),
		.mask = UINT32_MAX,
	};
	if (tb[NFO_EXCLUDE_MARK_MASK])
		e->mask = attr_u32(tb[NFO_EXCLUDE_MARK_MASK]);
	return 0;
}

static int read_port(struct policy *p, const struct nlattr *nest)
{
	static const struct attr_policy policy[NFO_POLICY_PORT_A_MAX + 1] = {
		[NFO_POLICY_PORT_A_NAME] = { .type = MNL_TYPE_NUL_STRING },
		[NFO_POLICY_PORT_A_QUOTA] = { .type = MNL_TYPE_U32 },
		[NFO_POLICY_PORT_A_SHAPER] = { .type = MNL_TYPE_U8 },
		[NFO_POLICY_PORT_A_BACKEND] = { .type = MNL_TYPE_NUL_STRING },
		[NFO_POLICY_PORT_A_ALLOW] = { .type = MNL_TYPE_U32 },
	};
	const struct nlattr *tb[NFO_POLICY_PORT_A_MAX + 1];
	struct policy_port *port;

	if (nest_attrs(nest, policy, tb, NFO_POLICY_PORT_A_MAX))
		return -1;
	if (!tb[NFO_POLICY_PORT_A_NAME])
		return attrs_missing("policy");
	if (p->nports == NFO_POLICY_PORTS)
		return refuse("the kernel has more ports than this version of nfoctl knows"), -1;
	port = &p->port[p->nports++];
	*port = (struct policy_port) {
		.has_quota = tb[NFO_POLICY_PORT_A_QUOTA],
		.has_shaper = tb[NFO_POLICY_PORT_A_SHAPER],
		.has_backend = tb[NFO_POLICY_PORT_A_BACKEND],
		.has_allow = tb[NFO_POLICY_PORT_A_ALLOW],
		.quota = attr_u32(tb[NFO_POLICY_PORT_A_QUOTA]),
		.shaper = attr_u8(tb[NFO_POLICY_PORT_A_SHAPER]),
		.allow = attr_u32(tb[NFO_POLICY_PORT_A_ALLOW]),
	};
	attr_str(tb[NFO_POLICY_PORT_A_NAME], port->name, sizeof(port->name));
	attr_str(tb[NFO_POLICY_PORT_A_BACKEND], port->backend, sizeof(port->backend));
	return 0;
}

static int read_lists(struct policy *p, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	int rc = 0;

	msg_for_each(attr, nlh) {
		if (mnl_attr_get_type(attr) == NFO_POLICY_EXCLUDE)
			rc = read_exclude(p, attr);
		else if (mnl_attr_get_type(attr) == NFO_POLICY_PORT)
			rc = read_port(p, attr);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_policy(const struct nlmsghdr *nlh, void *data)
{
	struct attr_policy policy[NFO_POLICY_MAX + 1] = {
		[NFO_POLICY_EXCLUDE] = { .type = MNL_TYPE_NESTED },
		[NFO_POLICY_PORT] = { .type = MNL_TYPE_NESTED },
		[NFO_POLICY_INHERITED] = { .type = MNL_TYPE_FLAG },
		[NFO_POLICY_SEQ] = { .type = MNL_TYPE_U32 },
	};
	const struct nlattr *tb[NFO_POLICY_MAX + 1];
	struct policy *p = data;
	unsigned int i;

	for (i = 0; i < FIELD_SCALARS; i++)
		policy[fields[i].attr].type = fields[i].type;
	if (msg_attrs(nlh, policy, tb, NFO_POLICY_MAX))
		return -1;
	memset(p, 0, sizeof(*p));
	for (i = 0; i < FIELD_SCALARS; i++) {
		if (!tb[fields[i].attr])
			continue;
		p->named |= 1u << i;
		p->scalar[i] = attr_num(tb[fields[i].attr], fields[i].type);
	}
	p->inherited = tb[NFO_POLICY_INHERITED];
	p->has_seq = tb[NFO_POLICY_SEQ];
	p->seq = attr_u32(tb[NFO_POLICY_SEQ]);
	return read_lists(p, nlh);
}

static int get_policy(struct genl *g, struct policy *p)
{
	memset(p, 0, sizeof(*p));
	genl_request(g, NFO_CMD_POLICY_GET);
	if (genl_do(g, read_policy, p))
		return EXIT_REFUSED;
	return p->named ? EXIT_OK : refuse("the kernel did not answer");
}

/* ---- to the kernel */

static void put_scalar(struct genl *g, enum policy_field field, uint64_t val)
{
	switch (fields[field].type) {
	case MNL_TYPE_U64:
		genl_put_u64(g, fields[field].attr, val);
		break;
	case MNL_TYPE_U32:
		genl_put_u32(g, fields[field].attr, val);
		break;
	default:
		genl_put_u8(g, fields[field].attr, val);
	}
}

static void put_exclude(struct genl *g, const struct policy_exclude *e)
{
	struct nlattr *nest = genl_nest(g, NFO_POLICY_EXCLUDE);

	if (e->l4proto)
		genl_put_u8(g, NFO_EXCLUDE_L4PROTO, e->l4proto);
	if (e->has_port) {
		genl_put_u16(g, NFO_EXCLUDE_PORT_MIN, e->port_min);
		genl_put_u16(g, NFO_EXCLUDE_PORT_MAX, e->port_max);
	}
	if (e->has_mark) {
		genl_put_u32(g, NFO_EXCLUDE_MARK, e->mark);
		genl_put_u32(g, NFO_EXCLUDE_MARK_MASK, e->mask);
	}
	genl_nest_end(g, nest);
}

static void put_port(struct genl *g, const struct policy_port *port)
{
	struct nlattr *nest = genl_nest(g, NFO_POLICY_PORT);

	genl_put_str(g, NFO_POLICY_PORT_A_NAME, port->name);
	if (port->has_quota)
		genl_put_u32(g, NFO_POLICY_PORT_A_QUOTA, port->quota);
	if (port->has_shaper)
		genl_put_u8(g, NFO_POLICY_PORT_A_SHAPER, port->shaper);
	if (port->has_backend)
		genl_put_str(g, NFO_POLICY_PORT_A_BACKEND, port->backend);
	if (port->has_allow)
		genl_put_u32(g, NFO_POLICY_PORT_A_ALLOW, port->allow);
	genl_nest_end(g, nest);
}

/* The whole policy is one request: either all of it holds or nothing changed. */
static void put_policy(struct genl *g, const struct policy *p)
{
	unsigned int field;
	size_t i;

	genl_request(g, NFO_CMD_POLICY_SET);
	for (field = 0; field < FIELD_SCALARS; field++) {
		if (p->named & 1u << field)
			put_scalar(g, field, p->scalar[field]);
	}
	for (i = 0; i < p->nexcludes; i++)
		put_exclude(g, &p->exclude[i]);
	for (i = 0; i < p->nports; i++)
		put_port(g, &p->port[i]);
}

/* ---- files */

/* The whole file, or NULL and a word why not. */
static char *read_file(const char *name, size_t *len)
{
	int fd = strcmp(name, "-") ? open(name, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	char *text = xcalloc(1, FILE_MAX + 1);
	ssize_t n = 1;

	*len = 0;
	if (fd < 0)
		n = -1;
	while (n > 0 && *len <= FILE_MAX) {
		n = read(fd, text + *len, FILE_MAX + 1 - *len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			*len += n;
	}
	if (n < 0)
		refuse("%s: %s", name, strerror(errno));
	else if (*len > FILE_MAX)
		refuse("%s: is longer than %d bytes, no policy is", name, FILE_MAX);
	if (fd >= 0)
		close(fd);
	if (n >= 0 && *len <= FILE_MAX)
		return text;
	free(text);
	return NULL;
}

struct source {
	const char *file;
	unsigned int errors;
};

/* FILE:LINE: FIELD: what is wrong, as compilers say it, so that editors find the line. */
static void say_error(void *data, unsigned int line, const char *field, const char *text)
{
	struct source *s = data;

	if (s->errors++ < POLICY_ERRORS)
		complain("%s:%u: %s%s%s", s->file, line, field, *field ? ": " : "", text);
}

static int load_file(const char *name, struct policy *p)
{
	struct source s = { .file = strcmp(name, "-") ? name : "stdin" };
	size_t len;
	char *text = read_file(name, &len);

	if (!text)
		return EXIT_REFUSED;
	policy_parse(p, text, len, say_error, &s);
	free(text);
	if (!s.errors)
		return EXIT_OK;
	if (s.errors > POLICY_ERRORS)
		complain("%s: and %u more", s.file, s.errors - POLICY_ERRORS);
	return EXIT_REFUSED;
}

/* ---- commands */

static int no_more(const struct args *a)
{
	return a->left ? usage_error(usage, "\"%s\" is not expected here", *a->word) : EXIT_OK;
}

static int cmd_show(struct args *a)
{
	struct policy p;
	struct genl g;
	int rc = no_more(a);

	if (rc)
		return rc;
	rc = genl_open(&g, NFO_GENL_NAME, "nft_offload");
	if (!rc)
		rc = get_policy(&g, &p);
	genl_close(&g);
	if (!rc)
		(opt.json ? policy_json : policy_text)(&p);
	return rc;
}

static int file_word(struct args *a, const char *verb, const char **name)
{
	*name = arg_next(a);
	if (!*name)
		return usage_error(usage, "\"%s\" needs a FILE, or - for standard input", verb);
	return no_more(a);
}

static int cmd_load(struct args *a)
{
	struct policy p;
	const char *name;
	struct genl g;
	int rc = file_word(a, "load", &name);

	if (!rc)
		rc = load_file(name, &p);
	if (rc)
		return rc;
	rc = genl_open(&g, NFO_GENL_NAME, "nft_offload");
	if (!rc) {
		put_policy(&g, &p);
		rc = genl_do(&g, NULL, NULL);
	}
	genl_close(&g);
	return rc;
}

static int cmd_check(struct args *a)
{
	struct policy p;
	const char *name;
	int rc = file_word(a, "check", &name);

	return rc ? rc : load_file(name, &p);
}

static void say_wrong_word(void *data, unsigned int line, const char *field, const char *text)
{
	(void)data;
	(void)line;
	usage_error(usage, "%s%s%s", field, *field ? ": " : "", text);
}

/* Tried on an empty policy first: wrong words are told without asking the kernel. */
static int check_setting(const struct args *a)
{
	struct policy p = { 0 };
	const char *const *word = (const char *const *)a->word;

	if (a->left == 3 && !strcmp(word[0], "port") && !strcmp(word[2], "none"))
		return EXIT_OK;
	return policy_change(&p, word, a->left, say_wrong_word, NULL) ? EXIT_USAGE : EXIT_OK;
}

static void say_refused(void *data, unsigned int line, const char *field, const char *text)
{
	(void)data;
	(void)line;
	refuse("%s: %s", field, text);
}

/* *@late: somebody else changed the policy after we had read it, and nothing is set. */
static int set_once(struct genl *g, const struct args *a, bool *late)
{
	struct policy p;
	int rc;

	*late = false;
	rc = get_policy(g, &p);
	if (!rc && policy_change(&p, (const char *const *)a->word, a->left, say_refused, NULL))
		rc = EXIT_REFUSED;
	if (rc)
		return rc;
	put_policy(g, &p);
	if (p.has_seq)
		genl_put_u32(g, NFO_POLICY_SEQ, p.seq);
	return genl_do_unless(g, EAGAIN, late);
}

static int cmd_set(struct args *a)
{
	unsigned int tries = SET_TRIES;
	struct genl g;
	bool late;
	int rc;

	if (!a->left)
		return usage_error(usage, "\"set\" needs a setting");
	rc = check_setting(a);
	if (rc)
		return rc;
	rc = genl_open(&g, NFO_GENL_NAME, "nft_offload");
	if (!rc) {
		do {
			rc = set_once(&g, a, &late);
		} while (late && --tries);
		if (late)
			rc = refuse("the policy changes all the time: nothing was set");
	}
	genl_close(&g);
	return rc;
}

static int cmd_reset(struct args *a)
{
	struct genl g;
	int rc = no_more(a);

	if (rc)
		return rc;
	rc = genl_open(&g, NFO_GENL_NAME, "nft_offload");
	if (!rc) {
		genl_request(&g, NFO_CMD_POLICY_DEL);
		rc = genl_do(&g, NULL, NULL);
	}
	genl_close(&g);
	return rc;
}

static int cmd_help(struct args *a)
{
	(void)a;
	fputs(usage, opt.out);
	return EXIT_OK;
}

int cmd_policy(struct args *a)
{
	static const struct verb verbs[] = {
		{ "show", cmd_show },
		{ "load", cmd_load },
		{ "set", cmd_set },
		{ "reset", cmd_reset },
		{ "check", cmd_check },
		{ "help", cmd_help },
	};
	const char *word = arg_next(a);
	const struct verb *verb = word ? verb_find(verbs, ARRAY_SIZE(verbs), word) : verbs;

	if (!verb)
		return usage_error(usage, "\"%s\" is not a command of \"policy\"", word);
	return verb->run(a);
}
