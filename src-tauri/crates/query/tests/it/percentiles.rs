//! Percentiles against a sort of each group's numbers, bit by bit; and those of too many numbers within their error.

use crate::random::Random;
use crate::table::{Slot, Storage, TableScan, scan_stored};
use skep_model::{Nanos, Value};
use skep_query::{
    AggregateOp, Buckets, Cancel, Cell, ExactMax, Percentile, Table, TimeRange, over_time_within, parse,
    run_with_foot, run_within, with_threads,
};
use std::collections::BTreeMap;

/// In thousandths, as [`Percentile::ALL`].
const PER_MILLE: [u64; 13] = [1, 10, 50, 100, 200, 250, 500, 750, 800, 900, 950, 990, 999];

/// One row of the table.
struct Row {
    time_ns: u64,
    group: Option<&'static str>,
    is_kept: bool,
    number: Option<f64>,
    weight: Option<u64>,
}

impl Row {
    fn random(random: &mut Random, groups: &[&'static str], last_ns: usize, is_weighted: bool) -> Row {
        let number = match random.below(20) {
            0 => *random.pick(&[f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 5e-324]),
            1..8 => random.below(7) as f64 - 3.0,
            _ => (random.unit() - 0.3) * 1e3,
        };
        Row {
            time_ns: random.below(last_ns) as u64,
            group: random.chance(0.9).then(|| *random.pick(groups)),
            is_kept: random.chance(0.9),
            number: random.chance(0.9).then_some(number),
            weight: (is_weighted && random.chance(0.5)).then(|| 1 + random.below(9) as u64),
        }
    }
}

fn scan(rows: &[Row], n_segment_rows: usize) -> TableScan {
    let column = |name, slot: &dyn Fn(&Row) -> Slot| (name, rows.iter().map(slot).collect::<Vec<Slot>>());
    let columns = [
        column("timestamp_ns", &|row| Some(Value::Int(row.time_ns.cast_signed()))),
        column("key", &|row| row.group.map(Value::from)),
        column("kept", &|row| Some(row.is_kept.into())),
        // Plain numbers, and numbers of a dictionary.
        column("duration_ms", &|row| row.number.map(Value::Double)),
        column("coded", &|row| row.number.map(Value::Double)),
        column("SampleRate", &|row| row.weight.map(|weight| Value::Int(weight.cast_signed()))),
    ];
    scan_stored(&columns, n_segment_rows, |_, _| Storage::Codes)
}

/// The value at a percentile by sorting.
fn percentile(rows: &[&Row], per_mille: u64) -> Cell {
    let number = |row: &&Row| Some((row.number.filter(|number| !number.is_nan())?, row.weight.unwrap_or(1)));
    let mut numbers: Vec<(f64, u64)> = rows.iter().filter_map(number).collect();
    numbers.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let n: u64 = numbers.iter().map(|(_, weight)| weight).sum();
    let rank = (n * per_mille).div_ceil(1000).max(1);
    let mut through = 0;
    let found = numbers.iter().find(|(_, weight)| {
        through += weight;
        through >= rank
    });
    found.map_or(Cell::Null, |(number, _)| Cell::Double(*number))
}

fn figures(rows: &[&Row], asked: &[usize]) -> Vec<Cell> {
    let count = rows.iter().map(|row| row.weight.unwrap_or(1).cast_signed()).sum();
    std::iter::once(Cell::Int(count)).chain(asked.iter().map(|at| percentile(rows, PER_MILLE[*at]))).collect()
}

/// What is asked: some percentiles, all near one end or from anywhere.
fn asked(random: &mut Random) -> Vec<usize> {
    let (first, end) = *random.pick(&[(9, 13), (0, 4), (0, 13), (11, 12)]);
    (0..1 + random.below(3)).map(|_| first + random.below(end - first)).collect()
}

struct Question {
    text: String,
    every: bool,
    is_filtered: bool,
    count_min: Option<i64>,
    limit: usize,
    asked: Vec<usize>,
}

impl Question {
    fn random(random: &mut Random, n_rows: usize) -> Question {
        let mut asked = asked(random);
        asked.sort_unstable();
        asked.dedup();
        let (every, is_filtered) = (random.chance(0.5), random.chance(0.5));
        let count_min = random.chance(0.3).then(|| random.below(n_rows / 4 + 1) as i64);
        let limit = if random.chance(0.5) { 1 + random.below(3) } else { 1000 };
        let field = random.word(&["duration_ms", "coded"]);
        let name = |at: &usize| AggregateOp::Percentile(Percentile::ALL[*at]).name();
        let percentiles: Vec<String> = asked.iter().map(|at| format!("{}({field})", name(at))).collect();
        let mut text = format!("SELECT COUNT, {}", percentiles.join(", "));
        if is_filtered {
            text += " WHERE kept = true";
        }
        text += " GROUP BY key";
        if let Some(min) = count_min {
            text += &format!(" HAVING COUNT > {min}");
        }
        text += &format!(" ORDER BY COUNT DESC LIMIT {limit}");
        if every {
            text += " EVERY 1ms";
        }
        Question { text, every, is_filtered, count_min, limit, asked }
    }

