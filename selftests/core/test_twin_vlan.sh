#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 240
#
# The twin-router comparison in layers of VLAN, between routers in software: they are equal, the
# kernel's software flow table forwards what its slow path does, and what is wrong with a tag is
# found.
#
#	      +-- router A --+
#	 C ===|  plain veth  |=== S		see lib/topo.sh
#	      +-- router B --+

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"

SEED=${TWIN_SEED:-$((EPOCHSECONDS % 1000000))}
COUNT=200
ONE=8021q:10 OTHER=8021q:20 QINQ=8021q:20,8021q:30 AD=8021ad:40,8021q:50 ONE_AD=8021ad:60

rulesets() { # A-MODE B-MODE [NAT…]
	check "ruleset of A" topo_ruleset "$ROUTER_A" "$1" "${@:3}" &&
		check "ruleset of B" topo_ruleset "$ROUTER_B" "$2" "${@:3}"
}

equal() { # FAMILY PROTO NAT [TWIN-OPTION…]
	topo_twin_run "$1" "$2" "$3" --seed "$SEED" --count $COUNT --min-forwarded 60 "${@:4}"
}

test_equal() { # TAGS TAGS MODE FAMILY PROTO [NAT]
	topo_twin_vlans "$1" "$2"
	rulesets "$3" "$3" $6 "$5" || return
	check "IPv$4 $5 $6" equal "$4" "$5" "$6"
}

# The fast path of the kernel and its slow path; trailing bytes, packets that conntrack calls
# invalid and frames for others are what they treat otherwise, with VLAN or without.
test_fast_slow() { # FAMILY PROTO TAGS TAGS
	local fast slow

	topo_twin_vlans "$3" "$4"
	rulesets soft conntrack || return
	check "IPv$1 $2" equal "$1" "$2" '' --finrst 0 \
		--only plain,burst,ttl,partial,gso,options,frag,mtu,vlan,neighbour
	fast=$(forwarded_packets "$ROUTER_A")
	slow=$(forwarded_packets "$ROUTER_B")
	echo "passed the forward hook: $fast and $slow"
	check "the flow table forwards" test $((fast * 3)) -lt "$slow"
}

test_mutate() {
	topo_twin_vlans $ONE $QINQ
	rulesets soft soft snat tcp || return
	check_fails "a wrong byte" 'twin: FAIL \(mismatch\)' equal 4 tcp snat --mutate
}

# The router sends into another VLAN than it should.
test_other_vlan() {
	topo_twin_vlans $ONE $OTHER
	rulesets conntrack conntrack || return
	TOPO_TAGS[1]=8021q:21
	check_fails "another VLAN" 'came out with 1 VLAN tags, or with others' equal 4 udp ''
	TOPO_TAGS[1]=
	check_fails "no VLAN" 'came out with 1 VLAN tags, or with others' equal 4 udp ''
	TOPO_TAGS[1]=$OTHER
}

# The first router keeps the priority of the few frames that have one.
test_priority() {
	local same='1:1 2:2 3:3 4:4 5:5 6:6 7:7'

	topo_twin_vlans $ONE $OTHER
	rulesets soft soft || return
	topo_ip "$ROUTER_A" <<-TEXT
	link set nic0p0.10 type vlan ingress-qos-map $same
	link set nic0p1.20 type vlan egress-qos-map $same
	TEXT
	check_fails "a priority that is kept" 'MISMATCH.*\(vlan, original\).*byte 14' \
		equal 6 udp '' --only vlan --min-forwarded 0
}

printf '# seed %s\n' "$SEED"
topo_twin plain plain
ktap_case "in a VLAN" test_equal $ONE '' soft 4 tcp snat
ktap_case "out of a VLAN, 802.1ad" test_equal '' $ONE_AD soft 6 udp
ktap_case "from one VLAN to another" test_equal $ONE $OTHER conntrack 6 tcp "snat dnat"
ktap_case "from two layers into one" test_equal $QINQ $ONE soft 4 udp "snat dnat"
ktap_case "from none into two layers" test_equal '' $QINQ conntrack 4 tcp
ktap_case "two layers, outer 802.1ad" test_equal $AD $QINQ soft 6 tcp dnat
ktap_case "fast and slow path, one layer" test_fast_slow 4 udp $ONE $OTHER
ktap_case "fast and slow path, two layers" test_fast_slow 6 tcp $AD $QINQ
ktap_case "a mutation is found" test_mutate
ktap_case "another VLAN is found" test_other_vlan
ktap_case "a priority that is kept is found" test_priority
ktap_done
