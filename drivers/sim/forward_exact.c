// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an exact rule does to a frame.
 *
 * What is forwarded is to be what the kernel's own software flow table would send, bit for bit:
 * checksums are updated incrementally, so that a wrong one stays as wrong as it was; a UDP
 * checksum of zero stays zero; a checksum that is left to a device further on (CHECKSUM_PARTIAL)
 * is kept that way. What is not plainly good for the fast path is the CPU's.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/checksum.h>
#include <net/gso.h>
#include <net/ip.h>

#include "frame.h"

#define FIN_RST	htons(0x0005)

static bool too_long(const struct sk_buff *skb, unsigned int mtu)
{
	if (skb->len <= mtu)
		return false;
	return !skb_is_gso(skb) || !skb_gso_validate_network_len(skb, mtu);
}

static unsigned int judge(struct sk_buff *skb, const struct sim_frame *fr,
			  const struct sim_exact *e, struct net_device **link)
{
	if (fr->key.tcp_flags & FIN_RST)
		return NFO_SIM_PUNT_FINRST;
	if (fr->key.ttl <= 1)
		return NFO_SIM_PUNT_TTL;
	if (too_long(skb, READ_ONCE(e->rule.out->dev->mtu)))
		return NFO_SIM_PUNT_MTU;
	*link = sim_link(e->rule.out);
	if (!*link)
		return NFO_SIM_PUNT_EGRESS;
	if (skb_ensure_writable(skb, fr->hdrlen) || skb_cow_head(skb, LL_RESERVED_SPACE(*link)))
		return NFO_SIM_PUNT_NOMEM;
	return SIM_DONE;
}

static void set_ports(struct sk_buff *skb, const struct sim_frame *fr,
		      const struct sim_edit *edit, __sum16 *check)
{
	__be16 *ports = (__be16 *)(skb->data + fr->l4off);

	if (check) {
		inet_proto_csum_replace2(check, skb, ports[0], edit->sport, false);
		inet_proto_csum_replace2(check, skb, ports[1], edit->dport, false);
	}
	ports[0] = edit->sport;
	ports[1] = edit->dport;
}

static void set_ip4(struct sk_buff *skb, const struct sim_edit *edit, __sum16 *check)
{
	struct iphdr *iph = (struct iphdr *)skb->data;

	if (check) {
		inet_proto_csum_replace4(check, skb, iph->saddr, edit->src[0], true);
		inet_proto_csum_replace4(check, skb, iph->daddr, edit->dst[0], true);
	}
	if (edit->nat) {
		csum_replace4(&iph->check, iph->saddr, edit->src[0]);
		csum_replace4(&iph->check, iph->daddr, edit->dst[0]);
	}
	iph->saddr = edit->src[0];
	iph->daddr = edit->dst[0];
	ip_decrease_ttl(iph);
}

static void set_ip6(struct sk_buff *skb, const struct sim_edit *edit, __sum16 *check)
{
	struct ipv6hdr *ip6h = (struct ipv6hdr *)skb->data;

	if (check) {
		inet_proto_csum_replace16(check, skb, ip6h->saddr.s6_addr32, edit->src, true);
		inet_proto_csum_replace16(check, skb, ip6h->daddr.s6_addr32, edit->dst, true);
	}
	memcpy(&ip6h->saddr, edit->src, sizeof(ip6h->saddr));
	memcpy(&ip6h->daddr, edit->dst, sizeof(ip6h->daddr));
	ip6h->hop_limit--;
}

/*
 * Any incremental update, even one that changes nothing, turns the one zero of a checksum into the
 * other. The kernel updates whenever there is a translation, so the model does too, and only then.
 */
static void rewrite(struct sk_buff *skb, const struct sim_frame *fr, const struct sim_edit *edit)
{
	__sum16 *check = edit->nat ? sim_frame_l4_csum(skb, fr) : NULL;

	if (fr->key.ip.proto == htons(ETH_P_IP))
		set_ip4(skb, edit, check);
	else
		set_ip6(skb, edit, check);
	set_ports(skb, fr, edit, check);
	if (check && fr->key.ip.l4 == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
}

/**
 * sim_forward_exact() - forward a frame by an exact rule
 * @skb: the frame
 * @port: where it came in
 * @fr: what the parser found: plainly good, without tags
 * @e: the rule
 *
 * Return: SIM_DONE, or why not: then the frame is as it was.
 */
unsigned int sim_forward_exact(struct sk_buff *skb, const struct sim_port *port,
			       const struct sim_frame *fr, struct sim_exact *e)
{
	struct net_device *link;
	unsigned int verdict;

	verdict = judge(skb, fr, e, &link);
	if (verdict != SIM_DONE)
		return verdict;
	if (!sim_rule_take(&e->rule, skb->len))
		return NFO_SIM_PUNT_MISS;
	sim_count(port, SIM_HW_RX_PACKETS, skb->len);
	sim_count(e->rule.out, SIM_HW_TX_PACKETS, skb->len);
	rewrite(skb, fr, &e->edit);
	sim_frame_push_eth(skb, e->edit.mac);
	sim_link_send(e->rule.out, link, skb);
	return SIM_DONE;
}
