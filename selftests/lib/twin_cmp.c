// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether two captures are equal. What two equal routers may legitimately emit differently is
 * evened out here, and nothing else:
 *
 *  1. A layer 4 checksum that is left to the device (CHECKSUM_PARTIAL) is filled in, the way a
 *     device does it, from what the field holds: the routers may have different devices.
 *  2. The IPv4 identification of ICMP messages, and with it their header checksum: the kernel draws
 *     it from a counter with a random start. They are all the router's own, none are sent through.
 *  3. The identification of IPv6 fragments: the kernel reassembles fragments for conntrack and
 *     cuts them anew, with a random identification.
 *
 * And what --allow says of router A, in twin_allow.c.
 */
#include <stdio.h>
#include <string.h>
#include <netinet/in.h>

#include "twin.h"
#include "util.h"

static void fill_csum(struct twin_frame *f)
{
	size_t start = f->off.csum_start, at = start + f->off.csum_offset;
	uint16_t csum;

	if (at + 2 > f->len)
		return;
	csum = frame_csum_fold(frame_csum_add(0, f->data + start, f->len - start));
	if (!csum && f->off.csum_offset == 6)	/* UDP */
		csum = 0xffff;
	frame_put16(f->data + at, csum);
}

void twin_normalise(struct twin_capture *cap)
{
	struct frame_info fi;
	unsigned int i;

	for (i = 0; i < cap->n; i++) {
		struct twin_frame *f = &cap->f[i];

		frame_parse(f->data, f->len, &fi);
		if (f->off.partial)
			fill_csum(f);
		if (fi.t.family == 4 && fi.t.proto == IPPROTO_ICMP) {
			frame_put16(f->data + fi.l3 + 4, 0);
			frame_put16(f->data + fi.l3 + 10, 0);
		}
		if (fi.t.family == 6 && fi.frag && !fi.options)
			frame_put32(f->data + fi.l3 + 44, 0);
	}
}

static const struct twin_frame *nth_of_side(const struct twin_capture *cap, int side,
					    unsigned int n)
{
	unsigned int i;

	for (i = 0; i < cap->n; i++)
		if (cap->f[i].side == side && n-- == 0)
			return &cap->f[i];
	return NULL;
}

static size_t first_difference(const struct twin_frame *a, const struct twin_frame *b)
{
	size_t i;

	for (i = 0; i < a->len && i < b->len; i++)
		if (a->data[i] != b->data[i])
			break;
	return i;
}

bool twin_differ(const struct twin *tw, const struct twin_capture *a,
		 const struct twin_capture *b, char *why, size_t size)
{
	static const char *const side_name[] = { "in", "out" };
	const struct twin_frame *fa, *fb;
	unsigned int side, n;

	for (side = 0; side < 2; side++) {
		for (n = 0; ; n++) {
			fa = nth_of_side(a, side, n);
			fb = nth_of_side(b, side, n);
			if (!fa && !fb)
				break;
			if (!fa || !fb) {
				snprintf(why, size, "%c sends a frame out of \"%s\", %c does not",
					 tw->r[!fa].name, side_name[side], tw->r[!!fa].name);
				return true;
			}
			if (fa->off.gso_type != fb->off.gso_type ||
			    fa->off.gso_size != fb->off.gso_size) {
				snprintf(why, size, "frame %u out of \"%s\" is cut otherwise: "
					 "gso %u:%u, %u:%u", n + 1, side_name[side],
					 fa->off.gso_type, fa->off.gso_size, fb->off.gso_type,
					 fb->off.gso_size);
				return true;
			}
			if (fa->len == fb->len && !memcmp(fa->data, fb->data, fa->len))
				continue;
			snprintf(why, size, "frame %u out of \"%s\" differs, first at byte %zu",
				 n + 1, side_name[side], first_difference(fa, fb));
			return true;
		}
	}
	if (a->lost_fence || b->lost_fence || a->overflow || b->overflow) {
		snprintf(why, size, "fence lost: A %s, B %s%s",
			 a->lost_fence ? a->lost_fence : "none",
			 b->lost_fence ? b->lost_fence : "none",
			 a->overflow || b->overflow ? "; too many frames" : "");
		return true;
	}
	return false;
}

/* Returns false if there is nothing in the capture that this mutation could spoil. */
bool twin_mutate(enum twin_mutation m, struct rng *r, struct twin_capture *cap)
{
	struct twin_frame *f, tmp;
	unsigned int i;

	for (i = 0; i < cap->n && cap->f[i].fence; i++)
		;
	if (i == cap->n)
		return false;
	f = &cap->f[i];
	switch (m) {
	case MUT_NONE:
		return false;
	case MUT_BYTE:
		f->data[rng_below(r, f->len)] ^= 1 << rng_below(r, 8);
		break;
	case MUT_DROP:
		memmove(f, f + 1, (cap->n - i - 1) * sizeof(*f));
		cap->n--;
		break;
	case MUT_DUP:
		if (cap->n == TWIN_CAPTURE)
			return false;
		cap->f[cap->n++] = *f;
		break;
	case MUT_SIDE:
		f->side = !f->side;
		break;
	case MUT_ORDER:
		if (i + 1 >= cap->n || f->side != f[1].side || f[1].fence ||
		    (f->len == f[1].len && !memcmp(f->data, f[1].data, f->len)))
			return false;
		tmp = f[0];
		f[0] = f[1];
		f[1] = tmp;
		break;
	}
	return true;
}

enum twin_mutation twin_mutation_arg(const char *text)
{
	static const char *const name[] = { [MUT_BYTE] = "byte", [MUT_DROP] = "drop",
					    [MUT_DUP] = "dup", [MUT_SIDE] = "side",
					    [MUT_ORDER] = "order" };
	unsigned int i;

	if (!text)
		return MUT_BYTE;
	for (i = MUT_BYTE; i < ARRAY_SIZE(name); i++)
		if (!strcmp(text, name[i]))
			return i;
	die("--mutate: \"%s\" is none of byte, drop, dup, side, order", text);
}
