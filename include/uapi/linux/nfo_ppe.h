/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Generic netlink family "nfo_ppe": the packet processing engines, what is in their tables and why
 * a flow is not. Nothing can be changed here.
 *
 * An engine's table is one for all network namespaces. So who reads entries or flows needs
 * CAP_NET_ADMIN in the initial user namespace; anybody may see the engines.
 *
 * NFO_PPE_CMD_GET_ENGINES (dump)
 *	reply: one message per engine: NFO_PPE_DEVICE, NFO_PPE_ENGINE, NFO_PPE_GEN,
 *	NFO_PPE_ACCOUNTING, NFO_PPE_ENTRIES, NFO_PPE_BOUND, NFO_PPE_WAITING, NFO_PPE_USED (not
 *	while the frame engine is being reset), NFO_PPE_STAT_*, NFO_PPE_MAC for each netdev of the
 *	caller's network namespace whose packets come to this engine
 * NFO_PPE_CMD_GET_ENTRIES (dump)
 *	request: optional filters, all of which must hold: NFO_PPE_DEVICE, NFO_PPE_ENGINE,
 *	NFO_PPE_STATE
 *	reply: one message per entry, by engine and index: NFO_PPE_DEVICE, NFO_PPE_ENGINE,
 *	NFO_PPE_GEN, NFO_PPE_INDEX, NFO_PPE_WORDS, NFO_PPE_NOW, NFO_PPE_OURS and, if it is ours and
 *	the engine counts, NFO_PPE_PACKETS, NFO_PPE_BYTES. Entries that are invalid only come if
 *	NFO_PPE_STATE asks for them
 * NFO_PPE_CMD_WHY (dump)
 *	request: a connection: NFO_PPE_SRC, NFO_PPE_DST, of the same length; NFO_PPE_L4PROTO; optional
 *	NFO_PPE_SPORT, NFO_PPE_DPORT, which any will do for if missing
 *	reply: one message per flow that an engine was given and whose packets have these addresses
 *	and ports when they come in, or when they go out, in this direction or the other:
 *	NFO_PPE_DEVICE, NFO_PPE_ENGINE, NFO_PPE_WHY, NFO_PPE_INDEX if it is bound, NFO_PPE_BUCKET
 *	if it is known, NFO_PPE_PACKETS and NFO_PPE_BYTES if the engine counts, and what packets
 *	have when they come in: NFO_PPE_SRC, NFO_PPE_DST, NFO_PPE_L4PROTO, NFO_PPE_SPORT,
 *	NFO_PPE_DPORT
 */
#ifndef _UAPI_LINUX_NFO_PPE_H
#define _UAPI_LINUX_NFO_PPE_H

#include <linux/types.h>

#define NFO_PPE_GENL_NAME	"nfo_ppe"
#define NFO_PPE_GENL_VERSION	1

#define NFO_PPE_DEVICE_MAX	63	/* length of NFO_PPE_DEVICE */
#define NFO_PPE_WORDS_MAX	32	/* of an entry */

enum {
	NFO_PPE_CMD_UNSPEC,
	NFO_PPE_CMD_GET_ENGINES,
	NFO_PPE_CMD_GET_ENTRIES,
	NFO_PPE_CMD_WHY,

	__NFO_PPE_CMD_MAX,
};
#define NFO_PPE_CMD_MAX	(__NFO_PPE_CMD_MAX - 1)

