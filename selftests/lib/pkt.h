/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SELFTESTS_PKT_H
#define SELFTESTS_PKT_H

int pkt_send(int argc, char **argv);
int pkt_sniff(int argc, char **argv);

#endif /* SELFTESTS_PKT_H */
