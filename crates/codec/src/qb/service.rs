//! What a libqb service says about itself. Everything else is done by the [session](super::session)
//! and by the engine in the `qbipc` crate, for every service alike.

use std::fmt::Debug;

use bytes::BytesMut;

use super::CsError;
use crate::DecodeError;

/// One service: its messages, and how its subscriptions begin, are told apart, and end.
///
/// All functions are pure: none waits, takes a lock, or reads a clock.
///
/// The defaults are those of a service without subscriptions, which uses `()` for
/// [`Topic`](Self::Topic), [`Handle`](Self::Handle) and [`View`](Self::View).
pub trait Service: Sized + Send + 'static {
    /// The name of its socket.
    const NAME: &'static str;

    /// The message size to negotiate by default, in bytes. The daemon allocates three rings of this
    /// size.
    ///
    /// An event that is larger than what was negotiated is never delivered, and neither is any event
    /// after it. So this covers the service's largest event.
    const MAX_MSG_SIZE: u32 = 64 * 1024;

    /// How many subscriptions one connection can have.
    const SUBSCRIPTIONS: Multiplicity = Multiplicity::One;

    /// How the session knows that the daemon has sent all of the current state.
    const SNAPSHOT: Snapshot = Snapshot::None;

    /// What happens to a reader that is too slow.
    const OVERFLOW: Overflow = Overflow::Lag;

    /// Any request.
    type Request: Request<Self>;
    /// Any successful reply.
    type Reply: Debug + Send;
    /// Any message of the event channel. Every reader gets a clone, so it should be cheap to clone.
    type Event: Clone + Debug + Send;
    /// What a reader subscribes to: flags, a key, a group.
    type Topic: Clone + Debug + Send;
    /// What the daemon calls an established subscription: a track handle, an address, or `()`.
    type Handle: Clone + Debug + Send;
    /// The current state, as far as events tell it.
    type View: View<Self>;

    /// Decodes a successful reply. The header was checked; `id` is the one in it.
    ///
    /// A payload that is kept can be split off `message` without a copy. Replies with another status
    /// than success are never decoded: their body is uninitialised memory of the daemon.
    ///
    /// # Errors
    ///
    /// If the message is malformed. The connection is unusable then.
    fn decode_reply(id: i32, message: &mut BytesMut) -> Result<Self::Reply, DecodeError>;

    /// Decodes an event. An unknown id is an event too, not an error.
    ///
    /// # Errors
    ///
    /// If the message is malformed. The connection is unusable then.
    fn decode_event(message: &mut BytesMut) -> Result<Self::Event, DecodeError>;

    /// Which subscription an event belongs to.
    fn route(_event: &Self::Event) -> Route {
        Route::Any
    }

    /// The next step of starting a subscription, given the answers to the steps before.
    ///
    /// `instance` is unique to this start. Where events can carry a value of the client, it is put
    /// there, so that [`route`](Self::route) can tell the events of this start from older ones.
    ///
    /// Every step is a request with a reply. Only the last one may start something at the daemon: if
    /// the readers go between two steps, nothing is ended.
    fn open(_topic: &Self::Topic, _instance: u64, _answers: &[Answered<Self>]) -> Open<Self> {
        Open::Refused(CsError::NotSupported)
    }

    /// The request that ends an established subscription; `None` if only closing the connection
    /// ends it. It has a reply; to "try again" it is sent again after a pause.
    fn close(_topic: &Self::Topic, _handle: &Self::Handle) -> Option<Self::Request> {
        None
    }

    /// Whether a topic is complete once the current state was told, and follows no changes.
    ///
    /// If another reader follows the changes, such a reader shares its subscription: it is told what
    /// events have told so far, and nothing is sent. What the daemon does not announce can be older
    /// than what it would answer.
    fn is_once(_topic: &Self::Topic) -> bool {
        false
    }

    /// Merges the topics of two readers that share one subscription: what the daemon is asked for
    /// has to serve both.
    fn merge(a: Self::Topic, b: &Self::Topic) -> Self::Topic {
        if Self::is_once(&a) { b.clone() } else { a }
    }

    /// A request that any daemon answers at once and that changes nothing, for keep-alives; `None`
    /// if the service has none.
    fn ping() -> Option<Self::Request> {
        None
    }

    /// What the user can do about a refused request, as a clause of an error's text.
    fn remedy(_request: &'static str, _status: CsError) -> Option<&'static str> {
        None
    }
}

/// The answer to one step of starting a subscription.
pub type Answered<S> = Result<<S as Service>::Reply, CsError>;

