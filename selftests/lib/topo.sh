# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Topologies for the tests; source it. A port of the router is called nic0p0 or nic0p1 whether there
# is a model behind it or only a veth, so that the same test runs on both.
#
# topo_hosts model                    hosts A and B, model NIC in the router R
#
#   +--- $HOSTA ---+      +------------------ $ROUTER ------------------+      +--- $HOSTB ---+
#   | eth0         |======| w0 [wire | nic0p0]      [nic0p1 | wire] w1  |======| eth0         |
#   | 10.7.1.2     | veth |            10.7.1.1      10.7.2.1           | veth | 10.7.2.2     |
#   | fd07:1::2    |      |            fd07:1::1     fd07:2::1          |      | fd07:2::2    |
#   +--------------+      +---------------------------------------------+      +--------------+
#
# topo_hosts plain                    the same without model: nic0p0 and nic0p1 are the veth ends
#
# topo_twin A-KIND B-KIND             twin routers (kinds: model, plain, and card: see lib/eswitch.sh),
#                                     all four far ends in $GEN
#
#                       +-- $ROUTER_A --+                 The routers are the same down to the MAC
#   $GEN  ga0 ==========| nic0p0 nic0p1 |========== ga1   addresses. The client is 10.7.1.2 or
#         gb0 ==========| nic0p0 nic0p1 |========== gb1   fd07:1::2 behind nic0p0, the server
#                       +-- $ROUTER_B --+                 10.7.2.2 or fd07:2::2 behind nic0p1.
#
# topo_twin_vlans TAGS TAGS           the same from now on in layers of VLAN, near and far end
#
# The server also answers to the virtual addresses 10.7.9.2 and fd07:9::2 (destination NAT), and
# source NAT uses 10.7.2.78 and fd07:2::4e. Of each address in use the one that differs in the last
# bit is a known neighbour, too.
#
# Functions print to stdout what they are asked for. A set-up step that fails ends the script.

. "$(dirname "${BASH_SOURCE[0]}")/json.sh"

TOPO_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
TOPO_BIN=$TOPO_TOP/selftests/bin
NFOCTL=${NFOCTL:-$TOPO_TOP/tools/nfoctl/nfoctl}
export NFOCTL

TOPO_NS=()
TOPO_PIDS=()

MAC_R0=02:00:00:00:01:01 MAC_R1=02:00:00:00:02:01
MAC_A=02:00:00:00:01:02 MAC_B=02:00:00:00:02:02
A4=10.7.1.2 B4=10.7.2.2 R04=10.7.1.1 R14=10.7.2.1 V4=10.7.9.2 SNAT4=10.7.2.78
A6=fd07:1::2 B6=fd07:2::2 R06=fd07:1::1 R16=fd07:2::1 V6=fd07:9::2 SNAT6=fd07:2::4e
# The router's devices that have its addresses, near and far end.
TOPO_DEV=(nic0p0 nic0p1)
TOPO_SPORT=40001 TOPO_DPORT=8080 TOPO_DNAT_PORT=9090 TOPO_SNAT_PORT=55555

# Where standard output went when this file was read: a test case has its own.
exec {TOPO_OUT}>&1

topo_die() {
	echo "$*"
	echo "Bail out! $*" >&"$TOPO_OUT"
	exit 1
}

# Runs a set-up command; its output is shown only if it fails.
topo_must() { # CMD…
	local out

	out=$("$@" 2>&1) && return
	topo_die "failed: $*: $out"
}

# Several `ip` commands at once, from standard input: a process costs much in an emulated machine.
topo_ip() { # NS
	topo_must ip -n "$1" -batch -
}

topo_need() { # PROGRAM PACKAGE
	command -v "$1" >/dev/null || topo_die "$1 is missing: apt-get install $2"
}

# ---- processes and namespaces

topo_run() { # NS CMD…
	ip netns exec "$@"
}

# Starts CMD in the background; its process id is in TOPO_PID. topo_cleanup ends it.
topo_bg() { # NS CMD…
	ip netns exec "$@" {TOPO_OUT}>&- &
	TOPO_PID=$!
	TOPO_PIDS+=("$TOPO_PID")
}

# Waits for a process of topo_bg and returns its status.
topo_wait() { # PID
	local pid keep=() status

	wait "$1"
	status=$?
	for pid in "${TOPO_PIDS[@]}"; do
		[ "$pid" = "$1" ] || keep+=("$pid")
	done
	TOPO_PIDS=("${keep[@]}")
	return $status
}

