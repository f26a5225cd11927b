// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program that forwards. What it does not forward it leaves as it was, to the kernel: whatever
 * is not the plain packet of a known flow.
 *
 * The order matters. All that may say no comes before the first write: bpf_redirect_map() says
 * whether the egress device is there and only notes it; then room is made for the new header, which
 * may fail; then everything is written.
 *
 * Counters and the time of the last use are per CPU, and are the only memory that it writes beside
 * the packet.
 */
#include "prog.h"

/**
 * struct packet - where things are in a frame
 * @l3: offset of the IP header
 * @len: layer 3 bytes
 * @l4: offset of the layer 4 header from that of IP
 * @proto: of layer 4
 * @version: 4 or 6
 */
struct packet {
	__u32 l3;
	__u32 len;
	__u32 l4;
	__u8 proto;
	__u8 version;
};

/* Steps over one layer. Its @proto becomes that of the next header; 0: nothing we know. */
static __always_inline int vlan_layer(const void *data, const void *end, __u32 *off, __u16 *proto,
				      __u64 *layers, unsigned int layer)
{
	const struct vlan_tag *tag = data + *off;

	if ((const void *)(tag + 1) > end)
		return 0;
	/* what has a priority is for the CPU, which may change it; DEI goes either way */
	*layers |= xdp_key_layer(*proto, tag->tci & be16(0xefff), layer);
	*proto = tag->proto;
	*off += sizeof(*tag);
	return 1;
}

static __always_inline int pppoe_layer(const void *data, const void *end, __u32 *off, __u16 *proto,
				       __u64 *layers, unsigned int layer)
{
	const struct pppoe_session *ppp = data + *off;

	if ((const void *)(ppp + 1) > end || ppp->type_code != be16(0x1100))
		return 0;
	*layers |= xdp_key_layer(*proto, ppp->sid, layer);
	*proto = ppp->proto == be16(PPP_IPV4) ? be16(ETH_P_IP) :
		 ppp->proto == be16(PPP_IPV6) ? be16(ETH_P_IPV6) : 0;
	*off += sizeof(*ppp);
	return 1;
}

static __always_inline int is_vlan(__u16 proto)
{
	return proto == be16(ETH_P_8021Q) || proto == be16(ETH_P_8021AD);
}

static __always_inline int parse_l2(const void *data, const void *end, struct packet *p,
				    __u16 *proto, struct xdp_key *key)
{
	const struct ethernet *eth = data;
	unsigned int layer = 0;

	if ((const void *)(eth + 1) > end)
		return 0;
	*proto = eth->proto;
	p->l3 = sizeof(*eth);
	key->w[1] = 0;
	if (*proto == be16(ETH_P_IP))
		return 1;
	if (is_vlan(*proto) && !vlan_layer(data, end, &p->l3, proto, &key->w[1], layer++))
		return 0;
	if (is_vlan(*proto) && !vlan_layer(data, end, &p->l3, proto, &key->w[1], layer++))
		return 0;
	if (*proto == be16(ETH_P_PPP_SES) &&
	    (layer >= XDP_LAYERS || !pppoe_layer(data, end, &p->l3, proto, &key->w[1], layer)))
		return 0;
	return 1;
}

static __always_inline int parse_ip4(const void *data, const void *end, struct packet *p,
				     struct xdp_key *key)
{
	const struct ip4 *ip = data + p->l3;

	if ((const void *)(ip + 1) > end)
		return 0;
	/* no options; not the end of its life; no fragment */
	if (ip->version_ihl != 0x45 || ip->ttl <= 1 || ip->frag & be16(0x3fff))
		return 0;
	p->version = 4;
	p->proto = ip->proto;
	p->len = be16(ip->len);
	p->l4 = sizeof(*ip);
	key->w[2] = ip->src | (__u64)ip->dst << 32;
	return 1;
}

static __always_inline int parse_ip6(const void *data, const void *end, struct packet *p,
				     struct xdp_key *key)
{
	const struct ip6 *ip = data + p->l3;

	if ((const void *)(ip + 1) > end)
		return 0;
	if (ip->version_class >> 4 != 6 || ip->hop_limit <= 1)
		return 0;
	p->version = 6;
	p->proto = ip->next;
	p->len = be16(ip->len) + sizeof(*ip);
	p->l4 = sizeof(*ip);
	key->w[2] = ip->addr[0] | (__u64)ip->addr[1] << 32;
	key->w[3] = ip->addr[2] | (__u64)ip->addr[3] << 32;
	key->w[4] = ip->addr[4] | (__u64)ip->addr[5] << 32;
	key->w[5] = ip->addr[6] | (__u64)ip->addr[7] << 32;
	return 1;
}

