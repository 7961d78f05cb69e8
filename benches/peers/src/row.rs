//! A line of the table.

use std::fmt::Write;

use serde_json::{Value, json};

/// A measure of ours and of another, and what was aimed at.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    /// The C library's, or that of the program the row names.
    pub(crate) theirs: Option<f64>,
    pub(crate) goal: Option<Goal>,
}

/// What was aimed at.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    /// So many times theirs, or less.
    AtMostTimes(f64),
    /// An n-th of theirs, or less.
    Fraction(f64),
    /// So much, or less.
    AtMost(f64),
}

impl Row {
    fn ratio(&self) -> Option<f64> {
        self.theirs.map(|theirs| self.ours / theirs)
    }

    fn is_met(&self) -> Option<bool> {
        Some(match self.goal? {
            Goal::AtMostTimes(times) => self.ratio()? <= times,
            Goal::Fraction(n) => self.ratio()? <= 1.0 / n,
            Goal::AtMost(most) => self.ours <= most,
        })
    }

    fn goal(&self) -> String {
        match self.goal {
            None => String::new(),
            Some(Goal::AtMostTimes(times)) => format!("<= {times}"),
            Some(Goal::Fraction(n)) => format!("<= 1/{n}"),
            Some(Goal::AtMost(most)) => format!("<= {most} {}", self.unit),
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "what": self.what, "unit": self.unit, "ours": self.ours, "theirs": self.theirs,
            "ratio": self.ratio(), "goal": self.goal(), "met": self.is_met(),
        })
    }
}

/// All rows, as Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut table = String::from(
        "| measure | unit | ours | theirs | ratio | goal | met |\n|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let theirs = row.theirs.map(short).unwrap_or_default();
        let ratio = row.ratio().map(|ratio| match ratio {
            ratio if ratio < 0.5 => format!("1/{:.1}", 1.0 / ratio),
            ratio => format!("{ratio:.2}"),
        });
        let met = met(row.is_met());
        let (what, unit, goal) = (&row.what, row.unit, row.goal());
        let (ours, ratio) = (short(row.ours), ratio.unwrap_or_default());
        let _ =
            writeln!(table, "| {what} | {unit} | {ours} | {theirs} | {ratio} | {goal} | {met} |");
    }
    table
}

/// Whether a goal is met, as Markdown; empty where there is no goal.
pub(crate) fn met(is_met: Option<bool>) -> &'static str {
    match is_met {
        None => "",
        Some(true) => "yes",
        Some(false) => "**no**",
    }
}

/// A number with as many digits as mean something.
fn short(number: f64) -> String {
    match number {
        number if number == number.trunc() && number.abs() < 1e6 => format!("{number:.0}"),
        number if number < 1.0 => format!("{number:.3}"),
        number if number < 100.0 => format!("{number:.2}"),
        number => format!("{number:.0}"),
    }
}
