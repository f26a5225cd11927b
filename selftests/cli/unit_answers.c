// SPDX-License-Identifier: GPL-2.0-only
/* Answers of a kernel in good health, for the unit test of nfoctl. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <linux/genetlink.h>
#include <linux/nfo.h>
#include <linux/nfo_sim.h>

#include "nfoctl.h"
#include "unit_kernel.h"

void answer_ok(void)
{
	ack(0, NLM_F_CAPPED, NULL);
}

void answer_busy_echo(void)
{
	ack(EBUSY, 0, "wire \"b\" is taken");
}

void answer_status(void)
{
	begin(FAMILY, 0, GENL_HDRLEN);
	mnl_attr_put_strz(msg, NFO_STATUS_VERSION, "9.9");
	mnl_attr_put_u32(msg, NFO_STATUS_PORTS, 2);
	mnl_attr_put_u64(msg, NFO_STATUS_FLOWS, 5);
	mnl_attr_put_u64(msg, NFO_STATUS_FLOWS_HW, 3);
	mnl_attr_put_strz(msg, NFO_STATUS_BACKEND, "native");
	mnl_attr_put_strz(msg, NFO_STATUS_BACKEND, "flower");
	mnl_attr_put_u64(msg, NFO_STATUS_MAX + 9, 1);	/* of a newer kernel */
	end();
	next_datagram();
	answer_ok();
}

static void put_count(uint16_t type, uint8_t id, uint64_t n)
{
	struct nlattr *nest = mnl_attr_nest_start(msg, type);

	mnl_attr_put_u8(msg, NFO_REASON_A_ID, id);
	mnl_attr_put_u64(msg, NFO_REASON_A_COUNT, n);
	mnl_attr_nest_end(msg, nest);
}

void put_port(const char *name, uint32_t ifindex)
{
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_u32(msg, NFO_PORT_IFINDEX, ifindex);
	mnl_attr_put_strz(msg, NFO_PORT_NAME, name);
	mnl_attr_put_strz(msg, NFO_PORT_BACKEND, "native");
	mnl_attr_put_strz(msg, NFO_PORT_DRIVER, "");
	mnl_attr_put_u8(msg, NFO_PORT_STATE, NFO_PORT_OFF);
	mnl_attr_put_u64(msg, NFO_PORT_BYTES, 123456);
	mnl_attr_put_u64(msg, NFO_PORT_ADDED, UINT64_MAX);
	put_count(NFO_PORT_REASON, NFO_REASON_TABLE_FULL, 12);
	put_count(NFO_PORT_REASON, 200, 3);
	end();
}

void answer_ports(void)
{
	put_port("lo", 1);
	next_datagram();
	put_port("a\033[2Jb", 99);
	done(0, 0, NULL);
}

void put_ip4(uint16_t type, const char *addr)
{
	struct in_addr in;

	inet_pton(AF_INET, addr, &in);
	mnl_attr_put(msg, type, sizeof(in), &in);
}

void put_flow(uint64_t id, uint8_t dir, uint8_t reason, uint64_t bytes)
{
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_u64(msg, NFO_FLOW_ID, id);
	mnl_attr_put_u8(msg, NFO_FLOW_DIR, dir);
	mnl_attr_put_u8(msg, NFO_FLOW_STATE, reason ? NFO_FLOW_SW : NFO_FLOW_HW);
	mnl_attr_put_u8(msg, NFO_FLOW_REASON, reason);
	mnl_attr_put_u32(msg, NFO_FLOW_IFINDEX, 1);
	mnl_attr_put_u32(msg, NFO_FLOW_OUT_IFINDEX, 4000000000u);
	mnl_attr_put_u8(msg, NFO_FLOW_L4PROTO, IPPROTO_TCP);
	mnl_attr_put_u64(msg, NFO_FLOW_BYTES, bytes);
}

/* 10.0.1.2:5000 -> 10.0.2.2:80, which sees 192.0.2.1:6000 */
void put_natted(uint64_t id, uint8_t dir, uint8_t reason, uint64_t bytes)
{
	put_flow(id, dir, reason, bytes);
	put_ip4(NFO_FLOW_SRC, dir ? "10.0.2.2" : "10.0.1.2");
	put_ip4(NFO_FLOW_DST, dir ? "192.0.2.1" : "10.0.2.2");
	mnl_attr_put_u16(msg, NFO_FLOW_SPORT, htons(dir ? 80 : 5000));
	mnl_attr_put_u16(msg, NFO_FLOW_DPORT, htons(dir ? 6000 : 80));
	put_ip4(dir ? NFO_FLOW_NAT_DST : NFO_FLOW_NAT_SRC, dir ? "10.0.1.2" : "192.0.2.1");
	mnl_attr_put_u16(msg, dir ? NFO_FLOW_NAT_DPORT : NFO_FLOW_NAT_SPORT,
			 htons(dir ? 5000 : 6000));
	end();
}

static void put_ip6(uint64_t id)
{
	struct in6_addr in;

	put_flow(id, 0, 0, 1);
	inet_pton(AF_INET6, "2001:db8::1", &in);
	mnl_attr_put(msg, NFO_FLOW_SRC, sizeof(in), &in);
	mnl_attr_put(msg, NFO_FLOW_DST, sizeof(in), &in);
	mnl_attr_put_u16(msg, NFO_FLOW_SPORT, htons(65535));
	mnl_attr_put_u16(msg, NFO_FLOW_DPORT, htons(1));
	mnl_attr_put(msg, NFO_FLOW_SMAC, 6, "\0\1\2\3\4\xff");
	mnl_attr_put(msg, NFO_FLOW_DMAC, 6, "\2\0\0\0\0\1");
	mnl_attr_put_u16(msg, NFO_FLOW_MTU, 1500);
	mnl_attr_put_u32(msg, NFO_FLOW_IDLE_MS, 1300);
	end();
}

