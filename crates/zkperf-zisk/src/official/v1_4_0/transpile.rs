//! The official transpiler, fed one RISC-V instruction at a time.
//!
//! `zisk_riscv::elf2rom` keeps every instruction twice, with its strings, in a map and in a table:
//! 800 bytes each, gigabytes and a second or more for a block validator. [`image`] takes the same
//! official steps in the same order, but turns each instruction into its compact form at once, and
//! asks the transpiler only once for each distinct instruction word whose meaning depends on nothing
//! else. A test holds the result to `elf2rom`'s, instruction by instruction.

use crate::image::{Image, Inst};
use crate::official::Refused;
use rustc_hash::FxHashMap;
use std::collections::{BTreeSet, HashMap};
use zisk_core::rom_layout::{
    add_end_and_lib, add_entry_exit_jmp, normalize_rw_data_sections, InlineBody,
};
use zisk_core::{
    convert_vector, DataSection, DataSection64, ZiskRom, FLOAT_LIB_RAM_ADDR, FLOAT_LIB_ROM_ADDR,
    RAM_ADDR, RAM_SIZE, ROM_ADDR, ROM_ENTRY, ROM_SIZE,
};
use zisk_definitions::{
    zkvmcall_by_id, ZKVMCALL_ADDR_END, ZKVMCALL_ADDR_START, ZKVMCALL_ARG_ADDR_START,
};
use zisk_riscv::elf_extraction::{
    collect_elf_payload_from_bytes, merge_ro_sections, validate_entry_point,
};
use zisk_riscv::{
    add_zisk_code, riscv_interpreter, zkvmcall_ids, Riscv2ZiskContext, RiscvInst, RiscvInstName,
};
use ziskasm::ZiskLibrary;

/// Builds a program's image, as `zisk_riscv::elf2rom` (1.4.0-alpha, without `float`) does.
///
/// # Errors
/// What the official loader would refuse. It panics where that panics.
pub(crate) fn image(elf: &[u8]) -> Result<Image, Refused> {
    let payload = collect_elf_payload_from_bytes(elf)?;
    if payload.entry_point == 0 {
        return Err(
            "the guest has no entry point (e_entry = 0): declare `#![no_main]` and \
                    `ziskos::entrypoint!(main);` at its root"
                .into(),
        );
    }
    validate_entry_point(&payload)?;
    let mut calls = LibraryCalls::of(&payload.exec)?;

    let mut rom = ZiskRom {
        next_init_inst_addr: ROM_ENTRY,
        ..Default::default()
    };
    add_end_and_lib(&mut rom);
    let bios = std::mem::take(&mut rom.insts);
    let mut code = Code {
        rom,
        image: Image::default(),
        known: FxHashMap::default(),
    };
    let mut exec: Vec<&DataSection> = payload.exec.iter().collect();
    exec.sort_by_key(|section| section.addr);
    for section in exec {
        code.add(section, &calls);
    }
    let Code {
        mut rom,
        image: guest,
        ..
    } = code;
    rom.insts = bios;
    add_entry_exit_jmp(&mut rom, payload.entry_point);

    let mut image = Image::default();
    image.append(&rom.insts);
    image.insts.extend(guest.insts);
    let (read_only, mut writable) = by_region(payload.ro)?;
    writable.extend(payload.rw);
    image.data.read_only = in_words(merge_ro_sections(read_only)?)?;
    image.data.writable = in_words(normalize_rw_data_sections(writable))?;
    if let Some(library) = calls.library.take() {
        merge_library(&mut image, library)?;
    }
    Ok(image)
}

/// The ZisK library, and what a guest calls of it.
#[derive(Default)]
struct LibraryCalls {
    library: Option<ZiskLibrary>,
    /// Address of each called routine, by zkvmcall id.
    targets: HashMap<u16, u64>,
    /// Bodies of the routines that are expanded at their call site.
    bodies: HashMap<u16, InlineBody>,
}

