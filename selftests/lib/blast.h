/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SELFTESTS_BLAST_H
#define SELFTESTS_BLAST_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>

/**
 * struct blast - the command line
 * @addr: where to send, or what to listen on
 * @local_port: to send from, 0 for any
 * @tcp: a stream instead of datagrams
 * @pps: writes a second
 * @total: writes in all
 * @len: bytes of each
 * @idle_ms: a receiver ends when nothing came for so long after something came
 * @timeout_s: and when nothing came at all
 */
struct blast {
	struct sockaddr_in6 addr;
	uint16_t local_port;
	bool tcp;
	unsigned int pps;
	uint64_t total;
	unsigned int len;
	unsigned int idle_ms;
	unsigned int timeout_s;
};

extern volatile sig_atomic_t blast_stop;

/* A bound socket that speaks IPv4 and IPv6. */
int blast_socket(const struct blast *b, int type, bool listen);

/* Waits until the n-th write is due. Returns false when it is time to stop. */
bool blast_pace(const struct blast *b, uint64_t start, uint64_t n);

int udp_send(const struct blast *b);
int udp_recv(const struct blast *b);
int udp_echo(const struct blast *b);
int udp_ping(const struct blast *b);
int tcp_send(const struct blast *b);
int tcp_recv(const struct blast *b);
int tcp_echo(const struct blast *b);
int tcp_ping(const struct blast *b);

#endif /* SELFTESTS_BLAST_H */
