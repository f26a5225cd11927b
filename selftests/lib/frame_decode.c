// SPDX-License-Identifier: GPL-2.0-only
/* Takes frames apart and tells them in one line. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <linux/if_ether.h>

#include "frame.h"

bool frame_tuple_eq(const struct frame_tuple *a, const struct frame_tuple *b)
{
	size_t alen = frame_addr_len(a->family);

	return a->family == b->family && a->proto == b->proto && a->sport == b->sport &&
	       a->dport == b->dport && !memcmp(a->src, b->src, alen) &&
	       !memcmp(a->dst, b->dst, alen);
}

struct frame_tuple frame_tuple_reverse(const struct frame_tuple *t)
{
	struct frame_tuple r = *t;

	memcpy(r.src, t->dst, sizeof(r.src));
	memcpy(r.dst, t->src, sizeof(r.dst));
	r.sport = t->dport;
	r.dport = t->sport;
	return r;
}

static bool is_ext(uint8_t nh)
{
	return nh == IPPROTO_HOPOPTS || nh == IPPROTO_DSTOPTS || nh == IPPROTO_ROUTING;
}

static void parse_ports(const uint8_t *p, size_t left, struct frame_info *fi)
{
	if (left < 4)
		return;
	fi->t.sport = frame_get16(p);
	fi->t.dport = frame_get16(p + 2);
	fi->has_ports = true;
}

static void parse_l4(const uint8_t *buf, struct frame_info *fi)
{
	const uint8_t *p = buf + fi->l4;
	size_t left = fi->end - fi->l4, hdr = 8;
	int at = frame_l4_csum_at(fi->t.proto);

	if (fi->t.proto == IPPROTO_TCP && left >= 20) {
		fi->seq = frame_get32(p + 4);
		fi->ack = frame_get32(p + 8);
		fi->flags = frame_get16(p + 12) & 0xfff;
		hdr = (p[12] >> 4) * 4;
		if (hdr < 20)
			hdr = 20;
	} else if (fi->t.proto == IPPROTO_ICMP || fi->t.proto == IPPROTO_ICMPV6) {
		fi->icmp_type = left > 0 ? p[0] : 0;
		fi->icmp_code = left > 1 ? p[1] : 0;
		if (left >= 8)
			fi->seq = frame_get32(p + 4);
	}
	if (fi->t.proto == IPPROTO_TCP || fi->t.proto == IPPROTO_UDP)
		parse_ports(p, left, fi);
	if (at < 0) {
		fi->payload = fi->l4;
		return;
	}
	if (left < hdr)
		return;
	fi->payload = fi->l4 + hdr;
	fi->l4_csum = frame_get16(p + at);
	if (fi->frag || fi->short_packet || (fi->t.proto == IPPROTO_UDP && !fi->l4_csum))
		return;
	fi->l4_csum_ok = frame_l4_csum(&fi->t, p, left) == 0;
}

static void parse_ipv4(const uint8_t *buf, size_t len, struct frame_info *fi)
{
	const uint8_t *ip = buf + fi->l3;
	size_t left = len - fi->l3, hdr, tot;

	if (left < 20 || ip[0] >> 4 != 4)
		return;
	hdr = (ip[0] & 0xf) * 4;
	tot = frame_get16(ip + 2);
	fi->t.family = 4;
	fi->t.proto = ip[9];
	memcpy(fi->t.src, ip + 12, 4);
	memcpy(fi->t.dst, ip + 16, 4);
	fi->tos = ip[1];
	fi->ttl = ip[8];
	fi->frag_id = frame_get16(ip + 4);
	fi->df = ip[6] & 0x40;
	fi->more = ip[6] & 0x20;
	fi->frag_off = (frame_get16(ip + 6) & 0x1fff) * 8;
	fi->frag = fi->more || fi->frag_off;
	fi->options = hdr != 20;
	fi->short_packet = hdr < 20 || hdr > left || tot < hdr || tot > left;
	fi->end = fi->l3 + (tot < left ? tot : left);
	if (hdr < 20 || hdr > left) {
		fi->ip_csum_ok = false;
		return;
	}
	fi->ip_csum_ok = frame_csum_fold(frame_csum_add(0, ip, hdr)) == 0;
	if (!fi->frag_off && fi->l3 + hdr <= fi->end)
		fi->l4 = fi->l3 + hdr;
}

static void parse_ipv6(const uint8_t *buf, size_t len, struct frame_info *fi)
{
	const uint8_t *ip = buf + fi->l3;
	size_t left = len - fi->l3, at = fi->l3 + 40, tot;
	uint8_t nh;

	if (left < 40 || ip[0] >> 4 != 6)
		return;
	tot = 40 + frame_get16(ip + 4);
	fi->t.family = 6;
	memcpy(fi->t.src, ip + 8, 16);
	memcpy(fi->t.dst, ip + 24, 16);
	fi->tos = (frame_get16(ip) >> 4) & 0xff;
	fi->ttl = ip[7];
	fi->short_packet = tot > left;
	fi->end = fi->l3 + (tot < left ? tot : left);
	nh = ip[6];
	while (is_ext(nh) || nh == IPPROTO_FRAGMENT) {
		if (at + 8 > fi->end)
			break;
		if (nh == IPPROTO_FRAGMENT) {
			fi->frag = true;
			fi->frag_off = frame_get16(buf + at + 2) & ~7;
			fi->more = buf[at + 3] & 1;
			fi->frag_id = frame_get32(buf + at + 4);
			nh = buf[at];
			at += 8;
		} else {
			fi->options = true;
			nh = buf[at];
			at += 8 + 8 * (size_t)buf[at + 1];
		}
	}
	fi->t.proto = nh;
	if (!fi->frag_off && at <= fi->end)
		fi->l4 = at;
}

void frame_parse(const uint8_t *buf, size_t len, struct frame_info *fi)
{
	size_t at = 12;

	memset(fi, 0, sizeof(*fi));
	fi->end = len;
	fi->ip_csum_ok = true;
	fi->l4_csum_ok = true;
	if (len < FRAME_ETH_LEN)
		return;
	fi->ethertype = frame_get16(buf + at);
	while ((fi->ethertype == ETH_P_8021Q || fi->ethertype == ETH_P_8021AD) &&
	       at + 6 <= len) {
		if (fi->vlans < FRAME_TAG_MAX) {
			fi->vlan[fi->vlans].tpid = fi->ethertype;
			fi->vlan[fi->vlans].tci = frame_get16(buf + at + 2);
		}
		fi->vlans++;
		at += 4;
		fi->ethertype = frame_get16(buf + at);
	}
	if (fi->ethertype != ETH_P_IP && fi->ethertype != ETH_P_IPV6)
		return;
	fi->l3 = at + 2;
	if (fi->ethertype == ETH_P_IP)
		parse_ipv4(buf, len, fi);
	else
		parse_ipv6(buf, len, fi);
	if (fi->l4)
		parse_l4(buf, fi);
}

bool frame_has_tags(const struct frame_info *fi, const struct frame_tag *tag, unsigned int n)
{
	unsigned int i;

	if (fi->vlans != n)
		return false;
	for (i = 0; i < n; i++)
		if (fi->vlan[i].tpid != (tag[i].tpid ? tag[i].tpid : ETH_P_8021Q) ||
		    FRAME_TAG_ID(fi->vlan[i].tci ^ tag[i].tci))
			return false;
	return true;
}

/* A line that grows; what does not fit is left out. */
struct line {
	char *buf;
	size_t size;
	size_t len;
};

