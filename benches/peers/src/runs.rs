//! Programs, run in turn.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Map, Value};

use crate::Outcome;
use crate::host::Host;

/// The programs that are measured, all in one directory.
pub(crate) struct Programs {
    dir: PathBuf,
}

/// Something to run, and what to call it.
pub(crate) struct Contender<'a> {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<&'a str>,
    /// The only processor it may run on; any, if it is not said.
    pub(crate) processor: Option<&'static str>,
}

impl Contender<'_> {
    /// The same, on one processor.
    pub(crate) fn on(self, processor: &'static str) -> Self {
        Self { processor: Some(processor), ..self }
    }
}

/// What runs of one program have printed.
pub(crate) struct Samples(Vec<Value>);

impl Programs {
    /// Beside this program.
    pub(crate) fn find() -> Outcome<Self> {
        let dir = env::current_exe()?.parent().ok_or("it is in no directory")?.to_owned();
        Ok(Self { dir })
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    pub(crate) fn contender<'a>(
        &self,
        name: &'static str,
        program: &str,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Contender<'a> {
        let arguments = arguments.into_iter().collect();
        Contender { name, program: self.path(program), arguments, processor: None }
    }
}

/// Runs, and what all of them have printed.
#[derive(Default)]
pub(crate) struct Record {
    /// Only what has this in its title is run.
    only: Option<String>,
    lines: Map<String, Value>,
}

impl Record {
    pub(crate) fn new(only: Option<String>) -> Self {
        Self { only, lines: Map::new() }
    }

    pub(crate) fn into_lines(self) -> Map<String, Value> {
        self.lines
    }

    /// Runs each of them once, then each again, so many times; the first time does not count.
    ///
    /// Gives the samples of each, or none if this was not asked for.
    pub(crate) fn alternate(
        &mut self,
        host: &Host,
        contenders: &[Contender<'_>],
        rounds: usize,
        title: &str,
    ) -> Outcome<Vec<Samples>> {
        if self.only.as_ref().is_some_and(|only| !title.contains(only)) {
            return Ok(Vec::new());
        }
        eprintln!("{title}");
        let mut samples: Vec<Samples> = contenders.iter().map(|_| Samples(Vec::new())).collect();
        for round in 0..=rounds {
            for (contender, samples) in contenders.iter().zip(&mut samples) {
                let line = run(host, contender)?;
                if round > 0 {
                    samples.0.push(line);
                }
            }
        }
        for (contender, samples) in contenders.iter().zip(&samples) {
            self.lines.insert(format!("{title}, {}", contender.name), samples.0.clone().into());
        }
        Ok(samples)
    }
}

fn run(host: &Host, contender: &Contender<'_>) -> Outcome<Value> {
    let mut command = match contender.processor {
        Some(processor) => {
            let mut command = host.command("taskset");
            command.args(["--cpu-list", processor]).arg(&contender.program);
            command
        }
        None => host.command(&contender.program),
    };
    command.args(&contender.arguments).stderr(Stdio::inherit());
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

impl Samples {
    /// Median of the time an operation took, in microseconds.
    pub(crate) fn us(&self) -> f64 {
        self.median(|line| number(line, "ns") / number(line, "ops") / 1e3)
    }

    /// Median of the processor time an operation took, in microseconds.
    pub(crate) fn cpu_us(&self) -> f64 {
        self.median(|line| number(line, "cpu_ns") / number(line, "ops") / 1e3)
    }

    /// Median of a number.
    pub(crate) fn number(&self, key: &str) -> f64 {
        self.median(|line| number(line, key))
    }

    fn median(&self, of: impl Fn(&Value) -> f64) -> f64 {
        let mut numbers: Vec<f64> = self.0.iter().map(of).collect();
        numbers.sort_by(f64::total_cmp);
        numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

fn number(line: &Value, key: &str) -> f64 {
    line.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN)
}
