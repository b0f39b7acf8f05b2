#define _GNU_SOURCE
#include "clinux_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// O_NONBLOCK: opening a FIFO must not wait for its writer.
#define READ_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

static int open_beneath(int root, const char *path, uint64_t flags, uint64_t resolve) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = flags;
    how.resolve = resolve | RESOLVE_NO_MAGICLINKS;
    for (int attempt = 0; attempt < 8; attempt++) {
        long descriptor = syscall(SYS_openat2, root, path, &how, sizeof how);
        // EAGAIN: something was renamed on the way while the kernel looked.
        if (descriptor >= 0 || (errno != EAGAIN && errno != EINTR)) return (int)descriptor;
    }
    return -1;
}

static void fill(struct muster_file_info *info, const struct stat *status) {
    info->device = (uint64_t)status->st_dev;
    info->inode = (uint64_t)status->st_ino;
    info->size = (int64_t)status->st_size;
    info->modified = (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
    info->changed = (int64_t)status->st_ctim.tv_sec * 1000000000 + status->st_ctim.tv_nsec;
}

static int real_path(int descriptor, char *buffer, size_t length) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, buffer, length - 1);
    if (count < 0) return -1;
    if ((size_t)count >= length - 1) {
        errno = ENAMETOOLONG;
        return -1;
    }
    buffer[count] = 0;
    return 0;
}

// Finds the root that a resolved file lies in. The descriptor that is given holds the file but cannot read it (O_PATH);
// what is returned was opened beneath that root, or is the very same file.
static int reopen(const int *roots, size_t count, int found) {
    char path[PATH_MAX];
    char root[PATH_MAX];
    if (real_path(found, path, sizeof path) < 0) return -1;
    for (size_t index = 0; index < count; index++) {
        if (real_path(roots[index], root, sizeof root) < 0) continue;
        size_t length = strlen(root);
        if (strncmp(path, root, length) != 0 || path[length] != '/') continue;
        int descriptor = open_beneath(roots[index], path + length + 1, READ_FLAGS, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
        if (descriptor >= 0 || (errno != ENOSYS && errno != EPERM)) return descriptor;
        // A kernel before 5.6 or a filter that does not know openat2: the file itself was seen to lie inside.
        snprintf(root, sizeof root, "/proc/self/fd/%d", found);
        return open(root, READ_FLAGS);
    }
    errno = EXDEV;
    return -1;
}

static int open_through_links(const int *roots, size_t count, const char *path) {
    int found = openat(roots[0], path, O_PATH | O_CLOEXEC);
    if (found < 0) return -1;
    struct stat status;
    int descriptor = -1;
    if (fstat(found, &status) == 0) {
        if (S_ISREG(status.st_mode)) {
            descriptor = reopen(roots, count, found);
        } else {
            errno = S_ISDIR(status.st_mode) ? EISDIR : EACCES;
        }
    }
    int error = errno;
    close(found);
    errno = error;
    return descriptor;
}

int muster_open_within(const int *roots, size_t count, const char *path, struct muster_file_info *info) {
    if (count == 0 || path[0] == '/' || path[0] == 0) {
        errno = count == 0 ? ENOENT : EXDEV;
        return -1;
    }
    int descriptor = open_beneath(roots[0], path, READ_FLAGS, RESOLVE_BENEATH);
    if (descriptor < 0 && (errno == EXDEV || errno == ENOSYS || errno == EPERM)) {
        descriptor = open_through_links(roots, count, path);
    }
    if (descriptor < 0) return -1;
    struct stat status;
    if (fstat(descriptor, &status) < 0 || !S_ISREG(status.st_mode)) {
        int error = S_ISDIR(status.st_mode) ? EISDIR : EACCES;
        close(descriptor);
        errno = error;
        return -1;
    }
    fill(info, &status);
    return descriptor;
}

int muster_open_directory(const char *path) { return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

int muster_stat_at(int directory, const char *path, struct muster_file_info *info) {
    struct stat status;
    if (fstatat(directory, path, &status, 0) < 0) return -1;
    fill(info, &status);
    return 0;
}

int muster_stat_descriptor(int descriptor, struct muster_file_info *info) {
    struct stat status;
    if (fstat(descriptor, &status) < 0) return -1;
    fill(info, &status);
    return 0;
}

int muster_sync_file_system(int descriptor) { return syncfs(descriptor); }

// <linux/fs.h> has it too, and much that is in the way of other headers.
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

int muster_rename_new(const char *source, const char *target) {
    if (syscall(SYS_renameat2, AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    struct stat status;
    if (lstat(target, &status) == 0) {
        errno = EEXIST;
        return -1;
    }
    return rename(source, target);
}
