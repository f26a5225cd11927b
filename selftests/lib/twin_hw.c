// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which frames are for the hardware: the same that nf_flow_table's own fast path takes. Kept apart
 * from all code under test, so that a model that leaves everything to the CPU is found out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>
#include <linux/if_ether.h>

#include "twin.h"
#include "util.h"

#define PPPOE_LEN	8

/* A NIC takes in what is for it or for many; an eswitch, everything. */
static bool for_port(const struct twin *tw, int dir, const uint8_t *dmac)
{
	return tw->hw_any_mac || dmac[0] & 1 || !memcmp(dmac, tw->router_mac[SIDE_ENTER(dir)], 6);
}

/* Is in the right layers of VLAN. */
static bool has_tags(const struct twin *tw, int dir, const struct frame_info *fi)
{
	const struct twin_tags *tags = &tw->tags[SIDE_ENTER(dir)];
	struct frame_info outer = *fi;
	unsigned int i;

	if (tw->allow & TWIN_NO_TAGS)
		return fi->vlans <= TWIN_TAGS;
	for (i = 0; tw->hw_no_pcp && i < tags->n; i++)
		if (FRAME_TAG_PCP(fi->vlan[i].tci))
			return false;
	if (tw->allow & TWIN_ANY_TAG && fi->vlans > tags->n && fi->vlans <= TWIN_TAGS)
		outer.vlans = tags->n;
	return frame_has_tags(&outer, tags->tag, tags->n);
}

/* What comes behind PPP's protocol field, as an EtherType. */
static uint16_t ppp_ethertype(uint16_t proto)
{
	return proto == 0x21 ? ETH_P_IP : proto == 0x57 ? ETH_P_IPV6 : 0;
}

static size_t l3_len_4(const struct twin *tw, const uint8_t *ip, size_t len)
{
	uint16_t fragment = tw->allow & TWIN_FRAGMENTS ? 0x1fff : 0x3fff;

	if (len < 20 || ip[0] != 0x45 || frame_get16(ip + 2) > len ||
	    frame_get16(ip + 6) & fragment || ip[9] != tw->first.proto)
		return 0;
	return 20;
}

static size_t l3_len_6(const struct twin *tw, const uint8_t *ip, size_t len)
{
	if (len < 40 || ip[0] >> 4 != 6 || frame_get16(ip + 4) + 40u > len)
		return 0;
	if (tw->allow & TWIN_FRAGMENTS && ip[6] == IPPROTO_FRAGMENT && len >= 48 &&
	    !(frame_get16(ip + 42) & ~7) && ip[40] == tw->first.proto)
		return 48;
	return ip[6] == tw->first.proto ? 40 : 0;
}

/* Length of what is in front of TCP or UDP, which the hardware is to find there; 0: it is not. */
static size_t l3_len(const struct twin *tw, const uint8_t *ip, size_t len)
{
	return tw->first.family == 6 ? l3_len_6(tw, ip, len) : l3_len_4(tw, ip, len);
}

static bool has_tuple(const struct frame_tuple *t, const uint8_t *ip, const uint8_t *l4)
{
	const uint8_t *src = ip + (t->family == 6 ? 8 : 12);
	size_t alen = frame_addr_len(t->family);

	return !memcmp(src, t->src, alen) && !memcmp(src + alen, t->dst, alen) &&
	       frame_get16(l4) == t->sport && frame_get16(l4 + 2) == t->dport;
}

/* Whether it fits through the egress port, as one frame or in segments. */
static bool fits(const struct frame_offload *off, const uint8_t *ip, size_t len, size_t l3,
		 bool tcp, unsigned int mtu)
{
	size_t l4 = tcp ? (ip[l3 + 12] >> 4) * 4 : 8;

	return len <= mtu || (off->gso_size && l3 + l4 + off->gso_size <= mtu);
}

bool twin_for_hardware(const struct twin *tw, int dir, const struct frame_spec *s)
{
	bool ip6 = tw->first.family == 6, tcp = tw->first.proto == IPPROTO_TCP;
	unsigned int mtu = twin_egress_mtu(tw, dir);
	struct frame_offload off;
	struct frame_info fi;
	uint8_t buf[FRAME_MAX];
	size_t len, l3;
	uint8_t *ip;

	len = frame_build(s, buf, sizeof(buf));
	frame_offload(s, &off);
	frame_parse(buf, len, &fi);
	ip = buf + FRAME_ETH_LEN + 4 * fi.vlans;
	if (tw->allow & TWIN_NO_TAGS && s->pppoe) {
		ip += PPPOE_LEN;
		fi.ethertype = ppp_ethertype(frame_get16(ip - 2));
	}
	if (!tw->hw[dir] || len < (size_t)(ip - buf) || !for_port(tw, dir, buf) ||
	    !has_tags(tw, dir, &fi) || fi.ethertype != (ip6 ? ETH_P_IPV6 : ETH_P_IP))
		return false;
	len -= ip - buf;
	l3 = l3_len(tw, ip, len);
	if (!l3 || len < l3 + (tcp ? 20 : 8) || !has_tuple(&tw->enter[dir], ip, ip + l3))
		return false;
	if (tcp && ip[l3 + 13] & (FRAME_FIN | FRAME_RST) && !(tw->allow & TWIN_NO_FIN_RST))
		return false;
	if (tcp && tw->hw_no_syn && ip[l3 + 13] & FRAME_SYN)
		return false;
	if (ip[ip6 ? 7 : 8] < tw->hw_min_ttl && !(tw->allow & TWIN_TTL_UNCHANGED))
		return false;
	/* larger ones are not even received */
	if (mtu > twin_ingress_mtu(tw, dir))
		mtu = twin_ingress_mtu(tw, dir);
	return fits(&off, ip, len, l3, tcp, mtu);
}

/* The number that the command of --hw-counter prints. */
uint64_t twin_hw_counter(const struct twin *tw)
{
	unsigned long long n;
	FILE *f = popen(tw->hw_counter, "r");
	int got;

	if (!f)
		die("--hw-counter: %s", strerror(errno));
	got = fscanf(f, "%llu", &n);
	if (pclose(f) || got != 1)
		die("--hw-counter: no number from: %s", tw->hw_counter);
	return n;
}
