#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# Law L7: devices, wires, namespaces and modules go away while a stream of packets is in hardware.
# Nothing may hang, leak or be left in the table; what can go on goes on without a loss.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

PORT=9000

hw_is() { hw_of_port_is "$PORT" "$1"; }

# Both hosts, the router, the model and a stream that is in hardware. The stream is not expected
# to arrive: it is what the rest is done under.
under_traffic() {
	topo_hosts model
	check "ruleset" topo_ruleset "$ROUTER" offload any
	stream 60
}

stream() { # SECONDS
	PORT=$((PORT + 1))
	traffic_start $B4 $PORT 200 "$1"
	wait_for 30 "both directions are in hardware" hw_is 2
}

end() {
	topo_cleanup
	wait_for 30 "no flow is left" nothing_left
}

nothing_left() {
	"$NFOCTL" -j status | jq -e '(.[0] // .) | .flowtables == 0 and .ports == 0'
}

# UNBIND without DESTROY: the stream goes on in software, without the flowtable.
test_ruleset_goes() {
	topo_hosts model
	# no NAT: a translation that goes with its rules is the kernel's to lose
	check "ruleset" topo_ruleset "$ROUTER" offload
	stream 8
	check "flush" topo_run "$ROUTER" nft flush ruleset
	check_eq "entries left in the model" "$("$NFOCTL" -n "$ROUTER" -j sim | jq '.[].used')" 0
	traffic_end
	end
}

# One device of two leaves the flowtable.
test_device_leaves() {
	topo_hosts model
	check "ruleset" topo_ruleset "$ROUTER" offload any
	stream 8
	check "delete" topo_run "$ROUTER" nft delete flowtable inet nfo_test f \
		'{ hook ingress priority 0; devices = { nic0p0 }; }'
	wait_for 20 "its direction is out" hw_is 1
	traffic_end
	end
}

test_link_down() {
	under_traffic
	check "down" topo_run "$ROUTER" ip link set nic0p0 down
	wait_for 20 "out of the hardware" hw_is 0
	check "up" topo_run "$ROUTER" ip link set nic0p0 up
	end
}

test_wire_goes() {
	under_traffic
	check "the wire is removed" topo_run "$ROUTER" ip link del w0
	check_eq "carrier of its port" "$(topo_run "$ROUTER" cat /sys/class/net/nic0p0/carrier)" 0
	check_eq "wires that are left" \
		"$("$NFOCTL" -n "$ROUTER" -j sim | jq -r '[.[].ports[].wire | select(.)] | join(" ")')" w1
	check "the model can be removed" topo_run "$ROUTER" "$NFOCTL" sim del nic0
	end
}

test_model_goes() {
	under_traffic
	check "the model is removed" topo_run "$ROUTER" "$NFOCTL" sim del nic0
	check_eq "models" "$("$NFOCTL" -n "$ROUTER" -j sim | jq length)" 0
	wait_for 20 "its ports are gone" nothing_left
	check "and made again" topo_model_add "$ROUTER"
	topo_router_up "$ROUTER"
	check "ruleset" topo_ruleset "$ROUTER" offload any
	check "traffic" traffic_exchange $B4 9500 20
	end
}

test_netns_goes() {
	under_traffic
	check "the router is removed" ip netns del "$ROUTER"
	wait_for 20 "its ports are gone" nothing_left
	end
}

test_driver_goes() {
	under_traffic
	check "rmmod of the driver" rmmod nfo_sim
	wait_for 20 "its ports are gone" nothing_left
	check "the core is free" topo_run "$ROUTER" nft flush ruleset
	wait_for 30 "rmmod of a backend" rmmod nfo_flower
	wait_for 30 "rmmod of another" rmmod nfo_xdp
	wait_for 30 "rmmod of the core" rmmod nft_offload
	topo_cleanup
}

# Fifty times, with and without the stock provider, before it and after it.
test_load_unload() {
	local i

	topo_cleanup
	for i in {1..50}; do
		case $((i % 3)) in
		0) modprobe nf_flow_table_inet ;;
		1) modprobe -r nf_flow_table_inet ;;
		esac
		modprobe nft_offload && modprobe nfo_sim || fail "round $i: load" || return
		[ $((i % 3)) != 2 ] || modprobe nf_flow_table_inet
		rmmod nfo_sim nfo_flower nfo_xdp && rmmod nft_offload || fail "round $i: unload" || return
	done
}

# The same with a flow in hardware each time: what was loaded first is what nft uses.
test_load_with_flows() {
	local i TOPO_PROVIDER=any

	for i in 1 2 3 4; do
		wait_for 20 "round $i: modules can be removed" unloaded
		[ $((i % 2)) = 0 ] || modprobe nf_flow_table_inet
		topo_hosts model
		check "ruleset" topo_ruleset "$ROUTER" offload
		check "round $i: traffic" traffic_exchange $B4 $((9600 + i)) 20
		check "round $i: in hardware" test "$("$NFOCTL" -n "$ROUTER" -j sim | jq '.[].used')" = 2
		check "round $i: tag" has_hw_tag "$ROUTER" -p udp --dport $((9600 + i))
		topo_cleanup
	done
}

# A namespace that is gone may still hold one of them.
unloaded() {
	modprobe -ra nfo_flower nfo_xdp nft_offload nfo_sim nf_flow_table_inet
	[ ! -d /sys/module/nft_offload ] && [ ! -d /sys/module/nf_flow_table_inet ]
}

ktap_case "ruleset flushed" test_ruleset_goes
ktap_case "a device leaves the flowtable" test_device_leaves
ktap_case "port down" test_link_down
ktap_case "wire removed" test_wire_goes
ktap_case "model removed and made again" test_model_goes
ktap_case "namespace removed" test_netns_goes
ktap_case "modules loaded and unloaded 50 times" test_load_unload
ktap_case "either provider first, with flows" test_load_with_flows
ktap_case "driver removed" test_driver_goes
ktap_done
