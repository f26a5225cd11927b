/* SPDX-License-Identifier: GPL-2.0-only */
/* nfoctl: ports as the kernel tells them. */
#ifndef _NFOCTL_PORT_H
#define _NFOCTL_PORT_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "nfoctl.h"

#define PORT_NO_EVENT	UINT8_MAX

struct port {
	uint32_t ifindex;
	char name[IFNAMSIZ];
	char backend[32];
	char driver[64];
	uint8_t state;
	uint8_t door;
	uint32_t flows;
	uint32_t flows_hw;
	uint64_t packets;
	uint64_t bytes;
	uint64_t added;
	uint64_t removed;
	struct counts reasons;
	uint8_t event;		/* enum nfo_port_event, PORT_NO_EVENT */
	int32_t error;		/* why attaching failed, 0 or negative */
	bool has_quota;
	uint32_t quota;
	char shaper[IFNAMSIZ];	/* qdisc, or "" */
	char wanted[32];	/* backend or "none"; "": any */
	uint32_t allow;		/* 1 << enum nfo_optin */
	uint32_t needs;
	char how[64];		/* how its backend serves it, or "" */
	char note[256];		/* why there is no better backend, or "" */
};

struct ports {
	struct port *port;
	size_t n;
	size_t cap;
};

int port_read(const struct nlmsghdr *nlh, struct port *p);
void port_free(struct port *p);
int ports_get(struct genl *g, struct ports *ports);
void ports_free(struct ports *ports);
const char *port_state_name(uint8_t state);
const char *port_door_name(uint8_t door);
int port_set(struct args *a, const char *usage);

#endif /* _NFOCTL_PORT_H */
