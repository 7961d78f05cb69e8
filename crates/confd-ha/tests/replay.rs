//! Our client against the recorded daemons: it sends what the real clients were recorded with.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use confd_ha::{Builder, Client, Error, ErrorKind, EventMask, Events};
use quorate_codec::confd_ha::{Order, Subscription, SyncAnswer};
use quorate_fixtures::captures::confd::{Capture, all};
use quorate_fixtures::captures::{Direction, Message};
use quorate_fixtures::replay::{ConfdReplay, Place};

/// A connection, of whichever kind it is.
#[derive(Default)]
struct Connection {
    client: Option<Client>,
    events: Option<Events>,
}

/// Why a recording cannot be acted out to its end.
enum Stop {
    /// The client does not make such a call.
    NoSuchCall,
    /// The client closes the connection, or cannot open it, and is right.
    Closed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Closed(error)
    }
}

/// Makes the calls that were recorded, in their order.
async fn act(capture: &Capture, address: &str) -> Result<(), Stop> {
    let mut connections: BTreeMap<u32, Connection> = BTreeMap::new();
    let messages: Vec<Message> =
        capture.decode().unwrap().iter().map(|decoded| decoded.message().clone()).collect();
    for (index, message) in messages.iter().enumerate() {
        if message.direction == Direction::ServerToClient {
            continue;
        }
        let connection = connections.entry(message.connection).or_default();
        let frame = message.bytes.get(4..).unwrap_or_default();
        let frame = &Bytes::copy_from_slice(frame);
        // What comes next on this connection from the daemon.
        let next = messages[index..].iter().find(|next| {
            next.connection == message.connection && next.direction == Direction::ServerToClient
        });
        match message.name.as_str() {
            // The rest of the handshake comes with the token, if it comes to that.
            "handshake_request" | "access_response" => {
                let mut rest = messages[index..].iter();
                let goes_on = rest.any(|later| {
                    later.connection == message.connection
                        && matches!(later.name.as_str(), "token" | "subscription")
                });
                if !goes_on {
                    builder(capture, address).token("tok").connect().await?;
                    panic!("{}: admitted", capture.scenario);
                }
            }
            "token" => {
                let builder = builder(capture, address).token(frame);
                connection.client = Some(builder.connect().await?);
            }
            "subscription" => {
                let builder = builder(capture, address);
                let subscription = Subscription::decode(frame).unwrap();
                connection.events = Some(subscribe(builder, &subscription).await?);
            }
            "ha_synced" => {
                assert_eq!(SyncAnswer::decode(frame), Ok(SyncAnswer::HaSynced));
                // The event acknowledges itself.
                drop(connection.events.as_mut().unwrap().next().await);
            }
            _ => {
                let order = Order::decode(frame).map_err(|_| Stop::NoSuchCall)?;
                let obeyed = give(connection.client.as_ref().unwrap(), &order).await;
                check(&capture.scenario, next, obeyed)?;
            }
        }
    }
    Ok(())
}

fn builder(capture: &Capture, address: &str) -> Builder {
    let builder = Client::builder().tcp(address);
    match &capture.secret_file {
        Some(file) => builder.access_secret(quorate_codec::confd_ha::access::secret_of_file(file)),
        None => builder,
    }
}

async fn subscribe(builder: Builder, subscription: &Subscription) -> Result<Events, Stop> {
    let mut plan = builder.events()?.also(subscription.mask);
    let interval = |ms: i32| Duration::from_millis(ms.try_into().unwrap());
    if subscription.mask.contains(EventMask::HEARTBEAT) {
        plan = plan.heartbeat(interval(subscription.heartbeat_ms));
    }
    if subscription.mask.contains(EventMask::HEALTH_CHECK) {
        plan = plan.health_check(interval(subscription.health_check_ms));
    }
    if subscription.mask.contains(EventMask::HA_INFO_SYNC) {
        plan = plan.sync();
    }
    let made = subscription.stream.is_none() && subscription.verbosity == Some(0);
    let answered = EventMask::COMMIT_DIFF | EventMask::AUDIT_SYNC | EventMask::AUDIT_NETWORK_SYNC;
    let mask = subscription.mask;
    if !made || !mask.contains(EventMask::HA_INFO) || mask.intersects(answered) {
        return Err(Stop::NoSuchCall);
    }
    Ok(plan.subscribe().await?)
}

