# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# The verbs that boot: run and shell.

SECONDS_MAX=600
MEM=2G
SMP=2
CLOCKWORK=default
LEAKS=1

parse_run_options() { # ARG... ; leaves the command in COMMAND
	while [ $# -gt 0 ]; do
		case $1 in
		--timeout | --mem | --smp | --out) [ $# -gt 1 ] || die "$1 needs a value" ;;&
		--timeout) SECONDS_MAX=$2 && shift ;;
		--mem) MEM=$2 && shift ;;
		--smp) SMP=$2 && shift ;;
		--out) OUT=$2 && shift ;;
		--icount) CLOCKWORK=icount && SMP=1 ;;
		--steady) CLOCKWORK=steady && SMP=1 ;;
		--parallel) CLOCKWORK=parallel ;;
		--no-leak-check) LEAKS=0 ;;
		--) shift && break ;;
		*) die "unknown option '$1'; try: tools/vm/vm help" ;;
		esac
		shift
	done
	COMMAND=("$@")
}

# Ours by default: removed after a good or an interrupted run, left and named after a bad one.
prepare_out() {
	if [ -n "$OUT" ]; then
		mkdir -p "$OUT" || die "cannot create $OUT"
		OUT=$(cd "$OUT" && pwd -P)
		OUT_TEMP=0
	else
		OUT=$(mktemp -d "${TMPDIR:-/tmp}/nfo-out.XXXXXX") || die "no temporary directory"
		OUT_TEMP=1
		TEMPS=("$OUT" "${TEMPS[@]}")
	fi
	rm -f "$OUT"/{console,dmesg,complaints,kmemleak}.log
}

prepare_vm() { # KERNEL
	VERSION=$(kernel_version "$1") || exit
	need_program qemu-system-x86_64 vm
	need_program setpriv vm
	ensure_kernel "$VERSION"
	INITRAMFS=$(initramfs_for "$VERSION") || exit
	prepare_out
	make_run_dir "$VERSION"
	choose_accel "$VERSION" "$INITRAMFS" "$CLOCKWORK"
	qemu_args "$VERSION" "$INITRAMFS" "$MEM" "$SMP"
}

cmd_run() { # KERNEL [OPTION...] -- COMMAND...
	local kernel=${1:-} reader status

	NFO_DIE_STATUS=125
	[ $# -ge 1 ] || die "usage: vm run KERNEL [OPTION...] -- COMMAND [ARG...]"
	shift
	parse_run_options "$@"
	[ ${#COMMAND[@]} -gt 0 ] || die "no command to run"
	prepare_vm "$kernel"
	write_env 0 "$LEAKS" "$kernel" "${COMMAND[@]}"
	cat "$RUN/output" &
	reader=$!
	start_qemu "$SECONDS_MAX" "${QEMU[@]}" -chardev "file,id=output,path=$RUN/output" \
		-device "virtserialport,chardev=output,name=nfo.output"
	wait_qemu
	finish_reader $reader
	judge "$SECONDS_MAX"
	status=$?
	[ $status = 0 ] || keep_out
	return $status
}

keep_out() {
	[ "$OUT_TEMP" = 1 ] || return
	TEMPS=("${TEMPS[@]:1}")
	say "logs are in $OUT"
}

# A qemu that failed at once never opened the fifo, and its reader would wait for ever.
finish_reader() { # PID
	timeout 1 bash -c ': >"$1"' _ "$RUN/output"
	wait "$1"
}

# The terminal belongs to qemu meanwhile, so it runs in the foreground.
cmd_shell() { # KERNEL
	local saved

	# shellcheck disable=SC2034 # for common.sh
	NFO_DIE_STATUS=125
	[ -t 0 ] || die "vm shell needs a terminal"
	[ $# -ge 1 ] || die "usage: vm shell KERNEL"
	parse_run_options "${@:2}"
	prepare_vm "$1"
	write_env 1 0 "$1" bash
	saved=$(stty -g)
	setpriv --pdeathsig KILL "${QEMU[@]}" -chardev "stdio,id=terminal,signal=off" \
		-device "virtconsole,chardev=terminal"
	stty "$saved"
	[ -s "$RUN/verdict" ] && return
	tail_console
	keep_out
	return 125
}
