/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The core's own objects.
 *
 *	struct nfo_net		a network namespace: its policy, what it uses of the hardware
 *	struct nfo_table	one flowtable with `flags offload`
 *	struct nfo_binding	a device in a flowtable
 *	struct nfo_port		a device, whatever the number of its flowtables
 *	struct nfo_flow		one direction of a connection on a port
 *	struct nfo_hop		where flows go: a neighbour, through a device (hop.h)
 *	struct nfo_job		what is or shall be in hardware, for deferred backends (job.c)
 *
 * Locks, outermost first. nf calls us with its commit mutex, RTNL (only when a device goes away)
 * or flow_block_lock held, so nothing here may take those three with one of ours held, or wait
 * for somebody who does.
 *
 *	nfo_lock	mutex: tables, bindings, the set of ports, backends
 *	port->lock	mutex: the flows of a port, their state, programming, its backend (attach.c)
 *	tag lock	spinlock: the two directions of a connection, its tag in conntrack (state.c)
 *	hop lock	spinlock, BH: hops, which flows use them, which are to be refreshed (hop.c)
 *
 *	text lock	spinlock of a port: what it shows of its backend
 *
 * Two ports are never locked at once. Readers of the sets of ports, flows and hops need RCU only;
 * all of them are freed after a grace period.
 */
#ifndef _NFO_CORE_H
#define _NFO_CORE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/workqueue.h>
#include <net/flow_offload.h>
#include <net/netfilter/nf_flow_table.h>
#include <nfo/backend.h>

#include "pack.h"
#include "policy.h"
#include "rule.h"

#define NFO_VERSION	"0.2.0"

struct nfo_dest;

/**
 * struct nfo_policy_rcu - a policy as it is published
 * @rcu: for freeing
 * @p: never changes
 */
struct nfo_policy_rcu {
	struct rcu_head rcu;
	struct nfo_policy p;
};

/**
 * struct nfo_net - a network namespace
 * @net: the namespace
 * @policy: its own one, or NULL; written under the lock of net.c, read under RCU
 * @n_hw: directions in hardware or on their way
 * @n_ports: ports, so that route changes cost nothing where there are none
 * @fib: hears of routes
 * @nh: hears of nexthop objects
 */
struct nfo_net {
	struct net *net;
	struct nfo_policy_rcu __rcu *policy;
	atomic_t n_hw;
	atomic_t n_ports;
	struct notifier_block fib;
	struct notifier_block nh;
};

/**
 * struct nfo_table - a flowtable
 * @list: in nfo_tables, under nfo_lock
 * @nf: nf's object; valid while the table has bindings
 * @net: its network namespace; nft unbinds before it goes away
 * @bindings: under nfo_lock
 * @cb: the one callback through which all offers come when nft asks us as its provider
 */
struct nfo_table {
	struct list_head list;
	struct nf_flowtable *nf;
	struct net *net;
	struct list_head bindings;
	struct flow_block_cb *cb;
};

/**
 * struct nfo_binding - a device in a flowtable
 * @table_list: in table->bindings, under nfo_lock
 * @port_list: in port->bindings, under port->lock; not once the binding was stopped
 * @table: the flowtable
 * @port: the device
 */
struct nfo_binding {
	struct list_head table_list;
	struct list_head port_list;
	struct nfo_table *table;
	struct nfo_port *port;
};

#define NFO_NOTE_LEN	160
#define NFO_HOW_LEN	48

/**
 * struct nfo_port_text - what is shown of a port's backend, also while that changes
 * @backend: its name, or "none"
 * @wanted: the policy's: a backend's name, "none", or "" for the first that can
 * @how: in the words of the backend, may be empty
 * @note: why no better backend has the port, may be empty
 */
struct nfo_port_text {
	char backend[NFO_BACKEND_LEN];
	char wanted[NFO_BACKEND_LEN];
	char how[NFO_HOW_LEN];
	char note[NFO_NOTE_LEN];
};

