#define _GNU_SOURCE
#include "clinux_root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int muster_open_in_root(int root, const char *path, int flags, mode_t mode) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (unsigned)flags | O_CLOEXEC;
    how.mode = flags & O_CREAT ? mode : 0;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    for (int attempt = 0; attempt < 8; attempt++) {
        long descriptor = syscall(SYS_openat2, root, path, &how, sizeof how);
        // EAGAIN: something was renamed on the way while the kernel looked.
        if (descriptor >= 0 || (errno != EAGAIN && errno != EINTR)) return (int)descriptor;
    }
    return -1;
}

int muster_exchange(int directory, const char *one, const char *other) {
    return renameat2(directory, one, directory, other, RENAME_EXCHANGE);
}

int muster_rename_new_at(int directory, const char *name, const char *target) {
    if (renameat2(directory, name, directory, target, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL) return -1;
    // A file system that cannot see to it at the same moment.
    struct stat status;
    if (fstatat(directory, target, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat(directory, name, directory, target);
}