enum {
	NFO_PPE_UNSPEC,
	NFO_PPE_PAD,
	NFO_PPE_DEVICE,		/* string: name of the frame engine's device */
	NFO_PPE_ENGINE,		/* u32: number of the engine in it, from 0 */
	NFO_PPE_GEN,		/* u8: generation, which the words of entries are of: 1, 2, 3 */
	NFO_PPE_ACCOUNTING,	/* u8: 1: it counts packets and bytes of entries */
	NFO_PPE_MAC,		/* string: name of a netdev; repeated */
	NFO_PPE_ENTRIES,	/* u32: size of its table */
	NFO_PPE_USED,		/* u32: entries in use, as the engine says */
	NFO_PPE_BOUND,		/* u32: flows of ours that are bound */
	NFO_PPE_WAITING,	/* u32: flows of ours that wait to be bound */
	NFO_PPE_STAT_BINDS,	/* u64: a flow was bound for the first time */
	NFO_PPE_STAT_REBINDS,	/* u64: a flow was bound once more */
	NFO_PPE_STAT_AGED,	/* u64: hardware let a bound entry go */
	NFO_PPE_STAT_EVICTED,	/* u64: another flow took the entry */
	NFO_PPE_STAT_FULL,	/* u64: packets of flows that found their bucket full */
	NFO_PPE_STAT_RESETS,	/* u64: the frame engine was reset */
	NFO_PPE_STAT_MIB_ERRORS,	/* u64: a counter could not be read */
	NFO_PPE_STAT_STUCK,	/* u64: the engine did not become idle */
	NFO_PPE_STATE,		/* u8: enum nfo_ppe_state */
	NFO_PPE_INDEX,		/* u32: of an entry */
	NFO_PPE_WORDS,		/* binary: 32-bit words of an entry in host order, as many as it has */
	NFO_PPE_NOW,		/* u32: the frame engine's time, s, as it reads */
	NFO_PPE_OURS,		/* u8: 1: it belongs to a flow of ours */
	NFO_PPE_PACKETS,	/* u64 */
	NFO_PPE_BYTES,		/* u64 */
	NFO_PPE_SRC,		/* binary: source address, 4 or 16 bytes */
	NFO_PPE_DST,		/* binary: destination address */
	NFO_PPE_SPORT,		/* be16: source port */
	NFO_PPE_DPORT,		/* be16: destination port */
	NFO_PPE_L4PROTO,	/* u8: IPPROTO_* */
	NFO_PPE_WHY,		/* u8: enum nfo_ppe_why */
	NFO_PPE_BUCKET,		/* u32: index of the first entry that it could have */

	__NFO_PPE_MAX,
};
#define NFO_PPE_MAX	(__NFO_PPE_MAX - 1)

/* State of an entry, as in its words. */
enum nfo_ppe_state {
	NFO_PPE_INVALID,
	NFO_PPE_UNBIND,		/* hardware has seen packets, which go to the CPU */
	NFO_PPE_BIND,		/* hardware forwards them */
	NFO_PPE_FIN,

	__NFO_PPE_STATE_MAX,
};
#define NFO_PPE_STATE_MAX	(__NFO_PPE_STATE_MAX - 1)

/*
 * Where a flow is that an engine was given: NFO_PPE_WHY_X(symbol, keyword, sentence). Append only.
 */
#define NFO_PPE_WHYS(NFO_PPE_WHY_X)							\
	NFO_PPE_WHY_X(BOUND, "bound", "it has an entry")				\
	NFO_PPE_WHY_X(WAIT_HIT, "wait-hit", "it waits for its first packet")		\
	NFO_PPE_WHY_X(BUCKET_FULL, "bucket-full",					\
		      "all ways of its bucket are taken by busier flows")		\
	NFO_PPE_WHY_X(AMBIGUOUS, "ambiguous",						\
		      "packets of several network namespaces come in through the engine")	\
	NFO_PPE_WHY_X(RESET, "reset", "the frame engine is being reset")		\
	NFO_PPE_WHY_X(AGED, "aged", "hardware aged it out, it waits for packets")

#define NFO_PPE_WHY_ENUM(sym, key, text)	NFO_PPE_WHY_##sym,
enum nfo_ppe_why {
	NFO_PPE_WHYS(NFO_PPE_WHY_ENUM)
	__NFO_PPE_WHY_MAX,
};
#undef NFO_PPE_WHY_ENUM
#define NFO_PPE_WHY_MAX	(__NFO_PPE_WHY_MAX - 1)

#endif /* _UAPI_LINUX_NFO_PPE_H */
