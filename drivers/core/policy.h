/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the administrator wants: which connections may use the hardware, and how much of it. Pure:
 * compiles in user space as well. Where policies are kept: policy_net.c.
 */
#ifndef _NFO_CORE_POLICY_H
#define _NFO_CORE_POLICY_H

#include <linux/if.h>
#include <linux/types.h>
#include <uapi/linux/nfo.h>

/**
 * struct nfo_exclude - connections that stay in software: everything that is named has to fit
 * @l4proto: IPPROTO_*, 0: any
 * @has_ports: @port_min to @port_max are named
 * @port_min: source or destination port of the original direction, host order
 * @port_max: the last one
 * @mark: of conntrack
 * @mask: bits of @mark that count, 0: not named
 */
struct nfo_exclude {
	u8 l4proto;
	bool has_ports;
	u16 port_min;
	u16 port_max;
	u32 mark;
	u32 mask;
};

/**
 * struct nfo_port_policy - a port that differs
 * @name: of the device
 * @quota: instead of the policy's, with @has_quota
 * @has_quota: @quota is set
 * @shaper: instead of the policy's, with @has_shaper
 * @has_shaper: @shaper is set
 * @backend: the one that is wanted, "none", or "" for the first that can
 * @allow: NFO_OPTIN() bits that its hardware may use
 */
struct nfo_port_policy {
	char name[IFNAMSIZ];
	u32 quota;
	bool has_quota;
	u8 shaper;
	bool has_shaper;
	char backend[NFO_BACKEND_LEN];
	u32 allow;
};

/**
 * struct nfo_port_change - what is to be said of a port from now on
 * @name: of the device
 * @has_backend: @backend is to change
 * @backend: as in struct nfo_port_policy
 * @allow: the new bits
 * @allow_mask: which of them are to change
 */
struct nfo_port_change {
	char name[IFNAMSIZ];
	bool has_backend;
	char backend[NFO_BACKEND_LEN];
	u32 allow;
	u32 allow_mask;
};

/**
 * struct nfo_policy - of a network namespace
 * @min_packets: offload after so many, 0: does not count
 * @min_bytes: or after so many, 0: does not count
 * @port_quota: directions in hardware per port, 0: no limit
 * @netns_quota: directions in hardware in the namespace, 0: no limit
 * @evict: a busier flow replaces a colder one when there is no room
 * @shaper: enum nfo_shaper
 * @userns: namespaces of other users may offload
 * @n_excludes: how many in @excludes
 * @n_ports: how many in @ports
 * @excludes: what stays in software
 * @ports: ports that differ
 */
struct nfo_policy {
	u64 min_packets;
	u64 min_bytes;
	u32 port_quota;
	u32 netns_quota;
	u8 evict;
	u8 shaper;
	u8 userns;
	u8 n_excludes;
	u8 n_ports;
	struct nfo_exclude excludes[NFO_POLICY_EXCLUDES];
	struct nfo_port_policy ports[NFO_POLICY_PORTS];
};

/**
 * struct nfo_conn - what a policy looks at
 * @l4proto: IPPROTO_*
 * @sport: of the original direction, host order
 * @dport: of the original direction, host order
 * @mark: of conntrack
 * @counted: conntrack counts the connection
 * @packets: so far, both directions
 * @bytes: so far, both directions
 */
struct nfo_conn {
	u8 l4proto;
	u16 sport;
	u16 dport;
	u32 mark;
	bool counted;
	u64 packets;
	u64 bytes;
};

/**
 * nfo_policy_conn() - may a connection use the hardware?
 * @p: the policy
 * @c: the connection
 *
 * A connection that conntrack does not count is older than the policy and has passed.
 *
 * Return: NFO_REASON_NONE, NFO_REASON_EXCLUDED or NFO_REASON_THRESHOLD.
 */
enum nfo_reason nfo_policy_conn(const struct nfo_policy *p, const struct nfo_conn *c);

/**
 * nfo_policy_quota() - directions that may be in hardware on a port
 * @p: the policy
 * @name: of the device
 *
 * Return: the limit, U32_MAX if there is none.
 */
u32 nfo_policy_quota(const struct nfo_policy *p, const char *name);

/**
 * nfo_policy_shaper() - what to do with what leaves through a device that shapes
 * @p: the policy
 * @name: of the device
 *
 * Return: enum nfo_shaper.
 */
enum nfo_shaper nfo_policy_shaper(const struct nfo_policy *p, const char *name);

/**
 * nfo_policy_backend() - which backend a port is to have
 * @p: the policy
 * @name: of the device
 *
 * Return: a backend's name, "none", or "" for the first that can.
 */
const char *nfo_policy_backend(const struct nfo_policy *p, const char *name);

/**
 * nfo_policy_allow() - what the hardware of a port may do
 * @p: the policy
 * @name: of the device
 *
 * Return: NFO_OPTIN() bits.
 */
u32 nfo_policy_allow(const struct nfo_policy *p, const char *name);

/**
 * nfo_policy_change_port() - say something else of one port, and nothing else of anything
 * @p: the policy
 * @change: what
 *
 * A port of which nothing is said any more is not in the policy.
 *
 * Return: true, or false if there is no room for another port.
 */
bool nfo_policy_change_port(struct nfo_policy *p, const struct nfo_port_change *change);

/**
 * nfo_qdisc_shapes() - would hardware forwarding bypass what this qdisc is there for?
 * @kind: name of the qdisc
 */
bool nfo_qdisc_shapes(const char *kind);

/**
 * struct nfo_cand - a flow in hardware that might make room
 * @heat: packets per second, smoothed
 * @resident: in hardware since, in jiffies
 */
struct nfo_cand {
	u32 heat;
	u32 resident;
};

/**
 * nfo_evict_pick() - which flow makes room for another one?
 * @cands: flows in hardware
 * @n: how many
 * @worth: packets per second of the newcomer
 * @min_resident: jiffies that a flow stays at least
 *
 * The coldest goes, but only if the newcomer is more than twice as busy: otherwise two flows of
 * the same rate would take turns.
 *
 * Return: index in @cands, or -1 if all of them are worth as much.
 */
int nfo_evict_pick(const struct nfo_cand *cands, unsigned int n, u32 worth, u32 min_resident);

/**
 * nfo_heat() - smooth a rate
 * @heat: so far, packets per second
 * @packets: since then
 * @ms: milliseconds that have passed, 0 counts as 1
 *
 * Return: the new rate.
 */
u32 nfo_heat(u32 heat, u64 packets, u32 ms);

#endif /* _NFO_CORE_POLICY_H */
