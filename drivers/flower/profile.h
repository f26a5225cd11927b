/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each driver's flower can do exactly, and how it wants to be told. Pure: no device, no lock;
 * compiles in user space.
 */
#ifndef _NFO_FLOWER_PROFILE_H
#define _NFO_FLOWER_PROFILE_H

#include <linux/types.h>
#include <nfo/backend.h>
#include <nfo/compose.h>

/**
 * enum flower_reach - where a device can redirect to
 * @FLOWER_REACH_SWITCH: what has the same switch id
 * @FLOWER_REACH_CARD: what has the same parent device: ports and representors of one PCI function
 * @FLOWER_REACH_DRIVER: devices with the same profile; which of them, the driver itself checks
 */
enum flower_reach {
	FLOWER_REACH_SWITCH,
	FLOWER_REACH_CARD,
	FLOWER_REACH_DRIVER,
};

/* struct flower_profile @flags */
#define FLOWER_TO_ITSELF	0x1	/* sends out of the port where a packet came in */
#define FLOWER_NO_TRANSIT	0x2	/* does not send from one uplink to another */
#define FLOWER_TRY		0x4	/* see first whether the driver takes a plain rule */
#define FLOWER_TRY_NONSENSE	0x8	/* and refuses one with what it cannot know */
#define FLOWER_TWO_MODES	0x10	/* with and without switchdev: only by trial can it be told */

/**
 * struct flower_traits - what profiles of one driver are told apart by
 * @eswitch: its rules are those of an eswitch
 * @uplink: its port is a physical one
 * @old: of a generation before ConnectX-6 Dx
 */
struct flower_traits {
	bool eswitch;
	bool uplink;
	bool old;
};

/**
 * struct flower_profile - a driver, or a driver in one mode
 * @name: for messages
 * @caps: what it does exactly
 * @dialect: how it is told
 * @reach: where it can redirect to
 * @full: what it has for "no room", if that is not -ENOSPC
 * @flags: FLOWER_*
 */
struct flower_profile {
	const char *name;
	struct nfo_caps caps;
	struct nfo_dialect dialect;
	enum flower_reach reach;
	int full;
	u32 flags;
};

/**
 * flower_profile_find() - the profile of a device
 * @driver: name of its driver
 * @traits: what it is like
 * @why: set to a sentence if there is none
 *
 * Return: the profile, the strict one for a driver that we do not know; or NULL if flower of this
 * driver cannot route.
 */
const struct flower_profile *flower_profile_find(const char *driver,
						 const struct flower_traits *traits,
						 const char **why);

#endif /* _NFO_FLOWER_PROFILE_H */
