//! From a guest file to the words that memory holds at the start.
//!
//! The rules are those of risc0-binfmt 3.0.5 (`Program::load_elf`, `ProgramBinary`, `MemoryImage::
//! with_kernel`). Its image is a hash tree, built at a hash a page and made for provers; a profile
//! needs the words only, so we lay them out ourselves and `xtask verify risc0` compares every word.

use crate::program::VERSION;
use object::elf::{FileHeader32, ET_EXEC, PF_X, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};
use object::LittleEndian;
use zkperf_exec::{check_elf, LoadError, Recognized};

use crate::rules::{KERNEL_START, SUSPEND_MODE, SUSPEND_PC, USER_START};

const NAME: &str = "RISC Zero 3.0.6";

/// First bytes of a program binary (`MAGIC`, risc0-binfmt/src/elf.rs).
const BLOB_MAGIC: &[u8] = b"R0BF";
const BLOB_VERSION: u32 = 1;
const MOST_PROGRAM_HEADERS: usize = 256;

/// Whether a file is a guest of RISC Zero, by its first bytes.
pub(crate) fn recognize(file: &[u8]) -> Option<Recognized> {
    let reason = if file.starts_with(BLOB_MAGIC) {
        "a program binary (R0BF)"
    } else if check_elf(file, NAME).is_ok_and(|head| !head.is_64) {
        "a 32-bit RISC-V ELF"
    } else {
        return None;
    };
    Some(Recognized {
        version: VERSION.into(),
        reason: reason.into(),
    })
}

/// What a user should know of a guest that brings a kernel of its own.
pub(crate) fn kernel_note(file: &GuestFile) -> Option<String> {
    use sha2::{Digest, Sha256};
    if file.kernel == risc0_zkos_v1compat::V1COMPAT_ELF {
        return None;
    }
    let hash = hex::encode(Sha256::digest(file.kernel));
    Some(format!(
        "its program binary brings another kernel (sha256 {}) than v1compat 2.2.3, RISC Zero 3.0.6's own; it runs \
         on the one it brings, so system calls cost what that kernel makes of them",
        &hash[..16]
    ))
}

/// A user program and the kernel it runs on.
pub(crate) struct GuestFile<'a> {
    pub(crate) user: &'a [u8],
    pub(crate) kernel: &'a [u8],
}

impl<'a> GuestFile<'a> {
    /// Takes a program binary (`R0BF`) apart, or puts the default kernel beside a bare ELF.
    pub(crate) fn open(file: &'a [u8]) -> Result<Self, LoadError> {
        if file.starts_with(BLOB_MAGIC) {
            return Self::of_blob(&file[BLOB_MAGIC.len()..])
                .map_err(|reason| refused(format!("R0BF program binary: {reason}")));
        }
        Ok(Self {
            user: file,
            kernel: risc0_zkos_v1compat::V1COMPAT_ELF,
        })
    }

    fn of_blob(mut rest: &'a [u8]) -> Result<Self, String> {
        let version = take_word(&mut rest)?;
        if version != BLOB_VERSION {
            return Err(format!(
                "format version {version}, this is for {BLOB_VERSION}"
            ));
        }
        check_header(take_part(&mut rest)?)?;
        let user = take_part(&mut rest)?;
        if user.is_empty() || rest.is_empty() {
            return Err("user or kernel ELF is empty".into());
        }
        Ok(Self { user, kernel: rest })
    }
}

fn take_word(rest: &mut &[u8]) -> Result<u32, String> {
    let (word, tail) = rest.split_first_chunk::<4>().ok_or("the file ends early")?;
    *rest = tail;
    Ok(u32::from_le_bytes(*word))
}

/// Bytes with their length in front.
fn take_part<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let length = take_word(rest)? as usize;
    let part = rest.get(..length).ok_or("the file ends early")?;
    *rest = &rest[length..];
    Ok(part)
}

/// The header must ask for ABI `V1Compat`, version 1 (`check_program_version`, risc0-zkvm 3.0.6).
fn check_header(mut header: &[u8]) -> Result<(), String> {
    let mut versions = Vec::new();
    for _ in 0..take_word(&mut header)? {
        // Attributes that we do not know are skipped, as the official reader does.
        versions.extend(abi_version(take_part(&mut header)?));
    }
    if !header.is_empty() {
        return Err("bytes after the header's attributes".into());
    }
    match versions.as_slice() {
        [(0, version)] if version.starts_with("1.") && !version.contains('-') => Ok(()),
        [(0, version)] => Err(format!("ABI version {version}, this is for 1.x")),
        [_] => Err("an ABI other than V1Compat".into()),
        _ => Err("not exactly one ABI version in the header".into()),
    }
}

