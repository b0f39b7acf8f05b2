#ifndef CLINUX_PACKET_H
#define CLINUX_PACKET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Ethernet frames on one link, below the kernel's own IP: how a machine without an address speaks. All return -1 and
// set errno on failure.

/// A non-blocking packet socket (packet(7)) that takes and sends whole Ethernet frames with IPv4 in them.
int muster_packet_open(int link);

/// A UDP socket bound to an address (in network order) and port, connected to another. It may share the port.
int muster_udp_connect(uint32_t source, uint16_t source_port, uint32_t target, uint16_t target_port);

#endif
