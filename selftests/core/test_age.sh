#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 300
#
# Law L5: connections in hardware live as long as they are used and no longer, after the flowtable's
# own timeouts; conntrack counts every packet once, whichever way it went; and nf needs no work item
# per flow to know.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

PORT=7300

hw_is() { hw_of_port_is "$PORT" "$1"; }
known_is() { [ "$("$NFOCTL" -n "$ROUTER" -j flow port $PORT | jq length)" = "$1" ]; }
expired() { "$NFOCTL" -n "$ROUTER" -j status | jq '(.[0] // .).expired // 0'; }
offloaded() { ct_line "$ROUTER" -p udp --dport $PORT | grep -qF OFFLOAD; }
not_offloaded() { ! offloaded; }
timeouts() { # SECONDS
	topo_sysctl "$ROUTER" net.netfilter.nf_flowtable_udp_timeout="$1" \
		net.netfilter.nf_flowtable_tcp_timeout="$1"
}

# Work items that nf queues in so many seconds.
nf_works() { # SECONDS
	local t=/sys/kernel/tracing event=events/workqueue/workqueue_queue_work

	mountpoint -q $t || topo_must mount -t tracefs none $t
	: >$t/trace
	echo 1 >$t/$event/enable
	sleep "$1"
	echo 0 >$t/$event/enable
	grep -c flow_offload_work_handler $t/trace
}

in_hardware() { # SECONDS-OF-TRAFFIC
	PORT=$((PORT + 1))
	traffic_start $B4 $PORT 50 "$1"
	wait_for 30 "both directions are in hardware" hw_is 2
}

# The software path sees nothing of the connection for longer than its timeout.
test_used() {
	local before

	timeouts 3
	in_hardware 12
	before=$("$NFOCTL" -n "$ROUTER" -j status | jq '(.[0] // .).expired // 0')
	sleep 7
	check "still in hardware after twice its timeout" hw_is 2
	check_eq "expired meanwhile" "$(($(expired) - before))" 0
	traffic_end
}

# The same connection, now idle.
test_idle() {
	local before start

	before=$(expired)
	start=$EPOCHSECONDS
	wait_for 15 "the idle connection leaves the flowtable" known_is 0
	echo "took $((EPOCHSECONDS - start)) s"
	check "it was found idle by us" test "$(expired)" -gt "$before"
	check "conntrack still has it" ct_line "$ROUTER" -p udp --dport $PORT
	check "conntrack: no tag" not_offloaded
}

# Not before its time: 10 s idle of 30.
test_not_early() {
	timeouts 30
	in_hardware 3
	traffic_end
	sleep 10
	check "an idle connection is kept for its timeout" hw_is 2
	check "conntrack: tag" has_hw_tag "$ROUTER" -p udp --dport $PORT
}

# A timeout that is changed counts at once.
test_timeout_changes() {
	timeouts 3
	wait_for 10 "the idle connection leaves the flowtable" known_is 0
	timeouts 30
}

# TCP has a timeout of its own: an idle connection leaves the flowtable, stays established, and
# comes back with its next packets.
test_tcp() {
	local client server before

	PORT=$((PORT + 1))
	topo_sysctl "$ROUTER" net.netfilter.nf_flowtable_tcp_timeout=3
	topo_bg "$HOSTB" "$TOPO_BIN/blast" recv $PORT --tcp --idle 60000
	server=$TOPO_PID
	wait_for 20 "the server listens" tcp_listening "$HOSTB" $PORT
	topo_bg "$HOSTA" bash -c 'exec 3<>"/dev/tcp/$1/$2" || exit
		talk() { for i in {1..30}; do echo "$i" >&3; sleep 0.1; done; }
		talk; sleep 15; talk' client $B4 $PORT
	client=$TOPO_PID
	wait_for 20 "in hardware" hw_is 2
	before=$(expired)
	wait_for 18 "idle, it leaves the flowtable" known_is 0
	check "it was found idle by us" test "$(expired)" -gt "$before"
	check "conntrack: established" test -n \
		"$(ct_line "$ROUTER" -p tcp --dport $PORT --state ESTABLISHED)"
	wait_for 20 "used again, it is in hardware again" hw_is 2
	check "the client ends" topo_wait "$client"
	topo_wait "$server"
	topo_sysctl "$ROUTER" net.netfilter.nf_flowtable_tcp_timeout=30
}

# What comes back after a pause is counted on: hardware, software, hardware.
test_exact() {
	local want

	in_hardware 6
	sleep 2
	check "off" topo_run "$ROUTER" ethtool -K nic0p0 hw-tc-offload off
	sleep 1
	check "on" topo_run "$ROUTER" ethtool -K nic0p0 hw-tc-offload on
	traffic_end
	want=300
	wait_for 10 "conntrack counts every packet once" counts_are $want
	check_eq "bytes: all packets have one size" \
		"$(($(ct_counters "$ROUTER" -p udp --dport $PORT | cut -d' ' -f2) % want))" 0
}
counts_are() { # PACKETS
	local got

	got=$(ct_line "$ROUTER" -p udp --dport $PORT | grep -o 'packets=[0-9]*' | sort -u | paste -sd ' ')
	echo "conntrack: $got"
	[ "$got" = "packets=$1" ]
}

# The last counts are not lost when the connection is deleted in the middle of its traffic: what
# the model counted is what nfoctl's port shows.
test_removal() {
	local model port

	in_hardware 4
	traffic_end
	check "delete" topo_run "$ROUTER" conntrack -D -p udp --dport $PORT
	wait_for 10 "the connection is gone" known_is 0
	model=$(model_hw_packets "$ROUTER")
	port=$("$NFOCTL" -n "$ROUTER" -j port | jq '[.[].packets] | add')
	check_eq "packets the port reports" "$port" "$model"
}

# A connection that is in hardware both ways costs nf no work item; one that is not does.
test_no_work() {
	timeouts 20
	in_hardware 20
	sleep 2.5
	check_eq "work items in 6 s, both directions in hardware" "$(nf_works 6)" 0
	check "one direction to software" topo_run "$ROUTER" ethtool -K nic0p0 hw-tc-offload off
	check "work items in 4 s, one direction in hardware" test "$(nf_works 4)" -gt 0
	check "and back" topo_run "$ROUTER" ethtool -K nic0p0 hw-tc-offload on
	traffic_end
	timeouts 30
}

topo_hosts model
check "ruleset" topo_ruleset "$ROUTER" offload
ktap_case "a connection that is used stays" test_used
ktap_case "an idle connection expires" test_idle
ktap_case "an idle connection does not expire early" test_not_early
ktap_case "a changed timeout counts at once" test_timeout_changes
ktap_case "TCP" test_tcp
ktap_case "counters across hardware and software" test_exact
ktap_case "counters at removal" test_removal
ktap_case "no work item per flow" test_no_work
ktap_done
