#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 480
#
# Law L1, exact or refused, for mlx5 without switchdev, nfp and sfc: for each connection the
# packets that leave are byte for byte those of software, or it was refused with the reason that the
# table in lib/twin_card.sh predicts, and that is not taken from the backend.
#
#	      +-- card, router A, offload ----+
#	 C ===|                               |=== S		see lib/topo.sh, lib/eswitch.sh
#	      +-- card, router B, software ---+

. "$(dirname "$0")/../lib/ktap.sh"
. "$(dirname "$0")/../lib/topo.sh"
. "$(dirname "$0")/../lib/eswitch.sh"
. "$(dirname "$0")/../lib/twin_card.sh"

for card in hairpin nfp sfc; do
	twin_card $card
	[ $card != generic ] || topo_must twin_card_port backend flower
	twin_card_musts
	twin_card_words
	twin_card_some 2
done
ktap_done
