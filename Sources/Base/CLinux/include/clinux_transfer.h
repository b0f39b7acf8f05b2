/* UDP sockets that are connected to one peer each, many of them in one thread. Results below 0: see errno. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* A socket bound to a free port of the local address and connected to the remote one, non-blocking. */
int muster_open_connected_udp(
    const struct sockaddr *local, socklen_t local_length, const struct sockaddr *remote, socklen_t remote_length);

/* Sends a file's blocks, each in a datagram of its own behind a TFTP header of 4 octets (RFC 1350, section 5).
   - data: the octets of all the blocks; all but the last are block_size long.
   - segmented: whether the kernel may be asked to cut one long datagram into pieces (UDP_SEGMENT of Linux 4.18 and
     later); set to 0 when it cannot.
   How many were taken; fewer when the socket is full. */
long muster_send_blocks(
    int descriptor, uint16_t first, const uint8_t *data, size_t length, size_t block_size, unsigned count,
    int *segmented);

/* A set of descriptors to wait for. */
int muster_open_wait_set(void);
/* - writable: also wait until there is room to send. */
int muster_wait_set_put(int set, int descriptor, uint64_t token, int writable, int is_new);
/* The tokens of those that are ready, within some milliseconds (-1: for ever). 0 when none is, or on a signal. */
int muster_wait(int set, uint64_t *tokens, int capacity, int milliseconds);

/* A descriptor that wakes whoever waits for it. */
int muster_open_bell(void);
void muster_ring(int bell);
void muster_silence(int bell);
