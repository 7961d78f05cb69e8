#![no_main]

use quorate_models::confd::HA_SESSION;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&HA_SESSION, bytes));
