use super::equal::{self, Verdict, key};
use super::{Bench, DUCKDB, Stores};
use crate::bench::measure::{Cost, interleave};
use crate::bench::report::Figure;
use crate::bench::skep::{Asked, from_file};
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// Groups that Skep returns at most: fields with more values have no exact distribution to compare.
const GROUPS_MAX: usize = 10_000;

/// Both orders of the clauses, as the language may take either.
const MINUTES: [&str; 2] = [
    "SELECT COUNT, P99(duration_ms) GROUP BY http.route LIMIT 10000 EVERY 1m",
    "SELECT COUNT, P99(duration_ms) GROUP BY http.route EVERY 1m",
];

/// Fields of text, of few and of many values, and what is looked for in them.
const CONTAINS: [(&str, &str); 2] = [("db.query.text", "invoices"), ("url.path", "invoices")];

/// The part of the time that the heatmap shows: 3.46 M of 5 M events.
const HEATMAP_SHARE: f64 = 0.692;
const HEATMAP_COLUMNS: u64 = 80;
const HEATMAP_ROWS: u64 = 32;

type Group = (String, u64, f64);

impl Bench<'_> {
    /// Every value of every field that repeats, with how often it occurs.
    pub(super) async fn distributions(&mut self, stores: &Stores) -> Result<()> {
        let mut warm = self.duckdb(stores)?;
        let mut asked = Asked::on(&stores.skep).await?;
        let mut fields = Vec::new();
        for field in &stores.fields {
            let question = json!({ "op": "counts", "fields": [field], "threshold_ns": 0 });
            let counts = warm.ask(&question)?.answer;
            let theirs: Vec<Group> = rows(&counts[field]).map(|row| group(row, 1, None)).collect();
            if theirs.len() > GROUPS_MAX {
                continue;
            }
            let answer = asked.json("query", &distribution_of(field)).await?;
            let ours: Vec<Group> = rows(&answer["rows"]).map(|row| group(row, 1, None)).collect();
            self.report.check(&format!("distribution of {field}"), equal::groups(&ours, &theirs));
            fields.push(field.clone());
        }
        asked.end().await?;
        let question = json!({ "op": "distributions", "fields": fields });
        let costs = interleave(
            self.options.rounds,
            async || {
                let mut asked = Asked::on(&stores.skep).await?;
                let cost = all_distributions(&mut asked, &fields).await?;
                asked.end().await?;
                Ok(cost)
            },
            async || Ok(self.duckdb(stores)?.ask(&question)?.cost()),
        );
        let figure = Figure::times("distributions_file", DUCKDB, costs.await?).bound(2.0, 4.0);
        self.report.figure(figure.note("the first questions to a process that has just started"))?;
        let mut asked = Asked::on(&stores.skep).await?;
        all_distributions(&mut asked, &fields).await?;
        let costs = interleave(
            self.options.rounds,
            async || all_distributions(&mut asked, &fields).await,
            async || warm.ask_again(&question),
        );
        let figure = Figure::times("distributions_again", DUCKDB, costs.await?);
        asked.end().await?;
        self.report.figure(figure.bound(4.5, 10.0))
    }

    /// `COUNT` and the 99th of a hundred durations by route and minute.
    pub(super) async fn minutes(&mut self, stores: &Stores) -> Result<()> {
        let mut refusal = None;
        for text in MINUTES {
            match from_file(&stores.skep, &["query", text]) {
                Ok((answer, _)) => return self.minutes_by(stores, text, &answer).await,
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        let refusal = refusal.map_or_else(String::new, |error| error.to_string());
        self.report.skip("route_by_minute_file", &refusal)?;
        self.report.skip("route_by_minute_again", &refusal)
    }

    async fn minutes_by(&mut self, stores: &Stores, text: &str, answer: &Value) -> Result<()> {
        let question = json!({ "op": "by_route_and_minute" });
        let theirs: Vec<Group> =
            rows(&self.duckdb(stores)?.ask(&question)?.answer).map(|row| group(row, 2, Some(1e-6))).collect();
        let column = |name: &str| {
            let columns = answer["columns"].as_array().into_iter().flatten();
            columns.into_iter().position(|column| column == name).context("a column is missing")
        };
        let [route, count, p99] = [column("http.route")?, column("COUNT")?, column("P99(duration_ms)")?];
        let ours: Vec<Group> = rows(&answer["rows"])
            .map(|row| {
                (
                    key(&row[route]),
                    row[count].as_u64().unwrap_or_default(),
                    row[p99].as_f64().unwrap_or(f64::NAN),
                )
            })
            // A minute in which nothing happened may be told.
            .filter(|(_, n, _)| *n > 0)
            .collect();
        self.report.check("routes by minute", equal::groups(&ours, &theirs));
        self.both_ways(stores, "route_by_minute", text, &question, [(2.0, 4.0), (6.0, 10.0)]).await
    }

    /// Rows whose text holds another.
    pub(super) async fn contains(&mut self, stores: &Stores) -> Result<()> {
        for (field, needle) in CONTAINS {
            let text = format!("SELECT COUNT WHERE {field} contains \"{needle}\"");
            let question = json!({ "op": "contains", "field": field, "needle": needle });
            let ours = from_file(&stores.skep, &["query", &text])?.0;
            let theirs = self.duckdb(stores)?.ask(&question)?.answer;
            self.report.check(&format!("{field} contains"), equal::count(&ours["rows"][0][0], &theirs));
            let name = format!("contains_{field}");
            self.both_ways(stores, &name, &text, &question, [(1.0, 2.0), (1.0, 2.0)]).await?;
        }
        Ok(())
    }

    /// A query from the file, and again from a process that has it at hand.
    async fn both_ways(
        &mut self,
        stores: &Stores,
        name: &str,
        text: &str,
        question: &Value,
        bounds: [(f64, f64); 2],
    ) -> Result<()> {
        let costs = interleave(
            self.options.rounds,
            async || Ok(from_file(&stores.skep, &["query", text])?.1),
            async || Ok(self.duckdb(stores)?.ask(question)?.cost()),
        );
        let figure = Figure::times(format!("{name}_file"), DUCKDB, costs.await?);
        self.report.figure(figure.bound(bounds[0].0, bounds[0].1))?;
        let (mut warm, mut asked) = (self.duckdb(stores)?, Asked::on(&stores.skep).await?);
        let request = json!({ "text": text });
        asked.rpc("query", &request).await?;
        warm.ask(question)?;
        let costs = interleave(
            self.options.rounds,
            async || asked.ask_again("query", &request).await,
            async || warm.ask_again(question),
        );
        let figure = Figure::times(format!("{name}_again"), DUCKDB, costs.await?);
        asked.end().await?;
        self.report.figure(figure.bound(bounds[1].0, bounds[1].1))
    }

    /// COUNT, HEATMAP and P99 of a part of the time, as the first questions to a process.
    pub(super) async fn heatmap(&mut self, stores: &Stores) -> Result<()> {
        let facts = &self.corpus.facts;
        #[allow(clippy::cast_sign_loss, reason = "a share of a length of time")]
        let end_ns = facts.start_ns + (facts.lasts_ns as f64 * HEATMAP_SHARE) as u64;
        let range = [facts.start_ns.to_string(), end_ns.to_string()];
        let query =
            json!({ "text": "SELECT COUNT, P99(duration_ms)", "start_ns": range[0], "end_ns": range[1] });
        let map = json!({
            "field": "duration_ms", "start_ns": range[0], "end_ns": range[1],
            "n_x": HEATMAP_COLUMNS, "n_y": HEATMAP_ROWS,
        });
        // From a microsecond to some ten seconds, in equal ratios, as the map's own edges are.
        let edges: Vec<f64> = (0..=HEATMAP_ROWS).map(|idx| 1e3 * 1.65_f64.powi(idx as i32)).collect();
        let question = json!({
            "op": "heatmap", "start_ns": facts.start_ns, "end_ns": end_ns, "n_x": HEATMAP_COLUMNS, "edges": edges,
        });

        let mut asked = Asked::on(&stores.skep).await?;
        let ours = asked.json("query", &query).await?;
        let theirs = self.duckdb(stores)?.ask(&question)?.answer;
        let [count, p99] = [&ours["rows"][0][0], &ours["rows"][0][1]];
        let p99_ns = p99.as_f64().unwrap_or(f64::NAN) * 1e6;
        let verdict = equal::count(count, &theirs["count"])
            .and_then(|()| equal::rank(p99_ns, theirs["p99_ns"].as_f64().unwrap_or(f64::NAN)))
            .and_then(|()| equal::count(&theirs["cells"], count));
        self.report.check("count and rank beside a heatmap", verdict);
        let head = head_of(&asked.rpc("heatmap", &map).await?.0);
        let verdict: Verdict = head.and_then(|head| equal::count(&head["matched"], count));
        self.report.check("events of a heatmap", verdict);
        asked.end().await?;

        let costs = interleave(
            self.options.rounds,
            async || {
                let mut asked = Asked::on(&stores.skep).await?;
                let cost = both(&mut asked, &query, &map).await?;
                asked.end().await?;
                Ok(cost)
            },
            async || Ok(self.duckdb(stores)?.ask(&question)?.cost()),
        );
        let [ours, theirs] = costs.await?;
        let events = format!("{count} events; the first questions to a process that has just started");
        let figure = Figure::new("count_heatmap_p99_file", ours.wall_s, "s").bound(0.152, 0.060);
        self.report.figure(figure.note(&events))?;
        self.report.figure(Figure::times("count_heatmap_p99_file", DUCKDB, [ours, theirs]).note(events))
    }
}

async fn both(asked: &mut Asked, query: &Value, map: &Value) -> Result<Cost> {
    Ok(sum([asked.rpc("query", query).await?.1, asked.rpc("heatmap", map).await?.1]))
}

async fn all_distributions(asked: &mut Asked, fields: &[String]) -> Result<Cost> {
    let mut costs = Vec::new();
    for field in fields {
        costs.push(asked.rpc("query", &distribution_of(field)).await?.1);
    }
    Ok(sum(costs))
}

fn sum(costs: impl IntoIterator<Item = Cost>) -> Cost {
    costs.into_iter().fold(Cost::default(), |sum, cost| Cost {
        wall_s: sum.wall_s + cost.wall_s,
        cpu_s: sum.cpu_s + cost.cpu_s,
    })
}

fn distribution_of(field: &str) -> Value {
    json!({ "text": format!("SELECT COUNT GROUP BY {field} LIMIT {GROUPS_MAX}") })
}

fn rows(rows: &Value) -> impl Iterator<Item = &Value> {
    rows.as_array().into_iter().flatten()
}

/// The group of a row whose count is at a place, with a rank after it, in a unit, where there is one.
fn group(row: &Value, count_idx: usize, rank_unit: Option<f64>) -> Group {
    let rank = rank_unit.map_or(0.0, |unit| row[count_idx + 1].as_f64().unwrap_or(f64::NAN) * unit);
    (key(&row[0]), row[count_idx].as_u64().unwrap_or_default(), rank)
}

/// What stands before an answer's columns: its length in bytes (u32, little-endian), then JSON that holds the head and
/// the directory of the columns.
pub(super) fn head_of(answer: &[u8]) -> Result<Value, String> {
    let (n_bytes, rest) = answer.split_first_chunk::<4>().ok_or("an answer without a head")?;
    let head = rest.get(..u32::from_le_bytes(*n_bytes) as usize).ok_or("a head that is cut off")?;
    let mut frame: Value = serde_json::from_slice(head).map_err(|error| error.to_string())?;
    Ok(frame["head"].take())
}
