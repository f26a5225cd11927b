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
 * All under RTNL, which guards the list. A device that goes away is forgotten, but not one that only
 * moves to another namespace, as the veth of a container does.
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

/* The other end of a veth, or NULL. */
static struct net_device *veth_peer(const struct net_device *dev)
{
	struct net *net = dev->rtnl_link_ops->get_link_net(dev);

	return __dev_get_by_index(net, dev_get_iflink(dev));
}

/**
 * nfo_xdp_queues_fit() - may a device run a program in the kernel?
 * @dev: the device
 *
 * Generic XDP looks for the receive queue that the sender has noted, and the kernel warns if there is
 * none: so it is with a veth of several queues whose peer has more of them.
 *
 * Context: RTNL.
 */
bool nfo_xdp_queues_fit(const struct net_device *dev)
{
	struct net_device *peer = nfo_xdp_is(dev, "veth") ? veth_peer(dev) : NULL;

	return !peer || dev->real_num_rx_queues == 1 ||
	       dev->real_num_rx_queues >= peer->real_num_tx_queues;
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

/* What has to hold features for a device, or NULL. */
static struct net_device *holder(struct net_device *dev, enum nfo_xdp_way way)
{
	if (nfo_xdp_is(dev, "veth"))
		return veth_peer(dev);
	return way == NFO_XDP_RX ? dev : NULL;
}

static int hold_one(struct net_device *dev, enum nfo_xdp_way way)
{
	bool veth = nfo_xdp_is(dev, "veth");
	struct net_device *at = holder(dev, way);

	if (!at)
		return veth ? -ENODEV : 0;
	if (way == NFO_XDP_TX)
		return hold(at, NETIF_F_GRO, true);
	return hold(at, veth ? TAGS_OUT | NETIF_F_CSUM_MASK : TAGS_IN, false);
}

static void drop_one(struct net_device *dev, enum nfo_xdp_way way)
{
	struct net_device *at = holder(dev, way);

	if (at)
		drop(at, way == NFO_XDP_TX);
}

static void drop_until(struct net_device *bond, enum nfo_xdp_way way, const struct net_device *end)
{
	struct net_device *member;
	struct list_head *iter;

	netdev_for_each_lower_dev(bond, member, iter) {
		if (member == end)
			return;
		drop_one(member, way);
	}
}

/**
 * nfo_xdp_feature_hold() - hold what XDP needs of a device
 * @dev: the device
 * @way: frames come in by it and have everything in them, or leave by it
 *
 * Context: RTNL.
 *
 * Return: 0, -EOPNOTSUPP if it cannot be had, -ENODEV for a veth without peer, or -ENOMEM.
 */
int nfo_xdp_feature_hold(struct net_device *dev, enum nfo_xdp_way way)
{
	struct net_device *member;
	struct list_head *iter;
	int err;

	if (!netif_is_bond_master(dev))
		return hold_one(dev, way);
	netdev_for_each_lower_dev(dev, member, iter) {
		err = hold_one(member, way);
		if (err) {
			drop_until(dev, way, member);
			return err;
		}
	}
	return 0;
}

/**
 * nfo_xdp_feature_drop() - that is not needed any more
 * @dev: the device
 * @way: as it was held
 *
 * Context: RTNL.
 */
void nfo_xdp_feature_drop(struct net_device *dev, enum nfo_xdp_way way)
{
	if (netif_is_bond_master(dev))
		drop_until(dev, way, NULL);
	else
		drop_one(dev, way);
}

/**
 * nfo_xdp_feature_gone() - a device goes away for good
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
