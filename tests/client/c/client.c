/*
 * A client of libvotequorum, to be run against real daemons and fakes alike: client CASE [N].
 * Exits with 0 if the daemon behaved as corosync does, and says what it did not do otherwise.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <corosync/votequorum.h>

#define CHECK(that) \
    do { \
        if (!(that)) { \
            fprintf(stderr, "line %d: not so: %s (last %d)\n", __LINE__, #that, last); \
            exit(1); \
        } \
    } while (0)

/* What a call has to return. */
#define RETURNS(code, call) \
    do { \
        last = (int)(call); \
        CHECK(last == (code)); \
    } while (0)

static int last;

/* What the callbacks were told. */
static struct {
    unsigned nodelists, quorums, expecteds;
    uint64_t context;
    uint32_t quorate, nodes, first_state, members, expected;
    votequorum_ring_id_t ring;
} told;

static void on_quorum(votequorum_handle_t h, uint64_t context, uint32_t quorate, uint32_t n,
                      votequorum_node_t nodes[])
{
    (void)h;
    told.quorums++;
    told.context = context;
    told.quorate = quorate;
    told.nodes = n;
    told.first_state = nodes[0].state;
}

static void on_nodelist(votequorum_handle_t h, uint64_t context, votequorum_ring_id_t ring,
                        uint32_t n, uint32_t nodes[])
{
    (void)h, (void)nodes;
    told.nodelists++;
    told.context = context;
    told.ring = ring;
    told.members = n;
}

static void on_expected(votequorum_handle_t h, uint64_t context, uint32_t expected)
{
    (void)h;
    told.expecteds++;
    told.context = context;
    told.expected = expected;
}

static votequorum_callbacks_t callbacks = {
    .votequorum_quorum_notify_fn = on_quorum,
    .votequorum_nodelist_notify_fn = on_nodelist,
    .votequorum_expectedvotes_notify_fn = on_expected,
};

static votequorum_handle_t initialize(void)
{
    votequorum_handle_t h;
    RETURNS(CS_OK, votequorum_initialize(&h, &callbacks));
    return h;
}

/* Dispatches until something was told. */
static void await(votequorum_handle_t h, const unsigned *count, unsigned wanted)
{
    int fd;
    RETURNS(CS_OK, votequorum_fd_get(h, &fd));
    while (*count < wanted) {
        struct pollfd pollfd = { fd, POLLIN, 0 };
        CHECK(poll(&pollfd, 1, 10000) == 1);
        RETURNS(CS_OK, votequorum_dispatch(h, CS_DISPATCH_ALL));
    }
}

static void calls(void)
{
    votequorum_handle_t h = initialize();
    struct votequorum_info info, local;
    const void *context;
    char user;

    RETURNS(CS_OK, votequorum_getinfo(h, 1, &info));
    CHECK(info.node_id == 1 && info.node_state == VOTEQUORUM_NODESTATE_MEMBER);
    CHECK(info.node_votes == 1 && info.node_expected_votes == 1 && info.highest_expected == 1);
    CHECK(info.total_votes == 1 && info.quorum == 1);
    CHECK(info.flags == VOTEQUORUM_INFO_QUORATE);
    CHECK(info.qdevice_votes == 0 && info.qdevice_name[0] == 0);
    RETURNS(CS_OK, votequorum_getinfo(h, 0, &local));
    CHECK(local.node_id == 1 && local.flags == info.flags);
    RETURNS(CS_ERR_NOT_EXIST, votequorum_getinfo(h, 99, &info));

    RETURNS(CS_OK, votequorum_context_set(h, &user));
    RETURNS(CS_OK, votequorum_context_get(h, &context));
    CHECK(context == &user);

    RETURNS(CS_OK, votequorum_setexpected(h, 1));
    RETURNS(CS_ERR_INVALID_PARAM, votequorum_setexpected(h, 0));
    RETURNS(CS_ERR_INVALID_PARAM, votequorum_setexpected(h, 5));
    RETURNS(CS_ERR_NAME_NOT_FOUND, votequorum_setvotes(h, 99, 1));
    RETURNS(CS_ERR_INVALID_PARAM, votequorum_setvotes(h, 1, 0));
    RETURNS(CS_OK, votequorum_setvotes(h, 1, 1));

    RETURNS(CS_ERR_NOT_EXIST, votequorum_trackstop(h));
    RETURNS(CS_ERR_NOT_EXIST, votequorum_qdevice_unregister(h, "Q"));
    RETURNS(CS_ERR_NOT_EXIST, votequorum_qdevice_update(h, "Q", "R"));
    RETURNS(CS_ERR_NOT_EXIST, votequorum_qdevice_master_wins(h, "Q", 1));
    RETURNS(CS_ERR_NOT_EXIST, votequorum_qdevice_poll(h, "Q", 1, told.ring));
    RETURNS(CS_OK, votequorum_finalize(h));
}

