/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The twin-router comparison. The same frames go into two routers; what comes out must be equal.
 *
 *	twin.c		the order of things
 *	twin_args.c	the command line
 *	twin_conn.c	the one connection: opened, learned, waited for
 *	twin_gen.c	random cases, with twin_odd.c for the stranger ones
 *	twin_play.c	plays a case to a router and captures what comes out
 *	twin_hw.c	which frames the hardware should have taken
 *	twin_allow.c	deviations that were allowed the hardware
 *	twin_cmp.c	what may differ, and whether the rest does
 *	twin_shrink.c	makes a failing case small and prints it
 */
#ifndef SELFTESTS_TWIN_H
#define SELFTESTS_TWIN_H

#include "frame.h"
#include "rawsock.h"
#include "rng.h"

#define TWIN_FRAMES	16	/* frames in one case */
#define TWIN_CAPTURE	64	/* frames out of one router in one case */
#define TWIN_CAP_LEN	FRAME_MAX
#define TWIN_TAGS	2	/* layers of VLAN at one side */

/* A frame of a connection enters at one side of the router and leaves at the other. */
enum { SIDE_IN, SIDE_OUT };
enum { DIR_ORIG, DIR_REPLY };
#define SIDE_ENTER(dir)	((dir) == DIR_ORIG ? SIDE_IN : SIDE_OUT)
#define SIDE_LEAVE(dir)	((dir) == DIR_ORIG ? SIDE_OUT : SIDE_IN)

/* The index of the first case of the last phase: seeds stay valid whatever --count is. */
#define TWIN_FINRST_INDEX	1000000

/* TWIN_CAT(symbol, keyword, weight); the last one has its own phase */
#define TWIN_CATS(TWIN_CAT)		\
	TWIN_CAT(PLAIN, "plain", 24)	\
	TWIN_CAT(BURST, "burst", 3)	\
	TWIN_CAT(TTL, "ttl", 8)		\
	TWIN_CAT(CSUM, "csum", 8)	\
	TWIN_CAT(PARTIAL, "partial", 6)	\
	TWIN_CAT(GSO, "gso", 6)		\
	TWIN_CAT(IPCSUM, "ipcsum", 3)	\
	TWIN_CAT(OPTIONS, "options", 7)	\
	TWIN_CAT(FRAG, "frag", 8)	\
	TWIN_CAT(LENGTH, "length", 8)	\
	TWIN_CAT(TRAIL, "trail", 5)	\
	TWIN_CAT(MTU, "mtu", 7)		\
	TWIN_CAT(VLAN, "vlan", 5)	\
	TWIN_CAT(ETHERTYPE, "ethertype", 3) \
	TWIN_CAT(MAC, "mac", 4)		\
	TWIN_CAT(NEIGHBOUR, "neighbour", 7) \
	TWIN_CAT(FINRST, "fin-rst", 0)

#define TWIN_CAT_ENUM(sym, key, weight)	CAT_##sym,
enum twin_cat { TWIN_CATS(TWIN_CAT_ENUM) CATS };
#undef TWIN_CAT_ENUM

extern const char *const twin_cat_name[CATS];
extern const unsigned int twin_cat_weight[CATS];

/**
 * struct twin_case - frames that are sent one after the other
 * @index: number of the case; with the seed it makes the case again
 * @cat: what it tries
 * @dir: direction of the connection in which all frames go
 * @n: number of frames
 * @f: the frames
 */
struct twin_case {
	unsigned int index;
	enum twin_cat cat;
	int dir;
	unsigned int n;
	struct frame_spec f[TWIN_FRAMES];
};

/**
 * struct twin_frame - a frame that came out
 * @side: where
 * @fence: our own, sent after the case to know that the router is done
 * @len: bytes
 * @off: what was left to the device
 * @data: the frame
 */
struct twin_frame {
	uint8_t side;
	bool fence;
	uint16_t len;
	struct frame_offload off;
	uint8_t data[TWIN_CAP_LEN];
};

/**
 * struct twin_capture - what one router made of one case, in order per side
 * @n: number of frames
 * @lost_fence: which fence did not come back, NULL if all did
 * @overflow: more came than we can hold
 * @f: the frames
 */
struct twin_capture {
	unsigned int n;
	const char *lost_fence;
	bool overflow;
	struct twin_frame f[TWIN_CAPTURE];
};

struct twin_router {
	char name;
	struct rawsock port[2];	/* SIDE_IN, SIDE_OUT */
	uint64_t ignored;	/* ARP, neighbour discovery, multicast listener reports */
	uint64_t late;		/* came between two cases */
	uint64_t refused;	/* UDP segmentation that this kernel's packet sockets lack */
};

/**
 * struct twin_tags - the layers of VLAN in which the connection comes and goes at one side
 * @n: how many, 0 for none
 * @tag: outermost first, priority 0
 */
struct twin_tags {
	unsigned int n;
	struct frame_tag tag[TWIN_TAGS];
};

