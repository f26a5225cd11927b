// SPDX-License-Identifier: GPL-2.0-only
/* pkt - sends single frames and shows those that come in, for tests that need just that */
#include <stdio.h>
#include <string.h>

#include "pkt.h"
#include "util.h"

static const char usage[] =
"usage: pkt send IF --dmac MAC --src ADDR --dst ADDR [OPTION…]\n"
"       pkt sniff IF [FILTER…] [--count N] [--timeout MS] [--hex] [--outgoing]\n"
"                 [--time]\n"
"\n"
"send:  --smac MAC (the device's)  --proto tcp|udp|icmp|NUMBER (udp)  --sport N --dport N\n"
"       --ttl N (64)  --tos N  --id N  --df  --flow-label N  --vlan ID[:PCP] (twice: QinQ)\n"
"       --ethertype N  --flags [FSRPAUECN]* (A)  --seq N --ack N --window N --urg N\n"
"       --icmp-type N --icmp-code N  --len N (payload, 32)  --data TEXT\n"
"       --frag-off BYTES --frag-len BYTES --more (a fragment of the datagram described)\n"
"       --ip-opts HEX --tcp-opts HEX  --ext hbh|dst|rt (IPv6, repeatable)\n"
"       --bad-csum (layer 4)  --zero-csum  --bad-ip-csum  --csum N\n"
"       --len-delta N --udp-len-delta N  --trail N  --cut N\n"
"       --partial (checksum left to the device)  --gso SIZE (and cutting into segments)\n"
"       --count N (1)  --gap MS (0)  --step-sport  --hex\n"
"       prints sent=FRAMES bytes=L3BYTES\n"
"\n"
"sniff: filters: --proto P --src ADDR --dst ADDR --sport N --dport N --smac MAC --dmac MAC\n"
"       --any for frames that are not IP as well. Says \"listening\" on stderr when it does.\n"
"       --time puts the time of arrival in front, in us since 1970.\n"
"       One line per frame. Status 1 if --timeout ended it before --count frames came.\n";

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "send"))
		return pkt_send(argc - 1, argv + 1);
	if (argc > 2 && !strcmp(argv[1], "sniff"))
		return pkt_sniff(argc - 1, argv + 1);
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))) {
		fputs(usage, stdout);
		return 0;
	}
	fputs(usage, stderr);
	return EXIT_USAGE;
}
