/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GSO helpers moved out of linux/skbuff.h in Linux 6.5. Sparse knows no __has_include_next, hence
 * the version.
 */
#ifndef _NFO_COMPAT_NET_GSO_H
#define _NFO_COMPAT_NET_GSO_H

#include <linux/skbuff.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include_next <net/gso.h>
#endif

#endif /* _NFO_COMPAT_NET_GSO_H */
