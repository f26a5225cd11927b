// SPDX-License-Identifier: GPL-2.0-only
/* A kernel for the unit test of nfoctl: it takes the place of libmnl's socket. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <linux/genetlink.h>

#include "nfoctl.h"
#include "unit_kernel.h"

struct kernel kernel;
struct nlmsghdr *msg;

void begin(uint16_t type, uint16_t flags, size_t extra)
{
	char *at;

	assert_true(kernel.in < DGRAMS);
	at = kernel.buf[kernel.in] + kernel.len[kernel.in];
	msg = mnl_nlmsg_put_header(at);
	msg->nlmsg_type = type;
	msg->nlmsg_flags = flags;
	msg->nlmsg_seq = kernel.request.hdr.nlmsg_seq;
	msg->nlmsg_pid = PORTID;
	mnl_nlmsg_put_extra_header(msg, extra);
}

void end(void)
{
	kernel.len[kernel.in] += MNL_ALIGN(msg->nlmsg_len);
	assert_true(kernel.len[kernel.in] <= DGRAM_SIZE);
}

void next_datagram(void)
{
	kernel.in++;
}

void ack(int error, uint16_t flags, const char *text)
{
	struct nlmsgerr *e;
	size_t echo = flags & NLM_F_CAPPED ? 0 : kernel.request.hdr.nlmsg_len - MNL_NLMSG_HDRLEN;

	begin(NLMSG_ERROR, flags | (text ? NLM_F_ACK_TLVS : 0), sizeof(*e) + echo);
	e = mnl_nlmsg_get_payload(msg);
	e->error = -error;
	memcpy(&e->msg, &kernel.request, sizeof(e->msg) + echo);
	if (text)
		mnl_attr_put_strz(msg, NLMSGERR_ATTR_MSG, text);
	end();
	next_datagram();
}

void done(int error, uint16_t flags, const char *text)
{
	begin(NLMSG_DONE, NLM_F_MULTI | flags | (text ? NLM_F_ACK_TLVS : 0), sizeof(int));
	memcpy(mnl_nlmsg_get_payload(msg), &(int) { -error }, sizeof(int));
	if (text)
		mnl_attr_put_strz(msg, NLMSGERR_ATTR_MSG, text);
	end();
	next_datagram();
}

static void put_groups(void)
{
	static const char *const names[] = { "flow", "port" };
	struct nlattr *groups, *group;
	unsigned int i;

	groups = mnl_attr_nest_start(msg, CTRL_ATTR_MCAST_GROUPS);
	for (i = 0; i < ARRAY_SIZE(names) && !kernel.no_groups; i++) {
		group = mnl_attr_nest_start(msg, i + 1);
		mnl_attr_put_strz(msg, CTRL_ATTR_MCAST_GRP_NAME, names[i]);
		mnl_attr_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, GROUP + i);
		mnl_attr_nest_end(msg, group);
	}
	mnl_attr_nest_end(msg, groups);
}

static void answer_family(void)
{
	if (kernel.family_errno) {
		ack(kernel.family_errno, NLM_F_CAPPED, NULL);
		return;
	}
	begin(GENL_ID_CTRL, 0, GENL_HDRLEN);
	mnl_attr_put_strz(msg, CTRL_ATTR_FAMILY_NAME, "any");
	mnl_attr_put_u16(msg, CTRL_ATTR_FAMILY_ID, FAMILY);
	mnl_attr_put_u32(msg, CTRL_ATTR_MAXATTR, 9);
	put_groups();
	end();
	next_datagram();
	ack(0, NLM_F_CAPPED, NULL);
}

struct mnl_socket *__wrap_mnl_socket_open2(int bus, int flags);
int __wrap_mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid);
int __wrap_mnl_socket_close(struct mnl_socket *nl);
int __wrap_mnl_socket_get_fd(const struct mnl_socket *nl);
unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *nl);
int __wrap_mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf, socklen_t len);
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *req, size_t len);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size);

struct mnl_socket *__wrap_mnl_socket_open2(int bus, int flags)
{
	(void)flags;
	assert_in_range(bus, 0, BUSES - 1);
	return (struct mnl_socket *)&kernel.buses[bus];
}

int __wrap_mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	return !nl || groups || pid;
}

int __wrap_mnl_socket_close(struct mnl_socket *nl)
{
	return !nl;
}

unsigned int __wrap_mnl_socket_get_portid(const struct mnl_socket *nl)
{
	return nl ? PORTID : 0;
}

/* Who joins a group is told of events. */
static int join(int id)
{
	assert_in_range(id, GROUP, GROUP + 1);
	if (kernel.join_errno) {
		errno = kernel.join_errno;
		return -1;
	}
	kernel.joined |= 1u << (id - GROUP);
	kernel.in = kernel.out = 0;
	memset(kernel.len, 0, sizeof(kernel.len));
	kernel.request.hdr = (struct nlmsghdr) { 0 };	/* events answer nothing */
	kernel.events();
	return 0;
}

