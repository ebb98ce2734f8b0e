//! Pages of up to [`super::header::PAGE_ROWS`] rows: one function to write each form, and one to read it.
//!
//! Readers append to what the pages before held, so that a column is decoded straight into its final place.

use super::pack::{pack, unpack};
use super::shape::{self, Shaped};
use skep_model::bytes::{Input, put_varint, unzigzag, zigzag};
use skep_model::{Bitmap, text_hash64};

/// Which of `n` rows have a value: nothing where all do, else one bit each.
pub(crate) fn put_presence(present: &[bool], out: &mut Vec<u8>) {
    let is_full = present.iter().all(|present| *present);
    out.push(u8::from(!is_full));
    if !is_full {
        out.extend(
            present
                .chunks(8)
                .map(|bits| bits.iter().enumerate().fold(0, |byte, (idx, bit)| byte | u8::from(*bit) << idx)),
        );
    }
}

/// Calls `take` for each of `n` rows.
pub(crate) fn presence(input: &mut Input<'_>, n: usize, mut take: impl FnMut(bool)) -> Option<()> {
    match input.byte()? {
        0 => (0..n).for_each(|_| take(true)),
        1 => {
            let bytes = input.take(n.div_ceil(8))?;
            (0..n).for_each(|row| take(bytes[row / 8] >> (row % 8) & 1 == 1));
        }
        _ => return None,
    }
    Some(())
}

/// In the place of who has a text: all do, and they follow by their shape.
const SHAPED: u8 = 2;

/// Texts: by their shape; else who has one, their lengths, then all of them side by side.
pub(crate) fn put_texts(texts: &[Option<&[u8]>], out: &mut Vec<u8>) {
    out.push(SHAPED);
    if shape::put(texts, out) {
        return;
    }
    out.pop();
    put_presence(&texts.iter().map(Option::is_some).collect::<Vec<_>>(), out);
    let lengths: Vec<u64> = texts.iter().flatten().map(|text| text.len() as u64).collect();
    pack(&lengths, out);
    texts.iter().flatten().for_each(|text| out.extend_from_slice(text));
}

/// Texts being read.
#[derive(Default)]
pub(crate) struct TextsReader {
    pub(crate) offsets: Vec<u32>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) present: Vec<bool>,
}

impl TextsReader {
    pub(crate) fn read(&mut self, page: &[u8], n: usize) -> Option<()> {
        let mut input = Input::new(page);
        if is_shaped(page) {
            return self.read_shaped(&page[1..], n);
        }
        let first = self.present.len();
        presence(&mut input, n, |present| self.present.push(present))?;
        let n_present = self.present[first..].iter().filter(|present| **present).count();
        let mut lengths = Vec::with_capacity(n_present);
        unpack(&mut input, n_present, |length| lengths.push(length))?;
        let mut lengths = lengths.into_iter();
        let mut end = self.bytes.len() as u64;
        self.offsets.reserve(n + 1);
        if first == 0 {
            self.offsets.push(0);
        }
        for present in &self.present[first..] {
            if *present {
                end = end.checked_add(lengths.next()?)?;
            }
            self.offsets.push(u32::try_from(end).ok()?);
        }
        self.bytes.extend_from_slice(input.rest());
        (self.bytes.len() as u64 == end).then_some(())
    }

    fn read_shaped(&mut self, page: &[u8], n: usize) -> Option<()> {
        let shaped = Shaped::read(&mut Input::new(page), n)?;
        if self.present.is_empty() {
            self.offsets.push(0);
        }
        self.present.resize(self.present.len() + n, true);
        self.bytes.reserve(n * shaped.text_bytes());
        self.offsets.reserve(n);
        u32::try_from(self.bytes.len() + n * shaped.text_bytes()).ok()?;
        shaped.each(n, |text| {
            self.bytes.extend_from_slice(text);
            // Within what was just looked at.
            self.offsets.push(self.bytes.len() as u32);
        });
        Some(())
    }
}

/// Whether the texts of a page are written by their shape.
pub(crate) fn is_shaped(page: &[u8]) -> bool {
    page.first() == Some(&SHAPED)
}

