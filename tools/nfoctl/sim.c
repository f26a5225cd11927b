// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl sim: device models that really forward, to try offload without the hardware. */
#include <inttypes.h>
#include <net/if.h>
#include <string.h>
#include <linux/nfo_sim.h>

#include "nfoctl.h"

static const char usage[] =
	"Usage: nfoctl [-s] [-j] sim [ show [ NAME ] ]\n"
	"       nfoctl sim add NAME wire DEV wire DEV [ wire DEV ] [ size N ]\n"
	"                      [ profile PROFILE ] [ vfs N ] [ dsa N ]\n"
	"       nfoctl sim del NAME\n"
	"       nfoctl sim set NAME KNOB VALUE ...\n"
	"       nfoctl sim reset NAME\n"
	"       KNOB := { size | latency | fail-nth | refuse | wedge | filter2 | fragments |\n"
	"                stuck | lost-irq | table-error | silent }\n";

static int cmd_show(struct args *a)
{
	const char *name = arg_next(a);

	if (a->left)
		return usage_error(usage, "\"%s\" is not expected here", *a->word);
	return sim_show(name);
}

/* Only what the message cannot carry; what makes a good name is for the kernel to say. */
static int parse_name(struct args *a, const char *verb, const char **name)
{
	*name = arg_next(a);
	if (!*name)
		return usage_error(usage, "\"%s\" needs the NAME of a model", verb);
	if (!**name || strlen(*name) > NFO_SIM_NAME_MAX)
		return usage_error(usage, "\"%s\" is no name of a model: it has 1 to %d characters",
				   *name, NFO_SIM_NAME_MAX);
	return EXIT_OK;
}

struct new_sim {
	const char *name;
	const char *wire[NFO_SIM_PORTS_MAX];
	unsigned int nwires;
	uint32_t size;		/* 0: as the kernel likes */
	const char *profile;	/* NULL: as the kernel likes */
	uint32_t vfs;
	bool vfs_given;
	uint32_t dsa;		/* 0: no switch */
};

static int parse_wire(struct args *a, struct new_sim *new)
{
	const char *word = arg_next(a);

	if (!word)
		return usage_error(usage, "\"wire\" needs a device");
	if (!*word || strlen(word) >= IFNAMSIZ)
		return usage_error(usage, "\"%s\" is no name of a device", word);
	if (new->nwires == NFO_SIM_PORTS_MAX)
		return usage_error(usage, "wire \"%s\" is one too many: a model has up to %d ports",
				   word, NFO_SIM_PORTS_MAX);
	new->wire[new->nwires++] = word;
	return EXIT_OK;
}

static int parse_size(struct args *a, struct new_sim *new)
{
	const char *word = arg_next(a);

	if (!word)
		return usage_error(usage, "\"size\" needs a number");
	if (new->size)
		return usage_error(usage, "\"size\" is given twice");
	if (!parse_u32(word, 1, NFO_SIM_SIZE_MAX, &new->size))
		return usage_error(usage, "\"%s\" is no size: it is a number from 1 to %d", word,
				   NFO_SIM_SIZE_MAX);
	return EXIT_OK;
}

/* Which profiles there are is for the kernel to say. */
static int parse_profile(struct args *a, struct new_sim *new)
{
	const char *word = arg_next(a);

	if (!word)
		return usage_error(usage, "\"profile\" needs the name of a profile");
	if (new->profile)
		return usage_error(usage, "\"profile\" is given twice");
	if (!*word || strlen(word) > NFO_SIM_PROFILE_MAX)
		return usage_error(usage, "\"%s\" is no name of a profile", word);
	new->profile = word;
	return EXIT_OK;
}

static int parse_vfs(struct args *a, struct new_sim *new)
{
	const char *word = arg_next(a);

	if (!word)
		return usage_error(usage, "\"vfs\" needs a number");
	if (new->vfs_given)
		return usage_error(usage, "\"vfs\" is given twice");
	if (!parse_u32(word, 0, NFO_SIM_VFS_MAX, &new->vfs))
		return usage_error(usage, "\"%s\" is no number of VFs: it is from 0 to %d", word,
				   NFO_SIM_VFS_MAX);
	new->vfs_given = true;
	return EXIT_OK;
}

