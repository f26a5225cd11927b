#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 400
#
# TC flower on the model, with the ordinary tc as its client: what skip_sw rules do to frames, what
# they count, what is refused and in which words. The driver is the exact one (profile tc), so the
# frames have to be what tc's own software would have made of them.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/tc.sh"

TC_LISTEN=(--proto udp)

# ---- ends of a rule

stats_are() { # DEV PACKETS BYTES, of the last action of the first rule
	local got

	got=$(in_r tc -s -j filter show dev "$1" ingress | jq -r '[.[].options.actions // empty][0][-1] |
		.stats | "\(.hw_packets) \(.hw_bytes)"')
	echo "counters: $got"
	[ "$got" = "$2 $3" ]
}

test_redirect() {
	tc_ok nic0p0 ip ip_proto udp dst_port 2000 "${TO1[@]}"
	check_eq "rules in the table" "$(model_used)" 1
	in_r tc filter show dev nic0p0 ingress | grep -q in_hw || fail "tc does not say in_hw"
	tc_pass "$MAC_A > $MAC_R0 ip4 $A4:1000 > $B4:2000" -- --len 100
	tc_send --len 100 --count 4
	wait_for 10 "tc counts them with their Ethernet header" stats_are nic0p0 5 710
	tc_flush
	check_eq "rules in the table afterwards" "$(model_used)" 0
	tc_punted miss 1
}

test_skip_hw() {
	check "rule" in_r tc filter add dev nic0p0 ingress protocol ip pref 1 flower skip_hw \
		ip_proto udp "${TO1[@]}"
	check_eq "rules in the table" "$(model_used)" 0
	tc_punted miss 1
	tc_flush
	# software and hardware, as tc does without a word
	check "rule" in_r tc filter add dev nic0p0 ingress protocol ip pref 1 flower \
		ip_proto udp "${TO1[@]}"
	check_eq "rules in the table" "$(model_used)" 1
	tc_pass "ip4" --
	tc_flush
}

test_ends() {
	local before

	tc_ok nic0p0 ip ip_proto udp action trap
	tc_punted trap 2 --count 2
	tc_flush
	tc_ok nic0p0 ip ip_proto udp action pass
	tc_punted accept 1
	tc_flush
	tc_ok nic0p0 ip ip_proto udp action drop
	before=$(port_counter nic0p0 hw_dropped)
	tc_send --count 3
	check_eq "frames dropped" $(($(port_counter nic0p0 hw_dropped) - before)) 3
	wait_for 10 "and counted" stats_are nic0p0 3 222
	tc_flush
}

# The lower number first, whatever the masks are and whichever came first.
test_order() {
	PREF=5 tc_ok nic0p0 ip "${TO1[@]}"
	PREF=3 tc_ok nic0p0 ip ip_proto udp dst_port 2000 action trap
	PREF=2 tc_ok nic0p0 ip ip_proto udp src_ip 10.7.1.0/24 dst_port 2001 "${TO1[@]}"
	PREF=1 tc_ok nic0p0 ip ip_proto udp src_port 1009 action drop
	tc_punted trap 1
	tc_pass ":2001" -- --dport 2001
	tc_pass ":2002" -- --dport 2002
	tc_send --dport 2001 --sport 1009
	check_eq "frames dropped" "$(in_r tc -s -j filter show dev nic0p0 ingress pref 1 |
		jq '[.[].options.actions // empty][0][0].stats.hw_packets')" 1
	check "delete" in_r tc filter del dev nic0p0 ingress pref 3
	tc_pass ":2000" --
	tc_flush
}

# ---- rewrites

NAT=(action pedit ex munge eth src set "$MAC_R1" munge eth dst set "$MAC_B" munge ip ttl dec
	munge ip src set 10.7.2.99 munge udp sport set 777)
NAT6=(action pedit ex munge eth src set "$MAC_R1" munge eth dst set "$MAC_B" munge ip6 hoplimit dec
	munge ip6 dst set fd07:2::9:9 munge udp dport set 888)

