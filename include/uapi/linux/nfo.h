/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* Made of Documentation/netlink/specs/nfo.yaml by tools/spec/gen: do not edit. */
/*
 * Generic netlink family "nfo": what nft-offload does and why.
 *
 * Ports and flows are those of the caller's network namespace.
 *
 * NFO_CMD_STATUS_GET (do)
 *	reply: NFO_STATUS_*, totals of the machine
 * NFO_CMD_PORT_GET (dump)
 *	reply: one message per port, NFO_PORT_*
 * NFO_CMD_FLOW_GET (dump, CAP_NET_ADMIN)
 *	request: optional filters, all of which must hold: NFO_FLOW_IFINDEX, NFO_FLOW_STATE,
 *	NFO_FLOW_REASON, NFO_FLOW_L4PROTO, NFO_FLOW_ANY_ADDR, NFO_FLOW_ANY_PORT
 *	reply: one message per direction of a connection, NFO_FLOW_*; the two directions of a
 *	connection carry the same NFO_FLOW_ID and come in any order
 * NFO_CMD_FLOW_NTF (multicast group "flow", CAP_NET_ADMIN)
 *	NFO_FLOW_EVENT and what else is known of the flow
 * NFO_CMD_PORT_NTF (multicast group "port")
 *	NFO_PORT_EVENT and the port
 * NFO_CMD_POLICY_GET (do)
 *	reply: NFO_POLICY_*, the policy that holds in the caller's namespace
 * NFO_CMD_POLICY_SET (do, CAP_NET_ADMIN in the initial user namespace)
 *	request: NFO_POLICY_*, the whole policy of the caller's namespace: what is not named gets
 *	its default. A namespace without a policy of its own has that of the initial one.
 * NFO_CMD_POLICY_DEL (do, CAP_NET_ADMIN in the initial user namespace)
 *	the namespace's own policy goes, that of the initial namespace or the default holds again
 * NFO_CMD_PORT_SET (do, CAP_NET_ADMIN in the initial user namespace)
 *	request: NFO_PORT_NAME or NFO_PORT_IFINDEX, and what is to change: NFO_PORT_WANTED,
 *	NFO_PORT_ALLOW. It is kept in the policy of the caller's namespace, which gets one of its
 *	own if it has none; so the device need not exist yet. NFO_PORT_WANTED also has the backends
 *	asked again.
 */
#ifndef _UAPI_LINUX_NFO_H
#define _UAPI_LINUX_NFO_H

#include <linux/types.h>

#define NFO_GENL_NAME		"nfo"
#define NFO_GENL_VERSION	1
#define NFO_MCGRP_FLOW		"flow"
#define NFO_MCGRP_PORT		"port"
#define NFO_POLICY_EXCLUDES	64	/* NFO_POLICY_EXCLUDE at most */
#define NFO_POLICY_PORTS	64	/* NFO_POLICY_PORT at most */
#define NFO_BACKEND_LEN		16	/* a backend's name is shorter */

enum {
	NFO_CMD_UNSPEC,
	NFO_CMD_STATUS_GET,
	NFO_CMD_PORT_GET,
	NFO_CMD_FLOW_GET,
	NFO_CMD_FLOW_NTF,
	NFO_CMD_PORT_NTF,
	NFO_CMD_POLICY_GET,
	NFO_CMD_POLICY_SET,
	NFO_CMD_POLICY_DEL,
	NFO_CMD_PORT_SET,

	__NFO_CMD_MAX,
};
#define NFO_CMD_MAX	(__NFO_CMD_MAX - 1)

/* enum nfo_port_state: what a port does with the flows it is offered. */
enum nfo_port_state {
	NFO_PORT_READY,		/* flows are programmed */
	NFO_PORT_OFF,		/* hw-tc-offload is off or no backend is wanted: flows stay in
				 * software */
	NFO_PORT_ATTACHING,	/* the backend is still attaching to the device */
	NFO_PORT_FAILED,	/* no backend could attach: NFO_PORT_ERROR */
};

