#![no_main]

use quorate_codec::fuzzing::HANDSHAKE;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&HANDSHAKE, bytes));
