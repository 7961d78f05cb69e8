#![no_main]

use qbipc::fuzzing::RING;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quorate_fuzz::run(&RING, bytes));
