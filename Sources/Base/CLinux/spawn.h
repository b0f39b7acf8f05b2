#ifndef CLINUX_SPAWN_H
#define CLINUX_SPAWN_H

#include <sys/types.h>

/* Waits until a forked child has started its program, or has written to ends[1] the errno of why it could not; that end
   closes by itself when the program starts. Closes both ends. Returns the child, or -1 with errno; the child is gone
   then. */
pid_t muster_await_exec(pid_t child, const int ends[2]);

#endif
