// SPDX-License-Identifier: GPL-2.0-only
/* What bench/xdp loads: frames come from here, are dropped here, or just sent on. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} tx SEC(".maps");

volatile const struct {
	__u32 out;	/* frames leave by this device */
	__u32 flows;	/* source, or destination, ports in turn from the first on */
	__u32 reply;	/* it is the destination */
	__u32 first;	/* first port */
} args;
__u8 frame[64];
__u32 next;

/* The frame is written anew each time: pages come back as they left. */
SEC("xdp") int gen(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct udphdr *udp = data + sizeof(struct ethhdr) + sizeof(struct iphdr);
	__u16 port;

	if (data + 60 > end)
		return XDP_ABORTED;
	__builtin_memcpy(data, frame, 60);
	port = bpf_htons(args.first + next);
	if (++next >= args.flows)
		next = 0;
	if (args.reply)
		udp->dest = port;
	else
		udp->source = port;
	return bpf_redirect(args.out, 0);
}

SEC("xdp") int drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("xdp") int pass_on(struct xdp_md *ctx)
{
	return bpf_redirect_map(&tx, 0, 0);
}

char _license[] SEC("license") = "GPL";
