# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Finds what a kernel log holds against the kernel. Used on the host and in the VM.

COMPLAINTS_DIR=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)

without_comments() { sed -e '/^#/d' -e '/^$/d' "$1"; }

find_complaints() { # LOG [GREP-OPTION]
	grep -aE ${2+"$2"} -f <(without_comments "$COMPLAINTS_DIR/complaints.regex") "$1" |
		grep -avE -f <(without_comments "$COMPLAINTS_DIR/complaints.allow")
	return 0
}

# What kmemleak finds, in the VM. It reports objects that are five seconds old and unreferenced in two
# scans; on an emulated CPU the first scan takes longer than that. What was reported is cleared.
find_leaks() {
	local leaks=/sys/kernel/debug/kmemleak old

	[ -w $leaks ] || return 0
	old=$((SECONDS + 6))
	echo scan >$leaks
	while [ $SECONDS -lt $old ]; do sleep 0.2; done
	echo scan >$leaks
	cat $leaks
	echo clear >$leaks
}
