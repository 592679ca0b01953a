//! Every table of zkperf's SP1 engine, value by value, against the official crate.

use std::collections::BTreeSet;
use std::str::FromStr;

use sp1_core_executor::{
    get_complexity_mapping, rv64im_costs, Instruction, Opcode, Program, RetainedEventsPreset,
    RiscvAirId, SP1CoreOpts, SyscallCode,
};
use zkperf_sp1::{opcode_index, AIRS, OPCODES, SHARD_AIRS, SYSCALLS};

#[test]
fn areas_and_complexities_are_the_official_ones() {
    let (costs, complexities) = (rv64im_costs(), get_complexity_mapping());
    for air in AIRS.iter().chain(SHARD_AIRS) {
        let id = RiscvAirId::from_str(air.name).unwrap_or_else(|_| panic!("no table {}", air.name));
        assert_eq!(costs[&id] as u64, air.area, "area of {}", air.name);
        assert_eq!(
            complexities[id], air.complexity,
            "complexity of {}",
            air.name
        );
    }
}

#[test]
fn syscalls_are_the_official_ones() {
    let retained: BTreeSet<SyscallCode> = SP1CoreOpts::default()
        .retained_events_presets
        .iter()
        .flat_map(RetainedEventsPreset::syscall_codes)
        .copied()
        .collect();
    for syscall in SYSCALLS {
        let code = SyscallCode::from_u32(syscall.id);
        assert_eq!(code.to_string(), syscall.name);
        if let Some(air) = syscall.air {
            let id = code.as_air_id().expect("a table");
            assert_eq!(id.to_string(), air.name, "table of {}", syscall.name);
            assert_eq!(id.rows_per_event() as u64, syscall.rows, "{}", syscall.name);
            assert_eq!(
                retained.contains(&code),
                syscall.retained,
                "{}",
                syscall.name
            );
            assert_eq!(code.should_send(), 1, "{}", syscall.name);
        }
    }
    // And none is missing: every number that the official enum knows is in the table.
    let known: BTreeSet<u32> = SYSCALLS.iter().map(|syscall| syscall.id).collect();
    for id in (0..0x200)
        .chain((0..0x200).map(|low| 0x10000 | low))
        .chain([0x300105])
    {
        let official = std::panic::catch_unwind(|| SyscallCode::from_u32(id)).is_ok();
        assert_eq!(official, known.contains(&id), "syscall 0x{id:x}");
    }
}

/// One word of each operation, decoded by both.
#[test]
fn operations_have_the_official_opcodes() {
    let official = |word: u32| -> Option<Instruction> {
        let elf = elf_of(word);
        let program = std::panic::catch_unwind(|| Program::from(&elf))
            .ok()?
            .ok()?;
        Some(program.instructions[0])
    };
    let mut seen = BTreeSet::new();
    // Major opcodes with every funct3, and the funct7 that mean something.
    for major in [
        0x03u32, 0x13, 0x17, 0x1b, 0x23, 0x33, 0x37, 0x3b, 0x63, 0x67, 0x6f, 0x73,
    ] {
        for funct3 in 0..8 {
            for funct7 in [0u32, 1, 0x20] {
                let registers = if major == 0x73 {
                    0
                } else {
                    2 << 7 | 3 << 15 | 4 << 20
                };
                let word = funct7 << 25 | funct3 << 12 | registers | major;
                let ours = zkperf_exec::riscv::decode::<64>(word);
                let (Some(theirs), Some(index)) = (official(word), opcode_index(ours.op)) else {
                    continue;
                };
                assert_eq!(
                    theirs.opcode.to_string(),
                    OPCODES[index].name.to_lowercase(),
                    "{word:08x}"
                );
                assert_ne!(theirs.opcode, Opcode::UNIMP);
                seen.insert(index);
            }
        }
    }
    assert_eq!(seen.len(), OPCODES.len(), "every opcode was met");
}

/// The smallest ELF that the official loader takes: one instruction at the image base.
fn elf_of(word: u32) -> Vec<u8> {
    let base = 0x7800_0000u64;
    let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
    elf.resize(16, 0);
    for half in [2u16, 243] {
        elf.extend(half.to_le_bytes());
    }
    elf.extend(1u32.to_le_bytes());
    for long in [base, 64, 0] {
        elf.extend(long.to_le_bytes());
    }
    elf.extend(0u32.to_le_bytes());
    for half in [64u16, 56, 1, 64, 0, 0] {
        elf.extend(half.to_le_bytes());
    }
    for int in [1u32, 5] {
        elf.extend(int.to_le_bytes());
    }
    for long in [120, base, base, 4, 4, 4] {
        elf.extend(long.to_le_bytes());
    }
    elf.extend(word.to_le_bytes());
    elf
}
