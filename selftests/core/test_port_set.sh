#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 600
#
# `nfoctl port set`: another backend for a living port, without a lost packet and without touching the
# ruleset; what is allowed; settings that outlive the device; the next backend when one fails.
#
# The model's own backend is native. The test backends null (deferred) and null2 (not) forward nothing,
# so with them "in hardware" the packets go by software.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

PARAM=/sys/module/nfo_null/parameters
PORT=7800
TMP=$(mktemp -d) || exit 1

nfoctl() { "$NFOCTL" -n "$ROUTER" "$@"; }
param() { cat "$PARAM/$1"; }
param_is() { [ "$(param "$1")" = "$2" ]; }
set_param() { echo "$2" >"$PARAM/$1"; }
hw_is() { hw_of_port_is "$PORT" "$1"; }
hw_rx() { model_stat "$ROUTER" "$1" hw.rx.packets; }
grows() { [ "$(hw_rx "$1")" -gt "$2" ]; }
port_field() { nfoctl -j port show "$1" | jq -r ".[0].$2"; } # DEV FIELD
port_is() { # DEV BACKEND STATE
	[ "$(nfoctl -j port show "$1" | jq -r '.[0] | "\(.backend) \(.state)"')" = "$2 $3" ]
}
ports_are() { # BACKEND STATE
	port_is nic0p0 "$@" && port_is nic0p1 "$@"
}
set_both() { # WORD...
	check "port set nic0p0 $*" nfoctl port set nic0p0 "$@"
	check "port set nic0p1 $*" nfoctl port set nic0p1 "$@"
}
reasons() { nfoctl -j flow port $PORT | jq -r '[.[].directions[] | .reason // "-"] | unique | join(" ")'; }
reasons_are() { [ "$(reasons)" = "$1" ]; }
flush() { check "no ruleset" topo_run "$ROUTER" nft flush ruleset; }
ruleset() { check "ruleset" topo_ruleset "$ROUTER" offload; }
no_port_left() { wait_for 60 "no port of a test backend is left" param_is ports 0; }

# The test backends anew, with these parameters.
backends() { # PARAMETER...
	check "unload" modprobe -r nfo_null
	check "load" modprobe nfo_null prefix=nic0 "$@"
}

# A stream that goes on until it is told to stop; then SENT is how many packets were sent.
stream_start() { # PPS
	PORT=$((PORT + 1))
	traffic_receiver "$HOSTB" echo $PORT --idle 600000 --timeout 600
	STREAM_ECHO=$TOPO_PID
	topo_bg "$HOSTA" "$TOPO_BIN/blast" ping $B4 $PORT --sport $PORT --pps "$1" --seconds 600 \
		>"$TMP/stream"
	STREAM=$TOPO_PID
}

stream_end() {
	kill -TERM "$STREAM"
	topo_wait "$STREAM"
	kill -TERM "$STREAM_ECHO"
	topo_wait "$STREAM_ECHO"
	cat "$TMP/stream"
	SENT=$(grep -o 'sent=[0-9]*' "$TMP/stream" | cut -d= -f2)
	check_eq "lost packets" "$(grep -o 'missing=[0-9]*' "$TMP/stream")" missing=0
}

counts_are() { # WANT
	local got

	got=$(ct_line "$ROUTER" -p udp --dport $PORT | grep -o 'packets=[0-9]*' | sort -u | paste -sd ' ')
	echo "conntrack: $got"
	[ "$got" = "packets=$1" ]
}

# From each backend to each other one, and to none, under a stream.
test_switch() {
	local to n flows

	ruleset
	check "native at first" ports_are native ready
	stream_start 100
	wait_for 60 "in hardware" hw_is 2
	for to in null native none null2 null none native null2 auto; do
		set_both backend $to
		flows=2
		case $to in
		none) wait_for 60 "none" ports_are none off; flows=0 ;;
		auto) wait_for 60 "auto" ports_are native ready ;;
		*) wait_for 60 "$to" ports_are $to ready ;;
		esac
		wait_for 60 "directions in hardware with $to" hw_is $flows
		[ $to = none ] && check_eq "reason" "$(reasons)" no-backend
		[ $flows = 0 ] || has_hw_tag "$ROUTER" -p udp --dport $PORT || fail "no tag with $to"
		if [ $to = native ] || [ $to = auto ]; then
			n=$(hw_rx nic0p0)
			wait_for 60 "the model forwards with $to" grows nic0p0 "$n"
			check_eq "rules of the test backends" "$(param flows)" 0
			check_eq "their ports" "$(param ports)" 0
		else
			check_eq "entries of the model" "$(nfoctl -j sim | jq '.[].used')" 0
		fi
	done
	stream_end
	wait_for 60 "conntrack counts every packet once" counts_are "$SENT"
	check_eq "what is wanted is not said any more" \
		"$(nfoctl -j port | jq -c '[.[] | has("wanted")]')" "[false,false]"
}

