//! What a caller may ask of a running engine: limits, how to split the run, progress, cancellation,
//! guest stdout.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Steps (or cycles) executed so far, in the zkVM's own unit of time.
    pub steps: u64,
}

/// Receives progress now and then; never on the hot path.
pub type ProgressSink<'a> = Box<dyn FnMut(Progress) + 'a>;

/// Receives what the guest prints, as it prints it.
pub type StdoutSink<'a> = Box<dyn FnMut(&[u8]) + 'a>;

/// Why a run was stopped from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// The step limit was reached.
    StepLimit,
    /// The caller cancelled (Ctrl-C).
    Cancelled,
}

/// When a shard ends, for zkVMs that cut a run by the size of its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardLimits {
    /// Trace area, in field elements.
    pub area: u64,
    /// Rows of one table.
    pub height: u64,
    /// Recorded memory entries of a trace chunk.
    pub entries: u64,
}

/// Limits, options and callbacks of one run. An engine reads the options that its zkVM has.
pub struct Control<'a> {
    /// The run stops before its step number `max_steps`. In the zkVM's unit of time.
    pub max_steps: u64,
    /// Largest segment, as a power of two of cycles, for zkVMs that split a run into segments;
    /// `None` is the zkVM's own default.
    pub segment_po2: Option<u32>,
    /// Recorded memory entries after which a chunk ends, for zkVMs whose costs depend on chunks;
    /// `None` is the zkVM's own default.
    pub chunk_entries: Option<u64>,
    /// Limits of a shard; `None` is the zkVM's own default.
    pub shard_limits: Option<ShardLimits>,
    /// Set from anywhere (a signal handler) to stop the run.
    pub cancel: Arc<AtomicBool>,
    /// Called every few million steps.
    pub progress: Option<ProgressSink<'a>>,
    /// Called with the bytes the guest prints.
    pub stdout: Option<StdoutSink<'a>>,
}

impl Default for Control<'_> {
    fn default() -> Self {
        Self {
            // ziskemu's own default (`-n`, ziskemu/src/emu_options.rs).
            max_steps: (1 << 36) - 1,
            segment_po2: None,
            chunk_entries: None,
            shard_limits: None,
            cancel: Arc::new(AtomicBool::new(false)),
            progress: None,
            stdout: None,
        }
    }
}

impl Control<'_> {
    /// Reports progress and says whether the run must stop.
    ///
    /// # Errors
    /// The reason to stop.
    pub fn poll(&mut self, steps: u64) -> Result<(), Interrupt> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Interrupt::Cancelled);
        }
        if steps >= self.max_steps {
            return Err(Interrupt::StepLimit);
        }
        if let Some(progress) = &mut self.progress {
            progress(Progress { steps });
        }
        Ok(())
    }

    /// Passes guest output on.
    pub fn print(&mut self, bytes: &[u8]) {
        if let Some(stdout) = &mut self.stdout {
            stdout(bytes);
        }
    }
}
