/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole Ethernet frames on one device, through AF_PACKET. */
#ifndef SELFTESTS_RAWSOCK_H
#define SELFTESTS_RAWSOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

/**
 * struct rawsock - a device we speak and listen on
 * @name: of the device
 * @fd: packet socket, non-blocking
 * @mac: of the device
 * @sent: frames sent
 * @received: frames received
 * @stamp_us: when the last frame came, real time; 0 without rawsock_stamp()
 */
struct rawsock {
	const char *name;
	int fd;
	uint8_t mac[6];
	uint64_t sent;
	uint64_t received;
	uint64_t stamp_us;
};

/* Promiscuous, deaf to what the device itself sends. Ends the program if that cannot be. */
void rawsock_open(struct rawsock *rs, const char *name);

/* Have the kernel note when frames come in. */
void rawsock_stamp(struct rawsock *rs);

/*
 * Sends a frame; @off, if there is one, says what is left to the device. Returns 0 or -errno;
 * EMSGSIZE: longer than the device's MTU allows.
 */
int rawsock_send(struct rawsock *rs, const uint8_t *buf, size_t len,
		 const struct frame_offload *off);

/*
 * Returns the length of the next frame, VLAN tag put back, or 0 if there is none. @off is what the
 * sender left to the device.
 */
size_t rawsock_recv(struct rawsock *rs, uint8_t *buf, size_t size, struct frame_offload *off);

/* Frames the kernel dropped because we did not read them in time, since the last call. */
unsigned int rawsock_drops(struct rawsock *rs);

#endif /* SELFTESTS_RAWSOCK_H */
