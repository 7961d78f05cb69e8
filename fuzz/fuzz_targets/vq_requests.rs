#![no_main]

use quorate_models::votequorum::REQUESTS;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&REQUESTS, bytes));
