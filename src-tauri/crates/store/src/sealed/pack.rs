//! Numbers in as many bits as the largest of their block needs.

use skep_model::bytes::Input;

/// Numbers that share a width. Fewer adapt better to outliers, more cost less for the width.
const BLOCK: usize = 64;

/// Appends `numbers`, 64 at a time: one byte for their width, then their bits, the lowest first.
pub(crate) fn pack(numbers: &[u64], out: &mut Vec<u8>) {
    for block in numbers.chunks(BLOCK) {
        let all_bits = block.iter().fold(0, |bits, number| bits | number);
        let width = u64::BITS - all_bits.leading_zeros();
        out.push(width as u8);
        let mut bytes = [0; BLOCK * 8];
        let (mut pending, mut n_pending, mut n_bytes) = (0u64, 0, 0);
        for number in block {
            pending |= number << n_pending;
            n_pending += width;
            if n_pending >= u64::BITS {
                bytes[n_bytes..n_bytes + 8].copy_from_slice(&pending.to_le_bytes());
                n_bytes += 8;
                n_pending -= u64::BITS;
                // The bits that found no room; all of them did where the word ends with the number.
                pending = number.checked_shr(width - n_pending).unwrap_or(0);
            }
        }
        let n_last = n_pending.div_ceil(8) as usize;
        bytes[n_bytes..n_bytes + n_last].copy_from_slice(&pending.to_le_bytes()[..n_last]);
        out.extend_from_slice(&bytes[..n_bytes + n_last]);
    }
}

/// Reads `n` numbers; nothing when the bytes do not hold them.
pub(crate) fn unpack(input: &mut Input<'_>, n: usize, mut take: impl FnMut(u64)) -> Option<()> {
    let mut n_left = n;
    while n_left > 0 {
        let n_block = n_left.min(BLOCK);
        let width = usize::from(input.byte()?);
        if width > 64 {
            return None;
        }
        let bytes = input.take((n_block * width).div_ceil(8))?;
        let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
        // A number ends at most 7 + 64 bits after the start of its first byte: 16 bytes hold it.
        let mut padded = [0; BLOCK * 8 + 16];
        padded[..bytes.len()].copy_from_slice(bytes);
        for idx in 0..n_block {
            let bit = idx * width;
            let first = bit / 8;
            let low = u64::from_le_bytes(padded[first..first + 8].try_into().ok()?);
            let number = if width <= 57 {
                low >> (bit % 8)
            } else {
                let high = u64::from(padded[first + 8]);
                (u128::from(high) << 64 | u128::from(low)).wrapping_shr((bit % 8) as u32) as u64
            };
            take(number & mask);
        }
        n_left -= n_block;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_width_come_back() {
        for width in 0..=64u32 {
            for n in [0, 1, 63, 64, 65, 200] {
                let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
                let mix = |idx: u64| idx.wrapping_mul(0x9e37_79b9_7f4a_7c15) & mask;
                let numbers: Vec<u64> = (1..=n).map(|idx| if idx == 1 { mask } else { mix(idx) }).collect();
                let mut out = Vec::new();
                pack(&numbers, &mut out);
                let mut back = Vec::new();
                assert!(unpack(&mut Input::new(&out), numbers.len(), |number| back.push(number)).is_some());
                assert_eq!(back, numbers, "width {width}");
                if !out.is_empty() {
                    let cut = &out[..out.len() - 1];
                    let read = unpack(&mut Input::new(cut), numbers.len(), |_| ());
                    assert!(read.is_none(), "width {width}, {n} numbers");
                }
            }
        }
    }
}
