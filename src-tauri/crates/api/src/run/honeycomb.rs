//! Queries as Honeycomb writes them: JSON of calculations, filters, breakdowns, orders, havings, limit and time
//! (<https://docs.honeycomb.io/api/query-specification/>), read and written.

use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use serde_json::{Map, Value, json};
use skep_engine::model::{Nanos, Text};
use skep_engine::query::{
    Aggregate, AggregateOp, CompareOp, Condition, Expr, Filter, Having, Literal, Order, OrderKey, Query,
    TextOp, TimeRange, literal_number, parse,
};

const NS_PER_SEC: u64 = 1_000_000_000;

/// What was pasted.
pub(super) struct Pasted {
    pub(super) query: Query,
    start_secs: Option<u64>,
    end_secs: Option<u64>,
    last_secs: Option<u64>,
}

/// A text never begins with a brace.
pub(super) fn is_honeycomb(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Writes a query in both forms.
///
/// # Errors
/// Where it cannot be read, or says what the other form cannot.
pub fn translate(request: &TranslateRequest) -> Result<TranslateReply, ApiError> {
    let pasted = if is_honeycomb(&request.text) {
        Pasted::read(&request.text)?
    } else {
        let query = parse(&request.text).map_err(|error| {
            ApiError::from(skep_engine::AskError::Syntax { text: request.text.clone(), error })
        })?;
        Pasted { query, start_secs: None, end_secs: None, last_secs: None }
    };
    let Pasted { query, start_secs, end_secs, last_secs } = pasted;
    let nanos = |secs: Option<u64>| secs.map(|secs| secs.saturating_mul(NS_PER_SEC).to_string());
    let clause = |query: Query, word: &str| {
        let text = query.to_string();
        text.find(word).map_or_else(String::new, |at| text[at + word.len()..].to_owned())
    };
    let select = Query { select: query.aggregates().to_vec(), ..Query::default() };
    let filter = Query { filter: query.filter.clone(), ..Query::default() };
    let group_by = Query { group_by: query.group_by.clone(), ..Query::default() };
    let having = Query { having: query.having.clone(), ..Query::default() };
    let order_by = Query { order_by: query.order_by.clone(), ..Query::default() };
    Ok(TranslateReply {
        text: query.to_string(),
        select: clause(select, "SELECT "),
        filter: clause(filter, "WHERE "),
        group_by: clause(group_by, "GROUP BY "),
        having: clause(having, "HAVING "),
        order_by: clause(order_by, "ORDER BY "),
        limit: query.limit.map_or_else(String::new, |limit| limit.to_string()),
        honeycomb: written(&query)?.to_string(),
        start_ns: nanos(start_secs),
        end_ns: nanos(end_secs),
        last_secs: last_secs.filter(|_| start_secs.is_none()),
    })
}

impl Pasted {
    /// Reads Honeycomb's JSON.
    pub(super) fn read(text: &str) -> Result<Self, ApiError> {
        let json: Value =
            serde_json::from_str(text).map_err(|error| bad(format!("no query JSON: {error}")))?;
        let secs = |key: &str| json[key].as_u64();
        let query = Query {
            select: items(&json, "calculations").map(aggregate).collect::<Result<_, _>>()?,
            filter: filter(&json)?,
            group_by: items(&json, "breakdowns")
                .map(|name| name.as_str().map(Text::from).ok_or_else(|| bad("a breakdown is a field's name")))
                .collect::<Result<_, _>>()?,
            having: items(&json, "havings").map(having).collect::<Result<_, _>>()?,
            order_by: items(&json, "orders").map(order).collect::<Result<_, _>>()?,
            limit: json["limit"].as_u64().map(|limit| u32::try_from(limit).unwrap_or(u32::MAX)),
            granularity_ns: secs("granularity").filter(|secs| *secs > 0).map(|secs| secs * NS_PER_SEC),
        };
        Ok(Self {
            query,
            start_secs: secs("start_time"),
            end_secs: secs("end_time"),
            last_secs: secs("time_range"),
        })
    }

    /// Its time, of which two of start, end and length are said at most; all of it where none is.
    pub(super) fn range(&self, now: Nanos) -> TimeRange {
        let length = self.last_secs.map(|secs| secs.saturating_mul(NS_PER_SEC));
        let at = |secs: Option<u64>| secs.map(|secs| secs.saturating_mul(NS_PER_SEC));
        let (start, end) = match (at(self.start_secs), at(self.end_secs), length) {
            (Some(start), None, Some(length)) => (Some(start), Some(start.saturating_add(length))),
            (None, Some(end), Some(length)) => (Some(end.saturating_sub(length)), Some(end)),
            (None, None, Some(length)) => (Some(now.0.saturating_sub(length)), None),
            (start, end, _) => (start, end),
        };
        TimeRange { start: start.map(Nanos), end: end.map(Nanos) }
    }
}

fn bad(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::BadRequest, message)
}

