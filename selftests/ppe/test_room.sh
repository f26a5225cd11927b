#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 300
#
# More connections than places: all packets arrive, the busier connection has the place, the loser is in
# software and says why; when a place is free it comes in. Engines with buckets of 2 and of 4.
#
#	A === [nic0p0  router, a SoC  nic0p1] === B	see lib/topo.sh

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/ppe.sh"

declare -A PING ECHO

# Of the direction from A to B: "hw" or the reason.
where() { # PORT
	"$NFOCTL" -n "$ROUTER" -j flow port "$1" | jq -r '.[].directions[] |
		select(.dir == "original") | if .state == "hw" then "hw" else .reason end'
}
is_at() { [ "$(where "$1")" = "$2" ]; }

start() { # PORT PPS SECONDS
	traffic_start $B4 "$@"
	PING[$1]=$TRAFFIC_PING ECHO[$1]=$TRAFFIC_ECHO
}

end() { # PORT…
	local port

	for port; do
		TRAFFIC_PING=${PING[$port]} TRAFFIC_ECHO=${ECHO[$port]}
		traffic_end
	done
}

# The places are taken by slow streams; one that is busier comes.
test_busier() { # WAYS
	local ports slow busy

	mapfile -t ports < <("$TOPO_BIN/collide" "$1" $A4 $B4 $(($1 + 1)))
	check_eq "ports" "${#ports[@]}" $(($1 + 1))
	slow=("${ports[@]:0:$1}") busy=${ports[$1]}
	for port in "${slow[@]}"; do
		start "$port" 5 20
	done
	for port in "${slow[@]}"; do
		wait_for 10 "$port has a place" is_at "$port" hw
	done
	start "$busy" 100 12
	wait_for 10 "the busy one has a place" is_at "$busy" hw
	check_eq "in software" "$(for port in "${slow[@]}"; do where "$port"; done | grep -vx hw)" bucket
	check "one was evicted" test "$(ppe_stat evicted)" -ge 1
	end "${ports[@]}"
}

# One that is not busier waits, with its reason, and comes in when another ends.
test_not_busier() { # WAYS
	local ports last

	mapfile -t ports < <("$TOPO_BIN/collide" "$1" $A4 $B4 $(($1 + 1)))
	last=${ports[$1]}
	topo_run "$ROUTER" conntrack -F >/dev/null 2>&1
	for port in "${ports[@]:0:$1}"; do
		start "$port" 50 8
		wait_for 10 "$port has a place" is_at "$port" hw
	done
	start "$last" 20 24
	wait_for 10 "$last says why not" is_at "$last" bucket
	wait_for 30 "and comes in when the others are silent" is_at "$last" hw
	end "${ports[@]}"
}

for soc in mt7622 mt7986; do
	ways=2
	[ $soc = mt7622 ] || ways=4
	ppe_hosts $soc
	check "ruleset" topo_ruleset "$ROUTER" offload any
	ktap_case "$soc: the busier connection wins" test_busier $ways
	ktap_case "$soc: one that is not waits" test_not_busier $ways
done
ktap_done
