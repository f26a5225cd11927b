#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 200
#
# Engines compare addresses and ports only. What that does not tell apart is not offloaded: while packets of
# two network namespaces come in through one engine, and connections in a conntrack zone. Law L8: a
# connection of one namespace is never forwarded by the entry of another's.
#
#	A === [nic0p0  router, a SoC  nic0p1] === B	see lib/topo.sh
#	        | nic0p0.9, given to $OTHER

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/ppe.sh"

# The same connection once more, in a VLAN whose device another namespace has: it hears every packet of it.
test_namespaces() {
	local n

	stream 50 16
	in_hardware
	topo_must ip -n "$ROUTER" link add link nic0p0 name nic0p0.9 type vlan id 9
	check "a VLAN in the same namespace is no matter" hw_is 2
	topo_must ip -n "$ROUTER" link set nic0p0.9 netns "$OTHER"
	topo_must ip -n "$OTHER" link set nic0p0.9 up
	wait_for 10 "the engine cannot tell" reason_is ambiguous
	n=$(hw_rx nic0p0)
	check "the other's packets" twin_packets
	wait_for 10 "all of them arrive at the other" other_heard 5
	check_eq "none is forwarded by the engine" $(($(hw_rx nic0p0) - n)) 0
	topo_must ip -n "$OTHER" link del nic0p0.9
	in_hardware
	traffic_end
}

# From A, in VLAN 9, with the addresses and ports of the stream.
twin_packets() {
	topo_must ip -n "$HOSTA" link add link eth0 name eth0.9 type vlan id 9
	topo_ip "$HOSTA" <<-TEXT
	link set eth0.9 up
	TEXT
	topo_run "$HOSTA" "$TOPO_BIN/pkt" send eth0.9 --proto udp --src $A4 --dst $B4 --sport "$PORT" \
		--dport "$PORT" --dmac $MAC_R0 --smac $MAC_A --count 5
}

other_heard() { # N
	[ "$(topo_run "$OTHER" cat /sys/class/net/nic0p0.9/statistics/rx_packets)" -ge "$1" ]
}

test_zone() {
	check "ruleset" topo_ruleset "$ROUTER" offload any
	topo_run "$ROUTER" nft -f - <<-TEXT
	table inet zones {
		chain pre {
			type filter hook prerouting priority raw; policy accept;
			ct zone set 7
		}
	}
	TEXT
	stream 50 5
	wait_for 10 "reason" reason_is ambiguous
	traffic_end
	check "ruleset" topo_ruleset "$ROUTER" offload any
	stream 50 5
	in_hardware
	traffic_end
}

for soc in mt7622 mt7986; do
	ppe_hosts $soc
	topo_ns_new OTHER other
	check "ruleset" topo_ruleset "$ROUTER" offload any
	ktap_case "$soc: two namespaces behind one engine" test_namespaces
	ktap_case "$soc: a conntrack zone" test_zone
done
ktap_done