/* That only a SoC has one is for the kernel to say. */
static int parse_dsa(struct args *a, struct new_sim *new)
{
	const char *word = arg_next(a);

	if (!word)
		return usage_error(usage, "\"dsa\" needs a number");
	if (new->dsa)
		return usage_error(usage, "\"dsa\" is given twice");
	if (!parse_u32(word, 1, NFO_SIM_DSA_MAX, &new->dsa))
		return usage_error(usage, "\"%s\" is no number of user ports: it is from 1 to %d", word,
				   NFO_SIM_DSA_MAX);
	return EXIT_OK;
}

static int parse_new(struct args *a, struct new_sim *new)
{
	const char *word;
	int rc;

	rc = parse_name(a, "add", &new->name);
	while (!rc && (word = arg_next(a))) {
		if (!strcmp(word, "wire"))
			rc = parse_wire(a, new);
		else if (!strcmp(word, "size"))
			rc = parse_size(a, new);
		else if (!strcmp(word, "profile"))
			rc = parse_profile(a, new);
		else if (!strcmp(word, "vfs"))
			rc = parse_vfs(a, new);
		else if (!strcmp(word, "dsa"))
			rc = parse_dsa(a, new);
		else
			rc = usage_error(usage, "\"%s\" is neither \"wire\", \"size\", \"profile\", "
					 "\"vfs\" nor \"dsa\"", word);
	}
	if (!rc && new->nwires < NFO_SIM_PORTS)
		rc = usage_error(usage, "a model has %d ports and needs as many wires, not %u",
				 NFO_SIM_PORTS, new->nwires);
	/* without a profile it is a NIC; which profiles have more is for the kernel to say */
	if (!rc && !new->profile && new->nwires > NFO_SIM_PORTS)
		rc = usage_error(usage, "wire \"%s\" is one too many: a model has %d ports",
				 new->wire[NFO_SIM_PORTS], NFO_SIM_PORTS);
	return rc;
}

static void put_new(struct genl *g, const struct new_sim *new)
{
	unsigned int i;

	genl_request(g, NFO_SIM_CMD_NEW);
	genl_put_str(g, NFO_SIM_NAME, new->name);
	for (i = 0; i < new->nwires; i++)
		genl_put_str(g, NFO_SIM_WIRE, new->wire[i]);
	if (new->size)
		genl_put_u32(g, NFO_SIM_SIZE, new->size);
	if (new->profile)
		genl_put_str(g, NFO_SIM_PROFILE, new->profile);
	if (new->vfs_given)
		genl_put_u32(g, NFO_SIM_VFS, new->vfs);
	if (new->dsa)
		genl_put_u32(g, NFO_SIM_DSA, new->dsa);
}

static int cmd_add(struct args *a)
{
	struct new_sim new = { 0 };
	struct genl g;
	int rc;

	rc = parse_new(a, &new);
	if (rc)
		return rc;
	rc = genl_open(&g, NFO_SIM_GENL_NAME, "nfo_sim");
	if (!rc) {
		put_new(&g, &new);
		rc = genl_do(&g, NULL, NULL);
	}
	genl_close(&g);
	return rc;
}

/* A request that says no more than which model. */
static int do_name(struct args *a, const char *verb, uint8_t cmd)
{
	const char *name;
	struct genl g;
	int rc;

	rc = parse_name(a, verb, &name);
	if (!rc && a->left)
		rc = usage_error(usage, "\"%s\" is not expected here", *a->word);
	if (rc)
		return rc;
	rc = genl_open(&g, NFO_SIM_GENL_NAME, "nfo_sim");
	if (!rc) {
		genl_request(&g, cmd);
		genl_put_str(&g, NFO_SIM_NAME, name);
		rc = genl_do(&g, NULL, NULL);
	}
	genl_close(&g);
	return rc;
}

static int cmd_del(struct args *a)
{
	return do_name(a, "del", NFO_SIM_CMD_DEL);
}

static int cmd_reset(struct args *a)
{
	return do_name(a, "reset", NFO_SIM_CMD_RESET);
}

