//! Checks in machine code: branches one side of which does nothing but panic.
//!
//! Found from the panic backwards. Code is *doomed* if, without another branch or call, it comes to a call of one of the
//! panic functions of Rust's standard library; a conditional branch with one doomed side is a check. What a check compares
//! is not looked at: for how many instructions it needs, only the branch itself is certain.

use std::collections::{HashMap, HashSet};

use crate::elf::executable_parts;
use crate::error::SymbolError;
use crate::name::without_hash;
use crate::riscv::{decode, Op};
use crate::table::SymbolTable;

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CheckKind {
    /// An index into a slice.
    Bounds,
    /// The ends of a part of a slice or text, and lengths of what is copied.
    Slice,
    /// Arithmetic that must not overflow.
    Overflow,
    /// A divisor that must not be 0.
    Division,
    /// An option or result that must be there.
    Unwrap,
    /// A `RefCell` that must not be borrowed.
    Borrow,
    /// Assertions, and whatever else panics.
    Other,
}

impl CheckKind {
    /// What a reader calls them.
    pub fn name(self) -> &'static str {
        match self {
            CheckKind::Bounds => "index bounds",
            CheckKind::Slice => "slice bounds and lengths",
            CheckKind::Overflow => "arithmetic overflow",
            CheckKind::Division => "division by zero",
            CheckKind::Unwrap => "unwrap and expect",
            CheckKind::Borrow => "RefCell borrows",
            CheckKind::Other => "assertions and other panics",
        }
    }

    /// What a function of the standard library panics about; nothing for one that does not panic. Names as of rustc 1.96.
    fn of_panic(name: &str) -> Option<CheckKind> {
        let name = without_hash(name);
        let within = |module: &str| name.starts_with(module);
        let last = name.rsplit("::").next().unwrap_or_default();
        let kind = match last {
            "panic_bounds_check" => CheckKind::Bounds,
            "slice_error_fail" | "len_mismatch_fail" => CheckKind::Slice,
            _ if within("core::slice::index::") && last.ends_with("_fail") => CheckKind::Slice,
            "panic_const_div_by_zero" | "panic_const_rem_by_zero" => CheckKind::Division,
            _ if within("core::panicking::panic_const::") => CheckKind::Overflow,
            "unwrap_failed" | "expect_failed" => CheckKind::Unwrap,
            _ if within("core::cell::panic_already") => CheckKind::Borrow,
            "handle_alloc_error" | "capacity_overflow" | "handle_error" => CheckKind::Other,
            _ if within("core::panicking::") || within("std::panicking::") => CheckKind::Other,
            _ => return None,
        };
        let is_std = ["core::", "alloc::", "std::", "<"];
        is_std.iter().any(|start| within(start)).then_some(kind)
    }
}

/// A branch that goes on, or panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Address of the branch.
    pub branch: u64,
    /// What is checked.
    pub kind: CheckKind,
}

/// All checks of an ELF, executed or not, by address. None where it has no symbols.
///
/// # Errors
/// As [`SymbolTable::from_elf`].
pub fn checks(elf: &[u8]) -> Result<Vec<Check>, SymbolError> {
    let symbols = SymbolTable::from_elf(elf)?;
    let mut panics: HashMap<u64, CheckKind> = HashMap::new();
    let mut starts: HashSet<u64> = HashSet::new();
    for symbol in symbols.symbols() {
        starts.insert(symbol.start);
        if let Some(kind) = CheckKind::of_panic(&symbol.name.full) {
            panics.insert(symbol.start, kind);
        }
    }
    let mut found = Vec::new();
    for (start, data) in executable_parts(elf)?.1 {
        Code::read(start, data).checks(&panics, &starts, &mut found);
    }
    found.sort_by_key(|check| check.branch);
    found.dedup_by_key(|check| check.branch);
    Ok(found)
}

/// What an instruction does to the course of execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// Goes on.
    On,
    /// A conditional branch.
    Branch(u64),
    /// Goes there for good.
    Jump(u64),
    /// Calls what is there, and goes on.
    Call(u64),
    /// Anything that is not known before: returns, jumps by a register, what is no instruction.
    Unknown,
}

/// A part's instructions.
struct Code {
    addresses: Vec<u64>,
    flows: Vec<Flow>,
}

