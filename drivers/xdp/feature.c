// SPDX-License-Identifier: GPL-2.0-only
/*
 * Features of devices that are held on or off while a port needs them so.
 *
 * A program sees bytes. What a device or its driver tells the stack beside them it does not see:
 * a VLAN tag that was taken off, or put into the skb instead of the frame, and a checksum that is
 * still to be computed. It would forward frames of a VLAN as if they had no tag, and wrong
 * checksums. So while a port runs the program, its frames have everything in them:
 *
 *	a veth		its peer computes checksums and puts tags in
 *	a bond		the same for each of its members
 *	any other	takes no tags off
 *
 * A veth that frames are sent to by XDP has to poll on the other side: its peer has GRO on.
 *
 * A held feature cannot be changed: `ethtool -k` shows it as fixed. When the last one who needs it
 * leaves, it gets back what it was.
 *
 * All under RTNL, which guards the list. A device that goes away is forgotten.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/rtnetlink.h>

#include "xdp.h"

#define TAGS_OUT	(NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_STAG_TX)
#define TAGS_IN		(NETIF_F_HW_VLAN_CTAG_RX | NETIF_F_HW_VLAN_STAG_RX)

/**
 * struct hold - features of a device that are held
 * @list: in holds
 * @dev: not held: forgotten when it goes
 * @on: they are on, else off
 * @hw: which of them could be changed before
 * @wanted: which of them were wanted otherwise
 * @refs: how many need it
 */
struct hold {
	struct list_head list;
	struct net_device *dev;
	bool on;
	netdev_features_t hw;
	netdev_features_t wanted;
	unsigned int refs;
};

static LIST_HEAD(holds);

/**
 * nfo_xdp_is() - is a device of a kind?
 * @dev: the device
 * @kind: as in "ip link add type KIND"
 *
 * Context: any.
 */
bool nfo_xdp_is(const struct net_device *dev, const char *kind)
{
	return dev->rtnl_link_ops && !strcmp(dev->rtnl_link_ops->kind, kind);
}

/**
 * nfo_xdp_veth_peer() - the other end of a veth
 * @dev: a veth
 *
 * Context: RTNL.
 *
 * Return: the device, or NULL.
 */
struct net_device *nfo_xdp_veth_peer(const struct net_device *dev)
{
	struct net *net = dev->rtnl_link_ops->get_link_net(dev);
	struct net_device *peer;

	rcu_read_lock();
	peer = dev_get_by_index_rcu(net, dev_get_iflink(dev));
	rcu_read_unlock();
	return peer != dev ? peer : NULL;
}

static struct hold *find(const struct net_device *dev, bool on)
{
	struct hold *h;

	list_for_each_entry(h, &holds, list)
		if (h->dev == dev && h->on == on)
			return h;
	return NULL;
}

static void let_go(struct hold *h)
{
	struct net_device *dev = h->dev;

	dev->hw_features |= h->hw;
	if (h->on)
		dev->wanted_features &= ~h->wanted;
	else
		dev->wanted_features |= h->wanted;
	netdev_update_features(dev);
	list_del(&h->list);
	kfree(h);
}

static int hold(struct net_device *dev, netdev_features_t features, bool on)
{
	struct hold *h = find(dev, on);

	if (h) {
		h->refs++;
		return 0;
	}
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return -ENOMEM;
	h->dev = dev;
	h->on = on;
	h->refs = 1;
	h->hw = dev->hw_features & features;
	h->wanted = (on ? ~dev->wanted_features : dev->wanted_features) & features;
	list_add(&h->list, &holds);
	if (on)
		dev->wanted_features |= features;
	else
		dev->wanted_features &= ~features;
	netdev_update_features(dev);
	if ((on ? ~dev->features : dev->features) & features) {
		let_go(h);
		return -EOPNOTSUPP;
	}
	dev->hw_features &= ~features;
	return 0;
}

static void drop(struct net_device *dev, bool on)
{
	struct hold *h = find(dev, on);

	if (h && !--h->refs)
		let_go(h);
}

