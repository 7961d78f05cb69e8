/*
 * What a program does that links libvotequorum: client CASE N [ROUNDS].
 * Prints one line of JSON, with the same keys as our client prints.
 */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <corosync/votequorum.h>

#define TRY(call) \
    do { \
        int code = (int)(call); \
        if (code != CS_OK) { \
            fprintf(stderr, "line %d: %s: %d\n", __LINE__, #call, code); \
            exit(1); \
        } \
    } while (0)

static uint64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* What was measured so far, and since when it is being measured. */
static struct {
    uint64_t ns, cpu_ns, from, cpu_from;
} meter;

static void meter_start(void) {
    meter.from = now(CLOCK_MONOTONIC);
    meter.cpu_from = now(CLOCK_PROCESS_CPUTIME_ID);
}

static void meter_stop(void) {
    meter.ns += now(CLOCK_MONOTONIC) - meter.from;
    meter.cpu_ns += now(CLOCK_PROCESS_CPUTIME_ID) - meter.cpu_from;
}

static void print(uint64_t ops, const char *more) {
    printf("{\"ops\":%llu,\"ns\":%llu,\"cpu_ns\":%llu%s}\n", (unsigned long long)ops,
           (unsigned long long)meter.ns, (unsigned long long)meter.cpu_ns, more);
}

/* How many notifications came, and when to stop at once. */
static uint64_t came, wanted = UINT64_MAX;

static void count(void) {
    if (++came == wanted) {
        meter_stop();
        print(came, "");
        exit(0);
    }
}

static void quorum_came(votequorum_handle_t handle, uint64_t context, uint32_t quorate,
                        uint32_t entries, votequorum_node_t nodes[]) {
    (void)handle, (void)context, (void)quorate, (void)entries, (void)nodes;
    count();
}

static void expected_came(votequorum_handle_t handle, uint64_t context, uint32_t expected) {
    (void)handle, (void)context, (void)expected;
    count();
}

static votequorum_handle_t connect_to_daemon(void) {
    votequorum_callbacks_t callbacks = {
        .votequorum_quorum_notify_fn = quorum_came,
        .votequorum_expectedvotes_notify_fn = expected_came,
    };
    votequorum_handle_t handle;
    TRY(votequorum_initialize(&handle, &callbacks));
    return handle;
}

static int descriptor(votequorum_handle_t handle) {
    int fd;
    TRY(votequorum_fd_get(handle, &fd));
    return fd;
}

/* N calls, one after the other. */
static void rtt(uint64_t n) {
    votequorum_handle_t handle = connect_to_daemon();
    struct votequorum_info info;
    TRY(votequorum_getinfo(handle, 0, &info));
    meter_start();
    for (uint64_t i = 0; i < n; i++) {
        TRY(votequorum_getinfo(handle, 0, &info));
    }
    meter_stop();
    print(n, "");
}

/* N connections, one after the other, opened and closed. */
static void connections(uint64_t n) {
    meter_start();
    for (uint64_t i = 0; i < n; i++) {
        TRY(votequorum_finalize(connect_to_daemon()));
    }
    meter_stop();
    print(n, "");
}

/* N notifications that are there already, so many times. */
static void drain(uint64_t n, uint64_t rounds) {
    votequorum_handle_t handle = connect_to_daemon(), trigger = connect_to_daemon();
    TRY(votequorum_trackstart(handle, 1, CS_TRACK_CHANGES));
    struct pollfd fd = {.fd = descriptor(handle), .events = POLLIN};
    for (uint64_t round = 0; round < rounds; round++) {
        TRY(votequorum_setexpected(trigger, (unsigned)n));
        came = 0;
        meter_start();
        while (came < n) {
            poll(&fd, 1, -1);
            TRY(votequorum_dispatch(handle, CS_DISPATCH_ALL));
        }
        meter_stop();
    }
    print(n * rounds, "");
}

/* N notifications of a daemon that another process keeps busy. */
static void stream(uint64_t n) {
    votequorum_handle_t handle = connect_to_daemon();
    TRY(votequorum_trackstart(handle, 1, CS_TRACK_CHANGES));
    struct pollfd fd = {.fd = descriptor(handle), .events = POLLIN};
    while (came == 0) {
        poll(&fd, 1, -1);
        TRY(votequorum_dispatch(handle, CS_DISPATCH_ALL));
    }
    came = 0, wanted = n;
    meter_start();
    for (;;) {
        poll(&fd, 1, -1);
        TRY(votequorum_dispatch(handle, CS_DISPATCH_ALL));
    }
}

/* A number of /proc/self/status. */
static long status(const char *key) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long value = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            value = atol(line + strlen(key));
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return value;
}

/* What the daemon keeps in shared memory for this process, in KiB. */
static long daemon_kib(void) {
    char command[128];
    snprintf(command, sizeof command, "du -skc /dev/shm/qb-*-%d-* | tail -1", (int)getpid());
    FILE *output = popen(command, "r");
    long kib = 0;
    if (output == NULL || fscanf(output, "%ld", &kib) != 1) {
        fprintf(stderr, "no answer from du\n");
        exit(1);
    }
    pclose(output);
    return kib;
}

/* N connections that track, told of a change so many times. */
static void tracked(uint64_t n, uint64_t rounds) {
    votequorum_handle_t *handles = calloc(n, sizeof *handles), control = connect_to_daemon();
    struct pollfd *fds = calloc(n, sizeof *fds);
    long anon = status("RssAnon:"), shmem = status("RssShmem:");
    for (uint64_t i = 0; i < n; i++) {
        handles[i] = connect_to_daemon();
        TRY(votequorum_trackstart(handles[i], i, CS_TRACK_CHANGES));
        fds[i] = (struct pollfd){.fd = descriptor(handles[i]), .events = POLLIN};
    }
    anon = status("RssAnon:") - anon, shmem = status("RssShmem:") - shmem;
    for (uint64_t round = 0; round < rounds; round++) {
        came = 0;
        meter_start();
        TRY(votequorum_setexpected(control, 1));
        while (came < n) {
            poll(fds, n, -1);
            for (uint64_t i = 0; i < n; i++) {
                if (fds[i].revents != 0) {
                    TRY(votequorum_dispatch(handles[i], CS_DISPATCH_ALL));
                }
            }
        }
        meter_stop();
    }
    char more[160];
    snprintf(more, sizeof more,
             ",\"rss_anon_kib\":%ld,\"rss_shmem_kib\":%ld,\"daemon_kib\":%ld,\"threads\":%ld",
             anon, shmem, daemon_kib(), status("Threads:"));
    print(rounds, more);
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    uint64_t rounds = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    if (strcmp(what, "rtt") == 0) {
        rtt(n);
    } else if (strcmp(what, "connect") == 0) {
        connections(n);
    } else if (strcmp(what, "drain") == 0) {
        drain(n, rounds);
    } else if (strcmp(what, "stream") == 0) {
        stream(n);
    } else if (strcmp(what, "tracked") == 0) {
        tracked(n, rounds);
    } else {
        fprintf(stderr, "usage: client rtt|connect|drain|stream|tracked N [ROUNDS]\n");
        return 2;
    }
    return 0;
}
