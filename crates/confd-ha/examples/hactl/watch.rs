//! HA events, and what they print.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use confd_ha::{Builder, CdbInitialized, Error, ErrorCode, Event, HaEvent};
use serde_json::{Value, json};

use crate::orders::{exit_code, node_json, with_causes};

/// How long to watch.
#[derive(Args, Debug)]
pub(crate) struct Watch {
    /// Stop after N events.
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Stop after S seconds.
    #[arg(long, value_name = "S")]
    seconds: Option<f64>,
    /// Block the daemon's HA until each event is printed.
    #[arg(long)]
    sync: bool,
}

/// Watches, and lets `story` happen meanwhile.
pub(crate) async fn watch(
    builder: Builder,
    watch: &Watch,
    json: bool,
    story: Option<impl Future<Output = Result<(), Error>>>,
) -> ExitCode {
    let watching = async {
        let mut plan = builder.events()?.heartbeat(Duration::from_secs(10));
        if watch.sync {
            plan = plan.sync();
        }
        let mut events = plan.subscribe().await?;
        let told = async {
            match story {
                Some(story) => story.await,
                None => Ok(()),
            }
        };
        let printed = async {
            let mut left = watch.count;
            while left != Some(0) {
                let event = match events.next().await {
                    Some(event) => event?,
                    None => break,
                };
                // A sign of life is worth a line when it is missing only.
                if matches!(event, Event::Heartbeat) {
                    continue;
                }
                print(&event, json);
                left = left.map(|left| left - 1);
                // Dropped here, the event acknowledges itself.
            }
            Ok(())
        };
        tokio::select! {
            printed = printed => printed,
            Err(error) = told => Err(error),
        }
    };
    let seconds = watch.seconds.map(Duration::try_from_secs_f64);
    let limit = seconds.and_then(Result::ok).unwrap_or(Duration::MAX);
    match tokio::time::timeout(limit, watching).await {
        Ok(Err(error)) => {
            if json {
                let code = error.status().map(ErrorCode::code);
                let kind = format!("{:?}", error.kind());
                let text = with_causes(&error);
                println!(
                    "{}",
                    json!({ "event": "error", "code": code, "kind": kind, "error": text })
                );
            } else {
                eprintln!("hactl: {}", with_causes(&error));
            }
            exit_code(false)
        }
        Ok(Ok(())) | Err(_) => exit_code(true),
    }
}

fn print(event: &Event, json: bool) {
    let event = to_json(event);
    if json {
        println!("{event}");
        return;
    }
    let Value::Object(mut fields) = event else { return };
    let name = fields.remove("event").unwrap_or_default();
    let mut line = name.as_str().unwrap_or_default().to_owned();
    for (field, value) in fields {
        line += &format!(" {field}={value}");
    }
    println!("{line}");
}

fn to_json(event: &Event) -> Value {
    match event {
        Event::Ha { event, .. } => ha_to_json(event),
        Event::Heartbeat => json!({ "event": "heartbeat" }),
        Event::HealthCheck => json!({ "event": "health_check" }),
        Event::Missed { silent_for } => {
            json!({ "event": "missed", "silent_for_ms": silent_for.as_millis() })
        }
        Event::Lost { reason } => json!({ "event": "lost", "error": with_causes(reason) }),
        Event::Restored => json!({ "event": "restored" }),
        Event::Other(other) => {
            json!({ "event": "other", "flag": other.flag, "term": other.term.to_string() })
        }
        _ => json!({ "event": "unknown" }),
    }
}

fn ha_to_json(event: &HaEvent) -> Value {
    let code = |code: &ErrorCode| (code.code(), code.name());
    match event {
        HaEvent::NoPrimary { reason } => {
            let (code, name) = code(reason);
            json!({ "event": "no_primary", "code": code, "name": name })
        }
        HaEvent::SecondaryDied(node) => {
            json!({ "event": "secondary_died", "node": node_json(node) })
        }
        HaEvent::SecondaryArrived(node) => {
            json!({ "event": "secondary_arrived", "node": node_json(node) })
        }
        HaEvent::SecondaryInitialized(how) => {
            let by_copy = *how == CdbInitialized::ByCopy;
            json!({ "event": "secondary_initialized", "by_copy": by_copy })
        }
        HaEvent::IsPrimary => json!({ "event": "is_primary" }),
        HaEvent::IsNone => json!({ "event": "is_none" }),
        HaEvent::BeSecondaryResult(Ok(())) => {
            json!({ "event": "be_secondary_result", "ok": true, "code": 0 })
        }
        HaEvent::BeSecondaryResult(Err(error)) => {
            let (code, name) = code(error);
            json!({ "event": "be_secondary_result", "ok": false, "code": code, "name": name })
        }
        HaEvent::Unknown { kind, info } => {
            json!({ "event": "unknown", "type": kind, "term": info.to_string() })
        }
        _ => json!({ "event": "unknown" }),
    }
}