impl LibraryCalls {
    fn of(exec: &[DataSection]) -> Result<Self, Refused> {
        let mut ids = BTreeSet::new();
        for section in exec {
            ids.extend(zkvmcall_ids(section.addr, &section.data)?);
        }
        let mut calls = Self::default();
        if ids.is_empty() {
            return Ok(calls);
        }
        let library = ziskasm::assemble_zisk_library()
            .map_err(|error| format!("assembling the ZisK library: {error}"))?;
        for id in ids {
            let call = zkvmcall_by_id(id).ok_or_else(|| format!("zkvmcall 0x{id:X} is unknown"))?;
            let target = *library.symbols.get(call.target).ok_or_else(|| {
                format!(
                    "the ZisK library has no function `{}` (zkvmcall 0x{id:X}, `{}`)",
                    call.target, call.name
                )
            })?;
            calls.targets.insert(id, target);
            if call.inline_args > 0 {
                let body = library
                    .inline_body(call.target, call.inline_args)
                    .map_err(|error| {
                        format!("inline zkvmcall 0x{id:X} (`{}`): {error}", call.name)
                    })?;
                calls.bodies.insert(id, body);
            }
        }
        calls.library = Some(library);
        Ok(calls)
    }

    /// How many instructions the zkvmcall at the head of `insts` takes; 0 if there is none.
    fn length(&self, insts: &[RiscvInst]) -> usize {
        let Some(id) = zkvmcall_id(&insts[0]) else {
            return 0;
        };
        let has_arguments = insts.get(1).is_some_and(|next| {
            next.inst_name == RiscvInstName::Csrrs && next.csr as u16 == ZKVMCALL_ARG_ADDR_START
        });
        let inline = zkvmcall_by_id(id).map_or(0, |call| call.inline_args as usize);
        if self.bodies.contains_key(&id) && has_arguments {
            inline.max(1)
        } else {
            1
        }
    }
}

/// The id of a zkvmcall: `csrs <id>, rs` with the id in the zkvmcall range.
fn zkvmcall_id(inst: &RiscvInst) -> Option<u16> {
    let csr = inst.csr as u16;
    let is_call = inst.inst_name == RiscvInstName::Csrrs
        && inst.rd == 0
        && (ZKVMCALL_ADDR_START..=ZKVMCALL_ADDR_END).contains(&csr);
    is_call.then_some(csr)
}

/// Guest code on its way into an image.
struct Code {
    /// Holds the transpiler's counters; its instructions are taken out after each call.
    rom: ZiskRom,
    image: Image,
    /// What the transpiler made of each plain instruction word.
    known: FxHashMap<u32, Inst>,
}

impl Code {
    fn add(&mut self, section: &DataSection, calls: &LibraryCalls) {
        let insts = riscv_interpreter(section.addr, &convert_vector(&section.data));
        self.image.insts.reserve(insts.len());
        let mut at = 0;
        while at < insts.len() {
            match calls.length(&insts[at..]) {
                0 => {
                    self.convert(&insts[at], &insts[at + 1..]);
                    at += 1;
                }
                length => {
                    self.call(section, &insts[at..], length, calls);
                    at += length;
                }
            }
        }
    }

    fn convert(&mut self, inst: &RiscvInst, next: &[RiscvInst]) {
        if !stands_alone(inst.rvinst) {
            self.convert_anew(inst, next);
        } else if let Some(&known) = self.known.get(&inst.rvinst) {
            self.image.insts.push(known.at(inst.rom_address));
        } else {
            let first = self.image.insts.len();
            self.convert_anew(inst, next);
            if let [only] = self.image.insts[first..] {
                self.known.insert(inst.rvinst, only);
            }
        }
    }

    fn convert_anew(&mut self, inst: &RiscvInst, next: &[RiscvInst]) {
        Riscv2ZiskContext::new(&mut self.rom).convert(inst, next);
        self.take();
    }

