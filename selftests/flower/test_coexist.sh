#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 400
#
# Living with tc, and with the switch: a driver has one list of flower rules per device, and some do as
# they please while hw-tc-offload is off.
#
#	 A ===| nic0p0 (uplink)   R   nic0p1 (representor) |~~~ B		see lib/eswitch.sh

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/eswitch.sh"

PORT=7100

hw_is() { hw_of_port_is "$PORT" "$1"; }
rules() { "$NFOCTL" -n "$ROUTER" -j sim | jq '.[0].used'; }
rules_are() { [ "$(rules)" = "$1" ]; }
tc() { topo_run "$ROUTER" tc "$@"; }
set_port() { topo_run "$ROUTER" "$NFOCTL" port set "$@"; }
offload() { topo_run "$ROUTER" ethtool -K "$1" hw-tc-offload "$2"; }
begin() { # PROFILE
	topo_cleanup
	eswitch_hosts "$1"
	PORT=$((PORT + 1))
}

# tc has the list: the port goes to the next backend, or stays in software, and says why. Given the
# list, it is served as soon as it is asked to be.
test_tc_first() {
	begin tc
	check "clsact" tc qdisc add dev nic0p0 clsact
	check "ruleset" topo_ruleset "$ROUTER" offload
	wait_for 20 "nic0p0 has failed" port_is nic0p0 state failed
	wait_for 20 "nic0p1 is served" port_is nic0p1 state ready
	check "it says what is in the way, and the remedy" grep -qE 'flower: busy: .*tc qdisc del dev DEV clsact' \
		<(port_field nic0p0 note)
	traffic_start $B4 $PORT 50 20
	wait_for 10 "one direction is in hardware" hw_is 1
	check_eq "reason of the other" "$("$NFOCTL" -n "$ROUTER" -j flow port $PORT |
		jq -r '.[].directions[] | select(.state == "sw") | .reason')" port-failed
	check "clsact goes" tc qdisc del dev nic0p0 clsact
	check "asked again" set_port nic0p0 backend auto
	wait_for 10 "both directions are in hardware" hw_is 2
	check_eq "nothing to tell any more" "$(port_field nic0p0 note)" ""
	traffic_end now
}

# A lesser backend takes it.
test_fall() {
	begin tc
	modprobe nfo_null prefix=nic
	check "clsact" tc qdisc add dev nic0p0 clsact
	check "ruleset" topo_ruleset "$ROUTER" offload
	eswitch_ready nic0p0 nic0p1
	check_eq "backend of nic0p0" "$(port_field nic0p0 backend)" null
	check_eq "backend of nic0p1" "$(port_field nic0p1 backend)" flower
	check "the note says why" grep -q 'flower: busy' <(port_field nic0p0 note)
	topo_run "$ROUTER" nft flush ruleset
	wait_for 10 "nfo_null can go" modprobe -r nfo_null
}

# The flowtable has the list: tc is told that it is busy, the log says by whom and what to do.
test_flowtable_first() {
	begin tc
	dmesg -C
	check "ruleset" topo_ruleset "$ROUTER" offload
	eswitch_ready nic0p0 nic0p1
	traffic_start $B4 $PORT 50 20
	wait_for 10 "both directions are in hardware" hw_is 2
	check_fails "clsact" 'ndo_setup_tc failed' tc qdisc add dev nic0p0 clsact
	check "the log names the remedy" grep -q 'nic0p0: flower .*"nfoctl port set nic0p0 backend none"' \
		<(dmesg)
	check "the port is given back" set_port nic0p0 backend none
	wait_for 10 "one direction is in hardware" hw_is 1
	check_eq "reason of the other" "$("$NFOCTL" -n "$ROUTER" -j flow port $PORT |
		jq -r '.[].directions[] | select(.state == "sw") | .reason')" no-backend
	check "clsact" tc qdisc add dev nic0p0 clsact
	check "a filter of tc's" tc filter add dev nic0p0 ingress protocol ip flower skip_sw \
		dst_ip 192.0.2.1 action drop
	check "clsact goes" tc qdisc del dev nic0p0 clsact
	check "back" set_port nic0p0 backend auto
	wait_for 10 "both directions are in hardware" hw_is 2
	traffic_end now
}

