use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use bytes::BytesMut;
use quorate_codec::qb::ring::RingSize;

use super::*;

const WORDS: u32 = 1024;
const MAX_LEN: u32 = 4 * WORDS;

fn ring() -> HeapRing {
    HeapRing::new(size())
}

fn size() -> RingSize {
    RingSize::from_words(WORDS).unwrap()
}

fn writer(ring: &HeapRing) -> RingWriter<&HeapRing> {
    RingWriter::new(ring, size(), MAX_LEN)
}

fn reader(ring: &HeapRing) -> RingReader<&HeapRing> {
    RingReader::new(ring, size(), MAX_LEN)
}

fn pop(reader: &mut RingReader<&HeapRing>) -> Option<Vec<u8>> {
    let mut out = vec![0xee; 3];
    reader.pop(&mut out).unwrap().then_some(out)
}

fn message(len: usize, seed: usize) -> Vec<u8> {
    (0..len).map(|index| u8::try_from((index * 7 + seed) % 251).unwrap()).collect()
}

#[test]
fn every_length_comes_out_as_it_went_in() {
    let ring = ring();
    let (mut writer, mut reader) = (writer(&ring), reader(&ring));
    for len in (0..=4084).chain([0, 1, 2, 3, 4, 5]) {
        let message = message(len, len);
        writer.stage(&message).unwrap();
        assert_eq!(writer.commit(), 1);
        assert_eq!(pop(&mut reader), Some(message), "{len} bytes");
        assert_eq!(pop(&mut reader), None);
    }
    let too_long = writer.stage(&message(4085, 0)).unwrap_err();
    assert_eq!(too_long, PushError::TooLong { len: 4085, most: 4084 });
}

/// Split anywhere, and starting at every word of the ring, the last ones included.
#[test]
fn two_parts_come_out_as_one() {
    let ring = ring();
    let (mut writer, mut reader) = (writer(&ring), reader(&ring));
    for len in 0..40 {
        for split in 0..=len {
            let message = message(len, split);
            let (head, body) = message.split_at(split);
            writer.stage_parts(head, body).unwrap();
            writer.commit();
            assert_eq!(pop(&mut reader), Some(message), "{split} of {len} bytes");
        }
    }
    let whole = message(4084, 1);
    for split in [0, 1, 2, 3, 4, 5, 100, 4079, 4083, 4084] {
        let (head, body) = whole.split_at(split);
        writer.stage_parts(head, body).unwrap();
        writer.commit();
        assert_eq!(pop(&mut reader).as_ref(), Some(&whole), "{split}");
    }
    let too_long = writer.stage_parts(&message(4084, 0), &[0]).unwrap_err();
    assert_eq!(too_long, PushError::TooLong { len: 4085, most: 4084 });
    assert_eq!(writer.commit(), 0);
}

/// What was received may be split off, which leaves a buffer without capacity.
#[test]
fn a_buffer_is_filled_again_after_it_was_split_off() {
    let ring = ring();
    let (mut writer, mut reader) = (writer(&ring), reader(&ring));
    let mut out = BytesMut::new();
    let mut kept = Vec::new();
    for len in [100, 100, 7, 0, 4000, 100] {
        writer.stage(&message(len, len)).unwrap();
        writer.commit();
        assert_eq!(reader.pop(&mut out), Ok(true));
        kept.push((len, out.split().freeze()));
        assert_eq!((out.len(), reader.pop(&mut out)), (0, Ok(false)));
    }
    for (len, bytes) in kept {
        assert_eq!(bytes, message(len, len));
    }
}

#[test]
fn what_is_staged_is_not_seen_before_the_commit() {
    let ring = ring();
    let (mut writer, mut reader) = (writer(&ring), reader(&ring));
    writer.stage(b"one").unwrap();
    writer.stage(b"two").unwrap();
    assert!(!reader.is_ready());
    assert_eq!(pop(&mut reader), None);
    assert_eq!(writer.commit(), 2);
    assert_eq!(writer.commit(), 0);
    assert!(reader.is_ready());
    assert_eq!(pop(&mut reader), Some(b"one".to_vec()));
    assert_eq!(pop(&mut reader), Some(b"two".to_vec()));
    assert!(!reader.is_ready());
}

/// Any sequence of writes and reads, at any place in the ring, against a queue.
#[test]
fn behaves_like_a_queue() {
    let ring = ring();
    let (mut writer, mut reader) = (writer(&ring), reader(&ring));
    let mut model = VecDeque::new();
    let mut staged = VecDeque::new();
    let mut random: usize = 1;
    let mut full = 0;
    for step in 0..200_000 {
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let dice = random >> 33;
        match dice % 5 {
            0..=2 => {
                let message = message(dice / 5 % 300, step);
                match writer.stage(&message) {
                    Ok(()) => staged.push_back(message),
                    Err(PushError::Full) => full += 1,
                    Err(error) => panic!("{error}"),
                }
            }
            3 => {
                assert_eq!(usize::try_from(writer.commit()).unwrap(), staged.len());
                model.append(&mut staged);
            }
            _ => assert_eq!(pop(&mut reader), model.pop_front(), "step {step}"),
        }
    }
    assert!(full > 1000, "the ring was full {full} times only");
}