static void tracking(void)
{
    votequorum_handle_t h = initialize(), actor = initialize();

    RETURNS(CS_OK, votequorum_trackstart(h, 7, CS_TRACK_CURRENT));
    await(h, &told.quorums, 1);
    CHECK(told.nodelists == 1 && told.context == 7);
    CHECK(told.members == 1 && told.ring.nodeid == 1);
    CHECK(told.quorate == 1 && told.nodes == 1);
    CHECK(told.first_state == VOTEQUORUM_NODESTATE_MEMBER);
    RETURNS(CS_ERR_NOT_EXIST, votequorum_trackstop(h));

    RETURNS(CS_OK, votequorum_trackstart(h, UINT64_C(0x1122334455667788), CS_TRACK_CHANGES));
    await(h, &told.quorums, 2);
    CHECK(told.nodelists == 2 && told.context == UINT64_C(0x1122334455667788));
    RETURNS(CS_ERR_EXIST, votequorum_trackstart(h, 9, CS_TRACK_CHANGES));
    await(h, &told.quorums, 3);
    CHECK(told.context == 9);

    RETURNS(CS_OK, votequorum_setvotes(actor, 1, 2));
    await(h, &told.expecteds, 1);
    CHECK(told.expected == 2 && told.context == UINT64_C(0x1122334455667788));
    RETURNS(CS_ERR_TRY_AGAIN, votequorum_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
    RETURNS(CS_OK, votequorum_setexpected(actor, 2));
    RETURNS(CS_OK, votequorum_dispatch(h, CS_DISPATCH_ONE));
    CHECK(told.expecteds == 2);
    RETURNS(CS_OK, votequorum_trackstop(h));
    RETURNS(CS_OK, votequorum_finalize(h));
    RETURNS(CS_OK, votequorum_finalize(actor));
}

/* Needs a daemon with a quorum device of one vote. */
static void qdevice(void)
{
    votequorum_handle_t h = initialize();
    struct votequorum_info info;
    votequorum_ring_id_t wrong;

    RETURNS(CS_OK, votequorum_trackstart(h, 0, CS_TRACK_CURRENT));
    await(h, &told.quorums, 1);
    wrong = told.ring;
    wrong.seq++;

    RETURNS(CS_OK, votequorum_qdevice_register(h, "Q"));
    RETURNS(CS_OK, votequorum_qdevice_register(h, "Q"));
    RETURNS(CS_ERR_EXIST, votequorum_qdevice_register(h, "R"));
    RETURNS(CS_ERR_MESSAGE_ERROR, votequorum_qdevice_poll(h, "Q", 1, wrong));
    RETURNS(CS_ERR_INVALID_PARAM, votequorum_qdevice_poll(h, "R", 1, told.ring));
    RETURNS(CS_OK, votequorum_qdevice_poll(h, "Q", 1, told.ring));
    RETURNS(CS_OK, votequorum_getinfo(h, 0, &info));
    CHECK(info.flags & VOTEQUORUM_INFO_QDEVICE_REGISTERED);
    CHECK(info.flags & VOTEQUORUM_INFO_QDEVICE_ALIVE);
    CHECK(info.flags & VOTEQUORUM_INFO_QDEVICE_CAST_VOTE);
    CHECK(info.total_votes == 2 && info.qdevice_votes == 1);
    CHECK(!strcmp(info.qdevice_name, "Q"));
    RETURNS(CS_OK, votequorum_qdevice_master_wins(h, "Q", 1));
    RETURNS(CS_OK, votequorum_qdevice_master_wins(h, "Q", 0));
    RETURNS(CS_ERR_INVALID_PARAM, votequorum_qdevice_update(h, "R", "S"));
    RETURNS(CS_OK, votequorum_qdevice_update(h, "Q", "S"));
    do {
        RETURNS(CS_OK, votequorum_getinfo(h, 0, &info));
    } while (strcmp(info.qdevice_name, "S"));
    RETURNS(CS_ERR_INVALID_PARAM, votequorum_qdevice_unregister(h, "Q"));
    RETURNS(CS_OK, votequorum_qdevice_unregister(h, "S"));
    RETURNS(CS_ERR_NOT_EXIST, votequorum_qdevice_unregister(h, "S"));
    RETURNS(CS_OK, votequorum_finalize(h));
}

/* The daemon sends N notifications at once, with numbers from 0 on. */
static void flood(unsigned count)
{
    votequorum_handle_t h = initialize();
    RETURNS(CS_OK, votequorum_trackstart(h, 5, CS_TRACK_CHANGES_ONLY));
    puts("tracking");
    fflush(stdout);
    for (unsigned i = 0; i < count; i++) {
        RETURNS(CS_OK, votequorum_dispatch(h, CS_DISPATCH_ONE));
        CHECK(told.expecteds == i + 1 && told.expected == i && told.context == 5);
    }
    RETURNS(CS_ERR_TRY_AGAIN, votequorum_dispatch(h, CS_DISPATCH_ONE_NONBLOCKING));
    RETURNS(CS_OK, votequorum_finalize(h));
}

static void come_and_go(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        votequorum_handle_t h = initialize();
        struct votequorum_info info;
        if (i % 10 == 0)
            RETURNS(CS_OK, votequorum_getinfo(h, 1, &info));
        RETURNS(CS_OK, votequorum_finalize(h));
    }
}

/* Clients that die in the middle of calls. */
static void killed(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            votequorum_handle_t h = initialize();
            struct votequorum_info info;
            for (;;)
                votequorum_getinfo(h, 1, &info);
        }
        usleep(5000 + 500 * (i % 10));
        kill(child, SIGKILL);
        CHECK(waitpid(child, NULL, 0) == child);
    }
    votequorum_handle_t h = initialize();
    struct votequorum_info info;
    RETURNS(CS_OK, votequorum_getinfo(h, 1, &info));
    RETURNS(CS_OK, votequorum_finalize(h));
}

int main(int argc, char **argv)
{
    CHECK(argc >= 2);
    unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
    alarm(60);
    if (!strcmp(argv[1], "calls")) calls();
    else if (!strcmp(argv[1], "tracking")) tracking();
    else if (!strcmp(argv[1], "qdevice")) qdevice();
    else if (!strcmp(argv[1], "flood")) flood(n);
    else if (!strcmp(argv[1], "comeandgo")) come_and_go(n);
    else if (!strcmp(argv[1], "killed")) killed(n);
    else CHECK(!"a case of this name");
    return 0;
}
