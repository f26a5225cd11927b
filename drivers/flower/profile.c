// SPDX-License-Identifier: GPL-2.0-only
/*
 * The profiles. Each claim was read from the driver's source in Linux 6.12, named beside it (below
 * drivers/net/ethernet). None of these checks an MTU.
 *
 * Where a driver's silence about something would be taken for exactness (it has no word for
 * fragments, say), the profile needs an administrator's word: struct nfo_caps @needs.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "profile.h"

#define IP_L4		(NFO_CAP_IP4 | NFO_CAP_IP6 | NFO_CAP_TCP | NFO_CAP_UDP | NFO_CAP_BOND)
#define NAT_ONE		(NFO_CAP_NAT4 | NFO_CAP_NAT6)
#define NAT		(NAT_ONE | NFO_CAP_NAT_BOTH)
#define SAY_EXACT	(NFO_SAY_ETHERTYPE | NFO_SAY_TCP_FLAGS | NFO_SAY_NO_FRAGMENT | NFO_SAY_NO_PCP)

enum {
	MLX5_ESWITCH, MLX5_UPLINK_OLD, MLX5_NIC, MLX5_NIC_OLD, NFP, SFC, CXGB4, BNXT, UNKNOWN,
};

static const struct flower_profile profiles[] = {
	/*
	 * mellanox/mlx5/core. META is looked up without RTNL (en_tc.c:mlx5e_flower_parse_meta): not said.
	 * CSUM means nothing (tc/act/csum.c). A tag in place of another keeps its priority and its DEI
	 * bit, which no key matches; other mixtures of pops and pushes go wrong (tc/act/vlan.c). ACCEPT jumps to the FT chain, TRAP goes to
	 * the CPU (eswitch_offloads.c:esw_setup_accept_dest). The TTL is added to without a look at it.
	 */
	[MLX5_ESWITCH] = {
		.name = "mlx5 eswitch",
		.caps = {
			.flags = IP_L4 | NAT | NFO_CAP_8021AD,
			.encap_match = 2,
			.encap_push = 2,
			.needs_swap = NFO_OPTIN(ANY_TAG),
		},
		.dialect = {
			.say = SAY_EXACT | NFO_SAY_VLAN_NEXT | NFO_SAY_TTL | NFO_SAY_INNER_FIRST |
			       NFO_SAY_L2_BYTES,
			.guard = NFO_GUARD_TRAP,
		},
		.reach = FLOWER_REACH_SWITCH,
		/* tc/act/mirred.c:verify_uplink_forwarding */
		.flags = FLOWER_NO_TRANSIT | FLOWER_TRY | FLOWER_TWO_MODES,
	},
	/*
	 * Of what comes in from the wire these drop the change of TTL without a word, depending on the
	 * card's settings (steering/dr_action.c:dr_action_modify_ttl_adjust): it is not asked for.
	 */
	[MLX5_UPLINK_OLD] = {
		.name = "mlx5 uplink up to ConnectX-6",
		.caps = {
			.flags = IP_L4 | NAT | NFO_CAP_8021AD,
			.encap_match = 2,
			.encap_push = 2,
			.needs = NFO_OPTIN(TTL_UNCHANGED),
			.needs_swap = NFO_OPTIN(ANY_TAG),
		},
		.dialect = {
			.say = SAY_EXACT | NFO_SAY_VLAN_NEXT | NFO_SAY_INNER_FIRST |
			       NFO_SAY_L2_BYTES,
		},
		.reach = FLOWER_REACH_SWITCH,
		.flags = FLOWER_NO_TRANSIT | FLOWER_TRY | FLOWER_TWO_MODES,
	},
	/*
	 * Without switchdev: to the other port of the card through a hairpin. No actions for tags
	 * (tc/act/act.c:tc_acts_nic), and not always more than one priority
	 * (lib/fs_chains.c:mlx5_chains_get_prio_range).
	 */
	[MLX5_NIC] = {
		.name = "mlx5 hairpin",
		.caps = { .flags = IP_L4 | NAT },
		.dialect = {
			.say = SAY_EXACT | NFO_SAY_TTL | NFO_SAY_L2_BYTES,
			.guard = NFO_GUARD_COVER,
		},
		.reach = FLOWER_REACH_DRIVER,
		.flags = FLOWER_TRY | FLOWER_TWO_MODES,
	},
	[MLX5_NIC_OLD] = {
		.name = "mlx5 hairpin up to ConnectX-6",
		.caps = {
			.flags = IP_L4 | NAT,
			.needs = NFO_OPTIN(TTL_UNCHANGED),
		},
		.dialect = { .say = SAY_EXACT | NFO_SAY_L2_BYTES },
		.reach = FLOWER_REACH_DRIVER,
		.flags = FLOWER_TRY | FLOWER_TWO_MODES,
	},
	/*
	 * netronome/nfp/flower. Every command has to bear an EtherType
	 * (offload.c:nfp_flower_repr_offload), a rewrite its checksums (action.c). The TTL can be set,
	 * not decremented. No rule says "no tag" (match.c:nfp_flower_compile_tci), the kind of a tag
	 * only with the firmware for QinQ. Of one run of rewrites those of two IPv6 addresses and the ports
	 * overlap (action.c:nfp_fl_commit_mangle); a checksum ends a run. It has -ENOENT for "no room" (metadata.c).
	 */
	[NFP] = {
		.name = "nfp",
		.caps = {
			.flags = IP_L4 | NAT,
			.encap_match = 1,
			.encap_push = 1,
			.needs = NFO_OPTIN(TTL_UNCHANGED) | NFO_OPTIN(ANY_TAG),
		},
		.full = -ENOENT,
		.dialect = {
			.say = SAY_EXACT | NFO_SAY_CSUM | NFO_SAY_CSUM_EACH | NFO_SAY_PROTOCOL |
			       NFO_SAY_L2_BYTES,
		},
		.reach = FLOWER_REACH_SWITCH,
	},
	/*
	 * sfc. META and CSUM are errors, translation exists only through conntrack (tc.c). Nothing
	 * sends to the CPU, so a rule is for a range of TTL. To the PF means out of its wire. No rule says
	 * "no tag". The first of two pushes is sent as what the firmware has for the outer one
	 * (mae.c:efx_mae_alloc_action_set), against TC: one is all. Linux 6.1 matches no address.
	 */
	[SFC] = {
		.name = "sfc",
		.caps = {
			.flags = IP_L4 | NFO_CAP_8021AD | NFO_CAP_ENCAP_ANY,
			.encap_match = 2,
			.encap_push = 1,
			.needs = NFO_OPTIN(ANY_TAG),
		},
		.dialect = {
			.say = SAY_EXACT | NFO_SAY_TTL | NFO_SAY_L2_BYTES,
			.guard = NFO_GUARD_COVER,
		},
		/* representors have no parent; tc.c:efx_tc_flower_lookup_efv looks */
		.reach = FLOWER_REACH_DRIVER,
		.flags = FLOWER_TO_ITSELF | FLOWER_TRY,
	},
	/*
	 * chelsio/cxgb4. META, TCP flags, fragments, TTL and CSUM are errors
	 * (cxgb4_tc_flower.c:cxgb4_validate_flow_match, _actions); so is the EtherType with the filter
	 * mode the cards come with: the kind of addresses says it. No rule says "no tag", there is one
	 * field for a new one; a pop and a push are an exchange. With old firmware a translation is taken
	 * and not done (cxgb4_filter.c:set_filter_wr). It has -ENOMEM for "no room".
	 */
	[CXGB4] = {
		.name = "cxgb4",
		.caps = {
			.flags = IP_L4 | NAT,
			.encap_match = 1,
			.encap_push = 1,
			.needs = NFO_OPTIN(TTL_UNCHANGED) | NFO_OPTIN(FRAGMENTS) |
				 NFO_OPTIN(ANY_TAG),
			.needs_tcp = NFO_OPTIN(NO_FIN_RST),
			.needs_nat = NFO_OPTIN(FILTER2),
		},
		.full = -ENOMEM,
		.dialect = { .say = NFO_SAY_NO_PCP | NFO_SAY_L2_BYTES },
		.reach = FLOWER_REACH_CARD,
	},
	/*
	 * broadcom/bnxt. What it does not know it does not notice (bnxt_tc.c:bnxt_tc_parse_actions): not
	 * one word too many. With tags it sends MACs of zeros (bnxt_hwrm_cfa_flow_alloc), it translates
	 * one side, and takes a destination port from where a source port is (bnxt_tc_parse_pedit).
	 */
	[BNXT] = {
		.name = "bnxt",
		.caps = {
			.flags = IP_L4 | NAT_ONE,
			.needs = NFO_OPTIN(TTL_UNCHANGED) | NFO_OPTIN(FRAGMENTS),
			.needs_tcp = NFO_OPTIN(NO_FIN_RST),
		},
		.dialect = { .say = NFO_SAY_ETHERTYPE | NFO_SAY_DPORT_LOW | NFO_SAY_L2_BYTES },
		.reach = FLOWER_REACH_SWITCH,
		/* taken for the other port, and sent nowhere (bnxt_flow_get_dst_fid) */
		.flags = FLOWER_NO_TRANSIT,
	},
	/* The strict one: everything is said, each rule stands for itself, nothing is left to order. */
	[UNKNOWN] = {
		.name = "generic",
		.caps = {
			.flags = IP_L4 | NAT | NFO_CAP_8021AD | NFO_CAP_ENCAP_ANY,
			.encap_match = 2,
			.encap_push = 2,
		},
		.dialect = {
			.say = SAY_EXACT | NFO_SAY_VLAN_NEXT | NFO_SAY_TTL | NFO_SAY_CSUM |
			       NFO_SAY_INNER_FIRST | NFO_SAY_PROTOCOL | NFO_SAY_L2_BYTES,
			.guard = NFO_GUARD_COVER,
		},
		.reach = FLOWER_REACH_SWITCH,
		.flags = FLOWER_TRY | FLOWER_TRY_NONSENSE,
	},
};

