// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a masked rule does to a frame: its steps, one after the other, and then its end.
 *
 * Nothing is checked that the rule does not say: TTL may run out, and what is too large for the
 * egress port is dropped there, as by a NIC. Checksums are updated incrementally, so that a wrong
 * one stays as wrong as it was, either whenever a rewrite concerns them or, with explicit_csum,
 * where the rule says so and only for what it names.
 */
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tc_act/tc_csum.h>
#include <net/checksum.h>

#include "frame.h"

#define PORTS_LEN	4

/**
 * struct work - a frame being rewritten
 * @skb: the frame
 * @fr: what the parser found
 * @mac: destination and source, as they are now
 * @tag: tags, outermost first, as they are now
 * @tags: how many
 * @l3: network header as the checksums have it
 * @l4: ports as the checksum has them
 * @ip_stale: the IPv4 header was written to since
 * @l4_stale: something that TCP's or UDP's checksum covers was written to since
 */
struct work {
	struct sk_buff *skb;
	const struct sim_frame *fr;
	u8 mac[2 * ETH_ALEN];
	struct sim_tag tag[SIM_FRAME_TAGS];
	unsigned int tags;
	u8 l3[sizeof(struct ipv6hdr)];
	__be16 l4[2];
	bool ip_stale;
	bool l4_stale;
};

static u8 *l3_header(const struct work *w)
{
	return w->skb->data + w->fr->l3off;
}

static bool is_ip4(const struct work *w)
{
	return w->fr->key.ip.proto == htons(ETH_P_IP);
}

static bool has_l4(const struct work *w)
{
	return w->fr->key.bits & SIM_L4;
}

/* What checksums are compared with. */
static void note(struct work *w)
{
	if (w->fr->l4off)
		memcpy(w->l3, l3_header(w), is_ip4(w) ? sizeof(struct iphdr) : sizeof(w->l3));
	if (has_l4(w))
		memcpy(w->l4, w->skb->data + w->fr->l4off, sizeof(w->l4));
}

static void begin(struct work *w, struct sk_buff *skb, const struct sim_frame *fr)
{
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->skb = skb;
	w->fr = fr;
	memcpy(w->mac, fr->key.mac, sizeof(w->mac));
	for (i = 0; i < SIM_KEY_TAGS && fr->key.tag[i].tpid; i++)
		w->tag[w->tags++] = fr->key.tag[i];
	note(w);
}

/* The header of a layer and its length; NULL if the frame has none. */
static u8 *header(struct work *w, enum sim_layer layer, unsigned int *len)
{
	bool l3 = w->fr->l4off, ip4 = is_ip4(w);

	switch (layer) {
	case SIM_LAYER_ETH:
		*len = sizeof(w->mac);
		return w->mac;
	case SIM_LAYER_IP4:
		*len = sizeof(struct iphdr);
		return l3 && ip4 ? l3_header(w) : NULL;
	case SIM_LAYER_IP6:
		*len = sizeof(struct ipv6hdr);
		return l3 && !ip4 ? l3_header(w) : NULL;
	case SIM_LAYER_TCP:
	case SIM_LAYER_UDP:
		*len = PORTS_LEN;
		return has_l4(w) ? w->skb->data + w->fr->l4off : NULL;
	}
	return NULL;
}

/* A byte of a layer was written: whose business is that? */
static void stale(struct work *w, enum sim_layer layer, unsigned int pos)
{
	switch (layer) {
	case SIM_LAYER_ETH:
		break;
	case SIM_LAYER_IP4:
		w->ip_stale = true;
		w->l4_stale |= pos >= offsetof(struct iphdr, saddr);
		break;
	case SIM_LAYER_IP6:
		w->l4_stale |= pos >= offsetof(struct ipv6hdr, saddr);
		break;
	case SIM_LAYER_TCP:
	case SIM_LAYER_UDP:
		w->l4_stale = true;
		break;
	}
}