/* What "set" knows. */
static const struct knob {
	const char *name;
	uint16_t attr;
	bool onoff;
	uint32_t min;
	uint32_t max;
} knobs[] = {
	{ "size", NFO_SIM_SIZE, false, 1, NFO_SIM_SIZE_MAX },
	{ "latency", NFO_SIM_LATENCY, false, 0, NFO_SIM_LATENCY_MAX },
	{ "fail-nth", NFO_SIM_FAIL_NTH, false, 0, UINT32_MAX },
	{ "refuse", NFO_SIM_REFUSE, true, 0, 1 },
	{ "wedge", NFO_SIM_WEDGE, true, 0, 1 },
	{ "filter2", NFO_SIM_FILTER2, true, 0, 1 },
	{ "fragments", NFO_SIM_FRAGMENTS, true, 0, 1 },
	{ "stuck", NFO_SIM_STUCK, true, 0, 1 },
	{ "lost-irq", NFO_SIM_LOST_IRQ, true, 0, 1 },
	{ "table-error", NFO_SIM_TABLE_ERROR, true, 0, 1 },
	{ "silent", NFO_SIM_SILENT, true, 0, 1 },
};

struct set_sim {
	const char *name;
	bool given[ARRAY_SIZE(knobs)];
	uint32_t val[ARRAY_SIZE(knobs)];
};

static int parse_value(const struct knob *k, const char *word, uint32_t *val)
{
	if (!word)
		return usage_error(usage, "\"%s\" needs a value: %s", k->name,
				   k->onoff ? "\"on\" or \"off\"" : "a number");
	if (k->onoff) {
		*val = !strcmp(word, "on");
		if (*val || !strcmp(word, "off"))
			return EXIT_OK;
		return usage_error(usage, "\"%s\" is no value of \"%s\": it is \"on\" or \"off\"",
				   word, k->name);
	}
	if (parse_u32(word, k->min, k->max, val))
		return EXIT_OK;
	return usage_error(usage, "\"%s\" is no value of \"%s\": it is a number from %" PRIu32
			   " to %" PRIu32, word, k->name, k->min, k->max);
}

static int parse_knob(struct args *a, struct set_sim *set)
{
	const char *word = arg_next(a);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		if (strcmp(word, knobs[i].name))
			continue;
		if (set->given[i])
			return usage_error(usage, "\"%s\" is given twice", word);
		set->given[i] = true;
		return parse_value(&knobs[i], arg_next(a), &set->val[i]);
	}
	return usage_error(usage, "\"%s\" is no KNOB", word);
}

static int parse_set(struct args *a, struct set_sim *set)
{
	int rc;

	rc = parse_name(a, "set", &set->name);
	if (!rc && !a->left)
		rc = usage_error(usage, "\"set\" needs a KNOB and its VALUE");
	while (!rc && a->left)
		rc = parse_knob(a, set);
	return rc;
}

static int cmd_set(struct args *a)
{
	struct set_sim set = { 0 };
	struct genl g;
	size_t i;
	int rc;

	rc = parse_set(a, &set);
	if (rc)
		return rc;
	rc = genl_open(&g, NFO_SIM_GENL_NAME, "nfo_sim");
	if (!rc) {
		genl_request(&g, NFO_SIM_CMD_SET);
		genl_put_str(&g, NFO_SIM_NAME, set.name);
		for (i = 0; i < ARRAY_SIZE(knobs); i++) {
			if (set.given[i] && knobs[i].onoff)
				genl_put_u8(&g, knobs[i].attr, set.val[i]);
			else if (set.given[i])
				genl_put_u32(&g, knobs[i].attr, set.val[i]);
		}
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

int cmd_sim(struct args *a)
{
	static const struct verb verbs[] = {
		{ "show", cmd_show },
		{ "add", cmd_add },
		{ "del", cmd_del },
		{ "help", cmd_help },
		{ "set", cmd_set },
		{ "reset", cmd_reset },
	};
	const char *word = arg_next(a);
	const struct verb *verb = word ? verb_find(verbs, ARRAY_SIZE(verbs), word) : verbs;

	if (!verb)
		return usage_error(usage, "\"%s\" is not a command of \"sim\"", word);
	return verb->run(a);
}
