// SPDX-License-Identifier: GPL-2.0-only
/*
 * twin - the same frames into two routers; what comes out must be equal byte for byte
 *
 *	           in-a  +----------+  out-a
 *	        +--------| router A |--------+      A: flags offload, over the model NIC
 *	 twin --+        +----------+        +-- twin
 *	 (C)    +--------| router B |--------+  (S) B: the same without
 *	           in-b  +----------+  out-b
 *
 * twin runs in the namespace that owns the four far ends and speaks for the client C behind "in"
 * and the server S behind "out". Exit status 0: equal, 1: a mismatch or too little forwarded,
 * 2: it could not be tried.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "twin.h"
#include "util.h"

/* Counts what became of a case, by router B, which does it the way it always was done. */
static void count_case(struct twin *tw, const struct twin_case *c)
{
	struct twin_count *n = &tw->counts[c->cat];
	bool far = false, near = false;
	unsigned int i;

	for (i = 0; i < tw->cap[1].n; i++) {
		if (tw->cap[1].f[i].fence)
			continue;
		if (tw->cap[1].f[i].side == SIDE_LEAVE(c->dir))
			far = true;
		else
			near = true;
	}
	n->cases++;
	n->frames += c->n;
	if (far)
		n->forwarded++;
	else if (near)
		n->punted++;
	else
		n->dropped++;
}

static void say_case(const struct twin *tw, const struct twin_case *c)
{
	uint8_t buf[FRAME_MAX];
	char text[512];
	size_t len = frame_build(&c->f[0], buf, sizeof(buf));

	twin_say("%u %s: %s; out of A %u frames, out of B %u", c->index, twin_cat_name[c->cat],
		 frame_decode(buf, len, text, sizeof(text)), tw->cap[0].n, tw->cap[1].n);
}

/* Returns false when it is time to stop. */
static bool run_case(struct twin *tw, const struct twin_case *c)
{
	char why[160];
	bool bad = twin_fails(tw, c, why, sizeof(why));

	count_case(tw, c);
	if (tw->verbose)
		say_case(tw, c);
	if (!bad)
		return true;
	tw->mismatches++;
	twin_report(tw, c, why);
	return tw->mismatches < tw->max_mismatches;
}

/* Bytes alone do not tell who forwarded them. */
static void check_hardware(struct twin *tw)
{
	if (!twin_is_ready(tw, false)) {
		twin_say("MISMATCH: the flow is no longer where it was: %s", tw->ready);
		twin_is_ready(tw, true);
		tw->mismatches++;
	}
	if (!tw->hw_counter)
		return;
	tw->by_hw = twin_hw_counter(tw) - tw->by_hw;
	if (tw->by_hw == tw->for_hw)
		return;
	twin_say("MISMATCH: %llu frames were for the hardware, it forwarded %llu",
		 (unsigned long long)tw->for_hw, (unsigned long long)tw->by_hw);
	tw->mismatches++;
}

static bool wanted(const struct twin *tw, unsigned int index)
{
	return tw->only_index < 0 || (unsigned int)tw->only_index == index;
}

static bool run_random(struct twin *tw)
{
	struct twin_case c;
	unsigned int i;
	bool go = true;

	for (i = 0; i < tw->count && go; i++) {
		if (!wanted(tw, i))
			continue;
		twin_generate(tw, i, &c);
		go = run_case(tw, &c);
	}
	return go;
}

/* As long as the hardware forwards FIN and RST, one that the CPU sees would end the comparison. */
static bool run_finrst(struct twin *tw)
{
	struct twin_case c;
	unsigned int i;
	bool go = true;

	for (i = 0; i < tw->finrst && go; i++) {
		if (!wanted(tw, TWIN_FINRST_INDEX + i))
			continue;
		twin_generate_finrst(tw, TWIN_FINRST_INDEX + i, &c);
		if (!tw->open || twin_for_hardware(tw, c.dir, &c.f[0]))
			go = run_case(tw, &c);
	}
	return go;
}

static void run(struct twin *tw)
{
	bool keeps = tw->allow & TWIN_NO_FIN_RST, go;

	tw->mutating = true;
	tw->for_hw = 0;
	tw->by_hw = tw->hw_counter ? twin_hw_counter(tw) : 0;
	go = run_random(tw);
	if (!keeps) {
		if (go && !tw->mismatches)
			check_hardware(tw);
		tw->open = false;
	}
	go = go && run_finrst(tw);
	if (keeps && go && !tw->mismatches)
		check_hardware(tw);
}

static int verdict(struct twin *tw)
{
	struct twin_count sum = {};
	unsigned int i, drops = twin_drops(tw);
	const char *word = "ok";

	for (i = 0; i < CATS; i++) {
		const struct twin_count *n = &tw->counts[i];

		if (!n->cases)
			continue;
		twin_say("%-10s cases %5u  frames %5u  forwarded %5u  answered %5u  dropped %5u",
			 twin_cat_name[i], n->cases, n->frames, n->forwarded, n->punted,
			 n->dropped);
		sum.cases += n->cases;
		sum.frames += n->frames;
		sum.forwarded += n->forwarded;
		sum.punted += n->punted;
		sum.dropped += n->dropped;
	}
	if (drops)
		word = "FAIL (our own sockets dropped frames)";
	else if (tw->mismatches)
		word = "FAIL (mismatch)";
	else if (tw->r[0].late || tw->r[1].late)
		word = "FAIL (frames came out long after their cause)";
	else if (sum.forwarded < tw->min_forwarded)
		word = "FAIL (too little forwarded)";
	printf("twin: %s seed=%llu cases=%u frames=%u forwarded=%u answered=%u dropped=%u "
	       "mismatches=%u for_hw=%llu ignored_a=%llu ignored_b=%llu late_a=%llu late_b=%llu "
	       "socket_drops=%u refused=%llu\n", word, (unsigned long long)tw->seed, sum.cases, sum.frames,
	       sum.forwarded, sum.punted, sum.dropped, tw->mismatches,
	       (unsigned long long)tw->for_hw, (unsigned long long)tw->r[0].ignored,
	       (unsigned long long)tw->r[1].ignored, (unsigned long long)tw->r[0].late,
	       (unsigned long long)tw->r[1].late, drops,
	       (unsigned long long)tw->r[0].refused);
	return strcmp(word, "ok") ? EXIT_BAD : 0;
}

/* One sender on one CPU, so that the routers, too, work in order. */
static void stay_on_one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("staying on one CPU: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	static struct twin tw;

	twin_parse(&tw, argc, argv);
	twin_say("seed %llu", (unsigned long long)tw.seed);
	stay_on_one_cpu();
	twin_open_ports(&tw);
	twin_connect(&tw);
	twin_wait_ready(&tw);
	run(&tw);
	return verdict(&tw);
}
