// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl why: by which device the packets to an address leave, and those from it should come. */
#include <errno.h>
#include <string.h>
#include <net/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "nfoctl.h"
#include "why.h"

static int read_route(const struct nlmsghdr *nlh, void *data)
{
	static const struct attr_policy policy[RTA_MAX + 1] = {
		[RTA_OIF] = { .type = MNL_TYPE_U32 },
	};
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *tb[RTA_MAX + 1];
	struct why_route *route = data;

	if (hdr_attrs(nlh, sizeof(*rtm), policy, tb, RTA_MAX))
		return -1;
	route->local = rtm->rtm_type == RTN_LOCAL;
	route->ifindex = attr_u32(tb[RTA_OIF]);
	route->known = route->local || (rtm->rtm_type == RTN_UNICAST && route->ifindex);
	return 0;
}

/* Devices made of others: the flowtable may have the one or the other. */
static bool kind_stacked(const char *kind)
{
	static const char *const kinds[] = {
		"vlan", "bridge", "bond", "team", "macvlan", "ipvlan", "vrf", "dsa",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kind, kinds[i]))
			return true;
	}
	return false;
}

static int read_link(const struct nlmsghdr *nlh, void *data)
{
	static const struct attr_policy policy[IFLA_MAX + 1] = {
		[IFLA_LINK] = { .type = MNL_TYPE_U32 },
		[IFLA_LINKINFO] = { .type = MNL_TYPE_NESTED },
	};
	static const struct attr_policy info_policy[IFLA_INFO_MAX + 1] = {
		[IFLA_INFO_KIND] = { .type = MNL_TYPE_STRING },
	};
	const struct nlattr *tb[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1] = { NULL };
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct why_route *route = data;
	char kind[32] = "";

	if (hdr_attrs(nlh, sizeof(*ifi), policy, tb, IFLA_MAX))
		return -1;
	if (tb[IFLA_LINKINFO] && nest_attrs(tb[IFLA_LINKINFO], info_policy, info, IFLA_INFO_MAX))
		return -1;
	if (info[IFLA_INFO_KIND])
		snprintf(kind, sizeof(kind), "%.*s",
			 mnl_attr_get_payload_len(info[IFLA_INFO_KIND]),
			 mnl_attr_get_str(info[IFLA_INFO_KIND]));
	/* PPP devices have no kind if pppd made them */
	route->stacked = kind_stacked(kind) || ifi->ifi_type == ARPHRD_PPP;
	if (route->stacked)
		route->lower = attr_u32(tb[IFLA_LINK]);
	return 0;
}

static int ask_route(struct genl *g, const struct addr *addr, struct why_route *route)
{
	const struct rtmsg hdr = {
		.rtm_family = addr->len == 16 ? AF_INET6 : AF_INET,
		.rtm_dst_len = addr->len * 8,
	};
	int error;

	nl_request(g, RTM_GETROUTE, RTM_NEWROUTE, &hdr, sizeof(hdr));
	genl_put(g, RTA_DST, addr->len, addr->byte);
	return genl_try(g, read_route, route, &error);
}

static int ask_link(struct genl *g, struct why_route *route)
{
	const struct ifinfomsg hdr = { .ifi_index = route->ifindex };
	int error;

	nl_request(g, RTM_GETLINK, RTM_NEWLINK, &hdr, sizeof(hdr));
	return genl_try(g, read_link, route, &error);
}

/* No route is an answer too; policy routing by other things than the address is not seen. */
int why_ask_route(const struct addr *addr, struct why_route *route)
{
	struct genl g;
	int rc = nl_open(&g, NETLINK_ROUTE);

	*route = (struct why_route) { 0 };
	if (!rc)
		rc = ask_route(&g, addr, route);
	if (!rc && route->known && !route->local)
		rc = ask_link(&g, route);
	genl_close(&g);
	return rc;
}
