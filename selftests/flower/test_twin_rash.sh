#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 500
#
# Would the twin routers see what drivers overlook? The flower backend once more, as nfo_flower_rash:
# it believes that every card can do everything. What a driver then takes and does not do, or does
# wrongly, must be found, each for itself; and without it the routers are equal, so that is what is found.
#
#	      +-- router A, rash offload --+
#	 C ===|  card               card   |=== S	see lib/eswitch.sh
#	      +-- router B, software ------+

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/eswitch.sh"
. "$(dirname "$0")/../lib/twin_card.sh"

CARD_MODULE=nfo_flower_rash
COUNT=60

# All is in hardware, whatever the card can do. DEVIATIONS are those that are none of the case's business.
rash() { # 4|6 PROTO NAT TAGS TAGS DEVIATIONS [TWIN-OPTION…]
	local options=(--hw-min-ttl "${CARD[ttl]}" --hw-no-pcp --min-forwarded 0)

	[ "${TOPO_TAGS[*]}" = "$4 $5" ] || topo_twin_vlans "$4" "$5"
	topo_twin_rulesets "$2" "$3" || return
	TWIN_RUNS=$((TWIN_RUNS + 1))
	[ "${CARD[mode]}" = legacy ] || options+=(--hw-any-mac)
	[ ! "$6" ] || options+=(--allow "$6")
	twin_card_twin "$1" "$2" "$3" hw hw "${options[@]}" "${@:7}"
}

equal() { # WHAT 4|6 PROTO NAT TAGS TAGS DEVIATIONS [TWIN-OPTION…]
	ktap_case "$CARD_NAME: equal but for $1" check "$1" rash "${@:2}"
}

found() { # WHAT 4|6 PROTO NAT TAGS TAGS DEVIATIONS [TWIN-OPTION…]
	ktap_case "$CARD_NAME: $1" check_fails "$1" '^# MISMATCH' rash "${@:2}"
}

twin_card bnxt
equal "what it overlooks" 4 tcp '' '' '' ttl-unchanged,fragments,no-fin-rst
found "a TTL that is not decremented" 4 udp '' '' '' fragments
found "fragments that are forwarded" 4 udp '' '' '' ttl-unchanged --only frag
found "FIN and RST that are forwarded" 6 tcp '' '' '' ttl-unchanged,fragments --count 10 --finrst 20
found "a translation of two sides" 4 udp 'snat dnat' '' '' ttl-unchanged,fragments
found "a tag that is put on" 4 udp '' '' $TWIN_ONE ttl-unchanged,fragments
found "a tag that is taken off" 6 udp '' $TWIN_ONE '' ttl-unchanged,fragments

twin_card cxgb4
topo_must twin_card_sim filter2 off
equal "what it overlooks" 4 udp '' '' '' ttl-unchanged,fragments,any-tag
found "a translation that old firmware does not do" 4 udp snat '' '' ttl-unchanged,fragments,any-tag
found "tags that are not looked at" 4 udp '' '' '' ttl-unchanged,fragments --only vlan

# the representor is served by native, which is honest
twin_card mlx5
topo_must twin_card_port allow any-tag
equal "what it overlooks" 4 udp '' $TWIN_ONE $TWIN_OTHER keep-dei
# few frames have that bit, and nothing else wrong
COUNT=300
found "a bit of a tag that is kept" 4 udp '' $TWIN_ONE $TWIN_OTHER '' --only vlan
COUNT=60

twin_card sloppy
found "anything" 4 udp '' '' ''
ktap_done
