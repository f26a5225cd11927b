# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Boots a VM: run directory, qemu command line, verdict.

RUN=     # our run directory below the cache: job, fifo, a snapshot of the module layer
OUT=     # what the guest sees as /nfo-out
QEMU_PID= # qemu, through timeout(1)

# Directories of runs that were killed the hard way.
remove_stale_runs() {
	local dir pid

	for dir in "$CACHE"/run/*.*; do
		pid=${dir##*/}
		pid=${pid%%.*}
		[ -d "$dir" ] && [ ! -e "/proc/$pid" ] && rm -rf "$dir"
	done
}

# Hard links: a build during the run replaces files and leaves ours alone.
snapshot_layer() { # VERSION
	local layer
	layer=$(layer_dir "$1")/lib/modules/$1

	if [ ! -d "$layer" ]; then
		NFO_LAYER=$(kernel_root "$1")/lib/modules/$1
		return
	fi
	lock "build-$(basename "$(build_base)")-$1" -s
	cp -al "$layer" "$RUN/layer" || die "cannot snapshot the modules"
	unlock
	NFO_LAYER=$RUN/layer
}

make_run_dir() { # VERSION
	remove_stale_runs
	RUN=$(mktemp -d "$CACHE/run/$$.XXXXXX") || die "cannot write to $CACHE"
	TEMPS+=("$RUN")
	chmod 755 "$RUN"
	mkfifo "$RUN/output"
	snapshot_layer "$1"
}

# Values for the initramfs (busybox sh) and guest-init; %q keeps any argument whole.
write_env() { # SHELL LEAKS KERNEL COMMAND...
	local shell=$1 leaks=$2 kernel=$3 size

	shift 3
	size=$(stty size 2>/dev/null) || size='24 80'
	[ "$size" != '0 0' ] || size='24 80'
	{
		printf 'NFO_REPO=%q\nNFO_CACHE=%q\nNFO_LAYER=%q\n' "$(repo_dir)" "$CACHE" "$NFO_LAYER"
		printf 'NFO_SHELL=%q\nNFO_LEAKS=%q\nNFO_KERNEL=%q\n' "$shell" "$leaks" "$kernel"
		printf 'NFO_ROWS=%q\nNFO_COLS=%q\nNFO_TERM=%q\n' "${size% *}" "${size#* }" "${TERM:-vt220}"
	} >"$RUN/env"
	{
		printf 'NFO_COMMAND=('
		printf ' %q' "$@"
		printf ' )\n'
	} >"$RUN/command"
}

# Warnings must reach the console file even when the guest dies before it can save its log;
# nothing else should, as every byte there costs an exit from the guest. The timer of an emulated machine
# does tick, though not always within the moment that the kernel gives it before it panics.
kernel_args() { # VERSION
	printf '%s ' console=ttyS0 quiet loglevel=5 log_buf_len=8M panic=-1 oops=panic mitigations=off \
		nokaslr norandmaps audit=0 apparmor=0 selinux=0 net.ifnames=0 random.trust_cpu=on tsc=nowatchdog \
		no_timer_check "nfo.run=$RUN"
	# Drivers that are built in there must not bring devices that a module would not either.
	[[ $1 != *-debug-* ]] || printf '%s ' bonding.max_bonds=0 dummy.numdummies=0 ifb.numifbs=0 fb_tunnels=none
}

# q35, as the PCI routing of the older machine takes minutes to interpret under KASAN.
qemu_args() { # VERSION INITRAMFS MEM SMP
	local port=virtserialport

	# shellcheck disable=SC2034 # for run.sh
	QEMU=(qemu-system-x86_64 -M q35 "${ACCEL[@]}" -m "$3" -smp "$4" -display none -nodefaults -no-reboot
		-kernel "$(kernel_image "$1")" -initrd "$2" -append "$(kernel_args "$1")"
		-fsdev "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"
		-device "virtio-9p-pci,fsdev=root,mount_tag=root"
		-fsdev "local,id=out,path=${OUT//,/,,},security_model=none,multidevs=remap"
		-device "virtio-9p-pci,fsdev=out,mount_tag=out"
		-object "rng-random,id=rng,filename=/dev/urandom" -device "virtio-rng-pci,rng=rng"
		-serial "file:${OUT//,/,,}/console.log" -device virtio-serial-pci
		-chardev "file,id=verdict,path=$RUN/verdict" -device "$port,chardev=verdict,name=nfo.verdict")
}

