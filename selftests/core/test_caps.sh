#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 400
#
# What a backend's capability table says decides: hardware that checks no MTU, and hardware that sends
# through a bond. The checker itself is tested in unit/test_rule.c; here is what it is told of devices,
# and when it is asked again. The test backend has the table that a test gives it.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

CAP_MTU=0x40 CAP_UPPER=0x80 CAP_BOND=0x800
PORT=7900

nfoctl() { "$NFOCTL" -n "$ROUTER" "$@"; }
hw_is() { hw_of_port_is $PORT "$1"; }
# "STATE REASON" of a direction
dir_is() { # original|reply STATE [REASON]
	[ "$(nfoctl -j flow port $PORT | jq -r --arg dir "$1" '.[].directions[] |
		select(.dir == $dir) | "\(.state) \(.reason // "")"')" = "$2 ${3-}" ]
}

hosts() { # PARAMETER...
	topo_provider
	check "unload" modprobe -r nfo_null
	topo_must modprobe nft_offload
	topo_must modprobe nfo_null prefix= "$@"
	topo_hosts plain
	PORT=$((PORT + 1))
}

flowtable() { # DEVICES
	topo_ruleset_text offload | sed "s/devices = {[^}]*}/devices = { $1 }/" |
		check "ruleset" topo_run "$ROUTER" nft -f -
}

end() {
	traffic_end now
	topo_cleanup
	wait_for 20 "the backend is free" modprobe -r nfo_null
}

# A's packets come in by a VLAN, so that the MTU of the port below it is nothing to the other direction.
test_ingress_mtu() {
	hosts without=$CAP_MTU
	topo_ip "$ROUTER" <<-TEXT
	addr flush dev nic0p0
	link add link nic0p0 name nic0p0.10 type vlan id 10
	link set nic0p0.10 up
	addr add $R04/24 dev nic0p0.10
	TEXT
	topo_ip "$HOSTA" <<-TEXT
	addr flush dev eth0
	link add link eth0 name eth0.10 type vlan id 10
	link set eth0.10 up
	addr add $A4/24 dev eth0.10
	route add default via $R04
	TEXT
	flowtable "nic0p0, nic0p1"
	traffic_start $B4 $PORT 50 20
	wait_for 20 "in hardware" hw_is 2
	topo_must ip -n "$ROUTER" link set nic0p0 mtu 1600
	wait_for 5 "more may come in than can leave" dir_is original sw mtu
	check "the other direction stays" dir_is reply hw
	topo_must ip -n "$ROUTER" link set nic0p0 mtu 1500
	wait_for 5 "no more" hw_is 2
	end
}

bond() { # MODE
	modprobe bonding || topo_die "no bonding in this kernel"
	topo_ip "$ROUTER" <<-TEXT
	addr flush dev nic0p1
	link set nic0p1 down
	link add bond0 address $MAC_R1 type bond mode $1 miimon 50
	link set nic0p1 master bond0
	link set bond0 up
	addr add $R14/24 dev bond0
	TEXT
	flowtable "nic0p0, bond0"
	traffic_start $B4 $PORT 50 20
}

test_bond() {
	hosts without=$CAP_UPPER
	bond active-backup
	wait_for 20 "in hardware" hw_is 2
	end
	hosts without=$CAP_UPPER
	bond balance-rr
	wait_for 20 "no bond with several ways" dir_is original sw virtual-dev
	end
	hosts without=$((CAP_UPPER | CAP_BOND))
	bond active-backup
	wait_for 20 "no bond at all" dir_is original sw virtual-dev
	end
}

ktap_case "the ingress MTU changes" test_ingress_mtu
ktap_case "a bond as egress device" test_bond
ktap_done
