//! Which function an instruction belongs to: the guest's symbols, the ZisK library's routines, the
//! BIOS, and names made from addresses where there is nothing else.

use crate::image::{Image, Inst, Operand, Target};
use crate::layout::Layout;
use crate::official::{ZiskOp, FLOAT_LIB_ROM_ADDR, ROM_ADDR, ROM_ENTRY, ZISKLIB_ROM_ADDR};
use std::collections::{BTreeMap, BTreeSet};
use zkperf_profile::{Function, Origin};

/// A symbol of the guest, as far as this crate needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GuestRange {
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Whether `start` is where the function begins (a function can be cut in two by a nested one).
    pub(crate) is_start: bool,
    pub(crate) name: String,
    pub(crate) symbol: String,
}

/// All functions of a program, and the ranges of code they own.
pub(crate) struct FunctionMap {
    pub(crate) functions: Vec<Function>,
    /// Sorted, disjoint: (start, end, function).
    ranges: Vec<(u64, u64, u32)>,
}

impl FunctionMap {
    /// Puts the map together. `guest` is sorted and disjoint; empty for a stripped ELF.
    pub(crate) fn new(image: &Image, layout: &Layout, guest: &[GuestRange]) -> Self {
        let mut map = FunctionMap {
            functions: Vec::new(),
            ranges: Vec::new(),
        };
        map.add(ZISK_BIOS_START, ROM_ADDR, "BIOS", "", Origin::System);
        map.add_guest(image, guest);
        for (start, end, name) in library_functions(image, layout) {
            map.add(start, end, &name, &name, Origin::Library);
        }
        map.ranges.sort_unstable();
        map
    }

    fn add(&mut self, start: u64, end: u64, name: &str, symbol: &str, origin: Origin) {
        let id = self.functions.len() as u32;
        self.functions.push(Function {
            name: name.to_owned(),
            symbol: symbol.to_owned(),
            address: Some(start),
            bytes: end - start,
            origin,
        });
        self.ranges.push((start, end, id));
    }

    /// Guest symbols, and unnamed functions for the code between them.
    fn add_guest(&mut self, image: &Image, guest: &[GuestRange]) {
        let mut by_symbol: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        for range in guest {
            if range.is_start {
                let id = self.functions.len() as u32;
                by_symbol.insert((&range.symbol, &range.name), id);
                self.add(
                    range.start,
                    range.end,
                    &range.name,
                    &range.symbol,
                    Origin::Guest,
                );
            } else if let Some(&id) = by_symbol.get(&(range.symbol.as_str(), range.name.as_str())) {
                self.functions[id as usize].bytes += range.end - range.start;
                self.ranges.push((range.start, range.end, id));
            }
        }
        let mut covered = self.ranges.clone();
        covered.sort_unstable();
        for (start, end) in uncovered_code(&image.insts, &covered) {
            let name = format!("[no symbol 0x{start:x}]");
            self.add(start, end, &name, "", Origin::Unknown);
        }
    }

    /// The function that owns an address, and whether it begins there.
    pub(crate) fn lookup(&self, address: u64) -> Option<(u32, bool)> {
        let at = self
            .ranges
            .partition_point(|(start, _, _)| *start <= address)
            .checked_sub(1)?;
        let (start, end, id) = self.ranges[at];
        let begins = start == address && self.functions[id as usize].address == Some(start);
        (address < end).then_some((id, begins))
    }

    /// The function of each of many addresses; 0 where there is none. Neighbours mostly share one, so
    /// the last range is tried first.
    pub(crate) fn of_each(&self, addresses: &[u32]) -> Vec<u32> {
        let mut last = (0, 0, 0);
        let mut of = |address: u64| {
            if !(last.0..last.1).contains(&address) {
                let at = self
                    .ranges
                    .partition_point(|(start, _, _)| *start <= address);
                let range = at.checked_sub(1).map(|at| self.ranges[at]);
                last = range
                    .filter(|range| address < range.1)
                    .unwrap_or((address, address, 0));
            }
            last.2
        };
        addresses
            .iter()
            .map(|&address| of(u64::from(address)))
            .collect()
    }

    /// Name of the function that owns an address, or nothing.
    pub(crate) fn name_of(&self, address: u64) -> String {
        self.lookup(address).map_or(String::new(), |(id, _)| {
            self.functions[id as usize].name.clone()
        })
    }
}

const ZISK_BIOS_START: u64 = ROM_ENTRY;

/// Stretches of guest code that no symbol covers, cut where a call or the entry point lands: the
/// best guess at functions in a stripped ELF. `covered` is sorted and disjoint.
fn uncovered_code(insts: &[Inst], covered: &[(u64, u64, u32)]) -> Vec<(u64, u64)> {
    let targets: BTreeSet<u64> = insts.iter().filter_map(static_call_target).collect();
    let code: Vec<u64> = insts
        .iter()
        .filter(|inst| !inst.is_micro())
        .map(Inst::pc)
        .collect();
    let mut cut = Vec::new();
    let mut gap = ROM_ADDR;
    let ends = covered.iter().map(|(start, end, _)| (*start, *end));
    for (start, end) in ends.chain([(ZISKLIB_ROM_ADDR, ZISKLIB_ROM_ADDR)]) {
        if gap < start {
            let from = code.partition_point(|pc| *pc < gap);
            let to = code.partition_point(|pc| *pc < start);
            if let [first, .., last] | [first @ last] = code[from..to] {
                // A compressed instruction ends sooner.
                let stop = (last + 4).min(start);
                let inner = targets.range(first + 1..stop).copied();
                let bounds: Vec<u64> = [first].into_iter().chain(inner).chain([stop]).collect();
                cut.extend(bounds.windows(2).map(|bound| (bound[0], bound[1])));
            }
        }
        gap = gap.max(end);
    }
    cut
}

