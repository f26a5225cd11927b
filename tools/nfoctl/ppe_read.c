// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl ppe: engines, entries and flows as the kernel tells them, one message each. */
#include <stdlib.h>
#include <string.h>

#include "nfoctl.h"
#include "ppe.h"

static const struct attr_policy policy[NFO_PPE_MAX + 1] = {
	[NFO_PPE_DEVICE] = { .type = MNL_TYPE_NUL_STRING },
	[NFO_PPE_ENGINE] = { .type = MNL_TYPE_U32 },
	[NFO_PPE_GEN] = { .type = MNL_TYPE_U8 },
	[NFO_PPE_ACCOUNTING] = { .type = MNL_TYPE_U8 },
	[NFO_PPE_MAC] = { .type = MNL_TYPE_NUL_STRING },
	[NFO_PPE_ENTRIES] = { .type = MNL_TYPE_U32 },
	[NFO_PPE_USED] = { .type = MNL_TYPE_U32 },
	[NFO_PPE_BOUND] = { .type = MNL_TYPE_U32 },
	[NFO_PPE_WAITING] = { .type = MNL_TYPE_U32 },
	[NFO_PPE_STAT_BINDS] = { .type = MNL_TYPE_U64 },
	[NFO_PPE_STAT_REBINDS] = { .type = MNL_TYPE_U64 },
	[NFO_PPE_STAT_AGED] = { .type = MNL_TYPE_U64 },
	[NFO_PPE_STAT_EVICTED] = { .type = MNL_TYPE_U64 },
	[NFO_PPE_STAT_FULL] = { .type = MNL_TYPE_U64 },
	[NFO_PPE_STAT_RESETS] = { .type = MNL_TYPE_U64 },
	[NFO_PPE_STAT_MIB_ERRORS] = { .type = MNL_TYPE_U64 },
	[NFO_PPE_STAT_STUCK] = { .type = MNL_TYPE_U64 },
	[NFO_PPE_INDEX] = { .type = MNL_TYPE_U32 },
	[NFO_PPE_NOW] = { .type = MNL_TYPE_U32 },
	[NFO_PPE_OURS] = { .type = MNL_TYPE_U8 },
	[NFO_PPE_PACKETS] = { .type = MNL_TYPE_U64 },
	[NFO_PPE_BYTES] = { .type = MNL_TYPE_U64 },
	[NFO_PPE_SPORT] = { .type = MNL_TYPE_U16 },
	[NFO_PPE_DPORT] = { .type = MNL_TYPE_U16 },
	[NFO_PPE_L4PROTO] = { .type = MNL_TYPE_U8 },
	[NFO_PPE_WHY] = { .type = MNL_TYPE_U8 },
	[NFO_PPE_BUCKET] = { .type = MNL_TYPE_U32 },
};

static int unreadable(const char *what)
{
	refuse("cannot read the kernel's answer: %s", what);
	return -1;
}

/* The attributes of a message, and which engine it is about. */
static int read_message(const struct nlmsghdr *nlh, const struct nlattr **tb,
			struct ppe_where *where)
{
	if (msg_attrs(nlh, policy, tb, NFO_PPE_MAX))
		return -1;
	if (!tb[NFO_PPE_DEVICE] || !tb[NFO_PPE_ENGINE])
		return attrs_missing("packet processing engine");
	attr_str(tb[NFO_PPE_DEVICE], where->device, sizeof(where->device));
	where->engine = attr_u32(tb[NFO_PPE_ENGINE]);
	return 0;
}

static void read_macs(const struct nlmsghdr *nlh, struct ppe_engine *e)
{
	const struct nlattr *attr;

	msg_for_each(attr, nlh) {
		if (mnl_attr_get_type(attr) != NFO_PPE_MAC)
			continue;
		e->mac = grow(e->mac, &e->cap, e->n_mac, sizeof(*e->mac));
		attr_str(attr, e->mac[e->n_mac++], IFNAMSIZ);
	}
}

static int read_engine(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFO_PPE_MAX + 1];
	struct ppe_engines *engines = data;
	struct ppe_where where;
	struct ppe_engine *e;
	unsigned int i;

	if (read_message(nlh, tb, &where))
		return -1;
	engines->engine = grow(engines->engine, &engines->cap, engines->n, sizeof(*e));
	e = &engines->engine[engines->n++];
	*e = (struct ppe_engine) {
		.where = where,
		.gen = attr_u8(tb[NFO_PPE_GEN]),
		.accounting = attr_u8(tb[NFO_PPE_ACCOUNTING]),
		.entries = attr_u32(tb[NFO_PPE_ENTRIES]),
		.has_used = tb[NFO_PPE_USED],
		.used = attr_u32(tb[NFO_PPE_USED]),
		.bound = attr_u32(tb[NFO_PPE_BOUND]),
		.waiting = attr_u32(tb[NFO_PPE_WAITING]),
	};
	for (i = 0; i < PPE_STATS; i++)
		e->stat[i] = attr_u64(tb[NFO_PPE_STAT_BINDS + i]);
	read_macs(nlh, e);
	return 0;
}

