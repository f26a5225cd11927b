// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family "nfo_sim": make, remove, set and show models. The contract is in
 * uapi/linux/nfo_sim.h.
 */
#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "soc.h"

static struct genl_family family;

static const struct nla_policy policy[NFO_SIM_MAX + 1] = {
	[NFO_SIM_NAME] = { .type = NLA_NUL_STRING, .len = NFO_SIM_NAME_MAX },
	[NFO_SIM_WIRE] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[NFO_SIM_SIZE] = { .type = NLA_U32 },
	[NFO_SIM_LATENCY] = NLA_POLICY_MAX(NLA_U32, NFO_SIM_LATENCY_MAX),
	[NFO_SIM_FAIL_NTH] = { .type = NLA_U32 },
	[NFO_SIM_REFUSE] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFO_SIM_WEDGE] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFO_SIM_PROFILE] = { .type = NLA_NUL_STRING, .len = NFO_SIM_PROFILE_MAX },
	[NFO_SIM_VFS] = { .type = NLA_U32 },
	[NFO_SIM_FILTER2] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFO_SIM_FRAGMENTS] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFO_SIM_STUCK] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFO_SIM_LOST_IRQ] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFO_SIM_TABLE_ERROR] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFO_SIM_SILENT] = NLA_POLICY_MAX(NLA_U8, 1),
	[NFO_SIM_DSA] = NLA_POLICY_MAX(NLA_U32, NFO_SIM_DSA_MAX),
};

static int need_name(struct genl_info *info)
{
	if (info->attrs[NFO_SIM_NAME])
		return 0;
	NL_SET_ERR_MSG(info->extack, "the name of the model is missing");
	return -EINVAL;
}

/*
 * NFO_SIM_WIRE is repeated: the parsed attributes have the last one only. More than any model has
 * are counted, for the message.
 */
static void collect_wires(struct genl_info *info, struct sim_new *req)
{
	unsigned int n = 0;
	struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != NFO_SIM_WIRE)
			continue;
		if (n < NFO_SIM_PORTS_MAX)
			req->wire[n] = nla_data(attr);
		n++;
	}
	req->wires = n;
}

static int check_size(u32 size, struct netlink_ext_ack *extack)
{
	if (size && size <= NFO_SIM_SIZE_MAX)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "a table has 1 to %u entries, not %u", NFO_SIM_SIZE_MAX, size);
	return -ERANGE;
}

static int sim_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sim_new req = { .profile = sim_profile_default };
	struct nlattr **attrs = info->attrs;
	int err;

	err = need_name(info);
	if (err)
		return err;
	req.name = nla_data(attrs[NFO_SIM_NAME]);
	if (attrs[NFO_SIM_SIZE])
		req.size = nla_get_u32(attrs[NFO_SIM_SIZE]);
	if (attrs[NFO_SIM_VFS])
		req.vfs = nla_get_u32(attrs[NFO_SIM_VFS]);
	if (attrs[NFO_SIM_DSA])
		req.dsa = nla_get_u32(attrs[NFO_SIM_DSA]);
	if (attrs[NFO_SIM_PROFILE])
		req.profile = sim_profile_find(nla_data(attrs[NFO_SIM_PROFILE]), info->extack);
	if (!req.profile)
		return -EINVAL;
	collect_wires(info, &req);
	if (attrs[NFO_SIM_SIZE])
		err = check_size(req.size, info->extack);
	if (err)
		return err;

	mutex_lock(&sim_lock);
	err = sim_create(genl_info_net(info), &req, info->extack);
	mutex_unlock(&sim_lock);
	return err;
}

static int sim_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	err = need_name(info);
	if (err)
		return err;
	mutex_lock(&sim_lock);
	err = sim_delete(genl_info_net(info), nla_data(info->attrs[NFO_SIM_NAME]), info->extack);
	mutex_unlock(&sim_lock);
	return err;
}

static bool sets_nic(struct nlattr *const *attrs)
{
	return attrs[NFO_SIM_SIZE] || attrs[NFO_SIM_LATENCY] || attrs[NFO_SIM_FAIL_NTH] ||
	       attrs[NFO_SIM_REFUSE] || attrs[NFO_SIM_WEDGE] ||
	       attrs[NFO_SIM_FILTER2] || attrs[NFO_SIM_FRAGMENTS];
}

