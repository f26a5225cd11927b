# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# KVM or TCG. A /dev/kvm that opens may still not run a guest (nested, filtered), so it is believed
# only after a kernel has booted under it; the answer is kept until the host is booted again.

probe_kvm() { # VERSION INITRAMFS
	timeout 20 qemu-system-x86_64 -accel kvm -cpu host -m 512M -smp 1 -kernel "$(kernel_image "$1")" \
		-initrd "$2" -append "console=ttyS0 quiet panic=-1 nfo.probe" -display none -nodefaults \
		-no-reboot -serial stdio </dev/null 2>/dev/null | grep -q nfo-probe-ok
}

kvm_works() { # VERSION INITRAMFS
	local memo boot answer

	[ -w /dev/kvm ] || return
	memo=$CACHE/offers/kvm-$(id -u)
	boot=$(cat /proc/sys/kernel/random/boot_id)
	if [ -f "$memo" ] && read -r answer _ <"$memo" && [ "$(cut -d' ' -f2 "$memo")" = "$boot" ]; then
		[ "$answer" = yes ]
		return
	fi
	say "trying KVM (once per boot of this machine)"
	answer=no
	probe_kvm "$1" "$2" && answer=yes
	printf '%s %s\n' "$answer" "$boot" >"$memo"
	say "KVM works: $answer"
	[ $answer = yes ]
}

# Sets ACCEL, the qemu arguments. One thread emulates all CPUs in turn: measured, a thread per CPU
# takes four to five times the CPU time for the same work, all of it waiting for each other. It is
# there for tests that need CPUs to collide.
choose_accel() { # VERSION INITRAMFS default|icount|steady|parallel
	case $3 in
	steady) # guest time counts instructions while the guest works, and is real while it waits: a
		# slow or a busy host makes a test no slower than its time limits, only longer. The plain
		# CPU is there as extended state costs an emulator a fifth of its time.
		ACCEL=(-accel "tcg,thread=single" -icount "shift=0,sleep=on" -cpu qemu64)
		return
		;;
	icount) # guest time counts instructions: a measurement repeats, whatever the host does
		# A repeated instruction counts each time: without erms the kernel clears memory by
		# words, where it would be one instruction a byte.
		ACCEL=(-accel "tcg,thread=single" -icount "shift=1,sleep=off" -cpu "max,-erms")
		return
		;;
	parallel) ACCEL=(-accel "tcg,thread=multi" -cpu max) ;;
	*) ACCEL=(-accel "tcg,thread=single" -cpu max) ;;
	esac
	# shellcheck disable=SC2034 # for qemu.sh
	kvm_works "$1" "$2" && ACCEL=(-accel kvm -cpu host)
	return 0
}
