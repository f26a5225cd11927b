/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _NFO_NATIVE_H
#define _NFO_NATIVE_H

#include <nfo/backend.h>

extern struct nfo_backend nfo_native;

#endif /* _NFO_NATIVE_H */
