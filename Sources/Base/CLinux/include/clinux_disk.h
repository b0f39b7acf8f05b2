#ifndef CLINUX_DISK_H
#define CLINUX_DISK_H

// What is needed to write a system to a disk and start from it, and Swift cannot call by itself. All return -1 and set
// errno on failure.

/// Has the kernel read the partition table of an open disk anew; EBUSY while a partition is in use.
int muster_reread_partitions(int disk);

/// Opens a disk so that nothing else can use it meanwhile, neither a mount nor a swap; EBUSY when something does.
int muster_open_disk(const char *path);

/// Brings everything to the disks and starts the machine anew at once. Returns only on failure.
int muster_restart(void);

#endif
