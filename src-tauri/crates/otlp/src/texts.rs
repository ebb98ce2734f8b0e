use rustc_hash::FxHasher;
use skep_model::Text;
use std::hash::Hasher;
use std::str::Utf8Error;

/// Slots of one table: a power of two, more than the distinct keys of an ordinary request.
const N_SLOTS: usize = 512;
/// Longer texts are not looked up: they hardly repeat.
const SHARED_BYTES_MAX: usize = 128;

/// Shares equal texts of one request: one hash and one comparison, no allocation and no UTF-8 check for a text that
/// was seen.
///
/// A direct-mapped table rather than a set: chosen keys that collide push each other out, so hostile text costs
/// neither time nor memory.
pub(crate) struct Texts {
    /// None before the first text: many requests have no use for one of their tables.
    slots: Vec<Option<Text>>,
    empty: Text,
}

impl Texts {
    pub(crate) fn new() -> Self {
        Texts { slots: Vec::new(), empty: Text::default() }
    }

    /// The text of `bytes`, shared where it was seen lately.
    pub(crate) fn share(&mut self, bytes: &[u8]) -> Result<Text, Utf8Error> {
        if bytes.is_empty() {
            return Ok(Text::clone(&self.empty));
        }
        if bytes.len() > SHARED_BYTES_MAX {
            return str::from_utf8(bytes).map(Text::from);
        }
        if self.slots.is_empty() {
            self.slots.resize(N_SLOTS, None);
        }
        let slot = &mut self.slots[slot_idx(bytes)];
        match slot {
            Some(text) if text.as_bytes() == bytes => Ok(Text::clone(text)),
            _ => {
                let text = Text::from(str::from_utf8(bytes)?);
                *slot = Some(Text::clone(&text));
                Ok(text)
            }
        }
    }
}

fn slot_idx(bytes: &[u8]) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    // The mask keeps it below N_SLOTS on every pointer width.
    (hasher.finish() & (N_SLOTS as u64 - 1)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn equal_texts_are_one_and_bad_ones_are_refused() {
        let mut texts = Texts::new();
        let first = texts.share(b"http.route").unwrap();
        assert!(Arc::ptr_eq(&first, &texts.share(b"http.route").unwrap()));
        assert!(texts.share(b"\xff").is_err());
        assert_eq!(&*texts.share(b"").unwrap(), "");
        let long = [b'a'; SHARED_BYTES_MAX + 1];
        assert_eq!(texts.share(&long).unwrap().len(), long.len());
    }
}
