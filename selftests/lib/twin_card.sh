# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The twin-router comparison with the flower backend on each card that it knows; source it after
# topo.sh and eswitch.sh. What a card can do stands here a second time, taken from the drivers and
# not from the backend: a connection is in hardware and comes out as software would send it, or it
# is in software for the reason that this table predicts.

# WAY: what near and far end are on. REACH: "yes", or the reason why it does not get from one to the
# other. NAT: sides of a connection that it translates. OFF and ON: layers of VLAN that it takes off and
# puts on. KINDS: 802.1Q only, or 802.1ad, too. SWAP: takes off and puts on what it likes, or only
# one 802.1Q tag for another, which keeps DEI or nothing of the old one. TTL: the least that it forwards.
# NEEDS: what has to be allowed, and on top for TCP, translations and swaps.
TWIN_CARDS='
name    profile mode      way       reach       nat off on kinds swap  ttl needs                           tcp        translate swaps
tc      tc      switchdev wire,vf   yes         2   2   2  ad    any   32  -                               -          -         -
generic generic legacy    wire,wire yes         2   2   2  ad    any   32  -                               -          -         -
mlx5    mlx5    switchdev wire,vf   yes         2   2   2  ad    keeps 2   -                               -          -         any-tag
rep     mlx5    switchdev vf,vf     yes         2   2   2  ad    keeps 2   -                               -          -         any-tag
transit mlx5    switchdev wire,wire egress-port 2   2   2  ad    keeps 2   -                               -          -         any-tag
hairpin mlx5    legacy    wire,wire yes         2   0   0  q     one   32  -                               -          -         -
nfp     nfp     switchdev wire,wire yes         2   1   1  q     one   2   ttl-unchanged,any-tag           -          -         -
sfc     sfc     switchdev vf,wire   yes         0   2   1  ad    any   32  any-tag                         -          -         -
cxgb4   cxgb4   legacy    wire,wire yes         2   1   1  q     one   2   ttl-unchanged,fragments,any-tag no-fin-rst filter2   -
sloppy  sloppy  switchdev wire,vf   port-failed 2   2   2  ad    any   32  -                               -          -         -
bnxt    bnxt    switchdev vf,vf     yes         1   0   0  q     one   2   ttl-unchanged,fragments         no-fin-rst -         -
legacy  bnxt    legacy    wire,wire egress-port 1   0   0  q     one   2   ttl-unchanged,fragments         no-fin-rst -         -
'
declare -A CARD

TWIN_ONE=8021q:10 TWIN_OTHER=8021q:20 TWIN_QINQ=8021q:20,8021q:30 TWIN_AD=8021ad:40,8021q:50
TWIN_MTUS=$TOPO_MTU_IN,$TOPO_MTU_IN

# Each comparison has a seed of its own: fragments that wait for others in only one of the routers must
# not meet those of the next comparison.
SEED=${TWIN_SEED:-$((EPOCHSECONDS % 1000000))}
COUNT=${TWIN_COUNT:-100}
TWIN_RUNS=0
RANDOM=$SEED
printf '# seed %s\n' "$SEED"