/**
 * struct nfo_port - a device that can offload
 * @node: in the hash of ports; written under nfo_lock, read under RCU
 * @refs: one for the hash, one per reader that leaves RCU
 * @rcu: for freeing
 * @dev: held while the port is in the hash
 * @dev_tracker: of that reference
 * @net: of @dev, which cannot move while bound
 * @nn: of @net
 * @ifindex: of @dev
 * @door: how the device came to us; the same for all its flowtables, as nft has one provider
 * @driver: name of the driver, for users
 * @n_bindings: bindings that exist, under nfo_lock
 * @text_lock: guards @text for those who do not hold @lock
 * @text: written under @lock and @text_lock
 * @lock: guards what follows
 * @be: backend that has attached, or NULL; see attach.c for all of this
 * @be_priv: its state
 * @caps: what it can do here
 * @needs: NFO_OPTIN() bits: union of what @caps needs
 * @bindings: bindings that take offers
 * @hw: flows in hardware; the one whose counters were read longest ago comes first
 * @sw: all other flows
 * @jobs: struct nfo_job that wait for the deferred worker
 * @n_flows: in @hw and @sw
 * @n_hw: in @hw
 * @n_waiting: of them, those that the backend has and the hardware has not
 * @n_pending: on their way into hardware
 * @quota: how many may be in hardware or on their way
 * @allow: NFO_OPTIN() bits: what the administrator allows the hardware of this port
 * @ticks: visits of the flows in hardware
 * @read_from: jiffies at which the last complete reading of counters began
 * @enabled: hw-tc-offload is on
 * @state: enum nfo_port_state; READY stands for what @enabled says; OFF: no backend is wanted
 * @error: with NFO_PORT_FAILED
 * @attached: jiffies at which backends were asked last
 * @due: the worker is to choose a backend
 * @busy: it is at it
 * @dying: the port is out of the hash
 * @released: and the device was given back
 * @read_due: the deferred worker is to read the counters
 * @shaper: qdisc that shapes what leaves this device, empty if there is none
 * @packets: counted by hardware
 * @bytes: counted by hardware
 * @added: directions put into hardware
 * @removed: directions taken out of hardware
 * @reasons: how often a direction came to be in software, by reason
 * @sync: brings all flows to what @enabled and the policy ask for
 * @look: asks the backend which of its flows are in hardware
 * @tick: reads counters, keeps connections alive
 * @prog: the deferred worker
 */
struct nfo_port {
	struct hlist_node node;
	refcount_t refs;
	struct rcu_head rcu;
	struct net_device *dev;
	netdevice_tracker dev_tracker;
	struct net *net;
	struct nfo_net *nn;
	int ifindex;
	enum nfo_door door;
	char driver[32];
	unsigned int n_bindings;
	spinlock_t text_lock;
	struct nfo_port_text text;

	struct mutex lock;
	struct nfo_backend *be;
	void *be_priv;
	const struct nfo_caps *caps;
	u32 needs;
	struct list_head bindings;
	struct list_head hw;
	struct list_head sw;
	struct list_head jobs;
	u32 n_flows;
	u32 n_hw;
	u32 n_waiting;
	u32 n_pending;
	u32 quota;
	u32 allow;
	u32 ticks;
	u32 read_from;
	bool enabled;
	u8 state;
	int error;
	unsigned long attached;
	bool due;
	bool busy;
	bool dying;
	bool released;
	bool read_due;
	char shaper[IFNAMSIZ];
	u64 packets;
	u64 bytes;
	u64 added;
	u64 removed;
	u64 reasons[__NFO_REASON_MAX];
	struct work_struct sync;
	struct delayed_work look;
	struct delayed_work tick;
	struct work_struct prog;
};

/**
 * struct nfo_flow - one direction of a connection
 * @node: in the hash of flows, read under RCU
 * @cookie: address of nf's tuple: names the direction; nf keeps it until our DESTROY is done
 * @list: in port->hw or port->sw
 * @rcu: for freeing, when it is in no list any more
 * @port: ingress port
 * @table: the flowtable it came from; NULL if nf could not build its rule
 * @peer: the other direction, if it is known; written under the tag lock, read under RCU
 * @dest: where it goes (hop.h); under port->lock and the hop lock
 * @by_dest: in dest->flows
 * @be_priv: the backend's state, while in hardware; a struct nfo_job of deferred backends
 * @packets: counted by hardware
 * @bytes: counted by hardware
 * @used: jiffies of the last use that is known, by hardware or software
 * @since: jiffies at which it came to hardware, or at which software last saw it
 * @retry: jiffies before which a refusal is not tried again; in hardware, since when it is doubted
 *	that the connection is used, 0: it is not
 * @mark: what we wrote to nf's timeout last; in software, conntrack's packets at @since
 * @heat: packets per second, smoothed
 * @dir: IP_CT_DIR_ORIGINAL or IP_CT_DIR_REPLY
 * @state: enum nfo_flow_state, also under the tag lock; HW: the backend has it
 * @reason: enum nfo_reason, also under the tag lock; of one the backend has: why the hardware has
 *	not
 * @backoff: refusals in a row, up to a limit
 * @parsed: @rule is complete; else @reason is for good
 * @torn: its connection was torn down, nothing is to be put into hardware any more
 * @counted: hardware counted something
 * @rule: never changes: a flow whose rule changes is replaced
 *
 * A million connections are two million of these: mind the size.
 */
