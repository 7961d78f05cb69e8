#![no_main]

use quorate_models::votequorum::NOTIFICATIONS;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&NOTIFICATIONS, bytes));
