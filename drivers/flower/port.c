// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports and their members: bound and given back, and what becomes of them when devices go or bonds
 * change. Locks: see flower.h.
 */
#include <linux/hash.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "flower.h"

#define REPORT_AGAIN	(60 * HZ)
#define REPORT_BITS	6

static LIST_HEAD(ports);	/* RTNL */

/* ---- commands */

void flower_enter(struct flower_port *fp)
{
	if (fp->rtnl)
		rtnl_lock();
	mutex_lock(&fp->lock);
}

void flower_leave(struct flower_port *fp)
{
	LIST_HEAD(gone);
	struct flower_member *m, *next;

	list_splice_init(&fp->gone, &gone);
	mutex_unlock(&fp->lock);
	if (fp->rtnl)
		rtnl_unlock();
	list_for_each_entry_safe(m, next, &gone, list) {
		nfo_block_free(m->block);
		kfree(m);
	}
}

/* ---- members, with RTNL and the port locked */

static int member_add(struct flower_port *fp, struct net_device *dev,
		      struct netlink_ext_ack *extack)
{
	struct flower_member *m = kzalloc(sizeof(*m), GFP_KERNEL);
	int err;

	ASSERT_RTNL();
	if (!m)
		return -ENOMEM;
	m->dev = dev;
	m->block = nfo_block_bind(dev, TC_SETUP_BLOCK, &fp->profile->dialect, extack);
	if (IS_ERR(m->block)) {
		err = PTR_ERR(m->block);
		kfree(m);
		return err;
	}
	netdev_hold(dev, &m->tracker, GFP_KERNEL);
	list_add_tail(&m->list, &fp->members);
	return 0;
}

/* Its block may still be waited for: that is freed without RTNL. */
static void member_del(struct flower_port *fp, struct flower_member *m)
{
	ASSERT_RTNL();
	flower_rules_forget(fp, m);
	nfo_block_unbind(m->block);
	netdev_put(m->dev, &m->tracker);
	m->dev = NULL;
	list_move_tail(&m->list, &fp->gone);
}

static void members_del(struct flower_port *fp)
{
	struct flower_member *m, *next;

	list_for_each_entry_safe(m, next, &fp->members, list)
		member_del(fp, m);
}

static int members_add(struct flower_port *fp, struct netlink_ext_ack *extack)
{
	struct flower_member *m;
	struct net_device *dev;
	struct list_head *iter;
	int err = 0;

	if (!netif_is_bond_master(fp->dev)) {
		err = member_add(fp, fp->dev, extack);
	} else {
		netdev_for_each_lower_dev(fp->dev, dev, iter)
			err = err ?: member_add(fp, dev, extack);
	}
	if (err)
		members_del(fp);
	list_for_each_entry(m, &fp->members, list)
		fp->rtnl |= nfo_block_needs_rtnl(m->block);
	return err;
}

/* Later members have to be like those that were there first. */
static int member_join(struct flower_port *fp, struct net_device *dev,
		       struct netlink_ext_ack *extack)
{
	struct flower_member *m;
	int err;

	if (flower_profile_of(dev, fp->eswitch, extack) != fp->profile)
		return -EOPNOTSUPP;
	err = member_add(fp, dev, extack);
	if (err)
		return err;
	m = list_last_entry(&fp->members, struct flower_member, list);
	if (fp->rtnl || !nfo_block_needs_rtnl(m->block))
		return 0;
	member_del(fp, m);
	return -EOPNOTSUPP;
}

/* ---- for the core */

static const struct flower_profile *profile_for(struct net_device *dev, bool eswitch,
						struct netlink_ext_ack *extack)
{
	if (netif_is_bond_master(dev))
		return flower_bond_profile(dev, eswitch, extack);
	return flower_profile_of(dev, eswitch, extack);
}

int flower_port_match(struct net_device *dev, struct netlink_ext_ack *extack)
{
	return profile_for(dev, true, extack) ? 0 : -EOPNOTSUPP;
}

static int bind_as(struct flower_port *fp, bool eswitch, struct netlink_ext_ack *extack)
{
	fp->eswitch = eswitch;
	fp->profile = profile_for(fp->dev, eswitch, extack);
	return fp->profile ? members_add(fp, extack) : -EOPNOTSUPP;
}

static int bind_and_try(struct flower_port *fp, struct netlink_ext_ack *extack)
{
	int err;

	err = bind_as(fp, true, extack);
	if (!err && !flower_try_mode(fp)) {
		members_del(fp);
		err = bind_as(fp, false, extack);
	}
	if (err)
		return err;
	err = flower_try(fp, extack);
	if (err)
		members_del(fp);
	return err;
}

static int attach(struct flower_port *fp, struct netlink_ext_ack *extack)
{
	int err;

	if (fp->dev->reg_state != NETREG_REGISTERED)
		return -ENODEV;
	mutex_lock(&fp->lock);
	err = bind_and_try(fp, extack);
	mutex_unlock(&fp->lock);
	if (!err)
		list_add_tail(&fp->list, &ports);
	return err;
}

