//! How long questions take over segments in memory: `cargo run --release --example speed -- [segments] [repeats] [part of a query]`.
//! Some part of a query leaves out all other questions.
//!
//! Prints the best wall and processor time of each question in milliseconds. The data is seeded, so that two builds
//! answer the same; absolute figures hold for one machine at one time.

#![allow(
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::disallowed_methods,
    reason = "a benchmark prints and reads the time, and its numbers are small"
)]

use skep_model::{Nanos, Value};
use skep_query::{
    BubbleupRequest, Cancel, Codes, Column, ExactMax, FieldInfo, Filter, HeatmapRequest, Scale, Scan,
    Segment, Selection, Texts, TimeRange, Unit, Unreadable, bubbleup, heatmap, parse, parse_filter, run,
    run_within,
};
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SEGMENT_ROWS: usize = 1 << 16;
const SEGMENTS_DEFAULT: usize = 77;
const REPEATS_DEFAULT: usize = 5;
const HOUR_NS: u64 = 3_600_000_000_000;

/// Distinct values of each dictionary column.
const CARDINALITIES: [usize; 25] =
    [2, 3, 4, 5, 6, 8, 8, 10, 12, 12, 16, 20, 24, 30, 40, 54, 54, 64, 100, 150, 200, 300, 800, 1500, 3000];

type Error = Box<dyn std::error::Error>;

fn main() -> Result<(), Error> {
    let mut args = std::env::args().skip(1);
    let n_segments = args.next().map_or(Ok(SEGMENTS_DEFAULT), |arg| arg.parse())?;
    let n_repeats = args.next().map_or(Ok(REPEATS_DEFAULT), |arg| arg.parse())?;
    let only = args.next().unwrap_or_default();
    let mut random = Random(7);
    let segments = (0..n_segments).map(|idx| segment(&mut random, idx, n_segments)).collect();
    let scan = Memory(segments);
    println!("{} rows in {n_segments} segments", n_segments * SEGMENT_ROWS);
    let cancel = Cancel::default();
    for text in [
        "SELECT COUNT, P99(duration_ms) GROUP BY f14, minute",
        "SELECT COUNT, P99(duration_ms) GROUP BY f14 EVERY 1m",
        "SELECT COUNT, P50(duration_ms), P99(duration_ms) GROUP BY f14 EVERY 1m",
        "SELECT COUNT GROUP BY f24",
        "SELECT COUNT WHERE db.statement contains customer",
        "SELECT COUNT WHERE url.path contains 77f",
        "SELECT COUNT, AVG(duration_ms) WHERE f3 = \"f3-2\" AND duration_ms > 100 GROUP BY f22",
        "SELECT COUNT_DISTINCT(f24)",
    ] {
        if !text.contains(&only) {
            continue;
        }
        let query = parse(text)?;
        best(text, n_repeats, || Ok(run(&scan, &query, TimeRange::ALL, &cancel)?.rows_matched))?;
        if text.contains("P99") {
            let ask = || run_within(&scan, &query, TimeRange::ALL, false, ExactMax(0), &cancel);
            best("  the same of sketches", n_repeats, || Ok(ask()?.rows_matched))?;
        }
    }
    if !only.is_empty() {
        return Ok(());
    }
    let request = HeatmapRequest {
        filter: Filter::ALL,
        field: "duration_ms".into(),
        range: TimeRange::ALL,
        n_x: 80,
        n_y: 32,
        y: None,
        scale: Scale::Log,
    };
    best("heatmap", n_repeats, || Ok(heatmap(&scan, &request, &cancel)?.matched))?;
    for unit in [Unit::Event, Unit::Trace] {
        for (selection, share) in
            [("duration_ms > 430", "0.4"), ("duration_ms > 230", "6.5"), ("duration_ms > 127", "33")]
        {
            let request =
                BubbleupRequest::new(Filter::ALL, Selection::Filter(parse_filter(selection)?), unit);
            let name = format!("bubbleup by {unit:?}, about {share} % of events");
            best(&name, n_repeats, || Ok(bubbleup(&scan, &request, &cancel)?.selection.n))?;
        }
    }
    Ok(())
}

/// Prints the quickest of several runs, and what it answered, so that nothing is optimised away.
fn best(name: &str, n_repeats: usize, mut ask: impl FnMut() -> Result<u64, Error>) -> Result<(), Error> {
    let (mut wall, mut cpu, mut answer) = (Duration::MAX, f64::INFINITY, 0);
    for _ in 0..n_repeats {
        let (start, cpu_start) = (Instant::now(), cpu_ms());
        answer = ask()?;
        wall = wall.min(start.elapsed());
        cpu = cpu.min(cpu_ms() - cpu_start);
    }
    println!("{:8.1} wall {cpu:8.1} cpu  {name}  [{answer}]", wall.as_secs_f64() * 1e3);
    Ok(())
}

/// Processor time of all threads so far; 0 where the system does not tell. Ended threads count too.
fn cpu_ms() -> f64 {
    const TICK_MS: f64 = 10.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() * TICK_MS
}

struct Memory(Vec<Arc<dyn Segment>>);

impl Scan for Memory {
    fn segments(&self) -> &[Arc<dyn Segment>] {
        &self.0
    }
}

