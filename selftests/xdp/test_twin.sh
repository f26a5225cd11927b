#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 500
#
# Law L1, same bytes, L2, punt, and L5, conntrack counts the same, for XDP in the driver of a veth:
#
#	      +-- router A, XDP --------+
#	 C ===|  veth            veth   |=== S		see lib/topo.sh
#	      +-- router B, software ---+
#
# What is sent in pieces of more than the MTU is not compared: the driver of a veth has its peer cut
# them before they come in.
#
# TWIN_SEED and TWIN_COUNT override the seed and the number of cases.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/xdp.sh"

SEED=${TWIN_SEED:-$((EPOCHSECONDS % 1000000))}
COUNT=${TWIN_COUNT:-300}
RUNS=0

twin_args() { # FAMILY PROTO NAT [TWIN-OPTION…]
	topo_twin_run "$1" "$2" "$3" --seed $((SEED + RUNS)) --count "$COUNT" --skip gso \
		--hw-no-syn --hw-no-pcp --hw-any-mac --hw-overtakes \
		--min-forwarded $((COUNT / 3)) \
		--ready "$(topo_twin_ready "$1" "$2" "$3")" \
		--ready-also "$(topo_twin_soft_ready "$1" "$2")" \
		--hw-counter "$(xdp_counter_cmd "$ROUTER_A")" "${@:4}"
}

# Equal, by way of XDP to the last frame, and counted the same.
test_twin() { # FAMILY PROTO NAT [TWIN-OPTION…]
	local log rc

	# fragments that wait in one router must not meet those of the next comparison
	RUNS=$((RUNS + 1))
	topo_twin_rulesets "$2" "$3" || return
	log=$(twin_args "$@" 2>&1)
	rc=$?
	if [ $rc != 0 ]; then
		echo "$log" | sed 's/^# //'
		"$NFOCTL" -n "$ROUTER_A" flow
		"$NFOCTL" -n "$ROUTER_A" port
		fail "twin: status $rc"
		return
	fi
	echo "$log" | grep '^twin:'
	wait_for 15 "conntrack counts the same in both" topo_twin_counted 1-4 "${@:1:3}"
}

# Without fragments: those of IPv6 Linux itself puts together now and then in the one router and not in
# the other when there are tags.
test_tags() { # FAMILY PROTO NAT TAGS TAGS
	topo_twin_vlans "$4" "$5"
	test_twin "$1" "$2" "$3" --skip frag
}

test_mutate() {
	topo_twin_rulesets tcp snat || return
	check_fails "a wrong byte" 'twin: FAIL \(mismatch\)' twin_args 4 tcp snat --mutate
}

printf '# seed %s\n' "$SEED"
xdp_load
topo_twin plain plain
for nat in '' snat dnat 'masquerade dnat'; do
	for family in 4 6; do
		for proto in tcp udp; do
			ktap_case "IPv$family $proto ${nat:-no NAT}" \
				test_twin "$family" "$proto" "$nat"
		done
	done
done
ktap_case "the comparison can fail" test_mutate
ktap_case "a tag comes off" test_tags 4 udp snat 8021q:10 ''
ktap_case "a tag goes on" test_tags 6 tcp '' '' 8021q:20
ktap_case "one tag for another" test_tags 4 tcp dnat 8021q:10 8021q:20
ktap_case "QinQ comes off" test_tags 6 udp snat 8021ad:40,8021q:50 ''
ktap_case "QinQ goes on" test_tags 4 tcp '' 8021q:10 8021ad:40,8021q:50
ktap_done
