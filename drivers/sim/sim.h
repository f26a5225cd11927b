/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NIC model: two uplink ports, each on a wire, virtual functions with netdevs of their own, and a
 * table of rules that forwards between them.
 *
 * Locks, outermost first:
 *	sim_lock	mutex: models come, go, are listed and told what to do
 *	devl_lock	the devlink instance of a model: its mode, how many VFs it has, devlink ports
 *	RTNL		netdevs of ports and VFs, who is plugged into whom, wires
 *	table->lock	mutex: rules come and go; port->gone, port->masks. Never with RTNL inside:
 *			rules come from nf's workers, which a holder of RTNL may be waiting for
 *	rule->lock	spinlock, BH: counters of a rule and whether it is dead
 * The data path runs under RCU and takes only rule->lock.
 *
 * sim_lock is outermost, as devlink waits for its users when an instance goes. So what devlink or
 * sysfs calls must not take it; those have the model by its device, and sim->ready tells whether
 * it is still one.
 */
#ifndef _NFO_SIM_H
#define _NFO_SIM_H

#include <linux/device.h>
#include <linux/etherdevice.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rhashtable-types.h>
#include <linux/u64_stats_sync.h>
#include <net/devlink.h>
#include <net/flow_offload.h>
#include <uapi/linux/nfo_sim.h>

#include "profile.h"
#include "table.h"

#define NFO_SIM_VERSION	"0.1.0"

/* Numbers of ports, as in keys: the uplinks, then the representors. */
#define SIM_PORTS_MAX	(NFO_SIM_PORTS_MAX + NFO_SIM_VFS_MAX)

/* Counters of a port; the punts of enum nfo_sim_punt follow the last one. */
enum sim_stat {
	SIM_HW_RX_PACKETS,
	SIM_HW_RX_BYTES,
	SIM_HW_TX_PACKETS,
	SIM_HW_TX_BYTES,
	SIM_CPU_RX_PACKETS,
	SIM_CPU_RX_BYTES,
	SIM_CPU_TX_PACKETS,
	SIM_CPU_TX_BYTES,
	SIM_RX_FILTERED,	/* not for this port's address */
	SIM_RX_DROPPED,		/* port down */
	SIM_TX_DROPPED,		/* no wire, or wire down, or too large for it */
	SIM_HW_DROPPED,		/* a rule said so */
	SIM_PUNT,
	SIM_STATS = SIM_PUNT + __NFO_SIM_PUNT_MAX,
};

struct sim_stats {
	u64_stats_t n[SIM_STATS];
	struct u64_stats_sync syncp;
};

/**
 * struct sim_faults - what a model is told to do badly
 * @latency: ms that an insert takes
 * @fail_nth: every so many-th insert fails; 0: none
 * @refuse: no insert is taken
 * @wedge: does not answer, forwards nothing
 * @inserts: since @fail_nth was set
 * @failed: inserts that failed by these
 *
 * Written under sim_lock, the wedge also under devl_lock; read anywhere.
 */
struct sim_faults {
	u32 latency;
	u32 fail_nth;
	bool refuse;
	bool wedge;
	atomic_t inserts;
	atomic64_t failed;
};

/**
 * struct sim - a model
 * @dev: its device, which names it in sysfs and devlink; its references are the model's
 * @list: models of the namespace, sim_lock
 * @name: unique in the namespace
 * @id: random, the ports' parent id
 * @profile: which driver it is like
 * @soc: what else it is if it is a SoC, see soc.h; NULL: a NIC
 * @uplinks: how many there are
 * @devlink: its instance, in the model's namespace
 * @health: reporter for a device that does not answer
 * @health_ops: of @health
 * @ready: ports may come and go, devl_lock
 * @switchdev: eswitch mode; written under devl_lock and RTNL, read anywhere
 * @vfs: how many there are; written under devl_lock, read anywhere
 * @dl: devlink ports, devl_lock
 * @port: netdevs of the ports, NULL before and after their time; RTNL, read under RCU
 * @vf: netdevs of the VFs, in whatever namespace; RTNL, read under RCU
 * @filter2: firmware has the FILTER2 work request (cxgb4); sim_lock, read anywhere
 * @fragments: the parser finds layer 4 in first fragments; sim_lock, read anywhere
 * @faults: see there
 * @table: rules
 */
