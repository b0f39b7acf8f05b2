#ifndef CLINUX_FILES_H
#define CLINUX_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
// listxattr(2), getxattr(2) and their kin, which Swift's view of the C library leaves out.
#include <sys/xattr.h>

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

/// syncfs(2), which Swift does not see: all that was written to the file system of a descriptor is on its disk then.
/// -1 with errno on failure.
int muster_sync_file_system(int descriptor);

/// Renames a file unless something has the new name: EEXIST then; EINVAL where the file system cannot do that
/// (renameat2(2)). -1 with errno on failure.
int muster_rename_new(const char *path, const char *name);

/// The process at the other end of a Unix socket: laid out as SO_PEERCRED gives it (struct ucred, unix(7)).
struct muster_peer {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
};

// What is needed to look at a tree that somebody else may change at the same time, and to give its entries away: each
// decision and each change is about an open descriptor, never about a name. All return -1 and set errno on failure.

/// What an open entry is.
struct muster_entry {
    uint64_t inode;
    uint64_t links;
    uint32_t mode;
    uid_t owner;
    gid_t group;
};

/// Holds what has that name in an open directory (`path` is one name), without opening it for reading or writing: the
/// entry itself and not what it points at, when it is a symbolic link. Does not leave the file system of the directory:
/// EXDEV. For the top of a tree, `directory` is AT_FDCWD (-100) and only the last part of `path` may not be a link.
int muster_hold_entry(int directory, const char *path, struct muster_entry *entry);

/// A descriptor to list a directory that is held.
int muster_list_held(int held);

/// Gives a held entry, whatever it is, to a user and group.
int muster_give_held(int held, uid_t owner, gid_t group);

#endif
