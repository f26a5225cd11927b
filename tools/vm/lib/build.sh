# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Builds our modules for a cached kernel, outside the tree, so that two kernels and two checkouts
# never share an object file. The result is a module layer: what /lib/modules/VERSION is in the VM.

SOURCES=(Kbuild include drivers selftests/modules)

build_dir() { printf '%s/%s\n' "$(build_base)" "$1"; }
layer_dir() { printf '%s/layer\n' "$(build_dir "$1")"; }

# The module trees are copied with their times, so make rebuilds only what changed. Build products
# are excluded on both sides: in-tree ones are not copied, those from the last build not deleted.
sync_sources() { # DEST
	local repo path list=()

	repo=$(repo_dir)
	for path in "${SOURCES[@]}"; do
		[ -e "$repo/$path" ] && list+=("./$path")
	done
	[ -e "$repo/Kbuild" ] || die "there is no Kbuild in $repo: nothing to build"
	mkdir -p "$1"
	(cd "$repo" && rsync -aR --delete --exclude='*.o' --exclude='*.ko' --exclude='*.mod' \
		--exclude='*.mod.c' --exclude='.*.cmd' --exclude='.*.d' --exclude='.tmp_*' \
		--exclude='modules.order' --exclude='Module.symvers' "${list[@]}" "$1/") ||
		die "cannot copy the sources to $1"
}

# Debian's headers name the compiler the kernel was built with; it must be there.
need_compiler() { # VERSION
	local vars cc

	need_program make modules
	vars=$(kernel_headers "$1")/.kernelvariables
	[ -f "$vars" ] || return 0
	cc=$(sed -nE 's/^CC *=.*\$\(CROSS_COMPILE\)(gcc-[0-9]+)$/\1/p' "$vars")
	[ -z "$cc" ] || need_program "$cc" modules
}

run_make() { # VERSION SRC LOG [VAR=VALUE...]
	local headers src=$2 log=$3

	headers=$(kernel_headers "$1")
	shift 3
	make -j"$(nproc)" -C "$headers" M="$src" "$@" modules >"$log" 2>&1
}

# What make printed, less its chatter; paths as they are in the checkout.
show_log() { # LOG SRC
	sed -e "s|$2/||g" -e "s|$CACHE/kernels/[^ ]*/linux-headers-[^/]*/||g" -e '/^make\[[0-9]*\]: /d' -e '/^make: \(Enter\|Leav\)ing/d' \
		-e '/^  [A-Z][A-Z \[\]*]* /d' -e '/^Skipping BTF generation/d' "$1" >&2
}

# Compiler and sparse complaints about our files, and modpost's about our modules. The kernel's own
# headers have theirs, which are not ours to fix; the missing vmlinux for BTF is expected.
log_warnings() { # LOG SRC
	grep -E "(warning|error): |^(WARNING|ERROR): modpost" "$1" |
		grep -E "^(WARNING|ERROR): modpost|$2/" | grep -v 'Skipping BTF' | sed "s|$2/||g"
}

# A full rebuild beside the normal one: make would not repeat the warnings of unchanged files.
build_strict() { # VERSION VAR=VALUE...
	local version=$1 dir log found status=0

	shift
	dir=$(build_dir "$version")/strict
	log=$dir/make.log
	rm -rf "$dir"
	sync_sources "$dir/src"
	[[ $* != *C=* ]] || need_program sparse modules
	run_make "$version" "$dir/src" "$log" "$@" || status=1
	found=$(log_warnings "$log" "$dir/src")
	[ $status = 0 ] || show_log "$log" "$dir/src"
	[ -z "$found" ] || printf '%s\n' "$found" >&2
	[ -z "$found" ] || status=1
	[ $status = 0 ] || die "build of $version with $* failed"
	say "build of $version with $* is clean"
}

# depmod reads every module of the kernel, which takes seconds; it can be spared as long as ours
# keep their dependencies, aliases and exported symbols.
layer_key() { # LAYER
	find "$1/updates" -name '*.ko' -print0 | sort -z | xargs -0r -n1 sh -c '
		echo "$0"; modinfo "$0" | grep -v "^srcversion"; nm "$0" | sed -n "s/.* __ksymtab_/export /p"'
}

index_layer() { # ROOT VERSION
	local layer=$1/lib/modules/$2 key

	key=$(layer_key "$layer" | sha256sum)
	[ -f "$layer/modules.dep.bin" ] && [ "$key" = "$(cat "$1/key" 2>/dev/null)" ] && return
	# depmod writes the index files in place; a VM that is running may have them as hard links.
	rm -f "$layer"/modules.*
	cp -a "$(kernel_root "$2")/lib/modules/$2"/modules.{order,builtin,builtin.modinfo} "$layer/"
	depmod -b "$1" "$2" || die "depmod failed for $2"
	printf '%s\n' "$key" >"$1/key"
}

# Files are replaced, never written to: a VM that runs meanwhile keeps what it started with.
install_layer() { # VERSION SRC
	local root layer ko name

	root=$(layer_dir "$1")
	layer=$root/lib/modules/$1
	mkdir -p "$layer/updates"
	ln -sfn "$(kernel_root "$1")/lib/modules/$1/kernel" "$layer/kernel"
	while read -r ko; do
		name=${ko##*/}
		cmp -s "$ko" "$layer/updates/$name" && continue
		cp "$ko" "$layer/updates/.$name.new" && mv "$layer/updates/.$name.new" "$layer/updates/$name"
	done < <(built_modules "$2")
	remove_gone "$2" "$layer/updates"
	index_layer "$root" "$1"
}

built_modules() { # SRC
	sed "s|^\([^/].*\)\.k\?o\$|$1/\1.ko|; s|\.o\$|.ko|" "$1/modules.order"
}

remove_gone() { # SRC UPDATES
	local file

	for file in "$2"/*.ko; do
		[ -e "$file" ] || continue
		built_modules "$1" | grep -q "/${file##*/}\$" || rm -f "$file"
	done
}

build_normal() { # VERSION
	local dir src

	dir=$(build_dir "$1")
	src=$dir/src
	sync_sources "$src"
	if ! run_make "$1" "$src" "$dir/make.log"; then
		show_log "$dir/make.log" "$src"
		die "build for $1 failed"
	fi
	log_warnings "$dir/make.log" "$src" >&2
	install_layer "$1" "$src"
	say "built $(built_modules "$src" | wc -l) modules for $1"
}

cmd_build() { # KERNEL [W=1] [C=2]
	local version

	[ $# -ge 1 ] || die "usage: vm build KERNEL [W=1] [C=2]"
	version=$(kernel_version "$1") || exit
	shift
	ensure_kernel "$version"
	need_program rsync modules
	need_program clang modules
	need_program depmod vm
	need_compiler "$version"
	lock "build-$(basename "$(build_base)")-$version"
	if [ $# = 0 ]; then
		build_normal "$version"
	else
		build_strict "$version" "$@"
	fi
	unlock
}
