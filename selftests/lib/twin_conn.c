// SPDX-License-Identifier: GPL-2.0-only
/* The one connection: opened by hand, its translation learned, its way into hardware awaited. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <netinet/in.h>

#include "twin.h"
#include "util.h"

#define POLL_US	200000

static void make_step(const struct twin *tw, int dir, uint16_t flags, uint16_t len,
		      struct twin_case *c)
{
	memset(c, 0, sizeof(*c));
	c->dir = dir;
	c->n = 1;
	twin_base(tw, dir, &c->f[0]);
	c->f[0].flags = flags;
	c->f[0].len = len;
	if (!(flags & FRAME_ACK))
		c->f[0].ack = 0;
}

/* Plays one packet of the opening: it must come out at the other side, and nothing else. */
static void step(struct twin *tw, const char *what, int dir, uint16_t flags, uint16_t len,
		 struct frame_tuple *out)
{
	struct twin_case c;
	const struct twin_tags *tags = &tw->tags[SIDE_LEAVE(dir)];
	struct frame_info fi;
	char why[160];

	make_step(tw, dir, flags, len, &c);
	if (twin_fails(tw, &c, why, sizeof(why))) {
		twin_report(tw, &c, why);
		die("opening the connection: %s: %s", what, why);
	}
	if (tw->cap[0].n != 1 || tw->cap[0].f[0].side != SIDE_LEAVE(dir))
		die("opening the connection: %s is not forwarded (%u frames came out)", what,
		    tw->cap[0].n);
	frame_parse(tw->cap[0].f[0].data, tw->cap[0].f[0].len, &fi);
	if (!fi.has_ports)
		die("opening the connection: %s came out as something else", what);
	if (!frame_has_tags(&fi, tags->tag, tags->n))
		die("opening the connection: %s came out with %u VLAN tags, or with others", what,
		    fi.vlans);
	*out = fi.t;
	tw->seq[dir] += len + !!(flags & FRAME_SYN);
}

void twin_connect(struct twin *tw)
{
	bool tcp = tw->first.proto == IPPROTO_TCP;
	struct frame_tuple out, back;
	char a[128], b[128];
	struct rng r;

	rng_init(&r, tw->seed, ~0ull);
	tw->seq[DIR_ORIG] = rng_u32(&r);
	tw->seq[DIR_REPLY] = rng_u32(&r);
	tw->enter[DIR_ORIG] = tw->first;
	/* until it is learned, for the address that the echo fence speaks with */
	tw->enter[DIR_REPLY] = frame_tuple_reverse(&tw->first);

	step(tw, tcp ? "SYN" : "first packet", DIR_ORIG, FRAME_SYN, tcp ? 0 : 20, &out);
	tw->leave[DIR_ORIG] = out;
	tw->enter[DIR_REPLY] = frame_tuple_reverse(&out);
	step(tw, tcp ? "SYN-ACK" : "reply", DIR_REPLY, FRAME_SYN | FRAME_ACK, tcp ? 0 : 21, &out);
	back = frame_tuple_reverse(&tw->first);
	if (!frame_tuple_eq(&out, &back))
		die("the reply comes back as %s, not as %s",
		    frame_tuple_str(&out, a, sizeof(a)), frame_tuple_str(&back, b, sizeof(b)));
	tw->leave[DIR_REPLY] = out;
	if (tcp)
		step(tw, "ACK", DIR_ORIG, FRAME_ACK, 0, &out);
	step(tw, "data", DIR_ORIG, FRAME_ACK | FRAME_PSH, 101, &out);
	step(tw, "data back", DIR_REPLY, FRAME_ACK | FRAME_PSH, 102, &out);
	tw->open = true;
	twin_say("%s, translated %s", frame_tuple_str(&tw->enter[DIR_ORIG], a, sizeof(a)),
		 frame_tuple_str(&tw->leave[DIR_ORIG], b, sizeof(b)));
}

static bool says_yes(const char *cmd, bool loud)
{
	int status;
	pid_t pid;

	if (!cmd)
		return true;
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		if (!loud && (!freopen("/dev/null", "w", stdout) ||
			      !freopen("/dev/null", "w", stderr)))
			_exit(127);
		execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid: %s", strerror(errno));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool twin_is_ready(const struct twin *tw, bool loud)
{
	return says_yes(tw->ready, loud);
}

/* Data in both directions until the command says that the flow is where it should be. */
void twin_wait_ready(struct twin *tw)
{
	uint64_t deadline = now_us() + tw->ready_timeout * 1000000ull, next = now_us();
	struct twin_case c;
	char why[160];
	int dir;

	while (!twin_is_ready(tw, false) || !says_yes(tw->ready_also, false)) {
		if (now_us() > deadline) {
			twin_is_ready(tw, true);
			die("not ready after %u s: %s; %s", tw->ready_timeout, tw->ready,
			    tw->ready_also ? tw->ready_also : "");
		}
		for (dir = 0; dir < 2; dir++) {
			make_step(tw, dir, FRAME_ACK | FRAME_PSH, 11, &c);
			if (!twin_fails(tw, &c, why, sizeof(why)))
				continue;
			twin_report(tw, &c, why);
			die("while waiting for \"%s\": %s", tw->ready, why);
		}
		next += POLL_US;
		sleep_until_us(next);
	}
}
