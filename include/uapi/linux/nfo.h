/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
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
 *	request: optional NFO_FLOW_IFINDEX and NFO_FLOW_STATE filter the dump
 *	reply: one message per direction of a connection, NFO_FLOW_*; the two directions of a
 *	connection carry the same NFO_FLOW_ID and come in any order
 */
#ifndef _UAPI_LINUX_NFO_H
#define _UAPI_LINUX_NFO_H

#include <linux/types.h>

#define NFO_GENL_NAME		"nfo"
#define NFO_GENL_VERSION	1

enum {
	NFO_CMD_UNSPEC,
	NFO_CMD_STATUS_GET,
	NFO_CMD_PORT_GET,
	NFO_CMD_FLOW_GET,

	__NFO_CMD_MAX,
};
#define NFO_CMD_MAX	(__NFO_CMD_MAX - 1)

enum {
	NFO_STATUS_UNSPEC,
	NFO_STATUS_VERSION,	/* string: version of the modules */
	NFO_STATUS_FLOWTABLES,	/* u32: flowtables with `flags offload` bound to us */
	NFO_STATUS_PORTS,	/* u32 */
	NFO_STATUS_FLOWS,	/* u64: directions known */
	NFO_STATUS_FLOWS_HW,	/* u64: directions in hardware */
	NFO_STATUS_BACKEND,	/* string, one per registered backend, in order of preference */
	NFO_STATUS_UNBUILT,	/* u64: rules nf could not build (neighbour unresolved, route gone) */
	NFO_STATUS_NO_PORT,	/* u64: offers for a device that is no port of the flowtable */

	__NFO_STATUS_MAX,
};
#define NFO_STATUS_MAX	(__NFO_STATUS_MAX - 1)

/* enum nfo_port_state: what a port does with the flows it is offered. */
enum nfo_port_state {
	NFO_PORT_READY,		/* flows are programmed */
	NFO_PORT_OFF,		/* hw-tc-offload is off: flows stay in software */
};

/* enum nfo_door: how a device came to us. */
enum nfo_door {
	NFO_DOOR_PROVIDER,	/* nft asks us: we are its flowtable provider */
	NFO_DOOR_INDIRECT,	/* stock provider, device without ndo_setup_tc */
};

enum {
	NFO_PORT_UNSPEC,
	NFO_PORT_PAD,
	NFO_PORT_IFINDEX,	/* u32 */
	NFO_PORT_NAME,		/* string */
	NFO_PORT_BACKEND,	/* string */
	NFO_PORT_DRIVER,	/* string: name of the device's driver, may be empty */
	NFO_PORT_STATE,		/* u8: enum nfo_port_state */
	NFO_PORT_DOOR,		/* u8: enum nfo_door */
	NFO_PORT_FLOWS,		/* u32: directions known */
	NFO_PORT_FLOWS_HW,	/* u32: directions in hardware */
	NFO_PORT_PACKETS,	/* u64: packets hardware reported so far */
	NFO_PORT_BYTES,		/* u64: bytes hardware reported so far (layer 3) */
	NFO_PORT_ADDED,		/* u64: directions put into hardware so far */
	NFO_PORT_REMOVED,	/* u64: directions taken out of hardware so far */
	NFO_PORT_REASON,	/* nest, one per reason that was ever counted: NFO_REASON_A_* */

	__NFO_PORT_MAX,
};
#define NFO_PORT_MAX	(__NFO_PORT_MAX - 1)

enum {
	NFO_REASON_A_UNSPEC,
	NFO_REASON_A_PAD,
	NFO_REASON_A_ID,	/* u8: enum nfo_reason */
	NFO_REASON_A_COUNT,	/* u64 */

	__NFO_REASON_A_MAX,
};
#define NFO_REASON_A_MAX	(__NFO_REASON_A_MAX - 1)

enum nfo_flow_state {
	NFO_FLOW_SW,		/* in software, for a reason */
	NFO_FLOW_HW,		/* in hardware */
};

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

	__NFO_FLOW_MAX,
};
#define NFO_FLOW_MAX	(__NFO_FLOW_MAX - 1)

/*
 * Why a direction of a connection is not in hardware. One list serves the enum, the kernel's
 * messages and nfoctl: NFO_REASON(symbol, keyword, sentence). Append only.
 */
#define NFO_REASONS(NFO_REASON)								\
	NFO_REASON(NONE, "none", "in hardware")						\
	NFO_REASON(PORT_OFF, "port-off", "hw-tc-offload is off on the ingress port")	\
	NFO_REASON(UNKNOWN_KEY, "unknown-key", "the rule matches on a field we do not know") \
	NFO_REASON(MASK, "mask", "the rule matches on part of a field")			\
	NFO_REASON(FAMILY, "family", "neither IPv4 nor IPv6")				\
	NFO_REASON(L4PROTO, "l4proto", "the backend cannot match this layer 4 protocol")	\
	NFO_REASON(UNKNOWN_ACTION, "unknown-action", "the rule has an action we do not know") \
	NFO_REASON(REWRITE, "rewrite", "the rule rewrites a field incompletely or one we do not know") \
	NFO_REASON(NO_EGRESS, "no-egress", "the rule names no egress device")		\
	NFO_REASON(TUNNEL, "tunnel", "tunnels are not offloaded")			\
	NFO_REASON(VIRTUAL_DEV, "virtual-dev", "the egress device is a VLAN, bridge or other upper device") \
	NFO_REASON(ENCAP, "encap", "VLAN or PPPoE headers do not fit the rule or the backend")	\
	NFO_REASON(NAT, "nat", "the backend cannot do this address translation")	\
	NFO_REASON(MTU, "mtu", "the route's MTU is below the egress device's, the hardware cannot check it") \
	NFO_REASON(TABLE_FULL, "table-full", "the hardware table is full")		\
	NFO_REASON(DRIVER, "driver", "the driver refused the rule")			\
	NFO_REASON(NO_MEMORY, "no-memory", "out of memory")				\
	NFO_REASON(EGRESS_PORT, "egress-port", "the egress device is not reachable by this hardware")

#define NFO_REASON_ENUM(sym, key, text)	NFO_REASON_##sym,
enum nfo_reason {
	NFO_REASONS(NFO_REASON_ENUM)
	__NFO_REASON_MAX,
};
#undef NFO_REASON_ENUM
#define NFO_REASON_MAX	(__NFO_REASON_MAX - 1)

#endif /* _UAPI_LINUX_NFO_H */
