use super::measure::Cost;
use anyhow::Result;
use serde::Serialize;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// One measured figure. Skep is better where `ratio` is above one.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Figure {
    /// What was measured.
    pub(super) name: String,
    /// Skep's.
    pub(super) value: f64,
    /// Of both values.
    pub(super) unit: &'static str,
    /// Who did the same beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vs: Option<&'static str>,
    /// The other's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vs_value: Option<f64>,
    /// The other's by Skep's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ratio: Option<f64>,
    /// CPU seconds, where the value is a time by the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cpu_s: Option<f64>,
    /// The other's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vs_cpu_s: Option<f64>,
    /// The other's by Skep's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cpu_ratio: Option<f64>,
    /// What is promised: a ratio where there is another, else a value not to be exceeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) floor: Option<f64>,
    /// What is hoped for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aim: Option<f64>,
    /// What one has to know to read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

impl Figure {
    /// A figure on its own.
    pub(super) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, ..Self::default() }
    }

    /// A time beside another's: by the clock, and the CPU's time with it.
    pub(super) fn times(name: impl Into<String>, vs: &'static str, [ours, theirs]: [Cost; 2]) -> Self {
        let ratio = |ours: f64, theirs: f64| Some(theirs / ours).filter(|ratio| ratio.is_finite());
        Self {
            cpu_s: Some(ours.cpu_s),
            vs_cpu_s: Some(theirs.cpu_s),
            cpu_ratio: ratio(ours.cpu_s, theirs.cpu_s),
            ..Self::new(name, ours.wall_s, "s").beside(vs, theirs.wall_s)
        }
    }

    /// Beside another's value, of which less is better.
    #[must_use]
    pub(super) fn beside(self, vs: &'static str, vs_value: f64) -> Self {
        let ratio = Some(vs_value / self.value).filter(|ratio| ratio.is_finite());
        Self { vs: Some(vs), vs_value: Some(vs_value), ratio, ..self }
    }

    /// With what is promised and what is hoped for.
    #[must_use]
    pub(super) fn bound(self, floor: f64, aim: f64) -> Self {
        Self { floor: Some(floor), aim: Some(aim), ..self }
    }

    /// With a remark.
    #[must_use]
    pub(super) fn note(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }

    fn holds(&self) -> Option<bool> {
        let floor = self.floor?;
        Some(self.ratio.map_or(self.value <= floor, |ratio| ratio >= floor))
    }
}

/// Where figures go: a line of JSON each into a file and to standard output, a table for people at the end.
pub(super) struct Report {
    file: File,
    figures: Vec<Figure>,
    n_mismatches: usize,
}

impl Report {
    /// Starts a file anew.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn to(path: &Path) -> Result<Self> {
        Ok(Self { file: File::create(path)?, figures: Vec::new(), n_mismatches: 0 })
    }

    /// Adds a figure.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn figure(&mut self, figure: Figure) -> Result<()> {
        self.line(&serde_json::to_string(&figure)?)?;
        self.figures.push(figure);
        Ok(())
    }

    /// Says why a figure is not there.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn skip(&mut self, name: &str, reason: impl std::fmt::Display) -> Result<()> {
        self.line(&serde_json::json!({ "name": name, "skipped": reason.to_string() }).to_string())
    }

    /// Holds an answer against the other's. A figure of a wrong answer is worth nothing, so the run will fail.
    pub(super) fn check(&mut self, what: &str, verdict: Result<(), String>) {
        match verdict {
            Ok(()) => eprintln!("equal: {what}"),
            Err(difference) => {
                self.n_mismatches += 1;
                eprintln!("NOT EQUAL: {what}: {difference}");
            }
        }
    }

    /// Prints the table; whether every answer was equal.
    #[must_use]
    pub(super) fn finish(self) -> bool {
        eprintln!("\n{:<44} {:>10} {:>10} {:>7} {:>7} {:>6}", "", "skep", "peer", "ratio", "by CPU", "floor");
        for figure in &self.figures {
            let number =
                |number: Option<f64>| number.map_or_else(String::new, |number| format!("{number:.3}"));
            let verdict = match figure.holds() {
                Some(true) => "ok",
                Some(false) => "BELOW",
                None => "",
            };
            eprintln!(
                "{:<44} {:>10.4} {:>10} {:>7} {:>7} {:>6} {} {} {verdict}",
                figure.name,
                figure.value,
                number(figure.vs_value),
                number(figure.ratio),
                number(figure.cpu_ratio),
                number(figure.floor),
                figure.unit,
                figure.vs.unwrap_or(""),
            );
        }
        if self.n_mismatches > 0 {
            eprintln!("\n{} answers are not equal to the peer's", self.n_mismatches);
        }
        self.n_mismatches == 0
    }

    fn line(&mut self, line: &str) -> Result<()> {
        println!("{line}");
        Ok(writeln!(self.file, "{line}")?)
    }
}
