//! Graphs that no instrumentation should make, and some does: every span of theirs is drawn, once, below what it names or
//! at the top. `odd.txt` is how they look.

use super::text::{picture, read};
use super::{CriticalPath, ErrorsBelow, Folds, NO_ROW, Repeats, fold, overview, sequences};
use expect_test::expect_file;
use skep_model::Nanos;

const GRAPHS: &[(&str, &str)] = &[
    ("no span", ""),
    ("one span that runs", "a - 10 0"),
    ("one span without an id", "- - 10 20"),
    ("a span without an id below one with", "a - 10 20\n- a 12 15"),
    ("its own parent", "a a 10 20"),
    ("its own parent, with a child", "a a 10 20\nb a 11 15"),
    ("two that are each other's parents", "a b 10 20\nb a 12 18"),
    ("a cycle of three", "a c 10 20\nb a 11 19\nc b 12 18"),
    ("a cycle of three that start together", "a c 10 20\nb a 10 19\nc b 10 18"),
    ("a cycle with a tail", "a b 10 20\nb a 12 18\nc b 13 17\nd c 14 16"),
    ("two cycles", "a b 10 20\nb a 12 18\nc d 30 40\nd c 32 38"),
    ("a cycle beside a root", "r - 5 50\na b 10 20\nb a 12 18"),
    ("a root whose child's parent is missing", "r - 5 50\na x 10 20"),
    ("only orphans of one parent", "a x 10 20\nb x 12 18\nc x 15 30"),
    ("only orphans of several parents", "a x 10 20\nb y 12 18\nc z 15 30"),
    ("an orphan with children", "a x 10 20\nb a 12 18\nc b 13 15"),
    ("an orphan before its root", "a x 1 4\nr - 5 50"),
    ("two roots", "a - 10 20\nb - 15 40"),
    ("many roots", "a - 10 20\nb - 11 21\nc - 12 22\nd - 13 23\ne - 14 24"),
    ("two spans of one id", "a - 10 20\na - 12 18"),
    ("two spans of one id, parent and child", "a - 10 20\na a 12 18"),
    ("client and server share an id", "r - 5 50\na r 10 40\na r 12 38\nb a 14 20"),
    ("three of one id with children", "a - 10 20\na - 12 18\na - 14 16\nb a 15 16\nc a 11 12"),
    ("one of a cycle is there twice", "a b 10 20\nb a 12 18\nb a 13 17"),
    ("ends before it starts", "a - 20 10"),
    ("a child that ends before it starts", "a - 10 20\nb a 18 12"),
    ("no time at all", "a - 0 0\nb a 0 0"),
    ("no length", "a - 10 10\nb a 10 10"),
    ("at the end of time", "a - 18446744073709551614 18446744073709551615\nb a 1 18446744073709551615"),
    ("children arrive before their parents", "d c 16 17\nc b 14 18\nb a 12 19\na - 10 20"),
    ("children begin together", "a - 10 20\nd a 12 13\nc a 12 14\nb a 12 15"),
    ("a child long before and one long after", "a - 1000 1010\nb a 1 2\nc a 9000 9001"),
    ("a child runs below a parent that ended", "a - 10 20\nb a 15 0\nc b 30 40"),
    ("everything runs", "a - 10 0\nb a 15 0\nc b 30 0"),
];

#[test]
fn every_span_is_drawn_once_and_stands_below_its_parent() {
    for (name, text) in GRAPHS {
        let written = read(text);
        let waterfall = &written.waterfall;
        let n_rows = waterfall.len();
        let mut drawn: Vec<u32> = waterfall.input_idx.clone();
        drawn.sort_unstable();
        assert_eq!(drawn, (0..n_rows as u32).collect::<Vec<_>>(), "{name}");
        let repeats = Repeats::new(waterfall, &written.labels);
        let lines = fold(waterfall, &Folds { repeats: Some(&repeats), ..Folds::default() });
        let in_lines: usize = lines
            .iter()
            .map(|line| if line.group == NO_ROW { 1 } else { repeats.groups[line.group as usize].n() })
            .sum();
        assert_eq!(in_lines, n_rows, "{name}: a line for each, or a group's");
        for row in 0..n_rows {
            let parent = waterfall.parent[row];
            assert_eq!(parent == NO_ROW, waterfall.depth[row] == 0, "{name}");
            if parent != NO_ROW {
                assert!((parent as usize) < row, "{name}");
                assert!(waterfall.subtree_end[row] <= waterfall.subtree_end[parent as usize], "{name}");
            }
            assert!(waterfall.self_time[row] <= waterfall.duration[row], "{name}");
        }
        let Some(main) = waterfall.main_row() else {
            assert_eq!(n_rows, 0, "{name}: where there is a span there is one that stands for the trace");
            continue;
        };
        let path = CriticalPath::of(waterfall, main);
        let whole: u64 = path.by_row(n_rows).iter().map(|ns| ns.0).sum();
        assert_eq!(Nanos(whole), waterfall.duration[main as usize], "{name}: the path has no gap");
        assert!(
            overview(waterfall, &written.labels.is_error, 2).iter().all(|strip| strip.row < n_rows as u32)
        );
        let is_waited_for = vec![true; n_rows];
        assert_eq!(sequences(waterfall, &written.labels, &is_waited_for), [], "{name}: no call, no sequence");
        assert_eq!(ErrorsBelow::new(waterfall, &written.labels).origins, [0u32; 0], "{name}");
    }
    assert!(GRAPHS.len() >= 30);
}

#[test]
fn they_look_like_this() {
    let pictures: Vec<String> =
        GRAPHS.iter().map(|(name, text)| format!("{name}\n{}", picture(text))).collect();
    expect_file!["odd.txt"].assert_eq(&pictures.join("\n"));
}
