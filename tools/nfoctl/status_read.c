// SPDX-License-Identifier: GPL-2.0-only
/* Totals as the kernel tells them, and who is nft's flowtable provider. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>
#include <linux/nfo.h>

#include "nfoctl.h"
#include "status.h"

/*
 * Who of the two registered first is nft's flowtable provider, and /proc/modules lists the newest
 * first. Without our module it is the stock one, loaded or not.
 */
enum provider provider_read(FILE *modules)
{
	enum provider provider = PROVIDER_STOCK;
	char *line = NULL, *end;
	size_t size = 0;

	while (getline(&line, &size, modules) > 0) {
		end = line + strcspn(line, " \n");
		*end = '\0';
		if (!strcmp(line, OURS))
			provider = PROVIDER_OURS;
		else if (!strcmp(line, STOCK))
			provider = PROVIDER_STOCK;
	}
	free(line);
	return ferror(modules) ? PROVIDER_UNKNOWN : provider;
}

enum provider provider_find(void)
{
	enum provider provider;
	FILE *f = fopen("/proc/modules", "re");

	if (!f) {
		note("cannot tell who is nft's flowtable provider: /proc/modules: %s",
		     strerror(errno));
		return PROVIDER_UNKNOWN;
	}
	provider = provider_read(f);
	fclose(f);
	return provider;
}

static int read_lists(struct status *s, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	msg_for_each(attr, nlh) {
		if (mnl_attr_get_type(attr) == NFO_STATUS_REFRESH &&
		    counts_read(&s->refresh, attr))
			return -1;
		if (mnl_attr_get_type(attr) != NFO_STATUS_BACKEND)
			continue;
		s->backends = grow(s->backends, &s->cap, s->nbackends, sizeof(*s->backends));
		attr_str(attr, s->backends[s->nbackends++], sizeof(*s->backends));
	}
	return 0;
}

static int read_status(const struct nlmsghdr *nlh, void *data)
{
	static const struct attr_policy policy[NFO_STATUS_MAX + 1] = {
		[NFO_STATUS_VERSION] = { .type = MNL_TYPE_NUL_STRING },
		[NFO_STATUS_FLOWTABLES] = { .type = MNL_TYPE_U32 },
		[NFO_STATUS_PORTS] = { .type = MNL_TYPE_U32 },
		[NFO_STATUS_FLOWS] = { .type = MNL_TYPE_U64 },
		[NFO_STATUS_FLOWS_HW] = { .type = MNL_TYPE_U64 },
		[NFO_STATUS_BACKEND] = { .type = MNL_TYPE_NUL_STRING },
		[NFO_STATUS_UNBUILT] = { .type = MNL_TYPE_U64 },
		[NFO_STATUS_NO_PORT] = { .type = MNL_TYPE_U64 },
		[NFO_STATUS_REFRESH] = { .type = MNL_TYPE_NESTED },
		[NFO_STATUS_EVICTED] = { .type = MNL_TYPE_U64 },
		[NFO_STATUS_EXPIRED] = { .type = MNL_TYPE_U64 },
		[NFO_STATUS_HOPS] = { .type = MNL_TYPE_U32 },
	};
	const struct nlattr *tb[NFO_STATUS_MAX + 1];
	struct status *s = data;

	if (msg_attrs(nlh, policy, tb, NFO_STATUS_MAX))
		return -1;
	if (!tb[NFO_STATUS_VERSION])
		return attrs_missing("status");
	attr_str(tb[NFO_STATUS_VERSION], s->version, sizeof(s->version));
	s->flowtables = attr_u32(tb[NFO_STATUS_FLOWTABLES]);
	s->ports = attr_u32(tb[NFO_STATUS_PORTS]);
	s->flows = attr_u64(tb[NFO_STATUS_FLOWS]);
	s->flows_hw = attr_u64(tb[NFO_STATUS_FLOWS_HW]);
	s->unbuilt = attr_u64(tb[NFO_STATUS_UNBUILT]);
	s->no_port = attr_u64(tb[NFO_STATUS_NO_PORT]);
	s->evicted = attr_u64(tb[NFO_STATUS_EVICTED]);
	s->expired = attr_u64(tb[NFO_STATUS_EXPIRED]);
	s->hops = attr_u32(tb[NFO_STATUS_HOPS]);
	return read_lists(s, nlh);
}

/* The totals. They have to be freed even if they could not be read. */
int status_get(struct genl *g, struct status *s)
{
	int rc;

	*s = (struct status) { 0 };
	genl_request(g, NFO_CMD_STATUS_GET);
	rc = genl_do(g, read_status, s);
	return !rc && !*s->version ? refuse("the kernel did not answer") : rc;
}

void status_free(struct status *s)
{
	free(s->backends);
	free(s->refresh.count);
	*s = (struct status) { 0 };
}

/* The two numbers are read one after the other: the second may have overtaken the first. */
uint64_t status_flows_sw(const struct status *s)
{
	return s->flows > s->flows_hw ? s->flows - s->flows_hw : 0;
}

const char *provider_name(enum provider provider)
{
	switch (provider) {
	case PROVIDER_OURS:
		return OURS;
	case PROVIDER_STOCK:
		return STOCK;
	default:
		return "unknown";
	}
}
