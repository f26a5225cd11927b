// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flowtables and the devices in them.
 *
 * Binds and unbinds of one network namespace come one at a time (nft holds its commit mutex);
 * nfo_lock orders those of different namespaces. When nft asks us as its provider, one callback
 * serves the whole flowtable, so that the cost of an offer does not grow with its devices.
 *
 * On UNBIND nf sends no DESTROY for what it had offered: the flows of the binding are purged. Our
 * callback stays until nf frees the flowtable, and hears of whatever was offered or failed to be
 * built in between: nf never frees a flow that we still know.
 */
#include <linux/slab.h>

#include "core.h"

#define REPORT_AGAIN	(60 * HZ)

static LIST_HEAD(tables);

static int table_cb(enum tc_setup_type type, void *type_data, void *cb_priv)
{
	if (type != TC_SETUP_CLSFLOWER)
		return -EOPNOTSUPP;
	return nfo_flow_command(cb_priv, NULL, type_data);
}

static struct nfo_table *table_get(struct nf_flowtable *nf)
{
	struct nfo_table *table;

	list_for_each_entry(table, &tables, list)
		if (table->nf == nf)
			return table;

	table = kzalloc(sizeof(*table), GFP_KERNEL);
	if (!table)
		return NULL;
	table->nf = nf;
	table->net = read_pnet(&nf->net);
	INIT_LIST_HEAD(&table->bindings);
	list_add_tail(&table->list, &tables);
	return table;
}

/*
 * Unlink a table that has no binding left; its memory is the caller's. One with a callback of its
 * own stays until nf frees the flowtable: it has to hear the DESTROY of what is left.
 */
static bool table_idle(struct nfo_table *table)
{
	if (!list_empty(&table->bindings) || table->cb)
		return false;
	list_del(&table->list);
	return true;
}

static struct nfo_binding *binding_find(const struct nf_flowtable *nf,
					const struct net_device *dev)
{
	struct nfo_table *table;
	struct nfo_binding *b;

	list_for_each_entry(table, &tables, list) {
		if (table->nf != nf)
			continue;
		list_for_each_entry(b, &table->bindings, table_list)
			if (b->port->dev == dev)
				return b;
	}
	return NULL;
}

/* The port of a device: there is one already if the device is in another flowtable. */
static struct nfo_port *port_get(struct net_device *dev, enum nfo_door door, char *note)
{
	struct nfo_port *port = nfo_port_find(dev_net(dev), dev->ifindex);

	if (!port)
		return nfo_port_create(dev, door, note);
	/* the hash keeps it as long as we hold nfo_lock */
	nfo_port_put(port);
	return port;
}

static void port_idle(struct nfo_port *port)
{
	if (!port->n_bindings)
		nfo_port_destroy(port);
}

static struct nfo_binding *binding_link(struct nfo_binding *b, struct nf_flowtable *nf,
					struct net_device *dev, enum nfo_door door, char *note)
{
	b->port = port_get(dev, door, note);
	if (IS_ERR(b->port))
		return ERR_CAST(b->port);
	b->table = table_get(nf);
	if (!b->table) {
		port_idle(b->port);
		return ERR_PTR(-ENOMEM);
	}
	/* those without a device are not counted */
	if (list_empty(&b->table->bindings))
		atomic_inc(&nfo_totals.tables);
	list_add_tail(&b->table_list, &b->table->bindings);
	b->port->n_bindings++;
	mutex_lock(&b->port->lock);
	list_add_tail(&b->port_list, &b->port->bindings);
	/* from here on a change of the switch is noticed; before, it was not */
	nfo_port_update(b->port);
	mutex_unlock(&b->port->lock);
	return b;
}

/*
 * nft itself cannot say more than an errno, so the log does. nft repeats a transaction for every
 * module it loads on the way: the same device is reported once a minute.
 */
static void report(const struct net_device *dev, int err, const char *note)
{
	static const struct net_device *last;
	static unsigned long until;

	if (dev == READ_ONCE(last) && time_before(jiffies, READ_ONCE(until)))
		return;
	WRITE_ONCE(last, dev);
	WRITE_ONCE(until, jiffies + REPORT_AGAIN);

	if (err == -EOPNOTSUPP)
		net_info_ratelimited("nft_offload: %s: no backend can serve this device, flags offload refused%s%s\n",
				     dev->name, *note ? "; " : "", note);
	else if (err == -EPERM)
		net_info_ratelimited("nft_offload: %s: not in the initial user namespace, flags offload refused; \"nfoctl policy set userns on\" allows it\n",
				     dev->name);
	else
		net_info_ratelimited("nft_offload: %s: its driver refused flags offload, error %d%s%s\n",
				     dev->name, err, *note ? "; " : "", note);
}

