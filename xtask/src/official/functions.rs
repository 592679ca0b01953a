//! What `ziskemu -S -D` says of each function, computed from our profile.
//!
//! Both sides attribute inclusively and agree on calls, opcodes and precompiles. ziskemu (1.1.0-alpha and
//! 1.4.0-alpha, `stats.rs:727`, `check_roi`) differs in four ways, which are stated here exactly:
//!
//! - `check_roi` runs after an instruction's operand reads (and all of a precompile's memory) were
//!   billed, and before its operation and its store. So the reads of a callee's first instruction stay
//!   with the caller, and those of the instruction returned to go to the callee. The step counter, bumped
//!   as early, is corrected (`stats_costs.rs:44`).
//! - A tail-called function is charged from its first instruction to the return of the frame it runs in,
//!   as in our tree; but the step correction is applied without what it corrects: it is one step short
//!   for each time it was tail-called.
//! - A call counts as recursive, and is then not charged again, if its function is the *caller* of a
//!   frame on the stack. A function that has left its frame by a tail call is not.
//! - A function's call of itself by `auipc` and `jalr` is not seen as a call.
//!
//! A tail call back to a function of the same frame is not charged by ziskemu again (or charged twice, if it
//! is the frame's first function), while our tree goes back to that function's node; those called on the way
//! round are charged with what follows. The profile does not say which of a node's calls were such, so these
//! functions are not compared.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use anyhow::{Context, Result};
use zisk_core::{SRC_IMM, SRC_IND, SRC_MEM, STORE_IND, STORE_MEM};
use zkperf_profile::{Entry, Function, NodeId, ProfileData, Source};
use zkperf_symbols::{demangle, SymbolTable};

use super::image::{Image, Inst};
use super::version::Version;
use crate::figures::{add, Figures};

/// Figures of functions as ziskemu states them.
#[derive(Debug, Clone, Default)]
pub struct FunctionFigures {
    /// Figures that follow exactly.
    pub exact: Figures,
    /// Memory and cost of functions at whose edges an instruction reads at more than one price: the
    /// profile knows the instruction's sum, not which executions cost what.
    pub within: BTreeMap<String, RangeInclusive<u64>>,
    /// Names that ziskemu may use in place of ours.
    pub aliases: BTreeMap<String, String>,
    /// Functions that ziskemu charges otherwise: tail calls back into a frame, or our stack re-synchronised.
    pub not_comparable: BTreeSet<String>,
}

/// The name ziskemu shows: without hashes, crate disambiguators and the types of constants
/// (`symbolic_demangle` in `elf_symbol_reader.rs:65`).
fn bare_name(function: &Function) -> String {
    match function.symbol.is_empty() {
        true => function.name.clone(),
        false => demangle(&function.symbol).short,
    }
}

/// Other names of the code that a symbol names: identical functions are folded into one, and ziskemu
/// may have chosen another of their names. From the other name to ours.
fn aliases(elf: &[u8]) -> BTreeMap<String, String> {
    let Ok(table) = SymbolTable::from_elf(elf) else {
        return BTreeMap::new();
    };
    let mut out = BTreeMap::new();
    for symbol in table.symbols() {
        for alias in &symbol.aliases {
            out.insert(demangle(alias).short, symbol.name.short.clone());
        }
    }
    out
}

