// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deviations that an administrator may allow a port, and that router A's hardware is said to have.
 * Where there is one, router B is asked what it makes of a stand-in, a frame that needs no
 * deviation, and A's frame is put back by the one difference there is to be; all else must be equal
 * as ever. Only frames that are for the hardware get this, and nothing else is allowed:
 *
 *  ttl-unchanged	leaves with the TTL it came with: one more than B's, and an IPv4 header checksum
 *			as before the decrement. With a TTL of 0 or 1 it is forwarded: the stand-in
 *			has 64.
 *  no-fin-rst		FIN and RST are forwarded and the connection stays: the stand-in has neither.
 *  fragments		the first fragment of a packet is forwarded, the others wait for it at the CPU
 *			in vain: the stand-in is that fragment as a packet of its own, alone.
 *  any-tag		tags behind those of the connection are not looked at, and stay: the stand-in
 *			has none.
 *  no-tags		tags and a PPPoE header are not looked at, and all taken off: the stand-in has the tags
 *			of the connection.
 *  keep-dei		the outermost tag leaves drop eligible if the one in its place was: that of the
 *			stand-in is not.
 *
 * A checksum over a field in which stand-in and frame differ was made twice, so it may be zero in
 * one and 0xffff in the other, which is the same: both must be right, and then are not compared.
 */
#include <string.h>
#include <netinet/in.h>

#include "twin.h"
#include "util.h"

#define FIN_RST		(FRAME_FIN | FRAME_RST)
#define STAND_IN_TTL	64

static bool later_fragment(const struct frame_spec *s)
{
	return s->frag && s->frag_off;
}

/* Returns whether @s now is another frame. */
static bool stand_in(const struct twin *tw, int dir, struct frame_spec *s)
{
	const struct frame_spec old = *s;

	if (tw->allow & TWIN_TTL_UNCHANGED && s->ttl <= 1)
		s->ttl = STAND_IN_TTL;
	if (tw->allow & TWIN_NO_FIN_RST)
		s->flags &= ~FIN_RST;
	if (tw->allow & TWIN_FRAGMENTS)
		s->frag = s->more = false;
	if (tw->allow & TWIN_ANY_TAG)
		s->vlans = tw->tags[SIDE_ENTER(dir)].n;
	if (tw->allow & TWIN_NO_TAGS) {
		s->pppoe = 0;
		s->vlans = tw->tags[SIDE_ENTER(dir)].n;
		memcpy(s->vlan, tw->tags[SIDE_ENTER(dir)].tag, s->vlans * sizeof(s->vlan[0]));
	}
	if (tw->allow & TWIN_KEEP_DEI && s->vlans)
		s->vlan[0].tci &= ~FRAME_TAG_DEI;
	return s->ttl != old.ttl || s->flags != old.flags || s->frag != old.frag ||
	       s->vlans != old.vlans || s->pppoe != old.pppoe || memcmp(s->vlan, old.vlan, s->vlans * sizeof(s->vlan[0]));
}

/**
 * twin_stand_ins() - what router B is asked instead
 * @tw: the run
 * @c: what router A gets
 * @b: for router B; equal to @c if there is no deviation
 * @from: by frame of @b the number of the frame of @c it stands for
 *
 * Return: whether @b is another case.
 */
bool twin_stand_ins(const struct twin *tw, const struct twin_case *c, struct twin_case *b,
		    unsigned int *from)
{
	bool hw[TWIN_FRAMES], first = false, other = false;
	unsigned int i;

	for (i = 0; i < c->n; i++) {
		hw[i] = tw->open && tw->allow && twin_for_hardware(tw, c->dir, &c->f[i]);
		first |= hw[i] && c->f[i].frag;
	}
	*b = *c;
	b->n = 0;
	for (i = 0; i < c->n; i++) {
		if (first && later_fragment(&c->f[i])) {
			other = true;
			continue;
		}
		from[b->n] = i;
		b->f[b->n] = c->f[i];
		if (hw[i])
			other |= stand_in(tw, c->dir, &b->f[b->n]);
		b->n++;
	}
	return other;
}