/// Hashes the texts of a page, without putting them together; 0 where there is none.
pub(crate) fn text_hashes(page: &[u8], hashes: &mut [u64]) -> Option<()> {
    let mut input = Input::new(page);
    if is_shaped(page) {
        input.byte()?;
        let shaped = Shaped::read(&mut input, hashes.len())?;
        let mut rows = hashes.iter_mut();
        shaped.each(rows.len(), |text| {
            if let Some(hash) = rows.next() {
                *hash = text_hash64(text);
            }
        });
        return Some(());
    }
    let mut present = Vec::with_capacity(hashes.len());
    presence(&mut input, hashes.len(), |is| present.push(is))?;
    let n_present = present.iter().filter(|present| **present).count();
    let mut lengths = Vec::with_capacity(n_present);
    unpack(&mut input, n_present, |length| lengths.push(length))?;
    let rows = hashes.iter_mut().zip(present).filter(|(_, is)| *is);
    for ((hash, _), length) in rows.zip(lengths) {
        *hash = text_hash64(input.take(usize::try_from(length).ok()?)?);
    }
    input.is_empty().then_some(())
}

/// Integers: who has one, then each less the least of the page.
pub(crate) fn put_ints(ints: &[Option<i64>], out: &mut Vec<u8>) {
    put_presence(&ints.iter().map(Option::is_some).collect::<Vec<_>>(), out);
    let least = ints.iter().flatten().min().copied().unwrap_or(0);
    put_varint(out, zigzag(least));
    let above: Vec<u64> = ints.iter().flatten().map(|int| int.wrapping_sub(least).cast_unsigned()).collect();
    pack(&above, out);
}

/// Reads integers; zero where there is none.
pub(crate) fn ints(page: &[u8], n: usize, ints: &mut Vec<i64>, present: &mut Vec<bool>) -> Option<()> {
    let mut input = Input::new(page);
    let first = present.len();
    presence(&mut input, n, |is| present.push(is))?;
    let least = unzigzag(input.varint()?);
    let n_present = present[first..].iter().filter(|is| **is).count();
    let mut rows = first;
    ints.resize(first + n, 0);
    unpack(&mut input, n_present, |above| {
        while !present[rows] {
            rows += 1;
        }
        ints[rows] = least.wrapping_add(above.cast_signed());
        rows += 1;
    })
}

/// Doubles: who has one, then their bytes by significance, since the highest ones hardly vary.
pub(crate) fn put_doubles(doubles: &[Option<f64>], out: &mut Vec<u8>) {
    put_presence(&doubles.iter().map(Option::is_some).collect::<Vec<_>>(), out);
    for plane in 0..8 {
        out.extend(doubles.iter().flatten().map(|double| (double.to_bits() >> (8 * plane)) as u8));
    }
}

/// Reads doubles; NaN where there is none.
pub(crate) fn doubles(page: &[u8], n: usize, doubles: &mut Vec<f64>) -> Option<()> {
    let mut input = Input::new(page);
    let mut rows = Vec::with_capacity(n);
    let first = doubles.len();
    doubles.resize(first + n, f64::NAN);
    let mut row = first;
    presence(&mut input, n, |is| {
        if is {
            rows.push(row);
        }
        row += 1;
    })?;
    let planes = input.take(rows.len() * 8)?;
    for (idx, row) in rows.iter().enumerate() {
        let bits = (0..8)
            .fold(0u64, |bits, plane| bits | u64::from(planes[plane * rows.len() + idx]) << (8 * plane));
        doubles[*row] = f64::from_bits(bits);
    }
    Some(())
}

/// Ids of `width` bytes: who has one, then the bytes of those that do.
pub(crate) fn put_ids(ids: &[u8], width: usize, out: &mut Vec<u8>) {
    let is_present = |id: &[u8]| id.iter().any(|byte| *byte != 0);
    put_presence(&ids.chunks_exact(width).map(is_present).collect::<Vec<_>>(), out);
    ids.chunks_exact(width).filter(|id| is_present(id)).for_each(|id| out.extend_from_slice(id));
}

/// Reads ids; zero where there is none.
pub(crate) fn ids(page: &[u8], n: usize, width: usize, ids: &mut Vec<u8>) -> Option<()> {
    let mut input = Input::new(page);
    let first = ids.len();
    let mut present = Vec::with_capacity(n);
    presence(&mut input, n, |is| present.push(is))?;
    ids.resize(first + n * width, 0);
    for (row, _) in present.iter().enumerate().filter(|(_, is)| **is) {
        ids[first + row * width..][..width].copy_from_slice(input.take(width)?);
    }
    Some(())
}

/// A bitmap of those that are present; nothing when all are.
pub(crate) fn bitmap(present: &[bool]) -> Option<Bitmap> {
    let is_full = present.iter().all(|present| *present);
    (!is_full).then(|| Bitmap::from_fn(present.len(), |row| present[row]))
}
