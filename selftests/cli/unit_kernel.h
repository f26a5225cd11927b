/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel for the unit test of nfoctl. A verb runs as always, but its netlink socket leads here;
 * the test's answer() puts together what a kernel would say, or never should.
 */
#ifndef _UNIT_KERNEL_H
#define _UNIT_KERNEL_H

#include "nfoctl.h"

#define FAMILY		0x1234
#define PORTID		77
#define DGRAM_SIZE	8192
#define DGRAMS		16
#define BUSES		32
#define GROUP		40		/* "flow", the next is "port" */

struct kernel {
	char buf[DGRAMS][DGRAM_SIZE] __attribute__((aligned(8)));
	size_t len[DGRAMS];
	unsigned int in, out;		/* datagrams answered, datagrams read */
	void (*answer)(void);		/* to all but the question for the family */
	int family_errno;
	bool no_groups;
	int join_errno;
	unsigned int joined;		/* bit 0 flow, bit 1 port */
	void (*events)(void);		/* told to who joins */
	int recv_errno;			/* of the first reading of events */
	int signal;			/* raised when there is no more to read */
	unsigned int requests;
	int bus;			/* that the last request came by */
	char buses[BUSES];		/* stand for their sockets */
	union {
		struct nlmsghdr hdr;
		char buf[GENL_REQUEST_SIZE];
	} request;			/* the last one */
};

extern struct kernel kernel;

extern struct nlmsghdr *msg;		/* the message being put together */

void begin(uint16_t type, uint16_t flags, size_t extra);
void end(void);
void next_datagram(void);
void ack(int error, uint16_t flags, const char *text);
void done(int error, uint16_t flags, const char *text);

extern char *out;			/* what the verb said */
extern char err[65536];			/* what it said on stderr */

int run(void (*answer)(void), const char *line);
void has(const char *text, const char *part);
void lacks(const char *text, const char *part);

/* unit_answers.c */

#define ADD	"sim add nic0 wire a wire b"

void answer_ok(void);
void answer_busy_echo(void);
void answer_status(void);
void answer_ports(void);
void answer_flows(void);
void answer_reply_only(void);
void answer_sims(void);
void answer_switchdev_sim(void);
void answer_faulty_sim(void);
void put_port(const char *name, uint32_t ifindex);
void put_ip4(uint16_t type, const char *addr);
void put_flow(uint64_t id, uint8_t dir, uint8_t reason, uint64_t bytes);
void put_natted(uint64_t id, uint8_t dir, uint8_t reason, uint64_t bytes);
int fresh_start(void **state);

/* How many of a file's cases failed */
int run_refuse_tests(void);
int run_policy_tests(void);
int run_port_tests(void);
int run_why_tests(void);
int run_live_tests(void);
int run_ppe_tests(void);

#endif /* _UNIT_KERNEL_H */
