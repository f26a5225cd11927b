// SPDX-License-Identifier: GPL-2.0-only
/* The policy over netlink: read and replaced as a whole. The contract is in uapi/linux/nfo.h. */
#include <linux/bits.h>
#include <linux/slab.h>
#include <net/genetlink.h>

#include "core.h"

static const struct nla_policy exclude_nla[NFO_EXCLUDE_MAX + 1] = {
	[NFO_EXCLUDE_L4PROTO] = NLA_POLICY_MIN(NLA_U8, 1),
	[NFO_EXCLUDE_PORT_MIN] = { .type = NLA_U16 },
	[NFO_EXCLUDE_PORT_MAX] = { .type = NLA_U16 },
	[NFO_EXCLUDE_MARK] = { .type = NLA_U32 },
	[NFO_EXCLUDE_MARK_MASK] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy port_nla[NFO_POLICY_PORT_A_MAX + 1] = {
	[NFO_POLICY_PORT_A_NAME] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[NFO_POLICY_PORT_A_QUOTA] = { .type = NLA_U32 },
	[NFO_POLICY_PORT_A_SHAPER] = NLA_POLICY_MAX(NLA_U8, NFO_SHAPER_IGNORE),
	[NFO_POLICY_PORT_A_BACKEND] = { .type = NLA_NUL_STRING, .len = NFO_BACKEND_LEN - 1 },
	[NFO_POLICY_PORT_A_ALLOW] = NLA_POLICY_MASK(NLA_U32, GENMASK(NFO_OPTIN_MAX, 0)),
};

const struct nla_policy nfo_policy_nla[NFO_POLICY_MAX + 1] = {
	[NFO_POLICY_MIN_PACKETS] = { .type = NLA_U64 },
	[NFO_POLICY_MIN_BYTES] = { .type = NLA_U64 },
	[NFO_POLICY_PORT_QUOTA] = { .type = NLA_U32 },
	[NFO_POLICY_NETNS_QUOTA] = { .type = NLA_U32 },
	[NFO_POLICY_EVICT] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFO_POLICY_SHAPER] = NLA_POLICY_MAX(NLA_U8, NFO_SHAPER_IGNORE),
	[NFO_POLICY_USERNS] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFO_POLICY_EXCLUDE] = NLA_POLICY_NESTED(exclude_nla),
	[NFO_POLICY_PORT] = NLA_POLICY_NESTED(port_nla),
	[NFO_POLICY_SEQ] = { .type = NLA_U32 },
};

static int parse_exclude(struct nfo_policy *p, const struct nlattr *nest,
			 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFO_EXCLUDE_MAX + 1];
	struct nfo_exclude *x;
	int err;

	if (p->n_excludes == NFO_POLICY_EXCLUDES) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "too many exclusions, 64 are possible");
		return -E2BIG;
	}
	err = nla_parse_nested(tb, NFO_EXCLUDE_MAX, nest, exclude_nla, extack);
	if (err)
		return err;
	if (!tb[NFO_EXCLUDE_L4PROTO] && !tb[NFO_EXCLUDE_PORT_MIN] && !tb[NFO_EXCLUDE_MARK]) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "an exclusion has to name a protocol, a port or a mark");
		return -EINVAL;
	}
	x = &p->excludes[p->n_excludes];
	if (tb[NFO_EXCLUDE_L4PROTO])
		x->l4proto = nla_get_u8(tb[NFO_EXCLUDE_L4PROTO]);
	if (tb[NFO_EXCLUDE_PORT_MIN]) {
		x->has_ports = true;
		x->port_min = nla_get_u16(tb[NFO_EXCLUDE_PORT_MIN]);
		x->port_max = x->port_min;
	}
	if (tb[NFO_EXCLUDE_PORT_MAX])
		x->port_max = nla_get_u16(tb[NFO_EXCLUDE_PORT_MAX]);
	if (x->port_max < x->port_min || (tb[NFO_EXCLUDE_PORT_MAX] && !x->has_ports)) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "a range of ports has a first one below its last");
		return -EINVAL;
	}
	if (tb[NFO_EXCLUDE_MARK]) {
		x->mark = nla_get_u32(tb[NFO_EXCLUDE_MARK]);
		x->mask = U32_MAX;
	}
	if (tb[NFO_EXCLUDE_MARK_MASK])
		x->mask = nla_get_u32(tb[NFO_EXCLUDE_MARK_MASK]);
	if (x->mark & ~x->mask) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "a mark has bits that its mask leaves out");
		return -EINVAL;
	}
	p->n_excludes++;
	return 0;
}