/* Ports as in memory. 0: not for us. */
static __always_inline int parse_l4(const void *data, const void *end, const struct packet *p,
				    __u32 *ports)
{
	const void *l4 = data + p->l3 + p->l4;
	const struct tcp *tcp = l4;

	if (p->proto == PROTO_TCP) {
		if ((const void *)(tcp + 1) > end || tcp->flags & (TCP_FIN | TCP_SYN | TCP_RST))
			return 0;
		*ports = tcp->ports;
		return 1;
	}
	if (l4 + sizeof(struct udp) > end)
		return 0;
	if (p->proto == PROTO_UDP) {
		*ports = ((const struct udp *)l4)->ports;
		return 1;
	}
	*ports = 0;
	/* nf knows those of version 0 only */
	return p->proto == PROTO_GRE && !(*(const __u16 *)l4 & be16(7));
}

/*
 * Senders on a veth or in a virtual machine leave the checksum to hardware: they write the sum of
 * the pseudo header in its place. Of the checksums that are finished one in 65536 looks the same.
 */
static __always_inline int unfinished(const void *data, const void *end, const struct packet *p,
				      const struct xdp_key *key)
{
	const void *l4 = data + p->l3 + p->l4;
	const struct tcp *tcp = l4;
	__u64 sum = be16(p->proto) + (__u64)be16((__u16)(p->len - p->l4));
	__u16 check;

	if (p->proto == PROTO_TCP) {
		if ((const void *)(tcp + 1) > end)
			return 1;
		check = tcp->check;
	} else {
		if (p->proto != PROTO_UDP)
			return 0;
		if (l4 + sizeof(struct udp) > end)
			return 1;
		check = ((const struct udp *)l4)->check;
	}
	sum += (key->w[2] & 0xffffffff) + (key->w[2] >> 32);
	if (p->version == 6)
		sum += (key->w[3] & 0xffffffff) + (key->w[3] >> 32) +
		       (key->w[4] & 0xffffffff) + (key->w[4] >> 32) +
		       (key->w[5] & 0xffffffff) + (key->w[5] >> 32);
	return check == xdp_fold(sum);
}

static __always_inline __u32 bucket_of(const struct xdp_key *key, __u8 version)
{
	__u64 k[XDP_KEY_WORDS];

	LOAD_CONST(k[0], XDP_CONST_HASH);
	LOAD_CONST(k[1], XDP_CONST_HASH + 1);
	LOAD_CONST(k[2], XDP_CONST_HASH + 2);
	if (version == 4)
		return xdp_hash4(key->w, k);
	LOAD_CONST(k[3], XDP_CONST_HASH + 3);
	LOAD_CONST(k[4], XDP_CONST_HASH + 4);
	LOAD_CONST(k[5], XDP_CONST_HASH + 5);
	return xdp_hash6(key->w, k);
}

static __always_inline int key_equal(const struct xdp_key *a, const struct xdp_key *b, __u8 version)
{
	if (a->w[2] != b->w[2] || a->w[0] != b->w[0] || a->w[1] != b->w[1])
		return 0;
	return version == 4 ||
	       (a->w[3] == b->w[3] && a->w[4] == b->w[4] && a->w[5] == b->w[5]);
}

static __always_inline const struct xdp_entry *find(const struct xdp_key *key, __u8 version,
						    __u32 *index)
{
	const struct xdp_entry *e;
	const __u32 *head;
	__u64 mask;
	void *map;
	int i;

	LOAD_CONST(mask, XDP_CONST_MASK);
	*index = bucket_of(key, version) & mask;
	LOAD_CONST(map, XDP_CONST_BUCKETS);
	head = bpf_map_lookup_elem(map, index);
	if (!head)
		return 0;
	*index = *(const volatile __u32 *)head;
	LOAD_CONST(map, XDP_CONST_ENTRIES);
	for (i = 0; i < XDP_CHAIN_MAX && *index; i++) {
		e = bpf_map_lookup_elem(map, index);
		if (!e)
			return 0;
		if (key_equal(&e->key, key, version))
			return e;
		*index = *(const volatile __u32 *)&e->next;
	}
	return 0;
}

/*
 * Is all of the packet here, and does it fit through? As nf has it, what comes behind the packet,
 * such as padding, counts. Returns layer 3 bytes, or 0.
 */
static __always_inline __u32 fits(struct xdp_md *ctx, const void *data, const void *end,
				  const struct packet *p, const struct xdp_entry *e)
{
	__u32 len = end - data;

	if (len < p->l3 + p->len) {
		/* what it lacks is in other pieces, or nowhere */
		if (!(e->flags & XDP_ENTRY_SG))
			return 0;
		len = bpf_xdp_get_buff_len(ctx);
		if (len < p->l3 + p->len)
			return 0;
	}
	len -= p->l3;
	return len <= e->mtu ? len : 0;
}

/* Bytes @at and the three after it, of which there is an even number before. */
static __always_inline void copy4(void *to, const void *from, unsigned int at)
{
	((__u16 *)(to + at))[0] = ((const __u16 *)(from + at))[0];
	((__u16 *)(to + at))[1] = ((const __u16 *)(from + at))[1];
}

