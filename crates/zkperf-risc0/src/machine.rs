//! The state of a run, access to memory with its paging, and where segments begin and end.

use zkperf_exec::{Control, ExecError, Interrupt};

use crate::bigint;
use crate::code::Code;
use crate::fast::LONGEST_RUN;
use crate::host::{Host, View};
use crate::image::Image;
use crate::memory::Memory;
use crate::pager::{bit, Paged, Pager};
use crate::recorder::Recorder;
use crate::rules::{
    Ecall, SegmentRule, DIGEST_WORDS, INPUT_DIGEST, MACHINE_REGISTERS, MEMORY_END_WORD,
    OUTPUT_DIGEST, PAGE_BYTES, RESERVED_CYCLES, SEGMENT_IN_CYCLES, SEGMENT_OUT_CYCLES,
    SUSPEND_MODE, SUSPEND_PC, USER_REGISTERS,
};
use crate::window::window;

/// Shift from a word address to its page.
const WORD_TO_PAGE: u32 = (PAGE_BYTES / 4).trailing_zeros();

/// Room for 32 registers and for what is written to `x0` by the step loop.
pub(crate) type Registers = [u32; 64];

/// Why a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The guest terminated: `a0` and `a1` of the machine's TERMINATE.
    Terminated { a0: u32 },
    /// The run cannot go on; what happened, in one clause.
    Fault(String),
    /// A limit, or the caller.
    Interrupted(Interrupt),
}

/// A segment, as the prover will get it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) po2: u32,
    pub(crate) user_cycles: u64,
    pub(crate) paging_cycles: u64,
    pub(crate) pages_in: u64,
    pub(crate) pages_out: u64,
    /// pc of the step that went to the next segment; 0 for the last.
    pub(crate) split_before: u32,
}

impl Segment {
    /// Rows of the segment.
    pub(crate) fn total_cycles(&self) -> u64 {
        1 << self.po2
    }

    /// Rows that are neither user nor paging cycles: look-up tables, and padding up to the power of two.
    pub(crate) fn reserved_cycles(&self) -> u64 {
        self.total_cycles() - self.user_cycles - self.paging_cycles
    }
}

/// Count and rows of a kind of machine ecall.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct EcallMetric {
    pub(crate) count: u64,
    pub(crate) cycles: u64,
}

/// A run.
pub(crate) struct Machine<'p> {
    pub(crate) memory: Memory,
    pub(crate) pager: Pager,
    pub(crate) code: Code<'p>,
    pub(crate) host: Host,
    /// The user's and the machine's registers.
    pub(crate) registers: [Registers; 2],
    pub(crate) pc: u32,
    /// Whether the kernel runs.
    pub(crate) machine_mode: bool,
    /// pc of the last user instruction that entered the kernel.
    pub(crate) entered_from: u32,
    pub(crate) rule: SegmentRule,
    /// User cycles of the run.
    pub(crate) user_cycles: u64,
    /// The running segment; its `po2` is not known yet.
    pub(crate) segment: Segment,
    pub(crate) segments: Vec<Segment>,
    /// What the starts of segments cost.
    pub(crate) segment_starts: Paged,
    pub(crate) ecalls: [EcallMetric; Ecall::ALL.len()],
    pub(crate) bigint_programs: bigint::Programs,
    /// What the kernel last wrote: its panic message.
    pub(crate) kernel_message: String,
    next_poll: u64,
    max_user_cycles: u64,
}

impl<'p> Machine<'p> {
    pub(crate) fn new(
        image: &Image,
        code: Code<'p>,
        host: Host,
        rule: SegmentRule,
    ) -> Result<Self, ExecError> {
        let mut memory = Memory::new()?;
        let mut pager = Pager::new();
        for stretch in &image.stretches {
            memory.fill(stretch.start, &stretch.bytes);
            let words = stretch.bytes.len() as u32 / 4;
            for word in (0..words)
                .step_by(PAGE_BYTES as usize / 4)
                .chain(words.checked_sub(1))
            {
                pager.note_image_page((stretch.start + 4 * word) / PAGE_BYTES);
            }
        }
        let mut machine = Self {
            memory,
            pager,
            code,
            host,
            registers: [[0; 64]; 2],
            pc: 0,
            machine_mode: false,
            entered_from: 0,
            rule,
            user_cycles: 0,
            segment: Segment::default(),
            segments: Vec::new(),
            segment_starts: Paged::default(),
            ecalls: Default::default(),
            bigint_programs: bigint::Programs::default(),
            kernel_message: String::new(),
            next_poll: 0,
            max_user_cycles: 0,
        };
        for index in 0..32 {
            machine.registers[1][index] = machine.memory.word(MACHINE_REGISTERS / 4 + index as u32);
            machine.registers[0][index] = machine.memory.word(USER_REGISTERS / 4 + index as u32);
        }
        machine.resume();
        Ok(machine)
    }