static int parse_port(struct nfo_policy *p, const struct nlattr *nest,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFO_POLICY_PORT_A_MAX + 1];
	struct nfo_port_policy *port;
	unsigned int i;
	int err;

	if (p->n_ports == NFO_POLICY_PORTS) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "too many ports, 64 are possible");
		return -E2BIG;
	}
	err = nla_parse_nested(tb, NFO_POLICY_PORT_A_MAX, nest, port_nla, extack);
	if (err)
		return err;
	port = &p->ports[p->n_ports];
	if (tb[NFO_POLICY_PORT_A_NAME])
		nla_strscpy(port->name, tb[NFO_POLICY_PORT_A_NAME], sizeof(port->name));
	if (!port->name[0]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "the port has no name");
		return -EINVAL;
	}
	for (i = 0; i < p->n_ports; i++) {
		if (strcmp(p->ports[i].name, port->name))
			continue;
		NL_SET_ERR_MSG_ATTR(extack, nest, "the port is named twice");
		return -EEXIST;
	}
	if (tb[NFO_POLICY_PORT_A_QUOTA]) {
		port->has_quota = true;
		port->quota = nla_get_u32(tb[NFO_POLICY_PORT_A_QUOTA]);
	}
	if (tb[NFO_POLICY_PORT_A_SHAPER]) {
		port->has_shaper = true;
		port->shaper = nla_get_u8(tb[NFO_POLICY_PORT_A_SHAPER]);
	}
	if (tb[NFO_POLICY_PORT_A_ALLOW])
		port->allow = nla_get_u32(tb[NFO_POLICY_PORT_A_ALLOW]);
	if (tb[NFO_POLICY_PORT_A_BACKEND])
		err = nfo_port_nl_backend(tb[NFO_POLICY_PORT_A_BACKEND], port->backend, extack);
	p->n_ports++;
	return err;
}

static void parse_scalars(struct nfo_policy *p, struct nlattr **tb)
{
	p->evict = tb[NFO_POLICY_EVICT] ? nla_get_u8(tb[NFO_POLICY_EVICT]) : 1;
	p->shaper = tb[NFO_POLICY_SHAPER] ? nla_get_u8(tb[NFO_POLICY_SHAPER]) : NFO_SHAPER_WARN;
	p->userns = tb[NFO_POLICY_USERNS] ? nla_get_u8(tb[NFO_POLICY_USERNS]) : 0;
	if (tb[NFO_POLICY_MIN_PACKETS])
		p->min_packets = nla_get_u64(tb[NFO_POLICY_MIN_PACKETS]);
	if (tb[NFO_POLICY_MIN_BYTES])
		p->min_bytes = nla_get_u64(tb[NFO_POLICY_MIN_BYTES]);
	if (tb[NFO_POLICY_PORT_QUOTA])
		p->port_quota = nla_get_u32(tb[NFO_POLICY_PORT_QUOTA]);
	if (tb[NFO_POLICY_NETNS_QUOTA])
		p->netns_quota = nla_get_u32(tb[NFO_POLICY_NETNS_QUOTA]);
}

/**
 * nfo_policy_nl_set() - NFO_CMD_POLICY_SET
 * @skb: request
 * @info: its attributes
 *
 * Return: 0, or an error that extack explains; the policy is then as it was.
 */
int nfo_policy_nl_set(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr, *seq = info->attrs[NFO_POLICY_SEQ];
	struct nfo_policy *p;
	int rem, err = 0;
	u32 last;

	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	parse_scalars(p, info->attrs);
	/* nests that come more than once are not in info->attrs */
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) == NFO_POLICY_EXCLUDE)
			err = parse_exclude(p, attr, info->extack);
		else if (nla_type(attr) == NFO_POLICY_PORT)
			err = parse_port(p, attr, info->extack);
		if (err)
			break;
	}
	last = seq ? nla_get_u32(seq) : 0;
	if (!err)
		err = nfo_policy_set(genl_info_net(info), p, seq ? &last : NULL);
	if (err == -EAGAIN)
		NL_SET_ERR_MSG(info->extack, "the policy was changed meanwhile");
	kfree(p);
	return err;
}