/// Kind and version of an `AbiVersion` attribute in postcard's encoding: variant numbers and a string
/// length, each a single byte here.
fn abi_version(attribute: &[u8]) -> Option<(u8, String)> {
    let [0, kind @ (0 | 1), length, text @ ..] = attribute else {
        return None;
    };
    let text = text.get(..usize::from(*length))?;
    Some((*kind, String::from_utf8(text.to_vec()).ok()?))
}

/// One stretch of initial memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// First address, a multiple of 4.
    pub(crate) start: u32,
    /// Whole words.
    pub(crate) bytes: Vec<u8>,
    pub(crate) executable: bool,
}

/// What memory holds when a run starts: later stretches lie over earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) stretches: Vec<Stretch>,
    pub(crate) user_entry: u32,
    pub(crate) kernel_entry: u32,
}

impl Image {
    /// Lays out a guest.
    pub(crate) fn of(file: &GuestFile) -> Result<Self, LoadError> {
        let (kernel_entry, mut stretches) =
            load_elf(file.kernel, u32::MAX).map_err(|error| name_part(error, "kernel ELF"))?;
        let (user_entry, user) = load_elf(file.user, KERNEL_START)?;
        stretches.extend(user);
        for (address, word) in [
            (USER_START, user_entry),
            (SUSPEND_PC, kernel_entry),
            (SUSPEND_MODE, 1),
        ] {
            stretches.push(Stretch {
                start: address,
                bytes: word.to_le_bytes().to_vec(),
                executable: false,
            });
        }
        Ok(Self {
            stretches,
            user_entry,
            kernel_entry,
        })
    }
}

/// Says which of the two ELFs the trouble is in.
fn name_part(error: LoadError, part: &str) -> LoadError {
    match error {
        LoadError::Refused { reason, .. } | LoadError::WrongTarget { reason, .. } => {
            refused(format!("{part}: {reason}"))
        }
        LoadError::NotAnElf(what) => LoadError::NotAnElf(format!("{part}: {what}")),
        LoadError::Engine(reason) => LoadError::Engine(format!("{part}: {reason}")),
    }
}

fn refused(reason: String) -> LoadError {
    LoadError::Refused { zkvm: NAME, reason }
}

/// Entry and loadable words of an ELF, as `Program::load_elf` reads them.
fn load_elf(elf: &[u8], memory_end: u32) -> Result<(u32, Vec<Stretch>), LoadError> {
    let head = check_elf(elf, NAME)?;
    if head.is_64 {
        return Err(not_for_us(head.entry));
    }
    let header = FileHeader32::<LittleEndian>::parse(elf)
        .map_err(|error: object::Error| LoadError::NotAnElf(error.to_string()))?;
    let endian = LittleEndian;
    if header.e_type(endian) != ET_EXEC {
        return Err(wrong_target(
            "it is not an executable (ET_EXEC): link it without -pie".into(),
            None,
        ));
    }
    let entry = header.e_entry(endian);
    if entry >= memory_end || !entry.is_multiple_of(4) {
        return Err(refused(format!("invalid entry point 0x{entry:08x}")));
    }
    let segments = header
        .program_headers(endian, elf)
        .map_err(|error| LoadError::NotAnElf(error.to_string()))?;
    if segments.is_empty() {
        return Err(refused("no program headers".into()));
    }
    if segments.len() > MOST_PROGRAM_HEADERS {
        return Err(refused("more than 256 program headers".into()));
    }
    let loaded = segments.iter().filter(|s| s.p_type(endian) == PT_LOAD);
    let stretches = loaded
        .map(|segment| stretch(elf, segment, memory_end))
        .collect::<Result<_, _>>()?;
    Ok((entry, stretches))
}

