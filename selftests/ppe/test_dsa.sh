#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# Behind the first MAC is a switch, as on most boards, and its user ports are devices of the flowtable. What
# an engine sends there has to carry the switch's special tag for the right port, a VLAN in it too; the
# switch of the model drops what does not, and takes the tag off: the far ends understand plain frames only.
#
#	A === nic0p0 [switch - cpu0  router, a SoC  nic0p1] === B	user: one user port
#	A === nic0p0 [switch - cpu0  router, a SoC  mac1]		users: two of them
#	B === nic0p1 [   "                        ]

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/ppe.sh"

# Names as everywhere: nic0p0 is where A is, nic0p1 where B is.
eval "named_$(declare -f topo_router_up)"
topo_router_up() { # ROUTER
	topo_must ip -n "$1" link set nic0p0 name cpu0
	topo_must ip -n "$1" link set nic0l0 name nic0p0
	if [ "$USERS" = 2 ]; then
		topo_must ip -n "$1" link set nic0p1 name mac1
		topo_must ip -n "$1" link set nic0l1 name nic0p1
	fi
	topo_must ip -n "$1" link set cpu0 up
	named_topo_router_up "$1"
}

# The second MAC needs a wire of its own where both first ones are the switch's.
eval "plain_$(declare -f topo_model_add)"
topo_model_add() { # ROUTER [ARG…]
	[ "$USERS" != 2 ] || topo_must ip -n "$1" link add w2 up type veth peer name w2far
	plain_topo_model_add "$@"
}

hosts() { # SOC USERS
	USERS=$2
	ppe_model "$1"
	TOPO_MODEL_ARGS+=(dsa "$2")
	[ "$2" = 1 ] || TOPO_MODEL_ARGS+=(wire w2)
	topo_hosts model
	topo_sysctl "$ROUTER" net.netfilter.nf_conntrack_acct=1
	ppe_allow "$ROUTER"
}

# "PORT VLAN …" of the entries by which packets leave by a user port.
user_entries() {
	"$NFOCTL" -n "$ROUTER" -j ppe entries |
		jq -c '[.[] | select(.ours and .state == "bound" and .out.dsa_port != null) |
			[.out.dsa_port, .out.vlans[].id]] | sort'
}

# A stream that no packet of comes up to the CPU, and that arrives.
carried() { # ENTRIES [NAT]
	local n

	check "ruleset" topo_ruleset "$ROUTER" offload ${2:+"$2"}
	stream 50 20
	in_hardware
	n=$(($(cpu_rx nic0p0) + $(cpu_rx nic0p1)))
	sleep 2
	check "packets do not come up to the CPU" test $(($(cpu_rx nic0p0) + $(cpu_rx nic0p1) - n)) -lt 20
	check_eq "entries of user ports" "$(user_entries)" "$1"
	traffic_end now
	wait_for 20 "conntrack counts every packet once" counts_are "$TRAFFIC_SENT"
}

vlan() {
	topo_ip "$ROUTER" <<-TEXT
	link add link nic0p0 name nic0p0.7 up type vlan id 7
	addr del $R04/24 dev nic0p0
	addr add $R04/24 dev nic0p0.7
	TEXT
	topo_ip "$HOSTA" <<-TEXT
	link add link eth0 name eth0.7 up type vlan id 7
	addr del $A4/24 dev eth0
	addr add $A4/24 dev eth0.7
	route replace default via $R04
	TEXT
}

test_vlan() {
	vlan
	carried '[[0,7]]'
}

# As the LAN of most routers is: user ports in a bridge that has the address.
test_bridge() {
	topo_ip "$ROUTER" <<-TEXT
	link del nic0p0.7
	link add br0 address $MAC_R0 up type bridge
	link set nic0p0 master br0
	addr add $R04/24 dev br0
	TEXT
	topo_ip "$HOSTA" <<-TEXT
	link del eth0.7
	addr add $A4/24 dev eth0
	route replace default via $R04
	TEXT
	wait_for 10 "the bridge forwards" topo_run "$HOSTA" ping -c 1 -W 1 $B4
	carried '[[0]]' masquerade
}

test_words() {
	check_fails "a NIC has no switch" 'no SoC: only those have a switch' \
		"$NFOCTL" -n "$ROUTER" sim add nic1 wire lo wire lo dsa 1
	check_fails "too few wires" '2 user ports and a MAC need 3 wires, got 2' \
		"$NFOCTL" -n "$ROUTER" sim add nic1 wire lo wire lo profile mt7986 dsa 2
	check_fails "too many" 'from 1 to' "$NFOCTL" -n "$ROUTER" sim add nic1 wire lo wire lo dsa 99
}

for soc in "${PPE_SOCS[@]:1}"; do
	hosts $soc 1
	ktap_case "$soc: user port and MAC" carried '[[0]]'
	ktap_case "$soc: translated" carried '[[0]]' masquerade
	ktap_case "$soc: a VLAN on the user port" test_vlan
	ktap_case "$soc: a user port in a bridge" test_bridge
	hosts $soc 2
	ktap_case "$soc: two user ports" carried '[[0],[1]]'
done
ktap_case "switches that cannot be" test_words
ktap_done
