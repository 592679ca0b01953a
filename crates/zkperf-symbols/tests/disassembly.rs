//! Instructions of small ELFs made by hand. Those of the prebuilt guests are compared with objdump's in
//! `crates/zkperf/tests/annotate_asm.rs`.

use object::elf;
use object::write::elf::{FileHeader, ProgramHeader, Writer};
use object::Endianness;
use proptest::prelude::*;
use zkperf_symbols::{Disassembly, Instruction, SymbolError};

/// Where the code is.
const START: u64 = 0x1000;

/// An ELF without sections that has one executable segment.
fn program(is_64: bool, code: &[u8]) -> Vec<u8> {
    let mut buffer = Vec::new();
    let mut w = Writer::new(Endianness::Little, is_64, &mut buffer);
    w.reserve_file_header();
    w.reserve_program_headers(1);
    let offset = w.reserve(code.len(), 4) as u64;
    w.write_file_header(&FileHeader {
        os_abi: 0,
        abi_version: 0,
        e_type: elf::ET_EXEC,
        e_machine: elf::EM_RISCV,
        e_entry: START,
        e_flags: 0,
    })
    .unwrap();
    w.write_align_program_headers();
    let size = code.len() as u64;
    w.write_program_header(&ProgramHeader {
        p_type: elf::PT_LOAD,
        p_flags: elf::PF_R | elf::PF_X,
        p_offset: offset,
        p_vaddr: START,
        p_paddr: START,
        p_filesz: size,
        p_memsz: size,
        p_align: 4,
    });
    w.write_align(4);
    w.write(code);
    buffer
}

fn at(is_64: bool, code: &[u8], address: u64) -> Option<Instruction> {
    let elf = program(is_64, code);
    Disassembly::of_elf(&elf).unwrap().at(address)
}

fn word(is_64: bool, word: u32) -> (String, Option<u64>) {
    let found = at(is_64, &word.to_le_bytes(), START).unwrap();
    assert_eq!((found.bytes, found.word), (4, word));
    (found.text, found.target)
}

fn half(is_64: bool, half: u16) -> (String, Option<u64>) {
    let found = at(is_64, &half.to_le_bytes(), START).unwrap();
    assert_eq!((found.bytes, found.word), (2, u32::from(half)));
    (found.text, found.target)
}

#[test]
fn instructions_are_written_as_objdump_writes_them() {
    for (code, text, target) in [
        (0xff01_0113, "addi sp,sp,-16", None),
        (0x0000_8067, "ret", None),
        (0x0000_0073, "ecall", None),
        (0x8135_a073, "csrs 0x813,a1", None),
        (0x02c5_d533, "divu a0,a1,a2", None),
        (0xffdf_f0ef, "jal 0xffc", Some(0xffc)),
        (0xfeb5_0ee3, "beq a0,a1,0xffc", Some(0xffc)),
        (0x0005_0463, "beqz a0,0x1008", Some(0x1008)),
        (0xfff5_0513, "addi a0,a0,-1", None),
        (0x0000_0517, "auipc a0,0x0", None),
    ] {
        assert_eq!(word(true, code), (text.to_owned(), target), "{code:08x}");
    }
    for (code, text, target) in [
        (0x8082, "ret", None),
        (0x4505, "li a0,1", None),
        (0xc119, "beqz a0,0x1006", Some(0x1006)),
        (0xa001, "j 0x1000", Some(0x1000)),
    ] {
        assert_eq!(half(true, code), (text.to_owned(), target), "{code:04x}");
    }
}

#[test]
fn the_width_of_registers_decides() {
    // c.addiw of 64 bits is c.jal of 32.
    assert_eq!(half(true, 0x2505), ("addiw a0,a0,1".to_owned(), None));
    assert_eq!(half(false, 0x2505), ("jal 0x1620".to_owned(), Some(0x1620)));
    assert_eq!(word(true, 0xff85_3503).0, "ld a0,-8(a0)");
    assert_eq!(word(false, 0xff85_3503).0, ".word 0xff853503");
}

#[test]
fn what_is_no_instruction_is_data() {
    for code in [0xffff_ffff, 0x0000_000b, 0x0000_007f] {
        let found = at(true, &u32::to_le_bytes(code), START).unwrap();
        match found.bytes {
            4 => assert_eq!(found.text, format!(".word 0x{code:08x}")),
            _ => assert_eq!(found.text, format!(".half 0x{:04x}", code & 0xffff)),
        }
        assert_eq!(found.target, None);
    }
    // Vector code, which no zkVM knows, is not guessed at either: vsetvli.
    assert_eq!(word(true, 0x0d05_7557).0, ".word 0x0d057557");
}

#[test]
fn there_is_nothing_outside_of_the_code() {
    let code = [0x13, 0x05, 0x10, 0x00, 0x13];
    assert_eq!(at(true, &code, START).unwrap().text, "li a0,1");
    for address in [0, START - 1, START + 4, START + 5, u64::MAX] {
        assert_eq!(at(true, &code, address), None, "{address:x}");
    }
    // Half of an instruction of four bytes.
    assert_eq!(at(true, &[0x13, 0x05], START), None);
    assert_eq!(
        Disassembly::of_elf(b"no ELF").unwrap_err(),
        SymbolError::NotElf
    );
}

proptest! {
    /// Whatever the bytes: no panic, and the text is of that very instruction.
    #[test]
    fn any_bytes_are_instructions_or_data(code: [u8; 8], is_64: bool, offset in 0u64..10) {
        let found = at(is_64, &code, START + offset);
        if let Some(found) = found {
            prop_assert!(offset + u64::from(found.bytes) <= 8);
            prop_assert!(!found.text.is_empty() && !found.text.starts_with(".insn"));
            prop_assert!(found.target.is_none() || found.text.contains("0x"));
        }
    }

    /// Damaged files are refused or read, never a panic.
    #[test]
    fn damaged_files_do_not_panic(at in 0usize..200, byte: u8) {
        let mut elf = program(true, &[0x13; 64]);
        if let Some(slot) = elf.get_mut(at) {
            *slot = byte;
        }
        if let Ok(code) = Disassembly::of_elf(&elf) {
            for address in [0, START, START + 2, START + 62, u64::MAX] {
                code.at(address);
            }
        }
    }
}
