#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 400
#
# Would the twin routers notice what a driver overlooks? A backend that believes bnxt everything
# (nfo_flower_rash) programs what that driver gets wrong, and must be found out.
#
#	      +-- bnxt, router A, rash ------+
#	 C ===|                              |=== S		see lib/topo.sh, lib/eswitch.sh
#	      +-- bnxt, router B, software --+

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/eswitch.sh"
. "$(dirname "$0")/../lib/twin_card.sh"

# What the driver has no words for at all is evened out: it is not what is looked for.
rash() { # 4|6 PROTO NAT
	twin_card_rulesets "$2" "$3" || return
	topo_twin_run "$1" "$2" "$3" --seed "$SEED" --count 60 --min-forwarded 10 --hw both \
		--hw-any-mac --hw-min-ttl 2 --allow ttl-unchanged,fragments \
		--ready "$(topo_twin_ready "$1" "$2" "$3")"
}

test_control() {
	check "one side translated" rash 4 udp dnat
}

test_nat() {
	check_fails "both sides translated" 'MISMATCH' rash 4 udp 'snat dnat'
}

test_ttl() {
	twin_card_rulesets udp '' || return
	check_fails "the TTL" 'MISMATCH' topo_twin_run 4 udp '' --seed "$SEED" --count 60 --hw both \
		--hw-any-mac --ready "$(topo_twin_ready 4 udp '')"
}

test_vlan() {
	topo_twin_vlans $TWIN_ONE ''
	check_fails "a tag" 'MISMATCH' rash 4 udp ''
}

twin_card bnxt
topo_must modprobe -r nfo_flower
topo_must modprobe nfo_flower_rash
ktap_case "what the driver does right" test_control
ktap_case "both sides of a connection" test_nat
ktap_case "the TTL" test_ttl
ktap_case "VLAN" test_vlan
topo_cleanup
modprobe -r nfo_flower_rash
ktap_done
