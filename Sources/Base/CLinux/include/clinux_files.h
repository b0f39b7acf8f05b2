#ifndef CLINUX_FILES_H
#define CLINUX_FILES_H

#include <stddef.h>
#include <stdint.h>

/// What tells one content of a file from another.
struct muster_file_info {
    uint64_t device;
    uint64_t inode;
    int64_t size;
    /// Nanoseconds since 1970.
    int64_t modified;
    int64_t changed;
};

/// Opens a regular file for reading so that it cannot lie outside the given directories, whatever `..` and symbolic
/// links are on the way. `path` is relative to `roots[0]`; a link may lead into any of the `count` roots.
/// Returns a descriptor, or -1 with errno: EXDEV outside, EISDIR or EACCES not a regular file, ENOENT, ….
int muster_open_within(const int *roots, size_t count, const char *path, struct muster_file_info *info);

/// Opens a directory to be used as a root. -1 with errno on failure.
int muster_open_directory(const char *path);

/// stat(2) relative to a directory, following links: only to see whether a file that was opened before is still the same.
int muster_stat_at(int directory, const char *path, struct muster_file_info *info);

/// fstat(2).
int muster_stat_descriptor(int descriptor, struct muster_file_info *info);

/// The process at the other end of a Unix socket: laid out as SO_PEERCRED gives it (struct ucred, unix(7)).
struct muster_peer {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
};

#endif
