#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 400
#
# What real drivers make of TC flower, as the model's profiles copy it: for each what it takes, what
# it refuses, and what it takes and does not do, proven by the frames that come out.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/tc.sh"

TC_LISTEN=(--proto udp)

MACS=(action pedit ex munge eth src set "$MAC_R1" munge eth dst set "$MAC_B")
UDP=(ip_proto udp dst_port 2000)
TOV=(action mirred egress redirect dev nic0r0)

# ---- mlx5

test_mlx5_nic() {
	tc_model mlx5
	# an addition without a look: 1 leaves as 0
	tc_ok nic0p0 ip "${UDP[@]}" "${MACS[@]}" munge ip ttl dec munge ip src set 10.7.2.99 \
		munge udp sport set 777 pipe csum ip4h and udp pipe "${TO1[@]}"
	tc_pass "$MAC_R1 > $MAC_B ip4 10.7.2.99:777" "ttl 63 " '!BAD' --
	tc_pass "ttl 0 " '!BAD' -- --ttl 1
	tc_punted miss 1 --vlan 5
	tc_flush
	# checksums follow by themselves
	tc_ok nic0p0 ip "${UDP[@]}" action pedit ex munge ip dst set 10.7.2.44 pipe "${TO1[@]}"
	tc_pass "> 10.7.2.44:2000" '!BAD' --
	check_fails "hw-tc-offload stays on while there are rules" "" \
		in_r ethtool -K nic0p0 hw-tc-offload off
	tc_flush
	tc_no 'an action that the device does not know' nic0p0 ip "${UDP[@]}" \
		action vlan push id 5 pipe "${TO1[@]}"
	tc_no 'an action that the device does not know' nic0p0 ip "${UDP[@]}" action trap
	tc_no 'checksum without a rewrite' nic0p0 ip "${UDP[@]}" action csum ip4h pipe "${TO1[@]}"
}

test_mlx5_fdb() {
	tc_model mlx5 switchdev vfs 1
	check "representor up" in_r ip link set nic0r0 up
	tc_qdisc nic0r0
	tc_no 'cannot connect' nic0p0 ip "${UDP[@]}" "${TO1[@]}"
	tc_no 'cannot connect' nic0r0 ip action mirred egress redirect dev nic0r0
	PREF=17 tc_no 'priority number out of the range' nic0r0 ip "${UDP[@]}" "${TO1[@]}"
	tc_ok nic0r0 ip "${UDP[@]}" action vlan push id 5 pipe "${TO1[@]}"
	tc_ok nic0p0 ip "${UDP[@]}" action trap
	tc_punted trap 1
	tc_flush
	# a pop and a push are a rewrite of the VLAN id, whatever the push says
	PREF=2 tc_ok nic0p0 802.1q vlan_id 7 vlan_ethtype ip action vlan pop pipe \
		action vlan push protocol 802.1ad id 8 pipe action mirred egress redirect dev nic0r0
	PREF=3 tc_no 'order' nic0p0 802.1q vlan_id 7 vlan_ethtype 802.1q cvlan_id 8 \
		action vlan pop pipe action vlan pop pipe action vlan push id 9 pipe \
		action mirred egress redirect dev nic0r0
	mlx5_to_vf
	tc_flush
}

mlx5_to_vf() {
	check "VF up" in_r ip link set nic0v0 up
	topo_bg "$ROUTER" "$TOPO_BIN/pkt" sniff nic0v0 --proto udp --hex --count 1 --timeout 8000 \
		>"$TC_OUT" 2>"$TC_OUT.err"
	TC_LISTENER=$TOPO_PID
	wait_for 20 "listening" grep -q listening "$TC_OUT.err"
	tc_send --vlan 7:3
	tc_heard "vlan 8 pcp 3 ip4" " 8100 6008$"
}

# ---- nfp

