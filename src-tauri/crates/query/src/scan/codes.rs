use std::sync::Arc;

/// Dictionary codes in the narrowest form that holds them: what a scan costs is mostly the bytes it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codes {
    /// Up to 255 values.
    U8(Arc<[u8]>),
    /// Up to 65,535 values.
    U16(Arc<[u16]>),
    /// More.
    U32(Arc<[u32]>),
}

/// Runs an expression with the codes as a slice of their own width, so that a loop inside it is compiled once a
/// width and decides nothing a row.
macro_rules! by_width {
    ($codes:expr, $slice:ident => $body:expr) => {
        match $codes {
            $crate::Codes::U8($slice) => $body,
            $crate::Codes::U16($slice) => $body,
            $crate::Codes::U32($slice) => $body,
        }
    };
}
pub(crate) use by_width;

/// A code of any width.
pub(crate) fn wide<T: Into<u32>>(code: T) -> u32 {
    code.into()
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

    /// How many rows there are.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        by_width!(self, codes => codes.len())
    }

    /// The code of one row. Loops take the slice of [`Codes`] instead.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    pub fn at(&self, row: usize) -> u32 {
        by_width!(self, codes => wide(codes[row]))
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
