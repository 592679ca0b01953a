//! Decoded code: where it stands, who owns it, and how it is kept true when the guest stores over it.
//!
//! Code that the ELFs declare executable is decoded a page at a time when it is first run. It lies in
//! *slots*: 256 to a page, and one behind them that tells the step loop that a page is over. Code
//! anywhere else runs through the careful step and gets slots one by one.

use rustc_hash::FxHashMap;
use zkperf_exec::riscv::{self, Transfer};
use zkperf_exec::{FunctionIndex, FunctionMap, Landing};

use crate::decode::{decode, Inst, Kind};
use crate::fuse;
use crate::memory::Memory;
use crate::native::Native;
use crate::pager::access_bits;
use crate::rules::PAGE_BYTES;

/// Slots of a page: its words and [`Kind::PageEnd`].
pub(crate) const PAGE_SLOTS: usize = 257;
/// Slots for code outside of the declared areas; all beyond share the last.
const STRAY_SLOTS: usize = 1 << 16;
/// Largest area of code that is decoded ahead, in bytes.
const LARGEST_AREA: u32 = 256 << 20;

/// Set in an owner that begins at the slot.
const BEGINS: u32 = 1 << 31;

/// A stretch of declared code.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Area {
    /// First address, a multiple of [`PAGE_BYTES`].
    pub(crate) base: u32,
    /// A multiple of [`PAGE_BYTES`].
    pub(crate) bytes: u32,
    /// Slot of the first word.
    pub(crate) first_slot: usize,
}

impl Area {
    /// The slot of an instruction in this area.
    #[inline(always)]
    pub(crate) fn slot(&self, pc: u32) -> Option<usize> {
        let at = pc.wrapping_sub(self.base);
        (at < self.bytes && at & 3 == 0)
            .then(|| self.first_slot + (at / 4 + at / PAGE_BYTES) as usize)
    }

    fn slots(&self) -> usize {
        (self.bytes / PAGE_BYTES) as usize * PAGE_SLOTS
    }

    fn address(&self, slot: usize) -> u32 {
        let at = slot - self.first_slot;
        let (page, word) = (at / PAGE_SLOTS, at % PAGE_SLOTS);
        self.base + page as u32 * PAGE_BYTES + 4 * word as u32
    }

    /// Covers all of `parts` (start, end), or only the one with `entry` if that would be too much.
    fn covering(parts: &[(u32, u32)], entry: u32) -> Self {
        let all = parts
            .iter()
            .copied()
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let with_entry = parts
            .iter()
            .copied()
            .find(|part| (part.0..part.1).contains(&entry));
        let fits = |part: &(u32, u32)| part.1 - part.0 <= LARGEST_AREA;
        let Some((start, end)) = all.filter(fits).or(with_entry.filter(fits)) else {
            return Self::default();
        };
        let base = start / PAGE_BYTES * PAGE_BYTES;
        Self {
            base,
            bytes: (end - base).div_ceil(PAGE_BYTES) * PAGE_BYTES,
            first_slot: 0,
        }
    }
}

/// What is fixed when a guest is loaded.
#[derive(Debug, Clone)]
pub(crate) struct CodeMap {
    pub(crate) user: Area,
    pub(crate) kernel: Area,
    /// Owner of each slot of the areas.
    owners: Vec<u32>,
    functions: FunctionMap,
    /// Owner of code that the function map does not know.
    outside: FunctionIndex,
}

impl CodeMap {
    /// `user` and `kernel` are (executable parts, entry).
    pub(crate) fn new(
        functions: FunctionMap,
        outside: FunctionIndex,
        user: (&[(u32, u32)], u32),
        kernel: (&[(u32, u32)], u32),
    ) -> Self {
        let user = Area::covering(user.0, user.1);
        let kernel = Area {
            first_slot: user.slots(),
            ..Area::covering(kernel.0, kernel.1)
        };
        let mut owners = Vec::with_capacity(user.slots() + kernel.slots());
        for area in [user, kernel] {
            let words = area.bytes as usize / 4;
            let dense = functions.dense(u64::from(area.base), words);
            for page in dense.chunks(PAGE_SLOTS - 1) {
                let owner = |owner: &Option<(FunctionIndex, bool)>| match owner {
                    Some((function, begins)) => function | if *begins { BEGINS } else { 0 },
                    None => outside,
                };
                owners.extend(page.iter().map(owner));
                owners.push(outside);
            }
        }
        Self {
            user,
            kernel,
            owners,
            functions,
            outside,
        }
    }

