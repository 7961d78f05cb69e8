use serde_json::{Value, json};
use votequorum::{Event, LossReason, Node, NodeState};

use crate::extra_info;

/// The keys of [`of`]. They stay; new ones may come.
pub(crate) const HELP: &str = "\
With --json every line is an object. Its key `event` says what happened; what other keys there are
depends on it:
  nodelist            context, ring_id { node, seq }, ring (as 1.14, hexadecimal), nodes [ids]
  quorum              context, quorate, nodes [{ id, state }], device (null if no quorum device is
                      registered on this node)
  expected_votes      context, expected_votes
  qdevice_extra_info  context, node, info (null if it is not text), info_hex
  unknown             id, bytes (how many)
  lagged              missed: events that were dropped because this program was too slow
  lost                reason (disconnected or protocol): the connection was lost, with --reconnect
  restored            connected again; the current state was shown since `lost`
An error is the last line: ok (false), code and name (of corosync's C library), error (text).";

pub(crate) fn of(event: &Event) -> Value {
    match event {
        Event::Nodelist(nodelist) => json!({
            "event": "nodelist",
            "context": nodelist.context,
            "ring_id": { "node": nodelist.ring_id.node.get(), "seq": nodelist.ring_id.seq },
            "ring": nodelist.ring_id.to_string(),
            "nodes": nodelist.nodes.iter().map(|node| node.get()).collect::<Vec<_>>(),
        }),
        Event::Quorum(quorum) => json!({
            "event": "quorum",
            "context": quorum.context,
            "quorate": quorum.quorate,
            "nodes": quorum.nodes().map(node).collect::<Vec<_>>(),
            "device": quorum.device().map(device),
        }),
        Event::ExpectedVotes(expected) => json!({
            "event": "expected_votes",
            "context": expected.context,
            "expected_votes": expected.expected_votes,
        }),
        Event::QdeviceExtraInfo(extra) => {
            let mut json = json!({ "event": "qdevice_extra_info", "context": extra.context });
            let info = extra_info::as_json(extra.node.get(), &extra.info);
            for key in ["node", "info", "info_hex"] {
                json[key] = info[key].clone();
            }
            json
        }
        Event::Unknown(unknown) => json!({
            "event": "unknown",
            "id": unknown.id,
            "bytes": unknown.body.len(),
        }),
        Event::Lagged { missed } => json!({ "event": "lagged", "missed": missed }),
        Event::Lost { reason } => json!({ "event": "lost", "reason": loss(*reason) }),
        Event::Restored => json!({ "event": "restored" }),
        _ => json!({ "event": "other" }),
    }
}

fn node(node: Node) -> Value {
    json!({ "id": node.id.get(), "state": node.state.to_string() })
}

/// corosync lists a registered quorum device with state 0.
fn device(state: NodeState) -> String {
    if state.code() == 0 { "registered".into() } else { state.to_string() }
}

fn loss(reason: LossReason) -> &'static str {
    match reason {
        LossReason::Disconnected => "disconnected",
        LossReason::Protocol => "protocol",
        _ => "other",
    }
}
