//! Names of a megabyte, and such that are no UTF-8, in symbols and in debug information.

use object::elf;
use object::write::elf::{FileHeader, SectionHeader, Sym, Writer};
use object::Endianness;
use zkperf_symbols::{SourceTable, SymbolTable};

const START: u64 = 0x1000;

/// An ELF with 16 bytes of code in one function of that name, and these debug sections.
fn elf(symbol: &[u8], debug: &[(&[u8], Vec<u8>)]) -> Vec<u8> {
    let mut buffer = Vec::new();
    let mut w = Writer::new(Endianness::Little, true, &mut buffer);
    let name = w.add_string(symbol);
    let text_name = w.add_section_name(b".text");
    let debug_names: Vec<_> = debug.iter().map(|d| w.add_section_name(d.0)).collect();
    w.reserve_file_header();
    w.reserve_null_section_index();
    let text_index = w.reserve_section_index();
    debug.iter().for_each(|_| {
        w.reserve_section_index();
    });
    w.reserve_symtab_section_index();
    w.reserve_strtab_section_index();
    w.reserve_shstrtab_section_index();
    w.reserve_null_symbol_index();
    w.reserve_symbol_index(Some(text_index));
    let text_offset = w.reserve(16, 4);
    let offsets: Vec<usize> = debug.iter().map(|d| w.reserve(d.1.len(), 1)).collect();
    w.reserve_symtab();
    w.reserve_strtab();
    w.reserve_shstrtab();
    w.reserve_section_headers();
    w.write_file_header(&FileHeader {
        os_abi: 0,
        abi_version: 0,
        e_type: elf::ET_EXEC,
        e_machine: elf::EM_RISCV,
        e_entry: START,
        e_flags: 0,
    })
    .unwrap();
    w.pad_until(text_offset);
    w.write(&[0x13; 16]);
    for (offset, section) in offsets.iter().zip(debug) {
        w.pad_until(*offset);
        w.write(&section.1);
    }
    w.write_null_symbol();
    w.write_symbol(&Sym {
        name: Some(name),
        section: Some(text_index),
        st_info: elf::STT_FUNC,
        st_other: 0,
        st_shndx: 0,
        st_value: START,
        st_size: 16,
    });
    w.write_strtab();
    w.write_shstrtab();
    w.write_null_section_header();
    let section = |name, flags: u32, address, offset: usize, size: usize| SectionHeader {
        name: Some(name),
        sh_type: elf::SHT_PROGBITS,
        sh_flags: u64::from(flags),
        sh_addr: address,
        sh_offset: offset as u64,
        sh_size: size as u64,
        sh_link: 0,
        sh_info: 0,
        sh_addralign: 1,
        sh_entsize: 0,
    };
    let code = elf::SHF_ALLOC | elf::SHF_EXECINSTR;
    w.write_section_header(&section(text_name, code, START, text_offset, 16));
    for ((name, offset), (_, bytes)) in debug_names.into_iter().zip(offsets).zip(debug) {
        w.write_section_header(&section(name, 0, 0, offset, bytes.len()));
    }
    w.write_symtab_section_header(0);
    w.write_strtab_section_header();
    w.write_shstrtab_section_header();
    buffer
}

/// DWARF 4 by hand: a unit, in it a function of that name, and one of 16 bytes into which it was inlined.
fn dwarf(name: &[u8]) -> Vec<(&'static [u8], Vec<u8>)> {
    #[rustfmt::skip]
    let abbreviations = vec![
        // 1: compile_unit, with children: nothing said.
        1, 0x11, 1, 0, 0,
        // 2: subprogram without children: name (string).
        2, 0x2e, 0, 0x03, 0x08, 0, 0,
        // 3: subprogram with children: low_pc (addr), high_pc (data4).
        3, 0x2e, 1, 0x11, 0x01, 0x12, 0x06, 0, 0,
        // 4: inlined_subroutine: abstract_origin (ref4), low_pc, high_pc, call_line (data1).
        4, 0x1d, 0, 0x31, 0x13, 0x11, 0x01, 0x12, 0x06, 0x59, 0x0b, 0, 0,
        0,
    ];
    // Version, offset of the abbreviations, size of an address.
    let mut unit = vec![4, 0, 0, 0, 0, 0, 8, 1];
    let named = (4 + unit.len()) as u32;
    unit.push(2);
    unit.extend(name);
    unit.push(0);
    unit.push(3);
    unit.extend(START.to_le_bytes());
    unit.extend(16u32.to_le_bytes());
    unit.push(4);
    unit.extend(named.to_le_bytes());
    unit.extend((START + 4).to_le_bytes());
    unit.extend(4u32.to_le_bytes());
    unit.push(7);
    unit.extend([0, 0]);
    let mut info = (unit.len() as u32).to_le_bytes().to_vec();
    info.extend(unit);
    vec![
        (b".debug_abbrev", abbreviations),
        (b".debug_info", info),
        (b".debug_line", Vec::new()),
    ]
}

#[test]
fn names_are_whole_and_bytes_that_are_no_text_are_marked() {
    let huge = b"a::b<".repeat(1 << 18);
    let odd = b"half \xc3 letter \xff".to_vec();
    for (name, read) in [
        (huge.clone(), String::from_utf8(huge).unwrap()),
        (odd, "half \u{fffd} letter \u{fffd}".to_owned()),
        (vec![0xff; 1 << 20], "\u{fffd}".repeat(1 << 20)),
    ] {
        let elf = elf(&name, &dwarf(&name));
        let symbols = SymbolTable::from_elf(&elf).unwrap();
        let symbol = symbols.symbol(symbols.lookup(START).unwrap());
        assert!(symbol.name.full == read && symbol.name.raw == read);
        let source = SourceTable::from_elf(&elf).unwrap();
        assert_eq!(source.problems(), &[] as &[String]);
        let span = source.lookup(START + 4).unwrap();
        let frame = source.frames()[span.frame.unwrap() as usize];
        assert!(source.names()[frame.name as usize] == read);
        assert_eq!(frame.call.line, 7);
        assert_eq!(source.lookup(START), None, "there are no lines");
    }
}
