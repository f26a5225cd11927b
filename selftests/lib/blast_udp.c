// SPDX-License-Identifier: GPL-2.0-only
/* blast over UDP: numbered datagrams. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "blast.h"
#include "util.h"

#define MAGIC		0x626c7374	/* "blst" */
#define HEADER		32
#define DATAGRAM_MAX	65536
#define DUP_GRACE_MS	300	/* all are here: wait so long for one that comes twice */

/* What a receiver knows of the stream it follows. */
struct track {
	uint32_t run;		/* number of the sender's run */
	uint64_t total;		/* what the sender means to send */
	uint64_t next;		/* highest number seen, plus one */
	uint64_t received, bytes, unique, dup, reordered, bad, alien;
	uint32_t overflow;
	uint8_t *seen;		/* a bit for each */
	uint64_t last_us, gap_max_us, rtt_max_us;
};

static void fill(uint8_t *buf, size_t len, uint64_t seq)
{
	size_t i;

	for (i = HEADER; i < len; i++)
		buf[i] = seq * 31 + i * 7;
}

static void make(uint8_t *buf, size_t len, uint32_t run, uint64_t seq, uint64_t total)
{
	uint64_t now = now_us();

	frame_put32(buf, MAGIC);
	frame_put32(buf + 4, run);
	frame_put32(buf + 8, seq >> 32);
	frame_put32(buf + 12, seq);
	frame_put32(buf + 16, total >> 32);
	frame_put32(buf + 20, total);
	frame_put32(buf + 24, now >> 32);
	frame_put32(buf + 28, now);
	fill(buf, len, seq);
}

static uint64_t get64(const uint8_t *p)
{
	return (uint64_t)frame_get32(p) << 32 | frame_get32(p + 4);
}

static bool intact(const uint8_t *buf, size_t len, uint64_t seq)
{
	static uint8_t want[DATAGRAM_MAX];

	fill(want, len, seq);
	return !memcmp(buf + HEADER, want + HEADER, len - HEADER);
}

static void start_track(struct track *t, const uint8_t *buf)
{
	t->run = frame_get32(buf + 4);
	t->total = get64(buf + 16);
	t->seen = calloc(t->total / 8 + 1, 1);
	if (!t->seen)
		die("no memory for %llu datagrams", (unsigned long long)t->total);
}

static void count(struct track *t, const uint8_t *buf, size_t len)
{
	uint64_t seq, now = now_us();

	if (len < HEADER || frame_get32(buf) != MAGIC) {
		t->alien++;
		return;
	}
	if (!t->seen)
		start_track(t, buf);
	seq = get64(buf + 8);
	if (frame_get32(buf + 4) != t->run || seq >= t->total) {
		t->alien++;
		return;
	}
	t->received++;
	t->bytes += len;
	if (!intact(buf, len, seq))
		t->bad++;
	if (t->last_us && now - t->last_us > t->gap_max_us)
		t->gap_max_us = now - t->last_us;
	t->last_us = now;
	if (now - get64(buf + 24) > t->rtt_max_us)
		t->rtt_max_us = now - get64(buf + 24);
	if (t->seen[seq / 8] & 1 << seq % 8) {
		t->dup++;
		return;
	}
	t->seen[seq / 8] |= 1 << seq % 8;
	t->unique++;
	if (seq < t->next)
		t->reordered++;
	else
		t->next = seq + 1;
}

/* The next datagram, if there is one. Returns its length, or -errno. */
static ssize_t take(int fd, uint8_t *buf, struct sockaddr_in6 *from, uint32_t *overflow)
{
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(sizeof(uint32_t))];
	} ctl;
	struct iovec iov = { .iov_base = buf, .iov_len = DATAGRAM_MAX };
	struct msghdr msg = { .msg_name = from, .msg_namelen = from ? sizeof(*from) : 0,
			      .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &ctl,
			      .msg_controllen = sizeof(ctl) };
	struct cmsghdr *c;
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

	if (n < 0)
		return -errno;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
			memcpy(overflow, CMSG_DATA(c), sizeof(*overflow));
	return n;
}

static int open_udp(const struct blast *b, bool listening)
{
	int fd = blast_socket(b, SOCK_DGRAM, listening), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof(one));
	return fd;
}

/* How long to wait for more, in ms; 0: we are done. */
static int patience(const struct blast *b, const struct track *t, uint64_t start)
{
	uint64_t until, now = now_us();

	if (!t->last_us)
		until = start + b->timeout_s * 1000000ull;
	else if (t->unique == t->total)
		until = t->last_us + DUP_GRACE_MS * 1000;
	else
		until = t->last_us + b->idle_ms * 1000ull;
	return until > now && !blast_stop ? (int)((until - now) / 1000) + 1 : 0;
}

/* Ends the tracking. */
static int print_track(struct track *t, bool round_trip)
{
	printf("received=%llu bytes_received=%llu total=%llu lost=%llu dup=%llu reordered=%llu "
	       "bad=%llu alien=%llu overflow=%u", (unsigned long long)t->received,
	       (unsigned long long)t->bytes, (unsigned long long)t->total,
	       (unsigned long long)(t->total - t->unique), (unsigned long long)t->dup,
	       (unsigned long long)t->reordered, (unsigned long long)t->bad,
	       (unsigned long long)t->alien, t->overflow);
	printf(" gap_max_us=%llu", (unsigned long long)t->gap_max_us);
	if (round_trip)
		printf(" rtt_max_us=%llu", (unsigned long long)t->rtt_max_us);
	printf("\n");
	free(t->seen);
	return !t->received || t->unique != t->total || t->dup || t->bad ? EXIT_BAD : 0;
}

