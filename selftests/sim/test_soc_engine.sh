#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 600
#
# The engines of the SoC model, driven by nfo_poke, which binds whatever is busy to the other MAC.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"

PARAM=/sys/module/nfo_poke/parameters
A=10.9.1.2 R0=10.9.1.1 R1=10.9.2.1 B=10.9.2.2

param() { cat "$PARAM/$1"; }
reason() { param reasons | cut -d, -f$(($1 + 1)); }
field() { "$NFOCTL" -n "$ROUTER" -j sim | jq -c ".[] | $1"; }
hw() { model_hw_packets "$ROUTER"; }
mac() { topo_run "$1" cat "/sys/class/net/$2/address" | sed 's/://g; s/^/0x/'; }

router() { # PROFILE [PARAM=VALUE…]
	topo_ns_new HOSTA a
	topo_ns_new HOSTB b
	topo_ns_new ROUTER r
	topo_must modprobe nfo_sim
	topo_must ip -n "$HOSTA" link add eth0 up type veth peer name w0 netns "$ROUTER"
	topo_must ip -n "$HOSTB" link add eth0 up type veth peer name w1 netns "$ROUTER"
	topo_sysctl "$ROUTER" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv6.conf.default.accept_dad=0
	topo_ip "$ROUTER" <<-TEXT
	link set w0 up
	link set w1 up
	TEXT
	topo_must topo_run "$ROUTER" "$NFOCTL" sim add soc0 profile "$1" wire w0 wire w1
	topo_ip "$HOSTA" <<-TEXT
	addr add $A/24 dev eth0
	addr add fd09:1::2/64 dev eth0 nodad
	route add default via $R0
	route add default via fd09:1::1
	TEXT
	topo_ip "$HOSTB" <<-TEXT
	addr add $B/24 dev eth0
	addr add fd09:2::2/64 dev eth0 nodad
	route add default via $R1
	route add default via fd09:2::1
	TEXT
	topo_ip "$ROUTER" <<-TEXT
	addr add $R0/24 dev soc0p0
	addr add $R1/24 dev soc0p1
	addr add fd09:1::1/64 dev soc0p0 nodad
	addr add fd09:2::1/64 dev soc0p1 nodad
	link set soc0p0 up
	link set soc0p1 up
	TEXT
	modprobe -rq nfo_ppe
	topo_must modprobe nfo_poke "dmac=$(mac "$HOSTA" eth0),$(mac "$HOSTB" eth0)" "${@:2}"
}

gone() {
	modprobe -r nfo_poke
	topo_cleanup
}

listens() { topo_run "$HOSTB" ss -Hln"$1" sport = :5000 | grep -q .; }

udp() { # COUNT LEN [ADDR]
	topo_bg "$HOSTB" "$TOPO_BIN/blast" echo 5000 --idle 1000 >/dev/null 2>&1
	wait_for 10 "B listens" listens u
	topo_run "$HOSTA" "$TOPO_BIN/blast" ping "${3:-$B}" 5000 --pps 200 --count "$1" --len "$2" \
		--sport 4000
}
entries() { [ "$(field .used)" "$@" ]; }

test_flow() { # PROFILE
	router "$1"
	check "datagrams there and back" udp 100 300
	param reasons
	check_eq "both ways are bound" "$(param bound)" 2
	check "hardware forwards" test "$(hw)" -ge 190
	"$NFOCTL" -n "$ROUTER" -s sim
	check "entries" entries -ge 2
	[ "$1" = mt7621 ] || check_eq "counted" "$(param mib)" "$(hw) $(($(hw) * 328))"
	[ "$1" = mt7621 ] || check_eq "read once" "$(param mib)" "0 0"
	check_eq "no reason for it" "$(reason 31)" 0
	wait_for 30 "they age" entries = 0
	gone
}

test_ipv6_tcp() { # PROFILE
	router "$1"
	topo_bg "$HOSTB" "$TOPO_BIN/blast" recv 5000 --tcp --bind fd09:2::2 >/dev/null 2>&1
	wait_for 10 "B listens" listens t
	check "a stream" topo_run "$HOSTA" "$TOPO_BIN/blast" send fd09:2::2 5000 --tcp --pps 300 \
		--count 900 --len 1000
	param reasons
	"$NFOCTL" -n "$ROUTER" -s sim
	check "bound" test "$(param bound)" -ge 2
	check "hardware forwards" test "$(hw)" -ge 300
	check "FIN is the CPU's" test "$(reason 16)" -ge 1
	check "SYN is the CPU's" test "$(reason 12)" -ge 1
	gone
}

