/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frame in the pipeline: what the parser found, and what stages say about it.
 */
#ifndef _NFO_SIM_FRAME_H
#define _NFO_SIM_FRAME_H

#include "sim.h"

/* A stage's verdict is a cause of enum nfo_sim_punt, or this: the frame has gone its way. */
#define SIM_DONE	__NFO_SIM_PUNT_MAX

#define SIM_FRAME_TAGS	(SIM_KEY_TAGS + 2)	/* room for those that are pushed */

/**
 * struct sim_frame - what the parser found
 * @key: for masked rules; @key.ip for exact ones
 * @cause: why the frame is none for an exact rule, or SIM_DONE
 * @l3off: of the network header: bytes of tags in the frame
 * @l4off: of the transport header
 * @hdrlen: bytes that a rewrite may touch
 */
struct sim_frame {
	struct sim_fkey key;
	unsigned int cause;
	unsigned int l3off;
	unsigned int l4off;
	unsigned int hdrlen;
};

/* frame.c */
void sim_frame_parse(struct sk_buff *skb, const struct sim_port *port, struct sim_frame *fr);
__sum16 *sim_frame_l4_csum(struct sk_buff *skb, const struct sim_frame *fr);
void sim_frame_push_eth(struct sk_buff *skb, const u8 *mac);

/* forward_exact.c, forward_masked.c */
unsigned int sim_forward_exact(struct sk_buff *skb, const struct sim_port *port,
			       const struct sim_frame *fr, struct sim_exact *e);
unsigned int sim_forward_masked(struct sk_buff *skb, const struct sim_port *port,
				const struct sim_frame *fr, struct sim_masked *m);

#endif /* _NFO_SIM_FRAME_H */