/* enum nfo_port_event: what NFO_CMD_PORT_NTF tells. */
enum nfo_port_event {
	NFO_PORT_EV_NEW,	/* the device joined its first flowtable */
	NFO_PORT_EV_STATE,	/* NFO_PORT_STATE changed */
	NFO_PORT_EV_DEL,	/* the device left its last flowtable */
};

/* enum nfo_door: how a device came to us. */
enum nfo_door {
	NFO_DOOR_PROVIDER,	/* nft asks us: we are its flowtable provider */
	NFO_DOOR_INDIRECT,	/* stock provider, device without ndo_setup_tc */
};

/* enum nfo_flow_state: where the packets of a direction go. */
enum nfo_flow_state {
	NFO_FLOW_SW,		/* in software, for a reason */
	NFO_FLOW_HW,		/* in hardware */
	NFO_FLOW_PENDING,	/* on its way into hardware, packets go through software */
};

/* enum nfo_flow_event: what NFO_CMD_FLOW_NTF tells. */
enum nfo_flow_event {
	NFO_FLOW_EV_HW,		/* came into hardware */
	NFO_FLOW_EV_SW,		/* is in software for another reason than before: NFO_FLOW_REASON */
	NFO_FLOW_EV_REFRESH,	/* its path changed: NFO_FLOW_REFRESH; the kernel sets it up anew */
	NFO_FLOW_EV_DEL,	/* forgotten: the connection ended or left the flowtable */
};

/*
 * enum nfo_refresh: why a path is set up anew. One list serves the enum, the kernel's messages and
 * nfoctl: NFO_REFRESH(symbol, keyword, sentence). Append only.
 */
#define NFO_REFRESHES(NFO_REFRESH)								\
	NFO_REFRESH(NEIGH, "neigh", "the neighbour has another MAC address or is gone")		\
	NFO_REFRESH(RESOLVED, "resolved", "the neighbour is resolved now")			\
	NFO_REFRESH(ROUTE, "route", "the route changed")					\
	NFO_REFRESH(FDB, "fdb", "the bridge learned the destination on another port")		\
	NFO_REFRESH(LINK, "link", "a device on the path went down or lost its carrier")		\
	NFO_REFRESH(MTU, "mtu", "the MTU of a device on the path changed")			\
	NFO_REFRESH(ADDRESS, "address", "a device on the path has another MAC address")		\
	NFO_REFRESH(BOND, "bond", "a bond on the path has another active member")		\
	NFO_REFRESH(STALE, "stale", "the offered path was out of date already")			\
	NFO_REFRESH(SOURCE, "source", "the source address after translation is gone")

#define NFO_REFRESH_ENUM(sym, key, text)	NFO_REFRESH_##sym,
enum nfo_refresh {
	NFO_REFRESHES(NFO_REFRESH_ENUM)
	__NFO_REFRESH_MAX,
};
#undef NFO_REFRESH_ENUM
#define NFO_REFRESH_MAX	(__NFO_REFRESH_MAX - 1)

/*
 * enum nfo_reason: why a direction of a connection is not in hardware. One list serves the enum,
 * the kernel's messages and nfoctl: NFO_REASON(symbol, keyword, sentence). Append only.
 */
