// SPDX-License-Identifier: GPL-2.0-only
/* Numbers that frame engines have too few bits for: their time, which wraps, and MTUs. */
#include <linux/errno.h>

#include "foe_layout.h"

#define MTU_BITS	14
#define TAG_LEN		4

/**
 * foe_time_mask() - how much of the frame engine's time there is in a bound entry
 * @layout: generation
 *
 * Return: mask, which is one second less than the wrap.
 */
__u32 foe_time_mask(const struct foe_layout *layout)
{
	return foe_mask(foe_ib1(layout, FOE_F_TIME));
}

/**
 * foe_idle() - time between two timestamps
 * @layout: generation
 * @now: frame engine's time
 * @then: timestamp
 *
 * Return: seconds, modulo the wrap.
 */
__u32 foe_idle(const struct foe_layout *layout, __u32 now, __u32 then)
{
	return (now - then) & foe_time_mask(layout);
}

/**
 * foe_clock_start() - an entry has just been used, or bound
 * @clock: its clock
 * @stamp: its timestamp
 * @now: caller's time, s
 */
void foe_clock_start(struct foe_clock *clock, __u32 stamp, __u64 now)
{
	clock->stamp = stamp;
	clock->used = now;
}

/**
 * foe_clock_see() - when was an entry used last?
 * @layout: generation
 * @clock: its clock
 * @stamp: its timestamp
 * @fe_now: frame engine's time
 * @now: caller's time, s
 *
 * Only a timestamp that has changed says something: it is younger than the last look. So this is
 * exact for who looks once per wrap. Who looks less often may take the last use for a later one,
 * but an entry that is not used at all does not look young.
 *
 * Return: caller's time of the last use.
 */
__u64 foe_clock_see(const struct foe_layout *layout, struct foe_clock *clock, __u32 stamp,
		    __u32 fe_now, __u64 now)
{
	u32 idle = foe_idle(layout, fe_now, stamp);
	u64 used = now > idle ? now - idle : 0;

	if ((stamp ^ clock->stamp) & foe_time_mask(layout)) {
		clock->stamp = stamp;
		if (used > clock->used)
			clock->used = used;
	}
	return clock->used;
}

/**
 * foe_mtu() - values of the VLAN_MTU registers
 * @mtu: largest MTU of the MACs
 * @reg: VLAN_MTU0 and VLAN_MTU1
 *
 * A frame may be longer by four bytes for each tag; the special tag of a switch counts as one.
 *
 * Return: 0, or -ERANGE if it does not fit.
 */
int foe_mtu(unsigned int mtu, __u32 reg[2])
{
	const u32 max = (1U << MTU_BITS) - 1 - ETH_HLEN - 3 * TAG_LEN;
	u32 len = mtu + ETH_HLEN;

	if (mtu > max)
		return -ERANGE;
	reg[0] = len | (len + TAG_LEN) << 16;
	reg[1] = (len + 2 * TAG_LEN) | (len + 3 * TAG_LEN) << 16;
	return 0;
}
