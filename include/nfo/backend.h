/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the core and a backend.
 *
 * A backend is one struct nfo_backend: a capability table and the operations. The core calls an
 * operation only for what the table allows, and never two at once for one port.
 *
 * Two kinds of backend. One whose operations need no RTNL is called directly: by nf's workers, by
 * nft's transactions, by whoever takes a device away, with RTNL held or not. So no operation may
 * take it or wait for somebody who does. One that is @deferred is called from a work item of the
 * core that nobody who holds RTNL waits for, without RTNL: its operations may take it. The device
 * is held but may have been unregistered meanwhile: look at dev->reg_state under RTNL. Its flows
 * show as pending until the work item has come to them, and a rule leaves the hardware a moment
 * after the core has forgotten its flow.
 */
#ifndef _NFO_BACKEND_H
#define _NFO_BACKEND_H

#include <linux/list.h>
#include <linux/types.h>
#include <uapi/linux/nfo.h>
#include <nfo/rule.h>

struct module;
struct net_device;
struct netlink_ext_ack;

/* struct nfo_caps flags */
#define NFO_CAP_IP4		0x0001	/* IPv4 */
#define NFO_CAP_IP6		0x0002	/* IPv6 */
#define NFO_CAP_TCP		0x0004	/* TCP ports, FIN and RST go to the CPU */
#define NFO_CAP_UDP		0x0008	/* UDP ports */
#define NFO_CAP_NAT4		0x0010	/* rewrite IPv4 addresses and ports */
#define NFO_CAP_NAT6		0x0020	/* rewrite IPv6 addresses and ports */
#define NFO_CAP_MTU		0x0040	/* checks edit.mtu itself, not only the device's MTU */
#define NFO_CAP_UPPER		0x0080	/* sends through VLAN, bridge and bond devices as they are */
#define NFO_CAP_MTU_DEV		0x0100	/* packets above the egress device's MTU go to the CPU */
#define NFO_CAP_NAT_BOTH	0x0200	/* NAT: source and destination in one rule */
#define NFO_CAP_8021AD		0x0400	/* layers of VLAN may be 802.1ad */
#define NFO_CAP_BOND		0x0800	/* sends through a bond by its active member */
#define NFO_CAP_ENCAP_ANY	0x1000	/* removes so many layers and puts on so many others; else it */
					/* does one of both, or an 802.1Q tag in place of another */
#define NFO_CAP_PPPOE		0x2000	/* the innermost layer may be PPPoE */
#define NFO_CAP_TUPLE_ONLY	0x4000	/* compares neither ingress device nor layers, only the 5-tuple */
#define NFO_CAP_BOND_ANY	0x8000	/* sends through a bond of any mode as the bond itself would */
#define NFO_CAP_GRE		0x10000	/* GRE, which has no ports */

#define NFO_OPTIN(name)		(1u << NFO_OPTIN_##name)

/**
 * struct nfo_caps - what a backend can match and do, exactly
 * @flags: NFO_CAP_*
 * @encap_match: layers of VLAN it can match and remove, 0 to NFO_ENCAP_MAX
 * @encap_push: layers of VLAN it can put on, 0 to NFO_ENCAP_MAX
 * @needs: NFO_OPTIN() bits without all of which it is offered nothing
 * @needs_tcp: the same for TCP
 * @needs_udp: the same for UDP and GRE
 * @needs_nat: the same for what translates addresses or ports
 * @needs_swap: the same for what takes layers of VLAN off and puts others on
 *
 * Hardware without NFO_CAP_MTU and NFO_CAP_MTU_DEV checks no MTU at all: it is offered only what
 * cannot be too large, as the ingress device takes in no more than the egress takes.
 */
struct nfo_caps {
	u32 flags;
	u8 encap_match;
	u8 encap_push;
	u8 needs;
	u8 needs_tcp;
	u8 needs_udp;
	u8 needs_nat;
	u8 needs_swap;
};

/**
 * struct nfo_counters - what hardware counted
 * @packets: packets forwarded since the last report
 * @bytes: their layer 3 bytes: what conntrack counts
 * @lastused: jiffies of the last packet, 0 if unknown or none yet; never ahead of now
 * @lost: the hardware does not have the rule any more, after a reset perhaps: the core calls
 *	@flow_del and offers the flow again when software sees it
 * @used: for hardware that does not count: there were packets since the last report, the last at
 *	@lastused
 */
struct nfo_counters {
	u64 packets;
	u64 bytes;
	unsigned long lastused;
	bool lost;
	bool used;
};

