# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The initramfs: a static busybox, our init and the modules needed to reach the host's files.

BOOT_MODULES=(virtio_pci virtio_console 9pnet_virtio 9p overlay virtio_rng)

# Which files insmod has to load for one module, in order; nothing when it is built in.
module_files() { # VERSION MODULE
	modprobe -d "$(kernel_root "$1")" -S "$1" --show-depends "$2" 2>/dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p'
}

unpack_module() { # FILE DESTDIR
	local name=${1##*/}

	case $name in
	*.ko.xz) xz -dc "$1" >"$2/${name%.xz}" ;;
	*.ko.zst) zstd -qdc "$1" >"$2/${name%.zst}" ;;
	*.ko.gz) gzip -dc "$1" >"$2/${name%.gz}" ;;
	*) cp "$1" "$2/$name" ;;
	esac || die "cannot unpack $1"
}

add_modules() { # VERSION DIR
	local module file name

	mkdir -p "$2/mods"
	for module in "${BOOT_MODULES[@]}"; do
		while read -r file; do
			name=${file##*/}
			name=${name%%.ko*}.ko
			[ -e "$2/mods/$name" ] && continue
			unpack_module "$file" "$2/mods"
			printf '%s\n' "$name" >>"$2/mods/order"
		done < <(module_files "$1" "$module")
	done
	: >>"$2/mods/order"
}

build_initramfs() { # VERSION FILE
	local temp

	need_program cpio vm
	need_program modprobe vm
	temp=$(mktemp -d "$CACHE/initramfs/.tmp.XXXXXX") || die "cannot write to $CACHE"
	TEMPS+=("$temp" "$2.$$")
	mkdir -p "$temp"/{bin,proc,sys,dev,ro,rw,new}
	cp "$(command -v busybox)" "$temp/bin/busybox"
	cp "$VM_DIR/initramfs-init" "$temp/init"
	chmod 755 "$temp/init"
	add_modules "$1" "$temp"
	(cd "$temp" && find . | cpio -o -H newc --quiet -R 0:0) >"$2.$$" || die "cannot pack the initramfs"
	mv "$2.$$" "$2"
	rm -rf "$temp"
}

# Prints the path; builds it when anything that goes in has changed.
initramfs_for() { # VERSION
	local busybox key file

	busybox=$(command -v busybox) || die "busybox is not installed; run: tools/deps vm"
	key=$({ cat "$VM_DIR/initramfs-init" "$VM_DIR/lib/initramfs.sh"; stat -Lc '%s %Y' "$busybox" \
		"$(kernel_image "$1")"; } | sha256sum | cut -c1-12)
	file=$CACHE/initramfs/$1-$key.cpio
	[ -e "$file" ] || build_initramfs "$1" "$file"
	printf '%s\n' "$file"
}