static bool sets_soc(struct nlattr *const *attrs)
{
	return attrs[NFO_SIM_STUCK] || attrs[NFO_SIM_LOST_IRQ] || attrs[NFO_SIM_TABLE_ERROR] ||
	       attrs[NFO_SIM_SILENT];
}

static void set_soc(struct soc *soc, struct nlattr *const *attrs)
{
	if (attrs[NFO_SIM_STUCK])
		WRITE_ONCE(soc->stuck, nla_get_u8(attrs[NFO_SIM_STUCK]));
	if (attrs[NFO_SIM_LOST_IRQ])
		WRITE_ONCE(soc->lost_irq, nla_get_u8(attrs[NFO_SIM_LOST_IRQ]));
	if (attrs[NFO_SIM_TABLE_ERROR])
		WRITE_ONCE(soc->table_error, nla_get_u8(attrs[NFO_SIM_TABLE_ERROR]));
	if (attrs[NFO_SIM_SILENT])
		WRITE_ONCE(soc->silent, nla_get_u8(attrs[NFO_SIM_SILENT]));
}

static void set_nic(struct sim *sim, struct nlattr *const *attrs)
{
	struct sim_faults *f = &sim->faults;

	if (attrs[NFO_SIM_SIZE])
		sim_table_resize(&sim->table, nla_get_u32(attrs[NFO_SIM_SIZE]));
	if (attrs[NFO_SIM_LATENCY])
		WRITE_ONCE(f->latency, nla_get_u32(attrs[NFO_SIM_LATENCY]));
	if (attrs[NFO_SIM_FAIL_NTH]) {
		WRITE_ONCE(f->fail_nth, nla_get_u32(attrs[NFO_SIM_FAIL_NTH]));
		atomic_set(&f->inserts, 0);
	}
	if (attrs[NFO_SIM_REFUSE])
		WRITE_ONCE(f->refuse, nla_get_u8(attrs[NFO_SIM_REFUSE]));
	if (attrs[NFO_SIM_WEDGE])
		sim_health_wedge(sim, nla_get_u8(attrs[NFO_SIM_WEDGE]));
	if (attrs[NFO_SIM_FILTER2])
		WRITE_ONCE(sim->filter2, nla_get_u8(attrs[NFO_SIM_FILTER2]));
	if (attrs[NFO_SIM_FRAGMENTS])
		WRITE_ONCE(sim->fragments, nla_get_u8(attrs[NFO_SIM_FRAGMENTS]));
}

static int set(struct sim *sim, struct nlattr *const *attrs, struct netlink_ext_ack *extack)
{
	if (sim->soc && sets_nic(attrs)) {
		NL_SET_ERR_MSG_FMT(extack, "SoC \"%s\" has only stuck lost-irq table-error silent",
				   sim->name);
		return -EOPNOTSUPP;
	}
	if (!sim->soc && sets_soc(attrs)) {
		NL_SET_ERR_MSG_FMT(extack, "\"%s\" is no SoC: make one with profile mt7621 ...",
				   sim->name);
		return -EOPNOTSUPP;
	}
	if (sim->soc)
		set_soc(sim->soc, attrs);
	else
		set_nic(sim, attrs);
	return 0;
}

static int sim_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct sim *sim;
	int err;

	err = need_name(info);
	if (err)
		return err;
	if (!sets_nic(attrs) && !sets_soc(attrs)) {
		NL_SET_ERR_MSG(info->extack, "nothing to set");
		return -EINVAL;
	}
	if (attrs[NFO_SIM_SIZE])
		err = check_size(nla_get_u32(attrs[NFO_SIM_SIZE]), info->extack);
	if (err)
		return err;
	mutex_lock(&sim_lock);
	sim = sim_find(genl_info_net(info), nla_data(attrs[NFO_SIM_NAME]), info->extack);
	err = sim ? set(sim, attrs, info->extack) : -ENOENT;
	mutex_unlock(&sim_lock);
	return err;
}

static int sim_reset_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sim *sim;
	int err;

	err = need_name(info);
	if (err)
		return err;
	mutex_lock(&sim_lock);
	sim = sim_find(genl_info_net(info), nla_data(info->attrs[NFO_SIM_NAME]), info->extack);
	if (sim && sim->soc)
		soc_reset(sim->soc);
	else if (sim)
		sim_table_reset(&sim->table);
	mutex_unlock(&sim_lock);
	return sim ? 0 : -ENOENT;
}

