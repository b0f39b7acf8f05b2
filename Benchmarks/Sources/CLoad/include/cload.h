// System calls that Swift's Glibc module does not have.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// A set of descriptors to be waited for; -1 and errno on failure.
int load_wait_set(void);
/// Adds a descriptor to it under a number.
int load_wait_add(int set, int descriptor, uint32_t number);
/// Waits, and writes the numbers of those that can be read. Returns how many.
int load_wait(int set, uint32_t *numbers, int capacity, int milliseconds);
/// Takes up to `batch` datagrams of at most `size` octets each, one behind the other in `space`, in one system call.
/// Returns how many.
int load_receive(int descriptor, uint8_t *space, size_t size, unsigned batch, uint32_t *lengths);
/// Keeps the calling thread, and what it starts, to one processor. Returns -1 and errno on failure.
int load_pin(int processor);
/// Lets it run on all processors again.
int load_unpin(void);
/// Copies memory; the compiler cannot see that nobody reads it.
void load_copy(void *target, const void *source, size_t size);
