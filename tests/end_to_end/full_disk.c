/* Stands in for a disk without room, for a program that it is preloaded into (ld.so(8)): while the
 * file that CLONED_FULL_DISK names is there, no database and no log of one grows, and nothing is
 * free. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

typedef ssize_t (*pwrite_call)(int, const void*, size_t, off_t);

static int ends_with(const char* text, const char* end) {
    const size_t all = strlen(text);
    const size_t part = strlen(end);
    return all >= part && strcmp(text + all - part, end) == 0;
}

static int is_full(void) {
    const char* sign = getenv("CLONED_FULL_DISK");
    return sign != NULL && access(sign, F_OK) == 0;
}

static int has_no_room(int descriptor, size_t count, off_t at) {
    char link[64];
    char path[4096];
    struct stat is;
    if (!is_full()) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = '\0';
    if (!ends_with(path, ".db") && !ends_with(path, ".db-wal")) return 0;
    return fstat(descriptor, &is) == 0 && at + (off_t)count > is.st_size;
}

typedef int (*statvfs_call)(const char*, struct statvfs*);

int statvfs(const char* path, struct statvfs* room) {
    static statvfs_call real;
    if (real == NULL) real = (statvfs_call)dlsym(RTLD_NEXT, "statvfs");
    const int answer = real(path, room);
    if (answer == 0 && is_full()) room->f_bavail = 0;
    return answer;
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off_t at) {
    static pwrite_call real;
    if (real == NULL) real = (pwrite_call)dlsym(RTLD_NEXT, "pwrite64");
    if (has_no_room(descriptor, count, at)) {
        errno = ENOSPC;
        return -1;
    }
    return real(descriptor, bytes, count, at);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t at) {
    return pwrite64(descriptor, bytes, count, at);
}
