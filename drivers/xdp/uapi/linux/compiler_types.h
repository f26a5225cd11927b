/* SPDX-License-Identifier: GPL-2.0-only */
/* Uapi headers as they are in the kernel's tree ask for this; "make headers_install" takes it out. */
#ifndef _NFO_XDP_UAPI_COMPILER_TYPES_H
#define _NFO_XDP_UAPI_COMPILER_TYPES_H

#define __user
#define __force

#endif /* _NFO_XDP_UAPI_COMPILER_TYPES_H */