# VF representors of mlx5 have a list for flowtables beside tc's.
test_side_by_side() {
	begin mlx5
	check "clsact" tc qdisc add dev nic0p1 clsact
	check "ruleset" topo_ruleset "$ROUTER" offload
	eswitch_ready nic0p0 nic0p1
	check_eq "backend of nic0p1" "$(port_field nic0p1 backend)" native
	check_eq "backend of nic0p0" "$(port_field nic0p0 backend)" flower
	traffic_start $B4 $PORT 50 6
	wait_for 10 "both directions are in hardware" hw_is 2
	traffic_end now
}

# A driver that refuses even removals while it is off: the rules go all the same, at once.
test_switch() { # PROFILE
	begin "$1"
	check "ruleset" topo_ruleset "$ROUTER" offload
	eswitch_ready nic0p0 nic0p1
	check "allow" set_port nic0p0 allow ttl-unchanged,fragments
	check "allow" set_port nic0p1 allow ttl-unchanged,fragments
	traffic_start $B4 $PORT 50 12
	wait_for 10 "both directions are in hardware" hw_is 2
	# the representor goes by the switch of the PF: while that is off its rules could not be removed
	check "off" offload nic0p1 off
	wait_for 10 "its rule is gone" rules_are 1
	check "off" offload nic0p0 off
	wait_for 5 "both directions are in software" hw_is 0
	wait_for 5 "no rule is left in the card" rules_are 0
	check "on" offload nic0p0 on
	check "on" offload nic0p1 on
	wait_for 10 "both directions are in hardware" hw_is 2
	traffic_end now
}

# A driver that cannot be switched off while it has rules: the port can be given back first.
test_no_switch() {
	begin mlx5
	check "ruleset" topo_ruleset "$ROUTER" offload
	eswitch_ready nic0p0 nic0p1
	traffic_start $B4 $PORT 50 12
	wait_for 10 "both directions are in hardware" hw_is 2
	offload nic0p0 off >/dev/null 2>&1
	check "still on" hw_is 2
	check "given back" set_port nic0p0 backend none
	wait_for 10 "it is" port_is nic0p0 state off
	check "one direction is in hardware" hw_is 1
	# the kernel remembers that it was asked for, and does not try again
	check "on" offload nic0p0 on
	check "off" offload nic0p0 off
	check_eq "the switch" "$(topo_run "$ROUTER" ethtool -k nic0p0 |
		sed -n 's/^hw-tc-offload: //p')" off
	traffic_end now
}

# Drivers that cannot route, and those that are not to be trusted, are left alone and named.
test_unfit() { # PROFILE WORDS
	begin "$1"
	dmesg -C
	check_fails "ruleset" 'not supported' topo_ruleset "$ROUTER" offload
	check "the log says why" grep -qE "$2" <(dmesg)
}

test_sloppy() {
	begin sloppy
	check "ruleset" topo_ruleset "$ROUTER" offload
	wait_for 20 "nic0p0 has failed" port_is nic0p0 state failed
	check "it says why" grep -q 'not to be trusted' <(port_field nic0p0 note)
	check_eq "rules left in the card" "$(rules)" 0
}

topo_no_xdp
ktap_case "tc has the list" test_tc_first
ktap_case "the next backend takes the device" test_fall
ktap_case "the flowtable has the list" test_flowtable_first
ktap_case "mlx5: two lists" test_side_by_side
ktap_case "bnxt: removals while off" test_switch bnxt
ktap_case "mlx5: no switching off with rules" test_no_switch
ktap_case "ice cannot route" test_unfit ice 'flower of the ice driver rewrites no headers'
ktap_case "a driver that overlooks things" test_sloppy
ktap_done
