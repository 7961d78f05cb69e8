#![no_main]

use quorate_codec::fuzzing::EVENT_SESSION;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&EVENT_SESSION, bytes));