fn items<'j>(json: &'j Value, key: &str) -> impl Iterator<Item = &'j Value> {
    json[key].as_array().into_iter().flatten()
}

/// An operator by Honeycomb's name, which is ours.
fn op_named(name: &str) -> Result<AggregateOp, ApiError> {
    // Read as a query would be, so that the names stand in one place.
    let field = if name == "CONCURRENCY" { "" } else { "(x)" };
    let read = parse(&format!("SELECT {name}{field}")).ok();
    let op = read.and_then(|query| query.select.first().map(|aggregate| aggregate.op));
    op.ok_or_else(|| bad(format!("{name} is no calculation here")))
}

fn aggregate(json: &Value) -> Result<Aggregate, ApiError> {
    let op = op_named(json["op"].as_str().unwrap_or_default())?;
    Ok(Aggregate { op, field: json["column"].as_str().map(Text::from) })
}

fn order(json: &Value) -> Result<Order, ApiError> {
    let descending = json["order"] == "descending";
    let key = match json["op"].as_str() {
        Some(_) => OrderKey::Aggregate(aggregate(json)?),
        None => OrderKey::Field(json["column"].as_str().unwrap_or_default().into()),
    };
    Ok(Order { key, descending })
}

fn having(json: &Value) -> Result<Having, ApiError> {
    let op = op_named(json["calculate_op"].as_str().unwrap_or_default())?;
    let key = OrderKey::Aggregate(Aggregate { op, field: json["column"].as_str().map(Text::from) });
    let symbol = json["op"].as_str().unwrap_or_default();
    let op = compare_op(symbol).ok_or_else(|| bad(format!("HAVING cannot compare by {symbol:?}")))?;
    Ok(Having { key, op, value: literal(&json["value"])? })
}

const COMPARE_OPS: [CompareOp; 6] =
    [CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge];

fn compare_op(symbol: &str) -> Option<CompareOp> {
    COMPARE_OPS.into_iter().find(|op| op.symbol() == symbol)
}

/// How a text is looked for, and how it is not.
const TEXT_OPS: [(TextOp, &str, &str); 3] = [
    (TextOp::Contains, "contains", "does-not-contain"),
    (TextOp::StartsWith, "starts-with", "does-not-start-with"),
    (TextOp::EndsWith, "ends-with", "does-not-end-with"),
];

fn filter(json: &Value) -> Result<Filter, ApiError> {
    let parts: Vec<Expr> = items(json, "filters").map(condition).collect::<Result<_, _>>()?;
    if parts.is_empty() {
        return Ok(Filter::ALL);
    }
    let is_any = json["filter_combination"].as_str().is_some_and(|word| word.eq_ignore_ascii_case("or"));
    Ok(Filter::from(if is_any { Expr::or(parts) } else { Expr::and(parts) }))
}

fn condition(json: &Value) -> Result<Expr, ApiError> {
    let field = json["column"].as_str().ok_or_else(|| bad("a filter needs a column"))?;
    let (op, value) = (json["op"].as_str().unwrap_or_default(), &json["value"]);
    let list = || value.as_array().into_iter().flatten().map(literal).collect::<Result<Vec<_>, _>>();
    let text = || match literal(value)? {
        Literal::Text(text) => Ok::<Text, ApiError>(text),
        _ => Ok(Text::from(value.to_string())),
    };
    let condition = match op {
        "exists" => Condition::Exists,
        "does-not-exist" => Condition::DoesNotExist,
        "in" => Condition::In(list()?),
        "not-in" => Condition::NotIn(list()?),
        op => {
            let of_text = TEXT_OPS.into_iter().find(|(_, is, is_not)| *is == op || *is_not == op);
            match (of_text, compare_op(op)) {
                (Some((kind, is, _)), _) if is == op => Condition::Text(kind, text()?),
                (Some((kind, ..)), _) => Condition::NotText(kind, text()?),
                (None, Some(op)) => Condition::Compare(op, literal(value)?),
                (None, None) => return Err(bad(format!("{op:?} is no operator here"))),
            }
        }
    };
    Ok(Expr::is(field, condition))
}

