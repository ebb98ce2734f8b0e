//! Texts that differ in numbers alone: ids of hexadecimal digits, UUIDs, offsets in decimal with leading zeros. What
//! is the same in all rows of a page is written once, and what differs as numbers: less than zstd makes of it, and
//! read several times as fast.

use super::pack::{pack, unpack};
use skep_model::bytes::{Input, put_varint};

/// Longest text that has a shape, in bytes. A place in it is a byte.
const TEXT_BYTES_MAX: usize = u8::MAX as usize;

/// Digits of a slot that any `u64` holds.
const DECIMAL_DIGITS_MAX: usize = 18;
const HEX_DIGITS_MAX: usize = 16;

/// Says that a slot's digits are hexadecimal; the rest of the byte is how many there are.
const HEX: u8 = 0x80;

/// Rows after which a page without a shape is mostly known for one.
const TRIED_ROWS: usize = 64;

/// Texts put together at a time when they are read.
const ROWS_AT_A_TIME: usize = 64;

/// Digits that differ from row to row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    at: usize,
    n_digits: usize,
    is_hex: bool,
}

/// Appends texts by their shape; false, and nothing appended, when they have none.
pub(crate) fn put(texts: &[Option<&[u8]>], out: &mut Vec<u8>) -> bool {
    let Some((template, slots)) = shape_of(texts) else { return false };
    // Lengths and places are a byte, and slots are fewer than bytes.
    out.push(template.len() as u8);
    out.extend_from_slice(&template);
    out.push(slots.len() as u8);
    for slot in &slots {
        out.extend([slot.at as u8, slot.n_digits as u8 | if slot.is_hex { HEX } else { 0 }]);
    }
    for slot in &slots {
        let numbers: Vec<u64> = texts.iter().flatten().map(|text| slot.number(text)).collect();
        let least = numbers.iter().min().copied().unwrap_or(0);
        put_varint(out, least);
        pack(&numbers.iter().map(|number| number - least).collect::<Vec<_>>(), out);
    }
    true
}

/// The text in which the digits of all slots are zero, and the slots.
fn shape_of(texts: &[Option<&[u8]>]) -> Option<(Vec<u8>, Vec<Slot>)> {
    let first = texts.first().copied()??;
    let len = Some(first.len()).filter(|len| (1..=TEXT_BYTES_MAX).contains(len))?;
    let mut differs = [0; TEXT_BYTES_MAX];
    let (mut is_decimal, mut is_hex) = ([true; TEXT_BYTES_MAX], [true; TEXT_BYTES_MAX]);
    for (row, text) in texts.iter().enumerate() {
        let text = text.filter(|text| text.len() == len)?;
        for (at, (byte, first)) in text.iter().zip(first).enumerate() {
            differs[at] |= byte ^ first;
            let is_digit = byte.is_ascii_digit();
            is_decimal[at] &= is_digit;
            is_hex[at] &= is_digit | (b'a'..=b'f').contains(byte);
        }
        let is_out = |at: usize| differs[at] != 0 && !is_hex[at];
        if (row + 1 == TRIED_ROWS || row + 1 == texts.len()) && (0..len).any(is_out) {
            return None;
        }
    }
    let (mut template, mut slots) = (first.to_vec(), Vec::new());
    let mut at = 0;
    while at < len {
        let run = (at..len).take_while(|at| differs[*at] != 0).count();
        let is_hex = !is_decimal[at..at + run].iter().all(|is| *is);
        let n_digits = run.min(if is_hex { HEX_DIGITS_MAX } else { DECIMAL_DIGITS_MAX });
        if n_digits > 0 {
            slots.push(Slot { at, n_digits, is_hex });
            template[at..at + n_digits].fill(b'0');
        }
        at += n_digits.max(1);
    }
    Some((template, slots))
}

impl Slot {
    fn number(self, text: &[u8]) -> u64 {
        let digits = &text[self.at..self.at + self.n_digits];
        let (first, eights) = digits.as_rchunks::<8>();
        if self.is_hex {
            let number = first.iter().fold(0, |number, byte| number << 4 | hex_digit(u64::from(*byte)));
            eights.iter().fold(number, |number, eight| number << 32 | of_hex_digits(*eight))
        } else {
            let number = first.iter().fold(0, |number, byte| number * 10 + u64::from(byte - b'0'));
            eights.iter().fold(number, |number, eight| number * 100_000_000 + of_decimal_digits(*eight))
        }
    }

