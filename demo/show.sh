# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the demo prints, and the packet counts behind it. Source it after topo.sh.

if [ -t 1 ] || [ -n "${NFO_COLOR:-}" ]; then
	BOLD=$'\e[1m' GREEN=$'\e[32m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
	BOLD='' GREEN='' RED='' PLAIN=''
fi

BAD=0
STEP=0
declare -A COUNT

step() {
	STEP=$((STEP + 1))
	printf '\n%s%d. %s%s\n\n' "$BOLD" $STEP "$*" "$PLAIN"
}
say() { printf '    %s\n' "$*"; }
good() { printf '    %sok%s   %s\n' "$GREEN" "$PLAIN" "$*"; }
bad() {
	printf '    %sFAIL%s %s\n' "$RED" "$PLAIN" "$*"
	BAD=$((BAD + 1))
	return 1
}

wait_until() { # SECONDS WHAT CMD…
	local i limit=$1 what=$2

	shift 2
	for ((i = 0; i < 10 * limit; i++)); do
		"$@" && return
		sleep 0.1
	done
	bad "$what: not within $limit s"
}

show_topology() {
	cat <<-TEXT
	      host A                 router                          host B
	    +----------+   +--------------------------------+   +----------+
	    | 10.7.1.2 |===| w0 [wire   nic0   wire] w1     |===| 10.7.2.2 |
	    +----------+   |     nic0p0         nic0p1      |   +----------+
	                   |    10.7.1.1       10.7.2.1     |
	                   +--------------------------------+
	    nic0 is a model of a network card. Its ports are nic0p0 and nic0p1, its wires are
	    veths. What its flow table knows goes from wire to wire inside the card; all else
	    goes up to the kernel.
	TEXT
}

# Packets so far, by path: hw through the card, cpu handed to the kernel, slow through the forward
# hook of the ruleset. What the kernel got and did not pass through that hook was the software fast
# path's, but for a few ARP packets and the like.
snapshot() { # NAME
	local hw cpu

	read -r hw cpu < <("$NFOCTL" -n "$ROUTER" -j sim | jq -r '.[0].ports |
		"\([.[].hw.rx.packets] | add) \([.[].cpu.rx.packets] | add)"')
	COUNT[$1.hw]=$hw
	COUNT[$1.cpu]=$cpu
	COUNT[$1.time]=${EPOCHREALTIME/[.,]/}
}
snapshot_all() { # NAME
	snapshot "$1"
	COUNT[$1.slow]=$(forwarded_packets "$ROUTER")
}

moved() { # FROM TO hw|cpu|slow|time|time
	echo $((COUNT[$2.$3] - COUNT[$1.$3]))
}

show_paths() { # between the snapshots "before" and "after"
	local hw cpu slow all

	hw=$(moved before after hw) cpu=$(moved before after cpu) slow=$(moved before after slow)
	all=$((hw + cpu))
	PERCENT_X10=$((all ? hw * 1000 / all : 0))
	say "packets by path:"
	printf '        %-22s %9d  %3d.%d %%\n' "hardware" "$hw" $((PERCENT_X10 / 10)) $((PERCENT_X10 % 10))
	printf '        %-22s %9d\n' "software fast path" $((cpu > slow ? cpu - slow : 0))
	printf '        %-22s %9d\n' "slow path" "$slow"
}

show_progress() { # BYTES OF
	local percent=$(($1 * 100 / $2)) bar

	printf -v bar '%*s' $((percent / 4)) ''
	[ -t 1 ] && printf '\r'
	printf '    [%-25s] %3d %%  %4d MB' "${bar// /#}" $percent $(($1 / 1000000))
	[ -t 1 ] && [ "$1" -lt "$2" ] || echo
}
end_progress() { [ -t 1 ] && echo; }

show_second() { # SECOND: rates since the last line
	local path

	snapshot now
	printf '    %4d' "$1"
	for path in hw cpu; do
		printf '  %12d' $(($(moved second now $path) * 1000000 / $(moved second now time)))
	done
	echo
	for path in hw cpu time; do
		COUNT[second.$path]=${COUNT[now.$path]}
	done
}

verdict() {
	echo
	if [ "$BAD" = 0 ]; then
		printf '%sAll of it worked.%s "make check" proves it in detail.\n' "$BOLD$GREEN" "$PLAIN"
	else
		printf '%s%d of the steps failed.%s\n' "$BOLD$RED" "$BAD" "$PLAIN"
	fi
	exit $((BAD > 0))
}
