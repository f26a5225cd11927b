# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A router whose ports are nfo_base devices, and what is measured on it; source it. Works in the
# network namespace it is run in.
#
#	10.0.1.x -> [base0 10.0.0.1  router  10.1.0.1 base1] -> 10.1.1.1	and so on in pairs
#
# A provider is what answers `flags offload`:
#	stock	nf_flow_table_inet and a driver that does nothing
#	null	nft_offload and a backend that does nothing
#	native	nft_offload, its native backend and the driver of "stock"
#	soft	the flowtable of "stock" without `flags offload`
#	ppe	nft_offload and packet processing engines: a model of a SoC is plugged into base0 and base1
#		and has their addresses

BENCH_PARAM=/sys/module
NFOCTL=${NFOCTL:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)/tools/nfoctl/nfoctl}
BENCH_FD=

bench_die() {
	echo "bench: $*" >&2
	exit 1
}

bench_must() { # CMD...
	local out

	out=$("$@" 2>&1) || bench_die "failed: $*: $out"
}

# One command to the generator. Its results are in BUSY, ELAPSED (ns), SENT and XMIT (packets).
bench_do() { # COMMAND...
	echo "$*" >&"$BENCH_FD" || bench_die "the generator failed: $*"
	# shellcheck disable=SC2034 # for whoever called
	read -r -u "$BENCH_FD" BUSY ELAPSED SENT XMIT
}

# The same from a process of its own.
bench_do_apart() { # COMMAND...
	local BENCH_FD

	exec {BENCH_FD}<>/dev/nfo_base
	bench_do "$@"
	echo "$BUSY $ELAPSED $SENT $XMIT"
}

bench_param() { # MODULE PARAMETER [VALUE]
	if [ $# = 3 ]; then
		echo "$3" >"$BENCH_PARAM/$1/parameters/$2" || bench_die "cannot set $1.$2"
	else
		cat "$BENCH_PARAM/$1/parameters/$2"
	fi
}

# ---- set up and take down

bench_unload() {
	modprobe -ra nfo_null nfo_ppe nfo_sim nfo_flower nfo_xdp nft_offload nf_flow_table_inet nfo_base 2>/dev/null
}

# nft asks the provider that was loaded first.
bench_load() { # PROVIDER
	bench_unload
	[ ! -d /sys/module/nf_flow_table_inet ] || bench_die "nf_flow_table_inet is in use"
	[ ! -d /sys/module/nft_offload ] || bench_die "nft_offload is in use"
	case $1 in
	stock | soft) bench_must modprobe -a nf_flow_table_inet nfo_base ;;
	null)
		bench_must modprobe nft_offload
		bench_must modprobe nfo_null prefix=base
		bench_must modprobe nfo_base ft=0
		;;
	native) bench_must modprobe -a nft_offload nfo_base ;;
	ppe) bench_must modprobe -a nft_offload nfo_ppe nfo_sim nfo_base ;;
	*) bench_die "no provider \"$1\"" ;;
	esac
	exec {BENCH_FD}<>/dev/nfo_base
}

bench_links() { # PORTS
	local i

	for ((i = 0; i < $1; i++)); do
		echo "link add base$i type nfo_base"
		[ "$BENCH_PROVIDER" = ppe ] || echo "addr add 10.$i.0.1/16 dev base$i"
		echo "link set base$i up"
	done | bench_must ip -batch -
	[ "$BENCH_PROVIDER" != ppe ] || bench_soc
}

# Until `bench_ppe_allow any-tag` the engines may do nothing, as they look through tags.
bench_soc() {
	local i

	bench_must "$NFOCTL" sim add nic0 wire base0 wire base1 profile mt7986
	for i in 0 1; do
		echo "addr add 10.$i.0.1/16 dev nic0p$i"
		echo "link set nic0p$i up"
		echo "neigh add 10.$i.1.1 lladdr 02:00:00:00:01:0$i nud permanent dev nic0p$i"
	done | bench_must ip -batch -
}

bench_ppe_allow() { # any-tag|none
	bench_must "$NFOCTL" port set nic0p0 allow "$1"
	bench_must "$NFOCTL" port set nic0p1 allow "$1"
	bench_do settle
}

