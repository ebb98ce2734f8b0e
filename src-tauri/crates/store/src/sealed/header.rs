//! What is known of a sealed segment without reading a column: held in memory for as long as the segment lives.

use super::frame;
use crate::segment::Census;
use skep_model::bytes::{
    Input, entities, put_bytes, put_entities, put_resource, put_scope, put_varint, resource, scope,
};
use skep_model::{Place, Resource, Scope, Text};
use std::sync::Arc;

/// The form of the bytes; see the README. Older ones are read too: what is new says so in the page.
pub(crate) const VERSION: u64 = 3;

/// Rows of a page: what is read at least to see one row.
pub(crate) const PAGE_ROWS: usize = 8 * 1024;

/// Pages of a column at most; page 0 is the dictionary.
pub(crate) const PAGES_MAX: usize = 255;

/// Rows of a segment at most.
pub(crate) const ROWS_MAX: usize = PAGES_MAX * PAGE_ROWS;

/// A segment's directory.
#[derive(Debug, Default)]
pub(crate) struct Header {
    pub(crate) n_rows: usize,
    pub(crate) n_traces: usize,
    pub(crate) time_bounds: (u64, u64),
    pub(crate) census: Census,
    /// Whether some row was repaired or cut.
    pub(crate) has_flags: bool,
    /// Bytes of the requests it came with; an estimate after rows left.
    pub(crate) request_bytes: usize,
    /// Each resource with the number of its rows.
    pub(crate) resources: Vec<(Arc<Resource>, u32)>,
    /// Each scope with the number of its rows.
    pub(crate) scopes: Vec<(Arc<Scope>, u32)>,
    pub(crate) names: Option<FieldInfo>,
    /// Sorted by place and name. What few rows have stands apart, see [`super::rare`].
    pub(crate) fields: Vec<(Place, Text, FieldInfo)>,
    pub(crate) has_rare: bool,
}

/// How one field is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FieldInfo {
    pub(crate) form: Form,
    pub(crate) n_populated: usize,
    /// Distinct values; of plain forms the number of rows.
    pub(crate) n_values: usize,
    /// The least and the greatest number, where all values are numbers.
    pub(crate) bounds: Option<(f64, f64)>,
}

/// What the pages of a field hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Codes of a dictionary.
    Codes = 0,
    /// Texts, nearly all different.
    Texts = 1,
    /// Integers, nearly all different.
    Ints = 2,
    /// Doubles, nearly all different, none NaN.
    Doubles = 3,
}

impl Header {
    /// The column of a field and how it is stored.
    pub(crate) fn field(&self, place: Place, name: &str) -> Option<(usize, FieldInfo)> {
        let idx = self.fields.binary_search_by(|(p, n, _)| (*p, &**n).cmp(&(place, name))).ok()?;
        Some((idx, self.fields[idx].2))
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let Header {
            n_rows,
            n_traces,
            time_bounds,
            census,
            has_flags,
            request_bytes,
            resources,
            scopes,
            names,
            fields,
            has_rare,
        } = self;
        let mut out = Vec::new();
        put_varint(&mut out, VERSION);
        for number in [*n_rows as u64, *n_traces as u64, time_bounds.0, time_bounds.1, *request_bytes as u64]
        {
            put_varint(&mut out, number);
        }
        let mut census = *census;
        census.numbers().into_iter().for_each(|number| put_varint(&mut out, u64::from(*number)));
        let has_entities = resources.iter().any(|(resource, _)| !resource.entity_refs.is_empty());
        let bits = [*has_flags, *has_rare, names.is_some(), has_entities];
        out.push(bits.iter().enumerate().fold(0, |byte, (idx, bit)| byte | u8::from(*bit) << idx));
        put_varint(&mut out, resources.len() as u64);
        for (resource, n_rows) in resources {
            put_resource(&mut out, resource);
            put_varint(&mut out, u64::from(*n_rows));
        }
        put_varint(&mut out, scopes.len() as u64);
        for (scope, n_rows) in scopes {
            put_scope(&mut out, scope);
            put_varint(&mut out, u64::from(*n_rows));
        }
        if let Some(info) = names {
            put_field(&mut out, info);
        }
        put_varint(&mut out, fields.len() as u64);
        for (place, name, info) in fields {
            out.push(*place as u8);
            put_bytes(&mut out, name.as_bytes());
            put_field(&mut out, info);
        }
        if has_entities {
            resources.iter().for_each(|(resource, _)| put_entities(&mut out, &resource.entity_refs));
        }
        frame::wrap(&out)
    }

    /// Nothing when the bytes are damaged or of another version.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        frame::unwrap(bytes, |bytes| {
            let mut input = Input::new(bytes);
            let header = read(&mut input)?;
            input.is_empty().then_some(header)
        })
    }
}

fn read(input: &mut Input<'_>) -> Option<Header> {
    if !(1..=VERSION).contains(&input.varint()?) {
        return None;
    }
    let mut header = Header {
        n_rows: usize::try_from(input.varint()?).ok().filter(|n| *n <= ROWS_MAX)?,
        n_traces: usize::try_from(input.varint()?).ok()?,
        time_bounds: (input.varint()?, input.varint()?),
        request_bytes: usize::try_from(input.varint()?).ok()?,
        ..Header::default()
    };
    if header.n_traces > header.n_rows {
        return None;
    }
    for number in header.census.numbers() {
        *number = input.u32()?;
    }
    let bits = input.byte()?;
    (header.has_flags, header.has_rare) = (bits & 1 != 0, bits & 2 != 0);
    for _ in 0..input.count()? {
        header.resources.push((Arc::new(resource(input)?), input.u32()?));
    }
    for _ in 0..input.count()? {
        header.scopes.push((Arc::new(scope(input)?), input.u32()?));
    }
    if bits & 4 != 0 {
        header.names = Some(field(input, header.n_rows)?);
    }
    for _ in 0..input.count()? {
        let place = match input.byte()? {
            0 => Place::Own,
            1 => Place::Record,
            _ => return None,
        };
        header.fields.push((place, Text::from(input.text()?), field(input, header.n_rows)?));
    }
    if bits & 8 != 0 {
        for (resource, _) in &mut header.resources {
            // Nobody else holds it yet.
            Arc::make_mut(resource).entity_refs = entities(input)?;
        }
    }
    Some(header)
}

fn put_field(out: &mut Vec<u8>, info: &FieldInfo) {
    out.push(info.form as u8 | u8::from(info.bounds.is_some()) << 4);
    put_varint(out, info.n_populated as u64);
    put_varint(out, info.n_values as u64);
    if let Some((min, max)) = info.bounds {
        out.extend_from_slice(&min.to_le_bytes());
        out.extend_from_slice(&max.to_le_bytes());
    }
}

fn field(input: &mut Input<'_>, n_rows: usize) -> Option<FieldInfo> {
    let bits = input.byte()?;
    let form = match bits & 0xf {
        0 => Form::Codes,
        1 => Form::Texts,
        2 => Form::Ints,
        3 => Form::Doubles,
        _ => return None,
    };
    let at_most_rows = |number: u64| usize::try_from(number).ok().filter(|n| *n <= n_rows);
    Some(FieldInfo {
        form,
        n_populated: at_most_rows(input.varint()?)?,
        n_values: at_most_rows(input.varint()?)?,
        bounds: if bits & 0x10 != 0 {
            Some((f64::from_le_bytes(input.array()?), f64::from_le_bytes(input.array()?)))
        } else {
            None
        },
    })
}
