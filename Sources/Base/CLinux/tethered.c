#define _GNU_SOURCE
#include "include/clinux_tethered.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif

static int close_keeping_errno(int descriptor) {
    int saved = errno;
    close(descriptor);
    errno = saved;
    return -1;
}

int muster_open_nameless(const char *directory) { return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); }

int muster_memory_file(const void *content, size_t length) {
    int descriptor = memfd_create("muster", MFD_CLOEXEC);
    if (descriptor < 0) return -1;
    size_t done = 0;
    while (done < length) {
        ssize_t count = write(descriptor, (const char *)content + done, length - done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return close_keeping_errno(descriptor);
        done += (size_t)count;
    }
    if (lseek(descriptor, 0, SEEK_SET) < 0) return close_keeping_errno(descriptor);
    return descriptor;
}

static int unlock_unchanged(struct dl_phdr_info *object, size_t size, void *unused) {
    (void)size;
    (void)unused;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[index];
        if (part->p_type != PT_LOAD || part->p_flags & PF_W) continue;
        uintptr_t start = (object->dlpi_addr + part->p_vaddr) / page * page;
        munlock((void *)start, object->dlpi_addr + part->p_vaddr + part->p_memsz - start);
    }
    // The first is the program; others are libraries.
    return 1;
}

int muster_lock_memory(void) {
    if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0) return -1;
    dl_iterate_phdr(unlock_unchanged, NULL);
    return 0;
}

void muster_trim_memory(void) { malloc_trim(0); }

void muster_return_memory(void) {
    mallopt(M_ARENA_MAX, 2);
    // Set by hand, it does not grow to 32 MiB by itself.
    mallopt(M_MMAP_THRESHOLD, 64 << 10);
    mallopt(M_TRIM_THRESHOLD, 128 << 10);
}

// Runs in the child of a process with many threads: system calls only.
static void become_lasting(const char *path, char *const arguments[], const int streams[3], int report) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    for (int number = 1; number < NSIG; number++) {
        int is_ignored = number == SIGTERM || number == SIGHUP || number == SIGINT || number == SIGPIPE;
        action.sa_handler = is_ignored ? SIG_IGN : SIG_DFL;
        sigaction(number, &action, NULL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    // Linux before 5.6 does not know it.
    prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
    setsid();
    // First out of the way of 0 to 2, as one may stand where another is to go.
    int moved[3];
    for (int index = 0; index < 3; index++) moved[index] = fcntl(streams[index], F_DUPFD, 4);
    if (report != 3) dup2(report, 3);
    fcntl(3, F_SETFD, FD_CLOEXEC);
    int failed = 0;
    for (int index = 0; index < 3; index++) failed |= dup2(moved[index], index) < 0;
    if (!failed) {
        syscall(SYS_close_range, 4U, ~0U, 0U);
        char *const environment[] = {NULL};
        execve(path, arguments, environment);
    }
    int number = errno;
    ssize_t ignored = write(3, &number, sizeof number);
    (void)ignored;
    _exit(127);
}

pid_t muster_spawn_lasting(const char *path, char *const arguments[], int input, int output, int errors) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    const int streams[3] = {input, output, errors};
    pid_t child = fork();
    if (child == 0) become_lasting(path, arguments, streams, ends[1]);
    return muster_await_exec(child, ends);
}
