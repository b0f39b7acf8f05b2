#define _GNU_SOURCE
#include "include/clinux_netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int muster_netlink_open(void) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (descriptor < 0) return -1;
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    struct timeval limit = {.tv_sec = 5};
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
        bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0) {
        return descriptor;
    }
    int saved = errno;
    close(descriptor);
    errno = saved;
    return -1;
}
