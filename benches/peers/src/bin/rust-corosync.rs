//! What a program does that uses rust-corosync: `rust-corosync rtt|connect N`.

use std::time::Instant;

use cpu_time::ProcessTime;
use rust_corosync::NodeId;
use rust_corosync::votequorum::{Callbacks, Handle, finalize, get_info, initialize};

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let (case, n) = (arguments.next(), arguments.next());
    let n: u64 = n.and_then(|n| n.parse().ok()).ok_or("usage: rust-corosync rtt|connect N")?;
    let handle = connect()?;
    get_info(&handle, NodeId::from(0)).map_err(|error| error.to_string())?;
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    match case.as_deref() {
        Some("rtt") => {
            for _ in 0..n {
                get_info(&handle, NodeId::from(0)).map_err(|error| error.to_string())?;
            }
        }
        Some("connect") => {
            for _ in 0..n {
                finalize(&connect()?).map_err(|error| error.to_string())?;
            }
        }
        _ => return Err("usage: rust-corosync rtt|connect N".into()),
    }
    let (wall, cpu) = (wall.elapsed().as_nanos(), cpu.elapsed().as_nanos());
    println!("{{\"ops\":{n},\"ns\":{wall},\"cpu_ns\":{cpu}}}");
    Ok(())
}

fn connect() -> Result<Handle, String> {
    let callbacks = Callbacks {
        quorum_notification_fn: None,
        nodelist_notification_fn: None,
        expectedvotes_notification_fn: None,
    };
    initialize(&callbacks).map_err(|error| error.to_string())
}
