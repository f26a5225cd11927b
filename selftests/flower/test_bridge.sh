#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 400
#
# Bridges with VLAN filtering above representors, and VLANs above the uplink.
#
#	 A ===| nic0p0 or nic0p0.20   R   br0.10 = br0 = [nic0p1, nic0r1] |~~~ B (VF 0), VF 1
#
# The bridge gives VF 0 its VLAN 10 untagged, or as it is on a trunk.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/eswitch.sh"

PORT=7400

hw_is() { hw_of_port_is "$PORT" "$1"; }
hw_rx() { model_stat "$ROUTER" "$1" hw.rx.packets; }

# B4's address moves to the bridge's VLAN device; UNTAGGED is "pvid untagged" or nothing.
bridge() { # [pvid untagged]
	topo_ip "$ROUTER" <<-TEXT
	addr flush dev nic0p1
	link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0 forward_delay 0
	link set nic0p1 master br0
	link set nic0r1 master br0 up
	link set br0 address $MAC_R1 up
	link add link br0 name br0.10 type vlan id 10
	link set br0.10 up
	addr add $R14/24 dev br0.10
	TEXT
	topo_must ip netns exec "$ROUTER" bridge vlan add dev br0 vid 10 self
	topo_must ip netns exec "$ROUTER" bridge vlan add dev nic0p1 vid 10 "$@"
	topo_must ip netns exec "$ROUTER" bridge vlan add dev nic0r1 vid 10
}

# B behind a tag of its own.
trunk() {
	topo_ip "$HOSTB" <<-TEXT
	addr flush dev eth0
	link add link eth0 name eth0.10 type vlan id 10
	link set eth0.10 up
	addr add $B4/24 dev eth0.10
	route add default via $R14
	TEXT
}

# A behind a tag, of which the uplink takes care.
tagged_uplink() {
	topo_ip "$ROUTER" <<-TEXT
	addr flush dev nic0p0
	link add link nic0p0 name nic0p0.20 type vlan id 20
	link set nic0p0.20 up
	addr add $R04/24 dev nic0p0.20
	TEXT
	topo_ip "$HOSTA" <<-TEXT
	addr flush dev eth0
	link add link eth0 name eth0.20 type vlan id 20
	link set eth0.20 up
	addr add $A4/24 dev eth0.20
	route add default via $R04
	TEXT
}

begin() { # PROFILE
	topo_cleanup
	eswitch_hosts "$1"
	PORT=$((PORT + 1))
}

# All of the stream but its beginning goes by way of the hardware, not a packet is lost.
offloaded() {
	local before

	check "ruleset" topo_ruleset "$ROUTER" offload
	eswitch_ready nic0p0 nic0p1
	traffic_start $B4 $PORT 50 12
	wait_for 10 "both directions are in hardware" hw_is 2
	before=$(hw_rx nic0p0)
	sleep 1
	check "the hardware forwards" test "$(hw_rx nic0p0)" -ge $((before + 20))
	traffic_end now
}

# Which of the two it is depends on the profile: exact or refused.
refused() { # REASON
	check "ruleset" topo_ruleset "$ROUTER" offload
	eswitch_ready nic0p0 nic0p1
	traffic_start $B4 $PORT 50 5
	sleep 2
	check "nothing is in hardware" hw_is 0
	check_eq "reasons" "$("$NFOCTL" -n "$ROUTER" -j flow port $PORT |
		jq -r '[.[].directions[].reason] | unique | join(" ")')" "$1"
	traffic_end
}

test_access() { begin "$1"; bridge pvid untagged; offloaded; }
test_trunk() { begin "$1"; bridge; trunk; offloaded; }
test_both() {
	begin "$1"
	bridge
	trunk
	tagged_uplink
	topo_run "$ROUTER" "$NFOCTL" port set nic0p0 allow any-tag
	topo_run "$ROUTER" "$NFOCTL" port set nic0p1 allow any-tag
	offloaded
}
test_refused() {
	begin bnxt
	bridge
	trunk
	topo_run "$ROUTER" "$NFOCTL" port set nic0p0 allow ttl-unchanged,fragments
	topo_run "$ROUTER" "$NFOCTL" port set nic0p1 allow ttl-unchanged,fragments
	refused encap
}

ktap_case "tc: an untagged bridge port" test_access tc
ktap_case "tc: a trunk" test_trunk tc
ktap_case "tc: a tag for another" test_both tc
ktap_case "mlx5: a trunk" test_trunk mlx5
ktap_case "mlx5: a tag for another" test_both mlx5
ktap_case "bnxt takes no tags" test_refused
ktap_done
