//! MessagePack (<https://github.com/msgpack/msgpack/blob/master/spec.md>), walked in place: nothing is set aside for a
//! length that is only announced, and nothing recurses deeper than values are kept.

use super::{Item, Refused, TimeField, check_len, time};
use crate::DecodeError;
use crate::batch::Batch;
use crate::problem::Problem;
use rmp::Marker;
use skep_model::{Attributes, EventFlags, Text, Value};

/// The type of the one extension that the specification gives a meaning: a timestamp.
const TIMESTAMP: i8 = -1;

/// The framing breaks: nothing after it can be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broken;

impl From<Broken> for DecodeError {
    fn from(_: Broken) -> Self {
        DecodeError::HoneycombMalformed
    }
}

/// Reads a batch: calls `take` for each event with its place.
pub(super) fn read(
    batch: &mut Batch,
    body: &[u8],
    mut take: impl FnMut(&mut Batch, usize, Result<Item, Refused>),
) -> Result<(), DecodeError> {
    if body.is_empty() {
        return Err(DecodeError::HoneycombEmpty);
    }
    let mut reader = Reader(body);
    let Head::List(n_items) = reader.head()? else { return Err(DecodeError::HoneycombMalformed) };
    check_len(n_items)?;
    for idx in 0..n_items {
        let item = item(batch, &mut reader)?;
        take(batch, idx, item);
    }
    if reader.0.is_empty() { Ok(()) } else { Err(DecodeError::HoneycombMalformed) }
}

/// The events of a batch, each as its bytes.
pub(super) fn items(body: &[u8]) -> Result<Vec<&[u8]>, Broken> {
    let mut reader = Reader(body);
    let Head::List(n_items) = reader.head()? else { return Err(Broken) };
    let mut items = Vec::new();
    for _ in 0..n_items {
        let before = reader.0;
        reader.skip(1)?;
        items.push(&before[..before.len() - reader.0.len()]);
    }
    if reader.0.is_empty() { Ok(items) } else { Err(Broken) }
}

/// Whether `body` is one map and nothing else; of which some are empty.
pub(super) fn is_one_map(body: &[u8]) -> bool {
    let mut reader = Reader(body);
    let Ok(Head::Map(n_entries)) = reader.head() else { return false };
    reader.skip(2 * n_entries as u64).is_ok() && reader.0.is_empty()
}

fn item(batch: &mut Batch, reader: &mut Reader<'_>) -> Result<Result<Item, Refused>, Broken> {
    let n_entries = match reader.head()? {
        Head::Map(n_entries) => n_entries,
        other => {
            reader.skip(other.n_nested())?;
            return Ok(Err(Refused::Malformed));
        }
    };
    let mut flags = EventFlags::default();
    let (mut time, mut sample_rate, mut fields) = (TimeField::Absent, None, Err(Refused::Malformed));
    for _ in 0..n_entries {
        let key = reader.head()?;
        reader.skip(key.n_nested())?;
        match key {
            Head::Text(b"time") => time = time_field(reader)?,
            Head::Text(b"samplerate") => sample_rate = Some(value(batch, reader, 1, &mut flags)?),
            Head::Text(b"data") => fields = data(batch, reader, &mut flags)?,
            _ => reader.skip(1)?,
        }
    }
    Ok(fields.map(|data| Item { time, sample_rate, data, flags }))
}

fn data(
    batch: &mut Batch,
    reader: &mut Reader<'_>,
    flags: &mut EventFlags,
) -> Result<Result<Attributes, Refused>, Broken> {
    let n_entries = match reader.head()? {
        Head::Map(n_entries) if n_entries <= batch.limits.attributes => n_entries,
        other => {
            reader.skip(other.n_nested())?;
            let is_map = matches!(other, Head::Map(_));
            return Ok(Err(if is_map { Refused::TooWide } else { Refused::Malformed }));
        }
    };
    let mut data = entries(batch, reader, n_entries, 1, flags)?;
    data.retain(|(key, value)| !key.is_empty() && *value != Value::Empty);
    Ok(if data.is_empty() { Err(Refused::Empty) } else { Ok(data) })
}

