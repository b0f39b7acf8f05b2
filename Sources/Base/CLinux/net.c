#define _GNU_SOURCE
#include "clinux_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Closes and keeps the errno of the failure before. */
static int close_failed(int descriptor) {
    int number = errno;
    close(descriptor);
    errno = number;
    return -1;
}

static void copy_name(char target[16], const char *name) {
    strncpy(target, name, 15);
    target[15] = 0;
}

int muster_list_interfaces(
    struct muster_interface *interfaces, size_t interface_capacity, size_t *interface_count,
    struct muster_interface_address *addresses, size_t address_capacity, size_t *address_count) {
    struct ifaddrs *list;
    *interface_count = 0;
    *address_count = 0;
    if (getifaddrs(&list) != 0) return -1;
    for (struct ifaddrs *entry = list; entry; entry = entry->ifa_next) {
        if (!entry->ifa_addr) continue;
        if (entry->ifa_addr->sa_family == AF_PACKET) {
            const struct sockaddr_ll *link = (const struct sockaddr_ll *)entry->ifa_addr;
            size_t position = (*interface_count)++;
            if (position >= interface_capacity) continue;
            struct muster_interface *interface = &interfaces[position];
            memset(interface, 0, sizeof *interface);
            copy_name(interface->name, entry->ifa_name);
            interface->index = (uint32_t)link->sll_ifindex;
            interface->is_up = (entry->ifa_flags & IFF_UP) != 0;
            interface->is_running = (entry->ifa_flags & IFF_RUNNING) != 0;
            interface->is_loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0;
            if (link->sll_hatype == ARPHRD_ETHER && link->sll_halen == 6) {
                interface->has_mac = 1;
                memcpy(interface->mac, link->sll_addr, 6);
            }
        } else if (entry->ifa_addr->sa_family == AF_INET && entry->ifa_netmask) {
            size_t position = (*address_count)++;
            if (position >= address_capacity) continue;
            struct muster_interface_address *address = &addresses[position];
            /* A label such as eth0:1 names an address of eth0. */
            copy_name(address->name, entry->ifa_name);
            char *colon = strchr(address->name, ':');
            if (colon) *colon = 0;
            address->address = ntohl(((const struct sockaddr_in *)entry->ifa_addr)->sin_addr.s_addr);
            address->mask = ntohl(((const struct sockaddr_in *)entry->ifa_netmask)->sin_addr.s_addr);
        }
    }
    freeifaddrs(list);
    return 0;
}

int muster_open_network_watch(void) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (descriptor < 0) return -1;
    struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR};
    if (bind(descriptor, (struct sockaddr *)&name, sizeof name) != 0) return close_failed(descriptor);
    /* Only that something changed is of interest: an overrun must not be an error. */
    int on = 1;
    setsockopt(descriptor, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on);
    return descriptor;
}

int muster_open_device_udp(const char *device, uint32_t address, uint16_t port) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    int on = 1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) != 0) return close_failed(descriptor);
    if (device && setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) != 0)
        return close_failed(descriptor);
    /* A rack that is switched on sends all at once; the kernel grants what its limit allows. */
    int size = 4 << 20;
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
    if (bind(descriptor, (struct sockaddr *)&name, sizeof name) != 0) return close_failed(descriptor);
    return descriptor;
}

int muster_open_frame_sender(uint32_t interface_index) {
    /* Protocol 0: it hears nothing. */
    int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    struct sockaddr_ll name = {.sll_family = AF_PACKET, .sll_ifindex = (int)interface_index};
    if (bind(descriptor, (struct sockaddr *)&name, sizeof name) != 0) return close_failed(descriptor);
    return descriptor;
}

int muster_open_router_solicitations(uint32_t interface_index) {
    int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    /* IPv6, next header ICMPv6, type 133. */
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, 0, 5),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 20),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 3),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 54),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 133, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 65535),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    /* The group of all routers, ff02::2, to which no one on this machine may belong yet. */
    struct packet_mreq group = {
        .mr_ifindex = (int)interface_index, .mr_type = PACKET_MR_MULTICAST, .mr_alen = 6,
        .mr_address = {0x33, 0x33, 0, 0, 0, 2}};
    struct sockaddr_ll name = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IPV6), .sll_ifindex = (int)interface_index};
    if (setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0
        || setsockopt(descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof group) != 0
        || bind(descriptor, (struct sockaddr *)&name, sizeof name) != 0)
        return close_failed(descriptor);
    return descriptor;
}

long muster_send_frames(int descriptor, const uint8_t *bytes, const uint32_t *lengths, size_t count) {
    enum { batch = 64 };
    struct mmsghdr messages[batch];
    struct iovec parts[batch];
    size_t sent = 0;
    while (sent < count) {
        unsigned size = count - sent < batch ? (unsigned)(count - sent) : batch;
        const uint8_t *next = bytes;
        memset(messages, 0, sizeof messages);
        for (unsigned i = 0; i < size; i++) {
            parts[i].iov_base = (void *)next;
            parts[i].iov_len = lengths[sent + i];
            next += lengths[sent + i];
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        int taken = sendmmsg(descriptor, messages, size, 0);
        if (taken < 0 && errno == EINTR) continue;
        if (taken <= 0) return sent > 0 ? (long)sent : -1;
        for (int i = 0; i < taken; i++) bytes += lengths[sent + (size_t)i];
        sent += (size_t)taken;
    }
    return (long)sent;
}

static int ask_neighbour(int descriptor, uint32_t interface_index, uint32_t address, uint8_t mac[6]) {
    struct {
        struct nlmsghdr header;
        struct ndmsg body;
        struct rtattr attribute;
        uint32_t destination;
    } request = {
        .header = {.nlmsg_len = sizeof request, .nlmsg_type = RTM_GETNEIGH, .nlmsg_flags = NLM_F_REQUEST},
        .body = {.ndm_family = AF_INET, .ndm_ifindex = (int)interface_index},
        .attribute = {.rta_len = RTA_LENGTH(4), .rta_type = NDA_DST},
        .destination = htonl(address),
    };
    if (send(descriptor, &request, sizeof request, 0) < 0) return -1;
    char buffer[2048] __attribute__((aligned(8)));
    ssize_t length = recv(descriptor, buffer, sizeof buffer, 0);
    if (length < 0) return -1;
    struct nlmsghdr *header = (struct nlmsghdr *)buffer;
    if (!NLMSG_OK(header, length)) return 0;
    if (header->nlmsg_type == NLMSG_ERROR) {
        int number = -((struct nlmsgerr *)NLMSG_DATA(header))->error;
        if (number == ENOENT || number == 0) return 0;
        errno = number;
        return -1;
    }
    if (header->nlmsg_type != RTM_NEWNEIGH) return 0;
    struct ndmsg *body = NLMSG_DATA(header);
    if (!(body->ndm_state & (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT))) return 0;
    int rest = (int)(header->nlmsg_len - NLMSG_LENGTH(sizeof *body));
    for (struct rtattr *item = (struct rtattr *)((char *)body + NLMSG_ALIGN(sizeof *body)); RTA_OK(item, rest);
         item = RTA_NEXT(item, rest)) {
        if (item->rta_type != NDA_LLADDR || RTA_PAYLOAD(item) != 6) continue;
        memcpy(mac, RTA_DATA(item), 6);
        return 1;
    }
    return 0;
}

int muster_find_neighbour(uint32_t interface_index, uint32_t address, uint8_t mac[6]) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (descriptor < 0) return -1;
    struct timeval limit = {.tv_sec = 1};
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    int found = ask_neighbour(descriptor, interface_index, address, mac);
    close_failed(descriptor);
    return found;
}
