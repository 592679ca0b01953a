//! From instruction words to the compact form that the step loop runs.
//!
//! SP1 decodes with `rrs-succinct` 0.2.0, which is more lenient than the ISA manual: it does not look
//! at some upper bits. Such words are made canonical first ([`canonical`]); then the common decoder
//! does the rest.

use crate::elf::Image;
use crate::fuse;
use crate::op::{kind, Code, Op, SINK};
use crate::shards;
use crate::weights::{opcode_index, OPCODES, STATE_BUMP};
use zkperf_exec::riscv::{self, Inst, Op as RiscvOp, Transfer};
use zkperf_exec::{FunctionIndex, FunctionMap, LoadError};
use zkperf_profile::Origin;
use zkperf_symbols::SymbolTable;

/// What can be said of an instruction without running it, summed up to (not including) an index.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StaticSum {
    /// Gas numerators, bytes read, bytes written, recorded memory entries.
    pub(crate) counted: [u64; 4],
    /// Trace area in a shard.
    pub(crate) area: u64,
}

/// A decoded program.
pub(crate) struct Decoded {
    /// Address of the first instruction.
    pub(crate) base: u64,
    /// Index of the first instruction to run.
    pub(crate) entry: usize,
    /// What each instruction does by itself, and one [`Code::Outside`].
    pub(crate) codes: Vec<Code>,
    /// The instructions and one past them, each with the code of the sequence that the loop runs
    /// from there on ([`fuse`]).
    pub(crate) ops: Vec<Op>,
    /// Place in [`OPCODES`] of each instruction; 255 for what cannot run.
    pub(crate) opcodes: Vec<u8>,
    /// Registers each instruction names, as bits.
    pub(crate) registers: Vec<u32>,
    /// One longer than the instructions.
    pub(crate) statics: Vec<StaticSum>,
    /// The table of a shard that each instruction fills ([`shards::table_of`]).
    pub(crate) shard_tables: Vec<u8>,
    /// The last instruction of the longest straight run from each.
    pub(crate) reach: Vec<u32>,
    /// Function of each instruction.
    pub(crate) function_of: Vec<FunctionIndex>,
    /// Whether each instruction begins its function.
    pub(crate) begins: Vec<bool>,
    /// Whether each instruction is a [`Code::Boundary`].
    pub(crate) boundary: Vec<bool>,
    /// The most instructions that can run one after the other without a jump.
    pub(crate) longest_run: u64,
    /// The program's functions.
    pub(crate) functions: FunctionMap,
}

impl Decoded {
    /// Address of an index.
    pub(crate) fn pc(&self, index: usize) -> u64 {
        self.base + 4 * index as u64
    }

    /// Instructions.
    pub(crate) fn len(&self) -> usize {
        self.codes.len() - 1
    }

    /// Whether the instruction always bumps the state, its successor being in another 64 KiB
    /// (`needs_state_bump`, `src/vm.rs`). An `ecall` may end the run, so it is not among them.
    pub(crate) fn crosses(&self, index: usize) -> bool {
        crosses(self.pc(index), self.codes[index])
    }
}

fn crosses(pc: u64, code: Code) -> bool {
    pc & 0xffff == 0xfffc
        && !matches!(
            code,
            Code::Jal
                | Code::Jalr
                | Code::LeavingBranch
                | Code::JumpOutside
                | Code::Ecall
                | Code::Unimplemented
        )
        && !is_branch(code)
}

fn is_branch(code: Code) -> bool {
    (Code::Beq..=Code::Bgeu).contains(&code)
}

/// Makes a word canonical where SP1's decoder does not look at all of its bits.
fn canonical(word: u32) -> u32 {
    const UPPER: u32 = 0xfe00_0000;
    let funct3 = (word >> 12) & 7;
    match (word & 0x7f, funct3) {
        // jalr: any funct3.
        (0x67, _) => word & !0x7000,
        // slli: any upper bits; slliw too.
        (0x13, 1) => word & !0xfc00_0000,
        (0x1b, 1) => word & !UPPER,
        // sllw, divw, remw, remuw: any upper bits.
        (0x3b, 1) => word & !UPPER,
        (0x3b, 4 | 6 | 7) => (word & !UPPER) | 0x0200_0000,
        // Upper bits of ecall and its kin stand in the whole word already.
        _ => word,
    }
}

