//! The fuzz target; [`oracle`] says what it holds an input against.

#![no_main]

mod oracle;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| oracle::run(input));
