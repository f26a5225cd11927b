// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test backend: takes every device whose name begins with a prefix, accepts every flow, does
 * nothing. It lets the core be tested on devices that no real backend serves, and shows what the
 * core itself costs.
 *
 * Parameters at load time: prefix; deferred (1: be a deferred backend, every operation takes RTNL);
 * second (1: be another backend, null2, as well, which is not deferred); needs, needs_tcp, needs_nat
 * (as in struct nfo_caps); without (NFO_CAP_* it does not have).
 * At any time: latency (milliseconds that programming takes); room (flows a port can hold, 0: any
 * number); attach (an errno: devices cannot be attached, deferred only); refuse (an errno: refuse
 * flows with it); forge (packets of 100 bytes each that a flow claims when it is taken out); busy
 * (1: every flow claims a packet of 100 bytes, just now, whenever it is asked). Read-only: flows,
 * added, deleted, ports.
 *
 * Locks: none of its own; the core calls operations of one port one at a time.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <nfo/backend.h>

static char *prefix = "nul";
module_param(prefix, charp, 0444);
static bool deferred;
module_param(deferred, bool, 0444);
static bool second;
module_param(second, bool, 0444);
static uint needs;
module_param(needs, uint, 0444);
static uint needs_tcp;
module_param(needs_tcp, uint, 0444);
static uint needs_nat;
module_param(needs_nat, uint, 0444);
static uint without;
module_param(without, uint, 0444);
static uint latency;
module_param(latency, uint, 0644);
static uint room;
module_param(room, uint, 0644);
static int attach;
module_param(attach, int, 0644);
static int refuse;
module_param(refuse, int, 0644);
static uint forge;
module_param(forge, uint, 0644);
static bool busy;
module_param(busy, bool, 0644);

static atomic_t flows, added, deleted, ports;

static int get_atomic(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", atomic_read((atomic_t *)kp->arg));
}

static const struct kernel_param_ops atomic_ops = { .get = get_atomic };

module_param_cb(flows, &atomic_ops, &flows, 0444);
module_param_cb(added, &atomic_ops, &added, 0444);
module_param_cb(deleted, &atomic_ops, &deleted, 0444);
module_param_cb(ports, &atomic_ops, &ports, 0444);

static struct nfo_caps null_caps = {
	.flags = NFO_CAP_IP4 | NFO_CAP_IP6 | NFO_CAP_TCP | NFO_CAP_UDP | NFO_CAP_NAT4 |
		 NFO_CAP_NAT6 | NFO_CAP_NAT_BOTH | NFO_CAP_MTU | NFO_CAP_UPPER | NFO_CAP_BOND |
		 NFO_CAP_ENCAP_ANY,
	.encap_match = NFO_ENCAP_MAX,
	.encap_push = NFO_ENCAP_MAX,
};

struct null_port {
	unsigned int n;
	bool rtnl;
};

/* What a backend that wants RTNL does; lockdep tells if somebody waits for us who may not. */
static void enter(const struct null_port *np)
{
	unsigned long start = jiffies;

	if (np->rtnl)
		rtnl_lock();
	/* who lowers it meanwhile need not wait for the rest */
	while (time_before(jiffies, start + msecs_to_jiffies(READ_ONCE(latency))))
		msleep(10);
}

static void leave(const struct null_port *np)
{
	if (np->rtnl)
		rtnl_unlock();
}

static int null_port_match(struct net_device *dev, struct netlink_ext_ack *extack)
{
	return strstarts(dev->name, prefix) ? 0 : -EOPNOTSUPP;
}

static int port_add(struct net_device *dev, void **priv, bool rtnl)
{
	struct null_port *np;

	np = kzalloc(sizeof(*np), GFP_KERNEL);
	if (!np)
		return -ENOMEM;
	np->rtnl = rtnl;
	enter(np);
	atomic_inc(&ports);
	leave(np);
	*priv = np;
	return 0;
}

