#define _GNU_SOURCE
#include "cload.h"

#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

int load_wait_set(void) { return epoll_create1(EPOLL_CLOEXEC); }

int load_wait_add(int set, int descriptor, uint32_t number) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
    return epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event);
}

int load_wait(int set, uint32_t *numbers, int capacity, int milliseconds) {
    struct epoll_event events[64];
    int count = epoll_wait(set, events, capacity < 64 ? capacity : 64, milliseconds);
    for (int i = 0; i < count; i++) numbers[i] = events[i].data.u32;
    return count > 0 ? count : 0;
}

int load_receive(int descriptor, uint8_t *space, size_t size, unsigned batch, uint32_t *lengths) {
    struct mmsghdr messages[64];
    struct iovec parts[64];
    if (batch > 64) batch = 64;
    memset(messages, 0, batch * sizeof *messages);
    for (unsigned i = 0; i < batch; i++) {
        parts[i].iov_base = space + i * size;
        parts[i].iov_len = size;
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    int count = recvmmsg(descriptor, messages, batch, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) lengths[i] = messages[i].msg_len;
    return count > 0 ? count : 0;
}

int load_pin(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return sched_setaffinity(0, sizeof set, &set);
}

int load_unpin(void) {
    cpu_set_t set;
    memset(&set, 0xff, sizeof set);
    return sched_setaffinity(0, sizeof set, &set);
}

void load_copy(void *target, const void *source, size_t size) {
    memcpy(target, source, size);
    __asm__ volatile("" : : "r"(target) : "memory");
}
