// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backend for drivers that take flowtable rules themselves: TC_SETUP_FT in their ndo_setup_tc.
 *
 * The driver's callbacks are kept in a block of our own, one per port, instead of the
 * flowtable's, so that a driver sees each rule once, checked, and only when it is wanted.
 *
 * Rules that stay. A driver may refuse to remove a rule: mtk_eth_soc refuses every command while
 * hw-tc-offload is off, and the core learns of that switch when it is off already. Such a rule is
 * remembered and removed as soon as the driver lets us: before the next rule is added, or with the
 * port. Cookies are never used twice, so it cannot be taken for another one meanwhile.
 *
 * No lock here: the core calls port operations and flow operations of one port one at a time, and
 * the block is complete before the first flow and empty of flows before the last.
 */
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/flow_offload.h>
#include <net/rtnetlink.h>
#include <nfo/backend.h>

#include "compose.h"
#include "native.h"

struct native_port {
	struct net_device *dev;
	struct flow_block block;
	struct list_head stale;
	bool explicit_ttl;
};

struct native_stale {
	struct list_head list;
	unsigned long cookie;
};

static atomic_long_t last_cookie;

static const struct nfo_caps native_caps = {
	.flags = NFO_CAP_IP4 | NFO_CAP_IP6 | NFO_CAP_TCP | NFO_CAP_UDP | NFO_CAP_NAT4 |
		 NFO_CAP_NAT6,
	.encap_match = NFO_ENCAP_MAX,
	.encap_push = NFO_ENCAP_MAX,
};

/*
 * Flowtable rules say nothing of TTL. These drivers' hardware decrements it for every rule that
 * comes through TC_SETUP_FT; any other driver is told to, and refuses if it cannot.
 */
static const char *const implicit_ttl[] = {
	"mtk_soc_eth",
	"nfo_sim",
};

const char *nfo_driver_name(const struct net_device *dev)
{
	if (dev->dev.parent && dev->dev.parent->driver)
		return dev->dev.parent->driver->name;
	if (dev->rtnl_link_ops)
		return dev->rtnl_link_ops->kind;
	return "";
}

static void block_init(struct flow_block_offload *bo, struct native_port *np,
		       enum flow_block_command cmd, struct netlink_ext_ack *extack)
{
	memset(bo, 0, sizeof(*bo));
	bo->command = cmd;
	bo->binder_type = FLOW_BLOCK_BINDER_TYPE_CLSACT_INGRESS;
	bo->net = dev_net(np->dev);
	bo->block = &np->block;
	bo->cb_list_head = &np->block.cb_list;
	bo->extack = extack;
	INIT_LIST_HEAD(&bo->cb_list);
}

/* Success if any callback took it, as nf_flow_table itself has it; else the first error. */
static int native_call(struct native_port *np, struct flow_cls_offload *cls)
{
	struct flow_block_cb *cb;
	int err, first = 0;
	bool done = false;

	/* any protocol, any priority: the keys of the rule say it all */
	cls->common.protocol = htons(ETH_P_ALL);
	cls->common.prio = 1;
	list_for_each_entry(cb, &np->block.cb_list, list) {
		err = cb->cb(TC_SETUP_CLSFLOWER, cls, cb->cb_priv);
		if (err >= 0)
			done = true;
		else if (!first)
			first = err;
	}
	if (done)
		return 0;
	return first ?: -EOPNOTSUPP;
}

static void native_keep_stale(struct native_port *np, unsigned long cookie)
{
	struct native_stale *s = kmalloc(sizeof(*s), GFP_KERNEL | __GFP_NOFAIL);

	netdev_warn_once(np->dev, "the driver keeps flowtable rules while hw-tc-offload is off\n");
	s->cookie = cookie;
	list_add_tail(&s->list, &np->stale);
}

static void native_remove_stale(struct native_port *np)
{
	struct native_stale *s, *next;

	list_for_each_entry_safe(s, next, &np->stale, list) {
		struct flow_cls_offload cls = {
			.command = FLOW_CLS_DESTROY,
			.cookie = s->cookie,
		};

		/* still off: still not to be had; on, and unknown by now: gone in some other way */
		if (native_call(np, &cls) && !(np->dev->features & NETIF_F_HW_TC))
			continue;
		list_del(&s->list);
		kfree(s);
	}
}

