use votequorum::{Event, LossReason, Node};

use crate::extra_info;

pub(crate) fn of(event: &Event) -> String {
    match event {
        Event::Nodelist(nodelist) => {
            let nodes: Vec<_> = nodelist.nodes.iter().map(ToString::to_string).collect();
            format!("ring {}: members {}", nodelist.ring_id, nodes.join(" "))
        }
        Event::Quorum(quorum) => {
            let node = |node: Node| format!("{} {}", node.id, node.state);
            let nodes: Vec<_> = quorum.nodes().map(node).collect();
            let quorate = if quorum.quorate { "quorate" } else { "NOT quorate" };
            let device = if quorum.device().is_some() { "; quorum device registered" } else { "" };
            format!("{quorate}: {}{device}", nodes.join(", "))
        }
        Event::ExpectedVotes(expected) => {
            format!("expected votes: {}", expected.expected_votes)
        }
        Event::QdeviceExtraInfo(extra) => {
            format!("quorum device of node {}: {}", extra.node, extra_info::as_text(&extra.info))
        }
        Event::Unknown(unknown) => format!("unknown notification {}", unknown.id),
        Event::Lagged { missed } => format!("{missed} events missed: they came too fast"),
        Event::Lost { reason } => format!("connection lost: {}", loss(*reason)),
        Event::Restored => "connection restored".into(),
        other => format!("{other:?}"),
    }
}

fn loss(reason: LossReason) -> String {
    match reason {
        LossReason::Disconnected => "corosync has closed it".into(),
        LossReason::Protocol => "corosync has broken the protocol".into(),
        other => format!("{other:?}"),
    }
}
