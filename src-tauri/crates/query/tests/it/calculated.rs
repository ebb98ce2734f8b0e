//! Calculated fields: what they say of a row, how they are read, and that a column of them is what each row by itself says.

use crate::random::Random;
use crate::table::{Slot, Storage, scan, scan_of, scan_stored};
use expect_test::expect;
use skep_query::{Cancel, Scan, TimeRange, parse, run};

/// The result's cells as JSON, a row a line; where it cannot be read, the place.
fn ask(scan: &dyn Scan, text: &str) -> String {
    let query = match parse(text) {
        Ok(query) => query,
        Err(error) => return error.caret(text),
    };
    match run(scan, &query, TimeRange::ALL, &Cancel::default()) {
        Ok(table) => table.rows.iter().map(|row| serde_json::to_string(row).unwrap() + "\n").collect(),
        Err(error) => error.to_string(),
    }
}

/// What each expression is for one row.
fn values(expressions: &[&str]) -> String {
    let scan = scan(
        r#"timestamp_ns        | duration_ms | name   | n | half | yes  | text  | digits | http.route | odd name
           1700000000500000000 | 12.5        | GÉT /a | 7 | 0.5  | true | "10"  | "12abc"| /api/v1/x  | odd"#,
    );
    let mut seen = String::new();
    for expression in expressions {
        let rows = ask(&scan, &format!("SELECT COUNT GROUP BY {{{expression}}}"));
        let value =
            rows.trim_end().strip_prefix('[').and_then(|row| row.strip_suffix(",1]")).unwrap_or(&rows);
        seen += &format!("{expression}: {value}\n");
    }
    seen
}

