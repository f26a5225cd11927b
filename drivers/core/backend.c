// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of backends, in order of preference. Guarded by nfo_lock.
 */
#include <linux/module.h>

#include "core.h"

static LIST_HEAD(backends);

static bool is_complete(const struct nfo_backend *be)
{
	return be->name && be->port_add && be->port_caps && be->port_del && be->flow_add &&
	       be->flow_del && be->flow_stats && (!be->deferred || be->port_match);
}

int nfo_backend_register(struct nfo_backend *be)
{
	struct nfo_backend *other;
	int err = 0;

	if (!is_complete(be))
		return -EINVAL;
	mutex_lock(&nfo_lock);
	list_for_each_entry(other, &backends, list)
		if (!strcmp(other->name, be->name))
			err = -EEXIST;
	if (!err)
		list_add_tail(&be->list, &backends);
	mutex_unlock(&nfo_lock);
	return err;
}
EXPORT_SYMBOL_GPL(nfo_backend_register);

void nfo_backend_unregister(struct nfo_backend *be)
{
	mutex_lock(&nfo_lock);
	list_del(&be->list);
	mutex_unlock(&nfo_lock);
}
EXPORT_SYMBOL_GPL(nfo_backend_unregister);

struct list_head *nfo_backend_list(void)
{
	lockdep_assert_held(&nfo_lock);
	return &backends;
}

/*
 * The first backend that takes the device, pinned. A backend that knows the device but cannot
 * have it (busy, say) ends the search: a lesser one would hide the trouble.
 */
struct nfo_backend *nfo_backend_for(struct net_device *dev, void **priv)
{
	struct netlink_ext_ack extack = {};
	struct nfo_backend *be;
	int err;

	lockdep_assert_held(&nfo_lock);
	list_for_each_entry(be, &backends, list) {
		/* our own backends need no pin: nft or the indirect door holds us */
		if (be->owner != THIS_MODULE && !try_module_get(be->owner))
			continue;
		/* a deferred backend attaches later, from the worker */
		err = be->deferred ? be->port_match(dev, &extack) : be->port_add(dev, priv, &extack);
		if (!err)
			return be;
		nfo_backend_put(be);
		if (err != -EOPNOTSUPP)
			return ERR_PTR(err);
	}
	return ERR_PTR(-EOPNOTSUPP);
}

void nfo_backend_put(struct nfo_backend *be)
{
	if (be->owner != THIS_MODULE)
		module_put(be->owner);
}
