#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
#
# Law L6: what happens to a flow is traced: into hardware, out of it and why, refused and why, moved
# by the switch, refreshed and why.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

T=/sys/kernel/tracing
PORT=7800

# Number of an entry of a list in the UAPI header, such as REASONS PORT_OFF.
number_of() { # REASONS|REFRESHES SYMBOL
	awk -v list="NFO_$1" -v sym="$2" '
		$1 == "#define" { on = index($2, list "(") == 1; n = 0; next }
		on && match($0, /NFO_[A-Z]+\([A-Z0-9_]+,/) {
			split(substr($0, RSTART, RLENGTH), p, /[(,]/)
			if (p[2] == sym) { print n; exit }
			n++
		}' "$(dirname "$0")/../../include/uapi/linux/nfo.h"
}
traced() { # EVENT PATTERN
	grep -a "nfo_flow_$1:" $T/trace | grep -F "[::ffff:$B4]:$PORT" | grep -qE "$2"
}
hw_is() { hw_of_port_is "$PORT" "$1"; }

tracing() { # 0|1
	mountpoint -q $T || topo_must mount -t tracefs none $T
	: >$T/trace
	echo "$1" >$T/events/nfo/enable
}

test_life() {
	tracing 1
	PORT=7801
	traffic_start $B4 $PORT 50 10
	wait_for 20 "in hardware" hw_is 2
	check "add" traced add 'dir=0 proto=17 \[::ffff:10\.[0-9.]+\]:[0-9]+ -> '
	check "off" topo_run "$ROUTER" ethtool -K nic0p0 hw-tc-offload off
	wait_for 10 "one direction out" hw_is 1
	grep -a nfo_flow $T/trace | cut -c1-200
	check "move, out" traced move 'dir=0 .* what=0'
	check "del, with the reason" traced del "dir=0 .* what=$(number_of REASONS PORT_OFF)\$"
	check "on" topo_run "$ROUTER" ethtool -K nic0p0 hw-tc-offload on
	wait_for 10 "in again" hw_is 2
	check "move, in" traced move 'dir=0 .* what=1'
	check "another MAC" topo_run "$ROUTER" ip neigh replace $B4 lladdr 02:00:00:00:00:99 \
		dev nic0p1 nud reachable
	wait_for 10 "refresh, with the cause" traced refresh "what=$(number_of REFRESHES NEIGH)\$"
	topo_run "$ROUTER" ip neigh del $B4 dev nic0p1
	topo_wait "$TRAFFIC_PING"
	topo_wait "$TRAFFIC_ECHO"
	tracing 0
}

test_refused() {
	tracing 1
	PORT=7802
	check "off" topo_run "$ROUTER" ethtool -K nic0p0 hw-tc-offload off
	check "traffic" traffic_exchange $B4 $PORT 20
	check "refused, with the reason" traced refused "dir=0 .* what=$(number_of REASONS PORT_OFF)\$"
	check "on" topo_run "$ROUTER" ethtool -K nic0p0 hw-tc-offload on
	tracing 0
}

topo_hosts model
check "ruleset" topo_ruleset "$ROUTER" offload
check_eq "numbers" "$(number_of REASONS PORT_OFF) $(number_of REFRESHES NEIGH)" "1 0"
ktap_case "the life of a flow" test_life
ktap_case "a refusal" test_refused
ktap_done
