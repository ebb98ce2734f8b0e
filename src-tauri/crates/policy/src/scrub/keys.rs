use crate::policy::PolicyError;

/// Bytes of one pattern.
const PATTERN_BYTES_MAX: usize = 512;

/// Keys by patterns: `*` is any characters; case does not matter, nor `-` for `_`; a pattern fits the whole key or its
/// part after the last dot.
pub(super) struct KeyPatterns {
    fit: Vec<String>,
    except: Vec<String>,
}

impl KeyPatterns {
    pub(super) fn new(patterns: &[String]) -> Result<Self, PolicyError> {
        let (mut fit, mut except) = (Vec::new(), Vec::new());
        for pattern in patterns {
            let refuse =
                |reason: &str| PolicyError::Rule { rule: pattern.clone(), reason: reason.to_owned() };
            let trimmed = pattern.trim();
            let (list, text) = match trimmed.strip_prefix('!') {
                Some(rest) => (&mut except, rest),
                None => (&mut fit, trimmed),
            };
            if text.is_empty() {
                return Err(refuse("it names no key"));
            }
            if text.len() > PATTERN_BYTES_MAX {
                return Err(refuse("it is longer than any key"));
            }
            list.push(plain(text));
        }
        Ok(Self { fit, except })
    }

    pub(super) fn fits(&self, key: &str) -> bool {
        let key = plain(key);
        let last = key.rsplit('.').next().unwrap_or(&key);
        let any =
            |patterns: &[String]| patterns.iter().any(|pattern| fits(pattern, &key) || fits(pattern, last));
        any(&self.fit) && !any(&self.except)
    }

    /// Whether a key below this one can fit.
    pub(super) fn may_fit_below(&self, key: &str) -> bool {
        let below = format!("{}.", plain(key));
        self.fit.iter().any(|pattern| {
            let before_star = pattern.split('*').next().unwrap_or_default();
            !pattern.contains('.') || before_star.starts_with(&below) || below.starts_with(before_star)
        })
    }
}

fn plain(text: &str) -> String {
    text.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// The usual walk of a pattern with one kind of wild card: after a mismatch, the last star takes one more character.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((star_p, star_t)) => {
                    p = star_p + 1;
                    t = star_t + 1;
                    star = Some((star_p, t));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_keys_and_their_last_parts() {
        let keys = |patterns: &[&str]| {
            KeyPatterns::new(&patterns.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>()).unwrap()
        };
        let secret = keys(&["authorization", "*token*", "!*tokens", "user.*.name", "set_cookie"]);
        for (key, expected) in [
            ("authorization", true),
            ("http.request.header.Authorization", true),
            ("authorizations", false),
            ("accessToken", true),
            ("gen_ai.usage.input_tokens", false),
            ("user.a.b.name", true),
            ("user.name", false),
            ("http.response.header.set-cookie", true),
            ("", false),
        ] {
            assert_eq!(secret.fits(key), expected, "{key}");
        }
        assert!(KeyPatterns::new(&["  ".to_owned()]).is_err());
        assert!(KeyPatterns::new(&["!".to_owned()]).is_err());
        assert!(keys(&["a.b.c"]).may_fit_below("a.b") && !keys(&["a.b.c"]).may_fit_below("x"));
    }
}
