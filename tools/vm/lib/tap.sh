# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Reads TAP and keeps the books: results are lines of
#	script<TAB>point<TAB>pass|fail|skip<TAB>seconds<TAB>reason
# Used on the host and in the VM.

# The points of a TAP file. What TAP says about itself is held against it: no plan, a plan that does
# not match, an exit status that no failed point explains, and no point at all are failures.
tap_results() { # SCRIPT TAPFILE EXIT-STATUS SECONDS
	awk -v script="$1" -v status="$3" -v total="$4" '
	function row(name, result, seconds, reason) {
		printf "%s\t%s\t%s\t%s\t%s\n", script, name, result, seconds, reason
		rows++
		failed += result == "fail"
	}
	function flush() {
		if (name != "")
			row(name, result, seconds, reason)
		name = ""
	}
	/^(not )?ok([ \t]|$)/ {
		flush()
		points++
		seconds = "-"
		reason = ""
		result = /^not/ ? "fail" : "pass"
		name = $0
		sub(/^(not )?ok[ \t]*[0-9]*[ \t]*(- )?/, "", name)
		gsub(/\t/, " ", name)
		if (match(name, /[ \t]*# *[Ss][Kk][Ii][Pp]/)) {
			reason = substr(name, RSTART + RLENGTH)
			sub(/^[a-z]*:?[ \t]*/, "", reason)
			name = substr(name, 1, RSTART - 1)
			if (result == "pass")
				result = "skip"
		}
		if (name == "")
			name = "point " points
	}
	/^# took [0-9.]+ s$/ { seconds = $3 }
	/^1\.\.[0-9]+/ {
		plans++
		planned += substr($1, 4)
	}
	END {
		flush()
		if (!plans)
			row("(no plan: it ended early)", "fail", total, "")
		else if (planned != points)
			row("(" planned " points planned, " points + 0 " ran)", "fail", total, "")
		if (!points)
			row("(no test point)", "fail", total, "")
		if (status != 0 && !failed)
			row("(exit status " status ")", "fail", total, "")
	}' "$2"
}

result_row() { # SCRIPT POINT RESULT SECONDS
	printf '%s\t%s\t%s\t%s\t\n' "$@"
}

count_results() { # RESULT FILE...
	local result=$1

	shift
	cat "$@" | awk -F '\t' -v result="$result" '$3 == result { n++ } END { print n + 0 }'
}
