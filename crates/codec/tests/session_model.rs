//! The session of a libqb service, against a model of all that is around it.

/// Bytes that look random, and are the same every time.
fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 32) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

#[test]
fn random_operations_keep_every_promise() {
    for seed in 0..2_400 {
        let mut input = bytes(seed, 60 + (seed as usize % 40) * 40);
        input[0] = (seed % 6) as u8;
        let outcome = std::panic::catch_unwind(|| quorate_models::session::run(&input));
        assert!(outcome.is_ok(), "seed {seed}");
    }
}
