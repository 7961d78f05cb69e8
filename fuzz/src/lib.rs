//! What all fuzz targets have in common.

use quorate_models::{Allocated, Target};

/// Runs an entry point, and panics if anything is wrong, the memory it takes included.
pub fn run(target: &Target, bytes: &[u8]) {
    target.run(bytes, |run| {
        let info = allocation_counter::measure(run);
        Allocated { most: info.bytes_max, left: info.bytes_current }
    });
}
