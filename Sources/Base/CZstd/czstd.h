// libzstd of the system (Debian: libzstd-dev).
#include <zstd.h>
