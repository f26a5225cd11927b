# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# What every verb needs: messages, the cache and its locks.

NFO_DIE_STATUS=1 # `vm run` makes this 125: the harness failed, which is no verdict

say() { printf 'vm: %s\n' "$*" >&2; }

die() {
	say "$*"
	exit "$NFO_DIE_STATUS"
}

need_program() { # PROGRAM PURPOSE
	command -v "$1" >/dev/null && return
	die "$1 is not installed; run: tools/deps $2"
}

# Everything in TEMPS is removed when this process ends, whatever ends it.
TEMPS=()
remove_temps() { [ ${#TEMPS[@]} = 0 ] || rm -rf "${TEMPS[@]}"; }

repo_dir() { (cd "$VM_DIR/../.." && pwd -P); }

# Kbuild splits paths at blanks and colons, so a cache below such a path could never build.
cache_init() {
	CACHE=${NFO_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/nft-offload}
	mkdir -p "$CACHE" || die "cannot create the cache directory $CACHE (set NFO_CACHE)"
	CACHE=$(cd "$CACHE" && pwd -P)
	case $CACHE in
	*[[:space:]:]*) die "the cache path '$CACHE' has a blank or a colon in it: set NFO_CACHE" ;;
	esac
	mkdir -p "$CACHE"/{kernels,debug,build,run,initramfs,offers,locks}
}

# The lock lives as long as file descriptor FD, thus at most as long as this process: a killed run
# leaves no stale lock. Children that outlive us must not inherit it (they get FD>&-).
lock() { # NAME [-s]
	local file=$CACHE/locks/${1//\//_} mode=${2:--x}

	exec {LOCK_FD}>"$file"
	flock -n "$mode" "$LOCK_FD" && return
	say "waiting for another run to finish with $1"
	flock "$mode" "$LOCK_FD" || die "cannot lock $file"
}

unlock() {
	exec {LOCK_FD}>&-
	LOCK_FD=
}

# Several checkouts share one cache; each has its own builds.
build_base() { printf '%s/build/%s\n' "$CACHE" "$(repo_dir | cksum | cut -d' ' -f1)"; }

size_of() { du -sh "$1" 2>/dev/null | cut -f1; }
