/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nfoctl: what an administrator allows the hardware of a port, as words and as bits. Pure: nothing
 * here prints, allocates or asks the kernel.
 */
#ifndef _NFOCTL_OPTIN_H
#define _NFOCTL_OPTIN_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/nfo.h>

#define OPTINS_TEXT	128	/* bytes for all of the words and more */

/* Bits of 1 << enum nfo_optin; those that @mask has are meant. */
struct optins {
	uint32_t bits;
	uint32_t mask;
};

bool optins_read(struct optins *o, const char *text, bool signs, char bad[OPTINS_TEXT]);
const char *optins_text(char buf[OPTINS_TEXT], uint32_t bits, const char *sep);
const char *optin_name(unsigned int i);
const char *optin_names(void);

#endif /* _NFOCTL_OPTIN_H */
