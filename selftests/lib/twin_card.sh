# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The twin-router comparison with the flower backend and each card that it knows; source it after
# topo.sh and eswitch.sh. What a card can do stands here a second time, taken from the drivers and
# not from the backend: a connection is in hardware and comes out as software would send it, or it is
# in software for the reason that this table predicts.

# NAT: which sides of a connection it translates. MATCH and PUSH: how many layers of VLAN it takes off and
# puts on. KINDS: 802.1Q only, or 802.1ad, too. MIX: whether it takes off and puts on what it likes, or
# just one 802.1Q tag for another. TTL: the least that it forwards. PCP: whether it exchanges a tag that
# has a priority. NEEDS: what has to be allowed, for TCP and for NAT on top.
CARDS='
name    profile mode      way       nat  match push kinds mix pcp ttl needs                           tcp        translate
tc      tc      legacy    wire,wire both 2     2    ad    any yes 32  -                               -          -
mlx5    mlx5    switchdev wire,vf   both 2     2    ad    one no  2   -                               -          -
rep     mlx5    switchdev vf,vf     both 2     2    ad    one no  2   -                               -          -
hairpin mlx5    legacy    wire,wire both 0     0    q     one yes 32  -                               -          -
nfp     nfp     switchdev wire,wire both 1     1    q     one yes 2   ttl-unchanged,any-tag           -          -
sfc     sfc     switchdev vf,wire   none 2     1    ad    any yes 32  any-tag                         -          -
cxgb4   cxgb4   legacy    wire,wire both 1     1    q     one yes 2   ttl-unchanged,fragments,any-tag no-fin-rst filter2
bnxt    bnxt    switchdev vf,vf     one  0     0    q     one yes 2   ttl-unchanged,fragments         no-fin-rst -
'

declare -A CARD

# A line of the table, as twin routers.
twin_card() { # NAME
	local keys values i

	read -ra keys < <(grep '^name ' <<<"$CARDS")
	read -ra values < <(grep "^$1 " <<<"$CARDS")
	for i in "${!keys[@]}"; do
		CARD[${keys[i]}]=${values[i]}
		[ "${values[i]}" != - ] || CARD[${keys[i]}]=
	done
	CARD_PROFILE=${CARD[profile]} CARD_MODE=${CARD[mode]}
	IFS=, read -ra CARD_WAY <<<"${CARD[way]}"
	topo_cleanup
	TOPO_TAGS=('' '') TOPO_DEV=(nic0p0 nic0p1)
	topo_twin card card
	topo_must twin_card_sim fragments on
	[ "${CARD[translate]}" != filter2 ] || topo_must twin_card_sim filter2 on
}

# A knob of the model in either router.
twin_card_sim() { # KNOB VALUE
	"$NFOCTL" -n "$ROUTER_A" sim set nic0 "$@" && "$NFOCTL" -n "$ROUTER_B" sim set nic0 "$@"
}

twin_card_allow() { # WORDS
	local port

	for port in nic0p0 nic0p1; do
		"$NFOCTL" -n "$ROUTER_A" port set $port allow "${1:-none}" || return
	done
}

# Words of the table that are not empty, with commas.
twin_card_join() { # WORDS…
	local IFS=, word words=()

	for word in "$@"; do
		[ -z "$word" ] || words+=("$word")
	done
	echo "${words[*]}"
}

# What has to be allowed.
twin_card_needs() { # PROTO NAT
	local tcp='' translate=''

	[ "$1" = tcp ] && tcp=${CARD[tcp]}
	[ "$2" ] && translate=${CARD[translate]}
	twin_card_join "${CARD[needs]}" "$tcp" "$translate"
}

