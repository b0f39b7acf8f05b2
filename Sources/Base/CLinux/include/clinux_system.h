#ifndef CLINUX_SYSTEM_H
#define CLINUX_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

// System calls that Swift cannot call by itself: variadic ones, and those that libc has no function for.
// All return -1 and set errno on failure.

/// finit_module(2). `flags` is 4 for a compressed file, else 0.
int muster_finit_module(int descriptor, const char *parameters, int flags);

/// Fills the buffer by getrandom(2), waiting until the kernel's generator is ready.
int muster_getrandom(void *buffer, size_t length);

/// Takes a free loop device and binds it read-only to the file. Its number is stored in `number`; the descriptor
/// that is returned keeps the device bound until it is mounted, and is to be closed then. With `is_direct` the file's
/// content is not kept in the kernel's memory on the way, where its file system can do that.
int muster_loop_configure(int file, int is_direct, int *number);

/// Nanoseconds since the kernel started, time asleep included.
int64_t muster_nanoseconds_since_boot(void);

/// Becomes another program with no arguments, as the first of a system: signals as at a start, no open files but the
/// terminal as standard streams. Returns only on failure.
int muster_become(const char *program, const char *terminal);

/// Waits for a child that ended and returns its process id; 0 when none has.
int muster_reap(int *status);

/// Starts a program in its own session with the terminal `path` as standard streams; its process id is returned.
int muster_spawn_on_terminal(const char *program, const char *path);

/// Starts a process that kills a process group when this process ends, however that happens. The descriptor that is
/// returned, close-on-exec, is its life line: closing it has the same effect as this process's end.
int muster_watch_begin(void);

/// Names the group that is to die with this process, in the place of one named before; 0 for none.
int muster_watch_group(int line, int group);

#endif
