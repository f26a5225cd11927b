#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Law L2: what belongs to the CPU gets there, and the kernel treats it as it always did. One UDP or
# TCP connection is put into hardware; then single frames that match it are sent by hand from A.
# Each has to raise the model's count for its cause, leave the hardware's count alone, and have the
# effect that the kernel gives it.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

PORT=6000

in_hw() { hw_of_port_is "$1" 2; }
punts() { model_stat "$ROUTER" nic0p0 "punts.$1"; }
hw_rx() { model_stat "$ROUTER" nic0p0 hw.rx.packets; }

offload_udp() { # ADDR: leaves the connection in hardware, idle
	PORT=$((PORT + 1))
	check "traffic" traffic_exchange "$1" $PORT 20
	check "the connection is in hardware" in_hw $PORT
}

# Sends frames of the connection from A and says what the model did with them.
punted() { # CAUSE N FAMILY [PKT-OPTION…]
	local cause=$1 n=$2 src=$A4 dst=$B4 before hw

	[ "$3" = 4 ] || src=$A6 dst=$B6
	before=$(punts "$cause")
	hw=$(hw_rx)
	check "send" topo_run "$HOSTA" "$TOPO_BIN/pkt" send eth0 --dmac $MAC_R0 --src $src --dst $dst \
		--sport $PORT --dport $PORT "${@:4}"
	check_eq "frames punted as $cause" $(($(punts "$cause") - before)) "$n"
	check_eq "frames forwarded by the hardware" $(($(hw_rx) - hw)) 0
}

# Frames of router R that A hears, matched against a text.
listen() { # OUTPUT COUNT [FILTER…]
	topo_bg "$HOSTA" "$TOPO_BIN/pkt" sniff eth0 --count "$2" --timeout 20000 "${@:3}" >"$1" 2>"$1.err"
	LISTENER=$TOPO_PID
	wait_for 30 "listening" grep -q listening "$1.err"
}

heard() { # OUTPUT REGEX
	topo_wait "$LISTENER"
	check "A hears $2" grep -iE "$2" "$1"
	rm -f "$1" "$1.err"
}

test_control() { # a plain frame of the connection is forwarded: the other cases mean something
	local hw

	offload_udp $B4
	hw=$(hw_rx)
	topo_run "$HOSTA" "$TOPO_BIN/pkt" send eth0 --dmac $MAC_R0 --src $A4 --dst $B4 --sport $PORT \
		--dport $PORT --count 3
	check_eq "frames forwarded by the hardware" $(($(hw_rx) - hw)) 3
}

test_ttl() { # FAMILY PROTO-OF-ERROR
	local out

	[ "$1" = 4 ] && offload_udp $B4 || offload_udp $B6
	out=$(mktemp)
	listen "$out" 1 --proto "$2"
	punted ttl 1 "$1" --ttl 1
	heard "$out" 'icmp.*(11|3)'
	check "the connection is still in hardware" in_hw $PORT
}

test_oversize() {
	local out

	# before the flow is made: a change would take it out of the hardware
	topo_run "$ROUTER" ip link set nic0p1 mtu 1300
	offload_udp $B4
	out=$(mktemp)
	listen "$out" 1 --proto icmp
	punted mtu 1 4 --len 1350 --df
	heard "$out" icmp
	topo_run "$ROUTER" ip link set nic0p1 mtu 1500
}

test_fragments() {
	offload_udp $B4
	punted fragment 1 4 --len 600 --frag-off 0 --frag-len 304 --more
	punted fragment 1 4 --len 600 --frag-off 304 --frag-len 304
	offload_udp $B6
	punted fragment 1 6 --len 600 --frag-off 0 --frag-len 304 --more
}

test_options() {
	offload_udp $B4
	punted options 1 4 --ip-opts 01010101
	offload_udp $B6
	punted options 1 6 --ext hbh
}

test_malformed() {
	offload_udp $B4
	punted malformed 1 4 --len-delta 40
}

# FIN and RST go up; nf tears the flow down and both directions leave the hardware.
test_fin_rst() { # FLAG
	local before removed

	PORT=$((PORT + 1))
	topo_bg "$HOSTB" "$TOPO_BIN/blast" recv $PORT --tcp --timeout 20
	wait_for 20 "the server listens" tcp_listening "$HOSTB" $PORT
	topo_bg "$HOSTA" "$TOPO_BIN/blast" send $B4 $PORT --tcp --sport $PORT --pps 20 --seconds 60 --len 100
	wait_for 20 "the connection is in hardware" in_hw $PORT
	before=$(punts fin-rst)
	removed=$(removed)
	check "send" topo_run "$HOSTA" "$TOPO_BIN/pkt" send eth0 --dmac $MAC_R0 --src $A4 --dst $B4 \
		--sport $PORT --dport $PORT --proto tcp --flags "$1" --seq 1
	check_eq "frames punted" $(($(punts fin-rst) - before)) 1
	# the connection itself may live on, and come back: B ignores a reset out of its window
	wait_for 20 "both directions leave the hardware" removed_since "$removed"
	topo_cleanup_processes
}

removed() { "$NFOCTL" -n "$ROUTER" -j port | jq '[.[].removed] | add'; }
removed_since() { [ "$(removed)" -ge $(($1 + 2)) ]; }
topo_cleanup_processes() {
	local pid

	for pid in "${TOPO_PIDS[@]}"; do
		kill "$pid" 2>/dev/null
		topo_reap "$pid"
	done
	TOPO_PIDS=()
}

topo_hosts model
topo_static_neighbours
check "ruleset" topo_ruleset "$ROUTER" offload
ktap_case "a plain frame is forwarded" test_control
ktap_case "TTL 1: time exceeded comes back" test_ttl 4 icmp
ktap_case "hop limit 1: time exceeded comes back" test_ttl 6 58
ktap_case "larger than the egress MTU: fragmentation needed comes back" test_oversize
ktap_case "fragments" test_fragments
ktap_case "IP options and extension headers" test_options
ktap_case "inconsistent length" test_malformed
ktap_case "FIN" test_fin_rst FA
ktap_case "RST" test_fin_rst R
ktap_done
