// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl port: the devices whose connections may go to hardware. */
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "optin.h"
#include "port.h"

static void port_json(const struct port *p)
{
	json_object(NULL);
	json_u64("ifindex", p->ifindex);
	json_str("port", p->name);
	json_str("backend", p->backend);
	json_str("driver", p->driver);
	json_str("state", port_state_name(p->state));
	json_str("door", port_door_name(p->door));
	json_u64("flows_hw", p->flows_hw);
	json_u64("flows", p->flows);
	json_u64("packets", p->packets);
	json_u64("bytes", p->bytes);
	json_u64("added", p->added);
	json_u64("removed", p->removed);
	if (p->has_quota)
		json_u64("quota", p->quota);
	if (*p->shaper)
		json_str("shaper", p->shaper);
	if (p->state == NFO_PORT_FAILED)
		json_str("error", strerror(abs(p->error)));
	if (*p->wanted)
		json_str("wanted", p->wanted);
	json_optins("allow", p->allow);
	json_optins("needs", p->needs);
	if (*p->how)
		json_str("how", p->how);
	if (*p->note)
		json_str("note", p->note);
	counts_json("reasons", &p->reasons, &reasons);
	json_end();
}

static void port_stats(struct table *t, const struct port *p)
{
	struct word word;
	size_t i;

	if (p->has_quota)
		table_note(t, COLOR_NONE, "quota %" PRIu32, p->quota);
	table_note(t, COLOR_NONE, "added %" PRIu64 " removed %" PRIu64, p->added, p->removed);
	for (i = 0; i < p->reasons.n; i++) {
		word = word_of(&reasons, p->reasons.count[i].id);
		table_note(t, COLOR_WARN, "%s %" PRIu64 ": %s", word.key, p->reasons.count[i].n,
			   word.text);
	}
}

static void port_optins(struct table *t, const struct port *p)
{
	char needs[OPTINS_TEXT], allow[OPTINS_TEXT];
	bool lacks = p->needs & ~p->allow;

	if (p->needs || p->allow)
		table_note(t, lacks ? COLOR_WARN : COLOR_NONE, "needs %s, allowed %s",
			   optins_text(needs, p->needs, " "), optins_text(allow, p->allow, " "));
}

static void port_row(struct table *t, const struct port *p)
{
	char num[NUM_LEN];

	table_cell(t, COLOR_DEV, "%s", p->name);
	table_cell(t, COLOR_NONE, "%s", p->backend);
	table_cell(t, COLOR_NONE, "%s", *p->driver ? p->driver : "-");
	table_cell(t, p->state == NFO_PORT_READY ? COLOR_GOOD :
		   p->state == NFO_PORT_ATTACHING ? COLOR_WARN : COLOR_BAD, "%s",
		   port_state_name(p->state));
	table_cell(t, COLOR_NONE, "%s", port_door_name(p->door));
	table_cell(t, COLOR_NONE, "%" PRIu32, p->flows_hw);
	table_cell(t, COLOR_NONE, "%" PRIu32, p->flows);
	table_cell(t, COLOR_NONE, "%s", human_count(num, p->packets));
	table_cell(t, COLOR_NONE, "%s", human_count(num, p->bytes));
	if (p->state == NFO_PORT_FAILED)
		table_note(t, COLOR_BAD, "no backend could attach: %s",
			   p->error ? strerror(abs(p->error)) : "the kernel does not say why");
	if (*p->how)
		table_note(t, COLOR_NONE, "%s", p->how);
	if (*p->note)
		table_note(t, COLOR_WARN, "%s", p->note);
	if (*p->wanted)
		table_note(t, COLOR_NONE, "wanted %s", p->wanted);
	port_optins(t, p);
	if (*p->shaper)
		table_note(t, COLOR_WARN, "shaper %s: what hardware forwards passes it by",
			   p->shaper);
	if (opt.stats)
		port_stats(t, p);
}

/* All ports, or the one of @ifindex. */
static void ports_print(const struct ports *ports, uint32_t ifindex)
{
	static const char *const heads[] = {
		"PORT", "BACKEND", "DRIVER", "STATE", "DOOR", "HW", "FLOWS", "PACKETS", "BYTES",
	};
	size_t i;
	struct table t;

	table_init(&t, "", heads, ARRAY_SIZE(heads), 0x1e0);
	if (opt.json)
		json_array(NULL);
	for (i = 0; i < ports->n; i++) {
		if (ifindex && ports->port[i].ifindex != ifindex)
			continue;
		if (opt.json)
			port_json(&ports->port[i]);
		else
			port_row(&t, &ports->port[i]);
	}
	if (opt.json)
		json_end();
	else
		table_flush(&t);
}

static bool has_port(const struct ports *ports, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < ports->n; i++) {
		if (ports->port[i].ifindex == ifindex)
			return true;
	}
	return false;
}

static const char usage[] =
	"Usage: nfoctl [-s] [-j] port [ show [ [dev] DEV ] ]\n"
	"       nfoctl port set [dev] DEV [ backend { NAME | auto | none } ] [ allow ALLOW ]\n"
	"ALLOW := { none | WORD[,WORD...] | { + | - }WORD[,{ + | - }WORD...] }\n"
	"WORD  := { ttl-unchanged | no-fin-rst | fragments | any-tag | filter2 | inner-csum }\n";

static int port_show(const char *dev)
{
	struct ports ports = { 0 };
	uint32_t ifindex = 0;
	struct genl g;
	int rc;

	rc = genl_open(&g, NFO_GENL_NAME, "nft_offload");
	if (!rc && dev) {
		ifindex = if_nametoindex(dev);
		if (!ifindex)
			rc = refuse("device \"%s\": %s", dev, strerror(errno));
	}
	if (!rc)
		rc = ports_get(&g, &ports);
	genl_close(&g);
	if (!rc && dev && !has_port(&ports, ifindex))
		rc = refuse("device \"%s\" is no port: no flowtable with \"flags offload\" has it",
			    dev);
	if (!rc)
		ports_print(&ports, ifindex);
	ports_free(&ports);
	return rc;
}

static int cmd_show(struct args *a)
{
	const char *word = arg_next(a);

	if (word && !strcmp(word, "dev") && a->left)
		word = arg_next(a);
	if (a->left)
		return usage_error(usage, "\"%s\" is not expected here", *a->word);
	return port_show(word);
}

static int cmd_set(struct args *a)
{
	return port_set(a, usage);
}

static int cmd_help(struct args *a)
{
	(void)a;
	fputs(usage, opt.out);
	return EXIT_OK;
}

int cmd_port(struct args *a)
{
	static const struct verb verbs[] = {
		{ "show", cmd_show },
		{ "help", cmd_help },
		{ "set", cmd_set },
	};
	const char *word = arg_next(a);
	const struct verb *verb = word ? verb_find(verbs, ARRAY_SIZE(verbs), word) : verbs;

	if (!verb)
		return usage_error(usage, "\"%s\" is not a command of \"port\"", word);
	return verb->run(a);
}
