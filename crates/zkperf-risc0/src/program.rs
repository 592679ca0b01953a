//! A loaded RISC Zero guest, and the [`Zkvm`] that loads it.

use std::sync::Arc;
use zkperf_exec::{
    riscv, symbols_note, CodeBytes, Control, ExecError, Fault, FunctionIndex, FunctionMap,
    GuestInput, Interrupt, LoadError, Outcome, Program, Recognized, RunRequest, Zkvm,
};
use zkperf_profile::{CostModel, Function, Origin, Profile};
use zkperf_symbols::{Origin as SymbolOrigin, SymbolTable};

use crate::code::{Code, CodeMap};
use crate::host::Host;
use crate::image::{kernel_note, GuestFile, Image, Stretch};
use crate::machine::{Machine, Stop};
use crate::recorder::{FullRecorder, PlainRecorder, Recorder};
use crate::rules::{SegmentRule, DEFAULT_PO2, KERNEL_START, PO2_RANGE};
use crate::{assemble, stats};

/// RISC Zero: zkVM 3.0.6 with circuit rv32im 4.0.5.
#[derive(Debug, Clone, Copy, Default)]
pub struct Risc0;

/// Version of `risc0-zkvm` that this engine follows.
pub(crate) const VERSION: &str = "3.0.6";
/// Version of the circuit, which makes the costs.
pub(crate) const CIRCUIT_VERSION: &str = "4.0.5";

impl Zkvm for Risc0 {
    fn name(&self) -> &'static str {
        "risc0"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn time_unit(&self) -> &'static str {
        "cycles"
    }

    fn has_segments(&self) -> bool {
        true
    }

    fn cost_model(&self) -> CostModel {
        assemble::cost_model()
    }

    fn recognize(&self, elf: &[u8]) -> Option<Recognized> {
        crate::image::recognize(elf)
    }

    fn elves<'a>(&self, file: &'a [u8]) -> Vec<&'a [u8]> {
        GuestFile::open(file).map_or(Vec::new(), |file| vec![file.user, file.kernel])
    }

    fn load(&self, elf: &[u8]) -> Result<Box<dyn Program>, LoadError> {
        Ok(Box::new(Risc0Program::load(elf)?))
    }

    fn stats_text(&self, profile: &Profile) -> String {
        stats::text(profile)
    }
}

/// A guest with its kernel.
pub(crate) struct Risc0Program {
    image: Image,
    code: CodeMap,
    /// The guest's functions, the kernel's, and those that stand for paging.
    pub(crate) functions: Vec<Function>,
    pub(crate) page_in: FunctionIndex,
    pub(crate) page_out: FunctionIndex,
    bytes: Arc<CodeBytes>,
    notes: Vec<String>,
}

impl Risc0Program {
    pub(crate) fn load(file: &[u8]) -> Result<Self, LoadError> {
        let file = GuestFile::open(file)?;
        let image = Image::of(&file)?;
        let (user_code, kernel_code) = executable_parts(&image.stretches);
        let map = function_map(&file, &image, &user_code, &kernel_code);
        let mut functions = map.functions().to_vec();
        let mut add = |name: &str, origin| {
            functions.push(Function {
                name: name.to_owned(),
                symbol: String::new(),
                address: None,
                bytes: 0,
                origin,
            });
            functions.len() as FunctionIndex - 1
        };
        let outside = add("[code that no ELF declares]", Origin::Unknown);
        let page_in = add("[page in]", Origin::Pseudo);
        let page_out = add("[page out]", Origin::Pseudo);
        let code = CodeMap::new(
            map,
            outside,
            (&user_code, image.user_entry),
            (&kernel_code, image.kernel_entry),
        );
        Ok(Self {
            image,
            code,
            functions,
            page_in,
            page_out,
            bytes: Arc::new(CodeBytes::of(file.user)),
            notes: kernel_note(&file)
                .into_iter()
                .chain(symbols_note(file.user))
                .collect(),
        })
    }

