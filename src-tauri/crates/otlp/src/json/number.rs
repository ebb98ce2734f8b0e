/// An integer as JSON may write it: digits, or a decimal fraction or an exponent whose value is a whole number
/// (`5.0`, `1.76e18`), read exactly. Nothing where it is not whole or needs more than 38 digits.
pub(crate) fn integer(text: &str) -> Option<i128> {
    if let Ok(integer) = text.parse() {
        return Some(integer);
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    let zeros = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    match u32::try_from(zeros) {
        Ok(zeros) if digits != 0 => digits.checked_mul(10_i128.checked_pow(zeros)?),
        Ok(_) => Some(0),
        Err(_) => {
            let divisor = 10_i128.checked_pow(zeros.unsigned_abs())?;
            (digits % divisor == 0).then_some(digits / divisor)
        }
    }
}

/// A double as JSON may write it: a number, or the words of ProtoJSON.
pub(crate) fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ if text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_exactly_in_any_notation() {
        let cases = [
            ("0", Some(0)),
            ("-7", Some(-7)),
            ("5.0", Some(5)),
            ("5.50", None),
            ("1.760000000123456789e18", Some(1_760_000_000_123_456_789)),
            ("1760e15", Some(1_760_000_000_000_000_000)),
            ("12300e-2", Some(123)),
            ("-0.0", Some(0)),
            ("0e999999999", Some(0)),
            ("1e39", None),
            ("1e-400", None),
            ("1e99999999999", None),
            ("", None),
            ("NaN", None),
            ("e5", None),
        ];
        for (text, expected) in cases {
            assert_eq!(integer(text), expected, "{text:?}");
        }
    }

    #[test]
    fn doubles_are_numbers_or_the_words_of_protojson() {
        let cases =
            [("1.5", Some(1.5)), ("1e999", Some(f64::INFINITY)), ("-Infinity", Some(f64::NEG_INFINITY))];
        for (text, expected) in
            cases.into_iter().chain([("inf", None), ("nan", None), ("", None), ("x", None)])
        {
            assert_eq!(double(text), expected, "{text:?}");
        }
        assert!(double("NaN").is_some_and(f64::is_nan));
    }
}
