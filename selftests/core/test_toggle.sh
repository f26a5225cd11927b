#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Law L3: `ethtool -K DEV hw-tc-offload` moves the flows of a port between hardware and software
# while a stream runs, and not one packet of it is lost; conntrack counts each once.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

PORT=7000
SECONDS_TOGGLED=30

hw_is() { hw_of_port_is "$PORT" "$1"; }
offload() { check "hw-tc-offload $2 on $1" topo_run "$ROUTER" ethtool -K "$1" hw-tc-offload "$2"; }
hw_rx() { model_stat "$ROUTER" "$1" hw.rx.packets; }
grows() { [ "$(hw_rx "$1")" -gt "$2" ]; }
tag() { ct_line "$ROUTER" -p udp --dport $PORT | grep -oE '\[(HW_)?OFFLOAD\]'; }

counts_are() { # WANT
	local got

	got=$(ct_line "$ROUTER" -p udp --dport $PORT | grep -o 'packets=[0-9]*' | sort -u | paste -sd ' ')
	echo "conntrack: $got"
	[ "$got" = "packets=$1" ]
}

test_toggle() {
	local round n

	PORT=$((PORT + 1))
	traffic_start $B4 $PORT 100 $SECONDS_TOGGLED
	wait_for 30 "both directions are in hardware" hw_is 2
	for round in 1 2; do
		offload nic0p0 off
		offload nic0p1 off
		wait_for 20 "round $round: both are in software" hw_is 0
		check_eq "tag" "$(tag)" "[OFFLOAD]"
		n=$(hw_rx nic0p0)
		sleep 0.3
		check_eq "packets in hardware meanwhile" $(($(hw_rx nic0p0) - n)) 0
		offload nic0p0 on
		offload nic0p1 on
		wait_for 20 "round $round: both are in hardware" hw_is 2
		check_eq "tag" "$(tag)" "[HW_OFFLOAD]"
		wait_for 20 "packets move back" grows nic0p0 "$n"
	done
	traffic_end now
	wait_for 30 "conntrack counts every packet once" counts_are "$TRAFFIC_SENT"
}

# The switch is the ingress port's: the other direction stays where it is.
test_one_port() {
	PORT=$((PORT + 1))
	traffic_start $B4 $PORT 100 10
	wait_for 30 "both directions are in hardware" hw_is 2
	offload nic0p0 off
	wait_for 20 "one direction is in software" hw_is 1
	check_eq "tag: one direction is in hardware" "$(tag)" "[HW_OFFLOAD]"
	check_eq "reason" "$("$NFOCTL" -n "$ROUTER" -j flow port $PORT |
		jq -r '.[].directions[] | select(.state == "sw") | .reason')" port-off
	check_eq "state of the port" "$("$NFOCTL" -n "$ROUTER" -j port show nic0p0 |
		jq -r '.[].state')" off
	offload nic0p0 on
	wait_for 20 "both directions are in hardware" hw_is 2
	traffic_end now
}

# Off before the flowtable is made: it can be made all the same, and on takes effect later.
test_off_at_bind() {
	offload nic0p0 off
	offload nic0p1 off
	check "ruleset" topo_ruleset "$ROUTER" offload
	PORT=$((PORT + 1))
	traffic_start $B4 $PORT 50 10
	sleep 1
	check "in software" hw_is 0
	offload nic0p0 on
	offload nic0p1 on
	wait_for 20 "both directions are in hardware" hw_is 2
	traffic_end now
}

# A driver that does not remove rules while the switch is off: they go when it is on again, before
# anything is added.
test_sticky() {
	local param=/sys/module/nfo_sim/parameters/keep_while_off

	check "ruleset" topo_ruleset "$ROUTER" offload
	PORT=$((PORT + 1))
	traffic_start $B4 $PORT 50 12
	wait_for 20 "both directions are in hardware" hw_is 2
	echo 1 >$param
	offload nic0p0 off
	offload nic0p1 off
	wait_for 20 "the core has let go" hw_is 0
	check_eq "entries that the model keeps" "$("$NFOCTL" -n "$ROUTER" -j sim | jq '.[].used')" 2
	offload nic0p0 on
	offload nic0p1 on
	wait_for 20 "both directions are in hardware" hw_is 2
	check_eq "entries" "$("$NFOCTL" -n "$ROUTER" -j sim | jq '.[].used')" 2
	traffic_end now
	echo 0 >$param
	topo_run "$ROUTER" nft flush ruleset
	check_eq "entries without a ruleset" "$("$NFOCTL" -n "$ROUTER" -j sim | jq '.[].used')" 0
}

topo_hosts model
topo_sysctl "$ROUTER" net.netfilter.nf_conntrack_acct=1
check "ruleset" topo_ruleset "$ROUTER" offload any
ktap_case "off and on under a stream, nothing lost" test_toggle
ktap_case "one port only" test_one_port
ktap_case "off when the flowtable is made" test_off_at_bind
ktap_case "a driver that keeps its rules while off" test_sticky
ktap_done
