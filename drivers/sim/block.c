// SPDX-License-Identifier: GPL-2.0-only
/*
 * How rules come in: flow blocks bound to a port by TC_SETUP_FT or TC_SETUP_BLOCK, and the commands
 * for the rules in them.
 *
 * TC_SETUP_FT: commands come from nf's workers, without RTNL, which they must not wait for.
 * TC_SETUP_BLOCK: with RTNL, unless the profile says that its driver does without.
 *
 * Binds of flowtables in one namespace are serialised by nft, those of two by nobody: the lists of
 * blocks are the port's own. TC's binds come under RTNL, which is not held for the others: the list
 * of TC's is another one.
 */
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/pkt_cls.h>

#include "sim.h"

/* Words that are not a literal; @why lives as long as the module. */
static void say(struct netlink_ext_ack *extack, const char *why)
{
	if (extack && why && !extack->_msg)
		extack->_msg = why;
}

/* ---- exact rules */

static int exact_replace(struct sim_port *port, struct flow_cls_offload *cls)
{
	struct sim_exact *e;
	int err;

	if (!(port->dev->features & NETIF_F_HW_TC)) {
		NL_SET_ERR_MSG_MOD(cls->common.extack, "hw-tc-offload is off");
		return -EOPNOTSUPP;
	}
	e = kzalloc(sizeof(*e), GFP_KERNEL);
	if (!e)
		return -ENOMEM;
	sim_rule_init(&e->rule, port, SIM_KIND_EXACT, cls->cookie);
	err = sim_rule_parse(port, cls, e);
	if (!err)
		err = sim_fault_insert(port->sim, cls->common.extack);
	if (!err)
		return sim_table_insert(&port->sim->table, &e->rule, 0, cls->common.extack);
	kfree(e);
	return err;
}

/* The last counters go out with DESTROY: who asks with STATS first still loses some. */
static int exact_report(struct sim_port *port, struct flow_cls_offload *cls, bool destroy)
{
	int err;

	if (destroy && sim_table_kept(port))
		return -EOPNOTSUPP;
	err = sim_fault_answer(port->sim);
	return err ?: sim_table_report(port, SIM_KIND_EXACT, cls, destroy);
}

static int exact_cb(enum tc_setup_type type, void *type_data, void *cb_priv)
{
	struct flow_cls_offload *cls = type_data;
	struct sim_port *port = cb_priv;

	if (type != TC_SETUP_CLSFLOWER)
		return -EOPNOTSUPP;
	switch (cls->command) {
	case FLOW_CLS_REPLACE:
		return exact_replace(port, cls);
	case FLOW_CLS_DESTROY:
		return exact_report(port, cls, true);
	case FLOW_CLS_STATS:
		return exact_report(port, cls, false);
	default:
		return -EOPNOTSUPP;
	}
}

/* ---- masked rules */

static const struct sim_dialect *dialect(const struct sim_port *port)
{
	const struct sim_profile *profile = port->sim->profile;

	if (!READ_ONCE(port->sim->switchdev) && profile->dialect_legacy)
		return profile->dialect_legacy;
	return profile->dialect;
}

/* Whose hw-tc-offload counts. */
static struct net_device *switch_of(const struct sim_dialect *d, const struct sim_port *port)
{
	struct net_device *pf;

	if (!(d->flags & SIM_D_PF_SWITCH) || !sim_is_rep(port))
		return port->dev;
	pf = rtnl_dereference(port->sim->port[0]);
	return pf ?: port->dev;
}

/* May frames that come in at @in leave by @out? Both are ports of the card. */
static bool reaches(const struct sim_dialect *d, const struct sim_port *in,
		    const struct sim_port *out)
{
	bool switchdev = READ_ONCE(in->sim->switchdev);

	switch (d->reach) {
	case SIM_REACH_CARD:
		return true;
	case SIM_REACH_BNXT:
		return switchdev;
	case SIM_REACH_FDB:
		return sim_is_rep(in) ? in != out : sim_is_rep(out);
	case SIM_REACH_PF:
		return in == out || ((sim_is_rep(in) || in->index == 0) &&
				     (sim_is_rep(out) || out->index == 0));
	case SIM_REACH_REP:
		return switchdev && (sim_is_rep(in) || sim_is_rep(out));
	}
	return false;
}

static int find_out(const struct sim_dialect *d, struct sim_port *port, struct net_device *dev,
		    struct sim_masked *m, struct netlink_ext_ack *extack)
{
	struct sim_port *out = dev && sim_is_port(dev) ? netdev_priv(dev) : NULL;

