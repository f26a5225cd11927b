#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# Law L1, same bytes, and law L2, punt: a router with `flags offload` emits exactly what the same
# router without the flag does, for every kind of packet; and law L5, conntrack counts the same.
#
#	      +-- [model] router A, offload ----+
#	 C ===|                                 |=== S		see lib/topo.sh
#	      +-- [model] router B, software ---+
#
# Router B has the same NIC, as a veth takes frames in that a NIC does not: those for other MAC
# addresses. TWIN_B=plain puts it on veths all the same and leaves out that category; TWIN_SEED and
# TWIN_COUNT override the seed and the number of cases.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"

SEED=${TWIN_SEED:-$((EPOCHSECONDS % 1000000))}
COUNT=${TWIN_COUNT:-300}
TWIN_B=${TWIN_B:-model}

twin_args() { # FAMILY PROTO NAT [TWIN-OPTION…]
	local skip=()

	[ "$TWIN_B" = model ] || skip=(--skip mac)
	topo_twin_run "$1" "$2" "$3" --seed "$SEED" --count "$COUNT" "${skip[@]}" \
		--min-forwarded $((COUNT / 3)) \
		--ready "$(topo_twin_ready "$1" "$2" "$3")" \
		--ready-also "$(topo_twin_soft_ready "$1" "$2")" \
		--hw-counter "$(topo_hw_counter_cmd "$ROUTER_A")" "${@:4}"
}

# Equal, by way of the hardware to the last frame, and counted the same.
test_twin() { # FAMILY PROTO NAT
	local log rc

	topo_twin_rulesets "$2" "$3" || return
	log=$(twin_args "$1" "$2" "$3" 2>&1)
	rc=$?
	if [ $rc != 0 ]; then
		echo "$log" | sed 's/^# //'
		fail "twin: status $rc"
		return
	fi
	echo "$log" | grep '^twin:'
	wait_for 10 "conntrack counts the same in both" topo_twin_counted 1-4 "${@:1:3}"
}

test_mutate() {
	topo_twin_rulesets tcp snat || return
	check_fails "a wrong byte" 'twin: FAIL \(mismatch\)' twin_args 4 tcp snat --mutate
	check_fails "a lost frame" 'twin: FAIL \(mismatch\)' twin_args 4 tcp snat --mutate=drop
}

printf '# seed %s\n' "$SEED"
topo_twin model "$TWIN_B"
for nat in '' snat dnat 'masquerade dnat'; do
	for family in 4 6; do
		for proto in tcp udp; do
			ktap_case "IPv$family $proto ${nat:-no NAT}" \
				test_twin "$family" "$proto" "$nat"
		done
	done
done
ktap_case "the comparison can fail" test_mutate
ktap_done
