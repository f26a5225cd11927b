// SPDX-License-Identifier: GPL-2.0-only
/*
 * Models and their life. The list of models of a namespace is guarded by sim_lock. A model dies
 * with its namespace, by request or with the module: ports first, then the last reference frees it.
 *
 * With a namespace it goes in pre_exit. As a pernet device we are asked before all pernet
 * subsystems: before devlink, which would carry instances off to the initial namespace, and before
 * the wires and all others of the namespace's netdevs go. VFs that are elsewhere go with the model.
 */
#include <linux/ctype.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "soc.h"

DEFINE_MUTEX(sim_lock);
static unsigned int sim_net_id;
unsigned int sim_generation = 1;	/* 0 is no generation to netlink */

struct list_head *sim_list(struct net *net)
{
	return net_generic(net, sim_net_id);
}

static struct sim *lookup(struct net *net, const char *name)
{
	struct sim *sim;

	lockdep_assert_held(&sim_lock);
	list_for_each_entry(sim, sim_list(net), list)
		if (!strcmp(sim->name, name))
			return sim;
	return NULL;
}

/**
 * sim_find() - the model of a name
 * @net: namespace
 * @name: name
 * @extack: says that there is none
 *
 * Context: sim_lock.
 *
 * Return: the model or NULL.
 */
struct sim *sim_find(struct net *net, const char *name, struct netlink_ext_ack *extack)
{
	struct sim *sim = lookup(net, name);

	if (!sim)
		NL_SET_ERR_MSG_FMT(extack, "no model named \"%s\" in this network namespace", name);
	return sim;
}

static int check_name(const char *name, struct netlink_ext_ack *extack)
{
	const char *p;

	for (p = name; *p; p++) {
		if ((isascii(*p) && isalnum(*p)) || *p == '_' || *p == '-' || *p == '.')
			continue;
		NL_SET_ERR_MSG(extack, "a model's name has letters, digits, '_', '-' and '.' only");
		return -EINVAL;
	}
	if (p == name || name[0] == '.' || name[0] == '-') {
		NL_SET_ERR_MSG(extack, "a model's name begins with a letter, a digit or '_'");
		return -EINVAL;
	}
	return 0;
}

static int check_wires(const struct sim_new *req, struct netlink_ext_ack *extack)
{
	const struct soc_kind *soc = req->profile->soc;
	unsigned int most = soc ? soc->macs : NFO_SIM_PORTS;

	if (req->dsa && !soc) {
		NL_SET_ERR_MSG_FMT(extack, "\"%s\" is no SoC: only those have a switch (dsa)",
				   req->profile->name);
		return -EOPNOTSUPP;
	}
	/* the switch's MAC has none */
	if (req->dsa)
		most = min_t(unsigned int, most - 1 + req->dsa, NFO_SIM_PORTS_MAX);
	if (req->wires >= NFO_SIM_PORTS && req->wires <= most)
		return 0;
	if (most > NFO_SIM_PORTS)
		NL_SET_ERR_MSG_FMT(extack, "\"%s\" needs %u to %u wires, got %u",
				   req->profile->name, NFO_SIM_PORTS, most, req->wires);
	else
		NL_SET_ERR_MSG_FMT(extack, "a model needs %u wires, got %u", most, req->wires);
	return -EINVAL;
}

static int check(const struct sim_new *req, struct netlink_ext_ack *extack)
{
	int err;

	err = check_name(req->name, extack);
	if (!err)
		err = check_wires(req, extack);
	if (!err && req->profile->soc)
		err = soc_check(req, extack);
	return err;
}

static int add_ports(struct sim *sim, const struct sim_new *req, struct netlink_ext_ack *extack)
{
	int err;

	devl_lock(sim->devlink);
	err = sim_uplinks_add(sim, req, extack);
	if (!err) {
		sim->ready = true;
		err = sim_vfs_set(sim, req->vfs, extack);
	}
	if (err)
		sim_ports_remove(sim);
	devl_unlock(sim->devlink);
	return err;
}

static void remove_ports(struct sim *sim)
{
	devl_lock(sim->devlink);
	sim_ports_remove(sim);
	devl_unlock(sim->devlink);
}

/* All that others can see, from the first to the last. */
static int bring_up(struct sim *sim, const struct sim_new *req, struct netlink_ext_ack *extack)
{
	int err;

	err = sim_device_add(sim, extack);
	if (err)
		return err;
	err = sim_health_add(sim);
	if (err)
		goto err_device;
	err = add_ports(sim, req, extack);
	if (err)
		goto err_health;
	err = sim->soc ? soc_add(sim, extack) : 0;
	if (err)
		goto err_ports;
	devlink_register(sim->devlink);
	return 0;

err_ports:
	remove_ports(sim);
err_health:
	sim_health_del(sim);
err_device:
	device_del(&sim->dev);
	return err;
}

/* Waits for those who use the instance, so nothing that they take may be held. */
static void take_down(struct sim *sim)
{
	list_del(&sim->list);
	sim_generation++;
	devlink_unregister(sim->devlink);
	if (sim->soc)
		soc_del(sim);
	remove_ports(sim);
	sim_health_del(sim);
	device_del(&sim->dev);
	devlink_free(sim->devlink);
	sim_put(sim);
}

/**
 * sim_create() - make a model
 * @net: namespace of the wires and of the ports
 * @req: what to make
 * @extack: says what is wrong
 *
 * All or nothing. Context: sim_lock.
 *
 * Return: 0 or a negative error.
 */
int sim_create(struct net *net, const struct sim_new *req, struct netlink_ext_ack *extack)
{
	struct sim *sim;
	int err;

	err = check(req, extack);
	if (err)
		return err;
	if (lookup(net, req->name)) {
		NL_SET_ERR_MSG_FMT(extack, "a model named \"%s\" exists", req->name);
		return -EEXIST;
	}
	sim = sim_device_new(req);
	if (IS_ERR(sim))
		return PTR_ERR(sim);
	sim->devlink = sim_devlink_new(sim, net);
	if (!sim->devlink) {
		sim_put(sim);
		return -ENOMEM;
	}
	err = bring_up(sim, req, extack);
	if (err) {
		devlink_free(sim->devlink);
		sim_put(sim);
		return err;
	}
	list_add_tail(&sim->list, sim_list(net));
	sim_generation++;
	return 0;
}

/**
 * sim_delete() - remove a model with its ports
 * @net: namespace
 * @name: name
 * @extack: says what is wrong
 *
 * Context: sim_lock.
 *
 * Return: 0 or -ENOENT.
 */
int sim_delete(struct net *net, const char *name, struct netlink_ext_ack *extack)
{
	struct sim *sim = sim_find(net, name, extack);

	if (!sim)
		return -ENOENT;
	take_down(sim);
	return 0;
}

static int __net_init sim_net_init(struct net *net)
{
	INIT_LIST_HEAD(sim_list(net));
	return 0;
}

static void __net_exit sim_net_pre_exit(struct net *net)
{
	struct sim *sim, *next;

	mutex_lock(&sim_lock);
	list_for_each_entry_safe(sim, next, sim_list(net), list)
		take_down(sim);
	mutex_unlock(&sim_lock);
}

static struct pernet_operations sim_net_ops = {
	.init = sim_net_init,
	.pre_exit = sim_net_pre_exit,
	.id = &sim_net_id,
	.size = sizeof(struct list_head),
};

int sim_nic_init(void)
{
	return register_pernet_device(&sim_net_ops);
}

void sim_nic_exit(void)
{
	unregister_pernet_device(&sim_net_ops);
}
