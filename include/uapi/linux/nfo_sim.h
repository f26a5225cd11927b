/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Generic netlink family "nfo_sim": device models that really forward.
 *
 * A model belongs to the network namespace it was made in; its ports are netdevs named after it
 * (NAME "nic0" makes nic0p0 and nic0p1), each on a wire, which is any Ethernet netdev of the same
 * namespace. It may have virtual functions, with netdevs of their own (nic0v0 ...), and in
 * switchdev mode with representors (nic0r0 ...), which are ports, too. Its mode is changed with
 * devlink. All requests that change something need CAP_NET_ADMIN.
 *
 * NFO_SIM_CMD_NEW (do)
 *	request: NFO_SIM_NAME; NFO_SIM_WIRE once per port, in the order of the ports, exactly
 *	NFO_SIM_PORTS times, a SoC's up to as many as it has MACs; optional NFO_SIM_SIZE,
 *	NFO_SIM_PROFILE, NFO_SIM_VFS. A SoC takes neither size nor VFs. With NFO_SIM_DSA its first
 *	MAC has a switch with so many user ports (nic0l0 ...) in place of a wire: they are on the
 *	first wires, the other MACs on the others.
 * NFO_SIM_CMD_DEL (do)
 *	request: NFO_SIM_NAME
 * NFO_SIM_CMD_GET (dump)
 *	reply: one message per model: NFO_SIM_NAME, NFO_SIM_SIZE, NFO_SIM_USED, NFO_SIM_FULL,
 *	NFO_SIM_LATENCY, NFO_SIM_FAIL_NTH, NFO_SIM_REFUSE, NFO_SIM_WEDGE, NFO_SIM_FAILED,
 *	NFO_SIM_PROFILE, NFO_SIM_VFS, NFO_SIM_MODE, NFO_SIM_DEVICE, NFO_SIM_FILTER2,
 *	NFO_SIM_FRAGMENTS, NFO_SIM_PORT per port. A SoC has NFO_SIM_STUCK, NFO_SIM_LOST_IRQ,
 *	NFO_SIM_TABLE_ERROR, NFO_SIM_SILENT and NFO_SIM_DSA instead of what can be set of a NIC; its
 *	NFO_SIM_FAILED counts entries that an engine could not read. Ports that do not fit follow in messages with only NFO_SIM_NAME and NFO_SIM_PORT.
 * NFO_SIM_CMD_SET (do)
 *	request: NFO_SIM_NAME and at least one of NFO_SIM_SIZE, NFO_SIM_LATENCY, NFO_SIM_FAIL_NTH,
 *	NFO_SIM_REFUSE, NFO_SIM_WEDGE, NFO_SIM_FILTER2, NFO_SIM_FRAGMENTS, or of a SoC at least one
 *	of NFO_SIM_STUCK, NFO_SIM_LOST_IRQ, NFO_SIM_TABLE_ERROR, NFO_SIM_SILENT; the others stay as
 *	they are. All or nothing: what the model does not have is refused.
 * NFO_SIM_CMD_RESET (do)
 *	request: NFO_SIM_NAME. The model loses its whole table at once, as after a reset of its
 *	firmware; what was set stays. Commands for a lost entry are answered with ENOENT. Counts
 *	that were not reported yet survive, once: they come with that answer to the command that
 *	asks first. A SoC's frame engine is reset: its driver is told before and after, unless
 *	NFO_SIM_SILENT is set; registers lose what was in them. (Hardware would rather lose them; but then nobody could tell whether the rest
 *	is counted right.)
 */
#ifndef _UAPI_LINUX_NFO_SIM_H
#define _UAPI_LINUX_NFO_SIM_H

#include <linux/types.h>

#define NFO_SIM_GENL_NAME	"nfo_sim"
#define NFO_SIM_GENL_VERSION	1