struct nfo_flow {
	struct rhash_head node;
	unsigned long cookie;
	union {
		struct list_head list;
		struct rcu_head rcu;
	};
	struct nfo_port *port;
	struct nfo_table *table;
	struct nfo_flow __rcu *peer;
	struct nfo_dest *dest;
	struct list_head by_dest;
	void *be_priv;
	u64 packets;
	u64 bytes;
	u32 used;
	u32 since;
	u32 retry;
	u32 mark;
	u32 heat;
	u8 dir;
	u8 state;
	u8 reason;
	u8 backoff:4;
	u8 parsed:1;
	u8 torn:1;
	u8 counted:1;
	struct nfo_packed rule;
};

/* Is a flow in hardware, and not only on its way? For who holds no lock, at some moment. */
static inline bool nfo_flow_in_hw(const struct nfo_flow *f)
{
	return READ_ONCE(f->state) == NFO_FLOW_HW && READ_ONCE(f->reason) == NFO_REASON_NONE;
}

/* Global counters that belong to no port. */
struct nfo_totals {
	atomic_t tables;
	atomic_t ports;
	atomic_t hops;
	atomic64_t flows;
	atomic64_t flows_hw;
	atomic64_t unbuilt;
	atomic64_t no_port;
	atomic64_t evicted;
	atomic64_t expired;
	atomic64_t refreshed[__NFO_REFRESH_MAX];
};

extern struct mutex nfo_lock;
extern struct nfo_totals nfo_totals;
extern struct workqueue_struct *nfo_wq;	/* port.c; nobody who holds RTNL waits for it */

/* backend.c */
struct nfo_backend *nfo_backend_next(struct nfo_backend *prev, const char *wanted);
void nfo_backend_put(struct nfo_backend *be);
bool nfo_backend_is_first(const struct nfo_backend *be);
int nfo_backend_known(const char *name, struct netlink_ext_ack *extack);
struct list_head *nfo_backend_list(void);

/* attach.c: which backend a port has */
int nfo_attach_bind(struct nfo_port *port, char *note);
void nfo_attach_want(struct nfo_port *port, const char *wanted);
void nfo_attach_stale(struct nfo_port *port);
void nfo_attach_ask_again(struct nfo_port *port);
bool nfo_attach_leave(struct nfo_port *port);
bool nfo_attach_turn(struct nfo_port *port);

/* provider.c, indirect.c: the two front doors */
int nfo_provider_init(void);
void nfo_provider_exit(void);
int nfo_indirect_init(void);
void nfo_indirect_exit(void);

/* net.c: namespaces and their policies */
int nfo_net_init(void);
void nfo_net_exit(void);
struct nfo_net *nfo_net_of(const struct net *net);
const struct nfo_policy *nfo_policy_of(const struct net *net);
u32 nfo_policy_seq(void);
int nfo_policy_set(struct net *net, const struct nfo_policy *p, const u32 *seq);
int nfo_policy_set_port(struct net *net, const struct nfo_port_change *change);
bool nfo_net_may_offload(const struct net *net);

/* table.c */
int nfo_table_bind(struct nf_flowtable *nf, struct net_device *dev);
void nfo_table_unbind(struct nf_flowtable *nf, struct net_device *dev);
void nfo_table_free(struct nf_flowtable *nf);
struct nfo_binding *nfo_binding_add(struct nf_flowtable *nf, struct net_device *dev,
				    enum nfo_door door);
void nfo_binding_stop(struct nfo_binding *b);
void nfo_binding_del(struct nfo_binding *b);

