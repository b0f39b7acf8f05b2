#ifndef CLINUX_TETHERED_H
#define CLINUX_TETHERED_H

#include <stddef.h>
#include <sys/types.h>

/// What the process that serves a root file system needs of the system. All return -1 and set errno on failure.

/// A file in a directory that has no name there and goes with its last descriptor (O_TMPFILE).
int muster_open_nameless(const char *directory);

/// A file in memory with this content, to be read from its beginning.
int muster_memory_file(const void *content, size_t length);

/// Two ends of a connection between processes of this machine.
int muster_socket_pair(int ends[2]);

/// Gives the process at the other end of such a connection an open file.
int muster_send_descriptor(int socket, int descriptor);

/// Waits for an open file from the other end; ENODATA when that end is closed.
int muster_receive_descriptor(int socket);

/// Keeps all memory that this process has and will get where it is, from the first use on: none of it is swapped out.
/// Left out is what the program's file stands behind, such as its code: the kernel may take it away and read it from that
/// file again, which has to lie in memory itself.
int muster_lock_memory(void);

/// Gives the system what was taken from it and is not used any more. What is locked is unlocked for that moment.
void muster_trim_memory(void);

/// Keeps what is free for what is wanted next, until it is trimmed, and takes it from few places: for a process that holds
/// many pieces of 64 KiB and more for a short time. Mapped anew each time, they would cost a fault for each page. Threads
/// that are made later have a stack of 1 MiB. To be called before there are others.
void muster_reuse_memory(void);

/// Starts a program that must live as long as the system does, in a session of its own: signals that ask to end are
/// ignored, and memory that it needs is never got by writing to a file system (PR_SET_IO_FLUSHER), which could be its
/// own. The first three descriptors are its only ones. Returns the process id.
pid_t muster_spawn_lasting(const char *path, char *const arguments[], int input, int output, int errors);

#endif
