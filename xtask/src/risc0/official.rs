//! The official executor (risc0-circuit-rv32im 4.0.5), with a host of our own: risc0-zkvm's host comes
//! with the C++ provers. The host follows `ExecutorImpl::host_read` and the syscalls of risc0-zkvm 3.0.6
//! (host/server/exec); it shares no code with zkperf's.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::rc::Rc;

use anyhow::{anyhow, bail, Context, Result};
use risc0_binfmt::{ByteAddr, MemoryImage, ProgramBinary};
use risc0_circuit_rv32im::execute::{CycleLimit, EcallMetric, Executor, Syscall, SyscallContext};
use risc0_circuit_rv32im::trace::{TraceCallback, TraceEvent};
use risc0_circuit_rv32im::{MAX_INSN_CYCLES, MAX_INSN_CYCLES_LOWER_PO2};
use risc0_zkos_v1compat::V1COMPAT_ELF;
use zkperf_exec::GuestInput;

use super::facts::{mnemonic, End, Facts, SegmentFacts};

const A3: usize = 13;
const A4: usize = 14;
const A5: usize = 15;

/// The image of a guest file: an ELF, or a program binary.
pub fn image(file: &[u8]) -> Result<MemoryImage> {
    if file.starts_with(b"R0BF") {
        return ProgramBinary::decode(file)?.to_image();
    }
    ProgramBinary::new(file, V1COMPAT_ELF).to_image()
}

/// Runs a guest. With `trace`, instructions are counted by mnemonic, which makes the run much slower.
pub fn run(image: MemoryImage, input: &GuestInput, po2: u32, trace: bool) -> Facts {
    let run = || execute(image, input, po2, trace);
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(facts)) => facts,
        Ok(Err(error)) => Facts::failed(format!("{error:#}")),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            Facts::failed(format!("panic: {}", text.unwrap_or_default()))
        }
    }
}

fn execute(image: MemoryImage, input: &GuestInput, po2: u32, trace: bool) -> Result<Facts> {
    let host = Host::new(input);
    let counter = Rc::new(RefCell::new(Counter::default()));
    let traces: Vec<Rc<RefCell<dyn TraceCallback>>> = if trace {
        vec![counter.clone()]
    } else {
        Vec::new()
    };
    let longest = if po2 >= 15 {
        MAX_INSN_CYCLES
    } else {
        MAX_INSN_CYCLES_LOWER_PO2
    };
    let mut segments = Vec::new();
    let mut executor = Executor::new(image, &host, None, traces, None);
    let result = executor.run(po2 as usize, longest, CycleLimit::None, |segment| {
        segments.push(SegmentFacts {
            po2: segment.po2,
            user: u64::from(segment.suspend_cycle),
            paging: u64::from(segment.paging_cycles),
        });
        Ok(())
    })?;
    let metrics: Vec<(String, EcallMetric)> = executor.take_ecall_metrics().into();
    drop(executor);
    let state = result.claim.terminate_state.context("no terminate state")?;
    let output = result.claim.output.context("no output digest")?;
    let no_output = output.as_words().iter().all(|word| *word == 0);
    let opcodes = trace.then(|| std::mem::take(&mut counter.borrow_mut().opcodes));
    Ok(Facts {
        end: End::Terminated(u32::from(state.a0)),
        user: result.user_cycles,
        paging: result.paging_cycles,
        reserved: result.reserved_cycles,
        total: result.total_cycles,
        segments,
        ecalls: metrics
            .into_iter()
            .filter(|(name, _)| name != "User")
            .map(|(name, metric)| (name, (metric.count, metric.cycles)))
            .collect(),
        opcodes,
        keccaks: host.keccaks.get(),
        journal: if no_output {
            Vec::new()
        } else {
            host.journal.take()
        },
        printed: host.printed.take(),
    })
}

