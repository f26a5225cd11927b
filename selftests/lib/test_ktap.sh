#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel: any
# quick: yes
#
# The test library tested: above all that what should fail does fail. Each snippet runs in a shell
# of its own; its TAP is held against what is expected.
cd "$(dirname "$0")/../.." || exit 1
. selftests/lib/ktap.sh

# TAP and exit status of a snippet, without the run times.
tap_of() { # SNIPPET
	KTAP_DIAG='' bash -c ". selftests/lib/ktap.sh; $1
ktap_done" 2>&1 | grep -v '^# took'
	echo "status ${PIPESTATUS[0]}"
}

# The snippet is the body of one case.
expect_case() { # DESC BODY "ok"|"not ok"
	local out

	out=$(tap_of "body() { $2
}; ktap_case point body")
	grep -q "^$3 1 - point" <<<"$out" || fail "$1: want '$3', got: $out"
	if [ "$3" = ok ]; then
		grep -qx 'status 0' <<<"$out" || fail "$1: status is not 0: $out"
	else
		grep -qx 'status 1' <<<"$out" || fail "$1: status is not 1: $out"
	fi
}

test_good() {
	expect_case "true" true ok
	expect_case "check" 'check a true' ok
	expect_case "check_eq" 'check_eq a 1 1' ok
	expect_case "check_fails" 'check_fails a "[Nn]o such file" ls /nonexistent' ok
	expect_case "wait_for" 'wait_for 5 a true' ok
}

test_bad() {
	expect_case "false" false "not ok"
	expect_case "fail" 'fail x' "not ok"
	expect_case "no such function" 'nonexistent_function' "not ok"
	expect_case "check" 'check a false' "not ok"
	expect_case "check_eq" 'check_eq a 1 2' "not ok"
	expect_case "check_fails on success" 'check_fails a . true' "not ok"
	expect_case "check_fails with other words" 'check_fails a "permission" ls /nonexistent' "not ok"
	expect_case "wait_for" 'wait_for 1 a false' "not ok"
	expect_case "any status but 4" 'return 5' "not ok"
}

test_forgotten() {
	expect_case "no return after check" 'check a false; true' "not ok"
	expect_case "no return after check_eq" 'check_eq a 1 2; true' "not ok"
	expect_case "no return after check_fails" 'check_fails a . true; true' "not ok"
	expect_case "no return after wait_for" 'wait_for 1 a false; true' "not ok"
	expect_case "in a subshell" '(check a false); true' "not ok"
	expect_case "in a pipe" 'echo | while read -r _; do check a false; done; true' "not ok"
	expect_case "in a substitution" 'x=$(check a false); true' "not ok"
	expect_case "in a command of check" 'f() { check_eq a 1 2; true; }; check b f; true' "not ok"
	expect_case "fail, then skip" 'check a false; skip later; return' "not ok"
}

test_next_case_is_clean() {
	local out

	out=$(tap_of 'ktap_case one false; ktap_case two true')
	check_eq "points" "$(grep -c '^ok 2 - two' <<<"$out")" 1
	check_eq "status" "$(tail -n 1 <<<"$out")" "status 1"
}

test_skip() {
	local out

	out=$(tap_of 's() { skip "no such tool"; return; }; ktap_case point s')
	check "line" grep -qx 'ok 1 - point # SKIP no such tool' <<<"$out"
	check "status" grep -qx 'status 0' <<<"$out"
}

test_outside() {
	local out

	out=$(tap_of 'check setup false; ktap_case point true')
	check "point of its own" grep -q '^not ok 1 - outside of a case: setup' <<<"$out"
	check "the case still counts" grep -qx 'ok 2 - point' <<<"$out"
	check "plan" grep -qx '1\.\.2' <<<"$out"
	check "status" grep -qx 'status 1' <<<"$out"
}

test_nothing_ran() {
	check_eq "empty script" "$(tap_of :)" $'TAP version 13\n1..0\nstatus 1'
}

test_output() {
	local out

	out=$(tap_of 'p() { echo hello; echo "not ok 9 - trap" >&2; }; ktap_case point p')
	check "diagnostics" grep -qx '# hello' <<<"$out"
	check "stderr cannot pass for a result" grep -qx '# not ok 9 - trap' <<<"$out"
	out=$(tap_of 'p() { check a ls /nonexistent; }; ktap_case point p')
	check "words of a failed command" grep -q '^# ls: cannot access' <<<"$out"
}

test_same_shell() {
	local out

	out=$(tap_of 'p() { x=1; }; q() { y=1; }; c() { check a q; }
		ktap_case a p; ktap_case b c; ktap_print "# $x$y"')
	check "variables stay" grep -qx '# 11' <<<"$out"
}

test_daemon() {
	local start=$SECONDS

	check_eq "points" "$(tap_of 'p() { sleep 30 & }; ktap_case point p' | grep -c '^ok')" 1
	check "a process left behind holds nobody up" [ $((SECONDS - start)) -lt 20 ]
}

ktap_case "what should pass passes" test_good
ktap_case "what should fail fails" test_bad
ktap_case "forgotten failures fail" test_forgotten
ktap_case "a failure stays in its case" test_next_case_is_clean
ktap_case "skip" test_skip
ktap_case "assertions outside of a case" test_outside
ktap_case "a script without cases fails" test_nothing_ran
ktap_case "output is diagnostics" test_output
ktap_case "functions run in the script's shell" test_same_shell
ktap_case "background processes" test_daemon
ktap_done