/* One's complement update of a checksum, RFC 1624. */
static void update_csum(uint8_t *csum, uint16_t old, uint16_t new)
{
	uint32_t sum = (uint16_t)~frame_get16(csum) + (uint16_t)~old + (uint32_t)new;

	frame_put16(csum, frame_csum_fold(sum));
}

static void set_ttl(const struct frame_info *fi, uint8_t *ip, uint8_t ttl)
{
	uint16_t old = frame_get16(ip + 8);

	if (fi->t.family == 6) {
		ip[7] = ttl;
		return;
	}
	ip[8] = ttl;
	update_csum(ip + 10, old, frame_get16(ip + 8));
}

/* As the kernel does it, down to which zero it makes. */
static void decrement_ttl(const struct frame_info *fi, uint8_t *ip)
{
	uint32_t csum;

	if (fi->t.family == 6) {
		ip[7]--;
		return;
	}
	ip[8]--;
	csum = frame_get16(ip + 10) + 0x100u;
	frame_put16(ip + 10, csum + (csum >= 0xffff));
}

/* A checksum that is right in both frames says the same, whichever zero it is. */
static void settle_csum(struct twin_frame *a, struct twin_frame *b, bool l4)
{
	struct frame_info fa, fb;
	size_t at;

	frame_parse(a->data, a->len, &fa);
	frame_parse(b->data, b->len, &fb);
	if (l4) {
		if (!fa.l4_csum_ok || !fb.l4_csum_ok || !fa.payload || fa.l4 != fb.l4)
			return;
		at = fa.l4 + frame_l4_csum_at(fa.t.proto);
	} else {
		if (fa.t.family != 4 || fb.t.family != 4 || !fa.ip_csum_ok || !fb.ip_csum_ok ||
		    fa.l3 != fb.l3)
			return;
		at = fa.l3 + 10;
	}
	frame_put16(a->data + at, 0);
	frame_put16(b->data + at, 0);
}

static void cut_out(struct twin_frame *f, size_t at, size_t len)
{
	memmove(f->data + at, f->data + at + len, f->len - at - len);
	f->len -= len;
}

/* The tags that were too many are still there, behind those that were put on. */
static void even_tags(const struct twin *tw, int dir, const struct frame_spec *sent,
		      struct twin_frame *a)
{
	const struct twin_tags *enter = &tw->tags[SIDE_ENTER(dir)];
	const struct twin_tags *leave = &tw->tags[SIDE_LEAVE(dir)];
	unsigned int more = sent->vlans - enter->n, i;
	struct frame_info fi;

	frame_parse(a->data, a->len, &fi);
	if (fi.vlans != leave->n + more || fi.vlans > FRAME_TAG_MAX)
		return;
	for (i = 0; i < more; i++)
		if (memcmp(&fi.vlan[leave->n + i], &sent->vlan[enter->n + i], sizeof(fi.vlan[0])))
			return;
	cut_out(a, FRAME_ETH_LEN - 2 + 4 * leave->n, 4 * more);
}

static void even_dei(struct twin_frame *a)
{
	struct frame_info fi;

	frame_parse(a->data, a->len, &fi);
	if (fi.vlans)
		a->data[FRAME_ETH_LEN] &= ~(FRAME_TAG_DEI >> 8);
}

static void even_ttl(const struct frame_spec *sent, const struct frame_spec *stood_in,
		     struct twin_frame *a, struct twin_frame *b)
{
	struct frame_info fi;

	frame_parse(a->data, a->len, &fi);
	if (!fi.t.family || fi.ttl != sent->ttl)
		return;
	if (sent->ttl == stood_in->ttl) {
		decrement_ttl(&fi, a->data + fi.l3);
		return;
	}
	set_ttl(&fi, a->data + fi.l3, stood_in->ttl - 1);
	settle_csum(a, b, false);
}