static int read_words(const struct nlattr *attr, struct ppe_entry *e)
{
	unsigned int len = mnl_attr_get_payload_len(attr);

	if (!len || len % sizeof(*e->word) || len > sizeof(e->word))
		return unreadable("an entry of odd length");
	memcpy(e->word, mnl_attr_get_payload(attr), len);
	e->n_word = len / sizeof(*e->word);
	return 0;
}

static int read_entry(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFO_PPE_MAX + 1];
	struct ppe_entries *entries = data;
	struct ppe_where where;
	struct ppe_entry *e;

	if (read_message(nlh, tb, &where))
		return -1;
	if (!tb[NFO_PPE_INDEX] || !tb[NFO_PPE_WORDS] || !tb[NFO_PPE_GEN])
		return attrs_missing("table entry");
	entries->entry = grow(entries->entry, &entries->cap, entries->n, sizeof(*e));
	e = &entries->entry[entries->n++];
	*e = (struct ppe_entry) {
		.where = where,
		.gen = attr_u8(tb[NFO_PPE_GEN]),
		.index = attr_u32(tb[NFO_PPE_INDEX]),
		.has_now = tb[NFO_PPE_NOW],
		.now = attr_u32(tb[NFO_PPE_NOW]),
		.ours = attr_u8(tb[NFO_PPE_OURS]),
		.counted = tb[NFO_PPE_PACKETS],
		.packets = attr_u64(tb[NFO_PPE_PACKETS]),
		.bytes = attr_u64(tb[NFO_PPE_BYTES]),
	};
	return read_words(tb[NFO_PPE_WORDS], e);
}

static int read_endpoint(const struct nlattr *addr, const struct nlattr *port, struct endpoint *ep)
{
	unsigned int len = addr ? mnl_attr_get_payload_len(addr) : 0;

	if (addr && len != 4 && len != 16)
		return unreadable("an address neither IPv4 nor IPv6");
	ep->addr.len = len;
	if (len)
		memcpy(ep->addr.byte, mnl_attr_get_payload(addr), len);
	ep->has_port = port;
	ep->port = attr_be16(port);
	return 0;
}

static int read_flow(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NFO_PPE_MAX + 1];
	struct ppe_flows *flows = data;
	struct ppe_where where;
	struct ppe_flow *f;

	if (read_message(nlh, tb, &where))
		return -1;
	if (!tb[NFO_PPE_WHY])
		return attrs_missing("flow of an engine");
	flows->flow = grow(flows->flow, &flows->cap, flows->n, sizeof(*f));
	f = &flows->flow[flows->n++];
	*f = (struct ppe_flow) {
		.where = where,
		.tuple.l4proto = attr_u8(tb[NFO_PPE_L4PROTO]),
		.why = attr_u8(tb[NFO_PPE_WHY]),
		.has_index = tb[NFO_PPE_INDEX],
		.index = attr_u32(tb[NFO_PPE_INDEX]),
		.has_bucket = tb[NFO_PPE_BUCKET],
		.bucket = attr_u32(tb[NFO_PPE_BUCKET]),
		.counted = tb[NFO_PPE_PACKETS],
		.packets = attr_u64(tb[NFO_PPE_PACKETS]),
		.bytes = attr_u64(tb[NFO_PPE_BYTES]),
	};
	if (read_endpoint(tb[NFO_PPE_SRC], tb[NFO_PPE_SPORT], &f->tuple.src))
		return -1;
	return read_endpoint(tb[NFO_PPE_DST], tb[NFO_PPE_DPORT], &f->tuple.dst);
}

static void drop_engines(void *data)
{
	struct ppe_engines *engines = data;

	while (engines->n)
		free(engines->engine[--engines->n].mac);
}

static void drop_entries(void *data)
{
	((struct ppe_entries *)data)->n = 0;
}

static void drop_flows(void *data)
{
	((struct ppe_flows *)data)->n = 0;
}

int ppe_engines_get(struct genl *g, struct ppe_engines *engines)
{
	return genl_dump(g, read_engine, drop_engines, engines);
}

void ppe_engines_free(struct ppe_engines *engines)
{
	drop_engines(engines);
	free(engines->engine);
}

int ppe_entries_get(struct genl *g, struct ppe_entries *entries)
{
	return genl_dump(g, read_entry, drop_entries, entries);
}

int ppe_flows_get(struct genl *g, struct ppe_flows *flows)
{
	return genl_dump(g, read_flow, drop_flows, flows);
}
