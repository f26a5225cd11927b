#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# quick: yes
# timeout: 240
#
# Can the twin-router comparison be believed? Two routers of the same kind, both in software, must
# be equal; one that is spoilt on purpose must be found out, whatever is spoilt.
#
#	      +-- router A --+
#	 C ===|  plain veth  |=== S		see lib/topo.sh
#	      +-- router B --+

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"

SEED=${TWIN_SEED:-$((EPOCHSECONDS % 1000000))}

rulesets() { # A-MODE B-MODE [NAT…]
	check "ruleset of A" topo_ruleset "$ROUTER_A" "$1" "${@:3}" &&
		check "ruleset of B" topo_ruleset "$ROUTER_B" "$2" "${@:3}"
}

equal() { # FAMILY PROTO NAT [TWIN-OPTION…]
	topo_twin_run "$1" "$2" "$3" --seed "$SEED" --count 200 --min-forwarded 60 "${@:4}"
}

test_equal_conntrack() {
	local nat

	for nat in '' 'snat dnat'; do
		rulesets conntrack conntrack $nat udp || return
		check "IPv4 UDP $nat" equal 4 udp "$nat"
		rulesets conntrack conntrack $nat tcp || return
		check "IPv6 TCP $nat" equal 6 tcp "$nat"
	done
}

test_equal_soft() {
	rulesets soft soft snat dnat tcp || return
	check "IPv4 TCP" equal 4 tcp "snat dnat"
	rulesets soft soft udp || return
	check "IPv6 UDP" equal 6 udp ""
}

test_mutate() {
	local what

	rulesets conntrack conntrack snat tcp || return
	for what in byte drop dup side order; do
		check_fails "$what" 'twin: FAIL \(mismatch\)' equal 4 tcp snat "--mutate=$what"
	done
}

# A router that really is another one: no source NAT, so already the first packet differs.
test_other_router() {
	check "ruleset of A" topo_ruleset "$ROUTER_A" conntrack || return
	check "ruleset of B" topo_ruleset "$ROUTER_B" conntrack masquerade || return
	check_fails "a router without NAT" 'opening the connection' equal 4 udp masquerade
}

test_nothing_forwarded() {
	rulesets conntrack conntrack || return
	check_fails "too little forwarded" 'too little forwarded' \
		equal 4 udp '' --only ethertype
}

# Equal bytes prove nothing of the hardware if it forwarded none of them.
test_no_hardware() {
	rulesets conntrack conntrack udp || return
	check_fails "hardware that does nothing" 'for the hardware, it forwarded 0' \
		equal 4 udp '' --hw-counter 'echo 0'
	check_fails "a flow that never gets there" 'not ready after 1 s' \
		equal 4 udp '' --ready false --ready-timeout 1
}

# The same seed and index make the same frame, whatever came before.
test_repeatable() {
	local first again

	rulesets conntrack conntrack udp || return
	first=$(equal 4 udp '' --verbose | sed -n 's/^# 150 //p')
	again=$(equal 4 udp '' --verbose --index 150 --min-forwarded 0 | sed -n 's/^# 150 //p')
	check_eq "case 150 alone" "$again" "$first"
	check "there is a case 150" test -n "$first"
}

printf '# seed %s\n' "$SEED"
topo_twin plain plain
ktap_case "two conntrack routers are equal" test_equal_conntrack
ktap_case "two software flowtable routers are equal" test_equal_soft
ktap_case "every mutation is found" test_mutate
ktap_case "another router is found" test_other_router
ktap_case "forwarding nothing is no success" test_nothing_forwarded
ktap_case "hardware that forwards nothing is found" test_no_hardware
ktap_case "seed and index repeat a case" test_repeatable
ktap_done
