// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of the SoC model's engines. VLAN tags, up to two, and PPPoE are looked through:
 * nothing of them is in an entry. Checksums are not verified, so the bits in GLO_CFG that drop
 * wrong ones do nothing.
 */
#include <linux/if_pppox.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ppp_defs.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "soc.h"

#define TAGS		2
#define PROTO_MAGIC	0xa5a5a500	/* in the word of the ports, where there is a protocol */

static const void *header(struct sk_buff *skb, unsigned int off, unsigned int len)
{
	return pskb_may_pull(skb, off + len) ? skb->data + off : NULL;
}

/* Steps over the tags that are in the data. Returns the protocol behind them, or 0. */
static __be16 over_tags(struct sk_buff *skb, struct soc_pkt *pkt)
{
	unsigned int n = skb_vlan_tag_present(skb);
	__be16 proto = skb->protocol;
	const struct vlan_hdr *vh;

	for (; eth_type_vlan(proto) && n < TAGS; n++) {
		vh = header(skb, pkt->l3off, sizeof(*vh));
		if (!vh)
			return 0;
		proto = vh->h_vlan_encapsulated_proto;
		pkt->l3off += sizeof(*vh);
	}
	return proto;
}

/* The same for PPPoE. */
static __be16 over_pppoe(struct sk_buff *skb, struct soc_pkt *pkt)
{
	const struct pppoe_hdr *ph = header(skb, pkt->l3off, PPPOE_SES_HLEN);

	if (!ph || ph->ver != 1 || ph->type != 1 || ph->code)
		return 0;
	pkt->l3off += PPPOE_SES_HLEN;
	switch (*(const __be16 *)(ph + 1)) {
	case htons(PPP_IP):
		return htons(ETH_P_IP);
	case htons(PPP_IPV6):
		return htons(ETH_P_IPV6);
	}
	return 0;
}

static enum soc_reason parse_ip4(struct sk_buff *skb, struct soc_pkt *pkt, u8 *proto)
{
	const struct iphdr *iph = header(skb, pkt->l3off, sizeof(*iph));

	if (!iph || iph->version != 4 || iph->ihl < 5 ||
	    pkt->l3off + ntohs(iph->tot_len) > skb->len)
		return SOC_INVALID;
	if (iph->ihl > 5)
		return SOC_OPTIONS;
	if (ip_is_fragment(iph))
		return SOC_FRAGMENT;
	pkt->key[pkt->keys++] = ntohl(iph->saddr);
	pkt->key[pkt->keys++] = ntohl(iph->daddr);
	pkt->ttl = iph->ttl;
	*proto = iph->protocol;
	pkt->l4off = pkt->l3off + sizeof(*iph);
	return SOC_FORWARD;
}

static enum soc_reason parse_ip6(struct sk_buff *skb, struct soc_pkt *pkt, u8 *proto)
{
	const struct ipv6hdr *ip6h = header(skb, pkt->l3off, sizeof(*ip6h));
	unsigned int i;

	if (!ip6h || ip6h->version != 6 ||
	    pkt->l3off + sizeof(*ip6h) + ntohs(ip6h->payload_len) > skb->len)
		return SOC_INVALID;
	if (ip6h->nexthdr == NEXTHDR_FRAGMENT)
		return SOC_FRAGMENT;
	if (ipv6_ext_hdr(ip6h->nexthdr))
		return SOC_OPTIONS;
	for (i = 0; i < 4; i++)
		pkt->key[pkt->keys++] = ntohl(ip6h->saddr.s6_addr32[i]);
	for (i = 0; i < 4; i++)
		pkt->key[pkt->keys++] = ntohl(ip6h->daddr.s6_addr32[i]);
	pkt->ttl = ip6h->hop_limit;
	*proto = ip6h->nexthdr;
	pkt->l4off = pkt->l3off + sizeof(*ip6h);
	return SOC_FORWARD;
}

static bool parse_l4(struct sk_buff *skb, struct soc_pkt *pkt)
{
	unsigned int len = pkt->udp ? sizeof(struct udphdr) : sizeof(struct tcphdr);
	const struct tcphdr *th = header(skb, pkt->l4off, len);

	if (!th)
		return false;
	if (pkt->tcp) {
		pkt->fin = th->fin || th->rst;
		pkt->end = pkt->fin || th->syn;
	}
	pkt->hdrlen = pkt->l4off + len;
	return true;
}

/* What kind of entry is for the packet; false if that kind is not switched on. */
static bool choose(struct sk_buff *skb, struct soc_pkt *pkt, u32 cfg, u8 proto)
{
	const __be16 *ports;

	if ((pkt->tcp || pkt->udp) && cfg & (pkt->ip6 ? SOC_FLOW_IP6_5T : SOC_FLOW_IP4_5T)) {
		ports = (const __be16 *)(skb->data + pkt->l4off);
		pkt->type = pkt->ip6 ? SOC_IP6_5T : SOC_IP4_5T;
		pkt->key[pkt->keys++] = ntohs(ports[1]) | ntohs(ports[0]) << 16;
		return true;
	}
	pkt->type = pkt->ip6 ? SOC_IP6_3T : SOC_IP4_3T;
	pkt->key[pkt->keys++] = PROTO_MAGIC | proto;
	return cfg & (pkt->ip6 ? SOC_FLOW_IP6_3T : SOC_FLOW_IP4_3T);
}

/**
 * soc_parse() - parse a packet
 * @skb: the frame, from the header behind the EtherType; the outermost tag may be beside it
 * @flow_cfg: register FLOW_CFG
 * @pkt: result
 *
 * Return: SOC_FORWARD, or why it is none for an engine.
 */
enum soc_reason soc_parse(struct sk_buff *skb, u32 flow_cfg, struct soc_pkt *pkt)
{
	enum soc_reason reason;
	__be16 proto;
	u8 l4 = 0;

	memset(pkt, 0, sizeof(*pkt));
	proto = over_tags(skb, pkt);
	if (proto == htons(ETH_P_PPP_SES))
		proto = over_pppoe(skb, pkt);
	pkt->ip6 = proto == htons(ETH_P_IPV6);
	if (!pkt->ip6 && proto != htons(ETH_P_IP))
		return SOC_NO_FLOW;
	reason = pkt->ip6 ? parse_ip6(skb, pkt, &l4) : parse_ip4(skb, pkt, &l4);
	if (reason != SOC_FORWARD)
		return reason;
	pkt->udp = l4 == IPPROTO_UDP;
	pkt->tcp = l4 == IPPROTO_TCP;
	pkt->hdrlen = pkt->l4off;
	if ((pkt->udp || pkt->tcp) && !parse_l4(skb, pkt))
		return SOC_INVALID;
	if (!pkt->ttl)
		return SOC_TTL_EXCEEDED;
	return choose(skb, pkt, flow_cfg, l4) ? SOC_FORWARD : SOC_NO_FLOW;
}
