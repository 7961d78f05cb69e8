#![no_main]

use quorate_models::votequorum::STATE;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&STATE, bytes));
