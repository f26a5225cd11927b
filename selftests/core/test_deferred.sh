#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
#
# Backends that need RTNL: programmed by the core's own queue, for which nobody waits who holds RTNL
# or nft's commit mutex. The test backend takes RTNL in every operation. Link changes, unregister,
# ruleset changes and module removal go on while operations are slow and many.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

PARAM=/sys/module/nfo_null/parameters
PORT=7700

param() { cat "$PARAM/$1"; }
param_is() { [ "$(param "$1")" = "$2" ]; }
set_param() { echo "$2" >"$PARAM/$1"; }
hw_is() { hw_of_port_is "$PORT" "$1"; }
state_is() { [ "$("$NFOCTL" -n "$ROUTER" -j port | jq -r '[.[].state] | unique | join(" ")')" = "$1" ]; }
flow_states() {
	"$NFOCTL" -n "$ROUTER" -j flow port "$PORT" | jq -r '[.[].directions[].state] | unique | join(" ")'
}
pending() { [ "$(flow_states)" = pending ]; }
none() { [ "$("$NFOCTL" -n "$ROUTER" -j flow | jq length)" = 0 ]; }
forget() { topo_run "$ROUTER" conntrack -F >/dev/null 2>&1; wait_for 10 "no flow" none; }
tag() { ct_line "$ROUTER" -p udp --dport $PORT | grep -oE '\[(HW_)?OFFLOAD\]'; }

load() {
	topo_run "$ROUTER" nft flush ruleset
	check "unload" modprobe -ra nfo_null nfo_flower nfo_xdp nft_offload nf_flow_table_inet
	check "load" modprobe nfo_null prefix=nic0 deferred=1
	# it serves whatever no other can
	check "no XDP" rmmod nfo_xdp
}

test_attach() {
	load
	set_param latency 60000
	check "ruleset" topo_ruleset "$ROUTER" offload
	check "attaching" state_is attaching
	set_param latency 0
	wait_for 10 "ready" state_is ready
	check_eq "ports attached" "$(param ports)" 2
}

test_program() {
	PORT=7701
	set_param latency 60000
	traffic_start $B4 $PORT 50 9
	wait_for 10 "the flow is pending" pending
	check_eq "tag while it is pending" "$(tag)" "[OFFLOAD]"
	set_param latency 0
	wait_for 10 "it is programmed" hw_is 2
	check_eq "tag" "$(tag)" "[HW_OFFLOAD]"
	traffic_end now
	check_eq "rules" "$(param flows)" 2
}

# What is dropped before its turn is never programmed.
test_cancel() {
	local added

	forget
	wait_for 10 "its rules are removed" param_is flows 0
	PORT=7702
	set_param latency 60000
	added=$(param added)
	traffic_start $B4 $PORT 50 3
	wait_for 10 "the flow is pending" pending
	check "its connection ends" topo_run "$ROUTER" conntrack -D -p udp --dport $PORT
	check "the ruleset goes" topo_run "$ROUTER" nft flush ruleset
	set_param latency 0
	traffic_end now
	wait_for 20 "no rule is left" param_is flows 0
	wait_for 20 "no port is left" param_is ports 0
	check "at most what was under way was programmed" test $(($(param added) - added)) -le 2
	check "ruleset" topo_ruleset "$ROUTER" offload
	wait_for 10 "ready" state_is ready
}

# The last counters of a rule reach conntrack though the worker removes it later.
test_counters() {
	local before

	PORT=7703
	traffic_start $B4 $PORT 50 4
	wait_for 10 "in hardware" hw_is 2
	traffic_end now
	before=$(ct_counters "$ROUTER" -p udp --dport $PORT | cut -d' ' -f1)
	set_param forge 1000
	check "to software" topo_run "$ROUTER" nft flush ruleset
	wait_for 10 "no rule is left" param_is flows 0
	set_param forge 0
	check_eq "packets in conntrack" \
		"$(ct_counters "$ROUTER" -p udp --dport $PORT | cut -d' ' -f1)" $((before + 1000))
	check "ruleset" topo_ruleset "$ROUTER" offload
	wait_for 10 "ready" state_is ready
}

test_attach_fails() {
	check "flush" topo_run "$ROUTER" nft flush ruleset
	wait_for 10 "no port is left" param_is ports 0
	set_param attach 16
	check "ruleset" topo_ruleset "$ROUTER" offload
	wait_for 10 "failed" state_is failed
	PORT=7704
	check "traffic goes on" traffic_exchange $B4 $PORT 20
	check_eq "reason" "$("$NFOCTL" -n "$ROUTER" -j flow port $PORT |
		jq -r '[.[].directions[].reason] | unique | join(" ")')" port-failed
	set_param attach 0
	check "a new bind" topo_run "$ROUTER" nft flush ruleset
	check "ruleset" topo_ruleset "$ROUTER" offload
	wait_for 10 "ready" state_is ready
}

# Each of these waits for nf's workers, or holds RTNL, or the commit mutex, or all of them.
test_no_deadlock() {
	local i

	PORT=7705
	set_param latency 50
	for i in 1 2 3; do
		traffic_start $B4 $((PORT + i)) 50 3
		check "link down" timeout 20 ip -n "$ROUTER" link set nic0p1 down
		check "link up" timeout 20 ip -n "$ROUTER" link set nic0p1 up
		topo_router_up_again
		check "reload" timeout 20 ip netns exec "$ROUTER" nft flush ruleset
		check "reload" topo_ruleset "$ROUTER" offload
		check "rename" timeout 20 ip -n "$ROUTER" link set nic0p1 down
		check "up" timeout 20 ip -n "$ROUTER" link set nic0p1 up
		topo_router_up_again
		topo_wait "$TRAFFIC_PING"
		topo_wait "$TRAFFIC_ECHO"
	done
	set_param latency 0
}
# IPv6 addresses go with the link.
topo_router_up_again() {
	topo_ip "$ROUTER" <<-TEXT
	addr replace $R16/64 dev nic0p1 nodad
	route replace 10.7.9.0/24 via $B4
	TEXT
}

# The device goes away with its flows: unregister waits for the worker without holding RTNL.
test_unregister() {
	PORT=7720
	traffic_start $B4 $PORT 50 4
	wait_for 10 "in hardware" hw_is 2
	set_param latency 200
	check "unregister" timeout 30 ip -n "$ROUTER" link del nic0p1
	wait_for 20 "its port is gone" param_is ports 1
	topo_wait "$TRAFFIC_PING"
	topo_wait "$TRAFFIC_ECHO"
	set_param latency 0
}

test_unload() {
	check "flush" topo_run "$ROUTER" nft flush ruleset
	wait_for 20 "the backend can be removed" rmmod nfo_null
	wait_for 20 "flower can be removed" rmmod nfo_flower
	wait_for 20 "the core can be removed" rmmod nft_offload
}

topo_hosts plain
ktap_case "attach" test_attach
ktap_case "programming" test_program
ktap_case "cancellation" test_cancel
ktap_case "last counters" test_counters
ktap_case "a device that cannot be attached" test_attach_fails
ktap_case "nobody waits for us" test_no_deadlock
ktap_case "unregister" test_unregister
ktap_case "unload" test_unload
ktap_done