    /// Function and begin of an address with its slot.
    pub(crate) fn landing(&self, pc: u32, slot: usize) -> Landing {
        let owner = match self.owners.get(slot) {
            Some(&owner) => owner,
            None => match self.functions.lookup(u64::from(pc)) {
                Some((function, begins)) => function | if begins { BEGINS } else { 0 },
                None => self.outside,
            },
        };
        Landing {
            address: u64::from(pc),
            function: owner & !BEGINS,
            at_entry: owner & BEGINS != 0,
        }
    }

    /// Name of the function at an address.
    pub(crate) fn name_at(&self, pc: u32) -> String {
        self.functions.name_of(u64::from(pc))
    }

    /// Slots of both areas; those above are stray.
    pub(crate) fn area_slots(&self) -> usize {
        self.owners.len()
    }
}

/// Bytes loaded (the low half) and stored; sums of them, too.
pub(crate) type Traffic = u64;

/// Packs bytes loaded and stored.
pub(crate) fn traffic(kind: Kind) -> Traffic {
    let (loaded, stored) = kind.traffic();
    u64::from(loaded) | u64::from(stored) << 32
}

/// Bytes loaded and stored.
pub(crate) fn unpacked(traffic: Traffic) -> (u64, u64) {
    (traffic & 0xffff_ffff, traffic >> 32)
}

/// The code of one run.
pub(crate) struct Code<'p> {
    pub(crate) map: &'p CodeMap,
    pub(crate) insts: Vec<Inst>,
    /// What the step loop dispatches on, a slot: a kind, or a pair of them (see `fuse`), or that there is
    /// machine code.
    pub(crate) codes: Vec<u16>,
    pub(crate) native: Native,
    /// What the instructions of a page before a slot move. One longer than `insts`.
    pub(crate) traffic: Vec<Traffic>,
    /// Former meaning of words that were stored over and not run since.
    overwritten: FxHashMap<usize, Kind>,
    strays: FxHashMap<u32, usize>,
    stray_pcs: Vec<u32>,
}

impl<'p> Code<'p> {
    pub(crate) fn new(map: &'p CodeMap) -> Self {
        let slots = map.area_slots();
        Self {
            map,
            insts: vec![Inst::default(); slots],
            codes: vec![Kind::Undecoded as u16; slots],
            native: Native::new(slots),
            traffic: vec![0; slots + 1],
            overwritten: FxHashMap::default(),
            strays: FxHashMap::default(),
            stray_pcs: Vec::new(),
        }
    }

    /// Slots that a run can have, stray ones included.
    pub(crate) fn most_slots(&self) -> usize {
        self.map.area_slots() + STRAY_SLOTS
    }

    /// The area in which a mode's code is decoded.
    pub(crate) fn area(&self, machine: bool) -> Area {
        if machine {
            self.map.kernel
        } else {
            self.map.user
        }
    }

    /// The slot of an instruction, made if need be.
    pub(crate) fn slot(&mut self, pc: u32) -> usize {
        if let Some(slot) = self.map.user.slot(pc).or_else(|| self.map.kernel.slot(pc)) {
            return slot;
        }
        let next = self.stray_pcs.len();
        let first = self.map.area_slots();
        let pcs = &mut self.stray_pcs;
        *self.strays.entry(pc).or_insert_with(|| {
            if next < STRAY_SLOTS {
                pcs.push(pc);
            }
            first + next.min(STRAY_SLOTS - 1)
        })
    }

    /// Address of a slot that was made by [`Self::slot`].
    pub(crate) fn address(&self, slot: usize) -> u32 {
        if slot >= self.map.area_slots() {
            let stray = slot - self.map.area_slots();
            return self.stray_pcs.get(stray).copied().unwrap_or(0);
        }
        if slot >= self.map.kernel.first_slot {
            self.map.kernel.address(slot)
        } else {
            self.map.user.address(slot)
        }
    }

    /// Forgets what a word meant that is stored to; `former` is what it held.
    pub(crate) fn store_over(&mut self, word: u32, former: u32) {
        let pc = word << 2;
        let Some(slot) = self.map.user.slot(pc).or_else(|| self.map.kernel.slot(pc)) else {
            return;
        };
        let kind = std::mem::take(&mut self.insts[slot]).kind;
        let page_slot = self.page_slot(slot);
        if self.native.forget(page_slot) {
            (page_slot..page_slot + PAGE_SLOTS).for_each(|at| self.encode(at));
        }
        self.encode(slot);
        if let (true, Some(former)) = (kind != Kind::Undecoded, decode(former)) {
            self.overwritten.entry(slot).or_insert(former.kind);
        }
    }