    fn write(self, number: u64, text: &mut [u8]) {
        let digits = &mut text[self.at..self.at + self.n_digits];
        if self.is_hex {
            write_hex(number, digits);
        } else {
            write_decimal(number, digits);
        }
    }
}

/// What hexadecimal digits say, one in each byte of a word: those of letters have the bit 64.
fn hex_digit(digits: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    (digits & (ONES * 0xf)) + (digits >> 6 & ONES) * 9
}

/// The number of eight hexadecimal digits, all at once: neighbours are joined, then pairs of them, then the halves.
fn of_hex_digits(digits: [u8; 8]) -> u64 {
    let digits = hex_digit(u64::from_be_bytes(digits));
    let pairs = (digits | digits >> 4) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    (fours | fours >> 16) & 0xffff_ffff
}

/// The same of eight decimal digits. A product brings two neighbours together in the place of the higher one.
fn of_decimal_digits(digits: [u8; 8]) -> u64 {
    let digits = u64::from_le_bytes(digits) & 0x0f0f_0f0f_0f0f_0f0f;
    let pairs = (digits.wrapping_mul(10 << 8 | 1) >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100 << 16 | 1) >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000 << 32 | 1) >> 32
}

/// The last digits of a number, as many as there is room for, up to sixteen.
fn write_hex(number: u64, digits: &mut [u8]) {
    let [high, low] = [number >> 32, number & 0xffff_ffff].map(|half| hex_digits(half).to_be_bytes());
    match digits.len() {
        8 => digits.copy_from_slice(&low),
        16 => {
            digits[..8].copy_from_slice(&high);
            digits[8..].copy_from_slice(&low);
        }
        n => {
            let all = [high, low];
            digits.copy_from_slice(&all.as_flattened()[16 - n..]);
        }
    }
}

/// Eight digits of a number of 32 bits, the last one lowest: all at once, one in each byte.
fn hex_digits(number: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let halves = (number | number << 16) & 0x0000_ffff_0000_ffff;
    let bytes = (halves | halves << 8) & 0x00ff_00ff_00ff_00ff;
    let nibbles = (bytes | bytes << 4) & (ONES * 0x0f);
    // Ten and above carry into the next nibble when six is added.
    let is_letter = (nibbles + ONES * 6) >> 4 & ONES;
    nibbles + ONES * u64::from(b'0') + is_letter * u64::from(b'a' - 10 - b'0')
}

fn write_decimal(mut number: u64, digits: &mut [u8]) {
    let (odd, pairs) = digits.as_rchunks_mut::<2>();
    for pair in pairs.iter_mut().rev() {
        *pair = DECIMAL_PAIRS[(number % 100) as usize];
        number /= 100;
    }
    if let [digit] = odd {
        *digit = b'0' + (number % 10) as u8;
    }
}

const DECIMAL_PAIRS: [[u8; 2]; 100] = pairs();

const fn pairs() -> [[u8; 2]; 100] {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + number as u8 / 10, b'0' + number as u8 % 10];
        number += 1;
    }
    pairs
}

/// Texts of one shape being read.
pub(crate) struct Shaped<'a> {
    template: &'a [u8],
    slots: Vec<(Slot, Vec<u64>)>,
}

impl<'a> Shaped<'a> {
    /// Reads `n` texts to the end of the page.
    pub(crate) fn read(input: &mut Input<'a>, n: usize) -> Option<Self> {
        let len = usize::from(input.byte()?);
        let template = input.take(len)?;
        let n_slots = usize::from(input.byte()?);
        let mut slots = Vec::with_capacity(n_slots);
        for _ in 0..n_slots {
            let [at, n_digits] = input.array()?.map(usize::from);
            let (is_hex, n_digits) = (n_digits & usize::from(HEX) != 0, n_digits & usize::from(!HEX));
            // Zeros: no text is cut in the middle of a character.
            if !template.get(at..at + n_digits)?.iter().all(|byte| *byte == b'0') {
                return None;
            }
            slots.push((Slot { at, n_digits, is_hex }, Vec::with_capacity(n)));
        }
        for (_, numbers) in &mut slots {
            let least = input.varint()?;
            unpack(input, n, |above| numbers.push(least.wrapping_add(above)))?;
        }
        input.is_empty().then_some(Self { template, slots })
    }

