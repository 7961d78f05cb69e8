use quorate_codec::fuzzing::operations::session::{
    ABANDON, ADVANCE, CALL, CHANGE, CLOSE, DAEMON_ALL as ALL, DAEMON_ONE as ONE, EVENT, PUMP,
    REGISTERED, REOPEN, RESPONSE, TAKE, TRACK, TRANSMIT, TRANSMIT_ALL as SEND, UNTRACK,
    UNTRACK_CALL, WRONG_EVENT, WRONG_RESPONSE,
};

/// Kinds of calls, as the target counts them.
const GETINFO: u8 = 0;
const SETVOTES: u8 = 2;
const REGISTER: u8 = 3;
const EXTRA_INFO: u8 = 9;
const UNKNOWN: u8 = 10;

/// What a track follows: what there is, what changes, or both; and one that the daemon refuses.
const CURRENT: u8 = 1;
const CHANGES: u8 = 2;
const BOTH: u8 = 3;
const REFUSED: u8 = 0x83;

/// Each starts with a window: its size, that until the first reply, and the room for replies in two
/// bytes, 0 being no limit.
pub(super) const LISTS: &[(&str, &[u8])] = &[
    ("one call", &[8, 0, 0, 0, CALL, GETINFO, 0, SEND, ALL, PUMP, 0, TAKE, 0]),
    (
        "every call",
        &[
            15, 0, 0, 0, CALL, 0, 0, CALL, 1, 0, CALL, 2, 0, CALL, 3, 0, CALL, 4, 0, CALL, 5, 0,
            CALL, 6, 0, CALL, 7, 0, CALL, 8, 0, CALL, 9, 0, CALL, 10, 0, SEND, ALL, PUMP, 0,
            REGISTERED, PUMP, 0, SEND, ALL, PUMP, 0, TAKE, 10, TAKE, 0,
        ],
    ),
    (
        "window is full",
        &[
            2, 0, 0, 0, CALL, GETINFO, 0, CALL, SETVOTES, 0, CALL, GETINFO, 0, SEND, ONE, RESPONSE,
            TRANSMIT, TRANSMIT, ALL, RESPONSE, RESPONSE,
        ],
    ),
    (
        "window opens with the first reply",
        &[
            8, 2, 0, 0, CALL, GETINFO, 0, CALL, GETINFO, 0, CALL, GETINFO, 0, CALL, GETINFO, 0,
            SEND, ONE, RESPONSE, SEND, ALL, PUMP, 0,
        ],
    ),
    (
        "room for one long reply",
        &[
            8, 0, 0x50, 0x10, CALL, EXTRA_INFO, 0, CALL, EXTRA_INFO, 0, CALL, SETVOTES, 0, SEND,
            ALL, PUMP, 0, SEND, ALL, PUMP, 0,
        ],
    ),
    (
        "registration holds all back",
        &[
            8, 0, 0, 0, CALL, GETINFO, 0, CALL, REGISTER, 0, CALL, GETINFO, 0, SEND, ALL, PUMP, 0,
            SEND, REGISTERED, RESPONSE, SEND, ALL, PUMP, 0,
        ],
    ),
    (
        "registration is given up",
        &[
            8, 0, 0, 0, CALL, REGISTER, 0, SEND, ABANDON, 0, CALL, GETINFO, 0, SEND, ALL,
            REGISTERED, PUMP, 0, SEND, ALL, PUMP, 0, TAKE, 0,
        ],
    ),
    (
        "given up before it goes",
        &[8, 0, 0, 0, CALL, GETINFO, 0, CALL, GETINFO, 0, ABANDON, 1, SEND, ALL, PUMP, 0, TAKE, 0],
    ),
    (
        "given up while owed",
        &[8, 0, 0, 0, CALL, GETINFO, 0, CALL, GETINFO, 0, SEND, ABANDON, 1, ALL, PUMP, 0, TAKE, 0],
    ),
    (
        "late before it goes",
        &[
            1, 0, 0, 0, CALL, GETINFO, 5, CALL, GETINFO, 5, TRANSMIT, ADVANCE, 5, TAKE, 0, TAKE, 1,
            ALL, PUMP, 0,
        ],
    ),
    (
        "answer after the deadline",
        &[8, 0, 0, 0, CALL, GETINFO, 9, SEND, ALL, ADVANCE, 10, RESPONSE, TAKE, 0],
    ),
    (
        "late when the connection ends",
        &[8, 0, 0, 0, CALL, GETINFO, 5, SEND, ADVANCE, 9, CLOSE, TAKE, 0, REOPEN, 8, 0, 0, 0],
    ),
    ("track once", &[8, 0, 0, 0, TRACK, CURRENT, 0, SEND, ALL, PUMP, 0, TAKE, 0]),
    (
        "track changes",
        &[
            8, 0, 0, 0, TRACK, CHANGES, 0, SEND, ALL, PUMP, 0, CHANGE, CHANGE, EVENT, EVENT,
            UNTRACK, 0, SEND, PUMP, 9, CHANGE, PUMP, 0,
        ],
    ),
    (
        "change before the answer",
        &[8, 0, 0, 0, TRACK, BOTH, 0, SEND, ALL, CHANGE, EVENT, EVENT, EVENT, RESPONSE, PUMP, 0],
    ),
    ("track is refused", &[8, 0, 0, 0, TRACK, REFUSED, 0, SEND, ALL, EVENT, PUMP, 0, TAKE, 0]),
    ("tracks twice", &[8, 0, 0, 0, TRACK, BOTH, 0, TRACK, CURRENT, 0, SEND, ALL, TRACK, BOTH, 0]),
    (
        "track after track",
        &[
            8, 0, 0, 0, TRACK, BOTH, 0, SEND, ALL, CHANGE, UNTRACK, 0, TRACK, BOTH, 0, SEND, ALL,
            PUMP, 0, SEND, ALL, PUMP, 0, CHANGE, PUMP, 0,
        ],
    ),
    (
        "track ends before it goes",
        &[8, 0, 0, 0, TRACK, BOTH, 0, UNTRACK, 0, SEND, TRACK, BOTH, 0, UNTRACK_CALL, 0, 0, SEND],
    ),
    (
        "track ends with somebody waiting",
        &[
            8,
            0,
            0,
            0,
            TRACK,
            BOTH,
            0,
            SEND,
            ALL,
            PUMP,
            0,
            UNTRACK_CALL,
            0,
            5,
            SEND,
            ADVANCE,
            9,
            ALL,
            PUMP,
            0,
            TAKE,
            0,
        ],
    ),
    (
        "track is late",
        &[8, 0, 0, 0, TRACK, BOTH, 5, SEND, ADVANCE, 5, ALL, PUMP, 0, SEND, ALL, PUMP, 0, TAKE, 0],
    ),
    (
        "track is given up",
        &[8, 0, 0, 0, TRACK, BOTH, 0, SEND, ABANDON, 0, ALL, PUMP, 0, SEND, ALL, PUMP, 0],
    ),
    (
        "track over a new connection",
        &[
            8, 0, 0, 0, TRACK, BOTH, 0, SEND, ALL, CLOSE, TRACK, BOTH, 0, REOPEN, 4, 1, 0, 0, SEND,
            ALL, PUMP, 0, CHANGE, PUMP, 0,
        ],
    ),
    (
        "connection ends in the middle",
        &[
            8, 0, 0, 0, CALL, GETINFO, 0, CALL, REGISTER, 0, TRACK, BOTH, 0, SEND, ONE, CLOSE,
            CALL, UNKNOWN, 0, TAKE, 0, TAKE, 1, REOPEN, 8, 0, 0, 0, SEND, ALL, PUMP, 0,
        ],
    ),
    ("nothing was asked", &[8, 0, 0, 0, WRONG_RESPONSE, 0, REOPEN, 8, 0, 0, 0]),
    ("another answer", &[8, 0, 0, 0, CALL, GETINFO, 0, SEND, WRONG_RESPONSE, 0, TAKE, 0]),
    ("no answer at all", &[8, 0, 0, 0, CALL, GETINFO, 0, SEND, WRONG_RESPONSE, 5, TAKE, 0]),
    ("event for nobody", &[8, 0, 0, 0, WRONG_EVENT, 0, TRACK, BOTH, 0, SEND, WRONG_EVENT, 0]),
    ("unknown event", &[8, 0, 0, 0, WRONG_EVENT, 1, TRACK, BOTH, 0, SEND, WRONG_EVENT, 1]),
    ("no event at all", &[8, 0, 0, 0, TRACK, BOTH, 0, SEND, WRONG_EVENT, 2, TAKE, 0]),
];