    /// Finds anew what the step loop dispatches on at a slot and at the one before it.
    fn encode(&mut self, slot: usize) {
        let first = slot.saturating_sub(1);
        for at in first..=slot {
            let next = self
                .insts
                .get(at + 1)
                .map_or(Kind::Careful, |inst| inst.kind);
            self.codes[at] = if self.native.has(at) {
                fuse::NATIVE
            } else {
                fuse::code(self.insts[at].kind, next)
            };
        }
    }

    /// First slot of a slot's page.
    fn page_slot(&self, slot: usize) -> usize {
        let area = self.area(slot >= self.map.kernel.first_slot);
        slot - (slot - area.first_slot) % PAGE_SLOTS
    }

    /// What a word meant that was stored over and not run since.
    pub(crate) fn overwritten(&self, slot: usize) -> Option<Kind> {
        self.overwritten.get(&slot).copied()
    }

    /// Decodes the page around a slot, or the slot alone if its page was decoded before. Gives the page
    /// and, where the slot meant something else before, that.
    pub(crate) fn decode(&mut self, slot: usize, memory: &Memory) -> (u32, Option<Kind>) {
        let is_kernel = slot >= self.map.kernel.first_slot;
        let area = self.area(is_kernel);
        let page_slot = self.page_slot(slot);
        let start = area.address(page_slot);
        if self.insts[page_slot + PAGE_SLOTS - 1].kind == Kind::PageEnd {
            self.insts[slot] = self.lower(slot, area, memory);
            self.encode(slot);
        } else {
            self.insts[page_slot + PAGE_SLOTS - 1].kind = Kind::PageEnd;
            for at in page_slot..page_slot + PAGE_SLOTS - 1 {
                self.insts[at] = self.lower(at, area, memory);
            }
            let page = &self.insts[page_slot..page_slot + PAGE_SLOTS];
            self.native
                .translate(page, page_slot, access_bits(is_kernel));
            (page_slot..page_slot + PAGE_SLOTS).for_each(|at| self.encode(at));
        }
        let mut sum = 0;
        for at in page_slot..page_slot + PAGE_SLOTS {
            self.traffic[at] = sum;
            sum += traffic(self.insts[at].kind);
        }
        let former = self.overwritten.remove(&slot);
        let now = decode(memory.word(area.address(slot) >> 2)).map(|inst| inst.kind);
        (
            start / PAGE_BYTES,
            former.filter(|former| Some(*former) != now),
        )
    }

    /// The step loop's form of an instruction.
    fn lower(&self, slot: usize, area: Area, memory: &Memory) -> Inst {
        let pc = area.address(slot);
        let careful = Inst {
            kind: Kind::Careful,
            ..Inst::default()
        };
        let word = memory.word(pc >> 2);
        let Some(mut inst) = decode(word) else {
            return careful;
        };
        let here = self.map.landing(pc, slot).function;
        // Running on into another function is for the careful step to report.
        let runs_on = !matches!(inst.kind, Kind::Jal | Kind::Jalr);
        let next = area.slot(pc.wrapping_add(4));
        if runs_on && next.is_some_and(|next| self.map.landing(pc + 4, next).function != here) {
            return careful;
        }
        match inst.kind {
            Kind::Environment | Kind::Mret => return careful,
            Kind::Auipc => inst.imm = inst.imm.wrapping_add(pc),
            Kind::Jalr => {
                inst.kind = match riscv::transfer(riscv::decode::<32>(word & !0x7000)) {
                    Some(Transfer::Return) => Kind::JalrReturn,
                    Some(Transfer::Jump) | None => Kind::Jalr,
                    Some(Transfer::Call) => Kind::JalrCall,
                };
            }
            Kind::Jal => {
                inst.imm = inst.imm.wrapping_add(pc);
                let Some(target) = area.slot(inst.imm) else {
                    return careful;
                };
                let to = self.map.landing(inst.imm, target);
                if inst.rd != 0 && to.is_entered_from(here) {
                    inst.kind = Kind::JalCall;
                } else {
                    inst.rs1 = u8::from(to.function != here);
                }
            }
            kind if kind.is_branch() => {
                inst.imm = inst.imm.wrapping_add(pc);
                let Some(target) = area.slot(inst.imm) else {
                    return careful;
                };
                let to = self.map.landing(inst.imm, target);
                inst.rd = u8::from(to.function != here);
                return inst;
            }
            _ => {}
        }
        if inst.rd == 0 {
            inst.rd = NOWHERE;
        }
        inst
    }
}

/// The register that takes what is written to `x0`.
pub(crate) const NOWHERE: u8 = 32;
