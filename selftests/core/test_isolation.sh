#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 240
#
# Law L8: the hardware belongs to the administrator. Namespaces of other users get it when the
# administrator says so and as much as the administrator says, see nothing but their own, and change
# nothing. The router is a namespace that root of a user namespace owns; its ports are veths, which
# the test backend takes.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

KEEPER=
NOBODY=65534

# Root of the container: a user namespace of its own, the router as its network namespace.
inside() { nsenter -t "$KEEPER" -U -n --preserve-credentials "$@"; }
nobody() { setpriv --reuid $NOBODY --regid $NOBODY --clear-groups "$@"; }
hw() { topo_run "$ROUTER" "$NFOCTL" -j flow show state hw | jq '[.[].directions[]] | length'; }
hw_at_most() { [ "$(hw)" -le "$1" ]; }
hw_is() { [ "$(hw)" = "$1" ]; }
known() { topo_run "$ROUTER" "$NFOCTL" -j flow | jq 'length'; }
known_is() { [ "$(known)" = "$1" ]; }

# One packet each way makes a connection that is offered.
flood() { # CONNECTIONS
	topo_run "$HOSTA" bash -c 'for ((i = 0; i < $1; i++)); do echo x >/dev/udp/'$B4'/9100; done' \
		flood "$1"
}

container_router() {
	topo_need unshare util-linux
	unshare -U -n -r sleep 600 {TOPO_OUT}>&- &
	KEEPER=$!
	TOPO_PIDS+=("$KEEPER")
	wait_for 10 "the container is there" container_is_up
	ROUTER=nfo$$-r
	topo_must ip netns attach "$ROUTER" "$KEEPER"
	TOPO_NS+=("$ROUTER")
	topo_must ip -n "$ROUTER" link set lo up
	topo_run "$ROUTER" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}
container_is_up() { [ "$(readlink /proc/$KEEPER/ns/net)" != "$(readlink /proc/self/ns/net)" ]; }

setup() {
	topo_need jq jq
	modprobe -ra nfo_null nfo_sim nfo_flower nfo_xdp nft_offload nf_flow_table_inet
	check "load" modprobe nfo_null prefix=nic0
	"$NFOCTL" policy reset
	topo_ns_new HOSTA a
	topo_ns_new HOSTB b
	container_router
	topo_wires "$ROUTER" plain "$HOSTA" eth0 "$HOSTB" eth0
	topo_router_up "$ROUTER"
	topo_host_up "$HOSTA" $MAC_A $A4 $A6 $R04 $R06
	topo_host_up "$HOSTB" $MAC_B $B4 $B6 $R14 $R16
}

ruleset() { topo_ruleset_text offload | inside nft -f -; }

test_refused() {
	dmesg -C
	check_fails "flags offload from a container" "Operation not supported" ruleset
	check_eq "one line in the log says what to do" \
		"$(dmesg | grep -c 'not in the initial user namespace.*policy set userns on')" 1
}

test_privilege() {
	check_fails "root of the container sets a policy" "[Nn]ot permitted" \
		inside "$NFOCTL" policy set userns on
	check_fails "root of the container removes the policy" "[Nn]ot permitted" \
		inside "$NFOCTL" policy reset
	check_fails "a user sets a policy" "[Nn]ot permitted" nobody "$NFOCTL" policy set evict off
	check_fails "a user lists flows" "[Nn]ot permitted" nobody "$NFOCTL" flow
	check "a user reads the policy" nobody "$NFOCTL" policy show
	check "a user reads the status" nobody "$NFOCTL" status
	check_eq "the policy is as it was" "$("$NFOCTL" -j policy | jq '(.[0] // .).userns')" false
}

test_allowed() {
	check "the administrator allows it" "$NFOCTL" policy set userns on
	check "flags offload from a container" ruleset
	traffic_receiver "$HOSTB" echo 9100 --idle 100000
	flood 5
	wait_for 20 "its flows are in hardware" hw_is 10
	check_eq "root of the container sees them" "$(inside "$NFOCTL" -j flow | jq length)" 5
	check_eq "nobody else does" "$("$NFOCTL" -j flow | jq length)" 0
	check_eq "nor its ports" "$("$NFOCTL" -j port | jq length)" 0
}

# A container that opens connections as fast as it can, against its quota.
test_flood() {
	local i

	check "a quota" "$NFOCTL" policy set netns-quota 16
	for i in 1 2 3 4 5 6 7 8; do
		flood 100
		check "round $i: within the quota" hw_at_most 16
	done
	check "the flood arrived" test "$(known)" -gt 300
	wait_for 10 "and it is used" hw_is 16
	check_eq "rules in the backend" "$(cat /sys/module/nfo_null/parameters/flows)" 16
	check_eq "other reasons than the quota, or having made room within it" \
		"$(topo_run "$ROUTER" "$NFOCTL" -j flow show state sw | jq -r '[.[].directions[].reason]
			| unique - ["netns-quota", "evicted"] | join(" ")')" ""
}

# What the administrator takes back is taken back with the next flowtable.
test_taken_back() {
	check "the administrator forbids it" "$NFOCTL" policy set userns off
	inside nft flush ruleset
	wait_for 20 "no flow is left" known_is 0
	check_fails "flags offload from a container" "Operation not supported" ruleset
}

test_unload() {
	wait_for 20 "the backend can be removed" rmmod nfo_null
	wait_for 20 "flower can be removed" rmmod nfo_flower
	wait_for 20 "xdp can be removed" rmmod nfo_xdp
	wait_for 20 "the core can be removed" rmmod nft_offload
}

setup
ktap_case "refused by default" test_refused
ktap_case "privileges" test_privilege
ktap_case "allowed" test_allowed
ktap_case "quota under a flood" test_flood
ktap_case "taken back" test_taken_back
"$NFOCTL" policy reset
ktap_case "unload" test_unload
ktap_done