static int hold_rx(struct net_device *dev)
{
	struct net_device *peer;

	if (!nfo_xdp_is(dev, "veth"))
		return hold(dev, TAGS_IN, false);
	peer = nfo_xdp_veth_peer(dev);
	return peer ? hold(peer, TAGS_OUT | NETIF_F_CSUM_MASK, false) : -ENODEV;
}

static void drop_rx(struct net_device *dev)
{
	struct net_device *peer = nfo_xdp_is(dev, "veth") ? nfo_xdp_veth_peer(dev) : dev;

	if (peer)
		drop(peer, false);
}

/**
 * nfo_xdp_feature_hold_rx() - have everything in the frames that a device takes in
 * @dev: the device
 *
 * Context: RTNL.
 *
 * Return: 0, -EOPNOTSUPP if it cannot be had, -ENODEV for a veth without peer, or -ENOMEM.
 */
int nfo_xdp_feature_hold_rx(struct net_device *dev)
{
	struct net_device *member, *done;
	struct list_head *iter;
	int err;

	if (!netif_is_bond_master(dev))
		return hold_rx(dev);
	netdev_for_each_lower_dev(dev, member, iter) {
		err = hold_rx(member);
		if (err)
			goto undo;
	}
	return 0;

undo:
	netdev_for_each_lower_dev(dev, done, iter) {
		if (done == member)
			break;
		drop_rx(done);
	}
	return err;
}

/**
 * nfo_xdp_feature_drop_rx() - that is not needed any more
 * @dev: the device
 *
 * Context: RTNL.
 */
void nfo_xdp_feature_drop_rx(struct net_device *dev)
{
	struct net_device *member;
	struct list_head *iter;

	if (!netif_is_bond_master(dev)) {
		drop_rx(dev);
		return;
	}
	netdev_for_each_lower_dev(dev, member, iter)
		drop_rx(member);
}

static int hold_tx(struct net_device *dev)
{
	struct net_device *peer = nfo_xdp_is(dev, "veth") ? nfo_xdp_veth_peer(dev) : NULL;

	return peer ? hold(peer, NETIF_F_GRO, true) : 0;
}

static void drop_tx(struct net_device *dev)
{
	struct net_device *peer = nfo_xdp_is(dev, "veth") ? nfo_xdp_veth_peer(dev) : NULL;

	if (peer)
		drop(peer, true);
}

/**
 * nfo_xdp_feature_hold_tx() - have a device take frames from XDP, if it is a matter of features
 * @dev: the device
 *
 * Whether it does is another question.
 *
 * Context: RTNL.
 */
void nfo_xdp_feature_hold_tx(struct net_device *dev)
{
	struct net_device *member;
	struct list_head *iter;

	hold_tx(dev);
	if (netif_is_bond_master(dev))
		netdev_for_each_lower_dev(dev, member, iter)
			hold_tx(member);
}

/**
 * nfo_xdp_feature_drop_tx() - that is not needed any more
 * @dev: the device
 *
 * Context: RTNL.
 */
void nfo_xdp_feature_drop_tx(struct net_device *dev)
{
	struct net_device *member;
	struct list_head *iter;

	drop_tx(dev);
	if (netif_is_bond_master(dev))
		netdev_for_each_lower_dev(dev, member, iter)
			drop_tx(member);
}

/**
 * nfo_xdp_feature_member() - a bond whose features are held has another member, or one less
 * @member: the device
 * @joins: or leaves
 * @tx: as nfo_xdp_feature_hold_tx(), else as ..._rx()
 *
 * Context: RTNL.
 *
 * Return: as nfo_xdp_feature_hold_rx().
 */
int nfo_xdp_feature_member(struct net_device *member, bool joins, bool tx)
{
	if (tx && joins)
		return hold_tx(member);
	if (tx)
		drop_tx(member);
	else if (joins)
		return hold_rx(member);
	else
		drop_rx(member);
	return 0;
}

/**
 * nfo_xdp_feature_gone() - a device goes away
 * @dev: the device
 *
 * Context: RTNL.
 */
void nfo_xdp_feature_gone(struct net_device *dev)
{
	struct hold *h, *next;

	list_for_each_entry_safe(h, next, &holds, list) {
		if (h->dev != dev)
			continue;
		list_del(&h->list);
		kfree(h);
	}
}
