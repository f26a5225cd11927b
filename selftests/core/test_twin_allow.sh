#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 180
#
# The twin-router comparison with hardware that was allowed to deviate (twin --allow): that one
# difference is not held against it, any other is. The hardware is tc's flower in software, which
# does to the letter what cards do whose drivers cannot say more: it redirects a connection, and
# neither decrements its TTL nor looks at FIN, RST or the MTU.
#
#	      +-- router A, tc redirects ------+
#	 C ===|                                |=== S		see lib/topo.sh
#	      +-- router B, soft flowtable ----+
#
# Not tried: what tc does otherwise than a card: options, trailing bytes, lengths that are wrong,
# frames for other MAC addresses, and the count of frames to be cut.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"

SEED=${TWIN_SEED:-$((EPOCHSECONDS % 1000000))}
RUNS=$KTAP_DIR/runs
ALL=ttl-unchanged,no-fin-rst,fragments,any-tag
ODD=options,length,trail,mac,gso

# What the card does on top: which packets it takes, for tc-flower, and does to them, for tc-pedit;
# whether it has a direction; how it knows fragments that it takes; whether it takes any tag.
MATCH='' CHANGE='' ORIG=1 REPLY=1 FRAGMENTS='' TAGGED=''

rule() { # IN OUT SMAC DMAC ip|ipv6 PROTO ADDRESSES PORTS
	local prio=0 proto what

	while read -r proto what; do
		echo "filter add dev $1 ingress protocol $proto prio $((++prio))" \
			"flower $what $MATCH action pedit ex munge eth src set $3" \
			"munge eth dst set $4 $CHANGE pipe action mirred egress redirect dev $2"
	done < <(kinds "$5" "ip_proto $6 $7" "$8")
}

# Of packets: their EtherType, and how else to know them.
kinds() { # ip|ipv6 ADDRESSES PORTS
	local outer inner

	echo "$1 $2 $3"
	[ ! "$FRAGMENTS" ] || echo "$1 $2 $FRAGMENTS"
	[ "$TAGGED" ] || return
	for outer in 802.1q 802.1ad; do
		echo "$outer vlan_ethtype $1 $2 $3"
		for inner in 802.1q 802.1ad; do
			echo "$outer vlan_ethtype $inner cvlan_ethtype $1 $2 $3"
		done
	done
}

rules() { # 4|6 PROTO
	local ip=ip client=$A4 server=$B4

	[ "$1" = 4 ] || ip=ipv6 client=$A6 server=$B6
	[ ! "$ORIG" ] || rule nic0p0 nic0p1 $MAC_R1 $MAC_B $ip "$2" "src_ip $client dst_ip $server" \
		"src_port $TOPO_SPORT dst_port $TOPO_DPORT"
	[ ! "$REPLY" ] || rule nic0p1 nic0p0 $MAC_R0 $MAC_A $ip "$2" "src_ip $server dst_ip $client" \
		"src_port $TOPO_DPORT dst_port $TOPO_SPORT"
}

# For --ready: once the connection is open, the card takes it.
card_cmd() { # 4|6 PROTO
	echo "tc -n $ROUTER_A filter show dev nic0p1 ingress | grep -q pedit && exit 0"
	echo "tc -n $ROUTER_A -batch - <<END"
	rules "$@"
	echo END
}

card_counter_cmd() {
	echo "for dev in nic0p0 nic0p1; do tc -n $ROUTER_A -s -j filter show dev \$dev ingress; done |"
	echo "jq -s '[.[][].options?.actions[]? | select(.kind == \"mirred\").stats.packets] | add'"
}

# Each run has a seed of its own: fragments of another that still wait for the rest, in one router
# only, must not meet theirs.
equal() { # 4|6 tcp|udp [TWIN-OPTION…]
	local dev status

	for dev in nic0p0 nic0p1; do
		echo "qdisc add dev $dev clsact"
	done | tc -n "$ROUTER_A" -batch - || return
	echo run >>"$RUNS"
	topo_twin_run "$1" "$2" '' --seed "$((SEED + $(wc -l <"$RUNS")))" --count 120 --min-forwarded 20 --skip $ODD \
		--ready-timeout 5 --ready "$(card_cmd "$1" "$2")" --hw-counter "$(card_counter_cmd)" "${@:3}"
	status=$?
	for dev in nic0p0 nic0p1; do
		echo "qdisc del dev $dev clsact"
	done | tc -n "$ROUTER_A" -batch -
	return $status
}

