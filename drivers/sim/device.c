// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bus "nfo_sim": a model is a device on it, the parent of its ports' netdevs, and so has its
 * devlink instance nfo_sim/NAME and its place in sysfs, where the number of VFs is set as for any
 * card. Names on a bus are unique on the machine, those of models in their namespace only: who
 * comes second is called NAME.1 here.
 */
#include <linux/completion.h>
#include <linux/random.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "soc.h"

static struct device *root;
static refcount_t devices = REFCOUNT_INIT(1);	/* one for the module */
static DECLARE_COMPLETION(devices_gone);

static struct sim *to_sim(struct device *dev)
{
	return container_of(dev, struct sim, dev);
}

static ssize_t sriov_totalvfs_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", NFO_SIM_VFS_MAX);
}
static DEVICE_ATTR_RO(sriov_totalvfs);

static ssize_t sriov_numvfs_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(to_sim(dev)->vfs));
}

static ssize_t sriov_numvfs_store(struct device *dev, struct device_attribute *attr,
				  const char *buf, size_t count)
{
	struct sim *sim = to_sim(dev);
	unsigned int vfs;
	int err;

	err = kstrtouint(buf, 0, &vfs);
	if (err)
		return err;
	devl_lock(sim->devlink);
	err = sim_vfs_set(sim, vfs, NULL);
	devl_unlock(sim->devlink);
	return err ?: count;
}
static DEVICE_ATTR_RW(sriov_numvfs);

static struct attribute *sim_attrs[] = {
	&dev_attr_sriov_totalvfs.attr,
	&dev_attr_sriov_numvfs.attr,
	NULL,
};
ATTRIBUTE_GROUPS(sim);

static int sim_match(struct device *dev, nfo_match_driver *driver)
{
	return driver == sim_profile_driver(to_sim(dev)->profile);
}

static struct bus_type sim_bus = {
	.name = "nfo_sim",
	.match = sim_match,
	.dev_groups = sim_groups,
};

static void devices_put(void)
{
	if (refcount_dec_and_test(&devices))
		complete(&devices_gone);
}

static void sim_release(struct device *dev)
{
	struct sim *sim = to_sim(dev);

	soc_free(sim);
	sim_table_destroy(&sim->table);
	kfree(sim);
	devices_put();
}

struct sim *sim_get(struct sim *sim)
{
	get_device(&sim->dev);
	return sim;
}

void sim_put(struct sim *sim)
{
	put_device(&sim->dev);
}

/**
 * sim_device_new() - a model without anything
 * @req: what to make
 *
 * Return: the model with one reference, or an error.
 */
struct sim *sim_device_new(const struct sim_new *req)
{
	struct sim *sim = kzalloc(sizeof(*sim), GFP_KERNEL);
	int err;

	if (!sim)
		return ERR_PTR(-ENOMEM);
	err = sim_table_init(&sim->table, req->size ?: NFO_SIM_SIZE_DEFAULT);
	if (err) {
		kfree(sim);
		return ERR_PTR(err);
	}
	strscpy(sim->name, req->name, sizeof(sim->name));
	get_random_bytes(&sim->id, sizeof(sim->id));
	sim->profile = req->profile;
	/* a MAC with a switch behind it has no wire */
	sim->uplinks = req->wires + !!req->dsa;
	refcount_inc(&devices);
	device_initialize(&sim->dev);
	sim->dev.bus = &sim_bus;
	sim->dev.parent = root;
	sim->dev.release = sim_release;
	err = req->profile->soc ? soc_init(sim, req) : 0;
	if (err) {
		sim_put(sim);
		return ERR_PTR(err);
	}
	return sim;
}

static bool name_taken(const char *name)
{
	struct device *dev = bus_find_device_by_name(&sim_bus, NULL, name);

	put_device(dev);
	return dev;
}

static int set_name(struct sim *sim)
{
	char name[NFO_SIM_NAME_MAX + 12];
	unsigned int n = 0;

	strscpy(name, sim->name, sizeof(name));
	while (name_taken(name))
		snprintf(name, sizeof(name), "%s.%u", sim->name, ++n);
	return dev_set_name(&sim->dev, "%s", name);
}

/**
 * sim_device_add() - make a model's device visible
 * @sim: the model; its devlink instance is there
 * @extack: says what is wrong
 *
 * Return: 0 or a negative error.
 */
int sim_device_add(struct sim *sim, struct netlink_ext_ack *extack)
{
	int err;

	lockdep_assert_held(&sim_lock);
	err = set_name(sim);
	if (!err)
		err = device_add(&sim->dev);
	if (err || sim->dev.driver)
		return err;
	device_del(&sim->dev);
	NL_SET_ERR_MSG(extack, "the driver did not bind: is drivers_autoprobe off?");
	return -ENODEV;
}

int sim_device_init(void)
{
	int err;

	root = root_device_register("nfo_sim");
	if (IS_ERR(root))
		return PTR_ERR(root);
	err = bus_register(&sim_bus);
	if (err)
		goto err_root;
	err = sim_profiles_register(&sim_bus);
	if (err)
		goto err_bus;
	return 0;

err_bus:
	bus_unregister(&sim_bus);
err_root:
	root_device_unregister(root);
	return err;
}

/* Others may have a reference for a moment longer than the model was there: devlink does. */
void sim_device_exit(void)
{
	devices_put();
	wait_for_completion(&devices_gone);
	sim_profiles_unregister();
	bus_unregister(&sim_bus);
	root_device_unregister(root);
}
