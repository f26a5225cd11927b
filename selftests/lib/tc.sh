# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The model with TC flower: rules from the ordinary tc, frames made by hand and what of them comes
# out. Source it after topo.sh, for topo_hosts model.

TC_OUT=$KTAP_DIR/tc-heard

in_r() { topo_run "$ROUTER" "$@"; }

# Replaces the model by one of another profile, with its ports up and clsact on them.
tc_model() { # PROFILE [legacy|switchdev [SIM-ARGUMENT…]]
	topo_must ip netns exec "$ROUTER" "$NFOCTL" sim del nic0
	topo_must ip netns exec "$ROUTER" "$NFOCTL" sim add nic0 wire w0 wire w1 profile "$1" "${@:3}"
	TC_DEV=$("$NFOCTL" -n "$ROUTER" -j sim show nic0 | jq -r '.[0].device')
	[ "${2:-legacy}" = legacy ] ||
		topo_must ip netns exec "$ROUTER" devlink dev eswitch set "$TC_DEV" mode switchdev
	topo_ip "$ROUTER" <<-TEXT
	link set nic0p0 address $MAC_R0
	link set nic0p1 address $MAC_R1
	link set nic0p0 up
	link set nic0p1 up
	TEXT
	tc_qdisc nic0p0
	tc_qdisc nic0p1
}

tc_qdisc() { topo_must ip netns exec "$ROUTER" tc qdisc add dev "$1" clsact; } # DEV

# A rule for hardware only. PREF is its priority, CHAIN its chain.
tc_rule() { # DEV PROTOCOL FLOWER-AND-ACTIONS…
	in_r tc filter add dev "$1" ingress chain "${CHAIN:-0}" protocol "$2" pref "${PREF:-1}" \
		flower skip_sw "${@:3}"
}
tc_flush() { in_r tc filter del dev nic0p0 ingress; }

# Actions: as words for "${TO1[@]}".
# shellcheck disable=SC2034 # for those who source this
TO0=(action mirred egress redirect dev nic0p0)
# shellcheck disable=SC2034
TO1=(action mirred egress redirect dev nic0p1)

# The rule has to be there.
tc_ok() { check "rule: $*" tc_rule "$@"; }
# The driver has to refuse it, in words that match.
tc_no() { check_fails "rule: ${*:2}" "$1" tc_rule "${@:2}"; } # REGEX DEV PROTOCOL…

model_used() { "$NFOCTL" -n "$ROUTER" -j sim show nic0 | jq '.[0].used'; }
hw_rx() { model_stat "$ROUTER" nic0p0 hw.rx.packets; }
punts() { model_stat "$ROUTER" nic0p0 "punts.$1"; } # CAUSE
port_counter() { in_r ethtool -S "$1" | sed -n "s/^ *$2: //p"; } # PORT NAME

# ---- frames

# From A to the router; UDP from port 1000 to 2000 unless the options say otherwise.
tc_send() { # [PKT-OPTION…]
	check "send" topo_run "$HOSTA" "$TOPO_BIN/pkt" send eth0 --dmac $MAC_R0 --src $A4 --dst $B4 \
		--sport 1000 --dport 2000 "$@"
}
tc_send6() { # [PKT-OPTION…]
	check "send" topo_run "$HOSTA" "$TOPO_BIN/pkt" send eth0 --dmac $MAC_R0 --src $A6 --dst $B6 \
		--sport 1000 --dport 2000 "$@"
}

tc_listen() { # HOST [SNIFF-OPTION…]
	topo_bg "$1" "$TOPO_BIN/pkt" sniff "${TC_IF:-eth0}" --any --count 1 --timeout 8000 "${@:2}" \
		>"$TC_OUT" 2>"$TC_OUT.err"
	TC_LISTENER=$TOPO_PID
	wait_for 20 "listening" grep -q listening "$TC_OUT.err"
}

# What of a frame arrives at B (or TC_FAR) by eth0 (or TC_IF) has to match every one of the expressions; "!" before
# one: it must not match.
tc_heard() { # REGEX…
	local regex

	topo_wait "$TC_LISTENER" || fail "nothing arrived: $(cat "$TC_OUT.err")"
	cat "$TC_OUT"
	for regex in "$@"; do
		if [ "${regex:0:1}" = '!' ]; then
			! grep -qE -e "${regex:1}" "$TC_OUT" || fail "it matches '${regex:1}'"
		else
			grep -qE -e "$regex" "$TC_OUT" || fail "it does not match '$regex'"
		fi
	done
}

# One frame of A by hardware to B: expressions before "--", pkt's options after it. TC_LISTEN says
# what the listener looks for.
tc_pass() { # REGEX… -- [PKT-OPTION…]
	local want=() before

	while [ "$1" != -- ]; do
		want+=("$1")
		shift
	done
	shift
	tc_listen "${TC_FAR:-$HOSTB}" "${TC_LISTEN[@]}"
	before=$(hw_rx)
	"${TC_SEND:-tc_send}" "$@"
	tc_heard "${want[@]}"
	check_eq "frames in hardware" $(($(hw_rx) - before)) 1
}

# Frames that do not go by hardware, but for this cause to the CPU.
tc_punted() { # CAUSE N [PKT-OPTION…]
	local before hw

	before=$(punts "$1")
	hw=$(hw_rx)
	"${TC_SEND:-tc_send}" "${@:3}"
	check_eq "frames to the CPU as $1" $(($(punts "$1") - before)) "$2"
	check_eq "frames in hardware" $(($(hw_rx) - hw)) 0
}
