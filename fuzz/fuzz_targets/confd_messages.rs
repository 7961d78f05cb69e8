#![no_main]

use quorate_models::confd::MESSAGES;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&MESSAGES, bytes));