static int native_port_add(struct net_device *dev, void **priv)
{
	struct netlink_ext_ack extack = {};
	struct flow_block_offload bo;
	struct native_port *np;
	int err;

	if (!dev->netdev_ops->ndo_setup_tc)
		return -EOPNOTSUPP;
	np = kzalloc(sizeof(*np), GFP_KERNEL);
	if (!np)
		return -ENOMEM;
	np->dev = dev;
	np->explicit_ttl = match_string(implicit_ttl, ARRAY_SIZE(implicit_ttl),
					nfo_driver_name(dev)) < 0;
	flow_block_init(&np->block);
	INIT_LIST_HEAD(&np->stale);

	block_init(&bo, np, FLOW_BLOCK_BIND, &extack);
	err = dev->netdev_ops->ndo_setup_tc(dev, TC_SETUP_FT, &bo);
	/* some drivers say yes and register nothing */
	if (err >= 0 && list_empty(&bo.cb_list))
		err = -EOPNOTSUPP;
	if (err < 0) {
		kfree(np);
		return err;
	}
	list_splice(&bo.cb_list, &np->block.cb_list);
	*priv = np;
	return 0;
}

static void native_port_del(struct net_device *dev, void *priv)
{
	struct flow_block_cb *cb, *next;
	struct native_port *np = priv;
	struct native_stale *s, *tmp;
	struct flow_block_offload bo;

	native_remove_stale(np);
	block_init(&bo, np, FLOW_BLOCK_UNBIND, NULL);
	dev->netdev_ops->ndo_setup_tc(dev, TC_SETUP_FT, &bo);
	list_for_each_entry_safe(cb, next, &bo.cb_list, list) {
		list_del(&cb->list);
		flow_block_cb_free(cb);
	}
	WARN_ON_ONCE(!list_empty(&np->block.cb_list));
	/* what the driver still keeps goes with its block, if it keeps to the rules */
	list_for_each_entry_safe(s, tmp, &np->stale, list)
		kfree(s);
	kfree(np);
}

static const struct nfo_caps *native_port_caps(void *priv)
{
	return &native_caps;
}

static int native_flow_add(void *priv, const struct nfo_rule *rule, void **flow_priv,
			   struct netlink_ext_ack *extack)
{
	struct native_port *np = priv;
	struct flow_cls_offload cls = {
		.common.extack = extack,
		.command = FLOW_CLS_REPLACE,
		.cookie = atomic_long_inc_return(&last_cookie),
	};
	struct nfo_ft_match *match;
	struct net_device *egress;
	int err = -ENOMEM;

	native_remove_stale(np);
	egress = dev_get_by_index(dev_net(np->dev), rule->edit.ifindex);
	if (!egress)
		return -ENODEV;
	match = kmalloc(sizeof(*match), GFP_KERNEL);
	cls.rule = flow_rule_alloc(NFO_FT_ACTIONS_MAX);
	if (match && cls.rule) {
		nfo_ft_compose(rule, egress, np->explicit_ttl, match, cls.rule);
		err = native_call(np, &cls);
	}
	kfree(cls.rule);
	kfree(match);
	dev_put(egress);
	if (!err)
		*flow_priv = (void *)cls.cookie;
	return err;
}

static int native_ask(struct native_port *np, void *flow_priv, enum flow_cls_command cmd,
		      struct nfo_counters *counters)
{
	struct flow_cls_offload cls = {
		.command = cmd,
		.cookie = (unsigned long)flow_priv,
	};
	int err;

	err = native_call(np, &cls);
	counters->packets += cls.stats.pkts;
	counters->bytes += cls.stats.bytes;
	counters->lastused = max_t(unsigned long, counters->lastused, cls.stats.lastused);
	return err;
}

static void native_flow_stats(void *priv, void *flow_priv, struct nfo_counters *counters)
{
	memset(counters, 0, sizeof(*counters));
	native_ask(priv, flow_priv, FLOW_CLS_STATS, counters);
}

/*
 * A driver that reports its last counters with DESTROY loses nothing; for all others what comes
 * between the two commands is lost, as in Linux itself.
 */
static void native_flow_del(void *priv, void *flow_priv, struct nfo_counters *last)
{
	native_flow_stats(priv, flow_priv, last);
	if (native_ask(priv, flow_priv, FLOW_CLS_DESTROY, last))
		native_keep_stale(priv, (unsigned long)flow_priv);
}

struct nfo_backend nfo_native = {
	.name = "native",
	.owner = THIS_MODULE,
	.port_add = native_port_add,
	.port_caps = native_port_caps,
	.port_del = native_port_del,
	.flow_add = native_flow_add,
	.flow_del = native_flow_del,
	.flow_stats = native_flow_stats,
};
