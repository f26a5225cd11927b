#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 600
#
# The model as a card with an eswitch: devlink, ip, ethtool and sysfs do with it what they do with
# any card, and its functions reach each other by the slow path. Law L7: it may all go at any time.
#
#   +-- $HOST --+      +--------------- $HYP ---------------+
#   | h0        |======| w0 [wire | nic0p0]  nic0r0  nic0r1 |      representors: switchdev mode only
#   | 10.8.0.9  | veth |                        :       :   |
#   | h1        |======| w1 [wire | nic0p1]     :       :   |
#   +-----------+      +------------------------:-------:---+
#                               | nic0v0 10.8.0.10     nic0v1 10.8.0.11 |
#                               +------ $VM0 ------+ +------ $VM1 ------+

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"

HOST4=10.8.0.9 VM04=10.8.0.10 VM14=10.8.0.11 HYP4=10.8.0.1

# ---- the card

# A namespace that says nothing by itself.
quiet_ns() { # VARIABLE NAME
	topo_ns_new "$1" "$2"
	topo_sysctl "${!1}" net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
}

# The card in its hypervisor, and a host on either wire.
card() { # [SUFFIX]
	quiet_ns HOST "host$1"
	quiet_ns HYP "hyp$1"
	topo_wires "$HYP" none "$HOST" h0 "$HOST" h1
	CARD=$("$NFOCTL" -n "$HYP" -j sim | jq -r '.[0].device')
}

# topo_wires makes the card by this.
topo_model_add() { # NS
	[ -x "$NFOCTL" ] || topo_die "$NFOCTL is missing: make tools"
	modprobe nfo_sim || topo_die "nfo_sim cannot be loaded"
	topo_ip "$1" <<-TEXT
	link set w0 up
	link set w1 up
	TEXT
	topo_must topo_run "$1" "$NFOCTL" sim add nic0 wire w0 wire w1 "${CARD_ARGS[@]}"
}

plain_card() { # [ARG of "sim add"…]
	CARD_ARGS=("$@")
	card
}

# A card with its functions in two guests, all in one subnet.
guests() {
	plain_card vfs 2
	quiet_ns VM0 vm0
	quiet_ns VM1 vm1
	topo_ip "$HOST" <<<"addr add $HOST4/24 dev h0"
	topo_ip "$HYP" <<-TEXT
	link set nic0p0 up
	link set nic0p1 up
	link set nic0v0 netns $VM0
	link set nic0v1 netns $VM1
	TEXT
	guest_up "$VM0" nic0v0 $VM04
	guest_up "$VM1" nic0v1 $VM14
}

