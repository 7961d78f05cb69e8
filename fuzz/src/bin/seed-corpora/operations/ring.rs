use quorate_models::qb::ring::operation::{
    COMMIT, FORGE, OTHERS, POP, READ_PT, SEMAPHORE, STAGE, WORD, WRITE_PT,
};

/// The sizes of the target: 12, 33, 64 and 1024 words.
const WORDS_12: u8 = 0;
const WORDS_33: u8 = 1;
const WORDS_64: u8 = 2;
const WORDS_1024: u8 = 3;

/// Messages may be as long as the ring allows.
const ANY: u8 = 0;

pub(super) const LISTS: &[(&str, &[u8])] = &[
    ("one message", &[WORDS_1024, ANY, STAGE, 8, 1, COMMIT, POP]),
    ("empty message", &[WORDS_12, ANY, STAGE, 0, 1, COMMIT, POP, POP]),
    ("staged is invisible", &[WORDS_64, ANY, STAGE, 4, 1, POP, STAGE, 5, 2, POP, COMMIT, POP, POP]),
    ("commit of nothing", &[WORDS_12, ANY, COMMIT, POP, COMMIT]),
    (
        "full",
        &[
            WORDS_12, ANY, STAGE, 8, 1, STAGE, 8, 2, STAGE, 8, 3, STAGE, 8, 4, COMMIT, POP, STAGE,
            8, 5,
        ],
    ),
    ("longest", &[WORDS_12, ANY, STAGE, 36, 1, STAGE, 37, 1, COMMIT, POP]),
    ("longest of 4096", &[WORDS_1024, ANY, STAGE, 255, 255, COMMIT, STAGE, 4, 1, COMMIT, POP, POP]),
    ("longer than allowed", &[WORDS_64, 24, STAGE, 24, 1, STAGE, 25, 1, COMMIT, POP]),
    (
        "wraps in a header",
        &[
            WORDS_33, ANY, STAGE, 56, 1, COMMIT, POP, STAGE, 56, 2, COMMIT, POP, STAGE, 40, 3,
            COMMIT, POP,
        ],
    ),
    (
        "wraps in a message",
        &[
            WORDS_33, ANY, STAGE, 80, 1, COMMIT, POP, STAGE, 80, 2, COMMIT, POP, STAGE, 9, 3,
            COMMIT, POP,
        ],
    ),
    ("magic is overwritten", &[WORDS_64, ANY, STAGE, 8, 1, COMMIT, WORD, 1, 0, 0, 0, 0, 0, POP]),
    (
        "length is overwritten",
        &[WORDS_64, ANY, STAGE, 8, 1, COMMIT, WORD, 0, 0, 255, 255, 255, 255, POP, POP],
    ),
    (
        "length beyond the written",
        &[WORDS_64, ANY, STAGE, 8, 1, COMMIT, WORD, 0, 0, 9, 0, 0, 0, POP],
    ),
    (
        "write pointer outside",
        &[WORDS_64, ANY, STAGE, 8, 1, COMMIT, WRITE_PT, 64, 0, POP, STAGE, 1, 1],
    ),
    (
        "write pointer far outside",
        &[WORDS_64, ANY, STAGE, 8, 1, COMMIT, WRITE_PT, 255, 255, 255, 255, 255, 255, POP],
    ),
    ("read pointer outside", &[WORDS_64, ANY, READ_PT, 64, 0, STAGE, 8, 1, COMMIT, POP]),
    ("read pointer moves", &[WORDS_64, ANY, STAGE, 8, 1, COMMIT, READ_PT, 3, 0, STAGE, 99, 2, POP]),
    ("tokens without messages", &[WORDS_64, ANY, SEMAPHORE, 9, 0, 0, 0, 0, POP, POP, STAGE, 8, 1]),
    (
        "tokens overflow",
        &[
            WORDS_64, ANY, SEMAPHORE, 255, 255, 255, 255, 1, STAGE, 8, 1, COMMIT, STAGE, 8, 2,
            COMMIT, POP,
        ],
    ),
    ("waiters", &[WORDS_64, ANY, SEMAPHORE, 0, 0, 0, 0, 3, STAGE, 8, 1, COMMIT, POP]),
    (
        "other words mean nothing",
        &[WORDS_64, ANY, OTHERS, 9, 9, 9, 9, 9, 9, 9, 9, STAGE, 8, 1, COMMIT, POP],
    ),
    ("forged message", &[WORDS_64, ANY, FORGE, 8, 0, 4, 0, 1, POP, FORGE, 9, 0, 8, 0, 2, POP, POP]),
    ("forged length", &[WORDS_64, ANY, FORGE, 255, 255, 4, 0, 1, POP, POP]),
    (
        "forged around the end",
        &[WORDS_12, ANY, FORGE, 36, 0, 11, 0, 1, POP, FORGE, 24, 0, 5, 0, 1, POP],
    ),
];
