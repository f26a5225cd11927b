// SPDX-License-Identifier: GPL-2.0-only
/* See profile.c. */
#include "../../../drivers/flower/device.c"
