#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 400
#
# Law L4, devices: the egress device gets another MAC address, another MTU, another name, loses its
# carrier or the address that the connection is masqueraded with. A connection between other
# devices does not notice.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/refresh.sh"

PORTS="nic0p0 nic0p1 nic1p0 nic1p1"
TO_B="\$4 == \"$MAC_B\""

begin() { # ADDR [LEN]
	check "ruleset" refresh_ruleset "$PORTS" "${MASQUERADE:-}"
	streams "$1" far ${2:+"$2"} || { streams_abort; return 1; }
}

end() {
	in_hardware
	bystander_untouched
	streams_end
}

# The port takes another address and says so, as a failover pair of routers does.
test_own_mac() { # 4|6
	local old="\$2 == \"$MAC_R1\"" new="\$2 == \"$MAC_NEW\""

	begin "$(addr_of "$1" B)" || return
	topo_sysctl "$ROUTER" net.ipv4.conf.nic0p1.arp_notify=1 net.ipv6.conf.nic0p1.ndisc_notify=1
	event ip -n "$ROUTER" link set nic0p1 address $MAC_NEW
	end
	was_before "frames from the old MAC" eth0 "$old && $TO_B"
	none_late "from the old MAC" eth0 "$old"
	soon "from the new MAC" eth0 "$new"
	losses_in_time
	topo_must ip -n "$ROUTER" link set nic0p1 address $MAC_R1
	neigh_flush
}

path_mtu_known() { ip -n "$HOSTA" "-$1" route get "$(addr_of "$1" B)" | grep -w "mtu 1300"; }

b_route_mtu() { # 4|6 [BYTES]
	local gateway=$R14

	[ "$1" = 4 ] || gateway=$R16
	topo_must ip -n "$HOSTB" "-$1" route replace default via "$gateway" ${2:+mtu "$2"}
}

# Packets of 1400 bytes. When they do not fit any more, nothing larger leaves, A is told, and sends
# less; when they fit again, they go by hardware again. B knows beforehand: a card takes in no more
# than its own MTU.
test_mtu() { # 4|6
	begin "$(addr_of "$1" B)" 1350 || return
	b_route_mtu "$1" 1300
	event ip -n "$ROUTER" link set nic0p1 mtu 1300
	wait_for 10 "A was told that 1300 bytes fit" path_mtu_known "$1"
	sleep 0.5
	event ip -n "$ROUTER" link set nic0p1 mtu 1500
	topo_must ip -n "$HOSTA" "-$1" route flush cache
	b_route_mtu "$1"
	end
	at_event 1
	was_before "large frames" eth0 "size() > 1314 && $TO_B"
	none_late "larger than the device's MTU" eth0 "size() > 1314 && $TO_B"
	at_event 2
	soon "large frames again" eth0 "\$1 > T - 20000 && $TO_B"
	[ -n "$(stream_frames eth0 "\$1 > T && size() > 1314 && $TO_B" | head -n 1)" ] ||
		fail "no large frame after the MTU was raised"
	losses_in_time
}

flow_ids() { flow_json $PORT | jq -c '[.[] | .id]'; }
egress_name() {
	flow_json $PORT | jq -r '[.[].directions[] | select(.dir == "original") | .out_dev] |
		unique | join(" ")'
}

# A name is but a name: the flows stay where they are.
test_rename() {
	local ids

	if ! rename_while_up; then
		skip "this kernel renames no device that is up"
		return
	fi
	begin $B4 || return
	ids=$(flow_ids)
	event ip -n "$ROUTER" link set nic0p1 name uplink
	check_eq "egress device as nfoctl names it" "$(egress_name)" uplink
	check_eq "port as nfoctl names it" "$("$NFOCTL" -n "$ROUTER" -j port |
		jq -r '[.[].port] | index("uplink") != null')" true
	hardware_carries || fail "not in hardware under the new name"
	check_eq "the flow" "$(flow_ids)" "$ids"
	event ip -n "$ROUTER" link set uplink name nic0p1
	end
	check_eq "packets lost" "$(said udp missing)" 0
}

