#![no_main]

use quorate_codec::fuzzing::FRAMES;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&FRAMES, bytes));
