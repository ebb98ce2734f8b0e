use crate::table::scan;
use expect_test::{Expect, expect};
use skep_model::Nanos;
use skep_query::{Cancel, HeatmapRequest, QueryError, Scale, TimeRange, heatmap, parse_filter};

const SPANS: &str = "
    timestamp_ns | duration_ms | size | error
    100          | 1           | 5    | -
    109          | 3           | 7    | true
    110          | 9.9         | x    | -
    --------------------------------
    119          | 10          | -    | -
    120          | 0           | -5   | true
    129          | -           | 7.5  | true
";

fn request(field: &str, filter: &str) -> HeatmapRequest {
    HeatmapRequest {
        filter: parse_filter(filter).unwrap(),
        field: field.into(),
        range: TimeRange::ALL,
        n_x: 3,
        n_y: 3,
        y: None,
        scale: Scale::Log,
    }
}

/// Draws the grid, the greatest values on top.
fn check(request: &HeatmapRequest, expected: Expect) {
    let grid = heatmap(&scan(SPANS), request, &Cancel::default()).unwrap();
    let line = |name: String, counts: &[u32]| {
        let cells: String =
            counts.iter().map(|n| if *n == 0 { " .".into() } else { format!(" {n}") }).collect();
        format!("{name:>8}{cells}\n")
    };
    let mut picture = line("over".into(), &grid.over);
    for y in (0..grid.n_y).rev() {
        picture += &line(format!("{:.2}", grid.y_edges[y]), &grid.counts[y * grid.n_x..(y + 1) * grid.n_x]);
    }
    picture += &line("under".into(), &grid.under);
    picture += &line("errors".into(), &grid.errors);
    picture += &format!("from {} by {} ns up to {:.2}; ", grid.start, grid.step_ns, grid.y_edges[grid.n_y]);
    picture += &format!("max {}, {} of {} rows\n", grid.max_count, grid.matched, grid.examined);
    expected.assert_eq(&picture);
}

#[test]
fn rows_fall_into_cells() {
    check(
        &request("duration_ms", ""),
        expect![[r#"
                over . . .
                4.64 . 2 .
                2.15 1 . .
                1.00 1 . .
               under . . 1
              errors 1 . 2
            from 100 by 10 ns up to 10.00; max 2, 6 of 6 rows
        "#]],
    );
    check(
        &HeatmapRequest { scale: Scale::Linear, ..request("size", "") },
        expect![[r#"
                over . . .
                3.33 2 . 1
               -1.33 . . .
               -6.00 . . 1
               under . . .
              errors 1 . 2
            from 100 by 10 ns up to 8.00; max 2, 6 of 6 rows
        "#]],
    );
}

#[test]
fn given_ends_are_kept_and_what_lies_outside_is_counted() {
    let range = TimeRange { start: Some(Nanos(105)), end: Some(Nanos(121)) };
    check(
        &HeatmapRequest { range, y: Some((4.0, 9.95)), scale: Scale::Linear, ..request("duration_ms", "") },
        expect![[r#"
                over . . 1
                7.97 1 . .
                5.98 . . .
                4.00 . . .
               under 1 . 1
              errors 1 . 1
            from 105 by 6 ns up to 9.95; max 1, 4 of 6 rows
        "#]],
    );
}

#[test]
fn nothing_is_an_empty_grid() {
    check(
        &request("nowhere", "duration_ms > 1000"),
        expect![[r#"
                over . . .
                4.64 . . .
                2.15 . . .
                1.00 . . .
               under . . .
              errors . . .
            from 0 by 1 ns up to 10.00; max 0, 0 of 6 rows
        "#]],
    );
}

#[test]
fn impossible_grids_are_refused() {
    let ask = |request: &HeatmapRequest| heatmap(&scan(SPANS), request, &Cancel::default());
    for request in [
        HeatmapRequest { n_x: 0, ..request("a", "") },
        HeatmapRequest { n_y: 1 << 20, ..request("a", "") },
        HeatmapRequest { y: Some((0.0, 1.0)), ..request("a", "") },
        HeatmapRequest { y: Some((1.0, f64::NAN)), ..request("a", "") },
    ] {
        assert!(matches!(ask(&request), Err(QueryError::Invalid(_))), "{request:?}");
    }
    // The very end of time.
    let range = TimeRange { start: Some(Nanos(u64::MAX)), end: Some(Nanos(u64::MAX)) };
    assert!(ask(&HeatmapRequest { range, ..request("a", "") }).is_ok());
}
