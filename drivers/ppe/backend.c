// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the core asks of us.
 *
 * A port of a flowtable is a MAC of a frame engine or a port of a switch behind one. Its flows
 * belong to the engine that gets the packets of that MAC. Flows come and go with engine->hw held,
 * so that whoever has that may keep a pointer to one.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/ktime.h>
#include <nfo/block.h>

#include "ppe.h"

#define CAPS	(NFO_CAP_IP4 | NFO_CAP_IP6 | NFO_CAP_TCP | NFO_CAP_UDP | NFO_CAP_NAT4 | \
		 NFO_CAP_NAT_BOTH | NFO_CAP_ENCAP_ANY | NFO_CAP_PPPOE | NFO_CAP_TUPLE_ONLY)

static const struct nfo_caps ppe_caps = {
	.flags = CAPS,
	.encap_match = NFO_ENCAP_MAX,
	.encap_push = FOE_VLANS_MAX,
	.needs = NFO_OPTIN(ANY_TAG),
};

static int port_add(struct net_device *dev, void **priv, struct netlink_ext_ack *extack)
{
	struct nfo_ppe_place place;
	struct ppe_port *port;
	struct ppe_soc *soc;

	mutex_lock(&ppe_lock);
	soc = ppe_soc_find(dev, &place);
	mutex_unlock(&ppe_lock);
	if (!soc)
		return -EOPNOTSUPP;
	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port) {
		ppe_soc_put(soc);
		return -ENOMEM;
	}
	port->soc = soc;
	port->dev = dev;
	port->mac = place.mac;
	port->engine = ppe_soc_engine(soc, place.mac);
	mutex_lock(&ppe_lock);
	ppe_soc_steer(soc, port->mac, true);
	ppe_ident_look(port->engine);
	mutex_unlock(&ppe_lock);
	*priv = port;
	return 0;
}

static void port_del(struct net_device *dev, void *priv)
{
	struct ppe_port *port = priv;

	mutex_lock(&ppe_lock);
	ppe_soc_steer(port->soc, port->mac, false);
	ppe_ident_look(port->engine);
	mutex_unlock(&ppe_lock);
	ppe_soc_put(port->soc);
	kfree(port);
}

static const struct nfo_caps *port_caps(void *priv)
{
	return &ppe_caps;
}

static int egress_place(struct ppe_port *port, int ifindex, struct nfo_ppe_place *place)
{
	struct nfo_ppe_host *host = port->soc->host;
	struct net_device *dev;
	int err = -ENODEV;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(dev_net(port->dev), ifindex);
	if (dev && !READ_ONCE(port->soc->gone))
		err = host->ops->place(host, dev, place);
	rcu_read_unlock();
	return err;
}

static int encode(struct ppe_port *port, const struct nfo_rule *rule, u32 *words,
		  struct netlink_ext_ack *extack)
{
	struct nfo_ppe_place out;
	struct foe_entry entry;
	const char *what;
	int err;

	err = egress_place(port, rule->edit.ifindex, &out);
	if (err) {
		NL_SET_ERR_MSG(extack, "the egress device is no port of this frame engine");
		return err;
	}
	err = ppe_entry_of(rule, &out, port->engine->mib, &entry, &what);
	if (!err)
		err = foe_encode(port->engine->layout, &entry, words, &what);
	if (err)
		NL_SET_ERR_MSG_FMT(extack, "hardware cannot: %s", what ?: "this kind of entry");
	/* the table is not full */
	return err == -ENOSPC ? -E2BIG : err;
}

static int flow_add(void *priv, const struct nfo_rule *rule, void **flow_priv,
		    struct netlink_ext_ack *extack)
{
	struct ppe_port *port = priv;
	struct ppe_engine *e = port->engine;
	struct ppe_flow *f;
	int err;

	f = kzalloc(struct_size(f, words, e->words), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	f->port = port;
	err = encode(port, rule, f->words, extack);
	if (err) {
		kfree(f);
		return err;
	}
	mutex_lock(&e->hw);
	spin_lock_bh(&e->lock);
	ppe_table_add(e, f);
	spin_unlock_bh(&e->lock);
	mutex_unlock(&e->hw);
	*flow_priv = f;
	return 0;
}

/* What the core does not know yet. */
static void report(struct ppe_flow *f, struct nfo_counters *c)
{
	u64 now = ktime_get_boottime_seconds();

	memset(c, 0, sizeof(*c));
	c->packets = f->packets - f->told_packets;
	c->bytes = f->bytes - f->told_bytes;
	f->told_packets = f->packets;
	f->told_bytes = f->bytes;
	c->used = !f->port->engine->mib && f->clock.used > f->told_used;
	if (c->packets || c->used)
		c->lastused = jiffies - (now - min(now, f->clock.used)) * HZ;
	f->told_used = f->clock.used;
}

static void flow_del(void *priv, void *flow_priv, struct nfo_counters *last)
{
	struct ppe_port *port = priv;
	struct ppe_engine *e = port->engine;
	struct ppe_flow *f = flow_priv;

	mutex_lock(&e->hw);
	spin_lock_bh(&e->lock);
	ppe_table_del(e, f);
	spin_unlock_bh(&e->lock);
	ppe_collect(e, f);
	spin_lock_bh(&e->lock);
	ppe_table_disown(e, f);
	spin_unlock_bh(&e->lock);
	mutex_unlock(&e->hw);
	report(f, last);
	kfree(f);
}

static void flow_stats(void *priv, void *flow_priv, struct nfo_counters *counters)
{
	struct ppe_port *port = priv;
	struct ppe_engine *e = port->engine;
	struct ppe_flow *f = flow_priv;

	mutex_lock(&e->hw);
	ppe_collect(e, f);
	spin_lock_bh(&e->lock);
	report(f, counters);
	spin_unlock_bh(&e->lock);
	mutex_unlock(&e->hw);
}

static enum nfo_reason flow_where(void *priv, void *flow_priv)
{
	return READ_ONCE(((struct ppe_flow *)flow_priv)->where);
}

struct nfo_backend ppe_backend = {
	.name = "ppe",
	.owner = THIS_MODULE,
	.port_add = port_add,
	.port_caps = port_caps,
	.port_del = port_del,
	.flow_add = flow_add,
	.flow_del = flow_del,
	.flow_stats = flow_stats,
	.flow_where = flow_where,
};