test_nat() {
	tc_ok nic0p0 ip ip_proto udp "${NAT[@]}" pipe csum ip4h and udp pipe "${TO1[@]}"
	tc_pass "$MAC_R1 > $MAC_B ip4 10.7.2.99:777 > $B4:2000" "ttl 63" '!BAD' --
	tc_pass ":777" "ttl 63" "csum 0000" -- --zero-csum
	tc_pass "csum .* BAD" '!IPCSUM' -- --bad-csum
	tc_pass "IPCSUM BAD" "csum [0-9a-f]* ttl" -- --bad-ip-csum
	tc_pass "ttl 0 " '!BAD' -- --ttl 1
	tc_flush
}

csum_heard() { sed -n 's/.* csum \([0-9a-f]*\) .*/\1/p' "$TC_OUT" | head -n 1; }

# A checksum that is left to a device further on: that of the pseudo header, as if the frame had
# always had its new addresses.
test_nat_partial() {
	local plain gso

	TC_LISTEN=(--proto tcp)
	PREF=2 tc_ok nic0p0 ip ip_proto tcp src_ip 10.7.2.99 "${TO1[@]}"
	tc_pass "partial" -- --proto tcp --src 10.7.2.99 --partial
	plain=$(csum_heard)
	tc_pass "partial gso 500" -- --proto tcp --src 10.7.2.99 --len 1400 --gso 500
	gso=$(csum_heard)
	PREF=1 tc_ok nic0p0 ip ip_proto tcp src_ip $A4 action pedit ex munge ip src set 10.7.2.99 \
		munge tcp sport set 777 pipe csum ip4h and tcp pipe "${TO1[@]}"
	tc_pass ":777" "csum $plain .*partial" -- --proto tcp --partial
	tc_pass ":777" "csum $gso .*partial gso 500" -- --proto tcp --len 1400 --gso 500
	TC_LISTEN=(--proto udp)
	tc_flush
}

test_nat6() {
	TC_SEND=tc_send6
	tc_ok nic0p0 ipv6 ip_proto udp "${NAT6[@]}" pipe csum udp pipe "${TO1[@]}"
	tc_pass "$MAC_R1 > $MAC_B ip6 .*1000 > .fd07:2::9:9.:888" "ttl 63" '!BAD' --
	tc_pass "csum .* BAD" -- --bad-csum
	tc_flush
	TC_SEND=
}

test_nat_tcp() {
	TC_LISTEN=(--proto tcp)
	tc_ok nic0p0 ip ip_proto tcp tcp_flags 0/0x5 action pedit ex munge ip dst set 10.7.2.44 \
		munge tcp dport set 8888 pipe csum ip4h and tcp pipe "${TO1[@]}"
	tc_pass "> 10.7.2.44:8888 tcp" '!BAD' -- --proto tcp --flags PA
	tc_punted miss 1 --proto tcp --flags FA
	tc_punted miss 1 --proto tcp --flags R
	TC_LISTEN=(--proto udp)
	tc_flush
}

# tc's pedit touches no checksum, and so does a driver that is exact.
test_nat_without_csum() {
	tc_ok nic0p0 ip ip_proto udp "${NAT[@]}" pipe "${TO1[@]}"
	tc_pass ":777" "csum .* BAD" "IPCSUM BAD" --
	tc_flush
	tc_ok nic0p0 ip ip_proto udp "${NAT[@]}" pipe csum ip4h pipe "${TO1[@]}"
	tc_pass ":777" "csum .* BAD" '!IPCSUM' --
	tc_flush
}

# ---- tags

test_vlan() {
	tc_ok nic0p0 ip ip_proto udp action vlan push id 30 priority 5 pipe "${TO1[@]}"
	tc_pass "vlan 30 pcp 5 ip4" '!BAD' --
	tc_punted miss 1 --vlan 30
	tc_flush
	tc_ok nic0p0 802.1q vlan_id 30 vlan_ethtype ip ip_proto udp dst_port 2000 \
		action vlan pop pipe "${TO1[@]}"
	tc_pass "$MAC_R0 ip4" '!vlan' -- --vlan 30:2
	tc_punted miss 1 --vlan 31
	tc_punted miss 1
	wait_for 10 "the tag counts" stats_are nic0p0 1 78
	tc_flush
	tc_ok nic0p0 802.1q vlan_id 30 vlan_prio 3 vlan_ethtype ip ip_proto udp \
		action vlan modify id 40 pipe "${TO1[@]}"
	tc_pass "vlan 40 pcp 3 ip4" -- --vlan 30:3
	tc_punted miss 1 --vlan 30:4
	tc_flush
}

