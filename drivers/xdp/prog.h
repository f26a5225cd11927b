/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the program is written with: headers as they are on the wire, helpers of the kernel's, and
 * constants. In user space, for its tests, the test provides the last two.
 */
#ifndef _NFO_XDP_PROG_H
#define _NFO_XDP_PROG_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/types.h>

#include "layout.h"

#ifdef __bpf__

#define SEC(name)	__attribute__((section(name), used))
#undef __always_inline
#define __always_inline	inline __attribute__((always_inline))

static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
static long (*bpf_redirect_map)(void *map, __u64 key, __u64 flags) = (void *)BPF_FUNC_redirect_map;
static long (*bpf_xdp_adjust_head)(struct xdp_md *ctx, int delta) =
	(void *)BPF_FUNC_xdp_adjust_head;
static __u64 (*bpf_xdp_get_buff_len)(struct xdp_md *ctx) = (void *)BPF_FUNC_xdp_get_buff_len;
static __u64 (*bpf_jiffies64)(void) = (void *)BPF_FUNC_jiffies64;

/* A 64 bit load, which the module finds by its value. */
#define LOAD_CONST(var, n)	asm("%0 = %1 ll" : "=r"(var) : "i"(XDP_MAGIC + (n)))

#else

#include "prog_host.h"

#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define be16(x)		((__u16)__builtin_bswap16(x))
#else
#define be16(x)		((__u16)(x))
#endif

#define PROTO_TCP	6
#define PROTO_UDP	17
#define PROTO_GRE	47
#define TCP_FIN		0x01
#define TCP_SYN		0x02
#define TCP_RST		0x04
#define PPP_IPV4	0x0021
#define PPP_IPV6	0x0057

/* All fields as in memory. Packets need not be aligned, and CPUs that have an XDP do not mind. */
struct ethernet {
	__u8 dst[6];
	__u8 src[6];
	__u16 proto;
};

struct vlan_tag {
	__u16 tci;
	__u16 proto;
};

struct pppoe_session {
	__u16 type_code;
	__u16 sid;
	__u16 len;
	__u16 proto;
};

struct ip4 {
	__u8 version_ihl;
	__u8 tos;
	__u16 len;
	__u16 id;
	__u16 frag;
	__u8 ttl;
	__u8 proto;
	__u16 check;
	__u32 src;
	__u32 dst;
};

struct ip6 {
	__u8 version_class;
	__u8 flow[3];
	__u16 len;
	__u8 next;
	__u8 hop_limit;
	__u32 addr[8];
};

struct tcp {
	__u32 ports;
	__u32 seq;
	__u32 ack;
	__u8 offset;
	__u8 flags;
	__u16 window;
	__u16 check;
	__u16 urgent;
};

struct udp {
	__u32 ports;
	__u16 len;
	__u16 check;
};

#endif /* _NFO_XDP_PROG_H */
