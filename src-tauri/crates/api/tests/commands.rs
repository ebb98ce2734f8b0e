#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
//! Every command against a running engine, as a host calls it: a name and JSON in, bytes out.

use serde_json::{Value, json};
use skep_api::{ApiError, ErrorCode, Reply, dispatch};
use skep_engine::forward::KeyStore;
use skep_engine::receive::Protocol;
use skep_engine::settings::{LiveSettings, Settings};
use skep_engine::store::Limits;
use skep_engine::store::clock::SystemClock;
use skep_engine::{Config, Engine};
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

struct House {
    engine: Arc<Engine>,
    _dir: TempDir,
}

impl House {
    async fn open() -> Self {
        let dir = TempDir::new().unwrap();
        let config = Config {
            data_dir: dir.path().to_owned(),
            grpc: "127.0.0.1:0".parse().unwrap(),
            http: "127.0.0.1:0".parse().unwrap(),
            containers: None,
            allowed: Vec::new(),
            forward: Vec::new(),
            keys: KeyStore::file_only(dir.path()),
            store_limits: Limits::default(),
            receive_limits: skep_engine::receive::Limits::default(),
            settings: Arc::new(LiveSettings::fixed(Settings::default())),
            clock: Arc::new(SystemClock::new()),
        };
        Self { engine: Arc::new(Engine::start(config).await.unwrap()), _dir: dir }
    }

    async fn try_ask(&self, name: &str, request: Value) -> Result<Value, ApiError> {
        match dispatch(&self.engine, name, request.to_string().as_bytes()).await? {
            Reply::Json(bytes) => Ok(serde_json::from_slice(&bytes).unwrap()),
            Reply::Columns(bytes) => {
                let head_bytes = u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
                Ok(serde_json::from_slice(&bytes[4..4 + head_bytes]).unwrap())
            }
        }
    }

    async fn ask(&self, name: &str, request: Value) -> Value {
        self.try_ask(name, request).await.unwrap()
    }
}

