#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 500
#
# The life of a flow in a packet processing engine, for each generation: it is bound when its packets come,
# hardware drops it when they do not, and takes it in again; the switch, a reset that is told and one that is
# not. Not one packet is lost (law L3), each is counted once (L5).
#
#	A === [nic0p0  router, a SoC  nic0p1] === B	see lib/topo.sh

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/ppe.sh"

offload() { # on|off
	check "offload $1" topo_run "$ROUTER" ethtool -K nic0p0 hw-tc-offload "$1"
	check "offload $1" topo_run "$ROUTER" ethtool -K nic0p1 hw-tc-offload "$1"
}
grows() { [ "$(hw_rx nic0p0)" -gt "$1" ]; }

test_bound() {
	check_eq "backend" "$("$NFOCTL" -n "$ROUTER" -j port show nic0p0 | jq -r '.[].backend')" ppe
	stream 50 8
	in_hardware
	check_eq "tag" "$(tag)" "[HW_OFFLOAD]"
	check_eq "entries that are ours" "$("$NFOCTL" -n "$ROUTER" -j ppe entries |
		jq '[.[] | select(.ours and .state == "bound")] | length')" 2
	traffic_end
	[ "$PPE_SOC" = mt7621 ] || wait_for 20 "conntrack counts every packet once" counts_are 400
}

# UDP leaves the engine after 12 s of silence, and comes back.
test_idle() {
	wait_for 30 "hardware drops an idle entry" reason_is waiting
	check_eq "tag" "$(tag)" "[OFFLOAD]"
	PORT=$((PORT - 1))
	stream 50 5
	in_hardware
	check_eq "tag" "$(tag)" "[HW_OFFLOAD]"
	traffic_end
	[ "$PPE_SOC" = mt7621 ] || wait_for 20 "conntrack counts every packet once" counts_are 650
}

test_toggle() {
	local n

	stream 100 16
	in_hardware
	offload off
	wait_for 20 "in software" hw_is 0
	check_eq "reason" "$(reasons)" port-off
	n=$(hw_rx nic0p0)
	sleep 0.3
	check_eq "packets in hardware meanwhile" $(($(hw_rx nic0p0) - n)) 0
	offload on
	in_hardware
	wait_for 10 "packets move back" grows "$n"
	traffic_end
	[ "$PPE_SOC" = mt7621 ] || wait_for 20 "conntrack counts every packet once" counts_are 1600
}

test_reset() { # KNOB…
	local n

	reset_stream 100 14
	in_hardware
	n=$(ppe_stat resets)
	check "reset" "$NFOCTL" -n "$ROUTER" sim "$@"
	wait_for 10 "the engines know" ppe_stat_grew resets "$n"
	n=$(hw_rx nic0p0)
	in_hardware
	wait_for 10 "packets go by hardware again" grows "$n"
	reset_stream_end
}

test_silent() {
	check "silent" "$NFOCTL" -n "$ROUTER" sim set nic0 silent on
	test_reset reset nic0
	check "not silent" "$NFOCTL" -n "$ROUTER" sim set nic0 silent off
}

test_needs_word() {
	ppe_allow "$ROUTER" none
	stream 50 3
	wait_for 10 "reason" reason_is tags
	traffic_end
	ppe_allow "$ROUTER"
}

test_ip6_nat() {
	check "ruleset" topo_ruleset "$ROUTER" offload any masquerade
	stream 50 4 $B6
	wait_for 10 "reason" reason_is nat
	traffic_end
	check "ruleset" topo_ruleset "$ROUTER" offload any
}

test_some() { # SOC
	ppe_hosts "$1"
	check "ruleset" topo_ruleset "$ROUTER" offload any
	ktap_case "$1: bound by its packets" test_bound
	ktap_case "$1: idle, and back" test_idle
}

test_all() { # SOC
	test_some "$1"
	ktap_case "$1: off and on" test_toggle
	ktap_case "$1: reset" test_reset reset nic0
	ktap_case "$1: reset that nobody tells of" test_silent
}

for soc in "${PPE_SOCS[@]}"; do
	case $soc in
	mt7621 | mt7988) test_all $soc ;;
	*) test_some $soc ;;
	esac
done
ktap_case "$PPE_SOC: not without any-tag" test_needs_word
ktap_case "$PPE_SOC: IPv6 is not translated" test_ip6_nat
ktap_done
