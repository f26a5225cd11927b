// SPDX-License-Identifier: GPL-2.0-only
/*
 * Profiles of drivers that are nobody's in particular, and the list of all.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "flower.h"

#define KEYS_ALL	(SIM_KEY(META) | SIM_KEY(CONTROL) | SIM_KEY(BASIC) | SIM_KEY(ETH_ADDRS) | \
			 SIM_KEY(VLAN) | SIM_KEY(CVLAN) | SIM_KEY(IPV4_ADDRS) | \
			 SIM_KEY(IPV6_ADDRS) | SIM_KEY(PORTS) | SIM_KEY(TCP) | SIM_KEY(IP))
#define ACTS_ALL	(SIM_ACT(MANGLE) | SIM_ACT(ADD) | SIM_ACT(CSUM) | SIM_ACT(VLAN_PUSH) | \
			 SIM_ACT(VLAN_POP) | SIM_ACT(VLAN_MANGLE) | SIM_ACT(REDIRECT) | \
			 SIM_ACT(DROP) | SIM_ACT(TRAP) | SIM_ACT(ACCEPT))

/* Exact: does what the rule says, as tc's software would, or refuses it and says why. */
static const struct sim_profile generic = {
	.name = "generic",
	.driver = "nfo_sim",
	.flags = SIM_P_FT | SIM_P_EXPLICIT_CSUM,
	.keys = KEYS_ALL,
	.control = FLOW_DIS_IS_FRAGMENT | FLOW_DIS_FIRST_FRAG,
	.acts = ACTS_ALL,
};

static const struct sim_profile tc = {
	.name = "tc",
	.driver = "nfo_sim_tc",
	.flags = SIM_P_EXPLICIT_CSUM,
	.keys = KEYS_ALL,
	.control = FLOW_DIS_IS_FRAGMENT | FLOW_DIS_FIRST_FRAG,
	.acts = ACTS_ALL,
};

static const struct sim_profile *const profiles[] = {
	&generic,
	&tc,
};

/**
 * sim_profile_find() - the profile of a name
 * @name: its name
 *
 * Return: the profile or NULL.
 */
const struct sim_profile *sim_profile_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (!strcmp(profiles[i]->name, name))
			return profiles[i];
	return NULL;
}
