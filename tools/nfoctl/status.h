/* SPDX-License-Identifier: GPL-2.0-only */
/* nfoctl: totals as the kernel tells them, and who is nft's flowtable provider. */
#ifndef _NFOCTL_STATUS_H
#define _NFOCTL_STATUS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "nfoctl.h"

#define STOCK	"nf_flow_table_inet"
#define OURS	"nft_offload"

struct status {
	char version[64];
	uint32_t flowtables;
	uint32_t ports;
	uint64_t flows;
	uint64_t flows_hw;
	uint64_t unbuilt;
	uint64_t no_port;
	struct counts refresh;	/* by enum nfo_refresh */
	uint64_t evicted;
	uint64_t expired;
	uint32_t hops;
	char (*backends)[32];
	size_t nbackends;
	size_t cap;
};

/* Who answers nft's `flags offload`, from a file like /proc/modules. */
enum provider {
	PROVIDER_UNKNOWN,
	PROVIDER_STOCK,
	PROVIDER_OURS,
};

int status_get(struct genl *g, struct status *s);
void status_free(struct status *s);
uint64_t status_flows_sw(const struct status *s);
enum provider provider_read(FILE *modules);
enum provider provider_find(void);
const char *provider_name(enum provider provider);

#endif /* _NFOCTL_STATUS_H */
