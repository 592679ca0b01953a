//! A loaded SP1 guest, and the [`Zkvm`] that loads it.

use crate::decode::{decode, Decoded};
use crate::ecall::Host;
use crate::elf::{self, Image};
use crate::full::FullRecorder;
use crate::machine::{End, Machine};
use crate::memory::Memory;
use crate::shards::SHARD_LIMITS;
use crate::{assemble, stats, stdin};
use std::sync::Arc;
use zkperf_exec::{
    symbols_note, CodeBytes, Control, ExecError, Fault, GuestInput, Interrupt, LoadError, Outcome,
    Program, Recognized, RunRequest, Zkvm,
};
use zkperf_profile::{CostModel, Profile};

/// Recorded memory entries that end a chunk of the gas estimate (`GAS_TRACE_CHUNK_THRESHOLD`,
/// `src/opts.rs` of `sp1-core-executor` 6.10.0).
pub(crate) const GAS_CHUNK_ENTRIES: u64 = 1 << 27;

/// SP1 at 6.10.0.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sp1;

impl Zkvm for Sp1 {
    fn name(&self) -> &'static str {
        "sp1"
    }

    fn version(&self) -> &'static str {
        crate::elf::VERSION
    }

    fn time_unit(&self) -> &'static str {
        "cycles"
    }

    fn cost_model(&self) -> CostModel {
        assemble::cost_model()
    }

    fn recognize(&self, elf: &[u8]) -> Option<Recognized> {
        crate::elf::recognize(elf)
    }

    fn load(&self, elf: &[u8]) -> Result<Box<dyn Program>, LoadError> {
        let mut image = elf::load(elf)?;
        let decoded = decode(&image, elf)?;
        image.words = Vec::new();
        let notes = symbols_note(elf).into_iter().collect();
        Ok(Box::new(Sp1Program {
            decoded,
            image,
            code: Arc::new(CodeBytes::of(elf)),
            notes,
        }))
    }

    fn stats_text(&self, profile: &Profile) -> String {
        stats::text(profile)
    }
}

/// A guest in compact form.
pub(crate) struct Sp1Program {
    pub(crate) decoded: Decoded,
    image: Image,
    code: Arc<CodeBytes>,
    notes: Vec<String>,
}

impl Sp1Program {
    fn machine(&self, input: &GuestInput) -> Result<Machine<'_>, ExecError> {
        if !input.args.is_empty() || !input.env.is_empty() {
            return Err(ExecError::Option(
                "SP1 guests have neither arguments nor an environment; pass input buffers".into(),
            ));
        }
        let mut hints = input.buffers.clone();
        if let Some(bytes) = &input.stdin {
            if !hints.is_empty() {
                return Err(ExecError::Option(
                    "both input buffers and a serialized SP1Stdin were given".into(),
                ));
            }
            hints = stdin::buffers(bytes)
                .map_err(|why| ExecError::Input(format!(
                    "not a serialized SP1Stdin: {why}; pass plain buffers with --input, one file each"
                )))?;
        }
        let host = Host {
            hints: hints.into(),
            ..Host::default()
        };
        Ok(Machine::new(&self.decoded, Memory::new(&self.image)?, host))
    }

    fn outcome(&self, machine: &Machine, end: End) -> Outcome {
        Outcome {
            output: machine.host.public_values.clone(),
            steps: machine.cycles,
            touched_bytes: machine.memory.touched_bytes(),
            // There is no official loader here.
            loader_peak_bytes: 0,
            fault: self.fault(machine, end),
            profile: None,
        }
    }

    fn fault(&self, machine: &Machine, end: End) -> Option<Fault> {
        let (at, cause) = match end {
            End::Halted { exit_code: 0, .. } => {
                let (at, descriptor) = machine.host.unsupported_write?;
                let cause = format!(
                    "the guest wrote to file descriptor {descriptor}, which SP1 does not know (it \
                     ignores the write; the run went on to its end)"
                );
                (at, cause)
            }
            End::Halted { at, exit_code } => (
                at,
                format!("the guest exited with code {exit_code} (a panic exits with 1)"),
            ),
            End::Fault { at, cause } => (at, cause),
            End::Interrupted {
                at,
                why: Interrupt::StepLimit,
            } => (
                at,
                "the cycle limit was reached (raise it with --max-steps)".to_owned(),
            ),
            End::Interrupted {
                at,
                why: Interrupt::Cancelled,
            } => (at, "cancelled".to_owned()),
            End::Exit => return None,
        };
        let pc = self.decoded.pc(at);
        Some(Fault {
            pc,
            function: self.decoded.functions.name_of(pc),
            steps: machine.cycles,
            cause,
        })
    }
}

impl Program for Sp1Program {
    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn run(&self, input: &GuestInput, control: &mut Control) -> Result<Outcome, ExecError> {
        let mut machine = self.machine(input)?;
        let end = machine.run(control);
        Ok(self.outcome(&machine, end))
    }

    fn profile(&self, request: RunRequest, control: &mut Control) -> Result<Outcome, ExecError> {
        let mut machine = self.machine(&request.input)?;
        let chunk_entries = control.chunk_entries.unwrap_or(GAS_CHUNK_ENTRIES).max(1);
        let limits = control.shard_limits.unwrap_or(SHARD_LIMITS);
        let mut recorder = FullRecorder::new(
            &self.decoded,
            chunk_entries,
            limits,
            &request.probes,
            &self.code,
        )?;
        let end = machine.record(&mut recorder, control);
        let halted = matches!(end, End::Halted { .. });
        let mut outcome = self.outcome(&machine, end);
        recorder.finish(halted);
        let public = assemble::Public {
            digest: machine.host.digest,
            exit_code: machine.host.exit_code,
        };
        drop(machine);
        let data = assemble::profile_data(&self.decoded, recorder, public, &outcome, request.run);
        outcome.profile =
            Some(Profile::new(data).map_err(|error| ExecError::Internal(error.to_string()))?);
        Ok(outcome)
    }
}
