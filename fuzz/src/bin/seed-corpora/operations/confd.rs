use quorate_models::confd::operations::event_session::{
    self, ADVANCE as PASS, DELIVER as PIECE, DELIVER_ALL as ALL_OF_IT, EOF as END, NOTIFY,
    POLL as LOOK, REPLY,
};
use quorate_models::confd::operations::ha_session::{
    ABANDON, ADVANCE, ANSWER, DELIVER, DELIVER_ALL as ALL, EOF, ORDER, POLL, SEND,
};

/// Kinds of orders, as the target counts them.
const STATUS: u8 = 0;
const BE_PRIMARY: u8 = 2;
const WITHOUT_ANSWER: u8 = 4;
const UNKNOWN: u8 = 8;

pub(super) const ORDERS: &[(&str, &[u8])] = &[
    (
        "every order",
        &[
            ORDER, 0, 0, ANSWER, 2, ALL, POLL, ORDER, 1, 0, ANSWER, 0, ALL, POLL, ORDER, 2, 0,
            ANSWER, 0, ALL, POLL, ORDER, 3, 0, ANSWER, 0, ALL, POLL, ORDER, 4, 0, ORDER, 5, 0,
            ANSWER, 0, ALL, POLL, ORDER, 6, 0, ANSWER, 0, ALL, POLL, ORDER, 7, 0, ANSWER, 0, ALL,
            POLL, ORDER, 8, 0, ANSWER, 0, ALL, POLL,
        ],
    ),
    (
        "every answer",
        &[
            ORDER, 1, 0, ANSWER, 0, ALL, POLL, ORDER, 1, 0, ANSWER, 1, ALL, POLL, ORDER, 1, 0,
            ANSWER, 2, ALL, POLL, ORDER, 1, 0, ANSWER, 3, ALL, POLL,
        ],
    ),
    (
        "every status",
        &[
            ORDER, STATUS, 0, ANSWER, 0, ALL, POLL, ORDER, STATUS, 0, ANSWER, 1, ALL, POLL, ORDER,
            STATUS, 0, ANSWER, 2, ALL, POLL, ORDER, STATUS, 0, ANSWER, 3, ALL, POLL,
        ],
    ),
    (
        "answer in pieces",
        &[
            ORDER, STATUS, 0, ANSWER, 3, DELIVER, 3, POLL, DELIVER, 1, POLL, DELIVER, 9, POLL, ALL,
            POLL,
        ],
    ),
    ("order behind an order", &[ORDER, STATUS, 0, ORDER, STATUS, 0, ANSWER, 2, ALL, POLL]),
    ("deadline passes", &[ORDER, BE_PRIMARY, 9, ADVANCE, 8, POLL, ADVANCE, 1, POLL, ORDER, 0, 0]),
    ("answer and deadline at once", &[ORDER, BE_PRIMARY, 9, ANSWER, 0, ALL, ADVANCE, 9, POLL]),
    ("late in the answer", &[ORDER, STATUS, 9, ANSWER, 3, DELIVER, 6, ADVANCE, 9, POLL, ALL, POLL]),
    ("given up", &[ORDER, BE_PRIMARY, 0, ABANDON, ANSWER, 0, ALL, POLL, ORDER, STATUS, 0]),
    ("given up with nothing asked", &[ABANDON, ORDER, STATUS, 0, ANSWER, 2, ALL, POLL]),
    ("answer that nobody asked for", &[ANSWER, 0, ALL, POLL, ORDER, STATUS, 0]),
    (
        "answer to an order without one",
        &[ORDER, WITHOUT_ANSWER, 0, ANSWER, 1, ALL, ORDER, STATUS, 0, POLL],
    ),
    ("frame is too long", &[ORDER, STATUS, 0, SEND, 4, 0, 16, 0, 1, ALL, POLL, POLL]),
    ("frame is empty", &[ORDER, STATUS, 0, SEND, 4, 0, 0, 0, 0, ALL, POLL]),
    ("frame is no term", &[ORDER, UNKNOWN, 0, SEND, 6, 0, 0, 0, 2, 131, 255, ALL, POLL]),
    ("end", &[ORDER, STATUS, 0, EOF, POLL, ORDER, STATUS, 0, EOF]),
    ("end in the answer", &[ORDER, STATUS, 0, ANSWER, 3, DELIVER, 6, EOF, POLL]),
];

/// Each starts with what is subscribed to, in four bytes, and how long a silence may be.
pub(super) const EVENTS: &[(&str, &[u8])] = &[
    (
        "every notification",
        &[
            0x40, 0, 0, 0, 0, REPLY, 0, NOTIFY, 0, NOTIFY, 1, NOTIFY, 2, NOTIFY, 3, ALL_OF_IT,
            LOOK, LOOK, LOOK, LOOK, LOOK, LOOK,
        ],
    ),
    ("refused", &[0x40, 0, 0, 0, 0, REPLY, 1, ALL_OF_IT, LOOK, LOOK]),
    ("notification for an answer", &[0x40, 0, 0, 0, 0, NOTIFY, 2, ALL_OF_IT, LOOK]),
    (
        "answer for a notification",
        &[0x40, 0, 0, 0, 0, REPLY, 0, REPLY, 0, ALL_OF_IT, LOOK, LOOK, NOTIFY, 0, ALL_OF_IT, LOOK],
    ),
    (
        "pieces",
        &[
            0x40, 0, 0, 0, 0, REPLY, 0, PIECE, 3, LOOK, PIECE, 7, LOOK, PIECE, 99, LOOK, NOTIFY, 3,
            PIECE, 5, LOOK, ALL_OF_IT, LOOK,
        ],
    ),
    (
        "silence",
        &[
            0x40, 0, 4, 0, 10, REPLY, 0, ALL_OF_IT, LOOK, PASS, 9, LOOK, PASS, 1, LOOK, PASS, 10,
            LOOK, NOTIFY, 0, ALL_OF_IT, LOOK, PASS, 9, LOOK, PASS, 1, LOOK,
        ],
    ),
    ("silence before the answer", &[0x40, 0, 0, 0, 10, PASS, 99, LOOK, REPLY, 0, ALL_OF_IT, LOOK]),
    ("silence without end", &[0x40, 0, 0, 0, 255, REPLY, 0, ALL_OF_IT, LOOK, PASS, 255, LOOK]),
    ("holds up", &[0, 0, 16, 0, 0, REPLY, 0, NOTIFY, 2, ALL_OF_IT, LOOK, LOOK]),
    (
        "frame is too long",
        &[
            0x40,
            0,
            0,
            0,
            0,
            REPLY,
            0,
            event_session::SEND,
            4,
            0,
            16,
            0,
            1,
            ALL_OF_IT,
            LOOK,
            LOOK,
            LOOK,
        ],
    ),
    (
        "frame is no term",
        &[
            0x40,
            0,
            0,
            0,
            0,
            REPLY,
            0,
            event_session::SEND,
            6,
            0,
            0,
            0,
            2,
            131,
            255,
            NOTIFY,
            0,
            ALL_OF_IT,
            LOOK,
            LOOK,
            LOOK,
        ],
    ),
    ("end", &[0x40, 0, 0, 0, 0, REPLY, 0, ALL_OF_IT, LOOK, END, LOOK, END]),
    ("end in a frame", &[0x40, 0, 0, 0, 0, REPLY, 0, PIECE, 6, END, LOOK]),
];
