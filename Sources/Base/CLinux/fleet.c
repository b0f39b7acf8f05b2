#define _GNU_SOURCE
#include "include/clinux_fleet.h"
#include "include/clinux_netlink.h"
#include "spawn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static int own_network(void) { return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC); }

/* Closes and keeps the errno of the failure before. */
static int close_failed(int descriptor) {
    int number = errno;
    close(descriptor);
    errno = number;
    return -1;
}

int muster_namespace_create(void) {
    int own = own_network();
    if (own < 0) return -1;
    if (unshare(CLONE_NEWNET) != 0) return close_failed(own);
    int created = own_network();
    int number = errno;
    /* A thread that cannot go back must not go on: it would work in the wrong network. */
    if (setns(own, CLONE_NEWNET) != 0) _exit(70);
    close(own);
    errno = number;
    return created;
}

int muster_netlink_open_in(int network) {
    int own = own_network();
    if (own < 0) return -1;
    if (setns(network, CLONE_NEWNET) != 0) return close_failed(own);
    int descriptor = muster_netlink_open();
    int number = errno;
    if (setns(own, CLONE_NEWNET) != 0) _exit(70);
    close(own);
    errno = number;
    return descriptor;
}

/* Runs in the child of a process with many threads: system calls only. */
static void become_bound(
    const char *path, char *const arguments[], int output, int network, pid_t parent, int report) {
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int input = open("/dev/null", O_RDONLY);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent && setns(network, CLONE_NEWNET) == 0
        && setsid() >= 0 && input >= 0 && dup2(input, 0) == 0 && dup2(output, 1) == 1 && dup2(output, 2) == 2) {
        if (report != 3) {
            dup2(report, 3);
            fcntl(3, F_SETFD, FD_CLOEXEC);
            report = 3;
        }
        syscall(SYS_close_range, 4U, ~0U, 0U);
        execve(path, arguments, environ);
    }
    int number = errno;
    ssize_t ignored = write(report, &number, sizeof number);
    (void)ignored;
    _exit(127);
}

pid_t muster_spawn_bound(const char *path, char *const arguments[], int output, int network) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) become_bound(path, arguments, output, network, parent, ends[1]);
    return muster_await_exec(child, ends);
}

int muster_open_fleet_udp(uint32_t address, uint16_t port) {
    int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    int on = 1;
    int size = 8 << 20;
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (setsockopt(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
    if (setsockopt(descriptor, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0
        || bind(descriptor, (struct sockaddr *)&name, sizeof name) != 0)
        return close_failed(descriptor);
    return descriptor;
}

enum { batch_size = 64 };

union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

static void set_source(struct msghdr *message, union control *control, uint32_t source) {
    memset(control, 0, sizeof *control);
    message->msg_control = control;
    message->msg_controllen = sizeof control->room;
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(source)};
    memcpy(CMSG_DATA(header), &info, sizeof info);
}

long muster_send_datagrams(
    int descriptor, const struct muster_datagram *datagrams, size_t count, const uint8_t *bytes) {
    struct mmsghdr messages[batch_size];
    struct iovec parts[batch_size];
    struct sockaddr_in targets[batch_size];
    union control controls[batch_size];
    size_t done = 0;
    long sent = 0;
    while (done < count) {
        unsigned size = count - done < batch_size ? (unsigned)(count - done) : batch_size;
        const uint8_t *next = bytes;
        memset(messages, 0, size * sizeof *messages);
        for (unsigned i = 0; i < size; i++) {
            const struct muster_datagram *datagram = &datagrams[done + i];
            targets[i] = (struct sockaddr_in){
                .sin_family = AF_INET, .sin_port = htons(datagram->port), .sin_addr.s_addr = htonl(datagram->target)};
            parts[i] = (struct iovec){.iov_base = (void *)next, .iov_len = datagram->length};
            next += datagram->length;
            struct msghdr *message = &messages[i].msg_hdr;
            message->msg_name = &targets[i];
            message->msg_namelen = sizeof targets[i];
            message->msg_iov = &parts[i];
            message->msg_iovlen = 1;
            if (datagram->source) set_source(message, &controls[i], datagram->source);
        }
        int taken = sendmmsg(descriptor, messages, size, 0);
        if (taken < 0 && errno == EINTR) continue;
        if (taken > 0) sent += taken;
        /* The call ends before one that the kernel refuses; what lies behind that one is not its fault. */
        size_t past = taken > 0 ? (size_t)taken : 1;
        for (size_t i = 0; i < past; i++) bytes += datagrams[done + i].length;
        done += past;
    }
    return sent;
}