# The card of a line of the table, in twin routers.
twin_card() { # NAME
	local keys values i

	read -ra keys < <(grep '^name ' <<<"$TWIN_CARDS")
	read -ra values < <(grep "^$1 " <<<"$TWIN_CARDS")
	CARD_NAME=$1
	for i in "${!keys[@]}"; do
		CARD[${keys[i]}]=${values[i]#-}
	done
	# shellcheck disable=SC2034 # for eswitch.sh
	CARD_PROFILE=${CARD[profile]} CARD_MODE=${CARD[mode]}
	IFS=, read -ra CARD_WAY <<<"${CARD[way]}"
	topo_cleanup
	TOPO_TAGS=('' '') TOPO_DEV=(nic0p0 nic0p1)
	# two layers of VLAN fit on a wire of the card as it is
	TOPO_SECOND_TAG=0
	IFS=, read -r TOPO_MTU_IN TOPO_MTU_OUT <<<"$TWIN_MTUS"
	topo_twin card card
	topo_must twin_card_sim fragments on
	[ "${CARD[translate]}" != filter2 ] || topo_must twin_card_sim filter2 on
}

# A knob of the model, in either router.
twin_card_sim() { # KNOB VALUE
	"$NFOCTL" -n "$ROUTER_A" sim set nic0 "$@" && "$NFOCTL" -n "$ROUTER_B" sim set nic0 "$@"
}

twin_card_port() { # WORD…
	local port

	for port in nic0p0 nic0p1; do
		"$NFOCTL" -n "$ROUTER_A" port set $port "$@" || return
	done
}

# ---- what the table says

# Lists that are not empty, as one.
twin_card_join() { # LIST…
	local IFS=,

	tr -s , <<<"$*" | sed 's/^,//; s/,$//'
}

twin_card_needs() { # PROTO NAT TAGS TAGS
	local tcp='' translate='' swaps=''

	[ "$1" = udp ] || tcp=${CARD[tcp]}
	[ ! "$2" ] || translate=${CARD[translate]}
	[ ! "$3" ] || [ ! "$4" ] || swaps=${CARD[swaps]}
	twin_card_join "${CARD[needs]}" "$tcp" "$translate" "$swaps"
}

twin_card_layers() { # TAGS
	tr , '\n' <<<"$1" | grep -c :
}

# Can it take off and put on these tags?
twin_card_tags() { # TAGS TAGS
	local off on

	off=$(twin_card_layers "$1") on=$(twin_card_layers "$2")
	[ "$off" -le "${CARD[off]}" ] && [ "$on" -le "${CARD[on]}" ] || return
	[ "${CARD[kinds]}" = ad ] || [[ $1$2 != *8021ad* ]] || return
	[ "${CARD[swap]}" = any ] || [ "$off" = 0 ] || [ "$on" = 0 ] ||
		[[ $off$on = 11 && $1$2 != *8021ad* ]]
}

# What is allowed but for one word: the reason that is to be expected.
twin_card_lacks() { # NEEDED ALLOWED
	local word

	for word in ttl-unchanged:ttl no-fin-rst:fin-rst fragments:fragments any-tag:tags \
		filter2:firmware; do
		[[ ,$1, != *,${word%:*},* || ,$2, = *,${word%:*},* ]] || {
			echo "${word#*:}"
			return
		}
	done
	echo hw
}

# Where a direction is to be: "hw", or the reason why not.
twin_card_predict() { # PROTO NAT TAGS TAGS MTU MTU ALLOWED
	local needed

	needed=$(twin_card_needs "${@:1:4}")
	if [ "${CARD[reach]}" = port-failed ]; then
		echo port-failed
	elif [ "$(wc -w <<<"$2")" -gt "${CARD[nat]}" ]; then
		echo nat
	elif ! twin_card_tags "$3" "$4"; then
		echo encap
	elif [ "$5" -gt "$6" ]; then
		echo mtu
	elif [ "$(twin_card_lacks "$needed" "$7")" != hw ]; then
		twin_card_lacks "$needed" "$7"
	else
		echo "${CARD[reach]/#yes/hw}"
	fi
}

# What is different then. The word is the same for two things.
twin_card_deviations() { # TAGS TAGS ALLOWED
	local allowed=$3

	if [ "${CARD[swap]}" = keeps ]; then
		allowed=${allowed//any-tag/}
		[ ! "$1" ] || [ ! "$2" ] || allowed+=,keep-dei
	fi
	twin_card_join "${allowed//filter2/}"
}

# twin's options for a connection that the card treats like this.
twin_card_options() { # ORIGINAL REPLY TAGS TAGS ALLOWED
	local deviations

	deviations=$(twin_card_deviations "$3" "$4" "$5")

	case $1,$2 in
	hw,hw) echo "--hw both" ;;
	hw,*) echo "--hw orig" ;;
	*,hw) echo "--hw reply" ;;
	*) echo "--hw none" ;;
	esac
	echo "--hw-min-ttl ${CARD[ttl]} --hw-no-pcp"
	[ "${CARD[mode]}" = legacy ] || echo --hw-any-mac
	[ ! "$deviations" ] || echo "--allow $deviations"
}

# ---- the comparison

# The command that says whether both directions are where they belong.
twin_card_ready() { # 4|6 PROTO NAT ORIGINAL REPLY
	local src=$A4

	[ "$1" = 4 ] || src=$A6
	topo_where_cmd "$ROUTER_A" "$2" "$src" "$TOPO_SPORT" "$(topo_twin_dst "$1" "$3")" "$TOPO_DPORT" \
		"$4" "$5"
}

twin_card_twin() { # 4|6 PROTO NAT ORIGINAL REPLY [TWIN-OPTION…]
	topo_twin_run "${@:1:3}" --seed $((SEED + TWIN_RUNS)) --count "$COUNT" \
		--ready "$(twin_card_ready "${@:1:5}")" \
		--ready-also "$(topo_twin_soft_ready "$1" "$2")" \
		--hw-counter "$(topo_hw_counter_cmd "$ROUTER_A")" "${@:6}"
}

