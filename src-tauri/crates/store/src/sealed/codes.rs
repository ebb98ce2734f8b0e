//! Pages of codes: packed into as many bits as they need where that is about as small as zstd would make them, which is
//! so wherever neighbours have little to do with each other, and read several times as fast; else byte by byte, for
//! zstd.

use super::frame::{wrap, wrap_stored};
use skep_model::bytes::{Input, put_varint};

/// Every so many rows one is looked at to tell how small zstd would make a page.
const SAMPLE_STRIDE: usize = 4;

/// What is packed may be so much larger than what zstd would make of it: half as many bytes more cost less to read than
/// it costs to undo it.
const LARGER_MAX: f64 = 1.5;

/// About what zstd needs for a run of one code: where it begins, and how long it is.
const RUN_BITS: f64 = 20.0;

/// Above so many different codes hardly any is frequent enough to be worth fewer bits than the others.
const HISTOGRAM_CODES_MAX: usize = 256;

/// Bytes of the widest code below `n_values + 1`.
pub(crate) fn code_width(n_values: usize) -> usize {
    match n_values {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xff_ffff => 3,
        _ => 4,
    }
}

/// A page of codes of so many bytes each, in its frame.
pub(crate) fn page(codes: &[u32], width: usize) -> Vec<u8> {
    let (Some(least), Some(greatest)) = (codes.iter().min(), codes.iter().max()) else {
        return wrap_stored(&[]);
    };
    let n_bits = u32::BITS - (greatest - least).leading_zeros();
    let mut out = Vec::with_capacity(codes.len() * width);
    if is_worth_packing(codes, *least, n_bits) {
        out.push(n_bits as u8);
        put_varint(&mut out, u64::from(*least));
        put_packed(codes, *least, n_bits, &mut out);
        // Its length tells it from the other form.
        if out.len() < codes.len() * width {
            return wrap_stored(&out);
        }
        out.clear();
    }
    put_planes(codes, width, &mut out);
    wrap(&out)
}

/// All lowest bytes, then the next ones. High bytes hardly vary, so they compress to nothing.
fn put_planes(codes: &[u32], width: usize, out: &mut Vec<u8>) {
    for plane in 0..width {
        out.extend(codes.iter().map(|code| (code >> (8 * plane)) as u8));
    }
}

/// Whether zstd would save little, or nothing: runs and frequent codes are what it lives on.
fn is_worth_packing(codes: &[u32], least: u32, n_bits: u32) -> bool {
    let packed_bits = f64::from(n_bits) * codes.len() as f64;
    let n_runs = 1 + codes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    if packed_bits > LARGER_MAX * RUN_BITS * n_runs as f64 {
        return false;
    }
    if 1 << n_bits > HISTOGRAM_CODES_MAX {
        return true;
    }
    let mut counts = [0u32; HISTOGRAM_CODES_MAX];
    let sample = codes.iter().step_by(SAMPLE_STRIDE);
    let n = sample.len() as f64;
    sample.for_each(|code| counts[(code - least) as usize] += 1);
    // Its codes of variable length have a bit at least.
    let bits_a_row: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / n * (n / f64::from(*count)).log2())
        .sum();
    f64::from(n_bits) <= LARGER_MAX * bits_a_row.max(1.0)
}

/// The bits of a plane, from the lowest one of a code on. Bytes first, then what is left, in halves of a byte and less:
/// each is taken apart by the same steps for all rows, many rows at a time.
fn planes(n_bits: u32) -> impl Iterator<Item = (u32, u32)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let width = match n_bits.checked_sub(from)? {
            0 => return None,
            1 => 1,
            2 | 3 => 2,
            4..=7 => 4,
            _ => 8,
        };
        from += width;
        Some((from - width, width))
    })
}

/// Bytes of a plane: row `k * length + j` has its bits in byte `j`, from bit `k * width` on.
fn plane_bytes(n_rows: usize, width: u32) -> usize {
    n_rows.div_ceil(8 / width as usize)
}

fn put_packed(codes: &[u32], least: u32, n_bits: u32, out: &mut Vec<u8>) {
    for (from, width) in planes(n_bits) {
        let mask = (1 << width) - 1;
        let start = out.len();
        out.resize(start + plane_bytes(codes.len(), width), 0);
        let plane = &mut out[start..];
        for (rows, shift) in codes.chunks(plane.len()).zip((0..8).step_by(width as usize)) {
            for (byte, code) in plane.iter_mut().zip(rows) {
                *byte |= ((((code - least) >> from) & mask) << shift) as u8;
            }
        }
    }
}

/// An integer that holds codes.
pub(crate) trait Code:
    Copy + Default + From<u8> + TryFrom<u32> + std::ops::BitOrAssign + std::ops::Shl<u32, Output = Self>
{
    /// The sum, wrapping: what is beyond is damage, and found where codes are held against the dictionary.
    fn plus(self, other: Self) -> Self;
}

