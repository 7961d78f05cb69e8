#![no_main]

use quorate_models::qb::RING;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&RING, bytes));