    pub(crate) fn machine(
        &self,
        input: &GuestInput,
        control: &Control,
    ) -> Result<Machine<'_>, ExecError> {
        let po2 = control.segment_po2.unwrap_or(DEFAULT_PO2);
        if !PO2_RANGE.contains(&po2) {
            return Err(ExecError::Option(format!(
                "segments of 2^{po2} cycles; RISC Zero takes a po2 from {} to {}",
                PO2_RANGE.start(),
                PO2_RANGE.end()
            )));
        }
        if input.stdin.is_some() {
            return Err(ExecError::Option(
                "a serialized standard input is SP1's; RISC Zero guests read plain bytes".into(),
            ));
        }
        Machine::new(
            &self.image,
            Code::new(&self.code),
            Host::new(input),
            SegmentRule::new(po2),
        )
    }

    fn execute<R: Recorder>(
        &self,
        machine: &mut Machine,
        recorder: &mut R,
        control: &mut Control,
    ) -> Outcome {
        let stop = machine.run(recorder, control);
        machine.close();
        let mut output = std::mem::take(&mut machine.host.journal);
        // A guest that halts with a digest of zeros has no output, whatever it wrote.
        if matches!(stop, Stop::Terminated { .. }) && !machine.has_output() {
            output.clear();
        }
        Outcome {
            output,
            steps: machine.user_cycles,
            touched_bytes: machine.touched_bytes(),
            loader_peak_bytes: 0,
            fault: self.fault(machine, stop),
            profile: None,
        }
    }

    fn fault(&self, machine: &Machine, stop: Stop) -> Option<Fault> {
        let cause = match stop {
            Stop::Terminated { a0 } => exit_cause(a0)?,
            Stop::Fault(cause) => self.explained(machine, cause),
            Stop::Interrupted(Interrupt::StepLimit) => {
                "the step limit was reached (raise it with --max-steps)".to_owned()
            }
            Stop::Interrupted(Interrupt::Cancelled) => "cancelled".to_owned(),
        };
        // What goes wrong in the kernel goes wrong for the guest's sake.
        let pc = if machine.machine_mode && machine.entered_from != 0 {
            machine.entered_from
        } else {
            machine.pc
        };
        Some(Fault {
            pc: u64::from(pc),
            function: self.code.name_at(pc),
            steps: machine.user_cycles,
            cause,
        })
    }

    /// A fault in the kernel, with where in the kernel it was and what the kernel said.
    fn explained(&self, machine: &Machine, cause: String) -> String {
        if !machine.machine_mode {
            return cause;
        }
        let place = self.code.name_at(machine.pc);
        let place = if place.is_empty() {
            "the kernel"
        } else {
            &place
        };
        let mut text = format!(
            "{cause}; in the kernel at pc 0x{:08x} in {place}",
            machine.pc
        );
        if !machine.kernel_message.is_empty() {
            text.push_str(": ");
            text.push_str(&machine.kernel_message);
        }
        text
    }
}

/// What an exit other than "halted with 0" says; the halt type is in the low half of `a0`, the guest's
/// own code in the high half (`exit_code_from_terminate_state`, risc0-zkvm 3.0.6 claim/receipt.rs).
fn exit_cause(a0: u32) -> Option<String> {
    match (a0 & 0xffff, a0 >> 16) {
        (0, 0) => None,
        (0, code) => Some(format!("the guest halted with exit code {code}")),
        (1, code) => Some(format!(
            "the guest paused with exit code {code}; a pause is not resumed here"
        )),
        (kind, code) => Some(format!(
            "the guest ended with halt type {kind}, code {code}"
        )),
    }
}

impl Program for Risc0Program {
    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn run(&self, input: &GuestInput, control: &mut Control) -> Result<Outcome, ExecError> {
        let mut machine = self.machine(input, control)?;
        Ok(self.execute(&mut machine, &mut PlainRecorder, control))
    }