struct sim {
	struct device dev;
	struct list_head list;
	char name[NFO_SIM_NAME_MAX + 1];
	u64 id;
	const struct sim_profile *profile;
	struct soc *soc;
	unsigned int uplinks;
	struct devlink *devlink;
	struct devlink_health_reporter *health;
	struct devlink_health_reporter_ops health_ops;
	bool ready;
	bool switchdev;
	unsigned int vfs;
	struct devlink_port *dl[SIM_PORTS_MAX];
	struct net_device __rcu *port[SIM_PORTS_MAX];
	struct net_device __rcu *vf[NFO_SIM_VFS_MAX];
	bool filter2;
	bool fragments;
	struct sim_faults faults;
	struct sim_table table;
};

/**
 * struct sim_port - private part of a port's netdev
 * @sim: the model, with a reference
 * @dev: the netdev this belongs to
 * @link: what the port is plugged into, a wire or a VF; NULL without one. RTNL, read under RCU
 * @wire_tracker: of the reference to the wire
 * @stats: counters
 * @ft_blocks: flow blocks bound by TC_SETUP_FT: at most one
 * @blocks: flow blocks bound by TC_SETUP_BLOCK: at most one; RTNL
 * @bindings: the same of a driver that keeps its own list, see block.c; RTNL
 * @masks: of rules that came in by this port; under table->lock, read under RCU
 * @index: number of the port
 * @gone: no rule may name the port any more, under table->lock
 */
struct sim_port {
	struct sim *sim;
	struct net_device *dev;
	struct net_device __rcu *link;
	netdevice_tracker wire_tracker;
	struct sim_stats __percpu *stats;
	struct list_head ft_blocks;
	struct list_head blocks;
	struct list_head bindings;
	struct list_head masks;
	u8 index;
	bool gone;
};

/**
 * struct sim_vf - private part of a VF's netdev
 * @sim: the model, with a reference
 * @dev: the netdev this belongs to
 * @rep: port of the representor, in switchdev mode; RTNL, read under RCU
 * @mac: address of the function as the host has set it; read anywhere
 * @index: number of the VF
 */
struct sim_vf {
	struct sim *sim;
	struct net_device *dev;
	struct sim_port __rcu *rep;
	u64 mac;
	u8 index;
};

/* A port is an uplink or the representor of a VF. */
static inline bool sim_is_rep(const struct sim_port *port)
{
	return port->index >= port->sim->uplinks;
}

static inline unsigned int sim_rep_vf(const struct sim_port *port)
{
	return port->index - port->sim->uplinks;
}

/* nic.c: models. sim_lock. */
struct sim_new {
	const char *name;
	const char *wire[NFO_SIM_PORTS_MAX];
	unsigned int wires;
	const struct sim_profile *profile;
	u32 size;
	u32 vfs;
	u32 dsa;	/* user ports of a switch behind the first MAC of a SoC */
};

extern struct mutex sim_lock;
extern unsigned int sim_generation;	/* changes with every list of models, sim_lock */
int sim_create(struct net *net, const struct sim_new *req, struct netlink_ext_ack *extack);
int sim_delete(struct net *net, const char *name, struct netlink_ext_ack *extack);
struct sim *sim_find(struct net *net, const char *name, struct netlink_ext_ack *extack);
struct list_head *sim_list(struct net *net);
int sim_nic_init(void);
void sim_nic_exit(void);

/* device.c: the bus of the models. sim_lock, but for sim_get() and sim_put() */
struct sim *sim_device_new(const struct sim_new *req);
int sim_device_add(struct sim *sim, struct netlink_ext_ack *extack);
struct sim *sim_get(struct sim *sim);
void sim_put(struct sim *sim);
int sim_device_init(void);
void sim_device_exit(void);

/* devlink.c: the instance and its ports. devl_lock, never RTNL, but for new and free. */
struct devlink *sim_devlink_new(struct sim *sim, struct net *net);
int sim_devlink_port_add(struct sim *sim, unsigned int index);
void sim_devlink_port_show(struct sim *sim, unsigned int index);
void sim_devlink_port_hide(struct sim *sim, unsigned int index);
void sim_devlink_port_del(struct sim *sim, unsigned int index);
void sim_devlink_parent_id(struct sim *sim, bool on);	/* with RTNL */

