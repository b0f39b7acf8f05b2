#include "spawn.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t muster_await_exec(pid_t child, const int ends[2]) {
    int number = errno;
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        errno = number;
        return -1;
    }
    ssize_t count;
    do count = read(ends[0], &number, sizeof number);
    while (count < 0 && errno == EINTR);
    close(ends[0]);
    if (count != (ssize_t)sizeof number) return child;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
    errno = number;
    return -1;
}
