#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# TC flower on the model, with the ordinary tc as its client: what skip_sw rules do to frames, what
# they count, what is refused and in which words.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"

in_r() { topo_run "$ROUTER" "$@"; }
tc_add() { # DEV PROTOCOL FLOWER-AND-ACTIONS…
	in_r tc filter add dev "$1" ingress protocol "$2" pref "${PREF:-1}" flower skip_sw "${@:3}"
}
tc_flush() { in_r tc filter del dev "${1:-nic0p0}" ingress; }
hw() { model_stat "$ROUTER" "$1" hw."$2".packets; }
cpu() { model_stat "$ROUTER" "$1" cpu.rx.packets; }

# Frames of A that leave towards B, as B sees them.
listen() { # HOST FILE COUNT [FILTER…]
	topo_bg "$1" "$TOPO_BIN/pkt" sniff eth0 --count "$3" --timeout 5000 --any "${@:4}" \
		>"$2" 2>"$2.err"
	LISTENER=$TOPO_PID
	wait_for 20 "listening" grep -q listening "$2.err"
}

send() { # [PKT-OPTION…]
	check "send" topo_run "$HOSTA" "$TOPO_BIN/pkt" send eth0 --dmac $MAC_R0 --src $A4 --dst $B4 \
		--sport 1000 --dport 2000 "$@"
}

# Sends one frame from A and prints what of it arrives at B.
through() { # [PKT-OPTION…]
	local out=$KTAP_DIR/through

	listen "$HOSTB" "$out" 1 --smac "${SMAC:-$MAC_A}"
	send "$@"
	topo_wait "$LISTENER" || fail "nothing arrived at B"
	cat "$out"
}

stat_of() { # DEV: "PACKETS BYTES" of the first rule, hardware only
	in_r tc -s -j filter show dev "$1" ingress |
		jq -r '[.[] | select(.options.actions)][0].options.actions[-1].stats |
			"\(.hw_packets) \(.hw_bytes)"'
}
stat_is() { echo "$(stat_of "$1")"; [ "$(stat_of "$1")" = "$2" ]; }

test_redirect() {
	local before

	check "rule" tc_add nic0p0 ip src_ip $A4 ip_proto udp dst_port 2000 \
		action mirred egress redirect dev nic0p1
	before=$(hw nic0p0 rx)
	through --len 100 | grep -q "$B4" || fail "it is not the frame"
	send --len 100 --count 4
	check_eq "frames in hardware" $(($(hw nic0p0 rx) - before)) 5
	wait_for 10 "tc -s counts them with their Ethernet header" stat_is nic0p0 "5 710"
	check "in hardware, says tc" eval "in_r tc filter show dev nic0p0 ingress | grep -q in_hw"
	tc_flush
	before=$(hw nic0p0 rx)
	send
	check_eq "frames in hardware without the rule" $(($(hw nic0p0 rx) - before)) 0
}

topo_hosts model
topo_static_neighbours
in_r tc qdisc add dev nic0p0 clsact
in_r tc qdisc add dev nic0p1 clsact
ktap_case "redirect, counted" test_redirect
ktap_done