    /// Starts a segment (`Risc0Machine::resume`, `Executor::resume`).
    fn resume(&mut self) {
        self.pager.reset();
        self.pager.load(SUSPEND_PC / PAGE_BYTES);
        self.pc = self.memory.word(SUSPEND_PC / 4);
        self.machine_mode = self.memory.word(SUSPEND_MODE / 4) != 0;
        self.pager.store(INPUT_DIGEST / PAGE_BYTES);
        // No input digest is given, as by the official default: zeros.
        for word in 0..DIGEST_WORDS {
            self.memory.set_word(INPUT_DIGEST / 4 + word, 0);
        }
        let mut paged = self.pager.take();
        paged.in_cycles += SEGMENT_IN_CYCLES;
        paged.out_cycles += SEGMENT_OUT_CYCLES;
        self.segment = Segment::default();
        self.note_paged(paged);
        self.segment_starts.add(paged);
    }

    /// Adds paging to the running segment.
    pub(crate) fn note_paged(&mut self, paged: Paged) {
        self.segment.paging_cycles += paged.cycles();
        self.segment.pages_in += paged.pages_in;
        self.segment.pages_out += paged.pages_out;
    }

    /// Adds user cycles.
    pub(crate) fn note_user(&mut self, cycles: u64) {
        self.user_cycles += cycles;
        self.segment.user_cycles += cycles;
    }

    /// User and paging cycles of the running segment.
    fn used(&self) -> u64 {
        self.segment.user_cycles + self.segment.paging_cycles
    }

    /// Takes over the limits of a run that is about to begin.
    pub(crate) fn set_limits<R: Recorder>(&mut self, recorder: &R, control: &Control) {
        self.max_user_cycles = control.max_steps;
        self.next_poll = recorder.poll_interval();
    }

    /// What has to be done between two steps: limits, and the end of a segment.
    pub(crate) fn between_steps<R: Recorder>(
        &mut self,
        recorder: &mut R,
        control: &mut Control,
    ) -> Result<(), Stop> {
        if self.user_cycles >= self.max_user_cycles {
            return Err(Stop::Interrupted(Interrupt::StepLimit));
        }
        // A little early, so that the step loop need not stop for it.
        if self.user_cycles + LONGEST_RUN >= self.next_poll {
            control.poll(self.user_cycles).map_err(Stop::Interrupted)?;
            while self.user_cycles + LONGEST_RUN >= self.next_poll {
                recorder.tick();
                self.next_poll += recorder.poll_interval();
            }
        }
        if self.used() > self.rule.split_above {
            self.split()?;
        }
        Ok(())
    }

    /// Cycles that may pass before [`Self::between_steps`] has something to do.
    pub(crate) fn budget(&self) -> i64 {
        let until_split = self.rule.split_above as i64 - self.used() as i64;
        let limit = self.next_poll.min(self.max_user_cycles);
        until_split.min(limit as i64 - self.user_cycles as i64)
    }

    fn split(&mut self) -> Result<(), Stop> {
        if self.used() + RESERVED_CYCLES >= self.rule.rows() {
            return Err(Stop::Fault(format!(
                "segments of 2^{} cycles are too small for the instruction before this one: {} user and paging cycles and {RESERVED_CYCLES} reserved ones (take larger segments with --po2)",
                self.rule.po2,
                self.used()
            )));
        }
        self.segment.po2 = self.rule.po2;
        self.segment.split_before = self.pc;
        self.segments.push(self.segment);
        self.memory.set_word(SUSPEND_PC / 4, self.pc);
        self.memory
            .set_word(SUSPEND_MODE / 4, u32::from(self.machine_mode));
        self.resume();
        Ok(())
    }