#define NFO_REASONS(NFO_REASON)									\
	NFO_REASON(NONE, "none", "in hardware")							\
	NFO_REASON(PORT_OFF, "port-off", "hw-tc-offload is off on the ingress port")		\
	NFO_REASON(UNKNOWN_KEY, "unknown-key", "the rule matches on a field we do not know")	\
	NFO_REASON(MASK, "mask", "the rule matches on part of a field")				\
	NFO_REASON(FAMILY, "family", "neither IPv4 nor IPv6")					\
	NFO_REASON(L4PROTO, "l4proto", "the backend cannot match this layer 4 protocol")	\
	NFO_REASON(UNKNOWN_ACTION, "unknown-action", "the rule has an action we do not know")	\
	NFO_REASON(REWRITE, "rewrite",								\
		   "the rule rewrites a field incompletely or one we do not know")		\
	NFO_REASON(NO_EGRESS, "no-egress", "the rule names no egress device")			\
	NFO_REASON(TUNNEL, "tunnel", "tunnels are not offloaded")				\
	NFO_REASON(VIRTUAL_DEV, "virtual-dev",							\
		   "the egress device is a VLAN, bridge or other upper device")			\
	NFO_REASON(ENCAP, "encap", "VLAN or PPPoE headers do not fit the rule or the backend")	\
	NFO_REASON(NAT, "nat", "the backend cannot do this address translation")		\
	NFO_REASON(MTU, "mtu",									\
		   "packets may be too large for the way out, the hardware cannot check it")	\
	NFO_REASON(TABLE_FULL, "table-full", "the hardware table is full")			\
	NFO_REASON(DRIVER, "driver", "the driver refused the rule")				\
	NFO_REASON(NO_MEMORY, "no-memory", "out of memory")					\
	NFO_REASON(EGRESS_PORT, "egress-port",							\
		   "the egress device is not reachable by this hardware")			\
	NFO_REASON(NEIGH, "neigh", "the neighbour is not resolved yet")				\
	NFO_REASON(NO_ROUTE, "no-route",							\
		   "the kernel could not build the rule, no usable route")			\
	NFO_REASON(PATH, "path", "no route and neighbour lead to the rule's destination MAC")	\
	NFO_REASON(NO_CARRIER, "no-carrier", "the egress device has no carrier")		\
	NFO_REASON(SHAPER, "shaper",								\
		   "the egress device shapes traffic, the policy says refuse")			\
	NFO_REASON(THRESHOLD, "threshold",							\
		   "fewer packets or bytes so far than the policy asks for")			\
	NFO_REASON(EXCLUDED, "excluded", "the policy excludes the connection")			\
	NFO_REASON(PORT_QUOTA, "port-quota", "the port's quota is used up")			\
	NFO_REASON(NETNS_QUOTA, "netns-quota", "the network namespace's quota is used up")	\
	NFO_REASON(EVICTED, "evicted", "it made room for a busier connection")			\
	NFO_REASON(ATTACHING, "attaching", "the backend is still attaching to the port")	\
	NFO_REASON(PORT_FAILED, "port-failed", "the backend could not attach to the port")	\
	NFO_REASON(PENDING, "pending", "on its way into hardware")				\
	NFO_REASON(REFRESH, "refresh", "its path changed, the kernel sets it up anew")		\
	NFO_REASON(LOST, "lost",								\
		   "the hardware has lost it, it comes back with the next packets")		\
	NFO_REASON(TTL, "ttl", "the hardware cannot decrement the TTL")				\
	NFO_REASON(FIN_RST, "fin-rst", "the hardware cannot leave TCP FIN and RST to the CPU")	\
	NFO_REASON(FRAGMENTS, "fragments", "the hardware cannot leave fragments to the CPU")	\
	NFO_REASON(TAGS, "tags", "the hardware cannot tell all kinds of VLAN tags apart")	\
	NFO_REASON(FIRMWARE, "firmware", "the firmware may be too old for address translation")	\
	NFO_REASON(NO_BACKEND, "no-backend", "the ingress port is to have no backend")		\
	NFO_REASON(WAITING, "waiting",								\
		   "the hardware takes it in when it sees its next packets")			\
	NFO_REASON(BUCKET, "bucket",								\
		   "busier connections have its places in the hardware table")			\
	NFO_REASON(AMBIGUOUS, "ambiguous",							\
		   "the hardware sees addresses and ports only, which may not be unique")	\
	NFO_REASON(XMIT, "xmit", "the egress device does not take XDP frames")			\
	NFO_REASON(INNER_CSUM, "inner-csum",							\
		   "a tunnel inside may have a checksum left to hardware, which XDP does not see")

#define NFO_REASON_ENUM(sym, key, text)	NFO_REASON_##sym,
enum nfo_reason {
	NFO_REASONS(NFO_REASON_ENUM)
	__NFO_REASON_MAX,
};
#undef NFO_REASON_ENUM
#define NFO_REASON_MAX	(__NFO_REASON_MAX - 1)

