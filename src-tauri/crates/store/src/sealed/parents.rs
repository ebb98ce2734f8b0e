//! Parents, as rows where that is possible.
//!
//! ```text
//! page := length stream id*
//! stream := for each row a varint: 0 no parent | 1 the next id | 2 + zigzag(parent's row - row)
//! ```

use skep_model::bytes::{Input, put_bytes, put_varint, unzigzag, zigzag};

/// What a row says of its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    None,
    /// Not a row of this trace in this segment.
    Id([u8; 8]),
    /// So many rows on, or back.
    At(i64),
}

pub(crate) fn put_parents(parents: &[Parent], out: &mut Vec<u8>) {
    let (mut stream, mut ids) = (Vec::with_capacity(parents.len()), Vec::new());
    for parent in parents {
        match parent {
            Parent::None => stream.push(0),
            Parent::Id(id) => {
                stream.push(1);
                ids.extend_from_slice(id);
            }
            Parent::At(distance) => put_varint(&mut stream, 2 + zigzag(*distance)),
        }
    }
    put_bytes(out, &stream);
    out.extend_from_slice(&ids);
}

/// Calls `take` with whether each of `n` rows has a parent, in order.
pub(crate) fn has_parents(page: &[u8], n: usize, mut take: impl FnMut(bool)) -> Option<()> {
    let stream = Input::new(page).bytes()?;
    let (mut n_read, mut is_first) = (0, true);
    for byte in stream {
        // A varint begins after one that ends.
        if is_first {
            take(*byte != 0);
            n_read += 1;
        }
        is_first = byte & 0x80 == 0;
    }
    (n_read == n && is_first).then_some(())
}

/// Reads `n` parents.
pub(crate) fn parents(page: &[u8], n: usize, parents: &mut Vec<Parent>) -> Option<()> {
    let mut ids = Input::new(page);
    let mut stream = Input::new(ids.bytes()?);
    for _ in 0..n {
        parents.push(match stream.varint()? {
            0 => Parent::None,
            1 => Parent::Id(ids.array()?),
            distance => Parent::At(unzigzag(distance - 2)),
        });
    }
    (stream.is_empty() && ids.is_empty()).then_some(())
}