fn entries(
    batch: &mut Batch,
    reader: &mut Reader<'_>,
    n_entries: usize,
    level: usize,
    flags: &mut EventFlags,
) -> Result<Attributes, Broken> {
    let mut entries = Attributes::new();
    for _ in 0..n_entries {
        if batch.may_grow(entries.len(), batch.limits.attributes, Problem::TooManyAttributes, flags) {
            let key = key(batch, reader, flags)?;
            entries.push((key, value(batch, reader, level, flags)?));
        } else {
            reader.skip(2)?;
        }
    }
    Ok(entries)
}

/// A map's key; one that is no text as what it would be in JSON.
fn key(batch: &mut Batch, reader: &mut Reader<'_>, flags: &mut EventFlags) -> Result<Text, Broken> {
    let head = reader.head()?;
    reader.skip(head.n_nested())?;
    Ok(match head {
        Head::Text(bytes) | Head::Bytes(bytes) => batch.key(bytes, flags),
        Head::Int(int) => batch.key(int.to_string().as_bytes(), flags),
        Head::Bool(bool) => batch.key(bool.to_string().as_bytes(), flags),
        Head::Double(double) => batch.key(double.to_string().as_bytes(), flags),
        Head::Nil | Head::List(_) | Head::Map(_) | Head::Extension(..) => {
            batch.repair(Problem::WrongType, flags);
            Text::default()
        }
    })
}

fn value(
    batch: &mut Batch,
    reader: &mut Reader<'_>,
    level: usize,
    flags: &mut EventFlags,
) -> Result<Value, Broken> {
    let head = reader.head()?;
    if level > batch.limits.value_levels {
        reader.skip(head.n_nested())?;
        return Ok(batch.folded(flags));
    }
    Ok(match head {
        Head::Nil => Value::Empty,
        Head::Bool(bool) => Value::Bool(bool),
        Head::Int(int) => i64::try_from(int).map_or(Value::Double(int as f64), Value::Int),
        Head::Double(double) => Value::Double(double),
        Head::Text(bytes) => Value::Text(batch.value_text(bytes, flags)),
        Head::Bytes(bytes) => batch.value_bytes(bytes, flags),
        Head::Extension(TIMESTAMP, bytes) => match timestamp(bytes).and_then(time::from_i128) {
            Some(time) => Value::text(time::rfc3339(time)),
            None => batch.value_bytes(bytes, flags),
        },
        Head::Extension(_, bytes) => batch.value_bytes(bytes, flags),
        Head::List(n_items) => {
            let mut items = Vec::new();
            for _ in 0..n_items {
                if batch.may_grow(items.len(), batch.limits.value_items, Problem::TooManyItems, flags) {
                    items.push(value(batch, reader, level + 1, flags)?);
                } else {
                    reader.skip(1)?;
                }
            }
            Value::Array(items.into())
        }
        Head::Map(n_entries) => Value::Map(entries(batch, reader, n_entries, level + 1, flags)?.into()),
    })
}

fn time_field(reader: &mut Reader<'_>) -> Result<TimeField, Broken> {
    let head = reader.head()?;
    reader.skip(head.n_nested())?;
    Ok(match head {
        Head::Nil | Head::Text(b"") => TimeField::Absent,
        Head::Text(bytes) => TimeField::of(str::from_utf8(bytes).ok().and_then(time::from_text)),
        Head::Int(int) => TimeField::of(time::from_integer(int)),
        Head::Double(double) => TimeField::of(time::from_double(double)),
        Head::Extension(TIMESTAMP, bytes) => TimeField::of(timestamp(bytes).and_then(time::from_i128)),
        Head::Bool(_) | Head::Bytes(_) | Head::List(_) | Head::Map(_) | Head::Extension(..) => {
            TimeField::Unreadable
        }
    })
}

/// A timestamp of 32, 64 or 96 bits, in nanoseconds since the Unix epoch.
fn timestamp(bytes: &[u8]) -> Option<i128> {
    let (seconds, nanos) = match bytes.len() {
        4 => (i64::from(u32::from_be_bytes(bytes.try_into().ok()?)), 0),
        8 => {
            let bits = u64::from_be_bytes(bytes.try_into().ok()?);
            ((bits & 0x3_ffff_ffff).cast_signed(), (bits >> 34) as u32)
        }
        12 => {
            let (nanos, seconds) = bytes.split_at(4);
            (i64::from_be_bytes(seconds.try_into().ok()?), u32::from_be_bytes(nanos.try_into().ok()?))
        }
        _ => return None,
    };
    Some(i128::from(seconds) * 1_000_000_000 + i128::from(nanos))
}