impl Code {
    fn read(start: u64, data: &[u8]) -> Code {
        let mut code = Code {
            addresses: Vec::with_capacity(data.len() / 4),
            flows: Vec::with_capacity(data.len() / 4),
        };
        let mut at = 0;
        // The register that the instruction before, an auipc, wrote, and what it wrote.
        let mut upper = None;
        while let Some(low) = data.get(at..at + 2) {
            let low = u16::from_le_bytes([low[0], low[1]]);
            let address = start + at as u64;
            let (flow, bytes) = match (low & 3 == 3, data.get(at..at + 4)) {
                (true, Some(word)) => {
                    let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
                    (flow(address, word, &mut upper), 4)
                }
                (true, None) => (Flow::Unknown, 2),
                (false, _) => {
                    upper = None;
                    (compressed_flow(address, low), 2)
                }
            };
            code.addresses.push(address);
            code.flows.push(flow);
            at += bytes;
        }
        code
    }

    fn place(&self, address: u64) -> Option<usize> {
        self.addresses.binary_search(&address).ok()
    }

    fn checks(
        &self,
        panics: &HashMap<u64, CheckKind>,
        starts: &HashSet<u64>,
        found: &mut Vec<Check>,
    ) {
        let doomed = self.doomed(panics, starts);
        for (at, flow) in self.flows.iter().enumerate() {
            let Flow::Branch(target) = *flow else {
                continue;
            };
            let taken = self.place(target).and_then(|at| doomed[at]);
            let not_taken = doomed.get(at + 1).copied().flatten();
            // With both sides doomed it decides only how to panic.
            if let (Some(kind), None) | (None, Some(kind)) = (taken, not_taken) {
                found.push(Check {
                    branch: self.addresses[at],
                    kind,
                });
            }
        }
    }

    /// For every instruction what it comes to, if that is a panic.
    fn doomed(
        &self,
        panics: &HashMap<u64, CheckKind>,
        starts: &HashSet<u64>,
    ) -> Vec<Option<CheckKind>> {
        let mut doomed: Vec<Option<CheckKind>> = vec![None; self.flows.len()];
        loop {
            let mut changed = false;
            for at in (0..self.flows.len()).rev() {
                let next = || {
                    let begins = starts.contains(self.addresses.get(at + 1)?);
                    doomed.get(at + 1).copied().flatten().filter(|_| !begins)
                };
                let kind = match self.flows[at] {
                    Flow::On => next(),
                    Flow::Call(target) => panics.get(&target).copied(),
                    Flow::Jump(target) => panics
                        .get(&target)
                        .copied()
                        .or_else(|| self.place(target).and_then(|at| doomed[at])),
                    Flow::Branch(_) | Flow::Unknown => None,
                };
                if kind.is_some() && doomed[at].is_none() {
                    doomed[at] = kind;
                    changed = true;
                }
            }
            if !changed {
                return doomed;
            }
        }
    }
}

/// Of a 4-byte instruction; jumps and branches are the same with words of 32 bits. `upper` is what an auipc just before
/// wrote, and where to: it is told what this one did.
fn flow(address: u64, word: u32, upper: &mut Option<(u8, u64)>) -> Flow {
    let inst = decode::<64>(word);
    let before = upper.take();
    let moved = |from: u64| from.wrapping_add_signed(inst.imm.into());
    let goes = |target| match inst.rd {
        0 => Flow::Jump(target),
        _ => Flow::Call(target),
    };
    match inst.op {
        Op::Auipc => {
            *upper = Some((inst.rd, moved(address)));
            Flow::On
        }
        Op::Jal => goes(moved(address)),
        Op::Jalr => match before {
            Some((register, value)) if register == inst.rs1 => goes(moved(value) & !1),
            _ => Flow::Unknown,
        },
        op if op.is_branch() => Flow::Branch(moved(address)),
        // What stands for unimplemented does not go on; environment calls do, and what the decoder does not know.
        Op::Ebreak => Flow::Unknown,
        Op::Csr if word == UNIMPLEMENTED => Flow::Unknown,
        Op::Illegal if word == 0 => Flow::Unknown,
        _ => Flow::On,
    }
}

/// `unimp`, as LLVM writes it: `csrrw x0, cycle, x0`.
const UNIMPLEMENTED: u32 = 0xc000_1073;

