/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Since Linux 6.2 a netdev points to its devlink port; before, its driver is asked.
 */
#ifndef _NFO_COMPAT_NET_DEVLINK_H
#define _NFO_COMPAT_NET_DEVLINK_H

#include_next <net/devlink.h>

static inline const struct devlink_port *nfo_devlink_port(struct net_device *dev)
{
#ifdef SET_NETDEV_DEVLINK_PORT
	return dev->devlink_port;
#else
	if (!dev->netdev_ops->ndo_get_devlink_port)
		return NULL;
	return dev->netdev_ops->ndo_get_devlink_port(dev);
#endif
}

#endif /* _NFO_COMPAT_NET_DEVLINK_H */
