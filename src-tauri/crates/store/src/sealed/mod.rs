//! Segments as columns in the file. The bytes are described in the store's README.
//!
//! ```text
//! memory segments --order--> rows by trace --seal--> header + parts --one transaction--> file
//!                                                                                          |
//!      one trace, or all rows, in memory <--slice-- SealedSegment --columns, cached--> queries
//! ```

mod codes;
pub(crate) mod file;
mod frame;
mod header;
mod layout;
mod order;
mod pack;
mod page;
mod parents;
mod rare;
mod read;
mod seal;
mod segment;
mod shape;
mod shared_fields;
mod slice;
mod source;
mod times;
mod traces;
mod variety;

pub(crate) use seal::{SealedParts, seal};
pub use segment::SealedSegment;
pub(crate) use source::Source;
