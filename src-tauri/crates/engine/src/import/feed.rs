//! A file whose bytes come from elsewhere, piece by piece: from a browser, or from a page in the window.

use super::stop::Stop;
use bytes::{Buf, Bytes};
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Pieces that wait to be read; who feeds waits for room.
const PIECES: usize = 4;

/// How long the next piece may take: a page that was closed sends none, and says nothing.
const PIECE_TIMEOUT: Duration = Duration::from_secs(30);

enum Piece {
    Bytes(Bytes),
    /// The file is whole.
    End,
}

/// Where the bytes go in. A file that is not ended before the last feed of it is dropped breaks off.
#[derive(Clone)]
pub struct Feed(mpsc::Sender<Piece>);

/// Nobody reads it any more: it was stopped, or is no telemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended;

impl Feed {
    /// Adds bytes; waits until there is room for them.
    ///
    /// # Errors
    /// [`Ended`].
    pub async fn bytes(&self, bytes: Bytes) -> Result<(), Ended> {
        self.0.send(Piece::Bytes(bytes)).await.map_err(|_| Ended)
    }

    /// Says that this was all.
    ///
    /// # Errors
    /// [`Ended`].
    pub async fn end(&self) -> Result<(), Ended> {
        self.0.send(Piece::End).await.map_err(|_| Ended)
    }

    /// Returns once nobody reads it any more.
    pub async fn ended(&self) {
        self.0.closed().await;
    }
}

/// Where they come out.
pub(super) struct Fed {
    pieces: mpsc::Receiver<Piece>,
    /// What is left of the last one.
    piece: Bytes,
    is_whole: bool,
    stop: Arc<Stop>,
    runtime: Handle,
}

/// A file to be fed, in a runtime.
pub(super) fn feed(stop: Arc<Stop>) -> (Feed, Fed) {
    let (sender, pieces) = mpsc::channel(PIECES);
    let fed = Fed { pieces, piece: Bytes::new(), is_whole: false, stop, runtime: Handle::current() };
    (Feed(sender), fed)
}

impl Fed {
    /// Waits for a piece.
    fn next(&mut self) -> io::Result<()> {
        let received = self.runtime.block_on(async {
            tokio::select! {
                received = tokio::time::timeout(PIECE_TIMEOUT, self.pieces.recv()) => received,
                () = self.stop.wait() => Ok(None),
            }
        });
        match received {
            Ok(Some(Piece::Bytes(bytes))) => self.piece = bytes,
            Ok(Some(Piece::End)) => self.is_whole = true,
            Ok(None) => {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it broke off on its way here"));
            }
            Err(_) => {
                let reason = format!("nothing more of it came for {} s", PIECE_TIMEOUT.as_secs());
                return Err(io::Error::new(io::ErrorKind::TimedOut, reason));
            }
        }
        Ok(())
    }
}

impl Read for Fed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !self.is_whole {
            self.next()?;
        }
        let n = self.piece.len().min(into.len());
        self.piece.copy_to_slice(&mut into[..n]);
        Ok(n)
    }
}