    fn profile(&self, request: RunRequest, control: &mut Control) -> Result<Outcome, ExecError> {
        let mut machine = self.machine(&request.input, control)?;
        let slot = machine.code.slot(machine.pc);
        let entry = self.code.landing(machine.pc, slot);
        let mut recorder = FullRecorder::new(
            &machine.code,
            entry,
            &request.probes,
            &self.functions,
            &self.bytes,
        );
        let mut outcome = self.execute(&mut machine, &mut recorder, control);
        recorder.finish();
        let data = assemble::profile_data(self, &machine, &recorder, &outcome, request.run);
        drop(machine);
        outcome.profile =
            Some(Profile::new(data).map_err(|error| ExecError::Internal(error.to_string()))?);
        Ok(outcome)
    }
}

/// Bytes of a guest's memory at its start, for comparison with the official loader's image.
///
/// # Errors
/// [`LoadError`] if it is not a guest of RISC Zero.
pub fn initial_memory(file: &[u8], address: u32, length: u32) -> Result<Vec<u8>, LoadError> {
    let image = Image::of(&GuestFile::open(file)?)?;
    let mut bytes = vec![0; length as usize];
    for stretch in &image.stretches {
        for (at, byte) in stretch.bytes.iter().enumerate() {
            let offset = (stretch.start as usize + at).wrapping_sub(address as usize);
            if let Some(place) = bytes.get_mut(offset) {
                *place = *byte;
            }
        }
    }
    Ok(bytes)
}

type Parts = Vec<(u32, u32)>;

/// Executable stretches of memory: the user's and the kernel's, as (start, end).
fn executable_parts(stretches: &[Stretch]) -> (Parts, Parts) {
    let executable = stretches
        .iter()
        .filter(|s| s.executable && !s.bytes.is_empty());
    executable
        .map(|s| (s.start, s.start + s.bytes.len() as u32))
        .partition(|(start, _)| *start < KERNEL_START)
}

fn function_map(file: &GuestFile, image: &Image, user: &Parts, kernel: &Parts) -> FunctionMap {
    let mut builder = FunctionMap::builder();
    if let Ok(table) = SymbolTable::from_elf(file.user) {
        builder = builder.symbols(&table, Origin::Guest);
    }
    if let Ok(table) = SymbolTable::from_elf(file.kernel) {
        for (name, start, end) in kernel_functions(&table) {
            builder = builder.range(&name, start, end, Origin::System);
        }
    }
    let wide = |part: &(u32, u32)| (u64::from(part.0), u64::from(part.1));
    let code: Vec<(u64, u64)> = user.iter().chain(kernel).map(wide).collect();
    let entry = u64::from(image.user_entry);
    builder.finish(&code, call_targets(&image.stretches).chain([entry]))
}

/// The kernel's functions. What stands between them is hand-written and jumps back and forth between
/// its labels: one function.
fn kernel_functions(table: &SymbolTable) -> Vec<(String, u64, u64)> {
    let mut functions: Vec<(String, u64, u64)> = Vec::new();
    for range in table.ranges() {
        let symbol = table.symbol(range.symbol);
        let name = match symbol.origin {
            SymbolOrigin::Function => symbol.name.full.as_str(),
            _ => "[kernel entry]",
        };
        match functions.last_mut() {
            Some((last, _, end)) if last == name && *end == range.start => *end = range.end,
            _ => functions.push((name.to_owned(), range.start, range.end)),
        }
    }
    functions
}

/// Where `jal`s that link go: the best guess at functions where there are no symbols.
fn call_targets(stretches: &[Stretch]) -> impl Iterator<Item = u64> + '_ {
    stretches
        .iter()
        .filter(|s| s.executable)
        .flat_map(|stretch| {
            stretch
                .bytes
                .chunks_exact(4)
                .enumerate()
                .filter_map(|(at, word)| {
                    let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
                    let inst = riscv::decode::<32>(word);
                    let pc = stretch.start.wrapping_add(4 * at as u32);
                    let calls = inst.op == riscv::Op::Jal && inst.rd != 0;
                    calls.then(|| u64::from(pc.wrapping_add(inst.imm as u32)))
                })
        })
}
