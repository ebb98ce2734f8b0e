/// Whether two texts are the same. Short ones, which keys and values mostly are, are compared by a few wide words, the
/// last of which may overlap the one before; a call of the general comparison costs several times as much.
#[inline]
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        33.. => a == b,
        16.. => ends_are_same::<16>(a, b),
        8.. => ends_are_same::<8>(a, b),
        4.. => ends_are_same::<4>(a, b),
        _ => a.iter().eq(b),
    }
}

#[inline]
fn ends_are_same<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    a.first_chunk::<N>() == b.first_chunk::<N>() && a.last_chunk::<N>() == b.last_chunk::<N>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_counts_at_each_length() {
        for len in 0..80 {
            let text: Vec<u8> = (0..len).collect();
            assert!(same(&text, &text.clone()), "{len}");
            assert!(!same(&text, &[&text[..], b"+"].concat()), "{len}");
            for at in 0..text.len() {
                let mut other = text.clone();
                other[at] ^= 0x80;
                assert!(!same(&text, &other), "{at} of {len}");
            }
        }
    }
}
