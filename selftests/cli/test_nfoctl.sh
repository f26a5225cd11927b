#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# quick: yes
#
# nfoctl against the real modules: words, exit codes, tables, JSON, what the kernel refuses and who
# may ask. What needs odd answers of the kernel is in unit_nfoctl.c. Needs jq.
#
#	A e0 --veth-- w0 [ model nic0 ] w1 --veth-- e0 B
#	10.92.1.2     nic0p0 10.92.1.1   nic0p1 10.92.2.1     10.92.2.2
cd "$(dirname "$0")/../.." || exit 1
. selftests/lib/ktap.sh

NFOCTL=$PWD/tools/nfoctl/nfoctl
A=nfoA$$
B=nfoB$$
USAGE="Usage: nfoctl"
TMP=$(mktemp -d) || exit 1

cleanup() {
	rm -rf "$TMP"
	sysctl -qew net.netfilter.nf_flowtable_udp_timeout=30
	nft flush ruleset
	"$NFOCTL" sim del nic0 2>/dev/null
	"$NFOCTL" sim del nic1 2>/dev/null
	ip netns del "$A" 2>/dev/null
	ip netns del "$B" 2>/dev/null
	ip link del w0 2>/dev/null
	ip link del w1 2>/dev/null
	ip link del w2 2>/dev/null
}
trap cleanup EXIT

nfoctl() { "$NFOCTL" "$@"; }
exit_code() { "$@" >/dev/null 2>&1; echo $?; }
# Without a capability; a copy, as the checkout may be out of reach.
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$TMP/nfoctl" "$@"; }
# A jq expression holds for the JSON on stdin.
json() { jq -e "$1" >/dev/null; }
nfoctl_json() { # EXPRESSION ARG...
	local expression=$1

	shift
	nfoctl -j "$@" | json "$expression"
}

topology() {
	local i ns

	for i in 0 1; do
		ns=$A
		[ "$i" = 0 ] || ns=$B
		ip netns add "$ns" || return 1
		ip link add "w$i" type veth peer name e0 netns "$ns" || return 1
		ip link set "w$i" up
		ip -n "$ns" addr add "10.92.$((i + 1)).2/24" dev e0
		ip -n "$ns" link set e0 up
		ip -n "$ns" route add default via "10.92.$((i + 1)).1"
	done
	ip link add w2 type dummy
	sysctl -qw net.ipv4.ip_forward=1
}

# Exit code 2, the wrong word and the right usage on stderr, nothing on stdout.
wrong() { # WORD ARG...
	local word=$1 code out err

	shift
	nfoctl "$@" >"$TMP/out" 2>"$TMP/err"
	code=$?
	out=$(<"$TMP/out")
	err=$(<"$TMP/err")
	check_eq "nfoctl $*: exit code and output" "$code$out" 2
	[[ $err == "nfoctl: "*"$word"*$'\n'"$USAGE"* ]] ||
		fail "nfoctl $*: does not name $word and show the usage: $err"
}

test_usage() {
	wrong "no verb"
	wrong '"bogus"' bogus
	wrong '"-x"' -x port
	wrong '"-n"' -n
	wrong '"../x"' -n ../x port
	wrong '"pink"' --color=pink port
	wrong '"-j"' port -j
	wrong '"bogus"' status bogus
	wrong '"bogus"' port bogus
	wrong '"bogus"' policy bogus
	wrong 'evict: ' policy set evict maybe
	wrong '"bogus"' why tcp bogus 1 10.0.0.1 2
	wrong '"bogus"' stats bogus
	wrong '"-i"' stats count 3
	wrong '"bogus"' monitor bogus
	wrong '"bogus"' top sort bogus
	wrong '"bogus"' ppe bogus
	wrong '"up"' ppe entries state up
	wrong '"bogus"' flow reason bogus
	wrong '"up"' flow state up
	wrong '"1.2.3"' flow addr 1.2.3
	wrong '"0"' flow port 0
	wrong NAME sim add
	wrong "2 ports" sim add nic0 wire w0
	wrong '"w2"' sim add nic0 wire w0 wire w1 wire w2
	wrong '"thirteenchars"' sim add thirteenchars wire w0 wire w1
	wrong '"4194305"' sim add nic0 wire w0 wire w1 size 4194305
}

test_help() {
	local word

	for word in -h --help help "help sim" "sim help" "po h" "help policy" "help why" \
		"stats help" "mon h" "top help" "ppe help"; do
		# shellcheck disable=SC2086
		check_eq "nfoctl $word" "$(exit_code nfoctl $word)" 0
	done
	check_eq "help goes to stdout" "$(nfoctl help 2>/dev/null | head -c ${#USAGE})" "$USAGE"
	check_eq "-V and version" "$(nfoctl -V)" "$(nfoctl version)"
}