test_nfp() {
	tc_model nfp
	tc_no 'needs an EtherType' nic0p0 all "${TO1[@]}"
	tc_no 'without the checksums' nic0p0 ip "${UDP[@]}" action pedit ex munge ip dst set \
		10.7.2.44 pipe "${TO1[@]}"
	tc_no 'without the checksums' nic0p0 ip "${UDP[@]}" action pedit ex munge ip ttl set 63 \
		pipe csum ip4h pipe "${TO1[@]}"
	tc_no 'not rewritten' nic0p0 ip "${UDP[@]}" action csum udp pipe "${TO1[@]}"
	tc_no 'does not know' nic0p0 ip "${UDP[@]}" action pedit ex munge ip ttl dec \
		pipe csum ip4h and udp pipe "${TO1[@]}"
	tc_no 'does not know' nic0p0 ip "${UDP[@]}" action trap
	tc_ok nic0p0 ip "${UDP[@]}" "${MACS[@]}" munge ip ttl set 63 munge ip dst set 10.7.2.44 \
		munge udp dport set 888 pipe csum ip4h and udp pipe "${TO1[@]}"
	tc_pass "$MAC_R1 > $MAC_B ip4 $A4:1000 > 10.7.2.44:888" "ttl 63" '!BAD' --
	# no VLAN key, no mask: tagged frames match as well
	tc_pass "vlan 5 pcp 0 ip4 $A4:1000 > 10.7.2.44:888" '!BAD' -- --vlan 5
	tc_flush
	TC_LISTEN=(--proto tcp)
	tc_ok nic0p0 ip ip_proto tcp tcp_flags 0/0x15 "${TO1[@]}"
	tc_pass "tcp .A." -- --proto tcp --flags A
	tc_punted miss 1 --proto tcp --flags F
	TC_LISTEN=(--proto udp)
	check_fails "hw-tc-offload stays on while there are rules" "" \
		in_r ethtool -K nic0p0 hw-tc-offload off
	tc_flush
	nfp_ip6
}

# Both sides and a port in one run: the destination is lost.
nfp_ip6() {
	TC_SEND=tc_send6
	tc_ok nic0p0 ipv6 "${UDP[@]}" action pedit ex munge ip6 src set fd07:2::99 \
		munge ip6 dst set fd07:2::44 munge udp dport set 888 pipe csum udp pipe "${TO1[@]}"
	tc_pass "ip6 .fd07:2::99.:1000 > .$B6.:888" '!BAD' --
	tc_flush
	tc_ok nic0p0 ipv6 "${UDP[@]}" action pedit ex munge ip6 src set fd07:2::99 \
		munge udp sport set 777 pipe csum udp pipe \
		action pedit ex munge ip6 dst set fd07:2::44 munge udp dport set 888 \
		pipe csum udp pipe "${TO1[@]}"
	tc_pass "ip6 .fd07:2::99.:777 > .fd07:2::44.:888" '!BAD' --
	tc_flush
	TC_SEND=
}

# ---- sfc

test_sfc() {
	tc_model sfc
	tc_no 'cannot connect' nic0p0 ip "${UDP[@]}" "${TO1[@]}"
	tc_no 'more of IP than TTL' nic0p0 ip "${UDP[@]}" \
		action pedit ex munge ip dst set 10.7.2.44 pipe "${TO0[@]}"
	tc_no 'does not know' nic0p0 ip "${UDP[@]}" "${MACS[@]}" pipe csum ip4h pipe "${TO0[@]}"
	tc_no 'does not know' nic0p0 ip "${UDP[@]}" action trap
	tc_no 'matched one less 1' nic0p0 ip "${UDP[@]}" \
		action pedit ex munge ip ttl set 63 pipe "${TO0[@]}"
	tc_no 'delayed' nic0p0 ip "${UDP[@]}" action mirred egress redirect dev nic0p0 \
		hw_stats immediate
	check_fails "hw-tc-offload is fixed" "" in_r ethtool -K nic0p0 hw-tc-offload off
	# back out of the wire it came from
	TC_FAR=$HOSTA
	tc_ok nic0p0 ip "${UDP[@]}" "${MACS[@]}" munge ip ttl dec pipe "${TO0[@]}"
	tc_pass "$MAC_R1 > $MAC_B ip4 $A4:1000 > $B4:2000" "ttl 63" '!BAD' --
	tc_pass "vlan 5 pcp 0 ip4" -- --vlan 5
	tc_flush
	tc_ok nic0p0 ip "${UDP[@]}" ip_ttl 64 action pedit ex munge ip ttl set 63 pipe "${TO0[@]}"
	tc_pass "ttl 63" '!BAD' --
	tc_flush
	TC_FAR=
	# nothing said: the CPU
	tc_ok nic0p0 ip "${UDP[@]}"
	tc_punted accept 1
	tc_flush
}