#[test]
fn functions_say_what_honeycombs_say() {
    expect![[r#"
        IF($n > 5, "big", "small"): "big"
        IF($missing, 1, $n < 5, 2, 3): 3
        IF(false, 1): null
        SWITCH($name, "POST", 1, "GÉT /a", 2, 3): 2
        SWITCH($n, "7", "text", 7.0, "number"): "number"
        COALESCE($missing, null, $n, 9): 7
        EXISTS($n): true
        EXISTS($missing): false
        IN($n, 1, 7): true
        EQUALS($text, 10): false
        EQUALS($n, 7.0): true
        EQUALS($missing, null): true
        LT($name, "H"): true
        GT($text, 5): false
        AND($yes, $n, "true"): true
        OR(0, "yes", $missing): false
        NOT($missing): true
        MIN($n, $half, $missing): 0.5
        MAX($n, $half): 7
        MIN($missing): null
        SUM($n, $half, $missing): 7.5
        SUM($n, $text, $digits): 17
        SUB($n, $missing): null
        MUL(2, $n, $half): 7.0
        DIV($n, 2): 3.5
        DIV($n, 0): null
        MOD($n, 4): 3
        MOD(7.5, 2): 1.5
        LOG10(1000): 3.0
        LOG10(0): null
        BUCKET($duration_ms, 10): "10 - 20"
        BUCKET($duration_ms, 10, 20): "< 20"
        BUCKET($duration_ms, 5, 0, 12): "> 12"
        BUCKET(-3, 10): "-10 - 0"
        BUCKET($n, 0): null
        INT(7.9): 7
        INT("-8.9"): -8
        INT($missing): null
        FLOAT($n): 7.0
        BOOL("false"): false
        BOOL($half): true
        STRING($half): "0.5"
        CONCAT($name, " ", $n, $missing, true): "GÉT /a 7true"
        STARTS_WITH($http.route, "/api"): true
        ENDS_WITH($n, "7"): false
        CONTAINS($name, "É"): true
        TO_LOWER($name): "gét /a"
        LENGTH($name): 6
        LENGTH($name, "bytes"): 7
        REG_MATCH($http.route, `^/api/v\d+/`): true
        REG_VALUE($http.route, `^/api/(v\d+)/`): "v1"
        REG_VALUE($http.route, `v.`): "v1"
        REG_VALUE($http.route, `nothing`): null
        REG_COUNT($http.route, `/`): 3
        REG_COUNT($n, `7`): 0
        UNIX_TIMESTAMP("2023-11-14T22:13:20.5Z"): 1700000000.5
        UNIX_TIMESTAMP("yesterday"): null
        EVENT_TIMESTAMP(): 1700000000.5
        FORMAT_TIME("%Y-%m-%d %H:%M", EVENT_TIMESTAMP()): "2023-11-14 22:13"
        $"odd name": "odd"
        $`odd name`: "odd"
        IF(true, "a comma may follow",): "a comma may follow"
    "#]]
    .assert_eq(&values(&[
        "IF($n > 5, \"big\", \"small\")",
        "IF($missing, 1, $n < 5, 2, 3)",
        "IF(false, 1)",
        "SWITCH($name, \"POST\", 1, \"GÉT /a\", 2, 3)",
        "SWITCH($n, \"7\", \"text\", 7.0, \"number\")",
        "COALESCE($missing, null, $n, 9)",
        "EXISTS($n)",
        "EXISTS($missing)",
        "IN($n, 1, 7)",
        "EQUALS($text, 10)",
        "EQUALS($n, 7.0)",
        "EQUALS($missing, null)",
        "LT($name, \"H\")",
        "GT($text, 5)",
        "AND($yes, $n, \"true\")",
        "OR(0, \"yes\", $missing)",
        "NOT($missing)",
        "MIN($n, $half, $missing)",
        "MAX($n, $half)",
        "MIN($missing)",
        "SUM($n, $half, $missing)",
        "SUM($n, $text, $digits)",
        "SUB($n, $missing)",
        "MUL(2, $n, $half)",
        "DIV($n, 2)",
        "DIV($n, 0)",
        "MOD($n, 4)",
        "MOD(7.5, 2)",
        "LOG10(1000)",
        "LOG10(0)",
        "BUCKET($duration_ms, 10)",
        "BUCKET($duration_ms, 10, 20)",
        "BUCKET($duration_ms, 5, 0, 12)",
        "BUCKET(-3, 10)",
        "BUCKET($n, 0)",
        "INT(7.9)",
        "INT(\"-8.9\")",
        "INT($missing)",
        "FLOAT($n)",
        "BOOL(\"false\")",
        "BOOL($half)",
        "STRING($half)",
        "CONCAT($name, \" \", $n, $missing, true)",
        "STARTS_WITH($http.route, \"/api\")",
        "ENDS_WITH($n, \"7\")",
        "CONTAINS($name, \"É\")",
        "TO_LOWER($name)",
        "LENGTH($name)",
        "LENGTH($name, \"bytes\")",
        "REG_MATCH($http.route, `^/api/v\\d+/`)",
        "REG_VALUE($http.route, `^/api/(v\\d+)/`)",
        "REG_VALUE($http.route, `v.`)",
        "REG_VALUE($http.route, `nothing`)",
        "REG_COUNT($http.route, `/`)",
        "REG_COUNT($n, `7`)",
        "UNIX_TIMESTAMP(\"2023-11-14T22:13:20.5Z\")",
        "UNIX_TIMESTAMP(\"yesterday\")",
        "EVENT_TIMESTAMP()",
        "FORMAT_TIME(\"%Y-%m-%d %H:%M\", EVENT_TIMESTAMP())",
        "$\"odd name\"",
        "$`odd name`",
        "IF(true, \"a comma may follow\",)",
    ]));
}

#[test]
fn operators_bind_as_in_honeycombs_grammar() {
    expect![[r#"
        1 + 2 * 3: 7
        10 - 4 - 3: 3
        10 - 2 + 3: 11
        2 * 3 - 1 + 4 / 2: 7.0
        7 % 4 * 2: 6
        -$n + 1: -6
        -2 * -3: 6
        1 + 2 < 4: true
        1 < 2 = true: true
        1 = 1 AND 2 = 3 OR 4 = 4: true
        1 = 1 OR 2 = 3 AND 4 = 5: true
        NOT false AND false: false
        !$missing = true: true
        NOT(false) OR $n != 7: true
        (1 + 2) * 3: 9
        9223372036854775807 + 1: 9.223372036854776e+18
        1.5e2 + .5: 150.5
    "#]]
    .assert_eq(&values(&[
        "1 + 2 * 3",
        "10 - 4 - 3",
        "10 - 2 + 3",
        "2 * 3 - 1 + 4 / 2",
        "7 % 4 * 2",
        "-$n + 1",
        "-2 * -3",
        "1 + 2 < 4",
        "1 < 2 = true",
        "1 = 1 AND 2 = 3 OR 4 = 4",
        "1 = 1 OR 2 = 3 AND 4 = 5",
        "NOT false AND false",
        "!$missing = true",
        "NOT(false) OR $n != 7",
        "(1 + 2) * 3",
        "9223372036854775807 + 1",
        "1.5e2 + .5",
    ]));
}

#[test]
fn what_cannot_be_read_is_pointed_at() {
    let scan = scan("a\n1");
    let mut seen = String::new();
    for text in [
        "SELECT AVG({$a + })",
        "GROUP BY {CONCATT($a)}",
        "WHERE {duration_ms > 3}",
        "WHERE {IF($a)} = 1",
        "GROUP BY {REG_MATCH($a, `(`)}",
        "GROUP BY {REG_MATCH($a, $b)}",
        "GROUP BY {$a = 'x'}",
        "GROUP BY {INGEST_TIMESTAMP()}",
        "GROUP BY {$a \"}\"",
        "GROUP BY {1 2}",
        "GROUP BY {$}",
        "GROUP BY {$any.a}",
    ] {
        seen += &(ask(&scan, text) + "\n");
    }
    let deep = format!("GROUP BY {{{}1{}}}", "(".repeat(100), ")".repeat(100));
    seen += ask(&scan, &deep).lines().last().unwrap();
    expect![[r#"
        SELECT AVG({$a + })
                         ^
        expected a value, found the end
        GROUP BY {CONCATT($a)}
                  ^^^^^^^
        unknown function CONCATT; did you mean CONCAT?
        WHERE {duration_ms > 3}
               ^^^^^^^^^^^
        duration_ms is neither a function nor a field; did you mean $duration_ms?
        WHERE {IF($a)} = 1
               ^^
        IF takes 2 or more arguments, and has 1
        GROUP BY {REG_MATCH($a, `(`)}
                  ^^^^^^^^^
        the pattern cannot be read: unclosed group
        GROUP BY {REG_MATCH($a, $b)}
                  ^^^^^^^^^
        REG_MATCH needs its pattern as a text, such as `^/api`
        GROUP BY {$a = 'x'}
                       ^
        '\'' means nothing in a calculated field; did you mean "text"?
        GROUP BY {INGEST_TIMESTAMP()}
                  ^^^^^^^^^^^^^^^^
        when an event arrived is not kept with it; did you mean EVENT_TIMESTAMP?
        GROUP BY {$a "}"
                 ^^^^^^^
        the calculated field is never closed by }
        GROUP BY {1 2}
                    ^
        expected an operator or the end of the calculated field, found "2"
        GROUP BY {$}
                  ^
        a field is due behind $; did you mean $duration_ms?
        any.a is a condition of WHERE: a row may have many such values; root. and parent. have one
        nested more than 64 deep"#]]
    .assert_eq(&seen);
}

#[test]
fn they_stand_wherever_a_field_can() {
    let scan = scan(
        "trace.trace_id | is_root | service.name | duration_ms | http.status_code
         1              | true    | shop         | 1500        | 200
         1              | -       | cart         | 500         | 404
         ----
         2              | true    | shop         | 250         | -
         2              | -       | cart         | 100         | 500",
    );
    let mut seen = String::new();
    for text in [
        "SELECT MAX({$duration_ms / 1000}), COUNT GROUP BY {$http.response.status_code >= 400}",
        "SELECT COUNT WHERE {$duration_ms / 1000} >= 0.5 AND {CONCAT($service.name, \"}\")} = \"cart}\"",
        "SELECT SUM({$duration_ms * 2}) GROUP BY {CONCAT($root.service.name, \" > \", $service.name)} ORDER BY SUM({$duration_ms * 2})",
        "SELECT P50({$duration_ms * 2}) GROUP BY service.name HAVING P50({$duration_ms * 2}) > 500",
    ] {
        seen += &ask(&scan, text);
        assert_eq!(parse(&parse(text).unwrap().to_string()), parse(text), "what is written can be read");
    }
    expect![[r#"
        [false,1.5,2]
        [true,0.5,2]
        [1]
        ["shop > cart",1200.0]
        ["shop > shop",3500.0]
    "#]]
    .assert_eq(&seen);
}

const EXPRESSIONS: [&str; 8] = [
    "IF($a > 2, $b, $c)",
    "CONCAT($a, \"/\", $b)",
    "$a + $b * $d",
    "BUCKET($d, 3, 1, 9)",
    "COALESCE($b, $a, $c)",
    "REG_VALUE($c, `[a-c]`)",
    "$a = $b OR $c = \"b\"",
    "$d % 2",
];

/// Guarantees: however a field is stored and the store is cut, a calculated column holds what each row by itself says.
#[test]
fn a_column_is_what_each_row_says() {
    let mut random = Random::new(11);
    for _ in 0..60 {
        let n_rows = 1 + random.below(60);
        let ints = |random: &mut Random| -> Vec<Slot> {
            (0..n_rows).map(|_| random.chance(0.8).then(|| (random.below(6) as i64).into())).collect()
        };
        let mixed = (0..n_rows).map(|_| match random.below(4) {
            0 => None,
            1 => Some((random.below(5) as i64).into()),
            2 => Some((random.below(5) as f64 / 2.0).into()),
            _ => Some(format!("{}", random.below(5)).as_str().into()),
        });
        let mixed: Vec<Slot> = mixed.collect();
        let texts: Vec<Slot> = (0..n_rows)
            .map(|_| random.chance(0.7).then(|| (*random.pick(&["a", "b", "xyz"])).into()))
            .collect();
        let columns = [("a", ints(&mut random)), ("b", mixed), ("c", texts), ("d", ints(&mut random))];
        let storage = |name: &str, segment: usize| match name {
            "a" if segment.is_multiple_of(2) => Storage::Ints,
            "c" if segment.is_multiple_of(3) => Storage::Texts,
            _ => Storage::Codes,
        };
        let n_segment_rows = 1 + random.below(n_rows);
        let whole = scan_stored(&columns, n_segment_rows, storage);
        for expression in EXPRESSIONS {
            let text = format!("SELECT COUNT GROUP BY {{{expression}}} LIMIT 1000");
            let mut one_by_one: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
            for row in 0..n_rows {
                let alone = columns.clone().map(|(name, slots)| (name, vec![slots[row].clone()]));
                let answer = ask(&scan_of(&alone, 1), &text);
                *one_by_one.entry(answer.trim_end().strip_suffix(",1]").unwrap().to_owned()).or_default() +=
                    1;
            }
            let mut expected: Vec<String> =
                one_by_one.iter().map(|(value, n)| format!("{value},{n}]")).collect();
            let mut found: Vec<String> = ask(&whole, &text).lines().map(str::to_owned).collect();
            expected.sort();
            found.sort();
            assert_eq!(found, expected, "{expression}");
        }
    }
}
