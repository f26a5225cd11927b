// SPDX-License-Identifier: GPL-2.0-only
/*
 * tapwire TAP DEV: copies frames between a tap and another device, as the NIC of a virtual machine
 * does between a tap and its guest. Until it is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <arpa/inet.h>

#include "util.h"

static int open_tap(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		die("%s: %s", name, strerror(errno));
	return fd;
}

static int open_dev(const char *name)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	int one = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)))
		die("%s: %s", name, strerror(errno));
	return fd;
}

static void copy(int from, int to)
{
	char frame[65536];
	ssize_t n = read(from, frame, sizeof(frame));

	/* a device that is down now may be up later */
	if (n > 0 && write(to, frame, n) < 0 && errno != ENETDOWN && errno != EIO)
		die("cannot write: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	struct pollfd fds[2];

	if (argc != 3)
		die("usage: tapwire TAP DEV");
	fds[0] = (struct pollfd){ .fd = open_tap(argv[1]), .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = open_dev(argv[2]), .events = POLLIN };
	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents)
			copy(fds[0].fd, fds[1].fd);
		if (fds[1].revents)
			copy(fds[1].fd, fds[0].fd);
	}
	die("poll: %s", strerror(errno));
}
