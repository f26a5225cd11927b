// SPDX-License-Identifier: GPL-2.0-only
/* blast over TCP: one connection, every byte known by its place in the stream. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "blast.h"
#include "util.h"

#define CHUNK	65536

static uint8_t byte_at(uint64_t at)
{
	return (at >> 8) * 167 + at * 13;
}

static void fill(uint8_t *buf, size_t len, uint64_t at)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = byte_at(at + i);
}

static uint64_t wrong(const uint8_t *buf, size_t len, uint64_t at)
{
	uint64_t bad = 0;
	size_t i;

	for (i = 0; i < len; i++)
		bad += buf[i] != byte_at(at + i);
	return bad;
}

static int accept_one(const struct blast *b)
{
	struct pollfd pfd = { .fd = blast_socket(b, SOCK_STREAM, true), .events = POLLIN };
	uint64_t until = now_us() + b->timeout_s * 1000000ull;
	int fd;

	while (!blast_stop && now_us() < until) {
		if (poll(&pfd, 1, 100) <= 0)
			continue;
		fd = accept(pfd.fd, NULL, NULL);
		if (fd >= 0)
			return fd;
	}
	die("nobody connected");
}

static bool write_all(int fd, const uint8_t *buf, size_t len)
{
	ssize_t n;

	while (len) {
		n = send(fd, buf, len, 0);
		if (n < 0 && errno == EINTR && !blast_stop)
			continue;
		if (n <= 0)
			return false;
		buf += n;
		len -= n;
	}
	return true;
}

/* Returns the bytes read, 0 at the end of the stream, -1 when the connection failed or stalled. */
static ssize_t read_some(const struct blast *b, int fd, uint8_t *buf, size_t size)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint64_t until = now_us() + b->timeout_s * 1000000ull;

	while (!blast_stop && now_us() < until)
		if (poll(&pfd, 1, 100) > 0)
			return recv(fd, buf, size, 0);
	return -1;
}

static int print(uint64_t sent, uint64_t received, uint64_t bad, bool failed)
{
	printf("bytes_sent=%llu bytes_received=%llu bad=%llu failed=%d\n",
	       (unsigned long long)sent, (unsigned long long)received, (unsigned long long)bad,
	       failed);
	return bad || failed ? EXIT_BAD : 0;
}

static int open_stream(const struct blast *b)
{
	int fd = blast_socket(b, SOCK_STREAM, false), one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

int tcp_send(const struct blast *b)
{
	static uint8_t buf[CHUNK];
	uint64_t n, sent = 0, start;
	int fd = open_stream(b);
	bool failed = false;
	ssize_t left;

	start = now_us();
	for (n = 0; !failed && blast_pace(b, start, n); n++) {
		fill(buf, b->len, sent);
		failed = !write_all(fd, buf, b->len);
		if (!failed)
			sent += b->len;
	}
	shutdown(fd, SHUT_WR);
	left = failed ? 0 : read_some(b, fd, buf, sizeof(buf));
	return print(sent, 0, 0, failed || left || n < b->total);
}

int tcp_recv(const struct blast *b)
{
	static uint8_t buf[CHUNK];
	uint64_t got = 0, bad = 0;
	int fd = accept_one(b);
	ssize_t n;

	while ((n = read_some(b, fd, buf, sizeof(buf))) > 0) {
		bad += wrong(buf, n, got);
		got += n;
	}
	return print(0, got, bad, n < 0);
}

int tcp_echo(const struct blast *b)
{
	static uint8_t buf[CHUNK];
	uint64_t got = 0, sent = 0, bad = 0;
	int fd = accept_one(b);
	ssize_t n;

	while ((n = read_some(b, fd, buf, sizeof(buf))) > 0) {
		bad += wrong(buf, n, got);
		got += n;
		if (!write_all(fd, buf, n))
			break;
		sent += n;
	}
	shutdown(fd, SHUT_WR);
	return print(sent, got, bad, n != 0);
}

/* Reads what has come back. Returns false at the end of the stream or when it failed. */
static bool take(int fd, uint64_t *got, uint64_t *bad, uint64_t *last)
{
	static uint8_t buf[CHUNK];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0) {
		*bad += wrong(buf, n, *got);
		*got += n;
		*last = now_us();
	}
	return n < 0 && errno == EAGAIN;
}

/* Never waits in a write while the other side waits in one to us: both would wait for ever. */
int tcp_ping(const struct blast *b)
{
	uint64_t start, due, total = b->total, n = 0, sent = 0, got = 0, bad = 0, last;
	static uint8_t buf[CHUNK];
	struct pollfd pfd = {};
	size_t pending = 0;
	ssize_t w;

	pfd.fd = open_stream(b);
	start = last = now_us();
	while (n < total || pending || got < sent) {
		/* who was told to stop still wants what is on its way */
		if (blast_stop)
			total = n;
		if (now_us() - last > b->timeout_s * 1000000ull ||
		    !take(pfd.fd, &got, &bad, &last))
			break;
		due = start + n * 1000000 / b->pps;
		if (!pending && n < total && now_us() >= due) {
			pending = b->len;
			n++;
		}
		fill(buf, pending, sent);
		w = pending ? send(pfd.fd, buf, pending, MSG_DONTWAIT) : 0;
		if (w > 0) {
			sent += w;
			pending -= w;
			last = now_us();
			continue;
		}
		pfd.events = POLLIN | (pending ? POLLOUT : 0);
		poll(&pfd, 1, 1);
	}
	shutdown(pfd.fd, SHUT_WR);
	return print(sent, got, bad, n < total || pending || got < sent);
}