fn literal(json: &Value) -> Result<Literal, ApiError> {
    match json {
        Value::String(text) => Ok(Literal::Text(Text::from(text.as_str()))),
        Value::Bool(bool) => Ok(Literal::Bool(*bool)),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => Ok(Literal::Int(int)),
            (None, Some(double)) => Ok(Literal::Double(double)),
            (None, None) => Err(bad(format!("{number} is too large"))),
        },
        other => Err(bad(format!("{other} is no value to compare with"))),
    }
}

/// A query as Honeycomb writes it.
fn written(query: &Query) -> Result<Value, ApiError> {
    let mut json = Map::new();
    let mut put = |key: &str, items: Vec<Value>| {
        if !items.is_empty() {
            json.insert(key.to_owned(), Value::Array(items));
        }
    };
    put("calculations", query.aggregates().iter().map(|one| calculation(one, "op")).collect());
    put("breakdowns", query.group_by.iter().map(|field| json!(&**field)).collect());
    let (filters, combination) = filters(&query.filter)?;
    put("filters", filters);
    let orders = query.order_by.iter().map(|order| {
        let mut json = match &order.key {
            OrderKey::Aggregate(aggregate) => calculation(aggregate, "op"),
            OrderKey::Field(field) => json!({ "column": &**field }),
        };
        json["order"] = json!(if order.descending { "descending" } else { "ascending" });
        json
    });
    put("orders", orders.collect());
    let havings = query.having.iter().map(|having| {
        let OrderKey::Aggregate(aggregate) = &having.key else {
            return Err(bad("Honeycomb's HAVING compares calculations only"));
        };
        let mut json = calculation(aggregate, "calculate_op");
        json["op"] = json!(having.op.symbol());
        json["value"] = value(aggregate.field.as_deref().unwrap_or_default(), &having.value);
        Ok(json)
    });
    put("havings", havings.collect::<Result<_, _>>()?);
    if let Some(combination) = combination {
        json.insert("filter_combination".to_owned(), json!(combination));
    }
    if let Some(limit) = query.limit {
        json.insert("limit".to_owned(), json!(limit));
    }
    if let Some(granularity_ns) = query.granularity_ns {
        json.insert("granularity".to_owned(), json!((granularity_ns / NS_PER_SEC).max(1)));
    }
    Ok(Value::Object(json))
}

fn calculation(aggregate: &Aggregate, key: &str) -> Value {
    let mut json = json!({ key: aggregate.op.name() });
    if let Some(field) = &aggregate.field {
        json["column"] = json!(&**field);
    }
    json
}

/// One list, of which all or any have to hold: more Honeycomb cannot say.
fn filters(filter: &Filter) -> Result<(Vec<Value>, Option<&'static str>), ApiError> {
    let (parts, combination) = match &filter.expr {
        None => return Ok((Vec::new(), None)),
        Some(Expr::And(parts)) => (parts.as_slice(), Some("AND")),
        Some(Expr::Or(parts)) => (parts.as_slice(), Some("OR")),
        Some(one) => (std::slice::from_ref(one), None),
    };
    Ok((parts.iter().map(|part| filter_of(part, false)).collect::<Result<_, _>>()?, combination))
}

fn filter_of(expr: &Expr, is_negated: bool) -> Result<Value, ApiError> {
    match expr {
        Expr::Not(inside) => filter_of(inside, !is_negated),
        Expr::Is { field, condition } => one_filter(field, condition, is_negated),
        Expr::And(_) | Expr::Or(_) => {
            Err(bad("Honeycomb's filters are one list joined by AND or by OR: this one is nested"))
        }
    }
}