/// A request: its bytes, and what may follow it.
pub trait Request<S: Service>: Debug + Send {
    /// Its name in errors and traces, as in the daemon's sources: `GETINFO`.
    fn name(&self) -> &'static str;

    /// Whether, when and how it is answered.
    fn class(&self) -> Class;

    /// Appends the request, without its [body](Self::body). The size in its header covers both.
    fn encode(&self, out: &mut BytesMut);

    /// A payload that follows what [`encode`](Self::encode) appended. It is copied once, from here
    /// into the ring.
    fn body(&self) -> &[u8] {
        &[]
    }

    /// Whether it holds a value of the user's, whose `Drop` may run the user's code. The session
    /// hands such requests out to be dropped where no lock is held.
    fn is_users(&self) -> bool {
        false
    }

    /// Whether it waits while the daemon asks for flow control (libcpg does so for messages to a
    /// group).
    fn is_gated(&self) -> bool {
        false
    }

    /// What follows an answer. One call can be many requests, as the fragments of a CPG message are.
    /// Between two of them, the call counts as not sent.
    fn advance(&mut self, _answer: &Answered<S>) -> Advance {
        Advance::Done
    }
}

/// How a request is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Class {
    /// In the order of the requests.
    Ordinary(Answer),
    /// Later than requests that follow it. The session sends nothing that has a reply after it until
    /// it is answered.
    Late(Answer),
    /// Never.
    OneWay,
}

/// What a reply is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Answer {
    /// Its id.
    pub id: i32,
    /// Its largest length in bytes. The session keeps so much room in the response channel: a reply
    /// without room is dropped by the daemon.
    pub max_len: u32,
}

impl Class {
    /// What the reply is, if there is one.
    pub fn answer(self) -> Option<Answer> {
        match self {
            Self::Ordinary(answer) | Self::Late(answer) => Some(answer),
            Self::OneWay => None,
        }
    }

    /// Whether nothing that has a reply may follow it.
    pub fn is_late(self) -> bool {
        matches!(self, Self::Late(_))
    }
}

/// What follows an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Advance {
    /// The answer is the outcome of the call.
    Done,
    /// The request has become its next step, which goes out next.
    Send,
    /// The request goes out again after a pause.
    Pause,
}

/// The next step of starting a subscription.
#[derive(Debug)]
pub enum Open<S: Service> {
    /// Send this request.
    Send(S::Request),
    /// Forget the last answer, and send the request of its step again after a pause. Only if there is
    /// an answer.
    Pause,
    /// The subscription is established, and this is its handle.
    Stands(S::Handle),
    /// The daemon refuses it.
    Refused(CsError),
}

/// Which subscription an event belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Route {
    /// The only one there is. A daemon that answers while events still wait for room in their channel
    /// can send events of an ended subscription after the next was started, and these are not told
    /// apart.
    Any,
    /// The one that was started with this instance. If that has ended, the event is dropped.
    Instance(u64),
}

/// How many subscriptions one connection can have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Multiplicity {
    /// One. All readers share it.
    One,
    /// Many. Every reader has its own.
    Many,
}

/// How the session knows that the daemon has sent all of the current state.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Snapshot {
    /// The daemon sends no current state: a subscription is complete when it is established.
    None,
    /// The daemon queues it before the reply: complete when the reply was taken in, the event channel
    /// was found empty after that, and the view says so. (With a full ring the daemon answers before
    /// it gets its events out.)
    BeforeReply,
    /// It comes some time after the reply: complete when the view says so.
    AfterReply,
}

/// What happens to a reader that is too slow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Overflow {
    /// The oldest events are dropped. The reader is told how many, then the state they led to.
    Lag,
    /// The reader gets what waits for it, and then ends: it has missed something.
    End,
}

/// The current state, folded from events. Late readers and readers that lagged get it as events.
pub trait View<S: Service>: Clone + Debug + Default + Send {
    /// Takes an event in.
    fn fold(&mut self, event: &S::Event);

    /// The fewest events that tell the state to a reader that knows nothing.
    fn replay(&self) -> Vec<S::Event>;

    /// Whether nothing of the first state is missing.
    fn is_complete(&self, handle: &S::Handle) -> bool;
}

/// The view of a service that has no state to tell.
impl<S: Service> View<S> for () {
    fn fold(&mut self, _event: &S::Event) {}

    fn replay(&self) -> Vec<S::Event> {
        Vec::new()
    }

    fn is_complete(&self, _handle: &S::Handle) -> bool {
        true
    }
}