# ---- cxgb4

test_cxgb4() {
	tc_model cxgb4
	check_fails "there is no eswitch" "not supported" \
		in_r devlink dev eswitch set "$TC_DEV" mode switchdev
	tc_no 'EtherType, which the filter mode lacks' nic0p0 ip "${UDP[@]}" "${TO1[@]}"
	tc_no 'device does not know' nic0p0 all "${MACS[@]}" pipe csum ip4h pipe "${TO1[@]}"
	tc_no 'cannot write' nic0p0 all action pedit ex munge ip ttl set 9 pipe "${TO1[@]}"
	tc_no 'without a redirect' nic0p0 all "${MACS[@]}" pipe action pass
	tc_no 'cannot translate' nic0p0 all action pedit ex munge udp sport set 777 \
		pipe "${TO1[@]}"
	cxgb4_nat
	cxgb4_vlan
	PREF=5 tc_ok nic0p0 all "${TO1[@]}"
	PREF=4 tc_no 'no room before' nic0p0 802.1q vlan_id 9 "${TO1[@]}"
	PREF=6 tc_ok nic0p0 802.1q vlan_id 9 "${TO1[@]}"
	tc_flush
}

# Firmware without FILTER2: taken, and not done. With it, an address without its port sends the port
# of the match with its bytes swapped; here there is none.
cxgb4_nat() {
	tc_ok nic0p0 all "${MACS[@]}" munge ip src set 10.7.2.99 munge udp sport set 777 \
		pipe "${TO1[@]}"
	tc_pass "$MAC_R1 > $MAC_B ip4 $A4:1000" "ttl 64" '!BAD' --
	tc_pass "vlan 3 pcp 0 ip4 $A4:1000" -- --vlan 3
	tc_flush
	check "firmware with FILTER2" "$NFOCTL" -n "$ROUTER" sim set nic0 filter2 on
	tc_ok nic0p0 all "${MACS[@]}" munge ip src set 10.7.2.99 munge udp sport set 777 \
		pipe "${TO1[@]}"
	tc_pass "$MAC_R1 > $MAC_B ip4 10.7.2.99:777" "ttl 64" '!BAD' --
	tc_flush
	tc_ok nic0p0 all action pedit ex munge ip src set 10.7.2.99 pipe "${TO1[@]}"
	tc_pass "10.7.2.99:0 >" --
	tc_flush
}

# One field for a tag: of two pushes the latter is left.
cxgb4_vlan() {
	tc_ok nic0p0 all action vlan push id 5 pipe action vlan push id 6 pipe "${TO1[@]}"
	tc_pass "vlan 6 pcp 0 ip4" --
	tc_flush
	tc_ok nic0p0 802.1q vlan_id 9 action vlan pop pipe action vlan push id 8 pipe "${TO1[@]}"
	tc_pass "vlan 8 pcp 0 ip4" -- --vlan 9:4
	tc_flush
}

test_cxgb4_off() {
	tc_model cxgb4
	tc_ok nic0p0 all "${TO1[@]}"
	check "off" in_r ethtool -K nic0p0 hw-tc-offload off
	tc_flush
	check_eq "the rule is still there" "$(model_used)" 1
	tc_pass "ip4" --
}

# ---- bnxt

test_bnxt_legacy() {
	tc_model bnxt
	tc_no 'cannot connect' nic0p0 ip "${UDP[@]}" "${TO1[@]}"
	tc_no 'without an EtherType' nic0p0 all action drop
}