/// Target of a call whose address is known: `jal`, fused `auipc`+`jalr`, a BIOS jump to the entry.
fn static_call_target(inst: &Inst) -> Option<u64> {
    let immediate = matches!(inst.b, Operand::Immediate(_));
    if calls(inst) || (inst.op == ZiskOp::COPYB && links(inst) && !inst.set_pc) {
        Some(inst.flag_target())
    } else if inst.op == ZiskOp::COPYB && immediate && inst.set_pc {
        inst.static_jump_target()
    } else {
        None
    }
}

/// `jal` with a link register.
fn calls(inst: &Inst) -> bool {
    inst.op == ZiskOp::FLAG && inst.store_pc && !inst.set_pc
}

fn links(inst: &Inst) -> bool {
    inst.rd.is_some_and(|rd| rd != 0)
}

/// A jump into the library: from the guest (a zkvmcall) or between routines.
fn library_jump_target(inst: &Inst) -> Option<u64> {
    let is_jump =
        inst.op == ZiskOp::COPYB && inst.set_pc && !inst.store_pc && inst.store == Target::Nothing;
    inst.static_jump_target()
        .filter(|target| is_jump && in_library(*target))
}

fn in_library(address: u64) -> bool {
    (ZISKLIB_ROM_ADDR..FLOAT_LIB_ROM_ADDR).contains(&address)
}

/// The library's routines: (start, end, name), sorted.
///
/// The library has labels but no function symbols. As ziskemu does (`Stats::add_zisklib_rois`,
/// 1.4.0-alpha), a routine is what a call or a zkvmcall enters, and routines whose code overlaps
/// are one function, named after their entries.
fn library_functions(image: &Image, layout: &Layout) -> Vec<(u64, u64, String)> {
    let mut entries = BTreeSet::new();
    let mut called_by_guest = BTreeSet::new();
    for inst in &image.insts {
        if calls(inst) {
            entries.insert(inst.flag_target());
        } else if let Some(target) = library_jump_target(inst).filter(|_| !in_library(inst.pc())) {
            entries.insert(target);
            called_by_guest.insert(target);
        }
    }
    entries.retain(|entry| in_library(*entry) && layout.index_of(*entry).is_some());
    let in_library = image
        .insts
        .iter()
        .map(Inst::pc)
        .filter(|pc| in_library(*pc));
    let Some(last) = in_library.max() else {
        return Vec::new();
    };
    let groups = overlapping_groups(image, layout, &entries);
    let mut functions = Vec::new();
    for (index, (start, members)) in groups.iter().enumerate() {
        let end = groups.get(index + 1).map_or(last + 4, |next| next.0);
        let named = members.iter().enumerate();
        let name: Vec<String> = named
            .filter(|(k, entry)| *k == 0 || called_by_guest.contains(*entry))
            .map(|(_, entry)| {
                let label = image.library_labels.get(entry).cloned();
                label.unwrap_or_else(|| format!("zisklib@0x{entry:08x}"))
            })
            .collect();
        functions.push((*start, end, name.join("|")));
    }
    functions
}

/// Entries grouped by overlap of the code they reach: (lowest address, entries in order).
fn overlapping_groups(
    image: &Image,
    layout: &Layout,
    entries: &BTreeSet<u64>,
) -> Vec<(u64, BTreeSet<u64>)> {
    let mut extents: Vec<_> = entries
        .iter()
        .map(|&entry| (reach(image, layout, entry, entries), entry))
        .collect();
    extents.sort_unstable();
    let mut groups: Vec<((u64, u64), BTreeSet<u64>)> = Vec::new();
    for ((low, high), entry) in extents {
        match groups.last_mut() {
            Some((extent, members)) if low <= extent.1 => {
                extent.1 = extent.1.max(high);
                members.insert(entry);
            }
            _ => groups.push(((low, high), BTreeSet::from([entry]))),
        }
    }
    groups
        .into_iter()
        .map(|((low, _), members)| (low, members))
        .collect()
}

/// Lowest and highest address reachable from `entry` without entering another routine.
fn reach(image: &Image, layout: &Layout, entry: u64, entries: &BTreeSet<u64>) -> (u64, u64) {
    let mut extent = (entry, entry);
    let mut seen = BTreeSet::new();
    let mut pending = vec![entry];
    while let Some(pc) = pending.pop() {
        let Some(index) = layout.index_of(pc) else {
            continue;
        };
        let inst = &image.insts[index as usize];
        // A shared panic block ends the program; it belongs to nobody in particular.
        if inst.end || !seen.insert(pc) {
            continue;
        }
        extent = (extent.0.min(pc), extent.1.max(pc));
        if inst.set_pc {
            if !inst.store_pc {
                let target = inst.static_jump_target();
                pending.extend(target.filter(|to| !entries.contains(to)));
            }
        } else if calls(inst) {
            pending.push(inst.fall_through());
        } else {
            pending.push(inst.fall_through());
            // A precompile's flag offset is a parameter, not a jump.
            if !inst.precompile {
                pending.push(inst.flag_target());
            }
        }
    }
    extent
}
