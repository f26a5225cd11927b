// SPDX-License-Identifier: GPL-2.0-only
/*
 * For verbs that go on until they are told to stop. A signal comes as something to read, so that
 * none is missed between looking and waiting, or under a flood of events.
 */
#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>
#include <sys/signalfd.h>

#include "nfoctl.h"

/* Who started us may want one of them to be ignored, as a shell does for what it puts aside. */
static void add_signal(sigset_t *set, int sig)
{
	struct sigaction old;

	if (!sigaction(sig, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaddset(set, sig);
}

int wait_begin(struct waiter *w)
{
	sigset_t set;

	sigemptyset(&set);
	add_signal(&set, SIGINT);
	add_signal(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &w->old);
	w->sig = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return w->sig < 0 ? refuse("cannot wait for signals") : EXIT_OK;
}

void wait_end(struct waiter *w)
{
	struct signalfd_siginfo info;

	if (w->sig < 0)
		return;
	/* what was read is done with: it must not end us when it is let through again */
	while (read(w->sig, &info, sizeof(info)) > 0)
		;
	close(w->sig);
	sigprocmask(SIG_SETMASK, &w->old, NULL);
}

uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * Waits until @fd (-1: none) can be read, until now_ms() is @until (0: for ever), for a signal, or
 * until nobody reads our output any more.
 */
enum waited wait_for(const struct waiter *w, int fd, uint64_t until)
{
	int out = fileno(opt.out);
	struct pollfd fds[] = {
		{ .fd = w->sig, .events = POLLIN },
		{ .fd = fd, .events = POLLIN },
		{ .fd = out, .events = 0 },
	};
	uint64_t now;
	int n, ms = -1;

	do {
		now = now_ms();
		if (until)
			ms = until > now ? (int)(until - now) : 0;
		n = poll(fds, ARRAY_SIZE(fds), ms);
	} while (n < 0 && errno == EINTR);
	if (n < 0 || fds[0].revents)
		return WAITED_SIGNAL;
	if (fds[2].revents & (POLLERR | POLLHUP))
		return WAITED_GONE;
	return fds[1].revents ? WAITED_READY : WAITED_TIME;
}
