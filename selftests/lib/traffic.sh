# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bounded traffic between the hosts of topo.sh, with the tools in selftests/bin; source it after
# topo.sh.

# A receiver is waited for: what is sent before it listens would be lost.
udp_listening() { # NS PORT
	topo_run "$1" cat /proc/net/udp /proc/net/udp6 | grep -q ":$(printf %04X "$2") "
}

tcp_listening() { # NS PORT
	topo_run "$1" cat /proc/net/tcp /proc/net/tcp6 | grep -q ":$(printf %04X "$2") .* 0A "
}

# Starts `blast echo` or `blast recv` and waits until it listens. TOPO_PID is its process.
traffic_receiver() { # NS VERB PORT [OPTION…]
	topo_bg "$1" "$TOPO_BIN/blast" "$2" "$3" "${@:4}"
	wait_for 20 "port $3 is open" udp_listening "$1" "$3"
}

# Who sent has all the answers there will be.
traffic_receiver_end() { # PID
	kill "$1" 2>/dev/null
	topo_wait "$1"
}

# N packets from A to B and back. Source and destination port are the same.
traffic_exchange() { # ADDR PORT [N [PPS]]
	local receiver status

	traffic_receiver "$HOSTB" echo "$2" --idle 1000
	receiver=$TOPO_PID
	topo_run "$HOSTA" "$TOPO_BIN/blast" ping "$1" "$2" --sport "$2" \
		--count "${3:-10}" --pps "${4:-50}"
	status=$?
	traffic_receiver_end "$receiver"
	return $status
}

# A stream that echoes for a while in the background: A pings, B echoes. TRAFFIC_PING and
# TRAFFIC_ECHO are the processes; traffic_end waits for both and fails if anything was lost.
traffic_start() { # ADDR PORT PPS SECONDS
	traffic_receiver "$HOSTB" echo "$2" --idle 3000
	TRAFFIC_ECHO=$TOPO_PID
	topo_bg "$HOSTA" "$TOPO_BIN/blast" ping "$1" "$2" --sport "$2" --pps "$3" --seconds "$4" \
		--idle 3000 >"$KTAP_DIR/traffic.$2"
	TRAFFIC_PING=$TOPO_PID TRAFFIC_OUT=$KTAP_DIR/traffic.$2
}

# With "now" the rest of the stream is of no interest: half a second more and it is stopped.
# TRAFFIC_SENT is how many packets there were.
traffic_end() { # [now]
	local status=0

	[ "${1-}" != now ] || { sleep 0.5 && kill "$TRAFFIC_PING" 2>/dev/null; }
	topo_wait "$TRAFFIC_PING" || status=$?
	traffic_receiver_end "$TRAFFIC_ECHO"
	cat "$TRAFFIC_OUT"
	TRAFFIC_SENT=$(sed -n 's/.*\<sent=\([0-9]*\).*/\1/p' "$TRAFFIC_OUT")
	# who was stopped has not sent all that it should have
	if [ "${1-}" = now ]; then
		traffic_is_whole || fail "packets were lost"
	else
		[ $status = 0 ] || fail "packets were lost (blast ping: status $status)"
	fi
}

traffic_is_whole() {
	local want

	for want in errors missing dup bad; do
		grep -q "\<$want=0\>" "$TRAFFIC_OUT" || return
	done
	[ "$TRAFFIC_SENT" -gt 0 ]
}

# Directions in hardware of the connections with this source or destination port.
hw_of_port() { # PORT
	json_count "$("$NFOCTL" -n "$ROUTER" -j flow port "$1")" '"state":"hw"'
}
hw_of_port_is() { # PORT N
	[ "$(hw_of_port "$1")" = "$2" ]
}