/**
 * nfo_binding_add() - a device joins a flowtable
 * @nf: the flowtable
 * @dev: the device
 * @door: how it came to us
 *
 * Context: may sleep; nft's commit mutex is held, RTNL is not.
 *
 * Return: the binding, or an error that has been reported.
 */
struct nfo_binding *nfo_binding_add(struct nf_flowtable *nf, struct net_device *dev,
				    enum nfo_door door)
{
	char note[NFO_NOTE_LEN] = "";
	struct nfo_binding *b, *ret;

	if (!nfo_net_may_offload(dev_net(dev))) {
		report(dev, -EPERM, note);
		return ERR_PTR(-EOPNOTSUPP);
	}
	b = kzalloc(sizeof(*b), GFP_KERNEL);
	if (!b)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&nfo_lock);
	ret = binding_link(b, nf, dev, door, note);
	mutex_unlock(&nfo_lock);
	if (IS_ERR(ret)) {
		report(dev, PTR_ERR(ret), note);
		kfree(b);
	}
	return ret;
}

/**
 * nfo_binding_stop() - forget the flows of a binding and take no more
 * @b: the binding; may have been stopped already
 *
 * Context: may sleep; flow_block_lock and RTNL may be held.
 */
void nfo_binding_stop(struct nfo_binding *b)
{
	mutex_lock(&b->port->lock);
	list_del_init(&b->port_list);
	nfo_flow_purge(b->port, b->table);
	mutex_unlock(&b->port->lock);
}

static bool binding_unlink(struct nfo_binding *b)
{
	bool idle;

	nfo_binding_stop(b);
	mutex_lock(&nfo_lock);
	list_del(&b->table_list);
	if (list_empty(&b->table->bindings))
		atomic_dec(&nfo_totals.tables);
	b->port->n_bindings--;
	port_idle(b->port);
	idle = table_idle(b->table);
	mutex_unlock(&nfo_lock);
	return idle;
}

/**
 * nfo_binding_del() - a device of the indirect door leaves its flowtable
 * @b: the binding; freed
 *
 * Context: may sleep; flow_block_lock is held, RTNL may be.
 */
void nfo_binding_del(struct nfo_binding *b)
{
	if (binding_unlink(b))
		kfree(b->table);
	kfree(b);
}

/**
 * nfo_table_bind() - a device joins a flowtable of which we are the provider
 * @nf: the flowtable
 * @dev: the device
 *
 * Context: may sleep; nft's commit mutex is held, RTNL is not.
 *
 * Return: 0, or -EOPNOTSUPP as the kernel itself answers, or another error.
 */
int nfo_table_bind(struct nf_flowtable *nf, struct net_device *dev)
{
	struct nfo_binding *b = nfo_binding_add(nf, dev, NFO_DOOR_PROVIDER);
	struct flow_block_cb *cb;

	if (IS_ERR(b))
		return PTR_ERR(b);
	if (b->table->cb)
		return 0;

	cb = flow_block_cb_alloc(table_cb, b->table, b->table, NULL);
	if (IS_ERR(cb)) {
		nfo_binding_del(b);
		return PTR_ERR(cb);
	}
	b->table->cb = cb;
	down_write(&nf->flow_block_lock);
	list_add_tail(&cb->list, &nf->flow_block.cb_list);
	up_write(&nf->flow_block_lock);
	return 0;
}

/**
 * nfo_table_unbind() - a device leaves a flowtable of which we are the provider
 * @nf: the flowtable
 * @dev: the device
 *
 * Context: may sleep; nft's commit mutex is held; RTNL is held when the device goes away.
 */
void nfo_table_unbind(struct nf_flowtable *nf, struct net_device *dev)
{
	struct nfo_binding *b;

	mutex_lock(&nfo_lock);
	b = binding_find(nf, dev);
	mutex_unlock(&nfo_lock);
	if (!b)
		return;
	binding_unlink(b);
	kfree(b);
}

/**
 * nfo_table_free() - nf frees a flowtable
 * @nf: the flowtable; all devices have left it
 *
 * Context: may sleep; a worker of nft's.
 */
void nfo_table_free(struct nf_flowtable *nf)
{
	struct nfo_table *table, *found = NULL;

	/* DESTROY for all that is left, then nobody walks the list of callbacks any more */
	nf_flow_table_free(nf);
	mutex_lock(&nfo_lock);
	list_for_each_entry(table, &tables, list) {
		if (table->nf != nf)
			continue;
		found = table;
		list_del(&table->list);
		break;
	}
	mutex_unlock(&nfo_lock);
	if (!found)
		return;
	list_del(&found->cb->list);
	flow_block_cb_free(found->cb);
	kfree(found);
}
