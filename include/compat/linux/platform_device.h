/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A platform driver's remove returns nothing since Linux 6.11; the name for that was another one before.
 */
#ifndef _NFO_COMPAT_LINUX_PLATFORM_DEVICE_H
#define _NFO_COMPAT_LINUX_PLATFORM_DEVICE_H

#include_next <linux/platform_device.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define NFO_PLATFORM_REMOVE(fn)	.remove = fn
#define nfo_remove_t		void
#define nfo_removed()		return
#else
#define NFO_PLATFORM_REMOVE(fn)	.remove = fn
#define nfo_remove_t		int
#define nfo_removed()		return 0
#endif

#endif /* _NFO_COMPAT_LINUX_PLATFORM_DEVICE_H */
