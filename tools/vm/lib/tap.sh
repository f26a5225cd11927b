# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Reads TAP and keeps the books: results are lines of
#	script<TAB>point<TAB>pass|fail|skip<TAB>seconds<TAB>reason
# Used on the host and in the VM.

# The points of a TAP file. What TAP says about itself is held against it: no plan, a plan that does
# not match, an exit status that no failed point explains, and no point at all are failures.
tap_results() { # SCRIPT TAPFILE EXIT-STATUS SECONDS
	awk -v script="$1" -v status="$3" -v total="$4" '
	function row(point, verdict) {
		name[++rows] = point
		result[rows] = verdict
		seconds[rows] = "-"
		failed += verdict == "fail"
	}
	/^(not )?ok([ \t]|$)/ {
		points++
		verdict = /^not/ ? "fail" : "pass"
		point = $0
		why = ""
		sub(/^(not )?ok[ \t]*[0-9]*[ \t]*(- )?/, "", point)
		gsub(/\t/, " ", point)
		if (match(point, / *# *[Ss][Kk][Ii][Pp]/)) {
			why = substr(point, RSTART + RLENGTH)
			sub(/^[a-z]*:? */, "", why)
			point = substr(point, 1, RSTART - 1)
			if (verdict == "pass")
				verdict = "skip"
		}
		row(point == "" ? "point " points : point, verdict)
		reason[rows] = why
	}
	/^# took [0-9.]+ s$/ {
		seconds[rows] = $3
		timed = 1
	}
	/^1\.\.[0-9]+/ {
		plans++
		planned += substr($1, 4)
	}
	END {
		if (!plans)
			row("(no plan: it ended early)", "fail")
		else if (planned != points)
			row("(" planned " points planned, " points + 0 " ran)", "fail")
		if (!points)
			row("(no test point)", "fail")
		if (status != 0 && !failed)
			row("(exit status " status ")", "fail")
		if (!timed)
			seconds[1] = total
		for (i = 1; i <= rows; i++)
			printf "%s\t%s\t%s\t%s\t%s\n", script, name[i], result[i], seconds[i], reason[i]
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