# Its address is known from the IP address: who knew it before a change still does.
guest_up() { # NS DEV ADDR
	topo_ip "$1" <<-TEXT
	addr add $3/24 dev $2
	link set $2 address 02:00:00:00:08:${3##*.}
	link set $2 up
	TEXT
}


card_ip() { topo_run "$HYP" ip "$@"; }
card_devlink() { topo_run "$HYP" devlink "$@"; }
mode() { card_devlink dev eswitch set "$CARD" mode "$1"; }
mode_is() { [ "$(card_devlink -j dev eswitch show "$CARD" | jq -r '.dev[].mode')" = "$1" ]; }
sysfs() { echo "/sys/bus/nfo_sim/devices/${CARD#*/}/$1"; }
vfs() { echo "$1" >"$(sysfs sriov_numvfs)"; }
counter() { topo_run "$HYP" ethtool -S "$1" | awk -v key="$2:" '$1 == key { print $2 }'; }
# The kernel's link watch tells of a carrier up to a second after it went.
carrier_is() { [ "$(topo_run "$1" cat "/sys/class/net/$2/carrier")" = "$3" ]; }

mac() { topo_run "$1" cat "/sys/class/net/$2/address"; }

# "INDEX NETDEV FLAVOUR VF" per port.
ports() {
	card_devlink -j port show | jq -r '.port | to_entries[] |
		"\(.key | split("/")[2]) \(.value.netdev) \(.value.flavour) \(.value.vfnum // "-")"'
}

link_names() { # NS PREFIX
	topo_run "$1" ls /sys/class/net | grep "^$2" | paste -sd' '
}

reaches() { topo_run "$1" ping -q -c 1 -W 2 "$2"; }

# Both ways: who was asked knows who asks.
reach_all() {
	wait_for 20 "VM0 reaches VM1" reaches "$VM0" $VM14
	wait_for 20 "VM1 reaches the host" reaches "$VM1" $HOST4
	wait_for 20 "the host reaches VM0" reaches "$HOST" $VM04
	wait_for 20 "the hypervisor reaches VM0" reaches "$HYP" $VM04
}

# The hypervisor's end of the subnet: a bridge over the uplink and the representors.
bridge() {
	topo_ip "$HYP" <<-TEXT
	link add br0 type bridge
	addr flush dev nic0p0
	link set nic0p0 master br0
	link set nic0r0 master br0 up
	link set nic0r1 master br0 up
	addr add $HYP4/24 dev br0
	link set br0 up
	TEXT
}

rule() { # DEV KEYS… ; frames that come in by DEV go out by TO
	topo_run "$HYP" tc filter add dev "$1" ingress protocol ip pref 1 flower skip_sw "${@:2}" \
		action mirred egress redirect dev "$TO"
}


# A new one, without what the last one may still have.
qdisc() { # DEV
	topo_run "$HYP" tc qdisc del dev "$1" clsact 2>/dev/null
	topo_run "$HYP" tc qdisc add dev "$1" clsact
}

rules_used() { "$NFOCTL" -n "$HYP" -j sim | jq '.[].used'; }
hardware_works() { [ "$(model_hw_packets "$HYP")" -gt 0 ]; }

# What VM0 and the host say to each other is the hardware's.
hardware() {
	check "qdisc" qdisc nic0r0
	check "qdisc" qdisc nic0p0
	TO=nic0p0 check "from the VF" rule nic0r0 dst_mac "$(mac "$HOST" h0)"
	TO=nic0r0 check "to the VF" rule nic0p0 dst_mac "$(mac "$VM0" nic0v0)"
}

# Frames without an end, to the other guest and to the wire.
traffic() {
	topo_bg "$VM0" ping -q -i 0.02 $VM14 >/dev/null 2>&1
	topo_bg "$VM1" ping -q -i 0.02 $HOST4 >/dev/null 2>&1
	topo_bg "$HOST" ping -q -i 0.02 $VM04 >/dev/null 2>&1
}

# The same for namespaces that are to die: nobody is in them.
traffic_from_host() {
	topo_bg "$HOST" ping -q -i 0.02 $VM04 >/dev/null 2>&1
	topo_bg "$HOST" ping -q -i 0.02 $VM14 >/dev/null 2>&1
}

# ---- what it is

test_identity() {
	plain_card
	check_eq "driver" "$(topo_run "$HYP" ethtool -i nic0p0 | sed -n 's/^driver: //p')" nfo_sim
	check_eq "bus" "nfo_sim/$(topo_run "$HYP" ethtool -i nic0p0 | sed -n 's/^bus-info: //p')" "$CARD"
	check_eq "devlink" "$(card_devlink -j dev | jq -r '.dev | keys[]')" "$CARD"
	check_eq "mode" "$("$NFOCTL" -n "$HYP" -j sim | jq -r '.[].mode')" legacy
	check_eq "profile" "$("$NFOCTL" -n "$HYP" -j sim | jq -r '.[].profile')" generic
	check_fails "no such profile" 'no profile "nonesuch", but generic .* ice ' topo_run "$HYP" \
		"$NFOCTL" sim add nic1 wire w0 wire w1 profile nonesuch
	topo_cleanup
}

test_drivers() {
	local profile driver

	while read -r profile driver; do
		plain_card profile "$profile"
		check_eq "driver of $profile" \
			"$(topo_run "$HYP" ethtool -i nic0p1 | sed -n 's/^driver: //p')" "$driver"
		check_eq "shown" "$("$NFOCTL" -n "$HYP" -j sim | jq -r '.[].profile')" "$profile"
		topo_cleanup
		wait_for 20 "$profile is gone" no_cards
	done <<-TEXT
	generic nfo_sim
	tc nfo_sim_tc
	sloppy nfo_sim_sloppy
	mlx5 mlx5_core
	nfp nfp
	sfc sfc_ef100
	cxgb4 cxgb4
	bnxt bnxt_en
	ice ice
	TEXT
}

no_cards() { [ -z "$(ls /sys/bus/nfo_sim/devices)" ]; }

# Names of devices are the machine's, those of models a namespace's.
test_same_name() {
	local other

	plain_card
	check_eq "the first one" "$CARD" nfo_sim/nic0
	other=$HYP
	card 2
	check_eq "the second one" "$CARD" nfo_sim/nic0.1
	check "its mode is its own" mode switchdev
	check_eq "the first one's" \
		"$(topo_run "$other" devlink -j dev eswitch show nfo_sim/nic0 | jq -r '.dev[].mode')" legacy
	check_fails "it is not seen from there" "No such device" \
		topo_run "$other" devlink dev eswitch show nfo_sim/nic0.1
	topo_cleanup
}

# ---- modes, ports, functions

test_modes() {
	local i

	plain_card vfs 2
	check_eq "netdevs" "$(link_names "$HYP" nic0)" "nic0p0 nic0p1 nic0v0 nic0v1"
	for i in 1 2; do
		check "to switchdev" mode switchdev
		check "shown" mode_is switchdev
		check_eq "netdevs" "$(link_names "$HYP" nic0)" \
			"nic0p0 nic0p1 nic0r0 nic0r1 nic0v0 nic0v1"
		check "to legacy" mode legacy
		check "shown" mode_is legacy
		check_eq "netdevs" "$(link_names "$HYP" nic0)" "nic0p0 nic0p1 nic0v0 nic0v1"
		check "to legacy once more" mode legacy
	done
	topo_cleanup
}

# Of all ports, as sysfs has it in the namespace of the card.
port_attr() { topo_run "$HYP" sh -c "cat /sys/class/net/nic0[pr]?/$1"; }

test_ports() {
	local id

	plain_card vfs 2
	check_eq "in legacy mode" "$(ports)" $'0 nic0p0 physical -\n1 nic0p1 physical -'
	check "mode" mode switchdev
	check_eq "in switchdev mode" "$(ports)" $'0 nic0p0 physical -\n1 nic0p1 physical -\n'$(
		)$'2 nic0r0 pcivf 0\n3 nic0r1 pcivf 1'
	check_eq "names of ports" "$(port_attr phys_port_name | paste -sd' ')" \
		"p0 p1 pf0vf0 pf0vf1"
	id=$(topo_run "$HYP" cat /sys/class/net/nic0p0/phys_switch_id)
	check "an id" test -n "$id"
	check_eq "one switch" "$(port_attr phys_switch_id | sort -u)" "$id"
	check_fails "a VF is on no switch" "not supported" topo_run "$HYP" \
		cat /sys/class/net/nic0v0/phys_switch_id
	check_eq "parent of a representor" \
		"$(basename "$(topo_run "$HYP" readlink -f /sys/class/net/nic0r1/device)")" "${CARD#*/}"
	check_eq "kinds" "$("$NFOCTL" -n "$HYP" -j sim | jq -c '[.[].ports[] | [.kind, .vf]]')" \
		'[["uplink",null],["uplink",null],["rep",0],["rep",1]]'
	check "a port is renamed" card_ip link set nic0p0 name up0
	check "devlink knows" test "$(ports | head -n 1)" = "0 up0 physical -"
	topo_cleanup
}

test_bnxt_id() {
	plain_card profile bnxt
	check_fails "no id in legacy mode" "not supported" topo_run "$HYP" \
		cat /sys/class/net/nic0p0/phys_switch_id
	check "mode" mode switchdev
	check "an id in switchdev mode" topo_run "$HYP" cat /sys/class/net/nic0p0/phys_switch_id
	check "a port is renamed" card_ip link set nic0p0 name up0
	check "mode" mode legacy
	check_fails "none again" "not supported" topo_run "$HYP" \
		cat /sys/class/net/up0/phys_switch_id
	topo_cleanup
}

test_no_eswitch() {
	plain_card profile cxgb4 vfs 1
	check_eq "show" "$(card_devlink -j dev eswitch show "$CARD" | jq -c '.dev[]')" "{}"
	check_fails "set" "not supported" mode switchdev
	check_eq "mode" "$("$NFOCTL" -n "$HYP" -j sim | jq -r '.[].mode')" null
	topo_cleanup
}

test_mode_busy() {
	plain_card profile mlx5 vfs 2
	check "mode" mode switchdev
	check "qdisc" qdisc nic0r0
	TO=nic0p0 check "a rule" rule nic0r0 ip_proto udp
	check_fails "mlx5 waits until the rules are gone" "the eswitch is busy" mode legacy
	check "shown" mode_is switchdev
	check "no rule" topo_run "$HYP" tc filter del dev nic0r0 ingress
	check "now it can" mode legacy
	topo_cleanup
	plain_card vfs 2
	check "mode" mode switchdev
	check "qdisc" qdisc nic0p0
	TO=nic0r0 check "a rule" rule nic0p0 ip_proto udp
	TO=nic0p1 check "one for the uplinks" rule nic0p0 ip_proto tcp
	check "the others remove them" mode legacy
	check_eq "but those that name no representor" "$(rules_used)" 1
	topo_cleanup
}

hw_addr() { card_devlink -j port show "$CARD/2" | jq -r '.port[].function.hw_addr'; }
test_hw_addr() {
	plain_card vfs 2
	check "elsewhere" card_ip link set nic0v0 netns "$HOST"
	check "mode" mode switchdev
	check_eq "the function's is the VF's" "$(hw_addr)" "$(mac "$HOST" nic0v0)"
	check "set" card_devlink port function set "$CARD/2" hw_addr 02:00:00:00:0a:0a
	check_eq "shown" "$(hw_addr)" 02:00:00:00:0a:0a
	check_eq "the VF has it" "$(mac "$HOST" nic0v0)" 02:00:00:00:0a:0a
	check_fails "not of an uplink" "." card_devlink port function set "$CARD/0" \
		hw_addr 02:00:00:00:0a:0b
	check_fails "not a multicast address" "." card_devlink port function set "$CARD/2" \
		hw_addr 03:00:00:00:0a:0b
	check "mode" mode legacy
	check "mode" mode switchdev
	check_eq "it stays" "$(hw_addr)" 02:00:00:00:0a:0a
	topo_cleanup
}

# ---- the number of VFs

set_vfs() { vfs "$1" 2>&1; }

test_numvfs() {
	plain_card
	check_eq "at first" "$(cat "$(sysfs sriov_numvfs)")" 0
	check_eq "at most" "$(cat "$(sysfs sriov_totalvfs)")" 64
	check "up" set_vfs 3
	check_eq "netdevs" "$(link_names "$HYP" nic0v)" "nic0v0 nic0v1 nic0v2"
	check_eq "shown" "$("$NFOCTL" -n "$HYP" -j sim | jq '.[].vfs')" 3
	check_fails "not from one number to another" "busy" set_vfs 2
	check_fails "too many" "." set_vfs 65
	check_fails "no number" "." set_vfs few
	check "the same" set_vfs 3
	check "none" set_vfs 0
	check_eq "netdevs" "$(link_names "$HYP" nic0v)" ""
	check "mode" mode switchdev
	check "a name is taken" card_ip link add nic0r1 type dummy
	check_fails "so it does not work" "exist" set_vfs 2
	check_eq "all or nothing" "$(link_names "$HYP" 'nic0[vr]')" nic0r1
	check "the name is free" card_ip link del nic0r1
	check "all there can be" set_vfs 64
	check_eq "representors" "$("$NFOCTL" -n "$HYP" -j sim | jq '[.[].ports[] | .vf] | max')" 63
	check "with two models that list is still right" topo_run "$HYP" sh -c "
		ip link add w2 up type veth peer name x2 && ip link add w3 up type veth peer name x3 &&
		$NFOCTL sim add nic1 wire w2 wire w3 vfs 1"
	check_eq "ports" "$("$NFOCTL" -n "$HYP" -j sim | jq -c '[.[].ports | length]')" "[66,2]"
	topo_cleanup
}

# ---- frames

received_by_vm1() { topo_run "$VM1" cat /sys/class/net/nic0v1/statistics/rx_packets; }

test_legacy_switch() {
	local before

	guests
	topo_ip "$HYP" <<<"addr add $HYP4/24 dev nic0p0"
	reach_all
	check "the host reaches the hypervisor" reaches "$HOST" $HYP4
	# what is for one is for no other
	before=$(received_by_vm1)
	check "VM0 to the host" topo_run "$VM0" ping -q -c 50 -i 0.01 $HOST4
	check "VM1 saw nothing of it, but perhaps ARP" test $(($(received_by_vm1) - before)) -lt 10
	check "the uplink's netdev goes down" card_ip link set nic0p0 down
	check "its VFs do not mind" reaches "$VM0" $HOST4
	topo_cleanup
}

test_switchdev_bridge() {
	local sent received

	guests
	check "mode" mode switchdev
	bridge
	reach_all
	sent=$(counter nic0r0 vf_tx_packets) received=$(counter nic0r1 vf_rx_packets)
	check "VM0 to VM1" topo_run "$VM0" ping -q -c 10 -i 0.01 $VM14
	check "VM0 sent so many" test $(($(counter nic0r0 vf_tx_packets) - sent)) -ge 10
	check "VM1 received so many" test $(($(counter nic0r1 vf_rx_packets) - received)) -ge 10
	check "a representor receives what its VF sent" \
		test "$(card_ip -j -s link show nic0r0 | jq '.[].stats64.rx.packets')" = \
		"$(counter nic0r0 vf_tx_packets)"
	check_eq "the table did none of it" "$(model_hw_packets "$HYP")" 0
	topo_cleanup
}

test_switchdev_routed() {
	guests
	check "mode" mode switchdev
	topo_sysctl "$HYP" net.ipv4.ip_forward=1
	topo_ip "$HYP" <<-TEXT
	addr add 10.8.2.1/24 dev nic0r0
	addr add 10.8.3.1/24 dev nic0r1
	link set nic0r0 up
	link set nic0r1 up
	TEXT
	guest_up "$VM0" nic0v0 10.8.2.2
	guest_up "$VM1" nic0v1 10.8.3.2
	topo_ip "$VM0" <<<"route add 10.8.3.0/24 via 10.8.2.1"
	topo_ip "$VM1" <<<"route add 10.8.2.0/24 via 10.8.3.1"
	wait_for 20 "the hypervisor" reaches "$VM0" 10.8.2.1
	wait_for 20 "through it" reaches "$VM0" 10.8.3.2
	check "VM1 counts" test "$(counter nic0r1 vf_rx_packets)" -ge 1
	topo_cleanup
}

test_carrier() {
	guests
	wait_for 10 "legacy: the wire has a link" carrier_is "$VM0" nic0v0 1
	check "the wire loses it" topo_run "$HOST" ip link set h0 down
	wait_for 10 "so do the VFs" carrier_is "$VM0" nic0v0 0
	check "the wire has it again" topo_run "$HOST" ip link set h0 up
	wait_for 10 "so have the VFs" carrier_is "$VM0" nic0v0 1
	check "mode" mode switchdev
	wait_for 10 "the representor is down" carrier_is "$VM0" nic0v0 0
	check "up" card_ip link set nic0r0 up
	wait_for 10 "now it has a link" carrier_is "$VM0" nic0v0 1
	wait_for 10 "and the representor" carrier_is "$HYP" nic0r0 1
	check "the VF goes down" topo_run "$VM0" ip link set nic0v0 down
	wait_for 10 "the representor sees it" carrier_is "$HYP" nic0r0 0
	check "mode" mode legacy
	check "up" topo_run "$VM0" ip link set nic0v0 up
	wait_for 10 "legacy: the wire's" carrier_is "$VM0" nic0v0 1
	topo_cleanup
}

# What is too large for a VF does not get there.
test_mtu() {
	guests
	check "mode" mode switchdev
	bridge
	reach_all
	check "1400 for the VF" topo_run "$VM0" ip link set nic0v0 mtu 1400
	check "that much" topo_run "$HOST" ping -q -c 1 -W 5 -M "do" -s 1372 $VM04
	check_fails "no more" "100% packet loss" topo_run "$HOST" ping -q -c 1 -W 1 -M "do" -s 1373 $VM04
	check "it was counted" test "$(counter nic0r0 tx_dropped)" -ge 1
	topo_cleanup
}

# ---- everything may go, at any time

test_numvfs_under_traffic() {
	local i

	guests
	check "mode" mode switchdev
	bridge
	reach_all
	traffic
	for i in 1 2; do
		hardware
		wait_for 20 "the hardware forwards" hardware_works
		check "no VFs" set_vfs 0
		check_eq "not in the guest either" "$(link_names "$VM0" nic0)" ""
		check "two VFs" set_vfs 2
		topo_ip "$HYP" <<-TEXT
		link set nic0v0 netns $VM0
		link set nic0v1 netns $VM1
		link set nic0r0 master br0 up
		link set nic0r1 master br0 up
		TEXT
		guest_up "$VM0" nic0v0 $VM04
		guest_up "$VM1" nic0v1 $VM14
		reach_all
	done
	topo_cleanup
}

test_mode_under_traffic() {
	local i

	guests
	topo_ip "$HYP" <<<"addr add $HYP4/24 dev nic0p0"
	traffic
	for i in 1 2; do
		check "mode" mode switchdev
		bridge
		hardware
		reach_all
		check "mode" mode legacy
		check "rules" topo_run "$HYP" tc qdisc del dev nic0p0 clsact
		topo_ip "$HYP" <<-TEXT
		link del br0
		addr add $HYP4/24 dev nic0p0
		TEXT
		reach_all
	done
	topo_cleanup
}

# A guest dies first: its VF comes back to the initial namespace, and goes with the model.
test_guest_dies() {
	guests
	check "mode" mode switchdev
	bridge
	hardware
	reach_all
	traffic_from_host
	check "VM0 is removed" ip netns del "$VM0"
	wait_for 20 "its VF is back" test -e /sys/class/net/nic0v0
	check_eq "the representor is still there" "$(link_names "$HYP" nic0r)" "nic0r0 nic0r1"
	check "no VFs" set_vfs 0
	check "it went" test ! -e /sys/class/net/nic0v0
	topo_cleanup
}

no_vf_in_vm0() { [ -z "$(link_names "$VM0" nic0)" ]; }

# The hypervisor dies first, with VFs elsewhere and frames under way.
test_hypervisor_dies() {
	guests
	check "mode" mode switchdev
	bridge
	hardware
	reach_all
	traffic_from_host
	check "the hypervisor is removed" ip netns del "$HYP"
	wait_for 20 "the VF is gone" no_vf_in_vm0
	wait_for 20 "the card is gone" no_cards
	topo_cleanup
}

# Not in the initial namespace either.
no_functions() { ! compgen -G '/sys/class/net/nic0*'; }

# All of them at once, in one go of the kernel's as often as not.
test_all_die() {
	local i

	for i in 1 2; do
		guests
		[ $((i % 2)) = 0 ] || check "mode" mode switchdev
		traffic_from_host
		case $i in
		1) ip netns del "$VM0" && ip netns del "$HYP" && ip netns del "$VM1" ;;
		2) ip netns del "$HYP" && ip netns del "$VM1" && ip netns del "$VM0" ;;
		3) ip netns del "$VM1" && ip netns del "$VM0" && ip netns del "$HYP" ;;
		esac
		topo_cleanup
		wait_for 20 "the card is gone" no_cards
		wait_for 20 "and its functions" no_functions
	done
}

