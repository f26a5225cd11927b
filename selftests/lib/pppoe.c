// SPDX-License-Identifier: GPL-2.0-only
/*
 * pppoe DEV SESSION PEER-MAC NAME
 *
 * One end of a PPPoE session whose other end is known: no discovery, no negotiation. Makes the netdev NAME
 * over DEV, says "ready", and holds it until it is told to end by a signal or the end of its input.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/if_ether.h>
#include <linux/if_pppox.h>
#include <linux/ppp-ioctl.h>
#include <linux/ppp_defs.h>
#include <linux/sockios.h>

#include "util.h"

#define MRU	1492

static int session(const char *dev, unsigned int sid, const uint8_t *peer)
{
	struct sockaddr_pppox sp = {
		.sa_family = AF_PPPOX,
		.sa_protocol = PX_PROTO_OE,
	};
	int fd = socket(AF_PPPOX, SOCK_STREAM, PX_PROTO_OE);

	if (fd < 0)
		die("PPPoE socket: %s", strerror(errno));
	sp.sa_addr.pppoe.sid = htons(sid);
	memcpy(sp.sa_addr.pppoe.remote, peer, ETH_ALEN);
	strncpy(sp.sa_addr.pppoe.dev, dev, IFNAMSIZ - 1);
	if (connect(fd, (struct sockaddr *)&sp, sizeof(sp)))
		die("%s, session %u: %s", dev, sid, strerror(errno));
	return fd;
}

static int ppp_open(void)
{
	int fd = open("/dev/ppp", O_RDWR);

	if (fd < 0)
		die("/dev/ppp: %s", strerror(errno));
	return fd;
}

static void call(int fd, unsigned long cmd, void *arg, const char *what)
{
	if (ioctl(fd, cmd, arg))
		die("%s: %s", what, strerror(errno));
}

/* The netdev goes with the file that it was made by. */
static int make_unit(int channel)
{
	struct npioctl ip4 = { .protocol = PPP_IP, .mode = NPMODE_PASS };
	struct npioctl ip6 = { .protocol = PPP_IPV6, .mode = NPMODE_PASS };
	int mru = MRU, unit = -1, fd = ppp_open(), chan_fd = ppp_open(), chan;

	call(channel, PPPIOCGCHAN, &chan, "channel");
	call(chan_fd, PPPIOCATTCHAN, &chan, "attach to the channel");
	call(fd, PPPIOCNEWUNIT, &unit, "new unit");
	call(chan_fd, PPPIOCCONNECT, &unit, "connect channel and unit");
	call(fd, PPPIOCSMRU, &mru, "MRU");
	call(fd, PPPIOCSNPMODE, &ip4, "pass IPv4");
	call(fd, PPPIOCSNPMODE, &ip6, "pass IPv6");
	return unit;
}

static void set_name(int unit, const char *name)
{
	struct ifreq ifr = {};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(ifr.ifr_name, IFNAMSIZ, "ppp%d", unit);
	ifr.ifr_mtu = MRU;
	call(fd, SIOCSIFMTU, &ifr, "MTU");
	strncpy(ifr.ifr_newname, name, IFNAMSIZ - 1);
	call(fd, SIOCSIFNAME, &ifr, "name");
	close(fd);
}

int main(int argc, char **argv)
{
	uint8_t mac[ETH_ALEN];
	char c;

	if (argc != 5) {
		fprintf(stderr, "usage: pppoe DEV SESSION PEER-MAC NAME\n");
		return 2;
	}
	arg_mac("PEER-MAC", argv[3], mac);
	set_name(make_unit(session(argv[1], arg_u64("SESSION", argv[2], 65534), mac)), argv[4]);
	printf("ready\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0 || pause())
		;
	return 0;
}