/// Of a 2-byte instruction (ISA manual, "C"). Jumps of it that save the return address (c.jal) are of 32 bits only and rare:
/// they are taken for unknown.
fn compressed_flow(address: u64, half: u16) -> Flow {
    let word = u32::from(half);
    let bit = |from: u32, to: u32| (word >> from & 1) << to;
    match (word & 3, word >> 13) {
        (1, 5) => {
            let offset = bit(12, 11) | bit(11, 4) | bit(10, 9) | bit(9, 8) | bit(8, 10);
            let offset =
                offset | bit(7, 6) | bit(6, 7) | bit(5, 3) | bit(4, 2) | bit(3, 1) | bit(2, 5);
            Flow::Jump(address.wrapping_add(extended(offset, 12)))
        }
        (1, 6 | 7) => {
            let offset = bit(12, 8) | bit(11, 4) | bit(10, 3) | bit(6, 7) | bit(5, 6);
            let offset = offset | bit(4, 2) | bit(3, 1) | bit(2, 5);
            Flow::Branch(address.wrapping_add(extended(offset, 9)))
        }
        // c.jr, c.jalr, c.ebreak; the others of this row are c.mv and c.add.
        (2, 4) if word >> 2 & 31 == 0 => Flow::Unknown,
        (0, 0) if word == 0 => Flow::Unknown,
        _ => Flow::On,
    }
}

/// A number of so many bits, its sign extended.
fn extended(value: u32, bits: u32) -> u64 {
    let shift = 32 - bits;
    ((value << shift) as i32 >> shift) as i64 as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks of code at 0x1000 whose panic functions are at 0x2000 (bounds) and 0x3000 (overflow).
    fn found(words: &[u32]) -> Vec<(u64, CheckKind)> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let panics = HashMap::from([(0x2000, CheckKind::Bounds), (0x3000, CheckKind::Overflow)]);
        let mut found = Vec::new();
        Code::read(0x1000, &bytes).checks(&panics, &HashSet::from([0x1000]), &mut found);
        found
            .iter()
            .map(|check| (check.branch, check.kind))
            .collect()
    }

    const RET: u32 = 0x0000_8067;
    const NOP: u32 = 0x0000_0013;
    /// bgeu a0, a1, +8
    const BGEU_8: u32 = 0x00b5_7463;

    #[test]
    fn a_branch_to_a_panic_is_a_check() {
        // At 0x1008: a move, then auipc ra, 1 and jalr ra, -12(ra), which is 0x100c + 0x1000 - 12 = 0x2000.
        let words = [BGEU_8, RET, NOP, 0x0000_1097, 0xff40_80e7];
        assert_eq!(found(&words), [(0x1000, CheckKind::Bounds)]);
    }

    #[test]
    fn a_branch_round_a_panic_is_a_check() {
        // jal ra, +0x1ffc from 0x1004 is 0x3000.
        let words = [BGEU_8, 0x7fd0_10ef, RET];
        assert_eq!(found(&words), [(0x1000, CheckKind::Overflow)]);
    }

    #[test]
    fn a_jump_on_the_way_changes_nothing() {
        // 0x1000 goes to 0x1008, which goes back to 0x1010 by way of j +8: there is the call.
        let words = [BGEU_8, RET, 0x0080_006f, RET, 0x0000_1097, 0xff00_80e7];
        assert_eq!(found(&words), [(0x1000, CheckKind::Bounds)]);
    }

    #[test]
    fn a_choice_or_a_call_before_the_panic_is_no_check() {
        // The target branches once more: that one is the check.
        let words = [BGEU_8, RET, BGEU_8, RET, 0x0000_1097, 0xff00_80e7];
        assert_eq!(found(&words), [(0x1008, CheckKind::Bounds)]);
        // A call of something else first: it may not come back.
        let words = [BGEU_8, RET, 0x1000_00ef, 0x0000_1097, 0xff40_80e7];
        assert_eq!(found(&words), []);
    }

    #[test]
    fn panics_are_told_by_their_names() {
        for (name, kind) in [
            (
                "core::panicking::panic_bounds_check",
                Some(CheckKind::Bounds),
            ),
            (
                "core::slice::index::slice_end_index_len_fail",
                Some(CheckKind::Slice),
            ),
            (
                "core::panicking::panic_const::panic_const_add_overflow",
                Some(CheckKind::Overflow),
            ),
            (
                "core::panicking::panic_const::panic_const_div_by_zero",
                Some(CheckKind::Division),
            ),
            (
                "core::option::unwrap_failed::h0123456789abcdef",
                Some(CheckKind::Unwrap),
            ),
            (
                "core::cell::panic_already_borrowed",
                Some(CheckKind::Borrow),
            ),
            ("core::panicking::panic_fmt", Some(CheckKind::Other)),
            ("core::slice::index::range", None),
            ("mine::unwrap_failed", None),
        ] {
            assert_eq!(CheckKind::of_panic(name), kind, "{name}");
        }
    }
}
