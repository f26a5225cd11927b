// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a bound entry of the SoC model does to a packet: a new Ethernet header with up to two tags
 * and PPPoE, whatever the packet had; new addresses and ports for IPv4; one hop less. Checksums
 * are kept up incrementally and only where something was translated, as the kernel's software does
 * it.
 *
 * The etype of an entry is the EtherType in front of the network header or of PPPoE, if the entry
 * has no tag or VLAN tags. Else it is the first half of a switch's special tag, whose second half
 * is the first VLAN; then the other EtherType is what the rest of the entry calls for.
 *
 * The MTU registers are limits of what leaves: of the Ethernet frame, PPPoE included, by the
 * number of tags. The MTU of the netdev of the MAC that it leaves by is not known to an engine.
 * What is counted are layer 3 bytes of the packet as it came.
 */
#include <linux/bitfield.h>
#include <linux/if_pppox.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ppp_defs.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/gso.h>
#include <net/ip.h>

#include "frame.h"
#include "soc.h"

#define TAGS_MAX	2
#define ROOM		(ETH_HLEN + TAGS_MAX * VLAN_HLEN + PPPOE_SES_HLEN)

/* A packet under the knife. */
struct work {
	struct sk_buff *skb;
	const struct soc_pkt *pkt;
	struct soc_entry ent;
};

static unsigned int tags_of(const struct soc_entry *ent)
{
	return min_t(unsigned int, ent->tags, TAGS_MAX);
}

static u32 frame_max(const struct soc_engine *e, unsigned int tags)
{
	u32 reg = soc_reg(e, tags < 2 ? SOC_VLAN_MTU0 : SOC_VLAN_MTU1);

	return tags & 1 ? FIELD_GET(SOC_MTU_HIGH, reg) : FIELD_GET(SOC_MTU_LOW, reg);
}

static bool too_long(const struct soc_engine *e, struct work *w)
{
	unsigned int tags = tags_of(&w->ent), max = frame_max(e, tags);
	unsigned int l2 = ETH_HLEN + tags * VLAN_HLEN + (w->ent.pppoe ? PPPOE_SES_HLEN : 0);
	struct sk_buff *skb = w->skb;
	bool fits;

	if (skb->len - w->pkt->l3off + l2 <= max)
		return false;
	if (!skb_is_gso(skb) || max <= l2)
		return true;
	/* the size of segments is asked of the headers behind the tags */
	__skb_pull(skb, w->pkt->l3off);
	skb_reset_network_header(skb);
	fits = skb_gso_validate_network_len(skb, max - l2);
	__skb_push(skb, w->pkt->l3off);
	skb_reset_network_header(skb);
	return !fits;
}

static __sum16 *l4_check(const struct work *w)
{
	struct udphdr *uh = (struct udphdr *)(w->skb->data + w->pkt->l4off);

	if (w->pkt->tcp)
		return &((struct tcphdr *)uh)->check;
	/* a zero is no checksum, and stays that */
	return uh->check || w->skb->ip_summed == CHECKSUM_PARTIAL ? &uh->check : NULL;
}

static void translate(struct work *w, struct iphdr *iph)
{
	__be32 src = htonl(w->ent.src), dst = htonl(w->ent.dst);
	__be16 *ports = (__be16 *)(w->skb->data + w->pkt->l4off);
	__be16 sport = htons(w->ent.sport), dport = htons(w->ent.dport);
	__sum16 *check;

	if (src == iph->saddr && dst == iph->daddr && sport == ports[0] && dport == ports[1])
		return;
	check = l4_check(w);
	if (check) {
		inet_proto_csum_replace4(check, w->skb, iph->saddr, src, true);
		inet_proto_csum_replace4(check, w->skb, iph->daddr, dst, true);
		inet_proto_csum_replace2(check, w->skb, ports[0], sport, false);
		inet_proto_csum_replace2(check, w->skb, ports[1], dport, false);
		if (w->pkt->udp && !*check)
			*check = CSUM_MANGLED_0;
	}
	csum_replace4(&iph->check, iph->saddr, src);
	csum_replace4(&iph->check, iph->daddr, dst);
	iph->saddr = src;
	iph->daddr = dst;
	ports[0] = sport;
	ports[1] = dport;
}

static void rewrite(struct work *w)
{
	void *l3 = w->skb->data + w->pkt->l3off;

	if (w->pkt->type == SOC_IP4_5T)
		translate(w, l3);
	if (!w->ent.ttl)
		return;
	if (w->pkt->ip6)
		((struct ipv6hdr *)l3)->hop_limit--;
	else
		ip_decrease_ttl(l3);
}

/* Data is at the network header then, and nothing of layer 2 is left. */
static void strip(struct work *w)
{
	struct sk_buff *skb = w->skb;

	__skb_pull(skb, w->pkt->l3off);
	skb_reset_network_header(skb);
	__vlan_hwaccel_clear_tag(skb);
	skb->protocol = w->pkt->ip6 ? htons(ETH_P_IPV6) : htons(ETH_P_IP);
}

static void push_pppoe(struct work *w)
{
	struct pppoe_hdr *ph;

	ph = __skb_push(w->skb, PPPOE_SES_HLEN);
	ph->ver = 1;
	ph->type = 1;
	ph->code = 0;
	ph->sid = htons(w->ent.sid);
	ph->length = htons(w->skb->len - sizeof(*ph));
	*(__be16 *)(ph + 1) = w->pkt->ip6 ? htons(PPP_IPV6) : htons(PPP_IP);
}

