// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser of the pipeline. It gets as far as it can; what it could not read, or what hardware
 * does not look behind (IP options, extension headers, fragments), has no ports.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "frame.h"

static bool pull(struct sk_buff *skb, unsigned int len, struct sim_frame *fr)
{
	if (pskb_may_pull(skb, len))
		return true;
	fr->cause = NFO_SIM_PUNT_MALFORMED;
	return false;
}

static unsigned int parse_ip4(struct sk_buff *skb, struct sim_frame *fr)
{
	const struct iphdr *iph;

	if (!pull(skb, fr->l3off + sizeof(*iph), fr))
		return NFO_SIM_PUNT_MALFORMED;
	iph = (const struct iphdr *)(skb->data + fr->l3off);
	if (iph->version != 4 || iph->ihl < 5 ||
	    fr->l3off + ntohs(iph->tot_len) > skb->len)
		return NFO_SIM_PUNT_MALFORMED;
	fr->key.ip.src[0] = iph->saddr;
	fr->key.ip.dst[0] = iph->daddr;
	fr->key.ip.l4 = iph->protocol;
	fr->key.ttl = iph->ttl;
	fr->key.tos = iph->tos;
	fr->l4off = fr->l3off + sizeof(*iph);
	fr->hdrlen = fr->l4off;
	if (ip_is_fragment(iph)) {
		fr->key.bits = SIM_FRAG;
		if (!(iph->frag_off & htons(IP_OFFSET)))
			fr->key.bits |= SIM_FIRST;
		return NFO_SIM_PUNT_FRAGMENT;
	}
	return iph->ihl > 5 ? NFO_SIM_PUNT_OPTIONS : SIM_DONE;
}

static unsigned int parse_frag6(struct sk_buff *skb, struct sim_frame *fr)
{
	const struct frag_hdr *fh;

	if (!pull(skb, fr->l4off + sizeof(*fh), fr))
		return NFO_SIM_PUNT_MALFORMED;
	fh = (const struct frag_hdr *)(skb->data + fr->l4off);
	fr->key.ip.l4 = fh->nexthdr;
	fr->key.bits = SIM_FRAG;
	if (!(fh->frag_off & htons(IP6_OFFSET)))
		fr->key.bits |= SIM_FIRST;
	fr->l4off += sizeof(*fh);
	return NFO_SIM_PUNT_FRAGMENT;
}

static unsigned int parse_ip6(struct sk_buff *skb, struct sim_frame *fr)
{
	const struct ipv6hdr *ip6h;

	if (!pull(skb, fr->l3off + sizeof(*ip6h), fr))
		return NFO_SIM_PUNT_MALFORMED;
	ip6h = (const struct ipv6hdr *)(skb->data + fr->l3off);
	if (ip6h->version != 6 ||
	    fr->l3off + ntohs(ip6h->payload_len) + sizeof(*ip6h) > skb->len)
		return NFO_SIM_PUNT_MALFORMED;
	memcpy(fr->key.ip.src, &ip6h->saddr, sizeof(fr->key.ip.src));
	memcpy(fr->key.ip.dst, &ip6h->daddr, sizeof(fr->key.ip.dst));
	fr->key.ip.l4 = ip6h->nexthdr;
	fr->key.ttl = ip6h->hop_limit;
	fr->key.tos = ipv6_get_dsfield(ip6h);
	fr->l4off = fr->l3off + sizeof(*ip6h);
	fr->hdrlen = fr->l4off;
	if (ip6h->nexthdr == NEXTHDR_FRAGMENT)
		return parse_frag6(skb, fr);
	return ipv6_ext_hdr(ip6h->nexthdr) ? NFO_SIM_PUNT_OPTIONS : SIM_DONE;
}

static unsigned int parse_l4(struct sk_buff *skb, struct sim_frame *fr)
{
	const struct tcphdr *th;
	const __be16 *ports;
	unsigned int len;

	switch (fr->key.ip.l4) {
	case IPPROTO_TCP:
		len = fr->l4off + sizeof(struct tcphdr);
		break;
	case IPPROTO_UDP:
		len = fr->l4off + sizeof(struct udphdr);
		break;
	default:
		return NFO_SIM_PUNT_PROTO;
	}
	if (!pull(skb, len, fr))
		return NFO_SIM_PUNT_MALFORMED;
	ports = (const __be16 *)(skb->data + fr->l4off);
	fr->key.ip.sport = ports[0];
	fr->key.ip.dport = ports[1];
	fr->key.bits |= SIM_L4;
	fr->hdrlen = len;
	if (fr->key.ip.l4 == IPPROTO_TCP) {
		th = (const struct tcphdr *)ports;
		fr->key.tcp_flags = *(const __be16 *)((const u8 *)th + 12) & htons(0x0fff);
	}
	return SIM_DONE;
}

