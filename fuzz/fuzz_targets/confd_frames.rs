#![no_main]

use quorate_models::confd::FRAMES;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&FRAMES, bytes));