/* struct twin, allow: what the hardware of router A may do otherwise, see twin_allow.c */
#define TWIN_TTL_UNCHANGED	0x1
#define TWIN_NO_FIN_RST		0x2
#define TWIN_FRAGMENTS		0x4
#define TWIN_ANY_TAG		0x8
#define TWIN_KEEP_DEI		0x10
#define TWIN_NO_TAGS		0x20

enum twin_mutation { MUT_NONE, MUT_BYTE, MUT_DROP, MUT_DUP, MUT_SIDE, MUT_ORDER };

/* What became of the cases of one category, by router B. */
struct twin_count {
	unsigned int cases, frames, forwarded, punted, dropped;
};

struct twin {
	/* from the command line */
	const char *ifname[2][2];
	struct frame_tuple first;	/* as the client sends it */
	uint8_t client_mac[6], server_mac[6];
	uint8_t router_mac[2][6];	/* by side */
	uint8_t router_addr[2][16];
	unsigned int mtu[2];		/* of the router's ports, by side */
	struct twin_tags tags[2];	/* by side */
	const char *ready;
	const char *ready_also;		/* to begin with only */
	const char *hw_counter;
	unsigned int ready_timeout;	/* seconds */
	unsigned int count, min_forwarded, max_mismatches, finrst;
	int only_index;			/* -1: all */
	uint64_t seed;
	bool cats[CATS];
	bool hw[2];			/* by direction: is to be in hardware */
	unsigned int hw_min_ttl;	/* less than that is left to the CPU */
	bool hw_no_pcp;			/* and tags with a priority are */
	bool hw_no_syn;			/* and TCP SYN is */
	bool hw_overtakes;		/* what it forwards may overtake what it leaves to the CPU */
	bool hw_any_mac;		/* takes frames for other MAC addresses, too */
	unsigned int allow;		/* TWIN_TTL_UNCHANGED… */
	enum twin_mutation mutation;
	bool verbose;

	/* the connection */
	struct frame_tuple enter[2];	/* by direction, as it comes into the router */
	struct frame_tuple leave[2];	/* as it comes out */
	uint32_t seq[2];		/* next sequence number, by direction */
	bool open;			/* the flow forwards: its own packets can be fences */

	/* the run */
	struct twin_router r[2];
	uint16_t fences;
	struct twin_count counts[CATS];
	unsigned int mismatches;
	uint64_t for_hw;		/* frames that the hardware should have forwarded */
	uint64_t by_hw;			/* frames that it says it has */
	bool mutating;			/* the random phase has begun */
	int mutated;			/* index of the case that is spoilt, -1: none yet */
	struct twin_capture cap[2];
};

/* twin_args.c */
void twin_parse(struct twin *tw, int argc, char **argv);

/* twin_gen.c */
void twin_base(const struct twin *tw, int dir, struct frame_spec *s);
void twin_generate(const struct twin *tw, unsigned int index, struct twin_case *c);
void twin_generate_finrst(const struct twin *tw, unsigned int index, struct twin_case *c);
void twin_vary(const struct twin *tw, struct rng *r, int dir, struct frame_spec *s);
size_t twin_max_payload(const struct frame_spec *s, unsigned int mtu);
unsigned int twin_egress_mtu(const struct twin *tw, int dir);
unsigned int twin_ingress_mtu(const struct twin *tw, int dir);

/* twin_odd.c */
void twin_odd(const struct twin *tw, struct rng *r, struct twin_case *c);

/* twin_play.c */
void twin_open_ports(struct twin *tw);
void twin_play(struct twin *tw, struct twin_router *r, const struct twin_case *c,
	       struct twin_capture *cap);
void twin_play_both(struct twin *tw, const struct twin_case *c);
unsigned int twin_drops(struct twin *tw);

/* twin_cmp.c */
void twin_normalise(struct twin_capture *cap);
bool twin_differ(const struct twin *tw, const struct twin_capture *a,
		 const struct twin_capture *b, char *why, size_t size);
bool twin_mutate(enum twin_mutation m, struct rng *r, struct twin_capture *cap);
enum twin_mutation twin_mutation_arg(const char *text);

/* twin_hw.c */
bool twin_for_hardware(const struct twin *tw, int dir, const struct frame_spec *s);
uint64_t twin_hw_counter(const struct twin *tw);

/* twin_allow.c */
bool twin_stand_ins(const struct twin *tw, const struct twin_case *c, struct twin_case *b,
		    unsigned int *from);
void twin_even_out(struct twin *tw, const struct twin_case *c, const struct twin_case *b,
		   const unsigned int *from);
unsigned int twin_allow_arg(char *list);

/* twin_conn.c */
void twin_connect(struct twin *tw);
void twin_wait_ready(struct twin *tw);
bool twin_is_ready(const struct twin *tw, bool loud);

/* twin_shrink.c */
bool twin_fails(struct twin *tw, const struct twin_case *c, char *why, size_t size);
void twin_report(struct twin *tw, const struct twin_case *c, const char *why);
void twin_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* SELFTESTS_TWIN_H */
