/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_LIST_H
#define _UNIT_LINUX_LIST_H

struct list_head {
	struct list_head *next, *prev;
};

#endif /* _UNIT_LINUX_LIST_H */
