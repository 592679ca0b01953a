//! A program being run: its state, and the way between the step loop's two forms.

use crate::decode::Decoded;
use crate::ecall::Host;
use crate::look::{look, Look};
use crate::memory::Memory;
use crate::op::{code, Op, REGISTERS, SP};
use crate::recorder::{PlainRecorder, Recorder, UnconstrainedRecorder};
use crate::step::quick;
use zkperf_exec::{Control, Entered, Interrupt, Landing};

/// Where a syscall's number stands, and its result.
pub(crate) const T0: usize = 5;

/// Cycles between two reports of progress, at least; as long, a cancellation may go unnoticed.
const REPORT_INTERVAL: u64 = 1 << 20;

/// Why a run ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The guest halted.
    Halted { at: usize, exit_code: u32 },
    /// The guest did something it must not.
    Fault { at: usize, cause: String },
    /// Stopped from outside, before the instruction at `at`.
    Interrupted { at: usize, why: Interrupt },
    /// A block that the proof does not constrain is over.
    Exit,
}

/// Where the loop stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// First instruction of the straight run.
    pub(crate) start: usize,
    /// The instruction to run next.
    pub(crate) at: usize,
    /// What to dispatch on there.
    pub(crate) code: u16,
}

/// How a stretch of the loop ended: for good, or to go on at an index in the other mode.
enum Stop {
    End(End),
    Pause(usize),
}

/// A program being run.
pub(crate) struct Machine<'p> {
    pub(crate) program: &'p Decoded,
    pub(crate) memory: Memory,
    pub(crate) registers: [u64; REGISTERS],
    /// Cycles in all straight runs closed so far.
    pub(crate) cycles: u64,
    pub(crate) host: Host,
    /// Cycles at which to report progress next.
    next_report: u64,
    /// Words to put back when an unconstrained block ends: (address, value before).
    pub(crate) undo: Vec<(u64, u64)>,
}

impl<'p> Machine<'p> {
    pub(crate) fn new(program: &'p Decoded, memory: Memory, host: Host) -> Self {
        Self {
            program,
            memory,
            registers: [0; REGISTERS],
            cycles: 0,
            host,
            next_report: 0,
            undo: Vec::new(),
        }
    }

