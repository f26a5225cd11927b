#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 400
#
# A bond of two uplinks as flowtable device: flows follow the active member, failover within law L4.
#
#	                 +----------------------- $ROUTER -----------------------+
#	 A == br ==| w0 [wire | up0 ]\                                           |
#	           |                  bond0  10.7.1.1    10.7.2.1  nic0p1 (rep)  |~~~ B = VF 0
#	      == br| w1 [wire | up1 ]/                                           |
#	                 +-------------------------------------------------------+
#
# A is one host on a switch with two ports, both of which lead to the bond.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/eswitch.sh"

PORT=7300

hw_is() { hw_of_port_is "$PORT" "$1"; }
rules_are() { [ "$("$NFOCTL" -n "$ROUTER" -j sim | jq '.[0].used')" = "$1" ]; }
active() { topo_run "$ROUTER" cat /sys/class/net/bond0/bonding/active_slave; }
active_is() { [ "$(active)" = "$1" ]; }
hw_rx() { model_stat "$ROUTER" "$1" hw.rx.packets; }
hw_tx() { model_stat "$ROUTER" "$1" hw.tx.packets; }
grows() { [ "$("$1" "$2")" -gt "$3" ]; }

# The switch of host A, and its two cables.
switch() {
	topo_ns_new SWITCH s
	topo_must ip -n "$HOSTA" link add eth0 up type veth peer name sa netns "$SWITCH"
	topo_must ip -n "$SWITCH" link add s0 up type veth peer name w0 netns "$ROUTER"
	topo_must ip -n "$SWITCH" link add s1 up type veth peer name w1 netns "$ROUTER"
	topo_ip "$SWITCH" <<-TEXT
	link add br0 up type bridge forward_delay 0
	link set sa master br0 up
	link set s0 master br0
	link set s1 master br0
	TEXT
}

bond() { # MODE
	topo_ip "$ROUTER" <<-TEXT
	link add bond0 type bond mode $1 miimon 10
	link set up0 master bond0
	link set up1 master bond0
	link set bond0 address $MAC_R0 up
	TEXT
}

begin() { # PROFILE BOND-MODE
	topo_cleanup
	PORT=$((PORT + 1))
	topo_ns_new HOSTA a
	topo_ns_new HOSTB b
	topo_router_new ROUTER r
	switch
	topo_model_add "$ROUTER" profile "$1" vfs 2
	topo_must modprobe nfo_flower
	topo_must eswitch_mode switchdev
	topo_ip "$ROUTER" <<-TEXT
	link set nic0p0 name up0
	link set nic0p1 name up1
	link set nic0r0 name nic0p1
	link set nic0v0 netns $HOSTB name eth0
	link set nic0p1 address $MAC_R1 up
	TEXT
	# nobody but the bond speaks for its members: the switch learns where its address is
	topo_sysctl "$ROUTER" net.ipv6.conf.up0.disable_ipv6=1 net.ipv6.conf.up1.disable_ipv6=1
	bond "$2"
	topo_ip "$ROUTER" <<-TEXT
	addr add $R04/24 dev bond0
	addr add $R14/24 dev nic0p1
	TEXT
	topo_must ip -n "$HOSTB" link set eth0 up
	topo_host_up "$HOSTA" $MAC_A $A4 $A6 $R04 $R06
	topo_host_up "$HOSTB" $MAC_B $B4 $B6 $R14 $R16
}

ruleset() {
	topo_ruleset_text offload | sed 's/{ nic0p0, nic0p1 }/{ bond0, nic0p1 }/' |
		topo_run "$ROUTER" sh -c 'nft flush ruleset; nft -f -'
}

test_follow() { # PROFILE
	local before

	begin "$1" active-backup
	check "ruleset" ruleset
	eswitch_ready bond0 nic0p1
	check_eq "backend of the bond" "$(port_field bond0 backend)" flower
	wait_for 10 "a member is active" test -n "$(active)"
	traffic_start $B4 $PORT 100 25
	wait_for 15 "both directions are in hardware" hw_is 2
	before=$(hw_rx up0)
	wait_for 5 "the active member's hardware forwards" grows hw_rx up0 "$before"
	check_eq "the other one's does not" "$(hw_rx up1)" 0
	check "the administrator makes the other one active" topo_run "$ROUTER" sh -c \
		'echo up1 >/sys/class/net/bond0/bonding/active_slave'
	before=$(hw_tx up1)
	wait_for 15 "the other one sends" grows hw_tx up1 "$before"
	before=$(hw_rx up1)
	wait_for 15 "and receives" grows hw_rx up1 "$before"
	traffic_end now
}

# 100 ms after the failover nothing leaves by the member that is not active any more.
test_failover() { # PROFILE
	local before

	begin "$1" active-backup
	check "ruleset" ruleset
	eswitch_ready bond0 nic0p1
	traffic_receiver "$HOSTB" echo $PORT --idle 4000
	topo_bg "$HOSTA" "$TOPO_BIN/blast" ping $B4 $PORT --sport $PORT --pps 100 --seconds 20 --idle 3000
	wait_for 15 "both directions are in hardware" hw_is 2
	check "the cable of the active member is cut" topo_must ip -n "$SWITCH" link set s0 down
	wait_for 5 "the other one is active" active_is up1
	sleep 0.1
	before=$(hw_tx up0)
	sleep 0.5
	check_eq "packets to the dead member" $(($(hw_tx up0) - before)) 0
	wait_for 15 "both directions are in hardware" hw_is 2
	before=$(hw_tx up1)
	wait_for 5 "the other one sends" grows hw_tx up1 "$before"
}

# A member leaves with its rules, and may come back.
test_member() {
	begin tc active-backup
	check "ruleset" ruleset
	eswitch_ready bond0 nic0p1
	traffic_start $B4 $PORT 50 25
	wait_for 15 "both directions are in hardware" hw_is 2
	check "the backup leaves" topo_must ip -n "$ROUTER" link set up1 nomaster
	check "tc may have its rules" topo_run "$ROUTER" tc qdisc add dev up1 clsact
	check "and gives them back" topo_run "$ROUTER" tc qdisc del dev up1 clsact
	wait_for 15 "both directions are in hardware" hw_is 2
	check "it comes back" topo_must ip -n "$ROUTER" link set up1 master bond0
	check_fails "its rules are the bond's" 'ndo_setup_tc failed' topo_run "$ROUTER" tc qdisc add dev up1 clsact
	traffic_end now
	topo_run "$ROUTER" nft flush ruleset
	wait_for 10 "no rule is left" rules_are 0
}

# Which way a frame takes in another mode the hardware is not told.
test_other_mode() {
	begin tc balance-rr
	wait_for 10 "without XDP, which would send through it" modprobe -r nfo_xdp
	dmesg -C
	check_fails "ruleset" 'not supported' ruleset
	check "the log says why" grep -q 'only those of mode active-backup' <(dmesg)
}

ktap_case "tc: flows follow the active member" test_follow tc
ktap_case "mlx5: flows follow the active member" test_follow mlx5
ktap_case "failover within 100 ms" test_failover tc
ktap_case "members leave and come back" test_member
ktap_case "a bond of another mode" test_other_mode
ktap_done
