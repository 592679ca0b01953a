//! The machine's BIGINT (execute/bigint.rs and execute/bibc.rs of risc0-circuit-rv32im 4.0.5): a small
//! program over integers of any size computes results, which the circuit then verifies.

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::Zero;
use std::collections::BTreeMap;

use crate::machine::{Machine, Stop};
use crate::rules::{
    MACHINE_REGISTERS, MAX_BIGINT_PROGRAM_BYTES, PAGE_BYTES, USER_BIGINT_END, USER_START,
};

const T0: usize = 5;
const T1: usize = 6;
const T2: usize = 7;
const T3: usize = 28;
const A0: usize = 10;

/// Words of the circuit's integers: operands are addressed and stored in chunks of these.
const CHUNK_WORDS: u32 = 4;
const CHUNK_BYTES: u64 = 16;
/// Words of a page.
const PAGE_WORDS: u32 = PAGE_BYTES / 4;
/// Longest operand that is loaded, in bytes. The official executor has no limit but memory.
const LONGEST_OPERAND: u64 = 1 << 20;

type Witness = BTreeMap<u32, [u32; 4]>;

fn fault(what: impl std::fmt::Display) -> Stop {
    Stop::Fault(format!("bigint: {what}"))
}

impl Machine<'_> {
    /// Runs the program at `t1`, then touches what the circuit verifies with. Gives the rows: 2, and as
    /// many as the verifying program has words.
    pub(crate) fn ecall_bigint(&mut self) -> Result<u64, Stop> {
        let mode = self.machine_register(T0);
        if mode > 1 {
            return Err(fault(format_args!("invalid mode {mode}")));
        }
        let blob = self.aligned_register(A0)?;
        let nondet = self.aligned_register(T1)?;
        let verify = self.aligned_register(T2)?.wrapping_sub(1) & 0x3fff_ffff;
        let constants = self.aligned_register(T3)?;
        let nondet_words = self.load(blob)?;
        let verify_words = self.load(blob + 1)?;
        let constant_words = self.load(blob + 2)?;
        if u64::from(nondet_words) * 4 > MAX_BIGINT_PROGRAM_BYTES {
            return Err(fault("the program is too large"));
        }
        let words = self.load_words(nondet, nondet_words)?;
        let program = BigIntProgram::parse(&words).map_err(fault)?;
        let witness = self.evaluate(&program, mode)?;
        self.touch_words(verify, verify_words)?;
        self.touch_words(constants, constant_words)?;
        for (start, words) in witness {
            for (at, word) in words.into_iter().enumerate() {
                self.store(start + at as u32, word)?;
            }
        }
        Ok(2 + u64::from(verify_words))
    }

    fn aligned_register(&self, index: usize) -> Result<u32, Stop> {
        let registers = &self.registers[1];
        let address = *registers[..32]
            .get(index)
            .ok_or_else(|| fault(format_args!("there is no register {index}")))?;
        if address & 3 != 0 {
            return Err(fault(format_args!(
                "0x{address:08x} is an unaligned address"
            )));
        }
        Ok(address >> 2)
    }

    fn load_words(&mut self, start: u32, words: u32) -> Result<Vec<u32>, Stop> {
        self.touch_words(start, words)?;
        (start..start + words).map(|word| self.load(word)).collect()
    }

    /// Loads words that only the circuit looks at: the pages are paid, one by one.
    fn touch_words(&mut self, start: u32, words: u32) -> Result<(), Stop> {
        // The region's end is a byte address: it must not pass 2^32.
        let bytes = u64::from(start) * 4 + u64::from(words) * 4;
        if bytes > u64::from(u32::MAX) {
            return Err(fault("a region ends past the end of memory"));
        }
        let end = start + words;
        let mut word = start;
        while word < end {
            // The first word of each page stands for the others, unless it is in a register window,
            // which never pages.
            self.load(word)?;
            let in_windows = word >= MACHINE_REGISTERS / 4;
            word = if in_windows {
                word + 1
            } else {
                (word / PAGE_WORDS + 1) * PAGE_WORDS
            };
        }
        Ok(())
    }

    /// Address of an operand, checked.
    fn operand(&self, op: &BigIntOp, mode: u32) -> Result<u32, Stop> {
        let (arena, offset) = (op.a >> 16, op.a & 0xffff);
        let start = self.aligned_register(arena as usize)? + offset * CHUNK_WORDS;
        if start < USER_START / 4 || (mode == 0 && start >= USER_BIGINT_END / 4) {
            return Err(fault(format_args!(
                "invalid operand address 0x{:08x}",
                u64::from(start) * 4
            )));
        }
        Ok(start)
    }

    fn evaluate(&mut self, program: &BigIntProgram, mode: u32) -> Result<Witness, Stop> {
        let mut values: Vec<BigInt> = Vec::with_capacity(program.ops.len());
        let mut witness = Witness::new();
        for op in &program.ops {
            let value = match op.code {
                Code::Const => program.constant(op).map_err(fault)?,
                Code::Load => {
                    let start = self.operand(op, mode)?;
                    let words = program.operand_bytes(op).map_err(fault)? as u32 / 4;
                    let limbs = (start..start + words).map(|word| self.load(word));
                    BigUint::new(limbs.collect::<Result<_, _>>()?).into()
                }
                Code::Store => {
                    let start = self.operand(op, mode)?;
                    let bytes = program.operand_bytes(op).map_err(fault)?;
                    let value = values
                        .get(op.b as usize)
                        .ok_or_else(|| fault("invalid operand"))?;
                    store_value(&mut witness, start, bytes, value.magnitude()).map_err(fault)?;
                    BigInt::zero()
                }
                code => {
                    let operands = (values.get(op.a as usize), values.get(op.b as usize));
                    let (Some(a), Some(b)) = operands else {
                        return Err(fault("invalid operand"));
                    };
                    compute(code, a, b).map_err(fault)?
                }
            };
            values.push(value);
        }
        Ok(witness)
    }
}