    /// A zkvmcall of `length` instructions: the one thing the transpiler offers for whole sections
    /// only, so it gets a section of just these.
    fn call(
        &mut self,
        section: &DataSection,
        insts: &[RiscvInst],
        length: usize,
        calls: &LibraryCalls,
    ) {
        let start = insts[0].rom_address;
        let offset = (start - section.addr) as usize;
        let bytes = &section.data[offset..(offset + 4 * length).min(section.data.len())];
        let first = self.image.insts.len();
        add_zisk_code(&mut self.rom, start, bytes, &calls.targets, &calls.bodies);
        self.take();
        if let Some(inst) = self.image.insts.get_mut(first) {
            inst.instructions = length as u8;
        }
    }

    fn take(&mut self) {
        let insts = std::mem::take(&mut self.rom.insts);
        self.image.append(&insts);
    }
}

impl Inst {
    /// The same instruction at another address; every jump in it is relative.
    fn at(self, pc: u64) -> Self {
        Self {
            pc: pc as u32,
            source: pc as u32,
            ..self
        }
    }
}

/// Whether what an instruction word becomes depends on the word alone: integer arithmetic, loads,
/// stores, branches, `lui` and `jal`. Not `auipc` (fused with a `jalr`), CSR accesses (precompiles are
/// patterns of several), `ecall`, atomics or 16-bit parcels.
fn stands_alone(word: u32) -> bool {
    const LOAD: u32 = 0x03;
    const OP_IMM: u32 = 0x13;
    const OP_IMM_32: u32 = 0x1b;
    const STORE: u32 = 0x23;
    const OP: u32 = 0x33;
    const LUI: u32 = 0x37;
    const OP_32: u32 = 0x3b;
    const BRANCH: u32 = 0x63;
    const JALR: u32 = 0x67;
    const JAL: u32 = 0x6f;
    matches!(
        word & 0x7f,
        LOAD | OP_IMM | OP_IMM_32 | STORE | OP | LUI | OP_32 | BRANCH | JALR | JAL
    )
}

/// Splits read-only segments by where they lie: in ROM, or in RAM.
fn by_region(sections: Vec<DataSection>) -> Result<(Vec<DataSection>, Vec<DataSection>), Refused> {
    let (mut rom, mut ram) = (Vec::new(), Vec::new());
    for section in sections {
        let (start, bytes) = (section.addr, section.data.len());
        let end = start + bytes as u64;
        let (list, reserved) = if start >= ROM_ADDR && end <= ROM_ADDR + ROM_SIZE {
            (&mut rom, FLOAT_LIB_ROM_ADDR)
        } else if start >= RAM_ADDR && end <= RAM_ADDR + RAM_SIZE {
            (&mut ram, FLOAT_LIB_RAM_ADDR)
        } else {
            return Err(format!(
                "its data segment at 0x{start:x} ({bytes} bytes) lies outside ROM and RAM"
            )
            .into());
        };
        if end >= reserved {
            return Err(format!(
                "its data segment at 0x{start:x} ({bytes} bytes) reaches into the float library's \
                 region at 0x{reserved:x}"
            )
            .into());
        }
        list.push(section);
    }
    Ok((rom, ram))
}

fn in_words(sections: Vec<DataSection>) -> Result<Vec<DataSection64>, Refused> {
    let convert = |section: DataSection| {
        if !section.addr.is_multiple_of(8) || !section.data.len().is_multiple_of(8) {
            return Err(format!(
                "its data segment at 0x{:x} ({} bytes) is not aligned to 8 bytes",
                section.addr,
                section.data.len()
            )
            .into());
        }
        let words = section.data.chunks_exact(8);
        let data = words.map(|word| u64::from_le_bytes(std::array::from_fn(|at| word[at])));
        Ok(DataSection64 {
            addr: section.addr,
            data: data.collect(),
        })
    };
    sections.into_iter().map(convert).collect()
}

