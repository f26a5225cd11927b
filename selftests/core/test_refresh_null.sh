#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 200
#
# Law L4 where the model has no hardware for it: VLAN sub-interfaces and a bond as the flowtable's
# device. The test backend takes every rule and forwards nothing, so packets go by software and the
# rules that the backend is given are what is looked at.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/refresh.sh"

PARAM=/sys/module/nfo_null/parameters

param() { cat "$PARAM/$1"; }
grew() { [ "$(param "$1")" -gt "$2" ]; }

hosts() {
	topo_provider
	modprobe nfo_null prefix= || topo_die "no nfo_null"
	topo_hosts plain
	topo_sysctl "$ROUTER" net.netfilter.nf_conntrack_acct=1
}

ct_line_is() { ct_line "$1" -p udp --dport "$2" | grep -q udp; }

# nf builds the rule of such a connection for the VLAN device, without the tag, and repeats it for
# as long as the connection lives. In hardware it may be only with the device below.
test_vlan_late() {
	local dirs

	hosts
	topo_ip "$ROUTER" <<-TEXT
	addr flush dev nic0p1
	link add link nic0p1 name nic0p1.10 type vlan id 10
	link set nic0p1.10 up
	addr add $R14/24 dev nic0p1.10
	TEXT
	topo_ip "$HOSTB" <<-TEXT
	addr flush dev eth0
	link add link eth0 name eth0.10 type vlan id 10
	link set eth0.10 arp off
	link set eth0.10 up
	addr add $B4/24 dev eth0.10
	route add default via $R14
	neigh replace $R14 dev eth0.10 lladdr $MAC_R1 nud permanent
	TEXT
	check "ruleset" refresh_ruleset "nic0p0 nic0p1"
	streams_new
	server "$HOSTB" $PORT
	topo_bg "$HOSTA" "$TOPO_BIN/blast" ping $B4 $PORT --sport $PORT --pps 50 --seconds 600 \
		>"$TMP/udp.out"
	wait_for 20 "the router knows the connection" ct_line_is "$ROUTER" $PORT
	check "B speaks" topo_run "$HOSTB" "$TOPO_BIN/pkt" send eth0.10 --dmac $MAC_R1 --src $B4 \
		--dst $A4 --sport $PORT --dport $PORT --count 5 --gap 50
	wait_for 20 "in software because of the neighbour" neigh_is_the_reason
	topo_must ip -n "$HOSTB" link set eth0.10 arp on
	wait_for 20 "in hardware, without another touch" hw_of_port_is $PORT 2
	dirs=$(flow_json $PORT | jq -c '[.[].directions[] | select(.state == "hw") |
		[.dir, .dev, .out_dev]] | sort')
	check_eq "devices of the rules" "$dirs" \
		'[["original","nic0p0","nic0p1"],["reply","nic0p1","nic0p0"]]'
	topo_cleanup
}

# The bond's active member changes. Its peers are the two ports of a bridge at B.
test_bond() {
	local added deleted

	hosts
	modprobe -a bonding bridge || topo_die "no bonding or no bridge in this kernel"
	topo_must ip -n "$HOSTB" link add eth1 up type veth peer name x1 netns "$ROUTER"
	topo_ip "$ROUTER" <<-TEXT
	addr flush dev nic0p1
	link set nic0p1 down
	link add bond0 address $MAC_R1 type bond mode active-backup miimon 50
	link set nic0p1 master bond0
	link set x1 master bond0
	link set bond0 up
	addr add $R14/24 dev bond0
	TEXT
	topo_ip "$HOSTB" <<-TEXT
	addr flush dev eth0
	link add br0 address $MAC_B type bridge
	link set eth0 address 02:00:00:00:02:ab
	link set eth0 master br0
	link set eth1 master br0
	link set br0 up
	addr add $B4/24 dev br0
	route add default via $R14
	TEXT
	check "ruleset" refresh_ruleset "nic0p0 bond0"
	streams_new
	listen_on "$HOSTB" eth0 "$TMP/eth0.log" --src $A4
	listen_on "$HOSTB" eth1 "$TMP/eth1.log" --src $A4
	server "$HOSTB" $PORT
	topo_bg "$HOSTA" "$TOPO_BIN/blast" ping $B4 $PORT --sport $PORT --pps $STREAM_PPS \
		--seconds 600 >"$TMP/udp.out"
	STREAM_UDP=$TOPO_PID
	wait_for 20 "rules arrive at the backend" grew flows 0
	"$NFOCTL" -n "$ROUTER" -j flow port $PORT | jq -c '.[].directions[] | [.dir, .state, .reason]'
	added=$(param added)
	deleted=$(param deleted)
	event ip -n "$ROUTER" link set bond0 type bond active_slave x1
	wait_for 20 "rules were taken out ($deleted so far)" grew deleted "$deleted"
	wait_for 20 "and put in again ($added so far)" grew added "$added"
	kill "$STREAM_UDP"
	topo_wait "$STREAM_UDP"
	echo "UDP: $(cat "$TMP/udp.out")"
	was_before "frames by the first member" eth0 1
	none_late "by the first member" eth0 1
	soon "by the second member" eth1 1
	losses_in_time
	topo_cleanup
}

ktap_case "VLAN: resolved after the connection was offered" test_vlan_late
ktap_case "bond: another active member" test_bond
wait_for 30 "the test backend can be removed" modprobe -r nfo_null
ktap_done