static void even_fragment(struct twin_frame *a, struct twin_frame *b)
{
	struct frame_info fi;
	uint8_t *ip;

	frame_parse(a->data, a->len, &fi);
	if (!fi.more || fi.frag_off || fi.options)
		return;
	ip = a->data + fi.l3;
	if (fi.t.family == 4) {
		update_csum(ip + 10, 0x2000, 0);
		ip[6] &= ~0x20;
		settle_csum(a, b, false);
		return;
	}
	ip[6] = ip[40];
	frame_put16(ip + 4, frame_get16(ip + 4) - 8);
	cut_out(a, fi.l3 + 40, 8);
}

static void even_flags(const struct frame_spec *sent, struct twin_frame *a, struct twin_frame *b)
{
	struct frame_info fi;
	uint8_t *tcp;

	frame_parse(a->data, a->len, &fi);
	if (!fi.payload || (fi.flags & FIN_RST) != (sent->flags & FIN_RST))
		return;
	tcp = a->data + fi.l4;
	tcp[13] &= ~FIN_RST;
	update_csum(tcp + 16, fi.flags & FIN_RST, 0);
	settle_csum(a, b, true);
}

/* @a is what became of @sent, @b of what stood in for it. */
static void even_frame(const struct twin *tw, int dir, const struct frame_spec *sent,
		       const struct frame_spec *stood_in, struct twin_frame *a, struct twin_frame *b)
{
	if (tw->allow & TWIN_ANY_TAG && sent->vlans != stood_in->vlans)
		even_tags(tw, dir, sent, a);
	if (tw->allow & TWIN_KEEP_DEI && sent->vlan[0].tci != stood_in->vlan[0].tci)
		even_dei(a);
	if (tw->allow & TWIN_TTL_UNCHANGED)
		even_ttl(sent, stood_in, a, b);
	if (sent->frag != stood_in->frag)
		even_fragment(a, b);
	if (sent->flags != stood_in->flags)
		even_flags(sent, a, b);
}

static struct twin_frame *next_of_side(struct twin_capture *cap, int side, unsigned int *at)
{
	while (*at < cap->n)
		if (cap->f[(*at)++].side == side)
			return &cap->f[*at - 1];
	return NULL;
}

/**
 * twin_even_out() - takes from router A's frames what it is allowed to do otherwise
 *
 * Also while the connection is opened: it may be in hardware at any time.
 *
 * @tw: the run, with both captures
 * @c: what router A got
 * @b: what router B got, from twin_stand_ins()
 * @from: by frame of @b the number of the frame of @c it stands for
 */
void twin_even_out(struct twin *tw, const struct twin_case *c, const struct twin_case *b,
		   const unsigned int *from)
{
	int side = SIDE_LEAVE(c->dir);
	unsigned int at[2] = {}, n = 0, i;
	struct twin_frame *fa, *fb;
	struct frame_spec fence;

	if (!tw->allow || !tw->hw[c->dir])
		return;
	twin_base(tw, c->dir, &fence);
	while ((fa = next_of_side(&tw->cap[0], side, &at[0])) &&
	       (fb = next_of_side(&tw->cap[1], side, &at[1]))) {
		if (fa->fence && fb->fence) {
			even_frame(tw, c->dir, &fence, &fence, fa, fb);
			continue;
		}
		i = n++;
		if (i < b->n && twin_for_hardware(tw, c->dir, &c->f[from[i]]))
			even_frame(tw, c->dir, &c->f[from[i]], &b->f[i], fa, fb);
	}
}

unsigned int twin_allow_arg(char *list)
{
	static const struct {
		const char *name;
		unsigned int bit;
	} words[] = {
		{ "ttl-unchanged", TWIN_TTL_UNCHANGED },
		{ "no-fin-rst", TWIN_NO_FIN_RST },
		{ "fragments", TWIN_FRAGMENTS },
		{ "any-tag", TWIN_ANY_TAG },
		{ "keep-dei", TWIN_KEEP_DEI },
		{ "no-tags", TWIN_NO_TAGS },
	};
	unsigned int allow = 0, i;
	char *word;

	for (word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		for (i = 0; i < ARRAY_SIZE(words) && strcmp(word, words[i].name); i++)
			;
		if (i == ARRAY_SIZE(words))
			die("--allow: there is no \"%s\"", word);
		allow |= words[i].bit;
	}
	return allow;
}