# The name of a namespace is unique to this script's process.
topo_ns_new() { # VARIABLE NAME
	local ns=nfo$$-$2

	topo_must ip netns add "$ns"
	TOPO_NS+=("$ns")
	topo_must ip -n "$ns" link set lo up
	printf -v "$1" %s "$ns"
}

# Waits until a process of ours has ended, and ends it the hard way if it takes more than 3 s.
topo_reap() { # PID
	local i

	for i in {1..30}; do
		kill -0 "$1" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

topo_cleanup() {
	local pid ns

	for pid in "${TOPO_PIDS[@]}"; do
		kill "$pid" 2>/dev/null
	done
	for pid in "${TOPO_PIDS[@]}"; do
		topo_reap "$pid"
	done
	TOPO_PIDS=()
	for ns in "${TOPO_NS[@]}"; do
		ip netns del "$ns" 2>/dev/null
	done
	TOPO_NS=()
}

topo_sysctl() { # NS KEY=VALUE…
	topo_must ip netns exec "$1" sysctl -qw "${@:2}"
}

# ---- routers and hosts

# Every error is answered, so that no two routers differ because one had enough; incomplete
# datagrams stay to the end of the test; TCP windows are nobody's business.
topo_router_sysctls() { # NS
	modprobe -q nf_conntrack
	topo_sysctl "$1" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0 \
		net.ipv6.conf.default.accept_dad=0 net.ipv6.auto_flowlabels=0 \
		net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0 \
		net.ipv6.icmp.ratelimit=0 net.ipv6.icmp.ratemask=255 \
		net.ipv4.ipfrag_time=900 net.ipv6.ip6frag_time=900 \
		net.netfilter.nf_conntrack_frag6_timeout=900 \
		net.netfilter.nf_conntrack_tcp_timeout_close=60 \
		net.netfilter.nf_conntrack_tcp_be_liberal=1 net.netfilter.nf_conntrack_acct=1
}

# A namespace that forwards; without ports so far.
topo_router_new() { # VARIABLE NAME
	topo_ns_new "$1" "$2"
	topo_router_sysctls "${!1}"
}

# Veths from two far ends to the router: nic0p0 and nic0p1, or the wires of the model.
topo_wires() { # ROUTER KIND FAR-NS0 FAR-IF0 FAR-NS1 FAR-IF1
	local near=nic0p

	if [ "$2" = card ]; then
		eswitch_wires "$1" "${@:3}"
		return
	fi
	[ "$2" = plain ] || near=w
	topo_must ip -n "$3" link add "$4" up type veth peer name ${near}0 netns "$1"
	topo_must ip -n "$5" link add "$6" up type veth peer name ${near}1 netns "$1"
	[ "$2" = plain ] || topo_model_add "$1"
}

# nft uses the flowtable provider that was loaded first: whatever an earlier test left, it is ours.
# TOPO_PROVIDER=any takes what there is.
topo_provider() {
	local modules=(nfo_null nfo_sim nfo_ppe nfo_flower nfo_flower_rash nfo_xdp nft_offload
		nf_flow_table_inet)

	if [ "${TOPO_PROVIDER:-ours}" = ours ] && [ -d /sys/module/nf_flow_table_inet ]; then
		topo_must modprobe -ra "${modules[@]}"
	fi
	topo_must modprobe -a nft_offload nfo_sim
}

# For tests of what happens when no backend can: until the end of the script (see run), XDP, which
# can serve nearly every device, is not loaded together with the core.
topo_no_xdp() {
	mkdir -p /run/modprobe.d
	echo "install nfo_xdp /bin/true" >/run/modprobe.d/nfo-test.conf
	[ ! -d /sys/module/nfo_xdp ] || topo_must rmmod nfo_xdp
}

TOPO_MODEL_ARGS=()	# of "nfoctl sim add", for all models
topo_model_add() { # ROUTER [ARG…]
	[ -x "$NFOCTL" ] || topo_die "$NFOCTL is missing: make tools"
	topo_provider
	topo_ip "$1" <<-TEXT
	link set w0 up
	link set w1 up
	TEXT
	topo_must ip netns exec "$1" "$NFOCTL" sim add nic0 wire w0 wire w1 \
		"${TOPO_MODEL_ARGS[@]}" "${@:2}"
}

topo_router_up() { # ROUTER
	topo_ip "$1" <<-TEXT
	link set nic0p0 address $MAC_R0
	link set nic0p1 address $MAC_R1
	link set nic0p0 up
	link set nic0p1 up
	TEXT
	topo_router_addresses "$1"
}

topo_router_addresses() { # ROUTER
	topo_ip "$1" <<-TEXT
	addr add $R04/24 dev ${TOPO_DEV[0]}
	addr add $R14/24 dev ${TOPO_DEV[1]}
	addr add $R06/64 dev ${TOPO_DEV[0]} nodad
	addr add $R16/64 dev ${TOPO_DEV[1]} nodad
	route replace 10.7.9.0/24 via $B4
	route replace fd07:9::/64 via $B6
	TEXT
}

topo_host_up() { # NS MAC ADDR4 ADDR6 GATEWAY4 GATEWAY6
	topo_ip "$1" <<-TEXT
	link set eth0 address $2
	addr add $3/24 dev eth0
	addr add $4/64 dev eth0 nodad
	route add default via $5
	route add default via $6
	TEXT
}

# Permanent neighbours.
topo_neigh() { # NS DEV MAC ADDR…
	local addr

	for addr in "${@:4}"; do
		echo "neigh replace $addr dev $2 lladdr $3 nud permanent"
	done | topo_ip "$1"
}

topo_hosts() { # model|plain
	topo_need jq jq
	topo_ns_new HOSTA a
	topo_ns_new HOSTB b
	topo_router_new ROUTER r
	topo_wires "$ROUTER" "$1" "$HOSTA" eth0 "$HOSTB" eth0
	topo_router_up "$ROUTER"
	topo_host_up "$HOSTA" $MAC_A $A4 $A6 $R04 $R06
	topo_host_up "$HOSTB" $MAC_B $B4 $B6 $R14 $R16
	topo_ip "$HOSTB" <<-TEXT
	addr add $V4/32 dev lo
	addr add $V6/128 dev lo
	TEXT
}

# Neighbours are learned unless a test wants none of that.
topo_static_neighbours() {
	topo_neigh "$ROUTER" nic0p0 $MAC_A $A4 $A6
	topo_neigh "$ROUTER" nic0p1 $MAC_B $B4 $B6
	topo_neigh "$HOSTA" eth0 $MAC_R0 $R04 $R06
	topo_neigh "$HOSTB" eth0 $MAC_R1 $R14 $R16
}

# ---- the twins

TOPO_MTU_IN=1500 TOPO_MTU_OUT=1400
# What a wire takes: two layers of VLAN more than the largest MTU.
TOPO_WIRE_MTU=1508
# Layers of VLAN, near and far end: PROTO:ID[,PROTO:ID], outermost first; 8021q or 8021ad.
TOPO_TAGS=('' '')
# A veth takes in one tag more than its MTU says, as Ethernet has it; a second one must fit in.
TOPO_SECOND_TAG=4

topo_twin_router() { # ROUTER KIND FAR-PREFIX
	topo_wires "$1" "$2" "$GEN" "${3}0" "$GEN" "${3}1"
	topo_sysctl "$1" net.ipv6.conf.default.addr_gen_mode=1 \
		net.ipv6.conf.nic0p0.addr_gen_mode=1 net.ipv6.conf.nic0p1.addr_gen_mode=1
	[ "$2" = plain ] || topo_wire_mtu "$1" w0 w1
	topo_wire_mtu "$GEN" "${3}0" "${3}1"
	topo_router_up "$1"
	topo_twin_mtu "$1"
	topo_twin_neigh "$1"
}

topo_wire_mtu() { # NS DEV…
	printf "link set %s mtu $TOPO_WIRE_MTU\n" "${@:2}" | topo_ip "$1"
}

topo_twin_mtu() { # ROUTER
	local mtu=($TOPO_MTU_IN $TOPO_MTU_OUT) side

	for side in 0 1; do
		case ${TOPO_TAGS[side]} in
		*,*) echo "link set nic0p$side mtu $((mtu[side] + TOPO_SECOND_TAG))" ;;
		*) echo "link set nic0p$side mtu ${mtu[side]}" ;;
		esac
		[ "${TOPO_DEV[side]}" = nic0p$side ] ||
			echo "link set ${TOPO_DEV[side]} mtu ${mtu[side]}"
	done | topo_ip "$1"
}

