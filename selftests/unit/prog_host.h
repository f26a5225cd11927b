/* SPDX-License-Identifier: GPL-2.0-only */
/* The program of nfo_xdp in user space: its helpers are the test's. */
#ifndef _UNIT_PROG_HOST_H
#define _UNIT_PROG_HOST_H

#define SEC(name)
#undef __always_inline
#define __always_inline	inline __attribute__((always_inline))

void *bpf_map_lookup_elem(void *map, const void *key);
long bpf_redirect_map(void *map, __u64 key, __u64 flags);
long bpf_xdp_adjust_head(struct xdp_md *ctx, int delta);
__u64 bpf_xdp_get_buff_len(struct xdp_md *ctx);
__u64 bpf_jiffies64(void);

extern __u64 prog_const[__XDP_CONST_MAX];
#define LOAD_CONST(var, n)	((var) = (__typeof__(var))prog_const[n])

#endif /* _UNIT_PROG_HOST_H */
