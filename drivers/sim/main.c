// SPDX-License-Identifier: GPL-2.0-only
/*
 * nfo_sim: models of offload hardware whose datapath really forwards.
 */
#include <linux/module.h>
#include <net/rtnetlink.h>

#include "sim.h"

static int __init sim_init(void)
{
	int err;

	err = sim_device_init();
	if (err)
		return err;
	err = rtnl_link_register(&sim_link_ops);
	if (err)
		goto err_device;
	err = sim_wire_init();
	if (err)
		goto err_link;
	err = sim_nic_init();
	if (err)
		goto err_wire;
	err = sim_netlink_init();
	if (err)
		goto err_nic;
	return 0;

err_nic:
	sim_nic_exit();
err_wire:
	sim_wire_exit();
err_link:
	rtnl_link_unregister(&sim_link_ops);
err_device:
	sim_device_exit();
	return err;
}

/* Like any NIC driver, it can be removed while its ports are in use. */
static void __exit sim_exit(void)
{
	sim_netlink_exit();
	sim_nic_exit();
	sim_wire_exit();
	rtnl_link_unregister(&sim_link_ops);
	sim_device_exit();
}

module_init(sim_init);
module_exit(sim_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(NFO_SIM_VERSION);
MODULE_DESCRIPTION("NIC model with flowtable offload, forwarding between netdevs used as wires");
