// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an administrator says of one port over netlink. It is kept in the policy (net.c): by name,
 * so that it holds before the device exists and after it has come back.
 */
#include <linux/bits.h>
#include <net/genetlink.h>

#include "core.h"

#define ALL_OPTINS	GENMASK(NFO_OPTIN_MAX, 0)

const struct nla_policy nfo_port_nla[NFO_PORT_MAX + 1] = {
	[NFO_PORT_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[NFO_PORT_NAME] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[NFO_PORT_WANTED] = { .type = NLA_NUL_STRING, .len = NFO_BACKEND_LEN - 1 },
	[NFO_PORT_ALLOW] = NLA_POLICY_MASK(NLA_U32, ALL_OPTINS),
	[NFO_PORT_ALLOW_MASK] = NLA_POLICY_MASK(NLA_U32, ALL_OPTINS),
};

/**
 * nfo_port_nl_backend() - read which backend is wanted
 * @attr: a string: "auto", "none" or a backend's name
 * @name: NFO_BACKEND_LEN bytes: as in struct nfo_port_policy
 * @extack: says what is wrong
 *
 * Context: may sleep; the backend's module may be loaded.
 *
 * Return: 0 or -ENOENT.
 */
int nfo_port_nl_backend(const struct nlattr *attr, char *name, struct netlink_ext_ack *extack)
{
	nla_strscpy(name, attr, NFO_BACKEND_LEN);
	if (!strcmp(name, "auto"))
		*name = '\0';
	if (!*name || !strcmp(name, "none"))
		return 0;
	return nfo_backend_known(name, extack);
}

static int name_of(struct net *net, int ifindex, char *name)
{
	struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(net, ifindex);
	if (dev)
		strscpy(name, dev->name, IFNAMSIZ);
	rcu_read_unlock();
	return dev ? 0 : -ENODEV;
}

static int read_name(struct genl_info *info, char *name)
{
	const struct nlattr *index = info->attrs[NFO_PORT_IFINDEX];
	int err = 0;

	if (info->attrs[NFO_PORT_NAME])
		nla_strscpy(name, info->attrs[NFO_PORT_NAME], IFNAMSIZ);
	else if (index)
		err = name_of(genl_info_net(info), nla_get_u32(index), name);
	if (err) {
		NL_SET_ERR_MSG_ATTR(info->extack, index, "there is no such device");
	} else if (!*name) {
		NL_SET_ERR_MSG(info->extack, "the port has no name");
		err = -EINVAL;
	}
	return err;
}

static int read_allow(struct genl_info *info, struct nfo_port_change *change)
{
	const struct nlattr *allow = info->attrs[NFO_PORT_ALLOW];
	const struct nlattr *mask = info->attrs[NFO_PORT_ALLOW_MASK];

	if (mask && !allow) {
		NL_SET_ERR_MSG(info->extack, "a mask needs what it is for: NFO_PORT_ALLOW");
		return -EINVAL;
	}
	if (allow) {
		change->allow = nla_get_u32(allow);
		change->allow_mask = mask ? nla_get_u32(mask) : ALL_OPTINS;
	}
	return 0;
}

static int read_change(struct genl_info *info, struct nfo_port_change *change)
{
	int err = read_name(info, change->name);

	if (!err)
		err = read_allow(info, change);
	if (err || !info->attrs[NFO_PORT_WANTED])
		return err;
	change->has_backend = true;
	return nfo_port_nl_backend(info->attrs[NFO_PORT_WANTED], change->backend, info->extack);
}

static void ask_again(struct net *net, const char *name)
{
	struct nfo_port *port = NULL;
	struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(net, name);
	if (dev)
		port = nfo_port_find(net, dev->ifindex);
	rcu_read_unlock();
	if (!port)
		return;
	nfo_attach_ask_again(port);
	nfo_port_put(port);
}

/**
 * nfo_port_nl_set() - NFO_CMD_PORT_SET
 * @skb: request
 * @info: its attributes
 *
 * Return: 0, or an error that extack explains; everything is then as it was.
 */
int nfo_port_nl_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nfo_port_change change = {};
	struct net *net = genl_info_net(info);
	int err;

	err = read_change(info, &change);
	if (err)
		return err;
	if (!change.has_backend && !change.allow_mask) {
		NL_SET_ERR_MSG(info->extack, "nothing is said of the port");
		return -EINVAL;
	}
	err = nfo_policy_set_port(net, &change);
	if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack, "too many ports, 64 are possible: \"backend auto allow none\" takes one from the list");
	else if (!err && change.has_backend)
		ask_again(net, change.name);
	return err;
}