rename_while_up() {
	topo_must ip -n "$FARD" link add ren0 up type veth peer name ren1
	ip -n "$FARD" link set ren0 name ren2 2>/dev/null
	local status=$?

	ip -n "$FARD" link del ren1
	return $status
}

# The address of the masquerade goes, another one of the device takes its place. What comes next is
# a new connection to B, so this is without TCP.
test_address() {
	local NO_TCP=1 MASQUERADE=masquerade

	topo_sysctl "$ROUTER" net.ipv4.conf.nic0p1.promote_secondaries=1
	topo_must ip -n "$ROUTER" addr add 10.7.2.77/24 dev nic0p1
	begin $B4 || return
	event ip -n "$ROUTER" addr del $R14/24 dev nic0p1
	end
	was_before "frames from the old address" eth0 "index(\$0, \" $R14:\")"
	none_late "from the old address" eth0 "index(\$0, \" $R14:\")"
	soon "from the other address" eth0 "index(\$0, \" 10.7.2.77:\")"
	losses_in_time
	topo_ip "$ROUTER" <<-TEXT
	addr add $R14/24 dev nic0p1
	addr del 10.7.2.77/24 dev nic0p1
	TEXT
}

# Waits in small steps, within the namespace. Without carrier it is "lowerlayerdown" or "down".
operstate_is() { # DEV PATTERN
	# shellcheck disable=SC2016 # for the inner shell
	topo_run "$ROUTER" timeout 20 bash -c 'while read -r state <"/sys/class/net/$1/operstate" &&
		[[ $state != $2 ]]; do read -rt 0.002 <> <(:); done' _ "$@"
}

cable() { # up|down: done when the kernel knows
	ip -n "$ROUTER" link set w1 "$1" && operstate_is nic0p1 "*$1"
}

# The cable is cut: the second route takes over as soon as the kernel knows, and gives back. A loss
# of carrier is known to the kernel's routes up to a second later, so that is when it happened.
test_carrier() {
	local old="$TO_B"

	topo_ip "$ROUTER" <<-TEXT
	route add 10.7.9.0/24 via $B4 dev nic0p1 metric 10
	route add 10.7.9.0/24 via $B14 dev x1 metric 20
	route del 10.7.9.0/24 via $B4 dev nic0p1 metric 0
	TEXT
	topo_must ip -n "$HOSTB" route add default via $R34 dev eth1 metric 100
	topo_sysctl "$ROUTER" net.ipv4.conf.nic0p1.ignore_routes_with_linkdown=1
	topo_sysctl "$HOSTB" net.ipv4.conf.eth0.ignore_routes_with_linkdown=1
	begin $V4 || return
	listen_on "$HOSTB" eth1 "$TMP/eth1.log" --src $A4
	event cable down
	wait_for 20 "packets come by eth1" test -s "$TMP/eth1.log"
	sleep 0.5
	event cable up
	end
	at_event 1
	was_before "frames by the port" eth0 "$old"
	none_late "by the port without carrier" eth0 "$old"
	soon "by the other device" eth1 "1"
	at_event 2
	none_late "by the other device" eth1 "1"
	soon "by the port" eth0 "$old"
	losses_in_time
	topo_ip "$ROUTER" <<-TEXT
	route add 10.7.9.0/24 via $B4 dev nic0p1
	route del 10.7.9.0/24 metric 10
	route del 10.7.9.0/24 metric 20
	TEXT
}

refresh_hosts
refresh_far
ktap_case "IPv4: the egress device's own MAC" test_own_mac 4
ktap_case "IPv6: the egress device's own MAC" test_own_mac 6
ktap_case "IPv4: MTU lowered and raised" test_mtu 4
ktap_case "IPv6: MTU lowered and raised" test_mtu 6
ktap_case "device renamed" test_rename
ktap_case "address of the masquerade removed" test_address
ktap_case "carrier lost and back" test_carrier
ktap_done