test_model_goes() {
	guests
	check "mode" mode switchdev
	bridge
	hardware
	reach_all
	traffic
	check "the model is removed" topo_run "$HYP" "$NFOCTL" sim del nic0
	check_eq "netdevs" "$(link_names "$HYP" nic0)$(link_names "$VM0" nic0)" ""
	check_eq "devlink" "$(card_devlink dev)" ""
	check "the card is gone" no_cards
	topo_cleanup
}

test_module_goes() {
	guests
	check "mode" mode switchdev
	bridge
	hardware
	reach_all
	traffic
	check "rmmod" rmmod nfo_sim
	check_eq "netdevs" "$(link_names "$HYP" nic0)$(link_names "$VM0" nic0)" ""
	check "no bus" test ! -e /sys/bus/nfo_sim
	topo_cleanup
}

# Whoever is at it when the model goes gets an error, and nothing worse.
test_races() {
	local i

	for i in 1 2; do
		plain_card vfs 4
		topo_bg "$HYP" sh -c "while devlink dev eswitch set $CARD mode switchdev &&
			devlink dev eswitch set $CARD mode legacy; do :; done" 2>/dev/null
		topo_bg "$HYP" sh -c "while echo 0 >$(sysfs sriov_numvfs) &&
			echo 4 >$(sysfs sriov_numvfs); do :; done" 2>/dev/null
		topo_bg "$HYP" sh -c "while devlink port >/dev/null && $NFOCTL sim >/dev/null; do
			devlink -j dev | grep -q nfo_sim || break; done" 2>/dev/null
		wait_for 30 "they are at it" mode_is switchdev
		check "the model is removed" topo_run "$HYP" "$NFOCTL" sim del nic0
		check "the card is gone" no_cards
		topo_cleanup
	done
}