static void __attribute__((format(printf, 2, 3))) add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->buf + l->len, l->size - l->len, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	l->len += (size_t)n < l->size - l->len ? (size_t)n : l->size - l->len - 1;
}

static void add_addr(struct line *l, const struct frame_tuple *t, bool src, bool port)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(t->family == 6 ? AF_INET6 : AF_INET, src ? t->src : t->dst, text, sizeof(text));
	add(l, t->family == 6 && port ? "[%s]" : "%s", text);
	if (port)
		add(l, ":%u", src ? t->sport : t->dport);
}

char *frame_tuple_str(const struct frame_tuple *t, char *out, size_t size)
{
	bool port = t->proto == IPPROTO_TCP || t->proto == IPPROTO_UDP;
	struct line l = { .buf = out, .size = size };

	out[0] = '\0';
	add_addr(&l, t, true, port);
	add(&l, " > ");
	add_addr(&l, t, false, port);
	return out;
}

static void add_l4(struct line *l, const struct frame_info *fi)
{
	static const char letters[] = "FSRPAUECN";
	unsigned int i;

	switch (fi->t.proto) {
	case IPPROTO_TCP:
		add(l, " tcp [");
		for (i = 0; i < sizeof(letters) - 1; i++)
			if (fi->flags & (1 << i))
				add(l, "%c", letters[i]);
		add(l, "] seq %u ack %u", fi->seq, fi->ack);
		break;
	case IPPROTO_UDP:
		add(l, " udp");
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		add(l, " icmp%s type %u code %u", fi->t.family == 6 ? "6" : "", fi->icmp_type,
		    fi->icmp_code);
		break;
	default:
		add(l, " proto %u", fi->t.proto);
	}
	if (fi->payload)
		add(l, " len %zu", fi->end - fi->payload);
	if (frame_l4_csum_at(fi->t.proto) >= 0 && fi->payload)
		add(l, " csum %04x%s", fi->l4_csum, fi->l4_csum_ok ? "" : " BAD");
}