/// Counts instructions as they start. What starts and does not retire ends the run, or is a machine
/// ecall, which is not counted.
#[derive(Default)]
struct Counter {
    opcodes: BTreeMap<String, u64>,
    pending: Option<(u32, u32)>,
}

impl TraceCallback for Counter {
    fn trace_callback(&mut self, event: TraceEvent) -> Result<()> {
        if let TraceEvent::InstructionStart { pc, insn, .. } = event {
            self.pending = Some((pc, insn));
            let machine_ecall = pc >= 0xc000_0000 && insn == 0x73;
            if !machine_ecall {
                let name = mnemonic(insn).ok_or_else(|| anyhow!("no mnemonic for {insn:08x}"))?;
                *self.opcodes.entry(name.to_owned()).or_default() += 1;
            }
        }
        Ok(())
    }
}

struct Host {
    stdin: RefCell<Vec<u8>>,
    args: Vec<String>,
    env: HashMap<String, String>,
    journal: RefCell<Vec<u8>>,
    printed: RefCell<Vec<u8>>,
    reply: Cell<(u32, u32)>,
    random: Cell<u64>,
    keccaks: Cell<u64>,
    open_keccaks: Cell<u64>,
}

impl Host {
    fn new(input: &GuestInput) -> Self {
        let mut stdin = input.buffers.concat();
        stdin.reverse();
        Self {
            stdin: RefCell::new(stdin),
            args: input.args.clone(),
            env: input.env.iter().cloned().collect(),
            journal: RefCell::default(),
            printed: RefCell::default(),
            reply: Cell::new((0, 0)),
            random: Cell::new(0),
            keccaks: Cell::new(0),
            open_keccaks: Cell::new(0),
        }
    }

    fn next_input(&self, into: &mut [u8]) -> usize {
        let mut stdin = self.stdin.borrow_mut();
        let count = into.len().min(stdin.len());
        for byte in &mut into[..count] {
            *byte = stdin.pop().unwrap_or_default();
        }
        count
    }

    /// zkperf's RANDOM is a splitmix64 from 0, the low half of each number.
    fn next_random(&self) -> u32 {
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as u32
    }

