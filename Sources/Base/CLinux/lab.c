#define _GNU_SOURCE
#include "include/clinux_lab.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/// An `output` of -1 leaves all three streams as they are.
static int prepare_files(posix_spawn_file_actions_t *actions, int standard_input, int output) {
    int error = 0;
    if (output >= 0) {
        error = standard_input < 0
                    ? posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0)
                    : posix_spawn_file_actions_adddup2(actions, standard_input, 0);
        if (!error) error = posix_spawn_file_actions_adddup2(actions, output, 1);
        if (!error) error = posix_spawn_file_actions_adddup2(actions, output, 2);
    }
    if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    return error;
}

static int prepare_signals(posix_spawnattr_t *attributes, int new_session) {
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    int error = posix_spawnattr_setsigdefault(attributes, &all);
    if (!error) error = posix_spawnattr_setsigmask(attributes, &none);
    short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    if (new_session) flags |= POSIX_SPAWN_SETSID;
    if (!error) error = posix_spawnattr_setflags(attributes, flags);
    return error;
}

static pid_t spawn(
    const char *path, char *const arguments[], char *const environment[], int standard_input, int output,
    int new_session) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t process = -1;
    int error = posix_spawn_file_actions_init(&actions);
    if (error) goto failed;
    error = posix_spawnattr_init(&attributes);
    if (error) goto failed_after_actions;
    error = prepare_files(&actions, standard_input, output);
    if (!error) error = prepare_signals(&attributes, new_session);
    if (!error) error = posix_spawn(&process, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
failed_after_actions:
    posix_spawn_file_actions_destroy(&actions);
failed:
    if (!error) return process;
    errno = error;
    return -1;
}

pid_t muster_spawn(
    const char *path, char *const arguments[], int standard_input, int output, int new_session) {
    return spawn(path, arguments, environ, standard_input, output, new_session);
}

pid_t muster_spawn_foreground(const char *path, char *const arguments[], char *const environment[]) {
    return spawn(path, arguments, environment, -1, -1, 0);
}

static volatile int signal_pipe_end = -1;

static void write_signal(int number) {
    int saved = errno;
    uint8_t octet = (uint8_t)number;
    // A full pipe loses nothing: whoever reads it looks at all that may have happened.
    ssize_t ignored = write(signal_pipe_end, &octet, 1);
    (void)ignored;
    errno = saved;
}

int muster_signal_pipe(const int *signals, int count) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return -1;
    signal_pipe_end = ends[1];
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = write_signal;
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    for (int index = 0; index < count; index++) {
        struct sigaction before;
        if (sigaction(signals[index], NULL, &before) < 0) return -1;
        // Under nohup the end of the terminal ends nothing.
        if (signals[index] == SIGHUP && before.sa_handler == SIG_IGN) continue;
        if (sigaction(signals[index], &action, NULL) < 0) return -1;
    }
    return ends[0];
}

pid_t muster_peer_process(int descriptor) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return -1;
    if (peer.pid > 0) return peer.pid;
    errno = ESRCH;
    return -1;
}

int muster_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int muster_pidfd_signal(int descriptor, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0);
}