char *frame_decode(const uint8_t *buf, size_t len, char *out, size_t size)
{
	struct line l = { .buf = out, .size = size };
	struct frame_info fi;
	unsigned int i;

	out[0] = '\0';
	frame_parse(buf, len, &fi);
	if (len < FRAME_ETH_LEN) {
		add(&l, "%zu bytes", len);
		return out;
	}
	for (i = 0; i < 6; i++)
		add(&l, "%s%02x", i ? ":" : "", buf[6 + i]);
	for (i = 0; i < 6; i++)
		add(&l, "%s%02x", i ? ":" : " > ", buf[i]);
	for (i = 0; i < fi.vlans && i < FRAME_TAG_MAX; i++)
		add(&l, " %s %u pcp %u%s", fi.vlan[i].tpid == ETH_P_8021AD ? "svlan" : "vlan",
		    FRAME_TAG_ID(fi.vlan[i].tci), FRAME_TAG_PCP(fi.vlan[i].tci),
		    fi.vlan[i].tci & FRAME_TAG_DEI ? " dei" : "");
	if (!fi.t.family) {
		add(&l, " ethertype %04x, %zu bytes", fi.ethertype, len);
		return out;
	}
	add(&l, " ip%u ", fi.t.family);
	add_addr(&l, &fi.t, true, fi.has_ports);
	add(&l, " > ");
	add_addr(&l, &fi.t, false, fi.has_ports);
	add_l4(&l, &fi);
	add(&l, " ttl %u tos %02x id %x%s%s", fi.ttl, fi.tos, fi.frag_id, fi.df ? " DF" : "",
	    fi.options ? " options" : "");
	if (fi.frag)
		add(&l, " frag %u%s", fi.frag_off, fi.more ? "+" : "");
	if (!fi.ip_csum_ok)
		add(&l, " IPCSUM BAD");
	if (fi.short_packet)
		add(&l, " SHORT");
	if (fi.end < len)
		add(&l, " trailing %zu", len - fi.end);
	add(&l, " (%zu bytes)", len);
	return out;
}

void frame_hex(void *stream, const char *prefix, const uint8_t *buf, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (i % 16 == 0)
			fprintf(stream, "%s%s%04zx:", i ? "\n" : "", prefix, i);
		fprintf(stream, "%s%02x", i % 2 ? "" : " ", buf[i]);
	}
	fprintf(stream, "\n");
}
