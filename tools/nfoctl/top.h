/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nfoctl top: the busiest flows and ports. Rates (top_rate.c, pure) come of two dumps; they are
 * printed as tables (top.c), which the screen (top_screen.c) shows as far as it has room.
 */
#ifndef _NFOCTL_TOP_H
#define _NFOCTL_TOP_H

#include "flow.h"
#include "port.h"

enum top_sort {
	TOP_RATE,
	TOP_PACKETS,
	TOP_BYTES,
};

enum top_what {
	TOP_ALL,
	TOP_PORTS,
	TOP_FLOWS,
};

struct top_row {
	size_t at;		/* in the newer dump */
	uint64_t pps;
	uint64_t bps;		/* bits */
	uint64_t packets;
	uint64_t bytes;
};

struct dump {
	uint64_t when;		/* now_ms() */
	struct flows flows;	/* sorted by id and direction */
	struct ports ports;	/* sorted by ifindex */
};

struct top {
	enum top_what what;
	enum top_sort sort;
	uint32_t ms;
	uint32_t count;
	struct dump before;
	struct dump now;
};

struct top_row *top_flow_rows(const struct dump *before, const struct dump *now,
			      enum top_sort sort);
struct top_row *top_port_rows(const struct dump *before, const struct dump *now,
			      enum top_sort sort);

int top_next(struct genl *g, struct top *top);
void top_text(const struct top *top, size_t lines);
int top_screen(struct genl *g, struct top *top);

#endif /* _NFOCTL_TOP_H */