    fn ask(&self, scan: &TableScan) -> Table {
        run_with_foot(scan, &parse(&self.text).unwrap(), TimeRange::ALL, &Cancel::default()).unwrap()
    }

    /// Keys and figures by hand, and how the answer differs from them.
    fn difference(&self, rows: &[Row], table: &Table) -> Option<String> {
        let mut groups: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
        let matched: Vec<&Row> = rows.iter().filter(|row| row.is_kept || !self.is_filtered).collect();
        for row in &matched {
            let millis = row.time_ns / 1_000_000;
            let time = if self.every { format!("1970-01-01T00:00:00.{millis:03}Z ") } else { String::new() };
            groups.entry(format!("{time}{}", row.group.unwrap_or("-"))).or_default().push(row);
        }
        let n_keys = 1 + usize::from(self.every);
        let mut other = Vec::new();
        let mut shown: BTreeMap<String, &[Cell]> = BTreeMap::new();
        for row in &table.rows {
            let word = |cell: &Cell| match cell {
                Cell::Text(text) => text.to_string(),
                _ => "-".to_owned(),
            };
            let key: Vec<String> = row[..n_keys].iter().map(word).collect();
            shown.insert(key.join(" "), &row[n_keys..]);
        }
        let mut n_passing = 0;
        for (key, rows) in &groups {
            let by_hand = figures(rows, &self.asked);
            let passes = matches!((&by_hand[0], self.count_min), (Cell::Int(n), Some(min)) if *n <= min);
            n_passing += usize::from(!passes);
            match shown.remove(key) {
                Some(found) if found != by_hand => return Some(format!("{key}: {found:?}, not {by_hand:?}")),
                Some(_) if passes => return Some(format!("{key} has no place in the answer")),
                Some(_) => {}
                None => other.extend(rows),
            }
        }
        let foot = table.foot.as_ref()?;
        let total = figures(&matched, &self.asked);
        let others = (!other.is_empty()).then(|| figures(&other, &self.asked));
        if !shown.is_empty() || table.rows.len() != n_passing.min(self.limit) {
            Some(format!("{} rows of {n_passing}", table.rows.len()))
        } else if (&foot.total, &foot.other) != (&total, &others) {
            Some(format!("foot {foot:?}, not {total:?} and {others:?}"))
        } else {
            None
        }
    }
}

/// Guarantees: a percentile is the very number that sorting finds, of weighted rows and others, near the ends and between,
/// over segments and threads, beside missing values and NaN; so are those of what is not shown, and of everything.
/// Control: a rank beside the one asked for differs.
#[test]
fn percentiles_are_where_sorting_puts_them() {
    let mut n_astray = 0;
    for seed in 0..200 {
        let mut random = Random::new(9_000 + seed);
        let n_rows = 1 + random.skewed(4_000);
        let is_weighted = random.chance(0.3);
        let few_to_many: [&[&str]; 3] = [&["a"], &["a", "b", "c"], &["a", "b", "c", "d", "e", "f"]];
        let groups = *random.pick(&few_to_many);
        let last_ns = *random.pick(&[900_000, 3_000_000, 20_000_000]);
        let row = |_| Row::random(&mut random, groups, last_ns, is_weighted);
        let rows: Vec<Row> = (0..n_rows).map(row).collect();
        let scan = scan(&rows, 1 + random.below(n_rows));
        let mut question = Question::random(&mut random, n_rows);
        let table = with_threads(1 + random.below(3), || question.ask(&scan));
        let difference = question.difference(&rows, &table);
        assert_eq!(difference, None, "seed {seed}: {}", question.text);
        question.asked.iter_mut().for_each(|at| *at = if *at > 6 { *at - 1 } else { *at + 1 });
        n_astray += usize::from(question.difference(&rows, &table).is_some());
    }
    assert!(n_astray > 150, "another rank shows in {n_astray} tables");
}

/// A table of some rows that is asked the same with every number kept and with none.
fn random_question(random: &mut Random) -> (TableScan, Question) {
    let n_rows = 1 + random.skewed(3_000);
    let is_weighted = random.chance(0.3);
    let row = |_| Row::random(random, &["a", "b", "c"], 6_000_000, is_weighted);
    let rows: Vec<Row> = (0..n_rows).map(row).collect();
    (scan(&rows, 1 + random.below(n_rows)), Question::random(random, n_rows))
}

fn within(scan: &TableScan, text: &str, exact: ExactMax) -> Table {
    run_within(scan, &parse(text).unwrap(), TimeRange::ALL, true, exact, &Cancel::default()).unwrap()
}

/// What a percentile may be off by.
const ERROR: f64 = 1.0 / 1025.0;

/// The share of `error` that told cells are off by at most; infinite where other than numbers differ.
fn off_by<'a>(
    exact: impl IntoIterator<Item = &'a Cell>,
    told: impl IntoIterator<Item = &'a Cell>,
    error: f64,
) -> f64 {
    let off = |(exact, told): (&Cell, &Cell)| match (exact, told) {
        (exact, told) if exact == told => 0.0,
        // Zeros of both signs are one, and what is hardly any is none.
        (Cell::Double(exact), Cell::Double(told)) if exact == told => 0.0,
        (Cell::Double(exact), Cell::Double(told)) => {
            (exact - told).abs() / (exact.abs() * error + f64::MIN_POSITIVE)
        }
        _ => f64::INFINITY,
    };
    exact.into_iter().zip(told).map(off).fold(0.0, f64::max)
}

