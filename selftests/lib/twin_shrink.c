// SPDX-License-Identifier: GPL-2.0-only
/* Makes a failing case as small and ordinary as it can be while it still fails, and prints it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <netinet/in.h>

#include "twin.h"
#include "util.h"

#define HEX_MAX	256

#define FIELD(m)	{ #m, offsetof(struct frame_spec, m), sizeof(((struct frame_spec *)0)->m) }

/* Set back to those of an ordinary packet one by one; order matters little. */
static const struct {
	const char *name;
	size_t at, size;
} fields[] = {
	FIELD(cut), FIELD(trail), FIELD(len_delta), FIELD(udp_len_delta), FIELD(version),
	FIELD(ihl), FIELD(doff), FIELD(vlans), FIELD(vlan), FIELD(pppoe), FIELD(ethertype), FIELD(dmac),
	FIELD(smac), FIELD(t), FIELD(tos), FIELD(ttl), FIELD(id), FIELD(df), FIELD(evil),
	FIELD(flow_label), FIELD(ip_csum), FIELD(l4_csum), FIELD(opt_len), FIELD(exts),
	FIELD(tcp_opt_len), FIELD(seq), FIELD(ack), FIELD(flags), FIELD(window), FIELD(urg),
	FIELD(len), FIELD(fill), FIELD(frag), FIELD(gso_size), FIELD(partial),
};

void twin_say(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

/* For --mutate: pretends that router A had made a mistake in one case of the random phase. */
static void spoil(struct twin *tw, const struct twin_case *c)
{
	struct rng r;

	if (tw->mutation == MUT_NONE || !tw->mutating ||
	    (c->cat != CAT_PLAIN && c->cat != CAT_BURST))
		return;
	if (tw->mutated >= 0 && (unsigned int)tw->mutated != c->index)
		return;
	rng_init(&r, tw->seed, ~1ull);
	if (twin_mutate(tw->mutation, &r, &tw->cap[0]))
		tw->mutated = c->index;
}

bool twin_fails(struct twin *tw, const struct twin_case *c, char *why, size_t size)
{
	twin_play_both(tw, c);
	spoil(tw, c);
	return twin_differ(tw, &tw->cap[0], &tw->cap[1], why, size);
}

/* What is longer than the MTU can only be sent as GSO. */
static bool can_send(const struct twin *tw, const struct twin_case *c)
{
	struct frame_offload off;
	uint8_t buf[FRAME_MAX];
	unsigned int i;
	size_t len;

	for (i = 0; i < c->n; i++) {
		len = frame_build(&c->f[i], buf, sizeof(buf));
		frame_offload(&c->f[i], &off);
		if (!len || (!off.gso_type && len > FRAME_ETH_LEN + 4u * c->f[i].vlans +
					    twin_ingress_mtu(tw, c->dir)))
			return false;
	}
	return true;
}

static bool try_case(struct twin *tw, const struct twin_case *c)
{
	char why[160];

	return can_send(tw, c) && twin_fails(tw, c, why, sizeof(why));
}

static void shrink_frames(struct twin *tw, struct twin_case *c)
{
	struct twin_case t;
	unsigned int i;

	for (i = 0; i < c->n && c->n > 1; ) {
		t = *c;
		memmove(&t.f[i], &t.f[i + 1], (t.n - i - 1) * sizeof(t.f[0]));
		t.n--;
		if (try_case(tw, &t))
			*c = t;
		else
			i++;
	}
}

static void shrink_fields(struct twin *tw, struct twin_case *c, struct frame_spec *s)
{
	struct frame_spec base, old;
	unsigned int i;

	twin_base(tw, c->dir, &base);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		uint8_t *p = (uint8_t *)s + fields[i].at, *q = (uint8_t *)&base + fields[i].at;

		if (!memcmp(p, q, fields[i].size))
			continue;
		old = *s;
		memcpy(p, q, fields[i].size);
		if (!try_case(tw, c))
			*s = old;
	}
}

