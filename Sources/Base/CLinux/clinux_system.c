#define _GNU_SOURCE
#include "include/clinux_system.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int muster_finit_module(int descriptor, const char *parameters, int flags) {
    return (int)syscall(SYS_finit_module, descriptor, parameters, flags);
}

int muster_getrandom(void *buffer, size_t length) {
    uint8_t *next = buffer;
    while (length > 0) {
        ssize_t count = getrandom(next, length, 0);
        if (count < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        next += count;
        length -= (size_t)count;
    }
    return 0;
}

static int close_keeping_errno(int descriptor) {
    int saved = errno;
    close(descriptor);
    errno = saved;
    return -1;
}

int muster_loop_configure(int file, int is_direct, int *number) {
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
    if (control < 0) return -1;
    // Another process may take the same free device first: then the kernel says so, and the next one is tried.
    for (int attempt = 0; attempt < 16; attempt++) {
        *number = ioctl(control, LOOP_CTL_GET_FREE);
        if (*number < 0) return close_keeping_errno(control);
        char path[32];
        snprintf(path, sizeof path, "/dev/loop%d", *number);
        int loop = open(path, O_RDWR | O_CLOEXEC);
        if (loop < 0) return close_keeping_errno(control);
        struct loop_config configuration = {.fd = (uint32_t)file};
        configuration.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR | (is_direct ? LO_FLAGS_DIRECT_IO : 0);
        if (ioctl(loop, LOOP_CONFIGURE, &configuration) == 0) {
            close(control);
            return loop;
        }
        close_keeping_errno(loop);
        if (errno != EBUSY) break;
    }
    return close_keeping_errno(control);
}

int64_t muster_nanoseconds_since_boot(void) {
    struct timespec time;
    if (clock_gettime(CLOCK_BOOTTIME, &time) != 0) return -1;
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int take_terminal(const char *path) {
    int terminal = open(path, O_RDWR);
    if (terminal < 0) return -1;
    ioctl(terminal, TIOCSCTTY, 1);
    for (int descriptor = 0; descriptor < 3; descriptor++) dup2(terminal, descriptor);
    if (terminal > 2) close(terminal);
    return 0;
}

int muster_become(const char *program, const char *terminal) {
    // A thread of the concurrency runtime has signals blocked, and a mask is handed down.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    take_terminal(terminal);
    // CLOSE_RANGE_CLOEXEC, so that a failure still has its files. Kernels before 5.11 do not know it: no harm done.
    syscall(SYS_close_range, 3, ~0U, 4);
    char *const arguments[] = {(char *)program, NULL};
    char *const environment[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=linux", NULL};
    return execve(program, arguments, environment);
}

int muster_reap(int *status) {
    int process = waitpid(-1, status, WNOHANG);
    return process < 0 && errno == ECHILD ? 0 : process;
}

int muster_spawn_on_terminal(const char *program, const char *path) {
    int process = fork();
    if (process != 0) return process;
    // Between fork and exec only what is safe in a process that had threads.
    setsid();
    if (take_terminal(path) == 0) {
        char *const arguments[] = {(char *)program, NULL};
        char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "TERM=linux", NULL};
        execve(program, arguments, environment);
    }
    _exit(127);
}
