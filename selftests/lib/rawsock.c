// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "rawsock.h"
#include "util.h"

#define RCVBUF	(64 << 20)

static void set_opt(const struct rawsock *rs, int level, int opt, const void *val, size_t len,
		    const char *what)
{
	if (setsockopt(rs->fd, level, opt, val, len))
		die("%s: %s: %s", rs->name, what, strerror(errno));
}

static void get_mac(struct rawsock *rs)
{
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", rs->name);
	if (ioctl(rs->fd, SIOCGIFHWADDR, &ifr))
		die("%s: no hardware address: %s", rs->name, strerror(errno));
	memcpy(rs->mac, ifr.ifr_hwaddr.sa_data, sizeof(rs->mac));
}

void rawsock_open(struct rawsock *rs, const char *name)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct packet_mreq mr = { .mr_type = PACKET_MR_PROMISC };
	int one = 1, size = RCVBUF;

	memset(rs, 0, sizeof(*rs));
	rs->name = name;
	ll.sll_ifindex = if_nametoindex(name);
	if (!ll.sll_ifindex)
		die("%s: no such device", name);
	/* protocol 0: nothing comes in before the socket is bound to its device */
	rs->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (rs->fd < 0)
		die("packet socket: %s", strerror(errno));
	get_mac(rs);
	set_opt(rs, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size), "receive buffer");
	set_opt(rs, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one), "ignore outgoing");
	set_opt(rs, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one), "auxiliary data");
	set_opt(rs, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one), "offload header");
	if (bind(rs->fd, (struct sockaddr *)&ll, sizeof(ll)))
		die("%s: bind: %s", name, strerror(errno));
	mr.mr_ifindex = ll.sll_ifindex;
	set_opt(rs, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mr, sizeof(mr), "promiscuous mode");
}

void rawsock_stamp(struct rawsock *rs)
{
	int one = 1;

	set_opt(rs, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one), "timestamps");
}

int rawsock_send(struct rawsock *rs, const uint8_t *buf, size_t len,
		 const struct frame_offload *off)
{
	struct virtio_net_hdr vh = {};
	struct iovec iov[2] = {
		{ .iov_base = &vh, .iov_len = sizeof(vh) },
		{ .iov_base = (void *)buf, .iov_len = len },
	};
	ssize_t n;

	if (off && off->partial) {
		vh.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		vh.csum_start = off->csum_start;
		vh.csum_offset = off->csum_offset;
		vh.hdr_len = off->hdr_len;
		vh.gso_type = off->gso_type;
		vh.gso_size = off->gso_size;
	}
	do {
		n = writev(rs->fd, iov, 2);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	rs->sent++;
	return 0;
}

/* The kernel takes the outermost tag out of the frame; put it back. */
static size_t put_tag(uint8_t *buf, size_t len, size_t size, const struct tpacket_auxdata *aux)
{
	if (!(aux->tp_status & TP_STATUS_VLAN_VALID) || len < 12 || len + 4 > size)
		return len;
	memmove(buf + 16, buf + 12, len - 12);
	frame_put16(buf + 12, aux->tp_status & TP_STATUS_VLAN_TPID_VALID ? aux->tp_vlan_tpid :
								      ETH_P_8021Q);
	frame_put16(buf + 14, aux->tp_vlan_tci);
	return len + 4;
}

static void tell_offload(const struct virtio_net_hdr *vh, unsigned int shift,
			 struct frame_offload *off)
{
	memset(off, 0, sizeof(*off));
	off->partial = vh->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	off->csum_start = off->partial ? vh->csum_start + shift : 0;
	off->csum_offset = off->partial ? vh->csum_offset : 0;
	off->gso_type = vh->gso_type;
	off->gso_size = vh->gso_size;
	off->hdr_len = vh->hdr_len ? vh->hdr_len + shift : 0;
}

size_t rawsock_recv(struct rawsock *rs, uint8_t *buf, size_t size, struct frame_offload *off)
{
	struct virtio_net_hdr vh = {};
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(sizeof(struct tpacket_auxdata)) +
			    CMSG_SPACE(sizeof(struct timespec))];
	} ctl;
	struct iovec iov[2] = {
		{ .iov_base = &vh, .iov_len = sizeof(vh) },
		{ .iov_base = buf, .iov_len = size },
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2, .msg_control = &ctl,
			      .msg_controllen = sizeof(ctl) };
	struct tpacket_auxdata aux = {};
	struct timespec stamp = {};
	struct cmsghdr *c;
	size_t len;
	ssize_t n;

	do {
		n = recvmsg(rs->fd, &msg, MSG_DONTWAIT | MSG_TRUNC);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == ENETDOWN)	/* said once, then the socket goes on */
		return 0;
	if (n < 0 && errno != EAGAIN)
		die("%s: receive: %s", rs->name, strerror(errno));
	if (n <= (ssize_t)sizeof(vh))
		return 0;
	n -= sizeof(vh);
	if ((size_t)n > size)
		n = size;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level == SOL_PACKET && c->cmsg_type == PACKET_AUXDATA)
			memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
	}
	rs->stamp_us = stamp.tv_sec * 1000000ull + stamp.tv_nsec / 1000;
	rs->received++;
	len = put_tag(buf, n, size, &aux);
	tell_offload(&vh, len - n, off);
	return len;
}

unsigned int rawsock_drops(struct rawsock *rs)
{
	struct tpacket_stats st = {};
	socklen_t len = sizeof(st);

	if (getsockopt(rs->fd, SOL_PACKET, PACKET_STATISTICS, &st, &len))
		die("%s: statistics: %s", rs->name, strerror(errno));
	return st.tp_drops;
}