fn one_filter(field: &str, condition: &Condition, is_negated: bool) -> Result<Value, ApiError> {
    let values =
        |literals: &[Literal]| Value::from(literals.iter().map(|one| value(field, one)).collect::<Vec<_>>());
    let (op, negated, operand) = match condition {
        Condition::Compare(op, literal) => {
            let opposite = match op {
                CompareOp::Eq => CompareOp::Ne,
                CompareOp::Ne => CompareOp::Eq,
                // That something is not less is not that it is more: it may be missing.
                _ if is_negated => return Err(bad("Honeycomb cannot say NOT of a comparison")),
                other => *other,
            };
            (op.symbol(), opposite.symbol(), Some(value(field, literal)))
        }
        Condition::In(literals) => ("in", "not-in", Some(values(literals))),
        Condition::NotIn(literals) => ("not-in", "in", Some(values(literals))),
        Condition::Exists => ("exists", "does-not-exist", None),
        Condition::DoesNotExist => ("does-not-exist", "exists", None),
        Condition::Text(kind, text) | Condition::NotText(kind, text) => {
            let (_, is, is_not) = TEXT_OPS.into_iter().find(|(op, ..)| op == kind).unwrap_or(TEXT_OPS[0]);
            let (op, negated) =
                if matches!(condition, Condition::Text(..)) { (is, is_not) } else { (is_not, is) };
            (op, negated, Some(json!(&**text)))
        }
        Condition::Truthy => ("=", "!=", Some(json!(true))),
    };
    let mut json = json!({ "column": field, "op": if is_negated { negated } else { op } });
    if let Some(operand) = operand {
        json["value"] = operand;
    }
    Ok(json)
}

fn value(field: &str, literal: &Literal) -> Value {
    match literal {
        Literal::Text(text) => json!(&**text),
        Literal::Bool(bool) => json!(bool),
        Literal::Int(int) => json!(int),
        Literal::Double(_) | Literal::Duration(_) => json!(literal_number(field, literal)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use super::*;

    fn there_and_back(text: &str) -> String {
        let there = translate(&TranslateRequest { text: text.to_owned() }).unwrap();
        let back = translate(&TranslateRequest { text: there.honeycomb.clone() }).unwrap();
        // `NOT a = b` and a length of time come back as what they mean.
        let again = translate(&TranslateRequest { text: back.text.clone() }).unwrap();
        assert_eq!((&again.text, &again.honeycomb), (&back.text, &there.honeycomb), "{text}");
        there.honeycomb
    }

    #[test]
    fn a_query_goes_there_and_back() {
        for text in [
            "SELECT COUNT",
            "SELECT COUNT, P99(duration_ms), COUNT_DISTINCT(user.id) WHERE error = true AND name != x GROUP BY name",
            "SELECT AVG(a) WHERE a > 1.5 OR b in (1, \"two\", true) OR c does-not-exist ORDER BY AVG(a) DESC LIMIT 10",
            "SELECT MAX(a) WHERE a starts-with x AND b does-not-end-with y GROUP BY b HAVING MAX(a) >= 5 ORDER BY b",
            "SELECT CONCURRENCY",
        ] {
            there_and_back(text);
        }
        let written: Value =
            serde_json::from_str(&there_and_back("SELECT COUNT WHERE NOT name = x AND duration_ms > 2s"))
                .unwrap();
        let expected = json!({
            "calculations": [{ "op": "COUNT" }],
            "filter_combination": "AND",
            "filters": [
                { "column": "name", "op": "!=", "value": "x" },
                { "column": "duration_ms", "op": ">", "value": 2000.0 },
            ],
        });
        assert_eq!(written, expected);
    }

    #[test]
    fn what_honeycomb_cannot_say_is_said() {
        for text in ["WHERE a = 1 AND (b = 2 OR c = 3)", "WHERE NOT a < 1", "WHERE NOT (a = 1 AND b = 2)"] {
            assert!(translate(&TranslateRequest { text: text.to_owned() }).is_err(), "{text}");
        }
        for text in
            ["{", r#"{"calculations":[{"op":"NONSENSE"}]}"#, r#"{"filters":[{"column":"a","op":"~"}]}"#]
        {
            assert!(translate(&TranslateRequest { text: text.to_owned() }).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_said_in_any_of_three_ways() {
        let range = |json: &str| {
            let TimeRange { start, end } = Pasted::read(json).unwrap().range(Nanos(100 * NS_PER_SEC));
            (start.map(|at| at.0 / NS_PER_SEC), end.map(|at| at.0 / NS_PER_SEC))
        };
        assert_eq!(range(r#"{"time_range":60}"#), (Some(40), None));
        assert_eq!(range(r#"{"start_time":10,"time_range":60}"#), (Some(10), Some(70)));
        assert_eq!(range(r#"{"end_time":90,"time_range":60}"#), (Some(30), Some(90)));
        assert_eq!(range(r#"{"start_time":1,"end_time":2}"#), (Some(1), Some(2)));
        assert_eq!(range("{}"), (None, None));
    }
}
