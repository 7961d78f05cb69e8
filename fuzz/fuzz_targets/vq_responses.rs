#![no_main]

use quorate_models::votequorum::RESPONSES;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&RESPONSES, bytes));
