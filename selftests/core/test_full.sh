#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
#
# A full table: what does not fit stays in software, its traffic goes on, the reason is shown, and
# when there is room again the flows that have traffic are taken.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

sim() { "$NFOCTL" -n "$ROUTER" -j sim | jq ".[].$1"; }
used_is() { [ "$(sim used)" = "$1" ]; }
hw() { "$NFOCTL" -n "$ROUTER" -j flow show state hw | jq '[.[].directions[]] | length'; }
hw_is() { [ "$(hw)" = "$1" ]; }

test_full() {
	local port

	for port in 8001 8002 8003; do
		check "traffic of connection $port" traffic_exchange $B4 $port 20
	done
	check_eq "entries used" "$(sim used)" 4
	check_eq "directions in hardware" "$(hw)" 4
	check "the model refused" test "$(sim full)" -gt 0
	check_eq "reason" "$("$NFOCTL" -n "$ROUTER" -j flow show state sw |
		jq -r '[.[].directions[].reason] | unique | join(" ")')" table-full
	check_eq "tag of the third" "$(ct_line "$ROUTER" -p udp --dport 8003 |
		grep -oE '\[(HW_)?OFFLOAD\]')" "[OFFLOAD]"
}

test_room() {
	check "the first connection ends" topo_run "$ROUTER" conntrack -D -p udp --dport 8001
	wait_for 20 "its entries are free" used_is 2
	traffic_start $B4 8003 20 8
	wait_for 30 "the third is taken" hw_is 4
	traffic_end now
}

topo_hosts model
topo_run "$ROUTER" "$NFOCTL" sim del nic0
topo_model_add "$ROUTER" size 4
topo_router_up "$ROUTER"
check "ruleset" topo_ruleset "$ROUTER" offload
ktap_case "full table" test_full
ktap_case "room again" test_room
ktap_done