static void port_free(struct flower_port *fp)
{
	struct flower_member *m, *next;

	list_for_each_entry_safe(m, next, &fp->gone, list) {
		nfo_block_free(m->block);
		kfree(m);
	}
	kfree(fp);
}

/*
 * Who gets "busy" from tc later looks here. nft repeats a transaction for every module that it
 * loads: the same device is reported once a minute. Ports are attached one at a time.
 */
static struct {
	const struct net_device *dev;
	unsigned long until;
} last[1 << REPORT_BITS];

static void report(const struct flower_port *fp)
{
	unsigned int i = hash_ptr(fp->dev, REPORT_BITS);

	if (READ_ONCE(last[i].dev) != fp->dev || time_after(jiffies, last[i].until))
		netdev_info(fp->dev, "flower (%s) has the device's list of TC rules: tc cannot add a clsact or ingress qdisc meanwhile; \"nfoctl port set %s backend none\" gives it back\n",
			    fp->profile->name, fp->dev->name);
	WRITE_ONCE(last[i].dev, fp->dev);
	last[i].until = jiffies + REPORT_AGAIN;
}

/* Another device may get the memory of one that goes away, and is news then. */
static void forget_report(const struct net_device *dev)
{
	unsigned int i = hash_ptr(dev, REPORT_BITS);

	if (READ_ONCE(last[i].dev) == dev)
		WRITE_ONCE(last[i].dev, NULL);
}

int flower_port_add(struct net_device *dev, void **priv, struct netlink_ext_ack *extack)
{
	struct flower_port *fp = kzalloc(sizeof(*fp), GFP_KERNEL);
	int err;

	if (!fp)
		return -ENOMEM;
	fp->dev = dev;
	mutex_init(&fp->lock);
	INIT_LIST_HEAD(&fp->members);
	INIT_LIST_HEAD(&fp->gone);
	INIT_LIST_HEAD(&fp->rules);
	rtnl_lock();
	err = attach(fp, extack);
	rtnl_unlock();
	if (err) {
		port_free(fp);
		return err;
	}
	report(fp);
	*priv = fp;
	return 0;
}

const struct nfo_caps *flower_port_caps(void *priv)
{
	struct flower_port *fp = priv;

	return &fp->profile->caps;
}

void flower_port_del(struct net_device *dev, void *priv)
{
	struct flower_port *fp = priv;

	rtnl_lock();
	mutex_lock(&fp->lock);
	members_del(fp);
	mutex_unlock(&fp->lock);
	list_del(&fp->list);
	rtnl_unlock();
	port_free(fp);
}

/* ---- what happens to devices */

static struct flower_member *member_find(struct flower_port *fp, const struct net_device *dev)
{
	struct flower_member *m;

	list_for_each_entry(m, &fp->members, list)
		if (m->dev == dev)
			return m;
	return NULL;
}

static void device_gone(struct net_device *dev)
{
	struct flower_member *m;
	struct flower_port *fp;

	list_for_each_entry(fp, &ports, list) {
		mutex_lock(&fp->lock);
		m = member_find(fp, dev);
		if (m)
			member_del(fp, m);
		mutex_unlock(&fp->lock);
	}
}

/* The switch of a bond's member is none of the core's business: it sees that of the bond. */
static void switched_off(struct net_device *dev)
{
	struct flower_member *m;
	struct flower_port *fp;

	if (dev->features & NETIF_F_HW_TC)
		return;
	/* what is programmed from here on looks first: is_off() */
	list_for_each_entry(fp, &ports, list) {
		if (fp->dev == dev)
			continue;
		mutex_lock(&fp->lock);
		m = member_find(fp, dev);
		if (m)
			flower_rules_forget(fp, m);
		mutex_unlock(&fp->lock);
	}
}

/* One that cannot be bound leaves what comes in by it to software. */
static void bond_changed(struct net_device *dev, const struct netdev_notifier_changeupper_info *info)
{
	struct netlink_ext_ack extack = {};
	struct flower_member *m;
	struct flower_port *fp;
	int err = 0;

	list_for_each_entry(fp, &ports, list) {
		if (fp->dev != info->upper_dev)
			continue;
		mutex_lock(&fp->lock);
		m = member_find(fp, dev);
		if (m && !info->linking)
			member_del(fp, m);
		else if (!m && info->linking)
			err = member_join(fp, dev, &extack);
		mutex_unlock(&fp->lock);
		if (err)
			netdev_info(fp->dev, "flower: member %s stays without offload, error %d%s%s\n",
				    dev->name, err, extack._msg ? ": " : "", extack._msg ?: "");
	}
}

static int port_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	switch (event) {
	case NETDEV_UNREGISTER:
		forget_report(dev);
		device_gone(dev);
		break;
	case NETDEV_FEAT_CHANGE:
		switched_off(dev);
		break;
	case NETDEV_CHANGEUPPER:
		bond_changed(dev, ptr);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block port_notifier = {
	.notifier_call = port_event,
};

int flower_port_init(void)
{
	return register_netdevice_notifier(&port_notifier);
}

void flower_port_exit(void)
{
	unregister_netdevice_notifier(&port_notifier);
}
