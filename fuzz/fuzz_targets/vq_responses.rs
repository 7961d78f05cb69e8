#![no_main]

use quorate_codec::fuzzing::RESPONSES;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&RESPONSES, bytes));
