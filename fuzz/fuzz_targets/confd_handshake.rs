#![no_main]

use quorate_models::confd::HANDSHAKE;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&HANDSHAKE, bytes));
