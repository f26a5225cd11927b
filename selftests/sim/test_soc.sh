#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 300
#
# The model of a SoC by itself, without a driver for its engines: MACs that are netdevs like any
# others, a device that the driver would find, and words for what it cannot do. Law L7: it may all
# go at any time.
#
#   $HOSTA eth0 ====== w0 [ soc0p0 | soc0p1 | soc0p2 ] w1 ====== eth0 $HOSTB
#                         $ROUTER                      w2 (mt7988 only, no far end of interest)

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"

A=10.9.1.2 R0=10.9.1.1 R1=10.9.2.1 B=10.9.2.2

# ---- the SoC

soc_ns() { # VARIABLE NAME
	topo_ns_new "$1" "$2"
	topo_sysctl "${!1}" net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
}

soc_wires() {
	modprobe nfo_sim || topo_die "nfo_sim cannot be loaded"
	soc_ns HOSTA a
	soc_ns HOSTB b
	soc_ns ROUTER r
	topo_must ip -n "$HOSTA" link add eth0 up type veth peer name w0 netns "$ROUTER"
	topo_must ip -n "$HOSTB" link add eth0 up type veth peer name w1 netns "$ROUTER"
	topo_ip "$ROUTER" <<-TEXT
	link add w2 up type veth peer name x2
	link set w0 up
	link set w1 up
	TEXT
}

sim() { topo_run "$ROUTER" "$NFOCTL" sim "$@"; }

soc() { # PROFILE [WIRE…]
	soc_wires
	topo_must sim add soc0 profile "$1" wire w0 wire w1 "${@:2}"
}

soc_router() {
	topo_sysctl "$ROUTER" net.ipv4.ip_forward=1
	topo_ip "$HOSTA" <<-TEXT
	addr add $A/24 dev eth0
	route add default via $R0
	TEXT
	topo_ip "$HOSTB" <<-TEXT
	addr add $B/24 dev eth0
	route add default via $R1
	TEXT
	topo_ip "$ROUTER" <<-TEXT
	addr add $R0/24 dev soc0p0
	addr add $R1/24 dev soc0p1
	link set soc0p0 up
	link set soc0p1 up
	TEXT
}

field() { "$NFOCTL" -n "$ROUTER" -j sim | jq -c ".[] | $1"; }
reaches() { topo_run "$1" ping -q -c 1 -W 2 "$2"; }
macs() { topo_run "$ROUTER" ls /sys/class/net | grep '^soc0' | paste -sd' '; }
children() { ls /sys/bus/platform/devices | sed -n 's/^\(nfo-ppe-v.\)\..*/\1/p' | paste -sd' '; }
no_socs() { [ -z "$(children)$(ls /sys/bus/nfo_sim/devices)" ]; }
driver() { topo_run "$ROUTER" ethtool -i "$1" | sed -n 's/^driver: //p'; }
hw_tc() { topo_run "$ROUTER" ethtool -k "$1" | sed -n 's/^hw-tc-offload: //p'; }

gone() {
	topo_cleanup
	wait_for 20 "all is gone" no_socs
}

# ---- what it is

test_profile() { # PROFILE VERSION ENTRIES
	soc "$1"
	check_eq "MACs" "$(macs)" "soc0p0 soc0p1"
	check_eq "profile" "$(field .profile)" "\"$1\""
	check_eq "room" "$(field '[.size, .used]')" "[$3,0]"
	check_eq "no eswitch" "$(field .mode)" null
	check_eq "driver" "$(driver soc0p0)" nfo_soc
	check_eq "the engines' device" "$(children)" "nfo-ppe-$2"
	check_eq "hw-tc-offload" "$(hw_tc soc0p1)" on
	check "it is switched off" topo_run "$ROUTER" ethtool -K soc0p1 hw-tc-offload off
	check_eq "hw-tc-offload" "$(hw_tc soc0p1)" off
	check "what is shown" sim show soc0
	check "delete" sim del soc0
	check "all is gone" no_socs
	check_eq "MACs" "$(macs)" ""
	gone
}

