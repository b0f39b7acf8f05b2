#ifndef CLINUX_NET_H
#define CLINUX_NET_H

#include <stddef.h>
#include <stdint.h>

/// Sockets and tables of the network that Swift cannot reach without unions and macros of C. IPv4 addresses and ports
/// are in host order. Functions return -1 and set errno on failure.

/// A network interface as the kernel lists it.
struct muster_interface {
    uint32_t index;
    /// 1 or 0: IFF_UP, IFF_RUNNING and IFF_LOOPBACK of netdevice(7).
    uint8_t is_up, is_running, is_loopback;
    /// 1 when `mac` is an Ethernet address.
    uint8_t has_mac;
    uint8_t mac[6];
    char name[16];
};

/// One IPv4 address of an interface.
struct muster_interface_address {
    char name[16];
    uint32_t address;
    uint32_t mask;
};

/// Fills both tables as far as they reach, and sets the counts to what there is: more than the capacity means that a
/// bigger table is wanted.
int muster_list_interfaces(
    struct muster_interface *interfaces, size_t interface_capacity, size_t *interface_count,
    struct muster_interface_address *addresses, size_t address_capacity, size_t *address_count);

/// A socket of rtnetlink(7) that becomes readable when links or IPv4 addresses change. Non-blocking.
int muster_open_network_watch(void);

/// A UDP socket bound to the port on one interface alone, that may send broadcasts. Non-blocking. `device` may be NULL.
int muster_open_device_udp(const char *device, uint32_t address, uint16_t port);

/// A packet socket that sends whole Ethernet frames on one interface and receives nothing. Non-blocking. Wants
/// CAP_NET_RAW.
int muster_open_frame_sender(uint32_t interface_index);

/// A packet socket that receives the IPv6 router solicitations of one interface, as whole Ethernet frames, and can send
/// frames. Non-blocking. Wants CAP_NET_RAW; wants no IPv6 on the interface.
int muster_open_router_solicitations(uint32_t interface_index);

/// Sends frames that lie one after the other in `bytes`. Returns how many were taken by the kernel; fewer than `count`
/// when its queue is full or a frame was refused.
long muster_send_frames(int descriptor, const uint8_t *bytes, const uint32_t *lengths, size_t count);

/// Looks an IPv4 neighbour up in the kernel's table for the interface. Returns 1 and fills `mac` when it is known and
/// was confirmed once, 0 when it is not known.
int muster_find_neighbour(uint32_t interface_index, uint32_t address, uint8_t mac[6]);

#endif
