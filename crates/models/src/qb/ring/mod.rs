//! Both sides of a ring, and a process that writes into it what it likes.
//!
//! The reader and the writer are ours, the memory is everybody's. What either side has to do next
//! follows from what stands in the memory and from what only that side knows; `Model` says what,
//! from the description of the protocol alone. And a side touches nothing but what is its own to
//! touch: that is seen by comparing the memory before and after.

mod model;
pub mod operation;

use std::sync::atomic::Ordering;

use crate::{Input, Memory, Target};
use quorate_codec::qb::ring::RingSize;

use self::model::Model;
use qbipc::ring::{HeapRing, RingMemory, RingReader, RingWriter};

/// The size of the ring, then operations of a byte and its arguments.
pub const RING: Target = Target {
    name: "qb_ring",
    check: |_| {},
    decode: run,
    memory: Memory { per_byte: 1024, beside: 64 * 1024 },
};

/// A ring of libqb's smallest size, and some that are full, and wrap, sooner.
const SIZES: [RingSize; 4] =
    [RingSize::model(12), RingSize::model(33), RingSize::model(64), RingSize::model(1024)];

fn run(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let [size] = input.array();
    let size = SIZES.into_iter().cycle().nth((size % 4).into()).unwrap_or(RingSize::model(1024));
    let max_len = match input.byte() {
        0 => u32::MAX,
        some => some.into(),
    };
    let ring = HeapRing::new(size);
    let mut model = Model::new(&ring, size, max_len);
    let mut writer = RingWriter::new(&ring, size, max_len);
    let mut reader = RingReader::new(&ring, size, max_len);
    while !input.is_empty() {
        match input.byte() % operation::COUNT {
            operation::STAGE => model.stage(&mut writer, a_message(input.byte(), input.byte())),
            operation::COMMIT => model.commit(&mut writer),
            operation::POP => model.pop(&mut reader),
            hostile => scribble(&ring, &model, hostile, &mut input),
        }
        assert_eq!(reader.is_ready(), model.is_ready());
        assert_eq!(writer.staged(), model.staged());
    }
}

/// Somebody else writes into the ring.
fn scribble(ring: &HeapRing, model: &Model<'_>, hostile: u8, input: &mut Input<'_>) {
    match hostile {
        operation::WORD => store(ring, input.u16().into(), input.u32()),
        operation::WRITE_PT => ring.write_pt().store(a_pointer(input), Ordering::Relaxed),
        operation::READ_PT => ring.read_pt().store(a_pointer(input), Ordering::Relaxed),
        operation::SEMAPHORE => {
            let (tokens, waiters) = (input.u32(), input.byte());
            let value = u64::from(waiters) << 32 | u64::from(tokens);
            ring.semaphore().store(value, Ordering::Relaxed);
        }
        operation::OTHERS => {
            ring.ref_count().store(input.u32(), Ordering::Relaxed);
            ring.flow_control().store(input.u32(), Ordering::Relaxed);
        }
        // Something that looks like a message where the reader looks for one.
        _ => {
            let at = model.reader_at();
            store(ring, at, input.u16().into());
            store(ring, at + 1, 0xA1A1_A1A1);
            ring.write_pt().store(input.u16().into(), Ordering::Relaxed);
            ring.semaphore().fetch_add(input.byte().into(), Ordering::Relaxed);
        }
    }
}

/// Mostly inside the ring or just beyond it, sometimes anywhere.
fn a_pointer(input: &mut Input<'_>) -> u32 {
    match input.u16() {
        u16::MAX => input.u32(),
        near => near.into(),
    }
}

fn store(ring: &HeapRing, word: usize, value: u32) {
    let words = ring.data().len();
    if let Some(word) = ring.data().get(word % words) {
        word.store(value, Ordering::Relaxed);
    }
}

fn a_message(len: u8, seed: u8) -> Vec<u8> {
    // Sometimes one that fills all of a ring that size.
    let len = if seed == u8::MAX { 16 * usize::from(len) } else { len.into() };
    (0..len).map(|index| seed.wrapping_add(u8::try_from(index % 256).unwrap_or(0))).collect()
}
