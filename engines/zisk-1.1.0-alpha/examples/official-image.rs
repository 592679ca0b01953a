//! The image that an older ZisK's official loader makes of the ELF on standard input, as lines for
//! `cargo xtask verify` (`xtask/src/official/image.rs` reads them): `inst`, the address, and the fields that
//! attribution depends on. A development tool.

use std::io::{Read, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut elf = Vec::new();
    if let Err(error) = std::io::stdin().read_to_end(&mut elf) {
        eprintln!("cannot read the ELF: {error}");
        return ExitCode::FAILURE;
    }
    // The loader prints to stdout, lines that do not begin with `inst`.
    let rom = match zisk_transpiler_common::elf2rom(&elf) {
        Ok(rom) => rom,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut text = String::from("\n");
    for (pc, built) in &rom.insts {
        let inst = &built.i;
        let maybe = |value: Option<u64>| value.map_or(-1, i128::from);
        let fields = [
            i128::from(*pc),
            i128::from(inst.a_src),
            i128::from(inst.a_offset_imm0),
            i128::from(inst.b_src),
            i128::from(inst.b_offset_imm0),
            i128::from(inst.b_use_sp_imm1),
            i128::from(inst.ind_width),
            i128::from(inst.store),
            i128::from(inst.store_pc),
            i128::from(inst.set_pc),
            maybe(inst.meta_rd.map(u64::from)),
            i128::from(inst.jmp_offset2),
            i128::from(inst.input_size),
            maybe(inst.next_internal_inst),
        ];
        let fields = fields.map(|field| field.to_string());
        text.push_str(&format!("inst {}\n", fields.join(" ")));
    }
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