/// Computes them. `image` is the official one of the program `elf`.
///
/// # Errors
/// The profile lacks a measure that ZisK's profiles have.
pub fn as_ziskemu(
    data: &ProfileData,
    version: &Version,
    image: &Image,
    elf: &[u8],
) -> Result<FunctionFigures> {
    let tree = Tree::new(data, version, image)?;
    let names: Vec<String> = data.functions.iter().map(bare_name).collect();
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for index in 0..data.nodes.len() {
        let name = names[data.nodes[index].function.0 as usize].as_str();
        tree.count(index, sums.entry(name).or_default());
    }
    let mut out = FunctionFigures {
        aliases: aliases(elf),
        ..FunctionFigures::default()
    };
    for (name, sum) in sums {
        let key = |measure: &str| format!("function.{name}.{measure}");
        let tail_steps = |steps: u64| steps.saturating_sub(sum.tail_entries);
        add(&mut out.exact, key("calls"), sum.calls);
        add(&mut out.exact, key("steps"), tail_steps(sum.steps));
        add(&mut out.exact, key("opcodes"), sum.opcodes);
        add(&mut out.exact, key("precompiles"), sum.precompiles);
        let memory = sum.memory(&tree);
        let rest = version.prices.step * tail_steps(sum.steps) + sum.opcodes + sum.precompiles;
        let cost = rest + memory.0..=rest + memory.1;
        for (measure, range) in [("memory", memory.0..=memory.1), ("cost", cost)] {
            if range.start() == range.end() {
                add(&mut out.exact, key(measure), *range.start());
            } else {
                out.within.insert(key(measure), range);
            }
        }
        if sum.not_comparable {
            out.not_comparable.insert(name.to_owned());
        }
    }
    Ok(out)
}

/// What a function's contexts add up to.
#[derive(Default)]
struct Sum {
    calls: u64,
    steps: u64,
    opcodes: u64,
    precompiles: u64,
    memory: u64,
    /// Charged frames that began with a tail call.
    tail_entries: u64,
    /// Instructions whose reads go to the callers, with how often: the function's first.
    before: BTreeMap<u64, u64>,
    /// Instructions returned to, whose reads the function gets.
    after: BTreeMap<u64, u64>,
    not_comparable: bool,
}

impl Sum {
    /// Least and most memory cost that ziskemu can state.
    fn memory(&self, tree: &Tree) -> (u64, u64) {
        let total = |edges: &BTreeMap<u64, u64>| {
            edges
                .iter()
                .map(|(pc, times)| tree.reads(*pc, *times))
                .fold((0, 0), |sum, (low, high)| (sum.0 + low, sum.1 + high))
        };
        let (before, after) = (total(&self.before), total(&self.after));
        (
            (self.memory + after.0).saturating_sub(before.1),
            (self.memory + after.1).saturating_sub(before.0),
        )
    }
}

/// The profile's tree, and what instructions read.
struct Tree<'a> {
    data: &'a ProfileData,
    version: &'a Version,
    image: &'a Image,
    /// Inclusive steps, opcodes, precompiles and memory of each node.
    inclusive: [Vec<u64>; 4],
    /// Executions and memory cost of each address.
    at: BTreeMap<u64, (u64, u64)>,
    /// Whether nodes entered from an address were entered more often than it was executed: by tail calls
    /// back into a frame.
    circular: BTreeSet<u64>,
}

impl<'a> Tree<'a> {
    fn new(data: &'a ProfileData, version: &'a Version, image: &'a Image) -> Result<Self> {
        let columns = ["steps", "opcodes", "precompiles", "memory"].map(|name| {
            data.measures
                .iter()
                .filter(|m| m.source == Source::Stored)
                .position(|m| m.name == name)
                .with_context(|| format!("the profile stores no measure `{name}`"))
        });
        let mut inclusive: [Vec<u64>; 4] = Default::default();
        let mut memory_column = 0;
        for (values, column) in inclusive.iter_mut().zip(columns) {
            memory_column = column?;
            *values = data.node_values[memory_column].clone();
            // A parent stands before its children.
            for index in (1..data.nodes.len()).rev() {
                let parent = data.nodes[index].parent.0 as usize;
                values[parent] += values[index];
            }
        }
        let at: BTreeMap<u64, (u64, u64)> = data
            .pcs
            .iter()
            .zip(&data.pc_values[memory_column])
            .filter_map(|(pc, memory)| Some((pc.address?, (pc.count, *memory))))
            .collect();
        let mut entered: BTreeMap<u64, u64> = BTreeMap::new();
        for node in &data.nodes {
            *entered.entry(node.call_site).or_default() += node.calls;
        }
        let circular = entered
            .into_iter()
            .filter(|(site, calls)| at.get(site).is_some_and(|(count, _)| calls > count))
            .map(|(site, _)| site)
            .collect();
        Ok(Self {
            data,
            version,
            image,
            inclusive,
            at,
            circular,
        })
    }

