#ifndef CLINUX_TETHERED_H
#define CLINUX_TETHERED_H

#include <stddef.h>
#include <sys/types.h>

/// What the process that serves a root file system needs of the system. All return -1 and set errno on failure.

/// A file in a directory that has no name there and goes with its last descriptor (O_TMPFILE).
int muster_open_nameless(const char *directory);

/// A file in memory with this content, to be read from its beginning.
int muster_memory_file(const void *content, size_t length);

/// Keeps all memory that this process has and will get where it is, from the first use on: none of it is swapped out or
/// has to be read from a file again. Left out is the program's own unchanged content, such as its code: the kernel may take
/// it away and read it from the program's file again, which has to lie in memory itself.
int muster_lock_memory(void);

/// Gives the system what was taken from it and is not used any more.
void muster_trim_memory(void);

/// Gives memory back to the kernel as soon as it is free, in pieces of 64 KiB and more: for a process that holds many
/// such pieces for a short time, and is small otherwise.
void muster_return_memory(void);

/// Starts a program that must live as long as the system does, in a session of its own: signals that ask to end are
/// ignored, and memory that it needs is never got by writing to a file system (PR_SET_IO_FLUSHER), which could be its
/// own. The first three descriptors are its only ones. Returns the process id.
pid_t muster_spawn_lasting(const char *path, char *const arguments[], int input, int output, int errors);

#endif