/*
 * enum nfo_optin: what an administrator may allow the hardware of a port, by bit number of
 * NFO_PORT_ALLOW. One list serves the enum, the kernel's messages and nfoctl: NFO_OPTIN(symbol,
 * keyword, sentence). Append only.
 */
#define NFO_OPTINS(NFO_OPTIN)									\
	NFO_OPTIN(TTL_UNCHANGED, "ttl-unchanged",						\
		  "packets leave with the TTL or hop limit they came with")			\
	NFO_OPTIN(NO_FIN_RST, "no-fin-rst",							\
		  "TCP FIN and RST are forwarded: conntrack does not see the end")		\
	NFO_OPTIN(FRAGMENTS, "fragments",							\
		  "a first fragment is forwarded, while the others go to the CPU")		\
	NFO_OPTIN(ANY_TAG, "any-tag",								\
		  "packets with further VLAN tags are taken for those of a connection")		\
	NFO_OPTIN(FILTER2, "filter2",								\
		  "the firmware can translate, which only the administrator can know")		\
	NFO_OPTIN(INNER_CSUM, "inner-csum",							\
		  "a checksum inside of a tunnel that is left to hardware goes out unfinished")

#define NFO_OPTIN_ENUM(sym, key, text)	NFO_OPTIN_##sym,
enum nfo_optin {
	NFO_OPTINS(NFO_OPTIN_ENUM)
	__NFO_OPTIN_MAX,
};
#undef NFO_OPTIN_ENUM
#define NFO_OPTIN_MAX	(__NFO_OPTIN_MAX - 1)

/*
 * enum nfo_shaper: what to do when the egress device has a qdisc that shapes (cake, htb, tbf ...).
 */
enum nfo_shaper {
	NFO_SHAPER_WARN,	/* offload, tell the log once and show it at the port */
	NFO_SHAPER_REFUSE,	/* leave such flows in software */
	NFO_SHAPER_IGNORE,	/* offload */
};

/* Totals of the machine. */
enum {
	NFO_STATUS_UNSPEC,
	NFO_STATUS_VERSION,	/* string: version of the modules */
	NFO_STATUS_FLOWTABLES,	/* u32: flowtables with `flags offload` bound to us */
	NFO_STATUS_PORTS,	/* u32 */
	NFO_STATUS_FLOWS,	/* u64: directions known */
	NFO_STATUS_FLOWS_HW,	/* u64: directions in hardware */
	NFO_STATUS_BACKEND,	/* string, any number: one per registered backend, in order of
				 * preference */
	NFO_STATUS_UNBUILT,	/* u64: rules nf could not build (neighbour unresolved, route
				 * gone) */
	NFO_STATUS_NO_PORT,	/* u64: offers for a device that is no port of the flowtable */
	NFO_STATUS_REFRESH,	/* nest of NFO_REASON_A_*, any number: one per cause that was
				 * ever counted: directions torn down because their path changed */
	NFO_STATUS_EVICTED,	/* u64: directions that made room for busier ones */
	NFO_STATUS_EXPIRED,	/* u64: connections that were idle for too long in hardware */
	NFO_STATUS_HOPS,	/* u32: next hops that flows in hardware use */

	__NFO_STATUS_MAX,
};
#define NFO_STATUS_MAX	(__NFO_STATUS_MAX - 1)

