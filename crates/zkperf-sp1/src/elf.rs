//! The program image of an ELF, by the rules of the official loader (`src/disassembler/elf.rs` of
//! `sp1-core-executor` 6.10.0).

use object::elf::{FileHeader64, ET_EXEC, PF_R, PF_W, PF_X, PT_LOAD, PT_NOTE};
use object::read::elf::{FileHeader, ProgramHeader};
use object::LittleEndian;
use zkperf_exec::{check_elf, LoadError, Recognized};

const ZKVM: &str = "SP1 6.10.0";
pub(crate) const VERSION: &str = "6.10.0";
/// Lowest address of a segment: the stack ends there.
const STACK_TOP: u64 = 0x7800_0000;
/// Where ZisK's linker script puts code. SP1's guests may reach there, so it decides nothing alone.
const ZISK_CODE: std::ops::Range<u64> = 0x9000_0000..0x9800_0000;
/// Guests are linked from `STACK_TOP` on; code that begins further up is not recognized unasked.
const CODE_SPACE: u64 = 0x0800_0000;
const MOST_INSTRUCTIONS: usize = 1 << 22;
const MOST_SEGMENTS: usize = 256;
/// Code of an "untrusted program" (page protection).
const PF_UNTRUSTED: u32 = 0x0010_0000;

/// Code and initial memory of a guest.
#[derive(Debug, Default)]
pub(crate) struct Image {
    /// First instruction to run.
    pub(crate) entry: u64,
    /// Address of the first instruction word.
    pub(crate) base: u64,
    /// Instruction words, from `base` on without gaps.
    pub(crate) words: Vec<u32>,
    /// Initial memory: (address, bytes).
    pub(crate) data: Vec<(u64, Vec<u8>)>,
}

fn refused(reason: impl Into<String>) -> LoadError {
    LoadError::Refused {
        zkvm: ZKVM,
        reason: reason.into(),
    }
}

fn wrong_target(reason: impl Into<String>, owner: Option<&'static str>) -> LoadError {
    LoadError::WrongTarget {
        zkvm: ZKVM,
        reason: reason.into(),
        owner,
    }
}

/// Whether an ELF is one of SP1 6, by its class and entry point, or of an older SP1, by names in it.
pub(crate) fn recognize(elf: &[u8]) -> Option<Recognized> {
    let head = check_elf(elf, ZKVM).ok()?;
    let names = |name: &[u8]| elf.windows(name.len()).any(|window| window == name);
    if !head.is_64 && names(b"sp1_zkvm") {
        return Some(Recognized {
            version: "5 or older".into(),
            reason: "a 32-bit RISC-V ELF with names of the crate sp1_zkvm in it; SP1 guests are 64-bit since 6"
                .into(),
        });
    }
    let here = head.is_64 && (STACK_TOP..STACK_TOP + CODE_SPACE).contains(&head.entry);
    here.then(|| Recognized {
        version: VERSION.into(),
        reason: format!(
            "a 64-bit RISC-V ELF whose entry point 0x{:x} lies where SP1 6 guests are linked",
            head.entry
        ),
    })
}

/// Reads an ELF.
///
/// # Errors
/// What the official loader would refuse, and guests of other zkVMs.
pub(crate) fn load(elf: &[u8]) -> Result<Image, LoadError> {
    let header = header(elf)?;
    let entry = header.e_entry(LittleEndian);
    image(header, elf).map_err(|error| match error {
        LoadError::Refused { reason, .. } if ZISK_CODE.contains(&entry) => wrong_target(
            format!("its entry point 0x{entry:x} is where ZisK guests are linked, and {reason}"),
            Some("zisk"),
        ),
        error => error,
    })
}

fn image(header: &FileHeader64<LittleEndian>, elf: &[u8]) -> Result<Image, LoadError> {
    let endian = LittleEndian;
    let entry = header.e_entry(endian);
    if !entry.is_multiple_of(4) {
        return Err(refused(format!(
            "its entry point 0x{entry:x} is not a multiple of 4"
        )));
    }
    let segments = header
        .program_headers(endian, elf)
        .map_err(|error| LoadError::NotAnElf(error.to_string()))?;
    if segments.len() > MOST_SEGMENTS {
        return Err(refused("it has more than 256 program headers"));
    }
    let mut image = Image {
        entry,
        ..Image::default()
    };
    let mut previous_end = 0;
    for segment in segments {
        match segment.p_type(endian) {
            PT_LOAD => previous_end = add_segment(&mut image, segment, elf, previous_end)?,
            PT_NOTE if is_untrusted_note(segment, elf) => return Err(refused(
                "it asks for page protection (a \"SUCCINCT\" note), which this engine does not \
                     model; build it without untrusted programs",
            )),
            _ => {}
        }
    }
    if image.words.is_empty() {
        return Err(refused("it has no executable segment"));
    }
    if image.words.len() > MOST_INSTRUCTIONS {
        return Err(refused(format!(
            "it has more than {MOST_INSTRUCTIONS} instructions"
        )));
    }
    if let Some(at) = image.words.iter().position(|word| is_zisk_port(*word)) {
        let pc = image.base + 4 * at as u64;
        return Err(wrong_target(
            format!("it uses ZisK's ports (CSR 0x800 to 0x8ff, at 0x{pc:x})"),
            Some("zisk"),
        ));
    }
    Ok(image)
}