# The manual has what the program has.
test_manual() {
	local word words

	words=$(nfoctl help | sed -n '/VERB  *:=/,/}/{s/.*:= {//;s/}.*//;s/|/ /g;p}')
	check_eq "verbs that help names" "$(wc -w <<<"$words")" 12
	for word in $words; do
		case $word in help | version) continue ;; esac
		check "nfoctl.8 has $word" grep -qx "\.SS $word" tools/nfoctl/nfoctl.8
	done
	for word in port-off table-full refresh stale; do
		check "nfoctl-reasons.7 has $word" grep -q "^\.B ${word//-/\\\\-}$" \
			tools/nfoctl/nfoctl-reasons.7
	done
}

test_output_lost() {
	check_eq "full device" "$(nfoctl help 2>&1 >/dev/full)" \
		"nfoctl: cannot write the output: No space left on device"
	check_eq "full device: exit code" "$(nfoctl help >/dev/full 2>&1; echo $?)" 1
	check_eq "closed output: exit code" "$(nfoctl help 2>/dev/null >&-; echo $?)" 1
	# By the time nfoctl writes, true is gone.
	{ sleep 0.3; nfoctl help 2>"$TMP/said"; echo $? >"$TMP/code"; } | true
	check_eq "a reader that left" "$(cat "$TMP/said" "$TMP/code")" 1
}

test_sim_empty() {
	check_eq "no models, as a table" "$(nfoctl sim 2>&1)" ""
	check_eq "no models, as JSON" "$(nfoctl -j sim show)" "[]"
	check_fails "show what is not there" 'no model "nic9"' nfoctl sim show nic9
	check_fails "delete what is not there" "nfoctl: .*\"nic9\"" nfoctl sim del nic9
	check_eq "exit code" "$(exit_code nfoctl sim del nic9)" 1
}

test_sim_add() {
	check "add" nfoctl sim add nic0 wire w0 wire w1 size 4096
	check "its ports are devices" ip link show nic0p1
	check "table" grep -q "nic0: 0 of 4096 entries used" <<<"$(nfoctl sim show)"
	check "port and wire in the table" grep -Eq "nic0p1 +uplink +w1 +cpu" <<<"$(nfoctl sim show nic0)"
	check "JSON" nfoctl_json '.[0].name == "nic0" and .[0].size == 4096 and .[0].used == 0 and
		[.[0].ports[].wire] == ["w0", "w1"] and
		[.[0].ports[].port] == ["nic0p0", "nic0p1"]' sim show nic0
	check_eq "the same, shortened" "$(nfoctl -j -p si sh nic0 | jq -S '.[0].name')" '"nic0"'
	check "indented" grep -q '^    {$' <<<"$(nfoctl -jp sim)"
	check "no size: the default" nfoctl_json 'length == 1' sim
}

# Refused by the kernel: exit code 1 and a sentence.
refused() { # REGEX ARG...
	local regex=$1 code err

	shift
	nfoctl "$@" 2>"$TMP/err"
	code=$?
	err=$(<"$TMP/err")
	check_eq "nfoctl $*: exit code" "$code" 1
	[[ $err =~ ^nfoctl:\ .*($regex) ]] || fail "nfoctl $*: '$err' does not match '$regex'"
}

test_sim_refused() {
	ip link add w3 type veth peer name w4
	refused nodev0 sim add nic1 wire w3 wire nodev0
	refused nodev0 sim add nic1 wire nodev0 wire w3
	refused "\"w0\" is busy" sim add nic1 wire w0 wire w3
	refused "\"w3\"" sim add nic1 wire w3 wire w3
	refused "\"nic0\" exists" sim add nic0 wire w3 wire w4
	refused "name" sim add a/b wire w3 wire w4
	refused "name" sim add "a b" wire w3 wire w4
	refused "name" sim add % wire w3 wire w4
	refused "\"lo\"" sim add nic1 wire lo wire w3
	check_eq "none of them left a model" "$(nfoctl -j sim | jq length)" 1
	check "the wires are free after all that" nfoctl sim add nic1 wire w3 wire w4
	check "default size" nfoctl_json '.[0].size == 65536' sim show nic1
	check "delete" nfoctl sim del nic1
	check_eq "one is left" "$(nfoctl -j sim | jq -c '[.[].name]')" '["nic0"]'
	ip link del w3
}