static int put_punts(struct sk_buff *skb, const u64 *n)
{
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < __NFO_SIM_PUNT_MAX; i++) {
		nest = nla_nest_start(skb, NFO_SIM_PORT_PUNT);
		if (!nest || nla_put_u8(skb, NFO_SIM_PUNT_A_ID, i) ||
		    nla_put_u64_64bit(skb, NFO_SIM_PUNT_A_COUNT, n[SIM_PUNT + i],
				      NFO_SIM_PUNT_A_PAD))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int put_link(struct sk_buff *skb, const struct sim_port *port)
{
	struct net_device *link = rtnl_dereference(port->link);

	if (sim_is_rep(port))
		return nla_put_u8(skb, NFO_SIM_PORT_KIND, NFO_SIM_KIND_REP) ?:
		       nla_put_u32(skb, NFO_SIM_PORT_VF, sim_rep_vf(port));
	if (link && nla_put_string(skb, NFO_SIM_PORT_WIRE, link->name))
		return -EMSGSIZE;
	return nla_put_u8(skb, NFO_SIM_PORT_KIND, NFO_SIM_KIND_UPLINK);
}

static int put_port_data(struct sk_buff *skb, const struct net_device *dev)
{
	/* the counters of struct sim_stats and the attributes have the same order */
	const struct sim_port *port = netdev_priv(dev);
	u64 n[SIM_STATS];
	unsigned int i;

	if (nla_put_string(skb, NFO_SIM_PORT_NAME, dev->name) ||
	    nla_put_u32(skb, NFO_SIM_PORT_IFINDEX, dev->ifindex) || put_link(skb, port))
		return -EMSGSIZE;
	sim_stats_read(port, n);
	for (i = SIM_HW_RX_PACKETS; i <= SIM_CPU_TX_BYTES; i++)
		if (nla_put_u64_64bit(skb, NFO_SIM_PORT_HW_RX_PACKETS + i, n[i], NFO_SIM_PORT_PAD))
			return -EMSGSIZE;
	return put_punts(skb, n);
}

/* As a whole or not at all. */
static int put_port(struct sk_buff *skb, const struct net_device *dev)
{
	struct nlattr *nest = nla_nest_start(skb, NFO_SIM_PORT);

	if (!nest)
		return -EMSGSIZE;
	if (put_port_data(skb, dev)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_faults(struct sk_buff *skb, const struct sim_faults *f)
{
	if (nla_put_u32(skb, NFO_SIM_LATENCY, f->latency) ||
	    nla_put_u32(skb, NFO_SIM_FAIL_NTH, f->fail_nth) ||
	    nla_put_u8(skb, NFO_SIM_REFUSE, f->refuse) ||
	    nla_put_u8(skb, NFO_SIM_WEDGE, f->wedge) ||
	    nla_put_u64_64bit(skb, NFO_SIM_FAILED, atomic64_read(&f->failed), NFO_SIM_PAD))
		return -EMSGSIZE;
	return 0;
}

static int put_identity(struct sk_buff *skb, const struct sim *sim)
{
	char device[64];

	snprintf(device, sizeof(device), "%s/%s", sim->dev.bus->name, dev_name(&sim->dev));
	if (nla_put_string(skb, NFO_SIM_PROFILE, sim->profile->name) ||
	    nla_put_string(skb, NFO_SIM_DEVICE, device) ||
	    nla_put_u32(skb, NFO_SIM_VFS, READ_ONCE(sim->vfs)))
		return -EMSGSIZE;
	if (!sim->profile->eswitch)
		return 0;
	return nla_put_u8(skb, NFO_SIM_MODE, READ_ONCE(sim->switchdev) ? NFO_SIM_MODE_SWITCHDEV :
									 NFO_SIM_MODE_LEGACY);
}

static int put_soc(struct sk_buff *skb, const struct sim *sim)
{
	const struct soc *soc = sim->soc;

	if (put_identity(skb, sim) ||
	    nla_put_u32(skb, NFO_SIM_SIZE, soc->kind->engines * SOC_ENTRIES) ||
	    nla_put_u32(skb, NFO_SIM_USED, soc_entries(sim->soc)) ||
	    nla_put_u64_64bit(skb, NFO_SIM_FAILED, atomic64_read(&sim->faults.failed),
			      NFO_SIM_PAD) ||
	    nla_put_u8(skb, NFO_SIM_STUCK, READ_ONCE(soc->stuck)) ||
	    nla_put_u8(skb, NFO_SIM_LOST_IRQ, READ_ONCE(soc->lost_irq)) ||
	    nla_put_u8(skb, NFO_SIM_TABLE_ERROR, READ_ONCE(soc->table_error)) ||
	    nla_put_u8(skb, NFO_SIM_SILENT, READ_ONCE(soc->silent)) ||
	    nla_put_u32(skb, NFO_SIM_DSA, soc->users))
		return -EMSGSIZE;
	return 0;
}

static int put_sim(struct sk_buff *skb, const struct sim *sim)
{
	if (sim->soc)
		return put_soc(skb, sim);
	if (put_identity(skb, sim) ||
	    nla_put_u32(skb, NFO_SIM_SIZE, sim->table.size) ||
	    nla_put_u32(skb, NFO_SIM_USED, READ_ONCE(sim->table.used)) ||
	    nla_put_u64_64bit(skb, NFO_SIM_FULL, READ_ONCE(sim->table.full), NFO_SIM_PAD) ||
	    nla_put_u8(skb, NFO_SIM_FILTER2, READ_ONCE(sim->filter2)) ||
	    nla_put_u8(skb, NFO_SIM_FRAGMENTS, READ_ONCE(sim->fragments)) ||
	    put_faults(skb, &sim->faults))
		return -EMSGSIZE;
	return 0;
}

/* Those from number *@next on, as many as fit. */
static int put_ports(struct sk_buff *skb, const struct sim *sim, long *next)
{
	struct net_device *dev;
	int err = 0;

	rtnl_lock();
	for (; *next < SIM_PORTS_MAX; ++*next) {
		dev = rtnl_dereference(sim->port[*next]);
		err = dev ? put_port(skb, dev) : 0;
		if (err)
			break;
	}
	rtnl_unlock();
	return err;
}

/* A message of a model: the first one, or one with ports for which there was no room before. */
static int sim_fill(struct sk_buff *skb, struct netlink_callback *cb, const struct sim *sim,
		    long *next)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
				NLM_F_MULTI, NFO_SIM_CMD_GET);
	long first = *next;
	int err;

	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (nla_put_string(skb, NFO_SIM_NAME, sim->name) || (!first && put_sim(skb, sim)))
		goto cancel;
	err = put_ports(skb, sim, next);
	if (err && *next == first)
		goto cancel;
	genlmsg_end(skb, hdr);
	return err;
cancel:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

/* cb->args: how many models are through, and how many ports of the next one. */
static int sim_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct sim *sim;
	int n = 0, err = 0;

	mutex_lock(&sim_lock);
	cb->seq = sim_generation;
	list_for_each_entry(sim, sim_list(sock_net(skb->sk)), list) {
		if (n++ < cb->args[0])
			continue;
		err = sim_fill(skb, cb, sim, &cb->args[1]);
		if (err)
			break;
		cb->args[0]++;
		cb->args[1] = 0;
	}
	mutex_unlock(&sim_lock);
	return skb->len ?: err;
}

static const struct genl_ops ops[] = {
	{
		.cmd = NFO_SIM_CMD_NEW,
		.flags = GENL_ADMIN_PERM,
		.doit = sim_new_doit,
	}, {
		.cmd = NFO_SIM_CMD_DEL,
		.flags = GENL_ADMIN_PERM,
		.doit = sim_del_doit,
	}, {
		.cmd = NFO_SIM_CMD_GET,
		.dumpit = sim_dumpit,
	}, {
		.cmd = NFO_SIM_CMD_SET,
		.flags = GENL_ADMIN_PERM,
		.doit = sim_set_doit,
	}, {
		.cmd = NFO_SIM_CMD_RESET,
		.flags = GENL_ADMIN_PERM,
		.doit = sim_reset_doit,
	},
};

static struct genl_family family = {
	.name = NFO_SIM_GENL_NAME,
	.version = NFO_SIM_GENL_VERSION,
	.maxattr = NFO_SIM_MAX,
	.policy = policy,
	.netnsok = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.resv_start_op = __NFO_SIM_CMD_MAX,
};

int sim_netlink_init(void)
{
	BUILD_BUG_ON(NFO_SIM_PORT_CPU_TX_BYTES - NFO_SIM_PORT_HW_RX_PACKETS !=
		     SIM_CPU_TX_BYTES - SIM_HW_RX_PACKETS);
	return genl_register_family(&family);
}

void sim_netlink_exit(void)
{
	genl_unregister_family(&family);
}