# qemu dies with us even when we are killed the hard way (timeout dies with us, qemu with timeout).
start_qemu() { # SECONDS QEMU-ARG...
	local seconds=$1

	shift
	setpriv --pdeathsig KILL timeout -k 5 "$seconds" setpriv --pdeathsig KILL "$@" \
		</dev/null 2>"$RUN/qemu.err" &
	QEMU_PID=$!
}

stop_qemu() {
	[ -n "$QEMU_PID" ] || return 0
	kill "$QEMU_PID" 2>/dev/null
	wait "$QEMU_PID" 2>/dev/null
	QEMU_PID=
}

# Ends a guest that gave its verdict but does not power off. It ends by itself with qemu, whoever
# ended that; we may be dead by then.
watch_power_off() { # PID
	local patience=100

	while kill -0 "$1" 2>/dev/null && [ -d "$RUN" ]; do
		sleep 0.2
		[ ! -s "$RUN/verdict" ] || patience=$((patience - 1))
		[ $patience -gt 0 ] && continue
		echo "the guest was still running 20 s after power off" >"$RUN/stuck"
		kill "$1"
		return
	done
}

# Sets QEMU_STATUS.
wait_qemu() {
	local watch

	watch_power_off "$QEMU_PID" </dev/null >/dev/null 2>&1 &
	watch=$!
	wait "$QEMU_PID"
	QEMU_STATUS=$?
	QEMU_PID=
	wait $watch
}

# The first complaint and what follows tells more than the end of a long crash report.
tail_console() {
	local first

	first=$(find_complaints "$OUT/console.log" -n | head -n 1 | cut -d: -f1)
	say "the console's last words ($OUT/console.log):"
	if [ -n "$first" ]; then
		sed -n "$((first > 3 ? first - 3 : 1)),$((first + 60))p" "$OUT/console.log"
	else
		tail -n 40 "$OUT/console.log"
	fi | sed 's/^/  | /' >&2
}

# Everything the kernel said against itself, each line once, into complaints.log.
gather_complaints() {
	local all=$OUT/complaints.log

	find_complaints "$OUT/console.log" >>"$all"
	[ ! -e "$RUN/stuck" ] || cat "$RUN/stuck" >>"$all"
	[ ! -s "$OUT/kmemleak.log" ] || find_complaints "$OUT/kmemleak.log" >>"$all"
	# The console names the caller on some kernels; dmesg does not.
	tr -d '\r' <"$all" | sed 's/\]\[ *[TC][0-9]*\] /] /' | awk '!seen[$0]++' >"$all.new" && mv "$all.new" "$all"
}

no_verdict() { # SECONDS
	if [ "$QEMU_STATUS" = 124 ] || [ "$QEMU_STATUS" = 137 ]; then
		say "timeout after $1 s"
		tail_console
		return 124
	fi
	say "no verdict: the guest crashed or never came up (qemu status $QEMU_STATUS)"
	cat "$RUN/qemu.err" >&2
	tail_console
	return 125
}

# Turns what qemu left behind into our exit status.
judge() { # SECONDS
	local status=

	[ ! -s "$RUN/verdict" ] || read -r _ status <"$RUN/verdict"
	if [ -z "$status" ]; then
		no_verdict "$1"
		return
	fi
	gather_complaints
	if [ -s "$OUT/complaints.log" ]; then
		say "the kernel complained (all of it in $OUT/dmesg.log):"
		head -n 20 "$OUT/complaints.log" | sed 's/^/  | /' >&2
		[ "$status" != 0 ] || return 126
	fi
	return "$status"
}