    /// The guest where a function begins, for a probe.
    pub(crate) fn entered(&self) -> Entered<'_, Memory> {
        Entered::new(&self.registers, &self.memory)
    }

    /// Where control goes, as the call tree wants it.
    #[inline]
    pub(crate) fn landing(&self, index: usize) -> Landing {
        Landing {
            address: self.program.pc(index),
            function: self.program.function_of[index],
            at_entry: self.program.begins[index],
        }
    }

    /// Runs until the guest halts, faults or is stopped, recording nothing.
    pub(crate) fn run(&mut self, control: &mut Control) -> End {
        self.run_from(
            &mut PlainRecorder,
            control,
            self.untouched_ops(),
            self.program.entry,
        )
    }

    /// Runs until the guest halts, faults or is stopped. The loop marks what it has seen in the
    /// operations, so a recorded run has its own.
    pub(crate) fn record<R: Recorder>(&mut self, recorder: &mut R, control: &mut Control) -> End {
        let mut ops = self.program.ops.clone();
        for op in &mut ops {
            op.code = code::FirstVisit;
        }
        self.run_from(recorder, control, ops.as_mut_ptr(), self.program.entry)
    }

    /// The program's operations, for a loop that records nothing: it does not write to them.
    fn untouched_ops(&self) -> *mut Op {
        self.program.ops.as_ptr().cast_mut()
    }

    fn run_from<R: Recorder>(
        &mut self,
        recorder: &mut R,
        control: &mut Control,
        ops: *mut Op,
        entry: usize,
    ) -> End {
        let mut at = entry;
        loop {
            let near = control.max_steps.saturating_sub(self.program.longest_run);
            let stop = if self.cycles >= near || recorder.needs_care(at) {
                self.run_carefully(recorder, control, ops, at)
            } else {
                self.run_quickly(recorder, control, ops, at)
            };
            match stop {
                Stop::Pause(next) => at = next,
                Stop::End(end) => return end,
            }
        }
    }

    /// Runs from `entry` until a limit or the chunk's end is near.
    fn run_quickly<R: Recorder>(
        &mut self,
        recorder: &mut R,
        control: &mut Control,
        ops: *mut Op,
        entry: usize,
    ) -> Stop {
        let limit = control.max_steps.saturating_sub(self.program.longest_run);
        let mut next_poll = self.next_poll(recorder, limit, entry);
        let mut place = self.place::<R>(ops, entry);
        loop {
            quick::<R, false>(self, recorder, ops, &mut place, next_poll);
            if self.cycles < next_poll {
                let from = place.at;
                match look(self, recorder, control, ops, &mut place) {
                    Look::Ready if self.cycles < next_poll => continue,
                    // It has closed the run before.
                    Look::Ready => {}
                    Look::Done => {
                        if self.boundary(recorder, ops, from, place.at)
                            || recorder.needs_care(place.at)
                        {
                            return Stop::Pause(place.at);
                        }
                        // It may have brought a chunk's or shard's end nearer.
                        next_poll = next_poll.min(self.next_poll(recorder, limit, place.at));
                    }
                    Look::End(end) => return Stop::End(end),
                }
            }
            if self.cycles >= next_poll {
                if let Some(end) = self.poll(recorder, control, place.at) {
                    return Stop::End(end);
                }
                if self.cycles >= limit || recorder.needs_care(place.at) {
                    return Stop::Pause(place.at);
                }
                next_poll = self.next_poll(recorder, limit, place.at);
            }
            place = self.place::<R>(ops, place.at);
        }
    }

    /// Runs from `entry` one by one, until neither a limit nor the end of a chunk or shard is near.
    fn run_carefully<R: Recorder>(
        &mut self,
        recorder: &mut R,
        control: &mut Control,
        ops: *mut Op,
        entry: usize,
    ) -> Stop {
        let mut at = entry;
        loop {
            if self.cycles >= control.max_steps {
                recorder.not_entered(at);
                let why = Interrupt::StepLimit;
                return Stop::End(End::Interrupted { at, why });
            }
            recorder.mark();
            let mut place = self.place::<R>(ops, at);
            if place.code != code::FirstVisit {
                place.code = self.program.codes[at] as u16;
            }
            let before = self.cycles;
            loop {
                quick::<R, true>(self, recorder, ops, &mut place, u64::MAX);
                if self.cycles > before {
                    break;
                }
                match look(self, recorder, control, ops, &mut place) {
                    Look::Ready => {}
                    Look::Done => break,
                    Look::End(end) => return Stop::End(end),
                }
            }
            let from = std::mem::replace(&mut at, place.at);
            if self.boundary(recorder, ops, from, at) {
                return Stop::Pause(at);
            }
            if at != from + 1 {
                // A jump: how far it can run from here is another question.
                if let Some(end) = self.poll(recorder, control, at) {
                    return Stop::End(end);
                }
                if !recorder.needs_care(at) {
                    return Stop::Pause(at);
                }
            }
        }
    }

    /// Ends what is full between two instructions; whether anything is.
    fn boundary<R: Recorder>(
        &self,
        recorder: &mut R,
        ops: *mut Op,
        from: usize,
        to: usize,
    ) -> bool {
        if !R::ON {
            return false;
        }
        // SAFETY: a recorder has its own copy of the program's operations.
        let ops = unsafe { std::slice::from_raw_parts_mut(ops, self.program.ops.len()) };
        recorder.boundary(from, to, ops)
    }

    /// The place at the beginning of a straight run.
    fn place<R: Recorder>(&self, ops: *const Op, at: usize) -> Place {
        let code = if R::UNDO {
            self.program.codes[at] as u16
        } else {
            // SAFETY: `at` is an instruction's index or the one past the last, and `ops` this long.
            unsafe { (*ops.add(at)).code }
        };
        Place {
            start: at,
            at,
            code,
        }
    }

    /// Cycles at which to look up next, seen from `at`.
    fn next_poll<R: Recorder>(&self, recorder: &R, limit: u64, at: usize) -> u64 {
        let next = self.cycles.saturating_add(recorder.poll_interval(at));
        next.min(limit)
    }

    /// Limits and cancellation, between two straight runs: the end, if the run must stop before `at`.
    fn poll<R: Recorder>(
        &mut self,
        recorder: &mut R,
        control: &mut Control,
        at: usize,
    ) -> Option<End> {
        recorder.tick();
        // Near the end of a shard this comes at every jump.
        if self.cycles < self.next_report && self.cycles < control.max_steps {
            return None;
        }
        self.next_report = self.cycles + REPORT_INTERVAL;
        let why = control.poll(self.cycles).err()?;
        recorder.not_entered(at);
        Some(End::Interrupted { at, why })
    }

    /// The straight run ends at `place`, and control goes to another index.
    pub(crate) fn go<R: Recorder>(&mut self, recorder: &mut R, place: &mut Place, to: usize) {
        let Place { start, at, .. } = *place;
        self.cycles += (at + 1 - start) as u64;
        recorder.ran(start, at, Some(to));
        (place.at, place.start) = (to, to);
    }

    /// Closes the straight run before `place`; whether anything of it ran.
    pub(crate) fn close_before<R: Recorder>(
        &mut self,
        recorder: &mut R,
        place: &mut Place,
    ) -> bool {
        let Place { start, at, .. } = *place;
        if at == start {
            return false;
        }
        self.cycles += (at - start) as u64;
        recorder.ran(start, at - 1, Some(at));
        place.start = at;
        true
    }

    /// The run that ended with `from` has passed control on to the next instruction: it may be another
    /// function's.
    #[inline]
    pub(crate) fn passed_on<R: Recorder>(&self, recorder: &mut R, from: usize) {
        if R::ON && self.program.boundary.get(from + 1) == Some(&true) {
            let stack_pointer = self.registers[usize::from(SP)];
            recorder.leave(from, self.landing(from + 1), stack_pointer, || {
                self.entered()
            });
        }
    }

    /// Runs an unconstrained block from `at` on, and takes back all it did.
    pub(crate) fn run_unconstrained(
        &mut self,
        control: &mut Control,
        at: usize,
    ) -> Result<(), End> {
        let (registers, cycles, next_report) = (self.registers, self.cycles, self.next_report);
        self.registers[T0] = 1;
        self.cycles = 0;
        self.next_report = 0;
        let ops = self.untouched_ops();
        let end = self.run_from(&mut UnconstrainedRecorder, control, ops, at);
        self.cycles = cycles;
        self.next_report = next_report;
        match end {
            End::Exit => {
                for (address, value) in std::mem::take(&mut self.undo).into_iter().rev() {
                    self.memory.set_word(address, value);
                }
                self.registers = registers;
                Ok(())
            }
            other => Err(other),
        }
    }
}
