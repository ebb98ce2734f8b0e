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

    pub(crate) fn memory_bytes(&self) -> usize {
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

#[cfg(test)]
mod tests {
    use super::*;

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
