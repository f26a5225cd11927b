// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model's datapath: frames that come in at a port are matched against the table and either
 * leave by another port, rewritten, or go to the CPU as they came. Runs with BH disabled, under RCU.
 *
 * What is forwarded is to be what the kernel's own software flow table would send, bit for bit:
 * checksums are updated incrementally, so that a wrong one stays as wrong as it was; a UDP
 * checksum of zero stays zero; a checksum that is left to a device further on (CHECKSUM_PARTIAL)
 * is kept that way. What is not plainly good for the fast path is the CPU's.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/dst.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "sim.h"

#define VERDICT_HIT	__NFO_SIM_PUNT_MAX

/* What the parser found, until the verdict. */
struct parsed {
	struct sim_key key;
	unsigned int l4off;
	unsigned int hdrlen;	/* bytes from the network header that a rewrite touches */
	u8 ttl;
	bool fin_rst;
};

static unsigned int parse_ip4(struct sk_buff *skb, struct parsed *p)
{
	const struct iphdr *iph;

	if (!pskb_may_pull(skb, sizeof(*iph)))
		return NFO_SIM_PUNT_MALFORMED;
	iph = (const struct iphdr *)skb->data;
	if (iph->version != 4 || iph->ihl < 5 || ntohs(iph->tot_len) > skb->len)
		return NFO_SIM_PUNT_MALFORMED;
	if (ip_is_fragment(iph))
		return NFO_SIM_PUNT_FRAGMENT;
	if (iph->ihl > 5)
		return NFO_SIM_PUNT_OPTIONS;
	p->key.src[0] = iph->saddr;
	p->key.dst[0] = iph->daddr;
	p->key.l4 = iph->protocol;
	p->ttl = iph->ttl;
	p->l4off = sizeof(*iph);
	return VERDICT_HIT;
}

static unsigned int parse_ip6(struct sk_buff *skb, struct parsed *p)
{
	const struct ipv6hdr *ip6h;

	if (!pskb_may_pull(skb, sizeof(*ip6h)))
		return NFO_SIM_PUNT_MALFORMED;
	ip6h = (const struct ipv6hdr *)skb->data;
	if (ip6h->version != 6 || ntohs(ip6h->payload_len) + sizeof(*ip6h) > skb->len)
		return NFO_SIM_PUNT_MALFORMED;
	if (ip6h->nexthdr == NEXTHDR_FRAGMENT)
		return NFO_SIM_PUNT_FRAGMENT;
	if (ipv6_ext_hdr(ip6h->nexthdr))
		return NFO_SIM_PUNT_OPTIONS;
	memcpy(p->key.src, &ip6h->saddr, sizeof(p->key.src));
	memcpy(p->key.dst, &ip6h->daddr, sizeof(p->key.dst));
	p->key.l4 = ip6h->nexthdr;
	p->ttl = ip6h->hop_limit;
	p->l4off = sizeof(*ip6h);
	return VERDICT_HIT;
}

static unsigned int parse_l4(struct sk_buff *skb, struct parsed *p)
{
	const struct tcphdr *th;
	const __be16 *ports;

	switch (p->key.l4) {
	case IPPROTO_TCP:
		p->hdrlen = p->l4off + sizeof(struct tcphdr);
		break;
	case IPPROTO_UDP:
		p->hdrlen = p->l4off + sizeof(struct udphdr);
		break;
	default:
		return NFO_SIM_PUNT_PROTO;
	}
	if (!pskb_may_pull(skb, p->hdrlen))
		return NFO_SIM_PUNT_MALFORMED;
	ports = (const __be16 *)(skb->data + p->l4off);
	p->key.sport = ports[0];
	p->key.dport = ports[1];
	if (p->key.l4 == IPPROTO_TCP) {
		th = (const struct tcphdr *)ports;
		p->fin_rst = th->fin || th->rst;
	}
	return VERDICT_HIT;
}

static unsigned int parse(struct sk_buff *skb, const struct sim_port *port, struct parsed *p)
{
	unsigned int verdict;

	memset(p, 0, sizeof(*p));
	/* no rule matches a tag */
	if (skb_vlan_tag_present(skb))
		return NFO_SIM_PUNT_MISS;
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		verdict = parse_ip4(skb, p);
		break;
	case htons(ETH_P_IPV6):
		verdict = parse_ip6(skb, p);
		break;
	default:
		return NFO_SIM_PUNT_PROTO;
	}
	if (verdict != VERDICT_HIT)
		return verdict;
	p->key.proto = skb->protocol;
	p->key.port = port->index;
	return parse_l4(skb, p);
}

