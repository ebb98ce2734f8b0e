use std::cell::RefCell;
use zstd::bulk::Compressor;
use zstd::zstd_safe::CParameter;

/// Level 3 costs twice the time of level 1 and saves nothing on OTLP; none at all costs more, in writing.
const ZSTD_LEVEL: i32 = 1;

/// The base-2 logarithm of the places where earlier bytes are looked for. All of them fit into the nearest cache, which
/// saves a tenth of the time and costs two bytes in a hundred.
const ZSTD_HASH_LOG: u32 = 13;

/// The base-2 logarithm of how far back repeats are looked for: 256 KiB. Bodies of half as much again become as small as
/// without it, in a fifteenth less time.
const ZSTD_WINDOW_LOG: u32 = 18;

/// Any length but 0 has this level write what is not repeated as it is: mostly ids, of which codes for their bytes save
/// less in writing than they cost here.
const ZSTD_TARGET_BYTES: u32 = 1;

/// Above this a length in the file is damage: requests are capped far below, before they get here.
pub(super) const BODY_BYTES_LIMIT: u64 = 1 << 30;

/// Room for what a body may become at most that a thread keeps: its own size, and that is mostly an eighth. Larger bodies
/// are rare, and asking the system each time for the room of a usual one costs more than to copy the outcome.
const ROOM_KEPT_BYTES_MAX: usize = 1 << 20;

/// What a thread compresses with. A context is some hundred KiB that take longer to make than a small body to compress.
struct Context {
    compressor: Compressor<'static>,
    room: Vec<u8>,
}

impl Context {
    fn new() -> std::io::Result<Self> {
        let mut compressor = Compressor::new(ZSTD_LEVEL)?;
        compressor.set_parameter(CParameter::HashLog(ZSTD_HASH_LOG))?;
        compressor.set_parameter(CParameter::WindowLog(ZSTD_WINDOW_LOG))?;
        compressor.set_parameter(CParameter::TargetLength(ZSTD_TARGET_BYTES))?;
        // Without it a flipped bit may decompress into other events, which nobody would notice.
        compressor.include_checksum(true)?;
        Ok(Self { compressor, room: Vec::new() })
    }

    fn compress(&mut self, body: &[u8]) -> std::io::Result<Vec<u8>> {
        let bytes_max = zstd::zstd_safe::compress_bound(body.len());
        if bytes_max > ROOM_KEPT_BYTES_MAX {
            return self.compressor.compress(body);
        }
        self.room.clear();
        self.room.reserve(bytes_max);
        self.compressor.compress_to_buffer(body, &mut self.room)?;
        Ok(self.room.clone())
    }
}

/// Compresses a request's body.
pub(crate) fn compress(body: &[u8]) -> Vec<u8> {
    thread_local!(static CONTEXT: RefCell<Option<Context>> = const { RefCell::new(None) });
    let compressed = CONTEXT.with_borrow_mut(|slot| -> std::io::Result<Vec<u8>> {
        if slot.is_none() {
            *slot = Some(Context::new()?);
        }
        slot.as_mut().map_or_else(|| Ok(Vec::new()), |context| context.compress(body))
    });
    compressed.expect("zstd compresses any bytes into memory")
}

/// The body again; nothing if the bytes are damaged or are not `raw_bytes` long.
pub(crate) fn decompress(compressed: &[u8], raw_bytes: usize) -> Option<Vec<u8>> {
    if raw_bytes as u64 > BODY_BYTES_LIMIT {
        return None;
    }
    zstd::bulk::decompress(compressed, raw_bytes).ok().filter(|body| body.len() == raw_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_body_comes_back_and_damage_does_not() {
        for body in [vec![], vec![0; 100_000], (0..=255).cycle().take(10_000).collect(), vec![1; 2 << 20]] {
            let compressed = compress(&body);
            assert_eq!(decompress(&compressed, body.len()), Some(body.clone()));
            assert_eq!(decompress(&compressed, body.len() + 1), None);
            assert_eq!(decompress(&compressed[..compressed.len() - 1], body.len()), None);
            for idx in 0..compressed.len() {
                let mut flipped = compressed.clone();
                flipped[idx] ^= 0x10;
                let read = decompress(&flipped, body.len());
                assert!(read.is_none() || read.as_ref() == Some(&body), "byte {idx}");
            }
        }
    }
}