# ---- the device that does not answer

reporter() { # FIELD
	card_devlink -j health show "$CARD" reporter fw | jq -r ".health[][].$1"
}

test_health() {
	plain_card vfs 1
	check_eq "state" "$(reporter state)" healthy
	check_eq "by itself it does not recover" "$(reporter auto_recover)" false
	check "wedge" topo_run "$HYP" "$NFOCTL" sim set nic0 wedge on
	check_eq "state" "$(reporter state)" error
	check_eq "errors" "$(reporter error)" 1
	check_fails "it does not answer" "." mode switchdev
	check_fails "at all" "." set_vfs 0
	check "recover" card_devlink health recover "$CARD" reporter fw
	check_eq "state" "$(reporter state)" healthy
	check_eq "recovered" "$(reporter recover)" 1
	check_eq "it answers" "$("$NFOCTL" -n "$HYP" -j sim | jq '.[].wedge')" false
	check "mode" mode switchdev
	check "wedge" topo_run "$HYP" "$NFOCTL" sim set nic0 wedge on
	check "and by hand" topo_run "$HYP" "$NFOCTL" sim set nic0 wedge off
	check_eq "state" "$(reporter state)" healthy
	check "by itself, if that is wanted" card_devlink health set "$CARD" reporter fw auto_recover true
	check "wedge" topo_run "$HYP" "$NFOCTL" sim set nic0 wedge on
	check_eq "state" "$(reporter state)" healthy
	check_eq "it answers" "$("$NFOCTL" -n "$HYP" -j sim | jq '.[].wedge')" false
	check "wedged again" card_devlink health set "$CARD" reporter fw auto_recover false
	check "wedge" topo_run "$HYP" "$NFOCTL" sim set nic0 wedge on
	check "it can be removed all the same" topo_run "$HYP" "$NFOCTL" sim del nic0
	topo_cleanup
}

