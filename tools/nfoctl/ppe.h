/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nfoctl ppe: the packet processing engines of MediaTek's SoCs. Asked for in ppe.c, read in
 * ppe_read.c, shown in ppe_engine.c and ppe_entry.c. Entries come as raw words, which the driver's
 * own codec decodes.
 */
#ifndef _NFOCTL_PPE_H
#define _NFOCTL_PPE_H

#include <net/if.h>
#include <linux/nfo_ppe.h>

#include "flow.h"

/* Counters, in the order of NFO_PPE_STAT_*. */
#define PPE_STATS	(NFO_PPE_STAT_STUCK - NFO_PPE_STAT_BINDS + 1)

/* Which engine; every answer tells. */
struct ppe_where {
	char device[NFO_PPE_DEVICE_MAX + 1];
	uint32_t engine;
};

struct ppe_engine {
	struct ppe_where where;
	uint8_t gen;
	bool accounting;
	bool has_used;
	uint32_t entries;
	uint32_t used;
	uint32_t bound;
	uint32_t waiting;
	uint64_t stat[PPE_STATS];
	char (*mac)[IFNAMSIZ];
	size_t n_mac;
	size_t cap;
};

struct ppe_entry {
	struct ppe_where where;
	uint8_t gen;
	uint32_t index;
	uint32_t word[NFO_PPE_WORDS_MAX];
	unsigned int n_word;
	bool has_now;
	uint32_t now;
	bool ours;
	bool counted;		/* there are packets and bytes */
	uint64_t packets;
	uint64_t bytes;
};

/* A flow that an engine was given. */
struct ppe_flow {
	struct ppe_where where;
	struct tuple tuple;
	uint8_t why;
	bool has_index;
	uint32_t index;
	bool has_bucket;
	uint32_t bucket;
	bool counted;
	uint64_t packets;
	uint64_t bytes;
};

/* An answer: all messages of one kind. */
struct ppe_engines {
	struct ppe_engine *engine;
	size_t n;
	size_t cap;
};

struct ppe_entries {
	struct ppe_entry *entry;
	size_t n;
	size_t cap;
};

struct ppe_flows {
	struct ppe_flow *flow;
	size_t n;
	size_t cap;
};

/* They send the request and read the answer; to be freed even if they failed. */
int ppe_engines_get(struct genl *g, struct ppe_engines *engines);
void ppe_engines_free(struct ppe_engines *engines);
int ppe_entries_get(struct genl *g, struct ppe_entries *entries);
int ppe_flows_get(struct genl *g, struct ppe_flows *flows);

const char *ppe_state_name(unsigned int state);
bool ppe_state_id(const char *word, uint8_t *state);

void ppe_where_json(const struct ppe_where *where);
void ppe_engines_text(const struct ppe_engines *engines);
void ppe_engines_json(const struct ppe_engines *engines);
void ppe_entries_text(const struct ppe_entries *entries);
void ppe_entries_json(const struct ppe_entries *entries);
void ppe_flows_text(const struct ppe_flows *flows);
void ppe_flows_json(const struct ppe_flows *flows);

#endif /* _NFOCTL_PPE_H */
