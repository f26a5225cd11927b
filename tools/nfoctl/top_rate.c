// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl top: from two dumps to rates, the busiest first. */
#include <stdlib.h>

#include "top.h"

/* Counters that went back belong to another life of the same thing, and began at 0. */
static uint64_t grown(uint64_t from, uint64_t to)
{
	return to >= from ? to - from : to;
}

/* 0 when there is nothing to compare with yet: no rates then. */
static uint64_t interval(const struct dump *before, const struct dump *now)
{
	return before->when ? now->when - before->when : 0;
}

static struct top_row make_row(size_t at, uint64_t ms, uint64_t packets0, uint64_t bytes0,
			       uint64_t packets, uint64_t bytes)
{
	return (struct top_row) {
		.at = at,
		.pps = per_second(grown(packets0, packets), ms),
		.bps = per_second(grown(bytes0, bytes), ms) * 8,
		.packets = packets,
		.bytes = bytes,
	};
}

static int cmp(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

/* Where all counts are equal the order of the dump stays: lists do not jump. */
static int by_bytes(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;
	int c = cmp(x->bytes, y->bytes);

	return c ? c : (x->at > y->at) - (x->at < y->at);
}

static int by_packets(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;
	int c = cmp(x->packets, y->packets);

	return c ? c : by_bytes(a, b);
}

static int by_rate(const void *a, const void *b)
{
	const struct top_row *x = a, *y = b;
	int c = cmp(x->bps, y->bps);

	if (!c)
		c = cmp(x->pps, y->pps);
	return c ? c : by_bytes(a, b);
}

static void sort_rows(struct top_row *rows, size_t n, enum top_sort sort)
{
	static int (*const by[])(const void *a, const void *b) = {
		[TOP_RATE] = by_rate,
		[TOP_PACKETS] = by_packets,
		[TOP_BYTES] = by_bytes,
	};

	if (n)
		qsort(rows, n, sizeof(*rows), by[sort]);
}

static int flow_order(const struct flow *a, const struct flow *b)
{
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return (a->dir > b->dir) - (a->dir < b->dir);
}

/*
 * One row per flow of the newer dump, n of them. What the older one does not have came since, and
 * all it counted came in between. To be freed.
 */
struct top_row *top_flow_rows(const struct dump *before, const struct dump *now,
			      enum top_sort sort)
{
	const struct flow *old = before->flows.flow, *end = old + before->flows.n, *f;
	struct top_row *rows = xcalloc(now->flows.n, sizeof(*rows));
	uint64_t ms = interval(before, now);
	size_t i;

	for (i = 0; i < now->flows.n; i++) {
		f = &now->flows.flow[i];
		while (old < end && flow_order(old, f) < 0)
			old++;
		if (old < end && !flow_order(old, f))
			rows[i] = make_row(i, ms, old->packets, old->bytes, f->packets, f->bytes);
		else
			rows[i] = make_row(i, ms, 0, 0, f->packets, f->bytes);
	}
	sort_rows(rows, now->flows.n, sort);
	return rows;
}

struct top_row *top_port_rows(const struct dump *before, const struct dump *now,
			      enum top_sort sort)
{
	const struct port *old = before->ports.port, *end = old + before->ports.n, *p;
	struct top_row *rows = xcalloc(now->ports.n, sizeof(*rows));
	uint64_t ms = interval(before, now);
	size_t i;

	for (i = 0; i < now->ports.n; i++) {
		p = &now->ports.port[i];
		while (old < end && old->ifindex < p->ifindex)
			old++;
		if (old < end && old->ifindex == p->ifindex)
			rows[i] = make_row(i, ms, old->packets, old->bytes, p->packets, p->bytes);
		else
			rows[i] = make_row(i, ms, 0, 0, p->packets, p->bytes);
	}
	sort_rows(rows, now->ports.n, sort);
	return rows;
}
