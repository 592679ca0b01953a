//! What the host does for the guest: the software syscalls of risc0-zkvm 3.0.6
//! (host/server/exec/syscall), with the same replies and lengths.
//!
//! Two things differ on purpose. RANDOM gives the same bytes in every run. VERIFY_INTEGRITY succeeds
//! without a receipt: what a guest costs that builds on another proof does not depend on that proof.

use std::collections::BTreeMap;

use zkperf_exec::GuestInput;

use crate::rules::{KECCAK_DEFAULT_PO2, KECCAK_PERMUTE_CYCLES, MAX_IO_BYTES, MAX_JOURNAL_BYTES};

const STDIN: u32 = 0;
const STDOUT: u32 = 1;
const STDERR: u32 = 2;
const JOURNAL: u32 = 3;

const A3: usize = 13;
const A4: usize = 14;
const A5: usize = 15;

/// Largest panic message that is read (`MAX_PANIC_MSG_SIZE`, panic.rs).
const MAX_PANIC_BYTES: u32 = 1 << 20;
/// Bytes of a Keccak state.
const KECCAK_BYTES: u32 = 200;

/// What a syscall may look at. Looking never pages.
pub(crate) trait View {
    /// A user register.
    fn register(&self, index: usize) -> u32;
    /// Bytes of memory; `None` beyond its end.
    fn bytes(&self, address: u32, length: u32) -> Option<Vec<u8>>;
    /// User cycles so far.
    fn cycles(&self) -> u64;
}

/// How often a syscall was made, and what it moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SyscallCount {
    pub(crate) calls: u64,
    pub(crate) bytes: u64,
}

/// State of the host during a run.
#[derive(Default)]
pub(crate) struct Host {
    stdin: Vec<u8>,
    read: usize,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    pub(crate) journal: Vec<u8>,
    pub(crate) keccak: Keccak,
    random: SplitMix,
    /// What the next READ of file descriptor 0 gets.
    pub(crate) reply: (u32, u32),
    pub(crate) counts: BTreeMap<String, SyscallCount>,
    /// What the guest printed since [`Host::take_printed`].
    printed: Vec<u8>,
}

/// Permutations and the batches in which the keccak circuit proves them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keccak {
    pub(crate) permutations: u64,
    /// Permutations of each batch that was closed.
    pub(crate) batches: Vec<u64>,
    open: u64,
}

impl Host {
    pub(crate) fn new(input: &GuestInput) -> Self {
        Self {
            stdin: input.buffers.concat(),
            args: input.args.clone(),
            env: input.env.iter().cloned().collect(),
            ..Self::default()
        }
    }