static void do_set(struct work *w, const struct sim_act *act)
{
	const u8 *val = (const u8 *)&act->val, *keep = (const u8 *)&act->keep;
	unsigned int len, i, pos;
	u8 *at;

	at = header(w, act->layer, &len);
	for (i = 0; at && i < sizeof(act->val); i++) {
		pos = act->offset + i;
		if (keep[i] == 0xff || pos >= len)
			continue;
		at[pos] = (at[pos] & keep[i]) | val[i];
		stale(w, act->layer, pos);
	}
}

static void do_add(struct work *w, const struct sim_act *act)
{
	unsigned int len, pos;
	u8 *at;

	pos = act->layer == SIM_LAYER_IP4 ? offsetof(struct iphdr, ttl) :
					    offsetof(struct ipv6hdr, hop_limit);
	at = header(w, act->layer, &len);
	if (!at)
		return;
	at[pos] += act->val;
	stale(w, act->layer, pos);
}

static void fix_ip(struct work *w)
{
	struct iphdr *iph = (struct iphdr *)l3_header(w);
	const __be16 *old = (const __be16 *)w->l3, *new = (const __be16 *)iph;
	unsigned int i;

	for (i = 0; i < sizeof(*iph) / sizeof(*old); i++)
		if (i != offsetof(struct iphdr, check) / sizeof(*old))
			csum_replace2(&iph->check, old[i], new[i]);
	w->ip_stale = false;
}

static void fix_l4_addrs(struct work *w, __sum16 *check)
{
	const struct ipv6hdr *old6 = (const struct ipv6hdr *)w->l3;
	const struct ipv6hdr *new6 = (const struct ipv6hdr *)l3_header(w);
	const struct iphdr *old4 = (const struct iphdr *)w->l3;
	const struct iphdr *new4 = (const struct iphdr *)l3_header(w);

	if (is_ip4(w)) {
		inet_proto_csum_replace4(check, w->skb, old4->saddr, new4->saddr, true);
		inet_proto_csum_replace4(check, w->skb, old4->daddr, new4->daddr, true);
		return;
	}
	inet_proto_csum_replace16(check, w->skb, old6->saddr.s6_addr32, new6->saddr.s6_addr32,
				  true);
	inet_proto_csum_replace16(check, w->skb, old6->daddr.s6_addr32, new6->daddr.s6_addr32,
				  true);
}

