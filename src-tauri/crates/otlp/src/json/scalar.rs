//! Members of one scalar type each. All are read the same way: absent and null are the default, another type than
//! asked for is read where its meaning is plain and is otherwise the default, and either flags the event.

use super::node::Node;
use super::number;
use crate::batch::Batch;
use crate::build::{Id, IdField};
use crate::problem::Problem;
use skep_model::{EventFlags, Text};

/// A name or another text that is not an attribute value.
pub(super) fn name(batch: &mut Batch, node: &Node<'_>, member: &str, flags: &mut EventFlags) -> Text {
    name_of(batch, node.get(member), flags)
}

/// The same of a member that was found.
pub(super) fn name_of(batch: &mut Batch, node: Option<&Node<'_>>, flags: &mut EventFlags) -> Text {
    match node {
        None => Text::default(),
        Some(Node::Text(text)) => {
            if text.is_repaired {
                batch.repair(Problem::Utf8, flags);
            }
            batch.name(text.text.as_bytes(), flags)
        }
        Some(other) => {
            batch.repair(Problem::WrongType, flags);
            match other {
                Node::Number(number) => batch.name(number.as_bytes(), flags),
                _ => Text::default(),
            }
        }
    }
}

/// An id: hexadecimal digits in either case.
pub(super) fn id<T: Id>(node: &Node<'_>, member: &str) -> IdField<T> {
    match node.get(member) {
        None => IdField::Absent,
        Some(Node::Text(text)) => IdField::from_hex(&text.text),
        Some(_) => IdField::Invalid,
    }
}

/// A `fixed64` or `uint64`: a number or a text.
pub(super) fn u64(batch: &mut Batch, node: &Node<'_>, member: &str, flags: &mut EventFlags) -> u64 {
    integer(batch, node.get(member), flags)
}

/// A `uint32` or `fixed32`.
pub(super) fn u32(batch: &mut Batch, node: &Node<'_>, member: &str, flags: &mut EventFlags) -> u32 {
    integer(batch, node.get(member), flags)
}

/// An `int32` or `sint32`.
pub(super) fn i32(batch: &mut Batch, node: &Node<'_>, member: &str, flags: &mut EventFlags) -> i32 {
    integer(batch, node.get(member), flags)
}

/// An integer in the range of `T`.
pub(super) fn integer<T: TryFrom<i128> + Default>(
    batch: &mut Batch,
    node: Option<&Node<'_>>,
    flags: &mut EventFlags,
) -> T {
    let Some(node) = node else { return T::default() };
    let read = digits(node).and_then(number::integer).and_then(|integer| T::try_from(integer).ok());
    read.unwrap_or_else(|| {
        batch.repair(Problem::WrongType, flags);
        T::default()
    })
}

/// A `double` that is there.
pub(super) fn double(batch: &mut Batch, node: &Node<'_>, flags: &mut EventFlags) -> f64 {
    digits(node).and_then(number::double).unwrap_or_else(|| {
        batch.repair(Problem::WrongType, flags);
        0.0
    })
}

/// An optional `double`.
pub(super) fn optional_double(
    batch: &mut Batch,
    node: &Node<'_>,
    member: &str,
    flags: &mut EventFlags,
) -> Option<f64> {
    node.get(member).map(|node| double(batch, node, flags))
}

/// A `bool`.
pub(super) fn bool(batch: &mut Batch, node: &Node<'_>, member: &str, flags: &mut EventFlags) -> bool {
    match node.get(member) {
        None => false,
        Some(Node::Bool(bool)) => *bool,
        Some(other) => {
            batch.repair(Problem::WrongType, flags);
            matches!(other, Node::Text(text) if text.text == "true")
        }
    }
}

/// An enum: its number, or one of its names, which OTLP/JSON does not allow but some exporters send.
pub(super) fn enumeration(
    batch: &mut Batch,
    node: &Node<'_>,
    member: &str,
    names: &[(&str, i32)],
    flags: &mut EventFlags,
) -> i32 {
    if let Some(Node::Text(text)) = node.get(member)
        && let Some((_, number)) = names.iter().find(|(name, _)| *name == text.text)
    {
        batch.repair(Problem::EnumName, flags);
        return *number;
    }
    i32(batch, node, member, flags)
}

/// The text of a number, bare or quoted.
pub(super) fn digits<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match node {
        Node::Number(number) => Some(number),
        Node::Text(text) => Some(&text.text),
        _ => None,
    }
}