# Equal, and where predicted: all is allowed that is needed, or what is said.
twin_card_equal() { # 4|6 PROTO NAT TAGS TAGS [ALLOWED]
	local allowed=${6-$(twin_card_needs "${@:2:4}")} original reply options log

	original=$(twin_card_predict "$2" "$3" "$4" "$5" $TOPO_MTU_IN $TOPO_MTU_OUT "$allowed")
	reply=$(twin_card_predict "$2" "$3" "$5" "$4" $TOPO_MTU_OUT $TOPO_MTU_IN "$allowed")
	echo "allowed: ${allowed:-nothing}; predicted: $original, $reply"
	[ "${TOPO_TAGS[*]}" = "$4 $5" ] || topo_twin_vlans "$4" "$5"
	check "allow" twin_card_port allow "${allowed:-none}"
	topo_twin_rulesets "$2" "$3" || return
	TWIN_RUNS=$((TWIN_RUNS + 1))
	read -ra options < <(twin_card_options "$original" "$reply" "$4" "$5" "$allowed" | paste -sd' ')
	log=$(twin_card_twin "$1" "$2" "$3" "$original" "$reply" --min-forwarded $((COUNT / 3)) \
		"${options[@]}" 2>&1) && return
	echo "$log"
	"$NFOCTL" -n "$ROUTER_A" flow
	"$NFOCTL" -n "$ROUTER_A" port
	fail "twin ${options[*]}"
}

# Law L5, for the last connection. What the card takes of fragments and of further tags is longer there
# than what software is asked instead: then packets are all that can be compared.
twin_card_counted() { # 4|6 PROTO NAT
	local fields=1-4

	[[ ,${CARD[needs]}, != *,fragments,* && ,${CARD[needs]}, != *,any-tag,* ]] || fields=1,3
	wait_for 15 "conntrack counts the same in both" topo_twin_counted $fields "$@"
}

# ---- what is tried

TWIN_KINDS=('' $TWIN_ONE $TWIN_OTHER $TWIN_QINQ $TWIN_AD)
TWIN_NATS=('' snat dnat 'snat dnat' 'masquerade dnat')

# The most that the card can take off or put on.
twin_card_most() { # LAYERS
	case $1${CARD[kinds]} in
	1*) echo $TWIN_ONE ;;
	2ad) echo $TWIN_AD ;;
	2*) echo $TWIN_QINQ ;;
	esac
}

twin_card_case() { # 4|6 PROTO NAT TAGS TAGS [ALLOWED]
	local name="$CARD_NAME: IPv$1 $2 ${3:-no NAT}"

	[ ! "$4$5" ] || name+=", ${4:-untagged} to ${5:-untagged}"
	[ $# -lt 6 ] || name+=", allowed ${6:-nothing}"
	ktap_case "$name" twin_card_equal "$@"
}

# All of it at once, as far as the card can; each without the word it needs.
twin_card_musts() {
	local nats=('' dnat 'snat dnat') nat off on

	nat=${nats[${CARD[nat]}]}
	off=$(twin_card_most "${CARD[off]}") on=$(twin_card_most "${CARD[on]}")
	twin_card_case 4 tcp '' '' ''
	twin_card_case 6 udp "$nat" '' ''
	ktap_case "$CARD_NAME: counted the same" twin_card_counted 6 udp "$nat"
	[ ! "$off" ] || twin_card_case 4 udp "$nat" "$off" ''
	[ ! "$on" ] || twin_card_case 6 tcp '' '' "$on"
	[ ! "$off" ] || twin_card_case 4 tcp "$nat" $TWIN_ONE $TWIN_OTHER
}

# A card with all that is tried on it.
twin_card_all() { # NAME N
	twin_card "$1"
	twin_card_musts
	twin_card_words
	twin_card_some "$2"
}

# Some of all that there are, whether the card can do them or not.
twin_card_some() { # N
	local i families=(4 6) protos=(tcp udp)

	for ((i = 0; i < $1; i++)); do
		twin_card_case "${families[RANDOM % 2]}" "${protos[RANDOM % 2]}" \
			"${TWIN_NATS[RANDOM % ${#TWIN_NATS[@]}]}" \
			"${TWIN_KINDS[RANDOM % ${#TWIN_KINDS[@]}]}" \
			"${TWIN_KINDS[RANDOM % ${#TWIN_KINDS[@]}]}"
	done
}

# Every word is needed: without it the connection stays in software, for that reason.
twin_card_words() {
	local needed word

	local nat=${CARD[translate]:+snat} off=${CARD[swaps]:+$TWIN_ONE} on=${CARD[swaps]:+$TWIN_OTHER}

	needed=$(twin_card_needs tcp "$nat" "$off" "$on")
	for word in ${needed//,/ }; do
		twin_card_case 4 tcp "$nat" "$off" "$on" \
			"$(twin_card_join "$(tr , '\n' <<<"$needed" | grep -vx -e "$word" | paste -sd,)")"
	done
}
