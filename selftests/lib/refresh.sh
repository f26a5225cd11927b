# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Law L4, common to its tests: streams in hardware, an event, and what has to be true 100 ms after
# it. Source it after topo.sh and traffic.sh.
#
# refresh_hosts                       topo_hosts model, plus ways to change
#
#     +-- $HOSTA --+     +--------------- $ROUTER ---------------+     +------- $HOSTB --------+
#     | eth0       |=====| w0 [nic0p0]             [nic0p1] w1   |=====| eth0 10.7.2.2         |
#     | 10.7.1.2   |     | 10.7.1.1                10.7.2.1      |     |  m0  10.7.2.4 macvlan |
#     +------------+     |                         x1 10.7.3.1   |=====| eth1 10.7.3.2         |
#                        |                         (no model)    |     | lo   10.7.9.2         |
#     +-- $FARD ---+     |                                       |     |                       |
#     | 10.8.1.2   |=====| w2 [nic1p0]             [nic1p1] w3   |=+   | $HOSTC: 10.7.2.3, a   |
#     +------------+     |         (refresh_far only)            | |   | macvlan on eth0       |
#                        +---------------------------------------+ |   +-----------------------+
#                                                                  +===  $FARE 10.8.2.2
#
# The streams run between A and an address of B: UDP on $PORT, TCP on the port after it. Bystanders
# are connections that the event does not concern: "near" from A to C over the same two ports,
# "far" between the ports of a second model.
#
# Time is the guest's. An event happened when its command returned; what packets did is told by
# time stamps, never by a sleep. An emulated machine may stand still for a while when its host is
# busy, and then nothing happens in time: for as long as the bystander, which needs no more than the
# hardware, was not served either, the clock is stopped.

LIMIT_US=100000
[ "${NFO_KERNEL:-}" != debug ] || LIMIT_US=400000
BYSTANDER_GAP_US=20000

MAC_C=02:00:00:00:02:03 MAC_M=02:00:00:00:02:04 MAC_NEW=02:00:00:00:02:99
MAC_X1=02:00:00:00:03:01 MAC_B1=02:00:00:00:03:02
C4=10.7.2.3 M4=10.7.2.4 R34=10.7.3.1 B14=10.7.3.2
C6=fd07:2::3 M6=fd07:2::4 R36=fd07:3::1 B16=fd07:3::2
PORT=6000
STREAM_PPS=200
NO_TCP=	# set where TCP could not survive
TMP=$KTAP_DIR

now_us() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }

# ---- topology

refresh_hosts() {
	topo_hosts model
	topo_ns_new HOSTC c
	topo_sysctl "$HOSTB" net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2
	topo_must ip -n "$HOSTB" link add eth1 address $MAC_B1 up type veth \
		peer name x1 address $MAC_X1 netns "$ROUTER"
	topo_must ip -n "$HOSTB" link add m0 link eth0 address $MAC_M type macvlan mode bridge
	topo_must ip -n "$HOSTB" link add eth0c link eth0 address $MAC_C type macvlan mode bridge
	topo_must ip -n "$HOSTB" link set eth0c netns "$HOSTC" name eth0
	topo_ip "$HOSTB" <<-TEXT
	link set m0 up
	addr add $M4/32 dev m0
	addr add $M6/128 dev m0 nodad
	addr add $B14/24 dev eth1
	addr add $B16/64 dev eth1 nodad
	TEXT
	topo_ip "$ROUTER" <<-TEXT
	link set x1 up
	addr add $R34/24 dev x1
	addr add $R36/64 dev x1 nodad
	TEXT
	topo_must ip -n "$HOSTC" link set eth0 up
	topo_host_up "$HOSTC" $MAC_C $C4 $C6 $R14 $R16
}

refresh_far() {
	topo_ns_new FARD d
	topo_ns_new FARE e
	topo_must ip -n "$FARD" link add eth0 up type veth peer name w2 netns "$ROUTER"
	topo_must ip -n "$FARE" link add eth0 up type veth peer name w3 netns "$ROUTER"
	topo_ip "$ROUTER" <<-TEXT
	link set w2 up
	link set w3 up
	TEXT
	topo_must ip netns exec "$ROUTER" "$NFOCTL" sim add nic1 wire w2 wire w3
	topo_ip "$ROUTER" <<-TEXT
	link set nic1p0 up
	link set nic1p1 up
	addr add 10.8.1.1/24 dev nic1p0
	addr add 10.8.2.1/24 dev nic1p1
	TEXT
	topo_ip "$FARD" <<-TEXT
	addr add 10.8.1.2/24 dev eth0
	route add default via 10.8.1.1
	TEXT
	topo_ip "$FARE" <<-TEXT
	addr add 10.8.2.2/24 dev eth0
	route add default via 10.8.2.1
	TEXT
}

