// SPDX-License-Identifier: GPL-2.0-only
/*
 * Into the hardware and out of it.
 *
 * Before a flow is programmed everything is asked that may say no: the switch, the policy, the
 * quotas, the backend's table, the egress device. A refusal by the driver is remembered for a while
 * (1, 2, 4 ... 64 s); what depends on the world around is asked again with each offer, which nf
 * makes once a second for a flow that software sees.
 *
 * No room. When the hardware or a quota is full and the policy allows it, the coldest of a few
 * flows, those whose counters were read longest ago, makes room (nfo_evict_pick()).
 */
#include <linux/if_macvlan.h>
#include <linux/if_vlan.h>
#include <net/bonding.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_zones.h>
#include <net/sch_generic.h>

#include "core.h"
#include "hop.h"
#include "trace.h"

#define BACKOFF_MAX	6
#define EVICT_SAMPLE	32
#define EVICT_RESIDENT	(5 * HZ)
#define SYNC_BATCH	256
#define SYNC_TIME	(HZ / 50)

static bool is_upper(struct net_device *dev)
{
	return is_vlan_dev(dev) || netif_is_macvlan(dev) || netif_is_bridge_master(dev) ||
	       netif_is_lag_master(dev);
}

/* The qdisc of a device that shapes what leaves through it, or NULL. Under RCU. */
static const char *shaper_of(const struct net_device *dev)
{
	const struct Qdisc *q = rcu_dereference(dev->qdisc);

	if (!q)
		return NULL;
	if (nfo_qdisc_shapes(q->ops->id))
		return q->ops->id;
	/* one below mq or mqprio */
	if (strncmp(q->ops->id, "mq", 2) || !dev->num_tx_queues)
		return NULL;
	q = rcu_dereference(netdev_get_tx_queue(dev, 0)->qdisc);
	return q && nfo_qdisc_shapes(q->ops->id) ? q->ops->id : NULL;
}

static void warn_shaper(struct nfo_port *port, const struct net_device *dev, const char *kind)
{
	struct nfo_port *out = nfo_port_find(port->net, dev->ifindex);

	if (!out)
		return;
	/* a name that is shown, no more: nobody minds a torn one */
	if (strcmp(out->shaper, kind)) {
		strscpy(out->shaper, kind, sizeof(out->shaper));
		net_info_ratelimited("nft_offload: %s: offloaded traffic bypasses its qdisc %s; \"nfoctl policy set shaper refuse\" leaves it in software\n",
				     dev->name, kind);
	}
	nfo_port_put(out);
}

static enum nfo_reason check_shaper(struct nfo_port *port, const struct net_device *dev)
{
	const char *kind = shaper_of(dev);

	if (!kind)
		return NFO_REASON_NONE;
	switch (nfo_policy_shaper(nfo_policy_of(port->net), dev->name)) {
	case NFO_SHAPER_REFUSE:
		return NFO_REASON_SHAPER;
	case NFO_SHAPER_WARN:
		warn_shaper(port, dev, kind);
		return NFO_REASON_NONE;
	default:
		return NFO_REASON_NONE;
	}
}

static bool is_active_backup(const struct net_device *dev)
{
	const struct bonding *bond;

	if (!netif_is_bond_master(dev))
		return false;
	bond = netdev_priv(dev);
	return BOND_MODE(bond) == BOND_MODE_ACTIVEBACKUP;
}

/* Can the backend send through this device? */
static bool egress_fits(struct net_device *dev, u32 caps)
{
	if (!is_upper(dev) || caps & NFO_CAP_UPPER)
		return true;
	if (netif_is_bond_master(dev) && caps & NFO_CAP_BOND_ANY)
		return true;
	/* all of its traffic leaves through one member, and a change of that is a refresh */
	return caps & NFO_CAP_BOND && is_active_backup(dev);
}

static bool in_zone(const struct nfo_flow *f)
{
	u8 dir;

	return nf_ct_zone_id(nf_ct_zone(nfo_nf_flow(f->cookie, &dir)->ct), f->dir);
}

static enum nfo_reason check_rule(const struct nfo_flow *f, const struct nfo_rule *rule,
				  const struct net_device *egress)
{
	const struct nfo_port *port = f->port;
	struct nfo_site site = {
		.caps = port->caps,
		.in_mtu = READ_ONCE(port->dev->mtu),
		.out_mtu = READ_ONCE(egress->mtu),
		.allow = port->allow,
		.zone = in_zone(f),
	};

	return nfo_rule_check(rule, &site);
}

