//! Traces written as text, for tests: text in, picture out.

use super::{Labels, SpanRow, Waterfall};
use skep_model::{Nanos, SpanId};
use std::fmt::Write;

pub(super) fn id(letter: char) -> SpanId {
    SpanId::from_bytes(&[letter as u8; 8]).unwrap()
}

/// A trace as it was written: the spans in order of arrival, their letters, and what the rows are called.
pub(super) struct Written {
    pub(super) letters: Vec<char>,
    pub(super) waterfall: Waterfall,
    pub(super) labels: Labels,
    /// Services, then names, as they are numbered.
    pub(super) services: Vec<String>,
    pub(super) names: Vec<String>,
}

/// Spans as lines of `id parent start end service/name words`, `-` for none, in order of arrival. Words are `failed`,
/// `call` and `handover`.
pub(super) fn read(text: &str) -> Written {
    let mut letters = Vec::new();
    let mut arrived = Labels::default();
    let (mut services, mut names) = (Vec::new(), Vec::new());
    let rows: Vec<SpanRow> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let mut parts = line.split_whitespace();
            let mut letter = || parts.next().unwrap().chars().next().filter(|letter| *letter != '-');
            let (own, parent) = (letter(), letter());
            letters.push(own.unwrap_or('?'));
            let mut nanos = || Nanos(parts.next().unwrap().parse().unwrap());
            let (start, end) = (nanos(), nanos());
            let (service, name) = parts.next().and_then(|label| label.split_once('/')).unwrap_or(("", ""));
            let words: Vec<&str> = parts.collect();
            arrived.service.push(number(&mut services, service));
            arrived.name.push(number(&mut names, name));
            arrived.is_error.push(words.contains(&"failed"));
            arrived.is_call.push(words.contains(&"call"));
            arrived.is_handover.push(words.contains(&"handover"));
            SpanRow { id: own.map(id), parent: parent.map(id), start, end }
        })
        .collect();
    let waterfall = Waterfall::new(&rows);
    let labels = in_rows(&waterfall, &arrived);
    Written { letters, waterfall, labels, services, names }
}

fn number(list: &mut Vec<String>, text: &str) -> u32 {
    let at = list.iter().position(|known| known == text).unwrap_or_else(|| {
        list.push(text.to_owned());
        list.len() - 1
    });
    at as u32
}

fn in_rows(waterfall: &Waterfall, arrived: &Labels) -> Labels {
    let of_row = || waterfall.input_idx.iter().map(|idx| *idx as usize);
    Labels {
        service: of_row().map(|idx| arrived.service[idx]).collect(),
        name: of_row().map(|idx| arrived.name[idx]).collect(),
        is_error: of_row().map(|idx| arrived.is_error[idx]).collect(),
        is_call: of_row().map(|idx| arrived.is_call[idx]).collect(),
        is_handover: of_row().map(|idx| arrived.is_handover[idx]).collect(),
    }
}

impl Written {
    /// The letter of a row.
    pub(super) fn letter(&self, row: u32) -> char {
        self.letters[self.waterfall.input_idx[row as usize] as usize]
    }

    pub(super) fn letters(&self, rows: &[u32]) -> String {
        rows.iter().map(|row| self.letter(*row)).collect()
    }
}

/// The rows of a written trace, as an indented picture.
pub(super) fn picture(text: &str) -> String {
    let written = read(text);
    let waterfall = &written.waterfall;
    let mut picture = format!("total {}\n", waterfall.total);
    for row in 0..waterfall.len() {
        let oddity = waterfall.oddity[row];
        let odd: Vec<&str> = [
            (oddity.orphan, "orphan"),
            (oddity.running, "running"),
            (oddity.backwards, "backwards"),
            (oddity.cyclic, "cyclic"),
            (oddity.shared_id, "shared id"),
        ]
        .iter()
        .filter_map(|(is, word)| is.then_some(*word))
        .collect();
        let text = format!(
            "{}{} at {} for {} self {} to row {} {}",
            "  ".repeat(waterfall.depth[row] as usize),
            written.letter(row as u32),
            waterfall.offset[row],
            waterfall.duration[row],
            waterfall.self_time[row],
            waterfall.subtree_end[row],
            odd.join(", "),
        );
        writeln!(picture, "{}", text.trim_end()).unwrap();
    }
    picture
}