    /// How long each text is.
    pub(crate) fn text_bytes(&self) -> usize {
        self.template.len()
    }

    /// Calls `take` with the text of each of `n` rows.
    pub(crate) fn each(&self, n: usize, mut take: impl FnMut(&[u8])) {
        if self.template.is_empty() {
            return (0..n).for_each(|_| take(&[]));
        }
        // Some texts at a time, slot by slot: what was written byte by byte a moment ago is slow to read as words.
        let mut texts = self.template.repeat(ROWS_AT_A_TIME.min(n));
        for first in (0..n).step_by(ROWS_AT_A_TIME) {
            let n_texts = ROWS_AT_A_TIME.min(n - first);
            let texts = &mut texts[..n_texts * self.template.len()];
            for (slot, numbers) in &self.slots {
                let numbers = &numbers[first..first + n_texts];
                for (number, text) in numbers.iter().zip(texts.chunks_exact_mut(self.template.len())) {
                    slot.write(*number, text);
                }
            }
            texts.chunks_exact(self.template.len()).for_each(&mut take);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(texts: &[String], has_shape: bool) {
        let rows: Vec<Option<&[u8]>> = texts.iter().map(|text| Some(text.as_bytes())).collect();
        let mut page = Vec::new();
        assert_eq!(put(&rows, &mut page), has_shape, "{:?}", texts.first());
        if has_shape {
            let mut input = Input::new(&page);
            let shaped = Shaped::read(&mut input, rows.len()).expect("what was written");
            let mut back = Vec::new();
            shaped.each(rows.len(), |text| back.push(String::from_utf8_lossy(text).into_owned()));
            assert_eq!(back, texts);
            for cut in 0..page.len() {
                assert!(Shaped::read(&mut Input::new(&page[..cut]), rows.len()).is_none(), "cut at {cut}");
            }
        }
    }

    #[test]
    fn ids_and_offsets_have_a_shape_and_come_back() {
        let mix = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let texts = |text: &dyn Fn(u64) -> String| (0..300).map(text).collect::<Vec<_>>();
        check(&texts(&|n| format!("{:016x}{:016x}", mix(n), mix(n + 1))), true);
        check(&texts(&|n| format!("{:08x}-{:04x}-4{:03x}", mix(n) as u32, mix(n) >> 48, n)), true);
        check(&texts(&|n| format!("orders.ü-{:02}@{:024}", n % 12, 1_000_000 + n)), true);
        check(&texts(&|n| format!("{:020}", u64::MAX - n)), true);
        check(&texts(&|n| format!("{:X}", 0xa000 + n)), false);
        check(&texts(&|n| format!("{n}")), false);
        check(&texts(&|n| format!("{:03}/{}", n, ["é", "è"][n as usize % 2])), false);
        check(&["one".to_owned()], true);
        check(&[], false);
        check(&[String::new()], false);
        let mut page = Vec::new();
        assert!(!put(&[Some(b"a1"), None], &mut page) && page.is_empty());
    }

    #[test]
    fn digits_say_what_a_parser_says() {
        let of = |text: &str, is_hex| Slot { at: 0, n_digits: text.len(), is_hex }.number(text.as_bytes());
        for text in ["0", "7f", "89abcdef", "f0000000", "0123456789a", "fedcba9876543210", "ffffffffffffffff"]
        {
            assert_eq!(Ok(of(text, true)), u64::from_str_radix(text, 16), "{text}");
        }
        for text in
            ["0", "09", "12345678", "99999999", "1023456789", "900000000000000001", "999999999999999999"]
        {
            assert_eq!(Ok(of(text, false)), text.parse(), "{text}");
        }
    }
}
