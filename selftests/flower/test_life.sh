#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 500
#
# Law L7 and L3 for the flower backend: VFs, representors, modes and modules come and go under traffic.
# What goes takes its rules with it, what stays goes on, in software and then in hardware again.
#
#	 A ===| nic0p0 (uplink)   R   nic0p1 (representor) |~~~ B		see lib/eswitch.sh

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/eswitch.sh"

PORT=7200

hw_is() { hw_of_port_is "$PORT" "$1"; }
rules_are() { [ "$("$NFOCTL" -n "$ROUTER" -j sim | jq '.[0].used')" = "$1" ]; }
flower_unused() { [ "$(cat /sys/module/nfo_flower/refcnt)" = 0 ]; }
vfs() { echo "$1" >"/sys/bus/${2%%/*}/devices/${2#*/}/sriov_numvfs"; }

begin() { # PROFILE
	topo_cleanup
	eswitch_hosts "$1"
	PORT=$((PORT + 1))
	check "ruleset" topo_ruleset "$ROUTER" offload
	eswitch_ready nic0p0 nic0p1
}

# A stream whose end does not matter.
stream() { # SECONDS
	traffic_receiver "$HOSTB" echo $PORT --idle 2000
	topo_bg "$HOSTA" "$TOPO_BIN/blast" ping $B4 $PORT --sport $PORT --pps 100 --seconds "$1" --idle 1000
	wait_for 15 "both directions are in hardware" hw_is 2
}

# The VF that the stream goes to is unplugged, another connection of the router is not touched.
test_unplug() {
	local dev

	begin "$1"
	dev=$(eswitch_device)
	stream 8
	check "no VFs any more" vfs 0 "$dev"
	check "the representor is gone" test ! -e "/proc/sys/net/ipv4/conf/nic0p1"
	wait_for 10 "nothing is in hardware" hw_is 0
	wait_for 10 "no rule is left" rules_are 0
	check_eq "state of the uplink" "$(port_field nic0p0 state)" ready
	check "VFs again" vfs 2 "$dev"
	topo_ip "$ROUTER" <<-TEXT
	link set nic0r0 name nic0p1
	link set nic0v0 netns $HOSTB name eth0
	TEXT
	topo_ip "$ROUTER" <<-TEXT
	link set nic0p1 address $MAC_R1 up
	addr add $R14/24 dev nic0p1
	TEXT
	topo_must ip -n "$HOSTB" link set eth0 up
	topo_host_up "$HOSTB" $MAC_B $B4 $B6 $R14 $R16
	check "ruleset" topo_ruleset "$ROUTER" offload
	eswitch_ready nic0p0 nic0p1
	PORT=$((PORT + 1))
	traffic_start $B4 $PORT 50 5
	wait_for 10 "both directions are in hardware" hw_is 2
	traffic_end
}

# Legacy and back under traffic; the representor comes back under its first name.
test_mode() { # PROFILE
	begin "$1"
	stream 6
	check "legacy" eswitch_mode legacy
	wait_for 10 "nothing is in hardware" hw_is 0
	wait_for 10 "no rule is left" rules_are 0
	check "switchdev" eswitch_mode switchdev
	topo_must ip -n "$ROUTER" link set nic0r0 name nic0p1
	topo_ip "$ROUTER" <<-TEXT
	link set nic0p1 address $MAC_R1 up
	addr add $R14/24 dev nic0p1
	TEXT
	topo_neigh "$ROUTER" nic0p1 $MAC_B $B4
	check "ruleset" topo_ruleset "$ROUTER" offload
	eswitch_ready nic0p0 nic0p1
	PORT=$((PORT + 1))
	traffic_start $B4 $PORT 50 5
	wait_for 10 "both directions are in hardware" hw_is 2
	traffic_end
}

# mlx5 does not change its mode while there are rules, guards included; given back, it does.
test_mode_busy() {
	begin mlx5
	stream 6
	check_fails "legacy with rules" 'busy' eswitch_mode legacy
	check "still in hardware" hw_is 2
	topo_run "$ROUTER" nft flush ruleset
	wait_for 10 "no rule is left, no guard either" rules_are 0
	check "legacy" eswitch_mode legacy
}

# The uplink of mlx5 stays in its flowtable while the mode changes: it attaches anew by itself, and sends
# to the other uplink, through a hairpin.
test_mode_anew() {
	begin mlx5
	check "legacy" eswitch_mode legacy
	topo_ip "$ROUTER" <<-TEXT
	link set nic0up name nic0p1
	link set nic0p1 address $MAC_R1 up
	addr add $R14/24 dev nic0p1
	TEXT
	topo_ip "$HOSTB" <<-TEXT
	link set eth0 down
	link set eth0 name vf0
	link set far1 down
	link set far1 name eth0
	link set eth0 up
	TEXT
	topo_host_up "$HOSTB" $MAC_B $B4 fd07:2::3 $R14 $R16
	check "the other uplink joins" topo_run "$ROUTER" nft add flowtable inet nfo_test f \
		'{ hook ingress priority 0; devices = { nic0p1 }; flags offload; counter; }'
	eswitch_ready nic0p0 nic0p1
	traffic_start $B4 $PORT 50 12
	wait_for 10 "hairpin: both directions are in hardware" hw_is 2
	traffic_end now
}

# A reset: the card has lost all rules and nobody was told. What was counted is not lost in the model.
test_reset() {
	begin "$1"
	traffic_start $B4 $PORT 100 15
	wait_for 10 "both directions are in hardware" hw_is 2
	check "reset" topo_run "$ROUTER" "$NFOCTL" sim reset nic0
	wait_for 10 "it is noticed, and they come back" rules_back
	wait_for 10 "both directions are in hardware" hw_is 2
	traffic_end now
}
rules_back() { [ "$("$NFOCTL" -n "$ROUTER" -j sim | jq '.[0].used')" -ge 2 ]; }

# The driver goes, under traffic, with its ports in a flowtable.
test_unload() {
	begin "$1"
	stream 4
	check "the driver goes" modprobe -r nfo_sim
	wait_for 10 "the backend is free" flower_unused
	check "the backend goes" modprobe -r nfo_flower
}

# The namespace goes, with the rules in it.
test_netns() {
	begin "$1"
	stream 2
	topo_cleanup
	wait_for 10 "the backend is free" flower_unused
}

ktap_case "VFs are unplugged" test_unplug tc
ktap_case "mode legacy and back" test_mode tc
ktap_case "reset" test_reset tc
ktap_case "mlx5: VFs are unplugged" test_unplug mlx5
ktap_case "mlx5: reset, guards come back" test_reset mlx5
ktap_case "mlx5: busy" test_mode_busy
ktap_case "mlx5: another mode, another profile" test_mode_anew
ktap_case "the driver is unloaded" test_unload mlx5
ktap_case "the namespace goes" test_netns tc
ktap_done
