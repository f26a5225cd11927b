/* SPDX-License-Identifier: GPL-2.0-only */
/* From a rule to an entry of the table. Pure: no lock, no device; compiles in user space. */
#ifndef _NFO_XDP_ENTRY_H
#define _NFO_XDP_ENTRY_H

#include <linux/types.h>
#include <nfo/rule.h>

#include "layout.h"

/**
 * nfo_xdp_entry_make() - make an entry
 * @e: cleared and filled in, but for its place in a bucket
 * @rule: the rule
 * @port: number of the ingress port
 * @tx: egress device
 * @dev_mtu: of that device, in bytes
 * @sg: it takes frames in several pieces
 *
 * Context: any.
 */
void nfo_xdp_entry_make(struct xdp_entry *e, const struct nfo_rule *rule, u16 port, u32 tx,
			u32 dev_mtu, bool sg);

#endif /* _NFO_XDP_ENTRY_H */
