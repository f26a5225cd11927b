// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl why: which flowtables there are, and whether any rule adds to them. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "nfoctl.h"
#include "why.h"

struct ask {
	uint8_t family;		/* of the connection */
	struct why_nft *nft;
};

/* Packets of one IP version pass the tables of that and of the inet family. */
static bool family_fits(const struct nlmsghdr *nlh, uint8_t family)
{
	const struct nfgenmsg *hdr = mnl_nlmsg_get_payload(nlh);

	return hdr->nfgen_family == NFPROTO_INET || hdr->nfgen_family == family;
}

static uint8_t family_of(const struct nlmsghdr *nlh)
{
	return ((const struct nfgenmsg *)mnl_nlmsg_get_payload(nlh))->nfgen_family;
}

/* ---- flowtables */

static int read_devs(const struct nlattr *nest, struct why_nft *nft)
{
	const struct nlattr *attr;

	nest_for_each(attr, nest) {
		if (mnl_attr_get_type(attr) != NFTA_DEVICE_NAME ||
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			continue;
		nft->dev = grow(nft->dev, &nft->devs_cap, nft->ndevs, sizeof(*nft->dev));
		attr_str(attr, nft->dev[nft->ndevs++], IFNAMSIZ);
	}
	return 0;
}

static int read_hook(const struct nlattr *nest, struct why_nft *nft)
{
	static const struct attr_policy policy[NFTA_FLOWTABLE_HOOK_MAX + 1] = {
		[NFTA_FLOWTABLE_HOOK_DEVS] = { .type = MNL_TYPE_NESTED },
	};
	const struct nlattr *tb[NFTA_FLOWTABLE_HOOK_MAX + 1];

	if (nest_attrs(nest, policy, tb, NFTA_FLOWTABLE_HOOK_MAX))
		return -1;
	return tb[NFTA_FLOWTABLE_HOOK_DEVS] ? read_devs(tb[NFTA_FLOWTABLE_HOOK_DEVS], nft) : 0;
}

static int read_flowtable(const struct nlmsghdr *nlh, void *data)
{
	static const struct attr_policy policy[NFTA_FLOWTABLE_MAX + 1] = {
		[NFTA_FLOWTABLE_TABLE] = { .type = MNL_TYPE_NUL_STRING },
		[NFTA_FLOWTABLE_NAME] = { .type = MNL_TYPE_NUL_STRING },
		[NFTA_FLOWTABLE_HOOK] = { .type = MNL_TYPE_NESTED },
		[NFTA_FLOWTABLE_FLAGS] = { .type = MNL_TYPE_U32 },
	};
	const struct nlattr *tb[NFTA_FLOWTABLE_MAX + 1];
	struct ask *ask = data;
	struct why_nft *nft = ask->nft;
	struct why_table *t;

	if (hdr_attrs(nlh, sizeof(struct nfgenmsg), policy, tb, NFTA_FLOWTABLE_MAX))
		return -1;
	if (!tb[NFTA_FLOWTABLE_TABLE] || !tb[NFTA_FLOWTABLE_NAME])
		return attrs_missing("flowtable");
	if (!family_fits(nlh, ask->family))
		return 0;
	nft->table = grow(nft->table, &nft->cap, nft->flowtables, sizeof(*t));
	t = &nft->table[nft->flowtables++];
	t->family = family_of(nlh);
	t->offload = ntohl(attr_u32(tb[NFTA_FLOWTABLE_FLAGS])) & NFT_FLOWTABLE_HW_OFFLOAD;
	attr_str(tb[NFTA_FLOWTABLE_TABLE], t->table, sizeof(t->table));
	attr_str(tb[NFTA_FLOWTABLE_NAME], t->name, sizeof(t->name));
	nft->offload += t->offload;
	return tb[NFTA_FLOWTABLE_HOOK] ? read_hook(tb[NFTA_FLOWTABLE_HOOK], nft) : 0;
}

static void drop_flowtables(void *data)
{
	struct ask *ask = data;

	ask->nft->flowtables = ask->nft->offload = 0;
	ask->nft->ndevs = 0;
}

/* ---- rules */

static bool has_offload(const struct why_nft *nft, uint8_t family, const char *table,
			const char *name)
{
	unsigned int i;

	for (i = 0; i < nft->flowtables; i++) {
		const struct why_table *t = &nft->table[i];

		/* the names were cut to what fits when they were read */
		if (t->family == family && !strncmp(t->table, table, sizeof(t->table) - 1) &&
		    !strncmp(t->name, name, sizeof(t->name) - 1))
			return t->offload;
	}
	return false;
}

/* One expression; true if it adds to a flowtable, which is then in @name. */
static int read_expr(const struct nlattr *nest, const char **name)
{
	static const struct attr_policy policy[NFTA_EXPR_MAX + 1] = {
		[NFTA_EXPR_NAME] = { .type = MNL_TYPE_NUL_STRING },
		[NFTA_EXPR_DATA] = { .type = MNL_TYPE_NESTED },
	};
	static const struct attr_policy data_policy[NFTA_FLOW_MAX + 1] = {
		[NFTA_FLOW_TABLE_NAME] = { .type = MNL_TYPE_NUL_STRING },
	};
	const struct nlattr *tb[NFTA_EXPR_MAX + 1], *data[NFTA_FLOW_MAX + 1];

	if (nest_attrs(nest, policy, tb, NFTA_EXPR_MAX))
		return -1;
	if (!tb[NFTA_EXPR_NAME] || !tb[NFTA_EXPR_DATA] ||
	    strcmp(mnl_attr_get_str(tb[NFTA_EXPR_NAME]), "flow_offload"))
		return 0;
	if (nest_attrs(tb[NFTA_EXPR_DATA], data_policy, data, NFTA_FLOW_MAX))
		return -1;
	if (data[NFTA_FLOW_TABLE_NAME])
		*name = mnl_attr_get_str(data[NFTA_FLOW_TABLE_NAME]);
	return 0;
}

static int read_rule(const struct nlmsghdr *nlh, void *data)
{
	static const struct attr_policy policy[NFTA_RULE_MAX + 1] = {
		[NFTA_RULE_TABLE] = { .type = MNL_TYPE_NUL_STRING },
		[NFTA_RULE_EXPRESSIONS] = { .type = MNL_TYPE_NESTED },
	};
	const struct nlattr *tb[NFTA_RULE_MAX + 1], *attr;
	const char *name = NULL;
	struct ask *ask = data;

	if (hdr_attrs(nlh, sizeof(struct nfgenmsg), policy, tb, NFTA_RULE_MAX))
		return -1;
	if (!family_fits(nlh, ask->family) || !tb[NFTA_RULE_TABLE] || !tb[NFTA_RULE_EXPRESSIONS])
		return 0;
	nest_for_each(attr, tb[NFTA_RULE_EXPRESSIONS]) {
		if (mnl_attr_get_type(attr) == NFTA_LIST_ELEM && read_expr(attr, &name))
			return -1;
	}
	if (!name)
		return 0;
	ask->nft->rules++;
	ask->nft->rules_offload += has_offload(ask->nft, family_of(nlh),
					       mnl_attr_get_str(tb[NFTA_RULE_TABLE]), name);
	return 0;
}

static void drop_rules(void *data)
{
	struct ask *ask = data;

	ask->nft->rules = ask->nft->rules_offload = 0;
}

/* ---- both */

static int dump(struct genl *g, uint8_t get, uint8_t new, genl_cb cb, void (*reset)(void *),
		struct ask *ask)
{
	const struct nfgenmsg hdr = { .nfgen_family = NFPROTO_UNSPEC };

	nl_request(g, NFNL_SUBSYS_NFTABLES << 8 | get, NFNL_SUBSYS_NFTABLES << 8 | new, &hdr,
		   sizeof(hdr));
	return genl_dump(g, cb, reset, ask);
}

/* What may take packets of AF_INET or AF_INET6. To be freed even if it failed. */
int why_ask_nft(uint8_t family, struct why_nft *nft)
{
	struct ask ask = { .family = family, .nft = nft };
	struct genl g;
	int rc = nl_open(&g, NETLINK_NETFILTER);

	*nft = (struct why_nft) { 0 };
	if (!rc)
		rc = dump(&g, NFT_MSG_GETFLOWTABLE, NFT_MSG_NEWFLOWTABLE, read_flowtable,
			  drop_flowtables, &ask);
	if (!rc)
		rc = dump(&g, NFT_MSG_GETRULE, NFT_MSG_NEWRULE, read_rule, drop_rules, &ask);
	genl_close(&g);
	return rc;
}

void why_nft_free(struct why_nft *nft)
{
	free(nft->table);
	free(nft->dev);
	*nft = (struct why_nft) { 0 };
}

bool why_nft_has(const struct why_nft *nft, const char *dev)
{
	size_t i;

	for (i = 0; i < nft->ndevs; i++) {
		if (!strcmp(nft->dev[i], dev))
			return true;
	}
	return false;
}
