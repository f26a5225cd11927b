#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 240
#
# nfoctl policy, stats, monitor and top against the real kernel: what is set holds, what is wrong
# changes nothing, and what happens is told. The file's syntax is tested in unit_policy.c.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

PORT=7000
TMP=$(mktemp -d) || exit 1

nfoctl() { "$NFOCTL" -n "$ROUTER" "$@"; }
nfoctl_json() { # EXPRESSION ARG...
	local answer

	answer=$(nfoctl -j "${@:2}")
	jq -e "$1" <<<"$answer" >/dev/null || { echo "$answer"; return 1; }
}
policy_is() { nfoctl_json ".[0] | $1" policy; }

whole_policy() {
	cat <<-TEXT
	min-packets 3
	min-bytes 10M
	port-quota 100
	netns-quota 150
	evict off
	shaper refuse
	userns on
	exclude proto tcp port 22
	exclude port 5000-5100 mark 0x10/0xf0
	exclude mark 0x7
	port nic0p0 quota 7 shaper ignore
	port not-there-yet quota none
	TEXT
}

test_default() {
	check "nothing excluded, no limits" policy_is '.inherited and .min_packets == 0 and
		.min_bytes == 0 and .port_quota == 0 and .netns_quota == 0 and .evict and
		.shaper == "warn" and (.userns | not) and .excludes == [] and .ports == []'
	check "as a file" grep -q "^# inherited: " <<<"$(nfoctl policy show)"
}

test_round_trip() {
	check "load" nfoctl policy load - <<<"$(whole_policy)"
	check_eq "what was loaded" "$(nfoctl policy)" "$(whole_policy)"
	nfoctl policy show >"$TMP/saved"
	check "reset" nfoctl policy reset
	check "the default again" policy_is '.inherited and .excludes == []'
	check "load what was shown" nfoctl policy load "$TMP/saved"
	check_eq "the same" "$(nfoctl policy)" "$(whole_policy)"
	check "fields that are not named get the default" nfoctl policy load - <<<"evict off"
	check "default" policy_is '(.inherited | not) and .min_packets == 0 and .excludes == []'
	check "reset twice" nfoctl policy reset
	check "reset twice" nfoctl policy reset
}

test_largest() {
	local i

	for i in {1..64}; do
		echo "exclude proto udp port $i-65535 mark 0x1/0x3"
		echo "port thirteenchar$((i + 9)) quota $i shaper refuse"
	done >"$TMP/large"
	check "load" nfoctl policy load "$TMP/large"
	check "all of it is there" \
		policy_is '(.excludes | length) == 64 and (.ports | length) == 64'
	nfoctl policy show >"$TMP/shown"
	check "load what was shown" nfoctl policy load "$TMP/shown"
	nfoctl policy reset
}

test_wrong() {
	check "load" nfoctl policy load - <<<"min-packets 5"
	check_fails "a wrong file" "stdin:2: evict: .*on or off" nfoctl policy load - <<-TEXT
	min-packets 6
	evict maybe
	TEXT
	check_fails "a file that is cut off" "cut off" nfoctl policy load - < <(printf 'evict on')
	check_fails "a wrong word" "Usage: nfoctl" nfoctl policy set min-packets many
	check "nothing changed" policy_is '.min_packets == 5 and .evict'
	check "a file may be checked alone" nfoctl policy check - <<<"min-packets 9"
	check "that changes nothing" policy_is '.min_packets == 5'
	nfoctl policy reset
}

test_set() {
	check "a scalar" nfoctl policy set min-bytes 4k
	check "an exclude" nfoctl policy set exclude proto udp port 53
	check "another" nfoctl policy set exclude mark 1
	check "a port" nfoctl policy set port nic0p1 quota 5
	check "again" nfoctl policy set port nic0p1 shaper ignore
	check "all hold" policy_is '.min_bytes == 4096 and (.excludes | length) == 2 and
		.ports == [{"port": "nic0p1", "shaper": "ignore"}] and (.inherited | not)'
	check "no excludes" nfoctl policy set exclude none
	check "no port" nfoctl policy set port nic0p1 none
	check "gone" policy_is '.excludes == [] and .ports == []'
	check_fails "a port that is not named" "none of this name" nfoctl policy set port x none
	nfoctl policy reset
}