#define NFO_SIM_PORTS		2	/* uplink ports of the NIC model */
#define NFO_SIM_PORTS_MAX	3	/* uplink ports of any model */
#define NFO_SIM_NAME_MAX	12	/* room for "vNN" within IFNAMSIZ */
#define NFO_SIM_PROFILE_MAX	15
#define NFO_SIM_VFS_MAX		64
#define NFO_SIM_DSA_MAX		(NFO_SIM_PORTS_MAX - 1)	/* user ports of a SoC's switch */
#define NFO_SIM_SIZE_DEFAULT	65536
#define NFO_SIM_SIZE_MAX	4194304
#define NFO_SIM_LATENCY_MAX	10000	/* ms */

enum {
	NFO_SIM_CMD_UNSPEC,
	NFO_SIM_CMD_NEW,
	NFO_SIM_CMD_DEL,
	NFO_SIM_CMD_GET,
	NFO_SIM_CMD_SET,
	NFO_SIM_CMD_RESET,

	__NFO_SIM_CMD_MAX,
};
#define NFO_SIM_CMD_MAX	(__NFO_SIM_CMD_MAX - 1)

enum {
	NFO_SIM_UNSPEC,
	NFO_SIM_PAD,
	NFO_SIM_NAME,		/* string */
	NFO_SIM_WIRE,		/* string: name of a netdev; repeated */
	NFO_SIM_SIZE,		/* u32: rules that the tables have room for */
	NFO_SIM_USED,		/* u32: rules in them */
	NFO_SIM_FULL,		/* u64: inserts refused because the table was full */
	NFO_SIM_PORT,		/* nest, one per port: NFO_SIM_PORT_* */
	NFO_SIM_LATENCY,	/* u32: ms that an insert takes, up to NFO_SIM_LATENCY_MAX */
	NFO_SIM_FAIL_NTH,	/* u32: every so many-th insert fails with EIO; 0: none */
	NFO_SIM_REFUSE,		/* u8: 1: inserts are refused with EOPNOTSUPP and a message */
	NFO_SIM_WEDGE,		/* u8: 1: commands time out, frames go to the CPU, entries stay */
	NFO_SIM_FAILED,		/* u64: inserts that failed by one of the last three */
	NFO_SIM_PROFILE,	/* string: which driver it is like, "generic" if not said */
	NFO_SIM_VFS,		/* u32: virtual functions, up to NFO_SIM_VFS_MAX */
	NFO_SIM_MODE,		/* u8: enum nfo_sim_mode; absent without an eswitch */
	NFO_SIM_DEVICE,		/* string: its device, as BUS/NAME, which is also devlink's name */
	NFO_SIM_FILTER2,	/* u8: 1: profile cxgb4: firmware can translate addresses */
	NFO_SIM_FRAGMENTS,	/* u8: 1: the parser finds ports in first fragments */
	NFO_SIM_STUCK,		/* u8: 1: SoC: what is busy in its engines stays busy */
	NFO_SIM_LOST_IRQ,	/* u8: 1: SoC: no interrupt arrives */
	NFO_SIM_TABLE_ERROR,	/* u8: 1: SoC: engines cannot read their tables */
	NFO_SIM_SILENT,		/* u8: 1: SoC: resets are not told, but for an interrupt after it */
	NFO_SIM_DSA,		/* u32: SoC: user ports of a switch behind the first MAC; 0: no switch */

	__NFO_SIM_MAX,
};
#define NFO_SIM_MAX	(__NFO_SIM_MAX - 1)

enum nfo_sim_mode {
	NFO_SIM_MODE_LEGACY,	/* VFs are switched by their MAC addresses */
	NFO_SIM_MODE_SWITCHDEV,	/* they have representors */

	__NFO_SIM_MODE_MAX,
};

enum nfo_sim_kind {
	NFO_SIM_KIND_UPLINK,
	NFO_SIM_KIND_REP,	/* representor of a VF */

	__NFO_SIM_KIND_MAX,
};

