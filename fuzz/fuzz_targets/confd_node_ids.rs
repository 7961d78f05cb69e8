#![no_main]

use quorate_models::confd::NODE_IDS;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&NODE_IDS, bytes));
