use std::sync::Arc;

/// Dictionary codes in the narrowest form that holds them: what a scan costs is mostly the bytes it reads. A loop over
/// rows matches on the width once, outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codes {
    /// Up to 255 values.
    U8(Arc<[u8]>),
    /// Up to 65,535 values.
    U16(Arc<[u16]>),
    /// More.
    U32(Arc<[u32]>),
}

impl Codes {
    /// Takes codes of which the greatest is `max_code`.
    ///
    /// # Panics
    /// When a code is greater.
    #[must_use]
    pub fn narrow(codes: Vec<u32>, max_code: u32) -> Codes {
        let fits = "max_code is the greatest of the codes";
        if let Ok(max) = u8::try_from(max_code) {
            let narrowed = codes.into_iter().map(|code| u8::try_from(code).ok().filter(|code| *code <= max));
            Codes::U8(narrowed.map(|code| code.expect(fits)).collect())
        } else if let Ok(max) = u16::try_from(max_code) {
            let narrowed = codes.into_iter().map(|code| u16::try_from(code).ok().filter(|code| *code <= max));
            Codes::U16(narrowed.map(|code| code.expect(fits)).collect())
        } else {
            Codes::U32(codes.into())
        }
    }

    /// How many rows have each code below `n_codes`.
    ///
    /// # Panics
    /// When a code is greater.
    #[must_use]
    pub fn histogram(&self, n_codes: usize) -> Vec<u32> {
        match self {
            Codes::U8(codes) => histogram(codes, n_codes),
            Codes::U16(codes) => histogram(codes, n_codes),
            Codes::U32(codes) => histogram(codes, n_codes),
        }
    }

    /// Each code under another, of which the greatest is `code_max`: `map[code]`.
    ///
    /// # Panics
    /// When a code is not in the map.
    #[must_use]
    pub fn mapped(&self, map: &[u32], code_max: u32) -> Codes {
        // Code by code, as they are far fewer than rows.
        match Codes::narrow(map.to_vec(), code_max) {
            Codes::U8(map) => Codes::U8(self.looked_up(&map)),
            Codes::U16(map) => Codes::U16(self.looked_up(&map)),
            Codes::U32(map) => Codes::U32(self.looked_up(&map)),
        }
    }

    fn looked_up<T: Copy + Default>(&self, map: &[T]) -> Arc<[T]> {
        match self {
            Codes::U8(codes) => {
                // All codes are inside of this one, which spares a check a row.
                let mut all = [T::default(); 256];
                all[..map.len()].copy_from_slice(map);
                codes.iter().map(|code| all[usize::from(*code)]).collect()
            }
            Codes::U16(codes) => codes.iter().map(|code| map[usize::from(*code)]).collect(),
            Codes::U32(codes) => codes.iter().map(|code| map[*code as usize]).collect(),
        }
    }

    /// Bytes it keeps in memory.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        match self {
            Codes::U8(codes) => codes.len(),
            Codes::U16(codes) => codes.len() * 2,
            Codes::U32(codes) => codes.len() * 4,
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        match self {
            Codes::U8(codes) => codes.len(),
            Codes::U16(codes) => codes.len(),
            Codes::U32(codes) => codes.len(),
        }
    }

    /// The code of one row. Loops take the slice of [`Codes`] instead.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    pub fn at(&self, row: usize) -> u32 {
        match self {
            Codes::U8(codes) => u32::from(codes[row]),
            Codes::U16(codes) => u32::from(codes[row]),
            Codes::U32(codes) => codes[row],
        }
    }
}

/// In four lanes, since a count that was just written is slow to read back, and neighbours often have the same code.
fn histogram<T: Copy + Into<u32>>(codes: &[T], n_codes: usize) -> Vec<u32> {
    const LANES: usize = 4;
    const LANES_CODES_MAX: usize = 1 << 12;
    let place = |code: T| -> usize { code.into() as usize };
    if n_codes > LANES_CODES_MAX {
        let mut counts = vec![0; n_codes];
        codes.iter().for_each(|code| counts[place(*code)] += 1);
        return counts;
    }
    let mut lanes = vec![0_u32; LANES * n_codes];
    let (lane_0, rest) = lanes.split_at_mut(n_codes);
    let (lane_1, rest) = rest.split_at_mut(n_codes);
    let (lane_2, lane_3) = rest.split_at_mut(n_codes);
    let mut chunks = codes.chunks_exact(LANES);
    for chunk in &mut chunks {
        lane_0[place(chunk[0])] += 1;
        lane_1[place(chunk[1])] += 1;
        lane_2[place(chunk[2])] += 1;
        lane_3[place(chunk[3])] += 1;
    }
    chunks.remainder().iter().for_each(|code| lane_0[place(*code)] += 1);
    (0..n_codes).map(|code| lane_0[code] + lane_1[code] + lane_2[code] + lane_3[code]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_counted_and_mapped_at_every_width() {
        for n_codes in [3, 300, 5_000, 70_000] {
            let codes: Vec<u32> = (0..100_000_u32).map(|row| row * 7 % n_codes).collect();
            let counts = Codes::narrow(codes.clone(), n_codes - 1).histogram(n_codes as usize);
            for code in [0, 1, n_codes - 1] {
                let n = codes.iter().filter(|found| **found == code).count();
                assert_eq!(counts[code as usize] as usize, n, "{code} of {n_codes}");
            }
            let halves: Vec<u32> = (0..n_codes).map(|code| code / 2).collect();
            let mapped = Codes::narrow(codes.clone(), n_codes - 1).mapped(&halves, (n_codes - 1) / 2);
            assert!((0..100_000).all(|row| mapped.at(row) == codes[row] / 2), "{n_codes}");
        }
    }

    #[test]
    fn the_narrowest_width_that_holds_the_greatest_code() {
        let widths = [(255, "U8"), (256, "U16"), (65_535, "U16"), (65_536, "U32")];
        for (max, width) in widths {
            let codes = Codes::narrow(vec![0, max, 1], max);
            assert!(format!("{codes:?}").starts_with(width), "{max}");
            assert_eq!((codes.n_rows(), codes.at(1), codes.at(2)), (3, max, 1));
        }
    }
}
