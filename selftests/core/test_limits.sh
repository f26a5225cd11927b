#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 300
#
# The policy: what it excludes, what it waits for, how much it allows, who makes room for whom, and
# devices that shape. Each refusal is shown with its reason and lifts when the policy does.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

PORT=7600

policy() { check "policy $*" topo_run "$ROUTER" "$NFOCTL" policy set "$@"; }
reset() { check "policy reset" topo_run "$ROUTER" "$NFOCTL" policy reset; }
hw_is() { hw_of_port_is "$PORT" "$1"; }
hw() { "$NFOCTL" -n "$ROUTER" -j flow show state hw | jq '[.[].directions[]] | length'; }
reason_is() { # REASON
	local got

	got=$("$NFOCTL" -n "$ROUTER" -j flow port "$PORT" |
		jq -r '[.[].directions[].reason // "none"] | unique | join(" ")')
	echo "reason: $got"
	[ "$got" = "$1" ]
}
forget() { topo_run "$ROUTER" conntrack -F >/dev/null 2>&1; wait_for 10 "no flow" none; }
none() { [ "$("$NFOCTL" -n "$ROUTER" -j flow | jq length)" = 0 ]; }

test_exclude() {
	PORT=7601
	policy exclude port 7600-7601
	traffic_start $B4 $PORT 50 12
	wait_for 20 "the connection is excluded" reason_is excluded
	check_eq "directions in hardware" "$(hw)" 0
	reset
	wait_for 20 "it is taken without being offered anew by hand" hw_is 2
	policy exclude proto tcp port $PORT
	check "another protocol" hw_is 2
	policy exclude port $PORT
	wait_for 20 "what is in hardware leaves it" reason_is excluded
	traffic_end now
	reset

	PORT=7602
	check "a rule that marks" topo_run "$ROUTER" nft insert rule inet nfo_test forward \
		udp dport $PORT ct mark set 0x1a
	policy exclude mark 0x10/0xf0
	check "traffic of a marked connection" traffic_exchange $B4 $PORT 20
	check "excluded" reason_is excluded
	reset
	policy exclude mark 0x20/0xf0
	wait_for 20 "another mark" hw_is 2
	reset
}

test_threshold() {
	PORT=7603
	policy min-packets 200
	traffic_start $B4 $PORT 50 10
	wait_for 20 "it has to show what it is" reason_is threshold
	wait_for 20 "and comes into hardware" hw_is 2
	check "after 200 packets" test \
		"$(ct_counters "$ROUTER" -p udp --dport $PORT | awk '{ print $1 + $3 }')" -ge 200
	traffic_end now
	reset
}

test_port_quota() {
	local port

	forget
	policy port-quota 2
	for port in 7611 7612 7613; do
		check "traffic of connection $port" traffic_exchange $B4 $port 20
	done
	check_eq "directions in hardware" "$(hw)" 4
	check_eq "shown at the ports" "$("$NFOCTL" -n "$ROUTER" -j port |
		jq -c '[.[].quota]')" "[2,2]"
	check_eq "reason of the rest" "$("$NFOCTL" -n "$ROUTER" -j flow show state sw |
		jq -r '[.[].directions[].reason] | unique | join(" ")')" port-quota
	policy port-quota 1
	wait_for 20 "a lower quota holds for what is in hardware already" hw_total 2
	reset
}
hw_total() { [ "$(hw)" = "$1" ]; }

test_netns_quota() {
	local port

	forget
	policy netns-quota 3
	for port in 7621 7622; do
		check "traffic of connection $port" traffic_exchange $B4 $port 20
	done
	check_eq "directions in hardware" "$(hw)" 3
	check_eq "reason of the rest" "$("$NFOCTL" -n "$ROUTER" -j flow show state sw |
		jq -r '[.[].directions[].reason] | unique | join(" ")')" netns-quota
	reset
}

# The table holds one connection: an idle one makes room for one with traffic, a busy one does not.
test_evict() {
	forget
	policy port-quota 1
	PORT=7631
	check "the first connection" traffic_exchange $B4 $PORT 20
	check "is in hardware" hw_is 2
	sleep 6
	PORT=7632
	traffic_start $B4 $PORT 100 24
	wait_for 20 "a connection with traffic replaces one without" hw_is 2
	check "shown as evicted" test "$("$NFOCTL" -n "$ROUTER" -j status |
		jq '(.[0] // .).evicted')" -gt 0
	sleep 6
	check "a third one with little traffic" traffic_exchange $B4 7633 12 4
	check "does not replace the busy one" hw_is 2
	PORT=7631 check "the evicted one says why" reason_is evicted
	PORT=7632
	traffic_end now
	policy evict off
	sleep 6
	PORT=7634
	check "without eviction" traffic_exchange $B4 $PORT 20
	check "nothing makes room" hw_is 0
	reset
}

test_shaper() {
	forget
	PORT=7641
	check "a qdisc that shapes" topo_run "$ROUTER" tc qdisc add dev nic0p1 root tbf \
		rate 100mbit burst 64k latency 50ms
	dmesg -C
	traffic_start $B4 $PORT 50 14
	wait_for 20 "the default offloads" hw_is 2
	check_eq "and says so once" "$(dmesg | grep -c 'nic0p1: offloaded traffic bypasses its qdisc tbf')" 1
	check_eq "shown at the port" "$("$NFOCTL" -n "$ROUTER" -j port |
		jq -r '.[] | select(.port == "nic0p1") | .shaper')" tbf
	policy shaper refuse
	wait_for 20 "refused, the way back is free" hw_is 1
	policy shaper ignore
	wait_for 20 "ignored" hw_is 2
	policy port nic0p1 shaper refuse
	wait_for 20 "of one port" hw_is 1
	# the kernel drops what is sent while a qdisc is replaced
	traffic_end now
	check "fq_codel is no shaper" topo_run "$ROUTER" tc qdisc replace dev nic0p1 root fq_codel
	check "traffic" traffic_exchange $B4 $PORT 20
	wait_for 20 "back in hardware" hw_is 2
	check "tidy" topo_run "$ROUTER" tc qdisc del dev nic0p1 root
	reset
}

topo_hosts model
check "ruleset" topo_ruleset "$ROUTER" offload
ktap_case "exclusions" test_exclude
ktap_case "threshold" test_threshold
ktap_case "quota of a port" test_port_quota
ktap_case "quota of a namespace" test_netns_quota
ktap_case "eviction" test_evict
ktap_case "shaping qdisc" test_shaper
ktap_done
