#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 300
#
# nfoctl why against the real kernel: each cause is made, and why has to name it. The judge's own
# table is in unit_why.c. Connections that nobody needs to use are put into conntrack by hand.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"

PORT=6000

why() { "$NFOCTL" -n "$ROUTER" -j why "$@"; }
# A jq expression holds for the answer; the answer is shown if not.
why_says() { # EXPRESSION WORD...
	local answer

	answer=$(why "${@:2}")
	jq -e ".[0] | $1" <<<"$answer" >/dev/null || { echo "$answer"; return 1; }
}
verdict_is() { # KEYWORD WORD...
	why_says ".verdict == \"$1\"" "${@:2}"
}
has_cause() { # KEYWORD WORD...
	why_says "[.causes[].reason] | index(\"$1\") != null" "${@:2}"
}
udp() { echo udp "$A4" "$PORT" "$B4" "$PORT"; }

# A connection that conntrack has, as far as it goes.
ct_insert() { # CONNTRACK-OPTION...
	check "put a connection into conntrack" topo_run "$ROUTER" conntrack -I -t 600 "$@"
}
ct_insert_udp() {
	PORT=$((PORT + 1))
	ct_insert -p udp -s $A4 -d $B4 --sport $PORT --dport $PORT "$@"
}

exchange() {
	PORT=$((PORT + 1))
	check "traffic" traffic_exchange "${1:-$B4}" $PORT 20
}

test_none() {
	check "ruleset" topo_ruleset "$ROUTER" offload
	check "no such connection" verdict_is no-connection tcp $A4 1 $B4 2
	check_eq "exit code" "$(why tcp $A4 1 $B4 2 >/dev/null; echo $?)" 1
	check_fails "usage" "Usage: nfoctl" why tcp $A4 1
	check_eq "exit code of wrong usage" "$(why tcp $A4 1 2>/dev/null; echo $?)" 2
}

test_rules() {
	check "ruleset" topo_ruleset "$ROUTER" conntrack
	exchange
	# shellcheck disable=SC2046
	check "no flowtable" verdict_is no-flowtable $(udp)
	topo_run "$ROUTER" nft -f - <<-NFT
	table inet nfo_test {
		flowtable f {
			hook ingress priority 0; devices = { nic0p0, nic0p1 }; flags offload;
		}
	}
	NFT
	# shellcheck disable=SC2046
	check "no rule" verdict_is no-flow-rule $(udp)
	topo_run "$ROUTER" nft add rule inet nfo_test forward ip6 daddr ::1 flow add @f
	# shellcheck disable=SC2046
	check "a rule that does not fit" verdict_is not-added $(udp)
	check "ruleset" topo_ruleset "$ROUTER" soft
	exchange
	# shellcheck disable=SC2046
	check "no flag" verdict_is no-offload-flag $(udp)
	# shellcheck disable=SC2046
	check "in the software fast path" \
		why_says '[.directions[].where] == ["fast", "fast"]' $(udp)
	# shellcheck disable=SC2046
	check "as text" grep -q "^no-offload-flag: " <<<"$("$NFOCTL" -n "$ROUTER" why $(udp))"
}

in_hw() { hw_of_port_is "$PORT" 2; }

test_hardware() { # ADDR SRC
	check "ruleset" topo_ruleset "$ROUTER" offload "${@:3}"
	exchange "$1"
	wait_for 20 "both directions in hardware" in_hw
	check "in hardware" verdict_is hardware udp "$2" $PORT "$1" $PORT
	check "each direction and its devices" why_says '[.directions[] |
		[.dir, .where, .dev, .out_dev]] == [["original", "hardware", "nic0p0", "nic0p1"],
		["reply", "hardware", "nic0p1", "nic0p0"]]' udp "$2" $PORT "$1" $PORT
	check "ADDR:PORT" verdict_is hardware udp "$(pair "$2")" "$(pair "$1")"
	check "the other way round" verdict_is hardware udp "$(pair "$1")" \
		"$(pair "$(seen_as "$@")")"
}
pair() {
	case $1 in
	*:*) echo "[$1]:$PORT" ;;
	*) echo "$1:$PORT" ;;
	esac
}
# The client's address as the server sees it.
seen_as() {
	case $3$1 in
	any*:*) echo $R16 ;;
	any*) echo $R14 ;;
	*) echo "$2" ;;
	esac
}

test_reason() {
	check "ruleset" topo_ruleset "$ROUTER" offload
	exchange
	wait_for 20 "both directions in hardware" in_hw
	topo_must ip netns exec "$ROUTER" ethtool -K nic0p0 hw-tc-offload off
	# shellcheck disable=SC2046
	wait_for 10 "the port is off" verdict_is port-off $(udp)
	# shellcheck disable=SC2046
	check "one direction only" \
		why_says '[.directions[].where] == ["fast", "hardware"]' $(udp)
	# shellcheck disable=SC2046
	check "a remedy" why_says '.remedy | test("ethtool")' $(udp)
	topo_must ip netns exec "$ROUTER" ethtool -K nic0p0 hw-tc-offload on
	check "excluded by the policy" "$NFOCTL" -n "$ROUTER" policy set exclude port $PORT
	# shellcheck disable=SC2046
	wait_for 10 "excluded" verdict_is excluded $(udp)
	"$NFOCTL" -n "$ROUTER" policy reset
}

