//! The daemon's side of what no real daemon can be made to do: `server votequorum shm|socket`, a
//! votequorum that sends as many notifications as it is asked for, and `server confd`.
//!
//! SETEXPECTED(n) is answered when n notifications are queued at each client that tracks.

use std::cell::RefCell;
use std::error::Error;
use std::rc::Rc;

use bytes::BytesMut;
use qbipc::server::{Incoming, ListenOptions, ServerConnection};
use quorate_codec::qb::auth::ConnectionType;
use quorate_codec::votequorum::{
    Node, NodeId, NodeInfo, NodeState, NodelistNotification, Notification, QuorumNotification,
    Reply, Request, RingId,
};
use quorate_fixtures::confd::FakeConfd;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_blocking, spawn_local};

/// Asks the task of a client that tracks to send so many notifications, and to say when it has.
type Order = (u32, oneshot::Sender<()>);

type Trackers = Rc<RefCell<Vec<UnboundedSender<Order>>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    tokio::select! {
        ended = serve(&arguments) => ended,
        () = end_of_input() => Ok(()),
    }
}

async fn serve(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    match arguments {
        ["votequorum", "shm"] => votequorum(ConnectionType::Shm).await,
        ["votequorum", "socket"] => votequorum(ConnectionType::Socket).await,
        ["confd"] => confd().await,
        _ => Err("usage: server votequorum shm|socket, or server confd".into()),
    }
}

/// The process that has started this closes its input when it is to end and clean up.
async fn end_of_input() {
    let reading = spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    let _ = reading.await;
}

/// Prints where it listens.
async fn confd() -> Result<(), Box<dyn Error>> {
    let fake = FakeConfd::builder().tcp("127.0.0.1:0").start().await?;
    println!("{}", fake.tcp_addr().ok_or("it does not listen")?);
    std::future::pending().await
}

async fn votequorum(connection_type: ConnectionType) -> Result<(), Box<dyn Error>> {
    let options = ListenOptions::new("votequorum").connection_type(connection_type);
    let mut listener = options.listen()?;
    println!("listening");
    let trackers = Trackers::default();
    LocalSet::new()
        .run_until(async {
            loop {
                spawn_local(greet(listener.accept().await?, Rc::clone(&trackers)));
            }
        })
        .await
}

async fn greet(incoming: Incoming, trackers: Trackers) {
    let Ok(connection) = incoming.accept().await else { return };
    let (sender, orders) = unbounded_channel();
    let mut client = Client { connection, trackers, sender, orders, tracks: None };
    // However it ends, the client is gone.
    let _ = client.serve().await;
}

struct Client {
    connection: ServerConnection,
    trackers: Trackers,
    sender: UnboundedSender<Order>,
    orders: UnboundedReceiver<Order>,
    /// The context it tracks with.
    tracks: Option<u64>,
}

impl Client {
    async fn serve(&mut self) -> Result<(), Box<dyn Error>> {
        let mut request = Vec::new();
        loop {
            tokio::select! {
                Some((count, done)) = self.orders.recv() => {
                    let message = notification(self.tracks.unwrap_or_default());
                    let messages = std::iter::repeat_n(message.as_slice(), count as usize);
                    self.connection.send_events(messages)?;
                    let _ = done.send(());
                }
                received = self.connection.recv(&mut request) => {
                    received?;
                    self.answer(&request).await?;
                }
            }
        }
    }

    async fn answer(&mut self, request: &[u8]) -> Result<(), Box<dyn Error>> {
        let reply = match Request::decode(request)? {
            Request::GetInfo(_) => Reply::GetInfo(NodeInfo::default()),
            Request::TrackStart(start) => {
                self.tracks = Some(start.context);
                // A daemon tells the current state before it answers.
                self.connection.send_event(&membership(start.context))?;
                self.connection.send_event(&notification(start.context))?;
                self.trackers.borrow_mut().push(self.sender.clone());
                Reply::Status
            }
            Request::SetExpected(set) => {
                let orders = self.trackers.borrow().clone();
                for tracker in orders {
                    let (done, is_done) = oneshot::channel();
                    if tracker.send((set.expected_votes, done)).is_ok() {
                        is_done.await?;
                    }
                }
                Reply::Status
            }
            _ => Reply::Status,
        };
        let mut bytes = BytesMut::new();
        reply.encode(&mut bytes);
        Ok(self.connection.respond(&bytes)?)
    }
}

/// A NODELIST_NOTIFICATION of three nodes.
fn membership(context: u64) -> Vec<u8> {
    let nodes: Vec<_> = (1..=3u32).map(NodeId::new).collect();
    let ring_id = RingId::new(NodeId::new(1), 4);
    let mut bytes = BytesMut::new();
    Notification::Nodelist(NodelistNotification::new(context, ring_id, nodes)).encode(&mut bytes);
    bytes.into()
}

/// A QUORUM_NOTIFICATION of three nodes.
fn notification(context: u64) -> Vec<u8> {
    let nodes: Vec<_> = (1..=3u32).map(|id| Node::new(id.into(), NodeState::Member)).collect();
    let mut bytes = BytesMut::new();
    Notification::Quorum(QuorumNotification::new(context, true, nodes)).encode(&mut bytes);
    bytes.into()
}
