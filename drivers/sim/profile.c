// SPDX-License-Identifier: GPL-2.0-only
/*
 * The profiles. Each is a driver on the models' bus, under the name of the real one: who asks the
 * parent of a port for its driver is told that.
 */
#include <linux/module.h>
#include <linux/netlink.h>

#include "flower.h"
#include "profile.h"
#include "soc.h"

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
	}, {
		.name = "mt7621",
		.soc = &soc_mt7621,
	}, {
		.name = "mt7622",
		.soc = &soc_mt7622,
	}, {
		.name = "mt7986",
		.soc = &soc_mt7986,
	}, {
		.name = "mt7988",
		.soc = &soc_mt7988,
	},
};

static struct device_driver soc_driver = {
	.name = "nfo_soc",
};

const struct sim_profile *const sim_profile_default = &profiles[0];

/*
 * Those there are, within the 80 bytes that netlink has for a message: SoCs if it was meant to be
 * one, else the cards.
 */
static void say_which(const char *name, struct netlink_ext_ack *extack)
{
	bool soc = !strncmp(name, "mt", 2);
	unsigned int i, n = 0;
	char all[64] = "";

	for (i = 0; i < ARRAY_SIZE(profiles); i++)
		if (!profiles[i].soc == !soc)
			n += scnprintf(all + n, sizeof(all) - n, " %s", profiles[i].name);
	NL_SET_ERR_MSG_FMT(extack, "no profile \"%s\", but%s%s", name, all, soc ? "" : " mt*");
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

const struct device_driver *sim_profile_driver(const struct sim_profile *profile)
{
	return profile->soc ? &soc_driver : &profile->driver;
}

static void unregister(unsigned int n)
{
	while (n--)
		if (!profiles[n].soc)
			driver_unregister(&profiles[n].driver);
}

static int add_driver(struct device_driver *driver, struct bus_type *bus)
{
	driver->bus = bus;
	driver->owner = THIS_MODULE;
	/* a model and its driver belong together */
	driver->suppress_bind_attrs = true;
	return driver_register(driver);
}

int sim_profiles_register(struct bus_type *bus)
{
	unsigned int i;
	int err;

	err = add_driver(&soc_driver, bus);
	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(profiles); i++) {
		err = profiles[i].soc ? 0 : add_driver(&profiles[i].driver, bus);
		if (err) {
			unregister(i);
			driver_unregister(&soc_driver);
			return err;
		}
	}
	return 0;
}

void sim_profiles_unregister(void)
{
	unregister(ARRAY_SIZE(profiles));
	driver_unregister(&soc_driver);
}
