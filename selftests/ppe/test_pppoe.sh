#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 200
#
# PPPoE: what the way out is on most of the routers that have such engines. Packets get and lose the header in
# hardware, with a VLAN tag around it, too; what leaves is what software would send.
#
#	A === [nic0p0  router, a SoC  nic0p1] === B	see lib/topo.sh
#	                      wan: PPPoE over nic0p1 or nic0p1.7, 10.9.0.1 to 10.9.0.2

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/ppe.sh"

FAR=10.9.0.2

end_of_session() { # NS DEV PEER-MAC ADDR PEER-ADDR
	topo_bg "$1" "$TOPO_BIN/pppoe" "$2" 77 "$3" wan >"$KTAP_DIR/pppoe.$1" 2>&1 < <(sleep 100)
	wait_for 20 "one end of the session" grep -q ready "$KTAP_DIR/pppoe.$1"
	topo_ip "$1" <<-TEXT
	link set wan up
	addr add $4 peer $5 dev wan
	TEXT
}

# The MTU towards A is that of the session: engines do not check that of the way out.
session() { # [VLAN]
	local dev=nic0p1 far=eth0

	modprobe -a ppp_generic pppox pppoe || topo_die "no PPPoE in this kernel"
	topo_ip "$ROUTER" <<<"link set nic0p0 mtu 1492"
	topo_ip "$HOSTA" <<<"link set eth0 mtu 1492"
	if [ "$1" ]; then
		dev=nic0p1.$1 far=eth0.$1
		topo_ip "$ROUTER" <<-TEXT
		link add link nic0p1 name $dev type vlan id $1
		link set $dev up
		TEXT
		topo_ip "$HOSTB" <<-TEXT
		link add link eth0 name $far type vlan id $1
		link set $far up
		TEXT
	fi
	end_of_session "$ROUTER" $dev $MAC_B 10.9.0.1 $FAR
	end_of_session "$HOSTB" $far $MAC_R1 $FAR 10.9.0.1
	topo_ip "$HOSTB" <<<"route replace $A4/32 dev wan"
}

# What B hears on the wire, and that it is right, is for the kernel's PPPoE to say: it takes nothing else.
test_session() { # SOC [VLAN]
	local n

	ppe_hosts "$1"
	check "ruleset" topo_ruleset "$ROUTER" offload any
	session "$2"
	stream 50 8 $FAR
	in_hardware
	n=$(cpu_rx nic0p1)
	sleep 2
	# of the hundred; devices that are new have to say something about IPv6, too
	check "B's packets do not come up to the CPU" test $(($(cpu_rx nic0p1) - n)) -lt 20
	check_eq "the entry's layers" "$("$NFOCTL" -n "$ROUTER" -j ppe entries |
		jq -c '[.[] | select(.ours and .out.pppoe_sid) | [.out.pppoe_sid, [.out.vlans[].id]]] | unique')" \
		"[[77,[${2:-}]]]"
	traffic_end
	wait_for 20 "conntrack counts every packet once" counts_are 400
}

for soc in "${PPE_SOCS[@]:1}"; do
	ktap_case "$soc: PPPoE" test_session $soc
	ktap_case "$soc: PPPoE in a VLAN" test_session $soc 7
done
ktap_done
