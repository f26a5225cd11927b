/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device features that became flags of their own in Linux 6.12, and what a device says of the XDP
 * frames that it takes: drivers say so themselves since Linux 6.3, before it has to be known of them.
 */
#ifndef _NFO_COMPAT_LINUX_NETDEVICE_H
#define _NFO_COMPAT_LINUX_NETDEVICE_H

#include_next <linux/netdevice.h>
#include <linux/version.h>

/* The driver's transmit needs no lock of the stack's. */
static inline void nfo_netdev_set_lltx(struct net_device *dev)
{
#ifdef NETIF_F_LLTX
	dev->features |= NETIF_F_LLTX;
#else
	dev->lltx = true;
#endif
}

/* The device stays in its network namespace. */
static inline void nfo_netdev_set_netns_local(struct net_device *dev)
{
#ifdef NETIF_F_NETNS_LOCAL
	dev->features |= NETIF_F_NETNS_LOCAL;
#else
	dev->netns_immutable = true;
#endif
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)

/* Does the device take frames from XDP now? */
static inline bool nfo_dev_takes_xdp(struct net_device *dev)
{
	return dev->xdp_features & NETDEV_XDP_ACT_NDO_XMIT;
}

/* And such in several pieces? */
static inline bool nfo_dev_takes_xdp_pieces(const struct net_device *dev)
{
	return dev->xdp_features & NETDEV_XDP_ACT_NDO_XMIT_SG;
}

static inline bool nfo_veth_takes_xdp(struct net_device *dev)
{
	return nfo_dev_takes_xdp(dev);
}

#else

/* A NIC if it runs a program, as that is when it has rings for it. */
static inline bool nfo_dev_takes_xdp(struct net_device *dev)
{
	return dev->netdev_ops->ndo_xdp_xmit && dev_xdp_prog_count(dev);
}

static inline bool nfo_dev_takes_xdp_pieces(const struct net_device *dev)
{
	return false;
}

/* A veth if the other end polls: whoever asks has seen to that. */
static inline bool nfo_veth_takes_xdp(struct net_device *dev)
{
	return true;
}

#endif

#endif /* _NFO_COMPAT_LINUX_NETDEVICE_H */
