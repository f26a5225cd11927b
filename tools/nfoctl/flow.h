/* SPDX-License-Identifier: GPL-2.0-only */
/* nfoctl flow: what reading (flow.c) and showing (flow_show.c) share. */
#ifndef _NFOCTL_FLOW_H
#define _NFOCTL_FLOW_H

#include <stddef.h>
#include <stdint.h>

#include "nfoctl.h"

#define ADDR_LEN	46	/* INET6_ADDRSTRLEN */
#define ENDPOINT_LEN	(ADDR_LEN + sizeof("[]:65535"))

struct addr {
	uint8_t len;		/* 4, 16, or 0: none */
	uint8_t byte[16];
};

struct endpoint {
	struct addr addr;
	bool has_port;
	uint16_t port;
};

/* A connection as one of its directions has it. */
struct tuple {
	uint8_t l4proto;
	struct endpoint src;
	struct endpoint dst;
};

#define FLOW_NO_EVENT	UINT8_MAX	/* no notification, or without such an attribute */
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
	uint8_t event;		/* enum nfo_flow_event */
	uint8_t refresh;	/* enum nfo_refresh */
	bool has_state;
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

/* flow_read.c */
int flow_read(const struct nlmsghdr *nlh, struct flow *f);
int flows_get(struct genl *g, struct flows *flows);
bool addr_parse(const char *word, struct addr *addr);
bool addr_equal(const struct addr *a, const struct addr *b);
uint8_t proto_parse(const char *word);

/* tuple.c */
int tuple_read(struct args *a, const char *usage, struct tuple *t);

/* flow_show.c: words and parts of lines, and all of it */
void dev_names_forget(void);
const char *dev_name(uint32_t ifindex);
const char *proto_name(uint8_t l4proto);
const char *flow_state_name(uint8_t state);
bool flow_state_id(const char *word, uint8_t *id);
const char *flow_dir_name(uint8_t dir);
void addr_text(const struct addr *addr, char buf[ADDR_LEN]);
void endpoint_text(const struct endpoint *ep, char buf[ENDPOINT_LEN]);
void print_endpoint(const struct endpoint *ep);
void mac_text(const uint8_t mac[6], char buf[NUM_LEN]);
void json_endpoint(const struct endpoint *ep, const char *addr_key, const char *port_key);
void original_tuple(const struct flow *f, const struct endpoint **src,
		    const struct endpoint **dst);
bool flow_has_reason(const struct flow *f);
void conns_json(const struct flows *flows);
void conns_text(const struct flows *flows);

#endif /* _NFOCTL_FLOW_H */
