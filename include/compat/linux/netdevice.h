/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device features that became flags of their own in Linux 6.12.
 */
#ifndef _NFO_COMPAT_LINUX_NETDEVICE_H
#define _NFO_COMPAT_LINUX_NETDEVICE_H

#include_next <linux/netdevice.h>

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

#endif /* _NFO_COMPAT_LINUX_NETDEVICE_H */