/* There is always something to read. */
int __wrap_mnl_socket_get_fd(const struct mnl_socket *nl)
{
	static int fd;

	(void)nl;
	if (!fd)
		fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	return fd;
}

int __wrap_mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf, socklen_t len)
{
	if (type == NETLINK_ADD_MEMBERSHIP)
		return join(*(int *)buf);
	return !nl || !type || !buf || !len;
}

ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *req, size_t len)
{
	kernel.bus = (const char *)nl - kernel.buses;
	assert_true(len <= sizeof(kernel.request));
	memcpy(&kernel.request, req, len);
	kernel.requests++;
	kernel.in = kernel.out = 0;
	memset(kernel.len, 0, sizeof(kernel.len));
	if (kernel.bus == NETLINK_GENERIC && kernel.request.hdr.nlmsg_type == GENL_ID_CTRL)
		answer_family();
	else
		kernel.answer();
	return len;
}

ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size)
{
	size_t len;

	(void)nl;
	if (kernel.recv_errno && kernel.joined) {
		errno = kernel.recv_errno;
		kernel.recv_errno = 0;
		return -1;
	}
	if (kernel.out == kernel.in && kernel.signal) {
		raise(kernel.signal);
		errno = EAGAIN;
		return -1;
	}
	if (kernel.out == kernel.in) {	/* a kernel would let it wait for ever */
		errno = ETIMEDOUT;
		return -1;
	}
	len = kernel.len[kernel.out];
	assert_true(len <= size);
	memcpy(buf, kernel.buf[kernel.out++], len);
	return len;
}

/* ---- running a verb and looking at what it says */

char *out;
char err[65536];

static void capture_begin(size_t *len, int *saved, FILE **file)
{
	free(out);
	out = NULL;
	opt.out = open_memstream(&out, len);
	*file = tmpfile();
	fflush(stderr);
	*saved = dup(STDERR_FILENO);
	dup2(fileno(*file), STDERR_FILENO);
}

static void capture_end(int saved, FILE *file)
{
	ssize_t n;

	fflush(stderr);
	fclose(opt.out);
	opt.out = NULL;
	n = pread(fileno(file), err, sizeof(err) - 1, 0);
	err[n > 0 ? n : 0] = '\0';
	dup2(saved, STDERR_FILENO);
	close(saved);
	fclose(file);
}

int run(void (*answer)(void), const char *line)
{
	static const struct verb verbs[] = {
		{ "status", cmd_status }, { "port", cmd_port }, { "flow", cmd_flow },
		{ "sim", cmd_sim }, { "policy", cmd_policy }, { "why", cmd_why },
		{ "stats", cmd_stats }, { "monitor", cmd_monitor }, { "top", cmd_top },
		{ "ppe", cmd_ppe },
	};
	char *copy = strdup(line), *words[32], *save = NULL, *word;
	struct args a = { .word = words };
	size_t len;
	FILE *file;
	int saved, rc;

	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		words[a.left++] = word;
	kernel.answer = answer;
	kernel.requests = 0;
	kernel.joined = 0;
	capture_begin(&len, &saved, &file);
	rc = verb_find(verbs, ARRAY_SIZE(verbs), arg_next(&a))->run(&a);
	capture_end(saved, file);
	free(copy);
	return rc;
}

void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

void lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" in:\n%s", part, text);
}
