# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The verbs that look after the cache.

list_row() { printf '%-8s %-36s %8s  %s\n' "$@"; }

cmd_list() {
	local dir

	list_row WHAT VERSION SIZE PATH
	for dir in "$CACHE"/kernels/*/; do
		[ -d "$dir" ] && list_row kernel "$(basename "$dir")" "$(size_of "$dir")" "${dir%/}"
	done
	for dir in "$CACHE"/debug/*/; do
		[ -d "$dir" ] && list_row debug "$(basename "$dir")" "$(size_of "$dir")" "${dir%/}"
	done
	for dir in "$CACHE"/build/*/*/; do
		[ -d "$dir" ] && list_row build "$(basename "$dir")" "$(size_of "$dir")" "${dir%/}"
	done
}

# Only what we made, by name: NFO_CACHE may point at a directory that holds other things too.
cmd_clean_cache() {
	say "removing $(size_of "$CACHE") in $CACHE"
	rm -rf "$CACHE"/{kernels,debug,build,run,initramfs,offers,locks,results,bench}
	rmdir "$CACHE" 2>/dev/null || true
}