test_inherited() {
	check "the initial namespace's" "$NFOCTL" policy set min-packets 77
	check "holds here" policy_is '.inherited and .min_packets == 77'
	check "its own" nfoctl policy set evict off
	check "began as the other" policy_is '(.inherited | not) and .min_packets == 77 and
		(.evict | not)'
	check "reset" "$NFOCTL" policy reset
	check "its own stays" policy_is '.min_packets == 77'
	nfoctl policy reset
	check "the default" policy_is '.inherited and .min_packets == 0'
}

test_unprivileged() {
	chmod 755 "$TMP"
	install -m 755 "$NFOCTL" "$TMP/nfoctl"
	local nobody=(topo_run "$ROUTER" setpriv --reuid=65534 --regid=65534 --clear-groups
		"$TMP/nfoctl")

	check "may look" "${nobody[@]}" policy
	check_fails "may not set" "CAP_NET_ADMIN" "${nobody[@]}" policy set evict off
	check_fails "may not reset" "CAP_NET_ADMIN" "${nobody[@]}" policy reset
	check_fails "may not listen" "CAP_NET_ADMIN" "${nobody[@]}" monitor flow count 1
	check "nothing changed" policy_is '.inherited'
}

state_is() { # HW-DIRECTIONS
	hw_of_port_is $PORT "$1"
}
reasons_are() { # REASONS
	[ "$(nfoctl -j flow port $PORT |
		jq -r '[.[].directions[].reason // "-"] | join(" ")')" = "$1" ]
}

test_exclude() {
	PORT=$((PORT + 1))
	check "ruleset" topo_ruleset "$ROUTER" offload
	check "exclude" nfoctl policy set exclude proto udp port $PORT
	check "traffic" traffic_exchange $B4 $PORT 20
	wait_for 10 "both directions are excluded" reasons_are "excluded excluded"
	check "the filter finds them" nfoctl_json 'length == 1' flow reason excluded port $PORT
	check "and no others" nfoctl_json 'length == 0' flow reason excluded port 1
	check "not in hardware" nfoctl_json 'length == 0' flow state hw port $PORT
	check "counted" nfoctl_json '.[0]."reason.excluded" >= 2' stats
	check "no exclude" nfoctl policy set exclude none
	check "traffic" traffic_exchange $B4 $PORT 20
	wait_for 20 "in hardware" state_is 2
	nfoctl policy reset
}

test_filters() {
	local n='[.[].directions[]] | length'

	PORT=$((PORT + 1))
	check "ruleset" topo_ruleset "$ROUTER" offload
	check "traffic" traffic_exchange $B4 $PORT 20
	check "IPv6 traffic" traffic_exchange $B6 $PORT 20
	wait_for 20 "in hardware" state_is 4
	check "addr" nfoctl_json "$n == 2" flow addr $B4 port $PORT
	check "IPv6 addr" nfoctl_json "$n == 2" flow addr $A6 port $PORT
	check "another addr" nfoctl_json "$n == 0" flow addr 10.7.2.3
	check "proto" nfoctl_json "$n == 4" flow proto 17 port $PORT
	check "another proto" nfoctl_json "$n == 0" flow proto tcp
	check "pending" nfoctl_json "$n == 0" flow state pending
}

test_stats() {
	check "totals" nfoctl_json '.[0] | .flows_hw == 4 and .added >= 4' stats
	check "rates" nfoctl_json '.interval_ms >= 200 and .flows_hw == 4' stats -i 0.2 count 1
	check_eq "a line for each interval" "$(nfoctl -j stats -i 0.1 count 3 | wc -l)" 3
	check "a table" grep -q "^flows_hw  *4  " <<<"$(nfoctl stats)"
}