topo_twin_neigh() { # ROUTER
	topo_neigh "$1" "${TOPO_DEV[0]}" $MAC_A $A4 10.7.1.3 10.7.1.0 $A6 fd07:1::3
	topo_neigh "$1" "${TOPO_DEV[1]}" $MAC_B $B4 10.7.2.3 10.7.2.0 $SNAT4 10.7.2.79 \
		$B6 fd07:2::3 $SNAT6 fd07:2::4f
}

# Tags are device names, too: below nic0p0 there are nic0p0.20 and, in that, nic0p0.20.30.
topo_vlan_names() { # PORT TAGS
	local name=$1 layer

	for layer in ${2//,/ }; do
		name+=.${layer#*:}
		echo "$name"
	done
}

topo_vlan_add() { # PORT TAGS
	local below=$1 layer proto

	for layer in ${2//,/ }; do
		proto=${layer%:*}
		echo "link add link $below name $below.${layer#*:} up type vlan" \
			"proto 802.1${proto#8021} id ${layer#*:}"
		below+=.${layer#*:}
	done
}

# From now on the connection comes and goes in these layers of VLAN, near and far end. Rulesets,
# connections and the layers there were are gone.
topo_twin_vlans() { # TAGS TAGS
	local router side old=("${TOPO_DEV[@]}")

	TOPO_TAGS=("$1" "$2")
	for side in 0 1; do
		TOPO_DEV[side]=$({ echo nic0p$side; topo_vlan_names nic0p$side "${TOPO_TAGS[side]}"; } |
			tail -n 1)
	done
	for router in "$ROUTER_A" "$ROUTER_B"; do
		topo_must ip netns exec "$router" nft flush ruleset
		for side in 0 1; do
			topo_vlan_drop "${old[side]}"
			topo_vlan_add nic0p$side "${TOPO_TAGS[side]}"
		done | topo_ip "$router"
		topo_router_addresses "$router"
		topo_twin_mtu "$router"
		topo_twin_neigh "$router"
	done
}

# The layers above the outermost one go with it.
topo_vlan_drop() { # DEVICE
	local port=${1%%.*} layers=${1#*.}

	if [ "$1" = "$port" ]; then
		echo "addr flush dev $port"
	else
		echo "link del $port.${layers%%.*}"
	fi
}

topo_twin() { # A-KIND B-KIND
	topo_need jq jq
	topo_ns_new GEN gen
	topo_sysctl "$GEN" net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	topo_router_new ROUTER_A ra
	topo_router_new ROUTER_B rb
	topo_twin_router "$ROUTER_A" "$1" ga
	topo_twin_router "$ROUTER_B" "$2" gb
}

# What the client calls: the server, or with destination NAT the virtual address.
topo_twin_dst() { # 4|6 NAT
	case $1$2 in
	4*dnat*) echo $V4 ;;
	6*dnat*) echo $V6 ;;
	4*) echo $B4 ;;
	*) echo $B6 ;;
	esac
}

# Runs twin between the routers.
topo_twin_run() { # 4|6 tcp|udp NAT [TWIN-OPTION…]
	local client=$A4 in=$R04 out=$R14

	[ "$1" = 4 ] || client=$A6 in=$R06 out=$R16
	topo_run "$GEN" "$TOPO_BIN/twin" --in-a ga0 --out-a ga1 --in-b gb0 --out-b gb1 \
		--proto "$2" --client "$client" --server "$(topo_twin_dst "$1" "$3")" \
		--router-in "$in" --router-out "$out" --client-mac $MAC_A --server-mac $MAC_B \
		--router-in-mac $MAC_R0 --router-out-mac $MAC_R1 \
		--sport $TOPO_SPORT --dport $TOPO_DPORT \
		--mtu-in $TOPO_MTU_IN --mtu-out $TOPO_MTU_OUT \
		--vlan-in "${TOPO_TAGS[0]}" --vlan-out "${TOPO_TAGS[1]}" "${@:4}"
}

# ---- rulesets

# NAT hits exactly the connection that twin makes: what is next to it stays untranslated and takes
# no port that the connection, or a neighbour, might want.
topo_nat_rules() { # 4|6 PROTO WORD…
	local ip=ip client=$A4 virtual=$V4 server=$B4 dnat=$B4 snat=$SNAT4 proto=$2 word
	local add='add rule inet nfo_test' ports="{ $TOPO_DPORT, $TOPO_DNAT_PORT }"

	[ "$1" = 4 ] || ip=ip6 client=$A6 virtual=$V6 server=$B6 dnat=[$B6] snat=[$SNAT6]
	for word in "${@:3}"; do
		case $word in
		masquerade | snat)
			echo "$add post oifname ${TOPO_DEV[1]} $ip saddr $client $ip daddr $server" \
				"meta l4proto $proto th sport $TOPO_SPORT th dport $ports" \
				"${word/#snat/snat $ip to $snat:$TOPO_SNAT_PORT}"
			;;
		dnat)
			echo "$add pre $ip saddr $client $ip daddr $virtual meta l4proto $proto" \
				"th sport $TOPO_SPORT th dport $TOPO_DPORT" \
				"dnat $ip to $dnat:$TOPO_DNAT_PORT"
			;;
		any)	# all that A sends, as a home router does it
			echo "$add post oifname ${TOPO_DEV[1]} $ip saddr $client masquerade"
			;;
		esac
	done
}

