/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _UNIT_LINUX_STRING_H
#define _UNIT_LINUX_STRING_H

#include <string.h>

static inline void *memchr_inv(const void *mem, int c, size_t n)
{
	const unsigned char *p = mem;

	for (; n; n--, p++)
		if (*p != (unsigned char)c)
			return (void *)p;
	return NULL;
}

#endif /* _UNIT_LINUX_STRING_H */
