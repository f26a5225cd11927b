#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 400
#
# Law L4, routes: 100 ms after the route to the virtual address of B changed every packet goes the
# new way, or none goes where there is none any more; connections to C, on the same two ports, do
# not notice.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/traffic.sh"
. "$(dirname "$0")/../lib/refresh.sh"

TO_B="\$4 == \"$MAC_B\"" TO_M="\$4 == \"$MAC_M\""
NET4=10.7.9.0/24 NET6=fd07:9::/64 HOST4=10.7.9.2/32 HOST6=fd07:9::2/128

begin() { # 4|6
	FAMILY=$1
	check "ruleset" refresh_ruleset "nic0p0 nic0p1"
	streams "$(addr_of "$1" V)" near || { streams_abort; return 1; }
	listen_on "$HOSTB" eth1 "$TMP/eth1.log" --src "$(addr_of "$1" A)"
}

# In words of ip(8), with the network of the family for NET, the host for HOST, B for B ...
route() { # WORD...
	local word words=()

	for word in "$@"; do
		case $word in
		NET | HOST | B | B1 | M) words+=("$(addr_of "$FAMILY" $word)") ;;
		*) words+=("$word") ;;
		esac
	done
	ip -n "$ROUTER" "-$FAMILY" route "${words[@]}"
}

end() {
	in_hardware
	bystander_untouched
	streams_end
}

# To another next hop and back: both ways in hardware.
test_next_hop() { # 4|6
	begin "$1" || return
	event route replace NET via M dev nic0p1
	in_hardware
	event route replace NET via B dev nic0p1
	end
	at_event 1
	was_before "frames to B" eth0 "$TO_B"
	none_late "to B" eth0 "$TO_B"
	soon "to the other next hop" eth0 "$TO_M"
	at_event 2
	none_late "to the other next hop" eth0 "$TO_M"
	soon "to B" eth0 "$TO_B"
	losses_in_time
}

# The way that B's answers take. A flow that an answer makes is for the device that this came in by:
# nf asks for a route there, and where there is none takes the far end for a neighbour.
answers_by() { # replace|del DEV
	topo_must ip -n "$HOSTB" "-$FAMILY" route "$1" "$(addr_of "$FAMILY" A)" \
		via "$(addr_of "$FAMILY" R3)" dev "$2"
}

# To a device that is in no flowtable, and back.
test_device() { # 4|6
	begin "$1" || return
	answers_by replace eth1
	event route replace NET via B1 dev x1
	wait_for 20 "packets come by eth1" test -s "$TMP/eth1.log"
	sleep 0.5
	answers_by del eth1
	event route replace NET via B dev nic0p1
	end
	at_event 1
	none_late "by the old device" eth0 "$TO_B"
	soon "by the new device" eth1 "1"
	at_event 2
	none_late "by the other device" eth1 "1"
	soon "by the old device again" eth0 "$TO_B"
	losses_in_time
}

# No route, and one again: nothing may arrive meanwhile.
test_stop() { # 4|6 WORD...
	begin "$1" || return
	event route "${@:2}"
	sleep 0.6
	event route replace NET via B dev nic0p1
	end
	at_event 1
	was_before "frames to B" eth0 "$TO_B"
	none_late "to B without a route" eth0 "$TO_B"
	at_event 2
	soon "to B" eth0 "\$1 > T && $TO_B"
	losses_in_time through
}

# A more specific route, for the one host, and without it again.
test_specific() { # 4|6
	begin "$1" || return
	event route add HOST via M dev nic0p1
	in_hardware
	event route del HOST via M dev nic0p1
	end
	at_event 1
	none_late "by the less specific route" eth0 "$TO_B"
	soon "by the more specific route" eth0 "$TO_M"
	at_event 2
	none_late "by the route that is gone" eth0 "$TO_M"
	soon "by the less specific route" eth0 "$TO_B"
	losses_in_time
}

refresh_hosts
for family in 4 6; do
	ktap_case "IPv$family: another next hop" test_next_hop $family
	ktap_case "IPv$family: another device" test_device $family
	ktap_case "IPv$family: withdrawn" test_stop $family del NET
	ktap_case "IPv$family: blackhole" test_stop $family replace blackhole NET
	ktap_case "IPv$family: more specific" test_specific $family
done
ktap_done