# offload: flowtable with flags offload; soft: flowtable without; conntrack: no flowtable. Then any
# of masquerade, snat, dnat, any (masquerade for everything), and tcp or udp for NAT of only that
# protocol. The counter "forwarded" counts what passes the forward hook, that is the slow path.
topo_ruleset_text() { # offload|soft|conntrack [WORD…]
	local flags='' flow='' table='' proto='{ tcp, udp }' word

	for word in "${@:2}"; do
		case $word in
		tcp | udp) proto=$word ;;
		masquerade | snat | dnat | any) ;;
		*) topo_die "topo_ruleset: \"$word\"?" ;;
		esac
	done
	[ "$1" = offload ] && flags='flags offload;'
	[ "$1" = conntrack ] || {
		table="flowtable f { hook ingress priority 0; devices = { nic0p0, nic0p1 };
			$flags counter; }"
		flow='meta l4proto { tcp, udp } ct state established flow add @f'
	}
	cat <<-TEXT
	table inet nfo_test {
		counter forwarded { }
		$table
		chain forward {
			type filter hook forward priority 0; policy accept;
			counter name forwarded
			ct state invalid counter
			$flow
		}
		chain pre { type nat hook prerouting priority dstnat; }
		chain post { type nat hook postrouting priority srcnat; }
	}
	TEXT
	topo_nat_rules 4 "$proto" "${@:2}"
	topo_nat_rules 6 "$proto" "${@:2}"
}

