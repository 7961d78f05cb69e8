//! Our clients against the recorded daemons: they send what was recorded, and understand what they
//! are told.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::BytesMut;
use qbipc::{ChannelError, ConnectOptions, Connection, TransmitError};
use quorate_codec::votequorum::{NodeId, Notification, Request, Response};
use quorate_fixtures::captures::corosync::{self, Capture, Channel, Recorded};
use quorate_fixtures::captures::{Decoded, Direction};
use quorate_fixtures::replay::{CorosyncReplay, ReplayError};
use votequorum::{Builder, Client, Error, Event, TrackFlags};

fn service_name() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    format!("quorate-replay-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

fn our_uid() -> [u32; 1] {
    [rustix::process::geteuid().as_raw()]
}

/// A connection below the client, for requests the client would not make.
struct Raw(Connection);

impl Raw {
    async fn connect(service: &str) -> Self {
        let options = ConnectOptions::new(service).server_uids(our_uid());
        Self(options.connect().await.unwrap())
    }

    /// Sends what our encoder makes of a recorded request.
    async fn send(&mut self, recorded: &Recorded) {
        let mut bytes = BytesMut::new();
        Request::decode(&recorded.bytes).unwrap().encode(&mut bytes);
        loop {
            match self.0.transmit().push(&bytes, &[]) {
                Ok(()) => return,
                // More than the kernel queues before the daemon has answered.
                Err(TransmitError::Busy) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn response(&mut self) -> Response {
        let bytes = self.next(Connection::pop_response).await;
        Response::decode(&bytes).unwrap()
    }

    async fn event(&mut self) -> Notification {
        let bytes = self.next(Connection::pop_event).await;
        Notification::decode(&bytes).unwrap()
    }

    async fn next(
        &mut self,
        pop: impl Fn(&mut Connection, &mut BytesMut) -> Result<bool, ChannelError>,
    ) -> BytesMut {
        let mut bytes = BytesMut::new();
        while !pop(&mut self.0, &mut bytes).unwrap() {
            let rung = std::future::poll_fn(|cx| self.0.poll_rung(cx)).await;
            // What a daemon has sent before it left is there.
            if rung.is_err() {
                assert!(pop(&mut self.0, &mut bytes).unwrap(), "the daemon has left");
                break;
            }
        }
        bytes
    }
}

/// Sends and receives what was recorded, in that order.
async fn act(capture: &Capture, service: &str) {
    let mut connections = Vec::new();
    for (recorded, decoded) in capture.messages.iter().zip(capture.decode().unwrap()) {
        let Decoded::Message(message) = decoded else { panic!("all of it decodes") };
        let index = usize::try_from(message.connection).unwrap() - 1;
        match (recorded.channel, recorded.dir) {
            (Channel::Setup, Direction::ClientToServer) => {
                connections.push(Raw::connect(service).await);
            }
            (Channel::Setup, _) => {}
            (Channel::Request, _) => connections[index].send(recorded).await,
            (Channel::Response, _) => {
                let expected = Response::decode(&recorded.bytes).unwrap();
                assert_eq!(connections[index].response().await, expected, "{}", recorded.number);
            }
            (Channel::Event, _) => {
                let expected = Notification::decode(&recorded.bytes).unwrap();
                assert_eq!(connections[index].event().await, expected, "{}", recorded.number);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn every_recorded_client_of_corosync() {
    let captures = corosync::all().unwrap();
    assert!(captures.len() >= 18, "{} captures", captures.len());
    for capture in captures {
        println!("{}", capture.name);
        let service = service_name();
        let replay = CorosyncReplay::publish(capture.clone(), &service).unwrap();
        let played = async {
            replay.play().await.unwrap_or_else(|error| panic!("{}: {error}", capture.name));
        };
        tokio::join!(played, act(&capture, &service));
    }
}

/// A client that differs is told from the one that was recorded, by message and field.
#[tokio::test]
async fn clients_that_differ() {
    let capture = corosync::all().unwrap().swap_remove(0);
    let first = capture.messages.iter().find(|message| message.channel == Channel::Request);
    let Request::GetInfo(asked) = Request::decode(&first.unwrap().bytes).unwrap() else {
        panic!("the recording starts with something else")
    };
    let number = first.unwrap().number;

    for (other_field, expected) in [(false, "id"), (true, "nodeid")] {
        let service = service_name();
        let replay = CorosyncReplay::publish(capture.clone(), &service).unwrap();
        let act = async {
            let client = connect(&service).await;
            let _ = match other_field {
                true => client.get_info(asked.node.map_or(0, NodeId::get) + 1).await.map(drop),
                false => client.set_expected(1).await,
            };
        };
        let (played, ()) = tokio::join!(replay.play(), act);
        let Err(ReplayError::Differs { number: at, field, .. }) = played else { panic!() };
        assert_eq!((at, field.as_str()), (number, expected));
    }
}

async fn connect(service: &str) -> Client {
    Builder::new().service(service).server_uids(our_uid()).connect().await.unwrap()
}

/// The client itself, tracking as the recorded trackers did.
#[tokio::test]
async fn recorded_trackers() {
    let mut trackers = 0;
    for mut capture in corosync::all().unwrap() {
        if !capture.name.contains("tracker") {
            continue;
        }
        replace_contexts(&mut capture);
        trackers += 1;
        println!("{}", capture.name);
        let service = service_name();
        let replay = CorosyncReplay::publish(capture.clone(), &service).unwrap();
        let (played, events) = tokio::join!(replay.play(), track(&capture, &service));
        played.unwrap_or_else(|error| panic!("{}: {error}", capture.name));
        let recorded = capture.messages.iter().filter(|message| message.channel == Channel::Event);
        let recorded: Vec<Event> = recorded
            .map(|message| match Notification::decode(&message.bytes).unwrap() {
                Notification::Nodelist(message) => Event::Nodelist(message),
                Notification::Quorum(message) => Event::Quorum(message),
                Notification::ExpectedVotes(message) => Event::ExpectedVotes(message),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(events, recorded, "{}", capture.name);
    }
    assert!(trackers >= 5, "{trackers} trackers");
}

/// The context the client gives the first of its tracks on the wire; those of readers stay with it.
const FIRST: u64 = 1;

/// Has a recording use the client's context on the wire, with everything else as it was.
fn replace_contexts(capture: &mut Capture) {
    for message in &mut capture.messages {
        let mut bytes = BytesMut::new();
        match message.channel {
            Channel::Event => {
                let notification = Notification::decode(&message.bytes).unwrap();
                notification.with_context(FIRST).encode(&mut bytes);
            }
            Channel::Request => match Request::decode(&message.bytes).unwrap() {
                Request::TrackStart(mut start) => {
                    start.context = FIRST;
                    Request::TrackStart(start).encode(&mut bytes);
                }
                _ => continue,
            },
            _ => continue,
        }
        message.bytes = bytes.to_vec();
    }
}

/// Tracks until everything that was recorded has come or the daemon is gone.
async fn track(capture: &Capture, service: &str) -> Vec<Event> {
    let of = |channel| {
        let found: VecDeque<_> =
            capture.messages.iter().filter(|message| message.channel == channel).collect();
        found
    };
    let requests = of(Channel::Request);
    let Request::TrackStart(start) = Request::decode(&requests[0].bytes).unwrap() else {
        panic!("the first request is another")
    };
    let count = of(Channel::Event).len();
    let client = connect(service).await;
    let mut track = client.track(TrackFlags::CHANGES, start.context).await.unwrap();
    assert_eq!(start.flags, TrackFlags::CHANGES);
    let mut events = Vec::new();
    while events.len() < count {
        let next: Option<Result<Event, Error>> = track.next().await;
        events.push(next.unwrap().unwrap());
    }
    if requests.len() > 1 {
        track.stop().await.unwrap();
    } else {
        assert!(track.next().await.unwrap().unwrap_err().is_closed());
    }
    events
}
