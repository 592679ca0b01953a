//! Which function an instruction belongs to: the guest's symbols, the ZisK library's routines, the
//! BIOS, and names made from addresses where there is nothing else.

use std::collections::{BTreeMap, BTreeSet};
use zisk_core::zisk_ops::ZiskOp;
use zisk_core::{
    ZiskInst, ZiskRom, FLOAT_LIB_ROM_ADDR, ROM_ADDR, SRC_IMM, STORE_NONE, ZISKLIB_ROM_ADDR,
};
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
    pub(crate) fn new(rom: &ZiskRom, guest: &[GuestRange]) -> Self {
        let mut map = FunctionMap {
            functions: Vec::new(),
            ranges: Vec::new(),
        };
        map.add(ZISK_BIOS_START, ROM_ADDR, "BIOS", "", Origin::System);
        map.add_guest(rom, guest);
        for (start, end, name) in library_functions(rom) {
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
    fn add_guest(&mut self, rom: &ZiskRom, guest: &[GuestRange]) {
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
        for (start, end) in uncovered_code(rom, &covered) {
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

const ZISK_BIOS_START: u64 = zisk_core::ROM_ENTRY;

/// Stretches of guest code that no symbol covers, cut where a call or the entry point lands: the
/// best guess at functions in a stripped ELF. `covered` is sorted and disjoint.
fn uncovered_code(rom: &ZiskRom, covered: &[(u64, u64, u32)]) -> Vec<(u64, u64)> {
    let targets: BTreeSet<u64> = rom
        .insts
        .iter()
        .filter_map(|(&pc, builder)| static_call_target(pc, &builder.i))
        .collect();
    let mut cut = Vec::new();
    let mut gap = ROM_ADDR;
    let ends = covered.iter().map(|(start, end, _)| (*start, *end));
    for (start, end) in ends.chain([(ZISKLIB_ROM_ADDR, ZISKLIB_ROM_ADDR)]) {
        if gap < start {
            let code: Vec<u64> = rom
                .insts
                .range(gap..start)
                .map(|(pc, _)| *pc)
                .filter(|pc| pc & 1 == 0)
                .collect();
            if let (Some(&first), Some(&last)) = (code.first(), code.last()) {
                let inner = targets.range(first + 1..last + 4).copied();
                let bounds: Vec<u64> = [first].into_iter().chain(inner).chain([last + 4]).collect();
                cut.extend(bounds.windows(2).map(|bound| (bound[0], bound[1])));
            }
        }
        gap = gap.max(end);
    }
    cut
}

/// Target of a call whose address is known: `jal`, fused `auipc`+`jalr`, a BIOS jump to the entry.
fn static_call_target(pc: u64, inst: &ZiskInst) -> Option<u64> {
    if inst.op == ZiskOp::FLAG && inst.store_pc && !inst.set_pc {
        Some(pc.wrapping_add_signed(inst.jmp_offset1))
    } else if inst.op == ZiskOp::COPYB && inst.b_src == SRC_IMM && inst.set_pc {
        Some(static_jump_target(inst))
    } else if inst.op == ZiskOp::COPYB && inst.meta_rd.is_some_and(|rd| rd != 0) && !inst.set_pc {
        Some(pc.wrapping_add_signed(inst.jmp_offset1))
    } else {
        None
    }
}

/// Target of `copyb imm` with `set_pc`.
pub(crate) fn static_jump_target(inst: &ZiskInst) -> u64 {
    (inst.b_offset_imm0 | (inst.b_use_sp_imm1 << 32)).wrapping_add_signed(inst.jmp_offset1)
}

/// A jump into the library: from the guest (a zkvmcall) or between routines.
fn library_jump_target(inst: &ZiskInst) -> Option<u64> {
    let is_jump = inst.op == ZiskOp::COPYB
        && inst.set_pc
        && !inst.store_pc
        && inst.store == STORE_NONE
        && inst.b_src == SRC_IMM;
    is_jump
        .then(|| static_jump_target(inst))
        .filter(|target| in_library(*target))
}

fn in_library(address: u64) -> bool {
    (ZISKLIB_ROM_ADDR..FLOAT_LIB_ROM_ADDR).contains(&address)
}

/// The library's routines: (start, end, name), sorted.
///
/// The library has labels but no function symbols. As ziskemu does (`Stats::add_zisklib_rois`,
/// 1.4.0-alpha), a routine is what a call or a zkvmcall enters, and routines whose code overlaps
/// are one function, named after their entries.
fn library_functions(rom: &ZiskRom) -> Vec<(u64, u64, String)> {
    let mut entries = BTreeSet::new();
    let mut called_by_guest = BTreeSet::new();
    for (&pc, builder) in &rom.insts {
        let inst = &builder.i;
        if inst.op == ZiskOp::FLAG && inst.store_pc && !inst.set_pc {
            entries.insert(pc.wrapping_add_signed(inst.jmp_offset1));
        } else if let Some(target) = library_jump_target(inst).filter(|_| !in_library(pc)) {
            entries.insert(target);
            called_by_guest.insert(target);
        }
    }
    entries.retain(|entry| in_library(*entry) && rom.insts.contains_key(entry));
    let Some((&last, _)) = rom
        .insts
        .range(ZISKLIB_ROM_ADDR..FLOAT_LIB_ROM_ADDR)
        .next_back()
    else {
        return Vec::new();
    };
    let groups = overlapping_groups(rom, &entries);
    let names = library_labels(&entries);
    let mut functions = Vec::new();
    for (index, (start, members)) in groups.iter().enumerate() {
        let end = groups.get(index + 1).map_or(last + 4, |next| next.0);
        let named = members.iter().enumerate();
        let name: Vec<String> = named
            .filter(|(k, entry)| *k == 0 || called_by_guest.contains(*entry))
            .map(|(_, entry)| {
                names
                    .get(entry)
                    .cloned()
                    .unwrap_or_else(|| format!("zisklib@0x{entry:08x}"))
            })
            .collect();
        functions.push((*start, end, name.join("|")));
    }
    functions
}

/// Entries grouped by overlap of the code they reach: (lowest address, entries in order).
fn overlapping_groups(rom: &ZiskRom, entries: &BTreeSet<u64>) -> Vec<(u64, BTreeSet<u64>)> {
    let mut extents: Vec<_> = entries
        .iter()
        .map(|&entry| (reach(rom, entry, entries), entry))
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
fn reach(rom: &ZiskRom, entry: u64, entries: &BTreeSet<u64>) -> (u64, u64) {
    let mut extent = (entry, entry);
    let mut seen = BTreeSet::new();
    let mut pending = vec![entry];
    while let Some(pc) = pending.pop() {
        let Some(builder) = rom.insts.get(&pc) else {
            continue;
        };
        let inst = &builder.i;
        // A shared panic block ends the program; it belongs to nobody in particular.
        if inst.end || !seen.insert(pc) {
            continue;
        }
        extent = (extent.0.min(pc), extent.1.max(pc));
        let after = pc.wrapping_add_signed(inst.jmp_offset2);
        if inst.set_pc {
            if inst.b_src == SRC_IMM && !inst.store_pc {
                pending.extend(Some(static_jump_target(inst)).filter(|to| !entries.contains(to)));
            }
        } else if inst.op == ZiskOp::FLAG && inst.store_pc {
            pending.push(after);
        } else {
            pending.push(after);
            // A precompile's jmp_offset1 is a parameter, not a jump.
            if !inst.is_precompiled {
                pending.push(pc.wrapping_add_signed(inst.jmp_offset1));
            }
        }
    }
    extent
}

/// The shortest label of each entry.
fn library_labels(entries: &BTreeSet<u64>) -> BTreeMap<u64, String> {
    let mut names: BTreeMap<u64, String> = BTreeMap::new();
    if entries.is_empty() {
        return names;
    }
    let symbols = ziskasm::assemble_zisk_library()
        .map(|library| library.symbols)
        .unwrap_or_default();
    for (name, address) in symbols {
        if !entries.contains(&address) {
            continue;
        }
        let best = names.entry(address).or_insert_with(|| name.clone());
        if (name.len(), &name) < (best.len(), best) {
            *best = name;
        }
    }
    names
}
