#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 560
#
# Laws L3, L5 and L6 on a device that is slow, fails, refuses, does not answer or forgets: not one
# packet of a running stream is lost, each is counted once, the flow says why it is in software and
# comes back into hardware by itself when it can.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

PORT=7700
PPS=100
# Streams have to outlast what is asked about them, where every command takes long.
SLOWER=1
[ "${NFO_KERNEL:-}" != debug ] || SLOWER=3

set_sim() { check "sim set $*" "$NFOCTL" -n "$ROUTER" sim set nic0 "$@"; }
sim() { "$NFOCTL" -n "$ROUTER" -j sim | jq ".[].$1"; }
sim_is() { [ "$(sim "$1")" = "$2" ]; } # FIELD VALUE
hw_is() { hw_of_port_is "$PORT" "$1"; }
in_software() { wait_for 20 "the flow is known" known && check "in software" hw_is 0; }
known() { [ "$("$NFOCTL" -n "$ROUTER" -j flow port "$PORT" | jq length)" = 1 ]; }
tag() { ct_line "$ROUTER" -p udp --dport "$PORT" | grep -oE '\[(HW_)?OFFLOAD\]'; }
tag_is() { [ "$(tag)" = "$1" ]; }
hw_packets() { model_hw_packets "$ROUTER"; }
hw_grows() { [ "$(hw_packets)" -gt "$1" ]; } # N
wedged_punts() { model_stat "$ROUTER" nic0p0 punts.wedged; }
elapsed_ms() { echo $((($(ktap_now) - $1) / 1000)); } # SINCE

# Reasons of the directions in software, each once.
reason_is() { # REASON
	local got

	got=$("$NFOCTL" -n "$ROUTER" -j flow port "$PORT" |
		jq -r '[.[].directions[] | select(.state == "sw") | .reason] | unique | join(" ")')
	echo "reason: $got"
	[ "$got" = "$1" ]
}

# The only connection there is.
stream() { # SECONDS
	forget
	FORWARDED=$(hw_packets)
	REPORTED=$(reported)
	PORT=$((PORT + 1))
	traffic_start $B4 $PORT $PPS $(($1 * SLOWER))
}

# The end of a stream: nothing was lost on the way, and conntrack has each packet once.
stream_end() {
	traffic_end now
	wait_for 15 "conntrack counts every packet once" counts_are "$TRAFFIC_SENT"
}

counts_are() { # PACKETS
	local got

	got=$(ct_line "$ROUTER" -p udp --dport "$PORT" | grep -o 'packets=[0-9]*' | paste -sd ' ')
	echo "conntrack: $got"
	[ "$got" = "packets=$1 packets=$1" ]
}

# Since the stream began the model has forwarded what nfoctl's ports say.
reported_is_forwarded() {
	local model=$(($(hw_packets) - FORWARDED)) port=$(($(reported) - REPORTED))

	echo "forwarded $model, reported $port"
	[ "$model" = "$port" ]
}
reported() { "$NFOCTL" -n "$ROUTER" -j port | jq '[.[].packets] | add'; }

forget() {
	topo_run "$ROUTER" conntrack -F >/dev/null 2>&1
	wait_for 20 "no flow" no_flow
}
no_flow() { [ "$("$NFOCTL" -n "$ROUTER" -j flow | jq length)" = 0 ]; }

in_hardware() { wait_for 20 "both directions are in hardware" hw_is 2; }

# ---- cases

# Both directions are one after the other, 1.5 s each. Whoever takes a link down waits for nf's
# workers, and so for the insertions that are under way, no longer.
test_slow() {
	local start ms

	set_sim latency 4000
	stream 24
	in_software
	start=$(ktap_now)
	check "another device goes down" ip -n "$ROUTER" link set dummy0 down
	ms=$(elapsed_ms "$start")
	echo "ip link set down took $ms ms"
	check "not for long" test "$ms" -lt $((8000 * SLOWER))
	check "another device goes up" ip -n "$ROUTER" link set dummy0 up
	in_hardware
	check_eq "tag" "$(tag)" "[HW_OFFLOAD]"
	set_sim latency 0
	stream_end
}

