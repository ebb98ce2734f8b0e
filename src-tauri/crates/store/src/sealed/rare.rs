//! Fields that few rows have, together in one part, so that a thousand of them cost no more than one column.

use super::header::Header;
use crate::segment::DictionaryBuilder;
use skep_model::bytes::{Input, put_bytes, put_varint};
use skep_model::bytes::{put_value, value};
use skep_model::{Codes, Column, Place, Text, Value};

/// A segment's rare fields, sorted by place and name, each with the rows that have it, ascending.
#[derive(Debug, Default)]
pub(crate) struct RareFields {
    pub(crate) fields: Vec<RareField>,
}

#[derive(Debug)]
pub(crate) struct RareField {
    pub(crate) place: Place,
    pub(crate) name: Text,
    pub(crate) values: Vec<(u32, Value)>,
}

impl RareFields {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_varint(&mut out, self.fields.len() as u64);
        for RareField { place, name, values } in &self.fields {
            out.push(*place as u8);
            put_bytes(&mut out, name.as_bytes());
            put_varint(&mut out, values.len() as u64);
            let mut before = 0;
            for (row, value) in values {
                put_varint(&mut out, u64::from(row - std::mem::replace(&mut before, *row)));
                put_value(&mut out, value);
            }
        }
        out
    }

    pub(crate) fn decode(bytes: &[u8], header: &Header) -> Option<Self> {
        let mut input = Input::new(bytes);
        let mut fields = Vec::new();
        for _ in 0..input.count()? {
            let place = if input.byte()? == Place::Own as u8 { Place::Own } else { Place::Record };
            let name = Text::from(input.text()?);
            let mut row = 0u32;
            let mut values = Vec::new();
            for _ in 0..input.count()? {
                row = row.checked_add(input.u32()?).filter(|row| (*row as usize) < header.n_rows)?;
                values.push((row, value(&mut input)?));
            }
            fields.push(RareField { place, name, values });
        }
        input.is_empty().then_some(Self { fields })
    }

    pub(crate) fn field(&self, place: Place, name: &str) -> Option<&RareField> {
        let idx =
            self.fields.binary_search_by(|field| (field.place, &*field.name).cmp(&(place, name))).ok()?;
        Some(&self.fields[idx])
    }

    pub(crate) fn column(&self, place: Place, name: &str, n_rows: usize) -> Option<Column> {
        let field = self.field(place, name)?;
        let mut dictionary = DictionaryBuilder::default();
        let mut codes = vec![0; n_rows];
        for (row, value) in &field.values {
            codes[*row as usize] = dictionary.code(value.clone());
        }
        let dictionary = dictionary.into_values();
        Some(Column::of_codes(Codes::narrow(codes, dictionary.len() as u32), dictionary))
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let of_field = |field: &RareField| {
            let values = field.values.iter().map(|(_, value)| 8 + value.memory_bytes());
            64 + field.name.len() + values.sum::<usize>()
        };
        self.fields.iter().map(of_field).sum()
    }
}
