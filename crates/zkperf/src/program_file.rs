//! The file of the program that a profile is of: found, checked against the profile, read as machine code.

use crate::commands::GUESTS;
use crate::{demo_guests, files, zkvms};
use anyhow::{anyhow, bail, Context, Result};
use std::path::{Path, PathBuf};
use zkperf_build::BuildRecord;
use zkperf_exec::Zkvm;
use zkperf_profile::{thousands, ElfId, Run};
use zkperf_report::{Code, CodeFile, MachineCode};
use zkperf_symbols::{Check, Disassembly, SymbolTable};

/// The file.
pub struct ProgramFile {
    bytes: Vec<u8>,
    /// zkVM of the profile and its version.
    zkvm: (String, String),
    /// What it is, and whether it is the one that ran.
    pub id: CodeFile,
    /// What `zkperf build` wrote beside it, if it did.
    pub record: Option<BuildRecord>,
}

/// A file that may be it: name, contents, and the record beside it.
type Found = (String, Vec<u8>, Option<BuildRecord>);

impl ProgramFile {
    /// The file that `given` names; without, the one that ran, where it can be found: beside the profile, where `bench`
    /// and `build` leave guests, or in this executable.
    ///
    /// # Errors
    /// A file that cannot be read, or is not the one that ran and not forced; none is given and none is found.
    pub fn find(profile: &Path, run: &Run, given: Option<&Path>, force: bool) -> Result<Self> {
        let found = match given {
            Some(path) => {
                let bytes = files::read(path)?;
                Some((path.display().to_string(), bytes, record_beside(path)))
            }
            None => search(profile, &run.elf),
        };
        let Some((name, bytes, record)) = found else {
            bail!("{}", wanted(&run.elf));
        };
        let sha256 = files::sha256(&bytes);
        let id = CodeFile {
            matches: sha256 == run.elf.sha256,
            expected_sha256: run.elf.sha256.clone(),
            sha256,
            name,
        };
        if !id.matches && !force {
            bail!(
                "{} is not the ELF of this profile: its SHA-256 is {}, the run's was {}; name that one (`annotate --asm \
                 --force` shows this one's instructions all the same)",
                id.name,
                id.sha256,
                id.expected_sha256
            );
        }
        let zkvm = (run.zkvm.clone(), run.zkvm_version.clone());
        let record = record.filter(|record| record.elf_sha256 == id.sha256);
        Ok(ProgramFile {
            bytes,
            zkvm,
            id,
            record,
        })
    }

    /// Its code.
    ///
    /// # Errors
    /// The file is no program of the profile's zkVM.
    pub fn code(&self) -> Result<ProgramCode<'_>> {
        let (name, version) = &self.zkvm;
        let (zkvm, elves) = self.elves();
        let part =
            |elf| -> Result<_> { Ok((Disassembly::of_elf(elf)?, SymbolTable::from_elf(elf)?)) };
        let parts = elves.into_iter().map(part).collect::<Result<Vec<_>>>();
        let parts = parts.with_context(|| format!("cannot read the code of {}", self.id.name))?;
        match parts.is_empty() {
            true => Err(anyhow!(
                "{} has no code for {} in it; name the file that ran",
                self.id.name,
                name
            )),
            false => Ok(ProgramCode {
                parts,
                zkvm: zkvm.filter(|zkvm| zkvm.version() == version),
            }),
        }
    }

    /// Names of all its functions, demangled, executed or not.
    ///
    /// # Errors
    /// The file is no program of the profile's zkVM.
    pub fn function_names(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for elf in self.elves().1 {
            let symbols = SymbolTable::from_elf(elf)
                .with_context(|| format!("cannot read the symbols of {}", self.id.name))?;
            names.extend(
                symbols
                    .symbols()
                    .iter()
                    .map(|symbol| symbol.name.full.clone()),
            );
        }
        Ok(names)
    }

    /// Its branches that only lead to panics.
    ///
    /// # Errors
    /// The file is no program of the profile's zkVM.
    pub fn checks(&self) -> Result<Vec<Check>> {
        let mut checks = Vec::new();
        for elf in self.elves().1 {
            let of_elf = zkperf_symbols::checks(elf);
            checks.extend(
                of_elf.with_context(|| format!("cannot read the code of {}", self.id.name))?,
            );
        }
        Ok(checks)
    }

    /// The extensions of RISC-V that the guest was compiled for, where its ELF says so.
    ///
    /// # Errors
    /// The file is no program of the profile's zkVM.
    pub fn compiled_for(&self) -> Result<Option<Vec<String>>> {
        // A zkVM's own code comes after the guest's.
        let Some(guest) = self.elves().1.into_iter().next() else {
            return Ok(None);
        };
        zkperf_symbols::extensions(guest)
            .with_context(|| format!("cannot read the headers of {}", self.id.name))
    }

    /// The zkVM, and the ELFs that the file consists of.
    fn elves(&self) -> (Option<Box<dyn Zkvm>>, Vec<&[u8]>) {
        // Any version will do: what a file consists of has been the same in all of them.
        let zkvm = zkvms::all()
            .into_iter()
            .find(|zkvm| zkvm.name() == self.zkvm.0);
        let elves = match &zkvm {
            Some(zkvm) => zkvm.elves(&self.bytes),
            None => vec![self.bytes.as_slice()],
        };
        (zkvm, elves)
    }
}

