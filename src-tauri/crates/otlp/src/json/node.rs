use std::borrow::Cow;

/// A JSON value, borrowing from the body where it can.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    /// As it is written, `NaN` and `Infinity` included: its reader knows which type it has.
    Number(&'a str),
    Text(JsonText<'a>),
    List(Vec<Node<'a>>),
    /// In the order of the body, duplicates kept.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
    /// Skipped: nested deeper than is read.
    TooDeep,
}

/// A string, its escapes undone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct JsonText<'a> {
    pub(crate) text: Cow<'a, str>,
    /// It held bytes that are not UTF-8, or half a surrogate pair, now U+FFFD.
    pub(crate) is_repaired: bool,
}

impl<'a> Node<'a> {
    /// A member of an object: the last of its name. An absent member, a null one, and one of what is no object are
    /// all the same in ProtoJSON: nothing.
    pub(crate) fn get(&self, name: &str) -> Option<&Node<'a>> {
        match self {
            Node::Object(members) => {
                let (_, member) = members.iter().rev().find(|(key, _)| key == name)?;
                (*member != Node::Null).then_some(member)
            }
            _ => None,
        }
    }
}
