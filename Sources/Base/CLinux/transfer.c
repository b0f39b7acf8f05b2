#define _GNU_SOURCE
#include "clinux_transfer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef SOL_UDP
#define SOL_UDP 17
#endif

enum {
    header_size = 4,
    /* What the kernel takes at once (UDP_MAX_SEGMENTS), and the longest UDP payload over IPv4. */
    batch = 64,
    longest_datagram = 65507,
};

int muster_open_connected_udp(
    const struct sockaddr *local, socklen_t local_length, const struct sockaddr *remote, socklen_t remote_length) {
    int descriptor = socket(remote->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    int size = 1 << 20;
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (bind(descriptor, local, local_length) != 0 || connect(descriptor, remote, remote_length) != 0) {
        int error = errno;
        close(descriptor);
        errno = error;
        return -1;
    }
    return descriptor;
}

/* The headers of some blocks, and where each block's parts are. */
struct blocks {
    uint8_t headers[batch][header_size];
    struct iovec parts[batch][2];
};

static size_t lay_out(
    struct blocks *blocks, uint16_t first, const uint8_t *data, size_t length, size_t block_size, unsigned count) {
    size_t offset = 0;
    for (unsigned i = 0; i < count; i++) {
        uint16_t number = (uint16_t)(first + i);
        uint8_t *header = blocks->headers[i];
        header[0] = 0;
        header[1] = 3;
        header[2] = (uint8_t)(number >> 8);
        header[3] = (uint8_t)number;
        size_t size = length - offset < block_size ? length - offset : block_size;
        blocks->parts[i][0] = (struct iovec){.iov_base = header, .iov_len = header_size};
        blocks->parts[i][1] = (struct iovec){.iov_base = (void *)(data + offset), .iov_len = size};
        offset += size;
    }
    return offset;
}

static int send_segmented(int descriptor, struct blocks *blocks, unsigned count, size_t block_size) {
    union {
        char room[CMSG_SPACE(sizeof(uint16_t))];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr message = {
        .msg_iov = blocks->parts[0], .msg_iovlen = 2 * count, .msg_control = &control,
        .msg_controllen = sizeof control.room};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    uint16_t size = (uint16_t)(block_size + header_size);
    memcpy(CMSG_DATA(header), &size, sizeof size);
    return sendmsg(descriptor, &message, 0) < 0 ? -1 : (int)count;
}

static int send_each(int descriptor, struct blocks *blocks, unsigned count) {
    struct mmsghdr messages[batch];
    memset(messages, 0, count * sizeof *messages);
    for (unsigned i = 0; i < count; i++) {
        messages[i].msg_hdr.msg_iov = blocks->parts[i];
        messages[i].msg_hdr.msg_iovlen = 2;
    }
    return sendmmsg(descriptor, messages, count, 0);
}

static int send_one(int descriptor, struct blocks *blocks) {
    struct msghdr message = {.msg_iov = blocks->parts[0], .msg_iovlen = 2};
    return sendmsg(descriptor, &message, 0) < 0 ? -1 : 1;
}

long muster_send_blocks(
    int descriptor, uint16_t first, const uint8_t *data, size_t length, size_t block_size, unsigned count,
    int *segmented) {
    struct blocks blocks;
    unsigned sent = 0;
    while (sent < count) {
        unsigned size = count - sent < batch ? count - sent : batch;
        unsigned fitting = (unsigned)(longest_datagram / (block_size + header_size));
        int is_segmented = *segmented && size > 1 && fitting > 1;
        if (is_segmented && size > fitting) size = fitting;
        size_t laid = lay_out(&blocks, (uint16_t)(first + sent), data, length, block_size, size);
        int taken = is_segmented ? send_segmented(descriptor, &blocks, size, block_size)
                    : size == 1  ? send_one(descriptor, &blocks)
                                 : send_each(descriptor, &blocks, size);
        if (taken < 0) {
            if (errno == EINTR) continue;
            /* Blocks longer than the link's datagrams, a device that cannot sum, an old kernel. */
            if (is_segmented && (errno == EINVAL || errno == EMSGSIZE || errno == EIO || errno == ENOPROTOOPT)) {
                *segmented = 0;
                continue;
            }
            return sent > 0 && (errno == EAGAIN || errno == ENOBUFS) ? (long)sent : -1;
        }
        if ((unsigned)taken < size) return (long)(sent + (unsigned)taken);
        sent += size;
        data += laid;
        length -= laid;
    }
    return (long)sent;
}

int muster_open_wait_set(void) { return epoll_create1(EPOLL_CLOEXEC); }

int muster_wait_set_put(int set, int descriptor, uint64_t token, int writable, int is_new) {
    struct epoll_event event = {.events = EPOLLIN | (writable ? EPOLLOUT : 0), .data.u64 = token};
    return epoll_ctl(set, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event);
}

int muster_wait(int set, uint64_t *tokens, int capacity, int milliseconds) {
    struct epoll_event events[64];
    int count = epoll_wait(set, events, capacity < 64 ? capacity : 64, milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -1;
    for (int i = 0; i < count; i++) tokens[i] = events[i].data.u64;
    return count;
}

int muster_open_bell(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void muster_ring(int bell) {
    uint64_t one = 1;
    (void)!write(bell, &one, sizeof one);
}

void muster_silence(int bell) {
    uint64_t count;
    (void)!read(bell, &count, sizeof count);
}
