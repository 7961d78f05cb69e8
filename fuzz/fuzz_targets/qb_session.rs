#![no_main]

use quorate_models::session::SESSION;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&SESSION, bytes));
