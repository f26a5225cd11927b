#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# What hypervisors have: XDP between an uplink and a tap (a virtual machine), a VLAN, a bridge port, a
# bond. nic0p0 is the uplink, a veth to host A.
#
#	            +------------- $ROUTER --------------+
#	 A eth0 ====| nic0p0  10.7.1.1      10.7.2.1 ... |==== B eth0
#	            +------------------------------------+
#
# tap	B is behind a tap; a program copies frames between the tap and B, as a virtual machine's NIC does
# br	B is behind a port of a bridge that has 10.7.2.1
# bond	two cables to a switch that B is on

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/xdp.sh"

PORT=7500

nfo() { "$NFOCTL" -n "$ROUTER" "$@"; }
ready() { nfo -j port show "$1" | grep -q '"state":"ready"'; }
hw_is() { [ "$(hw_directions "$ROUTER" udp $A4 $PORT $B4 $PORT)" = "$1" ]; }

begin() {
	topo_cleanup
	PORT=$((PORT + 1))
	topo_ns_new HOSTA a
	topo_ns_new HOSTB b
	topo_router_new ROUTER r
	topo_must ip -n "$HOSTA" link add eth0 up type veth peer name nic0p0 netns "$ROUTER"
	topo_ip "$ROUTER" <<-TEXT
	link set nic0p0 address $MAC_R0 up
	addr add $R04/24 dev nic0p0
	TEXT
	topo_host_up "$HOSTA" $MAC_A $A4 $A6 $R04 $R06
}

ruleset() { # DEV…
	local devices=$*

	{
		echo "flush ruleset"
		echo "table inet nfo_test {"
		echo "flowtable f { hook ingress priority 0; devices = { ${devices// /, } };" \
			"flags offload; counter; }"
		echo "counter forwarded { }"
		echo "chain forward { type filter hook forward priority 0; counter name forwarded"
		echo "ct state established flow add @f; }"
		echo "}"
	} | topo_run "$ROUTER" nft -f -
}

serve() { # DEV…
	local dev

	check "ruleset" ruleset "$@"
	for dev; do
		wait_for 10 "XDP serves $dev" ready "$dev"
	done
}

# Both directions go by XDP: nothing passes the forward hook.
exchange() {
	local before

	check "traffic" traffic_exchange $B4 $PORT 20
	wait_for 10 "both directions in XDP" hw_is 2
	before=$(forwarded_packets "$ROUTER")
	check "more traffic" traffic_exchange $B4 $PORT 20
	check_eq "by the stack" $(($(forwarded_packets "$ROUTER") - before)) 0
}

test_tap() {
	begin
	topo_must ip -n "$ROUTER" tuntap add nic0p1 mode tap
	topo_must ip -n "$HOSTB" link add eth0 up type veth peer name vm netns "$ROUTER"
	topo_must ip -n "$HOSTB" link set eth0 address $MAC_B
	topo_ip "$ROUTER" <<-TEXT
	link set nic0p1 address $MAC_R1 up
	link set vm up
	addr add $R14/24 dev nic0p1
	TEXT
	topo_sysctl "$ROUTER" net.ipv6.conf.vm.disable_ipv6=1
	# a virtual machine's checksums are its NIC's: finished here
	topo_must ip netns exec "$HOSTB" ethtool -K eth0 tx off
	topo_bg "$ROUTER" "$TOPO_BIN/tapwire" nic0p1 vm
	topo_host_up "$HOSTB" $MAC_B $B4 $B6 $R14 $R16
	serve nic0p0 nic0p1
	check_eq "mode" "$(xdp_mode "$ROUTER" nic0p1)" "native XDP"
	check "traffic" traffic_exchange $B4 $PORT 20
	wait_for 10 "to the machine" hw_is 1
	check "what it sends may be a tunnel's" bash -c "$NFOCTL -n $ROUTER flow | grep -q inner-csum"
	check "it is not" nfo port set nic0p1 allow +inner-csum
	exchange
}

test_vlan() {
	begin
	topo_must ip -n "$HOSTB" link add eth0 up type veth peer name nic0p1 netns "$ROUTER"
	topo_ip "$ROUTER" <<-TEXT
	link set nic0p1 address $MAC_R1 up
	link add link nic0p1 name nic0p1.5 up type vlan id 5
	addr add $R14/24 dev nic0p1.5
	TEXT
	topo_ip "$HOSTB" <<-TEXT
	link set eth0 down
	link set eth0 name cable
	link set cable up
	link add link cable name eth0 up type vlan id 5
	TEXT
	topo_host_up "$HOSTB" $MAC_B $B4 $B6 $R14 $R16
	serve nic0p0 nic0p1
	exchange
}

