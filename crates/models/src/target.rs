/// One thing to fuzz.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: that of its binary in `fuzz/fuzz_targets` and of its directory in `fuzz/corpus`.
    pub name: &'static str,
    /// Panics if something that always has to hold does not hold for these bytes.
    pub check: fn(&[u8]),
    /// Does with these bytes what is done with those of a peer, and drops what comes of it; or all
    /// there is to do, where that needs no more memory than the model of a session.
    pub decode: fn(&[u8]),
    /// How much memory that may take.
    pub memory: Memory,
}

/// Memory that is in use at a time, at most.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Bytes for each byte of the input.
    pub per_byte: u64,
    /// Bytes whatever the input.
    pub beside: u64,
}

/// Memory that was in use.
#[derive(Clone, Copy, Debug)]
pub struct Allocated {
    /// Bytes at a time, at most.
    pub most: u64,
    /// Bytes that were not given back.
    pub left: i64,
}

impl Target {
    /// Checks everything for `bytes`; `measure` runs what it is given and says what that allocated.
    ///
    /// # Panics
    ///
    /// If something does not hold.
    pub fn run(&self, bytes: &[u8], measure: impl FnOnce(&mut dyn FnMut()) -> Allocated) {
        let allocated = measure(&mut || (self.decode)(bytes));
        let Memory { per_byte, beside } = self.memory;
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let allowed = per_byte.saturating_mul(len).saturating_add(beside);
        let most = allocated.most;
        assert!(most <= allowed, "{len} bytes took {most} of memory where {allowed} are allowed");
        assert_eq!(allocated.left, 0, "memory was not given back");
        (self.check)(bytes);
    }
}
