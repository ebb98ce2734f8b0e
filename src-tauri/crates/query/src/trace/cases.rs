//! Drawn cases of self time and of the critical path. A drawing is the trace and the answer in one: where its bars are
//! says when its spans were, and what they are drawn with says
//!
//! - `#` on the critical path, and nothing below runs
//! - `=` not on it, and nothing below runs
//! - `-` a child runs
//! - `+` on the critical path although a child runs: the path does not lead through that child

use super::{CriticalPath, SpanRow, Waterfall};
use skep_model::{Nanos, SpanId};

const CASES: &[(&str, &str)] = &[
    (
        "one span is all its own",
        "
a |####
",
    ),
    (
        "a call in the middle",
        "
a   |##----##
  b |  ####
",
    ),
    (
        "a call up to the end",
        "
a   |##----
  b |  ####
",
    ),
    (
        "a call as long as its caller",
        "
a   |------
  b |######
",
    ),
    (
        "two calls with something between them",
        "
a   |#--#--#
  b | ##
  c |    ##
",
    ),
    (
        "a call that begins where the last one ended",
        "
a   |#-----#
  b | ##
  c |   ###
",
    ),
    (
        "four calls without a gap",
        "
a   |--------
  b |##
  c |  ##
  d |    ##
  e |      ##
",
    ),
    (
        "of two at once the longer one is waited for",
        "
a   |#-----#
  b | ===
  c | #####
",
    ),
    (
        "of two that end together the longer one",
        "
a   |#-----#
  b | #####
  c |   ===
",
    ),
    (
        "one that runs beside a longer one",
        "
a   |#------#
  b | ######
  c |  ===
",
    ),
    (
        "three at once, and work after them",
        "
a   |#-----##
  b | ==
  c | #####
  d | ====
",
    ),
    (
        "the second began before the first had ended, so it did not wait for it",
        "
a   |#++---#
  b | ===
  c |   ###
",
    ),
    (
        "a staircase: every other step is waited for",
        "
a   |---+---
  b |###
  c |  ===
  d |    ###
",
    ),
    (
        "three levels",
        "
a     |#-------#
  b   | #-----#
    c |  #####
",
    ),
    (
        "the path goes down one branch and leaves out the other",
        "
a     |#-------#
  b   | -------
    c | #######
  d   | ==---==
    e |   ===
",
    ),
    (
        "the path goes down two branches, one after the other",
        "
a     |#--------#
  b   | -##
    c | #
  d   |    #----
    e |     ####
",
    ),
    (
        "a child that outlives its parent is not waited for to its end",
        "
a   |###---
  b |   ###===
",
    ),
    (
        "nor is what hangs below it",
        "
a     |##----
  b   |  ##---=
    c |    ##=
",
    ),
    (
        "one that outlives its parent hides one that ended before",
        "
a   |#-----
  b | #####===
  c |  ===
",
    ),
    (
        "a child that begins after its parent ended",
        "
a   |####
  b |     ===
",
    ),
    (
        "a child that begins before its parent",
        "
a   |   ---###
  b |===###
",
    ),
    (
        "a child that contains its parent",
        "
a   |  ---
  b |==###==
",
    ),
    (
        "of two roots the first stands for the request",
        "
a |####
b |  ====
",
    ),
    (
        "a grandchild that outlives both",
        "
a     |##--#
  b   |  #-
    c |   #====
",
    ),
    (
        "a child far away from its parent, and one within",
        "
a   |##--#
  b |  ##
  c |         ===
",
    ),
];

/// Each line: levels of two blanks, a letter, `|`, the bar.
fn read(drawing: &str) -> Vec<SpanRow> {
    let mut path: Vec<SpanId> = Vec::new();
    let read = |line: &str| {
        let (name, bar) = line.split_once('|').unwrap();
        let level = (name.len() - name.trim_start().len()) / 2;
        let id = SpanId::from_bytes(&[name.trim().as_bytes()[0]; 8]).unwrap();
        path.truncate(level);
        let parent = path.last().copied();
        path.push(id);
        let start = bar.len() - bar.trim_start().len();
        // A clock that begins at one, since an end at zero would still run.
        SpanRow { id: Some(id), parent, start: Nanos(start as u64 + 1), end: Nanos(bar.len() as u64 + 1) }
    };
    drawing.lines().filter(|line| !line.is_empty()).map(read).collect()
}

fn draw(drawing: &str) -> String {
    let spans = read(drawing);
    let waterfall = Waterfall::new(&spans);
    let path = CriticalPath::of(&waterfall, waterfall.main_row().unwrap());
    let within =
        |pieces: &[(Nanos, Nanos)], at: u64| pieces.iter().any(|(from, to)| from.0 <= at && at < to.0);
    let mut drawn = String::from("\n");
    for (row, line) in (0u32..).zip(drawing.lines().filter(|line| !line.is_empty())) {
        let (name, _) = line.split_once('|').unwrap();
        let own = waterfall.own_pieces(row, Nanos(0)).spans;
        let critical: Vec<(Nanos, Nanos)> = path.of_row(row).collect();
        drawn += name;
        drawn.push('|');
        drawn += &" ".repeat(waterfall.offset[row as usize].0 as usize);
        let mut n_own = 0;
        for at in waterfall.offset[row as usize].0..waterfall.end(row).0 {
            let is_own = within(&own, at);
            n_own += u64::from(is_own);
            drawn.push(match (within(&critical, at), is_own) {
                (true, true) => '#',
                (true, false) => '+',
                (false, true) => '=',
                (false, false) => '-',
            });
        }
        assert_eq!(waterfall.self_time[row as usize], Nanos(n_own), "self time is what is drawn as own");
        drawn.push('\n');
    }
    let whole: u64 = path.by_row(spans.len()).iter().map(|ns| ns.0).sum();
    assert_eq!(
        Nanos(whole),
        waterfall.duration[waterfall.main_row().unwrap() as usize],
        "the path covers its row"
    );
    drawn
}

#[test]
fn each_drawing_is_what_comes_out() {
    for (name, drawing) in CASES {
        assert_eq!(draw(drawing), *drawing, "{name}");
    }
    assert!(CASES.len() >= 20);
}

#[test]
fn a_wrong_drawing_is_found() {
    let wrong = "
a   |#-----#
  b | ####
  c | ####=
";
    assert_ne!(draw(wrong), wrong);
}
