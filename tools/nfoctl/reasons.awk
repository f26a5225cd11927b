# SPDX-License-Identifier: GPL-2.0-only
# Makes the manual page nfoctl-reasons(7) of the lists in include/uapi/linux/nfo.h, so that the page
# always has what the kernel has.

function escape(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	return text
}

# NFO_REASON(SYMBOL, "keyword", "sentence")
function take(list,   part) {
	if (split($0, part, "\"") < 5) {
		print FILENAME ":" FNR ": no keyword and sentence" > "/dev/stderr"
		failed = 1
		exit 1
	}
	count[list]++
	key[list, count[list]] = escape(part[2])
	text[list, count[list]] = escape(part[4])
}

function show(list,   i) {
	for (i = 1; i <= count[list]; i++)
		print ".TP\n.B " key[list, i] "\n" text[list, i] "."
}

# An entry may go on in the next line.
/^[ \t]+NFO_(REASON|REFRESH)\(/ {
	while ($0 !~ /\)[ \t]*\\?$/ && (getline more) > 0) {
		sub(/[ \t]*\\$/, "")
		$0 = $0 " " more
	}
}
/^[ \t]+NFO_REASON\(/ { take("reason") }
/^[ \t]+NFO_REFRESH\(/ { take("refresh") }

END {
	if (failed)
		exit 1
	if (!count["reason"] || !count["refresh"]) {
		print FILENAME ": the lists are not there" > "/dev/stderr"
		exit 1
	}
	print ".\\\" SPDX-License-Identifier: GPL-2.0-only"
	print ".\\\" Made by reasons.awk of include/uapi/linux/nfo.h."
	print ".TH NFOCTL\\-REASONS 7 \"2026\" \"nft-offload\" \"nft-offload\""
	print ".SH NAME"
	print "nfoctl\\-reasons \\- why a connection is not in hardware, and why it is set up anew"
	print ".SH DESCRIPTION"
	print "The keywords that"
	print ".BR nfoctl (8)"
	print "shows, and what they mean."
	print "What to do about each, for a connection at hand, says"
	print ".BR \"nfoctl why\" ."
	print ".SH REASONS"
	print "Why one direction of a connection is not in hardware: in"
	print ".BR \"nfoctl flow\" ,"
	print ".BR \"nfoctl \\-s port\" \" and\""
	print ".BR \"nfoctl stats\" ."
	show("reason")
	print ".SH REFRESH CAUSES"
	print "Why a direction was taken out of hardware, for the kernel to set it up anew: in"
	print ".BR \"nfoctl \\-s status\" ,"
	print ".BR \"nfoctl stats\" \" and\""
	print ".BR \"nfoctl monitor\" ."
	show("refresh")
	print ".SH SEE ALSO"
	print ".BR nfoctl (8)"
}
