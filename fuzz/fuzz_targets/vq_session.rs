#![no_main]

use quorate_codec::fuzzing::SESSION;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&SESSION, bytes));
