/* SPDX-License-Identifier: GPL-2.0-only */
/* The program's instructions, as compiled. */
#include <linux/linkage.h>

	.section .rodata, "a"
	.balign 8
SYM_DATA_START(nfo_xdp_blob)
	.incbin NFO_XDP_BLOB
SYM_DATA_END(nfo_xdp_blob)
SYM_DATA(nfo_xdp_blob_end, .quad 0)

	.section .note.GNU-stack, "", %progbits
