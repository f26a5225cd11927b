// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl ppe: what is in the tables of packet processing engines, and why a flow is not. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "nfoctl.h"
#include "ppe.h"

static const char usage[] =
	"Usage: nfoctl [-j] ppe [ stats ]\n"
	"       nfoctl [-s] [-j] ppe entries [ dev DEVICE ] [ engine N ] [ state STATE ]\n"
	"       nfoctl [-j] ppe why PROTO SRC SPORT DST DPORT\n"
	"       nfoctl [-j] ppe why PROTO SRC:SPORT DST:DPORT\n"
	"       nfoctl [-j] ppe why PROTO src SRC sport SPORT dst DST dport DPORT\n"
	"STATE := { unbound | bound | fin | invalid }\n"
	"PROTO := { tcp | udp }\n"
	"An IPv6 address before a colon stands in brackets: [2001:db8::1]:443\n";

struct filter {
	const char *dev;	/* as the user gave them, NULL: any */
	const char *engine;
	const char *state;
	uint32_t enginenum;
	uint8_t statenum;
};

static int check_filter(struct filter *want)
{
	if (want->dev && strlen(want->dev) > NFO_PPE_DEVICE_MAX)
		return usage_error(usage, "a DEVICE has up to %u characters", NFO_PPE_DEVICE_MAX);
	if (want->engine && !parse_u32(want->engine, 0, UINT32_MAX, &want->enginenum))
		return usage_error(usage, "\"%s\" is no number of an engine", want->engine);
	if (want->state && !ppe_state_id(want->state, &want->statenum))
		return usage_error(usage, "\"%s\" is no state: unbound, bound, fin or invalid",
				   want->state);
	return EXIT_OK;
}

static int parse_filter(struct args *a, struct filter *want)
{
	const struct {
		const char *key;
		const char **val;
	} keys[] = {
		{ "dev", &want->dev },
		{ "engine", &want->engine },
		{ "state", &want->state },
	};
	const char *word;
	size_t i;

	while ((word = arg_next(a))) {
		for (i = 0; i < ARRAY_SIZE(keys) && strcmp(word, keys[i].key); i++)
			;
		if (i == ARRAY_SIZE(keys))
			return usage_error(usage, "\"%s\" is no filter", word);
		if (*keys[i].val)
			return usage_error(usage, "\"%s\" is given twice", word);
		*keys[i].val = arg_next(a);
		if (!*keys[i].val)
			return usage_error(usage, "\"%s\" needs a value", word);
	}
	return check_filter(want);
}

static int open_ppe(struct genl *g)
{
	return genl_open(g, NFO_PPE_GENL_NAME, "nfo_ppe");
}

static int cmd_entries(struct args *a)
{
	struct ppe_entries entries = { 0 };
	struct filter want = { 0 };
	struct genl g;
	int rc;

	rc = parse_filter(a, &want);
	if (rc)
		return rc;
	rc = open_ppe(&g);
	if (!rc) {
		genl_request(&g, NFO_PPE_CMD_GET_ENTRIES);
		if (want.dev)
			genl_put_str(&g, NFO_PPE_DEVICE, want.dev);
		if (want.engine)
			genl_put_u32(&g, NFO_PPE_ENGINE, want.enginenum);
		if (want.state)
			genl_put_u8(&g, NFO_PPE_STATE, want.statenum);
		rc = ppe_entries_get(&g, &entries);
	}
	genl_close(&g);
	if (!rc)
		(opt.json ? ppe_entries_json : ppe_entries_text)(&entries);
	free(entries.entry);
	return rc;
}

static int cmd_engines(struct args *a)
{
	struct ppe_engines engines = { 0 };
	struct genl g;
	int rc;

	if (a->left)
		return usage_error(usage, "\"%s\" is not expected here", *a->word);
	rc = open_ppe(&g);
	if (!rc) {
		genl_request(&g, NFO_PPE_CMD_GET_ENGINES);
		rc = ppe_engines_get(&g, &engines);
	}
	genl_close(&g);
	if (!rc)
		(opt.json ? ppe_engines_json : ppe_engines_text)(&engines);
	ppe_engines_free(&engines);
	return rc;
}

static void ask_why(struct genl *g, const struct tuple *t)
{
	genl_request(g, NFO_PPE_CMD_WHY);
	genl_put(g, NFO_PPE_SRC, t->src.addr.len, t->src.addr.byte);
	genl_put(g, NFO_PPE_DST, t->dst.addr.len, t->dst.addr.byte);
	genl_put_u16(g, NFO_PPE_SPORT, htons(t->src.port));
	genl_put_u16(g, NFO_PPE_DPORT, htons(t->dst.port));
	genl_put_u8(g, NFO_PPE_L4PROTO, t->l4proto);
}

static int cmd_ppe_why(struct args *a)
{
	struct ppe_flows flows = { 0 };
	struct tuple t = { 0 };
	struct genl g;
	int rc;

	rc = tuple_read(a, usage, &t);
	if (rc)
		return rc;
	rc = open_ppe(&g);
	if (!rc) {
		ask_why(&g, &t);
		rc = ppe_flows_get(&g, &flows);
	}
	genl_close(&g);
	if (!rc && opt.json)
		ppe_flows_json(&flows);
	else if (!rc && flows.n)
		ppe_flows_text(&flows);
	if (!rc && !flows.n)
		rc = refuse("no engine was given a flow of this connection: "
			    "\"nfoctl why\" may know the reason");
	free(flows.flow);
	return rc;
}

static int cmd_help(struct args *a)
{
	(void)a;
	fputs(usage, opt.out);
	return EXIT_OK;
}

int cmd_ppe(struct args *a)
{
	static const struct verb verbs[] = {
		{ "stats", cmd_engines },
		{ "entries", cmd_entries },
		{ "why", cmd_ppe_why },
		{ "help", cmd_help },
	};
	const char *word = arg_next(a);
	const struct verb *verb = word ? verb_find(verbs, ARRAY_SIZE(verbs), word) : verbs;

	if (!verb)
		return usage_error(usage, "\"%s\" is not a command of \"ppe\"", word);
	return verb->run(a);
}
