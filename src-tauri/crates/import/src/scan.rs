use crate::input::Input;
use std::io::Read;

/// How a value ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// It is whole, and held.
    Whole,
    /// It is whole, but was too long to hold.
    TooLong,
    /// There is none, or the source ended, or a request begins where this one should have gone on.
    Broken,
}

/// Beginnings of lines at which a request begins, whatever came before: a line that broke off costs no other.
const REQUESTS: [&[u8]; 3] = [b"\n{\"resourceSpans\":", b"\n{\"resourceLogs\":", b"\n{\"resourceMetrics\":"];

/// The next byte that is no space.
pub(crate) fn next(input: &mut Input<impl Read>) -> Option<u8> {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = input.peek(1).first() {
        input.consume(1);
    }
    input.peek(1).first().copied()
}

/// The next byte of a value that is no space; nothing where a request begins instead.
pub(crate) fn next_within(input: &mut Input<impl Read>) -> Option<u8> {
    while let Some(byte @ (b' ' | b'\n' | b'\r' | b'\t')) = input.peek(1).first() {
        if *byte == b'\n' && is_at_request(input) {
            return None;
        }
        input.consume(1);
    }
    input.peek(1).first().copied()
}

/// Steps over what is left of a line.
pub(crate) fn skip_line(input: &mut Input<impl Read>) {
    loop {
        let ahead = input.ahead();
        let end = ahead.iter().position(|byte| *byte == b'\n');
        let n = end.unwrap_or(ahead.len());
        input.consume(n);
        if end.is_some() || n == 0 {
            return;
        }
    }
}

/// Copies one JSON value to the end of `held` while that is no longer than `bytes_max`. It begins with the next byte.
///
/// Only brackets and strings are looked at: whoever reads the value says whether it is JSON.
pub(crate) fn value(input: &mut Input<impl Read>, held: &mut Vec<u8>, bytes_max: usize) -> Scanned {
    let start = held.len();
    let mut state = State::default();
    let mut is_too_long = false;
    let scanned = loop {
        let ahead = input.ahead();
        if ahead.is_empty() {
            break if state.is_scalar() { Scanned::Whole } else { Scanned::Broken };
        }
        let (n, stop) = state.step(ahead);
        is_too_long |= held.len() + n > bytes_max;
        if !is_too_long {
            held.extend_from_slice(&ahead[..n]);
        }
        input.consume(n);
        match stop {
            Some(Stop::End) => break Scanned::Whole,
            Some(Stop::Stray) => break Scanned::Broken,
            Some(Stop::Line) if is_at_request(input) => break Scanned::Broken,
            Some(Stop::Line) => {
                input.consume(1);
                if !is_too_long {
                    held.push(b'\n');
                }
            }
            None => {}
        }
    };
    let scanned = if scanned == Scanned::Whole && is_too_long { Scanned::TooLong } else { scanned };
    if scanned != Scanned::Whole {
        held.truncate(start);
    }
    scanned
}

fn is_at_request(input: &mut Input<impl Read>) -> bool {
    let n = REQUESTS.iter().map(|request| request.len()).max().unwrap_or(0);
    let line = input.peek(n);
    REQUESTS.iter().any(|request| line.starts_with(request))
}

/// Where in a value a scan is.
#[derive(Default)]
struct State {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    in_scalar: bool,
}

enum Stop {
    /// The value ends here.
    End,
    /// A bracket or a comma stands where a value should begin.
    Stray,
    /// Before the end of a line inside of the value.
    Line,
}

impl State {
    fn is_scalar(&self) -> bool {
        self.in_scalar && self.depth == 0
    }

    /// Goes on through `bytes`: how many of them belong to the value, and why no more.
    fn step(&mut self, bytes: &[u8]) -> (usize, Option<Stop>) {
        for (idx, byte) in bytes.iter().enumerate() {
            let is_outside = self.depth == 0 && !self.in_string;
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\n' if !is_outside => return (idx, Some(Stop::Line)),
                b'\\' if self.in_string => self.is_escaped = true,
                b'"' if self.in_string => {
                    self.in_string = false;
                    if self.depth == 0 {
                        return (idx + 1, Some(Stop::End));
                    }
                }
                _ if self.in_string => {}
                b'"' if self.is_scalar() => return (idx, Some(Stop::End)),
                b'"' => self.in_string = true,
                b'{' | b'[' if self.is_scalar() => return (idx, Some(Stop::End)),
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' | b',' | b':' | b' ' | b'\r' | b'\t' | b'\n' if is_outside => {
                    return (idx, Some(if self.in_scalar { Stop::End } else { Stop::Stray }));
                }
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (idx + 1, Some(Stop::End));
                    }
                }
                _ if is_outside => self.in_scalar = true,
                _ => {}
            }
        }
        (bytes.len(), None)
    }
}
