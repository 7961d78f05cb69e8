use serde_json::{Value, json};
use votequorum::NodeInfoFlags;

use crate::extra_info;
use crate::state::{ExtraInfo, State};

/// The state for programs. Keys stay; new ones may come.
///
/// | key | value |
/// |---|---|
/// | `node_id` | the node that was asked about |
/// | `state` | `member`, `dead`, `leaving`, or `state N` |
/// | `votes` | of this node |
/// | `expected_votes`, `highest_expected`, `total_votes`, `quorum` | numbers of votes |
/// | `quorate` | whether the local node's partition is quorate |
/// | `flags` | their names in lower case; bits without a name in hexadecimal |
/// | `qdevice_votes` | of the quorum device, as configured |
/// | `qdevice_counted_votes` | of this node's quorum device, as they count now: 0 while it does not vote |
/// | `qdevice_name` | null if no device is registered |
/// | `transport` | `shm`, `socket`, or null if the connection is lost already |
/// | `ring_id` | as corosync prints it, hexadecimal: `1.14` |
/// | `members` | the ids of the ring's nodes |
/// | `extra_info` | null without `--corosync-3`, or if this corosync has none; otherwise a list with an object for each member whose quorum device has some: `node`, `info` (null if it is not text), `info_hex` |
pub(crate) fn of(state: &State) -> Value {
    let info = &state.info;
    json!({
        "node_id": info.node_id.get(),
        "state": info.state.to_string(),
        "votes": info.votes,
        "expected_votes": info.expected_votes,
        "highest_expected": info.highest_expected,
        "total_votes": info.total_votes,
        "quorum": info.quorum,
        "quorate": state.is_quorate(),
        "flags": flag_names(info.flags),
        "qdevice_votes": info.qdevice_votes,
        "qdevice_counted_votes": state.counted_device_votes(),
        "qdevice_name": info.qdevice_name.as_ref().map(ToString::to_string),
        "transport": state.transport.map(|transport| transport.to_string()),
        "ring_id": state.ring_id.to_string(),
        "members": state.members.iter().map(|member| member.node_id.get()).collect::<Vec<_>>(),
        "extra_info": extra_info(&state.extra_info),
    })
}

fn extra_info(extra_info: &ExtraInfo) -> Value {
    match extra_info {
        ExtraInfo::NotAsked | ExtraInfo::NotSupported => Value::Null,
        ExtraInfo::Known(known) => {
            known.iter().map(|(node, info)| extra_info::as_json(*node, info)).collect()
        }
    }
}

fn flag_names(flags: NodeInfoFlags) -> Vec<String> {
    let mut unnamed = flags;
    let mut names = Vec::new();
    for (name, flag) in NodeInfoFlags::all().iter_names() {
        if flags.contains(flag) {
            names.push(name.to_lowercase());
            unnamed.remove(flag);
        }
    }
    if !unnamed.is_empty() {
        names.push(format!("{:#x}", unnamed.bits()));
    }
    names
}