/// A value, or the beginning of a nested one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Head<'a> {
    Nil,
    Bool(bool),
    /// Of 64 bits, signed or not.
    Int(i128),
    Double(f64),
    /// Not checked to be UTF-8.
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    /// How many values follow.
    List(usize),
    /// How many pairs of values follow.
    Map(usize),
    Extension(i8, &'a [u8]),
}

impl Head<'_> {
    /// Values that follow and belong to it.
    fn n_nested(&self) -> u64 {
        match self {
            Head::List(n_items) => *n_items as u64,
            Head::Map(n_entries) => 2 * *n_entries as u64,
            _ => 0,
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n_bytes: usize) -> Result<&'a [u8], Broken> {
        let (taken, rest) = self.0.split_at_checked(n_bytes).ok_or(Broken)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Broken)?;
        self.0 = rest;
        Ok(*taken)
    }

    /// A length of so many bytes.
    fn len<const N: usize>(&mut self) -> Result<usize, Broken> {
        Ok(self.array::<N>()?.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)))
    }

    fn extension(&mut self, n_bytes: usize) -> Result<Head<'a>, Broken> {
        let [kind] = self.array()?;
        Ok(Head::Extension(kind.cast_signed(), self.take(n_bytes)?))
    }

    fn head(&mut self) -> Result<Head<'a>, Broken> {
        let [marker] = self.array()?;
        Ok(match Marker::from_u8(marker) {
            Marker::Null => Head::Nil,
            Marker::False => Head::Bool(false),
            Marker::True => Head::Bool(true),
            Marker::FixPos(int) => Head::Int(int.into()),
            Marker::FixNeg(int) => Head::Int(int.into()),
            Marker::U8 => Head::Int(u8::from_be_bytes(self.array()?).into()),
            Marker::U16 => Head::Int(u16::from_be_bytes(self.array()?).into()),
            Marker::U32 => Head::Int(u32::from_be_bytes(self.array()?).into()),
            Marker::U64 => Head::Int(u64::from_be_bytes(self.array()?).into()),
            Marker::I8 => Head::Int(i8::from_be_bytes(self.array()?).into()),
            Marker::I16 => Head::Int(i16::from_be_bytes(self.array()?).into()),
            Marker::I32 => Head::Int(i32::from_be_bytes(self.array()?).into()),
            Marker::I64 => Head::Int(i64::from_be_bytes(self.array()?).into()),
            Marker::F32 => Head::Double(f32::from_be_bytes(self.array()?).into()),
            Marker::F64 => Head::Double(f64::from_be_bytes(self.array()?)),
            Marker::FixStr(len) => Head::Text(self.take(len.into())?),
            Marker::Str8 => self.len::<1>().and_then(|len| self.take(len)).map(Head::Text)?,
            Marker::Str16 => self.len::<2>().and_then(|len| self.take(len)).map(Head::Text)?,
            Marker::Str32 => self.len::<4>().and_then(|len| self.take(len)).map(Head::Text)?,
            Marker::Bin8 => self.len::<1>().and_then(|len| self.take(len)).map(Head::Bytes)?,
            Marker::Bin16 => self.len::<2>().and_then(|len| self.take(len)).map(Head::Bytes)?,
            Marker::Bin32 => self.len::<4>().and_then(|len| self.take(len)).map(Head::Bytes)?,
            Marker::FixArray(len) => Head::List(len.into()),
            Marker::Array16 => Head::List(self.len::<2>()?),
            Marker::Array32 => Head::List(self.len::<4>()?),
            Marker::FixMap(len) => Head::Map(len.into()),
            Marker::Map16 => Head::Map(self.len::<2>()?),
            Marker::Map32 => Head::Map(self.len::<4>()?),
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 => self.len::<1>().and_then(|len| self.extension(len))?,
            Marker::Ext16 => self.len::<2>().and_then(|len| self.extension(len))?,
            Marker::Ext32 => self.len::<4>().and_then(|len| self.extension(len))?,
            Marker::Reserved => return Err(Broken),
        })
    }

    /// Skips so many values with all that is nested in them, without recursion.
    fn skip(&mut self, n_values: u64) -> Result<(), Broken> {
        let mut n_left = n_values;
        while n_left > 0 {
            n_left = n_left - 1 + self.head()?.n_nested();
        }
        Ok(())
    }
}