/* port.c */
int nfo_port_init(void);
void nfo_port_exit(void);
struct nfo_port *nfo_port_find(const struct net *net, int ifindex);
struct nfo_port *nfo_port_create(struct net_device *dev, enum nfo_door door, char *note);
void nfo_port_destroy(struct nfo_port *port);
void nfo_port_release(struct nfo_port *port);
void nfo_port_update(struct nfo_port *port);
void nfo_port_put(struct nfo_port *port);
void nfo_port_sync_net(const struct net *net, const char *name);
unsigned int nfo_port_generation(void);
typedef int (*nfo_port_fn)(struct nfo_port *port, void *data);
int nfo_port_walk(const struct net *net, int *pos, nfo_port_fn fn, void *data);

/* flow.c: which flows there are */
int nfo_flow_init(void);
void nfo_flow_exit(void);
int nfo_flow_command(struct nfo_table *table, struct nfo_port *only,
		     struct flow_cls_offload *cls);
void nfo_flow_unbuilt(struct net *net, struct flow_offload *nf, u8 dir);
void nfo_flow_purge(struct nfo_port *port, struct nfo_table *table);
struct nfo_flow *nfo_flow_find(unsigned long cookie);
struct nfo_port *nfo_flow_lock(unsigned long cookie);
struct rhashtable;
struct rhashtable *nfo_flow_table(void);

/* tuple.c: rules from nf's tuples */
void nfo_tuple_rule(const struct flow_offload *nf, u8 dir, struct nfo_rule *rule);
enum nfo_reason nfo_tuple_offered(const struct flow_offload *nf, u8 dir, const struct flow_rule *fr,
				  struct nfo_rule *rule);

/* state.c: whether a flow is in hardware */
void nfo_state_init(void);
struct flow_offload *nfo_nf_flow(unsigned long cookie, u8 *dir);
void nfo_state_link(struct nfo_flow *f);
void nfo_state_unlink(struct nfo_flow *f);
void nfo_state_set(struct nfo_flow *f, enum nfo_flow_state state, enum nfo_reason reason);
void nfo_state_acct(struct nf_conn *ct, u8 dir, u64 packets, u64 bytes);
void nfo_state_account(const struct nfo_flow *f, u64 packets, u64 bytes);
void nfo_state_count(struct nfo_flow *f, const struct nfo_counters *c);

/* program.c: into the hardware and out of it */
void nfo_program_in(struct nfo_flow *f, const struct nfo_rule *rule);
void nfo_program_out(struct nfo_flow *f, enum nfo_reason reason);
void nfo_program_done(struct nfo_flow *f, int err, const char *why);
void nfo_program_look(struct nfo_flow *f);
void nfo_program_sync(struct nfo_port *port);

/* age.c */
void nfo_age_start(struct nfo_port *port);
void nfo_age_work(struct work_struct *work);
void nfo_age_visit(struct nfo_flow *f, const struct nfo_counters *c, u32 ms);
#define NFO_AGE_READ_EVERY	2	/* ticks */
unsigned long nfo_age_tick(struct net *net);

/* job.c: deferred backends, and the worker of all ports */
int nfo_job_init(void);
void nfo_job_exit(void);
int nfo_job_add(struct nfo_flow *f);
void nfo_job_del(struct nfo_flow *f);
void nfo_job_kick(struct nfo_port *port);
bool nfo_job_run(struct nfo_port *port, unsigned int max);
void nfo_job_work(struct work_struct *work);

/* netlink.c, notify.c, policy_nl.c, port_nl.c */
int nfo_netlink_init(void);
void nfo_netlink_exit(void);
int nfo_netlink_put_flow(struct sk_buff *skb, const struct nfo_flow *f);
int nfo_netlink_put_port(struct sk_buff *skb, struct nfo_port *port);
extern struct genl_family nfo_family;
enum nfo_group { NFO_GROUP_FLOW, NFO_GROUP_PORT };
void nfo_notify_flow(const struct nfo_flow *f, enum nfo_flow_event event, int refresh);
void nfo_notify_port(struct nfo_port *port, enum nfo_port_event event);
struct genl_info;
int nfo_policy_nl_get(struct sk_buff *skb, struct genl_info *info);
int nfo_policy_nl_set(struct sk_buff *skb, struct genl_info *info);
int nfo_policy_nl_del(struct sk_buff *skb, struct genl_info *info);
extern const struct nla_policy nfo_policy_nla[];
int nfo_port_nl_set(struct sk_buff *skb, struct genl_info *info);
int nfo_port_nl_backend(const struct nlattr *attr, char *name, struct netlink_ext_ack *extack);
extern const struct nla_policy nfo_port_nla[];

#endif /* _NFO_CORE_H */
