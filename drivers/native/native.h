/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _NFO_NATIVE_H
#define _NFO_NATIVE_H

#include <nfo/backend.h>

struct net_device;

extern struct nfo_backend nfo_native;

/* Name of a device's driver, "" if it has none; valid as long as the device is registered. */
const char *nfo_driver_name(const struct net_device *dev);

#endif /* _NFO_NATIVE_H */