test_qinq() {
	TC_LISTEN=(--proto udp --hex)
	tc_ok nic0p0 ip ip_proto udp action vlan push id 20 pipe \
		action vlan push protocol 802.1ad id 10 pipe "${TO1[@]}"
	tc_pass "vlan 10 pcp 0 vlan 20 pcp 0 ip4" "88a8 000a$" "0010: 8100 0014 0800" --
	tc_flush
	tc_ok nic0p0 802.1q vlan_id 10 vlan_ethtype 802.1q cvlan_id 20 cvlan_ethtype ip \
		ip_proto udp dst_port 2000 action vlan pop pipe action vlan pop pipe "${TO1[@]}"
	tc_pass "$MAC_R0 ip4" '!vlan' -- --vlan 10 --vlan 20
	tc_punted miss 1 --vlan 10 --vlan 21
	tc_flush
	tc_ok nic0p0 802.1q vlan_id 10 vlan_ethtype 802.1q cvlan_id 20 cvlan_ethtype ip \
		ip_proto udp action vlan pop pipe "${NAT[@]}" pipe csum ip4h and udp pipe \
		action vlan push id 11 pipe "${TO1[@]}"
	tc_pass "vlan 11 pcp 0 vlan 20 pcp 7 ip4 10.7.2.99:777" '!BAD' -- --vlan 10 --vlan 20:7
	tc_flush
	TC_LISTEN=(--proto tcp)
	tc_ok nic0p0 802.1q vlan_id 10 vlan_ethtype 802.1q cvlan_id 20 cvlan_ethtype ip \
		ip_proto tcp action vlan modify id 11 pipe "${TO1[@]}"
	tc_pass "vlan 11 pcp 0 vlan 20 pcp 7 ip4 .*gso 500" -- \
		--proto tcp --vlan 10 --vlan 20:7 --len 1400 --gso 500
	tc_flush
	TC_LISTEN=(--proto udp)
}

# ---- what the parser does not look behind

test_fragments() {
	tc_ok nic0p0 ip ip_proto udp dst_port 2000 "${TO1[@]}"
	tc_punted fragment 1 --len 600 --frag-off 0 --frag-len 304 --more
	tc_punted fragment 1 --len 600 --frag-off 304 --frag-len 304
	tc_punted options 1 --ip-opts 01010101
	check "knob" "$NFOCTL" -n "$ROUTER" sim set nic0 fragments on
	tc_pass "frag 0" -- --len 600 --frag-off 0 --frag-len 304 --more
	tc_punted fragment 1 --len 600 --frag-off 304 --frag-len 304
	tc_flush
	tc_ok nic0p0 ip ip_proto udp dst_port 2000 ip_flags nofrag "${TO1[@]}"
	tc_punted fragment 1 --len 600 --frag-off 0 --frag-len 304 --more
	check "knob" "$NFOCTL" -n "$ROUTER" sim set nic0 fragments off
	tc_flush
	# without ports all of these match
	tc_ok nic0p0 ip dst_ip $B4 "${TO1[@]}"
	tc_pass "frag 304" -- --len 600 --frag-off 304 --frag-len 304
	tc_pass "options" -- --ip-opts 01010101
	tc_punted malformed 1 --len-delta 40
	tc_flush
}

test_ttl_match() {
	tc_ok nic0p0 ip ip_proto udp ip_ttl 9 ip_tos 0x20/0xfc "${TO1[@]}"
	tc_pass "ttl 9 tos 21" -- --ttl 9 --tos 33
	tc_punted miss 1 --ttl 8 --tos 33
	tc_punted miss 1 --ttl 9 --tos 36
	tc_flush
}

# ---- limits of a port

