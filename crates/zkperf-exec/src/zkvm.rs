//! The seam between zkperf and a zkVM.

use crate::{Control, ExecError, Fault, LoadError, Probe};
use zkperf_profile::{CostModel, Profile, Run};

/// A zkVM at one version. Implementations live in crates of their own.
pub trait Zkvm: Sync {
    /// Name on the command line: `zisk`, `sp1`, ...
    fn name(&self) -> &'static str;
    /// Exact version of the official crates this engine follows.
    fn version(&self) -> &'static str;
    /// Name and version as `--zkvm` takes them: `zisk@1.4.0-alpha`.
    fn id(&self) -> String {
        format!("{}@{}", self.name(), self.version())
    }
    /// Name of one step of time: `steps`, `cycles`, ...
    fn time_unit(&self) -> &'static str;
    /// Whether a run is split into segments whose size can be chosen (`Control::segment_po2`).
    fn has_segments(&self) -> bool {
        false
    }
    /// Identity of its cost model: what two profiles must share for their costs to be compared.
    fn cost_model(&self) -> CostModel;
    /// Whether an ELF is a guest of this zkVM, and of which of its versions: this one, or another that is
    /// known. Reads the headers only.
    fn recognize(&self, _elf: &[u8]) -> Option<Recognized> {
        None
    }
    /// Decodes a guest.
    ///
    /// # Errors
    /// [`LoadError`] if it is not a guest of this zkVM.
    fn load(&self, elf: &[u8]) -> Result<Box<dyn Program>, LoadError>;
    /// The ELFs that a guest's file consists of, the guest's own first: what debug information is read from.
    fn elves<'a>(&self, file: &'a [u8]) -> Vec<&'a [u8]> {
        vec![file]
    }
    /// What an access to a control and status register is in a guest, as the profile's tables call it: a precompile, for
    /// one. Nothing where the register is none of this zkVM's own.
    fn csr_name(&self, _csr: u16) -> Option<&'static str> {
        None
    }
    /// The text report of a profile in the layout of the zkVM's own tool.
    fn stats_text(&self, profile: &Profile) -> String;
}

/// What an ELF was recognized as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognized {
    /// Version of the zkVM it is for.
    pub version: String,
    /// What shows it, such as "its entry point 0x80000000 lies where 1.1.0-alpha has its program".
    pub reason: String,
}

/// A decoded guest, ready to run any number of times, several at once.
pub trait Program: Sync {
    /// Runs without recording: output and time only.
    ///
    /// # Errors
    /// [`ExecError`]; a guest that stops early is an [`Outcome`] with a fault, not an error.
    fn run(&self, input: &GuestInput, control: &mut Control) -> Result<Outcome, ExecError>;

    /// Runs and records everything.
    ///
    /// # Errors
    /// As [`Program::run`].
    fn profile(&self, request: RunRequest, control: &mut Control) -> Result<Outcome, ExecError>;

    /// What the user should know of this guest before its figures, one sentence each: that it has no
    /// symbols, for one.
    fn notes(&self) -> &[String] {
        &[]
    }
}

/// What a guest reads. A zkVM that has no place for a part of it refuses the part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuestInput {
    /// The buffers, in order, as they stand in the input files.
    pub buffers: Vec<Vec<u8>>,
    /// A whole standard input in the zkVM's own serialized form (SP1's `SP1Stdin`), in place of
    /// `buffers`.
    pub stdin: Option<Vec<u8>>,
    /// Command-line arguments of the guest.
    pub args: Vec<String>,
    /// Environment of the guest: (name, value).
    pub env: Vec<(String, String)>,
}

/// A profile's identity, as far as the caller knows it, and the input.
#[derive(Debug, Clone, Default)]
pub struct RunRequest {
    /// The input.
    pub input: GuestInput,
    /// Title, guest and input identity; the engine fills in the rest.
    pub run: Run,
    /// What to label, and with what.
    pub probes: Vec<Probe>,
}

/// What a run gave.
#[derive(Debug)]
pub struct Outcome {
    /// Public output.
    pub output: Vec<u8>,
    /// Steps (cycles) executed, in the zkVM's unit of time.
    pub steps: u64,
    /// Bytes of guest memory that were touched, input and program data included.
    pub touched_bytes: u64,
    /// Peak memory of this process when the official loader had built the image, in bytes; 0 where
    /// unknown. What lies above it and above `touched_bytes` is zkperf's own.
    pub loader_peak_bytes: u64,
    /// Why the guest stopped early, if it did.
    pub fault: Option<Fault>,
    /// The profile, where one was asked for; partial if there was a fault.
    pub profile: Option<Profile>,
}