# Every insertion fails.
test_fail() {
	local before some more

	before=$(sim failed)
	set_sim fail-nth 1
	stream 24
	wait_for 20 "they say why not" reason_is driver
	check_eq "tag" "$(tag)" "[OFFLOAD]"
	wait_for 10 "tried again" failed_since "$before" 2
	some=$(sim failed)
	sleep 6
	more=$(($(sim failed) - some))
	echo "tried $more times in 6 s"
	check "not with every offer" test "$more" -le 6
	check "none is in hardware" hw_is 0
	set_sim fail-nth 0
	in_hardware
	stream_end
}
failed_since() { [ "$(sim failed)" -ge $(($1 + $2)) ]; } # BEFORE N

# Each second offer of a rule is taken: every flow comes in by being tried again.
test_fail_every_second() {
	local before

	before=$(sim failed)
	set_sim fail-nth 2
	stream 10
	in_hardware
	check "an insertion has failed" failed_since "$before" 1
	set_sim fail-nth 0
	stream_end
}

test_refuse() {
	local before

	set_sim refuse on
	stream 34
	in_software
	wait_for 10 "reason" reason_is driver
	check_eq "tag" "$(tag)" "[OFFLOAD]"
	before=$(hw_packets)
	sleep 0.5
	check_eq "packets in hardware meanwhile" "$(hw_packets)" "$before"
	set_sim refuse off
	in_hardware
	wait_for 10 "packets in hardware" hw_grows "$before"
	stream_end
}

# The stream is in hardware, the device falls silent for longer than the counters are read, and
# answers again.
test_wedge() {
	local before punts

	stream 16
	in_hardware
	wait_for 10 "packets in hardware" hw_grows "$(hw_packets)"
	set_sim wedge on
	before=$(hw_packets)
	punts=$(wedged_punts)
	check_eq "entries are kept" "$(sim used)" 2
	sleep 5
	check "the CPU has the packets" test "$(wedged_punts)" -gt $((punts + PPS))
	check_eq "packets in hardware meanwhile" "$(hw_packets)" "$before"
	set_sim wedge off
	wait_for 10 "packets move back" hw_grows "$before"
	in_hardware
	check_eq "tag" "$(tag)" "[HW_OFFLOAD]"
	check_eq "entries" "$(sim used)" 2
	stream_end
	wait_for 15 "nfoctl counts what the model forwarded" reported_is_forwarded
}

# A connection that begins while nothing can be inserted.
test_wedge_new() {
	set_sim wedge on
	stream 16
	in_software
	wait_for 10 "reason" reason_is driver
	check_eq "tag" "$(tag)" "[OFFLOAD]"
	set_sim wedge off
	in_hardware
	check_eq "tag" "$(tag)" "[HW_OFFLOAD]"
	stream_end
	forget
	wait_for 10 "nothing is left of insertions that were not answered" sim_is used 0
}

# Rules of connections that end while nothing can be removed go when it can be, by themselves: no
# packet, no new flow and no switch tells anybody to look.
test_wedge_delete() {
	stream 3
	in_hardware
	traffic_end
	set_sim wedge on
	forget
	check_eq "its entries are still there" "$(sim used)" 2
	sleep 3
	check_eq "as long as the device does not answer" "$(sim used)" 2
	set_sim wedge off
	wait_for 5 "they go when it does" sim_is used 0
}

