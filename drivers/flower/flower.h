/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Backend for drivers that offload TC flower: TC_SETUP_BLOCK in their ndo_setup_tc.
 *
 *	struct flower_port	a device of a flowtable: a port, a representor, or a bond of ports
 *	struct flower_member	a device whose driver is spoken to: the port itself, or one of a bond
 *	struct flower_rule	a rule of the core: one of the driver's, or several
 *
 * Locks, outermost first:
 *	RTNL		the set of ports; members; binding. And commands, where the driver needs it
 *	port->lock	mutex: rules of a port, members too. Never with RTNL wanted inside
 *	(nfo/block.h)	the driver's block
 *
 * The core calls one operation at a time. What comes beside it are notifiers, with RTNL held: a
 * device goes away, or a bond gets other members. They speak to the driver at once, before it is
 * told that its device goes; what the core asks for such a device afterwards is answered without
 * the driver.
 */
#ifndef _NFO_FLOWER_H
#define _NFO_FLOWER_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <nfo/backend.h>
#include <nfo/block.h>

#include "profile.h"

/**
 * struct flower_member - a device whose driver is spoken to
 * @list: in port->members; once it is gone, in port->gone
 * @dev: the device; held while it is a member
 * @tracker: of that reference
 * @block: the driver's callbacks
 */
struct flower_member {
	struct list_head list;
	struct net_device *dev;
	netdevice_tracker tracker;
	struct nfo_block *block;
};

/**
 * struct flower_port - a device of a flowtable
 * @list: in the set of ports, RTNL
 * @dev: the device; held by the core
 * @profile: what the driver can do
 * @eswitch: it was chosen for an eswitch
 * @rtnl: commands need RTNL
 * @lock: guards what follows; members change with RTNL held as well
 * @members: the device itself, or those of a bond
 * @gone: members that were; their blocks are to be freed
 * @rules: all rules
 * @tried: the driver has shown what it does with nonsense
 */
struct flower_port {
	struct list_head list;
	struct net_device *dev;
	const struct flower_profile *profile;
	bool eswitch;
	bool rtnl;
	struct mutex lock;
	struct list_head members;
	struct list_head gone;
	struct list_head rules;
	bool tried;
};

/**
 * struct flower_part - a rule of a driver
 * @member: whose; NULL once that is gone
 * @cookie: name of the rule
 */
struct flower_part {
	struct flower_member *member;
	unsigned long cookie;
};

/**
 * struct flower_rule - a rule of the core
 * @list: in port->rules
 * @last: counted by parts that are gone
 * @n: parts
 * @part: what the drivers have of it
 */
struct flower_rule {
	struct list_head list;
	struct nfo_counters last;
	unsigned int n;
	struct flower_part part[] __counted_by(n);
};

/* port.c */
int flower_port_match(struct net_device *dev, struct netlink_ext_ack *extack);
int flower_port_add(struct net_device *dev, void **priv, struct netlink_ext_ack *extack);
const struct nfo_caps *flower_port_caps(void *priv);
void flower_port_del(struct net_device *dev, void *priv);
void flower_enter(struct flower_port *fp);
void flower_leave(struct flower_port *fp);
int flower_port_init(void);
void flower_port_exit(void);

/* device.c: what devices are like */
const struct flower_profile *flower_profile_of(struct net_device *dev, bool eswitch,
					       struct netlink_ext_ack *extack);
const struct flower_profile *flower_bond_profile(struct net_device *dev, bool eswitch,
						 struct netlink_ext_ack *extack);
bool flower_reaches(const struct flower_port *fp, struct net_device *from, struct net_device *to,
		    struct netlink_ext_ack *extack);

/* trial.c */
int flower_try(struct flower_port *fp, struct netlink_ext_ack *extack);
bool flower_try_mode(struct flower_port *fp);

/* rule.c */
int flower_flow_add(void *priv, const struct nfo_rule *rule, void **flow_priv,
		    struct netlink_ext_ack *extack);
void flower_flow_del(void *priv, void *flow_priv, struct nfo_counters *last);
void flower_flow_stats(void *priv, void *flow_priv, struct nfo_counters *counters);
void flower_flow_stats_many(void *priv, void *const *flow_privs, struct nfo_counters *counters,
			    unsigned int n);
void flower_rules_forget(struct flower_port *fp, struct flower_member *m);

#endif /* _NFO_FLOWER_H */