test_third_mac() {
	soc mt7988 wire w2
	check_eq "MACs" "$(macs)" "soc0p0 soc0p1 soc0p2"
	check_eq "ports" "$(field '[.ports[] | [.port, .kind, .wire]]')" \
		'[["soc0p0","uplink","w0"],["soc0p1","uplink","w1"],["soc0p2","uplink","w2"]]'
	check "a NIC beside it" topo_run "$ROUTER" sh -c "
		ip link add w3 up type veth peer name x3 && ip link add w4 up type veth peer name x4 &&
		$NFOCTL sim add nic0 wire w3 wire w4 vfs 2"
	check_eq "of two ports" "$(field '[.name, (.ports | length)]' | paste -sd' ')" \
		'["soc0",3] ["nic0",2]'
	gone
}

test_bad_input() {
	soc_wires
	check_fails "no such SoC" 'no profile "mt7620", but mt7621 mt7622 mt7986 mt7988' \
		sim add soc0 profile mt7620 wire w0 wire w1
	check_fails "no such profile" 'ice mt' sim add soc0 profile nonesuch wire w0 wire w1
	check_fails "two MACs" 'needs 2 wires, got 3' \
		sim add soc0 profile mt7986 wire w0 wire w1 wire w2
	check_fails "a NIC has two" 'needs 2 wires, got 3' \
		sim add soc0 profile generic wire w0 wire w1 wire w2
	check_fails "size" '"mt7986" has tables of its driver: leave out the size' \
		sim add soc0 profile mt7986 wire w0 wire w1 size 100
	check_fails "VFs" '"mt7988" is a SoC, which has no VFs' \
		sim add soc0 profile mt7988 wire w0 wire w1 vfs 1
	check_fails "a wire that is none" 'no netdev "w9"' \
		sim add soc0 profile mt7988 wire w0 wire w1 wire w9
	check_fails "a wire twice" '"w0" is named twice' \
		sim add soc0 profile mt7988 wire w0 wire w1 wire w0
	check "nothing is left" no_socs
	check_eq "nothing at all" "$(macs)" ""
	check "now it works" sim add soc0 profile mt7988 wire w0 wire w1 wire w2
	check_fails "the name is taken" '"soc0" exists' sim add soc0 profile mt7621 wire w0 wire w1
	gone
}

# ---- frames

test_router() {
	soc mt7986
	soc_router
	wait_for 20 "A reaches B" reaches "$HOSTA" $B
	check "through it" topo_run "$HOSTA" ping -q -c 20 -i 0.01 $B
	check "it did" test "$(field '.ports[0].cpu.rx.packets')" -ge 20
	check "both ways" test "$(field '.ports[1].cpu.tx.packets')" -ge 20
	check_eq "not the engines" "$(field '[.ports[].hw.rx.packets] | add')" 0
	check "causes" test "$(model_stat "$ROUTER" soc0p0 punts.bypass)" -ge 20
	check "ethtool has it, too" topo_run "$ROUTER" sh -c \
		"ethtool -S soc0p0 | grep -q 'punt_bypass: [1-9]'"
	check "MTU" topo_run "$ROUTER" ip link set soc0p0 mtu 1400
	check_fails "not more than the wire has" "." topo_run "$ROUTER" ip link set soc0p0 mtu 9000
	check "a MAC goes down" topo_run "$ROUTER" ip link set soc0p1 down
	check_fails "nobody is reached" "." topo_run "$HOSTA" ping -q -c 1 -W 1 $B
	gone
}

# What it cannot do it says when it is asked.
test_no_tc() {
	soc mt7621
	topo_must topo_run "$ROUTER" tc qdisc add dev soc0p0 clsact
	check_fails "no rules for a MAC" "." topo_run "$ROUTER" tc filter add dev soc0p0 ingress \
		protocol ip flower skip_sw ip_proto udp action drop
	gone
}

# ---- what goes wrong on request

knobs() { field '[.stuck, .lost_irq, .table_error, .silent]'; }