# A flowtable that goes away while the device does not answer is not waited for, and leaves nothing.
test_wedge_unbind() {
	local start ms

	stream 3
	in_hardware
	traffic_end
	set_sim wedge on
	start=$(ktap_now)
	check "the ruleset goes" topo_run "$ROUTER" nft flush ruleset
	ms=$(elapsed_ms "$start")
	echo "nft flush ruleset took $ms ms"
	check "at once" test "$ms" -lt $((3000 * SLOWER))
	set_sim wedge off
	wait_for 5 "nothing is left" sim_is used 0
	check "ruleset" topo_ruleset "$ROUTER" offload
}

test_reset() {
	local before lost round

	stream 40
	in_hardware
	for round in 1 2; do
		wait_for 10 "round $round: packets in hardware" hw_grows "$(hw_packets)"
		lost=$(lost_count)
		check "reset" "$NFOCTL" -n "$ROUTER" sim reset nic0
		wait_for 8 "round $round: it is noticed" lost_since "$lost" 2
		before=$(hw_packets)
		wait_for 8 "round $round: it has its entries again" sim_is used 2
		wait_for 15 "round $round: packets move back" hw_grows "$before"
		check "round $round: both directions are in hardware" hw_is 2
		check_eq "tag" "$(tag)" "[HW_OFFLOAD]"
	done
	stream_end
	wait_for 15 "nfoctl counts what the model forwarded" reported_is_forwarded
}
# How often directions came into software because their rule was lost.
lost_count() {
	"$NFOCTL" -n "$ROUTER" -j port |
		jq '[.[].reasons[] | select(.reason == "lost") | .count] | add // 0'
}
lost_since() { [ "$(lost_count)" -ge $(($1 + $2)) ]; } # BEFORE N

# Less than is used: nothing is lost, nothing new is taken.
test_size() {
	local first

	stream 20
	first=$PORT
	in_hardware
	set_sim size 1
	PORT=$((PORT + 100))
	check "traffic of another connection" traffic_exchange $B4 $PORT 20
	check "is in software" hw_is 0
	check "because" reason_is table-full
	check "the first one stays" hw_of_port_is "$first" 2
	check_eq "entries" "$(sim used)" 2
	set_sim size 64
	check "traffic of yet another connection" traffic_exchange $B4 $((PORT + 1)) 20
	check "is in hardware" hw_of_port_is $((PORT + 1)) 2
	PORT=$first
	stream_end
}

# Refusals have words, and change nothing.
test_refused_knobs() {
	local before

	before=$("$NFOCTL" -n "$ROUTER" -j sim | jq -c '.[] | [.size, .latency_ms, .wedge]')
	check_fails "no such model" 'no model named "nic9"' "$NFOCTL" -n "$ROUTER" \
		sim set nic9 wedge on
	check_fails "no such model" 'no model named "nic9"' "$NFOCTL" -n "$ROUTER" sim reset nic9
	check_eq "as before" \
		"$("$NFOCTL" -n "$ROUTER" -j sim | jq -c '.[] | [.size, .latency_ms, .wedge]')" \
		"$before"
	check_eq "shown" "$("$NFOCTL" -n "$ROUTER" sim | grep -c 'wedge on')" 0
	set_sim wedge on latency 5
	check_eq "shown" "$("$NFOCTL" -n "$ROUTER" sim | grep -c 'set: latency 5 wedge on;')" 1
	set_sim wedge off latency 0
}

topo_hosts model
topo_must ip -n "$ROUTER" link add dummy0 up type dummy
check "ruleset" topo_ruleset "$ROUTER" offload
ktap_case "knobs that are refused" test_refused_knobs
ktap_case "slow insertion" test_slow
ktap_case "insertion fails" test_fail
ktap_case "every second insertion fails" test_fail_every_second
ktap_case "insertion is refused" test_refuse
ktap_case "a silent device under a stream" test_wedge
ktap_case "a connection that begins while the device is silent" test_wedge_new
ktap_case "connections that end while the device is silent" test_wedge_delete
ktap_case "a flowtable that goes while the device is silent" test_wedge_unbind
ktap_case "a reset under a stream" test_reset
ktap_case "size" test_size
ktap_done
