#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 300
#
# Engines that fail: counters that do not come, tables that cannot be read, an engine that stays busy, an
# interrupt that is lost, more connections than any table holds, a SoC that goes while it forwards. Streams go on
# without losing a packet (law L3), whatever it is.
#
#	A === [nic0p0  router, a SoC  nic0p1] === B	see lib/topo.sh

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/ppe.sh"

knob() { check "$1 $2" "$NFOCTL" -n "$ROUTER" sim set nic0 "$1" "$2"; }
grows() { [ "$(hw_rx nic0p0)" -gt "$1" ]; }

# The window for counters and the busy bit do not answer: it is said, and given up, and tried again.
test_stuck() {
	local n

	reset_stream 50 20
	in_hardware
	n=$(ppe_stat mib_errors)
	knob stuck on
	wait_for 20 "counters do not come" ppe_stat_grew mib_errors "$n"
	check "reset all the same" "$NFOCTL" -n "$ROUTER" sim reset nic0
	check "an engine was found busy" test "$(ppe_stat stuck)" -ge 1
	knob stuck off
	in_hardware
	reset_stream_end
}

test_table_error() {
	local n

	stream 50 12
	in_hardware
	knob table-error on
	sleep 1
	n=$(hw_rx nic0p0)
	sleep 1
	check_eq "packets in hardware meanwhile" $(($(hw_rx nic0p0) - n)) 0
	knob table-error off
	wait_for 10 "packets go by hardware again" grows "$n"
	traffic_end
}

# Found by looking once a second.
test_lost_irq() {
	local n

	knob silent on
	knob lost-irq on
	n=$(ppe_stat resets)
	check "reset" "$NFOCTL" -n "$ROUTER" sim reset nic0
	wait_for 10 "the engines know" ppe_stat_grew resets "$n"
	knob silent off
	knob lost-irq off
	stream 50 4
	in_hardware
	traffic_end
}

# 120,000 connections that nobody offloads go through a table of 16,384 entries, and a stream through both.
test_storm() {
	local n dport

	topo_run "$ROUTER" nft -f - <<-TEXT
	table inet storm {
		chain pre {
			type filter hook prerouting priority raw; policy accept;
			udp dport { 9, 10 } notrack
		}
	}
	TEXT
	stream 50 60
	in_hardware
	n=$(hw_rx nic0p0)
	for dport in 9 10; do
		check "60,000 connections" topo_run "$HOSTA" "$TOPO_BIN/pkt" send eth0 --dmac $MAC_R0 --proto udp \
			--src $A4 --dst $B4 --sport 1000 --step-sport --dport $dport --len 8 --count 60000
	done
	check "the stream is in hardware" hw_is 2
	wait_for 10 "its packets are" grows "$n"
	echo "entries in use: $(ppe_stat used)"
	traffic_end
	wait_for 20 "conntrack counts every packet once" counts_are 3000
	topo_run "$ROUTER" nft delete table inet storm
}

# The device goes in the middle of it: nothing hangs, nothing is left, the module can go.
test_gone() {
	stream 50 4
	in_hardware
	check_fails "the module is in use" "in use" rmmod nfo_ppe
	check "the SoC goes" "$NFOCTL" -n "$ROUTER" sim del nic0
	topo_wait "$TRAFFIC_PING" || :
	topo_wait "$TRAFFIC_ECHO" || :
	check_eq "engines" "$("$NFOCTL" -n "$ROUTER" -j ppe stats | jq length)" 0
	topo_cleanup
	wait_for 20 "the module goes" rmmod nfo_ppe
}

ppe_hosts mt7986
check "ruleset" topo_ruleset "$ROUTER" offload any
ktap_case "counters do not come, the engine stays busy" test_stuck
ktap_case "the table cannot be read" test_table_error
ktap_case "an interrupt is lost" test_lost_irq
ktap_case "a storm of connections" test_storm
ktap_case "the device goes" test_gone
ktap_done