void answer_flows(void)
{
	put_ip6(3);
	put_natted(UINT64_MAX, 1, NFO_REASON_NAT, 3000);
	next_datagram();
	put_natted(UINT64_MAX, 0, 0, 2000);
	put_ip6(3);	/* once more */
	done(0, 0, NULL);
}

void answer_reply_only(void)
{
	put_natted(8, 1, NFO_REASON_NAT, 0);
	done(0, 0, NULL);
}

static void put_faults(void)
{
	mnl_attr_put_u32(msg, NFO_SIM_LATENCY, 10000);
	mnl_attr_put_u32(msg, NFO_SIM_FAIL_NTH, UINT32_MAX);
	mnl_attr_put_u8(msg, NFO_SIM_REFUSE, 1);
	mnl_attr_put_u8(msg, NFO_SIM_WEDGE, 1);
	mnl_attr_put_u8(msg, NFO_SIM_FILTER2, 1);
	mnl_attr_put_u8(msg, NFO_SIM_FRAGMENTS, 1);
	mnl_attr_put_u64(msg, NFO_SIM_FAILED, UINT64_MAX);
}

void answer_faulty_sim(void)
{
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_strz(msg, NFO_SIM_NAME, "nic0");
	mnl_attr_put_u32(msg, NFO_SIM_SIZE, 1);
	put_faults();
	end();
	done(0, 0, NULL);
}

void answer_sims(void)
{
	struct nlattr *nest;

	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_strz(msg, NFO_SIM_NAME, "nic0");
	mnl_attr_put_u32(msg, NFO_SIM_SIZE, 65536);
	mnl_attr_put_u32(msg, NFO_SIM_USED, 3);
	mnl_attr_put_u64(msg, NFO_SIM_FULL, 0);
	nest = mnl_attr_nest_start(msg, NFO_SIM_PORT);
	mnl_attr_put_strz(msg, NFO_SIM_PORT_NAME, "nic0p0");
	mnl_attr_put_strz(msg, NFO_SIM_PORT_WIRE, "veth0");
	mnl_attr_put_u64(msg, NFO_SIM_PORT_HW_RX_PACKETS, 20000);
	mnl_attr_put_u64(msg, NFO_SIM_PORT_CPU_TX_BYTES, 84);
	put_count(NFO_SIM_PORT_PUNT, NFO_SIM_PUNT_MISS, 7);
	put_count(NFO_SIM_PORT_PUNT, NFO_SIM_PUNT_TTL, 0);
	mnl_attr_nest_end(msg, nest);
	nest = mnl_attr_nest_start(msg, NFO_SIM_PORT);
	mnl_attr_put_strz(msg, NFO_SIM_PORT_NAME, "nic0p1");
	mnl_attr_nest_end(msg, nest);
	end();
	done(0, 0, NULL);
}

static void put_rep(uint32_t vf, const char *name)
{
	struct nlattr *nest = mnl_attr_nest_start(msg, NFO_SIM_PORT);

	mnl_attr_put_strz(msg, NFO_SIM_PORT_NAME, name);
	mnl_attr_put_u8(msg, NFO_SIM_PORT_KIND, NFO_SIM_KIND_REP);
	mnl_attr_put_u32(msg, NFO_SIM_PORT_VF, vf);
	mnl_attr_nest_end(msg, nest);
}

/* Two models: one in two messages, one without an eswitch. */
void answer_switchdev_sim(void)
{
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_strz(msg, NFO_SIM_NAME, "nic0");
	mnl_attr_put_u32(msg, NFO_SIM_SIZE, 65536);
	mnl_attr_put_strz(msg, NFO_SIM_PROFILE, "mlx5");
	mnl_attr_put_strz(msg, NFO_SIM_DEVICE, "nfo_sim/nic0.1");
	mnl_attr_put_u32(msg, NFO_SIM_VFS, 2);
	mnl_attr_put_u8(msg, NFO_SIM_MODE, NFO_SIM_MODE_SWITCHDEV);
	put_rep(0, "nic0r0");
	end();
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_strz(msg, NFO_SIM_NAME, "nic0");
	put_rep(1, "nic0r1");
	end();
	begin(FAMILY, NLM_F_MULTI, GENL_HDRLEN);
	mnl_attr_put_strz(msg, NFO_SIM_NAME, "nic1");
	mnl_attr_put_u32(msg, NFO_SIM_SIZE, 1);
	mnl_attr_put_strz(msg, NFO_SIM_PROFILE, "cxgb4");
	mnl_attr_put_strz(msg, NFO_SIM_DEVICE, "nfo_sim/nic1");
	mnl_attr_put_u32(msg, NFO_SIM_VFS, 0);
	end();
	done(0, 0, NULL);
}

int fresh_start(void **state)
{
	(void)state;
	opt = (struct options) { 0 };
	kernel.family_errno = 0;
	kernel.no_groups = false;
	kernel.join_errno = 0;
	kernel.recv_errno = 0;
	kernel.signal = 0;
	return 0;
}
