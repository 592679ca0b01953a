//! Syscalls: what they do to the guest, and how they are billed.
//!
//! Semantics: `src/minimal/ecall.rs` and what it calls; billed accesses: `src/vm/syscall` (both
//! `sp1-core-executor` 6.10.0). Where the official executor panics, the guest has faulted.

use crate::hooks::{self, fd};
use crate::machine::{End, Machine, T0};
use crate::memory::is_fine;
use crate::precompile as pre;
use crate::recorder::{EcallBill, Recorder};
use crate::syscall::{index_of, Arithmetic, Call, SYSCALLS};
use crate::tracker;
use std::collections::VecDeque;
use zkperf_exec::Control;

const A0: usize = 10;
const A1: usize = 11;
const A2: usize = 12;
/// The most bytes passed on in one write; more is a mistake of the guest.
const MOST_WRITTEN: u64 = 1 << 30;

/// What the host keeps for the guest.
#[derive(Debug, Default)]
pub(crate) struct Host {
    /// Input buffers and hook answers, next one first.
    pub(crate) hints: VecDeque<Vec<u8>>,
    /// What the guest wrote to the public values.
    pub(crate) public_values: Vec<u8>,
    /// What it committed as their digest.
    pub(crate) digest: [u32; 8],
    /// Its exit code, once it has halted.
    pub(crate) exit_code: u32,
    /// The first write to a file descriptor that SP1 does not know: (index, descriptor).
    pub(crate) unsupported_write: Option<(usize, u64)>,
}

/// What a syscall leads to.
pub(crate) enum Effect {
    /// The next instruction, with this in `t0`.
    Next(u64),
    /// The end of the run.
    Halt(u32),
    /// The end of an unconstrained block.
    Exit,
    /// The run ended inside an unconstrained block.
    End(End),
    /// The guest did something it must not.
    Fault(String),
}

/// What a handler did: the result in `t0` (the syscall's number if none), entries recorded, bytes
/// read and written.
#[derive(Debug, Clone, Copy, Default)]
struct Done {
    result: Option<u64>,
    entries: u64,
    read: u64,
    written: u64,
}

/// Executes the `ecall` at `at`.
#[inline(never)]
pub(crate) fn execute<R: Recorder>(
    machine: &mut Machine,
    recorder: &mut R,
    control: &mut Control,
    at: usize,
) -> Effect {
    let number = machine.registers[T0] as u32;
    let Some(index) = index_of(number) else {
        return Effect::Fault(format!("unknown syscall 0x{number:x}"));
    };
    let syscall = &SYSCALLS[index];
    if R::UNDO && !matches!(syscall.call, Call::Write | Call::ExitUnconstrained) {
        return Effect::Fault(format!(
            "syscall {} in an unconstrained block",
            syscall.name
        ));
    }
    let mut bill = EcallBill {
        syscall: index,
        weight: syscall.weight(),
        entries: 0,
        read: 0,
        written: 0,
        is_precompile: syscall.air.is_some(),
        halts: false,
    };
    match syscall.call {
        Call::Halt => {
            bill.halts = true;
            recorder.ecall(at, bill);
            machine.host.exit_code = machine.registers[A0] as u32;
            return Effect::Halt(machine.host.exit_code);
        }
        Call::EnterUnconstrained => {
            if let Err(end) = machine.run_unconstrained(control, at + 1) {
                return Effect::End(end);
            }
            recorder.ecall(at, bill);
            return Effect::Next(0);
        }
        Call::ExitUnconstrained if R::UNDO => return Effect::Exit,
        Call::ExitUnconstrained => {
            return Effect::Fault("the end of an unconstrained block that never began".into())
        }
        _ => {}
    }
    recorder.handles(syscall.is_deferred());
    match handle(machine, recorder, control, at, syscall.call) {
        Ok(done) => {
            bill.entries = done.entries;
            bill.read = done.read;
            bill.written = done.written;
            recorder.ecall(at, bill);
            Effect::Next(done.result.unwrap_or(u64::from(number)))
        }
        Err(cause) => Effect::Fault(format!("syscall {}: {cause}", syscall.name)),
    }
}

fn handle<R: Recorder>(
    machine: &mut Machine,
    recorder: &mut R,
    control: &mut Control,
    at: usize,
    call: Call,
) -> Result<Done, String> {
    let (a, b) = (machine.registers[A0], machine.registers[A1]);
    match call {
        Call::Write => write(machine, recorder, control, at),
        Call::Commit => commit(&mut machine.host, a, b),
        Call::Nothing => Ok(Done::default()),
        Call::HintLen => {
            let length = machine.host.hints.front().map(|hint| hint.len() as u64);
            Ok(Done {
                result: Some(length.unwrap_or(u64::MAX)),
                entries: 1,
                ..Done::default()
            })
        }
        Call::HintRead => hint_read(machine, recorder, a, b),
        Call::Unsupported => {
            Err("not supported by SP1 6.10.0 for programs without page protection".into())
        }
        _ => {
            let mut access = Access {
                machine,
                recorder,
                at,
                done: Done::default(),
            };
            precompile(&mut access, call, a, b)?;
            Ok(access.done)
        }
    }
}

