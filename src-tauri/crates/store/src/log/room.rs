use std::collections::BTreeMap;

/// Parts begin at multiples of this, a page of the system: none has to be read before it can be written anew.
const STEP_BYTES: u64 = 4096;

/// Which parts of a file are taken, each by an entry of the log.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// By where they begin.
    parts: BTreeMap<u64, Part>,
}

#[derive(Debug)]
struct Part {
    end: u64,
    /// Nothing until the entry has one.
    seq: Option<u64>,
}

impl Room {
    /// Takes the first free part that is long enough and ends within `bytes_max`. It belongs to no entry yet.
    pub(super) fn take(&mut self, n_bytes: u64, bytes_max: u64) -> Option<u64> {
        let mut at = 0;
        for (begin, part) in &self.parts {
            if begin.saturating_sub(at) >= n_bytes {
                break;
            }
            at = at.max(part.end.next_multiple_of(STEP_BYTES));
        }
        let end = at.checked_add(n_bytes).filter(|end| *end <= bytes_max)?;
        self.parts.insert(at, Part { end, seq: None });
        Some(at)
    }

    /// Takes the part that an entry has.
    pub(super) fn take_at(&mut self, at: u64, n_bytes: u64, seq: u64) {
        self.parts.insert(at, Part { end: at.saturating_add(n_bytes), seq: Some(seq) });
    }

    /// Says which entry a part belongs to.
    pub(super) fn assign(&mut self, at: u64, seq: u64) {
        if let Some(part) = self.parts.get_mut(&at) {
            part.seq = Some(seq);
        }
    }

    /// Frees the parts of all entries up to one.
    pub(super) fn free_up_to(&mut self, last_seq: u64) {
        self.parts.retain(|_, part| part.seq.is_none_or(|seq| seq > last_seq));
    }

    /// Frees the parts of all entries after one, and those of none.
    pub(super) fn free_after(&mut self, last_seq: u64) {
        self.parts.retain(|_, part| part.seq.is_some_and(|seq| seq <= last_seq));
    }

    /// Where the last part ends.
    pub(super) fn end(&self) -> u64 {
        self.parts.values().map(|part| part.end).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_part_that_is_long_enough_is_taken() {
        let mut room = Room::default();
        let mut take = |n_bytes, seq| {
            let at = room.take(n_bytes, 40_000);
            at.inspect(|at| room.assign(*at, seq))
        };
        assert_eq!(take(5000, 1), Some(0));
        assert_eq!(take(4096, 2), Some(8192));
        assert_eq!(take(1, 3), Some(12_288));
        assert_eq!(take(20_000, 4), Some(16_384));
        assert_eq!(take(5000, 5), None, "it would end beyond the bound");
        room.free_up_to(2);
        let mut take = |n_bytes| room.take(n_bytes, 40_000);
        assert_eq!(take(12_289), None);
        assert_eq!(take(8192), Some(0));
        assert_eq!(take(4097), None, "up to the next part are 4096 bytes");
        assert_eq!(take(4096), Some(8192));
        assert_eq!(room.end(), 36_384);
        // The one that has no entry yet goes with a commit that failed.
        room.free_after(3);
        assert_eq!(room.end(), 12_289);
        room.free_up_to(3);
        assert_eq!(room.end(), 0);
    }
}
