#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 180
#
# The benchmark works: what it makes is offloaded, each connection once, and its rows can be read.
# Times and instructions are none of this test's business.
#
#	10.0.1.x -> [base0  router  base1] -> 10.1.1.1	and more such pairs

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"

BENCH=$TOPO_TOP/selftests/bench

# Runs shell text in the namespace, with the library of the benchmark.
bench() { # TEXT
	check "$1" topo_run "$NS" bash -c ". '$BENCH/bench.sh'; $1"
}

# The library itself fails if not every rule arrived, or not every packet went on.
test_provider() { # PROVIDER PORTS
	bench "bench_up $1 $2; bench_make 0 60; bench_make 60 4; bench_down"
}

test_nothing_left() {
	bench 'bench_up null 2; bench_make 0 50; bench_flush
		[ "$(bench_param nfo_null flows)" = 0 ] || bench_die "flows are left"
		[ "$(conntrack -C)" = 0 ] || bench_die "connections are left"
		bench_down'
}

test_busy() {
	bench 'bench_up stock 2; bench_flow_timeout 5; bench_param nfo_base busy 1; bench_make 0 5
		bench_do idle 4
		[ "$(bench_param nfo_base asked)" -gt 0 ] || bench_die "nobody asked the hardware"
		[ "$(conntrack -L 2>/dev/null | grep -c HW_OFFLOAD)" = 5 ] || bench_die "flows are lost"
		bench_down'
}

test_rows() {
	local dir

	dir=$(mktemp -d)
	check "rows" topo_run "$NS" env NFO_OUT="$dir" "$BENCH/run" --conns 10 --rounds 1 switch
	jq -c . "$dir/rows.jsonl"
	check_eq "rows" "$(jq -r .name "$dir/rows.jsonl" | paste -sd' ')" \
		"switch-off switch-off-time switch-on switch-on-time switch-lost"
	check_eq "packets lost" "$(jq -c 'select(.name == "switch-lost") | [.values, .met]' \
		"$dir/rows.jsonl")" "[[0],true]"
	rm -rf "$dir"
}

topo_ns_new NS bench
for provider in stock soft null native; do
	ktap_case "$provider: every connection is offloaded once" test_provider $provider 2
done
ktap_case "stock, 6 ports: each driver is told of each flow" test_provider stock 6
ktap_case "null, 6 ports: one port is" test_provider null 6
ktap_case "nothing is left after a flush" test_nothing_left
ktap_case "hardware that is busy keeps flows alive" test_busy
ktap_case "rows" test_rows
ktap_done
