//! A loaded ZisK guest, and the [`Zkvm`] that loads it.

use crate::decode::{decode, Decoded};
use crate::functions::{FunctionMap, GuestRange};
use crate::heap::HeapSymbols;
use crate::image::InitialData;
use crate::layout::Layout;
use crate::loader;
use crate::memory::Memory;
use crate::official::{self, OUTPUT_ADDR};
use crate::recorder::{FullRecorder, PlainRecorder, Recorder};
use crate::run::{End, Machine};
use crate::{assemble, stats, versions};
use std::sync::Arc;
use zkperf_exec::{
    symbols_note, CodeBytes, Control, ExecError, Fault, GuestInput, Interrupt, LoadError, Outcome,
    Program, Recognized, RunRequest, Zkvm,
};
use zkperf_profile::{CostModel, Profile};
use zkperf_symbols::{Origin, SymbolTable};

/// Public output of a ZisK guest: 64 words of 4 bytes.
const OUTPUT_BYTES: u64 = 256;

/// ZisK, at the version this crate was compiled for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Zisk;

impl Zkvm for Zisk {
    fn name(&self) -> &'static str {
        "zisk"
    }

    fn version(&self) -> &'static str {
        official::VERSION
    }

    fn time_unit(&self) -> &'static str {
        "steps"
    }

    fn cost_model(&self) -> CostModel {
        assemble::cost_model()
    }

    fn recognize(&self, elf: &[u8]) -> Option<Recognized> {
        versions::recognize(elf)
    }

    fn load(&self, elf: &[u8]) -> Result<Box<dyn Program>, LoadError> {
        Ok(Box::new(ZiskProgram::load(elf)?))
    }

    fn csr_name(&self, csr: u16) -> Option<&'static str> {
        crate::csrs::name(csr)
    }

    fn stats_text(&self, profile: &Profile) -> String {
        stats::text(profile)
    }
}

/// What the report says about the size of the program's ROM.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RomSize {
    pub(crate) instructions: u64,
    pub(crate) rom_words: u64,
    pub(crate) ram_words: u64,
}

/// A guest in compact form; the official image it came from is gone.
pub(crate) struct ZiskProgram {
    pub(crate) decoded: Decoded,
    pub(crate) rom_size: RomSize,
    pub(crate) heap: HeapSymbols,
    data: InitialData,
    code: Arc<CodeBytes>,
    loader_peak_bytes: u64,
    notes: Vec<String>,
}

impl ZiskProgram {
    fn load(elf: &[u8]) -> Result<Self, LoadError> {
        // Reading symbols takes a third as long as everything else here, and needs nothing of it.
        let (image, ranges) = std::thread::scope(|scope| {
            let ranges = scope.spawn(|| guest_ranges(elf));
            (loader::load(elf), ranges.join().unwrap_or_default())
        });
        let image = image?;
        let loader_peak_bytes = loader::peak_bytes();
        let layout = Layout::new(&image.insts);
        let functions = FunctionMap::new(&image, &layout, &ranges);
        let decoded = decode(&image.insts, layout, functions);
        let data = image.data;
        let rom_size = RomSize {
            instructions: image.insts.len() as u64,
            rom_words: data.rom_words(),
            ram_words: data.ram_words(),
        };
        Ok(Self {
            decoded,
            rom_size,
            heap: HeapSymbols::of(elf),
            data,
            code: Arc::new(CodeBytes::of(elf)),
            loader_peak_bytes,
            notes: symbols_note(elf).into_iter().collect(),
        })
    }

    fn machine(&self, input: &GuestInput) -> Result<Machine<'_>, ExecError> {
        if !input.args.is_empty() || !input.env.is_empty() || input.stdin.is_some() {
            return Err(ExecError::Option(
                "ZisK guests have no arguments, environment or serialized stdin; pass --input files"
                    .into(),
            ));
        }
        let input = input.buffers.concat();
        Ok(Machine::new(
            &self.decoded,
            Memory::new(&self.data, &input)?,
        ))
    }

    fn outcome(&self, machine: &Machine, end: End) -> Outcome {
        let output: Vec<u8> = (0..OUTPUT_BYTES / 8)
            .flat_map(|word| {
                machine
                    .memory
                    .ram_word(OUTPUT_ADDR + 8 * word)
                    .to_le_bytes()
            })
            .collect();
        Outcome {
            output,
            steps: machine.steps,
            touched_bytes: machine.memory.touched_bytes(),
            loader_peak_bytes: self.loader_peak_bytes,
            fault: self.fault(machine, end),
            profile: None,
        }
    }

    fn fault(&self, machine: &Machine, end: End) -> Option<Fault> {
        let (index, cause) = match end {
            End::Finished => return None,
            End::Fault { index, cause } => (index, cause),
            End::Interrupted {
                index,
                why: Interrupt::StepLimit,
            } => (
                Some(index),
                "the step limit was reached (raise it with --max-steps)".to_owned(),
            ),
            End::Interrupted {
                index,
                why: Interrupt::Cancelled,
            } => (Some(index), "cancelled".to_owned()),
        };
        let pc = index.map_or(0, |index| u64::from(self.decoded.source_pcs[index]));
        Some(Fault {
            pc,
            function: self.decoded.functions.name_of(pc),
            steps: machine.steps,
            cause,
        })
    }

    fn execute<R: Recorder>(
        &self,
        machine: &mut Machine,
        recorder: &mut R,
        control: &mut Control,
    ) -> Outcome {
        let end = machine.run(recorder, control);
        self.outcome(machine, end)
    }
}

impl Program for ZiskProgram {
    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn run(&self, input: &GuestInput, control: &mut Control) -> Result<Outcome, ExecError> {
        let mut machine = self.machine(input)?;
        Ok(self.execute(&mut machine, &mut PlainRecorder, control))
    }

    fn profile(&self, request: RunRequest, control: &mut Control) -> Result<Outcome, ExecError> {
        let mut machine = self.machine(&request.input)?;
        let entry = Machine::entry(&self.decoded)
            .ok_or_else(|| ExecError::Internal("the program has no BIOS entry".into()))?;
        let mut recorder = FullRecorder::new(&self.decoded, entry, &request.probes, &self.code);
        let mut outcome = self.execute(&mut machine, &mut recorder, control);
        recorder.finish();
        let heap = self.heap.usage(&machine.memory);
        drop(machine);
        let data = assemble::profile_data(self, recorder, heap, &outcome, request.run);
        outcome.profile =
            Some(Profile::new(data).map_err(|error| ExecError::Internal(error.to_string()))?);
        Ok(outcome)
    }
}

/// Function ranges of the guest's own symbols; none if the ELF is stripped.
fn guest_ranges(elf: &[u8]) -> Vec<GuestRange> {
    let Ok(table) = SymbolTable::from_elf(elf) else {
        return Vec::new();
    };
    let ranges = table.ranges().iter().filter_map(|range| {
        let symbol = table.symbol(range.symbol);
        matches!(symbol.origin, Origin::Function | Origin::Label).then(|| GuestRange {
            start: range.start,
            end: range.end,
            is_start: range.start == symbol.start,
            name: symbol.name.full.clone(),
            symbol: symbol.name.raw.clone(),
        })
    });
    ranges.collect()
}
