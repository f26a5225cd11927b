// SPDX-License-Identifier: GPL-2.0-only
/*
 * nfo_xdp: flowtable offload in XDP, for every device that no hardware can serve.
 */
#include <linux/module.h>

#include "xdp.h"

static struct nfo_backend xdp_backend = {
	.name = "xdp",
	.owner = THIS_MODULE,
	.deferred = true,
	.fallback = true,
	.port_match = nfo_xdp_port_match,
	.port_add = nfo_xdp_port_add,
	.port_caps = nfo_xdp_port_caps,
	.port_del = nfo_xdp_port_del,
	.port_show = nfo_xdp_port_show,
	.flow_add = nfo_xdp_flow_add,
	.flow_del = nfo_xdp_flow_del,
	.flow_del_many = nfo_xdp_flow_del_many,
	.flow_stats = nfo_xdp_flow_stats,
};

static int __init xdp_init(void)
{
	int err;

	err = nfo_xdp_port_init();
	if (err)
		return err;
	err = nfo_backend_register(&xdp_backend);
	if (err)
		nfo_xdp_port_exit();
	return err;
}

/* No port is left: each pins the module. */
static void __exit xdp_exit(void)
{
	nfo_backend_unregister(&xdp_backend);
	nfo_xdp_port_exit();
}

module_init(xdp_init);
module_exit(xdp_exit);

MODULE_ALIAS_NFO_BACKEND("xdp");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("nft-offload backend in XDP for every network device");
