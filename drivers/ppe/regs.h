/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the frame engine and of its packet processing engines, as far as they are used.
 */
#ifndef _NFO_PPE_REGS_H
#define _NFO_PPE_REGS_H

#include <linux/bits.h>

/* Frame engine. */
#define FE_TIME			0x0010	/* seconds, modulo the generation's bits */
#define FE_GDM_FWD(mac)		((mac) == 2 ? 0x0540 : 0x0500 + (mac) * 0x1000)
#define FE_GDM_FWD_MASK		0xffff	/* PSE port, once per kind of frame */

/* PSE ports. */
#define PSE_GDM1		1
#define PSE_GDM2		2
#define PSE_GDM3		15

/* An engine; offsets from its base. */
#define PPE_GLO_CFG		0x200
#define  PPE_GLO_EN		BIT(0)
#define  PPE_GLO_FLOW_DROP_UPDATE	BIT(9)
#define  PPE_GLO_BUSY		BIT(31)
#define PPE_FLOW_CFG		0x204
#define  PPE_FLOW_TO_AP_BYPASS	GENMASK(3, 1)
#define  PPE_FLOW_TCP_FRAG	BIT(6)
#define  PPE_FLOW_UDP_FRAG	BIT(7)
#define  PPE_FLOW_IP6_5T	BIT(9)
#define  PPE_FLOW_IP4_NAT	BIT(12)
#define  PPE_FLOW_IP4_NAPT	BIT(13)
#define  PPE_FLOW_IP4_NAT_FRAG	BIT(17)
#define  PPE_FLOW_IP4_HASH_GRE	BIT(19)
#define PPE_IP_PROTO_CHK	0x208
#define PPE_TB_CFG		0x21c
#define  PPE_TB_ENTRY_NUM	4	/* 1024 << 4 */
#define  PPE_TB_ENTRY_80B	BIT(3)
#define  PPE_TB_SEARCH_BUILD	(3 << 4)
#define  PPE_TB_AGE_NON_L4	BIT(7)
#define  PPE_TB_AGE_UNBIND	BIT(8)
#define  PPE_TB_AGE_TCP		BIT(9)
#define  PPE_TB_AGE_UDP		BIT(10)
#define  PPE_TB_AGE_TCP_FIN	BIT(11)
#define  PPE_TB_AGE		GENMASK(11, 7)
#define  PPE_TB_KEEPALIVE	GENMASK(13, 12)
#define  PPE_TB_HASH_MODE_1	(1 << 14)
#define  PPE_TB_SCAN		GENMASK(17, 16)
#define  PPE_TB_SCAN_AGE	(1 << 16)
#define  PPE_TB_INFO_SEL	BIT(20)
#define  PPE_TB_TICK_SEL	BIT(24)
#define PPE_TB_BASE		0x220
#define PPE_TB_USED		0x224
#define PPE_BIND_RATE		0x228
#define PPE_BIND_LIMIT0		0x22c
#define PPE_BIND_LIMIT1		0x230
#define  PPE_BIND_LIMIT1_KEEPALIVE	GENMASK(23, 16)
#define PPE_KEEPALIVE		0x234
#define PPE_UNBIND_AGE		0x238
#define PPE_BIND_AGE0		0x23c
#define PPE_BIND_AGE1		0x240
#define PPE_CPU_PORT		0x248
#define PPE_CPU_PORT1		0x24c
#define PPE_VLAN_MTU0		0x30c
#define PPE_VLAN_MTU1		0x310
#define PPE_CACHE_CTL		0x320
#define  PPE_CACHE_EN		BIT(0)
#define  PPE_CACHE_CLEAR	BIT(9)
#define PPE_MIB_CFG		0x334
#define  PPE_MIB_EN		BIT(0)
#define  PPE_MIB_READ_CLEAR	BIT(1)
#define PPE_MIB_BASE		0x338
#define PPE_MIB_SER		0x33c
#define  PPE_MIB_SER_START	BIT(16)
#define PPE_MIB_SER_R(n)	(0x340 + 4 * (n))
#define PPE_SBW_CTRL		0x374

#endif /* _NFO_PPE_REGS_H */