# Counts what of the streams and of the bystander takes the slow path.
refresh_ruleset() { # DEVICES [masquerade]
	topo_run "$ROUTER" nft -f - <<-TEXT
	flush ruleset
	table inet nfo_test {
		counter forwarded { }
		counter bystander { }
		flowtable f {
			hook ingress priority 0; devices = { ${1// /, } };
			flags offload; counter;
		}
		chain forward {
			type filter hook forward priority 0; policy accept;
			meta l4proto { tcp, udp } counter name forwarded
			udp dport 6999 counter name bystander
			udp sport 6999 counter name bystander
			meta l4proto { tcp, udp } ct state established flow add @f
		}
		chain post {
			type nat hook postrouting priority srcnat;
			${2:+oifname nic0p1 $2}
		}
	}
	TEXT
	topo_run "$ROUTER" conntrack -F >/dev/null 2>&1
}

# ---- streams

# What $HOSTB's device hears from A, and everything else that comes in there, with time stamps.
listen_on() { # NS DEV FILE [FILTER...]
	topo_bg "$1" "$TOPO_BIN/pkt" sniff "$2" --time "${@:4}" >"$3" 2>"$3.err"
	LISTENERS+=("$TOPO_PID")
	wait_for 20 "listening on $2" grep -q listening "$3.err"
}

server() { # NS PORT [--tcp|--bind ADDR]
	topo_bg "$1" "$TOPO_BIN/blast" echo "$2" --idle 600000 --timeout 600 "${@:3}" \
		>"$TMP/echo.$2" 2>&1
	SERVERS+=("$TOPO_PID")
	wait_for 20 "port $2 is open" "$([ "${3:-}" = --tcp ] && echo tcp || echo udp)_listening" "$1" "$2"
}

streams_abort() {
	local pid

	for pid in "${TOPO_PIDS[@]}"; do
		kill "$pid" 2>/dev/null
	done
	for pid in "${TOPO_PIDS[@]}"; do
		topo_wait "$pid"
	done
}

streams_new() {
	LISTENERS=() SERVERS=() EVENTS_AT=() EVENTS_DONE=() LIMITS=()
	: >"$TMP/bystander.log"
	PORT=$((PORT + 2))
}

# Starts both streams and a bystander, and waits until all are in hardware, by the counters. If they
# do not come there, the case is over.
streams() { # ADDR near|far [LEN]
	local src=$A4 to=$C4 from=$HOSTA

	streams_new
	listen_on "$HOSTB" eth0 "$TMP/eth0.log"
	# an answer is to come from the address that was asked
	server "$HOSTB" $PORT --bind "$1"
	[ "$NO_TCP" ] || server "$HOSTB" $((PORT + 1)) --tcp
	if [ "$2" = near ]; then
		server "$HOSTC" 6999
		listen_on "$HOSTC" eth0 "$TMP/bystander.log" --dport 6999
	else
		server "$FARE" 6999
		listen_on "$FARE" eth0 "$TMP/bystander.log" --dport 6999
		to=10.8.2.2 from=$FARD
	fi
	topo_bg "$HOSTA" "$TOPO_BIN/blast" ping "$1" $PORT --sport $PORT --pps $STREAM_PPS \
		--seconds 600 ${3:+--len "$3"} >"$TMP/udp.out"
	STREAM_UDP=$TOPO_PID
	STREAM_TCP=
	if [ -z "$NO_TCP" ]; then
		topo_bg "$HOSTA" "$TOPO_BIN/blast" ping "$1" $((PORT + 1)) --tcp \
			--sport $((PORT + 1)) --pps 50 --seconds 600 >"$TMP/tcp.out"
		STREAM_TCP=$TOPO_PID
	fi
	topo_bg "$from" "$TOPO_BIN/blast" ping $to 6999 --sport 6999 --pps 50 --seconds 600 \
		>"$TMP/bystander.out"
	BYSTANDER=$TOPO_PID
	in_hardware && wait_for 30 "the bystander is in hardware" hw_of_port_is 6999 2 || return
	bystander_note
}

flow_json() { "$NFOCTL" -n "$ROUTER" -j flow ${1:+port "$1"}; } # [PORT]
# Reasons of the UDP stream's directions that are not in hardware, each once.
reasons_of_stream() { json_reasons "$(flow_json "$PORT")"; }
neigh_is_the_reason() { [ "$(reasons_of_stream)" = neigh ]; }

both_in_hw() {
	hw_of_port_is "$PORT" 2 && { [ "$NO_TCP" ] || hw_of_port_is $((PORT + 1)) 2; }
}

# Packets forwarded by the hardware and handed to the CPU, of both ports of nic0.
path_counts() {
	local all

	all=$("$NFOCTL" -n "$ROUTER" -j sim show nic0)
	echo "$(json_numbers "$all" '"hw":{"rx":{"packets":') / $(json_numbers "$all" '"cpu":{"rx":{"packets":')"
}

# In a third of a second most packets of each port go by hardware; the streams have 500 a second.
hardware_carries() {
	local hw0 hw1 cpu0 cpu1 a b c d slash

	both_in_hw || return
	read -r hw0 hw1 slash cpu0 cpu1 < <(path_counts)
	sleep 0.3
	read -r a b slash c d < <(path_counts)
	echo "hardware: $((a - hw0)) and $((b - hw1)) packets, CPU: $((c - cpu0)) and $((d - cpu1))"
	[ $((a - hw0)) -ge 30 ] && [ $((b - hw1)) -ge 30 ] &&
		[ $((c - cpu0 + d - cpu1)) -le 15 ]
}

in_hardware() {
	wait_for 30 "both streams are in hardware, both ways" hardware_carries && return
	flow_json | jq -c '.[].directions[] |
		[.dir, .state, .reason, .dev, .src, .sport, .out_dev, .smac, .dmac]'
	"$NFOCTL" -n "$ROUTER" -s status
	return 1
}

# ---- the bystander

bystander_counter() {
	topo_run "$ROUTER" nft list counter inet nfo_test bystander | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

bystander_state() { flow_json 6999 | grep -oE '"(id|state)":[^,]*' | paste -sd' '; }
bystander_packets() { json_sum "$(flow_json 6999)" ',"packets":'; }

bystander_note() {
	BY_STATE=$(bystander_state)
	BY_SLOW=$(bystander_counter)
	BY_PACKETS=$(bystander_packets)
}

# Not once out of the flowtable or the hardware: the same flow, its count goes on, none of its
# packets took the slow path.
bystander_untouched() {
	local packets

	packets=$(bystander_packets)
	check_eq "the bystander's flow" "$(bystander_state)" "$BY_STATE"
	check_eq "its packets on the slow path" $(($(bystander_counter) - BY_SLOW)) 0
	check "its count goes on ($BY_PACKETS, $packets)" test "$packets" -ge "$BY_PACKETS"
}

# ---- the event

# There may be several in a case; at_event says which one the questions below are about.
event() { # CMD...
	local at

	at=$(now_us)
	"$@" || fail "the event itself failed: $*"
	EVENTS_DONE+=("$(now_us)")
	EVENTS_AT+=("$at")
	at_event ${#EVENTS_AT[@]}
	echo "event $EVENT: $*: $((EVENT_DONE - EVENT_AT)) us"
}

at_event() { # N, from 1
	EVENT=$1
	EVENT_AT=${EVENTS_AT[$1 - 1]} EVENT_DONE=${EVENTS_DONE[$1 - 1]}
	UNTIL=${EVENTS_AT[$1]:-0}
	LIMIT=${LIMITS[$1 - 1]:-$LIMIT_US}
}

# Stops the streams and reads what they say. TCP has to have delivered every byte.
streams_end() {
	local pid

	# shellcheck disable=SC2086 # one of them may be none
	kill "$STREAM_UDP" $STREAM_TCP "$BYSTANDER"
	topo_wait "$STREAM_UDP"
	[ "$NO_TCP" ] || topo_wait "$STREAM_TCP" || fail "TCP: $(cat "$TMP/tcp.out")"
	topo_wait "$BYSTANDER"
	echo "UDP: $(cat "$TMP/udp.out")"
	echo "bystander: $(cat "$TMP/bystander.out")"
	check_eq "packets of the bystander that were lost" "$(said bystander missing)" 0
	for pid in "${LISTENERS[@]}" "${SERVERS[@]}"; do
		kill "$pid" 2>/dev/null
		topo_wait "$pid"
	done
	measure_stalls
	at_event 1
}

# What each event's limit is: how long the machine stood still in the half second around it is not
# held against the kernel.
measure_stalls() {
	local i stall

	for i in "${!EVENTS_AT[@]}"; do
		stall=$(awk -v from="${EVENTS_DONE[i]}" -v gap=$BYSTANDER_GAP_US '
			$1 > from - 100000 && last && last < from + 400000 && $1 - last > 2 * gap {
				sum += $1 - last - gap
			}
			{ last = $1 }
			END { print sum + 0 }' "$TMP/bystander.log")
		LIMITS[i]=$((LIMIT_US + stall))
		[ "$stall" = 0 ] || echo "event $((i + 1)): the machine stood still for $stall us"
	done
}

said() { # udp|bystander KEY
	sed -n "s/.*\<$2=\([^ ]*\).*/\1/p" "$TMP/$1.out"
}

# Of UDP, what was sent until 100 ms after an event may be lost and nothing else. "through": from
# the first event to the last there was no way to B, so all may be lost meanwhile.
losses_in_time() { # [through]
	local gap first last i ok gaps

	IFS=, read -ra gaps <<<"$(said udp gaps | tr ' ' ,)"
	for gap in "${gaps[@]}"; do
		first=${gap%-*} last=${gap#*-} ok=
		for i in "${!EVENTS_AT[@]}"; do
			in_window "$first" "$last" "${EVENTS_AT[i]}" "${EVENTS_DONE[i]}" \
				"${LIMITS[i]:-$LIMIT_US}" && ok=1
		done
		if [ "${1:-}" ]; then
			in_window "$first" "$last" "${EVENTS_AT[0]}" "${EVENTS_DONE[-1]}" \
				"${LIMITS[-1]:-$LIMIT_US}" && ok=1
		fi
		[ "$ok" ] || fail "lost: from $((first - EVENTS_DONE[0])) to" \
			"$((last - EVENTS_DONE[0])) us after the first event"
	done
}

# What is on its way when the event begins may be lost, too.
in_window() { # FIRST LAST AT DONE LIMIT
	[ "$1" -ge $(($3 - 50000)) ] && [ "$2" -le $(($4 + $5)) ]
}

# ---- frames in a log of pkt sniff: $1 time, $2 source MAC, $4 destination MAC

# awk gets the time of the event in T and the limit in L; COND chooses among the streams' frames.
stream_frames() { # LOG COND
	awk -v T="$EVENT_DONE" -v L="$LIMIT" -v p1=":$PORT " -v p2=":$((PORT + 1)) " '
		function size() { return substr($0, match($0, /\([0-9]+ bytes/) + 1) + 0 }
		(index($0, p1) || index($0, p2)) && ('"$2"') { print $1 - T, $0 }' "$TMP/$1.log"
}

# No such frame later than 100 ms after the event, until the next event.
none_late() { # DESC LOG COND
	local n

	stream_frames "$2" "\$1 > T + L && ($UNTIL == 0 || \$1 < $UNTIL) && ($3)" >"$TMP/late"
	n=$(wc -l <"$TMP/late")
	[ "$n" = 0 ] && return
	echo "us after the event:"
	head -n 3 "$TMP/late"
	tail -n 1 "$TMP/late"
	fail "$1: $n frames later than $((LIMIT / 1000)) ms after the event"
}

# The first such frame comes no later than 100 ms after the event; the log has any before it, so
# what was the case all along does not count.
soon() { # DESC LOG COND
	local first

	first=$(stream_frames "$2" "\$1 > $EVENT_AT && ($3)" | head -n 1)
	[ -n "$first" ] || fail "$1: no such frame" || return
	echo "$1: first ${first%% *} us after the event"
	[ "${first%% *}" -le $((LIMIT + 10000)) ] || fail "$1: first ${first%% *} us after the event"
}

# The log did show such frames before the event: the test tests something.
was_before() { # DESC LOG COND
	[ -n "$(stream_frames "$2" "\$1 < $EVENT_AT && ($3)" | head -n 1)" ] || fail "before the event: $1"
}

# ---- between cases

neigh_flush() {
	local ns

	for ns in "$HOSTA" "$HOSTB" "$HOSTC" "$ROUTER"; do
		ip -n "$ns" neigh flush all >/dev/null 2>&1
		ip -n "$ns" -6 neigh flush all >/dev/null 2>&1
	done
}

addr_of() { # 4|6 NAME: the address A4, B6, V4 ...
	local name=$2$1

	echo "${!name}"
}
