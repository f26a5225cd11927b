// SPDX-License-Identifier: GPL-2.0-only
/*
 * nft-offload: nf_flowtable hardware offload for devices that Linux cannot offload by itself.
 *
 * Module entry: from the inside out; the last steps make us visible, first to tools, then to nft.
 * There is no alias for the netlink family or the flowtable families: anybody may make the kernel
 * load a module by alias, but who is nft's provider is for the administrator to say.
 */
#include <linux/module.h>

#include "../native/native.h"
#include "hop.h"

DEFINE_MUTEX(nfo_lock);
struct nfo_totals nfo_totals;

static int __init nfo_init(void)
{
	int err;

	err = nfo_flow_init();
	if (err)
		return err;
	err = nfo_port_init();
	if (err)
		goto err_flow;
	err = nfo_job_init();
	if (err)
		goto err_port;
	err = nfo_hop_init();
	if (err)
		goto err_job;
	err = nfo_refresh_init();
	if (err)
		goto err_hop;
	err = nfo_watch_init();
	if (err)
		goto err_refresh;
	err = nfo_net_init();
	if (err)
		goto err_watch;
	err = nfo_backend_register(&nfo_native);
	if (err)
		goto err_net;
	err = nfo_netlink_init();
	if (err)
		goto err_native;
	err = nfo_indirect_init();
	if (err)
		goto err_netlink;
	err = nfo_provider_init();
	if (err)
		goto err_indirect;
	return 0;

err_indirect:
	nfo_indirect_exit();
err_netlink:
	nfo_netlink_exit();
err_native:
	nfo_backend_unregister(&nfo_native);
err_net:
	nfo_net_exit();
err_watch:
	nfo_watch_exit();
err_refresh:
	nfo_refresh_exit();
err_hop:
	nfo_hop_exit();
err_job:
	nfo_job_exit();
err_port:
	nfo_port_exit();
err_flow:
	nfo_flow_exit();
	return err;
}

static void __exit nfo_exit(void)
{
	nfo_provider_exit();
	nfo_indirect_exit();
	nfo_netlink_exit();
	/* workers may still give devices back, and look for other backends */
	nfo_job_exit();
	nfo_backend_unregister(&nfo_native);
	nfo_net_exit();
	nfo_watch_exit();
	nfo_refresh_exit();
	nfo_hop_exit();
	nfo_port_exit();
	nfo_flow_exit();
}

module_init(nfo_init);
module_exit(nfo_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION(NFO_VERSION);
MODULE_DESCRIPTION("nftables flowtable hardware offload core");
/*
 * Backends come along with us. They cannot be loaded when a device is bound: the init of a module
 * may take RTNL, and nft's commit mutex, for which holders of RTNL wait, is held then.
 */
MODULE_SOFTDEP("post: nfo_flower nfo_xdp");