/// Decodes one word as SP1 does; `None` where its loader gives up.
fn decode_word(word: u32) -> Option<Inst> {
    let inst = riscv::decode::<64>(canonical(word));
    match inst.op {
        RiscvOp::Illegal | RiscvOp::FenceI => None,
        _ => Some(inst),
    }
}

/// Decodes a program.
///
/// # Errors
/// A word that SP1's decoder does not know; an entry point outside of the code.
pub(crate) fn decode(image: &Image, elf: &[u8]) -> Result<Decoded, LoadError> {
    let insts = decode_words(image)?;
    let entry = image.entry.wrapping_sub(image.base) / 4;
    if image.entry < image.base || entry >= insts.len() as u64 {
        return Err(LoadError::Refused {
            zkvm: "sp1",
            reason: format!("its entry point 0x{:x} is outside its code", image.entry),
        });
    }
    let functions = function_map(image, elf, &insts);
    let owners = functions.dense(image.base, insts.len());
    // Every instruction lies in the code ranges, so every one has an owner.
    let function_of: Vec<FunctionIndex> = owners.iter().map(|o| o.map_or(0, |o| o.0)).collect();
    let begins: Vec<bool> = owners.iter().map(|o| o.is_some_and(|o| o.1)).collect();
    let (mut codes, mut ops): (Vec<Code>, Vec<Op>) = insts
        .iter()
        .enumerate()
        .map(|(index, inst)| op(inst, index, &function_of, &begins))
        .unzip();
    let falls_through = |code: Code| !matches!(code, Code::Jal | Code::Jalr | Code::Unimplemented);
    let boundary: Vec<bool> = (0..codes.len())
        .map(|at| at > 0 && function_of[at] != function_of[at - 1] && falls_through(codes[at - 1]))
        .collect();
    let opcodes = opcodes(&insts);
    let shard_tables = shard_tables(&insts, &opcodes);
    let statics = statics(image.base, &insts, &codes, &opcodes, &shard_tables);
    let reach = reach(&codes);
    let longest_run = longest_run(&codes);
    codes.push(Code::Outside);
    ops.push(Op::new(SINK, 0, 0, 0));
    for (op, code) in ops.iter_mut().zip(fuse::fuse(&codes, &boundary)) {
        op.code = code;
    }
    Ok(Decoded {
        base: image.base,
        entry: entry as usize,
        codes,
        ops,
        opcodes,
        registers: insts.iter().map(named_registers).collect(),
        statics,
        shard_tables,
        reach,
        function_of,
        begins,
        boundary,
        longest_run,
        functions,
    })
}

fn decode_words(image: &Image) -> Result<Vec<Inst>, LoadError> {
    let decode = |(index, word): (usize, &u32)| {
        decode_word(*word).ok_or_else(|| LoadError::Refused {
            zkvm: "sp1",
            reason: format!(
                "cannot decode the instruction 0x{word:08x} at 0x{:x}; SP1 runs RV64IM without \
                 compressed, atomic or floating-point instructions (build with lowered atomics)",
                image.base + 4 * index as u64
            ),
        })
    };
    image.words.iter().enumerate().map(decode).collect()
}

fn function_map(image: &Image, elf: &[u8], insts: &[Inst]) -> FunctionMap {
    let table = SymbolTable::from_elf(elf).unwrap_or_default();
    let calls = insts.iter().enumerate().filter_map(|(index, inst)| {
        let pc = image.base + 4 * index as u64;
        let near =
            matches!(riscv::transfer(*inst), Some(Transfer::Call)) && inst.op == RiscvOp::Jal;
        if near {
            return Some(pc.wrapping_add_signed(i64::from(inst.imm)));
        }
        // `auipc` and `jalr` on the same register.
        let next = insts.get(index + 1)?;
        let far = inst.op == RiscvOp::Auipc && next.op == RiscvOp::Jalr && next.rs1 == inst.rd;
        far.then(|| {
            pc.wrapping_add_signed(i64::from(inst.imm))
                .wrapping_add_signed(i64::from(next.imm))
        })
    });
    let end = image.base + 4 * image.words.len() as u64;
    FunctionMap::builder()
        .symbols(&table, Origin::Guest)
        .finish(&[(image.base, end)], calls.chain([image.entry]))
}

