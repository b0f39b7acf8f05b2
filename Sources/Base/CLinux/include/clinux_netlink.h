#ifndef CLINUX_NETLINK_H
#define CLINUX_NETLINK_H

#include <stdint.h>

/// A route netlink socket (RTNETLINK) whose reads end after five seconds; -1 and errno on failure.
int muster_netlink_open(void);

#endif
