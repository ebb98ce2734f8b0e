//! Going through a body without a tree of it: past values, to members of an object, into a list.

use super::node::Node;
use super::parse::Parser;
use crate::DecodeError;
use crate::limits::JSON_LEVELS_MAX;
use memchr::memchr2;

/// What a value is, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Null,
    List,
    Object,
    Other,
}

impl<'a> Parser<'a> {
    /// Where it is; [`Parser::go`] comes back to it.
    pub(crate) fn place(&self) -> usize {
        self.at
    }

    pub(crate) fn go(&mut self, place: usize) {
        self.at = place;
    }

    /// Nothing but space may be left.
    pub(crate) fn end(&mut self) -> Result<(), DecodeError> {
        self.skip_space();
        if self.at < self.body.len() { Err(self.unexpected()) } else { Ok(()) }
    }

    /// What the next value is, as far as its first byte tells.
    pub(crate) fn shape(&mut self) -> Shape {
        self.skip_space();
        match self.peek() {
            Some(b'n') => Shape::Null,
            Some(b'[') => Shape::List,
            Some(b'{') => Shape::Object,
            _ => Shape::Other,
        }
    }

    /// Makes a tree of the next value. Over the cap it says [`DecodeError::JsonTooLarge`], and is somewhere within it.
    pub(crate) fn tree(&mut self, level: usize) -> Result<Node<'a>, DecodeError> {
        self.n_nodes = 0;
        self.value(level)
    }

    /// Steps over the next value, which is an object, and tells where the values of these members are: of members of one
    /// name the last.
    pub(crate) fn members<const N: usize>(
        &mut self,
        names: [&str; N],
        level: usize,
    ) -> Result<[Option<usize>; N], DecodeError> {
        let mut places = [None; N];
        self.skip_object(level, |key, place| {
            if let Some(idx) = names.iter().position(|name| *name == key) {
                places[idx] = Some(place);
            }
        })?;
        Ok(places)
    }

    /// Goes through the next value, which is a list: `read` is called before each of its values, and leaves it behind.
    pub(crate) fn items(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        self.expect(b'[')?;
        self.skip_space();
        if self.eat(b']') {
            return Ok(());
        }
        loop {
            read(self)?;
            self.skip_space();
            if self.eat(b']') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Steps over the next value.
    pub(crate) fn skip(&mut self, level: usize) -> Result<(), DecodeError> {
        match self.shape() {
            Shape::List | Shape::Object if level > JSON_LEVELS_MAX => self.skip_brackets().map(drop),
            Shape::Object => self.skip_object(level, |_, _| {}),
            Shape::List => self.items(|parser| parser.skip(level + 1)),
            _ if self.peek() == Some(b'"') => self.skip_string(),
            _ => self.scalar().map(drop),
        }
    }

    fn skip_object(&mut self, level: usize, mut see: impl FnMut(&str, usize)) -> Result<(), DecodeError> {
        self.expect(b'{')?;
        self.skip_space();
        if self.eat(b'}') {
            return Ok(());
        }
        loop {
            self.skip_space();
            let key = self.string()?;
            self.skip_space();
            self.expect(b':')?;
            see(&key.text, self.at);
            self.skip(level + 1)?;
            self.skip_space();
            if self.eat(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    fn skip_string(&mut self) -> Result<(), DecodeError> {
        self.expect(b'"')?;
        loop {
            let rest = &self.body[self.at..];
            let Some(n_plain) = memchr2(b'"', b'\\', rest) else {
                self.at = self.body.len();
                return Err(self.unexpected());
            };
            self.at += n_plain + 1;
            if rest[n_plain] == b'"' {
                return Ok(());
            }
            self.escape()?;
        }
    }
}