# Both routers forget the connection.
fresh() {
	check "ruleset of A" topo_ruleset "$ROUTER_A" soft &&
		check "ruleset of B" topo_ruleset "$ROUTER_B" soft
}

allowed() { # DESC 4|6 tcp|udp [TWIN-OPTION…]
	fresh && check "$1" equal "${@:2}"
}

refused() { # DESC 4|6 tcp|udp [TWIN-OPTION…]
	fresh && check_fails "$1" '^# MISMATCH' equal "${@:2}"
}

test_all() {
	local family proto

	for family in 4 6; do
		for proto in tcp udp; do
			allowed "IPv$family $proto" $family $proto --allow ttl-unchanged,no-fin-rst
		done
	done
}

test_ttl() {
	refused "not allowed" 4 udp
	refused "not allowed, TTL of 0 or 1" 6 udp --only ttl
	refused "something else allowed" 4 udp --allow no-fin-rst,fragments
	allowed "allowed" 4 udp --only plain,ttl,ipcsum --allow ttl-unchanged
	CHANGE='munge ip ttl add 254 pipe action csum ip4h'
	refused "a TTL that is two less" 4 udp --allow $ALL
	CHANGE='munge ip ttl add 255 pipe action csum ip4h'
	refused "forwarded with a TTL below 2" 4 udp --only ttl
}

# A card that decrements the TTL of what has 128 or more, and only that.
test_min_ttl() {
	CHANGE='munge ip ttl add 255 pipe action csum ip4h'
	MATCH='ip_ttl 128/80'
	allowed "the rest is the CPU's" 4 udp --hw-min-ttl 128 --skip $ODD,ipcsum
	refused "all is the card's, as is said wrongly" 4 udp
	refused "64 and more is the card's, as is said wrongly" 4 udp --hw-min-ttl 64
}

test_finrst() {
	refused "not allowed" 4 tcp --count 0 --finrst 20 --allow ttl-unchanged
	allowed "allowed" 4 tcp --count 0 --finrst 40 --allow ttl-unchanged,no-fin-rst
	CHANGE='munge tcp flags add 1 pipe action csum tcp'
	refused "a flag that comes from nowhere" 4 tcp --count 20 --finrst 20 --allow $ALL
}

test_fragments() {
	FRAGMENTS='ip_flags firstfrag'
	refused "not allowed" 4 udp --only frag --allow ttl-unchanged
	allowed "allowed" 4 udp --only frag,plain --allow ttl-unchanged,fragments
	allowed "allowed, IPv6" 6 udp --only frag,plain --allow ttl-unchanged,fragments
	FRAGMENTS='ip_flags frag'
	refused "other fragments" 4 udp --only frag --allow $ALL
}

test_any_tag() {
	TAGGED=1
	refused "not allowed" 4 udp --only vlan --allow ttl-unchanged
	allowed "allowed" 4 udp --only vlan,plain --allow ttl-unchanged,any-tag
	CHANGE='pipe action vlan push id 7'
	refused "a tag that is put on" 4 udp --only vlan,plain --allow $ALL
	CHANGE='pipe action vlan modify id 7'
	refused "a tag that is changed" 4 udp --only vlan --allow $ALL
}

test_elsewhere() {
	CHANGE='munge ip tos set 0x40 pipe action csum ip4h'
	refused "another type of service" 4 udp --allow $ALL
	CHANGE="munge udp dport set 53"
	refused "another port" 4 udp --allow $ALL
	CHANGE=
	refused "a wrong byte" 4 tcp --allow $ALL --mutate
	refused "a lost frame" 6 tcp --allow $ALL --mutate=drop
}

test_direction() {
	ORIG=''
	allowed "one direction" 4 udp --hw reply --allow ttl-unchanged
	refused "both, as is said wrongly" 4 udp --allow ttl-unchanged
	refused "the other, as is said wrongly" 4 udp --hw orig --allow ttl-unchanged
}

# What a case changes of the card is its own.
alone() { # FUNC
	("$@")
}

printf '# seed %s\n' "$SEED"
TOPO_MTU_OUT=$TOPO_MTU_IN
topo_twin plain plain
ktap_case "equal but for what is allowed" test_all
ktap_case "ttl-unchanged" alone test_ttl
ktap_case "a least TTL" alone test_min_ttl
ktap_case "no-fin-rst" alone test_finrst
ktap_case "fragments" alone test_fragments
ktap_case "any-tag" alone test_any_tag
ktap_case "nothing else is allowed" alone test_elsewhere
ktap_case "only one direction in hardware" alone test_direction
ktap_done
