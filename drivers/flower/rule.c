// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules of the core and what drivers have of them: one rule, or one per range of TTL where nothing
 * else keeps packets at the end of their TTL out of the hardware (NFO_GUARD_COVER).
 *
 * A bond takes in what its active member takes in, so rules are programmed there, and redirect to
 * the active member of the egress bond. When another one becomes active the core tears these flows
 * down.
 */
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "flower.h"

static struct flower_member *active_member(struct flower_port *fp)
{
	struct net_device *dev = fp->dev;
	struct flower_member *m;

	if (netif_is_bond_master(dev)) {
		rcu_read_lock();
		dev = nfo_bond_active(dev);
		rcu_read_unlock();
	}
	list_for_each_entry(m, &fp->members, list)
		if (m->dev == dev)
			return m;
	return NULL;
}

/* Of a member of a bond: switched_off() takes out what is there, nothing may follow. */
static bool is_off(const struct flower_port *fp, const struct flower_member *m)
{
	return m->dev != fp->dev && !nfo_block_switched_on(m->dev);
}

static int find_way(struct flower_port *fp, const struct nfo_rule *rule,
		    struct flower_member **member, struct net_device **egress,
		    struct netlink_ext_ack *extack)
{
	struct flower_member *m = active_member(fp);
	struct net_device *dev;

	if (!m) {
		NL_SET_ERR_MSG(extack, "the device is gone, or no member of the bond is active");
		return -ENODEV;
	}
	if (is_off(fp, m)) {
		NL_SET_ERR_MSG(extack, "hw-tc-offload of the bond's active member is off");
		return -ENODEV;
	}
	dev = nfo_egress_get(dev_net(fp->dev), rule->edit.ifindex);
	if (!dev)
		return -ENODEV;
	if (!flower_reaches(fp, m->dev, dev, extack)) {
		dev_put(dev);
		return -ENODEV;
	}
	*member = m;
	*egress = dev;
	return 0;
}

static void remove_parts(struct flower_rule *fr, struct nfo_counters *c)
{
	unsigned int i;

	for (i = 0; i < fr->n; i++)
		if (fr->part[i].member)
			nfo_block_del(fr->part[i].member->block, fr->part[i].cookie, c);
}

static int add_parts(struct flower_port *fp, const struct nfo_rule *rule, struct flower_member *m,
		     struct net_device *egress, struct flower_rule *fr,
		     struct netlink_ext_ack *extack)
{
	bool cover = fp->profile->dialect.guard == NFO_GUARD_COVER;
	unsigned int i, n = fr->n;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		err = nfo_block_add(m->block, rule, egress, cover ? &nfo_ttl_cover[i] : NULL,
				    &fr->part[i].cookie, extack);
		fr->part[i].member = err ? NULL : m;
	}
	return err;
}

static struct flower_rule *rule_alloc(const struct flower_profile *profile)
{
	unsigned int n = profile->dialect.guard == NFO_GUARD_COVER ? NFO_TTL_COVERS : 1;
	struct flower_rule *fr = kzalloc(struct_size(fr, part, n), GFP_KERNEL);

	if (fr)
		fr->n = n;
	return fr;
}

static int add(struct flower_port *fp, const struct nfo_rule *rule, struct flower_rule *fr,
	       struct netlink_ext_ack *extack)
{
	struct nfo_counters ignored = {};
	struct flower_member *m;
	struct net_device *egress;
	int err;

	err = find_way(fp, rule, &m, &egress, extack);
	if (err)
		return err;
	err = flower_try(fp, extack);
	if (!err)
		err = add_parts(fp, rule, m, egress, fr, extack);
	dev_put(egress);
	if (err)
		remove_parts(fr, &ignored);
	else
		list_add_tail(&fr->list, &fp->rules);
	return err && err == fp->profile->full ? -ENOSPC : err;
}

/* Has the administrator changed the mode of the eswitch? Then the port has another profile. */
static int explain(struct flower_port *fp, int err, struct netlink_ext_ack *extack)
{
	if ((err != -EOPNOTSUPP && err != -ENODEV) || flower_try_mode(fp) == fp->eswitch)
		return err;
	NL_SET_ERR_MSG(extack, "the mode of the eswitch has changed");
	return -ESTALE;
}

int flower_flow_add(void *priv, const struct nfo_rule *rule, void **flow_priv,
		    struct netlink_ext_ack *extack)
{
	struct flower_port *fp = priv;
	struct flower_rule *fr = rule_alloc(fp->profile);
	int err;

	if (!fr)
		return -ENOMEM;
	flower_enter(fp);
	err = add(fp, rule, fr, extack);
	err = err ? explain(fp, err, extack) : 0;
	flower_leave(fp);
	if (err)
		kfree(fr);
	else
		*flow_priv = fr;
	return err;
}

void flower_flow_del(void *priv, void *flow_priv, struct nfo_counters *last)
{
	struct flower_port *fp = priv;
	struct flower_rule *fr = flow_priv;

	flower_enter(fp);
	*last = fr->last;
	remove_parts(fr, last);
	list_del(&fr->list);
	flower_leave(fp);
	kfree(fr);
}

static void stats(struct flower_rule *fr, struct nfo_counters *c)
{
	struct flower_part *part;
	bool lost = false;
	unsigned int i;

	*c = fr->last;
	memset(&fr->last, 0, sizeof(fr->last));
	for (i = 0; i < fr->n; i++) {
		part = &fr->part[i];
		if (part->member)
			nfo_block_stats(part->member->block, part->cookie, c);
		lost |= !part->member || c->lost;
	}
	c->lost = lost;
}

void flower_flow_stats(void *priv, void *flow_priv, struct nfo_counters *counters)
{
	flower_flow_stats_many(priv, &flow_priv, counters, 1);
}

void flower_flow_stats_many(void *priv, void *const *flow_privs, struct nfo_counters *counters,
			    unsigned int n)
{
	struct flower_port *fp = priv;
	unsigned int i;

	flower_enter(fp);
	for (i = 0; i < n; i++)
		stats(flow_privs[i], &counters[i]);
	flower_leave(fp);
}

/**
 * flower_rules_forget() - take all rules out of a member that goes away
 * @fp: the port; locked
 * @m: the member
 *
 * Context: RTNL.
 */
void flower_rules_forget(struct flower_port *fp, struct flower_member *m)
{
	struct flower_rule *fr;
	unsigned int i;

	ASSERT_RTNL();
	list_for_each_entry(fr, &fp->rules, list) {
		for (i = 0; i < fr->n; i++) {
			if (fr->part[i].member != m)
				continue;
			nfo_block_del(m->block, fr->part[i].cookie, &fr->last);
			fr->part[i].member = NULL;
		}
	}
}
