#define _GNU_SOURCE
#include "include/clinux_packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static int close_keeping_errno(int descriptor) {
    int saved = errno;
    close(descriptor);
    errno = saved;
    return -1;
}

int muster_packet_open(int link) {
    int descriptor = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_IP));
    if (descriptor < 0) return -1;
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = link};
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0) return descriptor;
    return close_keeping_errno(descriptor);
}

int muster_udp_connect(uint32_t source, uint16_t source_port, uint32_t target, uint16_t target_port) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    int yes = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(source_port), .sin_addr.s_addr = source};
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(target_port), .sin_addr.s_addr = target};
    if (bind(descriptor, (struct sockaddr *)&here, sizeof here) == 0 &&
        connect(descriptor, (struct sockaddr *)&there, sizeof there) == 0) {
        return descriptor;
    }
    return close_keeping_errno(descriptor);
}