test_bnxt() {
	tc_model bnxt switchdev vfs 1
	check "representor up" in_r ip link set nic0r0 up
	topo_must ip -n "$ROUTER" link set nic0v0 netns "$HOSTB"
	check "VF up" ip -n "$HOSTB" link set nic0v0 up
	TC_IF=nic0v0
	# TTL is not touched, and nobody said so
	tc_ok nic0p0 ip "${UDP[@]}" "${MACS[@]}" munge ip ttl dec munge ip src set 10.7.2.99 \
		munge udp sport set 777 pipe csum ip4h and udp pipe "${TOV[@]}"
	tc_pass "$MAC_R1 > $MAC_B ip4 10.7.2.99:777 > $B4:2000" "ttl 64" '!BAD' --
	tc_punted miss 1 --vlan 5
	tc_flush
	# a destination port is lost
	tc_ok nic0p0 ip "${UDP[@]}" action pedit ex munge ip dst set 10.7.2.44 \
		munge udp dport set 888 pipe "${TOV[@]}"
	tc_pass "> 10.7.2.44:2000" '!BAD' --
	tc_flush
	# of two sides the latter is left
	tc_ok nic0p0 ip "${UDP[@]}" action pedit ex munge ip src set 10.7.2.99 \
		munge ip dst set 10.7.2.44 pipe "${TOV[@]}"
	tc_pass "ip4 $A4:1000 > 10.7.2.44:2000" --
	tc_flush
	# a tag costs the MACs
	tc_ok nic0p0 ip "${UDP[@]}" "${MACS[@]}" pipe action vlan push id 5 pipe "${TOV[@]}"
	tc_pass "00:00:00:00:00:00 > 00:00:00:00:00:00 vlan 5" --
	tc_flush
	tc_no 'zero MAC' nic0p0 ip "${UDP[@]}" action pedit ex munge eth dst set 00:00:00:00:00:00 \
		pipe "${TOV[@]}"
	tc_no 'another type than .any' nic0p0 ip "${UDP[@]}" \
		action mirred egress redirect dev nic0r0 hw_stats delayed
	bnxt_ignores
	TC_IF=
	bnxt_uplinks
}

bnxt_ignores() {
	TC_LISTEN=(--proto tcp)
	tc_ok nic0p0 ip ip_proto tcp dst_port 2000 tcp_flags 0/0x5 ip_ttl 9 "${TOV[@]}"
	tc_pass "tcp .FA. .* ttl 64" -- --proto tcp --flags FA
	tc_flush
	TC_LISTEN=(--proto udp)
	# with a source address tc announces both families, and the driver looks for IPv4 first
	TC_SEND=tc_send6
	tc_ok nic0p0 ipv6 src_ip $A6 "${UDP[@]}" "${TOV[@]}"
	tc_punted miss 1
	tc_flush
	tc_ok nic0p0 ipv6 dst_ip $B6 "${UDP[@]}" "${TOV[@]}"
	tc_pass "> .$B6.:2000" --
	tc_flush
	TC_SEND=
	tc_ok nic0p0 ip "${UDP[@]}" action trap
	tc_punted accept 1
	tc_flush
}

# From wire to wire: taken, and lost. And whose hw-tc-offload it is.
bnxt_uplinks() {
	local before

	tc_ok nic0p0 ip "${UDP[@]}" "${TO1[@]}"
	before=$(port_counter nic0p0 hw_dropped)
	tc_send
	check_eq "frames lost" $(($(port_counter nic0p0 hw_dropped) - before)) 1
	tc_flush
	tc_qdisc nic0r0
	tc_ok nic0r0 ip "${UDP[@]}" "${TO0[@]}"
	check "off" in_r ethtool -K nic0p0 hw-tc-offload off
	check "delete" in_r tc filter del dev nic0r0 ingress
	check_eq "the rule of the representor is still there" "$(model_used)" 1
}

# ---- ice

