/* SPDX-License-Identifier: GPL-2.0-only */
/* nfoctl flow: what reading (flow.c) and showing (flow_show.c) share. */
#ifndef _NFOCTL_FLOW_H
#define _NFOCTL_FLOW_H

#include <stddef.h>
#include <stdint.h>

struct addr {
	uint8_t len;		/* 4, 16, or 0: none */
	uint8_t byte[16];
};

struct endpoint {
	struct addr addr;
	bool has_port;
	uint16_t port;
};

#define FLOW_IDLE_NEVER	UINT32_MAX	/* hardware has not reported a packet yet */

/* One direction of a connection. */
struct flow {
	uint64_t id;
	uint64_t packets;
	uint64_t bytes;
	uint32_t in;
	uint32_t out;
	uint32_t idle_ms;
	uint16_t mtu;
	uint8_t dir;
	uint8_t state;
	uint8_t reason;
	uint8_t l4proto;
	bool nat_src;
	bool nat_dst;
	bool has_mac;
	uint8_t smac[6];
	uint8_t dmac[6];
	struct endpoint src;	/* as the packet comes in */
	struct endpoint dst;
	struct endpoint new_src;	/* as it goes out */
	struct endpoint new_dst;
};

/* A connection: directions that stand next to each other in struct flows. */
struct conn {
	struct flow *flow;
	size_t n;
	uint64_t packets;
	uint64_t bytes;
};

struct flows {
	struct flow *flow;
	size_t n;
	size_t cap;
	struct conn *conn;
	size_t nconns;
};

void conns_json(const struct flows *flows);
void conns_text(const struct flows *flows);

#endif /* _NFOCTL_FLOW_H */
