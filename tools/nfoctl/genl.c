// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink: find a family, ask it, and read what the kernel answers or why it refuses. The
 * other buses nfoctl asks, netfilter and route, differ only in the header of a request.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <linux/genetlink.h>

#include "nfoctl.h"

/* The kernel puts at most 32 KiB into one datagram of a dump. */
#define RECV_SIZE	65536
/* How often a dump is read again because it changed under our hands. */
#define DUMP_TRIES	4

/* Room for the text of the kernel's refusal. */
static void read_extack(struct genl_reply *r, const struct nlmsghdr *nlh, size_t offset)
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || offset > mnl_nlmsg_get_payload_len(nlh))
		return;
	mnl_attr_for_each(attr, nlh, offset) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			attr_str(attr, r->extack, sizeof(r->extack));
	}
}

/* Error numbers come negative, from some corners of the kernel positive. */
static void set_error(struct genl_reply *r, int error)
{
	r->error = error == INT_MIN ? EBADMSG : abs(error);
}

/* NLMSG_ERROR: the end of a request, well or not. */
static int feed_error(struct genl_reply *r, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof(*err);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err)) {
		r->error = EBADMSG;
		return -1;
	}
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && err->msg.nlmsg_len > sizeof(err->msg))
		offset += MNL_ALIGN((size_t)err->msg.nlmsg_len - sizeof(err->msg));
	read_extack(r, nlh, offset);
	set_error(r, err->error);
	return r->error ? -1 : 0;
}

/* NLMSG_DONE: the end of a dump, with an error number of its own. */
static int feed_done(struct genl_reply *r, const struct nlmsghdr *nlh)
{
	int error = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(error)) {
		memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
		read_extack(r, nlh, MNL_ALIGN(sizeof(error)));
	}
	if (error < 0)
		set_error(r, error);
	return r->error ? -1 : 0;
}

static int feed_message(struct genl_reply *r, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_seq != r->seq || nlh->nlmsg_pid != r->portid)
		return 1;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		r->interrupted = true;
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		return feed_error(r, nlh);
	case NLMSG_DONE:
		return feed_done(r, nlh);
	}
	if (nlh->nlmsg_type != r->type || mnl_nlmsg_get_payload_len(nlh) < GENL_HDRLEN)
		return 1;
	return r->cb && r->cb(nlh, r->data) ? -1 : 1;
}

/* libmnl 1.0.4 takes a length beyond INT_MAX for a negative one, which fits anywhere. */
static bool message_fits(const struct nlmsghdr *nlh, int left)
{
	return mnl_nlmsg_ok(nlh, left) && nlh->nlmsg_len <= (unsigned int)left;
}

/*
 * Reads one datagram. Returns 1 when more is to come, 0 when the answer is complete, -1 when the
 * kernel refused (then r->error says why) or the callback did not like a message (and said so).
 */
