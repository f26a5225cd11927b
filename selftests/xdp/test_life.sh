#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# The life of ports that XDP serves: attaching and leaving, who else is on the device, what is held of
# its features, where frames cannot leave, a table that grows. On veths, see lib/topo.sh.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/xdp.sh"

PARAM=/sys/module/nfo_xdp/parameters/max_flows
PORT=7400
PEER= # options of the router's ends

nfo() { "$NFOCTL" -n "$ROUTER" "$@"; }
port_says() { nfo port show "$1" | grep -qF "$2"; }
ready() { nfo -j port show "$1" | grep -q '"state":"ready"'; }
both_ready() { ready nic0p0 && ready nic0p1; }
feature() { topo_run "$1" ethtool -k eth0 | grep -q "^$2: $3"; } # NS NAME VALUE
has_program() { topo_run "$ROUTER" ip -d link show "$1" | grep -q "$2"; } # DEV REGEX
hw_is() { # PORT N
	[ "$(hw_directions "$ROUTER" udp $A4 "$1" $B4 "$1")" = "$2" ]
}
redirected() { sh -c "$(xdp_counter_cmd "$ROUTER")"; }
hw_flows() { json_count "$(nfo -j flow show)" '"state":"hw"'; }
hw_flows_are() { [ "$(hw_flows)" = "$1" ]; }

reason_is() { # PORT DIR REASON
	nfo -j flow show | grep -o "$(topo_conn_regex udp $A4 "$1" $B4 "$1")[^]]*" |
		grep -q "\"dir\":\"$2\",\"state\":\"[a-z]*\",\"reason\":\"$3\""
}

begin() { # [VETH-OPTION…]
	topo_cleanup
	PORT=$((PORT + 1))
	topo_ns_new HOSTA a
	topo_ns_new HOSTB b
	topo_router_new ROUTER r
	topo_must ip -n "$HOSTA" link add eth0 up "$@" type veth peer name nic0p0 $PEER netns "$ROUTER"
	topo_must ip -n "$HOSTB" link add eth0 up "$@" type veth peer name nic0p1 $PEER netns "$ROUTER"
	topo_router_up "$ROUTER"
	topo_host_up "$HOSTA" $MAC_A $A4 $A6 $R04 $R06
	topo_host_up "$HOSTB" $MAC_B $B4 $B6 $R14 $R16
	topo_static_neighbours
}

serve() {
	check "ruleset" topo_ruleset "$ROUTER" offload
	wait_for 30 "XDP serves both" both_ready
}

exchange() { check "traffic" traffic_exchange $B4 $PORT "${1:-20}"; }

# With what is in hardware, some more packets: none of them passes the forward hook.
by_xdp() {
	local before forwarded

	wait_for 10 "both directions" hw_is $PORT 2
	before=$(redirected) forwarded=$(forwarded_packets "$ROUTER")
	check "more traffic" traffic_exchange $B4 $PORT 20
	check_eq "forwarded by XDP" $(($(redirected) - before)) 40
	check_eq "by the stack" $(($(forwarded_packets "$ROUTER") - forwarded)) 0
}

test_native() {
	begin
	serve
	check_eq "mode" "$(xdp_mode "$ROUTER" nic0p0)" "native XDP"
	check "the program is in the driver" has_program nic0p0 'xdp .*'
	exchange
	by_xdp
}

test_features() {
	check "tags are in the frames" feature "$HOSTA" tx-vlan-offload 'off \[fixed\]'
	check "checksums are finished" feature "$HOSTA" tx-checksumming 'on'
	check "those of UDP and TCP" bash -c "ip netns exec $HOSTA ethtool -k eth0 |
		grep -q 'tx-checksum-ip-generic: off \[fixed\]'"
	check "the far end polls" feature "$HOSTB" generic-receive-offload 'on \[fixed\]'
	check_fails "nobody changes that" . topo_run "$HOSTA" ethtool -K eth0 txvlan on
	check "the ruleset goes" topo_run "$ROUTER" nft flush ruleset
	wait_for 10 "tags as before" feature "$HOSTA" tx-vlan-offload 'on$'
	wait_for 10 "polling as before" feature "$HOSTB" generic-receive-offload 'off$'
	check "no program" bash -c "! ip -n $ROUTER link show nic0p0 | grep -q xdp"
}

# The far end moves to a container meanwhile: features go with it, and are given back there.
test_move() {
	begin
	serve
	topo_ns_new OTHER o
	check "held" feature "$HOSTA" tx-vlan-offload 'off \[fixed\]'
	check "it moves" ip -n "$HOSTA" link set eth0 netns "$OTHER"
	check "still held" feature "$OTHER" tx-vlan-offload 'off \[fixed\]'
	check "the ruleset goes" topo_run "$ROUTER" nft flush ruleset
	wait_for 10 "as before" feature "$OTHER" tx-vlan-offload 'on$'
}

# The veth's other end has more queues than it: the driver does not take a program.
test_generic() {
	PEER='numtxqueues 1 numrxqueues 1' begin numtxqueues 4 numrxqueues 4
	serve
	check_eq "mode" "$(xdp_mode "$ROUTER" nic0p0)" "generic XDP"
	exchange
	wait_for 10 "both directions" hw_is $PORT 2
	local forwarded

	forwarded=$(forwarded_packets "$ROUTER")
	check "more traffic" traffic_exchange $B4 $PORT 20
	check_eq "by the stack" $(($(forwarded_packets "$ROUTER") - forwarded)) 0
}

# With several queues, of which there are less, the kernel would warn: it is left to software.
test_queues() {
	PEER='numtxqueues 2 numrxqueues 2' begin numtxqueues 4 numrxqueues 4
	check "ruleset" topo_ruleset "$ROUTER" offload
	wait_for 30 "the port says why" port_says nic0p0 "more transmit queues"
	exchange
}

