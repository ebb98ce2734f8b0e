//! The same statements over the same rows in plain tables: what a table skips, looks up or orders must not show.

use crate::events::{Random, span_id, trace_id, traffic};
use crate::house::House;
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, ValueRef};
use skep_sql::{Cell, TABLES};

const ATTRIBUTES: [&str; 4] =
    ["attr('http.route')", "attr('http.response.status_code')", "attr('mixed')", "attr('user.id')"];

/// As `*` leaves attributes out, and the plain tables do not.
const ALL: &str = "trace_id, span_id, parent_id, name, service, kind, status, start_ns, end_ns, duration_ms, \
                   attr('http.route'), attr('mixed')";

struct Both {
    house: House,
    plain: Connection,
}

impl Both {
    async fn new() -> Self {
        let batches: Vec<_> = traffic(1, 5_000).chunks(300).map(<[_]>::to_vec).collect();
        let house = House::with_segments(&batches, 3).await;
        let is_sealed =
            |sealed| house.view.snapshot().segments().iter().any(|segment| segment.is_sealed() == sealed);
        assert!(is_sealed(true) && is_sealed(false), "both kinds of segment are read");
        let plain = Connection::open_in_memory().unwrap();
        for table in TABLES {
            let columns = table.columns.iter().filter(|column| !column.is_hidden);
            let own = columns.map(|column| format!("\"{}\" {}", column.name, column.ty.as_sql()));
            let named = ATTRIBUTES.iter().map(|attribute| format!("\"{attribute}\" BLOB"));
            let declared: Vec<String> = own.chain(named).collect();
            plain.execute_batch(&format!("create table {}({})", table.name, declared.join(", "))).unwrap();
            let all = house.answer(&format!("select *, {} from {}", ATTRIBUTES.join(", "), table.name));
            assert!(all.rows.len() > 100, "{} rows in {}", all.rows.len(), table.name);
            let places = vec!["?"; all.columns.len()].join(", ");
            let mut insert = plain.prepare(&format!("insert into {} values ({places})", table.name)).unwrap();
            for row in &all.rows {
                insert.execute(rusqlite::params_from_iter(row.iter().map(as_parameter))).unwrap();
            }
        }
        plain
            .execute_batch("create index trace on spans(trace_id); create index span on spans(span_id)")
            .unwrap();
        Self { house, plain }
    }

    fn plain(&self, statement: &str) -> Vec<Vec<String>> {
        let mut statement = statement.to_owned();
        for attribute in ATTRIBUTES {
            statement = statement.replace(attribute, &format!("\"{attribute}\""));
        }
        let mut prepared =
            self.plain.prepare(&statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
        let n_columns = prepared.column_count();
        let rows = prepared.query_map([], |row| {
            let cells = (0..n_columns).map(|idx| Ok(shown(&cell(row.get_ref(idx)?))));
            cells.collect::<rusqlite::Result<Vec<String>>>()
        });
        rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    /// The number of rows, which have to be the same: in this order where `is_ordered`, else in any.
    fn check(&self, statement: &str, is_ordered: bool) -> usize {
        let (ours, theirs) = self.answers(statement, is_ordered);
        let plan = || self.house.ask(&format!("explain query plan {statement}"));
        assert_eq!(ours, theirs, "{statement}\n{}", plan());
        ours.len()
    }

    fn answers(&self, statement: &str, is_ordered: bool) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
        let rows = self.house.answer(statement).rows;
        let mut ours: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(shown).collect()).collect();
        let mut theirs = self.plain(statement);
        if !is_ordered {
            ours.sort();
            theirs.sort();
        }
        (ours, theirs)
    }
}

#[tokio::test]
async fn one_row_more_would_show() {
    let both = Both::new().await;
    both.plain.execute_batch("delete from spans where start_ns = (select max(start_ns) from spans)").unwrap();
    let (ours, theirs) = both.answers("select count(*), sum(duration_ns) from spans", true);
    assert_ne!(ours, theirs);
}

fn as_parameter(cell: &Cell) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match cell {
        Cell::Null => ValueRef::Null,
        Cell::Int(int) => ValueRef::Integer(*int),
        Cell::Real(real) => ValueRef::Real(*real),
        Cell::Text(text) => ValueRef::Text(text.as_bytes()),
        Cell::Blob(blob) => ValueRef::Blob(blob),
    })
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(int) => Cell::Int(int),
        ValueRef::Real(real) => Cell::Real(real),
        ValueRef::Text(text) => Cell::Text(std::str::from_utf8(text).unwrap().into()),
        ValueRef::Blob(blob) => Cell::Blob(blob.into()),
    }
}

