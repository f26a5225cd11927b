// SPDX-License-Identifier: GPL-2.0-only
/*
 * nfo_flower_rash: the flower backend with profiles that believe every driver. A driver that does not
 * notice what it cannot do then forwards wrongly: the tests prove with it that they would see that.
 *
 * All other files are those of the backend itself.
 */
#define flower_profile_find	honest_profile_find
#include "../../../drivers/flower/profile.c"
#undef flower_profile_find

/* that of the header had the other name */
const struct flower_profile *flower_profile_find(const char *driver,
						 const struct flower_traits *traits,
						 const char **why);

static struct flower_profile rash;

const struct flower_profile *flower_profile_find(const char *driver,
						 const struct flower_traits *traits,
						 const char **why)
{
	const struct flower_profile *honest = honest_profile_find(driver, traits, why);

	if (!honest)
		return NULL;
	/* one driver at a time: the tests have one model */
	rash = *honest;
	rash.caps = (struct nfo_caps) {
		.flags = IP_L4 | NAT | NFO_CAP_8021AD | NFO_CAP_ENCAP_ANY | NFO_CAP_MTU_DEV,
		.encap_match = NFO_ENCAP_MAX,
		.encap_push = NFO_ENCAP_MAX,
	};
	rash.flags &= ~FLOWER_TRY_NONSENSE;
	return &rash;
}
