#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# timeout: 500
#
# Law L1 and L2 on nfp, sfc and bnxt, which have a switch inside:
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

twin_card_all nfp 3
twin_card_all sfc 3
twin_card_all bnxt 3
twin_card legacy
twin_card_some 2
ktap_done
