// SPDX-License-Identifier: GPL-2.0-only
/*
 * Second front door: the stock provider is loaded and the device has no ndo_setup_tc. nf then
 * asks everybody in the indirect registry.
 *
 * The registry keeps records of binds that failed and never forgets them: whoever registers later
 * is shown freed memory (seen on 6.1 and 6.12). Such a replay has neither net nor block; nothing
 * else of it is read.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/flow_offload.h>

#include "core.h"

static int binding_cb(enum tc_setup_type type, void *type_data, void *cb_priv)
{
	struct nfo_binding *b = cb_priv;

	if (type != TC_SETUP_CLSFLOWER)
		return -EOPNOTSUPP;
	return nfo_flow_command(b->table, b->port, type_data);
}

/*
 * nf frees the callback with flow_block_lock held. The reference keeps our module from going in the
 * middle of an UNBIND, which would then miss us.
 */
static void binding_release(void *cb_priv)
{
	nfo_binding_del(cb_priv);
	module_put(THIS_MODULE);
}

static int indirect_bind(struct net_device *dev, struct Qdisc *sch, void *cb_priv,
			 struct flow_block_offload *bo, struct nf_flowtable *nf,
			 void (*cleanup)(struct flow_block_cb *block_cb))
{
	struct flow_block_cb *cb;
	struct nfo_binding *b;

	/* ident is the device: there is one binding of it in this flowtable */
	if (flow_block_cb_lookup(bo->block, binding_cb, dev))
		return -EBUSY;
	if (!try_module_get(THIS_MODULE))
		return -EOPNOTSUPP;
	b = nfo_binding_add(nf, dev, NFO_DOOR_INDIRECT);
	if (IS_ERR(b)) {
		module_put(THIS_MODULE);
		return PTR_ERR(b);
	}
	cb = flow_indr_block_cb_alloc(binding_cb, dev, b, binding_release, bo, dev, sch, nf,
				      cb_priv, cleanup);
	if (IS_ERR(cb)) {
		binding_release(b);
		return PTR_ERR(cb);
	}
	/* nf's cleanup takes it off this list too */
	INIT_LIST_HEAD(&cb->driver_list);
	flow_block_cb_add(cb, bo);
	return 0;
}

/*
 * nf does not lock its list of callbacks for an indirect UNBIND, while its workers may be walking
 * it. And flows are purged before the callback is off the list: after that their DESTROY would
 * miss us.
 */
static int indirect_unbind(struct net_device *dev, struct flow_block_offload *bo,
			   struct nf_flowtable *nf)
{
	struct flow_block_cb *cb;

	down_write(&nf->flow_block_lock);
	cb = flow_block_cb_lookup(bo->block, binding_cb, dev);
	if (cb) {
		nfo_binding_stop(cb->cb_priv);
		flow_indr_block_cb_remove(cb, bo);
	}
	up_write(&nf->flow_block_lock);
	return cb ? 0 : -ENOENT;
}

static int indirect_setup(struct net_device *dev, struct Qdisc *sch, void *cb_priv,
			  enum tc_setup_type type, void *type_data, void *data,
			  void (*cleanup)(struct flow_block_cb *block_cb))
{
	struct flow_block_offload *bo = type_data;

	if (type != TC_SETUP_FT || !bo->net || !bo->block)
		return -EOPNOTSUPP;

	switch (bo->command) {
	case FLOW_BLOCK_BIND:
		return indirect_bind(dev, sch, cb_priv, bo, data, cleanup);
	case FLOW_BLOCK_UNBIND:
		return indirect_unbind(dev, bo, data);
	default:
		return -EOPNOTSUPP;
	}
}

int nfo_indirect_init(void)
{
	return flow_indr_dev_register(indirect_setup, NULL);
}

void nfo_indirect_exit(void)
{
	flow_indr_dev_unregister(indirect_setup, NULL, binding_release);
}