fn header(elf: &[u8]) -> Result<&FileHeader64<LittleEndian>, LoadError> {
    if elf.starts_with(b"R0BF") {
        return Err(wrong_target(
            "it is a program binary of RISC Zero (R0BF)",
            Some("risc0"),
        ));
    }
    if !check_elf(elf, ZKVM)?.is_64 {
        return Err(wrong_target(
            "it is a 32-bit ELF, as RISC Zero's guests are, and SP1 6 runs 64-bit RISC-V",
            Some("risc0"),
        ));
    }
    let header = FileHeader64::<LittleEndian>::parse(elf)
        .map_err(|error| LoadError::NotAnElf(error.to_string()))?;
    let endian = LittleEndian;
    if header.e_type(endian) != ET_EXEC {
        return Err(wrong_target(
            "it is not a linked executable (ET_EXEC): link it without -pie",
            None,
        ));
    }
    Ok(header)
}

/// Adds one segment; its end.
fn add_segment(
    image: &mut Image,
    segment: &object::elf::ProgramHeader64<LittleEndian>,
    elf: &[u8],
    previous_end: u64,
) -> Result<u64, LoadError> {
    let endian = LittleEndian;
    let (address, size) = (segment.p_vaddr(endian), segment.p_memsz(endian));
    let flags = segment.p_flags(endian);
    if address < STACK_TOP {
        return Err(wrong_target(
            format!(
                "a segment lies at 0x{address:x}, below SP1's stack top 0x78000000 (linked for another \
                 zkVM or an older SP1?)"
            ),
            None,
        ));
    }
    if flags & PF_R == 0 {
        return Err(refused(format!(
            "the segment at 0x{address:x} is not readable"
        )));
    }
    if flags & PF_X != 0 && flags & PF_W != 0 {
        return Err(refused(format!(
            "the segment at 0x{address:x} is both writable and executable"
        )));
    }
    if address < previous_end {
        return Err(refused(format!(
            "the segment at 0x{address:x} overlaps the one before, or they are not sorted"
        )));
    }
    if !address.is_multiple_of(4) {
        return Err(refused(format!(
            "the segment at 0x{address:x} is not aligned to 4 bytes"
        )));
    }
    let end = address
        .checked_add(size)
        .filter(|end| *end <= crate::memory::ADDRESS_SPACE)
        .ok_or_else(|| refused(format!("the segment at 0x{address:x} leaves SP1's memory")))?;
    let bytes = segment
        .data(endian, elf)
        .map_err(|()| LoadError::NotAnElf("a segment reaches past the end of the file".into()))?;
    let bytes = &bytes[..bytes.len().min(size as usize)];
    if flags & PF_X != 0 && flags & PF_UNTRUSTED == 0 {
        add_code(image, address, bytes)?;
    }
    image.data.push((address, bytes.to_vec()));
    Ok(end)
}

fn add_code(image: &mut Image, address: u64, bytes: &[u8]) -> Result<(), LoadError> {
    if image.words.is_empty() {
        image.base = address;
    } else if address != image.base + 4 * image.words.len() as u64 {
        return Err(refused("its executable segments are not contiguous"));
    }
    image.words.extend(bytes.chunks(4).map(|chunk| {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        u32::from_le_bytes(word)
    }));
    Ok(())
}

/// Whether a note segment holds the name `SUCCINCT`, by which untrusted programs are enabled.
fn is_untrusted_note(segment: &object::elf::ProgramHeader64<LittleEndian>, elf: &[u8]) -> bool {
    let bytes = segment.data(LittleEndian, elf).unwrap_or_default();
    bytes.windows(8).any(|name| name == b"SUCCINCT")
}

/// Whether a word is `csrs` (or another CSR instruction) on one of ZisK's ports.
fn is_zisk_port(word: u32) -> bool {
    word & 0x7f == 0x73 && (word >> 12) & 7 != 0 && (word >> 28) == 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_are_told_from_older_ones_and_others() {
        // The header of a 64-bit or of a 32-bit RISC-V ELF without segments.
        let elf = |is_64: bool, entry: u32| {
            let mut elf = vec![0u8; 128];
            elf[..6].copy_from_slice(b"\x7fELF\x02\x01");
            elf[18] = 243;
            elf[24..28].copy_from_slice(&entry.to_le_bytes());
            if !is_64 {
                elf[4] = 1;
            }
            elf
        };
        let version = |elf: &[u8]| recognize(elf).map(|recognized| recognized.version);
        assert_eq!(version(&elf(true, 0x7800_1000)), Some(VERSION.into()));
        assert_eq!(version(&elf(true, 0x9000_0000)), None);
        let mut older = elf(false, 0x0020_0800);
        assert_eq!(version(&older), None);
        older.extend(b"_ZN8sp1_zkvm8syscalls4halt");
        assert_eq!(version(&older), Some("5 or older".into()));
    }
}