    /// What the guest printed since the last call.
    pub(crate) fn take_printed(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.printed)
    }

    /// Carries out the syscall of that name; `to_guest` is what the guest gets, in whole words.
    pub(crate) fn call(
        &mut self,
        name: &str,
        view: &impl View,
        to_guest: &mut [u8],
    ) -> Result<(u32, u32), String> {
        let short = name.rsplit("::").next().unwrap_or(name);
        let words = to_guest.len() / 4;
        let bytes;
        (self.reply, bytes) = match short {
            "SYS_ARGC" => (self.argc(words)?, 0),
            "SYS_ARGV" => (self.argv(view, to_guest)?, words * 4),
            "SYS_CYCLE_COUNT" => (cycle_count(view, words)?, 0),
            "SYS_GETENV" => (self.getenv(view, to_guest)?, words * 4),
            "SYS_KECCAK" => (self.keccak(view, to_guest)?, words * 4),
            "SYS_LOG" => self.log(view, words)?,
            "SYS_PANIC" => return Err(panic(view, words)),
            "SYS_RANDOM" => (self.random(to_guest), words * 4),
            "SYS_READ" => self.read(view, to_guest)?,
            "SYS_VERIFY_INTEGRITY" | "SYS_VERIFY_INTEGRITY2" => (verify(view, words)?, 64),
            "SYS_WRITE" => self.write(view, words)?,
            _ => return Err(missing(name)),
        };
        let count = self.counts.entry(short.to_owned()).or_default();
        count.calls += 1;
        count.bytes += bytes as u64;
        Ok(self.reply)
    }

    fn argc(&self, words: usize) -> Result<(u32, u32), String> {
        no_reply_expected(words, "sys_argc")?;
        Ok((self.args.len() as u32, 0))
    }

    fn argv(&self, view: &impl View, to_guest: &mut [u8]) -> Result<(u32, u32), String> {
        let index = view.register(A3);
        let given = self.args.len();
        let arg = self.args.get(index as usize).ok_or_else(|| {
            format!(
                "sys_argv: the guest asks for argument {index} of {given} (pass more with --arg)"
            )
        })?;
        text_reply(arg, to_guest, "sys_argv: the argument")
    }

    fn getenv(&self, view: &impl View, to_guest: &mut [u8]) -> Result<(u32, u32), String> {
        let length = view.register(A4).min(MAX_IO_BYTES + 1);
        let name = region(view, view.register(A3), length)?;
        let name = String::from_utf8(name).map_err(|error| format!("sys_getenv: {error}"))?;
        if name.len() > MAX_IO_BYTES as usize {
            return Err("sys_getenv: the variable's name is too long".into());
        }
        match self.env.get(&name) {
            Some(value) => text_reply(value, to_guest, "sys_getenv: the value"),
            None => Ok((u32::MAX, 0)),
        }
    }

    fn keccak(&mut self, view: &impl View, to_guest: &mut [u8]) -> Result<(u32, u32), String> {
        let most = (1 << KECCAK_DEFAULT_PO2) / KECCAK_PERMUTE_CYCLES;
        match view.register(A3) {
            0 => {
                if self.keccak.open >= most {
                    return Err(
                        "sys_keccak: the batch is full, the guest must prove it first".into(),
                    );
                }
                if to_guest.len() != KECCAK_BYTES as usize {
                    return Err("sys_keccak: the reply is not 50 words long".into());
                }
                let mut state = [0; 25];
                let bytes = region(view, view.register(A4), KECCAK_BYTES)?;
                for (lane, bytes) in state.iter_mut().zip(bytes.chunks_exact(8)) {
                    *lane = bytes
                        .iter()
                        .rev()
                        .fold(0, |lane, byte| lane << 8 | u64::from(*byte));
                }
                crate::keccak::permute(&mut state);
                for (lane, bytes) in state.iter().zip(to_guest.chunks_exact_mut(8)) {
                    bytes.copy_from_slice(&lane.to_le_bytes());
                }
                self.keccak.permutations += 1;
                self.keccak.open += 1;
                Ok((u32::from(self.keccak.open >= most), 0))
            }
            1 => {
                no_reply_expected(to_guest.len() / 4, "sys_keccak (prove)")?;
                region(view, view.register(A4), 32)?;
                region(view, view.register(A5), 32)?;
                self.keccak
                    .batches
                    .push(std::mem::take(&mut self.keccak.open));
                Ok((0, 0))
            }
            mode => Err(format!("sys_keccak: invalid mode {mode}")),
        }
    }

    fn log(&mut self, view: &impl View, words: usize) -> Result<((u32, u32), usize), String> {
        no_reply_expected(words, "sys_log")?;
        let message = region(view, view.register(A3), view.register(A4))?;
        self.printed
            .extend(format!("R0VM[{}] ", view.cycles()).bytes());
        self.printed.extend(&message);
        self.printed.push(b'\n');
        Ok(((0, 0), message.len()))
    }

    fn random(&mut self, to_guest: &mut [u8]) -> (u32, u32) {
        for word in to_guest.chunks_exact_mut(4) {
            word.copy_from_slice(&(self.random.next() as u32).to_le_bytes());
        }
        (to_guest.len() as u32, 0)
    }

    fn read(
        &mut self,
        view: &impl View,
        to_guest: &mut [u8],
    ) -> Result<((u32, u32), usize), String> {
        let (descriptor, wanted) = (view.register(A3), view.register(A4) as usize);
        if descriptor != STDIN {
            return Err(format!(
                "sys_read: file descriptor {descriptor} is not open for reading"
            ));
        }
        if wanted < to_guest.len() {
            return Err("sys_read: fewer bytes wanted than the buffer has words".into());
        }
        let main = self.take_input(to_guest);
        // A last part of less than a word travels in a register; see posix_io.rs.
        let mut tail = [0; 4];
        let rest = wanted - main;
        let end = if rest <= 4 { rest } else { 0 };
        let total = main + self.take_input(&mut tail[..end]);
        Ok(((total as u32, u32::from_le_bytes(tail)), total))
    }

    fn take_input(&mut self, into: &mut [u8]) -> usize {
        let rest = &self.stdin[self.read..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.read += count;
        count
    }

    fn write(&mut self, view: &impl View, words: usize) -> Result<((u32, u32), usize), String> {
        no_reply_expected(words, "sys_write")?;
        let descriptor = view.register(A3);
        let length = view.register(A5);
        if !matches!(descriptor, STDOUT | STDERR | JOURNAL) {
            return Err(format!(
                "sys_write: file descriptor {descriptor} is not open for writing"
            ));
        }
        let bytes = region(view, view.register(A4), length)?;
        if descriptor != JOURNAL {
            self.printed.extend(&bytes);
        } else if self.journal.len() + bytes.len() > MAX_JOURNAL_BYTES {
            return Err("sys_write: the journal would grow beyond 100 MiB".into());
        } else {
            self.journal.extend(&bytes);
        }
        Ok(((0, 0), length as usize))
    }
}

