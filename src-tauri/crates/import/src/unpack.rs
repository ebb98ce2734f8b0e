use crate::input::Input;
use flate2::read::MultiGzDecoder;
use std::io::{self, BufReader, Read};

/// The base-2 logarithm of the largest zstd window, 8 MiB, as the receiver allows.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

const GZIP: &[u8] = &[0x1f, 0x8b];
pub(crate) const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Undoes gzip or zstd, told by their first bytes.
pub(crate) fn unpack<'f>(file: impl Read + 'f) -> Box<dyn Read + 'f> {
    let mut input = Input::new(file);
    let first = input.peek(ZSTD.len());
    if first.starts_with(GZIP) {
        Box::new(MultiGzDecoder::new(input))
    } else if first.starts_with(ZSTD) {
        match unzstd(input) {
            Ok(unpacked) => Box::new(unpacked),
            Err(error) => Box::new(Failing(Some(error))),
        }
    } else {
        Box::new(input)
    }
}

/// Undoes zstd.
pub(crate) fn unzstd<'f>(packed: impl Read + 'f) -> io::Result<impl Read + 'f> {
    let mut unpacked = zstd::stream::read::Decoder::with_buffer(BufReader::new(packed))?;
    unpacked.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
    Ok(unpacked)
}

/// What could not be begun to be unpacked.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