int nfo_policy_nl_del(struct sk_buff *skb, struct genl_info *info)
{
	return nfo_policy_set(genl_info_net(info), NULL, NULL);
}

static int put_exclude(struct sk_buff *skb, const struct nfo_exclude *x)
{
	struct nlattr *nest = nla_nest_start(skb, NFO_POLICY_EXCLUDE);

	if (!nest)
		return -EMSGSIZE;
	if (x->l4proto && nla_put_u8(skb, NFO_EXCLUDE_L4PROTO, x->l4proto))
		return -EMSGSIZE;
	if (x->has_ports && (nla_put_u16(skb, NFO_EXCLUDE_PORT_MIN, x->port_min) ||
			     nla_put_u16(skb, NFO_EXCLUDE_PORT_MAX, x->port_max)))
		return -EMSGSIZE;
	if (x->mask && (nla_put_u32(skb, NFO_EXCLUDE_MARK, x->mark) ||
			nla_put_u32(skb, NFO_EXCLUDE_MARK_MASK, x->mask)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_port(struct sk_buff *skb, const struct nfo_port_policy *port)
{
	struct nlattr *nest = nla_nest_start(skb, NFO_POLICY_PORT);

	if (!nest || nla_put_string(skb, NFO_POLICY_PORT_A_NAME, port->name))
		return -EMSGSIZE;
	if (port->has_quota && nla_put_u32(skb, NFO_POLICY_PORT_A_QUOTA, port->quota))
		return -EMSGSIZE;
	if (port->has_shaper && nla_put_u8(skb, NFO_POLICY_PORT_A_SHAPER, port->shaper))
		return -EMSGSIZE;
	if (*port->backend && nla_put_string(skb, NFO_POLICY_PORT_A_BACKEND, port->backend))
		return -EMSGSIZE;
	if (port->allow && nla_put_u32(skb, NFO_POLICY_PORT_A_ALLOW, port->allow))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_policy(struct sk_buff *skb, const struct nfo_policy *p, bool inherited)
{
	unsigned int i;

	if (nla_put_u64_64bit(skb, NFO_POLICY_MIN_PACKETS, p->min_packets, NFO_POLICY_PAD) ||
	    nla_put_u64_64bit(skb, NFO_POLICY_MIN_BYTES, p->min_bytes, NFO_POLICY_PAD) ||
	    nla_put_u32(skb, NFO_POLICY_PORT_QUOTA, p->port_quota) ||
	    nla_put_u32(skb, NFO_POLICY_NETNS_QUOTA, p->netns_quota) ||
	    nla_put_u8(skb, NFO_POLICY_EVICT, p->evict) ||
	    nla_put_u8(skb, NFO_POLICY_SHAPER, p->shaper) ||
	    nla_put_u8(skb, NFO_POLICY_USERNS, p->userns) ||
	    (inherited && nla_put_flag(skb, NFO_POLICY_INHERITED)))
		return -EMSGSIZE;
	for (i = 0; i < p->n_excludes; i++)
		if (put_exclude(skb, &p->excludes[i]))
			return -EMSGSIZE;
	for (i = 0; i < p->n_ports; i++)
		if (put_port(skb, &p->ports[i]))
			return -EMSGSIZE;
	return 0;
}

int nfo_policy_nl_get(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	u32 seq = nfo_policy_seq();
	struct sk_buff *msg;
	int err = -EMSGSIZE;
	void *hdr;

	/* 64 exclusions and 64 ports fit */
	msg = nlmsg_new(2 * NLMSG_GOODSIZE + PAGE_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &nfo_family, 0, NFO_CMD_POLICY_GET);
	if (hdr) {
		rcu_read_lock();
		err = put_policy(msg, nfo_policy_of(net),
				 !rcu_access_pointer(nfo_net_of(net)->policy));
		rcu_read_unlock();
	}
	if (err || nla_put_u32(msg, NFO_POLICY_SEQ, seq)) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}