/// Scenario: the demo is sent, listed, opened, asked about and compared.
/// Guarantees: the whole path holds together, and BubbleUp names what is wrong in the demo.
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_can_be_seen_and_explained() {
    let house = House::open().await;
    let sent = house.ask("demo", json!({})).await;
    let status = house.ask("status", json!({})).await;
    assert_eq!(status["spans"]["stored"], sent["n_spans"]);
    let parts = ["stored", "rejected", "dropped", "duplicate"].map(|part| status[part].as_u64().unwrap());
    assert_eq!(status["received"], parts.iter().sum::<u64>());

    let list = house.ask("traces", json!({ "filter": "duration_ms > 250", "limit": 5 })).await;
    let rows = list["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 5);
    assert!(rows.iter().all(|row| row["root_service"] == "gateway" && row["root_arrived"] == true));
    assert_eq!(house.ask("traces", json!({})).await["matched"], sent["n_traces"]);

    let trace_id = &rows[0]["trace_id"];
    let trace = house.ask("trace", json!({ "trace_id": trace_id })).await;
    assert_eq!(trace["head"]["n_spans"], rows[0]["n_spans"]);
    let names: Vec<&str> =
        trace["columns"].as_array().unwrap().iter().map(|column| column["name"].as_str().unwrap()).collect();
    let documented = ["strip", "start", "duration", "color", "flags"];
    assert_eq!(names, documented);

    let table = house
        .ask("query", json!({ "text": "SELECT COUNT, P99(duration_ms) WHERE is_root GROUP BY name" }))
        .await;
    assert_eq!(table["columns"], json!(["name", "COUNT", "P99(duration_ms)"]));
    let total: u64 = table["rows"].as_array().unwrap().iter().map(|row| row[1].as_u64().unwrap()).sum();
    assert_eq!(json!(total), sent["n_traces"]);

    let map = house.ask("heatmap", json!({ "filter": "is_root", "n_x": 20, "n_y": 10 })).await;
    assert_eq!((map["head"]["matched"].as_u64(), map["head"]["n_x"].as_u64()), (Some(total), Some(20)));

    let request = json!({ "filter": "", "selection": { "filter": "is_root AND duration_ms > 250" } });
    let found = house.ask("bubbleup", request).await;
    let differing: Vec<&str> = found["fields"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|field| field["chance"] == false)
        .map(|field| field["field"].as_str().unwrap())
        .collect();
    for cause in ["service.version", "cloud.region"] {
        assert!(differing.contains(&cause), "{cause} is not among {differing:?}");
    }
}

/// Guarantees: SQL sees what the query language sees, and a reply has an end.
/// The slowest demo trace loads a cart item by item.
#[tokio::test]
async fn a_trace_is_drawn_folded_searched_and_compared() {
    let house = House::open().await;
    house.ask("demo", json!({})).await;
    let list = house.ask("traces", json!({ "sort": "duration", "filter": "trace.span_count > 8" })).await;
    let durations: Vec<u64> = list["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["duration_ns"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(durations.len() > 1 && durations.is_sorted_by(|a, b| a >= b), "{durations:?}");
    let trace_id = &list["rows"][0]["trace_id"];
    let head = house.ask("trace", json!({ "trace_id": trace_id })).await["head"].clone();
    let repeats = head["findings"].as_array().unwrap().iter().find(|finding| finding["kind"] == "repeats");
    let repeats = repeats.expect("a query for each cart item");
    assert_eq!((&repeats["calls"], &repeats["one_by_one"]), (&json!(true), &json!(true)));

    let lines = async |picture: Value| {
        let request = json!({ "trace_id": trace_id, "picture": picture, "count": 500 });
        house.ask("trace_rows", request).await["head"].clone()
    };
    let n_spans = head["n_spans"].as_u64().unwrap();
    let n_alike = repeats["n"].as_u64().unwrap();
    assert_eq!(lines(json!({})).await["n_lines"], n_spans);
    let folded = lines(json!({ "fold_repeats": true })).await;
    assert_eq!(folded["n_lines"], n_spans - n_alike + 1);
    let open = json!({ "fold_repeats": true, "open_groups": [repeats["at"]["span"]] });
    assert_eq!(lines(open).await["n_lines"], n_spans + 1);
    assert_eq!(lines(json!({ "fold_depth": 0 })).await["n_lines"], 1);
    let reveal = json!({ "fold_depth": 0, "reveal": repeats["at"]["span"] });
    assert!(lines(reveal).await["n_lines"].as_u64().unwrap() > 1);
    let top = json!({ "top": repeats["at"]["span"] });
    assert_eq!(lines(top).await["n_lines"], 1);

    let name = repeats["at"]["name"].as_str().unwrap();
    let condition = format!("name = \"{name}\" and duration_ms > 0");
    for find in [name.to_lowercase(), condition] {
        let found = lines(json!({ "find": find, "only_found": true })).await;
        assert_eq!(found["n_found"], n_alike, "{find}");
        assert!(found["n_lines"].as_u64().unwrap() < n_spans, "{find}");
    }
    assert_eq!(lines(json!({ "find": "nowhere at all" })).await["n_found"], 0);
    let hidden = lines(json!({ "hide": "is_root" })).await;
    assert_eq!((&hidden["n_lines"], &hidden["n_hidden"]), (&json!(0), &json!(n_spans)));
    let table = lines(json!({ "order": { "by": "duration", "descending": true } })).await;
    assert_eq!(table["n_lines"], n_spans);

    let step = json!({ "trace_id": trace_id, "picture": { "find": name }, "to": "match" });
    let step = house.ask("trace_step", step).await;
    assert_eq!((&step["span"], &step["n"]), (&repeats["at"]["span"], &json!(n_alike)));

    let shape =
        house.ask("trace_shape", json!({ "trace_id": trace_id, "with": { "kind": "typical" } })).await;
    assert!(shape["sides"][1]["n_traces"].as_u64().unwrap() > 1, "{}", shape["sides"]);
    let root = &shape["nodes"][0];
    assert!(
        root["sides"][0]["total_ns"].as_f64() > root["sides"][1]["total_ns"].as_f64(),
        "it is the slowest"
    );
    let alone = house.ask("trace_shape", json!({ "trace_id": trace_id })).await;
    assert_eq!(alone["sides"].as_array().unwrap().len(), 1);

    let span = json!({ "trace_id": trace_id, "span": repeats["at"]["span"] });
    let text = house.ask("trace_otlp", span).await["text"].as_str().unwrap().to_owned();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"], name);
}

/// Guarantees: logs are listed by time, level and trace, and know their way back.
#[tokio::test]
async fn logs_are_listed_by_level_and_by_trace() {
    let house = House::open().await;
    house.ask("demo", json!({})).await;
    let all = house.ask("logs", json!({ "limit": 500 })).await;
    let n = all["matched"].as_u64().unwrap();
    assert!(n > 0, "the demo writes logs");
    assert_eq!(all["by_level"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum::<u64>(), n);
    let times = |reply: &Value| -> Vec<u64> {
        let rows = reply["rows"].as_array().unwrap();
        rows.iter().map(|row| row["log"]["time_ns"].as_str().unwrap().parse().unwrap()).collect()
    };
    assert!(times(&all).is_sorted_by(|a, b| a >= b), "newest first");
    let page = house.ask("logs", json!({ "ascending": true, "first": 1, "limit": 1 })).await;
    let mut ascending = times(&all);
    ascending.reverse();
    assert_eq!(times(&page), ascending[1..2]);
    let bad = house.ask("logs", json!({ "level": "warn" })).await;
    let levels: Vec<&Value> =
        bad["rows"].as_array().unwrap().iter().map(|row| &row["log"]["severity"]).collect();
    assert!(
        levels.iter().all(|level| ["warn", "error", "fatal"].contains(&level.as_str().unwrap())),
        "{levels:?}"
    );
    let trace_id = &all["rows"][0]["trace_id"];
    let of_trace = house.ask("logs", json!({ "trace_id": trace_id })).await;
    assert!(of_trace["rows"].as_array().unwrap().iter().all(|row| row["trace_id"] == *trace_id));
    assert!(house.try_ask("logs", json!({ "level": "loud" })).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_is_answered_within_limits() {
    let house = House::open().await;
    let sent = house.ask("demo", json!({})).await;
    let sql = |text: &str| house.ask("sql", json!({ "text": text }));
    let count = sql("select count(*), count(distinct trace_id) from spans").await;
    assert_eq!(count["rows"], json!([[sent["n_spans"], sent["n_traces"]]]));
    assert_eq!(
        (&count["columns"], &count["more"]),
        (&json!(["count(*)", "count(distinct trace_id)"]), &json!(false))
    );
    assert_eq!(
        count["rows_examined"],
        house.ask("query", json!({ "text": "SELECT COUNT" })).await["rows_examined"]
    );
    let by_route =
        "select attr('http.route'), count(*) from spans where is_root group by 1 order by 2 desc, 1";
    let by_route = sql(by_route).await;
    let query = "SELECT COUNT WHERE is_root GROUP BY http.route ORDER BY COUNT DESC";
    assert_eq!(by_route["rows"], house.ask("query", json!({ "text": query })).await["rows"]);
    // Nanoseconds since the Unix epoch are beyond what a JavaScript number holds.
    let times = sql("select start_ns, duration_ns, end_ns - start_ns = duration_ns from spans limit 1").await;
    let row = &times["rows"][0];
    assert!(row[0].is_string() && row[1].is_u64() && row[2] == 1, "{times}");
    let (start, end) =
        (json!(row[0]), json!((row[0].as_str().unwrap().parse::<u64>().unwrap() + 1).to_string()));
    let range = json!({ "text": "select count(*) > 0, count(distinct start_ns) from spans", "start_ns": start, "end_ns": end });
    assert_eq!(house.ask("sql", range).await["rows"], json!([[1, 1]]));

    let numbers = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n";
    let many = sql(numbers).await;
    assert_eq!((many["rows"].as_array().unwrap().len(), &many["more"]), (10_000, &json!(true)));
    let wide = sql(&numbers.replace("select i from n", "select hex(zeroblob(1000000)) from n")).await;
    assert_eq!((wide["rows"].as_array().unwrap().len(), &wide["more"]), (9, &json!(true)));
}

/// Scenario: a client asks for what takes for ever and goes away.
/// Guarantees: the statement ends; the engine answers others meanwhile and after.
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_ends_when_nobody_waits_for_it() {
    let house = House::open().await;
    let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
    for _ in 0..3 {
        let asked = house.try_ask("sql", json!({ "text": endless }));
        let answer = tokio::time::timeout(Duration::from_millis(50), asked).await;
        assert!(answer.is_err(), "it does not end by itself");
    }
    assert_eq!(house.ask("sql", json!({ "text": "select 1" })).await["rows"], json!([[1]]));
    // A runtime waits for its blocking threads when it is dropped: this test would hang if one went on.
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_codes_and_places() {
    let house = House::open().await;
    let codes = [
        ("nonsense", json!({}), ErrorCode::NotFound),
        ("traces", json!({ "limit": "many" }), ErrorCode::BadRequest),
        ("traces", json!({ "surprise": 1 }), ErrorCode::BadRequest),
        ("trace", json!({ "trace_id": "12" }), ErrorCode::BadRequest),
        ("trace", json!({ "trace_id": "0123456789abcdef0123456789abcdef" }), ErrorCode::NotFound),
        ("query", json!({ "text": "SELECT CUONT" }), ErrorCode::Syntax),
        ("sql", json!({ "text": "select nmae from spans" }), ErrorCode::Syntax),
        ("sql", json!({ "text": "select 1; select 2" }), ErrorCode::Syntax),
        ("sql", json!({ "text": "drop table spans" }), ErrorCode::BadRequest),
        ("sql", json!({ "text": "select abs(-9223372036854775807 - 1)" }), ErrorCode::BadRequest),
        ("sql", json!({ "text": "select 1", "start_ns": "soon" }), ErrorCode::BadRequest),
        ("bubbleup", json!({ "selection": { "filter": "" } }), ErrorCode::BadRequest),
        ("forward_remove", json!({ "id": "7" }), ErrorCode::NotFound),
        ("forward_save", json!({ "url": "ftp://example.com", "enabled": true }), ErrorCode::BadRequest),
    ];
    for (name, request, code) in codes {
        let error = house.try_ask(name, request.clone()).await.unwrap_err();
        assert_eq!(error.code, code, "{name} {request}: {error}");
    }
    let sql = json!({ "text": "select attr('a'),\n  nmae from spans" });
    let error = house.try_ask("sql", sql).await.unwrap_err();
    assert_eq!(error.span, Some((20, 4)), "{error}");
    let error = house.try_ask("traces", json!({ "filter": "a = 1 AND b ~ 2" })).await.unwrap_err();
    assert_eq!(error.span.map(|(at, _)| at), Some(12), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_is_saved_without_its_key_coming_back() {
    let house = House::open().await;
    let request = json!({ "url": "http://127.0.0.1:9", "enabled": false, "key": "abcdefghijklmnopqrstuv" });
    let reply = house.ask("forward_save", request).await;
    let destination = &reply["destinations"][0];
    assert_eq!((&destination["state"], &destination["key"]["place"]), (&json!("off"), &json!("file")));
    assert_eq!(destination["key"]["hint"], "stuv");
    let status = house.ask("status", json!({})).await;
    assert!(!status.to_string().contains("abcdefgh"));
    assert!(status["notices"].to_string().contains("key_in_file"), "the notice admits where the key lies");
    let reply = house.ask("forward_remove", json!({ "id": destination["id"] })).await;
    assert_eq!(reply["destinations"], json!([]));
}

/// Scenario: what would leave is looked at before anything does: the demo, with scrubbing, filters and sampling.
/// Guarantees: fields are shown before and after; what leaves and what does not adds up; rules that cannot be used, and
/// filters about other spans, are refused in words.
#[tokio::test(flavor = "multi_thread")]
async fn what_would_leave_is_shown_before_it_does() {
    let house = House::open().await;
    let nothing = house.ask("forward_preview", json!({ "policy": {}, "nth": 0 })).await;
    assert_eq!(nothing["title"], Value::Null);
    house.ask("demo", json!({})).await;
    let masked = json!({ "scrubbing": { "enabled": true, "rules": [
        { "enabled": true, "what": { "kind": "keys", "keys": ["service.name"] }, "action": "hash" },
        { "enabled": true, "what": { "kind": "keys", "keys": ["name"] }, "action": "mask" },
    ] } });
    let reply = house.ask("forward_preview", json!({ "policy": masked, "nth": 0 })).await;
    let field = |key: &str| {
        let fields = reply["fields"].as_array().unwrap();
        fields.iter().find(|field| field["key"] == key).unwrap_or_else(|| panic!("{key}: {reply}")).clone()
    };
    assert_eq!(field("library.name")["after"], "***");
    assert!(field("service.name")["after"].as_str().unwrap().starts_with("hash:"));
    let estimate = async |policy: Value| house.ask("forward_estimate", json!({ "policy": policy })).await;
    let all = estimate(json!({})).await;
    let stored = house.ask("status", json!({})).await["stored"].clone();
    assert_eq!((&all["events"], &all["leaving"]), (&stored, &stored));
    let count = |estimate: &Value, name: &str| estimate[name].as_u64().unwrap();
    let roots = estimate(json!({ "filter": "is_root" })).await;
    assert_eq!(count(&roots, "leaving") + count(&roots, "filtered"), count(&all, "events"));
    assert!(count(&roots, "leaving") > 0 && count(&roots, "filtered") > 0, "{roots}");
    let sampled = estimate(json!({ "sampling": { "one_in": 4 } })).await;
    assert_eq!(count(&sampled, "leaving") + count(&sampled, "sampled"), count(&all, "events"));
    assert!(count(&sampled, "sampled") > 0, "{sampled}");
    for (policy, reason) in [
        (json!({ "filter": "root.name = x" }), "root.name stands on another span"),
        (json!({ "filter": "a =" }), "the filter cannot be used"),
        (json!({ "sampling": { "one_in": 0 } }), "one trace in 0 is none"),
        (
            json!({ "scrubbing": { "enabled": true, "rules": [
                { "enabled": true, "what": { "kind": "pattern", "regex": "(" }, "action": "mask" } ] } }),
            "unclosed group",
        ),
    ] {
        let error = house.try_ask("forward_estimate", json!({ "policy": policy })).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::BadRequest, "{error}");
        assert!(error.message.contains(reason), "{reason}: {error}");
    }
}

/// Scenario: the demo, a named moment, and what Explore asks about them beside a table.
/// Guarantees: the points of a chart add up to the table, shown groups and others to the total; the moment is where it
/// was marked; events come newest first and know their span; queries are remembered and named.
#[tokio::test(flavor = "multi_thread")]
async fn what_explore_asks_agrees() {
    let house = House::open().await;
    house.ask("demo", json!({})).await;
    mark(&house, "deploy 2");

    let text = "SELECT COUNT, P99(duration_ms) WHERE is_root GROUP BY name ORDER BY COUNT DESC LIMIT 2";
    let table = house.ask("query", json!({ "text": text, "foot": true })).await;
    let count = |row: &Value, column: usize| row[column].as_u64().unwrap();
    let shown: u64 = table["rows"].as_array().unwrap().iter().map(|row| count(row, 1)).sum();
    assert_eq!(shown + count(&table["other"], 0), count(&table["total"], 0), "{table}");
    assert_eq!(table["approximate"], json!([null, null, null]), "few events are exact");
    assert_eq!(table["groups_other"].as_u64().unwrap() + 2, table["groups"].as_u64().unwrap());
    assert_eq!(house.ask("query", json!({ "text": text })).await["total"], Value::Null);

    let map = house.ask("heatmap", json!({ "filter": "is_root" })).await["head"].clone();
    let request = json!({
        "text": text, "start_ns": map["start_ns"], "step_ns": map["step_ns"], "n_x": map["n_x"]
    });
    let bytes = dispatch(&house.engine, "series", request.to_string().as_bytes()).await.unwrap().into_bytes();
    let head_bytes = u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
    let head: Value = serde_json::from_slice(&bytes[4..4 + head_bytes]).unwrap();
    let named: Vec<&Value> =
        head["head"]["groups"].as_array().unwrap().iter().map(|group| &group[0]).collect();
    let in_table: Vec<&Value> = table["rows"].as_array().unwrap().iter().map(|row| &row[0]).collect();
    assert_eq!(named, in_table);
    let n_x = map["n_x"].as_u64().unwrap() as usize;
    let values: Vec<f64> = bytes[bytes.len() - 2 * 2 * n_x * 8..]
        .chunks_exact(8)
        .map(|value| f64::from_le_bytes(value.try_into().unwrap()))
        .collect();
    assert_eq!(values[..2 * n_x].iter().sum::<f64>(), shown as f64, "the points of COUNT are the table's");
    let bad = json!({ "text": text, "start_ns": "0", "step_ns": "0", "n_x": 5 });
    assert_eq!(house.try_ask("series", bad).await.unwrap_err().code, ErrorCode::BadRequest);

    let markers = house.ask("markers", json!({})).await["markers"].clone();
    let said: Vec<&Value> = markers.as_array().unwrap().iter().map(|marker| &marker["message"]).collect();
    assert_eq!((said, &markers[0]["kind"]), (vec![&json!("deploy 2")], &json!("run")));
    let before = json!({ "end_ns": markers[0]["start_ns"] });
    assert_eq!(house.ask("markers", before).await["markers"], json!([]));

    let request =
        json!({ "filter": "is_root", "fields": ["name", "root.name", "duration_ms"], "limit": 500 });
    let events = house.ask("events", request).await;
    assert_eq!(events["matched"], table["total"][0]);
    let rows = events["rows"].as_array().unwrap();
    let time = |row: &Value| row["time_ns"].as_str().unwrap().parse::<u64>().unwrap();
    assert!(rows.is_sorted_by(|a, b| time(a) >= time(b)));
    let first = &rows[0];
    assert_eq!(first["values"][0], first["values"][1], "a root is its own root");
    let span = json!({ "trace_id": first["trace_id"], "span_id": first["span_id"] });
    assert_eq!(house.ask("span", span).await["name"], first["values"][0]);
    let condition = json!({ "fields": ["any.error"] });
    assert_eq!(house.try_ask("events", condition).await.unwrap_err().code, ErrorCode::BadRequest);

    let view = json!({ "address": "#/explore?where=error", "text": "SELECT COUNT WHERE error" });
    house.ask("query_ran", view.clone()).await;
    house.ask("query_ran", view).await;
    let named =
        json!({ "name": "Failed", "address": "#/explore?where=error", "text": "SELECT COUNT WHERE error" });
    let kept = house.ask("query_save", named).await;
    assert_eq!((kept["history"].as_array().unwrap().len(), &kept["saved"][0]["name"]), (1, &json!("Failed")));
    assert_eq!(house.ask("queries", json!({})).await, kept);
    assert_eq!(
        house.try_ask("query_forget", json!({ "name": "no" })).await.unwrap_err().code,
        ErrorCode::NotFound
    );
    assert_eq!(house.ask("query_forget", json!({ "name": "Failed" })).await["saved"], json!([]));
    assert_eq!(house.ask("query_forget", json!({})).await["history"], json!([]));
}

/// Names this moment as `skep mark` does.
fn mark(house: &House, message: &str) {
    let address = house.engine.endpoints().iter().find(|one| one.protocol == Protocol::Http).unwrap().bound;
    let body = json!({ "message": message, "type": "run" }).to_string();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /1/markers/skep HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(" 20"), "{answer}");
}