/**
 * struct nfo_backend - a way to program hardware
 * @name: shown to users, unique, shorter than NFO_BACKEND_LEN; not "auto" and not "none"
 * @owner: pinned while a port uses the backend
 * @list: for the core
 * @deferred: operations may take RTNL, see above
 * @fallback: asked after all backends that are not
 * @port_match: would @port_add want this device? Of a deferred backend only, and required there;
 *	may sleep, may not take RTNL. Returns 0 or -EOPNOTSUPP, or another error that refuses the
 *	device; @extack says why not, if there is more to say than that the device is none of its
 *	own
 * @port_add: take @dev, which is registered and held by the core until @port_del; store state
 *	in *@priv. May sleep. RTNL is not held and must not be waited for, but by deferred backends.
 *	Returns 0, -EOPNOTSUPP when the device is none of this backend's, or another error that
 *	refuses the device. When a deferred backend fails, with whatever error, the next backend is
 *	asked. @extack says what is wrong and what to do about it: it is shown at the port.
 * @port_caps: capability table for the port; it and what it points to stay valid and unchanged
 *	until @port_del
 * @port_del: give the device back. All flows are gone. May sleep; RTNL may be held.
 * @port_show: a few words on how the port is served, for users. Optional
 * @flow_add: program @rule, which is valid during the call. Stores state in *@flow_priv.
 *	May sleep. Returns 0 or a negative error: -ENOSPC when the table is full, -ENOMEM,
 *	-ENODEV when the egress device is not to be reached, -EXDEV when it does not take what
 *	this backend sends, -EOPNOTSUPP or anything else when the rule is refused; -ESTALE when
 *	the device has become another one, so that the port is to be attached anew. Nothing is
 *	left behind on error.
 * @flow_del: take the rule out; cannot fail. *@last is what was counted since the last report.
 *	No packet is forwarded by the rule once this returns.
 * @flow_del_many: the same for @n rules at once: @flow_privs[i], whose last counters are @last[i].
 *	Optional, of a deferred backend only: for one that has to wait for something meanwhile
 * @flow_stats: report and forget what was counted since the last report
 * @flow_stats_many: the same for @n rules at once: @flow_privs[i] to @counters[i], which is zero.
 *	Optional: for hardware that reads many counters cheaper than one by one
 * @flow_where: is the rule in hardware at this moment? NFO_REASON_NONE, or why not. Optional: for
 *	hardware that takes a rule in only when it sees packets, and may drop it when it sees none.
 *	The flow belongs to the backend all the while, and shows as pending. Not of a deferred
 *	backend. Must not sleep
 *
 * All operations but those called optional are required and, but for @port_caps, run in process
 * context.
 */
struct nfo_backend {
	const char *name;
	struct module *owner;
	struct list_head list;
	bool deferred;
	bool fallback;

	int (*port_match)(struct net_device *dev, struct netlink_ext_ack *extack);
	int (*port_add)(struct net_device *dev, void **priv, struct netlink_ext_ack *extack);
	const struct nfo_caps *(*port_caps)(void *priv);
	void (*port_del)(struct net_device *dev, void *priv);
	void (*port_show)(void *priv, char *buf, size_t size);

	int (*flow_add)(void *priv, const struct nfo_rule *rule, void **flow_priv,
			struct netlink_ext_ack *extack);
	void (*flow_del)(void *priv, void *flow_priv, struct nfo_counters *last);
	void (*flow_del_many)(void *priv, void *const *flow_privs, struct nfo_counters *last,
			      unsigned int n);
	void (*flow_stats)(void *priv, void *flow_priv, struct nfo_counters *counters);
	void (*flow_stats_many)(void *priv, void *const *flow_privs, struct nfo_counters *counters,
				unsigned int n);
	enum nfo_reason (*flow_where)(void *priv, void *flow_priv);
};

/* So the module is found when an administrator names its backend, a string, for a port. */
#define MODULE_ALIAS_NFO_BACKEND(name)	MODULE_ALIAS("nfo-backend-" name)

/**
 * nfo_backend_register() - offer a backend for ports bound from now on
 * @be: the backend; valid until nfo_backend_unregister()
 *
 * Backends are asked in the order in which they registered, @fallback last. Context: may sleep.
 *
 * Return: 0, -EINVAL if an operation is missing or the name will not do, -EEXIST if it is taken.
 */
int nfo_backend_register(struct nfo_backend *be);

/**
 * nfo_backend_unregister() - take a backend back
 * @be: the backend; no port uses it, as ports pin @owner
 *
 * Context: may sleep.
 */
void nfo_backend_unregister(struct nfo_backend *be);

/**
 * nfo_backend_moved() - rules of a port went into hardware or out of it, by themselves
 * @dev: the port's device
 *
 * The core asks flow_where for all flows of the port soon. Context: any; RCU or a reference to
 * @dev.
 */
void nfo_backend_moved(struct net_device *dev);

#endif /* _NFO_BACKEND_H */