# A flowtable with one of the two devices.
test_device() {
	check "ruleset" topo_ruleset "$ROUTER" conntrack
	topo_run "$ROUTER" nft -f - <<-NFT
	table inet nfo_test {
		flowtable f { hook ingress priority 0; devices = { nic0p0 }; flags offload; }
		chain forward { ct state established flow add @f; }
	}
	NFT
	exchange
	# shellcheck disable=SC2046
	check "the reply's device is missing" has_cause no-device $(udp)
	# shellcheck disable=SC2046
	check "it is named" why_says '[.causes[] | select(.reason == "no-device") | .text] |
		length == 1 and (.[0] | test("^nic0p1, .* reply "))' $(udp)
}

test_conntrack() {
	check "ruleset" topo_ruleset "$ROUTER" offload
	ct_insert_udp
	# shellcheck disable=SC2046
	check "one way" verdict_is one-way $(udp)
	ct_insert_udp -u SEEN_REPLY
	# shellcheck disable=SC2046
	check "could be, but is not" verdict_is not-added $(udp)
	PORT=$((PORT + 1))
	ct_insert -p tcp -s $A4 -d $B4 --sport $PORT --dport $PORT --state SYN_SENT
	check "handshake" has_cause tcp-opening tcp $A4 $PORT $B4 $PORT
	PORT=$((PORT + 1))
	ct_insert -p tcp -s $A4 -d $B4 --sport $PORT --dport $PORT --state TIME_WAIT -u SEEN_REPLY
	check "the end" verdict_is tcp-closing tcp $A4 $PORT $B4 $PORT
	PORT=$((PORT + 1))
	ct_insert -p udp -s $A4 -d $R04 --sport $PORT --dport $PORT
	check "with the router itself" verdict_is local udp $A4 $PORT $R04 $PORT
}

test_helper() {
	check "helper module" modprobe nf_conntrack_tftp
	check "ruleset" topo_ruleset "$ROUTER" offload
	topo_run "$ROUTER" nft -f - <<-NFT
	table inet nfo_test {
		ct helper tftp { type "tftp" protocol udp; }
		chain early {
			type filter hook prerouting priority 0;
			meta l4proto udp ct helper set "tftp"
		}
	}
	NFT
	exchange
	# shellcheck disable=SC2046
	check "helper" verdict_is helper $(udp)
	# shellcheck disable=SC2046
	check "its name" why_says '.facts.helper == "tftp"' $(udp)
}

test_unprivileged() {
	chmod 755 "$TMP"
	install -m 755 "$NFOCTL" "$TMP/nfoctl"
	check_fails "conntrack is not for everyone" "CAP_NET_ADMIN" topo_run "$ROUTER" \
		setpriv --reuid=65534 --regid=65534 --clear-groups "$TMP/nfoctl" \
		why tcp $A4 1 $B4 2
}

reload_modules() { # MODULE...
	local m

	topo_run "$ROUTER" nft flush ruleset
	topo_run "$ROUTER" "$NFOCTL" sim del nic0 2>/dev/null
	for m in nfo_sim nfo_flower nfo_xdp nft_offload nf_flow_table_inet; do
		[ ! -d /sys/module/$m ] || wait_for 30 "$m can be removed" rmmod $m || return
	done
	[ $# = 0 ] || check "load $*" modprobe -a "$@"
}

test_modules() {
	reload_modules || return
	ct_insert_udp -u SEEN_REPLY
	# shellcheck disable=SC2046
	check "nft_offload is not there" has_cause not-loaded $(udp)
	reload_modules nf_flow_table_inet nft_offload nfo_sim || return
	topo_must topo_run "$ROUTER" "$NFOCTL" sim add nic0 wire w0 wire w1
	topo_router_up "$ROUTER"
	check "ruleset" topo_ruleset "$ROUTER" offload
	ct_insert_udp -u SEEN_REPLY
	# shellcheck disable=SC2046
	check "the stock provider has the flowtable" verdict_is stock-provider $(udp)
	exchange
	# shellcheck disable=SC2046
	wait_for 10 "in hardware without us" verdict_is foreign-hardware $(udp)
	reload_modules
}

TMP=$(mktemp -d) || exit 1
trap 'rm -rf "$TMP"; topo_cleanup' EXIT
topo_hosts model
ktap_case "no connection" test_none
ktap_case "what the ruleset lacks" test_rules
ktap_case "hardware, IPv4" test_hardware $B4 $A4
ktap_case "hardware, IPv6" test_hardware $B6 $A6
ktap_case "hardware, IPv4, masqueraded" test_hardware $B4 $A4 any
ktap_case "hardware, IPv6, masqueraded" test_hardware $B6 $A6 any
ktap_case "reasons of nft_offload" test_reason
ktap_case "a device that is not in the flowtable" test_device
ktap_case "what conntrack says" test_conntrack
ktap_case "a helper" test_helper
ktap_case "without privileges" test_unprivileged
ktap_case "modules" test_modules
ktap_done
