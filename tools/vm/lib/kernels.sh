# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Stock kernels: which one a name like "6.12" means, and how it gets into the cache.
#
# A cached kernel is a directory kernels/VERSION with the layout of the Debian packages (boot,
# lib/modules, usr/src/linux-headers-VERSION); a self-built one looks the same.

kernel_root() { printf '%s/kernels/%s\n' "$CACHE" "$1"; }
kernel_image() { printf '%s/boot/vmlinux-%s\n' "$(kernel_root "$1")" "$1"; }
kernel_headers() { printf '%s/usr/src/linux-headers-%s\n' "$(kernel_root "$1")" "$1"; }

# Changes when `apt-get update` brought something new; asking apt itself costs half a second.
apt_stamp() { stat -c %Y.%Z /var/lib/apt/lists 2>/dev/null || echo none; }

# Names end in VERSION-amd64 for the plain flavour; rt-amd64, cloud-amd64 and -unsigned are others.
newest_offered() { # SERIES
	command -v apt-cache >/dev/null || return 0
	apt-cache pkgnames "linux-image-$1." |
		sed -nE "s/^linux-image-(${1//./\\.}\.[0-9][0-9A-Za-z.+~]*(-[0-9]+)?-amd64)$/\1/p" |
		sort -V | tail -n 1
}

# The output of COMMAND, remembered under NAME until the package lists change.
remember_offer() { # NAME COMMAND...
	local memo=$CACHE/offers/$1 stamp seen version

	shift
	stamp=$(apt_stamp)
	if [ -f "$memo" ] && read -r seen version <"$memo" && [ "$seen" = "$stamp" ]; then
		printf '%s\n' "$version"
		return
	fi
	version=$("$@")
	[ -n "$version" ] || return 0
	printf '%s %s\n' "$stamp" "$version" >"$memo.$$" && mv "$memo.$$" "$memo"
	printf '%s\n' "$version"
}

newest_cached() { # SERIES
	local dir

	for dir in "$CACHE/kernels/$1".*-amd64; do
		[ -d "$dir" ] && basename "$dir"
	done | sort -V | tail -n 1
}

# Prints the version KERNEL stands for; says so when it has to settle for an older one.
kernel_version() { # KERNEL
	local version

	case $1 in
	debug) debug_version ;;
	*.*.*)
		version=${1%-amd64}-amd64
		[ -d "$(kernel_root "$1")" ] && version=$1
		printf '%s\n' "$version"
		;;
	[0-9]*.[0-9]*)
		version=$(remember_offer "$1" newest_offered "$1")
		if [ -z "$version" ]; then
			version=$(newest_cached "$1")
			[ -n "$version" ] || die "apt offers no $1 kernel and none is cached;" \
				"run: apt-get update && tools/vm/vm fetch $1"
			say "apt offers no $1 kernel (no package lists?): using the cached $version"
		fi
		printf '%s\n' "$version"
		;;
	*) die "'$1' is no kernel: use 6.1, 6.12, debug or an exact version" ;;
	esac
}

# apt drops privileges to a user who may not enter our directory and then complains about it.
apt_download() { # DIR PACKAGE...
	local dir=$1 log

	shift
	log=$dir/apt.log
	(cd "$dir" && apt-get -q -o APT::Sandbox::User=root download "$@") >"$log" 2>&1 && return
	cat "$log" >&2
	die "cannot download $*; when the lists are old, apt-get update helps"
}

# linux-kbuild is named after the version in one release and after the series in another, so ask.
kbuild_package() { # VERSION
	apt-cache show --no-all-versions "linux-headers-$1" | sed -nE 's/^Depends:.*(linux-kbuild-[^ ,]+).*/\1/p'
}

# The kernel inside a compressed image. QEMU can start it directly, which spares the guest the
# unpacking: seconds when there is no KVM. Magic bytes may occur by chance, so the result is checked.
extract_vmlinux() { # VMLINUZ VMLINUX
	local method magic unpack offset

	for method in '\xfd7zXZ\x00:xz -dc' '\x28\xb5\x2f\xfd:zstd -dcq' '\x1f\x8b\x08:gzip -dc'; do
		magic=${method%%:*}
		read -ra unpack <<<"${method#*:}"
		while read -r offset; do
			tail -c "+$((offset + 1))" "$1" | "${unpack[@]}" >"$2" 2>/dev/null
			[ "$(head -c 4 "$2")" = $'\x7fELF' ] && return
		done < <(LC_ALL=C grep -aboP -- "$magic" "$1" | LC_ALL=C cut -d: -f1)
	done
	rm -f "$2"
	die "cannot unpack the kernel image $1"
}

# Headers point at each other by absolute /usr/src paths; make them point into the cache.
relocate() { # UNPACKED VERSION
	local headers=$1/usr/src/linux-headers-$2 root

	root=$(kernel_root "$2")
	sed -i "s|/usr/src/|$root/usr/src/|" "$headers/Makefile"
	# Some come with vmlinux, to make BTF for modules, which then needs pahole. Nothing here uses it.
	rm -f "$headers/vmlinux"
	[ -d "$1/lib/modules/$2" ] || { mkdir -p "$1/lib" && ln -s ../usr/lib/modules "$1/lib/modules"; }
	rm -f "$1/lib/modules/$2"/{build,source}
	ln -s "../../../usr/src/linux-headers-$2" "$1/lib/modules/$2/build"
	depmod -b "$1" "$2"
}

fetch_stock() { # VERSION
	local version=$1 common=${1%-amd64}-common temp deb

	need_program apt-get vm
	need_program depmod vm
	temp=$(mktemp -d "$CACHE/kernels/.fetch.XXXXXX") || die "cannot write to $CACHE"
	TEMPS+=("$temp")
	say "fetching kernel $version (about 120 MB)"
	apt_download "$temp" "linux-image-$version" "linux-headers-$version" "linux-headers-$common" \
		"$(kbuild_package "$version")"
	mkdir "$temp/root"
	for deb in "$temp"/*.deb; do
		dpkg-deb -x "$deb" "$temp/root" || die "cannot unpack $deb"
	done
	extract_vmlinux "$temp/root/boot/vmlinuz-$version" "$temp/root/boot/vmlinux-$version"
	relocate "$temp/root" "$version" || die "cannot relocate the headers of $version"
	mv "$temp/root" "$(kernel_root "$version")" || die "cannot store kernel $version"
	rm -rf "$temp"
}

# Makes sure VERSION is in the cache.
ensure_kernel() { # VERSION
	[ -e "$(kernel_image "$1")" ] && return
	lock "kernel-$1"
	if [ ! -e "$(kernel_image "$1")" ]; then
		case $1 in
		*-debug-*) debug_build ;;
		*) fetch_stock "$1" ;;
		esac
	fi
	unlock
}

cmd_fetch() { # KERNEL
	local version

	[ $# = 1 ] || die "usage: vm fetch KERNEL"
	version=$(kernel_version "$1") || exit
	ensure_kernel "$version"
	say "kernel $version is in $(kernel_root "$version")"
}