static void push_tag(struct sk_buff *skb, u16 first, u16 tci)
{
	struct vlan_hdr *vh = __skb_push(skb, sizeof(*vh));

	vh->h_vlan_TCI = htons(tci);
	vh->h_vlan_encapsulated_proto = skb->protocol;
	skb->protocol = htons(first);
}

/* The outermost VLAN goes beside the frame, as the kernel likes it. */
static void push_l2(struct work *w)
{
	const struct soc_entry *ent = &w->ent;
	unsigned int tags = tags_of(ent);
	struct sk_buff *skb = w->skb;

	if (ent->pppoe) {
		push_pppoe(w);
		skb->protocol = htons(ETH_P_PPP_SES);
	}
	if (!tags || ent->vlan)
		skb->protocol = htons(ent->etype);
	if (tags == TAGS_MAX)
		push_tag(skb, ETH_P_8021Q, ent->vid[1]);
	if (tags && ent->vlan)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), ent->vid[0]);
	else if (tags)
		push_tag(skb, ent->etype, ent->vid[0]);
	sim_frame_push_eth(skb, ent->mac);
}

static bool send(const struct sim_port *out, struct work *w)
{
	struct net_device *link = sim_link(out);
	struct sk_buff *skb = w->skb;

	push_l2(w);
	if (soc_is_user(out))
		soc_switch_untag(skb);
	if (!link) {
		kfree_skb(skb);
		return false;
	}
	skb_scrub_packet(skb, true);
	skb_set_queue_mapping(skb, 0);
	skb->priority = 0;
	skb->dev = link;
	return dev_queue_xmit(skb) == NET_XMIT_SUCCESS;
}

/* The stack cannot cut or sum behind PPPoE and special tags, so that is done before. */
static bool send_segments(const struct sim_port *out, struct work *w)
{
	struct sk_buff *segs, *next;
	bool sent = true;

	sim_frame_push_eth(w->skb, w->ent.mac);
	segs = skb_gso_segment(w->skb, 0);
	if (IS_ERR_OR_NULL(segs)) {
		kfree_skb(w->skb);
		return false;
	}
	consume_skb(w->skb);
	skb_list_walk_safe(segs, w->skb, next) {
		skb_mark_not_on_list(w->skb);
		__skb_pull(w->skb, ETH_HLEN);
		skb_reset_network_header(w->skb);
		if (skb_cow_head(w->skb, ROOM + LL_RESERVED_SPACE(out->dev))) {
			kfree_skb(w->skb);
			sent = false;
		} else {
			sent &= send(out, w);
		}
	}
	return sent;
}

static bool transmit(const struct sim_port *out, struct work *w)
{
	bool opaque = w->ent.pppoe || (w->ent.tags && !w->ent.vlan);

	strip(w);
	if (!opaque)
		return send(out, w);
	if (skb_is_gso(w->skb))
		return send_segments(out, w);
	if (w->skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(w->skb)) {
		kfree_skb(w->skb);
		return false;
	}
	return send(out, w);
}

/* The MAC behind a port of the frame engine's switch; NULL: nothing is there. */
static const struct sim_port *mac_at(const struct soc *soc, unsigned int pse)
{
	struct net_device *dev = NULL;

	if (pse == SOC_PSE_GDM1 || pse == SOC_PSE_GDM2)
		dev = rcu_dereference(soc->sim->port[pse - SOC_PSE_GDM1]);
	else if (pse == SOC_PSE_GDM3 && soc->macs > 2)
		dev = rcu_dereference(soc->sim->port[2]);
	return dev ? netdev_priv(dev) : NULL;
}

static bool make_room(struct work *w)
{
	return !skb_ensure_writable(w->skb, w->pkt->hdrlen) &&
	       !skb_cow_head(w->skb, ROOM + LL_MAX_HEADER);
}

/**
 * soc_forward() - forward a packet by a bound entry
 * @e: the engine
 * @port: where the packet came in
 * @skb: the frame, from the header behind the EtherType
 * @pkt: what the parser found
 * @hit: the entry
 *
 * Return: SOC_FORWARD if the packet has gone its way, else why not: then it is as it was.
 */
enum soc_reason soc_forward(struct soc_engine *e, const struct sim_port *port,
			    struct sk_buff *skb, const struct soc_pkt *pkt,
			    const struct soc_hit *hit)
{
	struct work w = { .skb = skb, .pkt = pkt };
	unsigned int len = skb->len - pkt->l3off;
	const struct sim_port *out;

	soc_decode(e, hit->word, &w.ent);
	if (w.ent.out == SOC_PSE_CPU)
		return SOC_FORCE_CPU;
	if (w.ent.ttl && pkt->ttl <= 1)
		return SOC_BIND_TTL1;
	if (too_long(e, &w))
		return SOC_MTU;
	if (!make_room(&w))
		return SOC_NOMEM;
	soc_hit(e, hit, w.ent.count, len);
	out = mac_at(e->soc, w.ent.out);
	if (out)
		out = soc_switch_out(out, &w.ent);
	if (!out)
		return SOC_DROP;
	rewrite(&w);
	sim_count(port, SIM_HW_RX_PACKETS, len);
	if (transmit(out, &w))
		sim_count(out, SIM_HW_TX_PACKETS, len);
	else
		sim_count_one(out, SIM_TX_DROPPED);
	return SOC_FORWARD;
}
