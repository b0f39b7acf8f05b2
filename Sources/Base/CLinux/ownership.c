#define _GNU_SOURCE
#include "clinux_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HOLD_FLAGS (O_PATH | O_NOFOLLOW | O_CLOEXEC)

// In the place of NO_XDEV: EXDEV for a directory of another device. On overlayfs the devices of files differ from those
// of directories, so files are not asked.
static int within_device(int directory, int held) {
    struct stat parent, child;
    if (held < 0) return held;
    int error = 0;
    if (fstat(directory, &parent) < 0 || fstat(held, &child) < 0)
        error = errno;
    else if (S_ISDIR(child.st_mode) && child.st_dev != parent.st_dev)
        error = EXDEV;
    if (!error) return held;
    close(held);
    errno = error;
    return -1;
}

static int hold(int directory, const char *name) {
    if (directory == AT_FDCWD) return open(name, HOLD_FLAGS);
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = HOLD_FLAGS;
    // NO_XDEV also sees a part of the same file system that is mounted here, which st_dev does not tell.
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    long held = -1;
    for (int attempt = 0; attempt < 8; attempt++) {
        held = syscall(SYS_openat2, directory, name, &how, sizeof how);
        // EAGAIN: something was renamed on the way while the kernel looked.
        if (held >= 0 || (errno != EAGAIN && errno != EINTR)) break;
    }
    // A kernel before 5.6, or a filter that does not know openat2: one name without a slash cannot lead far.
    if (held < 0 && (errno == ENOSYS || errno == EPERM) && !strchr(name, '/') && strcmp(name, "..") != 0)
        return within_device(directory, openat(directory, name, HOLD_FLAGS));
    return (int)held;
}

int muster_hold_entry(int directory, const char *path, struct muster_entry *entry) {
    int held = hold(directory, path);
    if (held < 0) return -1;
    struct stat status;
    if (fstat(held, &status) < 0) {
        int error = errno;
        close(held);
        errno = error;
        return -1;
    }
    entry->inode = (uint64_t)status.st_ino;
    entry->links = (uint64_t)status.st_nlink;
    entry->mode = (uint32_t)status.st_mode;
    entry->owner = status.st_uid;
    entry->group = status.st_gid;
    return held;
}

int muster_list_held(int held) { return openat(held, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }

int muster_give_held(int held, uid_t owner, gid_t group) {
    return fchownat(held, "", owner, group, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
}
