/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * devlink ports have operations of their own since Linux 6.5; before, functions of ports are asked
 * through those of the instance. A netdev says which port it is by a member since Linux 6.2;
 * before, it is asked for the port and the port is told of the netdev.
 */
#ifndef _NFO_COMPAT_NET_DEVLINK_H
#define _NFO_COMPAT_NET_DEVLINK_H

#include_next <net/devlink.h>
#include <linux/netdevice.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
/* Goes into struct devlink_ops. */
#define NFO_DEVLINK_PORT_FN_HW_ADDR(get, set)
#else
struct devlink_port_ops {
	int (*port_fn_hw_addr_get)(struct devlink_port *port, u8 *hw_addr, int *hw_addr_len,
				   struct netlink_ext_ack *extack);
	int (*port_fn_hw_addr_set)(struct devlink_port *port, const u8 *hw_addr, int hw_addr_len,
				   struct netlink_ext_ack *extack);
};

#define NFO_DEVLINK_PORT_FN_HW_ADDR(get, set)	\
	.port_function_hw_addr_get = get,	\
	.port_function_hw_addr_set = set,

static inline int devl_port_register_with_ops(struct devlink *devlink, struct devlink_port *port,
					      unsigned int index,
					      const struct devlink_port_ops *ops)
{
	return devl_port_register(devlink, port, index);
}
#endif

#ifdef SET_NETDEV_DEVLINK_PORT
/* Goes into struct net_device_ops. */
#define NFO_NDO_GET_DEVLINK_PORT(get)

static inline const struct devlink_port *nfo_devlink_port(struct net_device *dev)
{
	return dev->devlink_port;
}

/* Before the netdev is registered. */
static inline void nfo_netdev_set_devlink_port(struct net_device *dev, struct devlink_port *port)
{
	SET_NETDEV_DEVLINK_PORT(dev, port);
}

/* After it was registered, and before it is unregistered; without RTNL. */
static inline void nfo_devlink_port_set_netdev(struct devlink_port *port, struct net_device *dev)
{
}

static inline void nfo_devlink_port_clear_netdev(struct devlink_port *port)
{
}
#else
#define NFO_NDO_GET_DEVLINK_PORT(get)	.ndo_get_devlink_port = get,

static inline const struct devlink_port *nfo_devlink_port(struct net_device *dev)
{
	if (!dev->netdev_ops->ndo_get_devlink_port)
		return NULL;
	return dev->netdev_ops->ndo_get_devlink_port(dev);
}

static inline void nfo_netdev_set_devlink_port(struct net_device *dev, struct devlink_port *port)
{
}

static inline void nfo_devlink_port_set_netdev(struct devlink_port *port, struct net_device *dev)
{
	devlink_port_type_eth_set(port, dev);
}

static inline void nfo_devlink_port_clear_netdev(struct devlink_port *port)
{
	devlink_port_type_clear(port);
}
#endif

#endif /* _NFO_COMPAT_NET_DEVLINK_H */
