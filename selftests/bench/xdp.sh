# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What a packet costs in XDP, and otherwise; source it in bench/run.
#
#	c -- e0 ==== xb0  10.1.0.1  router  10.2.0.1  xb1 ==== e0 -- s
#
# The kernel makes frames in c (BPF_PROG_RUN, live frames, 64 at a time) and sends them by XDP, as a NIC
# with XDP takes them in: 60 bytes, UDP, IPv4, source address translated. They are dropped where they
# arrive. From all rows the cost of frames that are dropped by XDP as they come in is subtracted.

XDP_BIN=selftests/bin/bench_xdp
XDP_FRAMES=20480
export XDP_OBJ=$PWD/selftests/bin/bench_xdp.bpf.o

xdp_in() { nsenter --net=/run/netns/"$@"; }

xdp_up() {
	bench_unload
	bench_must modprobe -a nf_tables nf_flow_table nf_conntrack nft_flow_offload nft_ct nft_chain_nat \
		nft_masq veth
	bench_sysctls
	bench_must ip netns add c
	bench_must ip netns add s
	bench_must ip link add xb0 up type veth peer name e0 netns c
	bench_must ip link add xb1 up type veth peer name e0 netns s
	bench_must ip addr add 10.1.0.1/16 dev xb0
	bench_must ip addr add 10.2.0.1/16 dev xb1
	bench_must ip -n c link set e0 address 02:00:00:00:00:0c up
	bench_must ip -n s link set e0 address 02:00:00:00:00:05 up
	bench_must ip neigh add 10.1.1.1 lladdr 02:00:00:00:00:0c nud permanent dev xb0
	bench_must ip neigh add 10.2.1.1 lladdr 02:00:00:00:00:05 nud permanent dev xb1
	XDP_MAC0=$(cat /sys/class/net/xb0/address) XDP_MAC1=$(cat /sys/class/net/xb1/address)
	# who gets frames by XDP has to poll
	bench_must ethtool -K xb0 gro on
	bench_must ethtool -K xb1 gro on
	bench_must xdp_in s "$XDP_BIN" attach e0 drop
}

xdp_down() {
	bench_must nft flush ruleset
	sleep 1
	bench_must ip link del xb0
	bench_must ip link del xb1
	bench_must ip netns del c
	bench_must ip netns del s
	bench_unload
}

# From c, and answers from s, whose source address the router has translated.
xdp_gen() { # N FLOWS
	xdp_in c "$XDP_BIN" gen e0 "$1" "$XDP_MAC0" 10.1.1.1 10.2.1.1 2000 80 "$2" ||
		bench_die "no frames"
}

xdp_answer() { # N FLOWS
	xdp_in s "$XDP_BIN" reply e0 "$1" "$XDP_MAC1" 10.2.1.1 10.2.0.1 80 2000 "$2" >/dev/null ||
		bench_die "no answers"
}

xdp_ruleset() { # soft|offload|conntrack
	local table='' flow=''

	[ "$1" = conntrack ] || {
		table="flowtable f { hook ingress priority 0; devices = { xb0, xb1 }; counter;
			${1/#offload/flags offload;} }"
		table=${table/soft/}
		flow='meta l4proto udp ct state established flow add @f'
	}
	bench_must nft -f - <<-TEXT
	table inet nfo_bench {
		$table
		chain forward { type filter hook forward priority 0; $flow; }
		chain post { type nat hook postrouting priority srcnat; oifname xb1 masquerade; }
	}
	TEXT
}

xdp_hw() { "$NFOCTL" -j flow show state hw | grep -o '"state":"hw"' | wc -l; }

# Instructions per frame, into COST[KEY].
xdp_cost() { # KEY FLOWS
	local ns

	# what comes first finds empty caches
	xdp_gen $XDP_FRAMES "$2" >/dev/null
	ns=$(xdp_gen $XDP_FRAMES "$2")
	COST[$1]=$(instructions_per "$ns" 1)
	say "$1: ${COST[$1]} instructions per frame, all of it"
}

xdp_plain() { # KEY PROGRAM [OUT]
	bench_must "$XDP_BIN" attach xb0 "${@:2}"
	xdp_cost "$1" 1
	bench_must "$XDP_BIN" detach xb0
	sleep 1
}

xdp_connections() { # FLOWS
	local round

	for round in 1 2; do
		xdp_gen "$1" "$1" >/dev/null
		xdp_answer "$1" "$1"
	done
	sleep 2
}

xdp_stack() { # KEY soft|conntrack
	xdp_ruleset "$2"
	xdp_connections 64
	xdp_cost "$1" 1
	bench_must nft flush ruleset
	bench_must conntrack -F
	sleep 1
}

xdp_ours() { # KEY FLOWS
	local i

	bench_must modprobe -a nft_offload nfo_xdp
	xdp_ruleset offload
	sleep 2
	xdp_connections "$2"
	for i in {1..60}; do
		[ "$(xdp_hw)" != $((2 * $2)) ] || break
		sleep 1
		xdp_gen "$2" "$2" >/dev/null
	done
	[ "$(xdp_hw)" = $((2 * $2)) ] || bench_die "$(xdp_hw) directions are in XDP, not $((2 * $2))"
	xdp_cost "$1" "$2"
	bench_must nft flush ruleset
	bench_must conntrack -F
	sleep 2
}

xdp_net() { minus "$(costs "$1")" "$(costs xdp-drop)"; }

measure_xdp() {
	local unit="instructions per frame" round many=${XDP_MANY:-50000}

	bench_limits "$many"
	for round in $(rounds); do
		xdp_up
		xdp_plain "xdp-drop,$round" drop
		xdp_plain "xdp-limit,$round" pass_on xb1
		xdp_stack "xdp-conntrack,$round" conntrack
		xdp_stack "xdp-soft,$round" soft
		bench_must modprobe -r nf_flow_table_inet
		xdp_ours "xdp-one,$round" 64
		xdp_ours "xdp-many,$round" "$many"
		xdp_down
	done
	row xdp-limit "$unit" "$(xdp_net xdp-limit)" "" "" \
		"a frame that XDP sends on as it is, by a devmap"
	row xdp-conntrack "$unit" "$(xdp_net xdp-conntrack)" "" "" \
		"routed by the kernel, conntrack and masquerade"
	row xdp-soft "$unit" "$(xdp_net xdp-soft)" "" "" \
		"the flowtable without flags offload, masquerade"
	row xdp "$unit" "$(xdp_net xdp-one)" "$(xdp_net xdp-soft)" "value <= 800" \
		"the flowtable with flags offload and XDP, masquerade; against the one without"
	row xdp-many "$unit" "$(xdp_net xdp-many)" "$(xdp_net xdp-one)" "ratio <= 1.05" \
		"the same with $many connections in turn, against 64"
}