	if (!out || out->sim != port->sim) {
		NL_SET_ERR_MSG_MOD(extack, "redirect to a device that is no port of this card");
		return -EOPNOTSUPP;
	}
	if (!reaches(d, port, out)) {
		NL_SET_ERR_MSG_MOD(extack, "redirect between ports that the card cannot connect");
		return -EOPNOTSUPP;
	}
	m->rule.out = out;
	if (d->reach == SIM_REACH_BNXT && !sim_is_rep(port) && !sim_is_rep(out))
		m->end = SIM_END_DROP;
	return 0;
}

static int parse(const struct sim_dialect *d, struct sim_port *port, enum sim_kind kind,
		 const struct flow_cls_offload *cls, struct sim_flower *f)
{
	struct sim_parse p = {
		.dialect = d,
		.rule = cls->rule,
		.ifindex = port->dev->ifindex,
		.prio = cls->common.prio,
		.ft = kind == SIM_KIND_FT,
		.filter2 = READ_ONCE(port->sim->filter2),
		.out = f,
	};
	int err = sim_flower_parse(&p);

	say(cls->common.extack, p.why);
	return err;
}

static int masked_build(const struct sim_dialect *d, struct sim_port *port, enum sim_kind kind,
			const struct flow_cls_offload *cls, struct sim_masked **m)
{
	struct sim_flower *f = kmalloc(sizeof(*f), GFP_KERNEL);
	int err;

	if (!f)
		return -ENOMEM;
	err = parse(d, port, kind, cls, f);
	if (err)
		goto out;
	*m = sim_masked_new(port, kind, cls, f);
	err = *m ? 0 : -ENOMEM;
	if (!err && f->end == SIM_END_REDIRECT)
		err = find_out(d, port, f->out, *m, cls->common.extack);
	if (err)
		kfree(*m);
out:
	kfree(f);
	return err;
}

static int masked_replace(const struct sim_dialect *d, struct sim_port *port, enum sim_kind kind,
			  struct flow_cls_offload *cls)
{
	struct sim_masked *m = NULL;
	int err;

	if (!tc_cls_can_offload_and_chain0(switch_of(d, port), &cls->common))
		return -EOPNOTSUPP;
	err = masked_build(d, port, kind, cls, &m);
	if (err)
		return err;
	err = sim_fault_insert(port->sim, cls->common.extack);
	if (err) {
		kfree(m);
		return err;
	}
	err = sim_table_insert(&port->sim->table, &m->rule, d->flags, cls->common.extack);
	return err == -ENOSPC && d->full ? d->full : err;
}

static int masked_report(const struct sim_dialect *d, struct sim_port *port, enum sim_kind kind,
			 struct flow_cls_offload *cls, bool destroy)
{
	int err;

	if (destroy && sim_table_kept(port))
		return -EOPNOTSUPP;
	err = sim_fault_answer(port->sim);
	if (!err)
		err = sim_table_report(port, kind, cls, destroy);
	if (err == -ENOENT)
		return destroy ? d->no_destroy : d->no_stats;
	return err;
}

static int masked_command(struct sim_port *port, enum sim_kind kind, struct flow_cls_offload *cls)
{
	const struct sim_dialect *d = dialect(port);

	if (d->flags & SIM_D_OFF_IS_DEAF &&
	    !tc_can_offload_extack(switch_of(d, port), cls->common.extack))
		return -EOPNOTSUPP;
	if (d->flags & SIM_D_REAL_PROTO && !eth_proto_is_802_3(cls->common.protocol)) {
		say(cls->common.extack, "a rule needs an EtherType");
		return -EOPNOTSUPP;
	}
	switch (cls->command) {
	case FLOW_CLS_REPLACE:
		return masked_replace(d, port, kind, cls);
	case FLOW_CLS_DESTROY:
		return masked_report(d, port, kind, cls, true);
	case FLOW_CLS_STATS:
		return d->stats ?: masked_report(d, port, kind, cls, false);
	default:
		return -EOPNOTSUPP;
	}
}

static int masked_cb(struct sim_port *port, enum tc_setup_type type, enum sim_kind kind,
		     void *type_data)
{
	return type == TC_SETUP_CLSFLOWER ? masked_command(port, kind, type_data) : -EOPNOTSUPP;
}

static int tc_cb(enum tc_setup_type type, void *type_data, void *cb_priv)
{
	struct sim_port *port = cb_priv;

	if (!(dialect(port)->flags & SIM_D_UNLOCKED))
		ASSERT_RTNL();
	return masked_cb(port, type, SIM_KIND_TC, type_data);
}

static int ft_cb(enum tc_setup_type type, void *type_data, void *cb_priv)
{
	return masked_cb(cb_priv, type, SIM_KIND_FT, type_data);
}

/* ---- blocks */

