/*
 * A client of libqb, as a judge of our server. One case per run: client CASE SERVICE [N].
 * Exits with 0 if the server behaved, and says what it did not do otherwise.
 *
 * What the server does is in the id of a request:
 *   1 echo   2 nothing   3 N events of 64 bytes, then the answer   4 close   5 stop   6 events of all sizes
 *   7 exit   8 die without cleaning up
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <qb/qbipcc.h>

#define MAX_MSG 65536
#define LARGEST (8 * 1024 * 1024)
#define SECONDS(n) ((n) * 1000)

static char out[LARGEST + 1];
static char in[LARGEST + 1];

#define CHECK(that) \
    do { \
        if (!(that)) { \
            fprintf(stderr, "line %d: not so: %s (errno %d)\n", __LINE__, #that, errno); \
            exit(1); \
        } \
    } while (0)

static struct iovec request(int id, size_t len)
{
    struct qb_ipc_request_header *header = (struct qb_ipc_request_header *)out;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)(i % 251);
    header->id = id;
    header->size = (int)len;
    return (struct iovec){ out, len };
}

static qb_ipcc_connection_t *connect_to(const char *service)
{
    qb_ipcc_connection_t *c = qb_ipcc_connect(service, MAX_MSG);
    CHECK(c != NULL);
    CHECK(qb_ipcc_is_connected(c));
    return c;
}

static void check_answer(ssize_t got, int id, size_t len)
{
    struct qb_ipc_response_header *header = (struct qb_ipc_response_header *)in;
    CHECK(got == (ssize_t)len);
    CHECK(header->id == id);
    CHECK(header->size == (int)len);
    CHECK(header->error == 0);
    for (size_t i = sizeof(*header); i < len; i++)
        CHECK(in[i] == (char)(i % 251));
}

static void echo(qb_ipcc_connection_t *c, size_t len, int timeout)
{
    struct iovec iov = request(1, len);
    size_t answer = len < sizeof(struct qb_ipc_response_header)
        ? sizeof(struct qb_ipc_response_header) : len;
    check_answer(qb_ipcc_sendv_recv(c, &iov, 1, in, sizeof(in) - 1, timeout), 1, answer);
}

static void echo_all_sizes(const char *service, int timeout)
{
    qb_ipcc_connection_t *c = connect_to(service);
    for (size_t len = 16; len <= MAX_MSG; len *= 2) {
        echo(c, len, timeout);
        echo(c, len - (len > 16), timeout);
    }
    qb_ipcc_disconnect(c);
}

/* Sends without sendv, and receives by itself. */
static void echo_in_parts(const char *service)
{
    qb_ipcc_connection_t *c = connect_to(service);
    for (int i = 0; i < 100; i++) {
        struct iovec iov = request(1, 100 + i);
        CHECK(qb_ipcc_send(c, iov.iov_base, iov.iov_len) == (ssize_t)iov.iov_len);
        check_answer(qb_ipcc_recv(c, in, MAX_MSG, SECONDS(5)), 1, 100 + i);
    }
    qb_ipcc_disconnect(c);
}

static void async_connect(const char *service)
{
    int fd;
    qb_ipcc_connection_t *c = qb_ipcc_connect_async(service, MAX_MSG, &fd);
    CHECK(c != NULL);
    struct pollfd pollfd = { fd, POLLIN, 0 };
    CHECK(poll(&pollfd, 1, SECONDS(5)) == 1);
    CHECK(qb_ipcc_connect_continue(c) == 0);
    echo(c, 1000, SECONDS(5));
    qb_ipcc_disconnect(c);
}

static void getauth(const char *service)
{
    pid_t pid = 0;
    uid_t uid = 12345;
    gid_t gid = 12345;
    qb_ipcc_connection_t *c = connect_to(service);
    CHECK(qb_ipcc_auth_get(c, &pid, &uid, &gid) == 0);
    CHECK(pid == getppid());
    CHECK(uid == getuid());
    CHECK(gid == getgid());
    qb_ipcc_disconnect(c);
}