# A port that has left a backend does not keep its module.
test_unpinned() {
	set_both backend null
	wait_for 60 "null" ports_are null ready
	check_fails "it is in use" "in use" rmmod nfo_null
	set_both backend native
	wait_for 60 "native" ports_are native ready
	check "it is not" rmmod nfo_null
	check "it is there again" modprobe nfo_null prefix=nic0 deferred=1 second=1
	set_both backend auto
}

# One port only, and nothing but what is named.
test_one() {
	nfoctl policy load - <<-TEXT
	port nic0p0 quota 7
	port other shaper refuse backend none
	TEXT
	check "backend" nfoctl port set nic0p0 backend null2
	check "allow" nfoctl port set nic0p0 allow fragments
	check "allow more" nfoctl port set nic0p0 allow +ttl-unchanged,+no-fin-rst
	check "allow less" nfoctl port set nic0p0 allow -fragments
	wait_for 60 "null2" port_is nic0p0 null2 ready
	check "the other is as before" port_is nic0p1 native ready
	check_eq "policy" "$(nfoctl policy | grep ^port | grep -v quota\ none)" "$(cat <<-TEXT
	port nic0p0 quota 7 backend null2 allow ttl-unchanged,no-fin-rst
	port other shaper refuse backend none
	TEXT
	)"
	check_eq "shown" "$(nfoctl -j port show nic0p0 | jq -c '.[0] | [.wanted, .allow, .needs, .quota]')" \
		'["null2",["ttl-unchanged","no-fin-rst"],[],7]'
	check "in the table" grep -q "^    wanted null2$" <<<"$(nfoctl port)"
	nfoctl policy show >"$TMP/saved"
	check "policy reset" nfoctl policy reset
	wait_for 60 "as if nothing had been said" port_is nic0p0 native ready
	check "policy load" nfoctl policy load "$TMP/saved"
	wait_for 60 "said again" port_is nic0p0 null2 ready
	check "policy reset" nfoctl policy reset
	wait_for 60 "as if nothing had been said" port_is nic0p0 native ready
}

# Several writers at a time: each one's word holds.
test_together() {
	local i

	for i in {1..12}; do nfoctl port set dev$i backend native || fail "dev$i"; done &
	for i in {1..12}; do nfoctl policy set exclude proto tcp port $i || fail "exclude $i"; done &
	for i in {1..12}; do nfoctl port set dev$i allow any-tag || fail "dev$i"; done
	wait %1 %2
	check_eq "all of it is there" \
		"$(nfoctl policy | grep -c '^port dev[0-9]* backend native allow any-tag$')" 12
	check_eq "and all of that" "$(nfoctl policy | grep -c '^exclude proto tcp port')" 12
	nfoctl policy reset
}

renew_model() {
	check "the model goes" nfoctl sim del nic0
	no_port_left
	topo_model_add "$ROUTER"
	topo_router_up "$ROUTER"
	ruleset
}

# By name: before the device is there, after it has come back, and when it gets another name.
test_by_name() {
	flush
	check "the model goes" nfoctl sim del nic0
	check "a device that is not there" nfoctl port set nic0p0 backend null allow any-tag
	topo_model_add "$ROUTER"
	topo_router_up "$ROUTER"
	ruleset
	wait_for 60 "null" port_is nic0p0 null ready
	check_eq "allowed" "$(port_field nic0p0 'allow[0]')" any-tag
	check "the other is as ever" port_is nic0p1 native ready
	renew_model
	wait_for 60 "null after it came back" port_is nic0p0 null ready
	topo_ip "$ROUTER" <<-TEXT
	link set nic0p0 down
	link set nic0p0 name nic0x
	TEXT
	wait_for 60 "another name" port_is nic0x native ready
	check_eq "allowed" "$(port_field nic0x 'allow[0]')" null
	topo_must ip -n "$ROUTER" link set nic0x name nic0p0
	wait_for 60 "its old name" port_is nic0p0 null ready
	check "none" nfoctl port set nic0p0 backend none allow none
	renew_model
	check "none at once" port_is nic0p0 none off
	check "by traffic" traffic_exchange $B4 $((PORT += 1)) 20
	wait_for 60 "one direction has no backend" reasons_are "- no-backend"
	check "auto" nfoctl port set nic0p0 backend auto
	wait_for 60 "native" port_is nic0p0 native ready
}

