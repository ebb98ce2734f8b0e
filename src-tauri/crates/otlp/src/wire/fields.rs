use crate::limits::GROUP_LEVELS_MAX;

/// One field's value as the wire has it (<https://protobuf.dev/programming-guides/encoding/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
    /// A group, skipped.
    Group,
}

/// The framing breaks here: where the next field begins is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The fields of a message: number and value, in the order of the wire. Ends after the first [`Malformed`].
pub(crate) fn fields(message: &[u8]) -> Fields<'_> {
    Fields { rest: message }
}

/// The field of a message that has just one.
#[inline]
pub(super) fn lone_field(message: &[u8]) -> Option<(u32, Field<'_>)> {
    // A short text, the usual attribute.
    if let [0x0a, n_bytes @ 0..0x80, text @ ..] = message
        && text.len() == usize::from(*n_bytes)
    {
        return Some((1, Field::Bytes(text)));
    }
    let mut fields = fields(message);
    let field = fields.next()?.ok()?;
    fields.rest.is_empty().then_some(field)
}

pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Field<'a>), Malformed>;

    #[expect(clippy::inline_always, reason = "a field is then never put together, only told apart")]
    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    /// The next field, if it is a message or text of `tag`, a byte, and shorter than 128 bytes, as most of a list are:
    /// what [`Iterator::next`] says as well, at a fifth of the time.
    #[inline]
    pub(super) fn next_short(&mut self, tag: u8) -> Option<&'a [u8]> {
        let [first, n_bytes @ 0..0x80, rest @ ..] = self.rest else { return None };
        if *first != tag {
            return None;
        }
        let (bytes, rest) = rest.split_at_checked(usize::from(*n_bytes))?;
        self.rest = rest;
        Some(bytes)
    }

    #[expect(clippy::inline_always, reason = "see above")]
    #[inline(always)]
    fn field(&mut self) -> Result<(u32, Field<'a>), Malformed> {
        let (number, wire_type) = self.tag()?;
        let field = match wire_type {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => Field::Bytes(self.bytes()?),
            3 => self.skip_group(number)?,
            5 => Field::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(Malformed),
        };
        Ok((number, field))
    }

    #[inline]
    fn tag(&mut self) -> Result<(u32, u8), Malformed> {
        let tag = u32::try_from(self.varint()?).map_err(|_| Malformed)?;
        match tag >> 3 {
            0 => Err(Malformed),
            number => Ok((number, (tag & 7) as u8)),
        }
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Malformed> {
        // Nearly all tags, lengths and enums.
        if let [byte @ 0..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(u64::from(*byte));
        }
        self.long_varint()
    }

    #[inline(never)]
    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for (idx, byte) in self.rest.iter().enumerate().take(10) {
            // The tenth byte holds the 64th bit alone.
            if idx == 9 && *byte > 1 {
                return Err(Malformed);
            }
            number |= u64::from(byte & 0x7f) << (7 * idx);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[idx + 1..];
                return Ok(number);
            }
        }
        Err(Malformed)
    }

    #[inline]
    fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let n_bytes = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
        let (bytes, rest) = self.rest.split_at_checked(n_bytes).ok_or(Malformed)?;
        self.rest = rest;
        Ok(bytes)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(Malformed)?;
        self.rest = rest;
        Ok(*array)
    }

    /// Skips to the end of group `number` without recursion, whatever is nested in it.
    #[cold]
    fn skip_group(&mut self, number: u32) -> Result<Field<'a>, Malformed> {
        let mut open = [0; GROUP_LEVELS_MAX];
        open[0] = number;
        let mut n_open = 1;
        while n_open > 0 {
            let (number, wire_type) = self.tag()?;
            match wire_type {
                0 => drop(self.varint()?),
                1 => drop(self.array::<8>()?),
                2 => drop(self.bytes()?),
                3 => {
                    *open.get_mut(n_open).ok_or(Malformed)? = number;
                    n_open += 1;
                }
                4 if open[n_open - 1] == number => n_open -= 1,
                5 => drop(self.array::<4>()?),
                _ => return Err(Malformed),
            }
        }
        Ok(Field::Group)
    }
}

/// The numbers of a packed field of varints.
pub(super) fn packed_varints(bytes: &[u8]) -> impl Iterator<Item = Result<u64, Malformed>> {
    let mut fields = Fields { rest: bytes };
    std::iter::from_fn(move || {
        if fields.rest.is_empty() {
            return None;
        }
        let number = fields.varint();
        if number.is_err() {
            fields.rest = &[];
        }
        Some(number)
    })
}

/// The numbers of a packed field of fixed 64-bit numbers.
pub(super) fn packed_fixed64(bytes: &[u8]) -> Result<impl Iterator<Item = u64>, Malformed> {
    match bytes.as_chunks() {
        (chunks, []) => Ok(chunks.iter().map(|chunk| u64::from_le_bytes(*chunk))),
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wire_type_is_read_and_groups_are_skipped() {
        let message = [
            &[0x08, 0x96, 0x01][..],               // 1: varint 150
            &[0x11, 1, 0, 0, 0, 0, 0, 0, 0],       // 2: fixed64
            &[0x1a, 2, b'o', b'k'],                // 3: bytes
            &[0x23, 0x08, 0x01, 0x2b, 0x2c, 0x24], // 4: group { 1: varint, 5: group {} }
            &[0x2d, 7, 0, 0, 0],                   // 5: fixed32
        ]
        .concat();
        let read: Result<Vec<_>, _> = fields(&message).collect();
        assert_eq!(
            read.unwrap(),
            [
                (1, Field::Varint(150)),
                (2, Field::Fixed64(1)),
                (3, Field::Bytes(b"ok")),
                (4, Field::Group),
                (5, Field::Fixed32(7)),
            ]
        );
    }

    #[test]
    fn broken_framing_ends_the_message() {
        let eleven = [[0x08].as_slice(), &[0xff; 10], &[0x01]].concat();
        let too_wide = [[0x08].as_slice(), &[0xff; 9], &[0x02]].concat();
        let nested = [0x0b; GROUP_LEVELS_MAX + 1];
        let cases: [&[u8]; 11] = [
            &[0x00],       // field number 0
            &[0x08],       // no value
            &[0x0e],       // wire type 6
            &[0x0c],       // the end of no group
            &[0x0b, 0x08], // a group without an end
            &[0x0b, 0x14], // a group with another's end
            &[0x0a, 5, 1], // longer than the message
            &[0x09, 1, 2], // half a number
            &eleven,
            &too_wide,
            &nested,
        ];
        for message in cases {
            assert_eq!(fields(message).collect::<Vec<_>>(), [Err(Malformed)], "{message:x?}");
        }
    }
}
