/* Gives libcamera its picture memory on a kernel without udmabuf and dma_heap: those two devices, made of memfds.
 * Loaded before libcamera by LD_PRELOAD; for the tests alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static int is_ours(const char *path) {
    return path && (strcmp(path, "/dev/udmabuf") == 0 || strncmp(path, "/dev/dma_heap/", 14) == 0);
}

#define WITH_MODE(mode, flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, int); \
        va_end(rest); \
    }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        WITH_MODE(mode, flags) \
        if (is_ours(path)) return memfd_create("device", MFD_CLOEXEC); \
        return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name))(path, flags, mode); \
    }

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        WITH_MODE(mode, flags) \
        if (is_ours(path)) return memfd_create("device", MFD_CLOEXEC); \
        return ((int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, #name))(folder, path, flags, mode); \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

static int heap_memory(struct dma_heap_allocation_data *wanted) {
    int memory = memfd_create("buffer", MFD_CLOEXEC);
    if (memory < 0 || ftruncate(memory, wanted->len) < 0) return -1;
    wanted->fd = memory;
    return 0;
}

int ioctl(int device, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    switch ((unsigned int)request) {
    case (unsigned int)UDMABUF_CREATE:
        return fcntl(((struct udmabuf_create *)argument)->memfd, F_DUPFD_CLOEXEC, 0);
    case (unsigned int)DMA_HEAP_IOCTL_ALLOC:
        return heap_memory(argument);
    case (unsigned int)DMA_BUF_IOCTL_SYNC:
    case (unsigned int)DMA_BUF_SET_NAME_A:
    case (unsigned int)DMA_BUF_SET_NAME_B:
        return 0;
    default:
        return ((int (*)(int, unsigned long, void *))dlsym(RTLD_NEXT, "ioctl"))(device, request, argument);
    }
}