macro_rules! code {
    ($($int:ty),*) => { $(impl Code for $int {
        fn plus(self, other: Self) -> Self {
            self.wrapping_add(other)
        }
    })* };
}
code!(u8, u16, u32);

/// Reads a page of codes of `width` bytes each to their final place, where zeros are; nothing when it is damaged.
pub(crate) fn read<T: Code>(page: &[u8], width: usize, codes: &mut [T]) -> Option<()> {
    let n_planes_bytes = codes.len() * width;
    if page.len() == n_planes_bytes {
        for (plane, bytes) in page.chunks_exact(codes.len().max(1)).enumerate() {
            let shift = 8 * plane as u32;
            codes.iter_mut().zip(bytes).for_each(|(code, byte)| *code |= T::from(*byte) << shift);
        }
        return Some(());
    }
    let mut input = Input::new(page);
    let n_bits = u32::from(input.byte()?);
    if page.len() > n_planes_bytes || n_bits as usize > width.min(size_of::<T>()) * 8 {
        return None;
    }
    let least = T::try_from(input.u32()?).ok()?;
    for (from, width) in planes(n_bits) {
        let plane = input.take(plane_bytes(codes.len(), width))?;
        read_plane(plane, from, width, codes);
    }
    codes.iter_mut().for_each(|code| *code = code.plus(least));
    input.is_empty().then_some(())
}

fn read_plane<T: Code>(plane: &[u8], from: u32, width: u32, codes: &mut [T]) {
    let mask = ((1u32 << width) - 1) as u8;
    for (rows, shift) in codes.chunks_mut(plane.len()).zip((0..8).step_by(width as usize)) {
        for (code, byte) in rows.iter_mut().zip(plane) {
            *code |= T::from(byte >> shift & mask) << from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame;
    use super::*;

    fn check<T: Code + Into<u32>>(codes: &[u32], width: usize) -> usize {
        let framed = page(codes, width);
        let mut back = vec![T::default(); codes.len()];
        let n_bytes = frame::unwrap(&framed, |page| {
            read(page, width, &mut back)?;
            Some(page.len())
        });
        assert_eq!(back.iter().map(|code| (*code).into()).collect::<Vec<u32>>(), codes);
        n_bytes.expect("it was just written")
    }

    fn mixed(n: u32) -> u32 {
        (u64::from(n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as u32
    }

    #[test]
    fn codes_of_every_width_come_back() {
        for n_rows in [1, 2, 7, 8, 9, 63, 64, 65, 1000, 8192] {
            for n_bits in 0..=24 {
                for least in [0, 1, 100] {
                    let codes: Vec<u32> =
                        (0..n_rows).map(|row| least + (mixed(row) & ((1 << n_bits) - 1))).collect();
                    let greatest = codes.iter().copied().max().unwrap_or(0) as usize;
                    match code_width(greatest) {
                        1 => check::<u8>(&codes, 1),
                        2 => check::<u16>(&codes, 2),
                        width => check::<u32>(&codes, width),
                    };
                }
            }
        }
        check::<u8>(&[], 1);
    }

    #[test]
    fn what_zstd_makes_much_smaller_is_left_to_it() {
        let n_rows = 8192;
        let scattered: Vec<u32> = (0..n_rows).map(|row| 1 + mixed(row) % 32).collect();
        assert_eq!(check::<u8>(&scattered, 1), 2 + 5 * n_rows as usize / 8);
        let runs: Vec<u32> = (0..n_rows).map(|row| mixed(row / 40) % 200).collect();
        assert_eq!(check::<u8>(&runs, 1), n_rows as usize);
        let skewed: Vec<u32> =
            (0..n_rows).map(|row| if mixed(row).is_multiple_of(20) { 9 } else { 1 }).collect();
        assert_eq!(check::<u8>(&skewed, 1), n_rows as usize);
        assert_eq!(check::<u8>(&vec![7; n_rows as usize], 1), 2);
    }

    #[test]
    fn damage_gives_nothing() {
        let codes: Vec<u32> = (0..500).map(|row| mixed(row) % 32).collect();
        frame::unwrap(&page(&codes, 1), |page| {
            let mut back = [0u8; 500];
            for cut in 0..page.len() {
                assert!(read(&page[..cut], 1, &mut back).is_none(), "cut at {cut}");
            }
            assert!(read(&[page, &[0]].concat(), 1, &mut back).is_none(), "one more");
            let mut wide = page.to_vec();
            wide[0] = 9;
            assert!(read(&wide, 1, &mut back).is_none(), "wider than its codes");
            Some(())
        });
    }
}
