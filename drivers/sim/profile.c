// SPDX-License-Identifier: GPL-2.0-only
/*
 * The profiles. Each is a driver on the models' bus, under the name of the real one: who asks the
 * parent of a port for its driver is told that.
 */
#include <linux/module.h>
#include <linux/netlink.h>

#include "flower.h"
#include "profile.h"

static struct sim_profile profiles[] = {
	{
		.name = "generic",
		.driver.name = "nfo_sim",
		.dialect = &sim_dialect_generic,
		.eswitch = true,
		.id_in_legacy = true,
		.ft_uplink = true,
		.ft_rep = true,
	}, {
		.name = "tc",
		.driver.name = "nfo_sim_tc",
		.dialect = &sim_dialect_tc,
		.eswitch = true,
		.id_in_legacy = true,
	}, {
		.name = "sloppy",
		.driver.name = "nfo_sim_sloppy",
		.dialect = &sim_dialect_sloppy,
		.eswitch = true,
		.id_in_legacy = true,
	}, {
		.name = "mlx5",
		.driver.name = "mlx5_core",
		.dialect = &sim_dialect_mlx5,
		.dialect_legacy = &sim_dialect_mlx5_nic,
		.eswitch = true,
		.id_in_legacy = true,
		.ft_rep = true,
		.tc_busy = -EINVAL,
		.mode_busy = true,
	}, {
		.name = "nfp",
		.driver.name = "nfp",
		.dialect = &sim_dialect_nfp,
		.eswitch = true,
		.id_in_legacy = true,
		.tc_busy = -EBUSY,
	}, {
		.name = "sfc",
		.driver.name = "sfc_ef100",
		.dialect = &sim_dialect_sfc,
		.eswitch = true,
		.id_in_legacy = true,
		.tc_fixed = true,
	}, {
		.name = "cxgb4",
		.driver.name = "cxgb4",
		.dialect = &sim_dialect_cxgb4,
	}, {
		.name = "bnxt",
		.driver.name = "bnxt_en",
		.dialect = &sim_dialect_bnxt,
		.eswitch = true,
	}, {
		.name = "ice",
		.driver.name = "ice",
		.dialect = &sim_dialect_ice,
		.eswitch = true,
		.id_in_legacy = true,
	},
};

const struct sim_profile *const sim_profile_default = &profiles[0];

/* Those there are, within the 80 bytes that netlink has for a message. */
static void say_which(const char *name, struct netlink_ext_ack *extack)
{
	unsigned int i, n = 0;
	char all[64] = "";

	for (i = 0; i < ARRAY_SIZE(profiles); i++)
		n += scnprintf(all + n, sizeof(all) - n, " %s", profiles[i].name);
	NL_SET_ERR_MSG_FMT(extack, "no profile \"%s\", but%s", name, all);
}

const struct sim_profile *sim_profile_find(const char *name, struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(profiles); i++)
		if (!strcmp(profiles[i].name, name))
			return &profiles[i];
	say_which(name, extack);
	return NULL;
}

static void unregister(unsigned int n)
{
	while (n--)
		driver_unregister(&profiles[n].driver);
}

int sim_profiles_register(struct bus_type *bus)
{
	struct device_driver *driver;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(profiles); i++) {
		driver = &profiles[i].driver;
		driver->bus = bus;
		driver->owner = THIS_MODULE;
		/* a model and its driver belong together */
		driver->suppress_bind_attrs = true;
		err = driver_register(driver);
		if (err) {
			unregister(i);
			return err;
		}
	}
	return 0;
}

void sim_profiles_unregister(void)
{
	unregister(ARRAY_SIZE(profiles));
}