int genl_feed(struct genl_reply *r, const void *buf, size_t len)
{
	const struct nlmsghdr *nlh = buf;
	int left = (int)len, rc;

	for (; message_fits(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		rc = feed_message(r, nlh);
		if (rc <= 0)
			return rc;
	}
	if (left <= 0)
		return 1;
	r->error = EBADMSG;
	return -1;
}

/* Sends the request and reads the whole answer. */
static int transact(struct genl *g, struct genl_reply *r)
{
	static union {
		struct nlmsghdr align;
		char buf[RECV_SIZE];
	} in;
	ssize_t n;
	int rc;

	g->request.nlmsg_seq = ++g->seq;
	*r = (struct genl_reply) {
		.seq = g->seq,
		.portid = mnl_socket_get_portid(g->sock),
		.type = g->reply,
		.cb = r->cb,
		.data = r->data,
	};
	if (mnl_socket_sendto(g->sock, &g->request, g->request.nlmsg_len) < 0) {
		r->error = errno;
		return -1;
	}
	do {
		n = mnl_socket_recvfrom(g->sock, in.buf, sizeof(in.buf));
		if (n < 0 && errno == EINTR) {
			rc = 1;
		} else if (n < 0) {
			r->error = errno;
			rc = -1;
		} else {
			rc = genl_feed(r, in.buf, n);
		}
	} while (rc > 0);
	return rc;
}

/* The kernel's own words first, then the error number's, then what to do about it. */
static int refused(const struct genl_reply *r)
{
	const char *hint = "";

	if (!r->error)
		return EXIT_REFUSED;	/* the callback spoke */
	if (r->error == EPERM)
		hint = ": this needs CAP_NET_ADMIN, try as root";
	if (*r->extack)
		return refuse("%s (%s)%s", r->extack, strerror(r->error), hint);
	return refuse("the kernel refused: %s%s", strerror(r->error), hint);
}

static int read_group(struct genl *g, const struct nlattr *nest)
{
	static const struct attr_policy policy[CTRL_ATTR_MCAST_GRP_MAX + 1] = {
		[CTRL_ATTR_MCAST_GRP_NAME] = { .type = MNL_TYPE_NUL_STRING },
		[CTRL_ATTR_MCAST_GRP_ID] = { .type = MNL_TYPE_U32 },
	};
	const struct nlattr *tb[CTRL_ATTR_MCAST_GRP_MAX + 1];
	struct genl_group *group = &g->group[g->ngroups];

	if (nest_attrs(nest, policy, tb, CTRL_ATTR_MCAST_GRP_MAX))
		return -1;
	if (!tb[CTRL_ATTR_MCAST_GRP_NAME] || !tb[CTRL_ATTR_MCAST_GRP_ID])
		return attrs_missing("family");
	attr_str(tb[CTRL_ATTR_MCAST_GRP_NAME], group->name, sizeof(group->name));
	group->id = attr_u32(tb[CTRL_ATTR_MCAST_GRP_ID]);
	g->ngroups++;
	return 0;
}

static int read_family(const struct nlmsghdr *nlh, void *data)
{
	static const struct attr_policy policy[CTRL_ATTR_MCAST_GROUPS + 1] = {
		[CTRL_ATTR_FAMILY_ID] = { .type = MNL_TYPE_U16 },
		[CTRL_ATTR_MCAST_GROUPS] = { .type = MNL_TYPE_NESTED },
	};
	const struct nlattr *tb[ARRAY_SIZE(policy)], *nest;
	struct genl *g = data;

	if (msg_attrs(nlh, policy, tb, ARRAY_SIZE(tb) - 1))
		return -1;
	if (!tb[CTRL_ATTR_FAMILY_ID])
		return attrs_missing("family");
	g->family = mnl_attr_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	if (!tb[CTRL_ATTR_MCAST_GROUPS])
		return 0;
	nest_for_each(nest, tb[CTRL_ATTR_MCAST_GROUPS]) {
		if (g->ngroups < GENL_GROUPS && read_group(g, nest))
			return -1;
	}
	return 0;
}

/* A socket of a bus, e.g. NETLINK_ROUTE. To be closed even if it failed. */
int nl_open(struct genl *g, int bus)
{
	int on = 1;

	*g = (struct genl) { .seq = (uint32_t)time(NULL) };
	g->sock = mnl_socket_open2(bus, SOCK_CLOEXEC);
	if (!g->sock || mnl_socket_bind(g->sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return refuse("cannot open a netlink socket: %s", strerror(errno));
	/* Without these errors come without text: worse, but no reason to stop. */
	mnl_socket_setsockopt(g->sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(g->sock, NETLINK_CAP_ACK, &on, sizeof(on));
	return EXIT_OK;
}

/* Finds the family; *@error is ENOENT if there is none. To be closed even if it failed. */
int genl_find(struct genl *g, const char *name, int *error)
{
	struct genl_reply r = { .cb = read_family, .data = g };
	int rc = nl_open(g, NETLINK_GENERIC);

	*error = 0;
	if (rc)
		return rc;
	g->family = GENL_ID_CTRL;
	genl_request(g, CTRL_CMD_GETFAMILY);
	genl_put_str(g, CTRL_ATTR_FAMILY_NAME, name);
	if (!transact(g, &r))
		return EXIT_OK;
	*error = r.error;
	return r.error == ENOENT ? EXIT_OK : refused(&r);
}

/* The same for who cannot do without it: says which module has the family. */
int genl_open(struct genl *g, const char *name, const char *module)
{
	int error, rc = genl_find(g, name, &error);

	if (!rc && error)
		return refuse("the kernel has no \"%s\" family: load it with \"modprobe %s\"",
			      name, module);
	return rc;
}

void genl_close(struct genl *g)
{
	if (g->sock)
		mnl_socket_close(g->sock);
	g->sock = NULL;
}

/* Begins a request of any bus, with a header @hdr; messages of type @reply answer it. */
void nl_request(struct genl *g, uint16_t type, uint16_t reply, const void *hdr, size_t len)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(g->request_buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	memcpy(mnl_nlmsg_put_extra_header(nlh, len), hdr, len);
	g->reply = reply;
}

/* Begins a request; genl_put_*() adds to it, genl_do() or genl_dump() sends it. */
void genl_request(struct genl *g, uint8_t cmd)
{
	const struct genlmsghdr genl = { .cmd = cmd, .version = 1 };

	nl_request(g, g->family, g->family, &genl, sizeof(genl));
}

static void put_checked(bool fits)
{
	if (!fits)
		exit(refuse("a request longer than %u bytes", GENL_REQUEST_SIZE));
}

void genl_put_str(struct genl *g, uint16_t type, const char *val)
{
	put_checked(mnl_attr_put_strz_check(&g->request, GENL_REQUEST_SIZE, type, val));
}

void genl_put_u64(struct genl *g, uint16_t type, uint64_t val)
{
	put_checked(mnl_attr_put_u64_check(&g->request, GENL_REQUEST_SIZE, type, val));
}

void genl_put_u32(struct genl *g, uint16_t type, uint32_t val)
{
	put_checked(mnl_attr_put_u32_check(&g->request, GENL_REQUEST_SIZE, type, val));
}

void genl_put_u16(struct genl *g, uint16_t type, uint16_t val)
{
	put_checked(mnl_attr_put_u16_check(&g->request, GENL_REQUEST_SIZE, type, val));
}

void genl_put_u8(struct genl *g, uint16_t type, uint8_t val)
{
	put_checked(mnl_attr_put_u8_check(&g->request, GENL_REQUEST_SIZE, type, val));
}

void genl_put(struct genl *g, uint16_t type, size_t len, const void *val)
{
	put_checked(mnl_attr_put_check(&g->request, GENL_REQUEST_SIZE, type, len, val));
}

struct nlattr *genl_nest(struct genl *g, uint16_t type)
{
	struct nlattr *nest = mnl_attr_nest_start_check(&g->request, GENL_REQUEST_SIZE, type);

	put_checked(nest);
	return nest;
}

void genl_nest_end(struct genl *g, struct nlattr *nest)
{
	mnl_attr_nest_end(&g->request, nest);
}

/*
 * One request whose refusal is an answer too: EXIT_OK with the kernel's error number in *@error.
 * Anything else went wrong and was said.
 */
int genl_try(struct genl *g, genl_cb cb, void *data, int *error)
{
	struct genl_reply r = { .cb = cb, .data = data };
	int rc = transact(g, &r);

	*error = r.error;
	return rc && !r.error ? EXIT_REFUSED : EXIT_OK;
}

/* The same without an answer, but of all refusals only @error is one that the caller expects. */
int genl_do_unless(struct genl *g, int error, bool *met)
{
	struct genl_reply r = { 0 };
	int rc = transact(g, &r);

	*met = rc && r.error == error;
	if (!rc || *met)
		return EXIT_OK;
	return refused(&r);
}

/* One request, at most one answer. Returns an exit code and has said what was wrong. */
int genl_do(struct genl *g, genl_cb cb, void *data)
{
	struct genl_reply r = { .cb = cb, .data = data };

	if (transact(g, &r))
		return refused(&r);
	if (*r.extack)
		note("%s", r.extack);
	return EXIT_OK;
}

/*
 * Reads a dump; again, after @reset(@data), when the kernel says that what it dumps changed
 * meanwhile. Under steady change that never ends, so the last attempt counts, with a note.
 */
int genl_dump(struct genl *g, genl_cb cb, void (*reset)(void *data), void *data)
{
	struct genl_reply r = { .cb = cb, .data = data };
	unsigned int i;

	g->request.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	for (i = 0; i < DUMP_TRIES; i++) {
		reset(data);
		if (transact(g, &r))
			return refused(&r);
		if (!r.interrupted)
			return EXIT_OK;
	}
	note("the list changed while it was read: an entry may be missing or stand here twice");
	return EXIT_OK;
}