test_bridge() {
	begin
	topo_must ip -n "$HOSTB" link add eth0 up type veth peer name nic0p1 netns "$ROUTER"
	topo_ip "$ROUTER" <<-TEXT
	link add br0 type bridge forward_delay 0
	link set br0 address $MAC_R1 up
	link set nic0p1 master br0 up
	addr add $R14/24 dev br0
	TEXT
	topo_host_up "$HOSTB" $MAC_B $B4 $B6 $R14 $R16
	serve nic0p0 nic0p1
	exchange
}

switch_has() { topo_run "$SWITCH" ethtool -k "$1" | grep -q "^$2: $3\$"; } # DEV FEATURE VALUE
active() { topo_run "$ROUTER" cat /sys/class/net/bond0/bonding/active_slave; }
active_is() { [ "$(active)" = "$1" ]; }

test_bond() {
	begin
	topo_ns_new SWITCH s
	topo_must ip -n "$HOSTB" link add eth0 up type veth peer name sb netns "$SWITCH"
	topo_must ip -n "$SWITCH" link add s0 up type veth peer name up0 netns "$ROUTER"
	topo_must ip -n "$SWITCH" link add s1 up type veth peer name up1 netns "$ROUTER"
	topo_ip "$SWITCH" <<-TEXT
	link add br0 up type bridge forward_delay 0
	link set sb master br0 up
	link set s0 master br0
	link set s1 master br0
	TEXT
	topo_ip "$ROUTER" <<-TEXT
	link add bond0 type bond mode active-backup miimon 10
	link set up0 master bond0
	link set up1 master bond0
	link set bond0 address $MAC_R1 up
	addr add $R14/24 dev bond0
	TEXT
	topo_host_up "$HOSTB" $MAC_B $B4 $B6 $R14 $R16
	wait_for 10 "a member is active" active_is up0
	serve nic0p0 bond0
	check_eq "mode" "$(xdp_mode "$ROUTER" bond0)" "native XDP"
	exchange
	check "its cable goes" ip -n "$ROUTER" link set up0 down
	wait_for 10 "the other is active" active_is up1
	PORT=$((PORT + 1))
	exchange
	check "a member leaves" ip -n "$ROUTER" link set up0 nomaster
	check "the port goes" topo_run "$ROUTER" nft flush ruleset
	wait_for 10 "tags of the first as before" switch_has s0 tx-vlan-offload on
	wait_for 10 "of the other" switch_has s1 tx-vlan-offload on
	# flows leave by it, and it is gone while they do
	PORT=$((PORT + 1))
	serve nic0p0 bond0
	exchange
	check "polling" switch_has s1 generic-receive-offload 'on .fixed.'
	check "the bond goes" ip -n "$ROUTER" link del bond0
	wait_for 10 "polling as before" switch_has s1 generic-receive-offload off
	wait_for 10 "tags, too" switch_has s1 tx-vlan-offload on
}

# A tunnel has no ports.
test_gre() {
	begin
	topo_must ip -n "$HOSTB" link add eth0 up type veth peer name nic0p1 netns "$ROUTER"
	topo_ip "$ROUTER" <<-TEXT
	link set nic0p1 address $MAC_R1 up
	addr add $R14/24 dev nic0p1
	TEXT
	topo_host_up "$HOSTB" $MAC_B $B4 $B6 $R14 $R16
	topo_ip "$HOSTA" <<-TEXT
	link add t0 type gre local $A4 remote $B4
	addr add 10.8.0.1/24 dev t0
	link set t0 up
	TEXT
	topo_ip "$HOSTB" <<-TEXT
	link add t0 type gre local $B4 remote $A4
	addr add 10.8.0.2/24 dev t0
	link set t0 up
	TEXT
	serve nic0p0 nic0p1
	check "through the tunnel" topo_run "$HOSTA" ping -q -c 4 -i 0.2 10.8.0.2
	wait_for 10 "both directions in XDP" gre_is_hw
	PORT=$(forwarded_packets "$ROUTER")
	check "more" topo_run "$HOSTA" ping -q -c 4 -i 0.2 10.8.0.2
	check_eq "by the stack" $(($(forwarded_packets "$ROUTER") - PORT)) 0
}

gre_is_hw() { [ "$(json_count "$(nfo -j flow)" '"state":"hw"')" = 2 ]; }

modprobe -a bonding bridge tun 8021q ip_gre || topo_die "no bonding, bridge or tun in this kernel"
xdp_load
ktap_case "a tap" test_tap
ktap_case "a VLAN" test_vlan
ktap_case "a port of a bridge" test_bridge
ktap_case "a bond" test_bond
ktap_case "a GRE tunnel" test_gre
ktap_done
