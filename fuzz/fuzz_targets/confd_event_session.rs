#![no_main]

use quorate_models::confd::EVENT_SESSION;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&EVENT_SESSION, bytes));