test_other_netns() {
	check_eq "no model there" "$(nfoctl -j -n "$A" sim)" "[]"
	check_eq "no port there" "$(nfoctl -j -n "$A" port)" "[]"
	check_eq "no flow there" "$(nfoctl -j -n "$A" flow)" "[]"
	check_fails "its models cannot be deleted from there" "nfoctl: " nfoctl -n "$A" sim del nic0
	check_fails "a wire of here cannot be used there" "nfoctl: " \
		nfoctl -n "$A" sim add nic1 wire e0 wire w2
	check_fails "a namespace that is not there" 'namespace "nope": No such file' \
		nfoctl -n nope port
	check_eq "it is still here" "$(nfoctl -j sim | jq length)" 1
}

test_unprivileged() {
	chmod 755 "$TMP"
	install -m 755 "$NFOCTL" "$TMP/nfoctl"
	check_fails "flow" "CAP_NET_ADMIN" as_nobody flow
	check_fails "sim add" "CAP_NET_ADMIN" as_nobody sim add nic1 wire w0 wire w1
	check_fails "sim del" "CAP_NET_ADMIN" as_nobody sim del nic0
	check_fails "sim set" "CAP_NET_ADMIN" as_nobody sim set nic0 wedge on
	check_fails "sim reset" "CAP_NET_ADMIN" as_nobody sim reset nic0
	check_eq "exit code" "$(exit_code as_nobody flow)" 1
	check_fails "another namespace" "CAP_SYS_ADMIN" as_nobody -n "$A" port
	check "status may be read" as_nobody status
	check "ports may be read" as_nobody port
	check_eq "nothing happened to the model" "$(nfoctl -j sim | jq -c '[.[].wedge]')" "[false]"
}

ruleset() {
	nft -f - <<-NFT
	table inet t {
		flowtable f {
			hook ingress priority 0
			devices = { nic0p0, nic0p1 }
			flags offload
			counter
		}
		chain forward {
			type filter hook forward priority 0
			meta l4proto { tcp, udp } flow add @f
		}
	}
	NFT
}

# Some packets each way; the first are seen by the CPU, the last by the model alone.
udp_exchange() { # PORT
	local echo_pid status

	ip netns exec "$B" selftests/bin/blast echo "$1" 2>"$TMP/echo" >&2 &
	echo_pid=$!
	wait_for 10 "the other end listens" grep -q listening "$TMP/echo" &&
		ip netns exec "$A" selftests/bin/blast ping 10.92.2.2 "$1" --sport 5000 \
			--pps 50 --count 100
	status=$?
	kill "$echo_pid" 2>/dev/null
	wait "$echo_pid" 2>/dev/null
	return "$status"
}

test_status() {
	check "status as a table" grep -Eq "^modules +[0-9]" <<<"$(nfoctl status)"
	check "we are the provider" grep -Eq "^provider +nft_offload$" <<<"$(nfoctl st)"
	check "no remedy needed" nfoctl_json '.[0] | has("remedy") | not' status
	check "JSON" nfoctl_json '.[0] | .flowtables == 0 and .ports == 0 and .flows == 0 and
		(.backends | index("native")) != null and .version == .nfoctl' status
	check_eq "no ports: the head line" "$(nfoctl port | wc -l)" 1
	check_eq "no flows: the summary" "$(nfoctl flow)" \
		"0 connections, 0 directions in hardware, 0 in software"
}

flows_in_hw() { nfoctl_json '[.[].directions[] | select(.state == "hw")] | length == 2' flow; }

test_flows() {
	ip addr add 10.92.1.1/24 dev nic0p0
	ip addr add 10.92.2.1/24 dev nic0p1
	ip link set nic0p0 up
	ip link set nic0p1 up
	check "ruleset" ruleset
	check "traffic" udp_exchange 5001
	wait_for 10 "both directions in hardware" flows_in_hw
	wait_for 20 "hardware's counters arrive" nfoctl_json '.[0].directions |
		all(.packets > 0 and .bytes == .packets * 228 and has("idle_ms"))' flow
	# The flows are looked at in several cases, on a slow machine.
	sysctl -qw net.netfilter.nf_flowtable_udp_timeout=600
	check "heading" grep -Eq "^udp 10\.92\.1\.2:5000 -> 10\.92\.2\.2:5001$" \
		<<<"$(nfoctl flow)"
	check "original" grep -Eq "^    original  hw  nic0p0 -> nic0p1  " <<<"$(nfoctl flow show)"
	check "reply" grep -Eq "^    reply     hw  nic0p1 -> nic0p0  " <<<"$(nfoctl f sh)"
	check "JSON" nfoctl_json '.[0] | .proto == "udp" and .src == "10.92.1.2" and .dport == 5001
		and [.directions[].dir] == ["original", "reply"]
		and .directions[0].dev == "nic0p0" and .directions[0].out_dev == "nic0p1"
		and .directions[0].mtu == 1500' flow
	check_eq "MAC addresses" "$(nfoctl -j flow | jq -r '.[0].directions[0].smac')" \
		"$(cat /sys/class/net/nic0p1/address)"
}

