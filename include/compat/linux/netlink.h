/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extended acknowledgements with arguments came with Linux 6.2. Before, the text has to be static:
 * here it is one buffer per place, of which two users of different namespaces may at worst see
 * each other's names.
 */
#ifndef _NFO_COMPAT_LINUX_NETLINK_H
#define _NFO_COMPAT_LINUX_NETLINK_H

#include_next <linux/netlink.h>

#ifndef NL_SET_ERR_MSG_FMT
#define NL_SET_ERR_MSG_FMT(extack, fmt, args...) do {			\
	static char __text[100];		\
	struct netlink_ext_ack *__ack = (extack);			\
									\
	if (__ack) {							\
		scnprintf(__text, sizeof(__text), fmt, ##args);		\
		__ack->_msg = __text;					\
	}								\
} while (0)
#endif

#endif /* _NFO_COMPAT_LINUX_NETLINK_H */
