#ifndef CLINUX_ROOT_H
#define CLINUX_ROOT_H

#include <sys/types.h>

// What is needed to change files of a root file system that is not this process's own, and may hold links that lead
// anywhere. All return -1 and set errno on failure.

/// Opens what a path leads to as if `root` were `/`: links, `..` and absolute paths stay below it (openat2(2),
/// RESOLVE_IN_ROOT; Linux 5.6). The descriptor is closed when a program is executed.
int muster_open_in_root(int root, const char *path, int flags, mode_t mode);

/// Has two entries of a directory change their names at one moment (renameat2(2), RENAME_EXCHANGE).
int muster_exchange(int directory, const char *one, const char *other);

/// Gives an entry of a directory a name that nothing has yet: EEXIST otherwise.
int muster_rename_new_at(int directory, const char *name, const char *target);

#endif
