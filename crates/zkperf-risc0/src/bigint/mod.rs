//! The machine's BIGINT (execute/bigint.rs and execute/bibc.rs of risc0-circuit-rv32im 4.0.5): a small
//! program over integers of any size computes results, which the circuit then verifies.

mod integer;
mod program;

use smallvec::SmallVec;
use std::rc::Rc;

use crate::machine::{Machine, Stop};
use crate::rules::{
    MACHINE_REGISTERS, MAX_BIGINT_PROGRAM_BYTES, PAGE_BYTES, USER_BIGINT_END, USER_START,
};
use crate::window::is_ordinary;
use integer::Integer;
use program::{BigIntOp, BigIntProgram, Code, CHUNK_BYTES};

const T0: usize = 5;
const T1: usize = 6;
const T2: usize = 7;
const T3: usize = 28;
const A0: usize = 10;

const CHUNK_WORDS: u32 = CHUNK_BYTES as u32 / 4;
/// Words of a page.
const PAGE_WORDS: u32 = PAGE_BYTES / 4;

/// What is stored in the end, as (word address, words).
type Witness = Vec<(u32, [u32; CHUNK_WORDS as usize])>;

/// Programs that were parsed already, the last used one first. A guest has a few, and runs them often.
#[derive(Debug, Default)]
pub(crate) struct Programs {
    known: Vec<(Vec<u32>, Rc<BigIntProgram>)>,
}

impl Programs {
    const MOST: usize = 16;

    fn parsed(&mut self, words: Vec<u32>) -> Result<Rc<BigIntProgram>, String> {
        let known = self.known.iter().position(|(known, _)| *known == words);
        let at = match known {
            Some(at) => at,
            None => {
                let program = Rc::new(BigIntProgram::parse(&words)?);
                self.known.truncate(Self::MOST - 1);
                self.known.push((words, program));
                self.known.len() - 1
            }
        };
        self.known[..=at].rotate_right(1);
        Ok(Rc::clone(&self.known[0].1))
    }
}

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
        let program = self.bigint_programs.parsed(words).map_err(fault)?;
        let mut witness = self.evaluate(&program, mode)?;
        self.touch_words(verify, verify_words)?;
        self.touch_words(constants, constant_words)?;
        // In the order of addresses; where two lie at the same one, the later is the last.
        witness.sort_by_key(|(start, _)| *start);
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
        if is_ordinary(start, words) {
            // Their pages are loaded: only memory is left to look at.
            return Ok((start..start + words)
                .map(|word| self.memory.word(word))
                .collect());
        }
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
        let mut values = Values::new(program.ops.len());
        let mut witness = Witness::new();
        for op in &program.ops {
            let value = match op.code {
                Code::Const => program.constant(op).map_err(fault)?,
                Code::Load => {
                    let start = self.operand(op, mode)?;
                    let words = program.operand_bytes(op).map_err(fault)? as u32 / 4;
                    let words: SmallVec<[u32; 16]> = (start..start + words)
                        .map(|word| self.load(word))
                        .collect::<Result<_, _>>()?;
                    Integer::from_words(words.into_iter())
                }
                Code::Store => {
                    let start = self.operand(op, mode)?;
                    let bytes = program.operand_bytes(op).map_err(fault)?;
                    let value = values.any(op.b).map_err(fault)?;
                    store_value(&mut witness, start, bytes, value).map_err(fault)?;
                    Integer::default()
                }
                code => values.compute(code, op.a, op.b).map_err(fault)?,
            };
            values.known.push(value);
        }
        Ok(witness)
    }
}

/// Results of operations, by their numbers.
struct Values {
    known: Vec<Integer>,
    /// What operations that are still to come have for a result.
    unknown: Integer,
    operations: usize,
    /// The last division: dividend and divisor, quotient and remainder. Programs want both, one by one.
    division: Option<((u32, u32), (Integer, Integer))>,
}

impl Values {
    fn new(operations: usize) -> Self {
        Self {
            known: Vec::with_capacity(operations),
            unknown: Integer::default(),
            operations,
            division: None,
        }
    }

    /// The value of an operation, which may be still to come.
    fn any(&self, number: u32) -> Result<&Integer, String> {
        let to_come = (number as usize) < self.operations;
        let known = self.known.get(number as usize);
        known
            .or(to_come.then_some(&self.unknown))
            .ok_or_else(|| "invalid operand".into())
    }

    fn compute(&mut self, code: Code, a: u32, b: u32) -> Result<Integer, String> {
        let operands = (self.known.get(a as usize), self.known.get(b as usize));
        let (Some(left), Some(right)) = operands else {
            return Err("invalid operand".into());
        };
        let by_zero = || String::from("division by zero");
        Ok(match code {
            Code::Add => left.plus(right),
            Code::Sub => left.minus(right),
            Code::Mul => left.times(right),
            Code::Inv => left.inverse_modulo(right).ok_or_else(by_zero)?,
            _ => {
                let known = self.division.take().filter(|(of, _)| *of == (a, b));
                let (quotient, remainder) = match known {
                    Some((_, results)) => results,
                    None => left.divided_by(right).ok_or_else(by_zero)?,
                };
                let result = match code {
                    Code::Quo => quotient.clone(),
                    _ => remainder.clone(),
                };
                self.division = Some(((a, b), (quotient, remainder)));
                result
            }
        })
    }
}

/// Notes a value of `bytes` bytes, chunk by chunk, zeros above it included.
fn store_value(
    witness: &mut Witness,
    start: u32,
    bytes: u64,
    value: &Integer,
) -> Result<(), String> {
    let mut words = value.words();
    if bytes < 4 * words.len() as u64 {
        return Err(format!(
            "a result of {} bytes does not fit into {bytes}",
            4 * words.len()
        ));
    }
    for chunk in 0..(bytes / CHUNK_BYTES) as u32 {
        let words = std::array::from_fn(|_| words.next().unwrap_or(0));
        witness.push((start + chunk * CHUNK_WORDS, words));
    }
    Ok(())
}
