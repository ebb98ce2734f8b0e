use super::{json, msgpack};
use crate::DecodeError;
use crate::json::node::Node;
use rmp::encode;
use skep_model::Encoding;

/// Writes a single event, with what its headers say, as a batch of one: what is kept of it.
///
/// # Errors
/// [`DecodeError`] where the body is empty or no object.
pub fn batch_of_one(
    encoding: Encoding,
    time: Option<&str>,
    sample_rate: Option<&str>,
    body: &[u8],
) -> Result<Vec<u8>, DecodeError> {
    let sample_rate = sample_rate.and_then(|rate| rate.trim().parse::<u32>().ok());
    match encoding {
        Encoding::HoneycombMsgpack if body.is_empty() => Err(DecodeError::HoneycombEmpty),
        Encoding::HoneycombMsgpack if msgpack::is_one_map(body) => {
            Ok(in_msgpack(time, sample_rate, body).expect("a vector takes any bytes"))
        }
        Encoding::HoneycombMsgpack => Err(DecodeError::HoneycombMalformed),
        // Read here, since what is two values side by side would be two events within the batch.
        _ => match json::parse(body)? {
            Node::Object(_) => Ok(in_json(time, sample_rate, body)),
            _ => Err(DecodeError::HoneycombMalformed),
        },
    }
}

fn in_json(time: Option<&str>, sample_rate: Option<u32>, body: &[u8]) -> Vec<u8> {
    let mut batch = b"[{".to_vec();
    if let Some(time) = time {
        // No time needs what a JSON text would have to escape.
        let time: String = time.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).collect();
        batch.extend(format!("\"time\":\"{time}\",").bytes());
    }
    if let Some(rate) = sample_rate {
        batch.extend(format!("\"samplerate\":{rate},").bytes());
    }
    batch.extend(b"\"data\":");
    batch.extend(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body));
    batch.extend(b"}]");
    batch
}

fn in_msgpack(
    time: Option<&str>,
    sample_rate: Option<u32>,
    body: &[u8],
) -> Result<Vec<u8>, encode::ValueWriteError> {
    let mut batch = Vec::new();
    encode::write_array_len(&mut batch, 1)?;
    encode::write_map_len(&mut batch, 1 + u32::from(time.is_some()) + u32::from(sample_rate.is_some()))?;
    if let Some(time) = time {
        encode::write_str(&mut batch, "time")?;
        encode::write_str(&mut batch, time)?;
    }
    if let Some(rate) = sample_rate {
        encode::write_str(&mut batch, "samplerate")?;
        encode::write_uint(&mut batch, rate.into())?;
    }
    encode::write_str(&mut batch, "data")?;
    batch.extend_from_slice(body);
    Ok(batch)
}
