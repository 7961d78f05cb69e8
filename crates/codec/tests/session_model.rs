//! The session of a libqb service, against a model of all that is around it.

/// Bytes that look random, and are the same every time.
fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let [byte, ..] = random.to_be_bytes();
        byte
    };
    std::iter::repeat_with(next).take(len).collect()
}

#[test]
fn random_operations_keep_every_promise() {
    for seed in 0..2_400u16 {
        let mut input = bytes(seed.into(), 60 + usize::from(seed) % 40 * 40);
        // Each kind of service as often.
        input[0] = (seed % 6).to_le_bytes()[0];
        let outcome = std::panic::catch_unwind(|| quorate_models::session::run(&input));
        assert!(outcome.is_ok(), "seed {seed}");
    }
}