    /// Adds one context to its function's sum.
    fn count(&self, index: usize, sum: &mut Sum) {
        let node = &self.data.nodes[index];
        if !self.is_unseen_recursion(index) {
            sum.calls += node.calls;
        }
        sum.not_comparable |= node.entry == Entry::Resync || self.is_in_circle(index);
        if !self.is_charged(index) {
            return;
        }
        let [steps, opcodes, precompiles, memory] = &self.inclusive;
        sum.steps += steps[index];
        sum.opcodes += opcodes[index];
        sum.precompiles += precompiles[index];
        sum.memory += memory[index];
        if node.entry == Entry::Tail {
            sum.tail_entries += node.calls;
        }
        let function = &self.data.functions[node.function.0 as usize];
        if let Some(first) = function.address {
            *sum.before.entry(first).or_default() += node.calls;
        }
        if let Some(frame) = self.frame_of(index) {
            let site = self.data.nodes[frame].call_site;
            *sum.after.entry(self.return_address(site)).or_default() += node.calls;
        }
    }

    /// Whether the frame came back, by a tail call, to the node or to one that led to it: ziskemu charges the
    /// node with all that the frame did since.
    fn is_in_circle(&self, index: usize) -> bool {
        let mut at = index;
        loop {
            let node = &self.data.nodes[at];
            if self.circular.contains(&node.call_site) {
                return true;
            }
            if node.entry != Entry::Tail {
                return false;
            }
            at = node.parent.0 as usize;
        }
    }

    /// The node whose call made the frame that a node runs in.
    fn frame_of(&self, index: usize) -> Option<usize> {
        let mut at = index;
        while self.data.nodes[at].entry == Entry::Tail {
            at = self.data.nodes[at].parent.0 as usize;
        }
        (self.data.nodes[at].entry == Entry::Call).then_some(at)
    }

    /// Whether no frame below on the stack was called by the node's function.
    fn is_charged(&self, index: usize) -> bool {
        let function = self.data.nodes[index].function;
        let mut at = index;
        while let Some(frame) = self.frame_of(at) {
            at = self.data.nodes[frame].parent.0 as usize;
            if self.data.nodes[at].function == function {
                return false;
            }
            if at == NodeId::ROOT.0 as usize {
                break;
            }
        }
        true
    }

    /// Whether ziskemu takes a call for a jump inside the function: `auipc` + `jalr` to the function itself
    /// (`stats.rs:1380`, `allow_recursive` is false there).
    fn is_unseen_recursion(&self, index: usize) -> bool {
        let node = &self.data.nodes[index];
        node.entry == Entry::Call
            && self.data.nodes[node.parent.0 as usize].function == node.function
            && self.fused_return(node.call_site).is_some()
    }

    fn instruction(&self, pc: u64) -> Option<&Inst> {
        self.image.insts.get(&pc)
    }

    /// Return address of a call made of `auipc` and `jalr`: the image has one instruction, which stores it.
    fn fused_return(&self, site: u64) -> Option<u64> {
        let inst = self.instruction(site)?;
        let stores_constant = inst.b_src == SRC_IMM && !inst.set_pc && !inst.store_pc;
        (stores_constant && inst.meta_rd.is_some())
            .then_some(inst.b_offset_imm0 | inst.b_use_sp_imm1 << 32)
    }

    /// Where a call at `site` returns to.
    fn return_address(&self, site: u64) -> u64 {
        let linked = self.instruction(site).filter(|inst| inst.store_pc);
        linked
            .map(|inst| site.wrapping_add_signed(inst.jmp_offset2))
            .or_else(|| self.fused_return(site))
            .unwrap_or(site + 4)
    }

    /// Least and most that `times` of the executions of the instruction at `pc` can have cost in operand
    /// reads.
    fn reads(&self, pc: u64, times: u64) -> (u64, u64) {
        let Some(inst) = self.instruction(pc) else {
            return (0, 0);
        };
        let (executions, memory) = self.at.get(&pc).copied().unwrap_or_default();
        let fixed = self.fixed_reads(inst);
        let rest = self
            .other_memory(pc, inst)
            .map(|other| memory.saturating_sub(executions * (fixed + other)));
        let variable = if inst.input_size > 0 {
            // A precompile's memory: all of it or none.
            some_of(times, executions, rest, 0..=memory)
        } else if inst.b_src == SRC_IND {
            some_of(times, executions, rest, self.read_prices(inst.ind_width))
        } else {
            (0, 0)
        };
        (times * fixed + variable.0, times * fixed + variable.1)
    }