static bool too_long(const struct sk_buff *skb, unsigned int mtu)
{
	if (skb->len <= mtu)
		return false;
	return !skb_is_gso(skb) || !skb_gso_validate_network_len(skb, mtu);
}

static unsigned int judge(struct sk_buff *skb, const struct parsed *p, const struct sim_entry *e,
			  struct net_device **link)
{
	if (p->fin_rst)
		return NFO_SIM_PUNT_FINRST;
	if (p->ttl <= 1)
		return NFO_SIM_PUNT_TTL;
	if (too_long(skb, READ_ONCE(e->out->dev->mtu)))
		return NFO_SIM_PUNT_MTU;
	*link = sim_link(e->out);
	if (!*link)
		return NFO_SIM_PUNT_EGRESS;
	if (skb_ensure_writable(skb, p->hdrlen) || skb_cow_head(skb, LL_RESERVED_SPACE(*link)))
		return NFO_SIM_PUNT_NOMEM;
	return VERDICT_HIT;
}

/* From here on the packet is the entry's; not so if that is dead by now. */
static bool take(struct sim_entry *e, unsigned int len)
{
	bool dead;

	spin_lock(&e->lock);
	dead = e->dead;
	if (!dead) {
		e->packets++;
		e->bytes += len;
		WRITE_ONCE(e->lastused, jiffies);
	}
	spin_unlock(&e->lock);
	return !dead;
}

/* The L4 checksum field, or NULL when there is none to keep right. */
static __sum16 *l4_csum(struct sk_buff *skb, const struct parsed *p)
{
	struct udphdr *uh;

	if (p->key.l4 == IPPROTO_TCP)
		return &((struct tcphdr *)(skb->data + p->l4off))->check;
	uh = (struct udphdr *)(skb->data + p->l4off);
	if (!uh->check && skb->ip_summed != CHECKSUM_PARTIAL)
		return NULL;
	return &uh->check;
}

static void set_ports(struct sk_buff *skb, const struct parsed *p, const struct sim_edit *edit,
		      __sum16 *check)
{
	__be16 *ports = (__be16 *)(skb->data + p->l4off);

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
static void rewrite(struct sk_buff *skb, const struct parsed *p, const struct sim_edit *edit)
{
	__sum16 *check = edit->nat ? l4_csum(skb, p) : NULL;

	if (p->key.proto == htons(ETH_P_IP))
		set_ip4(skb, edit, check);
	else
		set_ip6(skb, edit, check);
	set_ports(skb, p, edit, check);
	if (check && p->key.l4 == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
}

static void transmit(struct sk_buff *skb, const struct sim_entry *e, struct net_device *link)
{
	struct ethhdr *eth;

	skb_forward_csum(skb);
	eth = skb_push(skb, ETH_HLEN);
	skb_reset_mac_header(skb);
	memcpy(eth, e->edit.mac, sizeof(e->edit.mac));
	eth->h_proto = skb->protocol;
	sim_link_send(e->out, link, skb);
}

/* Forward the frame, or say why not: then it is as it was. */
static unsigned int forward(struct sk_buff *skb, const struct sim_port *port)
{
	struct net_device *link;
	struct sim_entry *e;
	unsigned int verdict;
	struct parsed p;

	if (unlikely(READ_ONCE(port->sim->faults.wedge)))
		return NFO_SIM_PUNT_WEDGED;
	verdict = parse(skb, port, &p);
	if (verdict != VERDICT_HIT)
		return verdict;
	e = sim_table_lookup(&port->sim->table, &p.key);
	if (!e)
		return NFO_SIM_PUNT_MISS;
	verdict = judge(skb, &p, e, &link);
	if (verdict != VERDICT_HIT)
		return verdict;
	if (!take(e, skb->len))
		return NFO_SIM_PUNT_MISS;

	sim_count(port, SIM_HW_RX_PACKETS, skb->len);
	sim_count(e->out, SIM_HW_TX_PACKETS, skb->len);
	rewrite(skb, &p, &e->edit);
	transmit(skb, e, link);
	return VERDICT_HIT;
}

/**
 * sim_ingress() - a frame has come in at a port
 * @port: the port
 * @skb: the frame, from the network header on; the outermost tag is not in the data
 *
 * Context: BH disabled, RCU.
 *
 * Return: whether the hardware took it; else it is for the CPU as it came, and so counted.
 */
bool sim_ingress(struct sim_port *port, struct sk_buff *skb)
{
	unsigned int verdict = forward(skb, port);

	if (verdict == VERDICT_HIT)
		return true;
	sim_count_one(port, SIM_PUNT + verdict);
	sim_count(port, SIM_CPU_RX_PACKETS, skb->len);
	return false;
}
