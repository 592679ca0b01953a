//! What every zkVM's loader wants to know first: whether a file is a whole RISC-V ELF, in the same
//! words for all of them, and whether its functions have names.

use crate::LoadError;
use zkperf_symbols::{SymbolError, SymbolTable};

/// `e_machine` of RISC-V.
const RISCV: u16 = 243;
const PT_LOAD: u32 = 1;

/// What the header of a whole ELF says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElfHead {
    /// 64-bit (or 32-bit).
    pub is_64: bool,
    /// Address of the first instruction.
    pub entry: u64,
    /// Where the section headers end in the file, perhaps behind its end; 0 if it has none. Symbols need
    /// them, and some loaders do.
    pub sections_end: u64,
}

/// Checks that `elf` is an ELF for little-endian RISC-V with all bytes of its loaded segments. Whether it
/// is one of zkVM `zkvm` is for that zkVM's loader to say.
///
/// # Errors
/// [`LoadError::NotAnElf`] for anything else than a whole ELF, [`LoadError::WrongTarget`] for another
/// machine's.
pub fn check_elf(elf: &[u8], zkvm: &'static str) -> Result<ElfHead, LoadError> {
    if elf.is_empty() {
        return not_an_elf("the file is empty".into());
    }
    if !elf.starts_with(b"\x7fELF") {
        return not_an_elf("it does not begin with \\x7fELF".into());
    }
    let reader = Reader {
        elf,
        is_64: elf.get(4) == Some(&2),
    };
    let size = if reader.is_64 { 64 } else { 52 };
    if elf.len() < size {
        return not_an_elf(format!(
            "its {} bytes hold no ELF header: it was cut short",
            elf.len()
        ));
    }
    let machine = reader.half(18);
    if elf[5] != 1 || machine != RISCV {
        return Err(LoadError::WrongTarget {
            zkvm,
            reason: match elf[5] {
                2 => "it is big-endian, and zkVMs run little-endian RISC-V".into(),
                _ => format!(
                    "its ELF machine number is {machine}{}, RISC-V's is {RISCV}",
                    machine_name(machine)
                ),
            },
            owner: None,
        });
    }
    reader.check_segments()?;
    Ok(ElfHead {
        is_64: reader.is_64,
        entry: reader.address(24),
        sections_end: reader.sections_end(),
    })
}

/// Why a profile of this ELF names functions by address only, and what helps; nothing if it has names.
pub fn symbols_note(elf: &[u8]) -> Option<String> {
    match SymbolTable::has_symbols(elf) {
        Ok(true) => None,
        Ok(false) => Some(
            "it has no symbols (stripped?), so functions are named by address; to get names, build it with \
             `strip = false` in [profile.release] (rustc: `-C strip=none`)"
                .into(),
        ),
        Err(SymbolError::Damaged { what }) => Some(format!(
            "its symbols are lost, so functions are named by address: its code is all there, but the section \
             headers behind it are not ({what}; was the file cut short?); copy or build it again"
        )),
        Err(error) => Some(format!(
            "its symbols cannot be read, so functions are named by address: {error}"
        )),
    }
}

fn not_an_elf<T>(what: String) -> Result<T, LoadError> {
    Err(LoadError::NotAnElf(what))
}

/// Processors that a guest is likely to be built for by mistake.
fn machine_name(machine: u16) -> &'static str {
    match machine {
        3 => " (x86)",
        8 => " (MIPS)",
        40 => " (ARM)",
        62 => " (x86-64)",
        183 => " (AArch64)",
        _ => "",
    }
}

/// Fields of an ELF header that is there in full.
struct Reader<'a> {
    elf: &'a [u8],
    is_64: bool,
}

