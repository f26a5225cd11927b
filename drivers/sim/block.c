// SPDX-License-Identifier: GPL-2.0-only
/*
 * How rules come in: flow blocks bound to a port by TC_SETUP_FT or TC_SETUP_BLOCK, and the commands
 * for the rules in them.
 *
 * TC_SETUP_FT: commands come from nf's workers, without RTNL, which they must not wait for.
 * TC_SETUP_BLOCK: with RTNL, unless the profile says that its driver does without.
 *
 * Binds of one namespace are serialised, by nft or by RTNL, those of two perhaps by nobody: the
 * lists that flow_block_cb_setup_simple() searches and changes are the port's own.
 */
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
		return sim_table_insert(&port->sim->table, &e->rule, cls->common.extack);
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

static int find_out(struct sim_port *port, struct net_device *dev, struct sim_rule *rule,
		    struct netlink_ext_ack *extack)
{
	struct sim_port *out = sim_is_port(dev) ? netdev_priv(dev) : NULL;

	if (!out || out->sim != port->sim) {
		NL_SET_ERR_MSG_MOD(extack, "redirect to a device that is no port of this card");
		return -EOPNOTSUPP;
	}
	rule->out = out;
	return 0;
}

static int parse(struct sim_port *port, enum sim_kind kind, const struct flow_cls_offload *cls,
		 struct sim_flower *f)
{
	struct sim_parse p = {
		.profile = port->sim->profile,
		.rule = cls->rule,
		.protocol = cls->common.protocol,
		.ifindex = port->dev->ifindex,
		.ft = kind == SIM_KIND_FT,
		.out = f,
	};
	int err = sim_flower_parse(&p);

	say(cls->common.extack, p.why);
	return err;
}

static int masked_build(struct sim_port *port, enum sim_kind kind,
			const struct flow_cls_offload *cls, struct sim_flower *f,
			struct sim_masked **m)
{
	int err;

	err = parse(port, kind, cls, f);
	if (err)
		return err;
	*m = sim_masked_new(port, kind, cls, f);
	if (!*m)
		return -ENOMEM;
	if (f->end == SIM_END_REDIRECT)
		err = find_out(port, f->out, &(*m)->rule, cls->common.extack);
	if (!err)
		err = sim_fault_insert(port->sim, cls->common.extack);
	if (err)
		kfree(*m);
	return err;
}

static int masked_replace(struct sim_port *port, enum sim_kind kind, struct flow_cls_offload *cls)
{
	struct sim_flower *f;
	struct sim_masked *m;
	int err;

	if (!tc_cls_can_offload_and_chain0(port->dev, &cls->common))
		return -EOPNOTSUPP;
	f = kmalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	err = masked_build(port, kind, cls, f, &m);
	kfree(f);
	return err ?: sim_table_insert(&port->sim->table, &m->rule, cls->common.extack);
}

static int masked_report(struct sim_port *port, enum sim_kind kind, struct flow_cls_offload *cls,
			 bool destroy)
{
	int err;

	if (destroy && sim_table_kept(port))
		return -EOPNOTSUPP;
	err = sim_fault_answer(port->sim);
	return err ?: sim_table_report(port, kind, cls, destroy);
}

static int masked_command(struct sim_port *port, enum sim_kind kind, struct flow_cls_offload *cls)
{
	switch (cls->command) {
	case FLOW_CLS_REPLACE:
		return masked_replace(port, kind, cls);
	case FLOW_CLS_DESTROY:
		return masked_report(port, kind, cls, true);
	case FLOW_CLS_STATS:
		return masked_report(port, kind, cls, false);
	default:
		return -EOPNOTSUPP;
	}
}

static int tc_cb(enum tc_setup_type type, void *type_data, void *cb_priv)
{
	struct sim_port *port = cb_priv;

	if (!(port->sim->profile->flags & SIM_P_UNLOCKED))
		ASSERT_RTNL();
	if (type != TC_SETUP_CLSFLOWER)
		return -EOPNOTSUPP;
	return masked_command(port, SIM_KIND_TC, type_data);
}

/* ---- blocks */

static int setup(struct net_device *dev, struct flow_block_offload *bo, enum sim_kind kind,
		 flow_setup_cb_t *cb)
{
	struct sim_port *port = netdev_priv(dev);
	int err;

	err = flow_block_cb_setup_simple(bo, &port->blocks, cb, port, port, true);
	/* nf sends no DESTROY for what was in the block */
	if (!err && bo->command == FLOW_BLOCK_UNBIND)
		sim_table_purge(port, kind);
	return err;
}

int sim_setup_ft(struct net_device *dev, void *type_data)
{
	struct sim_port *port = netdev_priv(dev);

	if (!(port->sim->profile->flags & SIM_P_FT))
		return -EOPNOTSUPP;
	return setup(dev, type_data, SIM_KIND_EXACT, exact_cb);
}

int sim_setup_block(struct net_device *dev, void *type_data)
{
	struct sim_port *port = netdev_priv(dev);
	struct flow_block_offload *bo = type_data;

	if (port->sim->profile->flags & SIM_P_UNLOCKED)
		bo->unlocked_driver_cb = true;
	return setup(dev, bo, SIM_KIND_TC, tc_cb);
}
