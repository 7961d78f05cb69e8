#![no_main]

use quorate_models::qb::SETUP;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&SETUP, bytes));