/* A device in one flowtable or more. */
enum {
	NFO_PORT_UNSPEC,
	NFO_PORT_PAD,
	NFO_PORT_IFINDEX,	/* u32 */
	NFO_PORT_NAME,		/* string */
	NFO_PORT_BACKEND,	/* string: the one that it has or that is attaching; none */
	NFO_PORT_DRIVER,	/* string: name of the device's driver, may be empty */
	NFO_PORT_STATE,		/* u8: enum nfo_port_state */
	NFO_PORT_DOOR,		/* u8: enum nfo_door */
	NFO_PORT_FLOWS,		/* u32: directions known */
	NFO_PORT_FLOWS_HW,	/* u32: directions in hardware */
	NFO_PORT_PACKETS,	/* u64: packets hardware reported so far */
	NFO_PORT_BYTES,		/* u64: bytes hardware reported so far (layer 3) */
	NFO_PORT_ADDED,		/* u64: directions put into hardware so far */
	NFO_PORT_REMOVED,	/* u64: directions taken out of hardware so far */
	NFO_PORT_REASON,	/* nest of NFO_REASON_A_*, any number: one per reason that was
				 * ever counted */
	NFO_PORT_EVENT,		/* u8: enum nfo_port_event, in notifications */
	NFO_PORT_ERROR,		/* s32: negative errno, why attaching failed */
	NFO_PORT_QUOTA,		/* u32: directions that may be in hardware, absent if not limited */
	NFO_PORT_SHAPER,	/* string: qdisc that shapes what leaves the device, absent if
				 * none */
	NFO_PORT_WANTED,	/* string: a backend's name; none, to offload nothing here; auto,
				 * for the first that can serve it, and then absent in a reply */
	NFO_PORT_ALLOW,		/* u32: 1 << enum nfo_optin: what the administrator allows its
				 * hardware */
	NFO_PORT_ALLOW_MASK,	/* u32: in a request, the bits of NFO_PORT_ALLOW that are meant
				 * (default: all) */
	NFO_PORT_NEEDS,		/* u32: 1 << enum nfo_optin: without these its hardware forwards
				 * nothing or not all */
	NFO_PORT_NOTE,		/* string: why no better backend serves it, in the words of
				 * those, absent if there are none */
	NFO_PORT_HOW,		/* string: how its backend serves it, absent if there is nothing
				 * to tell */

	__NFO_PORT_MAX,
};
#define NFO_PORT_MAX	(__NFO_PORT_MAX - 1)

/* How often something happened for one reason. */
enum {
	NFO_REASON_A_UNSPEC,
	NFO_REASON_A_PAD,
	NFO_REASON_A_ID,	/* u8: enum nfo_reason, or enum nfo_refresh in NFO_STATUS_REFRESH */
	NFO_REASON_A_COUNT,	/* u64 */

	__NFO_REASON_A_MAX,
};
#define NFO_REASON_A_MAX	(__NFO_REASON_A_MAX - 1)

/* One direction of a connection. */
enum {
	NFO_FLOW_UNSPEC,
	NFO_FLOW_PAD,
	NFO_FLOW_ID,		/* u64: same for both directions of a connection */
	NFO_FLOW_DIR,		/* u8: 0 original, 1 reply */
	NFO_FLOW_STATE,		/* u8: enum nfo_flow_state */
	NFO_FLOW_REASON,	/* u8: enum nfo_reason, NFO_REASON_NONE in hardware */
	NFO_FLOW_IFINDEX,	/* u32: ingress port */
	NFO_FLOW_OUT_IFINDEX,	/* u32: egress port */
	NFO_FLOW_L4PROTO,	/* u8 */
	NFO_FLOW_SRC,		/* 4 or 16 bytes: as the packet comes in */
	NFO_FLOW_DST,		/* 4 or 16 bytes */
	NFO_FLOW_SPORT,		/* be16 */
	NFO_FLOW_DPORT,		/* be16 */
	NFO_FLOW_NAT_SRC,	/* 4 or 16 bytes: only when rewritten */
	NFO_FLOW_NAT_SPORT,	/* be16 */
	NFO_FLOW_NAT_DST,	/* 4 or 16 bytes: only when rewritten */
	NFO_FLOW_NAT_DPORT,	/* be16 */
	NFO_FLOW_SMAC,		/* 6 bytes: source MAC on egress */
	NFO_FLOW_DMAC,		/* 6 bytes: destination MAC on egress */
	NFO_FLOW_MTU,		/* u16: largest layer 3 packet forwarded */
	NFO_FLOW_PACKETS,	/* u64: reported by hardware so far */
	NFO_FLOW_BYTES,		/* u64: layer 3 bytes */
	NFO_FLOW_IDLE_MS,	/* u32: since the last packet hardware reported, absent if none */
	NFO_FLOW_EVENT,		/* u8: enum nfo_flow_event, in notifications */
	NFO_FLOW_REFRESH,	/* u8: enum nfo_refresh, with NFO_FLOW_EV_REFRESH */
	NFO_FLOW_ANY_ADDR,	/* 4 or 16 bytes: in a request, an address of the packet, before
				 * or after translation */
	NFO_FLOW_ANY_PORT,	/* be16: in a request, a port of the packet, before or after
				 * translation */

