#define _GNU_SOURCE
#include "include/clinux_system.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Runs in a child of a process with many threads: only system calls, nothing of the C library that takes a lock.
static void watch(int line) {
    int group = 0, named = 0;
    for (;;) {
        ssize_t count = read(line, &named, sizeof named);
        if (count < 0 && errno == EINTR) continue;
        if (count != (ssize_t)sizeof named) break;
        group = named;
    }
    if (group > 1) kill(-group, SIGKILL);
    _exit(0);
}

static void become_watcher(int line, int other_end) {
    sigset_t all;
    sigfillset(&all);
    // Ctrl-C and a signal to the caller's group must not end the watch before the caller.
    sigprocmask(SIG_SETMASK, &all, NULL);
    setsid();
    pid_t process = fork();
    // The child's child belongs to process 1, so that the caller has none to wait for.
    if (process != 0) _exit(process > 0 ? 0 : 1);
    close(other_end);
    // Whoever reads the caller's output must not wait for this process, and no life line of another watcher may live
    // on here.
    if (line > 0) syscall(SYS_close_range, 0U, (unsigned)line - 1, 0U);
    syscall(SYS_close_range, (unsigned)line + 1, ~0U, 0U);
    watch(line);
}

int muster_watch_begin(void) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) return -1;
    pid_t process = fork();
    if (process == 0) become_watcher(ends[0], ends[1]);
    int error = process < 0 ? errno : 0;
    close(ends[0]);
    int status = 0;
    while (process > 0 && waitpid(process, &status, 0) < 0 && errno == EINTR) continue;
    if (!error && status != 0) error = EAGAIN;
    if (!error) return ends[1];
    close(ends[1]);
    errno = error;
    return -1;
}

int muster_watch_group(int line, int group) {
    ssize_t count;
    do {
        count = send(line, &group, sizeof group, MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return count == (ssize_t)sizeof group ? 0 : -1;
}