# ---- the switch of the offload

hw_tc() { topo_run "$HYP" ethtool -k nic0p0 | sed -n 's/^hw-tc-offload: //p'; }

test_fixed_feature() {
	plain_card profile sfc
	check_eq "sfc" "$(hw_tc)" "on [fixed]"
	topo_cleanup
	plain_card profile nfp
	check_eq "nfp" "$(hw_tc)" on
	check "without rules it can be switched off" topo_run "$HYP" ethtool -K nic0p0 hw-tc-offload off
	check_eq "nfp" "$(hw_tc)" off
	topo_cleanup
}

topo_need devlink iproute2
topo_need ethtool ethtool
topo_need ping iputils-ping
topo_need jq jq

ktap_case "identity" test_identity
ktap_case "drivers" test_drivers
ktap_case "models of the same name" test_same_name
ktap_case "modes" test_modes
ktap_case "ports" test_ports
ktap_case "bnxt has an id in switchdev mode only" test_bnxt_id
ktap_case "cxgb4 has no eswitch" test_no_eswitch
ktap_case "modes and rules" test_mode_busy
ktap_case "address of a function" test_hw_addr
ktap_case "number of VFs" test_numvfs
ktap_case "legacy: a switch by MAC address" test_legacy_switch
ktap_case "switchdev: a bridge of representors" test_switchdev_bridge
ktap_case "switchdev: a router of representors" test_switchdev_routed
ktap_case "carrier" test_carrier
ktap_case "MTU of a VF" test_mtu
ktap_case "VFs come and go under traffic" test_numvfs_under_traffic
ktap_case "modes change under traffic" test_mode_under_traffic
ktap_case "a guest dies" test_guest_dies
ktap_case "the hypervisor dies" test_hypervisor_dies
ktap_case "all die" test_all_die
ktap_case "the model goes" test_model_goes
ktap_case "what races with the end of a model" test_races
ktap_case "a device that does not answer" test_health
ktap_case "hw-tc-offload" test_fixed_feature
ktap_case "the module goes" test_module_goes
ktap_done
