#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 500
#
# Law L1 and L2 on cxgb4, which has no switch, and drivers that nobody knows:
#
#	      +-- router A, offload ----+
#	 C ===|  card            card   |=== S	see lib/eswitch.sh; each end is on a wire or a VF
#	      +-- router B, software ---+
#
# Equal byte for byte or in software for the reason that the table in lib/twin_card.sh predicts.
# TWIN_SEED and TWIN_COUNT override the seed and the number of cases.

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/eswitch.sh"
. "$(dirname "$0")/../lib/twin_card.sh"

# The wire behind is shorter than that in front, and nothing in the card looks.
test_mtu() {
	TWIN_MTUS=1500,1400
	twin_card tc
	twin_card_equal 4 udp snat '' ''
	twin_card_equal 6 tcp '' $TWIN_ONE $TWIN_OTHER
	TWIN_MTUS=1500,1500
}

topo_no_xdp
twin_card_all cxgb4 3
twin_card_all tc 3
twin_card generic
topo_must twin_card_port backend flower
twin_card_some 3
twin_card sloppy
twin_card_some 2
ktap_case "a shorter wire" test_mtu
ktap_done
