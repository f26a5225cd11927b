// SPDX-License-Identifier: GPL-2.0-only
/*
 * ice (drivers/net/ethernet/intel/ice): forwards and drops, and rewrites nothing, so nothing that
 * routes can be told to it. No counters.
 */
#include "flower.h"

const struct sim_dialect sim_dialect_ice = {
	.flags = SIM_D_EEXIST,
	.reach = SIM_REACH_REP,		/* ice_tc_lib.c:ice_tc_setup_action */
	/* ice_tc_lib.c:ice_parse_cls_flower; tunnels, PPPoE and L2TP are not modelled */
	.keys = SIM_KEY(CONTROL) | SIM_KEY(BASIC) | SIM_KEY(ETH_ADDRS) | SIM_KEY(VLAN) |
		SIM_KEY(CVLAN) | SIM_KEY(IPV4_ADDRS) | SIM_KEY(IPV6_ADDRS) | SIM_KEY(IP) |
		SIM_KEY(PORTS),
	.acts = SIM_ACT(DROP) | SIM_ACT(REDIRECT),
	.no_destroy = -EINVAL,		/* ice_tc_lib.c:ice_del_cls_flower */
	.stats = -EINVAL,		/* ice_main.c:ice_setup_tc_cls_flower */
};