/// Puts the library's code and data into its own windows, which the guest must have left alone.
fn merge_library(image: &mut Image, library: ZiskLibrary) -> Result<(), Refused> {
    use zisk_core::{
        ZISKLIB_RAM_ADDR, ZISKLIB_RAM_ADDR_MAX, ZISKLIB_ROM_ADDR, ZISKLIB_ROM_ADDR_MAX,
    };
    let rom = ZISKLIB_ROM_ADDR..=ZISKLIB_ROM_ADDR_MAX;
    if let Some(inst) = image.insts.iter().find(|inst| rom.contains(&inst.pc())) {
        return Err(format!(
            "its code at 0x{:x} lies where the ZisK library goes (0x{:x} to 0x{:x})",
            inst.pc,
            rom.start(),
            rom.end()
        )
        .into());
    }
    for (sections, low, high) in [
        (
            &image.data.read_only,
            ZISKLIB_ROM_ADDR,
            ZISKLIB_ROM_ADDR_MAX,
        ),
        (&image.data.writable, ZISKLIB_RAM_ADDR, ZISKLIB_RAM_ADDR_MAX),
    ] {
        let overlaps = |section: &&DataSection64| {
            section.addr <= high && section.addr + 8 * section.data.len() as u64 > low
        };
        if let Some(section) = sections.iter().find(overlaps) {
            return Err(format!(
                "its data at 0x{:x} lies where the ZisK library goes (0x{low:x} to 0x{high:x})",
                section.addr
            )
            .into());
        }
    }
    image.append(&library.insts);
    image.data.read_only.extend(library.ro_data);
    image.data.writable.extend(library.rw_data);
    for (name, address) in library.symbols {
        let best = image
            .library_labels
            .entry(address)
            .or_insert_with(|| name.clone());
        if (name.len(), &name) < (best.len(), best) {
            *best = name;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loader::quietly;
    use std::collections::BTreeMap;
    use zkperf_testkit::{guests, random_guest, ZISK_1_4_0};

    /// Holds the image of an ELF to `elf2rom`'s: each instruction, field by field, and the data.
    fn agrees(elf: &[u8]) {
        let ours = image(elf).unwrap();
        let theirs = zisk_riscv::elf2rom(elf).unwrap();
        let by_pc: BTreeMap<u64, &Inst> = ours.insts.iter().map(|inst| (inst.pc(), inst)).collect();
        assert_eq!(ours.insts.len(), by_pc.len(), "an address stands twice");
        assert!(by_pc.keys().eq(theirs.insts.keys()));
        for (&pc, builder) in &theirs.insts {
            // How many RISC-V instructions retire is ours, not elf2rom's.
            let expected = Inst {
                instructions: by_pc[&pc].instructions,
                ..Inst::of(pc, &builder.i)
            };
            assert_eq!(
                format!("{:?}", by_pc[&pc]),
                format!("{expected:?}"),
                "at 0x{pc:x}: {}",
                builder.i.verbose
            );
        }
        let sections = |data: &[DataSection64]| format!("{data:?}");
        assert_eq!(sections(&ours.data.read_only), sections(&theirs.ro_data_64));
        assert_eq!(sections(&ours.data.writable), sections(&theirs.rw_data_64));
    }

    #[test]
    fn prebuilt_guests_become_what_the_official_loader_makes_of_them() {
        for name in ["hello-zisk-plain", "reference-zisk-accelerated"] {
            let path = format!(
                "{}/../../fixtures/guests/{name}.elf.zst",
                env!("CARGO_MANIFEST_DIR")
            );
            agrees(&zstd::decode_all(std::fs::File::open(path).unwrap()).unwrap());
        }
    }

    #[test]
    fn hand_written_and_random_guests_become_what_the_official_loader_makes_of_them() {
        let random = (0..100).map(|seed| random_guest(seed, None, ZISK_1_4_0).elf);
        let mut compared = 0;
        for elf in guests().into_iter().map(|guest| guest.elf).chain(random) {
            if quietly(|| zisk_riscv::elf2rom(&elf).is_ok()) == Ok(true) {
                agrees(&elf);
                compared += 1;
            } else {
                // Refused by an error or by a panic: so must ours.
                assert_ne!(quietly(|| image(&elf).is_ok()), Ok(true));
            }
        }
        assert!(compared > 300, "{compared}");
    }
}