	__NFO_FLOW_MAX,
};
#define NFO_FLOW_MAX	(__NFO_FLOW_MAX - 1)

/* What may be offloaded, and how much of it. */
enum {
	NFO_POLICY_UNSPEC,
	NFO_POLICY_PAD,
	NFO_POLICY_MIN_PACKETS,	/* u64: offload after so many packets, both directions; 0: at
				 * once */
	NFO_POLICY_MIN_BYTES,	/* u64: or after so many bytes; with both, whichever comes first */
	NFO_POLICY_PORT_QUOTA,	/* u32: directions in hardware per port, 0: no limit */
	NFO_POLICY_NETNS_QUOTA,	/* u32: directions in hardware in the namespace, 0: no limit */
	NFO_POLICY_EVICT,	/* u8: 1 lets a busier flow replace a colder one when there is no
				 * room */
	NFO_POLICY_SHAPER,	/* u8: enum nfo_shaper */
	NFO_POLICY_USERNS,	/* u8: 1 lets namespaces of other users than the initial one
				 * offload */
	NFO_POLICY_EXCLUDE,	/* nest of NFO_EXCLUDE_*, any number: up to NFO_POLICY_EXCLUDES
				 * of them */
	NFO_POLICY_PORT,	/* nest of NFO_POLICY_PORT_A_*, any number: one per port that
				 * differs, up to NFO_POLICY_PORTS of them */
	NFO_POLICY_INHERITED,	/* flag: in a reply, the namespace has no policy of its own */
	NFO_POLICY_SEQ,		/* u32: in a reply, another one after each change; in a request,
				 * EAGAIN is the answer if it is another one by now */

	__NFO_POLICY_MAX,
};
#define NFO_POLICY_MAX	(__NFO_POLICY_MAX - 1)

/* A connection is excluded if everything that is named fits; at least one has to be. */
enum {
	NFO_EXCLUDE_UNSPEC,
	NFO_EXCLUDE_L4PROTO,	/* u8 */
	NFO_EXCLUDE_PORT_MIN,	/* u16: a port of the original direction, source or destination:
				 * from this one */
	NFO_EXCLUDE_PORT_MAX,	/* u16: to this one (default: NFO_EXCLUDE_PORT_MIN) */
	NFO_EXCLUDE_MARK,	/* u32: conntrack mark */
	NFO_EXCLUDE_MARK_MASK,	/* u32: bits of it that count (default: all) */

	__NFO_EXCLUDE_MAX,
};
#define NFO_EXCLUDE_MAX	(__NFO_EXCLUDE_MAX - 1)

/* What differs for one port. */
enum {
	NFO_POLICY_PORT_A_UNSPEC,
	NFO_POLICY_PORT_A_NAME,		/* string: the device need not exist yet */
	NFO_POLICY_PORT_A_QUOTA,	/* u32: instead of NFO_POLICY_PORT_QUOTA */
	NFO_POLICY_PORT_A_SHAPER,	/* u8: enum nfo_shaper, instead of NFO_POLICY_SHAPER, for
					 * what leaves here */
	NFO_POLICY_PORT_A_BACKEND,	/* string: as NFO_PORT_WANTED */
	NFO_POLICY_PORT_A_ALLOW,	/* u32: as NFO_PORT_ALLOW */

	__NFO_POLICY_PORT_A_MAX,
};
#define NFO_POLICY_PORT_A_MAX	(__NFO_POLICY_PORT_A_MAX - 1)

#endif /* _UAPI_LINUX_NFO_H */