# Replaces the whole ruleset of the router at once, as "nft -f /etc/nftables.conf" does, and forgets
# its connections. Status and words as nft's.
topo_ruleset() { # ROUTER offload|soft|conntrack [masquerade|snat|dnat…]
	{ echo "flush ruleset"; topo_ruleset_text "${@:2}"; } |
		topo_run "$1" sh -c 'nft -f - && conntrack -F >/dev/null 2>&1'
}

# ---- questions

# FIELD is a path in `nfoctl -j sim`, such as hw.rx.packets or cpu.tx.bytes, or the keyword of a
# cause, such as punts.ttl; a cause that never was counts 0.
model_stat() { # ROUTER PORT FIELD
	local all value

	all=$("$NFOCTL" -n "$1" -j sim show)
	[[ $all == *"{\"port\":\"$2\","* ]] || return
	all=${all#*"{\"port\":\"$2\","}
	all=${all%%'{"port":'*}
	case $3 in
	punts.*) value=$(json_numbers "$all" "{\"reason\":\"${3#*.}\",\"count\":") && echo "${value:-0}" ;;
	*) json_path "$all" "$3" ;;
	esac
}

# Packets that came into any port of the model and that it forwarded.
model_hw_packets() { # ROUTER
	json_sum "$("$NFOCTL" -n "$1" -j sim show)" '"hw":{"rx":{"packets":'
}

# The same as a command for twin --hw-counter.
topo_hw_counter_cmd() { # ROUTER
	printf "%s -n %s -j sim show | grep -o '%s' | " "$NFOCTL" "$1" '"hw":{"rx":{"packets":[0-9]*'
	# shellcheck disable=SC2016 # for the shell that runs it
	printf '%s' '{ sum=0; while read -r n; do sum=$((sum + ${n##*:})); done; echo $sum; }'
}

# A connection in `nfoctl -j flow` up to its directions, as a basic regular expression.
topo_conn_regex() { # tcp|udp SRC SPORT DST DPORT
	printf '"proto":"%s","src":"%s","sport":%s,"dst":"%s","dport":%s,"packets":[^[]*\[' "$@"
}