test_oversize() {
	local before

	check "MTU" in_r ip link set nic0p1 mtu 1300
	tc_ok nic0p0 ip ip_proto udp "${TO1[@]}"
	before=$(port_counter nic0p1 tx_dropped)
	tc_send --len 1350
	check_eq "too large for the egress port: dropped" \
		$(($(port_counter nic0p1 tx_dropped) - before)) 1
	tc_pass "len 1272" -- --len 1272
	check "MTU" in_r ip link set nic0p1 mtu 1500
	before=$(port_counter nic0p1 tx_dropped)
	check "down" in_r ip link set nic0p1 down
	tc_send
	check_eq "egress port down: dropped" $(($(port_counter nic0p1 tx_dropped) - before)) 1
	check "up" in_r ip link set nic0p1 up
	tc_flush
}

# ---- refusals

test_refusals() {
	tc_no 'an action that the device does not know' nic0p0 ip \
		action mirred egress mirror dev nic0p1
	tc_no 'match on a key that the device does not know' nic0p0 ip ip_proto icmp type 8 \
		action drop
	tc_no 'no port of this card' nic0p0 ip action mirred egress redirect dev lo
	tc_no 'changed frame for the CPU' nic0p0 ip ip_proto udp "${NAT[@]}" pipe action pass
	tc_no 'cannot write' nic0p0 ip ip_proto udp action pedit ex munge ip protocol set 6 \
		pipe "${TO1[@]}"
	tc_no 'no VLAN tag to take off' nic0p0 ip action vlan pop pipe "${TO1[@]}"
	tc_no 'more than two VLAN tags' nic0p0 802.1q vlan_id 1 vlan_ethtype 802.1q cvlan_id 2 \
		action vlan push id 3 pipe "${TO1[@]}"
	CHAIN=1 tc_no 'chain 0' nic0p0 ip "${TO1[@]}"
	tc_no 'hw_stats of another type' nic0p0 ip action mirred egress redirect dev nic0p1 \
		hw_stats immediate
	check_eq "rules in the table" "$(model_used)" 0
}

test_switched_off() {
	tc_ok nic0p0 ip ip_proto udp "${TO1[@]}"
	check "off" in_r ethtool -K nic0p0 hw-tc-offload off
	PREF=2 tc_no 'disabled on net device' nic0p0 ip "${TO1[@]}"
	tc_pass "ip4" --
	tc_flush
	check_eq "rules in the table" "$(model_used)" 0
	check "on" in_r ethtool -K nic0p0 hw-tc-offload on
}

test_faults() {
	check "size" "$NFOCTL" -n "$ROUTER" sim set nic0 size 1
	tc_ok nic0p0 ip ip_proto udp "${TO1[@]}"
	PREF=2 tc_no 'the flow table is full' nic0p0 ip "${TO1[@]}"
	check "knobs" "$NFOCTL" -n "$ROUTER" sim set nic0 size 100 wedge on
	PREF=2 tc_no 'does not answer' nic0p0 ip "${TO1[@]}"
	tc_punted wedged 1
	check "knobs" "$NFOCTL" -n "$ROUTER" sim set nic0 wedge off fail-nth 2
	PREF=2 tc_ok nic0p0 ip "${TO1[@]}"
	PREF=3 tc_no 'told to fail' nic0p0 ip "${TO1[@]}"
	tc_pass "ip4" --
	check "reset" "$NFOCTL" -n "$ROUTER" sim reset nic0
	tc_punted miss 1
	tc_flush
	check "knobs" "$NFOCTL" -n "$ROUTER" sim set nic0 fail-nth 0
}

# ---- blocks

test_shared_block() {
	check "qdiscs away" in_r sh -c 'tc qdisc del dev nic0p0 clsact; tc qdisc del dev nic0p1 clsact'
	check "one block" in_r tc qdisc add dev nic0p0 ingress_block 22 clsact
	check "for both ports" in_r tc qdisc add dev nic0p1 ingress_block 22 clsact
	check "rule" in_r tc filter add block 22 protocol ip pref 1 flower skip_sw ip_proto udp \
		"${TO1[@]}"
	check_eq "rules in the table" "$(model_used)" 2
	tc_pass "ip4" --
	check "a port leaves" in_r tc qdisc del dev nic0p1 clsact
	check_eq "rules in the table" "$(model_used)" 1
	in_r tc filter show block 22 | grep -q 'in_hw_count 1' || fail "tc's count of the rule"
	check "the other one, too" in_r tc qdisc del dev nic0p0 clsact
	check_eq "rules in the table" "$(model_used)" 0
	tc_qdisc nic0p0
	tc_qdisc nic0p1
}

