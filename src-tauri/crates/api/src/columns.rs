//! Hot results as one buffer: a JSON head, then little-endian columns that the client reads in place.
//!
//! ```text
//! u32 head_bytes | head: JSON {"head": ..., "columns": [{"name","type","offset","n"}]} | zeros to a multiple of 8
//! column | zeros to a multiple of 8 | column | ...
//! ```
//!
//! Offsets count bytes from the first column, and are multiples of 8, so that every typed array is aligned.

use serde::Serialize;

/// Typed arrays view the buffer in place, which needs their element's alignment: 8 for `f64`.
const ALIGN_BYTES: usize = 8;

/// A buffer being filled.
pub(crate) struct Columns {
    directory: Vec<Entry>,
    body: Vec<u8>,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    #[serde(rename = "type")]
    element: &'static str,
    offset: usize,
    n: usize,
}

#[derive(Serialize)]
struct Frame<'a, H> {
    head: &'a H,
    columns: &'a [Entry],
}

impl Columns {
    pub(crate) fn new() -> Self {
        Self { directory: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn f64s(&mut self, name: &'static str, values: impl ExactSizeIterator<Item = f64>) {
        self.push(name, "f64", values, |value| value.to_le_bytes());
    }

    pub(crate) fn u32s(&mut self, name: &'static str, values: impl ExactSizeIterator<Item = u32>) {
        self.push(name, "u32", values, |value| value.to_le_bytes());
    }

    pub(crate) fn u8s(&mut self, name: &'static str, values: impl ExactSizeIterator<Item = u8>) {
        self.push(name, "u8", values, |value| [value]);
    }

    fn push<T, const N: usize>(
        &mut self,
        name: &'static str,
        element: &'static str,
        values: impl ExactSizeIterator<Item = T>,
        bytes: impl Fn(T) -> [u8; N],
    ) {
        self.body.resize(self.body.len().next_multiple_of(ALIGN_BYTES), 0);
        self.directory.push(Entry { name, element, offset: self.body.len(), n: values.len() });
        self.body.extend(values.flat_map(bytes));
    }

    /// The whole buffer.
    pub(crate) fn finish(self, head: &impl Serialize) -> Vec<u8> {
        let frame = Frame { head, columns: &self.directory };
        let mut buffer = vec![0; 4];
        serde_json::to_writer(&mut buffer, &frame).expect("wire types are JSON");
        let head_bytes = u32::try_from(buffer.len() - 4).expect("a head is far below 4 GiB");
        buffer[..4].copy_from_slice(&head_bytes.to_le_bytes());
        buffer.resize(buffer.len().next_multiple_of(ALIGN_BYTES), 0);
        buffer.extend(self.body);
        buffer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_described() {
        let mut columns = Columns::new();
        columns.u8s("id", [1, 2, 3].into_iter());
        columns.f64s("start", [0.5].into_iter());
        let buffer = columns.finish(&"head");
        let head_bytes = u32::from_le_bytes(buffer[..4].try_into().unwrap()) as usize;
        let head = std::str::from_utf8(&buffer[4..4 + head_bytes]).unwrap();
        expect_test::expect![[
            r#"{"head":"head","columns":[{"name":"id","type":"u8","offset":0,"n":3},{"name":"start","type":"f64","offset":8,"n":1}]}"#
        ]]
        .assert_eq(head);
        let body = &buffer[(4 + head_bytes).next_multiple_of(8)..];
        assert_eq!(body[..3], [1, 2, 3]);
        assert_eq!(f64::from_le_bytes(body[8..16].try_into().unwrap()), 0.5);
    }
}
