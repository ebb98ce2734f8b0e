//! A named moment, so that what came after it can be compared with what came before: an event called `marker`, sent to
//! the Skep that runs on a directory.

use crate::args::MarkArgs;
use crate::ask::data_dir;
use crate::failure::Failure;
use skep_engine::model::Value;
use skep_engine::query::{Cancel, Cell, TimeRange};
use skep_engine::{View, running_http};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a running Skep may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of an answer that are read.
const ANSWER_BYTES_MAX: u64 = 4 << 10;

pub(crate) fn mark(args: &MarkArgs) -> Result<(), Failure> {
    let dir = data_dir(&args.store)?;
    let address = running_http(&dir)
        .ok_or_else(|| Failure::Usage(format!("no Skep runs on {}: start one, then mark", dir.display())))?;
    let status = post(address, &serde_json::json!({ "message": args.name, "type": "run" }).to_string())?;
    if !status.contains(" 20") {
        return Err(Failure::Other(anyhow::anyhow!("the mark was refused: {status}")));
    }
    writeln!(std::io::stdout(), "marked {:?}", args.name)?;
    Ok(())
}

/// Sends a marker and gives the status line of the answer.
fn post(address: SocketAddr, body: &str) -> Result<String, Failure> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    write!(
        stream,
        "POST /1/markers/skep HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

/// The last moment that was given a name, in nanoseconds since the Unix epoch.
pub(crate) fn moment_of(view: &View, name: &str) -> Result<i64, Failure> {
    let name_text = Value::text(name.to_owned());
    let quoted = serde_json::to_string(&name_text)?;
    let text = format!("SELECT MAX(timestamp_ns) WHERE name = marker AND marker.message = {quoted}");
    let table = view
        .query(&text, TimeRange::ALL, &Cancel::default())
        .map_err(|error| Failure::Other(anyhow::anyhow!("{error}")))?;
    match table.rows.first().and_then(|row| row.first()) {
        Some(Cell::Int(moment)) => Ok(*moment),
        _ => Err(Failure::Usage(format!("nothing is marked {name:?}; skep mark NAME does it"))),
    }
}