/// The type too: 1 and 1.0 differ here.
fn shown(cell: &Cell) -> String {
    format!("{cell:?}")
}

/// The first span of a trace of [`traffic`].
const A_TRACE: u64 = (1 << 24) + 0x16;

#[tokio::test]
async fn statements_that_people_write() {
    let both = Both::new().await;
    let trace = trace_id(A_TRACE);
    let span = span_id(A_TRACE);
    assert_ne!(both.house.ask(&format!("select 1 from spans where trace_id = '{trace}'")), "");
    let mut n_rows = 0;
    for statement in [
        "select count(*), min(start_ns), max(start_ns), sum(duration_ns) from spans".to_owned(),
        "select service, count(*), min(attr('mixed')) from logs group by 1".to_owned(),
        "select distinct service, status from spans".to_owned(),
        "select count(distinct trace_id), count(distinct attr('http.route')) from spans".to_owned(),
        format!("select {ALL} from spans where trace_id = '{trace}'"),
        format!("select {ALL} from spans where trace_id = upper('{trace}')"),
        format!("select count(*) from spans where trace_id = '{trace}' collate nocase"),
        format!("select count(*) from spans where upper(trace_id) = upper('{trace}')"),
        format!("select name from spans where trace_id in ('{trace}', 'no id', '{}', null)", trace_id(A_TRACE + 1)),
        format!("select name from spans where span_id = '{span}' or parent_id = '{span}'"),
        format!("select name from spans where span_id in ('{span}', '{}', 7)", span_id(A_TRACE + 1)),
        "select name from spans where span_id = null or trace_id = null".to_owned(),
        "select count(*) from spans where trace_id = 12345 or span_id = x'00'".to_owned(),
        "select s.name, l.body from spans s join logs l on l.trace_id = s.trace_id where s.status = 'error'".to_owned(),
        "select s.name, l.body from logs l join spans s on s.span_id = l.span_id where l.severity = 'error'".to_owned(),
        "select s.name, e.time_ns from spans s left join events e on e.span_id = s.span_id and e.trace_id = s.trace_id \
         where s.is_root"
            .to_owned(),
        "select l.span_id, s.service from links l left join spans s on s.span_id = l.linked_span_id".to_owned(),
        "select c.service, p.service, count(*) from spans c join spans p on p.trace_id = c.trace_id and \
         p.span_id = c.parent_id group by 1, 2"
            .to_owned(),
        "select name, (select count(*) from spans c where c.parent_id = s.span_id) from spans s where is_root".to_owned(),
        "with recursive up(id, depth) as (select span_id, 0 from (select span_id from spans order by start_ns desc, \
         span_id limit 1) union all select s.parent_id, depth + 1 from up join spans s on s.span_id = up.id where \
         s.parent_id is not null) select max(depth) from up"
            .to_owned(),
        "select service, name, row_number() over (partition by service order by duration_ns desc, span_id) n from spans \
         order by service, n limit 20"
            .to_owned(),
        "select name from metrics where value > 0 order by name, time_ns limit 5 offset 3".to_owned(),
        "select count(*) from spans where exists (select 1 from logs where logs.trace_id = spans.trace_id)".to_owned(),
        "select trace_id, count(*) c, max(end_ns) - min(start_ns) from spans group by trace_id having c > 5".to_owned(),
        "select * from (select service s, name n from spans union select service, name from events) order by s, n".to_owned(),
        "select rowid > 0, name from spans where start_ns = (select max(start_ns) from spans where status = 'error')".to_owned(),
        "select count(*) from spans where start_ns between '1' and 1e30 and start_ns > 'x'".to_owned(),
        "select count(*) from spans where start_ns > -1.5 and start_ns < 9223372036854775807".to_owned(),
        "select a.service, count(*) from spans a join spans b on b.name = a.name and b.service = a.service and \
         b.status = 'error' where a.is_root group by 1"
            .to_owned(),
        "select count(*) from spans s join logs l on l.attr('mixed') = s.attr('mixed') where s.is_root".to_owned(),
    ] {
        n_rows += both.check(&statement, statement.contains("order by s") || statement.contains("order by name"));
    }
    assert!(n_rows > 1_000, "the statements find something: {n_rows}");
}