    /// Closes the last segment at the smallest power of two that holds it.
    pub(crate) fn close(&mut self) {
        let rows = (self.used() + RESERVED_CYCLES).next_power_of_two();
        self.segment.po2 = rows.trailing_zeros();
        self.segments.push(self.segment);
    }

    /// A load: pages, except in the register windows.
    pub(crate) fn load(&mut self, word: u32) -> Result<u32, Stop> {
        if word >= MEMORY_END_WORD {
            return Err(beyond_memory("load", word));
        }
        if let Some((file, index)) = window(word) {
            return Ok(self.registers[file][index]);
        }
        self.pager.load(word >> WORD_TO_PAGE);
        Ok(self.memory.word(word))
    }

    /// Loads of words that follow each other in ordinary memory, at most a page of them.
    pub(crate) fn load_array<const WORDS: usize>(&mut self, start: u32) -> [u32; WORDS] {
        const { assert!(WORDS > 0 && WORDS <= PAGE_BYTES as usize / 4) };
        // They lie in these two pages; what is left is to look at memory.
        self.pager.load(start >> WORD_TO_PAGE);
        self.pager.load((start + WORDS as u32 - 1) >> WORD_TO_PAGE);
        self.memory.words(start)
    }

    /// A store: pages, except in the register windows; and code stored over is forgotten.
    pub(crate) fn store(&mut self, word: u32, value: u32) -> Result<(), Stop> {
        if word >= MEMORY_END_WORD {
            return Err(beyond_memory("store", word));
        }
        if let Some((file, index)) = window(word) {
            self.registers[file][index] = value;
            return Ok(());
        }
        let page = word >> WORD_TO_PAGE;
        self.pager.store(page);
        if self.pager.pages[page as usize] & bit::CODE != 0 {
            self.code.store_over(word, self.memory.word(word));
        }
        self.memory.set_word(word, value);
        Ok(())
    }

    /// A store of one byte.
    pub(crate) fn store_byte(&mut self, address: u32, byte: u8) -> Result<(), Stop> {
        let shift = 8 * (address & 3);
        let word = self.load(address >> 2)?;
        self.store(
            address >> 2,
            word & !(0xff << shift) | u32::from(byte) << shift,
        )
    }

    /// A look at a word: never pages.
    pub(crate) fn peek(&self, word: u32) -> Option<u32> {
        if let Some((file, index)) = window(word) {
            return Some(self.registers[file][index]);
        }
        (word < MEMORY_END_WORD).then(|| self.memory.word(word))
    }

    /// A look at a byte.
    pub(crate) fn peek_byte(&self, address: u32) -> u8 {
        if window(address >> 2).is_none() {
            return self.memory.byte(address);
        }
        let word = self.peek(address >> 2).unwrap_or(0);
        word.to_le_bytes()[(address & 3) as usize]
    }

    /// Whether the guest set an output digest.
    pub(crate) fn has_output(&self) -> bool {
        (0..DIGEST_WORDS).any(|at| self.memory.word(OUTPUT_DIGEST / 4 + at) != 0)
    }

    /// A machine register.
    pub(crate) fn machine_register(&self, index: usize) -> u32 {
        self.registers[1][index]
    }

    /// Bytes of guest memory that were touched.
    pub(crate) fn touched_bytes(&self) -> u64 {
        self.pager.pages_ever() * u64::from(PAGE_BYTES)
    }

    /// Counts rows of a machine ecall.
    pub(crate) fn note_ecall(&mut self, ecall: Ecall, rows: u64) {
        let metric = &mut self.ecalls[ecall as usize];
        metric.count += 1;
        metric.cycles += rows;
    }
}

impl View for Machine<'_> {
    fn register(&self, index: usize) -> u32 {
        self.registers[0][index]
    }

    fn bytes(&self, address: u32, length: u32) -> Option<Vec<u8>> {
        let end = address.checked_add(length)?;
        Some((address..end).map(|at| self.peek_byte(at)).collect())
    }

    fn cycles(&self) -> u64 {
        self.user_cycles
    }
}

fn beyond_memory(what: &str, word: u32) -> Stop {
    Stop::Fault(format!(
        "{what} at word address 0x{word:08x}, beyond the end of memory"
    ))
}
