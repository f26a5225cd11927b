# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Ports that XDP serves; source it after topo.sh.

xdp_load() {
	topo_provider
	topo_must modprobe nfo_xdp
}

# Frames that the ports' drivers have redirected, as they themselves count: nothing but our program
# redirects there.
xdp_counter_cmd() { # ROUTER
	printf 'for p in nic0p0 nic0p1; do ip netns exec %s ethtool -S $p; done | ' "$1"
	# shellcheck disable=SC2016 # for the shell that runs it
	printf '%s' 'awk "/xdp_redirect:/ { n += \$2 } END { print n + 0 }"'
}

# "native XDP" or "generic XDP"
xdp_mode() { # ROUTER PORT
	"$NFOCTL" -n "$1" -j port show "$2" | grep -o '"how":"[^"]*"' | cut -d'"' -f4
}
