use std::fmt;

/// Why a text or a byte string is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is {expected_bytes} bytes, not all zero")]
pub struct IdError {
    /// 16 for a trace, 8 for a span.
    pub expected_bytes: usize,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $n_bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $n_bytes]);

        impl $name {
            /// Its length on the wire.
            pub const BYTES: usize = $n_bytes;

            /// From raw bytes; wrong lengths and all zeros are invalid by the OTLP specification.
            ///
            /// # Errors
            /// [`IdError`] when the length differs or every byte is zero.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdError> {
                match <[u8; $n_bytes]>::try_from(bytes) {
                    Ok(id) if id.iter().any(|byte| *byte != 0) => Ok(Self(id)),
                    _ => Err(IdError { expected_bytes: $n_bytes }),
                }
            }

            /// From hexadecimal digits in either case.
            ///
            /// # Errors
            /// [`IdError`] for anything else.
            pub fn from_hex(text: &str) -> Result<Self, IdError> {
                let mut bytes = [0u8; $n_bytes];
                const_hex::decode_to_slice(text.as_bytes(), &mut bytes)
                    .map_err(|_| IdError { expected_bytes: $n_bytes })?;
                Self::from_bytes(&bytes)
            }

            /// The raw bytes, as on the wire.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; $n_bytes] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(const_hex::Buffer::<$n_bytes, false>::new().format(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

id!(
    /// The 16 bytes that join the spans of one trace. Shown as 32 lower-case hexadecimal digits.
    TraceId,
    16
);
id!(
    /// The 8 bytes that name a span within its trace. Shown as 16 lower-case hexadecimal digits.
    SpanId,
    8
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_in_any_case_is_read_and_lower_case_is_shown() {
        let id = SpanId::from_hex("00F067AA0BA902B7").unwrap();
        assert_eq!(id.to_string(), "00f067aa0ba902b7");
        assert_eq!(SpanId::from_bytes(id.as_bytes()), Ok(id));
    }

    #[test]
    fn zero_short_long_and_other_texts_are_no_ids() {
        for text in ["", "0000000000000000", "00f067aa0ba902", "00f067aa0ba902b7aa", "zzf067aa0ba902b7"] {
            assert_eq!(SpanId::from_hex(text), Err(IdError { expected_bytes: 8 }), "{text:?}");
        }
    }
}