/* Drivers whose flower rewrites too little to route, by the beginning of their names. */
static const struct {
	const char *driver;
	const char *why;
} unfit[] = {
	{ "ice", "flower of the ice driver rewrites no headers, so it cannot route" },
	{ "rvu_nic", "flower of the octeontx2 driver sends to no other port and rewrites no headers" },
	{ "qede", "flower of the qede driver can only drop and queue" },
	{ "i40e", "flower of the i40e driver can only pick a traffic class" },
	{ "hns3", "flower of the hns3 driver can only pick a traffic class" },
	{ "Prestera", "flower of the prestera driver rewrites and redirects nothing" },
	{ "sparx5", "flower of the sparx5 driver rewrites no addresses, so it cannot route" },
	{ "mlxsw_spectrum", "flower of the mlxsw driver rewrites no MAC addresses; it offloads routes themselves" },
};

static const struct flower_profile *find_mlx5(const struct flower_traits *traits)
{
	if (!traits->eswitch)
		return &profiles[traits->old ? MLX5_NIC_OLD : MLX5_NIC];
	return &profiles[traits->old && traits->uplink ? MLX5_UPLINK_OLD : MLX5_ESWITCH];
}

const struct flower_profile *flower_profile_find(const char *driver,
						 const struct flower_traits *traits,
						 const char **why)
{
	unsigned int i;

	for (i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
		if (strncmp(driver, unfit[i].driver, strlen(unfit[i].driver)))
			continue;
		*why = unfit[i].why;
		return NULL;
	}
	if (!strcmp(driver, "mlx5_core"))
		return find_mlx5(traits);
	if (!strcmp(driver, "nfp"))
		return &profiles[NFP];
	if (!strcmp(driver, "sfc_ef100") || !strcmp(driver, "efx_ef100_rep"))
		return &profiles[SFC];
	if (!strcmp(driver, "cxgb4"))
		return &profiles[CXGB4];
	if (!strcmp(driver, "bnxt_en"))
		return &profiles[BNXT];
	return &profiles[UNKNOWN];
}