# An entry that was removed without clearing the cache still forwards.
test_cache() {
	local before

	router mt7986 clear=0
	check "datagrams" udp 20 100
	echo 1 >$PARAM/remove
	before=$(hw)
	check "datagrams" udp 20 100
	check_eq "of the cache" $(($(hw) - before)) 40
	check_eq "not bound again" "$(param bound)" 0
	echo 1 >$PARAM/clear
	gone
	router mt7986
	check "datagrams" udp 20 100
	echo 1 >$PARAM/remove
	check "datagrams" udp 20 100
	check_eq "bound again" "$(param bound)" 2
	gone
}

test_snat() {
	router mt7988 snat=0x0a090201
	topo_bg "$HOSTB" "$TOPO_BIN/blast" recv 5000 --timeout 8 >"$KTAP_DIR/recv" 2>&1
	wait_for 10 "B listens" listens u
	topo_run "$HOSTA" "$TOPO_BIN/blast" send $B 5000 --pps 100 --count 100 --len 100 --sport 4000
	topo_wait "$TOPO_PID"
	cat "$KTAP_DIR/recv"
	check "all arrive" grep -q "received=100 " "$KTAP_DIR/recv"
	check "hardware forwards" test "$(hw)" -ge 95
	gone
}

# What leaves has the EtherType; the kernel takes what is too small for one for 802.2.
test_l2() { # WHAT ETHERTYPE PARAM…
	router mt7988 "${@:3}"
	topo_run "$HOSTB" tc qdisc add dev eth0 clsact
	topo_run "$HOSTB" tc filter add dev eth0 ingress protocol "$2" matchall action ok
	topo_run "$HOSTA" "$TOPO_BIN/blast" send $B 5000 --pps 100 --count 60 --len 100 --sport 4000
	check "hardware forwards" test "$(hw)" -ge 50
	topo_run "$HOSTB" tc -s filter show dev eth0 ingress
	check "$1" topo_run "$HOSTB" sh -c \
		"tc -s filter show dev eth0 ingress | grep -qE 'Sent [0-9]+ bytes 5[0-9] pkt'"
	gone
}

test_faults() {
	local before

	router mt7622
	check "table error" topo_run "$ROUTER" "$NFOCTL" sim set soc0 table-error on
	check "datagrams" udp 20 100
	check_eq "nothing in hardware" "$(hw)" 0
	check_eq "unhit" "$(reason 13)" "$(field .failed)"
	check "works again" topo_run "$ROUTER" "$NFOCTL" sim set soc0 table-error off
	check "datagrams" udp 20 100
	check "in hardware" test "$(hw)" -ge 30
	check "stuck" topo_run "$ROUTER" "$NFOCTL" sim set soc0 stuck on
	check_fails "no counters" "." param mib
	check "not stuck" topo_run "$ROUTER" "$NFOCTL" sim set soc0 stuck off
	check "reset" topo_run "$ROUTER" "$NFOCTL" sim reset soc0
	check_eq "told" "$(param resets)" 2
	before=$(hw)
	check "datagrams" udp 20 100
	check "in hardware" test "$(($(hw) - before))" -ge 30
	check "silent" topo_run "$ROUTER" "$NFOCTL" sim set soc0 silent on
	check "reset" topo_run "$ROUTER" "$NFOCTL" sim reset soc0
	check_eq "not told" "$(param resets)" 2
	before=$(hw)
	check "datagrams" udp 20 100
	check_eq "not in hardware" $(($(hw) - before)) 0
	check "the SoC goes with its driver" topo_run "$ROUTER" "$NFOCTL" sim del soc0
	gone
}

for profile in mt7621 mt7622 mt7986 mt7988; do
	ktap_case "UDP over IPv4, $profile" test_flow $profile
done
ktap_case "TCP over IPv6, v1" test_ipv6_tcp mt7622
ktap_case "TCP over IPv6, v3" test_ipv6_tcp mt7988
ktap_case "the cache" test_cache
ktap_case "source NAT" test_snat
ktap_case "a VLAN" test_l2 vlan 802.1q tags=1 vlan=1
ktap_case "two VLANs" test_l2 vlans 802.1q tags=2 vlan=1
ktap_case "PPPoE" test_l2 pppoe ppp_ses pppoe=1 etype=0x8864
ktap_case "a special tag" test_l2 tag 802_2 tags=1 etype=2 vid=0
ktap_case "what goes wrong" test_faults
ktap_done
