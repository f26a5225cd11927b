// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a rule to an entry of the table. Pure: no lock, no device; compiles in user space.
 */
#include <linux/bits.h>
#include <linux/in.h>
#include <linux/string.h>
#include <linux/types.h>

#include "entry.h"

#define PPPOE_VERSION	0x11
#define PPP_IPV4	cpu_to_be16(0x0021)
#define PPP_IPV6	cpu_to_be16(0x0057)
#define DEV_ROOM	4	/* bytes of a tag that a device takes beyond its MTU */

static bool is_ip4(const struct nfo_match *m)
{
	return m->l3proto == cpu_to_be16(ETH_P_IP);
}

static u32 ports_of(__be16 sport, __be16 dport)
{
	__be16 both[2] = { sport, dport };
	u32 ports;

	memcpy(&ports, both, sizeof(ports));
	return ports;
}

static void make_key(struct xdp_key *key, const struct nfo_match *m, u16 port)
{
	u32 ports = m->l4proto == IPPROTO_GRE ? 0 : ports_of(m->sport, m->dport);
	u8 i;

	key->w[0] = xdp_key_head(ports, port, m->l4proto, is_ip4(m) ? 4 : 6);
	for (i = 0; i < m->n_encap; i++)
		key->w[1] |= xdp_key_layer((__force u16)m->encap[i].proto,
					   (__force u16)cpu_to_be16(m->encap[i].id), i);
	if (is_ip4(m)) {
		key->w[2] = (__force u32)m->src.ip4 | (u64)(__force u32)m->dst.ip4 << 32;
		return;
	}
	for (i = 0; i < 2; i++) {
		key->w[2 + i] = (__force u32)m->src.ip6[2 * i] |
				(u64)(__force u32)m->src.ip6[2 * i + 1] << 32;
		key->w[4 + i] = (__force u32)m->dst.ip6[2 * i] |
				(u64)(__force u32)m->dst.ip6[2 * i + 1] << 32;
	}
}

/* New addresses and ports, or the old ones: all of it is written. */
static void make_addresses(struct xdp_entry *e, const struct nfo_rule *rule)
{
	const struct nfo_match *m = &rule->match;
	const struct nfo_edit *d = &rule->edit;
	bool src = d->flags & NFO_EDIT_SRC, dst = d->flags & NFO_EDIT_DST;
	size_t len = is_ip4(m) ? 4 : 16;

	memcpy(&e->addr[0], src ? &d->src : &m->src, len);
	memcpy(&e->addr[len / 4], dst ? &d->dst : &m->dst, len);
	e->ports = ports_of(src ? d->sport : m->sport, dst ? d->dport : m->dport);
}

/* What changes from @from to @to, for a sum over it. */
static u64 change(u32 from, u32 to)
{
	return from == to ? 0 : (u64)(u32)~from + to;
}

static void make_deltas(struct xdp_entry *e, const struct nfo_match *m)
{
	u32 old[8], n = is_ip4(m) ? 1 : 4, i;
	u64 addrs = 0, ports;

	memcpy(old, &m->src, 4 * n);
	memcpy(old + n, &m->dst, 4 * n);
	for (i = 0; i < 2 * n; i++)
		addrs += change(old[i], e->addr[i]);
	ports = change(ports_of(m->sport, m->dport), e->ports);
	/* TTL is the upper half of its word */
	if (is_ip4(m))
		e->l3_delta = xdp_fold(addrs + (__force u16)cpu_to_be16((u16)~0x0100));
	if (m->l4proto != IPPROTO_GRE)
		e->l4_delta = xdp_fold(addrs + ports);
}

static void put(struct xdp_entry *e, const void *bytes, u8 len)
{
	memcpy(&e->l2[e->l2_len], bytes, len);
	e->l2_len += len;
}

static void put_be16(struct xdp_entry *e, __be16 value)
{
	put(e, &value, sizeof(value));
}

/* EtherType of a layer, then what comes before the next EtherType. The last one is IP's. */
static void make_l2(struct xdp_entry *e, const struct nfo_rule *rule)
{
	const struct nfo_edit *d = &rule->edit;
	u8 i;

	put(e, d->dmac, ETH_ALEN);
	put(e, d->smac, ETH_ALEN);
	for (i = 0; i < d->n_encap; i++) {
		put_be16(e, d->encap[i].proto);
		if (d->encap[i].proto != cpu_to_be16(ETH_P_PPP_SES)) {
			put_be16(e, cpu_to_be16(d->encap[i].id));
			continue;
		}
		e->flags |= XDP_ENTRY_PPPOE;
		put_be16(e, cpu_to_be16(PPPOE_VERSION << 8));
		put_be16(e, cpu_to_be16(d->encap[i].id));
		put_be16(e, 0);
		put_be16(e, is_ip4(&rule->match) ? PPP_IPV4 : PPP_IPV6);
		return;
	}
	put_be16(e, rule->match.l3proto);
}

void nfo_xdp_entry_make(struct xdp_entry *e, const struct nfo_rule *rule, u16 port, u32 tx,
			u32 dev_mtu, bool sg)
{
	u32 most;

	memset(e, 0, sizeof(*e));
	make_key(&e->key, &rule->match, port);
	make_addresses(e, rule);
	make_deltas(e, &rule->match);
	make_l2(e, rule);
	e->tx = tx;
	if (sg)
		e->flags |= XDP_ENTRY_SG;
	/* no frame is handed over that the device would drop */
	most = dev_mtu + ETH_HLEN + DEV_ROOM - e->l2_len;
	e->mtu = rule->edit.mtu < most ? rule->edit.mtu : most;
}