static void no_answer(const char *service)
{
    qb_ipcc_connection_t *c = connect_to(service);
    struct iovec iov = request(2, 24);
    CHECK(qb_ipcc_sendv_recv(c, &iov, 1, in, MAX_MSG, 200) == -ETIMEDOUT);
    echo(c, 24, SECONDS(5));
    qb_ipcc_disconnect(c);
}

static void flow_control(const char *service)
{
    qb_ipcc_connection_t *c = connect_to(service);
    struct iovec iov = request(5, 24);
    CHECK(qb_ipcc_sendv(c, &iov, 1) == 24);
    /* The server stops us when it has read that. */
    int refused = 0;
    for (int i = 0; i < 5000 && !refused; i++) {
        struct iovec more = request(2, 24);
        ssize_t sent = qb_ipcc_sendv(c, &more, 1);
        CHECK(sent == 24 || sent == -EAGAIN);
        refused = sent == -EAGAIN;
        usleep(1000);
    }
    CHECK(refused);
    CHECK(qb_ipcc_is_connected(c));
    qb_ipcc_disconnect(c);
}

static void receive_events(qb_ipcc_connection_t *c, int count)
{
    for (int i = 0; i < count; i++) {
        ssize_t got = qb_ipcc_event_recv(c, in, MAX_MSG, SECONDS(10));
        check_answer(got, i, 64);
    }
}

static void events(const char *service, int count)
{
    qb_ipcc_connection_t *c = connect_to(service);
    struct iovec iov = request(3, 24);
    memcpy(out + 16, &count, sizeof(count));
    CHECK(qb_ipcc_sendv(c, &iov, 1) == 24);
    receive_events(c, count);
    check_answer(qb_ipcc_recv(c, in, MAX_MSG, SECONDS(5)), 3, 24);
    CHECK(qb_ipcc_event_recv(c, in, MAX_MSG, 0) < 0);
    qb_ipcc_disconnect(c);
}

/* As corosync's clients do: polls the descriptor, then takes what there is. */
static void dispatch(const char *service, int count)
{
    qb_ipcc_connection_t *c = connect_to(service);
    int fd;
    CHECK(qb_ipcc_fd_get(c, &fd) == 0);
    struct iovec iov = request(3, 24);
    memcpy(out + 16, &count, sizeof(count));
    CHECK(qb_ipcc_sendv(c, &iov, 1) == 24);
    for (int i = 0; i < count; ) {
        struct pollfd pollfd = { fd, POLLIN, 0 };
        CHECK(poll(&pollfd, 1, SECONDS(5)) == 1);
        ssize_t got = qb_ipcc_event_recv(c, in, MAX_MSG, 0);
        if (got == -EAGAIN)
            continue;
        check_answer(got, i++, 64);
    }
    qb_ipcc_disconnect(c);
}

static void events_of_all_sizes(const char *service)
{
    qb_ipcc_connection_t *c = connect_to(service);
    struct iovec iov = request(6, 24);
    CHECK(qb_ipcc_sendv(c, &iov, 1) == 24);
    for (size_t len = 32; len <= MAX_MSG; len *= 2)
        check_answer(qb_ipcc_event_recv(c, in, MAX_MSG, SECONDS(5)), 6, len);
    qb_ipcc_disconnect(c);
}

static void event_on_created(const char *service)
{
    qb_ipcc_connection_t *c = connect_to(service);
    check_answer(qb_ipcc_event_recv(c, in, MAX_MSG, SECONDS(5)), 99, 64);
    echo(c, 24, SECONDS(5));
    qb_ipcc_disconnect(c);
}

static void server_closes(const char *service)
{
    qb_ipcc_connection_t *c = connect_to(service);
    struct iovec iov = request(4, 24);
    ssize_t got = qb_ipcc_sendv_recv(c, &iov, 1, in, MAX_MSG, SECONDS(5));
    CHECK(got == -ENOTCONN || got == -ECONNRESET || got == -ESHUTDOWN);
    CHECK(!qb_ipcc_is_connected(c));
    qb_ipcc_disconnect(c);
}

