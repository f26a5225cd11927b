/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Profiles: which driver a model is like.
 */
#ifndef _NFO_SIM_PROFILE_H
#define _NFO_SIM_PROFILE_H

#include <linux/device.h>

struct netlink_ext_ack;
struct sim_dialect;
struct soc_kind;

/**
 * struct sim_profile - what is peculiar to a driver
 * @name: of the profile
 * @driver: its name is the real driver's
 * @soc: it is a SoC of this kind, with a driver that all share; NULL: a NIC
 * @dialect: what it makes of flower rules
 * @dialect_legacy: the same in legacy mode, if that is different
 * @eswitch: has an eswitch that can be put into switchdev mode
 * @id_in_legacy: uplinks have a parent id in legacy mode, too
 * @ft_uplink: uplinks speak TC_SETUP_FT
 * @ft_rep: representors do
 * @tc_fixed: hw-tc-offload is on and cannot be switched off
 * @tc_busy: the error with which hw-tc-offload stays on while there are rules, or 0
 * @mode_busy: the eswitch mode stays as it is while there are rules
 */
struct sim_profile {
	const char *name;
	struct device_driver driver;
	const struct soc_kind *soc;
	const struct sim_dialect *dialect;
	const struct sim_dialect *dialect_legacy;
	bool eswitch;
	bool id_in_legacy;
	bool ft_uplink;
	bool ft_rep;
	bool tc_fixed;
	int tc_busy;
	bool mode_busy;
};

extern const struct sim_profile *const sim_profile_default;
const struct sim_profile *sim_profile_find(const char *name, struct netlink_ext_ack *extack);
const struct device_driver *sim_profile_driver(const struct sim_profile *profile);
int sim_profiles_register(struct bus_type *bus);
void sim_profiles_unregister(void);

#endif /* _NFO_SIM_PROFILE_H */
