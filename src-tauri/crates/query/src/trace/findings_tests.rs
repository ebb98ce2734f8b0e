use super::text::{Written, read};
use super::{
    CriticalPath, ErrorsBelow, Folds, NO_ROW, Repeats, Shape, clock_skews, fold, overview, sequences,
};
use expect_test::expect;
use std::fmt::Write;

/// A request that loads a cart item by item, then asks two services one after the other.
const SHOP: &str = "
    a - 0 1000 web/GET
    b a 10 110 web/item call
    c a 110 210 web/item call
    d a 210 310 web/item call
    e a 310 410 web/item call failed
    f a 410 510 web/item call
    g a 520 720 web/tax call
    h g 530 700 tax/rate
    i a 720 990 web/ship call
    j i 730 980 ship/quote failed
";

#[test]
fn siblings_alike_are_a_group_that_says_how_they_ran() {
    let written = read(SHOP);
    let repeats = Repeats::new(&written.waterfall, &written.labels);
    let group = &repeats.groups[0];
    assert_eq!((repeats.groups.len(), written.letters(repeats.rows(0)).as_str()), (1, "bcdef"));
    assert_eq!((group.total.0, group.covered.0, group.shortest.0, group.longest.0), (500, 500, 100, 100));
    assert!(group.is_one_by_one() && group.are_calls);
    assert_eq!(group.n_errors, 1);

    let at_once: String = ('b'..='g').map(|letter| format!("{letter} a 10 110 web/item call\n")).collect();
    let written = read(&format!("a - 0 200 web/GET\n{at_once}"));
    let repeats = Repeats::new(&written.waterfall, &written.labels);
    assert!(!repeats.groups[0].is_one_by_one());
    assert_eq!((repeats.groups[0].total.0, repeats.groups[0].covered.0), (600, 100));

    let four: String = ('b'..='e').map(|letter| format!("{letter} a 10 110 web/item call\n")).collect();
    let written = read(&format!("a - 0 200 web/GET\n{four}"));
    assert!(Repeats::new(&written.waterfall, &written.labels).groups.is_empty(), "four are read one by one");
}

#[test]
fn calls_one_after_another_that_are_waited_for_are_a_sequence() {
    let written = read(SHOP);
    let path = CriticalPath::of(&written.waterfall, 0);
    let mut is_waited_for = vec![false; written.waterfall.len()];
    path.rows.iter().for_each(|row| is_waited_for[*row as usize] = true);
    let found = sequences(&written.waterfall, &written.labels, &is_waited_for);
    let said: Vec<String> = found
        .iter()
        .map(|one| {
            format!(
                "{} below {}, saves {}",
                written.letters(&one.rows),
                written.letter(one.parent),
                one.saving
            )
        })
        .collect();
    assert_eq!(said, ["bcdefgi below a, saves 700"]);
    is_waited_for.fill(false);
    assert_eq!(sequences(&written.waterfall, &written.labels, &is_waited_for), []);
}

#[test]
fn an_error_comes_from_the_deepest_span_that_failed() {
    let written = read(
        "
        a - 0 100 web/GET failed
        b a 10 90 web/call failed
        c b 20 80 db/query failed
        d a 10 20 web/log
        ",
    );
    let errors = ErrorsBelow::new(&written.waterfall, &written.labels);
    assert_eq!(written.letters(&errors.origins), "c");
    assert_eq!(errors.n_below, [2, 1, 0, 0]);
}