# Representors: rules that name one go with it, those of others stay.
test_representors() {
	tc_model tc switchdev vfs 2
	topo_ip "$ROUTER" <<-TEXT
	link set nic0r0 up
	link set nic0r1 up
	link set nic0v0 netns $HOSTB
	TEXT
	check "VF up" ip -n "$HOSTB" link set nic0v0 up
	tc_qdisc nic0r0
	tc_ok nic0p0 ip ip_proto udp dst_port 2000 action mirred egress redirect dev nic0r0
	PREF=2 tc_ok nic0p0 ip ip_proto udp "${TO1[@]}"
	tc_ok nic0r0 ip ip_proto udp "${TO0[@]}"
	check_eq "rules in the table" "$(model_used)" 3
	tc_pass ":2001" -- --dport 2001
	tc_to_vf
	echo 0 >"/sys/bus/nfo_sim/devices/nic0/sriov_numvfs"
	check_eq "rules in the table" "$(model_used)" 1
	tc_pass ":2001" -- --dport 2001
	tc_flush
}

# A frame of A to the VF, which lives with B.
tc_to_vf() {
	topo_bg "$HOSTB" "$TOPO_BIN/pkt" sniff nic0v0 --proto udp --count 1 --timeout 8000 \
		>"$TC_OUT" 2>"$TC_OUT.err"
	TC_LISTENER=$TOPO_PID
	wait_for 20 "listening" grep -q listening "$TC_OUT.err"
	tc_send
	tc_heard "ip4 $A4:1000 > $B4:2000"
}

# With rules of both kinds of match and a block of two ports, under traffic.
test_model_goes() {
	check "one more port of a block" in_r sh -c 'tc qdisc del dev nic0p1 clsact;
		tc qdisc del dev nic0p0 clsact;
		tc qdisc add dev nic0p0 ingress_block 22 clsact;
		tc qdisc add dev nic0p1 ingress_block 22 clsact'
	check "rule" in_r tc filter add block 22 protocol ip pref 1 flower skip_sw ip_proto udp \
		"${TO1[@]}"
	topo_bg "$HOSTA" "$TOPO_BIN/pkt" send eth0 --dmac $MAC_R0 --src $A4 --dst $B4 \
		--sport 1000 --dport 2000 --count 400 --gap 5
	check "delete the model" "$NFOCTL" -n "$ROUTER" sim del nic0
	check "the driver" rmmod nfo_sim
	topo_wait "$TOPO_PID"
	check "the driver again" modprobe nfo_sim
}

topo_hosts model
topo_static_neighbours
tc_model tc
ktap_case "redirect, counted" test_redirect
ktap_case "skip_hw does not reach the card" test_skip_hw
ktap_case "trap, pass, drop" test_ends
ktap_case "priorities and masks" test_order
ktap_case "translation, IPv4" test_nat
ktap_case "translation with a checksum that is not there yet" test_nat_partial
ktap_case "translation, IPv6" test_nat6
ktap_case "translation, TCP; flags" test_nat_tcp
ktap_case "checksums are what CSUM says" test_nat_without_csum
ktap_case "VLAN push, pop, modify" test_vlan
ktap_case "two tags" test_qinq
ktap_case "fragments and options" test_fragments
ktap_case "TTL and TOS" test_ttl_match
ktap_case "too large, or egress down: dropped" test_oversize
ktap_case "refused, in words" test_refusals
ktap_case "hw-tc-offload" test_switched_off
ktap_case "faults" test_faults
ktap_case "a block of two ports" test_shared_block
ktap_case "representors come and go" test_representors
ktap_case "the model goes" test_model_goes
ktap_done