static __always_inline void write_l2(void *data, const struct packet *p, const struct xdp_entry *e)
{
	__u16 ppp_len = be16((__u16)(p->len + 2));

	((__u32 *)data)[0] = ((const __u32 *)e->l2)[0];
	((__u32 *)data)[1] = ((const __u32 *)e->l2)[1];
	copy4(data, e->l2, 8);
	((__u16 *)data)[6] = ((const __u16 *)e->l2)[6];
	if (e->l2_len == 14)
		return;
	copy4(data, e->l2, 14);
	if (e->l2_len == 18)
		return;
	copy4(data, e->l2, 18);
	if (e->l2_len == 26)
		copy4(data, e->l2, 22);
	if (e->flags & XDP_ENTRY_PPPOE)
		*(__u16 *)(data + (e->l2_len == 26 ? 22 : 18)) = ppp_len;
}

static __always_inline void write_l4(void *l4, const void *end, const struct packet *p,
				     const struct xdp_entry *e)
{
	struct tcp *tcp = l4;
	struct udp *udp = l4;
	__u16 check;

	if (!e->l4_delta)
		return;
	if (p->proto == PROTO_TCP) {
		if ((void *)(tcp + 1) > end)
			return;
		tcp->ports = e->ports;
		tcp->check = xdp_csum_update(tcp->check, e->l4_delta);
	} else if (p->proto == PROTO_UDP) {
		if ((void *)(udp + 1) > end)
			return;
		udp->ports = e->ports;
		/* 0: there is none */
		if (!udp->check)
			return;
		check = xdp_csum_update(udp->check, e->l4_delta);
		udp->check = check ? check : 0xffff;
	}
}

/* Everything has been asked: this cannot fail any more, whatever the verifier wants to hear. */
static __always_inline int rewrite(struct xdp_md *ctx, const struct packet *p,
				   const struct xdp_entry *e)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 l2_len = e->l2_len & 31;
	void *l3 = data + l2_len;
	struct ip4 *ip4 = l3;
	struct ip6 *ip6 = l3;
	int i;

	if (data + XDP_L2_MAX > end || l3 + sizeof(*ip4) > end)
		return XDP_ABORTED;
	write_l2(data, p, e);
	if (p->version == 4) {
		ip4->src = e->addr[0];
		ip4->dst = e->addr[1];
		ip4->ttl--;
		ip4->check = xdp_csum_update(ip4->check, e->l3_delta);
		write_l4(l3 + sizeof(*ip4), end, p, e);
		return XDP_REDIRECT;
	}
	if (l3 + sizeof(*ip6) > end)
		return XDP_ABORTED;
	for (i = 0; i < 8; i++)
		ip6->addr[i] = e->addr[i];
	ip6->hop_limit--;
	write_l4(l3 + sizeof(*ip6), end, p, e);
	return XDP_REDIRECT;
}

static __always_inline void count(__u32 index, __u32 len)
{
	struct xdp_count *c;
	void *map;

	LOAD_CONST(map, XDP_CONST_COUNTS);
	c = bpf_map_lookup_elem(map, &index);
	if (!c)
		return;
	c->packets++;
	c->bytes += len;
	c->last = bpf_jiffies64();
}

static __always_inline int parse(const void *data, const void *end, struct packet *p,
				 struct xdp_key *key)
{
	__u32 ports;
	__u16 proto;
	__u64 port;

	if (!parse_l2(data, end, p, &proto, key))
		return 0;
	if (proto == be16(ETH_P_IP)) {
		if (!parse_ip4(data, end, p, key))
			return 0;
	} else if (proto != be16(ETH_P_IPV6) || !parse_ip6(data, end, p, key)) {
		return 0;
	}
	if (!parse_l4(data, end, p, &ports))
		return 0;
	LOAD_CONST(port, XDP_CONST_PORT);
	key->w[0] = xdp_key_head(ports, port, p->proto, p->version);
	return 1;
}

SEC("xdp") int nfo_forward(struct xdp_md *ctx)
{
	const void *data = (const void *)(long)ctx->data, *end = (const void *)(long)ctx->data_end;
	const struct xdp_entry *e;
	struct packet p = {};
	struct xdp_key key;
	__u32 index, delta, len;
	__u64 loose;
	void *map;

	if (!parse(data, end, &p, &key))
		return XDP_PASS;
	e = find(&key, p.version, &index);
	if (!e)
		return XDP_PASS;
	len = fits(ctx, data, end, &p, e);
	if (!len)
		return XDP_PASS;
	LOAD_CONST(loose, XDP_CONST_LOOSE);
	if (loose && unfinished(data, end, &p, &key))
		return XDP_PASS;
	LOAD_CONST(map, XDP_CONST_TX);
	if (bpf_redirect_map(map, e->tx, XDP_PASS) != XDP_REDIRECT)
		return XDP_PASS;
	delta = p.l3 - e->l2_len;
	if (delta && bpf_xdp_adjust_head(ctx, (int)delta))
		return XDP_PASS;
	count(index, len);
	return rewrite(ctx, &p, e);
}

char _license[] SEC("license") = "GPL";
