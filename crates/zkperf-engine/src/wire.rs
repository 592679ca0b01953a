//! What zkperf and an engine say to each other, over the engine's stdin and stdout.
//!
//! A message is a line of JSON with the message and the lengths of the blobs behind it, and then the
//! blobs themselves: `{"message":{"load":null},"blobs":[9104544]}`, a line feed, 9,104,544 bytes.
//! zkperf asks ([`Ask`]) one thing after another and the engine answers ([`Answer`]); while a guest
//! runs, any number of [`Answer::Progress`] and [`Answer::Print`] come before the one that ends it, and
//! zkperf may send [`Ask::Cancel`]. The end of stdin also cancels.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Read, Result, Write};
use zkperf_exec::{ExecError, Fault, Probe};
use zkperf_profile::{CostModel, Run};

/// Version of this protocol; an engine of another one is not used.
pub const PROTOCOL: u32 = 2;

/// Longest line that is read before the other side is taken for something else.
const LONGEST_LINE: u64 = 64 << 20;

/// What zkperf asks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Who are you? Answered by [`Answer::Hello`].
    Hello,
    /// Decode the guest in the one blob. Answered by [`Answer::Loaded`] or [`Answer::Refused`].
    Load,
    /// Run the guest that was loaded. Answered by [`Answer::Outcome`] or [`Answer::Failed`].
    Run(Box<RunAsk>),
    /// Stop the run; partial results are still sent.
    Cancel,
    /// The text report of the profile in the one blob. Answered by [`Answer::Text`].
    StatsText,
}

/// A run as it is asked for. Blobs: the buffers, then the serialized standard input if there is one.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RunAsk {
    /// Whether to record a profile.
    pub profile: bool,
    /// As [`zkperf_exec::Control::max_steps`].
    pub max_steps: u64,
    /// As [`zkperf_exec::Control::segment_po2`].
    pub segment_po2: Option<u32>,
    /// As [`zkperf_exec::Control::chunk_entries`].
    pub chunk_entries: Option<u64>,
    /// As [`zkperf_exec::Control::shard_limits`]: area, height, entries.
    pub shard_limits: Option<[u64; 3]>,
    /// Whether the last blob is a serialized standard input.
    pub has_stdin: bool,
    /// The guest's arguments.
    pub args: Vec<String>,
    /// The guest's environment.
    pub env: Vec<(String, String)>,
    /// Identity of the run, as far as zkperf knows it.
    pub run: Run,
    /// What to label.
    pub probes: Vec<Probe>,
}

/// What an engine answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Who the engine is.
    Hello(Hello),
    /// The guest is ready; sentences the user should know.
    Loaded {
        /// As `Program::notes`.
        notes: Vec<String>,
    },
    /// The guest is not one of this zkVM; why, and what to do.
    Refused(String),
    /// Steps so far.
    Progress(u64),
    /// The guest printed the one blob.
    Print,
    /// The run is over. Blobs: the public output, then the profile's file if there is one.
    Outcome(OutcomeAnswer),
    /// The run could not be made.
    Failed(ExecError),
    /// The text in the one blob.
    Text,
}

/// Who an engine is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`] of the engine.
    pub protocol: u32,
    /// zkVM family, as on the command line.
    pub name: String,
    /// Exact version of its official crates.
    pub version: String,
    /// Name of one step of time.
    pub time_unit: String,
    /// Whether runs are split into segments.
    pub has_segments: bool,
    /// Identity of the cost model.
    pub cost_model: CostModel,
}

/// A finished run, without its blobs.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct OutcomeAnswer {
    /// As [`zkperf_exec::Outcome::steps`].
    pub steps: u64,
    /// As [`zkperf_exec::Outcome::touched_bytes`].
    pub touched_bytes: u64,
    /// As [`zkperf_exec::Outcome::loader_peak_bytes`], of the engine's process.
    pub loader_peak_bytes: u64,
    /// Why the guest stopped early.
    pub fault: Option<Fault>,
}

#[derive(Serialize, Deserialize)]
struct Line<M> {
    message: M,
    #[serde(default)]
    blobs: Vec<u64>,
}

/// Sends a message and its blobs.
///
/// # Errors
/// When the other side is gone.
pub fn send<M: Serialize>(to: &mut impl Write, message: &M, blobs: &[&[u8]]) -> Result<()> {
    let line = Line {
        message,
        blobs: blobs.iter().map(|blob| blob.len() as u64).collect(),
    };
    serde_json::to_writer(&mut *to, &line)?;
    to.write_all(b"\n")?;
    for blob in blobs {
        to.write_all(blob)?;
    }
    to.flush()
}

/// Receives a message and its blobs; `None` at the end of the stream.
///
/// # Errors
/// When the stream breaks off or holds something else.
pub fn receive<M: DeserializeOwned>(from: &mut impl BufRead) -> Result<Option<(M, Vec<Vec<u8>>)>> {
    let mut line = Vec::new();
    from.by_ref()
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    let line: Line<M> = serde_json::from_slice(&line)?;
    let mut blobs = Vec::with_capacity(line.blobs.len());
    for bytes in line.blobs {
        let mut blob = Vec::new();
        // grows with what really arrives, whatever the line promised
        from.by_ref().take(bytes).read_to_end(&mut blob)?;
        if blob.len() as u64 != bytes {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        blobs.push(blob);
    }
    Ok(Some((line.message, blobs)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_and_their_blobs_arrive_as_they_were_sent() {
        let mut pipe = Vec::new();
        send(&mut pipe, &Ask::Load, &[b"one\ntwo", b""]).unwrap();
        send(&mut pipe, &Ask::Cancel, &[]).unwrap();
        let mut from = pipe.as_slice();
        let (ask, blobs) = receive::<Ask>(&mut from).unwrap().unwrap();
        assert!(matches!(ask, Ask::Load));
        assert_eq!(blobs, [b"one\ntwo".to_vec(), Vec::new()]);
        assert!(matches!(
            receive::<Ask>(&mut from).unwrap(),
            Some((Ask::Cancel, _))
        ));
        assert!(receive::<Ask>(&mut from).unwrap().is_none());
    }

    #[test]
    fn what_is_cut_or_foreign_is_an_error() {
        let mut pipe = Vec::new();
        send(&mut pipe, &Ask::Load, &[b"12345678"]).unwrap();
        for end in 1..pipe.len() {
            assert!(receive::<Ask>(&mut &pipe[..end]).is_err(), "{end}");
        }
        assert!(receive::<Ask>(&mut b"hello, world\n".as_slice()).is_err());
    }
}
