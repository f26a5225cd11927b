// SPDX-License-Identifier: GPL-2.0-only
/*
 * What differs between generations, besides the layout of entries.
 *
 * Types of entries that hardware builds: 5-tuples only. It could do 3-tuples, too, and with them
 * GRE and ICMP; but flowtables offer TCP and UDP, and a 3-tuple would swallow all connections
 * between two hosts. Fragments go to the CPU.
 */
#include "ppe.h"
#include "regs.h"

#define FLOW_CFG	(PPE_FLOW_IP6_5T | PPE_FLOW_IP4_NAT | PPE_FLOW_IP4_NAPT | \
			 PPE_FLOW_IP4_NAT_FRAG)
#define TB_CFG		(PPE_TB_ENTRY_NUM | PPE_TB_SEARCH_BUILD | PPE_TB_AGE | \
			 PPE_TB_HASH_MODE_1 | PPE_TB_SCAN_AGE)

const struct ppe_gen ppe_gens[FOE_GENS] = {
	[FOE_V1] = {
		.foe = FOE_V1,
		.base = 0x0c00,
		.flow_cfg = FLOW_CFG | PPE_FLOW_TCP_FRAG | PPE_FLOW_UDP_FRAG,
		.tb_cfg = TB_CFG | PPE_TB_ENTRY_80B,
		.fwd = { 0x4444 },
	},
	[FOE_V2] = {
		.foe = FOE_V2,
		.base = 0x2000,
		.flow_cfg = FLOW_CFG | PPE_FLOW_TO_AP_BYPASS | PPE_FLOW_IP4_HASH_GRE,
		.tb_cfg = TB_CFG | PPE_TB_ENTRY_80B | PPE_TB_INFO_SEL,
		.cpu_port1 = 0xcb777,
		.sbw = 0x7f,
		.fwd = { 0x3333, 0x4444 },
	},
	[FOE_V3] = {
		.foe = FOE_V3,
		.base = 0x2000,
		.flow_cfg = FLOW_CFG | PPE_FLOW_TO_AP_BYPASS | PPE_FLOW_IP4_HASH_GRE,
		.tb_cfg = TB_CFG | PPE_TB_INFO_SEL,
		.cpu_port1 = 0xcb777,
		.sbw = 0x7f,
		.fwd = { 0x3333, 0x4444, 0xcccc },
	},
};
