//! Processes that are killed in the middle of everything.

use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::task::JoinSet;
use votequorum::{Builder, NodeId, TrackFlags};

use super::random::Random;
use super::watcher::{AT_MOST, while_watched};
use crate::support::{Node, QbIpcType, connect, wait_until};

const SEED: u64 = 20_261_123;

/// So many processes are killed.
const KILLS: u32 = 100;

/// Says to a process of ours that it is to be the victim.
const VICTIM: &str = "QUORATE_VICTIM";

/// How many calls a victim has under way.
const IN_FLIGHT: usize = 64;

pub(in super::super) fn processes_killed(node: &Node) {
    println!("seed {SEED}");
    let mut random = Random::new(SEED);
    let limit = match node.qb_ipc_type() {
        QbIpcType::Shm => AT_MOST,
        // To answer the first request of a connection the daemon connects to the client. If that
        // has just been killed, it tries for a second. Nobody can help that; but no more than one
        // request may be lost that way.
        QbIpcType::Socket => Duration::from_millis(1900),
    };
    while_watched(node, limit, || {
        for _ in 0..KILLS {
            let mut victim = spawn_victim(node);
            // A third dies before or while it connects or starts to call.
            let steps = match random.below(3) {
                0 => random.below(4),
                _ => 4 + random.below(100),
            };
            let pause = Duration::from_micros(random.below(200).into());
            kill_after(&mut victim, steps, pause);
        }
    });
    node.run(async |options| {
        let client = connect(options).await;
        assert_eq!(client.get_info(1).await.unwrap().node_id, NodeId::new(1));
    });
    let prefix = format!("qb-{}-", node.pid().as_raw_nonzero());
    wait_until("what the daemon made for the dead is removed", || {
        let mut entries = std::fs::read_dir("/dev/shm").expect("it is mounted");
        !entries.any(|entry| {
            entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
        })
    });
}

fn spawn_victim(node: &Node) -> Child {
    let program = std::env::current_exe().expect("this program is a file");
    node.namespace()
        .command(program.to_str().expect("the path is text"))
        .args(["--exact", "unhurt::killed::the_victim", "--nocapture", "--quiet"])
        .env(VICTIM, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this program can be run")
}

/// Waits until the victim has gone so many steps, and a moment more; then it is gone.
fn kill_after(victim: &mut Child, steps: u32, pause: Duration) {
    let mut progress = victim.stderr.take().expect("it is piped");
    let mut step = [0];
    for _ in 0..steps {
        progress.read_exact(&mut step).expect("it lives until it is killed");
        assert_eq!(step, [STEP], "the victim has something else to say");
    }
    let start = Instant::now();
    while start.elapsed() < pause {
        std::hint::spin_loop();
    }
    kill_process(Pid::from_child(victim), Signal::KILL).expect("it lives until it is killed");
    victim.wait().expect("it can be waited for");
}

/// What a victim writes to standard error for each step it goes.
const STEP: u8 = b'.';

/// The process that is killed; on its own it is nobody's victim.
#[test]
fn the_victim() {
    if std::env::var_os(VICTIM).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        step();
        let client = connect(Builder::new()).await;
        step();
        let mut calls = JoinSet::new();
        for number in 0.. {
            let client = client.clone();
            calls.spawn(async move {
                match number % 16 {
                    0 => drop(client.track(TrackFlags::CHANGES, 1).await),
                    1 => drop(client.set_expected(1).await),
                    _ => drop(client.get_info(number % 3).await),
                }
            });
            if calls.len() >= IN_FLIGHT {
                calls.join_next().await;
            }
            if number % 8 == 0 {
                step();
            }
        }
    });
}

fn step() {
    std::io::stderr().write_all(&[STEP]).expect("somebody reads this");
}