/* The largest messages the connection can have: of as many bytes, or as datagrams can have. */
static void largest(const char *service, int wanted)
{
    /* libqb tries the size out with a buffer on its stack. */
    int max = wanted ? wanted : qb_ipcc_verify_dgram_max_msg_size(1024 * 1024);
    CHECK(max >= MAX_MSG);
    qb_ipcc_connection_t *c = qb_ipcc_connect(service, max);
    CHECK(c != NULL);
    CHECK(qb_ipcc_get_buffer_size(c) >= max);
    for (int i = 0; i < 3; i++) {
        echo(c, max / 2, SECONDS(5));
        echo(c, max - 1, SECONDS(5));
        echo(c, max, SECONDS(5));
    }
    CHECK(qb_ipcc_is_connected(c));
    qb_ipcc_disconnect(c);
}

/* The server ends, in an orderly way or not, while we wait for it without a timeout. */
static void outlive(const char *service, int how)
{
    qb_ipcc_connection_t *c = connect_to(service);
    echo(c, 1000, SECONDS(5));
    struct iovec iov = request(how, 24);
    CHECK(qb_ipcc_sendv(c, &iov, 1) == 24);
    ssize_t got = qb_ipcc_event_recv(c, in, MAX_MSG, -1);
    CHECK(got == -ENOTCONN || got == -ECONNRESET || got == -ESHUTDOWN);
    CHECK(!qb_ipcc_is_connected(c));
    got = qb_ipcc_sendv_recv(c, &iov, 1, in, MAX_MSG, SECONDS(5));
    CHECK(got == -ENOTCONN || got == -ECONNRESET || got == -ESHUTDOWN || got == -EPIPE
        || got == -ECONNREFUSED);
    qb_ipcc_disconnect(c);
}

static void refused(const char *service)
{
    errno = 0;
    CHECK(qb_ipcc_connect(service, MAX_MSG) == NULL);
    CHECK(errno == EACCES);
}

static void come_and_go(const char *service, int count)
{
    for (int i = 0; i < count; i++) {
        qb_ipcc_connection_t *c = connect_to(service);
        if (i % 10 == 0)
            echo(c, 24, SECONDS(5));
        qb_ipcc_disconnect(c);
    }
}

static void killed(const char *service)
{
    qb_ipcc_connection_t *c = connect_to(service);
    /* As many as the kernel queues before the server has answered. */
    for (int i = 0; i < 10; i++) {
        struct iovec iov = request(1, 1000);
        CHECK(qb_ipcc_sendv(c, &iov, 1) == 1000);
    }
    raise(SIGKILL);
}

int main(int argc, char **argv)
{
    CHECK(argc >= 3);
    const char *name = argv[1], *service = argv[2];
    int n = argc > 3 ? atoi(argv[3]) : 0;
    alarm(60);
    if (!strcmp(name, "block")) echo_all_sizes(service, -1);
    else if (!strcmp(name, "tmo")) echo_all_sizes(service, SECONDS(1));
    else if (!strcmp(name, "parts")) echo_in_parts(service);
    else if (!strcmp(name, "async")) async_connect(service);
    else if (!strcmp(name, "getauth")) getauth(service);
    else if (!strcmp(name, "timeout")) no_answer(service);
    else if (!strcmp(name, "fc")) flow_control(service);
    else if (!strcmp(name, "events")) events(service, n);
    else if (!strcmp(name, "dispatch")) dispatch(service, n);
    else if (!strcmp(name, "sizes")) events_of_all_sizes(service);
    else if (!strcmp(name, "created")) event_on_created(service);
    else if (!strcmp(name, "closes")) server_closes(service);
    else if (!strcmp(name, "largest")) largest(service, n);
    else if (!strcmp(name, "outlive")) outlive(service, n);
    else if (!strcmp(name, "refused")) refused(service);
    else if (!strcmp(name, "comeandgo")) come_and_go(service, n);
    else if (!strcmp(name, "killed")) killed(service);
    else CHECK(!"a case of this name");
    return 0;
}
