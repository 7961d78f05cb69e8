#![no_main]

use quorate_codec::fuzzing::MESSAGES;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&MESSAGES, bytes));
