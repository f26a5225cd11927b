/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nfoctl policy: which connections may go to hardware. policy_parse.c is pure: text in, struct out,
 * so that tests and fuzzers run it as it is.
 */
#ifndef _NFOCTL_POLICY_H
#define _NFOCTL_POLICY_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/nfo.h>

#include "optin.h"

#define POLICY_LINE_MAX	255	/* bytes of a line of the file, without its end */
#define POLICY_WORDS	16	/* no setting has more */
#define POLICY_ERRORS	10	/* reported at most */

struct policy_exclude {
	uint8_t l4proto;	/* 0: any */
	bool has_port;
	bool has_mark;
	uint16_t port_min;
	uint16_t port_max;
	uint32_t mark;
	uint32_t mask;
};

struct policy_port {
	char name[IFNAMSIZ];
	bool has_quota;
	bool has_shaper;
	bool has_backend;
	bool has_allow;
	uint8_t shaper;		/* enum nfo_shaper */
	uint32_t quota;
	char backend[NFO_BACKEND_LEN];
	uint32_t allow;		/* 1 << enum nfo_optin */
};

enum policy_field {
	FIELD_MIN_PACKETS,
	FIELD_MIN_BYTES,
	FIELD_PORT_QUOTA,
	FIELD_NETNS_QUOTA,
	FIELD_EVICT,
	FIELD_SHAPER,
	FIELD_USERNS,
	FIELD_SCALARS,		/* those above stand alone, those below any number of times */
	FIELD_EXCLUDE = FIELD_SCALARS,
	FIELD_PORT,
	FIELD_MAX,
};

struct policy {
	unsigned int named;	/* bit per scalar field: the others have the kernel's default */
	bool inherited;
	bool has_seq;
	uint32_t seq;		/* of the kernel's last change, when this was read */
	uint64_t scalar[FIELD_SCALARS];
	size_t nexcludes;
	size_t nports;
	struct policy_exclude exclude[NFO_POLICY_EXCLUDES];
	struct policy_port port[NFO_POLICY_PORTS];
};

/* Told of every mistake: the line it is on, the field it is about ("" if none), and a sentence. */
typedef void (*policy_error)(void *data, unsigned int line, const char *field, const char *text);

unsigned int policy_parse(struct policy *p, const char *text, size_t len, policy_error error,
			  void *data);
unsigned int policy_change(struct policy *p, const char *const *word, size_t n,
			   policy_error error, void *data);
const char *policy_field_name(enum policy_field field);
const char *policy_shaper_name(uint8_t shaper);
bool policy_port_named(const struct policy *p, const char *name);
bool policy_name_ok(const char *name);
bool policy_backend_ok(const char *name);

/* policy_show.c */
void policy_text(const struct policy *p);
void policy_json(const struct policy *p);

#endif /* _NFOCTL_POLICY_H */