static enum nfo_reason check_egress(const struct nfo_flow *f, const struct nfo_rule *rule)
{
	struct nfo_port *port = f->port;
	enum nfo_reason reason;
	struct net_device *dev;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(port->net, rule->edit.ifindex);
	if (!dev)
		reason = NFO_REASON_EGRESS_PORT;
	else if (!egress_fits(dev, port->caps->flags))
		reason = NFO_REASON_VIRTUAL_DEV;
	else if (!netif_running(dev) || !netif_carrier_ok(dev))
		reason = NFO_REASON_NO_CARRIER;
	else
		reason = check_rule(f, rule, dev);
	if (!reason)
		reason = check_shaper(port, dev);
	rcu_read_unlock();
	return reason;
}

static void conn_of(const struct nf_conn *ct, struct nfo_conn *c)
{
	const struct nf_conntrack_tuple *t = &ct->tuplehash[IP_CT_DIR_ORIGINAL].tuple;
	const struct nf_conn_acct *acct = nf_conn_acct_find(ct);

	memset(c, 0, sizeof(*c));
	c->l4proto = t->dst.protonum;
	c->sport = ntohs(t->src.u.all);
	c->dport = ntohs(t->dst.u.all);
	c->mark = READ_ONCE(ct->mark);
	if (!acct)
		return;
	c->counted = true;
	c->packets = atomic64_read(&acct->counter[0].packets) +
		     atomic64_read(&acct->counter[1].packets);
	c->bytes = atomic64_read(&acct->counter[0].bytes) +
		   atomic64_read(&acct->counter[1].bytes);
}

static enum nfo_reason check_policy(const struct nfo_flow *f)
{
	enum nfo_reason reason = NFO_REASON_NONE;
	const struct nfo_policy *p;
	struct nfo_conn conn;
	u8 dir;

	rcu_read_lock();
	p = nfo_policy_of(f->port->net);
	if (p->n_excludes || p->min_packets || p->min_bytes) {
		conn_of(nfo_nf_flow(f->cookie, &dir)->ct, &conn);
		reason = nfo_policy_conn(p, &conn);
	}
	rcu_read_unlock();
	return reason;
}

/*
 * Packets per second that software sees of a flow, from conntrack's counter between two offers. A
 * connection that is not counted is worth one: it is offered because there was a packet.
 */
static u32 worth(struct nfo_flow *f)
{
	const struct nf_conn_acct *acct;
	u32 now = jiffies, packets, rate;
	u8 dir;

	acct = nf_conn_acct_find(nfo_nf_flow(f->cookie, &dir)->ct);
	if (!acct)
		return 1;
	/* asked twice for one offer */
	if (f->since == now)
		return max_t(u32, f->heat, 1);
	packets = atomic64_read(&acct->counter[dir].packets);
	rate = f->since ? nfo_heat(0, packets - f->mark, jiffies_to_msecs(now - f->since)) : 0;
	f->mark = packets;
	f->since = now;
	f->heat = 2 * rate;
	return max_t(u32, f->heat, 1);
}

static bool evict(struct nfo_port *port, struct nfo_flow *newcomer)
{
	struct nfo_cand cands[EVICT_SAMPLE];
	struct nfo_flow *flows[EVICT_SAMPLE];
	struct nfo_flow *f;
	unsigned int n = 0;
	bool allowed;
	int pick;

	rcu_read_lock();
	allowed = nfo_policy_of(port->net)->evict;
	rcu_read_unlock();
	if (!allowed)
		return false;
	list_for_each_entry(f, &port->hw, list) {
		if (n == EVICT_SAMPLE)
			break;
		cands[n].heat = f->heat;
		cands[n].resident = (u32)jiffies - f->since;
		flows[n++] = f;
	}
	pick = nfo_evict_pick(cands, n, worth(newcomer), EVICT_RESIDENT);
	/* another sample next time */
	if (n)
		list_bulk_move_tail(&port->hw, port->hw.next, &flows[n - 1]->list);
	if (pick < 0)
		return false;
	nfo_program_out(flows[pick], NFO_REASON_EVICTED);
	atomic64_inc(&nfo_totals.evicted);
	return true;
}

static u32 netns_quota(const struct nfo_port *port)
{
	u32 quota;

	rcu_read_lock();
	quota = nfo_policy_of(port->net)->netns_quota;
	rcu_read_unlock();
	return quota ? quota : U32_MAX;
}

