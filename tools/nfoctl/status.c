// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl status: one look at everything. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <linux/genetlink.h>
#include <linux/nfo.h>

#include "nfoctl.h"

#define STOCK	"nf_flow_table_inet"
#define OURS	"nft_offload"
#define REMEDY	"devices whose driver has its own TC_SETUP_FT bypass nft_offload: remove the " \
		"flowtables, \"rmmod nf_flow_table_inet\", reload the ruleset"

struct status {
	char version[64];
	uint32_t flowtables;
	uint32_t ports;
	uint64_t flows;
	uint64_t flows_hw;
	uint64_t unbuilt;
	uint64_t no_port;
	char (*backends)[32];
	size_t nbackends;
	size_t cap;
};

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

static enum provider find_provider(void)
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

static int read_backends(struct status *s, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	msg_for_each(attr, nlh) {
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
	return read_backends(s, nlh);
}

/* The two numbers are read one after the other: the second may have overtaken the first. */
static uint64_t flows_sw(const struct status *s)
{
	return s->flows > s->flows_hw ? s->flows - s->flows_hw : 0;
}

static const char *provider_name(enum provider provider)
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

static void status_json(const struct status *s, enum provider provider)
{
	size_t i;

	json_array(NULL);
	json_object(NULL);
	json_str("nfoctl", NFOCTL_VERSION);
	json_str("version", s->version);
	json_str("provider", provider_name(provider));
	if (provider == PROVIDER_STOCK)
		json_str("remedy", REMEDY);
	json_u64("flowtables", s->flowtables);
	json_u64("ports", s->ports);
	json_u64("flows", s->flows);
	json_u64("flows_hw", s->flows_hw);
	json_u64("flows_sw", flows_sw(s));
	json_array("backends");
	for (i = 0; i < s->nbackends; i++)
		json_str(NULL, s->backends[i]);
	json_end();
	json_u64("unbuilt", s->unbuilt);
	json_u64("no_port", s->no_port);
	json_end();
	json_end();
}

static void row_u64(struct table *t, const char *key, uint64_t n, const char *what)
{
	table_cell(t, COLOR_HEAD, "%s", key);
	table_cell(t, COLOR_NONE, "%" PRIu64 "%s", n, what);
}

static void row_backends(struct table *t, const struct status *s)
{
	char list[256] = "";
	size_t i, n = 0;

	for (i = 0; i < s->nbackends && n < sizeof(list); i++)
		n += snprintf(list + n, sizeof(list) - n, "%s%s", i ? " " : "", s->backends[i]);
	table_cell(t, COLOR_HEAD, "backends");
	table_cell(t, COLOR_NONE, "%s", s->nbackends ? list : "none");
}

static void status_table(const struct status *s, enum provider provider)
{
	static const char *const none[] = { NULL, NULL };
	struct table t;

	table_init(&t, "", none, 2, 0);
	table_cell(&t, COLOR_HEAD, "nfoctl");
	table_cell(&t, COLOR_NONE, "%s", NFOCTL_VERSION);
	table_cell(&t, COLOR_HEAD, "modules");
	table_cell(&t, strcmp(s->version, NFOCTL_VERSION) ? COLOR_WARN : COLOR_NONE, "%s",
		   s->version);
	table_cell(&t, COLOR_HEAD, "provider");
	table_cell(&t, provider == PROVIDER_OURS ? COLOR_GOOD : COLOR_WARN, "%s",
		   provider_name(provider));
	if (provider == PROVIDER_STOCK) {
		table_cell(&t, COLOR_HEAD, "remedy");
		table_cell(&t, COLOR_WARN, "%s", REMEDY);
	}
	row_u64(&t, "flowtables", s->flowtables, "");
	row_u64(&t, "ports", s->ports, "");
	row_u64(&t, "hardware", s->flows_hw, " directions of connections");
	row_u64(&t, "software", flows_sw(s), " directions of connections");
	row_backends(&t, s);
	row_u64(&t, "unbuilt", s->unbuilt, " rules the kernel could not build");
	row_u64(&t, "no-port", s->no_port, " offers for a device that is no port");
	table_flush(&t);
}

static const char usage[] = "Usage: nfoctl status\n";

int cmd_status(struct args *a)
{
	const char *word = arg_next(a);
	struct status s = { 0 };
	enum provider provider;
	struct genl g;
	int rc;

	if (word && is_prefix(word, "help"))
		return fputs(usage, opt.out), EXIT_OK;
	if (word && !is_prefix(word, "show"))
		return usage_error(usage, "\"%s\" is not expected after \"status\"", word);
	word = word ? arg_next(a) : NULL;
	if (word)
		return usage_error(usage, "\"%s\" is not expected here", word);

	rc = genl_open(&g, NFO_GENL_NAME, OURS);
	if (!rc) {
		genl_request(&g, NFO_CMD_STATUS_GET);
		rc = genl_do(&g, read_status, &s);
	}
	genl_close(&g);
	if (!rc && !*s.version)
		rc = refuse("the kernel did not answer");
	if (!rc) {
		provider = find_provider();
		(opt.json ? status_json : status_table)(&s, provider);
	}
	free(s.backends);
	return rc;
}
