# SPDX-License-Identifier: GPL-2.0-only
# Makes the manual page nfoctl-reasons(7) of the lists in include/uapi/linux/nfo.h, so that the page
# always has what the kernel has.

function escape(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	return text
}

function give_up(why) {
	print FILENAME ": " why > "/dev/stderr"
	failed = 1
	exit 1
}

# A list as one line of: MACRO(SYMBOL, "keyword", "sentence"), wherever its lines were broken.
function take(list, macro, line,   part, n, i) {
	gsub(/"[ \t]+"/, "", line)
	n = split(line, part, macro "[(]")
	for (i = 2; i <= n; i++)
		take_entry(list, part[i])
}

function take_entry(list, entry,   part) {
	if (split(entry, part, "\"") != 5)
		give_up("no keyword and sentence in: " entry)
	count[list]++
	key[list, count[list]] = escape(part[2])
	text[list, count[list]] = escape(part[4])
}

function show(list,   i) {
	for (i = 1; i <= count[list]; i++)
		print ".TP\n.B " key[list, i] "\n" text[list, i] "."
}

{
	line = line $0
	if (sub(/[ \t]*\\$/, " ", line))
		next
	if (sub(/^#define NFO_REASONS\(NFO_REASON\)/, "", line))
		take("reason", "NFO_REASON", line)
	if (sub(/^#define NFO_REFRESHES\(NFO_REFRESH\)/, "", line))
		take("refresh", "NFO_REFRESH", line)
	line = ""
}

END {
	if (failed)
		exit 1
	if (!count["reason"] || !count["refresh"])
		give_up("the lists are not there")
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