twin_card_layers() { # TAGS
	local layers=(${1//,/ })

	echo ${#layers[@]}
}

# Where the table says that a direction goes: "hw", or the reason why not.
twin_card_predict() { # NAT TAGS-OFF TAGS-ON
	local off on sides

	off=$(twin_card_layers "$2") on=$(twin_card_layers "$3") sides=$(wc -w <<<"$1")
	case ${CARD[nat]}$sides in
	none[12] | one2) echo nat && return ;;
	esac
	if [ "$off" -gt "${CARD[match]}" ] || [ "$on" -gt "${CARD[push]}" ]; then
		echo encap
	elif [ "${CARD[kinds]}" = q ] && [[ $2$3 == *8021ad* ]]; then
		echo encap
	elif [ "${CARD[mix]}" = one ] && [ "$off$on" != 11 ] && [ "$off" -gt 0 ] && [ "$on" -gt 0 ]; then
		echo encap
	elif [ "${CARD[mix]}" = one ] && [ "$off$on" = 11 ] && [[ $2$3 == *8021ad* ]]; then
		echo encap
	else
		echo hw
	fi
}

# The command that says whether both directions are where they belong.
twin_card_ready() { # 4|6 PROTO NAT ORIGINAL REPLY
	local src=$A4

	[ "$1" = 4 ] || src=$A6
	printf "%s -n %s -j flow show | jq -e '[.[] | select(.proto == \"%s\" and .src == \"%s\"" \
		"$NFOCTL" "$ROUTER_A" "$2" "$src"
	printf ' and .sport == %s and .dst == "%s" and .dport == %s) | .directions[] |' \
		"$TOPO_SPORT" "$(topo_twin_dst "$1" "$3")" "$TOPO_DPORT"
	printf ' {(.dir): (if .state == "hw" then "hw" else .reason end)}] | add =='
	printf " {original: \"%s\", reply: \"%s\"}'" "$4" "$5"
}

# twin's options for a connection that the card treats like this.
twin_card_options() { # ORIGINAL REPLY TAGS TAGS ALLOWED
	local deviations

	case $1,$2 in
	hw,hw) echo "--hw both" ;;
	hw,*) echo "--hw orig" ;;
	*,hw) echo "--hw reply" ;;
	*) echo "--hw none" ;;
	esac
	echo "--hw-min-ttl ${CARD[ttl]}"
	[ "${CARD[mode]}" = legacy ] || echo --hw-any-mac
	[ "${CARD[pcp]}" = yes ] || [ ! "$3" ] || [ ! "$4" ] || echo "--hw-no-pcp"
	deviations=$(twin_card_join $(tr , '\n' <<<"$5" | grep -v filter2))
	[ ! "$deviations" ] || echo "--allow $deviations"
}

# Equal, as predicted, and counted the same.
twin_card_equal() { # 4|6 PROTO NAT TAGS TAGS
	local original reply allowed log

	original=$(twin_card_predict "$3" "$4" "$5")
	reply=$(twin_card_predict "$3" "$5" "$4")
	allowed=$(twin_card_needs "$2" "$3")
	echo "predicted: $original, $reply; allowed: $allowed"
	[ "${TOPO_TAGS[*]}" = "$4 $5" ] || topo_twin_vlans "$4" "$5"
	check "allow" twin_card_allow "$allowed"
	check "offload ruleset" topo_ruleset "$ROUTER_A" offload $3 "$2" || return
	check "software ruleset" topo_ruleset "$ROUTER_B" soft $3 "$2" || return
	log=$(topo_twin_run "$1" "$2" "$3" --seed "$SEED" --count "$COUNT" --min-forwarded $((COUNT / 3)) \
		--ready "$(twin_card_ready "$1" "$2" "$3" "$original" "$reply")" \
		--hw-counter "$(topo_hw_counter_cmd "$ROUTER_A")" \
		$(twin_card_options "$original" "$reply" "$4" "$5" "$allowed") 2>&1) && return
	echo "$log"
	"$NFOCTL" -n "$ROUTER_A" flow
	"$NFOCTL" -n "$ROUTER_A" port
	fail "twin"
}