/// Guarantees: with too many numbers everything but percentiles is as before, and those are within the error that the
/// answer tells of; in tables, below them, and over time; the same on any number of threads. Controls: a tenth of the error
/// is exceeded, and an exact answer tells of none.
#[test]
fn percentiles_of_too_many_numbers_are_within_their_error() {
    let mut n_beyond_a_tenth = 0;
    for seed in 0..100 {
        let mut random = Random::new(11_000 + seed);
        let (scan, question) = random_question(&mut random);
        let exact = within(&scan, &question.text, ExactMax(u64::MAX));
        let told = within(&scan, &question.text, ExactMax(0));
        let n_exact = exact.columns.len() - question.asked.len();
        assert_eq!(exact.approximate, vec![None; exact.columns.len()]);
        let is_told = |at: usize| (at >= n_exact).then_some(ERROR);
        assert_eq!(told.approximate, (0..told.columns.len()).map(is_told).collect::<Vec<_>>());
        assert_eq!((exact.rows.len(), exact.groups_total), (told.rows.len(), told.groups_total));
        let cells = |table: &Table| {
            let foot = table.foot.clone().unwrap();
            let rows = table.rows.iter().chain([&foot.total]).chain(&foot.other);
            rows.flatten().cloned().collect::<Vec<Cell>>()
        };
        let (exact_cells, told_cells) = (cells(&exact), cells(&told));
        assert_eq!(exact_cells.len(), told_cells.len());
        let off = off_by(&exact_cells, &told_cells, ERROR);
        assert!(off <= 1.0 + 1e-9, "seed {seed}: {off} of the error: {}", question.text);
        n_beyond_a_tenth += usize::from(off > 0.1);
        for n_threads in 1..4 {
            let again = with_threads(n_threads, || within(&scan, &question.text, ExactMax(0)));
            assert_eq!(again, told, "seed {seed}, {n_threads} threads");
        }
        let buckets = Buckets { start: Nanos(0), step_ns: 700_000, n: 9 };
        let series = |exact| {
            let query = parse(&question.text).unwrap();
            let series = over_time_within(&scan, &query, buckets, 3, exact, &Cancel::default()).unwrap();
            let values = series.values.iter().map(|value| match value.is_nan() {
                true => Cell::Null,
                false => Cell::Double(*value),
            });
            (series.groups, series.approximate, values.collect::<Vec<_>>())
        };
        let (exact, told) = (series(ExactMax(u64::MAX)), series(ExactMax(0)));
        assert_eq!((&exact.0, exact.1.len()), (&told.0, told.1.len()));
        assert!(exact.1.iter().all(Option::is_none) && told.1[1..].iter().all(|error| *error == Some(ERROR)));
        let off = off_by(&exact.2, &told.2, ERROR);
        assert!(off <= 1.0 + 1e-9, "seed {seed}: {off} of the error over time: {}", question.text);
    }
    assert!(n_beyond_a_tenth > 50, "off by more than a tenth of the error in {n_beyond_a_tenth} tables");
}

