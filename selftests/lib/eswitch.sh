# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Topologies with VFs, for the flower backend; source it after topo.sh.
#
# eswitch_hosts PROFILE           host A behind the uplink, host B is VF 0, the card in the router R
#
#   +--- $HOSTA ---+      +----------------- $ROUTER -----------------+      +--- $HOSTB ---+
#   | eth0         |======| w0 [wire | nic0p0]     [nic0p1 | VF 0's   |~~~~~~| eth0, VF 0   |
#   | 10.7.1.2     | veth |            10.7.1.1     10.7.2.1  rep]    | card | 10.7.2.2     |
#   +--------------+      |                        [nic0up | w1]======|======| far1         |
#                         +-------------------------------------------+      +--------------+
#
# topo_twin card card             twin routers with the card CARD_PROFILE in mode CARD_MODE; CARD_WAY says
#                                 what the near and the far end are on: wire, or vf
#
# The representor takes the name of the second uplink, so that rulesets and tests are those of
# topo_hosts; that uplink is called nic0up. VF 1 and its representor are nic0v1 and nic0r1.

topo_need devlink iproute2

# The card's name for devlink.
eswitch_device() { # [ROUTER]
	"$NFOCTL" -n "${1:-$ROUTER}" -j sim show | jq -r '.[0].device'
}

eswitch_mode() { # MODE [ROUTER]
	ip netns exec "${2:-$ROUTER}" devlink dev eswitch set \
		"$(eswitch_device "${2:-$ROUTER}")" mode "$1"
}

# The representor of VF 0 in place of the second uplink.
eswitch_names() {
	topo_ip "$ROUTER" <<-TEXT
	link set nic0p1 name nic0up
	link set nic0r0 name nic0p1
	TEXT
}

eswitch_card() { # PROFILE
	topo_must ip -n "$HOSTA" link add eth0 up type veth peer name w0 netns "$ROUTER"
	topo_must ip -n "$HOSTB" link add far1 up type veth peer name w1 netns "$ROUTER"
	topo_model_add "$ROUTER" profile "$1" vfs 2
	topo_must modprobe nfo_flower
	topo_must eswitch_mode switchdev
	topo_must ip -n "$ROUTER" link set nic0v0 netns "$HOSTB" name eth0
}

eswitch_hosts() { # PROFILE
	topo_need jq jq
	topo_ns_new HOSTA a
	topo_ns_new HOSTB b
	topo_router_new ROUTER r
	eswitch_card "$1"
	eswitch_names
	topo_router_up "$ROUTER"
	topo_must ip -n "$HOSTB" link set eth0 up
	topo_host_up "$HOSTA" $MAC_A $A4 $A6 $R04 $R06
	topo_host_up "$HOSTB" $MAC_B $B4 $B6 $R14 $R16
	topo_ip "$HOSTB" <<-TEXT
	addr add $V4/32 dev lo
	addr add $V6/128 dev lo
	TEXT
}

CARD_PROFILE=tc CARD_MODE=switchdev CARD_WAY=(wire vf) CARD_MODULE=nfo_flower

# nft_offload brings nfo_flower along, for modprobe also with each module that depends on it.
eswitch_module() {
	modprobe nft_offload || return
	if [ $CARD_MODULE = nfo_flower ]; then
		modprobe nfo_flower
		return
	fi
	[ ! -e /sys/module/nfo_flower ] || rmmod nfo_flower || return
	[ -e /sys/module/$CARD_MODULE ] || insmod "$(modinfo -n $CARD_MODULE)"
}

# For topo_wires: from two far ends to the card in a router. The router's ports are called nic0p0 and
# nic0p1, near and far end, whatever they are: uplinks or representors in their order, the first uplink
# on wire w0. Uplinks that are not used are nic0u0 or nic0u1, on a wire to nowhere.
eswitch_wires() { # ROUTER FAR-NS0 FAR-IF0 FAR-NS1 FAR-IF1
	local far=("$2" "$4") dev=("$3" "$5") wires=0 vfs=0 side

	for side in 0 1; do
		[ "${CARD_WAY[side]}" = wire ] || continue
		topo_must ip -n "${far[side]}" link add "${dev[side]}" up type veth \
			peer name w$wires netns "$1"
		wires=$((wires + 1))
	done
	for ((; wires < 2; wires++)); do
		topo_must ip -n "$1" link add x$wires up type veth peer name w$wires
	done
	topo_model_add "$1" profile "$CARD_PROFILE" vfs 2
	topo_must eswitch_module
	[ "$CARD_MODE" = legacy ] || topo_must eswitch_mode "$CARD_MODE" "$1"
	{
		echo "link set nic0p0 name nic0u0"
		echo "link set nic0p1 name nic0u1"
		wires=0
		for side in 0 1; do
			case ${CARD_WAY[side]} in
			wire) echo "link set nic0u$((wires++)) name nic0p$side" ;;
			vf)
				echo "link set nic0r$vfs name nic0p$side"
				echo "link set nic0v$((vfs++)) netns ${far[side]} name ${dev[side]}"
				;;
			esac
		done
	} | topo_ip "$1"
	for side in 0 1; do
		topo_must ip -n "${far[side]}" link set "${dev[side]}" up
	done
}

# What is known of a port; nothing if it is none.
port_field() { # PORT FIELD
	"$NFOCTL" -n "$ROUTER" -j port show 2>/dev/null |
		jq -r --arg port "$1" --arg field "$2" '.[] | select(.port == $port) | .[$field] // ""'
}
port_is() { # PORT FIELD VALUE
	[ "$(port_field "$1" "$2")" = "$3" ]
}

# Ports are attached by a worker: until then they say so.
eswitch_ready() { # [PORT…]
	local port

	for port in "${@:-nic0p0}"; do
		wait_for 20 "$port is ready" port_is "$port" state ready
	done
}