bench_ppe_bound() { "$NFOCTL" -j flow show state hw | grep -o '"state":"hw"' | wc -l; }

# Room in conntrack, where the kernel has made too little.
bench_limits() { # CONNECTIONS
	local size

	bench_must modprobe nf_conntrack
	size=$(bench_param nf_conntrack hashsize)
	[ "$size" -lt "$1" ] || return 0
	while [ "$size" -lt "$1" ]; do size=$((size * 2)); done
	bench_param nf_conntrack hashsize "$size"
	bench_must sysctl -qw net.netfilter.nf_conntrack_max=$((2 * size))
}

bench_sysctls() {
	bench_must sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0 net.ipv6.conf.default.disable_ipv6=1 \
		net.netfilter.nf_conntrack_acct=1 net.netfilter.nf_conntrack_udp_timeout=3600 \
		net.netfilter.nf_conntrack_udp_timeout_stream=7200
}

bench_flow_timeout() { # SECONDS
	bench_must sysctl -qw net.netfilter.nf_flowtable_udp_timeout="$1"
}

# nft takes up to 255 devices at a time.
bench_flowtable() { # PROVIDER PORTS
	local flags='flags offload;' name=base devices first i

	[ "$1" != soft ] || flags=
	[ "$1" != ppe ] || name=nic0p
	for ((first = 0; first < $2; first += 128)); do
		devices=$(for ((i = first; i < $2 && i < first + 128; i++)); do echo "$name$i"; done)
		echo "add flowtable inet nfo_bench f { hook ingress priority 0; $flags counter;" \
			"devices = { ${devices//$'\n'/, } }; }"
	done
}

bench_ruleset() { # PROVIDER PORTS
	bench_must nft -f - <<-TEXT
	add table inet nfo_bench
	$(bench_flowtable "$1" "$2")
	add chain inet nfo_bench forward { type filter hook forward priority 0; policy accept; }
	add rule inet nfo_bench forward meta l4proto udp ct state established flow add @f
	TEXT
}

bench_up() { # PROVIDER PORTS
	bench_must modprobe -a nf_tables nf_flow_table nf_conntrack nft_flow_offload nft_ct
	BENCH_PROVIDER=$1 BENCH_PORTS=$2
	bench_load "$1"
	bench_sysctls
	bench_flow_timeout 3600
	bench_links "$2"
	bench_ruleset "$1" "$2"
}

# All connections, as conntrack -F ends them: nf's next round removes the flows.
bench_forget() {
	bench_must conntrack -F
	bench_do idle 3
	bench_do settle
}

bench_flush() {
	bench_must nft flush ruleset
	bench_must conntrack -F
	bench_do settle
}

bench_down() {
	local i

	bench_flush
	exec {BENCH_FD}>&-
	[ "$BENCH_PROVIDER" != ppe ] || bench_must "$NFOCTL" sim del nic0
	for ((i = 0; i < BENCH_PORTS; i++)); do echo "link del base$i"; done | bench_must ip -batch -
	bench_unload
}

# ---- what was offloaded: a measurement of anything else would be worth nothing

# Rules that the driver, or the backend, was given so far.
bench_added() {
	case $BENCH_PROVIDER in
	null) bench_param nfo_null added ;;
	*) bench_param nfo_base added ;;
	esac
}

# Rules per connection: nf_flow_table gives those of both directions to the driver of each port.
bench_rules() {
	case $BENCH_PROVIDER in
	stock) echo $((2 * BENCH_PORTS)) ;;
	soft) echo 0 ;;
	*) echo 2 ;;
	esac
}

# Makes connections; fails unless all of them were offloaded, each once.
bench_make() { # FIRST COUNT
	local added want

	added=$(bench_added)
	bench_do make "$1" "$2" "$BENCH_PORTS"
	want=$(($2 * $(bench_rules)))
	added=$(($(bench_added) - added))
	[ $added = $want ] ||
		bench_die "$BENCH_PROVIDER, $BENCH_PORTS ports: $added rules were added, not $want"
	[ "$XMIT" = "$SENT" ] || bench_die "$SENT packets were sent, $XMIT forwarded"
}