/// Registers whose timestamps an instruction changes, but for `ecall`'s own (`src/estimating.rs`).
fn named_registers(inst: &Inst) -> u32 {
    let bit = |register: u8| 1u32 << register;
    let op = inst.op;
    let is_immediate = |from: RiscvOp, to: RiscvOp| (from..=to).contains(&op);
    if matches!(op, RiscvOp::Lui | RiscvOp::Auipc | RiscvOp::Jal) {
        bit(inst.rd)
    } else if op.is_branch() || op.is_store() {
        bit(inst.rs1) | bit(inst.rs2)
    } else if op.is_load()
        || op == RiscvOp::Jalr
        || is_immediate(RiscvOp::Addi, RiscvOp::Srai)
        || is_immediate(RiscvOp::Addiw, RiscvOp::Sraiw)
    {
        bit(inst.rd) | bit(inst.rs1)
    } else if op <= RiscvOp::Remuw {
        bit(inst.rd) | bit(inst.rs1) | bit(inst.rs2)
    } else {
        0
    }
}

fn width(op: RiscvOp) -> u64 {
    match op {
        RiscvOp::Lb | RiscvOp::Lbu | RiscvOp::Sb => 1,
        RiscvOp::Lh | RiscvOp::Lhu | RiscvOp::Sh => 2,
        RiscvOp::Lw | RiscvOp::Lwu | RiscvOp::Sw => 4,
        _ => 8,
    }
}

/// Place of each instruction's opcode; the same few operations come again and again.
fn opcodes(insts: &[Inst]) -> Vec<u8> {
    let mut known = [None; 128];
    let mut place = |inst: &Inst| {
        *known[inst.op as usize]
            .get_or_insert_with(|| opcode_index(inst.op).map_or(u8::MAX, |index| index as u8))
    };
    insts.iter().map(&mut place).collect()
}

/// The table that each instruction fills in a shard.
fn shard_tables(insts: &[Inst], opcodes: &[u8]) -> Vec<u8> {
    let mut known: [[Option<u8>; 2]; 128] = [[None; 2]; 128];
    let mut table = |(inst, opcode): (&Inst, &u8)| {
        let to_x0 = inst.rd == 0;
        let opcode = OPCODES.get(usize::from(*opcode));
        *known[inst.op as usize][usize::from(to_x0)].get_or_insert_with(|| {
            opcode.map_or(0, |opcode| shards::table_of(inst.op, opcode, to_x0))
        })
    };
    insts.iter().zip(opcodes).map(&mut table).collect()
}

fn statics(
    base: u64,
    insts: &[Inst],
    codes: &[Code],
    opcodes: &[u8],
    shard_tables: &[u8],
) -> Vec<StaticSum> {
    let areas: Vec<u64> = (0..=u8::MAX).map(shards::area_of).collect();
    let mut sum = StaticSum::default();
    let mut sums = Vec::with_capacity(insts.len() + 1);
    sums.push(sum);
    for (index, (inst, code)) in insts.iter().zip(codes).enumerate() {
        let opcode = OPCODES.get(opcodes[index] as usize);
        let mut weight = opcode.map_or(0, |opcode| opcode.air.weight());
        let mut area = opcode.map_or(0, |_| areas[usize::from(shard_tables[index])]);
        if crosses(base + 4 * index as u64, *code) {
            weight += STATE_BUMP.weight();
            area += STATE_BUMP.area;
        }
        let read = if inst.op.is_load() { width(inst.op) } else { 0 };
        let written = if inst.op.is_store() {
            width(inst.op)
        } else {
            0
        };
        let entry = u64::from(inst.op.is_load() || inst.op.is_store());
        for (sum, value) in sum.counted.iter_mut().zip([weight, read, written, entry]) {
            *sum += value;
        }
        sum.area += area;
        sums.push(sum);
    }
    sums
}

