//! A daemon that hangs is noticed.

mod common;

use std::time::Duration;

use common::{Daemon, next};
use confd_ha::{Event, HaEvent};
use quorate_fixtures::confd::FakeConfd;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_missed_heartbeat_is_an_item() {
    let daemon = Daemon::on_stopped_clock(FakeConfd::builder()).await;
    let plan = daemon.builder().events().unwrap().heartbeat(10 * SECOND);
    let mut events = plan.subscribe().await.unwrap();
    for _ in 0..3 {
        assert!(matches!(next(&mut events).await, Event::Heartbeat));
    }
    daemon.hang();
    for times in 1..=3 {
        let Event::Missed { silent_for } = next(&mut events).await else { panic!("{times}") };
        let expected = 15 * times * SECOND;
        assert!(silent_for >= expected && silent_for < expected + SECOND, "{silent_for:?}");
    }
    // Anything that comes ends the silence.
    daemon.emit(HaEvent::IsNone);
    assert!(matches!(next(&mut events).await, Event::Ha { .. }));
    daemon.recover();
    assert!(matches!(next(&mut events).await, Event::Heartbeat));
}

#[tokio::test(start_paused = true)]
async fn the_grace_can_be_set() {
    let daemon = Daemon::on_stopped_clock(FakeConfd::builder()).await;
    daemon.hang();
    let plan = daemon.builder().events().unwrap().heartbeat(10 * SECOND);
    let mut events = plan.heartbeat_grace(50 * SECOND).subscribe().await.unwrap();
    let start = tokio::time::Instant::now();
    assert!(matches!(next(&mut events).await, Event::Missed { .. }));
    assert!(start.elapsed() >= 60 * SECOND && start.elapsed() < 61 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn without_heartbeats_silence_is_nothing() {
    let daemon = Daemon::on_stopped_clock(FakeConfd::builder()).await;
    let plan = daemon.builder().events().unwrap().health_check(10 * SECOND);
    let mut events = plan.subscribe().await.unwrap();
    assert!(matches!(next(&mut events).await, Event::HealthCheck));
    daemon.hang();
    let nothing = tokio::time::timeout(1000 * SECOND, events.next()).await;
    assert!(nothing.is_err(), "{nothing:?}");
}
