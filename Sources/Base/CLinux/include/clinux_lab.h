#ifndef CLINUX_LAB_H
#define CLINUX_LAB_H

#include <sys/types.h>

/// What the lab's supervisor needs of the system and Swift cannot call by itself.
/// All return -1 and set errno on failure.

/// Starts a program in this process's environment and directory, else with a clean slate: all signals unblocked and
/// at their defaults, no descriptor inherited beyond the first three. `standard_input` -1 stands for /dev/null;
/// standard output and error both go to `output`. A `new_session` cuts it off from the terminal. Returns the process
/// id.
pid_t muster_spawn(
    const char *path, char *const arguments[], int standard_input, int output, int new_session);

/// Starts a program with this process's standard input, output and error, directory and session, an environment of its
/// own, all signals unblocked and at their defaults, and no other descriptor. Returns the process id.
pid_t muster_spawn_foreground(const char *path, char *const arguments[], char *const environment[]);

/// From now on each of these signals is written, as one octet that holds its number, to a pipe, instead of doing what
/// it would. Returns the end to read from, which does not block. Callable once in a process.
int muster_signal_pipe(const int *signals, int count);

/// The process that listens at, or connected to, the other end of a Unix socket, as this process would name it.
pid_t muster_peer_process(int descriptor);

/// A descriptor for a process, which becomes readable when the process has ended (pidfd_open(2)).
int muster_pidfd_open(pid_t process);

/// Sends a signal to the very process that the descriptor stands for (pidfd_send_signal(2)).
int muster_pidfd_signal(int descriptor, int signal);

#endif