int sim_setup_ft(struct net_device *dev, void *type_data)
{
	struct flow_block_offload *bo = type_data;
	struct sim_port *port = netdev_priv(dev);
	bool exact = dialect(port)->flags & SIM_D_FT_EXACT;
	int err;

	err = flow_block_cb_setup_simple(bo, &port->ft_blocks, exact ? exact_cb : ft_cb, port, port,
					 true);
	/* nf sends no DESTROY for what was in the block */
	if (!err && bo->command == FLOW_BLOCK_UNBIND)
		sim_table_purge(port, exact ? SIM_KIND_EXACT : SIM_KIND_FT);
	return err;
}

/* TC sends DESTROY for its rules between the unbind and this: what is left now is nobody's. */
static void tc_release(void *cb_priv)
{
	sim_table_purge(cb_priv, SIM_KIND_TC);
}

static int tc_bind(struct sim_port *port, struct flow_block_offload *bo)
{
	struct flow_block_cb *cb;

	if (flow_block_cb_is_busy(tc_cb, port, &port->blocks))
		return -EBUSY;
	cb = flow_block_cb_alloc(tc_cb, port, port, tc_release);
	if (IS_ERR(cb))
		return PTR_ERR(cb);
	flow_block_cb_add(cb, bo);
	list_add_tail(&cb->driver_list, &port->blocks);
	return 0;
}

static int tc_unbind(struct sim_port *port, struct flow_block_offload *bo)
{
	struct flow_block_cb *cb = flow_block_cb_lookup(bo->block, tc_cb, port);

	if (!cb)
		return -ENOENT;
	flow_block_cb_remove(cb, bo);
	list_del(&cb->driver_list);
	return 0;
}

/*
 * Bindings of a driver (sfc, tc_bindings.c) that keeps a list of its own: it does not mind a second
 * block, and unbinds whichever it finds first for the netdev; if that was bound to another block it
 * has nothing to unbind, and what should have gone stays.
 */
struct binding {
	struct list_head list;
	struct sim_port *port;
	struct flow_block_cb *cb;
};

static int lax_cb(enum tc_setup_type type, void *type_data, void *cb_priv)
{
	struct binding *b = cb_priv;

	return tc_cb(type, type_data, b->port);
}

static void lax_release(void *cb_priv)
{
	struct binding *b = cb_priv;

	list_del(&b->list);
	if (list_empty(&b->port->bindings))
		sim_table_purge(b->port, SIM_KIND_TC);
	kfree(b);
}

static int lax_bind(struct sim_port *port, struct flow_block_offload *bo)
{
	struct binding *b = kzalloc(sizeof(*b), GFP_KERNEL);
	int err;

	if (!b)
		return -ENOMEM;
	b->port = port;
	b->cb = flow_block_cb_alloc(lax_cb, b, b, lax_release);
	if (IS_ERR(b->cb)) {
		err = PTR_ERR(b->cb);
		kfree(b);
		return err;
	}
	list_add(&b->list, &port->bindings);
	flow_block_cb_add(b->cb, bo);
	return 0;
}

static int lax_unbind(struct sim_port *port, struct flow_block_offload *bo)
{
	struct flow_block_cb *cb = NULL;
	struct binding *b;

	b = list_first_entry_or_null(&port->bindings, struct binding, list);
	if (b)
		cb = flow_block_cb_lookup(bo->block, lax_cb, b);
	if (!cb)
		return -ENOENT;
	flow_block_cb_remove(cb, bo);
	return 0;
}

/**
 * sim_bindings_free() - a port goes: bindings that nobody managed to unbind go, too
 * @port: the port; whoever had bound a block to it has given it up
 */
void sim_bindings_free(struct sim_port *port)
{
	struct binding *b, *next;

	list_for_each_entry_safe(b, next, &port->bindings, list)
		flow_block_cb_free(b->cb);
}

int sim_setup_block(struct net_device *dev, void *type_data)
{
	struct sim_port *port = netdev_priv(dev);
	struct flow_block_offload *bo = type_data;
	u32 flags = dialect(port)->flags;

	ASSERT_RTNL();
	if (bo->binder_type != FLOW_BLOCK_BINDER_TYPE_CLSACT_INGRESS)
		return -EOPNOTSUPP;
	bo->driver_block_list = &port->blocks;
	if (flags & SIM_D_UNLOCKED)
		bo->unlocked_driver_cb = true;
	switch (bo->command) {
	case FLOW_BLOCK_BIND:
		return flags & SIM_D_LAX_BIND ? lax_bind(port, bo) : tc_bind(port, bo);
	case FLOW_BLOCK_UNBIND:
		return flags & SIM_D_LAX_BIND ? lax_unbind(port, bo) : tc_unbind(port, bo);
	default:
		return -EOPNOTSUPP;
	}
}