static int null_port_add(struct net_device *dev, void **priv, struct netlink_ext_ack *extack)
{
	int err;

	err = null_port_match(dev, extack);
	if (err)
		return err;
	if (deferred && READ_ONCE(attach)) {
		NL_SET_ERR_MSG(extack, "it was told not to attach");
		return -abs(READ_ONCE(attach));
	}
	return port_add(dev, priv, deferred);
}

/* As null2: never deferred, attaches always. */
static int second_port_add(struct net_device *dev, void **priv, struct netlink_ext_ack *extack)
{
	return null_port_match(dev, extack) ?: port_add(dev, priv, false);
}

static void null_port_del(struct net_device *dev, void *priv)
{
	enter(priv);
	atomic_dec(&ports);
	leave(priv);
	kfree(priv);
}

static const struct nfo_caps *null_port_caps(void *priv)
{
	return &null_caps;
}

static int null_flow_add(void *priv, const struct nfo_rule *rule, void **flow_priv,
			 struct netlink_ext_ack *extack)
{
	int err = READ_ONCE(refuse);
	struct null_port *np = priv;

	if (err)
		return -abs(err);
	if (READ_ONCE(room) && np->n >= READ_ONCE(room))
		return -ENOSPC;
	enter(np);
	np->n++;
	atomic_inc(&flows);
	atomic_inc(&added);
	leave(np);
	return 0;
}

static void null_flow_del(void *priv, void *flow_priv, struct nfo_counters *last)
{
	struct null_port *np = priv;

	enter(np);
	np->n--;
	leave(np);
	last->packets = READ_ONCE(forge);
	last->bytes = 100 * last->packets;
	atomic_dec(&flows);
	atomic_inc(&deleted);
}

static void null_flow_stats(void *priv, void *flow_priv, struct nfo_counters *counters)
{
	memset(counters, 0, sizeof(*counters));
	if (!READ_ONCE(busy))
		return;
	counters->packets = 1;
	counters->bytes = 100;
	counters->lastused = jiffies;
}

static void null_flow_stats_many(void *priv, void *const *flow_privs,
				 struct nfo_counters *counters, unsigned int n)
{
	unsigned int i;

	enter(priv);
	for (i = 0; i < n; i++)
		null_flow_stats(priv, flow_privs[i], &counters[i]);
	leave(priv);
}

static struct nfo_backend null_backend = {
	.name = "null",
	.owner = THIS_MODULE,
	.port_match = null_port_match,
	.port_add = null_port_add,
	.port_caps = null_port_caps,
	.port_del = null_port_del,
	.flow_add = null_flow_add,
	.flow_del = null_flow_del,
	.flow_stats = null_flow_stats,
	.flow_stats_many = null_flow_stats_many,
};

static struct nfo_backend second_backend = {
	.name = "null2",
	.owner = THIS_MODULE,
	.port_add = second_port_add,
	.port_caps = null_port_caps,
	.port_del = null_port_del,
	.flow_add = null_flow_add,
	.flow_del = null_flow_del,
	.flow_stats = null_flow_stats,
	.flow_stats_many = null_flow_stats_many,
};

static int __init null_init(void)
{
	int err;

	null_caps.flags &= ~without;
	null_caps.needs = needs;
	null_caps.needs_tcp = needs_tcp;
	null_caps.needs_nat = needs_nat;
	null_backend.deferred = deferred;
	err = nfo_backend_register(&null_backend);
	if (err || !second)
		return err;
	err = nfo_backend_register(&second_backend);
	if (err)
		nfo_backend_unregister(&null_backend);
	return err;
}

static void __exit null_exit(void)
{
	if (second)
		nfo_backend_unregister(&second_backend);
	nfo_backend_unregister(&null_backend);
}

module_init(null_init);
module_exit(null_exit);

MODULE_ALIAS_NFO_BACKEND("null");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("nft-offload test backend that does nothing");
