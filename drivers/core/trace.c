// SPDX-License-Identifier: GPL-2.0-only
/* Home of the tracepoints nfo:*. */
#define CREATE_TRACE_POINTS
#include "trace.h"