test_foreign() {
	local obj=$TOPO_BIN/pass.bpf.o

	begin
	check "somebody's program" topo_run "$ROUTER" ip link set nic0p0 xdpdrv obj "$obj" sec xdp
	check "ruleset" topo_ruleset "$ROUTER" offload
	wait_for 10 "the port says so" port_says nic0p0 "another XDP program is attached"
	wait_for 10 "the other port is served" ready nic0p1
	check "it is still theirs" has_program nic0p0 'name pass'
	exchange
	check "they take it off" topo_run "$ROUTER" ip link set nic0p0 xdp off
	check "ask again" nfo port set nic0p0 backend auto
	wait_for 10 "XDP serves both" both_ready
	exchange
	by_xdp
	check_fails "they cannot take ours" . topo_run "$ROUTER" ip link set nic0p0 xdp obj "$obj" sec xdp
}

# A macvlan does not take XDP frames; what comes in by it may leave by the veth.
test_egress() {
	begin
	topo_ip "$ROUTER" <<-TEXT
	addr flush dev nic0p1
	link add mv0 link nic0p1 up type macvlan mode bridge
	addr add $R14/24 dev mv0
	TEXT
	topo_must ip -n "$HOSTB" neigh flush all
	topo_must ip -n "$HOSTB" neigh replace $R14 dev eth0 lladdr \
		"$(topo_run "$ROUTER" cat /sys/class/net/mv0/address)" nud permanent
	topo_neigh "$ROUTER" mv0 $MAC_B $B4
	check "ruleset" bash -c "ip netns exec $ROUTER nft -f - <<-TEXT
	table inet nfo_test {
		flowtable f { hook ingress priority 0; devices = { nic0p0, mv0 }; flags offload; }
		counter forwarded { }
		chain forward { type filter hook forward priority 0; ct state established flow add @f; }
	}
	TEXT"
	wait_for 10 "the veth is served" ready nic0p0
	exchange 10
	exchange 10
	wait_for 10 "out by the macvlan: no" reason_is $PORT original virtual-dev
}

# A stream goes on while XDP comes and goes.
test_stream() {
	begin
	serve
	traffic_start $B4 $PORT 200 6
	wait_for 10 "in XDP" hw_is $PORT 2
	check "no offload" nfo port set nic0p0 backend none
	wait_for 10 "software" hw_is $PORT 1
	sleep 0.3
	check "offload" nfo port set nic0p0 backend auto
	wait_for 10 "in XDP again" hw_is $PORT 2
	check "nothing lost" traffic_end
}

# More connections than the table has room for at first. Each is two directions.
connections() { # FIRST LAST
	traffic_receiver "$HOSTB" echo 7999 --idle 4000
	seq "$1" "$2" | topo_run "$HOSTA" xargs -P 4 -I% "$TOPO_BIN/blast" ping $B4 7999 --sport % \
		--count 3 --pps 100 --idle 200 >/dev/null
	traffic_receiver_end "$TOPO_PID"
}

test_grow() {
	begin
	serve
	exchange
	wait_for 10 "a connection" hw_is $PORT 2
	topo_sysctl "$ROUTER" net.netfilter.nf_flowtable_udp_timeout=600
	check "room for 2,000" sh -c "echo 2000 >$PARAM"
	connections 20000 20039
	wait_for 60 "all in XDP" hw_flows_are 82 || nfo -s port
	by_xdp
	check_eq "as the module counts" "$(cat ${PARAM%/*}/flows)" 82
	check "and its memory" test "$(cat ${PARAM%/*}/memory)" -gt 20000
	check "conntrack has all packets of the first" wait_for 15 "counts" \
		counts_are "40 1120 40 1120"
}

counts_are() { # TEXT
	[ "$(ct_counters "$ROUTER" -p udp --sport $PORT | cut -d' ' -f1,3)" = "$(cut -d' ' -f1,3 <<<"$1")" ]
}

test_full() {
	begin
	check "room for 2" sh -c "echo 2 >$PARAM"
	serve
	exchange
	wait_for 10 "one connection" hw_is $PORT 2
	PORT=$((PORT + 1))
	exchange
	wait_for 10 "no more" reason_is $PORT original table-full
	check "room for more" sh -c "echo 100 >$PARAM"
	traffic_start $B4 $PORT 20 8
	wait_for 20 "now it is taken" hw_is $PORT 2
	traffic_end now
	check "the default" sh -c "echo 262144 >$PARAM"
}

# The device, or all of the namespace, goes while XDP is on it.
test_gone() {
	begin
	serve
	exchange
	wait_for 10 "in XDP" hw_is $PORT 2
	check "the egress device goes" ip -n "$ROUTER" link del nic0p1
	wait_for 10 "nothing is left in XDP" hw_flows_are 0
	begin
	serve
	exchange
	wait_for 10 "in XDP" hw_is $PORT 2
	check "the namespace goes" ip netns del "$ROUTER"
	wait_for 10 "the module can go" modprobe -r nfo_xdp
	check "and come back" modprobe nfo_xdp
}

xdp_load
ktap_case "native, and proved" test_native
ktap_case "features are held, and given back" test_features
ktap_case "a far end that moves" test_move
ktap_case "generic where the driver cannot" test_generic
ktap_case "queues that do not match" test_queues
ktap_case "somebody else's program" test_foreign
ktap_case "a device that takes no XDP frames" test_egress
ktap_case "a stream stays whole" test_stream
ktap_case "a table that grows" test_grow
ktap_case "a full table" test_full
ktap_case "devices that go" test_gone
ktap_done
