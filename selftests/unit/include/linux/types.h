/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's types for pure code that is compiled in user space. */
#ifndef _UNIT_LINUX_TYPES_H
#define _UNIT_LINUX_TYPES_H

#include_next <linux/types.h>
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define cpu_to_be16(x)	htobe16(x)
#define be16_to_cpu(x)	be16toh(x)
#define cpu_to_be32(x)	htobe32(x)
#define be32_to_cpu(x)	be32toh(x)

#ifndef __force
#define __force
#endif

#define fallthrough	__attribute__((__fallthrough__))

#endif /* _UNIT_LINUX_TYPES_H */