/* health.c: the device that does not answer. sim_lock. */
int sim_health_add(struct sim *sim);
void sim_health_del(struct sim *sim);
void sim_health_wedge(struct sim *sim, bool wedge);

/* eswitch.c: ports, VFs and the mode. devl_lock. */
int sim_uplinks_add(struct sim *sim, const struct sim_new *req, struct netlink_ext_ack *extack);
int sim_vfs_set(struct sim *sim, unsigned int vfs, struct netlink_ext_ack *extack);
int sim_mode_set(struct sim *sim, bool switchdev, struct netlink_ext_ack *extack);
void sim_ports_remove(struct sim *sim);

/* port.c: port netdevs. RTNL, but for the callbacks that need none. */
extern struct rtnl_link_ops sim_link_ops;
bool sim_is_port(const struct net_device *dev);
struct net_device *sim_port_create(struct sim *sim, unsigned int index,
				   const struct net_device *wire, struct netlink_ext_ack *extack);
int sim_port_init(struct net_device *dev);
void sim_port_uninit(struct net_device *dev);
int sim_port_open(struct net_device *dev);
int sim_port_stop(struct net_device *dev);
int sim_port_change_mtu(struct net_device *dev, int mtu);
void sim_port_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats);
int sim_port_get_iflink(const struct net_device *dev);
struct devlink_port *sim_port_devlink(struct net_device *dev);
void sim_ether_setup(struct net_device *dev);
int sim_register(struct net_device *dev, struct netlink_ext_ack *extack);
void sim_count(const struct sim_port *port, enum sim_stat packets, unsigned int len);
void sim_count_one(const struct sim_port *port, enum sim_stat stat);
void sim_stats_read(const struct sim_port *port, u64 *n);

/* vf.c: VF netdevs. RTNL. */
struct net_device *sim_vf_create(struct sim *sim, unsigned int index,
				 struct netlink_ext_ack *extack);
void sim_vf_plug(struct net_device *dev, struct sim_port *rep);
void sim_vf_unplug(struct sim_port *rep);
void sim_vf_carrier(struct net_device *dev);
bool sim_vf_receive(struct net_device *dev, struct sk_buff *skb);	/* as link.c */

/* wire.c: what uplinks are plugged into. RTNL. */
int sim_wire_attach(struct sim_port *port, struct net_device *wire,
		    struct netlink_ext_ack *extack);
void sim_wire_detach(struct sim_port *port);
void sim_wire_carrier(struct sim_port *port);
int sim_wire_init(void);
void sim_wire_exit(void);

/* link.c: what ports are plugged into, for the data path. RCU, BH disabled. */
struct net_device *sim_link(const struct sim_port *port);
struct net_device *sim_link_far(const struct sim_port *port);
bool sim_link_send(const struct sim_port *port, struct net_device *link, struct sk_buff *skb);
bool sim_link_receive(struct sim_port *port, struct sk_buff *skb);
bool sim_frame_fits(const struct sk_buff *skb, unsigned int mtu);
bool sim_frame_turn(struct sk_buff *skb, struct net_device *dev);
rx_handler_result_t sim_rx(struct sk_buff **pskb);
netdev_tx_t sim_xmit(struct sk_buff *skb, struct net_device *dev);

/* legacy.c: switching by MAC address. RCU, BH disabled. */
bool sim_legacy_rx(struct sim_port *pf, struct sk_buff *skb);
bool sim_legacy_xmit(struct sim_port *pf, struct sk_buff *skb);
bool sim_legacy_vf_xmit(struct sim_vf *vf, struct sk_buff *skb);

/* datapath.c */
bool sim_ingress(struct sim_port *port, struct sk_buff *skb);

/* fault.c: without locks */
int sim_fault_insert(struct sim *sim, struct netlink_ext_ack *extack);
int sim_fault_answer(struct sim *sim);

/* block.c: how rules come in */
int sim_setup_ft(struct net_device *dev, void *type_data);
int sim_setup_block(struct net_device *dev, void *type_data);
void sim_bindings_free(struct sim_port *port);

/* netlink.c */
int sim_netlink_init(void);
void sim_netlink_exit(void);

#endif /* _NFO_SIM_H */
