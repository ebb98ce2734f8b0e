use std::io::{self, Read};

/// Bytes read from the source at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// A source with room to look ahead. One that fails ends there: what was read before is not lost for it.
pub(crate) struct Input<R> {
    source: R,
    buffer: Vec<u8>,
    /// The next byte to read.
    at: usize,
    is_at_end: bool,
    error: Option<io::Error>,
}

impl<R: Read> Input<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, buffer: Vec::new(), at: 0, is_at_end: false, error: None }
    }

    /// The next `n` bytes, fewer only where the source ends.
    pub(crate) fn peek(&mut self, n: usize) -> &[u8] {
        while self.buffer.len() - self.at < n && !self.is_at_end {
            self.fill();
        }
        &self.buffer[self.at..self.buffer.len().min(self.at + n)]
    }

    /// All that was read ahead, one byte at least; nothing at the end.
    pub(crate) fn ahead(&mut self) -> &[u8] {
        self.peek(1);
        &self.buffer[self.at..]
    }

    /// Why it ended, if not because there was no more.
    pub(crate) fn error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// Steps over bytes that were looked at.
    pub(crate) fn consume(&mut self, n: usize) {
        self.at = (self.at + n).min(self.buffer.len());
    }

    /// The next `n` bytes as a message of their own; nothing where the source ends before.
    pub(crate) fn take(&mut self, n: usize) -> Option<Vec<u8>> {
        let mut taken = Vec::new();
        while taken.len() < n {
            let ahead = self.ahead();
            if ahead.is_empty() {
                return None;
            }
            let n_now = ahead.len().min(n - taken.len());
            taken.extend_from_slice(&ahead[..n_now]);
            self.consume(n_now);
        }
        Some(taken)
    }

    /// Steps over `n` bytes, however many; false where the source ends before.
    pub(crate) fn skip(&mut self, mut n: u64) -> bool {
        while n > 0 {
            let n_ahead = self.ahead().len();
            if n_ahead == 0 {
                return false;
            }
            let n_now = usize::try_from(n).unwrap_or(usize::MAX).min(n_ahead);
            self.consume(n_now);
            n -= n_now as u64;
        }
        true
    }

    fn fill(&mut self) {
        self.buffer.drain(..self.at);
        self.at = 0;
        let len = self.buffer.len();
        self.buffer.resize(len + CHUNK_BYTES, 0);
        let n_read = loop {
            match self.source.read(&mut self.buffer[len..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.error = Some(error);
                    break 0;
                }
                Ok(n_read) => break n_read,
            }
        };
        self.buffer.truncate(len + n_read);
        self.is_at_end = n_read == 0;
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let ahead = self.ahead();
        let n = ahead.len().min(into.len());
        into[..n].copy_from_slice(&ahead[..n]);
        self.consume(n);
        match self.error() {
            Some(error) if n == 0 && !into.is_empty() => Err(error),
            other => {
                self.error = other;
                Ok(n)
            }
        }
    }
}
