/* SPDX-License-Identifier: GPL-2.0-only */
/* nfoctl: what the parts of the tool share. */
#ifndef _NFOCTL_H
#define _NFOCTL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#ifndef NFOCTL_VERSION
#define NFOCTL_VERSION	"unknown"
#endif

enum {
	EXIT_OK,
	EXIT_REFUSED,	/* the kernel or the system said no */
	EXIT_USAGE,
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Global options, set once by main(). */
struct options {
	bool json;
	bool pretty;
	bool color;
	bool stats;
	FILE *out;
};

extern struct options opt;

/* args.c: words of the command line */

struct args {
	int left;
	char **word;
};

struct verb {
	const char *name;
	int (*run)(struct args *a);
};

const char *arg_next(struct args *a);
const struct verb *verb_find(const struct verb *verbs, size_t n, const char *word);
bool is_prefix(const char *word, const char *name);
bool parse_u32(const char *word, uint32_t min, uint32_t max, uint32_t *val);
bool parse_seconds(const char *word, uint32_t *ms);
int interval_word(struct args *a, const char *usage, uint32_t *ms, uint32_t *count);
int usage_error(const char *usage, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* out.c: messages, colour, tables, numbers for people */

enum color {
	COLOR_NONE,
	COLOR_HEAD,
	COLOR_DEV,
	COLOR_ADDR4,
	COLOR_ADDR6,
	COLOR_GOOD,
	COLOR_WARN,
	COLOR_BAD,
};

enum color_when {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

#define TABLE_COLS	12

struct cell {
	char *text;
	enum color color;
	bool note;	/* a line of its own below the row before it */
};

struct table {
	const char *indent;
	const char *const *heads;	/* NULL in heads[0]: no head line */
	unsigned int ncols;
	unsigned int right;		/* bit per column: numbers, aligned to the right */
	struct cell *cells;
	size_t ncells;
	size_t cap;
};

#define NUM_LEN		32
#define WHEN_LEN	16

int refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void *xcalloc(size_t n, size_t size);
void *grow(void *p, size_t *cap, size_t used, size_t size);
bool color_wanted(enum color_when when, bool tty);
void print(enum color color, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void table_init(struct table *t, const char *indent, const char *const *heads,
		unsigned int ncols, unsigned int right);
void table_cell(struct table *t, enum color color, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void table_note(struct table *t, enum color color, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void table_flush(struct table *t);
const char *human_count(char buf[NUM_LEN], uint64_t n);
const char *human_ms(char buf[NUM_LEN], uint64_t ms);
uint64_t per_second(uint64_t n, uint64_t ms);
uint64_t wall_ms(void);
const char *wall_text(char buf[WHEN_LEN]);
int out_close(int rc);

/* wait.c: for verbs that go on */

struct waiter {
	int sig;
	sigset_t old;
};

enum waited {
	WAITED_TIME,
	WAITED_READY,
	WAITED_SIGNAL,
	WAITED_GONE,	/* the reader of our output */
};

int wait_begin(struct waiter *w);
void wait_end(struct waiter *w);
enum waited wait_for(const struct waiter *w, int fd, uint64_t until);
uint64_t now_ms(void);

/* json.c: a JSON writer; key is NULL for an element of an array */

void json_array(const char *key);
void json_object(const char *key);
void json_end(void);
void json_u64(const char *key, uint64_t val);
void json_str(const char *key, const char *val);
void json_bool(const char *key, bool val);
void json_null(const char *key);
void json_optins(const char *key, uint32_t bits);

/* genl.c: generic netlink */

/* What an attribute must look like. type MNL_TYPE_UNSPEC: anything. len: exact size of a binary. */
struct attr_policy {
	enum mnl_attr_data_type type;
	size_t len;
};

typedef int (*genl_cb)(const struct nlmsghdr *nlh, void *data);

/* The kernel's answer to one request, as far as it has come. */
struct genl_reply {
	uint32_t seq;
	uint32_t portid;
	uint16_t type;		/* of the messages @cb gets */
	genl_cb cb;
	void *data;
	int error;		/* errno the kernel refused the request with */
	bool interrupted;	/* what was dumped changed meanwhile */
	char extack[256];
};

#define GENL_REQUEST_SIZE	8192	/* a policy with all it may have is the longest */

#define GENL_GROUPS		4

struct genl_group {
	char name[16];
	uint32_t id;
};

struct genl {
	struct mnl_socket *sock;
	uint16_t family;
	uint16_t reply;		/* message type of what answers the request */
	unsigned int ngroups;
	struct genl_group group[GENL_GROUPS];
	uint32_t seq;
	union {
		struct nlmsghdr request;
		char request_buf[GENL_REQUEST_SIZE];
	};
};

int nl_open(struct genl *g, int bus);
int genl_find(struct genl *g, const char *name, int *error);
int genl_open(struct genl *g, const char *name, const char *module);
void genl_close(struct genl *g);
void nl_request(struct genl *g, uint16_t type, uint16_t reply, const void *hdr, size_t len);
void genl_request(struct genl *g, uint8_t cmd);
void genl_put_str(struct genl *g, uint16_t type, const char *val);
void genl_put_u64(struct genl *g, uint16_t type, uint64_t val);
void genl_put_u32(struct genl *g, uint16_t type, uint32_t val);
void genl_put_u16(struct genl *g, uint16_t type, uint16_t val);
void genl_put_u8(struct genl *g, uint16_t type, uint8_t val);
void genl_put(struct genl *g, uint16_t type, size_t len, const void *val);
struct nlattr *genl_nest(struct genl *g, uint16_t type);
void genl_nest_end(struct genl *g, struct nlattr *nest);
int genl_try(struct genl *g, genl_cb cb, void *data, int *error);
int genl_do_unless(struct genl *g, int error, bool *met);
int genl_do(struct genl *g, genl_cb cb, void *data);
int genl_dump(struct genl *g, genl_cb cb, void (*reset)(void *data), void *data);
int genl_join(struct genl *g, const char *group);
int genl_listen(struct genl *g, genl_cb cb, void *data, bool *lost);
int genl_feed(struct genl_reply *r, const void *buf, size_t len);

int msg_attrs(const struct nlmsghdr *nlh, const struct attr_policy *policy,
	      const struct nlattr **tb, unsigned int max);
int hdr_attrs(const struct nlmsghdr *nlh, size_t hdr, const struct attr_policy *policy,
	      const struct nlattr **tb, unsigned int max);
int nest_attrs(const struct nlattr *nest, const struct attr_policy *policy,
	       const struct nlattr **tb, unsigned int max);
int attrs_missing(const char *what);
uint64_t attr_u64(const struct nlattr *attr);
uint32_t attr_u32(const struct nlattr *attr);
uint16_t attr_be16(const struct nlattr *attr);
uint8_t attr_u8(const struct nlattr *attr);
void attr_str(const struct nlattr *attr, char *buf, size_t size);

/* The attributes of a message, or of a nest, one by one: for those that come more than once. */
#define msg_for_each(attr, nlh)		mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
#define nest_for_each(attr, nest)	mnl_attr_for_each_nested(attr, nest)

/* reason.c: what is counted by cause */

struct words {
	unsigned int n;
	const struct word {
		const char *key;
		const char *text;
	} *word;
};

struct counts {
	struct count {
		uint8_t id;
		uint64_t n;
	} *count;
	size_t n;
	size_t cap;
};

extern const struct words reasons;	/* enum nfo_reason */
extern const struct words refreshes;	/* enum nfo_refresh */
extern const struct words punts;	/* enum nfo_sim_punt */

bool word_id(const struct words *words, const char *key, unsigned int *id);
struct word word_of(const struct words *words, unsigned int id);
int counts_read(struct counts *c, const struct nlattr *nest);
uint64_t counts_sum(const struct counts *c);
void counts_json(const char *key, const struct counts *c, const struct words *words);

/* One per verb */

int cmd_status(struct args *a);
int cmd_port(struct args *a);
int cmd_flow(struct args *a);
int cmd_sim(struct args *a);
int cmd_policy(struct args *a);
int cmd_why(struct args *a);
int cmd_stats(struct args *a);
int cmd_monitor(struct args *a);
int cmd_top(struct args *a);
int cmd_ppe(struct args *a);
int sim_show(const char *name);

#endif /* _NFOCTL_H */
