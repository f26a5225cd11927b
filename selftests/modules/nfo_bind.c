// SPDX-License-Identifier: GPL-2.0-only
/*
 * For the tests: somebody else who binds a TC block to a device, as tc itself cannot do twice.
 *
 *	modprobe nfo_bind dev=NAME [binder=TYPE]	fails with the driver's error
 *	echo "destroy COOKIE" >parameters/ask		or "stats COOKIE": of a rule that is not there
 *	cat parameters/answer				what the driver said to that
 *
 * The device is of the network namespace of who loads the module; it must not go before that.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <net/flow_offload.h>
#include <net/pkt_cls.h>

static char *dev = "";
module_param(dev, charp, 0444);
static int binder = FLOW_BLOCK_BINDER_TYPE_CLSACT_INGRESS;
module_param(binder, int, 0444);
static int answer;
module_param(answer, int, 0444);

static struct flow_block block;
static struct net_device *bound;

static int command(enum flow_block_command cmd)
{
	struct flow_block_offload bo = {
		.command = cmd,
		.binder_type = binder,
		.net = dev_net(bound),
		.block = &block,
		.cb_list_head = &block.cb_list,
	};
	struct flow_block_cb *cb, *next;
	int err;

	INIT_LIST_HEAD(&bo.cb_list);
	err = bound->netdev_ops->ndo_setup_tc(bound, TC_SETUP_BLOCK, &bo);
	if (err)
		return err;
	if (cmd == FLOW_BLOCK_BIND)
		list_splice(&bo.cb_list, &block.cb_list);
	else
		list_for_each_entry_safe(cb, next, &bo.cb_list, list) {
			list_del(&cb->list);
			flow_block_cb_free(cb);
		}
	return 0;
}

static int ask_set(const char *val, const struct kernel_param *kp)
{
	struct flow_cls_offload cls = { .common.protocol = htons(ETH_P_IP), .common.prio = 1 };
	struct flow_block_cb *cb;

	if (sscanf(val, "destroy %lu", &cls.cookie) == 1)
		cls.command = FLOW_CLS_DESTROY;
	else if (sscanf(val, "stats %lu", &cls.cookie) == 1)
		cls.command = FLOW_CLS_STATS;
	else
		return -EINVAL;
	rtnl_lock();
	list_for_each_entry(cb, &block.cb_list, list)
		answer = cb->cb(TC_SETUP_CLSFLOWER, &cls, cb->cb_priv);
	rtnl_unlock();
	return 0;
}

static const struct kernel_param_ops ask_ops = {
	.set = ask_set,
};
module_param_cb(ask, &ask_ops, NULL, 0200);

static int __init bind_init(void)
{
	int err = -ENODEV;

	flow_block_init(&block);
	rtnl_lock();
	bound = __dev_get_by_name(current->nsproxy->net_ns, dev);
	if (bound && bound->netdev_ops->ndo_setup_tc)
		err = command(FLOW_BLOCK_BIND);
	rtnl_unlock();
	return err;
}

static void __exit bind_exit(void)
{
	int err;

	rtnl_lock();
	err = command(FLOW_BLOCK_UNBIND);
	rtnl_unlock();
	if (err)
		pr_err("unbind: %d\n", err);
}

module_init(bind_init);
module_exit(bind_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test helper that binds a TC block to a device");
