use std::fmt::{self, Write};

use votequorum::{NodeInfo, NodeInfoFlags};

use crate::extra_info;
use crate::state::{ExtraInfo, State};

/// The state for people, laid out as `corosync-quorumtool -s` does.
pub(crate) fn of(state: &State) -> String {
    let mut text = String::new();
    write(state, &mut text).expect("a string takes any text");
    text
}

fn write(state: &State, out: &mut String) -> fmt::Result {
    let State { info, members, .. } = state;
    let quorate = state.is_quorate();
    heading("Quorum information", out)?;
    writeln!(out, "Nodes:            {}", members.len())?;
    writeln!(out, "Node ID:          {}", info.node_id)?;
    writeln!(out, "Ring ID:          {}", state.ring_id)?;
    writeln!(out, "Quorate:          {}", if quorate { "Yes" } else { "No" })?;
    if let Some(transport) = state.transport {
        writeln!(out, "Transport:        {transport}")?;
    }
    writeln!(out)?;
    heading("Votequorum information", out)?;
    writeln!(out, "Expected votes:   {}", info.expected_votes)?;
    writeln!(out, "Highest expected: {}", info.highest_expected)?;
    writeln!(out, "Total votes:      {}", info.total_votes)?;
    let blocked = if quorate { "" } else { " Activity blocked" };
    writeln!(out, "Quorum:           {}{blocked}", info.quorum)?;
    let flags = format!("Flags:            {}", flag_names(info.flags));
    writeln!(out, "{}", flags.trim_end())?;
    writeln!(out)?;
    heading("Membership information", out)?;
    write_members(state, out)?;
    write_extra_info(&state.extra_info, out)
}

fn heading(text: &str, out: &mut String) -> fmt::Result {
    writeln!(out, "{text}\n{}", "-".repeat(text.len()))
}

/// A row for each member. The quorum device of the node that was asked about comes last,
/// as node 0.
fn write_members(state: &State, out: &mut String) -> fmt::Result {
    let is_registered = |node: &NodeInfo| node.flags.contains(NodeInfoFlags::QDEVICE_REGISTERED);
    let has_device = state.members.iter().any(is_registered);
    let column = |text: &str| if has_device { format!(" {text:>10}") } else { String::new() };
    writeln!(out, "    Nodeid      Votes{} State", column("Qdevice"))?;
    for member in &state.members {
        let device = column(&device_flags(member.flags));
        let local = if member.node_id == state.local { " (local)" } else { "" };
        let NodeInfo { node_id, votes, state, .. } = member;
        writeln!(out, "{node_id:>10} {votes:>10}{device} {state}{local}")?;
    }
    let name = state.info.qdevice_name.as_ref();
    if let Some(name) = name.filter(|_| is_registered(&state.info)) {
        let (votes, configured) = (state.counted_device_votes(), state.info.qdevice_votes);
        write!(out, "{:>10} {votes:>10}{} {name}", 0, column(""))?;
        if votes != configured {
            write!(out, " (votes {configured})")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_extra_info(extra_info: &ExtraInfo, out: &mut String) -> fmt::Result {
    if matches!(extra_info, ExtraInfo::NotAsked) {
        return Ok(());
    }
    writeln!(out)?;
    heading("Extra information of quorum devices", out)?;
    match extra_info {
        ExtraInfo::NotAsked => Ok(()),
        ExtraInfo::NotSupported => {
            writeln!(out, "not supported by this corosync; it came after 3.1.10")
        }
        ExtraInfo::Known(known) if known.is_empty() => writeln!(out, "none"),
        ExtraInfo::Known(known) => known
            .iter()
            .try_for_each(|(node, info)| writeln!(out, "{node:>10} {}", extra_info::as_text(info))),
    }
}

/// What the quorum device of a node does: Alive, Voting, Master Wins, each with an N for not; NR if
/// none is registered.
fn device_flags(flags: NodeInfoFlags) -> String {
    if !flags.contains(NodeInfoFlags::QDEVICE_REGISTERED) {
        return "NR".into();
    }
    let names = [
        (NodeInfoFlags::QDEVICE_ALIVE, "A"),
        (NodeInfoFlags::QDEVICE_CAST_VOTE, "V"),
        (NodeInfoFlags::QDEVICE_MASTER_WINS, "MW"),
    ];
    names
        .map(|(flag, name)| format!("{}{name}", if flags.contains(flag) { "" } else { "N" }))
        .join(",")
}

/// The names that quorumtool has for them. Those of a quorum device are in a column of their own.
fn flag_names(flags: NodeInfoFlags) -> String {
    let names = [
        (NodeInfoFlags::TWONODE, "2Node"),
        (NodeInfoFlags::QUORATE, "Quorate"),
        (NodeInfoFlags::WAIT_FOR_ALL, "WaitForAll"),
        (NodeInfoFlags::LAST_MAN_STANDING, "LastManStanding"),
        (NodeInfoFlags::AUTO_TIE_BREAKER, "AutoTieBreaker"),
        (NodeInfoFlags::ALLOW_DOWNSCALE, "AllowDownscale"),
        (NodeInfoFlags::QDEVICE_REGISTERED, "Qdevice"),
    ];
    let set = names.into_iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, name)| name);
    set.collect::<Vec<_>>().join(" ")
}