    /// Memory cost of an execution of the instruction at `pc` that is not operand reads of its first
    /// ZisK instruction, if it is always the same.
    fn other_memory(&self, pc: u64, first: &Inst) -> Option<u64> {
        let mut sum = 0;
        let mut inst = first;
        loop {
            match inst.store {
                STORE_IND => return None,
                STORE_MEM => sum += self.version.prices.write,
                _ => {}
            }
            let next = inst.next_internal_inst.filter(|next| *next != pc);
            inst = match next.and_then(|next| self.instruction(next)) {
                Some(inst) => inst,
                None => return Some(sum),
            };
            if inst.b_src == SRC_IND || inst.input_size > 0 {
                return None;
            }
            sum += self.fixed_reads(inst);
        }
    }

    /// Cost of the operands that are read at addresses which stand in the instruction: 8 aligned bytes each.
    fn fixed_reads(&self, inst: &Inst) -> u64 {
        let (target, prices) = (&self.version.target, &self.version.prices);
        let price = |source: u64, address: u64| match source {
            SRC_MEM if address.wrapping_sub(target.input) < target.input_size => prices.input_read,
            SRC_MEM => prices.read,
            _ => 0,
        };
        price(inst.a_src, inst.a_offset_imm0) + price(inst.b_src, inst.b_offset_imm0)
    }

    /// Least and most that a read of `width` bytes can cost: inside one word, across two of the input
    /// (`mem_operations_stats.rs:386`).
    fn read_prices(&self, width: u64) -> RangeInclusive<u64> {
        let prices = &self.version.prices;
        let least = prices.read.min(prices.rom_read);
        let across = 3 * prices.align + 2 * prices.input_read;
        match width {
            1 => prices.read_byte + least..=prices.read_byte + prices.input_read,
            2 | 4 => 2 * prices.align + least..=across,
            _ => least..=across,
        }
    }
}

/// Least and most of a sum over `times` of `executions` values, each within `each`, that together make
/// `sum` (if that is known).
fn some_of(times: u64, executions: u64, sum: Option<u64>, each: RangeInclusive<u64>) -> (u64, u64) {
    let (low, high) = (times * each.start(), times * each.end());
    let Some(sum) = sum.filter(|_| times <= executions) else {
        return (low, high);
    };
    let others = executions - times;
    (
        low.max(sum.saturating_sub(others * each.end())),
        high.min(sum.saturating_sub(others * each.start())),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkperf_profile::Origin;

    #[test]
    fn names_are_those_of_the_symbols() {
        let function = |name: &str, symbol: &str| Function {
            name: name.into(),
            symbol: symbol.into(),
            address: None,
            bytes: 0,
            origin: Origin::Guest,
        };
        let named = function(
            "core::fmt::Formatter::pad::h0123456789abcdef",
            "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE",
        );
        assert_eq!(bare_name(&named), "core::fmt::Formatter::pad");
        assert_eq!(bare_name(&function("BIOS", "")), "BIOS");
    }

    #[test]
    fn a_part_is_exact_where_the_sum_leaves_no_choice() {
        // All executions, whatever each cost.
        assert_eq!(some_of(3, 3, Some(11 + 11 + 172), 11..=208), (194, 194));
        // Some, each at the least price.
        assert_eq!(some_of(2, 5, Some(55), 11..=208), (22, 22));
        // Two of three, one of which crossed a word: with it or without.
        assert_eq!(some_of(2, 3, Some(194), 11..=208), (22, 183));
        // Unknown sum.
        assert_eq!(some_of(2, 3, None, 11..=29), (22, 58));
        assert_eq!(some_of(0, 3, Some(100), 11..=208), (0, 0));
    }
}
