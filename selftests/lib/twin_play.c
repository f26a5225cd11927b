// SPDX-License-Identifier: GPL-2.0-only
/*
 * Plays a case to a router and captures what comes out.
 *
 * How do we know that a router is done with a case, also when it dropped it? Two fences follow
 * the case on the same device. The echo fence is a ping of the router's own address: it takes the
 * way through the CPU, behind all that was handed to the CPU before. The flow fence is an ordinary
 * packet of the connection: it takes the way through the hardware, if there is one. When both have
 * come out again, so has everything else. XDP takes frames in by the batch and hands on what it
 * forwards before the CPU gets the rest: there the flow fence waits until the echo is back.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <netinet/in.h>

#include "twin.h"
#include "util.h"

#define FENCE_ID	0x7717
#define FENCE_TIMEOUT	3000000	/* us */

static const uint8_t fence_magic[8] = "twinfenc";

enum { FENCE_ECHO = 1, FENCE_FLOW = 2 };

void twin_open_ports(struct twin *tw)
{
	unsigned int r, side;

	for (r = 0; r < 2; r++) {
		tw->r[r].name = 'A' + r;
		for (side = 0; side < 2; side++)
			rawsock_open(&tw->r[r].port[side], tw->ifname[r][side]);
	}
}

unsigned int twin_drops(struct twin *tw)
{
	unsigned int r, side, drops = 0;

	for (r = 0; r < 2; r++)
		for (side = 0; side < 2; side++)
			drops += rawsock_drops(&tw->r[r].port[side]);
	return drops;
}

static void send_spec(struct twin_router *r, int dir, const struct frame_spec *s)
{
	struct rawsock *rs = &r->port[SIDE_ENTER(dir)];
	struct frame_offload off;
	uint8_t buf[FRAME_MAX];
	size_t len = frame_build(s, buf, sizeof(buf));
	int err;

	if (!len)
		die("a frame that cannot be built");
	frame_offload(s, &off);
	err = rawsock_send(rs, buf, len, &off);
	if (err == -EINVAL && off.gso_type && s->t.proto == IPPROTO_UDP)
		r->refused++;	/* before 6.2 */
	else if (err)
		die("%s: sending %zu bytes: %s", rs->name, len, strerror(-err));
}

static void send_echo_fence(struct twin *tw, struct twin_router *r, int dir)
{
	size_t alen = frame_addr_len(tw->first.family);
	struct frame_spec s;

	twin_base(tw, dir, &s);
	s.t.proto = s.t.family == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	s.t.sport = s.t.dport = 0;
	memcpy(s.t.src, dir == DIR_ORIG ? tw->first.src : tw->enter[DIR_REPLY].src, alen);
	memcpy(s.t.dst, tw->router_addr[SIDE_ENTER(dir)], alen);
	s.icmp_type = s.t.family == 6 ? 128 : 8;
	s.seq = FENCE_ID << 16 | tw->fences;
	s.len = s.head_len = sizeof(fence_magic);
	memcpy(s.head, fence_magic, sizeof(fence_magic));
	send_spec(r, dir, &s);
}

static void make_flow_fence(const struct twin *tw, int dir, struct frame_spec *s)
{
	twin_base(tw, dir, s);
	s->flags = FRAME_ACK | FRAME_PSH;
	s->len = s->head_len = sizeof(fence_magic) + 2;
	memcpy(s->head, fence_magic, sizeof(fence_magic));
	frame_put16(s->head + sizeof(fence_magic), tw->fences);
}

/* FENCE_* if the frame is the current fence, -1 if it is the routers' own talk, else 0 */
static int classify(const struct twin *tw, const struct twin_frame *f)
{
	const struct twin_tags *tags = &tw->tags[f->side];
	struct frame_info fi;

	frame_parse(f->data, f->len, &fi);
	if (fi.ethertype == 0x0806 && (!fi.vlans || frame_has_tags(&fi, tags->tag, tags->n)))
		return -1;
	if (fi.t.proto == IPPROTO_ICMPV6 && fi.t.family == 6 &&
	    ((fi.icmp_type >= 130 && fi.icmp_type <= 137) || fi.icmp_type == 143))
		return -1;
	if (!fi.t.family || !fi.payload || f->len < fi.payload + sizeof(fence_magic) ||
	    memcmp(f->data + fi.payload, fence_magic, sizeof(fence_magic)))
		return 0;
	if (fi.icmp_type == (fi.t.family == 6 ? 129 : 0) && fi.seq >> 16 == FENCE_ID)
		return (fi.seq & 0xffff) == tw->fences ? FENCE_ECHO : 0;
	if (fi.has_ports && f->len >= fi.payload + sizeof(fence_magic) + 2 &&
	    frame_get16(f->data + fi.payload + sizeof(fence_magic)) == tw->fences)
		return FENCE_FLOW;
	return 0;
}

