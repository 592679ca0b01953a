//! The official image of a program: where calls return to and what an instruction reads.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{bail, Context, Result};
use gag::Gag;
use zisk_core::ZiskInst;

use super::version::{Version, V1_4_0};
use crate::engines;

/// The fields of an official instruction (`zisk-core/src/zisk_inst.rs`) that attribution depends on.
#[derive(Debug, Clone, Copy)]
pub struct Inst {
    /// Where a and b come from, and their addresses or values.
    pub a_src: u64,
    pub a_offset_imm0: u64,
    pub b_src: u64,
    pub b_offset_imm0: u64,
    pub b_use_sp_imm1: u64,
    /// Width of an indirect access, in bytes.
    pub ind_width: u64,
    /// Where the result goes.
    pub store: u64,
    pub store_pc: bool,
    pub set_pc: bool,
    /// Link register, where the transpiler noted it.
    pub meta_rd: Option<u64>,
    /// Where execution goes on from here, relative to here.
    pub jmp_offset2: i64,
    /// Bytes that a precompile reads; 0 for other operations.
    pub input_size: u64,
    /// The next instruction that belongs to the same RISC-V instruction.
    pub next_internal_inst: Option<u64>,
}

/// Instructions by address.
#[derive(Debug, Default)]
pub struct Image {
    pub insts: BTreeMap<u64, Inst>,
}

impl Image {
    /// The image that a version's official loader makes of an ELF.
    ///
    /// # Errors
    /// What the loader refuses, or if it cannot be run.
    pub fn load(version: &Version, elf: &[u8]) -> Result<Self> {
        if version.name() == V1_4_0.name() {
            return Self::here(elf);
        }
        let program = engines::official_image(version.name())?;
        let mut child = Command::new(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", program.display()))?;
        let mut pipe = child.stdin.take().context("no pipe")?;
        let answer = std::thread::scope(|scope| {
            scope.spawn(move || pipe.write_all(elf));
            child.wait_with_output()
        })?;
        if !answer.status.success() {
            bail!("{} refused the guest", program.display());
        }
        Self::parse(&String::from_utf8_lossy(&answer.stdout))
    }

    /// With the loader that is linked in. It prints to stdout, which is one for the process: one load at a
    /// time, silenced.
    fn here(elf: &[u8]) -> Result<Self> {
        static LOADING: Mutex<()> = Mutex::new(());
        let _one_at_a_time = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
        let _silence = Gag::stdout().ok();
        let rom = zisk_riscv::elf2rom(elf).map_err(|error| anyhow::anyhow!("{error}"))?;
        let insts = rom.insts.iter();
        Ok(Self {
            insts: insts.map(|(&pc, built)| (pc, Inst::of(&built.i))).collect(),
        })
    }

    /// Reads what `official-image` prints: a line for each instruction, its address and the fields in the
    /// order of [`Inst`]; -1 is nothing.
    fn parse(text: &str) -> Result<Self> {
        let mut image = Self::default();
        for line in text.lines().filter_map(|line| line.strip_prefix("inst ")) {
            let fields: Vec<i128> = line
                .split(' ')
                .map(str::parse)
                .collect::<std::result::Result<_, _>>()
                .with_context(|| format!("instruction {line:?}"))?;
            let [pc, a_src, a_offset_imm0, b_src, b_offset_imm0, b_use_sp_imm1, ind_width, store, store_pc, set_pc, meta_rd, jmp_offset2, input_size, next] =
                fields[..]
            else {
                bail!("instruction {line:?} has {} fields", fields.len());
            };
            let inst = Inst {
                a_src: a_src as u64,
                a_offset_imm0: a_offset_imm0 as u64,
                b_src: b_src as u64,
                b_offset_imm0: b_offset_imm0 as u64,
                b_use_sp_imm1: b_use_sp_imm1 as u64,
                ind_width: ind_width as u64,
                store: store as u64,
                store_pc: store_pc != 0,
                set_pc: set_pc != 0,
                meta_rd: u64::try_from(meta_rd).ok(),
                jmp_offset2: jmp_offset2 as i64,
                input_size: input_size as u64,
                next_internal_inst: u64::try_from(next).ok(),
            };
            image.insts.insert(pc as u64, inst);
        }
        Ok(image)
    }
}

impl Inst {
    fn of(inst: &ZiskInst) -> Self {
        Self {
            a_src: inst.a_src,
            a_offset_imm0: inst.a_offset_imm0,
            b_src: inst.b_src,
            b_offset_imm0: inst.b_offset_imm0,
            b_use_sp_imm1: inst.b_use_sp_imm1,
            ind_width: inst.ind_width,
            store: inst.store,
            store_pc: inst.store_pc,
            set_pc: inst.set_pc,
            meta_rd: inst.meta_rd.map(u64::from),
            jmp_offset2: inst.jmp_offset2,
            input_size: inst.input_size,
            next_internal_inst: inst.next_internal_inst,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_instructions_are_read() {
        let text = "noise\ninst 4096 2 0 2 18446744073709551615 7 8 3 1 0 -1 -16 0 4097\n";
        let image = Image::parse(text).unwrap();
        let inst = image.insts[&4096];
        assert_eq!((inst.a_src, inst.b_offset_imm0), (2, u64::MAX));
        assert_eq!(
            (inst.store_pc, inst.set_pc, inst.meta_rd),
            (true, false, None)
        );
        assert_eq!(
            (inst.jmp_offset2, inst.next_internal_inst),
            (-16, Some(4097))
        );
        assert!(Image::parse("inst 1 2 3").is_err());
    }
}