# Directions of a connection that nft-offload says are in hardware; DST as the client calls it.
hw_directions() { # ROUTER tcp|udp SRC SPORT DST DPORT
	json_count "$("$NFOCTL" -n "$1" -j flow show | grep -o "$(topo_conn_regex "${@:2}")[^]]*")" \
		'"state":"hw"'
}

# A command: is each direction in hardware, or out of it for this reason?
topo_where_cmd() { # ROUTER tcp|udp SRC SPORT DST DPORT hw|REASON hw|REASON
	local dir where regex

	regex=$(topo_conn_regex "${@:2:5}")
	for dir in original reply; do
		where=$7
		[ $dir = original ] || where=$8
		regex+="{\"dir\":\"$dir\",\"state\":"
		[ "$where" = hw ] && regex+='"hw"' || regex+="\"[^h][a-z]*\",\"reason\":\"$where\""
		regex+='[^}]*},*'
	done
	printf "%s -n %s -j flow show | grep -q '%s'" "$NFOCTL" "$1" "$regex"
}

# The same as a command for twin --ready: both directions are in hardware.
topo_ready_cmd() { # ROUTER tcp|udp SRC SPORT DST DPORT
	topo_where_cmd "$@" hw hw
}

# A command for twin --ready-also: router B has its software flow. Before, conntrack of B may let an
# odd packet through untranslated.
topo_twin_soft_ready() { # 4|6 tcp|udp
	local family=ipv4

	[ "$1" = 4 ] || family=ipv6
	printf 'ip netns exec %s conntrack -L -f %s -p %s 2>/dev/null | grep -qF "[OFFLOAD]"' \
		"$ROUTER_B" $family "$2"
}

# That for --ready and the connection which topo_twin_run makes through router A.
topo_twin_ready() { # 4|6 tcp|udp NAT
	local src=$A4

	[ "$1" = 4 ] || src=$A6
	topo_ready_cmd "$ROUTER_A" "$2" "$src" $TOPO_SPORT "$(topo_twin_dst "$1" "$3")" \
		$TOPO_DPORT
}

# Rulesets of the twins: NAT is for PROTO only.
topo_twin_rulesets() { # PROTO NAT
	# shellcheck disable=SC2086 # words
	check "offload ruleset" topo_ruleset "$ROUTER_A" offload $2 "$1" &&
		check "software ruleset" topo_ruleset "$ROUTER_B" soft $2 "$1"
}

# Counters of that connection, as ct_counters.
topo_twin_counters() { # ROUTER 4|6 tcp|udp NAT
	local src=$A4 family=ipv4

	[ "$2" = 4 ] || src=$A6 family=ipv6
	ct_counters "$1" -f $family -p "$3" -s "$src" -d "$(topo_twin_dst "$2" "$4")" \
		--sport $TOPO_SPORT --dport $TOPO_DPORT
}

# Law L5: does conntrack count the same in both? FIELDS are of ct_counters, as for cut.
topo_twin_counted() { # FIELDS 4|6 tcp|udp NAT
	local a b

	a=$(topo_twin_counters "$ROUTER_A" "${@:2}" | cut -d' ' -f"$1")
	b=$(topo_twin_counters "$ROUTER_B" "${@:2}" | cut -d' ' -f"$1")
	echo "A counts $a, B $b"
	[ "$a" ] && [ "$a" = "$b" ]
}

# FILTER as for conntrack -L, e.g. -p udp --sport 40001 (and -f ipv6)
ct_line() { # ROUTER FILTER…
	topo_run "$1" conntrack -L "${@:2}" 2>/dev/null
}

# "PACKETS BYTES PACKETS BYTES" of a connection, original and reply direction.
ct_counters() { # ROUTER FILTER…
	ct_line "$@" | grep -oE '(packets|bytes)=[0-9]+' | cut -d= -f2 | paste -sd' '
}

has_hw_tag() { # ROUTER FILTER…
	ct_line "$@" | grep -qF '[HW_OFFLOAD]'
}

# Packets that passed the forward hook of the router.
forwarded_packets() { # ROUTER
	topo_run "$1" nft list counter inet nfo_test forwarded | sed -n 's/.*packets \([0-9]*\).*/\1/p'
}

[ "$(id -u)" = 0 ] || topo_die "network namespaces need root"
topo_need ip iproute2
topo_need nft nftables
topo_need conntrack conntrack
trap topo_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
