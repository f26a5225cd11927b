/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of the SoC model's frame engine: offsets from its base, those of an engine from the
 * engine's block.
 */
#ifndef _NFO_SIM_SOC_REGS_H
#define _NFO_SIM_SOC_REGS_H

#include <linux/bits.h>

#define SOC_REGS_LEN		0x3000
#define SOC_BLOCK_LEN		0x400	/* of an engine */

#define SOC_TIMESTAMP		0x0010
#define SOC_FWD_CFG(mac)	((mac) == 2 ? 0x540 : 0x500 + (mac) * 0x1000)

#define SOC_FIRST		0x200	/* register of an engine */
#define SOC_GLO_CFG		0x200
#define SOC_GLO_EN		BIT(0)
#define SOC_GLO_BUSY		BIT(31)
#define SOC_FLOW_CFG		0x204
#define SOC_FLOW_IP6_3T		BIT(8)
#define SOC_FLOW_IP6_5T		BIT(9)
#define SOC_FLOW_IP4_3T		BIT(12)
#define SOC_FLOW_IP4_5T		BIT(13)
#define SOC_TB_CFG		0x21c
#define SOC_TB_ENTRIES		GENMASK(2, 0)
#define SOC_TB_80B		BIT(3)
#define SOC_TB_MISS		GENMASK(5, 4)
#define SOC_TB_AGE_NON_L4	BIT(7)
#define SOC_TB_AGE_UNBIND	BIT(8)
#define SOC_TB_AGE_TCP		BIT(9)
#define SOC_TB_AGE_UDP		BIT(10)
#define SOC_TB_AGE_FIN		BIT(11)
#define SOC_TB_SCAN		GENMASK(17, 16)
#define SOC_TB_BASE		0x220
#define SOC_TB_USED		0x224
#define SOC_BIND_RATE		0x228
#define SOC_BIND_RATE_BIND	GENMASK(15, 0)
#define SOC_UNBIND_AGE		0x238
#define SOC_UNBIND_MIN		GENMASK(31, 16)
#define SOC_UNBIND_DELTA	GENMASK(7, 0)
#define SOC_BIND_AGE0		0x23c	/* non-L4, UDP */
#define SOC_BIND_AGE1		0x240	/* TCP-FIN, TCP */
#define SOC_AGE_HIGH		GENMASK(30, 16)
#define SOC_AGE_LOW		GENMASK(14, 0)
#define SOC_VLAN_MTU0		0x30c
#define SOC_VLAN_MTU1		0x310
#define SOC_MTU_LOW		GENMASK(13, 0)
#define SOC_MTU_HIGH		GENMASK(29, 16)
#define SOC_CACHE_CTL		0x320
#define SOC_CACHE_EN		BIT(0)
#define SOC_CACHE_CLEAR		BIT(9)
#define SOC_MIB_CFG		0x334
#define SOC_MIB_EN		BIT(0)
#define SOC_MIB_RD_CLR		BIT(1)
#define SOC_MIB_TB_BASE		0x338
#define SOC_MIB_SER_CR		0x33c
#define SOC_MIB_SER_ST		BIT(16)
#define SOC_MIB_SER_ADDR	GENMASK(13, 0)
#define SOC_MIB_SER_R0		0x340
#define SOC_MIB_SER_R3		0x34c
#define SOC_LAST		0x374

#define SOC_MISS_DROP		0
#define SOC_MISS_BUILD		3

/* Ports of the switch in the frame engine. */
#define SOC_PSE_CPU		0
#define SOC_PSE_GDM1		1
#define SOC_PSE_GDM2		2
#define SOC_PSE_PPE0		3
#define SOC_PSE_PPE1		4
#define SOC_PSE_PPE2		12
#define SOC_PSE_GDM3		15

#endif /* _NFO_SIM_SOC_REGS_H */