/// Notes a value of `bytes` bytes, chunk by chunk, zeros above it included.
fn store_value(
    witness: &mut Witness,
    start: u32,
    bytes: u64,
    value: &BigUint,
) -> Result<(), String> {
    let limbs = value.to_u32_digits();
    if bytes < 4 * limbs.len() as u64 {
        return Err(format!(
            "a result of {} bytes does not fit into {bytes}",
            4 * limbs.len()
        ));
    }
    for chunk in 0..(bytes / CHUNK_BYTES) as u32 {
        let words = std::array::from_fn(|at| {
            let limb = chunk as usize * CHUNK_WORDS as usize + at;
            limbs.get(limb).copied().unwrap_or(0)
        });
        witness.insert(start + chunk * CHUNK_WORDS, words);
    }
    Ok(())
}

fn compute(code: Code, a: &BigInt, b: &BigInt) -> Result<BigInt, String> {
    let by_zero = || String::from("division by zero");
    Ok(match code {
        Code::Add => a + b,
        Code::Sub => a - b,
        Code::Mul => a * b,
        // Both round towards zero, as the official library does.
        Code::Rem if b.is_zero() => return Err(by_zero()),
        Code::Rem => a % b,
        Code::Quo if b.is_zero() => return Err(by_zero()),
        Code::Quo => a / b,
        _ => {
            let modulus = b.magnitude();
            if modulus.is_zero() {
                return Err(by_zero());
            }
            let inverse = (a.magnitude() % modulus).modinv(modulus);
            BigInt::from_biguint(Sign::Plus, inverse.ok_or_else(by_zero)?)
        }
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    Const,
    Load,
    Store,
    Add,
    Sub,
    Mul,
    Rem,
    Quo,
    Inv,
}

/// One operation; its result has the number of the operation.
#[derive(Debug, Clone, Copy)]
struct BigIntOp {
    code: Code,
    result_type: u32,
    a: u32,
    b: u32,
}

/// A program: "bibc", version 1.
struct BigIntProgram {
    /// Coefficients of each type: its size in bytes.
    type_bytes: Vec<u64>,
    constants: Vec<u64>,
    ops: Vec<BigIntOp>,
}

impl BigIntProgram {
    fn parse(words: &[u32]) -> Result<Self, String> {
        let mut rest = words;
        let header = take(&mut rest, 6)?;
        if header[0].to_le_bytes() != *b"bibc" || header[1] != 1 {
            return Err("the program is not of the form \"bibc\", version 1".into());
        }
        let [inputs, types, constants, ops] = [header[2], header[3], header[4], header[5]];
        // Two 64-bit fields for an input, four for a type, one for a constant and for an operation.
        take(&mut rest, u64::from(inputs) * 4)?;
        let types = take(&mut rest, u64::from(types) * 8)?;
        let constants = take(&mut rest, u64::from(constants) * 2)?;
        let ops = take(&mut rest, u64::from(ops) * 2)?;
        Ok(Self {
            type_bytes: types.chunks_exact(8).map(long).collect(),
            constants: constants.chunks_exact(2).map(long).collect(),
            ops: ops
                .chunks_exact(2)
                .map(|words| BigIntOp::parse(long(words)))
                .collect::<Result<_, _>>()?,
        })
    }

    fn operand_bytes(&self, op: &BigIntOp) -> Result<u64, String> {
        let bytes = self
            .type_bytes
            .get(op.result_type as usize)
            .ok_or("unknown type")?;
        let padded = bytes.checked_next_multiple_of(CHUNK_BYTES);
        let fits = padded.filter(|bytes| *bytes <= LONGEST_OPERAND);
        fits.ok_or_else(|| format!("an operand of {bytes} bytes is too long"))
    }

    fn constant(&self, op: &BigIntOp) -> Result<BigInt, String> {
        let (start, count) = (op.a as usize, op.b as usize);
        let words = self
            .constants
            .get(start..start + count)
            .ok_or("unknown constant")?;
        let digits = words
            .iter()
            .flat_map(|word| [*word as u32, (*word >> 32) as u32]);
        Ok(BigUint::new(digits.collect()).into())
    }
}

impl BigIntOp {
    fn parse(bits: u64) -> Result<Self, String> {
        let code = match bits & 0xf {
            0x2 => Code::Const,
            0x3 => Code::Load,
            0x4 => Code::Store,
            0x8 => Code::Add,
            0x9 => Code::Sub,
            0xa => Code::Mul,
            0xb => Code::Rem,
            0xc => Code::Quo,
            0xe => Code::Inv,
            other => return Err(format!("unknown operation {other}")),
        };
        Ok(Self {
            code,
            result_type: (bits >> 4 & 0xfff) as u32,
            a: (bits >> 16 & 0xff_ffff) as u32,
            b: (bits >> 40 & 0xff_ffff) as u32,
        })
    }
}

fn take<'a>(rest: &mut &'a [u32], words: u64) -> Result<&'a [u32], String> {
    let count = usize::try_from(words)
        .ok()
        .filter(|count| *count <= rest.len());
    let (part, tail) = rest.split_at(count.ok_or("the program ends early")?);
    *rest = tail;
    Ok(part)
}

/// The first two words of a slice, as one value.
fn long(words: &[u32]) -> u64 {
    u64::from(words[0]) | u64::from(words[1]) << 32
}
