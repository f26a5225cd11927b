# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The debug kernel: Debian's newest 6.12 source with the options of debug.config and nothing else.
# Its version carries a hash of both, so a changed option gives another kernel, not a stale one.

DEBUG_SERIES=6.12
DEBUG_PACKAGE=linux-source-$DEBUG_SERIES

debug_options() { grep -E '^(# )?CONFIG_' "$VM_DIR/debug.config"; }

debug_source_offered() {
	command -v apt-cache >/dev/null || return 0
	apt-cache show --no-all-versions "$DEBUG_PACKAGE" 2>/dev/null | sed -n 's/^Version: //p'
}

# The version of the source package, or of the newest one unpacked when apt has nothing to say.
debug_source_version() {
	local version dir

	version=$(remember_offer debug-source debug_source_offered)
	if [ -z "$version" ]; then
		for dir in "$CACHE"/debug/source-*; do
			[ -d "$dir" ] && version=${dir##*/source-}
		done
	fi
	printf '%s\n' "$version"
}

debug_version() {
	local source hash

	source=$(debug_source_version)
	[ -n "$source" ] || die "apt offers no $DEBUG_PACKAGE and none is cached; run: apt-get update"
	hash=$({ printf '%s\n' "$source" && debug_options; } | sha256sum | cut -c1-8)
	printf '%s-debug-%s\n' "${source%-*}" "$hash"
}

debug_unpack() { # SOURCE-VERSION DEST
	local temp

	temp=$(mktemp -d "$CACHE/debug/.unpack.XXXXXX") || die "cannot write to $CACHE"
	TEMPS+=("$temp")
	say "fetching $DEBUG_PACKAGE $1 (about 150 MB)"
	apt_download "$temp" "$DEBUG_PACKAGE=$1"
	dpkg-deb -x "$temp"/*.deb "$temp/deb" || die "cannot unpack $DEBUG_PACKAGE"
	tar -C "$temp" -xf "$temp/deb/usr/src/$DEBUG_PACKAGE.tar.xz" || die "cannot unpack the source"
	mv "$temp/$DEBUG_PACKAGE" "$2" || die "cannot store the source"
	rm -rf "$temp"
}

# Kconfig drops in silence what it cannot give; a debug kernel without its checks would be a lie.
debug_configure() { # SOURCE BUILD VERSION
	local line name lost=()

	{
		debug_options
		printf 'CONFIG_LOCALVERSION="-%s"\n' "${3#*-}"
	} >"$2/fragment"
	KCONFIG_ALLCONFIG=fragment make -s -C "$1" O="$2" ARCH=x86 allnoconfig >"$2/config.log" 2>&1 ||
		{ cat "$2/config.log" >&2 && die "cannot configure the debug kernel"; }
	while read -r line; do
		name=${line#\# }
		name=${name%%[ =]*}
		# An option that is not visible has no "is not set" line either.
		[[ $line != \#* ]] || ! grep -q "^$name=" "$2/.config" || lost+=("$line")
		[[ $line == \#* ]] || grep -qxF -- "$line" "$2/.config" || lost+=("$line")
	done <"$2/fragment"
	[ ${#lost[@]} = 0 ] || die "debug.config asks for what this kernel does not give: ${lost[*]}"
}

# Lays the result out like a stock kernel. What only the build itself needed is not kept.
debug_install() { # BUILD VERSION
	local temp

	temp=$(mktemp -d "$CACHE/kernels/.debug.XXXXXX") || die "cannot write to $CACHE"
	TEMPS+=("$temp")
	mkdir -p "$temp/root/boot" "$temp/root/usr/src"
	extract_vmlinux "$1/arch/x86/boot/bzImage" "$temp/root/boot/vmlinux-$2"
	cp "$1/.config" "$temp/root/boot/config-$2" || die "cannot write to $CACHE"
	make -s -C "$1" modules_install INSTALL_MOD_PATH="$temp/root" DEPMOD=true >/dev/null ||
		die "cannot install the modules of the debug kernel"
	depmod -b "$temp/root" "$2" || die "cannot index the modules of the debug kernel"
	rm -f "$temp/root/lib/modules/$2"/{build,source}
	ln -s "../../../../debug/$2" "$temp/root/usr/src/linux-headers-$2"
	find "$1" -name '*.o' ! -path '*/scripts/*' ! -path '*/tools/*' -delete
	mv "$temp/root" "$(kernel_root "$2")" || die "cannot store the debug kernel"
	rm -rf "$temp"
}

# An interrupted build goes on where it stopped.
debug_build() {
	local source_version version source build tool

	for tool in flex bison bc gcc make; do need_program "$tool" debug; done
	source_version=$(debug_source_version)
	version=$(debug_version) || exit
	source=$CACHE/debug/source-$source_version
	build=$CACHE/debug/$version
	[ -d "$source" ] || debug_unpack "$source_version" "$source"
	mkdir -p "$build"
	debug_configure "$source" "$build" "$version"
	say "building the debug kernel $version: many minutes, once (progress: $build/build.log)"
	nice make -C "$build" -j"$(nproc)" bzImage modules >"$build/build.log" 2>&1 ||
		{ tail -n 20 "$build/build.log" >&2 && die "cannot build the debug kernel"; }
	debug_install "$build" "$version"
	say "the debug kernel took $((SECONDS / 60)) min $((SECONDS % 60)) s"
}