    fn syscall(
        &self,
        name: &str,
        ctx: &mut impl SyscallContext,
        reply: &mut [u8],
    ) -> Result<(u32, u32)> {
        let (a3, a4, a5) = (
            ctx.peek_register(A3)?,
            ctx.peek_register(A4)?,
            ctx.peek_register(A5)?,
        );
        let name = name
            .strip_prefix("risc0_zkvm_platform::syscall::nr::")
            .ok_or_else(|| anyhow!("unknown syscall {name}"))?;
        let expects = |wanted: bool| {
            if reply.is_empty() == wanted {
                bail!("unexpected reply length of {name}");
            }
            Ok(())
        };
        match name {
            "SYS_ARGC" => {
                expects(false)?;
                Ok((self.args.len() as u32, 0))
            }
            "SYS_ARGV" => {
                let text = self.args.get(a3 as usize).context("no such argument")?;
                put_text(text, reply)
            }
            "SYS_CYCLE_COUNT" => {
                expects(false)?;
                let cycle = ctx.get_cycle();
                Ok(((cycle >> 32) as u32, cycle as u32))
            }
            "SYS_GETENV" => {
                let name = ctx.peek_region(ByteAddr(a3), a4.min(1025) as usize)?;
                match self.env.get(std::str::from_utf8(&name)?) {
                    None => Ok((u32::MAX, 0)),
                    Some(text) => put_text(text, reply),
                }
            }
            "SYS_KECCAK" if a3 == 0 => {
                if self.open_keccaks.get() >= (1 << 17) / 200 {
                    bail!("keccak batch is full");
                }
                let bytes = ctx.peek_region(ByteAddr(a4), 200)?;
                let mut state = [0u64; 25];
                for (lane, bytes) in state.iter_mut().zip(bytes.chunks_exact(8)) {
                    *lane = u64::from_le_bytes(bytes.try_into()?);
                }
                keccak::f1600(&mut state);
                let bytes: Vec<u8> = state.iter().flat_map(|lane| lane.to_le_bytes()).collect();
                if reply.len() != bytes.len() {
                    bail!("invalid sys_keccak_permute");
                }
                reply.copy_from_slice(&bytes);
                self.keccaks.set(self.keccaks.get() + 1);
                self.open_keccaks.set(self.open_keccaks.get() + 1);
                Ok((u32::from(self.open_keccaks.get() >= (1 << 17) / 200), 0))
            }
            "SYS_KECCAK" if a3 == 1 => {
                expects(false)?;
                self.open_keccaks.set(0);
                Ok((0, 0))
            }
            "SYS_LOG" => {
                expects(false)?;
                let text = ctx.peek_region(ByteAddr(a3), a4 as usize)?;
                let mut printed = self.printed.borrow_mut();
                printed.extend(format!("R0VM[{}] ", ctx.get_cycle()).bytes());
                printed.extend(text);
                printed.push(b'\n');
                Ok((0, 0))
            }
            "SYS_PANIC" => bail!("Guest panicked"),
            "SYS_RANDOM" => {
                for word in reply.chunks_exact_mut(4) {
                    word.copy_from_slice(&self.next_random().to_le_bytes());
                }
                Ok((reply.len() as u32, 0))
            }
            "SYS_READ" => {
                if a3 != 0 {
                    bail!("bad read file descriptor {a3}");
                }
                let wanted = a4 as usize;
                assert!(wanted >= reply.len(), "buffer must be fully filled");
                let main = self.next_input(reply);
                let end = if wanted - main <= 4 { wanted - main } else { 0 };
                let mut tail = [0; 4];
                let total = main + self.next_input(&mut tail[..end]);
                Ok((total as u32, u32::from_le_bytes(tail)))
            }
            "SYS_VERIFY_INTEGRITY" | "SYS_VERIFY_INTEGRITY2" => {
                expects(false)?;
                Ok((0, 0))
            }
            "SYS_WRITE" => {
                expects(false)?;
                let bytes = ctx.peek_region(ByteAddr(a4), a5 as usize)?;
                match a3 {
                    1 | 2 => self.printed.borrow_mut().extend(bytes),
                    3 => self.journal.borrow_mut().extend(bytes),
                    other => bail!("bad write file descriptor {other}"),
                }
                Ok((0, 0))
            }
            other => bail!("unknown syscall {other}"),
        }
    }
}

fn put_text(text: &str, reply: &mut [u8]) -> Result<(u32, u32)> {
    let count = text.len().min(reply.len());
    reply[..count].copy_from_slice(&text.as_bytes()[..count]);
    if text.len() >= 1024 {
        bail!("text is too large");
    }
    Ok((text.len() as u32, 0))
}

impl Syscall for Host {
    fn host_read(&self, ctx: &mut impl SyscallContext, fd: u32, buf: &mut [u8]) -> Result<u32> {
        if fd == 0 {
            let (a0, a1) = self.reply.get();
            buf[..4].copy_from_slice(&a0.to_le_bytes());
            buf[4..8].copy_from_slice(&a1.to_le_bytes());
            return Ok(8);
        }
        let mut name = Vec::new();
        while let byte @ 1.. = ctx.peek_u8(ByteAddr(fd) + name.len() as u32)? {
            name.push(byte);
        }
        let mut reply = vec![0; buf.len().next_multiple_of(4)];
        let name = String::from_utf8(name)?;
        self.reply.set(self.syscall(&name, ctx, &mut reply)?);
        buf.copy_from_slice(&reply[..buf.len()]);
        Ok(buf.len() as u32)
    }

    fn host_write(&self, _: &mut impl SyscallContext, _: u32, buf: &[u8]) -> Result<u32> {
        Ok(buf.len() as u32)
    }
}