#[test]
fn a_full_ring_takes_again_once_read() {
    let ring = ring();
    let (mut writer, mut reader) = (writer(&ring), reader(&ring));
    let mut count = 0;
    while writer.stage(&[7; 100]).is_ok() {
        count += 1;
    }
    // 27 words each; the margin keeps more than one word free.
    assert_eq!(count, 1024 / 27);
    assert_eq!(writer.stage(&[7; 100]), Err(PushError::Full));
    writer.commit();
    for _ in 0..count {
        assert!(pop(&mut reader).is_some());
    }
    assert_eq!(pop(&mut reader), None);
    assert!(writer.stage(&[7; 100]).is_ok());
}

#[test]
fn two_threads_lose_nothing() {
    let ring = ring();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = writer(&ring);
            for index in 0..100_000usize {
                let message = message(index % 97, index);
                while writer.stage(&message) == Err(PushError::Full) {
                    writer.commit();
                    std::thread::yield_now();
                }
                if index % 5 == 0 {
                    writer.commit();
                }
            }
            writer.commit();
        });
        let mut reader = reader(&ring);
        for index in 0..100_000usize {
            let got = loop {
                match pop(&mut reader) {
                    Some(got) => break got,
                    None => std::thread::yield_now(),
                }
            };
            assert_eq!(got, message(index % 97, index));
        }
    });
}

#[test]
fn a_token_without_a_chunk_is_an_error() {
    let ring = ring();
    ring.semaphore().fetch_add(1, Ordering::Relaxed);
    let error = reader(&ring).pop(&mut BytesMut::new()).unwrap_err();
    assert_eq!(error, RingError::Magic { word: 0, found: 0 });
}

#[test]
fn a_chunk_that_is_not_finished_is_an_error() {
    let ring = ring();
    let mut writer = writer(&ring);
    writer.stage(b"x").unwrap();
    writer.commit();
    ring.data()[1].store(0xA110_CED0, Ordering::Relaxed);
    let error = reader(&ring).pop(&mut BytesMut::new()).unwrap_err();
    assert_eq!(error, RingError::Magic { word: 0, found: 0xA110_CED0 });
}

#[test]
fn lengths_that_lie_are_errors() {
    for len in [9, 12, 4085, u32::MAX - 3, u32::MAX] {
        let ring = ring();
        let mut writer = writer(&ring);
        writer.stage(b"12345678").unwrap();
        writer.commit();
        ring.data()[0].store(len, Ordering::Relaxed);
        let error = reader(&ring).pop(&mut BytesMut::new()).unwrap_err();
        assert_eq!(error, RingError::Length { word: 0, found: len, most: 8 });
    }
}

#[test]
fn pointers_that_lie_are_errors() {
    for found in [WORDS, WORDS + 1, u32::MAX] {
        let ring = ring();
        let mut writer = writer(&ring);
        writer.stage(b"x").unwrap();
        writer.commit();
        ring.write_pt().store(found, Ordering::Relaxed);
        let error = reader(&ring).pop(&mut BytesMut::new()).unwrap_err();
        assert_eq!(error, RingError::Pointer { pointer: "write_pt", found, words: WORDS });
        ring.read_pt().store(found, Ordering::Relaxed);
        let error = writer.stage(b"x").unwrap_err();
        let expected = RingError::Pointer { pointer: "read_pt", found, words: WORDS };
        assert_eq!(error, PushError::Ring(expected));
    }
}

#[test]
fn our_own_pointers_in_shared_memory_are_never_read() {
    let ring = ring();
    let (mut writer, mut reader) = (writer(&ring), reader(&ring));
    for round in 0..3000usize {
        writer.stage(&message(50, round)).unwrap();
        writer.commit();
        ring.read_pt().store(u32::MAX, Ordering::Relaxed);
        assert_eq!(pop(&mut reader), Some(message(50, round)));
    }
}

/// Whatever stands in the ring, reading it ends, in bounds, and allocates no more than a ring.
#[test]
fn hostile_rings_are_survived() {
    let mut random: u64 = 99;
    let mut next = move || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        u32::try_from(random >> 32).unwrap()
    };
    for _ in 0..2000 {
        let ring = ring();
        for _ in 0..next() % 64 {
            let values = [0xA1A1_A1A1, next() % 4096, next(), 0];
            let value = values[usize::try_from(next() % 4).unwrap()];
            ring.data()[usize::try_from(next() % 64).unwrap()].store(value, Ordering::Relaxed);
        }
        ring.write_pt().store(next() % (WORDS + 8), Ordering::Relaxed);
        ring.semaphore().fetch_add(u64::from(next() % 100), Ordering::Relaxed);
        let mut reader = reader(&ring);
        let mut out = Vec::new();
        for _ in 0..200 {
            match reader.pop(&mut out) {
                Ok(true) => assert!(out.len() <= 4084),
                Ok(false) | Err(_) => break,
            }
        }
        assert!(out.capacity() <= 2 * 4096);
    }
}