static void say_frame(const char *what, const struct twin_frame *f)
{
	char text[512];

	twin_say("%s: %s", what, frame_decode(f->data, f->len, text, sizeof(text)));
}

/* Takes in what has arrived. Returns the fences seen. */
static int take(struct twin *tw, struct twin_router *r, struct twin_capture *cap)
{
	struct twin_frame *f, spill;
	int side, kind, seen = 0;

	for (side = 0; side < 2; side++) {
		for (;;) {
			f = cap->n < TWIN_CAPTURE ? &cap->f[cap->n] : &spill;
			f->len = rawsock_recv(&r->port[side], f->data, sizeof(f->data),
					      &f->off);
			if (!f->len)
				break;
			f->side = side;
			kind = classify(tw, f);
			if (kind < 0) {
				if (tw->verbose)
					say_frame("ignored", f);
				r->ignored++;
				continue;
			}
			f->fence = kind == FENCE_FLOW;
			seen |= kind;
			if (kind == FENCE_ECHO)
				continue;
			if (f == &spill)
				cap->overflow = true;
			else
				cap->n++;
		}
	}
	return seen;
}

void twin_play(struct twin *tw, struct twin_router *r, const struct twin_case *c,
	       struct twin_capture *cap)
{
	int want = FENCE_ECHO | (tw->open ? FENCE_FLOW : 0), seen = 0;
	bool flow_due = tw->open;
	struct frame_spec fence;
	uint64_t deadline = now_us() + FENCE_TIMEOUT;
	struct pollfd pfd[2] = {
		{ .fd = r->port[SIDE_IN].fd, .events = POLLIN },
		{ .fd = r->port[SIDE_OUT].fd, .events = POLLIN },
	};
	unsigned int i;

	cap->n = 0;
	cap->overflow = false;
	cap->lost_fence = NULL;
	take(tw, r, cap);
	r->late += cap->n;
	for (i = 0; i < cap->n; i++)
		say_frame("late", &cap->f[i]);
	cap->n = 0;
	for (i = 0; i < c->n; i++)
		send_spec(r, c->dir, &c->f[i]);
	send_echo_fence(tw, r, c->dir);
	make_flow_fence(tw, c->dir, &fence);
	for (;;) {
		if (tw->hw_overtakes)
			seen |= take(tw, r, cap);
		if (flow_due && (seen & FENCE_ECHO || !tw->hw_overtakes)) {
			send_spec(r, c->dir, &fence);
			flow_due = false;
		}
		seen |= take(tw, r, cap);
		if ((seen & want) == want || now_us() >= deadline)
			break;
		poll(pfd, 2, 50);
	}
	take(tw, r, cap);
	if ((seen & want) != want)
		cap->lost_fence = seen & FENCE_ECHO ? "flow" : seen & FENCE_FLOW ? "echo" : "both";
}

/* Into tw->cap[0] and tw->cap[1], evened out. */
void twin_play_both(struct twin *tw, const struct twin_case *c)
{
	uint64_t refused = tw->r[0].refused;
	unsigned int i, from[TWIN_FRAMES];
	struct frame_spec fence;
	struct twin_case b;

	twin_stand_ins(tw, c, &b, from);
	tw->fences++;
	twin_play(tw, &tw->r[0], c, &tw->cap[0]);
	twin_play(tw, &tw->r[1], &b, &tw->cap[1]);
	for (i = 0; i < 2; i++)
		twin_normalise(&tw->cap[i]);
	twin_even_out(tw, c, &b, from);
	if (!tw->open)
		return;
	for (i = 0; i < c->n && tw->r[0].refused == refused; i++)
		tw->for_hw += twin_for_hardware(tw, c->dir, &c->f[i]);
	make_flow_fence(tw, c->dir, &fence);
	tw->for_hw += twin_for_hardware(tw, c->dir, &fence);
}
