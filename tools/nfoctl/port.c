// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl port: the devices whose connections may go to hardware. */
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>
#include <linux/nfo.h>

#include "nfoctl.h"

struct port {
	uint32_t ifindex;
	char name[IFNAMSIZ];
	char backend[32];
	char driver[64];
	uint8_t state;
	uint8_t door;
	uint32_t flows;
	uint32_t flows_hw;
	uint64_t packets;
	uint64_t bytes;
	uint64_t added;
	uint64_t removed;
	struct counts reasons;
};

struct ports {
	struct port *port;
	size_t n;
	size_t cap;
};

static int read_reasons(struct port *p, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	msg_for_each(attr, nlh) {
		if (mnl_attr_get_type(attr) == NFO_PORT_REASON && counts_read(&p->reasons, attr))
			return -1;
	}
	return 0;
}

static int read_port(const struct nlmsghdr *nlh, void *data)
{
	static const struct attr_policy policy[NFO_PORT_MAX + 1] = {
		[NFO_PORT_IFINDEX] = { .type = MNL_TYPE_U32 },
		[NFO_PORT_NAME] = { .type = MNL_TYPE_NUL_STRING },
		[NFO_PORT_BACKEND] = { .type = MNL_TYPE_NUL_STRING },
		[NFO_PORT_DRIVER] = { .type = MNL_TYPE_NUL_STRING },
		[NFO_PORT_STATE] = { .type = MNL_TYPE_U8 },
		[NFO_PORT_DOOR] = { .type = MNL_TYPE_U8 },
		[NFO_PORT_FLOWS] = { .type = MNL_TYPE_U32 },
		[NFO_PORT_FLOWS_HW] = { .type = MNL_TYPE_U32 },
		[NFO_PORT_PACKETS] = { .type = MNL_TYPE_U64 },
		[NFO_PORT_BYTES] = { .type = MNL_TYPE_U64 },
		[NFO_PORT_ADDED] = { .type = MNL_TYPE_U64 },
		[NFO_PORT_REMOVED] = { .type = MNL_TYPE_U64 },
		[NFO_PORT_REASON] = { .type = MNL_TYPE_NESTED },
	};
	const struct nlattr *tb[NFO_PORT_MAX + 1];
	struct ports *ports = data;
	struct port *p;

	if (msg_attrs(nlh, policy, tb, NFO_PORT_MAX))
		return -1;
	if (!tb[NFO_PORT_IFINDEX] || !tb[NFO_PORT_NAME])
		return attrs_missing("port");
	ports->port = grow(ports->port, &ports->cap, ports->n, sizeof(*p));
	p = &ports->port[ports->n++];
	*p = (struct port) {
		.ifindex = attr_u32(tb[NFO_PORT_IFINDEX]),
		.state = attr_u8(tb[NFO_PORT_STATE]),
		.door = attr_u8(tb[NFO_PORT_DOOR]),
		.flows = attr_u32(tb[NFO_PORT_FLOWS]),
		.flows_hw = attr_u32(tb[NFO_PORT_FLOWS_HW]),
		.packets = attr_u64(tb[NFO_PORT_PACKETS]),
		.bytes = attr_u64(tb[NFO_PORT_BYTES]),
		.added = attr_u64(tb[NFO_PORT_ADDED]),
		.removed = attr_u64(tb[NFO_PORT_REMOVED]),
	};
	attr_str(tb[NFO_PORT_NAME], p->name, sizeof(p->name));
	attr_str(tb[NFO_PORT_BACKEND], p->backend, sizeof(p->backend));
	attr_str(tb[NFO_PORT_DRIVER], p->driver, sizeof(p->driver));
	return read_reasons(p, nlh);
}

static void drop_ports(void *data)
{
	struct ports *ports = data;

	while (ports->n)
		free(ports->port[--ports->n].reasons.count);
}

static const char *state_name(uint8_t state)
{
	static const char *const names[] = {
		[NFO_PORT_READY] = "ready",
		[NFO_PORT_OFF] = "off",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

static const char *door_name(uint8_t door)
{
	static const char *const names[] = {
		[NFO_DOOR_PROVIDER] = "provider",
		[NFO_DOOR_INDIRECT] = "indirect",
	};

	return door < ARRAY_SIZE(names) ? names[door] : "unknown";
}

static void port_json(const struct port *p)
{
	json_object(NULL);
	json_u64("ifindex", p->ifindex);
	json_str("port", p->name);
	json_str("backend", p->backend);
	json_str("driver", p->driver);
	json_str("state", state_name(p->state));
	json_str("door", door_name(p->door));
	json_u64("flows_hw", p->flows_hw);
	json_u64("flows", p->flows);
	json_u64("packets", p->packets);
	json_u64("bytes", p->bytes);
	json_u64("added", p->added);
	json_u64("removed", p->removed);
	counts_json("reasons", &p->reasons, &reasons);
	json_end();
}

static void port_stats(struct table *t, const struct port *p)
{
	struct word word;
	size_t i;

	table_note(t, COLOR_NONE, "added %" PRIu64 " removed %" PRIu64, p->added, p->removed);
	for (i = 0; i < p->reasons.n; i++) {
		word = word_of(&reasons, p->reasons.count[i].id);
		table_note(t, COLOR_WARN, "%s %" PRIu64 ": %s", word.key, p->reasons.count[i].n,
			   word.text);
	}
}

static void port_row(struct table *t, const struct port *p)
{
	char num[NUM_LEN];

	table_cell(t, COLOR_DEV, "%s", p->name);
	table_cell(t, COLOR_NONE, "%s", p->backend);
	table_cell(t, COLOR_NONE, "%s", *p->driver ? p->driver : "-");
	table_cell(t, p->state == NFO_PORT_READY ? COLOR_GOOD : COLOR_BAD, "%s",
		   state_name(p->state));
	table_cell(t, COLOR_NONE, "%s", door_name(p->door));
	table_cell(t, COLOR_NONE, "%" PRIu32, p->flows_hw);
	table_cell(t, COLOR_NONE, "%" PRIu32, p->flows);
	table_cell(t, COLOR_NONE, "%s", human_count(num, p->packets));
	table_cell(t, COLOR_NONE, "%s", human_count(num, p->bytes));
	if (opt.stats)
		port_stats(t, p);
}

static int by_ifindex(const void *a, const void *b)
{
	const struct port *x = a, *y = b;

	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
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

static const char usage[] = "Usage: nfoctl [-s] [-j] port [ show [ [dev] DEV ] ]\n";

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
	if (!rc) {
		genl_request(&g, NFO_CMD_PORT_GET);
		rc = genl_dump(&g, read_port, drop_ports, &ports);
	}
	genl_close(&g);
	if (!rc && dev && !has_port(&ports, ifindex))
		rc = refuse("device \"%s\" is no port: no flowtable with \"flags offload\" has it",
			    dev);
	if (!rc && ports.n)
		qsort(ports.port, ports.n, sizeof(*ports.port), by_ifindex);
	if (!rc)
		ports_print(&ports, ifindex);
	drop_ports(&ports);
	free(ports.port);
	return rc;
}

int cmd_port(struct args *a)
{
	const char *word = arg_next(a);

	if (word && is_prefix(word, "help"))
		return fputs(usage, opt.out), EXIT_OK;
	if (word && !is_prefix(word, "show"))
		return usage_error(usage, "\"%s\" is not a command of \"port\"", word);
	word = arg_next(a);
	if (word && !strcmp(word, "dev") && a->left)
		word = arg_next(a);
	if (a->left)
		return usage_error(usage, "\"%s\" is not expected here", *a->word);
	return port_show(word);
}
