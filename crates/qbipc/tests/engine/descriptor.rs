use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::*;

fn is_readable(fd: impl AsFd) -> bool {
    let mut fds = [PollFd::new(&fd, PollFlags::IN)];
    poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap() == 1
}

async fn two_readers(wire: &Wire) -> (Client<Made<Keyed>>, [Reader<Made<Keyed>>; 2]) {
    let client = connect::<Keyed>(wire).await;
    let a = client.subscribe(Topic::Follow, Begin::Now).await.unwrap();
    let b = client.subscribe(Topic::Follow, Begin::Now).await.unwrap();
    (client, [a, b])
}

/// Tells both readers of something.
async fn tell_both(wire: &Wire) {
    wire.tell(1, 1);
    wire.tell(2, 1);
    settle().await;
}

fn take(reader: &mut Reader<Made<Keyed>>) {
    while reader.try_next().unwrap().is_some() {}
}

#[tokio::test(start_paused = true)]
async fn it_is_readable_while_any_reader_has_something() {
    let wire = Wire::served();
    let (client, [mut a, mut b]) = two_readers(&wire).await;
    let fd = client.event_fd().unwrap();
    take(&mut a);
    take(&mut b);
    assert!(!is_readable(&fd));
    tell_both(&wire).await;
    assert!(is_readable(&fd));
    take(&mut a);
    assert!(is_readable(&fd), "b has something");
    take(&mut b);
    assert!(!is_readable(&fd));
}

#[tokio::test(start_paused = true)]
async fn what_readers_had_before_it_was_made_counts() {
    let wire = Wire::served();
    let (client, [mut a, mut b]) = two_readers(&wire).await;
    tell_both(&wire).await;
    let fd = client.event_fd().unwrap();
    assert!(is_readable(&fd));
    take(&mut a);
    assert!(is_readable(&fd), "b has something");
    take(&mut b);
    assert!(!is_readable(&fd));
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_is_gone_or_over_has_nothing() {
    let wire = Wire::served();
    let (client, [a, b]) = two_readers(&wire).await;
    let fd = client.event_fd().unwrap();
    tell_both(&wire).await;
    drop(a);
    assert!(is_readable(&fd));
    wire.with(|state| state.serves = false);
    let mut stopping = Box::pin(b.stop());
    assert!(poll_once(stopping.as_mut()).is_pending());
    drop(stopping);
    assert!(!is_readable(&fd));

    let wire = Wire::served();
    let client = connect::<Tracked>(&wire).await;
    let fd = client.event_fd().unwrap();
    let mut once = client.subscribe(Topic::Once, Begin::Snapshot).await.unwrap();
    assert!(is_readable(&fd));
    while once.try_next().unwrap().is_some() {}
    assert!(once.is_over() && !is_readable(&fd));
}

/// The slot of a reader that is being stopped has another reader by the time the first is dropped.
#[tokio::test(start_paused = true)]
async fn a_reader_that_is_stopped_leaves_the_next_one_alone() {
    let wire = Wire::served();
    let (client, [mut a, b]) = two_readers(&wire).await;
    let fd = client.event_fd().unwrap();
    take(&mut a);
    wire.with(|state| state.serves = false);
    let mut stopping = Box::pin(b.stop());
    assert!(poll_once(stopping.as_mut()).is_pending());
    wire.with(|state| state.serves = true);
    let mut next = client.subscribe(Topic::Follow, Begin::Now).await.unwrap();
    assert!(is_readable(&fd));
    drop(stopping);
    assert!(is_readable(&fd));
    take(&mut next);
    assert!(!is_readable(&fd));
}

#[tokio::test(start_paused = true)]
async fn it_is_readable_for_ever_once_the_client_is_over() {
    let wire = Wire::served();
    let (client, [mut a, _b]) = two_readers(&wire).await;
    let fd = client.event_fd().unwrap();
    take(&mut a);
    wire.end();
    settle().await;
    assert!(is_readable(&fd));
    assert!(a.try_next().unwrap_err().is_closed());
    assert!(is_readable(&fd) && is_readable(client.event_fd().unwrap()));
}
