// SPDX-License-Identifier: GPL-2.0-only
/*
 * collide WAYS SRC DST COUNT
 *
 * Prints ports, each the source and the destination port of an IPv4 connection, of connections that have to
 * share one bucket of a packet processing engine with WAYS places per bucket. The hash is as the hardware has it, written a second time: what the driver and
 * the model make of it is judged by whether these connections really meet.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "util.h"

#define SLOTS	16384

static uint32_t bucket(unsigned int ways, uint32_t src, uint32_t dst, uint32_t port)
{
	uint32_t ports = port << 16 | port, h;

	h = (ports & dst) | (~ports & src);
	h = h << 8 | h >> 24;
	h ^= ports ^ dst ^ src;
	h ^= h >> 16;
	return h % (SLOTS / ways);
}

static uint32_t address(const char *what, const char *text)
{
	uint8_t addr[16];
	uint32_t word;

	if (arg_addr(what, text, addr) != 4)
		die("%s: no IPv4 address: %s", what, text);
	memcpy(&word, addr, sizeof(word));
	return ntohl(word);
}

int main(int argc, char **argv)
{
	unsigned int ways, left, in[SLOTS] = {}, i;
	uint32_t src, dst, port, best = 0;

	if (argc != 5) {
		fprintf(stderr, "usage: collide WAYS SRC DST COUNT\n");
		return 2;
	}
	ways = arg_u64("WAYS", argv[1], 4);
	if (!ways)
		die("WAYS: 2 or 4");
	src = address("SRC", argv[2]);
	dst = address("DST", argv[3]);
	left = arg_u64("COUNT", argv[4], 64);
	for (port = 10000; port < 65536; port++) {
		i = bucket(ways, src, dst, port);
		if (++in[i] > in[best])
			best = i;
	}
	for (port = 10000; port < 65536 && left; port++) {
		if (bucket(ways, src, dst, port) != best)
			continue;
		printf("%u\n", port);
		left--;
	}
	if (left)
		die("%u too few", left);
	return 0;
}