/// Where the file of a run may lie, without being told.
fn search(profile: &Path, elf: &ElfId) -> Option<Found> {
    let beside = profile.parent().map(Path::to_owned).unwrap_or_default();
    let beside = match beside.as_os_str().is_empty() {
        true => PathBuf::from("."),
        false => beside,
    };
    in_folder(&beside, elf)
        .or_else(|| in_folder(Path::new(GUESTS), elf))
        .or_else(|| embedded(elf))
}

/// The file of that size and hash in a folder.
fn in_folder(folder: &Path, elf: &ElfId) -> Option<Found> {
    let entries = std::fs::read_dir(folder).ok()?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let about = std::fs::metadata(entry.path()).ok()?;
            (about.is_file() && about.len() == elf.bytes).then(|| entry.path())
        })
        .collect();
    paths.sort();
    paths.into_iter().find_map(|path| {
        let bytes = files::read(&path).ok()?;
        let name = path.display().to_string();
        (files::sha256(&bytes) == elf.sha256).then(|| (name, bytes, record_beside(&path)))
    })
}

/// The record beside an ELF, if it is one.
fn record_beside(elf: &Path) -> Option<BuildRecord> {
    serde_json::from_slice(&std::fs::read(elf.with_extension("json")).ok()?).ok()
}

/// The guest in this executable, if it is that one.
fn embedded(elf: &ElfId) -> Option<Found> {
    demo_guests::all().iter().find_map(|guest| {
        let record: BuildRecord = serde_json::from_slice(guest.record).ok()?;
        if record.elf_sha256 != elf.sha256 {
            return None;
        }
        let bytes = zstd::decode_all(guest.elf).ok()?;
        let name = "the guest embedded in zkperf".to_owned();
        Some((name, bytes, Some(record)))
    })
}

/// Says which file is needed.
fn wanted(elf: &ElfId) -> String {
    let variant = match elf.variant.as_str() {
        "" => String::new(),
        variant => format!(" ({variant})"),
    };
    format!(
        "instructions are read from the guest's ELF, which is neither beside the profile nor in {GUESTS}; give --elf \
         FILE: {}{variant}, {} bytes, SHA-256 {}",
        elf.guest,
        thousands(elf.bytes),
        elf.sha256
    )
}

/// The code of a program.
pub struct ProgramCode<'f> {
    /// Each of its ELFs; their addresses are of one space.
    parts: Vec<(Disassembly<'f>, SymbolTable)>,
    /// The version that ran, if it is built in: it knows what its CSRs mean.
    zkvm: Option<Box<dyn Zkvm>>,
}

impl ProgramCode<'_> {
    /// The zkVM's own meaning of an instruction, if it is an access to one of its CSRs.
    fn meaning(&self, bytes: u8, word: u32) -> Option<&'static str> {
        // SYSTEM, and not one of those without a register (ecall, ebreak, …).
        let is_csr_access = bytes == 4 && word & 0x7f == 0x73 && word & 0x3000 != 0;
        let zkvm = self.zkvm.as_deref().filter(|_| is_csr_access)?;
        zkvm.csr_name((word >> 20) as u16)
    }
}

impl Code for ProgramCode<'_> {
    fn instruction(&self, address: u64) -> Option<MachineCode> {
        let found = self.parts.iter().find_map(|(code, _)| code.at(address))?;
        Some(MachineCode {
            bytes: found.bytes,
            word: found.word,
            text: match self.meaning(found.bytes, found.word) {
                Some(meaning) => format!("{} # {meaning}", found.text),
                None => found.text,
            },
            target: found.target,
        })
    }

    fn symbol(&self, address: u64) -> Option<(String, u64)> {
        self.parts.iter().find_map(|(_, symbols)| {
            let symbol = symbols.symbol(symbols.lookup(address)?);
            Some((symbol.name.full.clone(), address - symbol.start))
        })
    }
}
