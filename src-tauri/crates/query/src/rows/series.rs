//! Rows in buckets of time: what one is compared with the one before, and how a time is written.

use super::Cell;
use rustc_hash::FxHashMap;

/// Puts in the place of each figure of a column by how much it grew since the bucket before, in rows whose first cell
/// is a bucket. Nothing where the bucket before has no such row or no figure.
pub(super) fn to_growth(rows: &mut [Vec<Cell>], n_key_columns: usize, column_idx: usize) {
    let figures: FxHashMap<Vec<Cell>, Cell> =
        rows.iter().map(|row| (row[..n_key_columns].to_vec(), row[column_idx].clone())).collect();
    for row in rows {
        let mut before = row[..n_key_columns].to_vec();
        if let Some(Cell::Int(bucket)) = before.first_mut() {
            *bucket -= 1;
        }
        row[column_idx] = match (figures.get(&before), &row[column_idx]) {
            (Some(Cell::Int(before)), Cell::Int(now)) if now.checked_sub(*before).is_some() => {
                Cell::Int(now - before)
            }
            (Some(before), now) => match (before.as_f64(), now.as_f64()) {
                (Some(before), Some(now)) => Cell::Double(now - before),
                _ => Cell::Null,
            },
            (None, _) => Cell::Null,
        };
    }
}

/// Where a bucket begins, as ISO 8601 in UTC with milliseconds.
pub(super) fn time_cell(bucket: &Cell, granularity_ns: u64) -> Cell {
    let Cell::Int(bucket) = bucket else { return Cell::Null };
    let millis = bucket.cast_unsigned().saturating_mul(granularity_ns) / 1_000_000;
    let (days, of_day) = (millis / 86_400_000, millis % 86_400_000);
    let (year, month, day) = civil(days);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
    Cell::Text(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z").into())
}

/// The date of a day counted from 1970, by Hinnant's `civil_from_days`: years begin in March there, so that the leap
/// day comes last.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_a_calendar_says() {
        let cases = [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_795_586_220_500, "2026-11-25T05:57:00.500Z"),
        ];
        for (millis, written) in cases {
            assert_eq!(time_cell(&Cell::Int(millis), 1_000_000), Cell::Text(written.into()));
        }
    }
}
