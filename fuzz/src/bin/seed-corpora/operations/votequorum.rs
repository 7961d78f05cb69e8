use quorate_models::votequorum::operation::{EVENT, EXPECTED, NODELIST, QUORUM, RESPONSE};

pub(super) const LISTS: &[(&str, &[u8])] = &[
    ("current state", &[NODELIST, 9, 0, 2, 1, 2, QUORUM, 1, 3, 1, 2, 3]),
    (
        "membership changes",
        &[NODELIST, 9, 0, 2, 1, 2, QUORUM, 1, 2, 1, 2, NODELIST, 10, 0, 1, 1, QUORUM, 0, 2, 1, 2],
    ),
    ("membership forms", &[NODELIST, 9, 0, 1, 1, QUORUM, 1, 1, 1, NODELIST, 10, 0, 2, 1, 2]),
    ("two memberships form", &[NODELIST, 9, 0, 1, 1, NODELIST, 10, 0, 1, 1, QUORUM, 1, 1, 1]),
    ("quorum alone", &[QUORUM, 1, 1, 1, NODELIST, 9, 0, 1, 1]),
    ("quorum twice", &[NODELIST, 9, 0, 1, 1, QUORUM, 1, 1, 1, QUORUM, 0, 1, 1]),
    ("expected votes", &[EXPECTED, 3, NODELIST, 9, 0, 0, EXPECTED, 5, QUORUM, 1, 0]),
    ("malformed", &[EVENT, 3, 0, 1, 2, 3, RESPONSE, 3, 0, 1, 2, 3]),
];
