#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 200
#
# Law L4, bridges: host B roams from one port of the router's bridge to another, where no hardware
# is, and back. B is a bond of two interfaces, of which one is active at a time and which drops what
# comes in by the other.
#
#     +-- $HOSTA --+     +----------------- $ROUTER -----------------+     +--- $HOSTB ---+
#     | eth0       |=====| w0 [nic0p0]   br0 10.7.2.1: nic0p1 [w1]  |=====| eth0 \ bond0 |
#     | 10.7.1.2   |     | 10.7.1.1                     x1           |=====| eth1 / .2.2  |
#     +------------+     +-------------------------------------------+     +--------------+

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/refresh.sh"

bridge_hosts() {
	topo_hosts model
	topo_need bridge iproute2
	modprobe -a bonding bridge || topo_die "no bonding or no bridge in this kernel"
	topo_must ip -n "$HOSTB" link add eth1 type veth peer name x1 netns "$ROUTER"
	topo_ip "$ROUTER" <<-TEXT
	addr flush dev nic0p1
	link add br0 address $MAC_R1 type bridge
	link set nic0p1 address 02:00:00:00:02:aa
	link set nic0p1 master br0
	link set x1 master br0
	link set x1 up
	link set br0 up
	addr add $R14/24 dev br0
	route add 10.7.9.0/24 via $B4
	TEXT
	topo_ip "$HOSTB" <<-TEXT
	link set eth0 down
	link add bond0 address $MAC_B type bond mode active-backup miimon 50
	link set eth0 master bond0
	link set eth1 master bond0
	link set bond0 up
	addr flush dev eth0
	addr add $B4/24 dev bond0
	route add default via $R14
	TEXT
}

# B speaks where it is now, and the bridge learns.
roam() { # SLAVE
	ip -n "$HOSTB" link set bond0 type bond active_slave "$1" &&
		topo_run "$HOSTB" "$TOPO_BIN/pkt" send bond0 --smac $MAC_B --dmac $MAC_R1 --src $B4 \
			--dst $R14 --dport 9
}

fdb_port() {
	bridge -n "$ROUTER" -j fdb show br br0 | jq -r ".[] | select(.mac == \"$MAC_B\") | .ifname"
}

TO_B="\$4 == \"$MAC_B\""

there_and_back() {
	check "ruleset" refresh_ruleset "nic0p0 nic0p1 nic1p0 nic1p1"
	streams $B4 far || { streams_abort; return 1; }
	listen_on "$HOSTB" eth1 "$TMP/eth1.log" --src $A4
	event roam eth1
	check_eq "where the bridge has B" "$(fdb_port)" x1
	wait_for 20 "packets come by eth1" test -s "$TMP/eth1.log"
	sleep 0.5
	event roam eth0
	sleep 0.5
}

test_roam() {
	there_and_back || return
	bystander_untouched
	streams_end
	was_before "frames by the first port" eth0 "$TO_B"
	none_late "by the first port" eth0 "$TO_B"
	soon "by the second port" eth1 "$TO_B"
	at_event 2
	none_late "by the second port" eth1 "$TO_B"
	soon "by the first port again" eth0 "$TO_B"
	losses_in_time
}

# While B is behind the second port the kernel's path ends at the bridge itself. It has to become a
# path to a port again.
test_back() {
	there_and_back || return
	in_hardware
	bystander_untouched
	streams_end
}

bridge_hosts
refresh_far
ktap_case "a host moves from port to port and back" test_roam
ktap_case "its connections are in hardware again" test_back
ktap_done
