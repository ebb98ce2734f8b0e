use crate::body::{Budget, Reserved};
use crate::failure::Failure;
use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use std::io::{BufRead, Read};

/// Bytes inflated in one step: how far a bomb gets past the limit.
const STEP_BYTES: usize = 64 << 10;
/// The base-2 logarithm of the largest zstd window, 8 MiB: what RFC 9659 lets a sender ask of any receiver.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    Identity,
    Gzip,
    /// zlib's format, as HTTP means the word.
    Deflate,
    Zstd,
}

impl Compression {
    /// From `content-encoding` or `grpc-encoding`; a chain of several is not one that exporters send.
    pub(crate) fn of(header: Option<&HeaderValue>) -> Result<Self, Failure> {
        let Some(header) = header else { return Ok(Compression::Identity) };
        match header.to_str().map(|name| name.trim().to_ascii_lowercase()).as_deref() {
            Ok("" | "identity") => Ok(Compression::Identity),
            Ok("gzip" | "x-gzip") => Ok(Compression::Gzip),
            Ok("deflate") => Ok(Compression::Deflate),
            Ok("zstd") => Ok(Compression::Zstd),
            _ => Err(Failure::compression()),
        }
    }
}

/// Decompresses a body within `limit_bytes`, each step reserved from the bytes in flight.
pub(crate) fn inflate(
    compression: Compression,
    body: Bytes,
    limit_bytes: usize,
    budget: &Budget,
    reserved: &mut Reserved,
) -> Result<Bytes, Failure> {
    let reader: &mut dyn Read = match compression {
        Compression::Identity => return Ok(body),
        Compression::Gzip => &mut flate2::bufread::MultiGzDecoder::new(&*body),
        Compression::Deflate => &mut flate2::bufread::ZlibDecoder::new(&*body),
        Compression::Zstd => &mut zstd_reader(&*body).map_err(|_| broken())?,
    };
    let mut inflated = BytesMut::new();
    loop {
        let len = inflated.len();
        reserved.extend(budget, STEP_BYTES)?;
        inflated.resize(len + STEP_BYTES, 0);
        let n_read = fill(reader, &mut inflated[len..])?;
        inflated.truncate(len + n_read);
        if inflated.len() > limit_bytes {
            return Err(Failure::too_large(limit_bytes));
        }
        if n_read < STEP_BYTES {
            return Ok(inflated.freeze());
        }
    }
}

fn zstd_reader<'a>(body: impl BufRead + 'a) -> std::io::Result<impl Read + 'a> {
    let mut reader = zstd::stream::read::Decoder::with_buffer(body)?;
    reader.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    Ok(reader)
}

/// Reads until `buffer` is full or the stream ends.
fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> Result<usize, Failure> {
    let mut n_read = 0;
    while n_read < buffer.len() {
        match reader.read(&mut buffer[n_read..]).map_err(|_| broken())? {
            0 => break,
            n => n_read += n,
        }
    }
    Ok(n_read)
}

fn broken() -> Failure {
    Failure::malformed("the body cannot be decompressed: it is not what its encoding header says")
}
