use std::fmt;

/// Below this length the last characters would give too much away.
const HINT_LENGTH_MIN: usize = 16;

/// Characters of a hint.
const HINT_CHARS: usize = 4;

/// A key or a header's value. Its content has no `Debug`, no `Display` and no `Serialize`: it leaves only to the key
/// store and onto the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text without the white space around it, which copying tends to add.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let trimmed = text.trim();
        if trimmed.len() == text.len() { Self(text) } else { Self(trimmed.to_owned()) }
    }

    /// Whether nothing was entered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The last four characters, by which its owner can tell it from another; nothing for a short one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let n_chars = self.0.chars().count();
        (n_chars >= HINT_LENGTH_MIN).then(|| self.0.chars().skip(n_chars - HINT_CHARS).collect())
    }

    /// The content: for the wire and the key store alone.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_is_four_characters_of_a_long_secret_and_nothing_of_a_short_one() {
        for (secret, hint) in [
            ("", None),
            ("fifteen letters", None),
            ("sixteen letters!", Some("ers!")),
            (" sixteen letters!\n", Some("ers!")),
            ("sechzehn zeichen äöüß", Some("äöüß")),
        ] {
            assert_eq!(Secret::new(secret).hint().as_deref(), hint, "{secret:?}");
        }
    }

    #[test]
    fn debug_does_not_tell_the_content() {
        assert_eq!(
            format!("{:?} {:#?}", Secret::new("hunter2"), Some(Secret::new("hunter2"))).find("hunter"),
            None
        );
    }
}