test_ice() {
	tc_model ice
	tc_no 'cannot connect' nic0p0 ip "${UDP[@]}" "${TO1[@]}"
	tc_no 'does not know' nic0p0 ip "${UDP[@]}" "${MACS[@]}" pipe "${TO1[@]}"
	tc_no 'match on a key' nic0p0 ip ip_proto tcp tcp_flags 0/0x5 action drop
	tc_ok nic0p0 ip "${UDP[@]}" action drop
	tc_send --count 2
	check_eq "frames dropped" "$(port_counter nic0p0 hw_dropped)" 2
	# not one of them counted
	check_eq "counted by tc" "$(in_r tc -s -j filter show dev nic0p0 ingress |
		jq '[.[].options.actions // empty][0][0].stats.hw_packets // 0')" 0
	tc_flush
}

# ---- blocks

param() { cat "/sys/module/nfo_bind/parameters/$1"; }

asked() { # QUESTION ERROR
	echo "$1" >/sys/module/nfo_bind/parameters/ask
	check_eq "answer to $1" "$(param answer)" "$2"
}

bind() { in_r modprobe nfo_bind dev=nic0p0 "$@"; } # [PARAMETER=VALUE…]

# The ingress of a device is one block's, for whoever comes first.
one_block() { # PROFILE ANSWER-TO-DESTROY ANSWER-TO-STATS
	tc_model "$1"
	check_fails "$1: a second block" "Device or resource busy" bind
	check "$1: qdisc away" in_r tc qdisc del dev nic0p0 clsact
	check_fails "$1: a block of another type" "not supported" bind binder=0
	check "$1: a block" bind
	check_fails "$1: a second one" "ndo_setup_tc failed" in_r tc qdisc add dev nic0p0 clsact
	asked "destroy 77" "$2"
	asked "stats 77" "$3"
	check "$1: unbind" rmmod nfo_bind
	check "$1: room again" in_r tc qdisc add dev nic0p0 clsact
}

test_one_block() {
	one_block tc -2 -2
	one_block mlx5 -22 -22
	one_block nfp -2 -22
	one_block cxgb4 -2 -2
	one_block bnxt -22 -1
	one_block ice -22 -22
}

# sfc does not mind, and then finds the wrong binding: that of tc is gone with the port only.
test_two_blocks() {
	tc_model sfc
	tc_ok nic0p0 ip "${UDP[@]}" action drop
	check "a second block" bind
	asked "destroy 77" -2
	check "tc's goes, or so it thinks" in_r tc qdisc del dev nic0p0 clsact
	check "unbind" rmmod nfo_bind
	check_eq "rules in the table" "$(model_used)" 0
}

# ---- sloppy

test_sloppy() {
	tc_model sloppy
	tc_ok nic0p0 ip "${UDP[@]}" ip_ttl 9 "${MACS[@]}" munge ip ttl dec \
		pipe csum ip4h pipe "${TO1[@]}"
	tc_pass "$MAC_R1 > $MAC_B ip4" "ttl 64" '!BAD' --
	tc_flush
	tc_ok nic0p0 ip ip_proto icmp type 8 action mirred egress mirror dev nic0p1
	tc_flush
}

topo_hosts model
topo_static_neighbours
# rules for all protocols: nothing but our frames
topo_sysctl "$HOSTA" net.ipv6.conf.eth0.disable_ipv6=1
ktap_case "mlx5, no eswitch: hairpin" test_mlx5_nic
ktap_case "mlx5, eswitch" test_mlx5_fdb
ktap_case "nfp" test_nfp
ktap_case "sfc" test_sfc
ktap_case "cxgb4" test_cxgb4
ktap_case "cxgb4: deaf while switched off" test_cxgb4_off
ktap_case "bnxt, no eswitch: no redirect" test_bnxt_legacy
ktap_case "bnxt, eswitch" test_bnxt
ktap_case "ice" test_ice
ktap_case "sloppy" test_sloppy
ktap_case "one block for each port" test_one_block
ktap_case "sfc: two of them" test_two_blocks
ktap_done