/// Memory as a precompile uses it. Reads and writes are billed, previews only recorded.
struct Access<'m, 'p, R> {
    machine: &'m mut Machine<'p>,
    recorder: &'m mut R,
    at: usize,
    done: Done,
}

impl<R: Recorder> Access<'_, '_, R> {
    fn words(&self, address: u64, count: usize) -> Result<Vec<u64>, String> {
        self.machine.memory.words(address, count).ok_or_else(|| {
            if address.is_multiple_of(8) {
                format!("its operand at 0x{address:x} lies outside SP1's memory")
            } else {
                format!("its operand at 0x{address:x} is not aligned to 8 bytes")
            }
        })
    }

    /// A billed read.
    fn read(&mut self, address: u64, count: usize) -> Result<Vec<u64>, String> {
        let words = self.words(address, count)?;
        self.recorder.words(self.at, address, count);
        self.done.entries += count as u64;
        self.done.read += 8 * count as u64;
        Ok(words)
    }

    /// A read of what will be overwritten: recorded, neither billed nor time-stamped.
    fn preview(&mut self, address: u64, count: usize) -> Result<Vec<u64>, String> {
        self.done.entries += count as u64;
        self.done.read += 8 * count as u64;
        self.words(address, count)
    }

    /// A billed write; old and new values are recorded.
    fn write(&mut self, address: u64, words: &[u64]) -> Result<(), String> {
        self.words(address, words.len())?;
        self.recorder.words(self.at, address, words.len());
        self.done.entries += 2 * words.len() as u64;
        self.done.written += 8 * words.len() as u64;
        for (place, word) in words.iter().enumerate() {
            self.machine
                .memory
                .set_word(address + 8 * place as u64, *word);
        }
        Ok(())
    }

    /// `x = f(x, y)` on operands of `count` words, as most precompiles have it.
    fn in_place(
        &mut self,
        (x, y): (u64, u64),
        count: usize,
        f: impl FnOnce(&[u64], &[u64]) -> Result<Vec<u64>, String>,
    ) -> Result<(), String> {
        let left = self.preview(x, count)?;
        let right = self.read(y, count)?;
        self.write(x, &f(&left, &right)?)
    }

    fn register(&mut self, register: usize) -> u64 {
        self.recorder.register(self.at, register as u8);
        self.machine.registers[register]
    }
}

fn precompile<R: Recorder>(
    access: &mut Access<R>,
    call: Call,
    a: u64,
    b: u64,
) -> Result<(), String> {
    match call {
        Call::ShaExtend => sha_extend(access, a, b),
        Call::ShaCompress => {
            let mut h = array::<8>(access.read(b, 8)?);
            let w = access.read(a, 64)?;
            pre::sha_compress(&w, &mut h);
            access.write(b, &h)
        }
        Call::Keccak => {
            must_be_zero(b)?;
            let mut state = array::<25>(access.read(a, 25)?);
            pre::keccak(&mut state);
            access.write(a, &state)
        }
        Call::EdAdd => access.in_place((a, b), 8, pre::ed_add),
        Call::EdDecompress => {
            if b > 1 {
                return Err(format!("its sign is {b}, not 0 or 1"));
            }
            let from = a.wrapping_add(32);
            let y = access.read(from, 4)?;
            access.write(a, &pre::ed_decompress(&y, b == 1)?)
        }
        Call::CurveAdd(curve) => access.in_place((a, b), pre::curve_words(curve), |a, b| {
            pre::curve_add(curve, a, b)
        }),
        Call::CurveDouble(curve) => {
            let point = access.preview(a, pre::curve_words(curve))?;
            access.write(a, &pre::curve_double(curve, &point)?)
        }
        Call::Fp(field, how) => access.in_place((a, b), pre::field_words(field), |a, b| {
            Ok(pre::fp(field, how, a, b))
        }),
        Call::Fp2(field, how) => access.in_place((a, b), 2 * pre::field_words(field), |a, b| {
            pre::fp2(field, how, a, b)
        }),
        Call::Uint256Mul => {
            let x = access.preview(a, 4)?;
            let operands = access.read(b, 8)?;
            let product = pre::uint256_multiply(&x, &operands[..4], &operands[4..]);
            access.write(a, &product)
        }
        Call::Uint256Carry(how) => uint256_carry(access, how, a, b),
        Call::Poseidon2 => {
            must_be_zero(b)?;
            let mut words = array::<8>(access.preview(a, 8)?);
            pre::poseidon2(&mut words);
            access.write(a, &words)
        }
        _ => Err("not a precompile".into()),
    }
}

