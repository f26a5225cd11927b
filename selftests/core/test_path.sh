#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# Which path packets take, and that every one of them is counted once (law L5): IPv4 and IPv6, TCP
# and UDP, with and without NAT. The model's counters prove the path, conntrack's have to agree
# with the sum of both paths, and nfoctl's with the model's.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

PACKETS=200
PORT=5000

hw_packets() {
	echo $(($(model_stat "$ROUTER" nic0p0 hw.rx.packets) +
		$(model_stat "$ROUTER" nic0p1 hw.rx.packets)))
}

in_hw() { hw_of_port_is "$1" 2; }
has_tag() { ct_line "$ROUTER" -f "$1" -p "$2" --dport "$3" | grep -F '[HW_OFFLOAD]'; }

# packets= and bytes= of both directions as conntrack has them
ct_counts() { # FAMILY PROTO PORT
	ct_line "$ROUTER" -f "$1" -p "$2" --dport "$3" | grep -o '[a-z]*s=[0-9]*' | paste -sd ' '
}

# What nfoctl says that hardware forwarded of all connections so far.
core_packets() {
	"$NFOCTL" -n "$ROUTER" -j port | jq '[.[].packets] | add'
}
core_agrees() { [ "$(core_packets)" = "$(hw_packets)" ]; }

# 200 packets of 100 bytes of payload each way, one connection: conntrack has to come to exactly
# that, and nearly all of it by way of the hardware.
test_udp() { # FAMILY ADDR HEADER NAT…
	local before bytes want

	PORT=$((PORT + 1))
	check "ruleset" topo_ruleset "$ROUTER" offload "${@:4}" || return
	before=$(hw_packets)
	traffic_receiver "$HOSTB" echo $PORT --idle 3000
	topo_bg "$HOSTA" "$TOPO_BIN/blast" ping "$2" $PORT --sport $PORT --count $PACKETS --pps 50 \
		--len 100 --idle 3000
	local ping=$TOPO_PID
	wait_for 30 "both directions are in hardware" in_hw $PORT
	check "tag" has_tag "$1" udp $PORT
	check "nothing lost" topo_wait "$ping"
	bytes=$((PACKETS * (100 + 8 + $3)))
	want="packets=$PACKETS bytes=$bytes packets=$PACKETS bytes=$bytes"
	wait_for 30 "conntrack counts every packet once" counts_are "$1" udp "$want"
	wait_for 30 "nfoctl agrees with the hardware" core_agrees
	check "the hardware forwarded $(($(hw_packets) - before)) of $((2 * PACKETS))" \
		test $(($(hw_packets) - before)) -ge $PACKETS
}

counts_are() { # FAMILY PROTO WANT
	local got

	got=$(ct_counts "$1" "$2" $PORT)
	echo "conntrack: $got"
	[ "$got" = "$3" ]
}

# A stream that arrives intact, and whose packets did not pass the slow path.
test_tcp() { # FAMILY ADDR - NAT…
	local before forwarded

	PORT=$((PORT + 1))
	check "ruleset" topo_ruleset "$ROUTER" offload "${@:4}" || return
	before=$(hw_packets)
	topo_bg "$HOSTB" "$TOPO_BIN/blast" recv $PORT --tcp
	local receiver=$TOPO_PID
	wait_for 20 "the server listens" tcp_listening "$HOSTB" $PORT
	topo_bg "$HOSTA" "$TOPO_BIN/blast" send "$2" $PORT --tcp --sport $PORT --pps 400 --seconds 4 \
		--len 1000
	local sender=$TOPO_PID
	wait_for 30 "both directions are in hardware" in_hw $PORT
	check "tag" has_tag "$1" tcp $PORT
	check "sender" topo_wait "$sender"
	check "every byte arrived" topo_wait "$receiver"
	forwarded=$(forwarded_packets "$ROUTER")
	check "the hardware forwarded $(($(hw_packets) - before)), the slow path $forwarded" \
		test $(($(hw_packets) - before)) -gt $((10 * forwarded))
	wait_for 30 "the connection leaves the hardware after FIN" model_empty
	wait_for 30 "nfoctl agrees with the hardware" core_agrees
}

model_empty() { [ "$("$NFOCTL" -n "$ROUTER" -j sim | jq '.[].used')" = 0 ]; }

# The hardware is nobody's but the flowtable's: without the flag nothing goes there.
test_without_flag() {
	local before

	check "ruleset" topo_ruleset "$ROUTER" soft any
	before=$(hw_packets)
	check "traffic" traffic_exchange $B4 4999 20
	check_eq "packets in hardware" $(($(hw_packets) - before)) 0
}

# A flow that nobody uses expires, in hardware too, and does not before its time.
test_expiry() {
	topo_sysctl "$ROUTER" net.netfilter.nf_flowtable_udp_timeout=3
	check "ruleset" topo_ruleset "$ROUTER" offload
	traffic_start $B4 4998 20 8
	wait_for 30 "both directions are in hardware" in_hw 4998
	sleep 5
	check "still there, as packets flow" in_hw 4998
	traffic_end now
	wait_for 15 "expired" model_empty
	topo_sysctl "$ROUTER" net.netfilter.nf_flowtable_udp_timeout=30
}

topo_hosts model
topo_sysctl "$ROUTER" net.netfilter.nf_conntrack_acct=1
for nat in '' any; do
	ktap_case "IPv4 UDP${nat:+, masqueraded}" test_udp ipv4 $B4 20 $nat
	ktap_case "IPv6 UDP${nat:+, masqueraded}" test_udp ipv6 $B6 40 $nat
	ktap_case "IPv4 TCP${nat:+, masqueraded}" test_tcp ipv4 $B4 - $nat
	ktap_case "IPv6 TCP${nat:+, masqueraded}" test_tcp ipv6 $B6 - $nat
done
ktap_case "flowtable without the flag" test_without_flag
ktap_case "expiry" test_expiry
ktap_done
