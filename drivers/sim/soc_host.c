// SPDX-License-Identifier: GPL-2.0-only
/*
 * The SoC model as the Ethernet driver of include/nfo/ppe.h: the device of the engines, and who is
 * told of packets, resets and MTUs.
 */
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "soc.h"

/* The device lives as long as somebody has it; what it refers to is the model's. */
struct child {
	struct platform_device pdev;
	struct sim *sim;
};

static struct soc *to_soc(struct nfo_ppe_host *host)
{
	return container_of(host, struct soc, host);
}

static int host_place(struct nfo_ppe_host *host, const struct net_device *dev,
		      struct nfo_ppe_place *place)
{
	const struct sim_port *port = netdev_priv(dev);

	if ((!soc_is_mac(dev) && !soc_is_user_dev(dev)) || port->sim->soc != to_soc(host))
		return -ENODEV;
	place->mac = soc_is_user(port) ? 0 : port->index;
	place->dsa_port = soc_is_user(port) ? port->index - port->sim->soc->macs : -1;
	return 0;
}

static struct net_device *host_netdev(struct nfo_ppe_host *host, unsigned int mac)
{
	struct sim *sim = to_soc(host)->sim;

	return mac < sim->soc->macs ? rcu_dereference(sim->port[mac]) : NULL;
}

/* A reset is waited for. */
static struct soc_client *replace_client(struct soc *soc, struct soc_client *new)
{
	struct soc_client *old;

	mutex_lock(&soc->client_lock);
	old = rcu_dereference_protected(soc->client, lockdep_is_held(&soc->client_lock));
	if (new && old)
		old = ERR_PTR(-EBUSY);
	else
		rcu_assign_pointer(soc->client, new);
	mutex_unlock(&soc->client_lock);
	return old;
}

static int host_listen(struct nfo_ppe_host *host, const struct nfo_ppe_client_ops *ops, void *priv)
{
	struct soc *soc = to_soc(host);
	struct soc_client *new = NULL, *old;

	if (ops) {
		new = kmalloc(sizeof(*new), GFP_KERNEL);
		if (!new)
			return -ENOMEM;
		*new = (struct soc_client) { .ops = ops, .priv = priv };
	}
	old = replace_client(soc, new);
	if (IS_ERR(old)) {
		kfree(new);
		return PTR_ERR(old);
	}
	if (old) {
		synchronize_net();
		synchronize_srcu(&soc->srcu);
		kfree(old);
	}
	return 0;
}

static const struct nfo_ppe_host_ops host_ops = {
	.place = host_place,
	.netdev = host_netdev,
	.listen = host_listen,
};

/**
 * soc_tell_rx() - tell of a packet that goes up to the CPU through an engine
 * @soc: the SoC
 * @dev: netdev of the MAC that it came in at
 * @skb: the packet, from the network header on
 * @reason: why
 * @index: of the entry, or NFO_PPE_NO_ENTRY
 *
 * Context: BH disabled, RCU.
 */
void soc_tell_rx(struct soc *soc, struct net_device *dev, struct sk_buff *skb,
		 unsigned int reason, unsigned int index)
{
	const struct soc_client *client = rcu_dereference(soc->client);

	if (!client || !client->ops->rx)
		return;
	skb->dev = dev;
	client->ops->rx(client->priv, dev, skb, reason, index);
}

/**
 * soc_tell_irq() - the frame engine wants attention
 * @soc: the SoC
 */
void soc_tell_irq(struct soc *soc)
{
	const struct soc_client *client;

	if (READ_ONCE(soc->lost_irq))
		return;
	rcu_read_lock();
	client = rcu_dereference(soc->client);
	if (client && client->ops->irq)
		client->ops->irq(client->priv);
	rcu_read_unlock();
}

/**
 * soc_tell_mtu() - the MTU of a MAC has changed
 * @soc: the SoC
 *
 * Context: RTNL.
 */
void soc_tell_mtu(struct soc *soc)
{
	const struct soc_client *client;
	int idx = srcu_read_lock(&soc->srcu);

	client = srcu_dereference(soc->client, &soc->srcu);
	if (client && client->ops->mtu)
		client->ops->mtu(client->priv);
	srcu_read_unlock(&soc->srcu, idx);
}

/**
 * soc_tell_reset() - the frame engine is about to be reset, or was reset
 * @soc: the SoC
 * @done: it was
 *
 * Context: @soc->client_lock.
 */
void soc_tell_reset(struct soc *soc, bool done)
{
	const struct soc_client *client;

	client = rcu_dereference_protected(soc->client, lockdep_is_held(&soc->client_lock));
	if (client && client->ops->reset)
		client->ops->reset(client->priv, done);
}

void soc_host_init(struct soc *soc)
{
	soc->host = (struct nfo_ppe_host) {
		.ops = &host_ops,
		.regmap = soc->regmap,
		.dma = &soc->sim->dev,
		.macs = soc->macs,
		.engines = soc->kind->engines,
		.accounting = soc->kind->accounting,
	};
}

static void child_release(struct device *dev)
{
	struct child *child = container_of(dev, struct child, pdev.dev);

	sim_put(child->sim);
	kfree(child);
}

/**
 * soc_child_add() - make the device of the engines, for a driver to find
 * @soc: the SoC, with its netdevs
 *
 * Return: 0 or a negative error.
 */
int soc_child_add(struct soc *soc)
{
	static const char *const names[] = { "nfo-ppe-v1", "nfo-ppe-v2", "nfo-ppe-v3" };
	struct child *child = kzalloc(sizeof(*child), GFP_KERNEL);
	int err;

	if (!child)
		return -ENOMEM;
	child->sim = sim_get(soc->sim);
	child->pdev.name = names[soc->kind->version - 1];
	child->pdev.id = PLATFORM_DEVID_AUTO;
	child->pdev.dev.parent = &soc->sim->dev;
	child->pdev.dev.platform_data = &soc->host;
	child->pdev.dev.release = child_release;
	err = platform_device_register(&child->pdev);
	if (err) {
		platform_device_put(&child->pdev);
		return err;
	}
	soc->child = &child->pdev;
	return 0;
}

void soc_child_del(struct soc *soc)
{
	platform_device_unregister(soc->child);
	soc->child = NULL;
}
