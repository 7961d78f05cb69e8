use quorate_models::session::operation::{
    ABANDON, CALL, CHANGE, CONNECT, KEEP_ALIVE, LOSE, PASS, PUMP, SERVE, STOP, SUBSCRIBE, TAKE_IN,
    TAKE_ITEMS as TAKE, TRANSMIT, UNSUBSCRIBE,
};

/// The kinds of service, as the target counts them.
pub(super) const KINDS: [&str; 6] = ["tracked", "group", "keyed", "stepped", "plain", "strict"];

/// Kinds of calls.
const LATE: u8 = 0;
const INSIST: u8 = 1;
const LARGE: u8 = 2;
const SAY: u8 = 3;
const GATED: u8 = 4;
const PARTS: u8 = 6;
const GET: u8 = 8;

/// Deadlines: 15 ms from now, and none.
const SOON: u8 = 1;
const NEVER: u8 = 2;

/// Moods of a daemon.
const BUSY: u8 = 0;
const REFUSING: u8 = 2;
const INTERRUPTING: u8 = 3;
const WILLING: u8 = 4;

/// A reader that follows the state from the start, and one that wants it once.
const FOLLOW: u8 = 0;
const ONCE: u8 = 2;

/// Each is run with each kind of service.
pub(super) const LISTS: &[(&str, &[u8])] = &[
    ("one call", &[CONNECT, CALL, GET, NEVER, 0, PUMP, WILLING, 0]),
    (
        "every call",
        &[
            CONNECT, CALL, LATE, NEVER, 0, CALL, INSIST, NEVER, 0, CALL, LARGE, 9, NEVER, 0, CALL,
            SAY, 3, NEVER, 0, CALL, GATED, 3, NEVER, 0, CALL, PARTS, 3, NEVER, 0, CALL, GET, NEVER,
            0, PUMP, WILLING, 4, CONNECT, PUMP, WILLING, 4, PUMP, WILLING, 4,
        ],
    ),
    (
        "late reply holds all back",
        &[
            CONNECT, CALL, LATE, NEVER, 0, CALL, GET, NEVER, 0, TRANSMIT, 3, TRANSMIT, 3, CONNECT,
            SERVE, WILLING, 1, CONNECT, TAKE_IN, 0, TRANSMIT, 3,
        ],
    ),
    (
        "late reply after its deadline",
        &[
            CONNECT, CALL, LATE, SOON, 0, PUMP, WILLING, 1, PASS, 11, PASS, 11, CALL, GET, NEVER,
            0, CONNECT, PUMP, WILLING, 1,
        ],
    ),
    (
        "try again and again",
        &[
            CONNECT, CALL, INSIST, NEVER, 0, PUMP, BUSY, 0, PASS, 11, PUMP, BUSY, 0, PASS, 11,
            PUMP, WILLING, 0,
        ],
    ),
    (
        "parts are interrupted",
        &[
            CONNECT,
            CALL,
            PARTS,
            3,
            NEVER,
            0,
            PUMP,
            INTERRUPTING,
            0,
            PASS,
            11,
            PUMP,
            BUSY,
            0,
            PASS,
            11,
            LOSE,
            3,
            CONNECT,
            PUMP,
            WILLING,
            3,
        ],
    ),
    (
        "deadline passes before it is sent",
        &[CALL, GET, SOON, PASS, 11, PASS, 11, CONNECT, PUMP, WILLING, 0],
    ),
    (
        "deadline passes before the reply",
        &[
            CONNECT, CALL, GET, SOON, 0, CALL, GET, NEVER, 0, TRANSMIT, 3, PASS, 11, PASS, 11,
            PUMP, WILLING, 1,
        ],
    ),
    ("abandoned", &[CONNECT, CALL, GET, NEVER, 0, TRANSMIT, 0, ABANDON, 0, PUMP, WILLING, 0]),
    (
        "lost under calls",
        &[
            CONNECT, CALL, GET, NEVER, 0, CALL, GET, NEVER, 2, CALL, PARTS, 2, NEVER, 0, TRANSMIT,
            0, LOSE, 3, CONNECT, PUMP, WILLING, 4,
        ],
    ),
    (
        "flow control",
        &[
            CONNECT, STOP, 1, CALL, GATED, 3, NEVER, 0, CALL, PARTS, 2, NEVER, 0, CALL, GET, NEVER,
            0, PUMP, WILLING, 4, STOP, 0, PUMP, WILLING, 4,
        ],
    ),
    (
        "too large",
        &[CONNECT, CALL, SAY, 255, NEVER, 0, CALL, LARGE, 255, NEVER, 0, PUMP, WILLING, 1],
    ),
    (
        "reader",
        &[
            CONNECT, SUBSCRIBE, FOLLOW, 0, 4, NEVER, PUMP, WILLING, 1, TAKE, 0, CHANGE, 0, PUMP,
            WILLING, 0, TAKE, 0,
        ],
    ),
    (
        "several readers",
        &[
            SUBSCRIBE,
            FOLLOW,
            0,
            4,
            NEVER,
            CONNECT,
            SUBSCRIBE,
            FOLLOW,
            2,
            4,
            NEVER,
            PUMP,
            WILLING,
            1,
            SUBSCRIBE,
            ONCE,
            0,
            4,
            NEVER,
            SUBSCRIBE,
            FOLLOW,
            0,
            4,
            NEVER,
            CHANGE,
            2,
            PUMP,
            WILLING,
            1,
            TAKE,
            0,
            TAKE,
            1,
            TAKE,
            2,
            TAKE,
            3,
            UNSUBSCRIBE,
            0,
            1,
            NEVER,
            PUMP,
            WILLING,
            1,
        ],
    ),
    (
        "reader lags",
        &[
            CONNECT, SUBSCRIBE, FOLLOW, 0, 0, NEVER, PUMP, WILLING, 1, TAKE, 0, CHANGE, 4, PUMP,
            WILLING, 0, CHANGE, 4, PUMP, WILLING, 0, TAKE, 0, TAKE, 0,
        ],
    ),
    (
        "reader outlives a connection",
        &[
            CONNECT, SUBSCRIBE, FOLLOW, 0, 4, NEVER, PUMP, WILLING, 1, TAKE, 0, LOSE, 3, CONNECT,
            PUMP, BUSY, 0, PASS, 11, LOSE, 3, CONNECT, PUMP, WILLING, 1, TAKE, 0,
        ],
    ),
    ("reader is refused", &[CONNECT, SUBSCRIBE, FOLLOW, 0, 4, SOON, PUMP, REFUSING, 1, TAKE, 0]),
    (
        "reader goes before it went out",
        &[SUBSCRIBE, FOLLOW, 0, 4, NEVER, UNSUBSCRIBE, 0, 0, NEVER, CONNECT, PUMP, WILLING, 1],
    ),
    (
        "reader goes before the answer",
        &[
            CONNECT,
            SUBSCRIBE,
            FOLLOW,
            0,
            4,
            NEVER,
            TRANSMIT,
            0,
            UNSUBSCRIBE,
            0,
            1,
            SOON,
            SUBSCRIBE,
            FOLLOW,
            0,
            4,
            NEVER,
            CHANGE,
            1,
            PUMP,
            WILLING,
            4,
            PUMP,
            WILLING,
            4,
            TAKE,
            0,
        ],
    ),
    (
        "keep-alive",
        &[CONNECT, KEEP_ALIVE, 9, 1, PASS, 11, PUMP, WILLING, 0, PASS, 11, PUMP, WILLING, 0],
    ),
    (
        "silent daemon",
        &[
            CONNECT, KEEP_ALIVE, 3, 1, CALL, GET, NEVER, 0, PASS, 11, TRANSMIT, 3, PASS, 11, PASS,
            11, LOSE, 3, CONNECT, PASS, 11,
        ],
    ),
];