test_knobs() {
	local knob

	soc mt7622
	check_eq "at first" "$(knobs)" "[false,false,false,false]"
	check "all" sim set soc0 stuck on lost-irq on table-error on silent on
	check_eq "shown" "$(knobs)" "[true,true,true,true]"
	check "in words" topo_run "$ROUTER" sh -c \
		"$NFOCTL sim show soc0 | grep -q 'set: stuck on lost-irq on table-error on silent on'"
	check "one is off" sim set soc0 lost-irq off
	check_eq "the others stay" "$(knobs)" "[true,false,true,true]"
	for knob in "size 5" "latency 5" "fail-nth 5" "refuse on" "wedge on" "filter2 on" \
		"fragments on"; do
		check_fails "$knob is a NIC's" \
			'SoC "soc0" has only stuck lost-irq table-error silent' \
			sim set soc0 $knob
	done
	check_fails "all or nothing" 'has only' sim set soc0 stuck off wedge on
	check_eq "nothing" "$(knobs)" "[true,false,true,true]"
	check "a NIC" topo_run "$ROUTER" sh -c "
		ip link add w3 up type veth peer name x3 && ip link add w4 up type veth peer name x4 &&
		$NFOCTL sim add nic0 wire w3 wire w4"
	check_fails "has no engines" '"nic0" is no SoC' sim set nic0 stuck on
	check_fails "no VFs" "." sh -c 'echo 1 2>&1 >/sys/bus/nfo_sim/devices/soc0/sriov_numvfs'
	gone
}

test_reset() {
	soc mt7988 wire w2
	soc_router
	wait_for 20 "A reaches B" reaches "$HOSTA" $B
	topo_bg "$HOSTA" ping -q -i 0.01 $B >/dev/null 2>&1
	check "reset" sim reset soc0
	check "once more" sim reset soc0
	check "silent" sim set soc0 silent on
	check "reset" sim reset soc0
	wait_for 20 "it works" reaches "$HOSTA" $B
	gone
}

# ---- the end

test_goes_under_traffic() {
	local i

	for i in 1 2 3; do
		soc mt7986
		soc_router
		topo_bg "$HOSTA" ping -q -i 0.01 $B >/dev/null 2>&1
		topo_bg "$HOSTB" ping -q -i 0.01 $A >/dev/null 2>&1
		wait_for 20 "A reaches B" reaches "$HOSTA" $B
		check "delete" sim del soc0
		gone
	done
}

test_namespace_dies() {
	soc mt7988 wire w2
	soc_router
	topo_bg "$HOSTA" ping -q -i 0.01 $B >/dev/null 2>&1
	wait_for 20 "A reaches B" reaches "$HOSTA" $B
	topo_must ip netns del "$ROUTER"
	wait_for 20 "and the SoC with it" no_socs
	gone
}

test_wire_goes() {
	soc mt7621
	soc_router
	wait_for 20 "A reaches B" reaches "$HOSTA" $B
	check "the wire goes" topo_run "$ROUTER" ip link del w0
	check_eq "the MAC stays" "$(macs)" "soc0p0 soc0p1"
	check_eq "without it" "$(field '.ports[0].wire')" null
	gone
}

test_module_goes() {
	soc mt7986
	soc_router
	topo_bg "$HOSTA" ping -q -i 0.01 $B >/dev/null 2>&1
	wait_for 20 "A reaches B" reaches "$HOSTA" $B
	check "unload" modprobe -r nfo_sim
	check_eq "no MACs" "$(macs)" ""
	check "load" modprobe nfo_sim
	topo_cleanup
}

topo_need ethtool ethtool
topo_need ping iputils-ping
topo_need jq jq

ktap_case "mt7621" test_profile mt7621 v1 16384
ktap_case "mt7622" test_profile mt7622 v1 16384
ktap_case "mt7986" test_profile mt7986 v2 32768
ktap_case "mt7988" test_profile mt7988 v3 49152
ktap_case "a third MAC" test_third_mac
ktap_case "bad input" test_bad_input
ktap_case "a router made of it" test_router
ktap_case "no TC offload of its own" test_no_tc
ktap_case "knobs" test_knobs
ktap_case "reset" test_reset
ktap_case "it goes under traffic" test_goes_under_traffic
ktap_case "its namespace dies" test_namespace_dies
ktap_case "a wire goes" test_wire_goes
ktap_case "the module goes" test_module_goes
ktap_done