/* Shorter payload and fewer flags, as long as it fails. */
static void shrink_numbers(struct twin *tw, struct twin_case *c, struct frame_spec *s)
{
	struct frame_spec old;
	unsigned int bit, step;

	for (step = s->len; step; step /= 2) {
		while (s->len >= step) {
			old = *s;
			s->len -= step;
			if (try_case(tw, c))
				continue;
			*s = old;
			break;
		}
	}
	for (bit = 1; bit < 0x1000; bit <<= 1) {
		if (!(s->flags & bit) || bit == FRAME_ACK)
			continue;
		old = *s;
		s->flags &= ~bit;
		if (!try_case(tw, c))
			*s = old;
	}
}

static void say_hex(const uint8_t *buf, size_t len)
{
	frame_hex(stdout, "#   ", buf, len < HEX_MAX ? len : HEX_MAX);
	if (len > HEX_MAX)
		twin_say("  and %zu more", len - HEX_MAX);
}

static void print_case(const struct twin_case *c, const char *what, bool hex)
{
	uint8_t buf[FRAME_MAX];
	char text[512];
	unsigned int i;
	size_t len;

	for (i = 0; i < c->n; i++) {
		len = frame_build(&c->f[i], buf, sizeof(buf));
		twin_say("%s: %s%s gso %u", what, frame_decode(buf, len, text, sizeof(text)),
			 c->f[i].partial ? ", partial" : "", c->f[i].gso_size);
		if (hex)
			say_hex(buf, len);
	}
}

static void print_sent(const struct twin *tw, const struct twin_case *c)
{
	unsigned int from[TWIN_FRAMES];
	struct twin_case b;

	if (!twin_stand_ins(tw, c, &b, from)) {
		print_case(c, "sent to both", true);
		return;
	}
	print_case(c, "sent to A", true);
	print_case(&b, "sent to B, which has no deviation", true);
}

static void print_capture(const struct twin_router *r, const struct twin_capture *cap)
{
	char text[512];
	unsigned int i;

	for (i = 0; i < cap->n; i++) {
		const struct twin_frame *f = &cap->f[i];

		twin_say("%c emits out of \"%s\"%s: %s%s gso %u", r->name,
			 f->side == SIDE_IN ? "in" : "out", f->fence ? " (fence)" : "",
			 frame_decode(f->data, f->len, text, sizeof(text)),
			 f->off.partial ? ", partial" : "", f->off.gso_size);
		if (!f->fence)
			say_hex(f->data, f->len);
	}
	if (!cap->n)
		twin_say("%c emits nothing", r->name);
}

/* Shrinks a copy of @c, which has just failed because of @why, and prints all there is to know. */
void twin_report(struct twin *tw, const struct twin_case *c, const char *why)
{
	static struct twin_capture first[2];
	struct twin_case small = *c;
	char again[160];
	unsigned int i;
	bool stable;

	memcpy(first, tw->cap, sizeof(first));
	twin_say("MISMATCH: seed %llu index %u (%s, %s): %s", (unsigned long long)tw->seed,
		 c->index, twin_cat_name[c->cat], c->dir == DIR_ORIG ? "original" : "reply", why);
	stable = twin_fails(tw, c, again, sizeof(again));
	if (stable) {
		shrink_frames(tw, &small);
		for (i = 0; i < small.n; i++) {
			shrink_fields(tw, &small, &small.f[i]);
			shrink_numbers(tw, &small, &small.f[i]);
		}
		stable = twin_fails(tw, &small, again, sizeof(again));
	}
	if (!stable) {
		twin_say("it does not fail again; this is how it was:");
		print_sent(tw, c);
		print_capture(&tw->r[0], &first[0]);
		print_capture(&tw->r[1], &first[1]);
		return;
	}
	print_case(c, "as generated", false);
	twin_say("shrunk, still failing: %s", again);
	print_sent(tw, &small);
	print_capture(&tw->r[0], &tw->cap[0]);
	print_capture(&tw->r[1], &tw->cap[1]);
}