/* Several ports may take the last place of a namespace at once: they hold different locks. */
static enum nfo_reason over_quota(const struct nfo_port *port)
{
	if (port->n_hw + port->n_pending >= port->quota)
		return NFO_REASON_PORT_QUOTA;
	if ((u32)atomic_read(&port->nn->n_hw) >= netns_quota(port))
		return NFO_REASON_NETNS_QUOTA;
	return NFO_REASON_NONE;
}

static int program(struct nfo_flow *f, const struct nfo_rule *rule, const char **why)
{
	struct netlink_ext_ack extack = {};
	struct nfo_port *port = f->port;
	int err;

	if (port->be->deferred)
		return nfo_job_add(f);
	err = port->be->flow_add(port->be_priv, rule, &f->be_priv, &extack);
	*why = extack._msg;
	return err;
}

static enum nfo_reason reason_of(int err)
{
	switch (err) {
	case -ENOSPC:
		return NFO_REASON_TABLE_FULL;
	case -ENOMEM:
		return NFO_REASON_NO_MEMORY;
	case -ENODEV:
		return NFO_REASON_EGRESS_PORT;
	case -EXDEV:
		return NFO_REASON_XMIT;
	default:
		return NFO_REASON_DRIVER;
	}
}

static bool is_patient(enum nfo_reason reason)
{
	return reason == NFO_REASON_DRIVER || reason == NFO_REASON_NO_MEMORY ||
	       reason == NFO_REASON_TABLE_FULL || reason == NFO_REASON_EGRESS_PORT ||
	       reason == NFO_REASON_XMIT;
}

static void refuse(struct nfo_flow *f, enum nfo_reason reason)
{
	if (is_patient(reason)) {
		f->retry = jiffies + (HZ << f->backoff);
		/* room comes and goes: that is worth another look sooner */
		if (f->backoff < BACKOFF_MAX && reason != NFO_REASON_TABLE_FULL)
			f->backoff++;
		if (!f->backoff)
			f->backoff = 1;
	}
	nfo_state_set(f, NFO_FLOW_SW, reason);
}

/* Why the hardware has not what its backend has. */
static enum nfo_reason where(const struct nfo_flow *f)
{
	const struct nfo_port *port = f->port;

	return port->be->flow_where ? port->be->flow_where(port->be_priv, f->be_priv) :
				      NFO_REASON_NONE;
}

/**
 * nfo_program_look() - where is a flow that its backend has?
 * @f: the flow; its port is locked
 */
void nfo_program_look(struct nfo_flow *f)
{
	if (f->state == NFO_FLOW_HW)
		nfo_state_set(f, NFO_FLOW_HW, where(f));
}

/**
 * nfo_program_done() - the backend has answered
 * @f: the flow; its port is locked
 * @err: 0, or the backend's error
 * @why: the backend's words, may be NULL
 */
void nfo_program_done(struct nfo_flow *f, int err, const char *why)
{
	if (!err) {
		f->backoff = 0;
		f->since = jiffies;
		f->used = jiffies;
		f->mark = 0;
		f->retry = 0;
		f->heat = 0;
		nfo_state_set(f, NFO_FLOW_HW, where(f));
		nfo_age_start(f->port);
		return;
	}
	if (why)
		netdev_dbg(f->port->dev, "rule refused, error %d: %s\n", err, why);
	if (err == -ESTALE)
		nfo_attach_stale(f->port);
	refuse(f, reason_of(err));
}

static enum nfo_reason ready(const struct nfo_port *port)
{
	if (port->state == NFO_PORT_ATTACHING)
		return NFO_REASON_ATTACHING;
	if (port->state == NFO_PORT_FAILED)
		return NFO_REASON_PORT_FAILED;
	if (port->state == NFO_PORT_OFF)
		return NFO_REASON_NO_BACKEND;
	return port->enabled ? NFO_REASON_NONE : NFO_REASON_PORT_OFF;
}

/**
 * nfo_program_in() - into the hardware, if it may and can be
 * @f: the flow; its port is locked
 * @rule: its rule, unpacked
 */
