#define _GNU_SOURCE
#include "include/clinux_tethered.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif

static int close_keeping_errno(int descriptor) {
    int saved = errno;
    close(descriptor);
    errno = saved;
    return -1;
}

int muster_open_nameless(const char *directory) { return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); }

int muster_memory_file(const void *content, size_t length) {
    int descriptor = memfd_create("muster", MFD_CLOEXEC);
    if (descriptor < 0) return -1;
    size_t done = 0;
    while (done < length) {
        ssize_t count = write(descriptor, (const char *)content + done, length - done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return close_keeping_errno(descriptor);
        done += (size_t)count;
    }
    if (lseek(descriptor, 0, SEEK_SET) < 0) return close_keeping_errno(descriptor);
    return descriptor;
}

int muster_socket_pair(int ends[2]) { return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends); }

// Room for one descriptor, as cmsg(3) wants it aligned.
union descriptor_message {
    struct cmsghdr header;
    char octets[CMSG_SPACE(sizeof(int))];
};

int muster_send_descriptor(int socket, int descriptor) {
    union descriptor_message control;
    memset(&control, 0, sizeof control);
    char octet = 'd';
    struct iovec content = {.iov_base = &octet, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &content, .msg_iovlen = 1, .msg_control = control.octets, .msg_controllen = sizeof control.octets};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

int muster_receive_descriptor(int socket) {
    union descriptor_message control;
    char octet;
    struct iovec content = {.iov_base = &octet, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &content, .msg_iovlen = 1, .msg_control = control.octets, .msg_controllen = sizeof control.octets};
    ssize_t count;
    do count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    if (count < 0) return -1;
    struct cmsghdr *header = count == 1 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len != CMSG_LEN(sizeof(int))) {
        errno = ENODATA;
        return -1;
    }
    int descriptor;
    memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    return descriptor;
}

// Whether this process keeps its memory.
static int is_locked = 0;

// Of what is mapped by now: memory that no file stands behind.
static void lock_own(void) {
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL) return;
    char line[512];
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long start, end, inode;
        char access[5];
        if (sscanf(line, "%lx-%lx %4s %*s %*s %lu", &start, &end, access, &inode) != 4) continue;
        if (access[1] == 'w' && inode == 0) mlock2((void *)start, end - start, MLOCK_ONFAULT);
    }
    fclose(maps);
}

int muster_lock_memory(void) {
    if (mlockall(MCL_FUTURE | MCL_ONFAULT) != 0) return -1;
    is_locked = 1;
    lock_own();
    return 0;
}

void muster_trim_memory(void) {
    // Of memory that is locked, the kernel takes back no pages but those of a whole mapping.
    if (is_locked) munlockall();
    malloc_trim(0);
    if (is_locked) muster_lock_memory();
}

void muster_reuse_memory(void) {
    mallopt(M_ARENA_MAX, 2);
    // The largest that glibc takes. A mapping of its own would be filled with zeros page by page for each piece.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    // Stacks below 2 MiB get no huge page, of which a stack uses a little.
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return;
    if (pthread_attr_setstacksize(&attributes, 1 << 20) == 0) pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
}

// Runs in the child of a process with many threads: system calls only.
static void become_lasting(const char *path, char *const arguments[], const int streams[3], int report) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    for (int number = 1; number < NSIG; number++) {
        int is_ignored = number == SIGTERM || number == SIGHUP || number == SIGINT || number == SIGPIPE;
        action.sa_handler = is_ignored ? SIG_IGN : SIG_DFL;
        sigaction(number, &action, NULL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    // Linux before 5.6 does not know it.
    prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
    // A huge page for a few small things would be memory lost, all the more as it is locked.
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    setsid();
    // First out of the way of 0 to 2, as one may stand where another is to go.
    int moved[3];
    for (int index = 0; index < 3; index++) moved[index] = fcntl(streams[index], F_DUPFD, 4);
    if (report != 3) dup2(report, 3);
    fcntl(3, F_SETFD, FD_CLOEXEC);
    int failed = 0;
    for (int index = 0; index < 3; index++) failed |= dup2(moved[index], index) < 0;
    if (!failed) {
        syscall(SYS_close_range, 4U, ~0U, 0U);
        char *const environment[] = {NULL};
        execve(path, arguments, environment);
    }
    int number = errno;
    ssize_t ignored = write(3, &number, sizeof number);
    (void)ignored;
    _exit(127);
}

pid_t muster_spawn_lasting(const char *path, char *const arguments[], int input, int output, int errors) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    const int streams[3] = {input, output, errors};
    pid_t child = fork();
    if (child == 0) become_lasting(path, arguments, streams, ends[1]);
    return muster_await_exec(child, ends);
}
