//! What a store holds of a client's telemetry, as lines: read back by `skep export`, with each value's type, without
//! ids and times.

use super::program::{run_to_end, skep_binary};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// A line for each span, log record and data point that a filter lets through, sorted. Of attributes, and of a point's
/// fields, those that `is_shown` picks by their keys: SDKs add some that differ from run to run.
#[must_use]
pub fn picture(data_dir: &Path, filter: &str, is_shown: impl Fn(&str) -> bool) -> String {
    let requests = exported(data_dir, filter);
    let mut painter = Painter { span_names: BTreeMap::new(), is_shown: &is_shown };
    for span in requests.iter().flat_map(|request| parts(request, ["resourceSpans", "scopeSpans", "spans"])) {
        painter.span_names.insert(text(&span["spanId"]), text(&span["name"]));
    }
    let mut lines = Vec::new();
    for request in &requests {
        let spans = parts(request, ["resourceSpans", "scopeSpans", "spans"]);
        lines.extend(spans.map(|span| painter.span(span)));
        let logs = parts(request, ["resourceLogs", "scopeLogs", "logRecords"]);
        lines.extend(logs.map(|log| painter.log(log)));
        let metrics = parts(request, ["resourceMetrics", "scopeMetrics", "metrics"]);
        lines.extend(metrics.flat_map(|metric| painter.points(metric)));
    }
    lines.sort_unstable();
    lines.concat()
}

/// What a store gives back: requests of OTLP JSON.
#[must_use]
pub fn exported(data_dir: &Path, filter: &str) -> Vec<Value> {
    let mut export = Command::new(skep_binary());
    export.args(["export", "--where", filter, "--data-dir"]).arg(data_dir);
    let lines = run_to_end(&mut export);
    lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

struct Painter<'a> {
    /// By their ids.
    span_names: BTreeMap<String, String>,
    is_shown: &'a dyn Fn(&str) -> bool,
}

impl Painter<'_> {
    fn span(&self, span: &Value) -> String {
        const KINDS: [&str; 6] = ["unspecified", "internal", "server", "client", "producer", "consumer"];
        const STATUSES: [&str; 3] = ["unset", "ok", "error"];
        let (kind, status) = (KINDS[number(&span["kind"])], STATUSES[number(&span["status"]["code"])]);
        let message = span["status"].get("message").map_or_else(String::new, |message| format!(" {message}"));
        let (name, parent) = (text(&span["name"]), self.within(&span["parentSpanId"]));
        let mut line =
            format!("span {name}{parent}: {kind}, {status}{message}{}", self.attributes(&span["attributes"]));
        for event in list(&span["events"]) {
            line += &format!("; event {}{}", text(&event["name"]), self.attributes(&event["attributes"]));
        }
        for link in list(&span["links"]) {
            line += &format!("; link{}", self.within(&link["spanId"]));
        }
        line + "\n"
    }

    fn log(&self, log: &Value) -> String {
        let severity = format!("{} {}", number(&log["severityNumber"]), text(&log["severityText"]));
        let severity = severity.trim_end();
        let (within, body) = (self.within(&log["spanId"]), value(&log["body"]));
        let name = log.get("eventName").map_or_else(String::new, |name| format!(" event {}", text(name)));
        format!("log{name}{within}: {severity} {body}{}\n", self.attributes(&log["attributes"]))
    }

    fn points(&self, metric: &Value) -> Vec<String> {
        let of_kind = |kind| Some((kind, metric.get(kind)?));
        let found =
            ["gauge", "sum", "histogram", "exponentialHistogram", "summary"].into_iter().find_map(of_kind);
        let (kind, data) = found.unwrap_or_else(|| panic!("a metric of no kind: {metric}"));
        let temporality = ["", " delta", " cumulative"][number(&data["aggregationTemporality"])];
        let monotonic = if data["isMonotonic"] == true { " monotonic" } else { "" };
        let (name, unit) = (text(&metric["name"]), text(&metric["unit"]));
        let point = |point: &Value| {
            let fields = point.as_object().into_iter().flatten();
            let told = fields.filter(|(key, _)| !key.ends_with("UnixNano") && *key != "attributes");
            let told = told.filter(|(key, _)| (self.is_shown)(key));
            let told: Vec<_> = told.map(|(key, value)| format!(" {key} {value}")).collect();
            let attributes = self.attributes(&point["attributes"]);
            format!("{kind} {name} [{unit}]{temporality}{monotonic}:{}{attributes}\n", told.join(","))
        };
        list(&data["dataPoints"]).map(point).collect()
    }

    fn within(&self, span_id: &Value) -> String {
        let id = text(span_id);
        let name = self.span_names.get(&id).map_or("an unknown span", String::as_str);
        if id.is_empty() { String::new() } else { format!(" in {name}") }
    }

    fn attributes(&self, attributes: &Value) -> String {
        let own = list(attributes).filter(|attribute| (self.is_shown)(&text(&attribute["key"])));
        let own: Vec<_> = own.map(key_value).collect();
        if own.is_empty() { String::new() } else { format!(" {{{}}}", own.join(", ")) }
    }
}

fn key_value(pair: &Value) -> String {
    format!("{}: {}", text(&pair["key"]), value(&pair["value"]))
}

/// A value of OTLP so that its type can be seen: text in quotes, doubles with a point or in words, bytes marked.
fn value(any: &Value) -> String {
    let Some((kind, value)) = any.as_object().and_then(|fields| fields.iter().next()) else {
        return "nothing".to_owned();
    };
    let joined = |values: Vec<String>| values.join(", ");
    match kind.as_str() {
        "intValue" => text(value),
        "doubleValue" => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        "bytesValue" => format!("bytes {}", text(value)),
        "arrayValue" => format!("[{}]", joined(list(&value["values"]).map(self::value).collect())),
        "kvlistValue" => format!("{{{}}}", joined(list(&value["values"]).map(key_value).collect())),
        _ => value.to_string(),
    }
}

/// What lies three lists down.
fn parts<'a>(request: &'a Value, path: [&'static str; 3]) -> impl Iterator<Item = &'a Value> {
    let [outer, middle, inner] = path;
    list(&request[outer])
        .flat_map(move |of_resource| list(&of_resource[middle]))
        .flat_map(move |of_scope| list(&of_scope[inner]))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap_or_default()).unwrap_or_default()
}
