// The first program of a booting machine. The Swift runtime wants /proc to be there before it starts, and a program
// that is to be mounted needs /dev; so this mounts the kernel's own file systems and becomes the agent.
//
// It stands on nothing: no C library, no start files, only system calls. So it is 10 kB, and there is nothing in it
// that could be missing in an initramfs.

#include <linux/fcntl.h>
#include <linux/mount.h>
#include <asm/unistd.h>

// Without these words the compiler turns a loop into a call of strlen, and asks a thread's memory, which nobody has set
// up, for the stack's guard.
#define FREESTANDING __attribute__((no_builtin, no_stack_protector))

static const char agent[] = "/usr/lib/muster/muster-agent";

#if defined(__x86_64__)
static long call(long number, long a, long b, long c, long d, long e) {
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}
// The kernel leaves the number of arguments at the top of the stack.
__asm__(".globl _start\n_start: xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call early_init\n");
#elif defined(__aarch64__)
static long call(long number, long a, long b, long c, long d, long e) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
}
__asm__(".globl _start\n_start: mov x29, #0\n mov x0, sp\n bl early_init\n");
#else
#error "early-init knows no system calls for this architecture"
#endif

FREESTANDING static void say(const char *text) {
    long length = 0;
    while (text[length]) length++;
    call(__NR_write, 2, (long)text, length, 0, 0);
}

FREESTANDING static void say_number(long number) {
    char digits[24];
    int first = sizeof digits - 1;
    digits[first] = 0;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    say(digits + first);
}

FREESTANDING static void make_directory(const char *path) { call(__NR_mkdirat, AT_FDCWD, (long)path, 0755, 0, 0); }

FREESTANDING static void mount_at(const char *type, const char *path, unsigned long flags) {
    make_directory(path);
    long result = call(__NR_mount, (long)type, (long)path, (long)type, (long)flags, 0);
    // 16 is EBUSY: the kernel mounted /dev by itself.
    if (result < 0 && result != -16) {
        say("muster: cannot mount ");
        say(path);
        say(", error ");
        say_number(-result);
        say("\n");
    }
}

// Standard input, output and error: the console, when the kernel found none to give us.
FREESTANDING static void open_console(void) {
    long console = call(__NR_openat, AT_FDCWD, (long)"/dev/console", O_RDWR, 0, 0);
    if (console < 0) return;
    for (long descriptor = 0; descriptor < 3; descriptor++) {
        if (descriptor != console) call(__NR_dup3, console, descriptor, 0, 0, 0);
    }
    if (console > 2) call(__NR_close, console, 0, 0, 0, 0);
}

// Process 1 must never end: the kernel would stop the machine, and its last words would be lost.
FREESTANDING static void wait_for_ever(void) {
    const long day[2] = {86400, 0};
    for (;;) call(__NR_nanosleep, (long)day, 0, 0, 0, 0);
}

FREESTANDING __attribute__((used, noreturn)) void early_init(long *stack) {
    long count = stack[0];
    char **environment = (char **)(stack + 1 + count + 1);
    mount_at("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    mount_at("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    mount_at("devtmpfs", "/dev", MS_NOSUID);
    open_console();
    const char *arguments[] = {agent, "init", 0};
    long result = call(__NR_execve, (long)agent, (long)arguments, (long)environment, 0, 0);
    say("\nmuster: this machine cannot start: running ");
    say(agent);
    say(" failed with error ");
    say_number(-result);
    say(".\nmuster: check that the server's public/site/addons.cpio was loaded and fits this machine's processor.\n");
    wait_for_ever();
    __builtin_unreachable();
}
