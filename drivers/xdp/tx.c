// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that frames leave by: their places in the devmap, and whether they can.
 *
 * A driver that takes frames from XDP may do so only in some states: a veth if its peer polls, a
 * NIC if it runs a program itself. What it does not take it drops, so that is asked for each
 * flow, when it is programmed.
 *
 * A device that goes away leaves its place empty (the kernel sees to that), and packets go to the
 * stack. Its flows keep their record, which is dead: another device with its index gets a new one.
 *
 * The list changes under RTNL, as a notifier looks through it and marks the dead; the worker, which
 * alone changes it, reads it without. So a flow takes RTNL only where a device is new to us.
 */
#include <linux/bitmap.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "xdp.h"

#define TX_SLOTS	4096

static LIST_HEAD(txs);
static DECLARE_BITMAP(slots, TX_SLOTS);
static struct bpf_map *tx_map;
static unsigned int n_users;

/**
 * nfo_xdp_tx_start() - a port needs the devmap
 *
 * Return: 0 or an error.
 */
int nfo_xdp_tx_start(void)
{
	struct bpf_map *map;

	if (!n_users) {
		map = nfo_xdp_map_new(BPF_MAP_TYPE_DEVMAP, sizeof(u32), TX_SLOTS, 0, "nfo_tx");
		if (IS_ERR(map))
			return PTR_ERR(map);
		tx_map = map;
	}
	n_users++;
	return 0;
}

/**
 * nfo_xdp_tx_stop() - a port does not need it any more
 */
void nfo_xdp_tx_stop(void)
{
	if (--n_users)
		return;
	bpf_map_put(tx_map);
	tx_map = NULL;
}

struct bpf_map *nfo_xdp_tx_map(void)
{
	return tx_map;
}

static int refuses(struct net_device *dev, struct netdev_nested_priv *priv)
{
	/* always does, and says so on Linux 6.3 and later only */
	if (nfo_xdp_is(dev, "tun"))
		return !dev->netdev_ops->ndo_xdp_xmit;
	if (nfo_xdp_is(dev, "veth"))
		return !nfo_veth_takes_xdp(dev);
	return !nfo_dev_takes_xdp(dev);
}

/* Does it take frames from XDP now? Its features are held. */
static bool takes(struct net_device *dev)
{
	bool can;

	if (!netif_is_bond_master(dev))
		return !refuses(dev, NULL);
	rcu_read_lock();
	can = dev->netdev_ops->ndo_xdp_xmit && !netdev_walk_all_lower_dev_rcu(dev, refuses, NULL);
	rcu_read_unlock();
	return can;
}

static struct nfo_xdp_tx *find(const struct net_device *dev, enum nfo_xdp_mode mode)
{
	struct nfo_xdp_tx *tx;

	list_for_each_entry(tx, &txs, list)
		if (tx->dev == dev && tx->mode == mode && !READ_ONCE(tx->dead))
			return tx;
	return NULL;
}

static void unlist(struct nfo_xdp_tx *tx)
{
	u32 slot = tx->slot;

	list_del(&tx->list);
	rcu_read_lock();
	tx_map->ops->map_delete_elem(tx_map, &slot);
	rcu_read_unlock();
	clear_bit(slot, slots);
	kfree(tx);
}

static int fill(struct nfo_xdp_tx *tx, struct net_device *dev, enum nfo_xdp_mode mode)
{
	int err;

	tx->dev = dev;
	tx->mode = mode;
	tx->slot = find_first_zero_bit(slots, TX_SLOTS);
	if (tx->slot == TX_SLOTS)
		return -ENOSPC;
	if (mode == NFO_XDP_NATIVE && nfo_xdp_feature_hold(dev, NFO_XDP_TX))
		return -EXDEV;
	err = nfo_xdp_devmap_set(tx_map, dev, tx->slot);
	if (err && mode == NFO_XDP_NATIVE)
		nfo_xdp_feature_drop(dev, NFO_XDP_TX);
	return err;
}

static struct nfo_xdp_tx *make(struct net_device *dev, enum nfo_xdp_mode mode)
{
	struct nfo_xdp_tx *tx = kzalloc(sizeof(*tx), GFP_KERNEL);
	int err;

	if (!tx)
		return ERR_PTR(-ENOMEM);
	err = fill(tx, dev, mode);
	if (err) {
		kfree(tx);
		return ERR_PTR(err);
	}
	set_bit(tx->slot, slots);
	list_add(&tx->list, &txs);
	return tx;
}

static struct nfo_xdp_tx *get(struct net_device *dev, enum nfo_xdp_mode mode)
{
	struct nfo_xdp_tx *tx = find(dev, mode);

	if (!tx) {
		rtnl_lock();
		tx = dev->reg_state == NETREG_REGISTERED ? make(dev, mode) : ERR_PTR(-ENODEV);
		rtnl_unlock();
	}
	if (!IS_ERR(tx))
		tx->refs++;
	return tx;
}

/**
 * nfo_xdp_tx_get() - a flow is to leave by a device
 * @dev: the device, held
 * @mode: where the flow's port runs the program: with an skb it may leave by any device
 *
 * Return: a record, to be given back by nfo_xdp_tx_put(), -EXDEV if the device does not take frames
 * from XDP, -ENODEV if it goes away, -ENOSPC if there are too many devices, or another error.
 */
struct nfo_xdp_tx *nfo_xdp_tx_get(struct net_device *dev, enum nfo_xdp_mode mode)
{
	struct nfo_xdp_tx *tx = get(dev, mode);

	if (IS_ERR(tx) || mode == NFO_XDP_GENERIC || takes(dev))
		return tx;
	nfo_xdp_tx_put(tx);
	return ERR_PTR(-EXDEV);
}

/**
 * nfo_xdp_tx_put() - a flow does not leave by a device any more
 * @tx: the device's record
 *
 * No program looks at the flow's entry.
 */
void nfo_xdp_tx_put(struct nfo_xdp_tx *tx)
{
	if (--tx->refs)
		return;
	rtnl_lock();
	if (!tx->dead && tx->mode == NFO_XDP_NATIVE)
		nfo_xdp_feature_drop(tx->dev, NFO_XDP_TX);
	unlist(tx);
	rtnl_unlock();
}

/**
 * nfo_xdp_tx_gone() - a device goes away, or to another namespace
 * @dev: the device; a bond still has its members
 *
 * Context: RTNL.
 */
void nfo_xdp_tx_gone(struct net_device *dev)
{
	struct nfo_xdp_tx *tx;

	list_for_each_entry(tx, &txs, list) {
		if (tx->dev != dev || tx->dead)
			continue;
		if (tx->mode == NFO_XDP_NATIVE)
			nfo_xdp_feature_drop(dev, NFO_XDP_TX);
		WRITE_ONCE(tx->dead, true);
	}
}

/**
 * nfo_xdp_tx_uses() - do flows leave by a device by XDP?
 * @dev: the device
 *
 * Context: RTNL.
 */
bool nfo_xdp_tx_uses(const struct net_device *dev)
{
	return find(dev, NFO_XDP_NATIVE);
}