/// Guarantees: what cannot be is told with how far the clocks are apart; what can be is not.
#[test]
fn clocks_that_disagree_are_told() {
    let skew = |text: &str| {
        let written = read(text);
        let skews = clock_skews(&written.waterfall, &written.labels);
        let said = |one: &super::ClockSkew| {
            format!(
                "{} behind {} by {} in {} of {}, first {}",
                written.services[one.callee as usize],
                written.services[one.caller as usize],
                one.behind_ns,
                one.n_impossible,
                one.n_calls,
                written.letter(one.row),
            )
        };
        skews.iter().map(said).collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(skew("a - 0 100 web/call call\nb a 10 90 db/query"), none);
    assert_eq!(
        skew("a - 100 200 web/call call\nb a 60 140 db/query"),
        ["db behind web by 50 in 1 of 1, first b"]
    );
    assert_eq!(
        skew("a - 100 200 web/call call\nb a 160 240 db/query"),
        ["db behind web by -50 in 1 of 1, first b"]
    );
    assert_eq!(skew("a - 100 200 web/call call\nb a 60 140 web/query"), none, "one service has one clock");
    assert_eq!(skew("a - 100 200 web/send handover\nb a 300 400 mail/take"), none, "nobody waits for mail");
    assert_eq!(
        skew("a - 100 200 web/send handover\nb a 90 400 mail/take"),
        ["mail behind web by 10 in 1 of 1, first b"]
    );
    assert_eq!(skew("a - 100 200 web/call call\nb a 110 400 db/query"), none, "it did not wait");
}

fn lines(written: &Written, folds: &Folds<'_>) -> String {
    let mut picture = String::new();
    for line in fold(&written.waterfall, folds) {
        let name = &written.names[written.labels.name[line.row as usize] as usize];
        let group = if line.group == NO_ROW { "" } else { " group" };
        let folded = if line.is_folded { " folded" } else { "" };
        let indent = "  ".repeat(line.level as usize);
        writeln!(picture, "{indent}{} {name}{group}{folded}", written.letter(line.row)).unwrap();
    }
    picture
}

#[test]
fn repeats_fold_into_one_line_wherever_they_stand() {
    let written = read(
        "
        a - 0 100 web/GET
        b a 1 5 web/item
        c b 2 3 db/select
        d a 6 9 web/other
        e a 10 15 web/item
        f a 16 20 web/item
        g a 21 25 web/item
        h g 22 23 db/select
        i a 26 30 web/item
        ",
    );
    let repeats = Repeats::new(&written.waterfall, &written.labels);
    let folded = Folds { repeats: Some(&repeats), ..Folds::default() };
    expect![[r#"
        a GET
          b item group folded
          d other
    "#]]
    .assert_eq(&lines(&written, &folded));
    let open =
        Folds { open_groups: std::iter::once(0).collect(), repeats: Some(&repeats), ..Folds::default() };
    expect![[r#"
        a GET
          b item group
            b item
              c select
            e item
            f item
            g item
              h select
            i item
          d other
    "#]]
    .assert_eq(&lines(&written, &open));
    let mut hidden = vec![false; written.waterfall.len()];
    hidden[1] = true;
    let by_hand = Folds { folded: Some(&hidden), ..Folds::default() };
    expect![[r#"
        a GET
          b item folded
          d other
          e item
          f item
          g item
            h select
          i item
    "#]]
    .assert_eq(&lines(&written, &by_hand));
    let mut kept = vec![true; written.waterfall.len()];
    kept[4] = false;
    let four = Folds { kept: Some(&kept), repeats: Some(&repeats), ..Folds::default() };
    assert_eq!(lines(&written, &four).matches("item").count(), 4, "four are drawn one by one");
    let top = Folds { top: Some(6), repeats: Some(&repeats), ..Folds::default() };
    expect![[r#"
        g item
          h select
    "#]]
    .assert_eq(&lines(&written, &top));
}

#[test]
fn an_overview_keeps_the_longest_and_the_failed() {
    let spans: String = (0..100u32)
        .map(|n| {
            let (letter, end) = (char::from(b'!' + n as u8), if n == 37 { 90 } else { n + 2 });
            format!("{letter} - {n} {end} web/x {}\n", if n == 40 { "failed" } else { "" })
        })
        .collect();
    let written = read(&spans);
    let strips = overview(&written.waterfall, &written.labels.is_error, 10);
    let rows: Vec<u32> = strips.iter().map(|strip| strip.row).collect();
    assert!(rows.contains(&37) && rows.contains(&40) && strips.len() < 60, "{rows:?}");
    assert!(strips.iter().all(|strip| strip.strip == strip.row / 10));
    assert_eq!(overview(&written.waterfall, &written.labels.is_error, 1000).len(), 100, "a strip for each");
}

#[test]
fn paths_of_two_sides_stand_beside_each_other() {
    let (mut shape, shop) = (Shape::default(), read(SHOP));
    shape.add(0, &shop.waterfall, &shop.labels);
    let twice = read("a - 0 500 web/GET\nb a 10 110 web/item call\nc a 200 400 web/new");
    // The names have to be numbered alike.
    let renamed = |mut labels: super::Labels| {
        for name in &mut labels.name {
            let text = &twice.names[*name as usize];
            *name = shop.names.iter().position(|known| known == text).unwrap_or(99) as u32;
        }
        labels
    };
    for _ in 0..2 {
        shape.add(1, &twice.waterfall, &renamed(twice.labels.clone()));
    }
    let mut picture = String::new();
    for node in shape.nodes(0.0) {
        let name = shop.names.get(node.name as usize).map_or("new", String::as_str);
        let [a, b] = node.sides;
        let indent = "  ".repeat(node.depth as usize);
        writeln!(
            picture,
            "{indent}{name}: {} of {} for {}, {} own, {} failed; {} of {} for {}; to {}",
            a.n, a.n_traces, a.total, a.self_time, a.n_errors, b.n, b.n_traces, b.total, node.subtree_end
        )
        .unwrap();
    }
    expect![[r#"
        GET: 1 of 1 for 1000, 30 own, 0 failed; 2 of 2 for 1000; to 7
          item: 5 of 1 for 500, 500 own, 1 failed; 2 of 2 for 200; to 2
          ship: 1 of 1 for 270, 20 own, 0 failed; 0 of 0 for 0; to 4
            quote: 1 of 1 for 250, 250 own, 1 failed; 0 of 0 for 0; to 4
          tax: 1 of 1 for 200, 30 own, 0 failed; 0 of 0 for 0; to 6
            rate: 1 of 1 for 170, 170 own, 0 failed; 0 of 0 for 0; to 6
          new: 0 of 0 for 0, 0 own, 0 failed; 2 of 2 for 400; to 7
    "#]]
    .assert_eq(&picture);
}
