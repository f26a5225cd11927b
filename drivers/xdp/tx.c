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
 * RTNL guards the list and all records. A flow takes it only where a device is new to us; else it
 * finds its record under tx_lock, which whoever changes the list or a record's life takes as well,
 * inside of RTNL.
 */
#include <linux/bitmap.h>
#include <linux/mutex.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "xdp.h"

#define TX_SLOTS	4096

static LIST_HEAD(txs);
static DEFINE_MUTEX(tx_lock);
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

static bool one_takes(struct net_device *dev)
{
	struct net_device *peer;

	/* always, and it says so on Linux 6.3 and later only */
	if (nfo_xdp_is(dev, "tun"))
		return dev->netdev_ops->ndo_xdp_xmit;
	if (!nfo_xdp_is(dev, "veth"))
		return nfo_dev_takes_xdp(dev);
	peer = nfo_xdp_veth_peer(dev);
	return peer && nfo_veth_takes_xdp(dev, peer);
}

static int member_refuses(struct net_device *dev, struct netdev_nested_priv *priv)
{
	return !one_takes(dev);
}

/* Does it take frames from XDP now? Under RTNL. */
static bool takes(struct net_device *dev)
{
	if (!netif_is_bond_master(dev))
		return one_takes(dev);
	return dev->netdev_ops->ndo_xdp_xmit &&
	       !netdev_walk_all_lower_dev(dev, member_refuses, NULL);
}

static struct nfo_xdp_tx *find(const struct net_device *dev, enum nfo_xdp_mode mode)
{
	struct nfo_xdp_tx *tx;

	list_for_each_entry(tx, &txs, list)
		if (tx->dev == dev && tx->mode == mode && !tx->dead)
			return tx;
	return NULL;
}

static void unlist(struct nfo_xdp_tx *tx)
{
	u32 slot = tx->slot;

	mutex_lock(&tx_lock);
	list_del(&tx->list);
	mutex_unlock(&tx_lock);
	rcu_read_lock();
	tx_map->ops->map_delete_elem(tx_map, &slot);
	rcu_read_unlock();
	clear_bit(slot, slots);
	kfree(tx);
}

static struct nfo_xdp_tx *make(struct net_device *dev, enum nfo_xdp_mode mode)
{
	u32 slot = find_first_zero_bit(slots, TX_SLOTS);
	struct nfo_xdp_tx *tx;
	int err;

	if (slot == TX_SLOTS)
		return ERR_PTR(-ENOSPC);
	tx = kzalloc(sizeof(*tx), GFP_KERNEL);
	if (!tx)
		return ERR_PTR(-ENOMEM);
	err = nfo_xdp_devmap_set(tx_map, dev, slot);
	if (err) {
		kfree(tx);
		return ERR_PTR(err);
	}
	set_bit(slot, slots);
	tx->dev = dev;
	tx->mode = mode;
	tx->slot = slot;
	tx->refs = 1;
	mutex_lock(&tx_lock);
	list_add(&tx->list, &txs);
	mutex_unlock(&tx_lock);
	if (mode == NFO_XDP_NATIVE)
		nfo_xdp_feature_hold_tx(dev);
	return tx;
}

static struct nfo_xdp_tx *get_known(const struct net_device *dev, enum nfo_xdp_mode mode)
{
	struct nfo_xdp_tx *tx;

	mutex_lock(&tx_lock);
	tx = find(dev, mode);
	if (tx)
		tx->refs++;
	mutex_unlock(&tx_lock);
	return tx;
}

static struct nfo_xdp_tx *get(struct net_device *dev, enum nfo_xdp_mode mode)
{
	struct nfo_xdp_tx *tx = get_known(dev, mode);

	if (tx)
		return tx;
	rtnl_lock();
	tx = dev->reg_state == NETREG_REGISTERED ? make(dev, mode) : ERR_PTR(-ENODEV);
	rtnl_unlock();
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
	bool can;

	if (IS_ERR(tx) || mode == NFO_XDP_GENERIC)
		return tx;
	/* a veth tells of its peer under RTNL only */
	rtnl_lock();
	can = takes(dev);
	rtnl_unlock();
	if (can)
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
		nfo_xdp_feature_drop_tx(tx->dev);
	unlist(tx);
	rtnl_unlock();
}

/**
 * nfo_xdp_tx_gone() - a device goes away
 * @dev: the device
 *
 * Context: RTNL.
 */
void nfo_xdp_tx_gone(const struct net_device *dev)
{
	struct nfo_xdp_tx *tx;

	mutex_lock(&tx_lock);
	list_for_each_entry(tx, &txs, list)
		if (tx->dev == dev)
			tx->dead = true;
	mutex_unlock(&tx_lock);
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