/// Guarantees: what decides is how many rows pass the filter, for each field that percentiles are asked of; questions
/// without percentiles are never approximate, and order and conditions go by what is told.
#[test]
fn the_limit_counts_the_numbers_of_a_question() {
    let mut random = Random::new(5);
    let rows: Vec<Row> = (0..1000).map(|_| Row::random(&mut random, &["a", "b"], 1_000, false)).collect();
    let scan = scan(&rows, 100);
    let n_kept = rows.iter().filter(|row| row.is_kept).count() as u64;
    let is_approximate =
        |text: &str, max: u64| within(&scan, text, ExactMax(max)).approximate.iter().any(Option::is_some);
    for (text, n_numbers) in [
        ("SELECT P99(duration_ms)", 1000),
        ("SELECT P99(duration_ms) WHERE kept = true", n_kept),
        ("SELECT P01(duration_ms), P99(duration_ms), MAX(coded)", 1000),
        ("SELECT P99(duration_ms), P50(coded) GROUP BY key", 2000),
    ] {
        assert!(!is_approximate(text, n_numbers) && is_approximate(text, n_numbers - 1), "{text}");
    }
    assert!(!is_approximate("SELECT COUNT, AVG(duration_ms), MAX(duration_ms) GROUP BY key", 0));
    let text = "SELECT P90(duration_ms) GROUP BY key, timestamp_ns HAVING P90(duration_ms) > 100 ORDER BY P90(duration_ms)";
    let table = within(&scan, text, ExactMax(0));
    let figures: Vec<f64> = table.rows.iter().map(|row| number(&row[2])).collect();
    assert!(figures.len() > 50 && figures.is_sorted() && figures[0] > 100.0, "{figures:?}");
}

fn number(cell: &Cell) -> f64 {
    match cell {
        Cell::Double(double) => *double,
        other => panic!("{other:?} where a double is due"),
    }
}
