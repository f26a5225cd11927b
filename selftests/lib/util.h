/* SPDX-License-Identifier: GPL-2.0-only */
/* What every test program needs: dying with a sentence, arguments, the clock. */
#ifndef SELFTESTS_UTIL_H
#define SELFTESTS_UTIL_H

#include <stdint.h>

#include "frame.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Exit codes as iproute2 has them. */
#define EXIT_BAD	1	/* the answer is no */
#define EXIT_USAGE	2	/* bad arguments, or it could not be tried */

void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...);

/* These end the program with a sentence that names @what if @text is no good. */
uint64_t arg_u64(const char *what, const char *text, uint64_t max);
void arg_mac(const char *what, const char *text, uint8_t mac[6]);

/* Returns the family, 4 or 6. */
uint8_t arg_addr(const char *what, const char *text, uint8_t addr[16]);

/* Monotonic clock. */
uint64_t now_us(void);
/* Real time, to compare with what others noted. */
uint64_t real_us(void);
void sleep_until_us(uint64_t t);

#endif /* SELFTESTS_UTIL_H */