struct Rows {
    times: Arc<[u64]>,
    duration_bounds: (f64, f64),
    columns: Vec<(Arc<str>, Column)>,
}

impl Segment for Rows {
    fn n_rows(&self) -> usize {
        self.times.len()
    }

    fn time_bounds(&self) -> (Nanos, Nanos) {
        (Nanos(self.times[0]), Nanos(self.times[self.times.len() - 1]))
    }

    fn times(&self) -> Result<Arc<[u64]>, Unreadable> {
        Ok(self.times.clone())
    }

    fn fields_unsorted(&self) -> Result<Vec<FieldInfo>, Unreadable> {
        let info =
            |(name, _): &(Arc<str>, Column)| FieldInfo { name: name.clone(), n_populated: self.n_rows() };
        Ok(self.columns.iter().map(info).collect())
    }

    fn bounds(&self, field: &str) -> Option<(f64, f64)> {
        (field == "duration_ms").then_some(self.duration_bounds)
    }

    fn column(&self, field: &str) -> Result<Option<Column>, Unreadable> {
        Ok(self.columns.iter().find(|(name, _)| &**name == field).map(|(_, column)| column.clone()))
    }
}

fn segment(random: &mut Random, idx: usize, n_segments: usize) -> Arc<dyn Segment> {
    let first = idx as u64 * HOUR_NS / n_segments as u64;
    let step = HOUR_NS / (n_segments * SEGMENT_ROWS) as u64;
    let times: Arc<[u64]> = (0..SEGMENT_ROWS as u64).map(|row| first + row * step).collect();
    let durations: Arc<[f64]> = (0..SEGMENT_ROWS).map(|_| 100.0 * random.normal(0.55).exp()).collect();
    let bounds = (f64::INFINITY, f64::NEG_INFINITY);
    let duration_bounds = durations.iter().fold(bounds, |(low, high), ms| (low.min(*ms), high.max(*ms)));
    let mut columns: Vec<(Arc<str>, Column)> = vec![("duration_ms".into(), Column::Doubles(durations))];
    for (idx, n_values) in CARDINALITIES.into_iter().enumerate() {
        let name = format!("f{idx}");
        let column = dictionary(random, n_values, 0.9, |value| format!("{name}-{value}"));
        columns.push((name.into(), column));
    }
    let statement =
        |value| format!("SELECT * FROM {} WHERE id = {value}", ["customers", "orders", "carts"][value % 3]);
    columns.push(("db.statement".into(), dictionary(random, 300, 0.3, statement)));
    let minutes = times.iter().map(|time| (time / 60_000_000_000) as u32).collect::<Vec<u32>>();
    let (low, high) = (minutes[0], minutes[SEGMENT_ROWS - 1]);
    let names: Arc<[Value]> = (low..=high).map(|minute| Value::Int(i64::from(minute))).collect();
    let codes = Codes::narrow(minutes.iter().map(|minute| minute - low + 1).collect(), high - low + 1);
    columns.push(("minute".into(), Column::of_codes(codes, names)));
    columns.push((
        "request.id".into(),
        texts(random, |random, text| write!(text, "{:016x}{:016x}", random.next(), random.next())),
    ));
    columns.push((
        "url.path".into(),
        texts(random, |random, text| {
            write!(text, "/api/v1/users/{:x}/orders/{}", random.next() >> 40, random.below(50_000))
        }),
    ));
    let mut ids = Vec::with_capacity(SEGMENT_ROWS * 16);
    while ids.len() < SEGMENT_ROWS * 16 {
        let id = (u128::from(random.next()) << 64 | u128::from(random.next())).to_be_bytes();
        (0..5 + random.below(60)).for_each(|_| ids.extend(id));
    }
    ids.truncate(SEGMENT_ROWS * 16);
    columns.push(("trace.trace_id".into(), Column::Ids { bytes: ids.into(), width: 16 }));
    Arc::new(Rows { times, duration_bounds, columns })
}

/// Few values often, many seldom; a part of the rows has none.
fn dictionary(random: &mut Random, n_values: usize, share: f64, name: impl Fn(usize) -> String) -> Column {
    let mut code_of = vec![0; n_values];
    let mut values: Vec<Value> = Vec::new();
    let codes = (0..SEGMENT_ROWS).map(|_| {
        let end = random.below(n_values) + 1;
        let value = random.below(end);
        if random.unit() > share {
            return 0;
        }
        if code_of[value] == 0 {
            values.push(name(value).as_str().into());
            code_of[value] = values.len() as u32;
        }
        code_of[value]
    });
    let codes: Vec<u32> = codes.collect();
    Column::of_codes(Codes::narrow(codes, values.len() as u32), values)
}

fn texts(random: &mut Random, write: impl Fn(&mut Random, &mut String) -> std::fmt::Result) -> Column {
    let (mut offsets, mut bytes) = (vec![0], String::new());
    for _ in 0..SEGMENT_ROWS {
        // A string takes everything.
        let _ = write(random, &mut bytes);
        offsets.push(bytes.len() as u32);
    }
    Column::Texts(Texts { offsets: offsets.into(), bytes: bytes.into(), present: None })
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Normal, by the sum of twelve.
    fn normal(&mut self, deviation: f64) -> f64 {
        ((0..12).map(|_| self.unit()).sum::<f64>() - 6.0) * deviation
    }
}
