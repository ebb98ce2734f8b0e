//! A batch's events as bytes, to be sent in other batches without being read.

use super::msgpack;
use crate::json::parse::Parser;
use skep_model::Encoding;

/// Each event of a batch, as it stands in it; nothing where the body is no batch of this encoding.
#[must_use]
pub fn items(encoding: Encoding, body: &[u8]) -> Option<Vec<&[u8]>> {
    match encoding {
        Encoding::HoneycombJson => json_items(body),
        Encoding::HoneycombMsgpack => msgpack::items(body).ok(),
        Encoding::Protobuf | Encoding::Json | Encoding::HoneycombMarker => None,
    }
}

/// A batch of events that [`items`] gave; nothing for other encodings than theirs.
#[must_use]
pub fn batch_of(encoding: Encoding, items: &[&[u8]]) -> Option<Vec<u8>> {
    match encoding {
        Encoding::HoneycombJson => Some([b"[".as_slice(), &items.join(b",".as_slice()), b"]"].concat()),
        Encoding::HoneycombMsgpack => {
            let n_items = u32::try_from(items.len()).ok()?;
            // The longest form of a list's head fits any number of items.
            Some([[0xdd].as_slice(), &n_items.to_be_bytes(), &items.concat()].concat())
        }
        Encoding::Protobuf | Encoding::Json | Encoding::HoneycombMarker => None,
    }
}

fn json_items(body: &[u8]) -> Option<Vec<&[u8]>> {
    let mut parser = Parser::new(body);
    let mut items = Vec::new();
    // Past the space before it.
    parser.shape();
    parser
        .items(|parser| {
            parser.shape();
            let start = parser.place();
            parser.skip(2)?;
            items.push(&body[start..parser.place()]);
            Ok(())
        })
        .ok()?;
    parser.end().ok()?;
    Some(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_taken_apart_and_put_together() {
        let json = br#" [ {"data":{"a":"],["}} , {"data":{}}, 7 ] "#;
        let parts = items(Encoding::HoneycombJson, json).unwrap();
        assert_eq!(parts, [br#"{"data":{"a":"],["}}"#.as_slice(), br#"{"data":{}}"#, b"7"]);
        assert_eq!(batch_of(Encoding::HoneycombJson, &parts[1..]).unwrap(), br#"[{"data":{}},7]"#);
        assert_eq!(items(Encoding::HoneycombJson, b"[").map(|parts| parts.len()), None);
        let msgpack = [0x92, 0x81, 0xa1, b'a', 0x01, 0xc0];
        let parts = items(Encoding::HoneycombMsgpack, &msgpack).unwrap();
        assert_eq!(parts, [[0x81, 0xa1, b'a', 0x01].as_slice(), &[0xc0]]);
        let again = batch_of(Encoding::HoneycombMsgpack, &parts).unwrap();
        assert_eq!(items(Encoding::HoneycombMsgpack, &again).unwrap(), parts);
        assert_eq!(items(Encoding::HoneycombMsgpack, &[0x92, 0xc0]), None);
    }
}
