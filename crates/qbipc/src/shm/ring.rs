use std::io;
use std::mem::offset_of;
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use quorate_codec::limits::PATH_LEN;
use quorate_codec::qb::ring::{RingSize, file};
use rustix::thread::futex;

use super::mapping::Shared;
use super::{Mapped, MappedWords};
use crate::ring::RingMemory;

/// A path in shared memory, NUL-terminated.
type SharedPath = [AtomicU32; PATH_LEN / 4];

/// The header file of a ring.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct RingHeader {
    write_pt: AtomicU32,
    read_pt: AtomicU32,
    word_size: AtomicU32,
    header_path: SharedPath,
    data_path: SharedPath,
    ref_count: AtomicU32,
    semaphore: AtomicU64,
    semaphore_shared: AtomicU32,
    semaphore_unused: [AtomicU32; 5],
    flow_control: AtomicU32,
}

// SAFETY: only atomics and arrays of them; any bit pattern is valid.
unsafe impl Shared for RingHeader {}

const _: () = {
    assert!(offset_of!(RingHeader, write_pt) == file::WRITE_PT);
    assert!(offset_of!(RingHeader, read_pt) == file::READ_PT);
    assert!(offset_of!(RingHeader, word_size) == file::WORD_SIZE);
    assert!(offset_of!(RingHeader, header_path) == file::HDR_PATH);
    assert!(offset_of!(RingHeader, data_path) == file::DATA_PATH);
    assert!(offset_of!(RingHeader, ref_count) == file::REF_COUNT);
    assert!(offset_of!(RingHeader, semaphore) == file::SEMAPHORE);
    assert!(offset_of!(RingHeader, semaphore_shared) == file::SEMAPHORE_SHARED);
    assert!(offset_of!(RingHeader, flow_control) == file::FLOW_CONTROL);
    assert!(size_of::<RingHeader>() <= file::LEN);
};

impl RingHeader {
    /// The length of the ring in words, as the header says now.
    pub(crate) fn word_size(&self) -> u32 {
        self.word_size.load(Ordering::Relaxed)
    }

    /// The path of the data file, as the header says now.
    pub(crate) fn data_path(&self) -> Vec<u8> {
        let words = self.data_path.iter();
        let bytes = words.flat_map(|word| word.load(Ordering::Relaxed).to_ne_bytes());
        bytes.take_while(|&byte| byte != 0).collect()
    }

    /// Makes this the header of an empty ring.
    pub(crate) fn initialise(&self, size: RingSize, header_path: &[u8], data_path: &[u8]) {
        self.word_size.store(size.words(), Ordering::Relaxed);
        self.ref_count.store(1, Ordering::Relaxed);
        self.semaphore_shared.store(0x80, Ordering::Relaxed);
        store_path(&self.header_path, header_path);
        store_path(&self.data_path, data_path);
    }
}

fn store_path(to: &SharedPath, path: &[u8]) {
    for (word, bytes) in to.iter().zip(path.chunks(4)) {
        let mut padded = [0; 4];
        padded.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        word.store(u32::from_ne_bytes(padded), Ordering::Relaxed);
    }
}

/// The memory of a ring: both its files, mapped.
#[derive(Debug)]
pub(crate) struct MappedRing {
    header: Mapped<RingHeader>,
    data: MappedWords,
}

impl MappedRing {
    /// Maps the data file of a ring, which has to be as long as `size` says.
    pub(crate) fn new(
        header: Mapped<RingHeader>,
        data: impl AsFd,
        size: RingSize,
    ) -> io::Result<Self> {
        let words = usize::try_from(size.words()).map_err(|_| io::ErrorKind::InvalidInput)?;
        Ok(Self { header, data: MappedWords::new(data, words)? })
    }
}

impl RingMemory for MappedRing {
    type Word = AtomicU32;
    type DoubleWord = AtomicU64;

    fn write_pt(&self) -> &AtomicU32 {
        &self.header.write_pt
    }

    fn read_pt(&self) -> &AtomicU32 {
        &self.header.read_pt
    }

    fn ref_count(&self) -> &AtomicU32 {
        &self.header.ref_count
    }

    fn flow_control(&self) -> &AtomicU32 {
        &self.header.flow_control
    }

    fn semaphore(&self) -> &AtomicU64 {
        &self.header.semaphore
    }

    fn data(&self) -> &[AtomicU32] {
        &self.data
    }

    fn wake(&self, count: u32) {
        let semaphore: *const AtomicU64 = &self.header.semaphore;
        let half = if cfg!(target_endian = "big") { 1 } else { 0 };
        let tokens = semaphore.cast::<AtomicU32>().wrapping_add(half);
        // SAFETY: this is one half of a double word that is mapped as long as `self` lives. It is
        // an address for the kernel, which wakes the threads that sleep on it; nothing is read or
        // written through it.
        let tokens = unsafe { &*tokens };
        // Having no sleeper to wake is not an error.
        let _ = futex::wake(tokens, futex::Flags::empty(), count);
    }
}
