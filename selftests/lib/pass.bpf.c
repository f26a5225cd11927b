// SPDX-License-Identifier: GPL-2.0-only
/* Somebody else's XDP program. */
int pass(void *ctx) __attribute__((section("xdp"), used));

int pass(void *ctx)
{
	(void)ctx;
	return 2;	/* XDP_PASS */
}

char _license[] __attribute__((section("license"), used)) = "GPL";