static unsigned int parse_l3(struct sk_buff *skb, struct sim_frame *fr, bool fragments)
{
	unsigned int cause;

	switch (fr->key.ip.proto) {
	case htons(ETH_P_IP):
		cause = parse_ip4(skb, fr);
		break;
	case htons(ETH_P_IPV6):
		cause = parse_ip6(skb, fr);
		break;
	default:
		fr->hdrlen = fr->l3off;
		return NFO_SIM_PUNT_PROTO;
	}
	if (cause == NFO_SIM_PUNT_FRAGMENT && fragments && fr->key.bits & SIM_FIRST) {
		/* no exact rule matches a fragment all the same */
		parse_l4(skb, fr);
		return cause;
	}
	return cause == SIM_DONE ? parse_l4(skb, fr) : cause;
}

/* The outermost tag is beside the frame, others are in it. */
static bool parse_tags(struct sk_buff *skb, struct sim_frame *fr)
{
	const struct vlan_hdr *vh;
	unsigned int n = 0;

	fr->key.ip.proto = skb->protocol;
	if (skb_vlan_tag_present(skb)) {
		fr->key.tag[n].tpid = skb->vlan_proto;
		fr->key.tag[n++].tci = htons(skb_vlan_tag_get(skb));
	}
	while (n < SIM_KEY_TAGS && eth_type_vlan(fr->key.ip.proto)) {
		if (!pull(skb, fr->l3off + sizeof(*vh), fr))
			return false;
		vh = (const struct vlan_hdr *)(skb->data + fr->l3off);
		fr->key.tag[n].tpid = fr->key.ip.proto;
		fr->key.tag[n++].tci = vh->h_vlan_TCI;
		fr->key.ip.proto = vh->h_vlan_encapsulated_proto;
		fr->l3off += sizeof(*vh);
	}
	return true;
}

/**
 * sim_frame_parse() - parse a frame
 * @skb: the frame, from the header behind the MAC addresses and EtherType
 * @port: where it came in
 * @fr: result
 */
void sim_frame_parse(struct sk_buff *skb, const struct sim_port *port, struct sim_frame *fr)
{
	memset(fr, 0, sizeof(*fr));
	fr->key.ip.port = port->index;
	memcpy(fr->key.mac, skb_mac_header(skb), sizeof(fr->key.mac));
	if (!parse_tags(skb, fr))
		return;
	fr->cause = parse_l3(skb, fr, READ_ONCE(port->sim->fragments));
	/* no exact rule matches a tag */
	if (fr->cause == SIM_DONE && fr->key.tag[0].tpid)
		fr->cause = NFO_SIM_PUNT_MISS;
}

/**
 * sim_frame_l4_csum() - where the checksum of TCP or UDP is
 * @skb: the frame
 * @fr: what the parser found: SIM_L4
 *
 * Return: the field, or NULL when there is none to keep right.
 */
__sum16 *sim_frame_l4_csum(struct sk_buff *skb, const struct sim_frame *fr)
{
	struct udphdr *uh;

	if (fr->key.ip.l4 == IPPROTO_TCP)
		return &((struct tcphdr *)(skb->data + fr->l4off))->check;
	uh = (struct udphdr *)(skb->data + fr->l4off);
	if (!uh->check && skb->ip_summed != CHECKSUM_PARTIAL)
		return NULL;
	return &uh->check;
}

/**
 * sim_frame_push_eth() - put the Ethernet header on a frame that was forwarded
 * @skb: the frame, from the header behind the EtherType; @skb->protocol is the EtherType
 * @mac: destination and source
 */
void sim_frame_push_eth(struct sk_buff *skb, const u8 *mac)
{
	struct ethhdr *eth;

	skb_forward_csum(skb);
	eth = skb_push(skb, ETH_HLEN);
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	memcpy(eth, mac, 2 * ETH_ALEN);
	eth->h_proto = skb->protocol;
}