/// Conditions of every kind that a table looks at, and some that it does not.
fn condition(random: &mut Random) -> String {
    let start = (1u64 << 40) + random.below(6_000) * 1_000_000;
    let pick = |random: &mut Random, of: &[&str]| of[random.below(of.len() as u64) as usize].to_owned();
    let compared = pick(random, &["=", "<", "<=", ">", ">=", "<>", "is"]);
    match random.below(17) {
        0 => format!("start_ns {compared} {start}"),
        1 => format!("start_ns {compared} {start}.5"),
        2 => format!("start_ns {compared} '{start}'"),
        3 => format!("start_ns between {start} and {}", start + 500_000_000),
        4 => format!(
            "service {compared} {}",
            pick(random, &["'cart'", "'CART'", "'=gateway'", "'näh'", "'none'", "5", "null"])
        ),
        5 => format!("service = {} collate nocase", pick(random, &["'cart'", "'CART'"])),
        6 => format!("service in ({}, 'mail')", pick(random, &["'cart'", "null", "'none'"])),
        7 => format!(
            "attr('mixed') {compared} {}",
            pick(random, &["1", "'1'", "1.0", "0.5", "x'0102'", "'[1,\"a\"]'", "null"])
        ),
        8 => format!("attr('mixed') = cast({} as text)", pick(random, &["1", "0.5"])),
        9 => format!(
            "attr('http.response.status_code') {compared} {}",
            pick(random, &["500", "'500'", "404.0"])
        ),
        10 => format!("status {compared} {}", pick(random, &["'error'", "'unset'", "2"])),
        11 => format!("trace_id = '{}'", trace_id((1 << 24) + 1 + random.below(300))),
        12..=14 => {
            let at = pick(
                random,
                &["1970-01-01 00:18:2", "1970-01-01 00:18:21.5", "1970-01-01T00:18:21", "1970", "x"],
            );
            let collation = pick(random, &["", "", " collate nocase"]);
            format!("time {compared} '{at}{}'{collation}", random.below(10))
        }
        15 => format!("attr('user.id') = 'user-{}'", (1 << 24) + random.below(6_000)),
        _ => format!("name {compared} 'GET /{}'", random.below(22)),
    }
}

#[tokio::test]
async fn statements_that_nobody_would_think_of() {
    let both = Both::new().await;
    let orders = [
        "start_ns",
        "start_ns desc",
        "time desc",
        "time, service",
        "service",
        "service desc, name",
        "attr('mixed') desc",
        "attr('mixed'), status desc",
        "attr('http.route'), attr('http.response.status_code') desc, service",
        "trace_id",
        "trace_id desc, name",
        "status, start_ns",
        "duration_ns",
        "attr('user.id') desc",
        "name collate nocase",
        "service desc nulls first",
    ];
    let mut n_rows = 0;
    for seed in 0..120 {
        let mut random = Random(seed);
        let conditions: Vec<String> = (0..random.below(4)).map(|_| condition(&mut random)).collect();
        let joined = conditions.join(if random.below(4) == 0 { " or " } else { " and " });
        let filter = if joined.is_empty() { "1".to_owned() } else { joined };
        n_rows += both.check(&format!("select {ALL} from spans where {filter}"), false);
        let order = orders[random.below(orders.len() as u64) as usize];
        // Of what compares equal any comes first, so 1 is shown as 1.0.
        let plain_keys =
            order.replace(" desc", "").replace(" collate nocase", "").replace(" nulls first", "");
        let shown: Vec<String> = plain_keys
            .split(", ")
            .map(|key| format!("case typeof({key}) when 'integer' then {key} + 0.0 else {key} end"))
            .collect();
        let limit = if random.below(2) == 0 { format!("limit {}", random.below(40)) } else { String::new() };
        if !order.contains("nocase") {
            both.check(
                &format!("select {} from spans where {filter} order by {order} {limit}", shown.join(", ")),
                true,
            );
            let groups = format!(
                "select {}, count(*), sum(duration_ns), min(start_ns) from spans where {filter} group by {plain_keys}",
                shown.join(", ")
            );
            both.check(&groups, false);
            both.check(&format!("{groups} order by {order}"), true);
        }
    }
    assert!(n_rows > 20_000, "the conditions find something: {n_rows}");
}
