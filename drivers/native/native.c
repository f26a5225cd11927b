// SPDX-License-Identifier: GPL-2.0-only
/*
 * Backend for drivers that take flowtable rules themselves: TC_SETUP_FT in their ndo_setup_tc.
 *
 * The driver's callbacks are kept in a block of our own, one per port, instead of the
 * flowtable's, so that a driver sees each rule once, checked, and only when it is wanted.
 *
 * Rules that stay. A driver may fail to remove a rule: mtk_eth_soc refuses every command while
 * hw-tc-offload is off, and the core learns of that switch when it is off already; or the device
 * does not answer. Such a rule is remembered and removed as soon as the driver lets us: before the
 * next rule is added, by a work item that tries now and then, or with the port. Cookies are never
 * used twice, so it cannot be taken for another one meanwhile. A rule whose insertion timed out may
 * be there all the same, and is treated like one that stays.
 *
 * Devices that do not answer. Each command then takes as long as the driver has patience, and there
 * may be a command or two per flow, with RTNL held by somebody who waits for nf's workers. So after
 * a command that timed out none is given for a second, but by the work item; they all fail at once.
 *
 * np->lock keeps the work item and the core's calls apart, which by themselves come one at a time.
 * It is inside of the core's port->lock. The work item takes nothing else, and drivers do not take
 * RTNL for a rule (nf's workers are flushed under it): so it may be waited for with RTNL held.
 */
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <net/flow_offload.h>
#include <net/rtnetlink.h>
#include <nfo/backend.h>

#include "compose.h"
#include "native.h"

#define RETRY_MIN	(HZ / 10)
#define RETRY_MAX	HZ
#define SILENT_FOR	HZ

/**
 * struct native_port - a device
 * @dev: the device
 * @block: the driver's callbacks
 * @explicit_ttl: the driver has to be told to decrement TTL
 * @lock: guards what follows, and calls of the driver for rules
 * @stale: rules that may still be there and should not
 * @retry: removes them
 * @delay: jiffies before the next try
 * @silent: the last command timed out
 * @silent_until: jiffies before which none is given
 */
struct native_port {
	struct net_device *dev;
	struct flow_block block;
	bool explicit_ttl;
	struct mutex lock;
	struct list_head stale;
	struct delayed_work retry;
	unsigned long delay;
	bool silent;
	unsigned long silent_until;
};

struct native_stale {
	struct list_head list;
	unsigned long cookie;
};

static atomic_long_t last_cookie;

