#define _GNU_SOURCE
#include "include/clinux_disk.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <unistd.h>

int muster_reread_partitions(int disk) { return ioctl(disk, BLKRRPART); }

int muster_open_disk(const char *path) { return open(path, O_RDWR | O_EXCL | O_CLOEXEC); }

int muster_restart(void) {
    sync();
    return reboot(RB_AUTOBOOT);
}