/* Packets and layer 3 bytes. A GSO frame on the wire counts as one packet, as in conntrack. */
enum {
	NFO_SIM_PORT_UNSPEC,
	NFO_SIM_PORT_PAD,
	NFO_SIM_PORT_NAME,	/* string */
	NFO_SIM_PORT_IFINDEX,	/* u32 */
	NFO_SIM_PORT_WIRE,	/* string; absent when the wire is gone, and for a representor */
	NFO_SIM_PORT_HW_RX_PACKETS,	/* u64: came in here and were forwarded by the model */
	NFO_SIM_PORT_HW_RX_BYTES,	/* u64 */
	NFO_SIM_PORT_HW_TX_PACKETS,	/* u64: the model sent them out here */
	NFO_SIM_PORT_HW_TX_BYTES,	/* u64 */
	NFO_SIM_PORT_CPU_RX_PACKETS,	/* u64: came in here and were handed to the CPU */
	NFO_SIM_PORT_CPU_RX_BYTES,	/* u64 */
	NFO_SIM_PORT_CPU_TX_PACKETS,	/* u64: the CPU sent them out here */
	NFO_SIM_PORT_CPU_TX_BYTES,	/* u64 */
	NFO_SIM_PORT_PUNT,	/* nest, one per cause: NFO_SIM_PUNT_A_* */
	NFO_SIM_PORT_KIND,	/* u8: enum nfo_sim_kind */
	NFO_SIM_PORT_VF,	/* u32: number of the VF that a representor is for */

	__NFO_SIM_PORT_MAX,
};
#define NFO_SIM_PORT_MAX	(__NFO_SIM_PORT_MAX - 1)

enum {
	NFO_SIM_PUNT_A_UNSPEC,
	NFO_SIM_PUNT_A_PAD,
	NFO_SIM_PUNT_A_ID,	/* u8: enum nfo_sim_punt */
	NFO_SIM_PUNT_A_COUNT,	/* u64 */

	__NFO_SIM_PUNT_A_MAX,
};
#define NFO_SIM_PUNT_A_MAX	(__NFO_SIM_PUNT_A_MAX - 1)

/*
 * Why the model handed a frame to the CPU: NFO_SIM_PUNT(symbol, keyword, sentence). FINRST, TTL,
 * MTU and EGRESS are counted only for frames that fit an exact rule, NOMEM for any that fit a rule.
 * Append only.
 */
#define NFO_SIM_PUNTS(NFO_SIM_PUNT)							\
	NFO_SIM_PUNT(PROTO, "proto", "not plain TCP or UDP over IPv4 or IPv6")		\
	NFO_SIM_PUNT(FRAGMENT, "fragment", "IP fragment")				\
	NFO_SIM_PUNT(OPTIONS, "options", "IPv4 options or IPv6 extension headers")	\
	NFO_SIM_PUNT(MALFORMED, "malformed", "truncated or inconsistent headers")	\
	NFO_SIM_PUNT(MISS, "miss", "no entry in the table")				\
	NFO_SIM_PUNT(FINRST, "fin-rst", "TCP FIN or RST")				\
	NFO_SIM_PUNT(TTL, "ttl", "TTL or hop limit is 1 or less")			\
	NFO_SIM_PUNT(MTU, "mtu", "larger than the MTU of the egress port")		\
	NFO_SIM_PUNT(EGRESS, "egress", "the egress port is down")			\
	NFO_SIM_PUNT(NOMEM, "no-memory", "the frame could not be made writable")	\
	NFO_SIM_PUNT(WEDGED, "wedged", "the device does not answer")			\
	NFO_SIM_PUNT(TRAP, "trap", "a rule sends it to the CPU")			\
	NFO_SIM_PUNT(ACCEPT, "accept", "a rule lets it be")				\
	NFO_SIM_PUNT(UNBOUND, "unbound", "its entry in the engine is not bound")	\
	NFO_SIM_PUNT(BYPASS, "bypass", "it was not sent through an engine")

#define NFO_SIM_PUNT_ENUM(sym, key, text)	NFO_SIM_PUNT_##sym,
enum nfo_sim_punt {
	NFO_SIM_PUNTS(NFO_SIM_PUNT_ENUM)
	__NFO_SIM_PUNT_MAX,
};
#undef NFO_SIM_PUNT_ENUM

#endif /* _UAPI_LINUX_NFO_SIM_H */