void nfo_program_in(struct nfo_flow *f, const struct nfo_rule *rule)
{
	struct nfo_port *port = f->port;
	const char *why = NULL;
	enum nfo_reason reason;
	int err;

	if (f->state != NFO_FLOW_SW || !f->parsed || f->torn)
		return;
	reason = ready(port);
	if (!reason) {
		if (f->backoff && time_before32(jiffies, f->retry))
			return;
		/* it has been said why */
		if (!f->dest)
			reason = f->reason ?: NFO_REASON_PATH;
	}
	if (!reason)
		reason = check_policy(f);
	if (!reason)
		reason = check_egress(f, rule);
	if (reason) {
		refuse(f, reason);
		return;
	}

	reason = over_quota(port);
	if (reason && !(evict(port, f) && !over_quota(port))) {
		refuse(f, reason);
		return;
	}
	/* a deferred backend has said so the last time */
	if (port->be->deferred && f->reason == NFO_REASON_TABLE_FULL)
		evict(port, f);
	err = program(f, rule, &why);
	if (err == -ENOSPC && evict(port, f))
		err = program(f, rule, &why);
	if (!err && port->be->deferred)
		nfo_state_set(f, NFO_FLOW_PENDING, NFO_REASON_PENDING);
	else
		nfo_program_done(f, err, why);
}

/**
 * nfo_program_out() - out of the hardware
 * @f: the flow; its port is locked
 * @reason: why
 *
 * The last counters go to conntrack, as nf will not ask for them again.
 */
void nfo_program_out(struct nfo_flow *f, enum nfo_reason reason)
{
	struct nfo_port *port = f->port;
	struct nfo_counters last = {};

	if (f->state == NFO_FLOW_SW) {
		if (reason != NFO_REASON_NONE)
			nfo_state_set(f, NFO_FLOW_SW, reason);
		return;
	}
	if (port->be->deferred) {
		nfo_job_del(f);
	} else {
		port->be->flow_del(port->be_priv, f->be_priv, &last);
		f->be_priv = NULL;
		nfo_state_count(f, &last);
		nfo_state_account(f, last.packets, last.bytes);
	}
	trace_nfo_flow_del(f, reason);
	f->since = 0;	/* in software it says something else */
	f->heat = 0;
	nfo_state_set(f, NFO_FLOW_SW, reason);
}

/* What is in hardware and may not be there any more. */
static enum nfo_reason check_resident(struct nfo_flow *f)
{
	struct nfo_port *port = f->port;
	enum nfo_reason reason = ready(port);
	struct nfo_rule rule;

	if (!reason)
		reason = check_policy(f);
	/* it has had its packets, and goes on having them in hardware */
	if (reason == NFO_REASON_THRESHOLD)
		reason = NFO_REASON_NONE;
	if (!reason) {
		nfo_unpack(&f->rule, &rule);
		reason = check_egress(f, &rule);
	}
	if (!reason && port->n_hw + port->n_pending > port->quota)
		reason = NFO_REASON_PORT_QUOTA;
	if (!reason && (u32)atomic_read(&port->nn->n_hw) > netns_quota(port))
		reason = NFO_REASON_NETNS_QUOTA;
	return reason;
}

static u32 sync_some(struct nfo_port *port, struct list_head *list, u32 n)
{
	unsigned long until = jiffies + SYNC_TIME;
	enum nfo_reason reason;
	struct nfo_rule rule;
	struct nfo_flow *f;
	u32 i;

	for (i = 0; i < min_t(u32, n, SYNC_BATCH) && !list_empty(list); i++) {
		if (i && time_after(jiffies, until))
			break;
		f = list_first_entry(list, struct nfo_flow, list);
		list_move_tail(&f->list, list);
		if (f->state == NFO_FLOW_SW) {
			f->backoff = 0;
			nfo_unpack(&f->rule, &rule);
			nfo_program_in(f, &rule);
			if (f->state != NFO_FLOW_SW)
				trace_nfo_flow_move(f, 1);
			continue;
		}
		reason = check_resident(f);
		if (reason) {
			trace_nfo_flow_move(f, 0);
			nfo_program_out(f, reason);
		}
	}
	return n - i;
}

/*
 * The lock is given back now and then: nf's workers and unbind want it too, the latter perhaps with
 * RTNL held, and a port without bindings is on its way out. A flow that comes
 * meanwhile is treated by whoever brings it; one that is moved to the other list has been treated.
 */
static void sync_list(struct nfo_port *port, struct list_head *list, u32 n)
{
	while (n && !list_empty(list) && !list_empty(&port->bindings)) {
		n = sync_some(port, list, n);
		mutex_unlock(&port->lock);
		cond_resched();
		mutex_lock(&port->lock);
	}
}

/**
 * nfo_program_sync() - bring the flows of a port to what its switch and the policy ask for
 * @port: locked; unlocked meanwhile
 */
void nfo_program_sync(struct nfo_port *port)
{
	lockdep_assert_held(&port->lock);
	sync_list(port, &port->hw, port->n_hw);
	sync_list(port, &port->sw, port->n_flows - port->n_hw);
}