test_top() {
	check "batch" grep -Eq "^udp .*10.7.1.2:$PORT .* nic0p0 .* hw " \
		<<<"$(nfoctl top -b -i 0.2 count 1)"
	check "ports" grep -Eq "^nic0p1 +native +ready " <<<"$(nfoctl top ports -i 0.2 count 1)"
	check "JSON" nfoctl_json '(.flows | length) == 4 and (.ports | length) == 2' \
		top -i 0.2 count 1
	"$NFOCTL" -n "$ROUTER" top -i 0.1 >"$TMP/top" &
	local pid=$!
	wait_for 10 "it goes on" grep -q "2 ports, 4 directions" "$TMP/top"
	kill -TERM $pid
	wait $pid
	check_eq "a signal ends it well" $? 0
}

# The live screen, on a terminal of its own.
test_top_live() {
	local screen

	screen=$(TERM=vt100 script -qec "'$NFOCTL' -n '$ROUTER' top -i 0.2 count 3" /dev/null)
	check_eq "exit code" $? 0
	check "ports and flows are on the screen" grep -q "nic0p1 .*ready" <<<"$screen"
	check "flows are on the screen" grep -q "10.7.1.2:$PORT" <<<"$screen"
	screen=$(TERM=no-such-terminal script -qec "'$NFOCTL' -n '$ROUTER' top" /dev/null)
	check_eq "exit code without a terminal it knows" $? 1
	check "what to do" grep -q 'use "top -b"' <<<"$screen"
}

# Both directions come into hardware and leave it; the port comes and goes.
test_monitor() {
	local pid

	PORT=$((PORT + 1))
	topo_run "$ROUTER" nft flush ruleset
	"$NFOCTL" -n "$ROUTER" -j monitor >"$TMP/events" 2>"$TMP/err" &
	pid=$!
	sleep 1
	check "ruleset" topo_ruleset "$ROUTER" offload
	check "traffic" traffic_exchange $B4 $PORT 20
	wait_for 20 "in hardware" state_is 2
	topo_run "$ROUTER" nft flush ruleset
	wait_for 10 "the ports' end is told" grep -q '"object":"port","event":"del"' "$TMP/events"
	kill -TERM $pid
	wait $pid
	check_eq "exit code" $? 0
	check_eq "words on stderr" "$(cat "$TMP/err")" ""
	check "every line is an object" jq -e -s 'all(.object)' "$TMP/events"
	jq -r '"\(.object) \(.event) \(.port // .dir)"' "$TMP/events" | sort >"$TMP/seen"
	cat "$TMP/seen"
	for event in "flow hw original" "flow hw reply" "flow del original" "flow del reply" \
		"port new nic0p0" "port new nic0p1" "port del nic0p0" "port del nic0p1"; do
		check_eq "$event" "$(grep -cx "$event" "$TMP/seen")" 1
	done
}

test_monitor_ends() {
	# Ends without an event, as nobody reads.
	"$NFOCTL" -n "$ROUTER" monitor port | true
	"$NFOCTL" -n "$ROUTER" monitor port count 2 >"$TMP/events" &
	local pid=$!
	sleep 1
	check "ruleset" topo_ruleset "$ROUTER" offload
	wait $pid
	check_eq "it counts" "$?$(grep -c "port  new " "$TMP/events")" 02
}

trap 'rm -rf "$TMP"; "$NFOCTL" policy reset; topo_cleanup' EXIT
topo_hosts model
ktap_case "the default" test_default
ktap_case "shown and loaded" test_round_trip
ktap_case "the largest policy" test_largest
ktap_case "wrong files" test_wrong
ktap_case "set" test_set
ktap_case "inherited" test_inherited
ktap_case "without privileges" test_unprivileged
ktap_case "exclude" test_exclude
ktap_case "flow filters" test_filters
ktap_case "stats" test_stats
ktap_case "top" test_top
ktap_case "top, live" test_top_live
ktap_case "monitor" test_monitor
ktap_case "monitor ends" test_monitor_ends
ktap_done
