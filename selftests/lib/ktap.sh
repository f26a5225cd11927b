# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Test points in TAP, for bash. Source it, run cases, end with ktap_done:
#
#	. selftests/lib/ktap.sh
#	test_ping() { check "B answers" ip netns exec "$A" ping -c1 10.0.0.2; }
#	ktap_case "ping" test_ping
#	ktap_done
#
# A case fails when its function returns non-zero or when any assertion in it failed, in whatever
# subshell or loop, and whether its status was looked at or not. It is skipped when it returns 4;
# "skip REASON; return" says why. A failed assertion outside of a case fails the script.
#
# Functions and commands run in this shell, so they may set variables. Names here begin with ktap,
# as bash would otherwise hand our local variables to the functions we call.

KTAP_COUNT=0
KTAP_BAD=0
KTAP_RUNS=0
KTAP_REASON=
KTAP_DIR=$(mktemp -d "${TMPDIR:-/tmp}/ktap.XXXXXX") || exit 1
# What the current case has printed so far; whoever has to kill us can still show it.
KTAP_DIAG=${KTAP_DIAG:-$KTAP_DIR/diag}
KTAP_FAILURES=$KTAP_DIR/failures
: >"$KTAP_FAILURES"
# Results have a descriptor of their own: nothing a case prints can pass for one.
exec 19>&1
printf 'TAP version 13\n' >&19

ktap_print() { printf '%s\n' "$*" >&19; }
ktap_comment() { sed 's/^/# /' "$1" >&19; }
ktap_now() { printf '%s\n' "${EPOCHREALTIME/[.,]/}"; } # microseconds
ktap_failed() { [ -s "$KTAP_FAILURES" ]; }

# Records a failure of the current case. In a file, so that it gets out of subshells.
fail() { # MESSAGE...
	printf 'FAILED: %s\n' "$*"
	printf '%s\n' "$*" >>"$KTAP_FAILURES"
	return 1
}

skip() { # REASON...
	KTAP_REASON=$*
	return 4
}

# One test point; ok, not ok or skipped by what FUNC did.
ktap_point() { # NAME STATUS SECONDS
	KTAP_COUNT=$((KTAP_COUNT + 1))
	if [ "$2" = 4 ] && ! ktap_failed; then
		ktap_print "ok $KTAP_COUNT - $1 # SKIP ${KTAP_REASON:-no reason given}"
	elif [ "$2" = 0 ] && ! ktap_failed; then
		ktap_print "ok $KTAP_COUNT - $1"
	else
		KTAP_BAD=$((KTAP_BAD + 1))
		ktap_print "not ok $KTAP_COUNT - $1"
	fi
	ktap_print "# took $3 s"
}

ktap_seconds() { # MICROSECONDS
	printf '%d.%02d\n' $(($1 / 1000000)) $(($1 / 10000 % 100))
}

ktap_case() { # NAME FUNC [ARG...]
	local ktap_name=$1 ktap_start ktap_status

	shift
	ktap_setup_failures
	KTAP_REASON=
	ktap_start=$(ktap_now)
	"$@" >"$KTAP_DIAG" 2>&1 19>&-
	ktap_status=$?
	ktap_comment "$KTAP_DIAG"
	: >"$KTAP_DIAG"
	ktap_point "$ktap_name" $ktap_status "$(ktap_seconds $(($(ktap_now) - ktap_start)))"
	: >"$KTAP_FAILURES"
	return 0
}

# Assertions that failed between cases become a point of their own.
ktap_setup_failures() {
	ktap_failed || return 0
	ktap_point "outside of a case: $(head -n 1 "$KTAP_FAILURES")" 1 0.00
	: >"$KTAP_FAILURES"
}

# Prints the plan and ends the script: 1 when any point failed or none ran.
ktap_done() {
	ktap_setup_failures
	ktap_print "1..$KTAP_COUNT"
	rm -rf "$KTAP_DIR"
	[ "$KTAP_COUNT" -gt 0 ] && [ "$KTAP_BAD" = 0 ]
	exit
}

# ---- assertions: non-zero when they fail, which also fails the case

# Runs a command with its output in a file, named in KTAP_RAN; nested calls each have their own.
# Without other programs, as there is nothing that tests do more often; ktap_done removes the files.
ktap_run() { # CMD...
	local ktap_out ktap_rc

	KTAP_RUNS=$((KTAP_RUNS + 1))
	ktap_out=$KTAP_DIR/run.$BASHPID.$KTAP_RUNS
	"$@" >"$ktap_out" 2>&1 19>&-
	ktap_rc=$?
	KTAP_RAN=$ktap_out
	return $ktap_rc
}

ktap_count_failures() { # sets KTAP_FAILED
	mapfile -t KTAP_FAILED <"$KTAP_FAILURES"
}

check() { # DESC CMD...
	local ktap_desc=$1 ktap_rc ktap_before

	shift
	ktap_count_failures
	ktap_before=${#KTAP_FAILED[@]}
	ktap_run "$@"
	ktap_rc=$?
	ktap_count_failures
	# CMD may hold assertions; what they said must be seen.
	if [ $ktap_rc != 0 ] || [ ${#KTAP_FAILED[@]} != "$ktap_before" ]; then
		cat "$KTAP_RAN"
	fi
	[ $ktap_rc = 0 ] || fail "$ktap_desc (status $ktap_rc: $*)"
}

check_eq() { # DESC GOT WANT
	[ "$2" = "$3" ] || fail "$1: got '$2', want '$3'"
}

# The command must be refused, and say so in words that match an extended regular expression.
check_fails() { # DESC REGEX CMD...
	local ktap_desc=$1 ktap_regex=$2 ktap_rc

	shift 2
	ktap_run "$@"
	ktap_rc=$?
	if [ $ktap_rc = 0 ]; then
		cat "$KTAP_RAN"
		fail "$ktap_desc: it succeeded ($*)"
	elif ! grep -qE -e "$ktap_regex" "$KTAP_RAN"; then
		cat "$KTAP_RAN"
		fail "$ktap_desc: its words do not match '$ktap_regex' ($*)"
	fi
}

# Waits until a command succeeds: state that can be observed, never time that should suffice.
wait_for() { # SECONDS DESC CMD...
	local ktap_limit=$1 ktap_desc=$2 ktap_end

	shift 2
	ktap_end=$((${EPOCHREALTIME/[.,]/} + ktap_limit * 1000000))
	until ktap_run "$@"; do
		if [ "${EPOCHREALTIME/[.,]/}" -ge "$ktap_end" ]; then
			cat "$KTAP_RAN"
			fail "$ktap_desc: not within $ktap_limit s ($*)"
			return
		fi
		sleep 0.1
	done
}