test_flow_filters() {
	local both='[.[].directions[]] | length == 2' none='. == []'

	check "port" nfoctl_json "$both" flow port 5001
	check "another port" nfoctl_json "$none" flow port 5002
	check "addr" nfoctl_json "$both" flow addr 10.92.2.2
	check "another addr" nfoctl_json "$none" flow addr 10.92.2.3
	check "an IPv6 addr" nfoctl_json "$none" flow addr ::ffff:10.92.2.2
	check "proto" nfoctl_json "$both" flow proto udp
	check "another proto" nfoctl_json "$none" flow proto tcp
	check "state" nfoctl_json "$both" flow state hw
	check "another state" nfoctl_json "$none" flow state sw
	check "dev leaves one direction" \
		nfoctl_json '[.[].directions[].dir] == ["reply"] and .[0].src == "10.92.1.2"' \
		flow dev nic0p1 proto udp
	check "another dev" nfoctl_json "$none" flow dev lo
	check_fails "a dev that is not there" '"nodev0"' nfoctl flow dev nodev0
}

test_ports() {
	check "row" grep -Eq "^nic0p0 +native +nfo_sim +ready +provider +1 +1 " <<<"$(nfoctl port)"
	check_eq "one of them" "$(nfoctl port show nic0p1 | wc -l)" 2
	check "statistics" grep -q "^    added 1 removed 0$" <<<"$(nfoctl -s port show dev nic0p0)"
	check "JSON" nfoctl_json '[.[].flows_hw] == [1, 1] and (.[0].reasons | type) == "array"' \
		port
	check "status counts them" nfoctl_json '.[0] | .ports == 2 and .flowtables == 1 and
		.flows_hw == 2 and .flows_sw == 0' status
	check_fails "a device that is no port" '"lo" is no port' nfoctl port show lo
	check_fails "a device that is not there" '"nodev0"' nfoctl port show nodev0
	check "the model counts too" nfoctl_json \
		'.[0].used == 2 and .[0].ports[0].hw.rx.packets > 0 and
		([.[0].ports[0].punts[] | select(.reason == "miss") | .count] | add) > 0' sim
	check "punts in the table" grep -Eq "^ +miss [1-9][0-9]*: no entry in the table$" \
		<<<"$(nfoctl -s sim)"
}

test_port_off() {
	check "ethtool" ethtool -K nic0p0 hw-tc-offload off
	wait_for 10 "the port is off" nfoctl_json '.[0].state == "off"' port show nic0p0
	wait_for 10 "its direction is in software, with a reason" nfoctl_json \
		'[.[].directions[] | select(.state == "sw") | .reason] == ["port-off"]' flow
	check "reason in the table" \
		grep -q "sw  nic0p0 -> .*  port-off: hw-tc-offload is off on the ingress port" \
		<<<"$(nfoctl flow)"
	check "counted for the port" nfoctl_json \
		'[.[0].reasons[] | select(.reason == "port-off") | .count] == [1]' port show nic0p0
	ethtool -K nic0p0 hw-tc-offload on
}

test_stock_provider() {
	nft flush ruleset
	nfoctl sim del nic0
	check "unload" wait_for 10 "modules can be removed" rmmod nfo_sim nfo_flower nfo_xdp nft_offload
	modprobe nf_flow_table_inet
	modprobe nft_offload
	check "the stock provider is named" \
		grep -Eq "^provider +nf_flow_table_inet$" <<<"$(nfoctl status)"
	check "with a remedy" grep -Eq '^remedy .*"rmmod nf_flow_table_inet"' <<<"$(nfoctl status)"
}

[ -x "$NFOCTL" ] || make -s -C tools/nfoctl || exit 1
check "network namespaces" topology || { ktap_done; exit 1; }
ktap_case "usage errors" test_usage
ktap_case "help and version" test_help
ktap_case "manual" test_manual
ktap_case "output that is lost" test_output_lost
modprobe nft_offload
modprobe nfo_sim
ktap_case "sim: none" test_sim_empty
ktap_case "sim add and show" test_sim_add
ktap_case "sim add: refused" test_sim_refused
ktap_case "status without a flowtable" test_status
ktap_case "flow" test_flows
ktap_case "flow with filters" test_flow_filters
ktap_case "port and statistics" test_ports
ktap_case "port with hw-tc-offload off" test_port_off
ktap_case "other network namespaces" test_other_netns
ktap_case "without privileges" test_unprivileged
ktap_case "status with the stock provider" test_stock_provider
ktap_done
