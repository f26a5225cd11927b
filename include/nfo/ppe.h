/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between nfo_ppe and the Ethernet driver of a SoC (or its model).
 *
 * The packet processing engines sit between the MACs and the CPU in one frame engine. The Ethernet
 * driver owns MACs, DMA rings and resets; nfo_ppe owns the engines' registers, their tables and the
 * steering of MACs to engines (GDMA_FWD_CFG). What they have to tell each other is here: which
 * netdev is which MAC, what an engine wrote into the receive descriptor of a packet, and resets.
 *
 * The Ethernet driver makes a platform device, child of its own, that is named nfo-ppe-v1, -v2 or
 * -v3 (or has a device tree node), with a struct nfo_ppe_host as platform data.
 */
#ifndef _NFO_PPE_H
#define _NFO_PPE_H

#include <linux/types.h>

struct device;
struct net_device;
struct nfo_ppe_host;
struct regmap;
struct sk_buff;

#define NFO_PPE_MACS	3	/* MACs of a frame engine */
#define NFO_PPE_ENGINES	3	/* engines of a frame engine */

/* Why an engine sends a packet to the CPU, as in the receive descriptor; what we look at. */
#define NFO_PPE_REASON_NO_FLOW		0x07	/* neither found nor built */
#define NFO_PPE_REASON_UNHIT		0x0d	/* not found, no room in its bucket */
#define NFO_PPE_REASON_UNBIND		0x0e	/* found, not bound */
#define NFO_PPE_REASON_UNBIND_RATE	0x0f	/* found, not bound, busy enough to be bound */
#define NFO_PPE_NO_ENTRY		0xffff	/* no index in the descriptor */

/**
 * struct nfo_ppe_place - where a netdev is in the frame engine
 * @mac: number of its MAC, from 0
 * @dsa_port: user port of a switch behind that MAC, which wants its tag in packets, or -1
 */
struct nfo_ppe_place {
	u8 mac;
	s8 dsa_port;
};

/**
 * struct nfo_ppe_client_ops - what the Ethernet driver tells nfo_ppe
 * @rx: a packet came up to the CPU through an engine. @skb is as for netif_receive_skb(): data is
 *	at the network header, the MAC header is set, the outermost tag may be in the skb or before
 *	it; it is only looked at. @dev: netdev of the MAC that it came in at, @reason and @index
 *	from the descriptor (NFO_PPE_NO_ENTRY: none). Context: BH disabled, RCU.
 * @irq: the frame engine wants attention; nfo_ppe looks at its registers. Context: any
 * @reset: the frame engine is about to be reset (@done false) or was reset (@done true: registers
 *	have their reset values, no packet is in the engines). Between the two no register may be
 *	touched and no packet may enter an engine. Context: may sleep; not under RTNL
 * @mtu: the MTU of a MAC has changed. Context: RTNL
 */
struct nfo_ppe_client_ops {
	void (*rx)(void *priv, struct net_device *dev, const struct sk_buff *skb,
		   unsigned int reason, unsigned int index);
	void (*irq)(void *priv);
	void (*reset)(void *priv, bool done);
	void (*mtu)(void *priv);
};

/**
 * struct nfo_ppe_host_ops - what nfo_ppe asks the Ethernet driver
 * @place: where @dev is in this frame engine. Context: any, RCU or RTNL. Returns 0 or -ENODEV
 * @netdev: netdev of a MAC, or NULL. Context: RCU
 * @listen: from now on tell @ops about packets and resets, NULL: nobody. When this returns with
 *	NULL none of the former is running any more. Context: may sleep. Returns 0, or -EBUSY if
 *	somebody listens already
 */
struct nfo_ppe_host_ops {
	int (*place)(struct nfo_ppe_host *host, const struct net_device *dev,
		     struct nfo_ppe_place *place);
	struct net_device *(*netdev)(struct nfo_ppe_host *host, unsigned int mac);
	int (*listen)(struct nfo_ppe_host *host, const struct nfo_ppe_client_ops *ops, void *priv);
};

/**
 * struct nfo_ppe_host - an Ethernet driver's frame engine; platform data of the engines' device
 * @ops: see there
 * @regmap: registers of the frame engine, 32 bits at a stride of 4, offsets from its base. NULL:
 *	the platform device has them as a memory resource
 * @dma: whose DMA the engines do; with a 32-bit mask
 * @macs: how many MACs there are
 * @engines: how many engines there are
 * @accounting: the engines count packets and bytes of entries (MT7621 and MT7623 do not)
 */
struct nfo_ppe_host {
	const struct nfo_ppe_host_ops *ops;
	struct regmap *regmap;
	struct device *dma;
	u8 macs;
	u8 engines;
	bool accounting;
};

#endif /* _NFO_PPE_H */
