# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Questions to nfoctl's own JSON that tests ask all the time. It is one line without spaces, its keys
# come in a fixed order, and an emulated CPU takes longer to start jq than for all the rest of a step.
# For everything else there is jq.

# How often TEXT occurs.
json_count() { # JSON TEXT
	local rest=${1//"$2"/}

	echo $(((${#1} - ${#rest}) / ${#2}))
}

# The numbers that follow PREFIX, such as '"used":', on one line.
json_numbers() { # JSON PREFIX
	local rest=$1 number numbers=()

	while [[ $rest == *"$2"[0-9]* ]]; do
		rest=${rest#*"$2"}
		number=${rest%%[!0-9]*}
		[ ! "$number" ] || numbers+=("$number")
	done
	echo "${numbers[*]}"
}

json_sum() { # JSON PREFIX
	local number sum=0

	for number in $(json_numbers "$@"); do
		sum=$((sum + number))
	done
	echo $sum
}

# The number or word at the end of a path of keys, of the first object that has it.
json_path() { # JSON KEY.KEY…
	local rest=$1 key

	for key in ${2//./ }; do
		[[ $rest == *"\"$key\":"* ]] || return
		rest=${rest#*"\"$key\":"}
	done
	rest=${rest%%[,\}\]]*}
	rest=${rest#\"}
	echo "${rest%\"}"
}

# Why directions of `nfoctl -j flow` are not in hardware, each reason once.
json_reasons() { # JSON
	local rest=$1 dir word words=' '

	while [[ $rest == *'{"dir":'* ]]; do
		rest=${rest#*'{"dir":'}
		dir=${rest%%'{"dir":'*}
		[[ $dir != *'"state":"hw"'* ]] || continue
		word=$(json_path "$dir" reason)
		[[ $words == *" $word "* ]] || words+="$word "
	done
	# shellcheck disable=SC2086 # words
	[ "$words" = ' ' ] || printf '%s\n' $words | sort | paste -sd' '
}
