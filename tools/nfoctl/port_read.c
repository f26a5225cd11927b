// SPDX-License-Identifier: GPL-2.0-only
/* Ports as the kernel tells them: one message per device. */
#include <stdlib.h>
#include <string.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "port.h"

static int read_reasons(struct port *p, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	msg_for_each(attr, nlh) {
		if (mnl_attr_get_type(attr) == NFO_PORT_REASON && counts_read(&p->reasons, attr))
			return -1;
	}
	return 0;
}

/* One port, of a dump or of a notification. It has to be freed even if it could not be read. */
int port_read(const struct nlmsghdr *nlh, struct port *p)
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
		[NFO_PORT_EVENT] = { .type = MNL_TYPE_U8 },
		[NFO_PORT_ERROR] = { .type = MNL_TYPE_U32 },
		[NFO_PORT_QUOTA] = { .type = MNL_TYPE_U32 },
		[NFO_PORT_SHAPER] = { .type = MNL_TYPE_NUL_STRING },
		[NFO_PORT_WANTED] = { .type = MNL_TYPE_NUL_STRING },
		[NFO_PORT_ALLOW] = { .type = MNL_TYPE_U32 },
		[NFO_PORT_NEEDS] = { .type = MNL_TYPE_U32 },
		[NFO_PORT_NOTE] = { .type = MNL_TYPE_NUL_STRING },
		[NFO_PORT_HOW] = { .type = MNL_TYPE_NUL_STRING },
	};
	const struct nlattr *tb[NFO_PORT_MAX + 1];

	memset(p, 0, sizeof(*p));
	if (msg_attrs(nlh, policy, tb, NFO_PORT_MAX))
		return -1;
	if (!tb[NFO_PORT_IFINDEX] || !tb[NFO_PORT_NAME])
		return attrs_missing("port");
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
		.event = tb[NFO_PORT_EVENT] ? attr_u8(tb[NFO_PORT_EVENT]) : PORT_NO_EVENT,
		.error = (int32_t)attr_u32(tb[NFO_PORT_ERROR]),
		.has_quota = tb[NFO_PORT_QUOTA],
		.quota = attr_u32(tb[NFO_PORT_QUOTA]),
		.allow = attr_u32(tb[NFO_PORT_ALLOW]),
		.needs = attr_u32(tb[NFO_PORT_NEEDS]),
	};
	attr_str(tb[NFO_PORT_NAME], p->name, sizeof(p->name));
	attr_str(tb[NFO_PORT_BACKEND], p->backend, sizeof(p->backend));
	attr_str(tb[NFO_PORT_DRIVER], p->driver, sizeof(p->driver));
	attr_str(tb[NFO_PORT_SHAPER], p->shaper, sizeof(p->shaper));
	attr_str(tb[NFO_PORT_WANTED], p->wanted, sizeof(p->wanted));
	attr_str(tb[NFO_PORT_NOTE], p->note, sizeof(p->note));
	attr_str(tb[NFO_PORT_HOW], p->how, sizeof(p->how));
	return read_reasons(p, nlh);
}

void port_free(struct port *p)
{
	free(p->reasons.count);
	p->reasons.count = NULL;
}

static int add_port(const struct nlmsghdr *nlh, void *data)
{
	struct ports *ports = data;

	ports->port = grow(ports->port, &ports->cap, ports->n, sizeof(*ports->port));
	return port_read(nlh, &ports->port[ports->n++]);
}

static void drop_ports(void *data)
{
	struct ports *ports = data;

	while (ports->n)
		port_free(&ports->port[--ports->n]);
}

void ports_free(struct ports *ports)
{
	drop_ports(ports);
	free(ports->port);
	*ports = (struct ports) { 0 };
}

static int by_ifindex(const void *a, const void *b)
{
	const struct port *x = a, *y = b;

	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

int ports_get(struct genl *g, struct ports *ports)
{
	int rc;

	genl_request(g, NFO_CMD_PORT_GET);
	rc = genl_dump(g, add_port, drop_ports, ports);
	if (!rc && ports->n)
		qsort(ports->port, ports->n, sizeof(*ports->port), by_ifindex);
	return rc;
}

const char *port_state_name(uint8_t state)
{
	static const char *const names[] = {
		[NFO_PORT_READY] = "ready",
		[NFO_PORT_OFF] = "off",
		[NFO_PORT_ATTACHING] = "attaching",
		[NFO_PORT_FAILED] = "failed",
	};

	return state < ARRAY_SIZE(names) ? names[state] : "unknown";
}

const char *port_door_name(uint8_t door)
{
	static const char *const names[] = {
		[NFO_DOOR_PROVIDER] = "provider",
		[NFO_DOOR_INDIRECT] = "indirect",
	};

	return door < ARRAY_SIZE(names) ? names[door] : "unknown";
}