fn reach(codes: &[Code]) -> Vec<u32> {
    let mut reach = vec![0; codes.len()];
    let mut end = codes.len().saturating_sub(1);
    for (at, code) in codes.iter().enumerate().rev() {
        if ends_runs(*code) {
            end = at;
        }
        reach[at] = end as u32;
    }
    reach
}

/// Whether every straight run ends with the instruction, or before it.
fn ends_runs(code: Code) -> bool {
    matches!(code, Code::Jal | Code::Jalr | Code::Ecall)
}

fn longest_run(codes: &[Code]) -> u64 {
    let (mut longest, mut run) = (0, 0);
    for code in codes {
        run += 1;
        longest = longest.max(run);
        if ends_runs(*code) {
            run = 0;
        }
    }
    longest + 1
}

/// What an instruction does, and its compact form, whose code is not set yet.
fn op(inst: &Inst, index: usize, function_of: &[FunctionIndex], begins: &[bool]) -> (Code, Op) {
    let code = code(inst.op);
    let rd = if inst.rd == 0 { SINK } else { inst.rd };
    let op = |rs1, rs2, imm| Op::new(rd, rs1, rs2, imm);
    match inst.op {
        RiscvOp::Lui | RiscvOp::Auipc => return (code, op(0, 0, inst.imm >> 12)),
        RiscvOp::Jalr => {
            let meaning = match riscv::transfer(*inst) {
                Some(Transfer::Return) => kind::RETURN,
                Some(Transfer::Jump) => kind::LEAVE,
                _ => kind::CALL,
            };
            return (code, op(inst.rs1, meaning, inst.imm));
        }
        RiscvOp::Jal => {}
        other if other.is_branch() => {}
        // What has no immediate may have anything in its place.
        _ if code == Code::Unimplemented => return (code, op(0, 0, 0)),
        _ => return (code, op(inst.rs1, inst.rs2, inst.imm)),
    }
    let distance = inst.imm / 4;
    let target = index as i64 + i64::from(distance);
    if inst.imm % 4 != 0 || target < 0 || target >= function_of.len() as i64 {
        // Kept as it is, to be judged when it runs: the branch's own code goes where rd was.
        let kept = Op::new(code as u8, inst.rs1, inst.rs2, inst.imm);
        return (Code::JumpOutside, kept);
    }
    let leaves = function_of[target as usize] != function_of[index];
    let within = if leaves { kind::LEAVE } else { kind::WITHIN };
    if inst.op == RiscvOp::Jal {
        // Inside its function, what links is a subroutine and no call, unless it is recursion.
        let enters = leaves || begins[target as usize];
        let is_call = enters && riscv::transfer(*inst) == Some(Transfer::Call);
        let meaning = if is_call { kind::CALL } else { within };
        return (code, op(meaning, 0, distance));
    }
    let rd = code as u8;
    let code = if leaves { Code::LeavingBranch } else { code };
    (code, Op::new(rd, inst.rs1, inst.rs2, distance))
}

fn code(op: RiscvOp) -> Code {
    macro_rules! same {
        ($($name:ident)*) => {
            match op {
                $(RiscvOp::$name => Code::$name,)*
                _ => Code::Unimplemented,
            }
        };
    }
    same! {
        Lui Auipc Jal Jalr Beq Bne Blt Bge Bltu Bgeu Lb Lh Lw Ld Lbu Lhu Lwu Sb Sh Sw Sd
        Addi Slti Sltiu Xori Ori Andi Slli Srli Srai Add Sub Sll Slt Sltu Xor Srl Sra Or And
        Addiw Slliw Srliw Sraiw Addw Subw Sllw Srlw Sraw
        Mul Mulh Mulhsu Mulhu Div Divu Rem Remu Mulw Divw Divuw Remw Remuw Ecall
    }
}
