#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 200
#
# Profile mlx5: a representor has flowtable rules and TC rules at once, in two chains: what TC says
# comes first, and what TC lets pass goes on to the flowtable.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/eswitch.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/tc.sh"

PORT=6000

rep_hw() { model_stat "$ROUTER" nic0p1 hw.rx.packets; }
rep_punts() { model_stat "$ROUTER" nic0p1 "punts.$1"; }
in_hw() { hw_of_port_is $PORT 2; }

# Frames of the connection from the VF, and how many of them the flowtable forwarded.
from_vf() { # FORWARDED N
	local before

	before=$(rep_hw)
	check "send" topo_run "$HOSTB" "$TOPO_BIN/pkt" send eth0 --dmac $MAC_R1 --src $B4 --dst $A4 \
		--sport $PORT --dport $PORT --count "$2"
	check_eq "frames forwarded" $(($(rep_hw) - before)) "$1"
}

test_both() {
	local before

	check "ruleset" topo_ruleset "$ROUTER" offload
	eswitch_ready nic0p0 nic0p1
	check "traffic" traffic_exchange $B4 $PORT 20
	wait_for 20 "the connection is in hardware" in_hw
	from_vf 2 2
	tc_qdisc nic0p1
	tc_ok nic0p1 ip ip_proto udp action drop
	before=$(port_counter nic0p1 hw_dropped)
	from_vf 0 3
	check_eq "frames dropped by TC" $(($(port_counter nic0p1 hw_dropped) - before)) 3
	check "delete" in_r tc filter del dev nic0p1 ingress
	from_vf 2 2
	tc_ok nic0p1 ip ip_proto udp action trap
	before=$(rep_punts trap)
	from_vf 0 1
	check_eq "frames to the CPU" $(($(rep_punts trap) - before)) 1
	check "delete" in_r tc filter del dev nic0p1 ingress
	tc_ok nic0p1 ip ip_proto udp action pass
	from_vf 2 2
	check "no more flowtable" in_r nft flush ruleset
	before=$(rep_punts accept)
	from_vf 0 1
	check_eq "frames to the CPU" $(($(rep_punts accept) - before)) 1
}

eswitch_hosts mlx5
topo_static_neighbours
ktap_case "TC before the flowtable" test_both
ktap_done
