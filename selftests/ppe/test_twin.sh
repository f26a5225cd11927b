#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 400
#
# The twin-router comparison with packet processing engines of each generation: laws L1, same bytes, L2,
# punt, and L5, conntrack counts the same.
#
#	      +-- SoC, router A, offload ----+
#	 C ===|                              |=== S		see lib/topo.sh
#	      +-- SoC, router B, software ---+
#
# Engines leave TCP SYN to the CPU. They do not look at tags and take off all that there are.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/ppe.sh"

SEED=${TWIN_SEED:-$((EPOCHSECONDS % 1000000))}
COUNT=${TWIN_COUNT:-150}
RUNS=0
ONE=8021q:10 OTHER=8021q:20 QINQ=8021q:20,8021q:30

twin_args() { # FAMILY PROTO NAT [TWIN-OPTION…]
	topo_twin_run "$1" "$2" "$3" --seed $((SEED + RUNS)) --count "$COUNT" \
		--min-forwarded $((COUNT / 3)) --hw-no-syn --allow no-tags \
		--ready "$(topo_twin_ready "$1" "$2" "$3")" \
		--ready-also "$(topo_twin_soft_ready "$1" "$2")" \
		--hw-counter "$(topo_hw_counter_cmd "$ROUTER_A")" "${@:4}"
}

# Equal, by way of the hardware to the last frame, and counted the same.
test_twin() { # FAMILY PROTO NAT [TAGS TAGS]
	local log rc

	RUNS=$((RUNS + 1))
	[ "${TOPO_TAGS[*]}" = "$4 $5" ] || topo_twin_vlans "$4" "$5"
	topo_twin_rulesets "$2" "$3" || return
	log=$(twin_args "$1" "$2" "$3" 2>&1)
	rc=$?
	if [ $rc != 0 ]; then
		echo "$log" | sed 's/^# //'
		"$NFOCTL" -n "$ROUTER_A" flow
		"$NFOCTL" -n "$ROUTER_A" ppe entries
		fail "twin: status $rc"
		return
	fi
	echo "$log" | grep '^twin:'
	# frames with further tags count for less in software: packets are what can be compared
	[ "$PPE_SOC" = mt7621 ] || wait_for 10 "conntrack counts the same in both" topo_twin_counted 1,3 "${@:1:3}"
}

twin_case() { # FAMILY PROTO NAT [TAGS TAGS]
	ktap_case "$PPE_SOC: IPv$1 $2 ${3:-no NAT}${5:+, ${4:-untagged} to ${5:-untagged}}" test_twin "$@"
}

printf '# seed %s\n' "$SEED"
for soc in "${PPE_SOCS[@]}"; do
	ppe_twin $soc
	twin_case 4 tcp 'masquerade dnat'
	twin_case 6 udp ''
	twin_case 4 udp snat $ONE $QINQ
	twin_case 6 tcp '' $QINQ $ONE
done
twin_case 4 udp dnat $OTHER ''
twin_case 4 tcp ''
ktap_case "the comparison can fail" check_fails "a wrong byte" 'twin: FAIL \(mismatch\)' \
	twin_args 4 tcp '' --mutate
ktap_done
