//! The two-sided ring protocol under every interleaving and every memory ordering that loom knows.

use std::sync::atomic::Ordering;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, AtomicU64};
use loom::thread;
use qbipc::ring::{DoubleWord, PushError, RingMemory, RingReader, RingWriter, Word};
use quorate_codec::qb::ring::RingSize;

/// So small that two chunks fill it, and what comes next goes around the end.
const WORDS: u32 = 8;
const MAX_LEN: u32 = 16;

struct LoomWord(AtomicU32);

impl Word for LoomWord {
    fn load(&self, ordering: Ordering) -> u32 {
        self.0.load(ordering)
    }

    fn store(&self, value: u32, ordering: Ordering) {
        self.0.store(value, ordering);
    }

    fn fetch_add(&self, value: u32, ordering: Ordering) -> u32 {
        self.0.fetch_add(value, ordering)
    }
}

struct LoomDoubleWord(AtomicU64);

impl DoubleWord for LoomDoubleWord {
    fn load(&self, ordering: Ordering) -> u64 {
        self.0.load(ordering)
    }

    fn fetch_add(&self, value: u64, ordering: Ordering) -> u64 {
        self.0.fetch_add(value, ordering)
    }
}

struct LoomRing {
    header: [LoomWord; 4],
    semaphore: LoomDoubleWord,
    data: Vec<LoomWord>,
}

impl LoomRing {
    fn new() -> Arc<Self> {
        let word = || LoomWord(AtomicU32::new(0));
        Arc::new(Self {
            header: std::array::from_fn(|_| word()),
            semaphore: LoomDoubleWord(AtomicU64::new(0)),
            data: (0..WORDS).map(|_| word()).collect(),
        })
    }
}

/// A handle on the ring, as each process has its own mapping.
#[derive(Clone)]
struct Shared(Arc<LoomRing>);

impl RingMemory for Shared {
    type Word = LoomWord;
    type DoubleWord = LoomDoubleWord;

    fn write_pt(&self) -> &LoomWord {
        &self.0.header[0]
    }

    fn read_pt(&self) -> &LoomWord {
        &self.0.header[1]
    }

    fn ref_count(&self) -> &LoomWord {
        &self.0.header[2]
    }

    fn flow_control(&self) -> &LoomWord {
        &self.0.header[3]
    }

    fn semaphore(&self) -> &LoomDoubleWord {
        &self.0.semaphore
    }

    fn data(&self) -> &[LoomWord] {
        &self.0.data
    }

    fn wake(&self, _count: u32) {}
}

fn sides() -> (RingWriter<Shared>, RingReader<Shared>) {
    let shared = Shared(LoomRing::new());
    let size = RingSize::model(WORDS);
    (RingWriter::new(shared.clone(), size, MAX_LEN), RingReader::new(shared, size, MAX_LEN))
}

fn push(writer: &mut RingWriter<Shared>, message: &[u8]) {
    while let Err(error) = writer.stage(message) {
        assert_eq!(error, PushError::Full);
        writer.commit();
        thread::yield_now();
    }
}

fn pop(reader: &mut RingReader<Shared>) -> Vec<u8> {
    let mut out = Vec::new();
    while !reader.pop(&mut out).expect("the writer is honest") {
        thread::yield_now();
    }
    out
}

fn explore(test: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(test);
}

#[test]
fn messages_arrive_whole_and_in_order() {
    explore(|| {
        let (mut writer, mut reader) = sides();
        let writing = thread::spawn(move || {
            for message in [b"one!", b"two!"] {
                push(&mut writer, message);
                writer.commit();
            }
        });
        assert_eq!(pop(&mut reader), b"one!");
        assert_eq!(pop(&mut reader), b"two!");
        writing.join().expect("no panic");
    });
}

#[test]
fn a_place_is_used_again_only_when_it_was_read() {
    explore(|| {
        let (mut writer, mut reader) = sides();
        let writing = thread::spawn(move || {
            // The second has to wait for the first to be read, and goes around the end.
            for message in [b"twelve bytes", b"and 12 more."] {
                push(&mut writer, message);
                writer.commit();
            }
        });
        assert_eq!(pop(&mut reader), b"twelve bytes");
        assert_eq!(pop(&mut reader), b"and 12 more.");
        writing.join().expect("no panic");
    });
}

#[test]
fn several_committed_at_once() {
    explore(|| {
        let (mut writer, mut reader) = sides();
        let writing = thread::spawn(move || {
            push(&mut writer, b"a");
            push(&mut writer, b"b");
            writer.commit();
        });
        assert_eq!(pop(&mut reader), b"a");
        assert_eq!(pop(&mut reader), b"b");
        writing.join().expect("no panic");
    });
}
