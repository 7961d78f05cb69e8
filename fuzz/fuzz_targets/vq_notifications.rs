#![no_main]

use quorate_codec::fuzzing::NOTIFICATIONS;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&NOTIFICATIONS, bytes));
