use super::equal::{Sides, panel};
use super::{Bench, DUCKDB, Stores, UNIQUE_FIELDS};
use crate::bench::data::SELECTED_SHARES;
use crate::bench::measure::interleave;
use crate::bench::report::Figure;
use crate::bench::skep::{Asked, from_file};
use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

/// Values shown of a field.
const TOP: usize = 20;

impl Bench<'_> {
    /// The comparison as the panel shows it, of the slowest spans with the rest, at three sizes of the selection.
    pub(super) async fn bubbleup(&mut self, stores: &Stores) -> Result<()> {
        for (share, threshold_ns) in SELECTED_SHARES.into_iter().zip(self.corpus.facts.thresholds_ns) {
            let percent = share * 100.0;
            let selection = longer_than(threshold_ns);
            let arguments = ["bubbleup", "--unit", "event", "--selection", &selection];
            let question = json!({
                "op": "bubbleup", "fields": stores.fields, "unique_fields": UNIQUE_FIELDS,
                "threshold_ns": threshold_ns, "top": TOP,
            });
            let request = json!({ "filter": "", "selection": { "filter": selection }, "unit": "event" });

            let mut warm = self.duckdb(stores)?;
            let ours = from_file(&stores.skep, &arguments)?.0;
            let theirs = warm.ask(&question)?.answer;
            let counts = json!({ "op": "counts", "fields": stores.fields, "threshold_ns": threshold_ns });
            let mut counts = warm.ask(&counts)?.answer;
            let all = counts.as_object_mut().context("counts by field")?;
            for field in UNIQUE_FIELDS {
                let ask = json!({
                    "op": "counts_of", "field": field, "values": shown(&ours, field), "threshold_ns": threshold_ns,
                });
                all.insert(field.to_owned(), warm.ask(&ask)?.answer);
            }
            let count = |name: &str| theirs[name].as_u64().context("a count");
            let sides = Sides { n: count("n")?, selected: count("selected")? };
            let verdict = panel(&ours, &counts, &theirs["fields"], sides);
            self.report.check(&format!("bubbleup of {percent} %"), verdict);

            let costs = interleave(
                self.options.rounds,
                async || Ok(from_file(&stores.skep, &arguments)?.1),
                async || Ok(self.duckdb(stores)?.ask(&question)?.cost()),
            );
            let figure = Figure::times(format!("bubbleup_{percent}_file"), DUCKDB, costs.await?);
            self.report.figure(figure.bound(2.5, 5.0))?;

            let mut asked = Asked::on(&stores.skep).await?;
            asked.rpc("bubbleup", &request).await?;
            let costs = interleave(
                self.options.rounds,
                async || asked.ask_again("bubbleup", &request).await,
                async || warm.ask_again(&question),
            );
            let figure = Figure::times(format!("bubbleup_{percent}_again"), DUCKDB, costs.await?);
            asked.end().await?;
            self.report.figure(figure.bound(6.0, 15.0))?;
        }
        Ok(())
    }
}

/// The filter of spans longer than a time: half a nanosecond more, so that no rounding of a duration in
/// milliseconds can tip one over.
pub(super) fn longer_than(threshold_ns: u64) -> String {
    format!("duration_ms > {}.{:06}5", threshold_ns / 1_000_000, threshold_ns % 1_000_000)
}

fn shown(ours: &Value, field: &str) -> Vec<Value> {
    let no_values = Map::new();
    let fields = ours["fields"].as_array().into_iter().flatten().filter_map(Value::as_object);
    let field = fields.into_iter().find(|found| found["field"] == field).unwrap_or(&no_values);
    let values = field.get("values").and_then(Value::as_array).into_iter().flatten();
    values.map(|value| value["value"].clone()).collect()
}
