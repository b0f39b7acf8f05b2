#ifndef CLINUX_FLEET_H
#define CLINUX_FLEET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// What the fleet simulator needs of the system and Swift cannot call by itself: network namespaces, a child that ends
// with its parent, and datagrams of many addresses over one socket. IPv4 addresses and ports are in host order. All
// return -1 and set errno on failure.

/// A new network namespace, as a descriptor that keeps it alive. The caller's own stays what it was.
int muster_namespace_create(void);

/// A route netlink socket, as muster_netlink_open() gives one, of another network namespace.
int muster_netlink_open_in(int network);

/// Starts a program in a network namespace, with /dev/null as input and `output` as standard output and error, all
/// signals at their defaults and no other descriptor. The kernel kills it when the thread that called this ends.
pid_t muster_spawn_bound(const char *path, char *const arguments[], int output, int network);

/// A non-blocking UDP socket bound to an address (0 for all) and port (0 for any free one). It tells to which address
/// each datagram came, and has as much room for those that wait as the kernel grants.
int muster_open_fleet_udp(uint32_t address, uint16_t port);

/// One datagram of muster_send_datagrams(): its octets lie behind those of the one before.
struct muster_datagram {
    /// 0 for the socket's own.
    uint32_t source;
    uint32_t target;
    uint16_t port;
    uint16_t length;
};

/// Sends datagrams, each from its own source address. Those that the kernel refuses are passed over. Returns how many it
/// took.
long muster_send_datagrams(
    int descriptor, const struct muster_datagram *datagrams, size_t count, const uint8_t *bytes);

#endif