fn no_reply_expected(words: usize, call: &str) -> Result<(), String> {
    if words == 0 {
        Ok(())
    } else {
        Err(format!(
            "{call}: the guest expects a reply of {words} words, there is none"
        ))
    }
}

fn text_reply(text: &str, to_guest: &mut [u8], what: &str) -> Result<(u32, u32), String> {
    if text.len() >= MAX_IO_BYTES as usize {
        return Err(format!("{what} is too long (1023 bytes at most)"));
    }
    let count = text.len().min(to_guest.len());
    to_guest[..count].copy_from_slice(&text.as_bytes()[..count]);
    Ok((text.len() as u32, 0))
}

fn region(view: &impl View, address: u32, length: u32) -> Result<Vec<u8>, String> {
    view.bytes(address, length).ok_or_else(|| {
        format!("a syscall's argument at 0x{address:08x} of {length} bytes ends beyond memory")
    })
}

fn cycle_count(view: &impl View, words: usize) -> Result<(u32, u32), String> {
    no_reply_expected(words, "sys_cycle_count")?;
    let cycles = view.cycles();
    Ok(((cycles >> 32) as u32, cycles as u32))
}

fn verify(view: &impl View, words: usize) -> Result<(u32, u32), String> {
    no_reply_expected(words, "sys_verify_integrity")?;
    region(view, view.register(A3), 64)?;
    Ok((0, 0))
}

fn panic(view: &impl View, words: usize) -> String {
    let message = no_reply_expected(words, "sys_panic").and_then(|()| {
        region(
            view,
            view.register(A3),
            view.register(A4).min(MAX_PANIC_BYTES),
        )
    });
    match message {
        Ok(message) => format!("the guest panicked: {}", String::from_utf8_lossy(&message)),
        Err(error) => error,
    }
}

fn missing(name: &str) -> String {
    let reason = match name.rsplit("::").next() {
        Some("SYS_FORK" | "SYS_EXIT" | "SYS_PIPE") => "zkperf does not run several processes",
        Some("SYS_EXECUTE_ZKR" | "SYS_PROVE_ZKR" | "SYS_PROVE_KECCAK") => {
            "it is not part of RISC Zero 3.0.6"
        }
        _ => "custom host functions (slice_io, io_callback) cannot be given to zkperf",
    };
    format!("the guest calls the host syscall {name:?}, which is missing here: {reason}")
}

/// A small generator whose whole state is a counter (Steele, Lea, Flood: "Fast splittable
/// pseudorandom number generators", 2014).
#[derive(Default)]
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