# What is allowed moves flows, both ways, at once.
test_allow() {
	set_both backend native
	backends second=1 needs=1 needs_tcp=2
	set_both backend null2
	wait_for 60 "null2" ports_are null2 ready
	check_eq "needs" "$(nfoctl -j port | jq -c '[.[].needs]')" \
		'[["ttl-unchanged","no-fin-rst"],["ttl-unchanged","no-fin-rst"]]'
	check "in the table" grep -q "^    needs ttl-unchanged no-fin-rst, allowed none$" \
		<<<"$(nfoctl port)"
	stream_start 50
	wait_for 60 "not allowed" reasons_are ttl
	check "why" grep -q 'nfoctl port set nic0p. allow +ttl-unchanged' \
		<<<"$(nfoctl why udp $A4 $PORT $B4 $PORT)"
	check "one port" nfoctl port set nic0p0 allow ttl-unchanged
	wait_for 60 "its direction is in hardware" hw_is 1
	check "the other one" nfoctl port set nic0p1 allow +ttl-unchanged
	wait_for 60 "both are in hardware" hw_is 2
	check "not any more" nfoctl port set nic0p0 allow none
	wait_for 60 "out of hardware" hw_is 1
	check_eq "reason" "$(reasons)" "- ttl"
	stream_end
	nfoctl policy reset
	wait_for 60 "native" ports_are native ready
}

test_errors() {
	check_fails "an unknown backend" 'no backend "flour", there are native, .*null, null2' \
		nfoctl port set nic0p0 backend flour
	check_fails "an unknown word" '"ttl" cannot be allowed; .* ttl-unchanged, no-fin-rst' \
		nfoctl port set nic0p0 allow ttl
	check_fails "an unknown backend in a policy" 'no backend "flour", there are native' \
		nfoctl policy set port nic0p0 backend flour
	check_fails "a sentence of nothing" 'nothing is said of "nic0p0"' nfoctl port set nic0p0
	chmod 755 "$TMP"
	install -m 755 "$NFOCTL" "$TMP/nfoctl"
	check_fails "nobody" "CAP_NET_ADMIN" topo_run "$ROUTER" setpriv --reuid=65534 --regid=65534 \
		--clear-groups "$TMP/nfoctl" port set nic0p0 backend none
	check "nothing changed" ports_are native ready
	check "and no policy" test "$(nfoctl -j policy | jq '.[0].inherited')" = true
	seq -f 'port d%g backend none' 64 | check "64 ports" nfoctl policy load -
	check_fails "one too many" 'too many ports, .*"backend auto allow none"' \
		nfoctl port set nic0p0 backend none
	nfoctl policy reset
}

# A module is loaded when its backend is named, if it says that it has one.
test_load() {
	check "unload" modprobe -r nfo_null
	check_fails "a module that is no backend" 'no backend "base"' nfoctl port set x backend base
	check "it was not loaded" test ! -d /sys/module/nfo_base
	check "named" nfoctl port set x backend null
	check "loaded" test -d /sys/module/nfo_null
	nfoctl policy reset
}

# When nobody has the device at bind, nft cannot say why: the log does, in the words of the backends.
test_words() {
	flush
	check "the model goes" nfoctl sim del nic0
	topo_model_add "$ROUTER" profile ice
	topo_router_up "$ROUTER"
	check_fails "no backend" "Operation not supported" topo_ruleset "$ROUTER" offload
	check_eq "lines in the log" "$(dmesg | grep -c "nft_offload: nic0p[01]: no backend can serve \
this device, flags offload refused; flower: flower of the ice driver rewrites no headers")" 1
	check "none is wanted" nfoctl port set nic0p0 backend none
	check "the ruleset is good where none is wanted" nfoctl port set nic0p1 backend none
	ruleset
	check "none" ports_are none off
	nfoctl policy reset
	wait_for 60 "nobody" ports_are none failed
	check_eq "note" "$(port_field nic0p0 note)" \
		"flower: flower of the ice driver rewrites no headers, so it cannot route"
}

# ---- on veths, which native does not take

