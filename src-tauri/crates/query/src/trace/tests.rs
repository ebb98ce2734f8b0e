use super::text::picture;
use super::{SpanRow, Waterfall};
use expect_test::{Expect, expect};
use skep_model::{Nanos, SpanId};

#[track_caller]
#[allow(clippy::needless_pass_by_value, reason = "an expectation is written at the call, by value")]
fn check(spans: &str, expect: Expect) {
    expect.assert_eq(&picture(spans));
}

#[test]
fn siblings_by_start_and_self_time_without_the_union_of_children() {
    check(
        "
        c a 150 190
        a - 100 200
        b a 110 160
        d b 120 130
        ",
        expect![[r#"
            total 100
            a at 0 for 100 self 20 to row 4
              b at 10 for 50 self 40 to row 3
                d at 20 for 10 self 10 to row 3
              c at 50 for 40 self 40 to row 4
        "#]],
    );
}

#[test]
fn children_that_outlive_their_parent_are_clipped() {
    check(
        "
        a - 100 200
        b a 50 120
        c a 180 400
        ",
        expect![[r#"
            total 350
            a at 50 for 100 self 60 to row 3
              b at 0 for 70 self 70 to row 2
              c at 130 for 220 self 220 to row 3
        "#]],
    );
}

#[test]
fn orphans_several_roots_running_and_backwards_spans_stand_as_they_are() {
    check(
        "
        a - 100 200
        b z 90 120
        c - 300 0
        d c 310 305
        ",
        expect![[r#"
            total 220
            b at 0 for 30 self 30 to row 1 orphan
            a at 10 for 100 self 100 to row 2
            c at 210 for 10 self 10 to row 4 running
              d at 220 for 0 self 0 to row 4 backwards
        "#]],
    );
}

#[test]
fn cycles_are_cut_at_their_earliest_span_and_nothing_is_lost() {
    check(
        "
        a c 30 90
        b a 20 80
        c b 40 70
        d b 50 60
        e e 10 95
        ",
        expect![[r#"
            total 85
            e at 0 for 85 self 85 to row 1 cyclic
            b at 10 for 60 self 30 to row 5 cyclic
              c at 30 for 30 self 0 to row 4 cyclic
                a at 20 for 60 self 60 to row 4 cyclic
              d at 40 for 10 self 10 to row 5
        "#]],
    );
}

#[test]
fn spans_that_share_an_id_are_both_there_and_children_hang_below_the_first() {
    check(
        "
        a - 0 100
        b a 10 90
        b a 20 80
        c b 30 40
        ",
        expect![[r#"
            total 100
            a at 0 for 100 self 20 to row 4
              b at 10 for 80 self 70 to row 3 shared id
                c at 30 for 10 self 10 to row 3
              b at 20 for 60 self 60 to row 4 shared id
        "#]],
    );
}

#[test]
fn a_trace_of_a_hundred_thousand_levels_is_laid_out() {
    let deep = |depth: u32| SpanId::from_bytes(&u64::from(depth + 1).to_be_bytes()).unwrap();
    let spans: Vec<SpanRow> = (0..100_000)
        .map(|depth| SpanRow {
            id: Some(deep(depth)),
            parent: depth.checked_sub(1).map(deep),
            start: Nanos(u64::from(depth)),
            end: Nanos(1_000_000),
        })
        .collect();
    let waterfall = Waterfall::new(&spans);
    assert_eq!(waterfall.depth.last(), Some(&99_999));
    assert!(waterfall.subtree_end.iter().all(|end| *end == 100_000));
}