static const struct nfo_caps native_caps = {
	.flags = NFO_CAP_IP4 | NFO_CAP_IP6 | NFO_CAP_TCP | NFO_CAP_UDP | NFO_CAP_NAT4 |
		 NFO_CAP_NAT6 | NFO_CAP_NAT_BOTH | NFO_CAP_MTU_DEV,
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
static int call_all(struct native_port *np, struct flow_cls_offload *cls)
{
	struct flow_block_cb *cb;
	int err, first = 0;
	bool done = false;

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

static int native_call(struct native_port *np, struct flow_cls_offload *cls)
{
	bool was = np->silent;
	int err;

	lockdep_assert_held(&np->lock);
	/* any protocol, any priority: the keys of the rule say it all */
	cls->common.protocol = htons(ETH_P_ALL);
	cls->common.prio = 1;
	err = call_all(np, cls);
	np->silent = err == -ETIMEDOUT;
	if (np->silent)
		np->silent_until = jiffies + SILENT_FOR;
	if (np->silent != was && net_ratelimit())
		netdev_info(np->dev, "the device %s\n",
			    was ? "answers again" : "does not answer: what it forwards is unknown");
	return err;
}

static bool is_silent(const struct native_port *np)
{
	return np->silent && time_before(jiffies, np->silent_until);
}

/* Should be gone, and may be there: to be removed as soon as that can be done. */
static void native_keep_stale(struct native_port *np, unsigned long cookie)
{
	struct native_stale *s = kmalloc(sizeof(*s), GFP_KERNEL | __GFP_NOFAIL);

	if (!(np->dev->features & NETIF_F_HW_TC))
		netdev_warn_once(np->dev,
				 "the driver keeps flowtable rules while hw-tc-offload is off\n");
	s->cookie = cookie;
	if (list_empty(&np->stale)) {
		np->delay = RETRY_MIN;
		queue_delayed_work(system_unbound_wq, &np->retry, np->delay);
	}
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
		bool on = np->dev->features & NETIF_F_HW_TC;
		int err = native_call(np, &cls);

		/* the same for all of them */
		if (err == -ETIMEDOUT || (err == -EOPNOTSUPP && !on))
			return;
		/* a driver that is on and knows no such rule, in whatever words, has none */
		if (err && err != -ENOENT && err != -EOPNOTSUPP && err != -EINVAL)
			continue;
		list_del(&s->list);
		kfree(s);
	}
}

static void native_retry(struct work_struct *work)
{
	struct native_port *np = container_of(to_delayed_work(work), struct native_port, retry);

	mutex_lock(&np->lock);
	native_remove_stale(np);
	if (!list_empty(&np->stale)) {
		np->delay = min_t(unsigned long, 2 * np->delay, RETRY_MAX);
		queue_delayed_work(system_unbound_wq, &np->retry, np->delay);
	}
	mutex_unlock(&np->lock);
}

static int native_port_add(struct net_device *dev, void **priv, struct netlink_ext_ack *extack)
{
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
	mutex_init(&np->lock);
	INIT_LIST_HEAD(&np->stale);
	INIT_DELAYED_WORK(&np->retry, native_retry);

	block_init(&bo, np, FLOW_BLOCK_BIND, extack);
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

	cancel_delayed_work_sync(&np->retry);
	mutex_lock(&np->lock);
	native_remove_stale(np);
	mutex_unlock(&np->lock);
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

static int insert(struct native_port *np, struct flow_cls_offload *cls)
{
	int err = -ETIMEDOUT;

	mutex_lock(&np->lock);
	if (!is_silent(np))
		native_remove_stale(np);
	if (!is_silent(np)) {
		err = native_call(np, cls);
		if (err == -ETIMEDOUT)
			native_keep_stale(np, cls->cookie);
	}
	mutex_unlock(&np->lock);
	return err;
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

	egress = dev_get_by_index(dev_net(np->dev), rule->edit.ifindex);
	if (!egress)
		return -ENODEV;
	match = kmalloc(sizeof(*match), GFP_KERNEL);
	cls.rule = flow_rule_alloc(NFO_FT_ACTIONS_MAX);
	if (match && cls.rule) {
		nfo_ft_compose(rule, egress, np->explicit_ttl, match, cls.rule);
		err = insert(np, &cls);
	}
	kfree(cls.rule);
	kfree(match);
	dev_put(egress);
	if (!err)
		*flow_priv = (void *)cls.cookie;
	return err;
}

/* Some drivers have counters for us even with an error. */
static int native_ask(struct native_port *np, void *flow_priv, enum flow_cls_command cmd,
		      struct nfo_counters *counters)
{
	struct flow_cls_offload cls = {
		.command = cmd,
		.cookie = (unsigned long)flow_priv,
	};
	int err;

	if (is_silent(np))
		return -ETIMEDOUT;
	err = native_call(np, &cls);
	counters->packets += cls.stats.pkts;
	counters->bytes += cls.stats.bytes;
	counters->lastused = max_t(unsigned long, counters->lastused, cls.stats.lastused);
	return err;
}

/* What a device that does not answer has counted is reported when it does again. */
static void native_flow_stats(void *priv, void *flow_priv, struct nfo_counters *counters)
{
	struct native_port *np = priv;

	memset(counters, 0, sizeof(*counters));
	mutex_lock(&np->lock);
	counters->lost = native_ask(np, flow_priv, FLOW_CLS_STATS, counters) == -ENOENT;
	mutex_unlock(&np->lock);
}

/*
 * A driver that reports its last counters with DESTROY loses nothing; for all others what comes
 * between the two commands is lost, as in Linux itself. So is what a rule that stays has counted
 * since the last report.
 */
static void native_flow_del(void *priv, void *flow_priv, struct nfo_counters *last)
{
	struct native_port *np = priv;
	int err;

	memset(last, 0, sizeof(*last));
	mutex_lock(&np->lock);
	native_ask(np, flow_priv, FLOW_CLS_STATS, last);
	err = native_ask(np, flow_priv, FLOW_CLS_DESTROY, last);
	if (err && err != -ENOENT)
		native_keep_stale(np, (unsigned long)flow_priv);
	mutex_unlock(&np->lock);
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
