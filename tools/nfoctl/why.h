/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nfoctl why: facts about one connection are gathered (why.c, why_ct.c, why_nft.c, why_route.c),
 * judged (why_verdict.c, which is pure) and told (why_show.c).
 */
#ifndef _NFOCTL_WHY_H
#define _NFOCTL_WHY_H

#include <net/if.h>

#include "flow.h"

struct why_ct {
	bool found;
	uint32_t status;	/* IPS_* */
	bool has_tcp_state;
	uint8_t tcp_state;	/* enum tcp_conntrack */
	char helper[32];
	struct tuple tuple[2];	/* original and reply */
};

/* The flowtables and rules that may take packets of one family. */
struct why_nft {
	unsigned int flowtables;
	unsigned int offload;		/* of them with `flags offload` */
	unsigned int rules;		/* that add to a flowtable */
	unsigned int rules_offload;	/* to one with `flags offload` */
	struct why_table {
		uint8_t family;
		bool offload;
		char table[64];
		char name[64];
	} *table;
	size_t cap;
	char (*dev)[IFNAMSIZ];		/* devices of all those flowtables */
	size_t ndevs;
	size_t devs_cap;
};

struct why_route {
	bool known;
	bool local;		/* the address is this machine's */
	bool stacked;		/* a VLAN, bridge ...: the flowtable may have the device below */
	uint32_t ifindex;
	uint32_t lower;		/* the device below, 0: none or many */
};

enum why_answer {
	WHY_UNKNOWN,
	WHY_NO,
	WHY_YES,
};

struct why_dir {
	bool known;			/* nft_offload has it */
	uint8_t state;			/* enum nfo_flow_state */
	uint8_t reason;			/* enum nfo_reason */
	bool local;			/* it comes from this machine */
	char dev[IFNAMSIZ];		/* it enters by, "": unknown */
	char out[IFNAMSIZ];
	enum why_answer in_flowtable;	/* dev, or the one below it */
	enum why_answer is_port;	/* nft_offload has dev */
	uint64_t packets;
	uint64_t bytes;
};

struct why_facts {
	bool loaded;			/* there is a family nfo */
	bool stock;			/* nf_flow_table_inet is the provider */
	uint32_t flowtables;		/* NFO_STATUS_FLOWTABLES */
	unsigned int ports;		/* in this network namespace */
	struct why_ct ct;
	struct why_nft nft;
	struct why_dir dir[2];
};

enum why_where {
	WHERE_NONE,		/* nowhere: there is no such connection */
	WHERE_SLOW,
	WHERE_FAST,		/* the software fast path of the flowtable */
	WHERE_PENDING,
	WHERE_HW,
};

struct why_cause {
	const char *key;	/* NULL: none */
	char text[200];
	char remedy[300];	/* may be "" */
};

#define WHY_CAUSES	16

struct why_verdict {
	struct why_cause cause[WHY_CAUSES];	/* the first is the verdict */
	size_t n;
	struct {
		enum why_where where;
		struct why_cause cause;
	} dir[2];
};

void why_judge(const struct why_facts *f, struct why_verdict *v);
const char *why_remedy(uint8_t reason);

int why_ask_ct(const struct tuple *t, struct why_ct *ct);
int why_ask_nft(uint8_t family, struct why_nft *nft);
void why_nft_free(struct why_nft *nft);
bool why_nft_has(const struct why_nft *nft, const char *dev);
int why_ask_route(const struct addr *addr, struct why_route *route);
bool tuple_is(const struct tuple *t, const struct flow *f);

void why_text(const struct tuple *t, const struct why_verdict *v, const struct why_facts *f);
void why_json(const struct tuple *t, const struct why_verdict *v, const struct why_facts *f);

#endif /* _NFOCTL_WHY_H */