static void fix_l4(struct work *w)
{
	__sum16 *check = has_l4(w) ? sim_frame_l4_csum(w->skb, w->fr) : NULL;
	const __be16 *ports = (const __be16 *)(w->skb->data + w->fr->l4off);

	w->l4_stale = false;
	if (!check)
		return;
	fix_l4_addrs(w, check);
	inet_proto_csum_replace2(check, w->skb, w->l4[0], ports[0], false);
	inet_proto_csum_replace2(check, w->skb, w->l4[1], ports[1], false);
	if (w->fr->key.ip.l4 == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
}

/*
 * Any incremental update, even one that changes nothing, turns the one zero of a checksum into the
 * other; what was not written to is left alone.
 */
static void do_csum(struct work *w, u8 flags)
{
	u8 l4 = w->fr->key.ip.l4 == IPPROTO_TCP ? TCA_CSUM_UPDATE_FLAG_TCP :
						  TCA_CSUM_UPDATE_FLAG_UDP;

	if (w->ip_stale && flags & TCA_CSUM_UPDATE_FLAG_IPV4HDR)
		fix_ip(w);
	if (w->l4_stale && flags & l4)
		fix_l4(w);
}

static void do_push(struct work *w, const struct sim_act *act)
{
	if (w->tags == SIM_FRAME_TAGS)
		return;
	memmove(&w->tag[1], &w->tag[0], w->tags * sizeof(w->tag[0]));
	w->tag[0] = act->tag;
	w->tags++;
}

static void do_pop(struct work *w)
{
	if (!w->tags)
		return;
	w->tags--;
	memmove(&w->tag[0], &w->tag[1], w->tags * sizeof(w->tag[0]));
}

static void do_retag(struct work *w, const struct sim_act *act)
{
	if (!w->tags)
		return;
	w->tag[0].tpid = act->tag.tpid;
	w->tag[0].tci = (w->tag[0].tci & act->keep_tci) | act->tag.tci;
}

static void do_act(struct work *w, const struct sim_act *act)
{
	switch ((enum sim_op)act->op) {
	case SIM_OP_SET:
		return do_set(w, act);
	case SIM_OP_ADD:
		return do_add(w, act);
	case SIM_OP_CSUM:
		return do_csum(w, act->csum);
	case SIM_OP_PUSH:
		return do_push(w, act);
	case SIM_OP_POP:
		return do_pop(w);
	case SIM_OP_RETAG:
		return do_retag(w, act);
	}
}

/* All tags but the outermost go into the frame. */
static void put_tags(struct work *w)
{
	struct sk_buff *skb = w->skb;
	struct vlan_hdr *vh;
	unsigned int i;

	__skb_pull(skb, w->fr->l3off);
	skb_reset_network_header(skb);
	skb->protocol = w->fr->key.ip.proto;
	__vlan_hwaccel_clear_tag(skb);
	for (i = w->tags; i-- > 1; ) {
		vh = __skb_push(skb, sizeof(*vh));
		vh->h_vlan_TCI = w->tag[i].tci;
		vh->h_vlan_encapsulated_proto = skb->protocol;
		skb->protocol = w->tag[i].tpid;
	}
	if (w->tags)
		__vlan_hwaccel_put_tag(skb, w->tag[0].tpid, ntohs(w->tag[0].tci));
}

static void redirect(struct work *w, const struct sim_masked *m, struct net_device *link)
{
	unsigned int len = w->skb->len - w->fr->l3off;
	const struct sim_port *out = m->rule.out;
	u32 i;

	if (!link) {
		sim_count_one(out, SIM_TX_DROPPED);
		kfree_skb(w->skb);
		return;
	}
	for (i = 0; i < m->n; i++)
		do_act(w, &m->act[i]);
	if (!m->explicit_csum)
		do_csum(w, 0xff);
	put_tags(w);
	sim_frame_push_eth(w->skb, w->mac);
	if (sim_link_send(out, link, w->skb))
		sim_count(out, SIM_HW_TX_PACKETS, len);
}

static bool make_room(struct sk_buff *skb, const struct sim_frame *fr, struct net_device *link)
{
	unsigned int room = SIM_FRAME_TAGS * VLAN_HLEN;

	return !skb_ensure_writable(skb, fr->hdrlen) &&
	       !skb_cow_head(skb, room + (link ? LL_RESERVED_SPACE(link) : 0));
}

/**
 * sim_forward_masked() - do what a masked rule says
 * @skb: the frame
 * @port: where it came in
 * @fr: what the parser found
 * @m: the rule
 *
 * Return: SIM_DONE, or why the frame is the CPU's: then it is as it was.
 */
unsigned int sim_forward_masked(struct sk_buff *skb, const struct sim_port *port,
				const struct sim_frame *fr, struct sim_masked *m)
{
	unsigned int l2len = skb->len + ETH_HLEN + (skb_vlan_tag_present(skb) ? VLAN_HLEN : 0);
	struct net_device *link = NULL;
	struct work w;

	if (m->end == SIM_END_REDIRECT) {
		link = sim_link(m->rule.out);
		if (!make_room(skb, fr, link))
			return NFO_SIM_PUNT_NOMEM;
	}
	if (!sim_rule_take(&m->rule, l2len))
		return NFO_SIM_PUNT_MISS;
	switch (m->end) {
	case SIM_END_TRAP:
		return NFO_SIM_PUNT_TRAP;
	case SIM_END_ACCEPT:
	case SIM_END_FT:
		return NFO_SIM_PUNT_ACCEPT;
	case SIM_END_REDIRECT:
		sim_count(port, SIM_HW_RX_PACKETS, skb->len - fr->l3off);
		begin(&w, skb, fr);
		redirect(&w, m, link);
		return SIM_DONE;
	default:
		sim_count_one(port, SIM_HW_DROPPED);
		kfree_skb(skb);
		return SIM_DONE;
	}
}