/* An unreachable port or a full queue is an error of that datagram only. */
static bool send_one(int fd, const struct blast *b, uint32_t run, uint64_t seq)
{
	static uint8_t buf[DATAGRAM_MAX];
	size_t len = b->len < HEADER ? HEADER : b->len;

	make(buf, len, run, seq, b->total);
	return send(fd, buf, len, 0) == (ssize_t)len;
}

static uint32_t run_number(void)
{
	return now_us() * 2654435761u ^ (uint32_t)getpid();
}

int udp_send(const struct blast *b)
{
	uint64_t start = now_us(), n, sent = 0, errors = 0;
	size_t len = b->len < HEADER ? HEADER : b->len;
	int fd = open_udp(b, false);
	uint32_t run = run_number();

	for (n = 0; blast_pace(b, start, n); n++) {
		if (send_one(fd, b, run, n))
			sent++;
		else
			errors++;
	}
	printf("sent=%llu bytes=%llu errors=%llu\n", (unsigned long long)sent,
	       (unsigned long long)(sent * len), (unsigned long long)errors);
	return errors || n < b->total ? EXIT_BAD : 0;
}

int udp_recv(const struct blast *b)
{
	struct pollfd pfd = { .fd = open_udp(b, true), .events = POLLIN };
	static uint8_t buf[DATAGRAM_MAX];
	uint64_t start = now_us();
	struct track t = {};
	ssize_t n;
	int wait;

	while ((wait = patience(b, &t, start)) > 0) {
		n = take(pfd.fd, buf, NULL, &t.overflow);
		if (n >= 0)
			count(&t, buf, n);
		else if (n == -EAGAIN)
			poll(&pfd, 1, wait);
	}
	return print_track(&t, false);
}

int udp_echo(const struct blast *b)
{
	uint64_t start = now_us(), echoed = 0, errors = 0;
	struct pollfd pfd = { .fd = open_udp(b, true), .events = POLLIN };
	static uint8_t buf[DATAGRAM_MAX];
	struct sockaddr_in6 from;
	struct track t = {};
	ssize_t n;
	int wait;

	while ((wait = patience(b, &t, start)) > 0) {
		n = take(pfd.fd, buf, &from, &t.overflow);
		if (n == -EAGAIN)
			poll(&pfd, 1, wait);
		if (n < 0)
			continue;
		count(&t, buf, n);
		if (sendto(pfd.fd, buf, n, 0, (struct sockaddr *)&from, sizeof(from)) == n)
			echoed++;
		else
			errors++;
	}
	printf("echoed=%llu errors=%llu ", (unsigned long long)echoed,
	       (unsigned long long)errors);
	return print_track(&t, false) || errors ? EXIT_BAD : 0;
}

static bool came(const struct track *t, uint64_t seq)
{
	return t->seen && t->seen[seq / 8] & 1 << seq % 8;
}

/* Of each run of datagrams that never came back: when the first and the last were sent. */
static void print_losses(const struct track *t, const uint64_t *sent_at, uint64_t n)
{
	uint64_t seq, missing = 0;

	printf("gaps=");
	for (seq = 0; seq < n; seq++) {
		if (came(t, seq))
			continue;
		printf("%s%llu-", missing ? "," : "", (unsigned long long)sent_at[seq]);
		for (missing++; seq + 1 < n && !came(t, seq + 1); missing++)
			seq++;
		printf("%llu", (unsigned long long)sent_at[seq]);
	}
	printf(" missing=%llu ", (unsigned long long)missing);
}

static void take_all(int fd, struct track *t)
{
	static uint8_t buf[DATAGRAM_MAX];
	ssize_t n;

	while ((n = take(fd, buf, NULL, &t->overflow)) >= 0)
		count(t, buf, n);
}

int udp_ping(const struct blast *b)
{
	uint64_t start = now_us(), n = 0, sent = 0, errors = 0, due, until, got, grace, now;
	size_t len = b->len < HEADER ? HEADER : b->len;
	struct pollfd pfd = { .fd = open_udp(b, false), .events = POLLIN };
	uint32_t run = run_number();
	struct track t = {};
	uint64_t *sent_at = calloc(b->total, sizeof(*sent_at));

	if (!sent_at)
		die("no memory for %llu datagrams", (unsigned long long)b->total);
	while (n < b->total && !blast_stop) {
		take_all(pfd.fd, &t);
		due = start + n * 1000000 / b->pps;
		now = now_us();
		if (now < due) {
			if (poll(&pfd, 1, (int)((due - now) / 1000)) == 0)
				sleep_until_us(due);
			continue;
		}
		sent_at[n] = real_us();
		if (send_one(pfd.fd, b, run, n++))
			sent++;
		else
			errors++;
	}
	/* who was told to stop still wants what is on its way */
	grace = blast_stop ? DUP_GRACE_MS : b->idle_ms;
	until = now_us() + grace * 1000ull;
	while (now_us() < until && (!t.total || t.unique < n)) {
		got = t.received;
		take_all(pfd.fd, &t);
		if (t.received > got)
			until = now_us() + grace * 1000ull;
		else
			poll(&pfd, 1, 20);
	}
	if (!t.total)
		t.total = b->total;
	printf("sent=%llu bytes=%llu errors=%llu ", (unsigned long long)sent,
	       (unsigned long long)(sent * len), (unsigned long long)errors);
	print_losses(&t, sent_at, n);
	free(sent_at);
	return print_track(&t, true) || errors ? EXIT_BAD : 0;
}