fn stretch(
    elf: &[u8],
    segment: &object::elf::ProgramHeader32<LittleEndian>,
    memory_end: u32,
) -> Result<Stretch, LoadError> {
    let endian = LittleEndian;
    let (start, memory, file) = (
        segment.p_vaddr(endian),
        segment.p_memsz(endian),
        segment.p_filesz(endian),
    );
    if !start.is_multiple_of(4) {
        return Err(refused(format!("a segment at 0x{start:08x} is unaligned")));
    }
    let last_word = u64::from(start) + u64::from(memory.saturating_sub(1) & !3);
    if memory >= memory_end
        || file >= memory_end
        || (memory > 0 && last_word >= u64::from(memory_end))
    {
        return Err(refused(format!(
            "a segment at 0x{start:08x} of 0x{memory:x} bytes leaves the memory of guest programs, which ends at 0x{memory_end:08x}"
        )));
    }
    let words = (memory as usize).div_ceil(4) * 4;
    let offset = segment.p_offset(endian) as usize;
    // The last word that begins within the memory size is taken whole from the file, as far as the
    // file has bytes for it.
    let wanted = (file as usize).min(words);
    let from_file = elf
        .get(offset..)
        .and_then(|rest| rest.get(..wanted))
        .ok_or_else(|| LoadError::NotAnElf("a segment lies beyond the file's end".into()))?;
    let mut bytes = vec![0; words];
    bytes[..wanted].copy_from_slice(from_file);
    Ok(Stretch {
        start,
        bytes,
        executable: segment.p_flags(endian) & PF_X != 0,
    })
}

fn wrong_target(reason: String, owner: Option<&'static str>) -> LoadError {
    LoadError::WrongTarget {
        zkvm: NAME,
        reason,
        owner,
    }
}

/// A 64-bit guest, with the likely owner by the load addresses of the other zkVMs' linker scripts.
fn not_for_us(entry: u64) -> LoadError {
    let (place, owner) = match entry {
        0x7800_0000..=0x7fff_ffff => ("SP1 guests", Some("sp1")),
        0x8000_0000..=0x9fff_ffff => ("ZisK guests", Some("zisk")),
        _ => ("", None),
    };
    let place = match place {
        "" => String::new(),
        place => format!("; its entry point 0x{entry:x} is where {place} have theirs"),
    };
    let reason = format!(
        "it is 64-bit RISC-V, and RISC Zero runs 32-bit RISC-V (riscv32im-risc0-zkvm-elf){place}"
    );
    wrong_target(reason, owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(header: &[u8], user: &[u8], kernel: &[u8]) -> Vec<u8> {
        let mut blob = b"R0BF\x01\0\0\0".to_vec();
        for part in [header, user] {
            blob.extend((part.len() as u32).to_le_bytes());
            blob.extend(part);
        }
        blob.extend(kernel);
        blob
    }

    /// As `ProgramBinaryHeader::encode` of risc0-binfmt 3.0.5 writes it.
    const HEADER: &[u8] = b"\x01\0\0\0\x08\0\0\0\0\0\x051.0.0";

    fn reason(file: &[u8]) -> String {
        match GuestFile::open(file) {
            Err(error) => error.to_string(),
            Ok(_) => String::from("accepted"),
        }
    }

    #[test]
    fn a_kernel_other_than_the_usual_one_is_noted() {
        let own = blob(HEADER, b"user", b"kernel");
        let note = kernel_note(&GuestFile::open(&own).unwrap()).unwrap();
        assert!(note.contains("another kernel (sha256 "), "{note}");
        let usual = blob(HEADER, b"user", risc0_zkos_v1compat::V1COMPAT_ELF);
        assert_eq!(kernel_note(&GuestFile::open(&usual).unwrap()), None);
        assert_eq!(kernel_note(&GuestFile::open(b"an ELF").unwrap()), None);
    }

    #[test]
    fn a_program_binary_comes_apart() {
        let blob = blob(HEADER, b"user", b"kernel");
        let file = GuestFile::open(&blob).unwrap();
        assert_eq!((file.user, file.kernel), (&b"user"[..], &b"kernel"[..]));
    }

    #[test]
    fn broken_program_binaries_are_refused() {
        let good = blob(HEADER, b"user", b"kernel");
        for end in 4..good.len() - b"kernel".len() + 1 {
            assert_ne!(reason(&good[..end]), "accepted", "cut at {end}");
        }
        let newer = HEADER.to_vec();
        let newer = [&newer[..11], b"2.0.0"].concat();
        assert!(reason(&blob(&newer, b"u", b"k")).contains("ABI version 2.0.0"));
    }

    #[test]
    fn the_kernel_itself_is_a_loadable_elf() {
        let (entry, stretches) = load_elf(risc0_zkos_v1compat::V1COMPAT_ELF, u32::MAX).unwrap();
        assert_eq!(entry, KERNEL_START);
        assert!(stretches
            .iter()
            .any(|s| s.executable && s.start == KERNEL_START));
    }

    #[test]
    fn what_is_not_an_elf_is_named() {
        let file = GuestFile::open(b"#!/bin/sh\n").unwrap();
        assert!(matches!(Image::of(&file), Err(LoadError::NotAnElf(_))));
    }
}
