use std::sync::atomic::{AtomicU32, AtomicU64};

use quorate_codec::qb::ring::RingSize;

use super::RingMemory;

/// A ring in plain memory, for both sides in one process.
#[derive(Debug)]
pub struct HeapRing {
    write_pt: AtomicU32,
    read_pt: AtomicU32,
    ref_count: AtomicU32,
    flow_control: AtomicU32,
    semaphore: AtomicU64,
    data: Box<[AtomicU32]>,
}

impl HeapRing {
    /// An empty ring.
    pub fn new(size: RingSize) -> Self {
        Self {
            write_pt: AtomicU32::new(0),
            read_pt: AtomicU32::new(0),
            ref_count: AtomicU32::new(2),
            flow_control: AtomicU32::new(0),
            semaphore: AtomicU64::new(0),
            data: (0..size.words()).map(|_| AtomicU32::new(0)).collect(),
        }
    }
}

impl RingMemory for HeapRing {
    type Word = AtomicU32;
    type DoubleWord = AtomicU64;

    fn write_pt(&self) -> &AtomicU32 {
        &self.write_pt
    }

    fn read_pt(&self) -> &AtomicU32 {
        &self.read_pt
    }

    fn ref_count(&self) -> &AtomicU32 {
        &self.ref_count
    }

    fn flow_control(&self) -> &AtomicU32 {
        &self.flow_control
    }

    fn semaphore(&self) -> &AtomicU64 {
        &self.semaphore
    }

    fn data(&self) -> &[AtomicU32] {
        &self.data
    }

    /// No thread of this process sleeps on a ring.
    fn wake(&self, _count: u32) {}
}
