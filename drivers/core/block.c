// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flow blocks of drivers, see nfo/block.h.
 *
 * The driver's callbacks are kept in a block of our own, one per device, so that a driver sees each
 * rule once, checked, and only when it is wanted.
 *
 * A rule's cookie is a number of our own choice. Its low bits say what later commands have to
 * repeat and what counters have to be corrected for, so that nothing need be kept per rule.
 *
 * Locks: RTNL, where the driver needs it, then b->lock, which guards what there is to say about
 * rules and keeps commands and the work item apart. Drivers that need no RTNL do not take it either
 * (nf's workers are flushed under it): so their work item may be waited for with RTNL held. Inside
 * of it, setup_lock: drivers keep the callbacks of all their devices in a list without a lock. And
 * lend_lock, a spinlock, for the bit of dev->features that is ours for the time of a command.
 */
#include <linux/if_vlan.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/flow_offload.h>
#include <net/sch_generic.h>

#include "block.h"

#define RETRY_MIN	(HZ / 10)
#define RETRY_MAX	HZ
#define SILENT_FOR	HZ
#define STALE_BATCH	64

/* Cookies: a serial number, then how many tags, then an index of protocols[]. */
#define COOKIE_PROTO	0x3
#define COOKIE_TAGS	0xc
#define COOKIE_TAG	0x4
#define COOKIE_NEXT	0x10

static const u16 protocols[] = { ETH_P_IP, ETH_P_IPV6, ETH_P_8021Q, ETH_P_8021AD };

struct stale {
	struct list_head list;
	unsigned long cookie;
};

static atomic_long_t last_cookie;
static DEFINE_MUTEX(setup_lock);

/* Under RTNL the feature is lent to one device at a time; for those who look without RTNL. */
static DEFINE_SPINLOCK(lend_lock);
static const struct net_device *lent_to;

unsigned long nfo_block_cookie(__be16 protocol, u8 tags)
{
	unsigned long proto;

	for (proto = 0; proto < ARRAY_SIZE(protocols) - 1; proto++)
		if (protocol == htons(protocols[proto]))
			break;
	return atomic_long_add_return(COOKIE_NEXT, &last_cookie) | tags * COOKIE_TAG | proto;
}

/* From TC's bytes, counted from the Ethernet header on, to those of layer 3. */
static u64 layer3_bytes(unsigned long cookie, const struct flow_stats *stats)
{
	u64 header = ETH_HLEN + (cookie & COOKIE_TAGS) / COOKIE_TAG * VLAN_HLEN;

	return stats->bytes - min(stats->bytes, stats->pkts * header);
}

/* ---- commands, with the block locked */

/* Success if any callback took it, as for nf_flow_table itself; else the first error. */
static int call_all(struct nfo_block *b, struct flow_cls_offload *cls)
{
	struct flow_block_cb *cb;
	int err, first = 0;
	bool done = false;

	list_for_each_entry(cb, &b->block.cb_list, list) {
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

/*
 * Some drivers refuse even to remove a rule while hw-tc-offload is off (bnxt, cxgb4), and go on
 * forwarding. They go by the device's feature, which is under RTNL, so for the one command it is
 * lent to them.
 */
static void lend_switch(struct net_device *dev, bool lend)
{
	spin_lock(&lend_lock);
	if (lend)
		dev->features |= NETIF_F_HW_TC;
	else
		dev->features &= ~NETIF_F_HW_TC;
	lent_to = lend ? dev : NULL;
	spin_unlock(&lend_lock);
}

bool nfo_block_switched_on(const struct net_device *dev)
{
	bool on;

	spin_lock(&lend_lock);
	on = dev->features & NETIF_F_HW_TC && lent_to != dev;
	spin_unlock(&lend_lock);
	return on;
}
EXPORT_SYMBOL_GPL(nfo_block_switched_on);

static int call_on(struct nfo_block *b, struct flow_cls_offload *cls)
{
	bool lend = b->rtnl && cls->command != FLOW_CLS_REPLACE &&
		    !(b->dev->features & NETIF_F_HW_TC);
	int err;

	if (lend)
		lend_switch(b->dev, true);
	err = call_all(b, cls);
	if (lend)
		lend_switch(b->dev, false);
	return err;
}

static int command(struct nfo_block *b, struct flow_cls_offload *cls)
{
	bool was = b->silent;
	int err;

	lockdep_assert_held(&b->lock);
	if (b->rtnl)
		ASSERT_RTNL();
	if (b->dialect->say & NFO_SAY_PROTOCOL)
		cls->common.protocol = htons(protocols[cls->cookie & COOKIE_PROTO]);
	else
		cls->common.protocol = htons(ETH_P_ALL);
	err = call_on(b, cls);
	b->silent = err == -ETIMEDOUT;
	if (b->silent)
		b->silent_until = jiffies + SILENT_FOR;
	if (b->silent != was && net_ratelimit())
		netdev_info(b->dev, "the device %s\n",
			    was ? "answers again" : "does not answer: what it forwards is unknown");
	return err;
}

static bool is_silent(const struct nfo_block *b)
{
	return b->silent && time_before(jiffies, b->silent_until);
}

/* bnxt_tc has -1 for it (bnxt_tc_get_flow_stats). */
bool nfo_block_unknown(int err)
{
	return err == -ENOENT || err == -EINVAL || err == -EPERM;
}

/* Should be gone, and may be there: to be removed as soon as that can be done. */
static void keep_stale(struct nfo_block *b, unsigned long cookie)
{
	struct stale *s = kmalloc(sizeof(*s), GFP_KERNEL | __GFP_NOFAIL);

	if (!(b->dev->features & NETIF_F_HW_TC))
		netdev_warn_once(b->dev, "the driver keeps rules while hw-tc-offload is off\n");
	s->cookie = cookie;
	if (list_empty(&b->stale)) {
		b->delay = RETRY_MIN;
		queue_delayed_work(system_unbound_wq, &b->retry, b->delay);
	}
	list_add_tail(&s->list, &b->stale);
}

/* Those that stay are tried last the next time. Was any removed? */
static bool remove_stale(struct nfo_block *b, unsigned int max)
{
	unsigned int n = 0, removed = 0;
	struct stale *s, *next;
	LIST_HEAD(refused);

	list_for_each_entry_safe(s, next, &b->stale, list) {
		struct flow_cls_offload cls = {
			.command = FLOW_CLS_DESTROY,
			.cookie = s->cookie,
		};
		int err;

		if (n++ == max)
			break;
		err = command(b, &cls);
		/* the same for all of them */
		if (err == -ETIMEDOUT || err == -EOPNOTSUPP)
			break;
		if (err && !nfo_block_unknown(err)) {
			list_move_tail(&s->list, &refused);
			continue;
		}
		list_del(&s->list);
		kfree(s);
		removed++;
	}
	list_splice_tail(&refused, &b->stale);
	return removed;
}

int nfo_block_insert(struct nfo_block *b, struct flow_rule *fr, u32 prio, unsigned long cookie,
		     struct netlink_ext_ack *extack)
{
	struct flow_cls_offload cls = {
		.common.extack = extack,
		.common.prio = prio,
		.command = FLOW_CLS_REPLACE,
		.cookie = cookie,
		.rule = fr,
	};
	int err;

	if (is_silent(b))
		return -ETIMEDOUT;
	err = command(b, &cls);
	/* it may be there all the same */
	if (err == -ETIMEDOUT)
		keep_stale(b, cookie);
	return err;
}

/* Some drivers have counters for us even with an error. */
int nfo_block_ask(struct nfo_block *b, unsigned long cookie, enum flow_cls_command cmd,
		  struct nfo_counters *c)
{
	struct flow_cls_offload cls = {
		.command = cmd,
		.cookie = cookie,
	};
	int err;

	if (!b->bound)
		return -ENOENT;
	if (is_silent(b))
		return -ETIMEDOUT;
	err = command(b, &cls);
	/* cxgb4 lets a counter of 32 bits wrap (cxgb4_filter.c:get_filter_count) */
	if ((s64)cls.stats.pkts < 0)
		cls.stats.pkts += BIT_ULL(32);
	c->packets += cls.stats.pkts;
	if (b->dialect->say & NFO_SAY_L2_BYTES)
		c->bytes += layer3_bytes(cookie, &cls.stats);
	else
		c->bytes += cls.stats.bytes;
	c->lastused = max_t(unsigned long, c->lastused, cls.stats.lastused);
	return err;
}

void nfo_block_destroy(struct nfo_block *b, unsigned long cookie, struct nfo_counters *c)
{
	int err = nfo_block_ask(b, cookie, FLOW_CLS_DESTROY, c);

	if (err && !nfo_block_unknown(err))
		keep_stale(b, cookie);
}

static void retry(struct work_struct *work)
{
	struct nfo_block *b = container_of(to_delayed_work(work), struct nfo_block, retry);
	bool rtnl = b->rtnl;

	if (rtnl)
		rtnl_lock();
	mutex_lock(&b->lock);
	if (b->bound) {
		/* not all at once: RTNL is wanted by others too */
		if (remove_stale(b, STALE_BATCH))
			b->delay = 1;
		else
			b->delay = clamp_t(unsigned long, 2 * b->delay, RETRY_MIN, RETRY_MAX);
		nfo_guard_drop(b);
	}
	if (b->bound && !list_empty(&b->stale))
		queue_delayed_work(system_unbound_wq, &b->retry, b->delay);
	mutex_unlock(&b->lock);
	if (rtnl)
		rtnl_unlock();
}

/* ---- for backends */

static int add(struct nfo_block *b, const struct nfo_rule *rule, struct net_device *egress,
	       const struct nfo_ttl *ttl, unsigned long *cookie, struct nfo_said *said,
	       struct flow_rule *fr, struct netlink_ext_ack *extack)
{
	int err;

	if (!b->bound)
		return -ENODEV;
	if (!is_silent(b))
		remove_stale(b, STALE_BATCH);
	err = nfo_guard_need(b, rule, said, fr, extack);
	if (!err) {
		nfo_compose(rule, egress, b->dialect, ttl, said, fr);
		*cookie = nfo_block_cookie(nfo_said_protocol(rule), rule->match.n_encap);
		err = nfo_block_insert(b, fr, nfo_guard_rule_prio(b), *cookie, extack);
	}
	if (!err)
		b->n_rules++;
	else
		nfo_guard_drop(b);
	return err;
}

int nfo_block_add(struct nfo_block *b, const struct nfo_rule *rule, struct net_device *egress,
		  const struct nfo_ttl *ttl, unsigned long *cookie, struct netlink_ext_ack *extack)
{
	struct nfo_said *said = kmalloc(sizeof(*said), GFP_KERNEL);
	struct flow_rule *fr = flow_rule_alloc(NFO_SAID_ACTIONS);
	int err = -ENOMEM;

	if (said && fr) {
		mutex_lock(&b->lock);
		err = add(b, rule, egress, ttl, cookie, said, fr, extack);
		mutex_unlock(&b->lock);
	}
	kfree(fr);
	kfree(said);
	return err;
}
EXPORT_SYMBOL_GPL(nfo_block_add);

int nfo_block_try(struct nfo_block *b, struct flow_rule *fr, __be16 protocol,
		  struct netlink_ext_ack *extack)
{
	unsigned long cookie = nfo_block_cookie(protocol, 0);
	struct nfo_counters ignored = {};
	int err;

	mutex_lock(&b->lock);
	err = b->bound ? nfo_block_insert(b, fr, PRIO_FIRST, cookie, extack) : -ENODEV;
	if (!err)
		nfo_block_destroy(b, cookie, &ignored);
	mutex_unlock(&b->lock);
	return err;
}
EXPORT_SYMBOL_GPL(nfo_block_try);

/* What a device that does not answer has counted is reported when it does again. */
void nfo_block_stats(struct nfo_block *b, unsigned long cookie, struct nfo_counters *c)
{
	mutex_lock(&b->lock);
	c->lost = nfo_block_unknown(nfo_block_ask(b, cookie, FLOW_CLS_STATS, c));
	if (c->lost && b->bound)
		nfo_guard_check(b);
	mutex_unlock(&b->lock);
}
EXPORT_SYMBOL_GPL(nfo_block_stats);

void nfo_block_del(struct nfo_block *b, unsigned long cookie, struct nfo_counters *c)
{
	mutex_lock(&b->lock);
	nfo_block_ask(b, cookie, FLOW_CLS_STATS, c);
	nfo_block_destroy(b, cookie, c);
	b->n_rules--;
	nfo_guard_drop(b);
	mutex_unlock(&b->lock);
}
EXPORT_SYMBOL_GPL(nfo_block_del);

struct net_device *nfo_block_dev(const struct nfo_block *b)
{
	return b->dev;
}
EXPORT_SYMBOL_GPL(nfo_block_dev);

bool nfo_block_needs_rtnl(const struct nfo_block *b)
{
	return b->rtnl;
}
EXPORT_SYMBOL_GPL(nfo_block_needs_rtnl);

/* ---- binding */

/*
 * nft binds the devices of a namespace one at a time, but our worker binds beside it, and drivers
 * have one list for all their devices (mtk_ppe_offload.c, mlx5's en/rep/tc.c), some one for TC and
 * FT.
 */
static int setup(struct nfo_block *b, struct flow_block_offload *bo, enum flow_block_command cmd,
		 struct netlink_ext_ack *extack)
{
	int err;

	memset(bo, 0, sizeof(*bo));
	bo->command = cmd;
	bo->binder_type = FLOW_BLOCK_BINDER_TYPE_CLSACT_INGRESS;
	bo->net = dev_net(b->dev);
	bo->block = &b->block;
	bo->cb_list_head = &b->block.cb_list;
	bo->extack = extack;
	INIT_LIST_HEAD(&bo->cb_list);
	mutex_lock(&setup_lock);
	err = b->dev->netdev_ops->ndo_setup_tc(b->dev, b->type, bo);
	mutex_unlock(&setup_lock);
	return err;
}

/* A driver has one list of TC rules per device, and not every one tells that it is taken. */
static bool has_ingress_qdisc(const struct net_device *dev)
{
	struct netdev_queue *queue = rtnl_dereference(dev->ingress_queue);

	return queue && rtnl_dereference(queue->qdisc_sleeping) != &noop_qdisc;
}

static int bind(struct nfo_block *b, struct netlink_ext_ack *extack)
{
	struct flow_block_offload bo;
	int err;

	if (b->type == TC_SETUP_BLOCK) {
		ASSERT_RTNL();
		if (has_ingress_qdisc(b->dev)) {
			NL_SET_ERR_MSG(extack, "busy: the device has a clsact or ingress qdisc, and the driver one list of rules: \"tc qdisc del dev DEV clsact\", or another backend");
			return -EBUSY;
		}
	}
	err = setup(b, &bo, FLOW_BLOCK_BIND, extack);
	/* some drivers say yes and register nothing */
	if (err >= 0 && list_empty(&bo.cb_list))
		err = -EOPNOTSUPP;
	if (err < 0)
		return err;
	list_splice(&bo.cb_list, &b->block.cb_list);
	b->rtnl = b->type == TC_SETUP_BLOCK && !bo.unlocked_driver_cb;
	b->bound = true;
	return 0;
}

struct nfo_block *nfo_block_bind(struct net_device *dev, enum tc_setup_type type,
				 const struct nfo_dialect *dialect, struct netlink_ext_ack *extack)
{
	struct nfo_block *b;
	int err;

	if (!dev->netdev_ops->ndo_setup_tc)
		return ERR_PTR(-EOPNOTSUPP);
	b = kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return ERR_PTR(-ENOMEM);
	b->dev = dev;
	b->type = type;
	b->dialect = dialect;
	flow_block_init(&b->block);
	mutex_init(&b->lock);
	INIT_LIST_HEAD(&b->stale);
	INIT_DELAYED_WORK(&b->retry, retry);
	err = bind(b, extack);
	if (err < 0) {
		kfree(b);
		return ERR_PTR(err);
	}
	return b;
}
EXPORT_SYMBOL_GPL(nfo_block_bind);

/* A driver that mixes up whose block is unbound (sfc) keeps the callback. It is not ours to free. */
static void leave_behind(struct nfo_block *b)
{
	struct flow_block_cb *cb, *next;

	list_for_each_entry_safe(cb, next, &b->block.cb_list, list) {
		netdev_warn_once(b->dev, "the driver did not give its rule callback back\n");
		list_del_init(&cb->list);
	}
}

void nfo_block_unbind(struct nfo_block *b)
{
	struct flow_block_cb *cb, *next;
	struct flow_block_offload bo;

	mutex_lock(&b->lock);
	if (b->bound) {
		remove_stale(b, UINT_MAX);
		nfo_guard_remove(b);
		b->bound = false;
		setup(b, &bo, FLOW_BLOCK_UNBIND, NULL);
		list_for_each_entry_safe(cb, next, &bo.cb_list, list) {
			list_del(&cb->list);
			flow_block_cb_free(cb);
		}
		leave_behind(b);
	}
	mutex_unlock(&b->lock);
}
EXPORT_SYMBOL_GPL(nfo_block_unbind);

void nfo_block_free(struct nfo_block *b)
{
	struct stale *s, *next;

	if (b->type == TC_SETUP_FT)
		nfo_block_unbind(b);
	cancel_delayed_work_sync(&b->retry);
	/* what the driver still keeps goes with its block, if it keeps to the rules */
	list_for_each_entry_safe(s, next, &b->stale, list)
		kfree(s);
	kfree(b);
}
EXPORT_SYMBOL_GPL(nfo_block_free);

/* compose.c is pure and exports nothing itself */
EXPORT_SYMBOL_GPL(nfo_compose);
EXPORT_SYMBOL_GPL(nfo_ttl_cover);