fn must_be_zero(value: u64) -> Result<(), String> {
    match value {
        0 => Ok(()),
        _ => Err(format!("its second argument is 0x{value:x}, not 0")),
    }
}

/// A vector that was read with that length.
fn array<const N: usize>(words: Vec<u64>) -> [u64; N] {
    let mut array = [0; N];
    array.copy_from_slice(&words);
    array
}

/// Every word is touched; 48 steps each record four reads and a write.
fn sha_extend<R: Recorder>(access: &mut Access<R>, a: u64, b: u64) -> Result<(), String> {
    must_be_zero(b)?;
    let mut w = array::<64>(access.words(a, 64)?);
    pre::sha_extend(&mut w);
    access.recorder.words(access.at, a, 64);
    access.done.entries += 48 * 6;
    access.done.read += 48 * 4 * 8;
    access.done.written += 48 * 8;
    for (place, word) in w.iter().enumerate().skip(16) {
        access.machine.memory.set_word(a + 8 * place as u64, *word);
    }
    Ok(())
}

/// `d, e = (a op b) + c` with c, d and e behind registers.
fn uint256_carry<R: Recorder>(
    access: &mut Access<R>,
    how: Arithmetic,
    a: u64,
    b: u64,
) -> Result<(), String> {
    let [c, d, e] = [12, 13, 14].map(|register| access.register(register));
    let a = access.read(a, 4)?;
    let b = access.read(b, 4)?;
    let c = access.read(c, 4)?;
    let result = pre::uint256_carry(how, &a, &b, &c);
    access.write(d, &result[..4])?;
    access.write(e, &result[4..])
}

fn commit(host: &mut Host, index: u64, word: u64) -> Result<Done, String> {
    let word = u32::try_from(word)
        .map_err(|_| format!("its digest word 0x{word:x} does not fit 32 bits"))?;
    let place = usize::try_from(index).ok();
    let cell = place.and_then(|place| host.digest.get_mut(place));
    *cell.ok_or_else(|| format!("the digest has no word {index}"))? = word;
    Ok(Done::default())
}

fn hint_read<R: Recorder>(
    machine: &mut Machine,
    recorder: &mut R,
    address: u64,
    length: u64,
) -> Result<Done, String> {
    let Some(hint) = machine.host.hints.front() else {
        return Err("the input is exhausted: there are no more buffers to read".into());
    };
    if hint.len() as u64 != length {
        return Err(format!(
            "the guest wants {length} bytes, but the next input buffer has {}",
            hint.len()
        ));
    }
    // One more word than whole ones, the rest of it zero.
    let words = length / 8 + 1;
    let last = address.checked_add(8 * (words - 1));
    if !is_fine::<8>(address) || !last.is_some_and(is_fine::<8>) {
        return Err(format!(
            "its buffer at 0x{address:x} is not aligned to 8 bytes, or leaves SP1's memory"
        ));
    }
    let Some(hint) = machine.host.hints.pop_front() else {
        return Err("the input is exhausted".into());
    };
    machine.memory.set_word(address + 8 * (words - 1), 0);
    machine.memory.set_bytes(address, &hint);
    recorder.hint(address, words);
    Ok(Done::default())
}

fn write<R: Recorder>(
    machine: &mut Machine,
    recorder: &mut R,
    control: &mut Control,
    at: usize,
) -> Result<Done, String> {
    let [descriptor, address, length] = [A0, A1, A2].map(|register| machine.registers[register]);
    let bytes = machine
        .memory
        .bytes(address, length.min(MOST_WRITTEN))
        .filter(|_| length <= MOST_WRITTEN)
        .ok_or_else(|| {
            format!("{length} bytes at 0x{address:x} are too many, or leave SP1's memory")
        })?;
    match descriptor {
        fd::STDOUT => {
            print(recorder, control, &bytes);
            return Ok(Done::default());
        }
        fd::STDERR => {
            control.print(&bytes);
            return Ok(Done::default());
        }
        _ => {}
    }
    let host = &mut machine.host;
    match descriptor as u32 {
        fd::PUBLIC_VALUES => host.public_values.extend(bytes),
        fd::HINT => host.hints.push_front(bytes),
        hook => match hooks::invoke(hook, &bytes) {
            Some(answer) => {
                for hint in answer?.into_iter().rev() {
                    host.hints.push_front(hint);
                }
            }
            // The official executor warns and goes on; so do we, and report it at the end.
            None => {
                host.unsupported_write.get_or_insert((at, descriptor));
            }
        },
    }
    Ok(Done::default())
}

/// Passes output on, and takes cycle-tracker lines out of it, each write for itself.
fn print<R: Recorder>(recorder: &mut R, control: &mut Control, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains("cycle-tracker-") {
        control.print(bytes);
        return;
    }
    for line in text.split_inclusive('\n') {
        match tracker::parse(line.trim_end_matches(['\n', '\r'])) {
            Some((mark, name)) => recorder.region(mark, name),
            None => control.print(line.as_bytes()),
        }
    }
}
