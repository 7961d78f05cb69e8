#![no_main]

use quorate_models::confd::TERMS;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&TERMS, bytes));