# The one that fails is named, and the next one has the device.
test_fall() {
	backends deferred=1 second=1
	set_param attach 16
	ruleset
	wait_for 60 "the next one" ports_are null2 ready
	check_eq "note" "$(port_field nic0p0 note)" "null: it was told not to attach"
	check "in the table" grep -q "^    null: it was told not to attach$" <<<"$(nfoctl port)"
	PORT=$((PORT + 1))
	check "traffic" traffic_exchange $B4 $PORT 20
	wait_for 60 "in hardware" hw_is 2
	set_param attach 0
	check "it stays as it is" ports_are null2 ready
	set_both backend auto
	wait_for 60 "the better one" ports_are null ready
	check_eq "no note" "$(port_field nic0p0 note)" null
	check "nothing to ask: nothing happens" nfoctl port set nic0p0 backend null
	check "still ready" port_is nic0p0 null ready
}

# Named, so no other one will do.
test_named_fails() {
	set_both backend none
	wait_for 60 "none" ports_are none off
	set_param attach 16
	set_both backend null
	wait_for 60 "failed" ports_are none failed
	check_eq "note" "$(port_field nic0p0 note)" "null: it was told not to attach"
	check_eq "error" "$(port_field nic0p0 error)" "Device or resource busy"
	PORT=$((PORT + 1))
	check "traffic" traffic_exchange $B4 $PORT 20
	wait_for 60 "in software" reasons_are port-failed
	flush
	no_port_left
	ruleset
	wait_for 60 "failed at bind" ports_are none failed
	set_param attach 0
	set_both backend null
	wait_for 60 "asked again" ports_are null ready
	flush
	no_port_left
	check "unload" rmmod nfo_null
	ruleset
	check "a backend that is gone: the ruleset is good" ports_are none failed
	check_eq "note" "$(port_field nic0p0 note)" \
		"null: cannot serve this device, or is not loaded"
	flush
	nfoctl policy reset
	check_fails "nobody at all" "Operation not supported" topo_ruleset "$ROUTER" offload
	check "load" modprobe nfo_null prefix=nic0 deferred=1 second=1
}

# The ruleset goes, comes, and the device goes in the middle of a change.
test_die() {
	set_both backend none
	ruleset
	check "none" ports_are none off
	set_param latency 60000
	set_both backend null
	wait_for 60 "attaching" port_is nic0p0 null attaching
	flush
	check "back at once" topo_ruleset "$ROUTER" offload
	set_param latency 0
	wait_for 60 "null" ports_are null ready
	check_eq "ports" "$(param ports)" 2
	set_param latency 60000
	set_both backend null2
	check "another wish meanwhile" nfoctl port set nic0p0 backend none
	flush
	set_param latency 0
	no_port_left
	ruleset
	check "none" port_is nic0p0 none off
	wait_for 60 "null2" port_is nic0p1 null2 ready
}

test_storm() {
	local i

	set_param latency 20
	stream_start 100
	for i in {1..12}; do
		nfoctl port set nic0p0 backend null || fail "set"
		nfoctl port set nic0p1 backend null2 || fail "set"
		[ $((i % 3)) = 0 ] && flush
		nfoctl port set nic0p0 backend null2 || fail "set"
		[ $((i % 3)) = 0 ] && ruleset
		nfoctl port set nic0p1 backend none || fail "set"
		nfoctl port set nic0p1 backend null || fail "set"
	done
	set_param latency 0
	wait_for 60 "as was said last" port_is nic0p0 null2 ready
	wait_for 60 "as was said last" port_is nic0p1 null ready
	stream_end
	set_param latency 200
	nfoctl port set nic0p1 backend null2 || fail "set"
	check "the device goes in the middle of it" timeout 30 ip -n "$ROUTER" link del nic0p1
	set_param latency 0
	wait_for 60 "its port is gone" param_is ports 1
	flush
	no_port_left
	check_eq "rules" "$(param flows)" 0
	wait_for 60 "the backends can be removed" rmmod nfo_null
}

topo_plain() {
	topo_cleanup
	topo_hosts plain
}

trap 'rm -rf "$TMP"; topo_cleanup' EXIT
topo_hosts model
topo_no_xdp
topo_must modprobe -r nfo_null
topo_must modprobe nfo_null prefix=nic0 deferred=1 second=1
ktap_case "another backend under a stream, nothing lost" test_switch
ktap_case "the old backend's module is let go" test_unpinned
ktap_case "only what is named changes" test_one
ktap_case "two at a time" test_together
ktap_case "settings go by name" test_by_name
ktap_case "what is allowed moves flows" test_allow
ktap_case "errors" test_errors
ktap_case "a backend's module is loaded" test_load
ktap_case "words of backends" test_words
topo_plain
ktap_case "the next backend when one fails" test_fall
ktap_case "a named backend that fails" test_named_fails
ktap_case "changes that are overtaken" test_die
ktap_case "a storm of changes" test_storm
ktap_done
