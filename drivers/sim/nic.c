// SPDX-License-Identifier: GPL-2.0-only
/*
 * Models and their life. The list of models of a namespace is guarded by RTNL. A model dies with
 * its namespace, by request or with the module: ports first, then the last reference frees it.
 */
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <net/rtnetlink.h>

#include "sim.h"

static char *profile = "generic";
module_param(profile, charp, 0644);
MODULE_PARM_DESC(profile, "profile of new models");

static unsigned int sim_net_id;
unsigned int sim_generation = 1;	/* 0 is no generation to netlink */

struct list_head *sim_list(struct net *net)
{
	return net_generic(net, sim_net_id);
}

struct sim *sim_get(struct sim *sim)
{
	kref_get(&sim->ref);
	return sim;
}

static void sim_release(struct kref *ref)
{
	struct sim *sim = container_of(ref, struct sim, ref);

	sim_table_destroy(&sim->table);
	kfree(sim);
}

void sim_put(struct sim *sim)
{
	kref_put(&sim->ref, sim_release);
}

static struct sim *lookup(struct net *net, const char *name)
{
	struct sim *sim;

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
 * Context: RTNL.
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

/* Queue the ports for unregistration and let go of the model. */
static void sim_kill(struct sim *sim, struct list_head *kill)
{
	unsigned int i;

	for (i = 0; i < NFO_SIM_PORTS; i++)
		if (sim->port[i])
			unregister_netdevice_queue(sim->port[i], kill);
	list_del(&sim->list);
	sim_generation++;
	sim_put(sim);
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

static struct net_device *find_wire(struct net *net, const struct sim_new *req, unsigned int i,
				    struct netlink_ext_ack *extack)
{
	struct net_device *wire = __dev_get_by_name(net, req->wire[i]);
	unsigned int j;

	if (!wire) {
		NL_SET_ERR_MSG_FMT(extack, "no netdev \"%s\" in this network namespace",
				   req->wire[i]);
		return ERR_PTR(-ENODEV);
	}
	for (j = 0; j < i; j++) {
		if (strcmp(req->wire[i], req->wire[j]))
			continue;
		NL_SET_ERR_MSG_FMT(extack, "wire \"%s\" is named twice", req->wire[i]);
		return ERR_PTR(-EINVAL);
	}
	return wire;
}

static int add_ports(struct sim *sim, struct net *net, const struct sim_new *req,
		     struct netlink_ext_ack *extack)
{
	struct net_device *wire, *dev;
	unsigned int i;

	for (i = 0; i < NFO_SIM_PORTS; i++) {
		wire = find_wire(net, req, i, extack);
		if (IS_ERR(wire))
			return PTR_ERR(wire);
		dev = sim_port_create(sim, net, i, wire, extack);
		if (IS_ERR(dev))
			return PTR_ERR(dev);
		sim->port[i] = dev;
	}
	return 0;
}

/**
 * sim_create() - make a model
 * @net: namespace of the wires and of the ports
 * @req: what to make
 * @extack: says what is wrong
 *
 * All or nothing. Context: RTNL.
 *
 * Return: 0 or a negative error.
 */
int sim_create(struct net *net, const struct sim_new *req, struct netlink_ext_ack *extack)
{
	struct sim *sim;
	LIST_HEAD(kill);
	int err;

	ASSERT_RTNL();
	err = check_name(req->name, extack);
	if (err)
		return err;
	if (lookup(net, req->name)) {
		NL_SET_ERR_MSG_FMT(extack, "a model named \"%s\" exists", req->name);
		return -EEXIST;
	}
	sim = kzalloc(sizeof(*sim), GFP_KERNEL);
	if (!sim)
		return -ENOMEM;
	sim->profile = sim_profile_find(profile);
	if (!sim->profile) {
		NL_SET_ERR_MSG(extack, "no such profile");
		kfree(sim);
		return -EINVAL;
	}
	kref_init(&sim->ref);
	strscpy(sim->name, req->name, sizeof(sim->name));
	get_random_bytes(&sim->id, sizeof(sim->id));
	err = sim_table_init(&sim->table, req->size);
	if (err) {
		kfree(sim);
		return err;
	}
	list_add_tail(&sim->list, sim_list(net));
	sim_generation++;
	err = add_ports(sim, net, req, extack);
	if (err) {
		sim_kill(sim, &kill);
		unregister_netdevice_many(&kill);
	}
	return err;
}

/**
 * sim_delete() - remove a model with its ports
 * @net: namespace
 * @name: name
 * @extack: says what is wrong
 *
 * Context: RTNL.
 *
 * Return: 0 or -ENOENT.
 */
int sim_delete(struct net *net, const char *name, struct netlink_ext_ack *extack)
{
	struct sim *sim = sim_find(net, name, extack);
	LIST_HEAD(kill);

	if (!sim)
		return -ENOENT;
	sim_kill(sim, &kill);
	unregister_netdevice_many(&kill);
	return 0;
}

static int __net_init sim_net_init(struct net *net)
{
	INIT_LIST_HEAD(sim_list(net));
	return 0;
}

static void __net_exit sim_net_exit_batch(struct list_head *nets)
{
	struct sim *sim, *next;
	struct net *net;
	LIST_HEAD(kill);

	rtnl_lock();
	list_for_each_entry(net, nets, exit_list)
		list_for_each_entry_safe(sim, next, sim_list(net), list)
			sim_kill(sim, &kill);
	unregister_netdevice_many(&kill);
	rtnl_unlock();
}

static struct pernet_operations sim_net_ops = {
	.init = sim_net_init,
	.exit_batch = sim_net_exit_batch,
	.id = &sim_net_id,
	.size = sizeof(struct list_head),
};

int sim_nic_init(void)
{
	/* as a device: models go before the namespace's other devices, their wires, do */
	return register_pernet_device(&sim_net_ops);
}

void sim_nic_exit(void)
{
	unregister_pernet_device(&sim_net_ops);
}
