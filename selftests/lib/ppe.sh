# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Routers on a SoC with packet processing engines; source it after topo.sh and traffic.sh.
#
# One SoC per generation of engines: mt7621 (v1, does not count), mt7622 (v1), mt7986 (v2), mt7988 (v3).
# Engines do not look at tags, so flows need the administrator's word for that: any-tag.

# The whole range on the newest kernel, on others one that is old and one that is new.
PPE_SOCS=(mt7621 mt7622 mt7986 mt7988)
[[ $(uname -r) != 6.1.* ]] || PPE_SOCS=(mt7622 mt7988)

PORT=${PORT:-7500}

ppe_model() { # SOC
	PPE_SOC=$1
	topo_cleanup
	TOPO_TAGS=('' '') TOPO_DEV=(nic0p0 nic0p1)
	TOPO_MODEL_ARGS=(profile "$1")
	modprobe -a nft_offload nfo_ppe || topo_die "nfo_ppe cannot be loaded"
}

ppe_allow() { # ROUTER [WORD]
	local port

	for port in nic0p0 nic0p1; do
		topo_must "$NFOCTL" -n "$1" port set $port allow "${2:-any-tag}"
	done
}

# Hosts A and B around a router.
ppe_hosts() { # SOC
	ppe_model "$1"
	topo_hosts model
	topo_sysctl "$ROUTER" net.netfilter.nf_conntrack_acct=1
	ppe_allow "$ROUTER"
}

# Engines do not check the MTU of the way out, so it is that of the way in; two tags fit on the wire.
ppe_twin() { # SOC
	ppe_model "$1"
	TOPO_MTU_OUT=$TOPO_MTU_IN TOPO_SECOND_TAG=0
	topo_twin model model
	ppe_allow "$ROUTER_A"
}

hw_is() { hw_of_port_is "$PORT" "$1"; }
in_hardware() { wait_for "${1:-20}" "both directions are in hardware" hw_is 2; }
hw_rx() { model_stat "$ROUTER" "$1" hw.rx.packets; }
cpu_rx() { model_stat "$ROUTER" "$1" cpu.rx.packets; }
tag() { ct_line "$ROUTER" -p udp --dport "$PORT" | grep -oE '\[(HW_)?OFFLOAD\]'; }
flow_json() { "$NFOCTL" -n "$ROUTER" -j flow port "$PORT"; }

# Why the directions are not in hardware, each once.
reasons() { json_reasons "$(flow_json)"; }
reason_is() { [ "$(reasons)" = "$1" ]; }

# A field of the engines, summed up: `nfoctl ppe stats`.
ppe_stat() { # FIELD
	"$NFOCTL" -n "$ROUTER" -j ppe stats | jq "[.[].$1] | add"
}
ppe_stat_is() { [ "$(ppe_stat "$1")" = "$2" ]; }
ppe_stat_grew() { [ "$(ppe_stat "$1")" -gt "$2" ]; }

counts_are() { # WANT
	local got

	got=$(ct_line "$ROUTER" -p udp --dport "$PORT" | grep -o 'packets=[0-9]*' | sort -u | paste -sd ' ')
	echo "conntrack: $got"
	[ "$got" = "packets=$1" ]
}

# A stream through a reset. What comes in while the frame engine is being reset no MAC can take in, and that
# is lost; nothing else is.
reset_stream() { # PPS SECONDS
	RESET_LOST=$(rx_dropped)
	PORT=$((PORT + 1))
	traffic_receiver "$HOSTB" echo $PORT --idle 3000
	TRAFFIC_ECHO=$TOPO_PID
	topo_bg "$HOSTA" "$TOPO_BIN/blast" ping $B4 $PORT --sport $PORT --pps "$1" --seconds "$2" \
		--idle 3000 >"$KTAP_DIR/ping"
	TRAFFIC_PING=$TOPO_PID
}

reset_stream_end() {
	local n

	sleep 0.5
	kill "$TRAFFIC_PING"
	topo_wait "$TRAFFIC_PING"
	traffic_receiver_end "$TRAFFIC_ECHO"
	RESET_LOST=$(($(rx_dropped) - RESET_LOST)) n=$(grep -o 'missing=[0-9]*' "$KTAP_DIR/ping")
	echo "$n, the MACs did not take in $RESET_LOST"
	check "no others were lost" test "${n#*=}" -le $RESET_LOST
}

rx_dropped() {
	local n=0 port

	for port in nic0p0 nic0p1; do
		n=$((n + $(topo_run "$ROUTER" cat /sys/class/net/$port/statistics/rx_dropped)))
	done
	echo $n
}

# A stream of a connection of its own.
stream() { # PPS SECONDS [ADDR]
	PORT=$((PORT + 1))
	traffic_start "${3:-$B4}" $PORT "$1" "$2"
}
