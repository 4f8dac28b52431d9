// Declarations of Linux system calls that Swift's Glibc module leaves out (epoll(7), eventfd(2), accept4(2)).
#ifndef PHANTOM_CEPOLL_H
#define PHANTOM_CEPOLL_H
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
#endif
