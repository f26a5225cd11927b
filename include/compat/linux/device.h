/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bus matches constant drivers since Linux 6.11.
 */
#ifndef _NFO_COMPAT_LINUX_DEVICE_H
#define _NFO_COMPAT_LINUX_DEVICE_H

#include_next <linux/device.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
typedef const struct device_driver nfo_match_driver;
#else
typedef struct device_driver nfo_match_driver;
#endif

#endif /* _NFO_COMPAT_LINUX_DEVICE_H */
