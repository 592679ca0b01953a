//! Symbols of small ELFs made by hand.

use object::elf;
use object::write::elf::{FileHeader, SectionHeader, Sym, Writer};
use object::Endianness;
use proptest::prelude::*;
use zkperf_symbols::{Binding, ExtraRange, Origin, SymbolError, SymbolTable};

const FUNC: u8 = elf::STT_FUNC;
const LABEL: u8 = elf::STT_NOTYPE;
const DATA: u8 = elf::STT_OBJECT;
const GLOBAL: u8 = elf::STB_GLOBAL;
const WEAK: u8 = elf::STB_WEAK;
const LOCAL: u8 = elf::STB_LOCAL;

/// Name, address, size, type, binding.
type Spec<'a> = (&'a str, u64, u64, u8, u8);

/// What of an ELF the cases vary.
struct Shape {
    is_64: bool,
    machine: u16,
    kind: u16,
    stripped: bool,
}

const GUEST: Shape = Shape {
    is_64: true,
    machine: elf::EM_RISCV,
    kind: elf::ET_EXEC,
    stripped: false,
};

/// An ELF with `.text` at 0x1000..0x2000, `.text.more` at 0x3000..0x3100 and those symbols.
fn elf(shape: &Shape, symbols: &[Spec<'_>]) -> Vec<u8> {
    let mut buffer = Vec::new();
    let mut w = Writer::new(Endianness::Little, shape.is_64, &mut buffer);
    let names: Vec<_> = symbols
        .iter()
        .map(|s| w.add_string(s.0.as_bytes()))
        .collect();
    let (text, more) = (
        w.add_section_name(b".text"),
        w.add_section_name(b".text.more"),
    );
    w.reserve_file_header();
    w.reserve_null_section_index();
    let text_index = w.reserve_section_index();
    w.reserve_section_index();
    if !shape.stripped {
        w.reserve_symtab_section_index();
        w.reserve_strtab_section_index();
    }
    w.reserve_shstrtab_section_index();
    if !shape.stripped {
        w.reserve_null_symbol_index();
        symbols.iter().for_each(|_| {
            w.reserve_symbol_index(Some(text_index));
        });
        w.reserve_symtab();
        w.reserve_strtab();
    }
    w.reserve_shstrtab();
    w.reserve_section_headers();

    w.write_file_header(&FileHeader {
        os_abi: elf::ELFOSABI_NONE,
        abi_version: 0,
        e_type: shape.kind,
        e_machine: shape.machine,
        e_entry: 0x1000,
        e_flags: 0,
    })
    .unwrap();
    if !shape.stripped {
        w.write_null_symbol();
        for (spec, &name) in symbols.iter().zip(&names) {
            w.write_symbol(&Sym {
                name: Some(name),
                section: Some(text_index),
                st_info: spec.4 << 4 | spec.3,
                st_other: 0,
                st_shndx: 0,
                st_value: spec.1,
                st_size: spec.2,
            });
        }
        w.write_strtab();
    }
    w.write_shstrtab();
    w.write_null_section_header();
    for (name, address, size) in [(text, 0x1000, 0x1000), (more, 0x3000, 0x100)] {
        w.write_section_header(&SectionHeader {
            name: Some(name),
            sh_type: elf::SHT_NOBITS,
            sh_flags: u64::from(elf::SHF_ALLOC | elf::SHF_EXECINSTR),
            sh_addr: address,
            sh_offset: 0,
            sh_size: size,
            sh_link: 0,
            sh_info: 0,
            sh_addralign: 4,
            sh_entsize: 0,
        });
    }
    if !shape.stripped {
        w.write_symtab_section_header(1);
        w.write_strtab_section_header();
    }
    w.write_shstrtab_section_header();
    buffer
}

/// `name start..end` of every range.
fn ranges(table: &SymbolTable) -> Vec<String> {
    let line = |r: &zkperf_symbols::Range| {
        format!(
            "{} {:x}..{:x}",
            table.symbol(r.symbol).name.short,
            r.start,
            r.end
        )
    };
    table.ranges().iter().map(line).collect()
}

fn guest(symbols: &[Spec<'_>]) -> SymbolTable {
    SymbolTable::from_elf(&elf(&GUEST, symbols)).unwrap()
}

#[test]
fn functions_are_found_by_address_in_both_widths() {
    for is_64 in [true, false] {
        let symbols = [
            (
                "_ZN5guest4main17h0123456789abcdefE",
                0x1000,
                0x100,
                FUNC,
                GLOBAL,
            ),
            ("other", 0x1200, 0x10, FUNC, LOCAL),
            ("a_static", 0x1300, 8, DATA, GLOBAL),
        ];
        let table = SymbolTable::from_elf(&elf(&Shape { is_64, ..GUEST }, &symbols)).unwrap();
        assert_eq!(table.is_64(), is_64);
        assert!(!table.is_stripped());
        assert_eq!(table.code(), [(0x1000, 0x2000), (0x3000, 0x3100)]);
        assert_eq!(
            ranges(&table),
            ["guest::main 1000..1100", "other 1200..1210"]
        );
        let main = table.lookup(0x10ff).unwrap();
        assert_eq!(
            table.symbol(main).name.full,
            "guest::main::h0123456789abcdef"
        );
        assert_eq!(table.symbol(main).origin, Origin::Function);
        for outside in [0, 0xfff, 0x1100, 0x1210, 0x1300, u64::MAX] {
            assert_eq!(table.lookup(outside), None, "{outside:x}");
        }
        for name in [
            "guest::main",
            "guest::main::h0123456789abcdef",
            symbols[0].0,
        ] {
            assert_eq!(table.find(name).collect::<Vec<_>>(), [main]);
        }
    }
}

#[test]
fn the_smallest_symbol_holds_the_address() {
    let table = guest(&[
        ("outer", 0x1000, 0x100, FUNC, GLOBAL),
        ("inner", 0x1040, 0x10, FUNC, LOCAL),
        ("same_size_later", 0x1080, 0x100, FUNC, GLOBAL),
        ("head", 0x1000, 0x8, FUNC, GLOBAL),
    ]);
    let expected = [
        "head 1000..1008",
        "outer 1008..1040",
        "inner 1040..1050",
        "outer 1050..1080",
        "same_size_later 1080..1180",
    ];
    assert_eq!(ranges(&table), expected);
}

#[test]
fn symbols_without_a_size_reach_to_the_next() {
    let table = guest(&[
        ("first", 0x1000, 0, FUNC, GLOBAL),
        ("sized", 0x1100, 0x80, FUNC, GLOBAL),
        ("entry_inside", 0x1140, 0, FUNC, GLOBAL),
        ("last", 0x1f00, 0, FUNC, GLOBAL),
        ("too_long", 0x3080, 0x10_0000, FUNC, GLOBAL),
        ("wraps", 0x3000, u64::MAX, FUNC, GLOBAL),
    ]);
    let expected = [
        "first 1000..1100",
        "sized 1100..1140",
        "entry_inside 1140..1180",
        "last 1f00..2000",
        "wraps 3000..3080",
        "too_long 3080..3100",
    ];
    assert_eq!(ranges(&table), expected);
    let sized = table.find("sized").next().unwrap();
    assert_eq!(table.symbol(sized).bytes(), 0x80);
}

#[test]
fn aliases_have_one_name_whatever_their_order() {
    let mut symbols = vec![
        ("b_weak", 0x1000, 0x40, FUNC, WEAK),
        ("aa_local_and_long", 0x1000, 0x40, FUNC, LOCAL),
        ("memcpy", 0x1000, 0x40, FUNC, GLOBAL),
        ("bcopys", 0x1000, 0x40, FUNC, GLOBAL),
        ("short", 0x1000, 0, FUNC, GLOBAL),
        ("a_label_that_is_even_longer", 0x1000, 0, LABEL, GLOBAL),
    ];
    for _ in 0..symbols.len() {
        symbols.rotate_left(1);
        let table = guest(&symbols);
        assert_eq!(ranges(&table), ["bcopys 1000..1040"]);
        let symbol = &table.symbols()[0];
        let aliases = [
            "memcpy",
            "short",
            "b_weak",
            "aa_local_and_long",
            "a_label_that_is_even_longer",
        ];
        assert_eq!(symbol.aliases, aliases);
        assert_eq!(
            (symbol.binding, symbol.stated_bytes),
            (Binding::Global, 0x40)
        );
        assert_eq!(table.find("memcpy").count(), 1);
    }
}

#[test]
fn labels_name_assembly_and_nothing_else() {
    let table = guest(&[
        ("_start", 0x1000, 0, LABEL, GLOBAL),
        ("spin", 0x1008, 0, LABEL, LOCAL),
        ("memset", 0x1020, 0, LABEL, GLOBAL),
        (".Lloop", 0x1030, 0, LABEL, LOCAL),
        ("$xrv64i2p1", 0x1034, 0, LABEL, LOCAL),
        ("rust", 0x1100, 0x100, FUNC, GLOBAL),
        ("in_rust", 0x1180, 0, LABEL, GLOBAL),
        ("static_asm", 0x1200, 0x20, LABEL, LOCAL),
        ("_etext", 0x2000, 0, LABEL, GLOBAL),
        ("__global_pointer$", 0x5000, 0, LABEL, GLOBAL),
        ("", 0x1300, 4, FUNC, GLOBAL),
    ]);
    let expected = [
        "_start 1000..1020",
        "memset 1020..1100",
        "rust 1100..1200",
        "static_asm 1200..1220",
    ];
    assert_eq!(ranges(&table), expected);
    assert!(
        table
            .symbols()
            .iter()
            .filter(|s| s.origin == Origin::Label)
            .count()
            == 3
    );
}

#[test]
fn a_stripped_elf_gets_functions_from_calls() {
    let bytes = elf(
        &Shape {
            stripped: true,
            ..GUEST
        },
        &[],
    );
    let mut table = SymbolTable::from_elf(&bytes).unwrap();
    assert_eq!(SymbolTable::has_symbols(&bytes), Ok(false));
    assert!(table.is_stripped());
    assert!(table.symbols().is_empty() && table.ranges().is_empty());
    table.add_call_targets([0x1800, 0x1000, 0x1800, 0x3010, 0x9000]);
    let expected = [
        "fn_1000 1000..1800",
        "fn_1800 1800..2000",
        "fn_3010 3010..3100",
    ];
    assert_eq!(ranges(&table), expected);
    assert!(table.is_stripped(), "the ELF still names nothing");
    assert_eq!(table.symbols()[0].origin, Origin::Guessed);
    assert_eq!(table.symbols()[0].name.raw, "");
}

#[test]
fn guesses_fill_gaps_only_and_engines_add_ranges() {
    let mut table = guest(&[("f", 0x1100, 0x100, FUNC, GLOBAL)]);
    let f = table.lookup(0x1100).unwrap();
    table.add_call_targets([0x1000, 0x1180, 0x1200]);
    table.add_ranges([
        ExtraRange {
            name: "bios".into(),
            start: 0x10,
            end: 0x20,
            origin: Origin::System,
        },
        ExtraRange {
            name: "inside".into(),
            start: 0x1010,
            end: 0x1020,
            origin: Origin::Library,
        },
        ExtraRange {
            name: "nothing".into(),
            start: 9,
            end: 9,
            origin: Origin::Library,
        },
    ]);
    let expected = [
        "bios 10..20",
        "fn_1000 1000..1010",
        "inside 1010..1020",
        "fn_1000 1020..1100",
        "f 1100..1200",
        "fn_1200 1200..2000",
    ];
    assert_eq!(ranges(&table), expected);
    assert_eq!(table.lookup(0x1100), Some(f), "ids stay valid");
}

#[test]
fn the_dense_table_says_the_same_as_lookup() {
    let table = guest(&[
        ("outer", 0x1000, 0x100, FUNC, GLOBAL),
        ("inner", 0x1042, 0x10, FUNC, LOCAL),
        ("far", 0x3000, 0x10, FUNC, GLOBAL),
    ]);
    assert_eq!(size_of_val(&table.dense(0, 1, 4)[0]), 4);
    for (start, stride) in [
        (0xff0, 2),
        (0x1001, 1),
        (0x1050, 4),
        (0, 0x100),
        (0x1000, 0),
    ] {
        let dense = table.dense(start, 0x900, stride);
        for (slot, &found) in dense.iter().enumerate() {
            assert_eq!(found, table.lookup(start + slot as u64 * stride));
        }
    }
    assert_eq!(table.dense(u64::MAX - 1, 3, 2), [None, None, None]);
}

#[test]
fn what_is_no_guest_is_refused_by_name() {
    let good = elf(&GUEST, &[("f", 0x1000, 4, FUNC, GLOBAL)]);
    let error = |bytes: &[u8]| SymbolTable::from_elf(bytes).unwrap_err();
    assert_eq!(error(b""), SymbolError::NotElf);
    assert_eq!(error(b"#!/bin/sh\n"), SymbolError::NotElf);
    assert!(matches!(error(&good[..20]), SymbolError::Damaged { .. }));
    assert!(matches!(
        error(&good[..good.len() - 1]),
        SymbolError::Damaged { .. }
    ));
    let host = elf(
        &Shape {
            machine: elf::EM_X86_64,
            ..GUEST
        },
        &[],
    );
    assert_eq!(
        error(&host),
        SymbolError::NotRiscV {
            found: "x86-64".into()
        }
    );
    let object = elf(
        &Shape {
            kind: elf::ET_REL,
            ..GUEST
        },
        &[],
    );
    assert_eq!(error(&object), SymbolError::NotLinked);
}

#[test]
fn every_truncation_is_an_error() {
    let good = elf(
        &GUEST,
        &[
            ("f", 0x1000, 4, FUNC, GLOBAL),
            ("g", 0x1010, 0, LABEL, WEAK),
        ],
    );
    for length in 0..good.len() {
        assert!(
            SymbolTable::from_elf(&good[..length]).is_err(),
            "cut at {length}"
        );
    }
}

proptest! {
    #[test]
    fn garbage_is_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(SymbolTable::from_elf(&bytes).is_err());
        let mut bytes = bytes;
        bytes.splice(0..0, *b"\x7fELF\x02\x01\x01");
        let _ = SymbolTable::from_elf(&bytes);
    }

    #[test]
    fn a_damaged_elf_never_panics(at in 0usize..2000, with: [u8; 4]) {
        let symbols = [("f", 0x1000, 4, FUNC, GLOBAL), ("g", 0x1010, 0, LABEL, WEAK)];
        let mut bytes = elf(&GUEST, &symbols);
        let at = at % (bytes.len() - 4);
        bytes[at..at + 4].copy_from_slice(&with);
        if let Ok(table) = SymbolTable::from_elf(&bytes) {
            if !table.is_stripped() {
                prop_assert_eq!(SymbolTable::has_symbols(&bytes), Ok(true));
            }
            check(&table)?;
        }
    }

    #[test]
    fn any_symbols_give_disjoint_ranges_within_the_code(
        raw in proptest::collection::vec(
            (0xff0u64..0x1040, 0u64..0x30, any::<bool>(), 0u8..3), 0..20)
    ) {
        let names: Vec<String> = (0..raw.len()).map(|n| format!("s{n}")).collect();
        let symbols: Vec<Spec<'_>> = raw
            .iter()
            .zip(&names)
            .map(|(&(start, size, label, binding), name)| {
                (name.as_str(), start, size, if label { LABEL } else { FUNC }, binding)
            })
            .collect();
        let table = guest(&symbols);
        check(&table)?;
        // Every function that starts in the code is found there, under one of its names.
        for (index, &(start, _, label, _)) in raw.iter().enumerate() {
            if !label && start >= 0x1000 {
                prop_assert!(table.lookup(start).is_some());
                prop_assert_eq!(table.find(&names[index]).count(), 1);
            }
        }
        // The order in the file does not matter.
        let mut reversed = symbols.clone();
        reversed.reverse();
        prop_assert_eq!(guest(&reversed), table);
    }
}

fn check(table: &SymbolTable) -> Result<(), TestCaseError> {
    for pair in table.ranges().windows(2) {
        prop_assert!(pair[0].end <= pair[1].start);
    }
    for range in table.ranges() {
        prop_assert!(range.start < range.end);
        let inside = |&(start, end): &(u64, u64)| start <= range.start && range.end <= end;
        prop_assert!(table.code().iter().any(inside));
        let symbol = table.symbol(range.symbol);
        prop_assert!(symbol.start <= range.start && range.end <= symbol.end);
    }
    Ok(())
}
