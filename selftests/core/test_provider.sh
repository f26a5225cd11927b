#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# quick: yes
#
# The front doors, without a device model: who is nft's provider, what is refused and how, and what
# nf_flow_table and the core do to each other when modules come and go. The router's ports are
# veths, which no real backend serves; the test backend nfo_null takes them and does nothing.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

PARAM=/sys/module/nfo_null/parameters

unload() {
	local m

	topo_run "$ROUTER" nft flush ruleset
	for m in nfo_null nfo_flower nfo_xdp nft_offload nf_flow_table_inet; do
		[ ! -d "/sys/module/$m" ] || wait_for 30 "$m can be removed" rmmod "$m" || return
	done
}

load_null() { check "load the test backend" modprobe nfo_null prefix=nic0; }
param() { cat "$PARAM/$1"; }
param_is() { [ "$(param "$1")" = "$2" ]; }
ct_has() { ct_line "$ROUTER" -p udp --dport "$1" | grep -F "$2"; }
ct_lacks() { ! ct_has "$@"; }
flowtable() { topo_run "$ROUTER" nft -f -; }

# Ten packets each way; the flow is added with the second.
exchange() { traffic_exchange $B4 "$1"; }

test_refused() {
	unload
	check "load the core" modprobe nft_offload
	dmesg -C
	check_fails "flags offload without a backend" "Operation not supported" \
		topo_ruleset "$ROUTER" offload
	check_eq "lines in the kernel log" \
		"$(dmesg | grep -c 'nft_offload: nic0p[01]: no backend can serve this device')" 1
	check_eq "what is left of the ruleset" "$(topo_run "$ROUTER" nft list ruleset)" ""
}

test_families() {
	local family

	unload
	load_null
	for family in ip ip6 inet; do
		flowtable <<-NFT
		table $family t {
			flowtable f {
				hook ingress priority 0; devices = { nic0p0, nic0p1 }; flags offload;
			}
		}
		NFT
		check_eq "ports of a flowtable of family $family" "$(param ports)" 2
		check_fails "the core is in use" "in use" rmmod nft_offload
		topo_run "$ROUTER" nft flush ruleset
		check_eq "ports afterwards" "$(param ports)" 0
	done
}

test_two_tables() {
	unload
	load_null
	flowtable <<-NFT
	table ip t4 {
		flowtable f { hook ingress priority 0; devices = { nic0p0 }; flags offload; }
	}
	table ip6 t6 {
		flowtable f { hook ingress priority 0; devices = { nic0p0, nic0p1 }; flags offload; }
	}
	NFT
	check_eq "ports" "$(param ports)" 2
	topo_run "$ROUTER" nft delete table ip6 t6
	check_eq "ports without the second table" "$(param ports)" 1
	topo_run "$ROUTER" nft flush ruleset
	check_eq "ports without any" "$(param ports)" 0
}

test_without_flag() {
	unload
	load_null
	check "flowtable without offload" topo_ruleset "$ROUTER" soft
	check_eq "ports of ours" "$(param ports)" 0
	check "traffic" exchange 4001
	check_eq "flows of ours" "$(param added)" 0
	check "flow in software" ct_has 4001 "[OFFLOAD]"
}

# What both doors have to do: flows come, carry the tag, and go with the ruleset.
offload_works() { # PORT
	check "ruleset" topo_ruleset "$ROUTER" offload || return
	check "traffic" exchange "$1"
	wait_for 20 "both directions arrive" param_is flows 2
	check "tag" ct_has "$1" "[HW_OFFLOAD]"
	# nf sends no DESTROY here
	topo_run "$ROUTER" nft flush ruleset
	check_eq "flows afterwards" "$(param flows)" 0
	check "no tag" ct_lacks "$1" "[HW_OFFLOAD]"
	check_eq "ports afterwards" "$(param ports)" 0
}

test_provider_door() {
	unload
	load_null
	offload_works 4002
	check "the stock provider was not loaded" test ! -d /sys/module/nf_flow_table_inet
	check "stock provider after ours" modprobe nf_flow_table_inet
	offload_works 4003
	check_eq "door" "$(last_door)" provider
}

# The ruleset is gone by then: bind once more to look.
last_door() {
	topo_ruleset "$ROUTER" offload
	"$NFOCTL" -n "$ROUTER" -j port | jq -r '[.[].door] | unique | join(" ")'
	topo_run "$ROUTER" nft flush ruleset
}

test_indirect_door() {
	unload
	check "stock provider first" modprobe nf_flow_table_inet
	load_null
	offload_works 4004
	check_eq "door" "$(last_door)" indirect
}

# Linux keeps a record of a refused bind and shows it, freed, to whoever registers later.
test_indirect_replay() {
	unload
	check "stock provider first" modprobe nf_flow_table_inet
	check_fails "it refuses veth" "Operation not supported" topo_ruleset "$ROUTER" offload
	load_null
	offload_works 4005
}

test_refused_by_driver() {
	unload
	load_null
	echo 28 >"$PARAM/refuse"
	check "ruleset" topo_ruleset "$ROUTER" offload
	check "traffic goes on in software" exchange 4006
	check_eq "flows in hardware" "$(param flows)" 0
	check "no tag" ct_lacks 4006 "[HW_OFFLOAD]"
	check_eq "reason" "$("$NFOCTL" -n "$ROUTER" -j flow |
		jq -r '[.[].directions[].reason] | unique | join(" ")')" table-full
	echo 0 >"$PARAM/refuse"
}

# The connection of the case before: nf offers it again with its packets, once a second at most.
test_lifted_refusal() {
	traffic_start $B4 4006 10 6
	wait_for 30 "both directions are taken" param_is flows 2
	check "tag" ct_has 4006 "[HW_OFFLOAD]"
	traffic_end
}

# A backend that invents packets: what it says reaches conntrack, the last words too.
test_counters_reach_conntrack() {
	local before after

	before=$(ct_line "$ROUTER" -p udp --dport 4006 | sed 's/.* packets=\([0-9]*\).*/\1/')
	echo 1000 >"$PARAM/forge"
	topo_run "$ROUTER" nft flush ruleset
	echo 0 >"$PARAM/forge"
	after=$(ct_line "$ROUTER" -p udp --dport 4006 | sed 's/.* packets=\([0-9]*\).*/\1/')
	check_eq "packets added at removal" $((after - before)) 1000
}

test_device_goes() {
	check "ruleset" topo_ruleset "$ROUTER" offload
	check "traffic" exchange 4007
	wait_for 20 "both directions arrive" param_is flows 2
	topo_run "$ROUTER" ip link del nic0p0
	check_eq "ports" "$(param ports)" 1
	wait_for 20 "the other direction goes too" param_is flows 0
}

topo_hosts plain
topo_sysctl "$ROUTER" net.netfilter.nf_conntrack_acct=1
topo_no_xdp
ktap_case "refused like the kernel does, with one line in the log" test_refused
ktap_case "families ip, ip6 and inet" test_families
ktap_case "a device in two flowtables is one port" test_two_tables
ktap_case "flowtables without offload are left alone" test_without_flag
ktap_case "provider: loaded before nf_flow_table_inet" test_provider_door
ktap_case "indirect door: nf_flow_table_inet came first" test_indirect_door
ktap_case "replayed freed memory is refused unread" test_indirect_replay
ktap_case "refused by the driver: software and a reason" test_refused_by_driver
ktap_case "a lifted refusal is noticed" test_lifted_refusal
ktap_case "last counters reach conntrack" test_counters_reach_conntrack
ktap_case "device removed" test_device_goes
unload
ktap_done
