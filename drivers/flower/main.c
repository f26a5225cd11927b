// SPDX-License-Identifier: GPL-2.0-only
/*
 * nfo_flower: flowtable offload through drivers that offload TC flower.
 */
#include <linux/module.h>

#include "flower.h"

static struct nfo_backend flower_backend = {
	.name = "flower",
	.owner = THIS_MODULE,
	.deferred = true,
	.port_match = flower_port_match,
	.port_add = flower_port_add,
	.port_caps = flower_port_caps,
	.port_del = flower_port_del,
	.flow_add = flower_flow_add,
	.flow_del = flower_flow_del,
	.flow_stats = flower_flow_stats,
	.flow_stats_many = flower_flow_stats_many,
};

static int __init flower_init(void)
{
	int err;

	err = flower_port_init();
	if (err)
		return err;
	err = nfo_backend_register(&flower_backend);
	if (err)
		flower_port_exit();
	return err;
}

/* No port is left: each pins the module. */
static void __exit flower_exit(void)
{
	nfo_backend_unregister(&flower_backend);
	flower_port_exit();
}

module_init(flower_init);
module_exit(flower_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("nft-offload backend for NICs with TC flower offload");
