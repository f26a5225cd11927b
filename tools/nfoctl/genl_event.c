// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink: what the kernel tells without being asked. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "nfoctl.h"

#define RECV_SIZE	65536
#define QUEUE_SIZE	(4 << 20)	/* events the kernel keeps while we write, in bytes */

/* Joins a multicast group of the family. */
int genl_join(struct genl *g, const char *group)
{
	int size = QUEUE_SIZE, fd = mnl_socket_get_fd(g->sock);
	unsigned int i;
	int id;

	for (i = 0; i < g->ngroups && strcmp(g->group[i].name, group); i++)
		;
	if (i == g->ngroups)
		return refuse("the kernel modules have no events of a %s: are they older than "
			      "nfoctl?", group);
	id = (int)g->group[i].id;
	if (mnl_socket_setsockopt(g->sock, NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)) < 0)
		return refuse("cannot get events of a %s: %s%s", group, strerror(errno),
			      errno == EPERM ? ": this needs CAP_NET_ADMIN, try as root" : "");
	/* A short queue loses more, which is told; the second needs no privilege. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return EXIT_OK;
}

/* Reads one datagram of events; *@lost: the kernel had no room for some before it. */
int genl_listen(struct genl *g, genl_cb cb, void *data, bool *lost)
{
	static union {
		struct nlmsghdr align;
		char buf[RECV_SIZE];
	} in;
	const struct nlmsghdr *nlh = &in.align;
	ssize_t n = mnl_socket_recvfrom(g->sock, in.buf, sizeof(in.buf));
	int left = (int)n;

	*lost = n < 0 && errno == ENOBUFS;
	if (n < 0)
		return *lost || errno == EINTR || errno == EAGAIN ? EXIT_OK :
		       refuse("cannot read events: %s", strerror(errno));
	for (; mnl_nlmsg_ok(nlh, left) && nlh->nlmsg_len <= (unsigned int)left;
	     nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_type != g->family ||
		    mnl_nlmsg_get_payload_len(nlh) < GENL_HDRLEN)
			continue;
		if (cb(nlh, data))
			return EXIT_REFUSED;
	}
	return EXIT_OK;
}