impl Reader<'_> {
    fn check_segments(&self) -> Result<(), LoadError> {
        // Offset and size of the table; of a segment its offset, its sizes in the file and in memory.
        let (table, entry_size, count, fields) = if self.is_64 {
            (self.address(32), self.half(54), self.half(56), [8, 32, 40])
        } else {
            (self.address(28), self.half(42), self.half(44), [4, 16, 20])
        };
        let end = table.saturating_add(u64::from(entry_size) * u64::from(count));
        self.holds(end, "program headers")?;
        let least = if self.is_64 { 56 } else { 32 };
        if entry_size < least {
            // The zkVM's loader has its own words for that.
            return Ok(());
        }
        for at in 0..usize::from(count) {
            let at = table as usize + at * usize::from(entry_size);
            if self.word(at) == PT_LOAD {
                let [offset, in_file, in_memory] = fields.map(|field| self.address(at + field));
                // Some loaders leave out what lies beyond the size in memory, but for the last word.
                let size = in_file.min(in_memory.saturating_add(3) & !3);
                self.holds(offset.saturating_add(size), "loaded segments")?;
            }
        }
        Ok(())
    }

    fn sections_end(&self) -> u64 {
        let (table, entry_size, count) = if self.is_64 {
            (self.address(40), self.half(58), self.half(60))
        } else {
            (self.address(32), self.half(46), self.half(48))
        };
        table.saturating_add(u64::from(entry_size) * u64::from(count))
    }

    fn holds(&self, end: u64, what: &str) -> Result<(), LoadError> {
        let length = self.elf.len() as u64;
        if end <= length {
            return Ok(());
        }
        not_an_elf(format!(
            "its {what} reach to byte {end}, and the file has {length}: it was cut short"
        ))
    }

    fn bytes<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.elf[at..at + N]);
        bytes
    }

    fn half(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.bytes(at))
    }

    fn word(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.bytes(at))
    }

    /// As wide as addresses are.
    fn address(&self, at: usize) -> u64 {
        if self.is_64 {
            u64::from_le_bytes(self.bytes(at))
        } else {
            self.word(at).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header for one segment of 8 bytes, which follows the header.
    fn elf(is_64: bool) -> Vec<u8> {
        let mut elf = vec![0; if is_64 { 64 + 56 + 8 } else { 52 + 32 + 8 }];
        elf[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', if is_64 { 2 } else { 1 }, 1]);
        elf[18] = 243;
        let fields: &[(usize, u8)] = if is_64 {
            &[
                (32, 64),
                (54, 56),
                (56, 1),
                (24, 4),
                (64, 1),
                (72, 120),
                (96, 8),
                (104, 8),
            ]
        } else {
            &[
                (28, 52),
                (42, 32),
                (44, 1),
                (24, 4),
                (52, 1),
                (56, 84),
                (68, 8),
                (72, 8),
            ]
        };
        for &(at, value) in fields {
            elf[at] = value;
        }
        elf
    }

    #[test]
    fn every_cut_is_noticed() {
        for is_64 in [true, false] {
            let whole = elf(is_64);
            let head = check_elf(&whole, "Z").unwrap();
            assert_eq!((head.is_64, head.entry, head.sections_end), (is_64, 4, 0));
            for end in 0..whole.len() {
                let error = check_elf(&whole[..end], "Z").unwrap_err();
                assert!(matches!(error, LoadError::NotAnElf(_)), "{end}: {error}");
                assert!(error.to_string().contains("build the guest again"));
            }
        }
    }

    #[test]
    fn hostile_headers_are_errors() {
        let mut far = elf(true);
        far[32..40].copy_from_slice(&(u64::MAX - 3).to_le_bytes());
        assert!(check_elf(&far, "Z").is_err());
        let mut far = elf(true);
        far[72..80].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(check_elf(&far, "Z").is_err());
    }

    #[test]
    fn other_machines_are_named() {
        let mut host = elf(true);
        host[18] = 62;
        let error = check_elf(&host, "Z 1").unwrap_err().to_string();
        assert!(
            error.contains("x86-64") && error.contains("build the guest for Z 1"),
            "{error}"
        );
    }
}
