// SPDX-License-Identifier: GPL-2.0-only
/*
 * xdp gen DEV N DMAC SRC DST SPORT DPORT FLOWS	send N frames, print nanoseconds per frame
 * xdp reply ...				the same; FLOWS destination ports instead of source ports
 * xdp attach DEV drop				drop what comes in
 * xdp attach DEV pass_on OUT			send it on, as it is
 * xdp detach DEV
 *
 * UDP over IPv4, 60 bytes, no UDP checksum. Frames are the kernel's own (BPF_PROG_RUN, live frames,
 * 64 at a time), the time is the kernel's as well. FILE of the programs is in XDP_OBJ.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/udp.h>

#define BATCH	64

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "xdp: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned int device(const char *name)
{
	unsigned int index = if_nametoindex(name);

	if (!index)
		fail(name);
	return index;
}

static struct bpf_object *open_programs(void)
{
	const char *file = getenv("XDP_OBJ");
	struct bpf_object *obj = bpf_object__open(file ? file : "xdp.bpf.o");

	if (!obj)
		fail("the programs");
	return obj;
}

static int program(struct bpf_object *obj, const char *name)
{
	struct bpf_program *p;

	if (bpf_object__load(obj))
		fail("load");
	p = bpf_object__find_program_by_name(obj, name);
	if (!p)
		fail(name);
	return bpf_program__fd(p);
}

/* An initialised section: its first bytes are the variables in order of the source. */
static void *section(struct bpf_object *obj, const char *name, size_t *size)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
		if (strstr(bpf_map__name(map), name))
			return (void *)bpf_map__initial_value(map, size);
	errno = ENOENT;
	fail(name);
}

static uint16_t ip_sum(const void *header)
{
	const uint16_t *word = header;
	uint32_t sum = 0;
	int i;

	for (i = 0; i < 10; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

static void make_frame(uint8_t *frame, char **arg)
{
	struct ethhdr *eth = (void *)frame;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);

	memset(frame, 0, 64);
	memcpy(eth->h_dest, ether_aton(arg[0]), ETH_ALEN);
	eth->h_source[0] = 2;
	eth->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(46);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = inet_addr(arg[1]);
	ip->daddr = inet_addr(arg[2]);
	ip->check = ip_sum(ip);
	udp->source = htons(atoi(arg[3]));
	udp->dest = htons(atoi(arg[4]));
	udp->len = htons(26);
}

static int generate(char **arg, bool reply)
{
	struct bpf_object *obj = open_programs();
	struct bpf_test_run_opts opts = { .sz = sizeof(opts) };
	struct xdp_md ctx = { .data_end = 64 };
	unsigned long n = strtoul(arg[1], NULL, 10);
	uint8_t frame[64];
	struct { uint32_t out, flows, reply, first; } *consts;
	uint8_t *bss;
	size_t size;

	make_frame(frame, arg + 2);
	consts = section(obj, ".rodata", &size);
	consts->out = device(arg[0]);
	consts->flows = atoi(arg[7]);
	consts->reply = reply;
	consts->first = atoi(arg[reply ? 6 : 5]);
	bss = section(obj, ".bss", &size);
	memcpy(bss, frame, sizeof(frame));
	opts.data_in = frame;
	opts.data_size_in = sizeof(frame);
	opts.ctx_in = &ctx;
	opts.ctx_size_in = sizeof(ctx);
	opts.repeat = n;
	opts.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
	opts.batch_size = n < BATCH ? n : BATCH;
	if (bpf_prog_test_run_opts(program(obj, "gen"), &opts))
		fail("run");
	printf("%u\n", opts.duration);
	return 0;
}

static int attach(char **arg, int n)
{
	struct bpf_object *obj = open_programs();
	int fd = program(obj, arg[1]);
	uint32_t key = 0, out;

	if (n > 2) {
		out = device(arg[2]);
		if (bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, "tx"), &key, &out, 0))
			fail("devmap");
	}
	if (bpf_xdp_attach(device(arg[0]), fd, XDP_FLAGS_DRV_MODE, NULL))
		fail("attach");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 10 && !strcmp(argv[1], "gen"))
		return generate(argv + 2, false);
	if (argc == 10 && !strcmp(argv[1], "reply"))
		return generate(argv + 2, true);
	if (argc >= 4 && !strcmp(argv[1], "attach"))
		return attach(argv + 2, argc - 2);
	if (argc == 3 && !strcmp(argv[1], "detach"))
		return bpf_xdp_detach(device(argv[2]), XDP_FLAGS_DRV_MODE, NULL) ? 1 : 0;
	fprintf(stderr, "usage: see the head of selftests/bench/xdp.c\n");
	return 2;
}