async fn give(client: &Client, order: &Order) -> Result<&'static str, Error> {
    match order {
        Order::BePrimary(order) => client.be_primary(order.node.clone()).await?,
        Order::BeSecondary(order) => {
            let primary = order.primary.clone();
            client.be_secondary(order.node.clone(), primary, order.wait).await?;
        }
        Order::BeNone => client.be_none().await?,
        Order::Status => return client.status().await.map(|_| "status"),
        Order::SecondaryDead(order) => client.secondary_dead(order.node.clone()).await?,
        Order::BeRelay => client.be_relay().await?,
        other => panic!("{other:?}"),
    }
    Ok("ok")
}

/// Compares what a call returned with what the daemon says in the recording.
fn check(
    scenario: &str,
    said: Option<&Message>,
    obeyed: Result<&'static str, Error>,
) -> Result<(), Stop> {
    let fields = said.map(|said| &said.fields);
    let result = fields.and_then(|fields| fields.get("result")?.as_str());
    match obeyed {
        Ok("ok") if result == Some("status") => {} // An order that is not waited for.
        Ok(returned) => {
            assert!(result.is_none_or(|said| said == returned), "{scenario}: {result:?}");
        }
        Err(error) if error.kind() == ErrorKind::Refused => {
            let code = fields.and_then(|fields| fields["code"].as_i64());
            assert_eq!(code, error.status().map(|code| code.code().into()), "{scenario}");
        }
        Err(error) if error.kind() == ErrorKind::Protocol && result == Some("unexpected") => {
            // The connection is as good as before.
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

#[tokio::test]
async fn every_recorded_client_of_confd() {
    let (mut played, mut not_made, mut closed) = (0, 0, BTreeMap::new());
    for capture in all().unwrap() {
        let nowhere = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
        let replay = ConfdReplay::listen(capture.clone(), nowhere).await.unwrap();
        let Place::Tcp(address) = replay.place() else { panic!("it listens over TCP") };
        let address = address.to_string();
        let playing = tokio::spawn(replay.play());
        match act(&capture, &address).await {
            Ok(()) => {
                playing
                    .await
                    .unwrap()
                    .unwrap_or_else(|error| panic!("{}: {error}", capture.scenario));
                played += 1;
            }
            Err(Stop::NoSuchCall) => not_made += 1,
            Err(Stop::Closed(error)) => {
                // Whether a daemon still listens when the connection ends is not in the recording.
                let kind = if error.is_closed() { ErrorKind::Closed } else { error.kind() };
                closed.insert(capture.scenario.clone(), kind);
            }
        }
    }
    // Those with masks, streams and verbosities that are not HA's.
    assert_eq!((played, not_made), (181, 6));
    let expected = [
        ("access_denied", ErrorKind::AccessDenied),
        ("access_server_wants_but_client_does_not", ErrorKind::Closed),
        ("access_then_bad_vsn", ErrorKind::BadVersion),
        ("access_wrong_challenge_code", ErrorKind::AccessDenied),
        ("beslave_nowait_reply_anyway_desync", ErrorKind::Protocol),
        ("beslave_wait_server_dies", ErrorKind::Closed),
        ("connect_bad_vsn", ErrorKind::BadVersion),
        ("connect_server_closes", ErrorKind::Closed),
        ("connect_single_byte_13", ErrorKind::Unavailable),
        ("econfd_bad_sizes", ErrorKind::BadSizes),
        ("econfd_bad_vsn", ErrorKind::BadVersion),
        ("notif_subscribe_error_2tuple", ErrorKind::Refused),
        ("notif_subscribe_other_atom", ErrorKind::Protocol),
        ("reject_deep_nesting", ErrorKind::Protocol),
        ("reject_length_ffffffff", ErrorKind::Protocol),
        ("reject_notif_ok_without_version_byte", ErrorKind::Protocol),
        ("reject_zero_length_frame", ErrorKind::Protocol),
    ];
    let closed: Vec<_> = closed.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
    assert_eq!(closed, expected);
}
