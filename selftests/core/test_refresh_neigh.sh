#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 400
#
# Law L4, neighbours: 100 ms after the next hop's MAC address changed no packet goes to the old
# one, whether it came from hardware or software; connections that use another next hop do not
# notice; and a neighbour that is resolved late brings the connection into hardware by itself.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/refresh.sh"

OLD="\$4 == \"$MAC_B\"" NEW="\$4 == \"$MAC_NEW\""

begin() { # ADDR
	neigh_flush
	check "ruleset" refresh_ruleset "nic0p0 nic0p1"
	streams "$1" near || { streams_abort; return 1; }
}

mac_of_b() { topo_must ip -n "$HOSTB" link set eth0 address "$1"; }

# B changes in silence, then the router is told: until it is, packets are lost.
move() { # WORD...
	mac_of_b $MAC_NEW
	ip -n "$ROUTER" "$@"
}

# What every change of B's MAC has to lead to.
follows() {
	in_hardware
	bystander_untouched
	streams_end
	was_before "frames to the old MAC" eth0 "$OLD"
	none_late "to the old MAC" eth0 "$OLD"
	soon "to the new MAC" eth0 "$NEW"
	losses_in_time
}

end() {
	mac_of_b $MAC_B
	neigh_flush
}

# The entry is replaced by hand, as a routing daemon or an admin does.
test_replaced() { # 4|6
	begin "$(addr_of "$1" B)" || return
	event move neigh replace "$(addr_of "$1" B)" dev nic0p1 lladdr $MAC_NEW nud reachable
	follows
	end
}

# B tells everybody: gratuitous ARP, unsolicited neighbour advertisement.
test_announced() { # 4|6
	begin "$(addr_of "$1" B)" || return
	topo_sysctl "$HOSTB" net.ipv4.conf.eth0.arp_notify=1 net.ipv6.conf.eth0.ndisc_notify=1
	event mac_of_b $MAC_NEW
	follows
	topo_sysctl "$HOSTB" net.ipv4.conf.eth0.arp_notify=0 net.ipv6.conf.eth0.ndisc_notify=0
	end
}

# The router finds out because the entry is gone.
test_deleted() { # 4|6
	begin "$(addr_of "$1" B)" || return
	event move neigh del "$(addr_of "$1" B)" dev nic0p1
	follows
	end
}

# B is deaf to ARP, but speaks: its packet makes the connection an established one, for which the
# kernel cannot build a rule. nf would not try again before a packet comes, and on Linux 6.12 not
# even then; we do when the neighbour is there.
test_late() {
	neigh_flush
	check "ruleset" refresh_ruleset "nic0p0 nic0p1"
	streams_new
	topo_ip "$HOSTB" <<-TEXT
	link set eth0 arp off
	neigh replace $R14 dev eth0 lladdr $MAC_R1 nud permanent
	TEXT
	listen_on "$HOSTB" eth0 "$TMP/eth0.log"
	server "$HOSTB" $PORT
	topo_bg "$HOSTA" "$TOPO_BIN/blast" ping $B4 $PORT --sport $PORT --pps 50 --seconds 600 \
		>"$TMP/udp.out"
	STREAM_UDP=$TOPO_PID
	wait_for 20 "the router knows the connection" ct_line_is "$ROUTER" $PORT
	check "B speaks" topo_run "$HOSTB" "$TOPO_BIN/pkt" send eth0 --dmac $MAC_R1 --src $B4 \
		--dst $A4 --sport $PORT --dport $PORT --count 5 --gap 50
	wait_for 20 "both directions are in software because of the neighbour" neigh_is_the_reason
	check_eq "in hardware" "$(hw_of_port $PORT)" 0
	topo_must ip -n "$HOSTB" link set eth0 arp on
	wait_for 20 "in hardware, without another touch" hw_of_port_is $PORT 2
	flow_json $PORT | jq -c '.[].directions[] | [.dir, .state, .dev, .out_dev]'
	kill "$STREAM_UDP"
	topo_wait "$STREAM_UDP"
	kill "${SERVERS[@]}" "${LISTENERS[@]}"
	topo_must ip -n "$HOSTB" neigh del $R14 dev eth0
}

ct_line_is() { ct_line "$1" -p udp --dport "$2" | grep -q udp; }

refresh_hosts
for family in 4 6; do
	ktap_case "IPv$family: MAC replaced in the router's table" test_replaced $family
	ktap_case "IPv$family: MAC changed and announced" test_announced $family
	ktap_case "IPv$family: entry deleted" test_deleted $family
done
ktap_case "resolved after the connection was offered" test_late
ktap_done
