#![no_main]

use quorate_codec::fuzzing::HA_SESSION;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&HA_SESSION, bytes));
